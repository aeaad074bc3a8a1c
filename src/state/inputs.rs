//! What reading the state depends on besides the files themselves.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::budget::Totals;

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
