//! A project in a folder of its own, the program run in it with bounded memory and time, and what it said.

#![allow(dead_code, reason = "not every module needs every helper")]

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The token that every run is given and that no output may hold.
pub const TOKEN: &str = "ak-token-4711-must-not-be-seen";
/// A secret of the job in the variable `APP_SECRET`; no output may hold it either.
pub const SECRET: &str = "app-0815-must-not-be-seen";
/// What a file outside the project holds; akrec must not read it.
pub const OUTSIDE: &str = "outside-1234-must-not-be-seen";
/// A state of one group.
pub const ONE: &str = "groups: {g: {}}\n";
/// Every format that `plan` and `validate` can write besides the one on standard output.
pub const FORMATS: [&str; 7] = [
    "json",
    "markdown",
    "github",
    "codequality",
    "sarif",
    "junit",
    "html",
];

/// A folder of its own, gone when dropped: `p/` is the project, `out/` is not part of it.
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// A project without any file, and a file `out/secret` beside it that holds [`OUTSIDE`].
    pub fn empty() -> Project {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "akrec-attacks-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::SeqCst)
        );
        let project = Project {
            root: std::env::temp_dir().join(name),
        };
        std::fs::create_dir_all(project.root.join("p")).unwrap();
        project.write("../out/secret", format!("{OUTSIDE}\n"));
        project
    }

    /// A project whose state directory holds [`ONE`].
    pub fn new() -> Project {
        Project::with(&[("state/a.yaml", ONE)])
    }

    /// A project of these files.
    pub fn with(files: &[(&str, &str)]) -> Project {
        let project = Project::empty();
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// The project's folder.
    pub fn dir(&self) -> PathBuf {
        self.root.join("p")
    }

    /// Where a path of the project lies; `../out/x` is outside the project.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        match path.as_ref().strip_prefix("../out") {
            Ok(rest) => self.root.join("out").join(rest),
            Err(_) => self.dir().join(path),
        }
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Project {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        self
    }

    /// Makes a folder.
    pub fn folder(&self, path: &str) -> &Project {
        std::fs::create_dir_all(self.path(path)).unwrap();
        self
    }

    /// Takes a file or a folder away.
    pub fn remove(&self, path: &str) -> &Project {
        let path = self.path(path);
        match path.is_dir() && !path.is_symlink() {
            true => std::fs::remove_dir_all(&path).unwrap(),
            false => std::fs::remove_file(&path).unwrap(),
        }
        self
    }

    /// Makes a symbolic link with exactly this target.
    pub fn link(&self, path: &str, target: impl AsRef<Path>) -> &Project {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, &path).unwrap();
        self
    }

    /// Makes a named pipe that nobody writes to.
    pub fn fifo(&self, path: &str) -> &Project {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        self
    }

    /// Makes a file of zeros that takes no room on the disk.
    pub fn zeros(&self, path: &str, size: u64) -> &Project {
        self.write(path, "");
        std::fs::File::options()
            .write(true)
            .open(self.path(path))
            .unwrap()
            .set_len(size)
            .unwrap();
        self
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// Whether there is anything at a path, a dangling link too.
    pub fn has(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// The program with these arguments, split at spaces.
    pub fn akrec(&self, args: &str) -> Attack {
        Attack {
            dir: self.dir(),
            args: args.split_whitespace().map(str::to_owned).collect(),
            env: vec![
                ("HOME".to_owned(), self.root.display().to_string()),
                ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
                ("AKREC_TOKEN".to_owned(), TOKEN.to_owned()),
                ("APP_SECRET".to_owned(), SECRET.to_owned()),
            ],
            stdin: Vec::new(),
            memory: 2048,
            seconds: 60,
        }
    }

    /// The same, with every other format written into `../out/FORMAT`; [`Ran::everything`] has what stands there.
    pub fn in_every_format(&self, args: &str) -> Ran {
        self.in_every_format_with(args, |attack| attack)
    }

    /// The same for a run that is changed first: other variables, other bounds.
    pub fn in_every_format_with(&self, args: &str, change: impl FnOnce(Attack) -> Attack) -> Ran {
        let mut attack = self.akrec(args);
        for format in FORMATS {
            attack = attack.arg(format!(
                "--output={format}={}",
                self.path(format!("../out/{format}")).display()
            ));
        }
        let mut ran = change(attack).run();
        for format in FORMATS {
            let bytes = std::fs::read(self.path(format!("../out/{format}"))).unwrap_or_default();
            ran.everything.push_str(&String::from_utf8_lossy(&bytes));
        }
        ran
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// A run that has not begun.
pub struct Attack {
    dir: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    stdin: Vec<u8>,
    memory: u64,
    seconds: u64,
}

impl Attack {
    /// One more argument, whatever stands in it.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Attack {
        self.args.push(arg.as_ref().to_str().unwrap().to_owned());
        self
    }

    /// A variable; the last value of a name counts.
    pub fn env(mut self, name: &str, value: &str) -> Attack {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a variable that every run has.
    pub fn without(mut self, name: &str) -> Attack {
        self.env.retain(|(known, _)| known != name);
        self
    }

    /// In another folder.
    pub fn dir(mut self, dir: PathBuf) -> Attack {
        self.dir = dir;
        self
    }

    /// What standard input holds; nothing otherwise.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Attack {
        self.stdin = bytes.into();
        self
    }

    /// The most address space, in MiB. Without it, 2 GiB.
    pub fn memory(mut self, mib: u64) -> Attack {
        self.memory = mib;
        self
    }

    /// After how many seconds the run counts as hanging: a bound, far above what it takes. Without it, a minute.
    pub fn seconds(mut self, seconds: u64) -> Attack {
        self.seconds = seconds;
        self
    }

    /// Starts it; the process is akrec itself, so that a signal reaches it.
    pub fn start(&self) -> Child {
        let limits = format!(
            "ulimit -v {}; ulimit -c 0; exec \"$0\" \"$@\"",
            self.memory * 1024
        );
        let mut command = Command::new("sh");
        command
            .args(["-c", &limits, env!("CARGO_BIN_EXE_akrec")])
            .args(&self.args);
        command
            .env_clear()
            .envs(self.env.iter().cloned())
            .current_dir(&self.dir);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut pipe, bytes) = (child.stdin.take().unwrap(), self.stdin.clone());
        // A run that reads nothing closes the pipe, which is no failure.
        thread::spawn(move || drop(pipe.write_all(&bytes)));
        child
    }

    /// Runs it to its end. One that does not end in time is killed and fails the test.
    #[track_caller]
    pub fn run(self) -> Ran {
        let ran = finish(self.start(), Duration::from_secs(self.seconds));
        ran.unwrap_or_else(|| {
            panic!(
                "akrec {} does not end within {} s",
                self.args.join(" "),
                self.seconds
            )
        })
    }
}

/// Waits for the end of a run; `None` if it had to be killed.
pub fn finish(mut child: Child, longest: Duration) -> Option<Ran> {
    fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = from.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }
    let (out, err) = (
        drain(child.stdout.take().unwrap()),
        drain(child.stderr.take().unwrap()),
    );
    let start = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if start.elapsed() > longest => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let (out, err) = (out.join().unwrap(), err.join().unwrap());
    let everything = format!("{out}\n{err}\n");
    Some(Ran {
        code: status.code(),
        signal: status.signal(),
        out,
        err,
        everything,
    })
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    pub out: String,
    pub err: String,
    /// Standard output, standard error and the artifacts.
    pub everything: String,
}

