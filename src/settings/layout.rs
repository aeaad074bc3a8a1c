//! Where the state directory, `akrec.yaml` and the environment lie, and what the settings files say together.
//!
//! `akrec.yaml` stands beside the state directory, and `environments/` beside `akrec.yaml`. A settings file that would be
//! passed over in silence is an error, because it may hold the limits that somebody relies on.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::file::{FILE, File};
use super::project::{self, Project};
use super::trust::Untrusted;
use super::{Outside, weakened};
use crate::cli::Inputs;
use crate::diag::{Code, Diagnostic, Sources};
use crate::plan::Weakened;
use crate::state::files::{ENVIRONMENTS, show};
use crate::state::no_environment;

/// The places, and the settings of the base with those of the environment over them.
pub(super) struct Layout {
    pub state_dir: PathBuf,
    pub environment: Option<String>,
    pub environment_dir: Option<PathBuf>,
    pub file: File,
    pub weakened: Vec<Weakened>,
}

pub(super) fn find(
    inputs: &Inputs,
    untrusted: Option<Untrusted>,
    outside: &Outside,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Layout {
    let given = inputs.state.as_ref().map(|state| outside.dir.join(state));
    let folder = given
        .as_deref()
        .map_or_else(|| outside.dir.to_path_buf(), beside);
    let astray = project::led_astray(inputs, outside.dir, problems);
    let project = Project::new(&folder, inputs.allow_outside);
    // Of a folder that a link chose, nothing is read at all.
    let find = |path: &Path, problems: &mut Vec<Diagnostic>| {
        project.find(path, problems).filter(|_| !astray)
    };
    let read = |path: PathBuf, sources: &mut Sources, problems: &mut Vec<Diagnostic>| {
        find(&path, problems)
            .map(|real| File::read(&path, &real, outside.env, sources, problems))
            .unwrap_or_default()
    };
    let mut file = read(folder.join(FILE), sources, problems);
    if let Some(untrusted) = untrusted {
        untrusted.state(&mut file, given.is_some(), problems);
    }
    let named = file
        .state
        .as_ref()
        .filter(|_| given.is_none())
        .map(|placed| placed.span);
    let state_dir = match (given, &file.state) {
        (Some(given), _) => given,
        (None, Some(placed)) => placed.value.clone(),
        (None, None) => folder.join("state"),
    };
    if !astray {
        project.check_state(&state_dir, named, problems);
    }
    passed_over(&state_dir, &folder, problems);
    misnamed(&folder, problems);
    let environment = environment(inputs, outside, problems);
    let environment_dir = environment
        .as_ref()
        .map(|name| folder.join(ENVIRONMENTS).join(name));
    let mut weakened = weakened::find(&file, &File::default(), sources);
    if let Some(dir) = &environment_dir {
        let before = problems.len();
        let real = find(dir, problems);
        if real.is_some_and(|real| real.is_dir()) {
            misnamed(dir, problems);
            let over = read(dir.join(FILE), sources, problems);
            if let Some(placed) = &over.state {
                problems.push(
                    Diagnostic::error(Code::BAD_SETTING, "an environment has no state directory of its own")
                        .at(placed.span, "not here")
                        .help("put `state` into the akrec.yaml of the base; the environment's folder is its overlay"),
                );
            }
            weakened = weakened::find(&file, &over, sources);
            file = file.with(over);
        } else if problems.len() == before && !astray {
            problems.push(no_environment(dir));
        }
    }
    Layout {
        state_dir,
        environment,
        environment_dir,
        file,
        weakened,
    }
}

/// The folder that holds a directory.
fn beside(dir: &Path) -> PathBuf {
    match (dir.components().next_back(), dir.parent()) {
        (Some(Component::Normal(_)), Some(parent)) => parent.to_path_buf(),
        // `.`, `..` and `/` have their parent where the file system says.
        _ => dir.join(".."),
    }
}

/// A settings file inside the state directory does nothing there.
fn passed_over(state_dir: &Path, folder: &Path, problems: &mut Vec<Diagnostic>) {
    let inside = state_dir.join(FILE);
    let same = match (
        fs::canonicalize(state_dir),
        fs::canonicalize(if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        }),
    ) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    if inside.is_file() && !same {
        problems.push(
            Diagnostic::error(
                Code::BAD_SETTING,
                format!(
                    "{} is not read, because it is inside the state directory",
                    show(&inside)
                ),
            )
            .note("settings belong beside the state directory, not in it")
            .help(format!(
                "move it to {}; or run akrec in its folder without -C, with `state: .` in it",
                show(&folder.join(FILE))
            )),
        );
    }
}

/// A settings file by another name is not read either.
fn misnamed(folder: &Path, problems: &mut Vec<Diagnostic>) {
    let other = folder.join("akrec.yml");
    if other.is_file() {
        let message = format!("{} is not read: settings belong in {FILE}", show(&other));
        problems.push(
            Diagnostic::error(Code::BAD_SETTING, message).help(format!("rename it to {FILE}")),
        );
    }
}

/// The name of the environment: `--env`, then `AKREC_ENV`.
fn environment(
    inputs: &Inputs,
    outside: &Outside,
    problems: &mut Vec<Diagnostic>,
) -> Option<String> {
    let (name, whose) = match &inputs.env {
        Some(name) => (name.clone(), "--env"),
        None => ((outside.env)("AKREC_ENV")?, "AKREC_ENV"),
    };
    let name = name.trim();
    let reason = if name.is_empty() {
        "is empty".to_owned()
    } else if name.starts_with(['.', '_'])
        || name.contains(['/', '\\', '\0'])
        || name.chars().any(char::is_control)
    {
        format!("must be the name of a folder in {ENVIRONMENTS}/")
    } else {
        return Some(name.to_owned());
    };
    problems.push(
        Diagnostic::error(Code::BAD_SETTING, format!("{whose} {reason}")).help(format!(
            "name an environment such as `prod`, or do without {whose}"
        )),
    );
    None
}
