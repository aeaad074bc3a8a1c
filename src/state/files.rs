//! Finds and reads the state files of one directory.
//!
//! The order of its result depends on names only. It must never follow a symbolic link out of the directory unless a
//! flag says so, never into git's own data, and never read more than the budgets allow.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::meter::Meter;
use crate::diag::{Code, Diagnostic, FileId, Sources, Span};
use crate::input::place::{self, Place};
use crate::input::{Unreadable, Whose};
use crate::{budget, input};

/// The folder for overlays; at the top of a state directory it never belongs to the base.
pub const ENVIRONMENTS: &str = "environments";
/// The name of a settings file; at the top of a state directory or an environment it is never state.
pub const SETTINGS: &str = "akrec.yaml";

/// Reads every state file below `root` into `sources`, sorted by path: `*.yaml` and `*.yml`, skipping names that start
/// with `.` or `_`, a top-level folder `environments` and a top-level `akrec.yaml`. A file that cannot be used gives a diagnostic, and the others
/// are still read, as long as the meter has room. A file that is reached twice, through links, is read once.
pub(super) fn read_dir(
    root: &Path,
    allow_outside: bool,
    meter: &mut Meter,
    sources: &mut Sources,
) -> (Vec<FileId>, Vec<Diagnostic>) {
    let mut walk = Walk {
        allow_outside,
        ..Walk::default()
    };
    match fs::canonicalize(root) {
        Ok(real) if place::in_git(&real) => walk.problems.push(
            Diagnostic::error(Code::BAD_STATE_DIR, format!("`{}` is part of git's own data", show(root)))
                .help("name the directory that holds the state files: `--state DIR`"),
        ),
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
                format!("the directory `{}` cannot be read: {}", show(root), Unreadable::from(error)),
            )
            .help("name the directory that holds the state files with `--state DIR`, or begin with `akrec init`"),
        ),
    }
    let mut files = Vec::new();
    for (name, (shown, real)) in std::mem::take(&mut walk.found) {
        if meter.full {
            break;
        }
        if let Err(problem) = meter.file() {
            walk.problems.push(*problem);
            break;
        }
        let most = budget::FILE.most.min(meter.texts_left());
        match input::text(&real, Whose::Checkout, most) {
            Ok(text) => match meter.text(text.len()) {
                Ok(()) => files.push(sources.add(name, &shown, text)),
                Err(problem) => walk.problems.push(*problem),
            },
            Err(Unreadable::NotUtf8 { lossy, at, hint }) => {
                let file = sources.add(&name, &shown, lossy);
                let problem = Diagnostic::error(Code::NOT_UTF8, format!("{name} is not UTF-8 text"))
                    .at(Span { file, start: at, end: at + 3 }, "the first byte that is not")
                    .help(hint);
                walk.problems.push(problem);
            }
            Err(Unreadable::TooLarge(most)) if most < budget::FILE.most => {
                walk.problems.push(meter.too_much_text().note(format!("the limit is reached in {name}")));
            }
            Err(Unreadable::TooLarge(_)) => walk.problems.push(
                Diagnostic::error(Code::TOO_LARGE, format!("{name} is larger than {}", budget::FILE))
                    .help("split it; if it is not a state file, rename it so that its name begins with `_`"),
            ),
            Err(why) => {
                walk.problems.push(Diagnostic::error(Code::BAD_STATE_DIR, format!("{name} cannot be read: {why}")))
            }
        }
    }
    (files, walk.problems)
}

/// The directories of an `environments` folder, by name. One that a link leads elsewhere has none: their names would be
/// shown.
pub fn environments(folder: &Path) -> Vec<String> {
    let parent = folder.parent().unwrap_or(Path::new(""));
    if Place::of(parent, false).is_none_or(|project| project.find(folder).is_err()) {
        return Vec::new();
    }
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
    /// Name as shown, the path by which it was found, and where it really lies.
    found: BTreeMap<String, (PathBuf, PathBuf)>,
    /// How many names were looked at.
    entries: u64,
    /// The directories that were already visited, by canonical path.
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

    fn folder(
        &mut self,
        shown: &Path,
        real: &Path,
        folders: &mut Vec<(PathBuf, PathBuf)>,
        links: &mut Vec<PathBuf>,
    ) {
        let entries = match fs::read_dir(real) {
            Ok(entries) => entries,
            Err(error) => return self.refuse(shown, &Unreadable::from(error).to_string()),
        };
        for entry in entries {
            if self.entries == budget::ENTRIES.most {
                let message = format!("the state directory has more than {}", budget::ENTRIES);
                let problem = Diagnostic::error(Code::TOO_LARGE, message)
                    .note("files of any kind and directories all count")
                    .help("name a directory that holds little besides state files: `--state DIR`");
                self.problems.push(problem);
            }
            self.entries += 1;
            if self.entries > budget::ENTRIES.most {
                return folders.clear();
            }
            let (entry, kind) =
                match entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind))) {
                    Ok(both) => both,
                    Err(error) => {
                        self.refuse(shown, &Unreadable::from(error).to_string());
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
        let target =
            fs::canonicalize(&shown).and_then(|real| fs::metadata(&real).map(|data| (real, data)));
        let (real, data) = match target {
            Ok(target) => target,
            Err(error) if is_state(&shown) => {
                self.refuse(
                    &shown,
                    &format!("a broken symbolic link ({})", Unreadable::from(error)),
                );
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
                    format!(
                        "{} is a symbolic link that leads out of the state directory",
                        show(&shown)
                    ),
                )
                .help(
                    "move what it leads to into the directory, or allow it with `--allow-outside`",
                ),
            );
            return None;
        }
        if place::in_git(&real) {
            self.refuse(&shown, "a symbolic link that leads into git's own data");
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
        } else if self.seen.insert(real.clone()) {
            self.found.insert(show(&shown), (shown, real));
        }
    }

    fn refuse(&mut self, shown: &Path, why: &str) {
        self.problems.push(Diagnostic::error(
            Code::BAD_STATE_DIR,
            format!("{} cannot be read: {why}", show(shown)),
        ));
    }
}

fn skipped(name: &OsStr) -> bool {
    matches!(name.as_encoded_bytes().first(), Some(b'.' | b'_'))
}

fn is_state(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ext| ext.eq_ignore_ascii_case("yaml") || ext.eq_ignore_ascii_case("yml"))
}

/// A path as messages show it.
pub(crate) fn show(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '\\' {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    }
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
        let mut meter = Meter::new(Default::default());
        let (_, problems) = read_dir(&root, false, &mut meter, &mut sources);
        let names: Vec<String> = sources
            .iter()
            .map(|(_, source)| source.name.replace(&format!("{}/", show(&root)), ""))
            .collect();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(
            (names, problems.len()),
            (
                vec!["a.yaml".into(), "akrec.yml".into(), "sub/akrec.yaml".into()],
                0
            )
        );
    }
}
