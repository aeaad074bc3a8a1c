//! The document of `validate`, and assertions, which a plan has too.

use schemars::JsonSchema;
use serde::Serialize;

use super::Place;

/// The document of `validate`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Validate {
    /// There is no error.
    pub valid: bool,
    /// How many errors there are.
    pub error_count: usize,
    /// How many warnings there are.
    pub warning_count: usize,
    /// How many objects the files declare.
    pub objects: usize,
    /// The assertions of the files.
    pub assertions: Vec<Assertion>,
}

/// An assertion of the files.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Assertion {
    /// The assertion in words.
    pub text: String,
    /// Whether it holds.
    pub result: Held,
    /// Where it is.
    pub source: Option<Place>,
    /// What speaks against it.
    pub why: Vec<String>,
}

/// Whether an assertion holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// It holds.
    Ok,
    /// It does not hold.
    Failed,
    /// It cannot be checked.
    Unknown,
}
