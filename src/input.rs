//! Reads files from disk. Nothing else in akrec opens a file to read it, but for the sandbox, which keeps its own.
//!
//! A name may be a stranger's: a link, a device, a pipe that nobody writes to, a file without an end. So a file is opened
//! without waiting, looked at through the open handle, and read only up to a limit ([`budget`](crate::budget)). Where a path leads is
//! asked of [`place`]. Nothing here knows what a file means, and no error quotes what stands in one.

pub mod place;

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};

/// Whose the name of a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// It stands in the checkout, or is one of its files: only a regular file of a disk is read.
    Checkout,
    /// A flag or a variable names it, by an absolute path: it may be a pipe too, as `/dev/fd/63` of a shell's `<(…)` is.
    Operator,
}

impl Whose {
    /// Whose the name is that a flag or a variable gives: a relative path is that of a file of the checkout.
    pub fn of(path: &Path) -> Whose {
        if path.is_absolute() {
            Whose::Operator
        } else {
            Whose::Checkout
        }
    }
}

/// Why a file cannot be used.
#[derive(Debug)]
pub enum Unreadable {
    /// There is no such file.
    Missing,
    /// It is no file to be read; what it is instead.
    NotRegular(&'static str),
    /// It has more than so many bytes.
    TooLarge(u64),
    /// It is not UTF-8.
    NotUtf8 {
        /// The text, with what is not UTF-8 replaced.
        lossy: String,
        /// The first byte that is not.
        at: u32,
        /// What to do.
        hint: &'static str,
    },
    /// Anything else.
    Other(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Missing => f.write_str("no such file or directory"),
            Unreadable::NotRegular(what) => write!(f, "it is not a regular file but {what}"),
            Unreadable::TooLarge(most) => {
                write!(f, "it is larger than {}", crate::budget::size(*most))
            }
            Unreadable::NotUtf8 { .. } => f.write_str("it is not UTF-8 text"),
            Unreadable::Other(why) => f.write_str(why),
        }
    }
}

impl From<io::Error> for Unreadable {
    /// An input/output error in words that are the same on every system.
    fn from(error: io::Error) -> Unreadable {
        match error.kind() {
            ErrorKind::NotFound => Unreadable::Missing,
            ErrorKind::PermissionDenied => Unreadable::Other("permission denied".to_owned()),
            kind => Unreadable::Other(kind.to_string()),
        }
    }
}

/// Reads a file of at most so many bytes.
pub fn bytes(path: &Path, whose: Whose, most: u64) -> Result<Vec<u8>, Unreadable> {
    // Opening alone can do something to a device, so the name is looked at first; what counts is the handle below.
    sort(&std::fs::metadata(path)?, whose)?;
    let file = open(path)?;
    let found = file.metadata()?;
    sort(&found, whose)?;
    if !found.is_file() {
        return pipe(file, is_nameless(path), most);
    }
    if whose == Whose::Checkout && of_the_kernel(&file) {
        return Err(Unreadable::NotRegular(
            "a virtual file, such as those below /proc",
        ));
    }
    if found.len() > most {
        return Err(Unreadable::TooLarge(most));
    }
    let mut bytes = Vec::with_capacity(found.len() as usize);
    // It may grow while it is read, and some file systems give no size.
    limited(file, most, &mut bytes)?;
    Ok(bytes)
}

/// Reads the text of a file of at most so many bytes.
pub fn text(path: &Path, whose: Whose, most: u64) -> Result<String, Unreadable> {
    utf8(bytes(path, whose, most)?)
}

