//! Takes a settings file in: its text into the sources, or a diagnostic.
//!
//! A file that is not there is no problem here; one that is there and cannot be read always is. No message shows a value of
//! such a file, whatever is wrong with it: settings hold passwords of proxies and the like, and what is taken for settings
//! may be something else.

use std::path::Path;

use crate::budget::Budget;
use crate::desired::hide;
use crate::diag::{Code, Diagnostic, FileId, Sources, Span};
use crate::input::{self, Unreadable, Whose};
use crate::state::files::show;

/// A file that is to be read, and how.
pub(super) struct Wanted<'a> {
    /// Where it is, as messages show it.
    pub shown: &'a Path,
    /// Where it really lies.
    pub real: &'a Path,
    /// Whose its name is.
    pub whose: Whose,
    /// How large it may be.
    pub budget: &'a Budget,
    /// The keys that may be shown.
    pub keys: &'a [&'a str],
}

/// The file's id; `None` if it cannot be used, which is then said.
pub(super) fn take(
    wanted: &Wanted<'_>,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Option<FileId> {
    let name = show(wanted.shown);
    let problem = match input::text(wanted.real, wanted.whose, wanted.budget.most) {
        Ok(text) => {
            let file = sources.add(name, wanted.shown, text);
            hide::all_but_keys(file, wanted.keys, sources);
            return Some(file);
        }
        Err(Unreadable::NotUtf8 { lossy, at, hint }) => {
            let file = sources.add(&name, wanted.shown, lossy);
            hide::all_but_keys(file, wanted.keys, sources);
            Diagnostic::error(Code::BAD_SETTING, format!("{name} is not UTF-8 text"))
                .at(
                    Span {
                        file,
                        start: at,
                        end: at + 3,
                    },
                    "the first byte that is not",
                )
                .help(hint)
        }
        Err(Unreadable::TooLarge(_)) => {
            let message = format!(
                "{name} is larger than {}, which is the limit for {}",
                wanted.budget, wanted.budget.what
            );
            Diagnostic::error(Code::TOO_LARGE, message)
        }
        Err(why) => Diagnostic::error(Code::BAD_SETTING, format!("{name} cannot be read: {why}")),
    };
    problems.push(problem);
    None
}
