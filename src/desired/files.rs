//! Finds and reads the state files of one directory.
//!
//! The order of what it gives depends on names only. It must never follow a symbolic link out of the directory unless
//! told to, never open what is not a regular file, and never read a file whose size alone rules it out.

use super::yaml::MAX_FILE;
use crate::diag::{Code, Diagnostic, FileId, Sources, Span};
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder for overlays; at the top of a state directory it never belongs to the base.
pub const ENVIRONMENTS: &str = "environments";
/// The name of a settings file; at the top of a state directory or an environment it is never state.
pub const SETTINGS: &str = "akrec.yaml";

/// Reads every state file below `root` into `sources`, sorted by path: `*.yaml` and `*.yml`, skipping names that start
/// with `.` or `_`, a top-level folder `environments` and a top-level `akrec.yaml`. A file that cannot be used gives a diagnostic, and the others
/// are still read. A file that is reached twice, through links, is read once.
pub fn read_dir(root: &Path, allow_outside: bool, sources: &mut Sources) -> (Vec<FileId>, Vec<Diagnostic>) {
    let mut walk = Walk { allow_outside, ..Walk::default() };
    match fs::canonicalize(root) {
        Ok(real) if real.is_dir() => {
            walk.root = real.clone();
            walk.seen.insert(real.clone());
            walk.run(root, real);
        }
        Ok(_) => walk.problems.push(
            Diagnostic::error(Code::BAD_STATE_DIR, format!("`{}` is not a directory", show(root)))
                .help("name the directory that holds the state files: `--state DIR`"),
        ),
        Err(error) => walk.problems.push(
            Diagnostic::error(
                Code::BAD_STATE_DIR,
                format!("the directory `{}` cannot be read: {}", show(root), why(&error)),
            )
            .help("name the directory that holds the state files with `--state DIR`, or begin with `akrec init`"),
        ),
    }
    let mut files = Vec::new();
    for (name, path) in std::mem::take(&mut walk.found) {
        match read_text(&path) {
            Ok(text) => files.push(sources.add(name, &path, text)),
            Err(Unreadable::NotUtf8 { lossy, at, hint }) => {
                let file = sources.add(&name, &path, lossy);
                let problem = Diagnostic::error(Code::NOT_UTF8, format!("{name} is not UTF-8 text"))
                    .at(Span { file, start: at, end: at + 3 }, "the first byte that is not")
                    .help(hint);
                walk.problems.push(problem);
            }
            Err(Unreadable::TooLarge) => walk.problems.push(
                Diagnostic::error(Code::TOO_LARGE, format!("{name} has more than {} MiB", MAX_FILE >> 20))
                    .help("split it; if it is no state file, rename it so that it starts with `_`"),
            ),
            Err(Unreadable::Other(why)) => {
                walk.problems.push(Diagnostic::error(Code::BAD_STATE_DIR, format!("{name} cannot be read: {why}")))
            }
        }
    }
    (files, walk.problems)
}

/// The directories of an `environments` folder, by name.
pub fn environments(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with(['.', '_']))
        .collect();
    names.sort();
    names
}

#[derive(Default)]
struct Walk {
    root: PathBuf,
    allow_outside: bool,
    /// Name as shown, and where it lies.
    found: BTreeMap<String, PathBuf>,
    /// What was already visited, by canonical path.
    seen: HashSet<PathBuf>,
    problems: Vec<Diagnostic>,
}

impl Walk {
    /// Real folders and files first and links after them, so that a file known by two names gets its own.
    fn run(&mut self, root: &Path, real: PathBuf) {
        let mut folders = vec![(root.to_path_buf(), real)];
        let mut links: Vec<PathBuf> = Vec::new();
        loop {
            if let Some((shown, real)) = folders.pop() {
                self.folder(&shown, &real, &mut folders, &mut links);
            } else if links.is_empty() {
                return;
            } else {
                links.sort_by(|a, b| b.cmp(a));
                let next = links.pop().and_then(|link| self.link(link));
                folders.extend(next);
            }
        }
    }

