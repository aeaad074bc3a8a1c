//! Starts the program in a scrubbed environment and takes what it prints; scripted servers for it to meet.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use akrec::report::document_schema::{Of, schema};
use akrec::sandbox::{self, Sandbox};
use serde_json::Value;

use crate::support::releases::usual;

/// Where akrec keeps its lease and its ledger.
pub const LEDGERS: &str = "/managed/blueprints/";
/// The token that no output may hold.
pub const TOKEN: &str = "tok-4711-must-not-be-seen";
/// The value of every `!env`, which no output may hold either.
pub const SECRET: &str = "env-0815-must-not-be-seen";

/// A small state that needs every mechanism: references, bindings, members, secrets, a late field.
pub const STATE: &str = "\
groups:
  staff:
    members: [bob]
    attributes: {key: !env KEY, team: red}
users:
  bob: {name: Bob, email: bob@example.org}
providers:
  wiki:
    type: oauth2
    client_secret: !env KEY
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    redirect_uris: [https://wiki.example.org/callback]
applications:
  wiki:
    name: Wiki
    provider: wiki
    bindings: [{group: staff}]
";

/// A state of one group.
pub const ONE: &str = "groups:\n  staff: {}\n";

/// A directory of its own with a state in it; gone when dropped.
pub struct Home(pub PathBuf);

impl Home {
    pub fn new(state: &str) -> Home {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "akrec-cli-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::SeqCst)
        );
        let home = Home(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&home.0).unwrap();
        if !state.is_empty() {
            home.write("state/main.yaml", state);
        }
        home
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.join(path)).unwrap()
    }

    /// The program with these arguments, split at spaces: no terminal, nothing of this test's environment.
    pub fn akrec(&self, args: &str) -> Akrec {
        let mut command = Command::new(env!("CARGO_BIN_EXE_akrec"));
        command
            .args(args.split_whitespace())
            .env_clear()
            .env("HOME", &self.0)
            .env("KEY", SECRET);
        command.current_dir(&self.0).stdin(Stdio::null());
        Akrec(command)
    }

    /// The same with the address of a server and a token.
    pub fn against(&self, url: &str, args: &str) -> Akrec {
        self.akrec(args)
            .env("AKREC_URL", url)
            .env("AKREC_TOKEN", TOKEN)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct Akrec(pub Command);

impl Akrec {
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Akrec {
        self.0.env(name, value);
        self
    }

    pub fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Akrec {
        self.0.arg(arg);
        self
    }

    pub fn start(mut self) -> Child {
        self.0
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub fn run(self) -> Ran {
        finish(self.start())
    }

    /// Runs it with `--format json`, whose document must be complete and agree with the exit code.
    pub fn json(self) -> (Ran, Value) {
        let ran = self.arg("--format=json").run();
        let document = ran.document();
        (ran, document)
    }
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    #[track_caller]
    pub fn expect(self, code: i32) -> Ran {
        assert_eq!(
            self.code,
            Some(code),
            "{}\n--- stderr:\n{}",
            self.out,
            self.err
        );
        self.clean()
    }

    /// No output holds a secret, nor a sign that the program broke.
    #[track_caller]
    pub fn clean(self) -> Ran {
        for text in [&self.out, &self.err] {
            for bad in [TOKEN, SECRET, "panicked", "RUST_BACKTRACE"] {
                assert!(!text.contains(bad), "{bad} in:\n{text}");
            }
        }
        self
    }

    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Ran {
        for part in parts {
            let both = format!("{}{}", self.out, self.err);
            assert!(
                both.contains(part),
                "no {part:?} in:\n{}\n--- stderr:\n{}",
                self.out,
                self.err
            );
        }
        self
    }

    #[track_caller]
    pub fn document(&self) -> Value {
        let document: Value = serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {:?}\n{}", self.out, self.err));
        assert_eq!(document["format_version"], "1.0");
        assert_eq!(
            document["exit_code"].as_i64(),
            self.code.map(i64::from),
            "{}",
            self.out
        );
        promised(&document);
        document
    }
}

/// A document holds what its schema promises, and nothing else.
#[track_caller]
pub fn promised(document: &Value) {
    // By a member that only documents of one verb have; what has none of them says that there is no answer.
    let marks = [
        ("findings", Of::Upgrade),
        ("valid", Of::Diagnostics),
        ("since", Of::Drift),
        ("type", Of::Events),
        ("changes", Of::Plan),
        ("verdicts", Of::Access),
        ("rows", Of::Access),
        ("differences", Of::Diff),
        ("applications", Of::Verify),
        ("link", Of::Invite),
        ("invitations", Of::Invite),
    ];
    let mark = marks
        .iter()
        .find(|(member, _)| document.get(member).is_some());
    let of = match mark {
        // Who gains and who loses has `changes` too.
        Some((_, Of::Plan)) if document.get("new_users").is_some() => Of::Access,
        Some((_, of)) => *of,
        None => Of::Kinds,
    };
    let validator = jsonschema::draft202012::new(&schema(of, true)).unwrap();
    let wrong: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{}\n{document:#}", wrong.join("\n"));
}

/// Waits for the end, a minute at most; ten where a real server answers.
pub fn finish(mut child: Child) -> Ran {
    fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = from.read_to_end(&mut bytes);
            String::from_utf8(bytes).unwrap()
        })
    }
    let (out, err) = (
        child.stdout.take().map(drain),
        child.stderr.take().map(drain),
    );
    let longest = Duration::from_secs(if std::env::var_os("AKREC_TEST_URL").is_some() {
        600
    } else {
        60
    });
    let start = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if start.elapsed() > longest => break None,
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    if status.is_none() {
        let _ = child.kill();
    }
    let text = |stream: Option<thread::JoinHandle<String>>| {
        stream.map(|it| it.join().unwrap()).unwrap_or_default()
    };
    let (out, err) = (text(out), text(err));
    let status = status.unwrap_or_else(|| panic!("it hangs:\n{out}\n{err}"));
    // Whatever says its format keeps what the schema promises.
    match serde_json::from_str::<Value>(&out) {
        Ok(document) if document.get("format_version").is_some() => promised(&document),
        _ => {}
    }
    Ran {
        code: status.code(),
        out,
        err,
    }
}

