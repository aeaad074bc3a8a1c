//! What is odd about writing objects of a kind: fields that go together, other ways to create, values that the server forces.
//!
//! Data only; `plan` and `apply` follow it.

use crate::schema::Release;

/// Fields that a PATCH must carry because the server judges the body alone, without what the object has already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SentTogether {
    /// Every PATCH carries those that have a value.
    WithEveryPatch(&'static [&'static str]),
    /// Every PATCH carries all of them, `null` too: the server requires the keys themselves.
    WithEveryPatchEvenNull(&'static [&'static str]),
    /// If one of them is sent, all are.
    AllOrNone(&'static [&'static str]),
}

/// How a kind is created.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Create {
    /// POST to the collection.
    Post,
    /// POST of a form with the bytes in it (`multipart/form-data`). The answer says nothing.
    Upload,
    /// POST to the collection, or, if the field `field` is declared, its content to `path` with the key as `name`.
    PostOrImport {
        /// The field.
        field: &'static str,
        /// Below the collection.
        path: &'static str,
        /// The field of the body that holds the key.
        name: &'static str,
    },
}

/// Values that the server does not keep: it replaces them at every write, so that a plan after an apply would never be empty,
/// or it fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forced {
    /// The field.
    pub field: &'static str,
    /// Only `null` is not kept, other values stay.
    pub null: bool,
    /// Only before this release, where the server fails at it.
    pub until: Option<Release>,
    /// Only where this field has this value, as JSON; said or by default.
    pub when: Option<(&'static str, &'static str)>,
    /// Why, and what to do.
    pub why: &'static str,
}