    fn folder(&mut self, shown: &Path, real: &Path, folders: &mut Vec<(PathBuf, PathBuf)>, links: &mut Vec<PathBuf>) {
        let entries = match fs::read_dir(real) {
            Ok(entries) => entries,
            Err(error) => return self.refuse(shown, &why(&error)),
        };
        for entry in entries {
            let (entry, kind) = match entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind))) {
                Ok(both) => both,
                Err(error) => {
                    self.refuse(shown, &why(&error));
                    continue;
                }
            };
            let name = entry.file_name();
            if skipped(&name) || (real == self.root && (name == ENVIRONMENTS || name == SETTINGS)) {
                continue;
            }
            let (shown, real) = (shown.join(&name), real.join(&name));
            if kind.is_symlink() {
                links.push(shown);
            } else if kind.is_dir() {
                if self.seen.insert(real.clone()) {
                    folders.push((shown, real));
                }
            } else if is_state(&shown) {
                self.file(shown, real, kind.is_file());
            }
        }
    }

    /// Follows a link; gives the folder to visit next if it leads to one.
    fn link(&mut self, shown: PathBuf) -> Option<(PathBuf, PathBuf)> {
        let target = fs::canonicalize(&shown).and_then(|real| fs::metadata(&real).map(|data| (real, data)));
        let (real, data) = match target {
            Ok(target) => target,
            Err(error) if is_state(&shown) => {
                self.refuse(&shown, &format!("a symbolic link that leads nowhere ({})", why(&error)));
                return None;
            }
            Err(_) => return None,
        };
        if !data.is_dir() && !is_state(&shown) {
            return None;
        }
        if !self.allow_outside && !real.starts_with(&self.root) {
            self.problems.push(
                Diagnostic::error(
                    Code::BAD_STATE_DIR,
                    format!("{} is a symbolic link that leads out of the state directory", show(&shown)),
                )
                .help("move what it leads to into the directory, or allow it with `--allow-outside`"),
            );
            return None;
        }
        if data.is_dir() {
            return self.seen.insert(real.clone()).then_some((shown, real));
        }
        self.file(shown, real, data.is_file());
        None
    }

    fn file(&mut self, shown: PathBuf, real: PathBuf, regular: bool) {
        if !regular {
            self.refuse(&shown, "it is not a regular file");
        } else if self.seen.insert(real) {
            self.found.insert(show(&shown), shown);
        }
    }

    fn refuse(&mut self, shown: &Path, why: &str) {
        self.problems.push(Diagnostic::error(Code::BAD_STATE_DIR, format!("{} cannot be read: {why}", show(shown))));
    }
}

/// Why a text cannot be used.
pub(crate) enum Unreadable {
    NotUtf8 { lossy: String, at: u32, hint: &'static str },
    TooLarge,
    Other(String),
}

/// Reads the text of a regular file within the size limit.
pub(crate) fn read_text(path: &Path) -> Result<String, Unreadable> {
    let bytes = read_bytes(path, MAX_FILE)?;
    String::from_utf8(bytes).map_err(|error| {
        let wide = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let hint = if wide { "it looks like UTF-16; save it as UTF-8" } else { "save it as UTF-8" };
        let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
        Unreadable::NotUtf8 { lossy, at: error.utf8_error().valid_up_to() as u32, hint }
    })
}

/// Reads a regular file of at most so many bytes.
pub(crate) fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, Unreadable> {
    let other = |error: std::io::Error| Unreadable::Other(why(&error));
    let data = fs::metadata(path).map_err(other)?;
    if !data.is_file() {
        return Err(Unreadable::Other("it is not a regular file".into()));
    }
    if data.len() > most {
        return Err(Unreadable::TooLarge);
    }
    let mut bytes = Vec::with_capacity(data.len() as usize);
    // It may grow while it is read, and some file systems give no size.
    fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(other)?;
    if bytes.len() as u64 > most {
        return Err(Unreadable::TooLarge);
    }
    Ok(bytes)
}

/// An input/output error in words that are the same on every system.
fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        kind => kind.to_string(),
    }
}

fn skipped(name: &OsStr) -> bool {
    matches!(name.as_encoded_bytes().first(), Some(b'.' | b'_'))
}

fn is_state(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("yaml") || ext.eq_ignore_ascii_case("yml"))
}

/// A path as messages show it.
pub(crate) fn show(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settings_file_is_no_state_at_the_top_of_a_layer() {
        let root = std::env::temp_dir().join(format!("akrec-files-{}", std::process::id()));
        fs::create_dir_all(root.join("sub")).unwrap();
        for name in ["akrec.yaml", "akrec.yml", "a.yaml", "sub/akrec.yaml"] {
            fs::write(root.join(name), "groups: {}\n").unwrap();
        }
        let mut sources = Sources::default();
        let (_, problems) = read_dir(&root, false, &mut sources);
        let names: Vec<String> =
            sources.iter().map(|(_, source)| source.name.replace(&format!("{}/", show(&root)), "")).collect();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!((names, problems.len()), (vec!["a.yaml".into(), "akrec.yml".into(), "sub/akrec.yaml".into()], 0));
    }
}
