//! The project: the folder in which `akrec.yaml` stands or would stand. What belongs to it is looked up here, and must not
//! lead out of it.
//!
//! Everything in a checkout may be a stranger's, links too. `akrec.yaml`, `environments/` and the state directory are
//! followed wherever they lead inside the project (as in a mounted ConfigMap), and nowhere else unless a flag says so. What
//! a link leads to is not revealed.

use std::path::{Path, PathBuf};

use crate::cli::Inputs;
use crate::diag::{Code, Diagnostic, Span};
use crate::input::place::{self, Astray, Place};
use crate::state::files::show;

/// Advice for a link that leads out.
const REPLACE: &str = "replace it with what it leads to, or allow it with --allow-outside";

/// A folder and how strictly it is kept.
pub(super) struct Project {
    /// `None` if there is no such folder, and so nothing in it.
    place: Option<Place>,
}

impl Project {
    pub fn new(folder: &Path, allow_outside: bool) -> Project {
        Project {
            place: Place::of(folder, allow_outside),
        }
    }

    /// Where a file or folder of the project really lies: `None` if there is none, or if it is refused, which is then said.
    pub fn find(&self, path: &Path, problems: &mut Vec<Diagnostic>) -> Option<PathBuf> {
        match self.place.as_ref()?.find(path) {
            Ok(real) => Some(real),
            Err(Astray::Missing) => None,
            Err(astray) => {
                problems.push(refused(path, &astray));
                None
            }
        }
    }

    /// Refuses a state directory that lies elsewhere. `named` is where a settings file names it. One that is not there is
    /// missed when it is read.
    pub fn check_state(&self, dir: &Path, named: Option<Span>, problems: &mut Vec<Diagnostic>) {
        let Some(astray) = self.place.as_ref().and_then(|place| place.find(dir).err()) else {
            return;
        };
        match (astray, named) {
            (Astray::Missing | Astray::Dangling, _) => {}
            (Astray::Outside, Some(span)) => problems.push(
                Diagnostic::error(Code::LEADS_OUT, "the state directory is not part of the project")
                    .at(span, "this leads out of the folder of akrec.yaml")
                    .note("whoever can change akrec.yaml could make akrec read any directory")
                    .help("name the directory on the command line: `-C DIR` (settings are then read beside it)"),
            ),
            (astray, named) => {
                let problem = refused(dir, &astray);
                problems.push(match named {
                    Some(span) => problem.at(span, "named here"),
                    None => problem,
                });
            }
        }
    }
}

/// Refuses a state directory of the command line that a link of the checkout leads elsewhere. True if it did.
pub(super) fn led_astray(inputs: &Inputs, working: &Path, problems: &mut Vec<Diagnostic>) -> bool {
    let Some(state) = inputs.state.as_ref().filter(|_| !inputs.allow_outside) else {
        return false;
    };
    let Err(astray) = place::given(working, state) else {
        return false;
    };
    problems.push(refused(state, &astray).help(match astray {
        Astray::Outside => {
            "name the directory itself, by its absolute path, or allow it with --allow-outside"
        }
        _ => "name the directory that holds the state files: `--state DIR`",
    }));
    true
}

fn refused(path: &Path, astray: &Astray) -> Diagnostic {
    let name = show(path);
    let leads = |where_: &str| Diagnostic::error(Code::LEADS_OUT, format!("{name} leads {where_}"));
    match astray {
        Astray::Outside => leads("out of the project through a symbolic link")
            .note("the project is the folder of akrec.yaml; no link is followed if that is the root directory")
            .help(REPLACE),
        Astray::Git => leads("into git's own data").note("checkouts keep tokens there, so it is never read"),
        Astray::Missing | Astray::Dangling => {
            Diagnostic::error(Code::BAD_SETTING, format!("{name} is a symbolic link that leads nowhere"))
                .help("remove the link, or restore what it leads to")
        }
        Astray::Other(why) => Diagnostic::error(Code::BAD_SETTING, format!("{name} cannot be read: {why}")),
    }
}
