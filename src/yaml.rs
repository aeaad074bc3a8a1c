//! YAML: text to nodes that know where they were written (`reader`), data to text that people keep (`writer`), and changes
//! to a text that leave every other byte as it is (`editor`). Knows nothing of what the values mean. Pure.

pub mod editor;
mod limits;
mod node;
mod reader;
mod writer;

pub use limits::Nodes;
pub use node::{Key, Node, NodeKind, Origin, Scalar, Style, TAGS};
pub(crate) use reader::parse_within;
pub use reader::{outline, parse};
pub(crate) use writer::looks_typed;
pub use writer::{Item, Yaml, comment, document, inline};
