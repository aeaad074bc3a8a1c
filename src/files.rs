//! Writes files: whole or not at all, into a fresh file beside the target that is then renamed over it.
//!
//! A checkout may be a stranger's, with links and files under the very names that akrec writes. A link at the target is
//! replaced and never followed, another name of the same file (a hard link) keeps its content, and a directory on the way
//! that is a link of the checkout must stay inside the checkout. Places outside of the checkout are the operator's.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use tempfile::NamedTempFile;

use crate::stop::{Unfinished, Writing};

/// What a file that holds a repository is called in its top directory.
const GIT: &str = ".git";
/// How much is written to find out whether there is room on a disk.
const ROOM: usize = 4096;

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path ends in `..` or `/`.
    #[error("this is not a file name")]
    NoName,
    /// A directory has the name of the file.
    #[error("it is a directory")]
    IsDirectory,
    /// A device or a pipe has the name of the file, which a rename would replace.
    #[error("it is not a regular file")]
    NotPlain,
    /// The directory of the file does not exist.
    #[error("its directory does not exist")]
    NoDirectory,
    /// A link of the checkout leads somewhere else.
    #[error("{} is a symbolic link that leads out of the working directory", .0.display())]
    LeadsOut(PathBuf),
    /// What the system says.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Error::LeadsOut(_) => "name the place itself by its absolute path, or remove the link",
            _ => "name a file in a directory that exists and can be written to",
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        match error {
            Error::Io(error) => error,
            other => io::Error::new(ErrorKind::InvalidInput, other.to_string()),
        }
    }
}

/// Who may read a new file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readers {
    /// Its owner alone, from its first byte on.
    Owner,
    /// Whoever the umask lets.
    Umask,
    /// Whoever may read the file that it replaces; whoever the umask lets, if there is none.
    Same,
}

/// Where a file is to be written: its directory without a link in its path, and its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    dir: PathBuf,
    name: OsString,
    /// The path as it was given, for what is opened by its name.
    path: PathBuf,
    in_checkout: bool,
    is_stream: bool,
}

