//! Takes a settings file in: its text into the sources, or a diagnostic.
//!
//! A file that is not there is no problem here; one that is there and cannot be read always is.

use std::fs;
use std::io;
use std::path::Path;

use crate::desired::files::{Unreadable, read_text, show};
use crate::diag::{Code, Diagnostic, FileId, Sources, Span};

/// The file's id; `None` if there is none, or if it cannot be used.
pub(super) fn take(path: &Path, sources: &mut Sources, problems: &mut Vec<Diagnostic>) -> Option<FileId> {
    if matches!(fs::metadata(path), Err(error) if error.kind() == io::ErrorKind::NotFound) {
        return None;
    }
    need(path, sources, problems)
}

/// As [`take`], for a file that must be there.
pub(super) fn need(path: &Path, sources: &mut Sources, problems: &mut Vec<Diagnostic>) -> Option<FileId> {
    let name = show(path);
    let problem = match read_text(path) {
        Ok(text) => return Some(sources.add(name, path, text)),
        Err(Unreadable::NotUtf8 { lossy, at, hint }) => {
            let end = lossy.len() as u32;
            let file = sources.add(&name, path, lossy);
            sources.hide(Span { file, start: 0, end });
            Diagnostic::error(Code::BAD_SETTING, format!("{name} is not UTF-8 text"))
                .at(Span { file, start: at, end: at + 3 }, "the first byte that is not")
                .help(hint)
        }
        Err(Unreadable::TooLarge) => {
            Diagnostic::error(Code::BAD_SETTING, format!("{name} is far too large for a settings file"))
        }
        Err(Unreadable::Other(why)) => Diagnostic::error(Code::BAD_SETTING, format!("{name} cannot be read: {why}")),
    };
    problems.push(problem);
    None
}
