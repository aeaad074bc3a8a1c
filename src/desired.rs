//! What shall be: from the files on disk to spanned nodes, and from those to objects of the table's kinds.
//!
//! Data flows one way: `files` → `yaml` → `tree` (with `tags`) → `lower` (with `values`) → [`Desired`]. Environment and
//! variables come in as data, so that the same inputs always give the same result. Nothing here talks to a server.

mod assertion;
pub mod files;
pub(crate) mod fits;
pub mod hide;
mod lower;
mod meter;
pub(crate) mod needs;
pub mod node;
mod object;
pub mod tags;
pub mod tree;
mod unread;
mod values;
pub mod yaml;

pub use assertion::{Assertion, Claim, Gates, Subject, Wanted};
pub use lower::is_raw_path;
pub use node::{Key, Node, NodeKind, Origin, Scalar, Style};
pub use object::{Absent, Desired, Grant, Object, Owned, Raw, RefUse, Settings, Want, What};
pub use tree::{Entry, Section, Tree, read};

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::diag::{Diagnostic, Sources};
use crate::input::budget::Totals;

/// Everything that reading the state depends on besides the files themselves.
pub struct Inputs<'a> {
    /// The state directory, as the user gave it; messages name files below it the same way.
    pub state_dir: PathBuf,
    /// Looks an environment variable up.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// What `!var` knows, from all its sources.
    pub vars: BTreeMap<String, Var>,
    /// Whether `!file` and symbolic links may lead out of the state directory.
    pub allow_outside: bool,
    /// Whether the files may be a stranger's, so that `!file` reads no hidden files: what other programs keep there was
    /// not meant for the state.
    pub untrusted: bool,
    /// How much all files may take together.
    pub totals: Totals,
}

impl<'a> Inputs<'a> {
    /// A state directory, and how environment variables are looked up; nothing else is known or allowed.
    pub fn new(
        state_dir: impl Into<PathBuf>,
        env: &'a dyn Fn(&str) -> Option<String>,
    ) -> Inputs<'a> {
        Inputs {
            state_dir: state_dir.into(),
            env,
            vars: BTreeMap::new(),
            allow_outside: false,
            untrusted: false,
            totals: Totals::default(),
        }
    }
}

/// What `!var` brings in.
#[derive(Clone, PartialEq, Eq)]
pub struct Var {
    /// The text.
    pub text: String,
    /// The environment variable that `!env` took it from, if one did: then it is as secret as there.
    pub env: Option<String>,
}

impl From<&str> for Var {
    /// A text that somebody wrote down to be shown.
    fn from(text: &str) -> Var {
        Var {
            text: text.to_owned(),
            env: None,
        }
    }
}

impl fmt::Debug for Var {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.env {
            Some(name) => write!(f, "Var({name}, sensitive value)"),
            None => write!(f, "Var({:?})", self.text),
        }
    }
}

/// Reads and lowers the state, with every problem of every file. `env` is the folder of the environment, if one is used.
///
/// With any error among the diagnostics, the result is good only for finding more problems.
pub fn load(
    inputs: &Inputs,
    env: Option<&Path>,
    settings: &Settings,
    sources: &mut Sources,
) -> (Desired, Vec<Diagnostic>) {
    let (tree, mut diagnostics) = read(inputs, env, sources);
    let (desired, more) = lower(&tree, settings, sources);
    diagnostics.extend(more);
    (desired, diagnostics)
}

/// Lowers a tree to objects of the table's kinds: again, once the release of the server is known.
pub fn lower(
    tree: &Tree,
    settings: &Settings,
    sources: &mut Sources,
) -> (Desired, Vec<Diagnostic>) {
    let (desired, diagnostics, secrets) = lower::lower(tree, settings);
    secrets
        .into_iter()
        .chain(unread::unread(tree))
        .for_each(|span| hide::value(span, sources));
    let mut told: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        // A mistake in `defaults` is found under every object that it touches.
        if told.len() > 1000 || !told.contains(&diagnostic) {
            told.push(diagnostic);
        }
    }
    (desired, told)
}