impl Place {
    /// Finds the place that a path names. Changes nothing.
    pub fn find(path: &Path) -> Result<Place, Error> {
        let name = path.file_name().ok_or(Error::NoName)?.to_owned();
        let checkout = Checkout::here()?;
        let dir = checkout.walk(path.parent().unwrap_or(Path::new("")), Missing::Refused)?;
        let in_checkout = checkout.holds(&dir);
        let mut place = Place {
            dir,
            name,
            path: path.to_owned(),
            in_checkout,
            is_stream: is_descriptor(path),
        };
        if !place.is_stream {
            match fs::symlink_metadata(place.real()) {
                Ok(found) if found.is_dir() => return Err(Error::IsDirectory),
                Ok(found) => place.is_stream = !found.is_file() && !found.is_symlink(),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(place)
    }

    /// The path without a link in it, but for the file itself.
    pub fn real(&self) -> PathBuf {
        self.dir.join(&self.name)
    }

    /// Whether it lies in the checkout, where anybody may have put something.
    pub fn is_in_checkout(&self) -> bool {
        self.in_checkout
    }

    /// Whether it is a device, a pipe or a descriptor of this process, which is written into and never replaced.
    pub fn is_stream(&self) -> bool {
        self.is_stream
    }

    /// Removes the file, or the link, of this name.
    pub fn clear(&self) -> Result<(), Error> {
        if self.is_stream {
            return Ok(());
        }
        match fs::remove_file(self.real()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Finds out whether a file can be written there, by writing one and removing it.
    pub fn try_out(&self) -> Result<(), Error> {
        if self.is_stream {
            Ok(())
        } else {
            try_room(&self.dir)
        }
    }

    /// Writes the file, in place of whatever has this name.
    pub fn replace(&self, bytes: &[u8], readers: Readers) -> Result<(), Error> {
        if self.is_stream {
            return Ok(self.append()?.write_all(bytes)?);
        }
        self.stage(bytes, readers)?.replace()
    }

    /// Writes the file, and refuses if anything has this name.
    pub fn create(&self, bytes: &[u8], readers: Readers) -> Result<(), Error> {
        self.stage(bytes, readers)?.create()
    }

    /// Opens a file that others read while it is written. Nothing may have this name any more: see [`Place::clear`].
    pub fn open(&self) -> Result<File, Error> {
        if self.is_stream {
            return self.append();
        }
        Ok(OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(self.real())?)
    }

    /// Opens what is there for writing at its end: a device, or a file that others write into too.
    pub fn append(&self) -> Result<File, Error> {
        let mut options = OpenOptions::new();
        options.append(true).create(!self.is_stream);
        if is_descriptor(&self.path) {
            return Ok(options.open(&self.path)?);
        }
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
        Ok(options.open(self.real())?)
    }

    /// Writes a file without a name that anybody knows, to be put in its place later.
    pub fn stage(&self, bytes: &[u8], readers: Readers) -> Result<Staged, Error> {
        if self.is_stream {
            return Err(Error::NotPlain);
        }
        let old = match readers {
            Readers::Same => fs::symlink_metadata(self.real())
                .ok()
                .filter(fs::Metadata::is_file),
            _ => None,
        };
        let writing = Writing::file();
        let mut file = fresh(&self.dir, readers)?;
        let unfinished = Unfinished::new(file.path());
        file.write_all(bytes)?;
        if let Some(old) = old {
            file.as_file().set_permissions(old.permissions())?;
            same_owner(file.as_file(), &old);
        }
        file.as_file().sync_all()?;
        Ok(Staged {
            file,
            place: self.clone(),
            _signals: (writing, unfinished),
        })
    }
}

/// A file that is written and not in its place yet; gone if it never comes there.
pub struct Staged {
    file: NamedTempFile,
    place: Place,
    /// A signal neither cuts the writing off nor leaves the file behind.
    _signals: (Writing, Unfinished),
}

impl Staged {
    /// Puts it in its place, whatever has that name.
    pub fn replace(self) -> Result<(), Error> {
        self.file
            .persist(self.place.real())
            .map_err(|failed| failed.error)?;
        flush(&self.place.dir);
        Ok(())
    }

    /// Puts it in its place, and refuses if anything has that name.
    pub fn create(self) -> Result<(), Error> {
        self.file
            .persist_noclobber(self.place.real())
            .map_err(|failed| failed.error)?;
        flush(&self.place.dir);
        Ok(())
    }
}

/// Writes a file, in place of whatever has this name.
pub fn replace(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Error> {
    Place::find(path)?.replace(bytes, readers)
}

/// Makes a directory and those above it that are missing; gives its path without a link in it.
pub fn make_dirs(path: &Path) -> Result<PathBuf, Error> {
    Checkout::here()?.walk(path, Missing::Made)
}

/// Makes a directory, and finds out whether there is room for a file in it, by writing one and removing it.
pub fn try_dir(path: &Path) -> Result<(), Error> {
    try_room(&make_dirs(path)?)
}

/// Finds out whether a file can be made where this one is, by making one without content and removing it.
pub fn try_place(path: &Path) -> Result<(), Error> {
    let place = Place::find(path)?;
    if place.is_stream {
        return Err(Error::NotPlain);
    }
    fresh(&place.dir, Readers::Owner)?.close()?;
    Ok(())
}

/// Whether a path is inside the project that a directory belongs to: what edits files of a project edits no others.
pub fn belongs(path: &Path, dir: &Path) -> Result<bool, Error> {
    let (path, dir) = (fs::canonicalize(path)?, fs::canonicalize(dir)?);
    Ok(Checkout::around(dir).holds(&path))
}

fn try_room(dir: &Path) -> Result<(), Error> {
    let mut file = fresh(dir, Readers::Owner)?;
    file.write_all(&[0; ROOM])?;
    file.as_file().sync_all()?;
    file.close()?;
    Ok(())
}

/// A new file under a name that nobody can foresee.
fn fresh(dir: &Path, readers: Readers) -> Result<NamedTempFile, Error> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".akrec-").suffix(".tmp").rand_bytes(16);
    #[cfg(unix)]
    if readers != Readers::Owner {
        builder
            .permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = readers;
    // tempfile's own words name the file, whose name means nothing to anybody.
    builder
        .tempfile_in(dir)
        .map_err(|error| io::Error::from(error.kind()).into())
}

/// An edit by somebody else than the owner leaves the file its owner's, where the system lets us.
#[cfg(unix)]
fn same_owner(file: &File, old: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt;
    let _ = std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()));
}

#[cfg(not(unix))]
fn same_owner(_: &File, _: &fs::Metadata) {}

/// Asks the system to keep the rename over a crash, where it can.
fn flush(dir: &Path) {
    #[cfg(unix)]
    if let Ok(dir) = File::open(dir) {
        let _ = dir.sync_all();
    }
    #[cfg(not(unix))]
    let _ = dir;
}

/// Whether a path names a descriptor of this process as it stands: `/dev/stdout`, `/dev/fd/3`. It is a link of the system
/// and means what is behind it.
fn is_descriptor(path: &Path) -> bool {
    let parts: Vec<&str> = path.iter().filter_map(OsStr::to_str).collect();
    match parts.as_slice() {
        ["/", "dev", "stdout" | "stderr"] => true,
        ["/", "dev", "fd", number] | ["/", "proc", "self", "fd", number] => {
            number.parse::<u32>().is_ok()
        }
        _ => false,
    }
}

/// What to do about a directory that does not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Refused,
    Made,
}

/// The directories whose links may be anybody's: the repository that the working directory is in, or itself.
struct Checkout {
    root: PathBuf,
    here: PathBuf,
}

impl Checkout {
    fn here() -> Result<Checkout, Error> {
        Ok(Checkout::around(
            fs::canonicalize(std::env::current_dir()?)?,
        ))
    }

