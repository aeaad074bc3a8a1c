//! The files with the results of a case: compared, or written again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use similar::TextDiff;

/// The files of one case.
pub struct Expected {
    path: PathBuf,
    update: bool,
    /// The results of the first release.
    newest: BTreeMap<&'static str, String>,
    problems: Vec<String>,
}

impl Expected {
    /// The files in a case's folder.
    pub fn of(path: &Path) -> Expected {
        let update = std::env::var("AKREC_UPDATE").is_ok_and(|value| value == "1");
        Expected {
            path: path.to_owned(),
            update,
            newest: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// Compares the result of a release with the file; another release has a file of its own only where it differs.
    pub fn compare(&mut self, file: &'static str, release: &str, text: &str) {
        let (stem, end) = file.split_once('.').unwrap_or((file, ""));
        let own = self.path.join(format!("{stem}.{release}.{end}"));
        let path = match self.newest.get(file) {
            None => {
                self.newest.insert(file, text.to_owned());
                self.path.join(file)
            }
            Some(newest) if self.update => {
                if newest == text {
                    drop(std::fs::remove_file(&own));
                    return;
                }
                own
            }
            Some(_) if own.is_file() => own,
            Some(_) => self.path.join(file),
        };
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        if known == text {
            return;
        }
        if self.update {
            std::fs::write(&path, text).unwrap();
            return;
        }
        let diff = TextDiff::from_lines(known.as_str(), text);
        let shown = diff
            .unified_diff()
            .context_radius(3)
            .header("expected", "now")
            .to_string();
        self.problems
            .push(format!("{} differs on {release}:\n{shown}", path.display()));
    }

    /// A file that this case does not have, unless a newer release gave it.
    pub fn none(&mut self, file: &'static str) {
        let path = self.path.join(file);
        if path.is_file() && !self.newest.contains_key(file) {
            match self.update {
                true => std::fs::remove_file(path).unwrap(),
                false => self.problems.push(format!(
                    "{} is not expected: there is no plan",
                    path.display()
                )),
            }
        }
    }

    /// What differed.
    pub fn finish(self) -> Vec<String> {
        self.problems
    }
}
