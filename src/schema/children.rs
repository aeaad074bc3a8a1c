//! Lists and mappings written under an object whose items are objects of their own, such as bindings.
//!
//! Data only; `desired` reads such lists and `export` writes them.

use super::field::{Field, reference};
use super::kind::Kind;

/// A list or mapping written under an object whose items are objects of their own, belonging to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Children {
    /// The key in state files.
    pub yaml_key: &'static str,
    /// The kind of the items.
    pub kind: &'static str,
    /// The items' field that names the owner.
    pub owner: &'static str,
    /// How an item says which object it is.
    pub items: Items,
}

/// How an item of a list of children says which object it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Items {
    /// A list in order: the item refers to `reference`; its place gives `order` in steps of ten unless it says so.
    Ordered(&'static str),
    /// A mapping by name: the key is this field.
    Named(&'static str),
    /// A list: each item names exactly one of these references.
    Subjects(&'static [&'static str]),
    /// A list: each item names one object for this reference, by the word of its family (`application: wiki`).
    Among(&'static str),
    /// One mapping of fields: there is at most one.
    One,
}

impl Items {
    /// Whether items name one object among those of several families for this reference.
    pub fn is_among(&self, reference: &str) -> bool {
        matches!(self, Items::Among(name) if *name == reference)
    }
}

impl Children {
    /// The words by which an item of these says which object it is, as fields; `kind` is the kind of the items.
    pub fn subjects(&self, kind: &Kind) -> Vec<Field> {
        match self.items {
            Items::Among(name) => kind.field(name).map_or_else(Vec::new, |field| {
                field
                    .shape
                    .families()
                    .iter()
                    .map(|family| reference(family, family).not_null().doc(field.doc))
                    .collect()
            }),
            Items::Ordered(name) | Items::Named(name) => {
                kind.field(name).copied().into_iter().collect()
            }
            Items::Subjects(names) => names
                .iter()
                .filter_map(|name| kind.field(name))
                .copied()
                .collect(),
            Items::One => Vec::new(),
        }
    }
}