impl Ran {
    /// It ended with this code, revealed nothing and did not break.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ran {
        let ended = (self.code, self.signal);
        assert_eq!(
            ended,
            (Some(code), None),
            "{}\n--- stderr:\n{}",
            cut(&self.out),
            cut(&self.err)
        );
        self.reveals_nothing()
    }

    /// No output holds one of the secrets, nor a sign that the program broke.
    #[track_caller]
    pub fn reveals_nothing(self) -> Ran {
        for bad in [TOKEN, SECRET, OUTSIDE, "panicked", "memory allocation"] {
            assert!(
                !self.everything.contains(bad),
                "{bad} in:\n{}",
                cut(&self.everything)
            );
        }
        self
    }

    /// All of these parts stand in what it said, on either stream.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Ran {
        for part in parts {
            let said = self.out.contains(part) || self.err.contains(part);
            assert!(
                said,
                "no {part:?} in:\n{}\n--- stderr:\n{}",
                cut(&self.out),
                cut(&self.err)
            );
        }
        self
    }

    /// None of these parts stands in any output.
    #[track_caller]
    pub fn never_says(self, parts: &[&str]) -> Ran {
        for part in parts {
            assert!(
                !self.everything.contains(part),
                "{part:?} in:\n{}",
                cut(&self.everything)
            );
        }
        self
    }
}

/// Enough of a text to see what went wrong.
fn cut(text: &str) -> String {
    text.chars().take(4000).collect()
}

#[test]
fn a_run_that_hangs_or_takes_too_much_is_noticed() {
    let project = Project::new();
    project.akrec("validate").run().expect(0);
    let asleep = |attack: Attack| finish(attack.start(), Duration::from_millis(300));
    let hangs = project.akrec("sandbox --listen 127.0.0.1:0");
    assert!(
        asleep(hangs).is_none(),
        "a server that goes on for ever is killed"
    );
    assert_ne!(
        project.akrec("validate").memory(8).run().code,
        Some(0),
        "8 MiB are not enough for anything"
    );
}