    fn around(here: PathBuf) -> Checkout {
        let root = here
            .ancestors()
            .find(|dir| dir.join(GIT).symlink_metadata().is_ok());
        Checkout {
            root: root.unwrap_or(&here).to_owned(),
            here,
        }
    }

    /// Whether a path without links is inside, and not in what git keeps for itself.
    fn holds(&self, path: &Path) -> bool {
        let inside = path.strip_prefix(&self.root);
        inside.is_ok_and(|inside| inside.iter().all(|part| part != GIT))
    }

    /// The path of a directory without a link in it. A link that lies in the checkout and leads out of it is refused.
    fn walk(&self, path: &Path, missing: Missing) -> Result<PathBuf, Error> {
        let mut real = self.here.clone();
        let mut shown = PathBuf::new();
        for part in path.components() {
            shown.push(part);
            let name = match part {
                Component::Prefix(_) | Component::RootDir => {
                    real = shown.clone();
                    continue;
                }
                Component::CurDir => continue,
                Component::ParentDir => {
                    real.pop();
                    continue;
                }
                Component::Normal(name) => name,
            };
            let next = real.join(name);
            let found = match fs::symlink_metadata(&next) {
                Ok(found) => found,
                Err(error) if error.kind() == ErrorKind::NotFound && missing == Missing::Made => {
                    fs::create_dir(&next)?;
                    real = next;
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(Error::NoDirectory);
                }
                Err(error) => return Err(error.into()),
            };
            if !found.is_symlink() {
                real = next;
                continue;
            }
            let target = match fs::canonicalize(&next) {
                Ok(target) => Some(target),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error.into()),
            };
            let ours = real.starts_with(&self.root);
            match target {
                Some(target) if !ours || self.holds(&target) => real = target,
                None if !ours => return Err(Error::NoDirectory),
                _ => return Err(Error::LeadsOut(shown)),
            }
        }
        match fs::metadata(&real) {
            Ok(found) if found.is_dir() => Ok(real),
            Ok(_) if missing == Missing::Made => {
                Err(io::Error::from(ErrorKind::NotADirectory).into())
            }
            _ => Err(Error::NoDirectory),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    /// A checkout with a directory `dir`, and `out` beside it, which is not part of it.
    struct Case {
        folder: tempfile::TempDir,
        checkout: Checkout,
    }

    impl Case {
        fn new() -> Case {
            let folder = tempfile::tempdir().unwrap();
            let root = fs::canonicalize(folder.path()).unwrap();
            for dir in ["in/dir", "in/.git", "out"] {
                fs::create_dir_all(root.join(dir)).unwrap();
            }
            Case {
                folder,
                checkout: Checkout::around(root.join("in")),
            }
        }

        fn link(&self, path: &str, target: &str) {
            symlink(target, self.folder.path().join("in").join(path)).unwrap();
        }

        fn walk(&self, path: &str) -> String {
            let root = fs::canonicalize(self.folder.path()).unwrap();
            match self.checkout.walk(Path::new(path), Missing::Refused) {
                Ok(real) => real.strip_prefix(root).unwrap().display().to_string(),
                Err(error) => error.to_string(),
            }
        }
    }

    #[test]
    fn links_of_the_checkout_stay_inside() {
        let case = Case::new();
        case.link("inside", "dir");
        case.link("outside", "../out");
        case.link("chain", "outside");
        case.link("nowhere", "../gone");
        case.link("git", ".git");
        case.link("devices", "/dev");
        assert_eq!(
            (case.walk(""), case.walk("dir/../dir"), case.walk("inside")),
            tuple("in", "in/dir", "in/dir")
        );
        for link in [
            "outside",
            "chain",
            "nowhere",
            "git",
            "devices",
            "dir/../outside",
        ] {
            let says = format!("{link} is a symbolic link that leads out of the working directory");
            assert_eq!(case.walk(link), says);
        }
        assert_eq!(case.walk("gone/x"), "its directory does not exist");
    }

    fn tuple(a: &str, b: &str, c: &str) -> (String, String, String) {
        (a.to_owned(), b.to_owned(), c.to_owned())
    }

    #[test]
    fn what_the_operator_names_is_the_operators() {
        let case = Case::new();
        assert_eq!(case.walk("../out"), "out");
        // A link that nobody can put into a checkout.
        symlink(
            case.folder.path().join("out"),
            case.folder.path().join("mine"),
        )
        .unwrap();
        let mine = case.folder.path().join("mine");
        assert_eq!(case.walk(mine.to_str().unwrap()), "out");
        // And by an absolute path into the checkout, its links are the checkout's again.
        case.link("outside", "../out");
        let theirs = fs::canonicalize(case.folder.path())
            .unwrap()
            .join("in/outside");
        assert!(case.walk(theirs.to_str().unwrap()).contains("leads out"));
    }

    #[test]
    fn directories_are_made_where_no_link_leads_away() {
        let case = Case::new();
        case.link("outside", "../out");
        let make = |path: &str| case.checkout.walk(Path::new(path), Missing::Made);
        assert!(make("a/b/c").unwrap().is_dir());
        assert!(matches!(make("outside/x"), Err(Error::LeadsOut(_))));
        assert!(!case.folder.path().join("out/x").exists());
    }

    #[test]
    fn a_link_is_replaced_and_a_second_name_keeps_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, make) in [("link", 0), ("hard", 1)] {
            fs::write(at("victim"), "precious").unwrap();
            match make {
                0 => symlink("victim", at(name)).unwrap(),
                _ => fs::hard_link(at("victim"), at(name)).unwrap(),
            }
            replace(&at(name), b"new", Readers::Umask).unwrap();
            assert_eq!(
                fs::read_to_string(at("victim")).unwrap(),
                "precious",
                "{name}"
            );
            assert_eq!(fs::read_to_string(at(name)).unwrap(), "new", "{name}");
            assert!(!at(name).is_symlink());
        }
        let left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left.len(), 3, "{left:?}");
    }

    #[test]
    fn readers_are_as_few_as_said() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mode = |name: &str| fs::metadata(at(name)).unwrap().mode() & 0o777;
        replace(&at("secret"), b"x", Readers::Owner).unwrap();
        assert_eq!(mode("secret"), 0o600);
        fs::write(at("plain"), "x").unwrap();
        replace(&at("page"), b"x", Readers::Umask).unwrap();
        assert_eq!(mode("page"), mode("plain"), "what the umask says");
        fs::set_permissions(at("plain"), fs::Permissions::from_mode(0o640)).unwrap();
        replace(&at("plain"), b"y", Readers::Same).unwrap();
        assert_eq!(mode("plain"), 0o640);
    }

    #[test]
    fn nothing_is_replaced_by_what_is_new() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        symlink("nowhere", &path).unwrap();
        let place = Place::find(&path).unwrap();
        let refused = place
            .create(b"new", Readers::Umask)
            .map_err(io::Error::from);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(
            io::Error::from(place.open().unwrap_err()).kind(),
            ErrorKind::AlreadyExists
        );
        place.clear().unwrap();
        place.create(b"new", Readers::Umask).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn devices_are_meant_by_their_own_names_alone() {
        for name in ["/dev/stdout", "/dev/fd/3", "/proc/self/fd/1"] {
            assert!(is_descriptor(Path::new(name)), "{name}");
        }
        for name in [
            "dev/stdout",
            "/dev/fd/x",
            "/dev/fd/../stdout",
            "/dev/shm/stdout",
            "/dev/fd",
        ] {
            assert!(!is_descriptor(Path::new(name)), "{name}");
        }
        let null = Place::find(Path::new("/dev/null")).unwrap();
        assert!(null.is_stream() && null.replace(b"x", Readers::Umask).is_ok());
        let folder = tempfile::tempdir().unwrap();
        symlink("/dev/full", folder.path().join("x")).unwrap();
        let place = Place::find(&folder.path().join("x")).unwrap();
        assert!(!place.is_stream());
        place.replace(b"x", Readers::Umask).unwrap();
        assert!(!folder.path().join("x").is_symlink());
    }
}
