//! What shall be: from the files on disk to a merged tree of spanned nodes.
//!
//! Nothing in this part knows a kind or a field; scalars stay as they were written. Environment and variables come in
//! as data, so that the same inputs always give the same tree.

pub mod files;
pub mod hide;
pub mod node;
pub mod tags;
pub mod tree;
pub mod yaml;

pub use node::{Key, Node, NodeKind, Origin, Scalar, Style};
pub use tree::{Entry, Section, Tree, read};

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything that reading the state depends on besides the files themselves.
pub struct Inputs<'a> {
    /// The state directory, as the user gave it; messages name files below it the same way.
    pub state_dir: PathBuf,
    /// Looks an environment variable up.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// What `!var` knows, from all its sources.
    pub vars: BTreeMap<String, String>,
    /// Whether `!file` and symbolic links may lead out of the state directory.
    pub allow_outside: bool,
}