/// Reads what is there already, such as standard input, up to a limit.
pub fn stream(from: impl Read, most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    match limited(from, most, &mut bytes) {
        Ok(()) => String::from_utf8(bytes).map_err(|_| ErrorKind::InvalidData.into()),
        Err(Unreadable::TooLarge(_)) => Err(ErrorKind::FileTooLarge.into()),
        Err(other) => Err(io::Error::other(other.to_string())),
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, Unreadable> {
    String::from_utf8(bytes).map_err(|error| {
        let wide = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let hint = if wide {
            "it looks like UTF-16; save it as UTF-8"
        } else {
            "save it as UTF-8"
        };
        let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
        Unreadable::NotUtf8 {
            lossy,
            at: error.utf8_error().valid_up_to() as u32,
            hint,
        }
    })
}

fn limited(from: impl Read, most: u64, into: &mut Vec<u8>) -> Result<(), Unreadable> {
    from.take(most + 1).read_to_end(into)?;
    if into.len() as u64 > most {
        Err(Unreadable::TooLarge(most))
    } else {
        Ok(())
    }
}

/// Refuses what is not to be read, by what it is.
fn sort(found: &Metadata, whose: Whose) -> Result<(), Unreadable> {
    let what = match kind(found) {
        Kind::File => return Ok(()),
        Kind::Pipe if whose == Whose::Operator => return Ok(()),
        Kind::Folder => "a directory",
        Kind::Pipe => "a pipe",
        Kind::Socket => "a socket",
        Kind::Device => "a device",
        Kind::Other => "something else",
    };
    Err(Unreadable::NotRegular(what))
}

enum Kind {
    File,
    Folder,
    Pipe,
    Socket,
    Device,
    Other,
}

#[cfg(unix)]
fn kind(found: &Metadata) -> Kind {
    use std::os::unix::fs::FileTypeExt;
    let sort = found.file_type();
    match () {
        () if sort.is_file() => Kind::File,
        () if sort.is_dir() => Kind::Folder,
        () if sort.is_fifo() => Kind::Pipe,
        () if sort.is_socket() => Kind::Socket,
        () if sort.is_char_device() || sort.is_block_device() => Kind::Device,
        () => Kind::Other,
    }
}

#[cfg(not(unix))]
fn kind(found: &Metadata) -> Kind {
    match () {
        () if found.is_file() => Kind::File,
        () if found.is_dir() => Kind::Folder,
        () => Kind::Other,
    }
}

/// Opens without waiting for anybody at the other end, and without making a terminal this process's own.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits() as i32)
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Whether a file is on no disk but made up by the system when it is read, as `/proc/self/environ` is. Such a file counts
/// as a regular one.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn of_the_kernel(file: &File) -> bool {
    // The magic numbers of `statfs(2)`.
    const SYSTEMS: [u64; 17] = [
        0x9fa0,      // proc
        0x6265_6572, // sysfs
        0x6462_6720, // debugfs
        0x7472_6163, // tracefs
        0x7363_6673, // securityfs
        0x0027_e0eb, // cgroup
        0x6367_7270, // cgroup2
        0xf97c_ff8c, // selinuxfs
        0xcafe_4a11, // bpf
        0x6e73_6673, // nsfs
        0x6265_6570, // configfs
        0x6165_676c, // pstore
        0xde5e_81e4, // efivarfs
        0x1980_0202, // mqueue
        0x1cd1,      // devpts
        0x4249_4e4d, // binfmt_misc
        0x6573_5543, // fusectl
    ];
    rustix::fs::fstatfs(file)
        .is_ok_and(|system| SYSTEMS.contains(&(system.f_type as u64 & 0xffff_ffff)))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn of_the_kernel(_: &File) -> bool {
    false
}

/// How long a named pipe may be without anybody who writes to it.
const WRITER: Duration = Duration::from_secs(10);
/// How long somebody who writes may say nothing: a password manager may be asking for its passphrase.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait before looking again.
const STEP: Duration = Duration::from_millis(10);

/// Whether a pipe has no name of its own, so that its writer is there before anybody reads.
fn is_nameless(path: &Path) -> bool {
    ["/dev/fd", "/dev/stdin", "/proc"]
        .iter()
        .any(|root| path.starts_with(root))
}

/// Reads a pipe to its end.
fn pipe(mut file: File, nameless: bool, most: u64) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    let mut part = [0; 8192];
    let mut written = nameless;
    let mut since = Instant::now();
    loop {
        match file.read(&mut part) {
            // No byte and nobody who could write one: the end, if there ever was anybody.
            Ok(0) if written => return Ok(bytes),
            Ok(0) if since.elapsed() > WRITER => {
                return Err(Unreadable::Other(
                    "it is a pipe that nobody writes to".to_owned(),
                ));
            }
            Ok(0) => std::thread::sleep(STEP),
            Ok(count) => {
                (written, since) = (true, Instant::now());
                bytes.extend_from_slice(part.get(..count).unwrap_or_default());
                if bytes.len() as u64 > most {
                    return Err(Unreadable::TooLarge(most));
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && since.elapsed() > PATIENCE => {
                return Err(Unreadable::Other(
                    "it is a pipe that sends no data".to_owned(),
                ));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                written = true;
                std::thread::sleep(STEP);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::io::Write;

    fn refused(path: &str, whose: Whose) -> String {
        bytes(Path::new(path), whose, 1000)
            .map(|bytes| bytes.len())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_not_a_regular_file_is_refused() {
        for (path, what) in [
            ("/dev/zero", "a device"),
            ("/dev/null", "a device"),
            ("/", "a directory"),
        ] {
            for whose in [Whose::Checkout, Whose::Operator] {
                assert_eq!(
                    refused(path, whose),
                    format!("it is not a regular file but {what}"),
                    "{path}"
                );
            }
        }
        assert_eq!(
            refused("/nowhere/at/all", Whose::Checkout),
            "no such file or directory"
        );
        if cfg!(target_os = "linux") {
            for path in [
                "/proc/self/environ",
                "/proc/self/status",
                "/sys/kernel/uevent_seqnum",
            ] {
                // A container may have no /sys.
                let said = refused(path, Whose::Checkout);
                assert!(
                    said.contains("virtual file") || said.contains("no such"),
                    "{said}"
                );
            }
        }
    }

    #[test]
    fn a_limit_holds_for_files_and_for_pipes() {
        let path = std::env::temp_dir().join(format!("akrec-input-{}", std::process::id()));
        std::fs::write(&path, [b'a'; 1000]).unwrap();
        let of = |most| {
            bytes(&path, Whose::Checkout, most)
                .map(|bytes| bytes.len())
                .map_err(|why| why.to_string())
        };
        assert_eq!(
            (of(1000), of(999)),
            (Ok(1000), Err("it is larger than 999 bytes".to_owned()))
        );
        std::fs::remove_file(&path).unwrap();

        assert!(
            std::process::Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(
            refused(path.to_str().unwrap(), Whose::Checkout),
            "it is not a regular file but a pipe"
        );
        for (size, most, fits) in [(100_000, 100_000, true), (100_001, 100_000, false)] {
            let writer = path.clone();
            let writer = std::thread::spawn(move || {
                let mut to = OpenOptions::new().write(true).open(writer).unwrap();
                // Whoever reads may have had enough.
                let _ = to.write_all(&vec![b'a'; size]);
            });
            let read = bytes(&path, Whose::Operator, most).map(|bytes| bytes.len());
            assert_eq!(read.is_ok(), fits);
            writer.join().unwrap();
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn streams_are_limited_too() {
        assert_eq!(stream(&b"abc"[..], 3).unwrap(), "abc");
        assert_eq!(
            stream(&b"abcd"[..], 3).unwrap_err().kind(),
            ErrorKind::FileTooLarge
        );
        assert_eq!(
            stream(&b"\xff"[..], 3).unwrap_err().kind(),
            ErrorKind::InvalidData
        );
        assert_eq!(
            stream(std::io::repeat(b'a'), 3).unwrap_err().kind(),
            ErrorKind::FileTooLarge
        );
    }
}
