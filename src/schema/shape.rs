//! What a field holds: texts, numbers, words, references, and sets, lists and mappings of these.
//!
//! Data, and plain questions about it; values of a shape are made by `codec`.

use super::field::Field;
use super::release::Release;

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text, trimmed by the server.
    String,
    /// The bytes of a file, at most so many of them; never given back.
    Bytes(u64),
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds.
    Int(i64, i64),
    /// A number.
    Float,
    /// A duration such as `hours=1`.
    Duration,
    /// An instant.
    Time,
    /// One of these variants. Newer servers have more, so an unknown one on the server is not an error.
    Enum(&'static [Variant]),
    /// Free data. `per_key`: only the declared top-level keys are managed.
    Json {
        /// Only the declared top-level keys are managed, others stay.
        per_key: bool,
    },
    /// A reference to an object of this family.
    Ref(&'static str),
    /// A reference to an object of one of these families.
    RefAny(&'static [&'static str]),
    /// A permission on an object: written `{application: wiki, permissions: [view_application]}`, a mapping for all
    /// permissions on one object.
    Grant {
        /// The family of permissions.
        permission: &'static str,
        /// The families of objects that they may be on.
        on: &'static [&'static str],
    },
    /// Items without order.
    Set(&'static Shape),
    /// Items with order.
    List(&'static Shape),
    /// A mapping of fields; a plain text stands for the field named first.
    Record(&'static [Field]),
}

/// A variant of an enumeration.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// As the API spells it.
    pub name: &'static str,
    /// First release that has it.
    pub since: Option<Release>,
    /// First release that no longer has it.
    pub until: Option<Release>,
}

/// A variant that all releases have.
pub const fn variant(name: &'static str) -> Variant {
    Variant {
        name,
        since: None,
        until: None,
    }
}

impl Variant {
    /// The first release that has it.
    pub const fn since(mut self, release: Release) -> Variant {
        self.since = Some(release);
        self
    }

    /// The first release that no longer has it.
    pub const fn until(mut self, release: Release) -> Variant {
        self.until = Some(release);
        self
    }

    /// Whether a release has it.
    pub fn is_in(&self, release: Release) -> bool {
        release.is_between(self.since, self.until)
    }
}

impl Shape {
    /// The families that it refers to, itself or in its items; none if it holds no references.
    pub fn families(&self) -> &[&'static str] {
        match self {
            Shape::Ref(family) => std::slice::from_ref(family),
            Shape::RefAny(families) | Shape::Grant { on: families, .. } => families,
            Shape::Set(item) | Shape::List(item) => item.families(),
            _ => &[],
        }
    }

    /// Whether values of this shape are sets.
    pub fn is_set(&self) -> bool {
        matches!(self, Shape::Set(_))
    }
}