/// A sandbox in this process, whose superuser has [`TOKEN`].
pub async fn server() -> Sandbox {
    let options = sandbox::Options {
        admin_token: TOKEN.to_owned(),
        ..sandbox::Options::new(usual())
    };
    sandbox::start(options).await.unwrap()
}

/// How a scripted server takes a request.
pub enum Answer {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// These bytes, then silence.
    Hang(Vec<u8>),
}

/// A server that answers `path?query` by a script, and what it was asked.
pub struct Scripted {
    pub url: String,
    pub seen: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub fn start(script: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, list) = (Arc::new(script), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, list) = (Arc::clone(&script), Arc::clone(&list));
                thread::spawn(move || serve(stream, &*script, &list));
            }
        });
        Scripted { url, seen }
    }
}

fn serve(
    mut stream: TcpStream,
    script: &(dyn Fn(&str) -> Answer + Send + Sync),
    list: &Mutex<Vec<String>>,
) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            // Somebody speaks TLS.
            Ok(1) if head.is_empty() && byte[0] == 0x16 => {
                let _ = stream.write_all(&self::head(400, "text/plain", 0, ""));
                return;
            }
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .trim_start_matches("/api/v3")
        .to_owned();
    list.lock().unwrap().push(target.clone());
    match script(&target) {
        Answer::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Answer::Hang(bytes) => {
            let _ = stream.write_all(&bytes);
            thread::sleep(Duration::from_secs(30));
        }
    }
}

/// An answer with a status, a type and a body.
pub fn http(status: u16, kind: &str, body: &str) -> Answer {
    Answer::Bytes(
        head(status, kind, body.len(), "")
            .into_iter()
            .chain(body.bytes())
            .collect(),
    )
}

pub fn head(status: u16, kind: &str, length: usize, more: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n"
    )
    .into_bytes()
}

pub fn json(body: &str) -> Answer {
    http(200, "application/json", body)
}

/// What a sound server answers to the two questions before any object is read.
pub fn greeting(target: &str, version: &str) -> Option<Answer> {
    match target {
        "/admin/version/" => Some(json(&format!(r#"{{"version_current": "{version}"}}"#))),
        "/core/users/me/" => Some(json(
            r#"{"user": {"pk": 1, "username": "ci", "is_superuser": true}}"#,
        )),
        _ if target.starts_with(LEDGERS) => Some(json(
            r#"{"pagination": {"next": 0, "previous": 0, "count": 0, "current": 1, "total_pages": 1, "start_index": 0,
                "end_index": 0}, "results": [], "autocomplete": {}}"#,
        )),
        _ => None,
    }
}
