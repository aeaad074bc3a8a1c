//! The formats of everything that akrec writes for a machine: plain types from which `serde` derives reading and writing.
//!
//! Pure and without logic. What a value means, whether it may be used and where it comes from is decided by the modules
//! above. A value of the state gets here only as a [`Masked`], which cannot hold a secret:
//!
//! ```
//! use akrec::value::{Secret, Value};
//! use akrec::wire::Masked;
//!
//! let password = Value::Secret(Secret::new("hunter2"));
//! assert_eq!(serde_json::to_string(&Masked::of(&password, true)).unwrap(), "{\"secret\":0}");
//! let words = Masked::rendered(&password, |value| format!("{value:?}"));
//! assert!(!serde_json::to_string(&words).unwrap().contains("hunter2"));
//! ```
//!
//! Neither a value nor a secret can be written as it is:
//!
//! ```compile_fail,E0277
//! use akrec::value::{Secret, Value};
//!
//! let password = Value::Secret(Secret::new("hunter2"));
//! serde_json::to_string(&password).unwrap();
//! ```
//!
//! ```compile_fail,E0277
//! use akrec::value::Secret;
//!
//! serde_json::to_string(&Secret::new("hunter2")).unwrap();
//! ```
//!
//! Nor can a [`Masked`] be made around a text of one's own:
//!
//! ```compile_fail,E0423
//! use akrec::wire::{Form, Masked};
//!
//! let password = Masked(Form::Text("hunter2".to_owned()));
//! ```
//!
//! ```compile_fail,E0423
//! use akrec::wire::Masked;
//!
//! let password: Masked<serde_json::Value> = Masked("hunter2".into());
//! ```
//!
//! And the members of a document that hold values of the state take nothing else:
//!
//! ```compile_fail,E0308
//! use akrec::wire::change::{ChangedField, Operation};
//!
//! let mut field = ChangedField::new(Vec::new(), Operation::Set);
//! field.new = Some(serde_json::Value::from("hunter2"));
//! ```

pub mod access;
mod address;
pub mod change;
pub mod diagnostic;
pub mod diff;
mod document;
pub mod drift;
pub mod event;
pub mod foreign;
pub mod invite;
pub mod kinds;
pub mod ledger;
mod masked;
pub mod page;
pub mod plan;
pub mod plan_file;
pub mod privilege;
pub mod schema;
pub mod sign_in;
pub mod upgrade;
pub mod validate;
pub mod verify;

pub use address::{Address, Key, Part};
pub use document::{Body, Document, Nothing};
pub use masked::{Form, Masked, MaskedData, Spelling, Typed};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in a file: line and column from 1.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A server that was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Server {
    /// The address.
    pub url: String,
    /// The release in full.
    pub version: String,
}

/// A fingerprint: `sha256:` and 16 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Fingerprint(#[schemars(regex(pattern = r"^sha256:[0-9a-f]{16}$"))] pub String);

/// How an object became managed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// akrec created it.
    Created,
    /// It existed before akrec managed it.
    Adopted,
}

/// How an item came into a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemOrigin {
    /// An apply added it.
    Added,
    /// It was in the list before an apply named it.
    Found,
    /// Nothing is recorded of it.
    Unknown,
}

/// The items of the lists of one object, by field.
pub type ItemOrigins = std::collections::BTreeMap<String, ItemsByOrigin>;

/// The items of one list: `{"added": [4, 7], "found": [2]}`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemsByOrigin {
    /// Items that an apply added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<ItemId>,
    /// Items that were in the list before an apply named them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<ItemId>,
    /// Items of which nothing is recorded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<ItemId>,
    /// Items of an origin that only a newer akrec knows.
    #[serde(flatten)]
    pub newer: std::collections::BTreeMap<String, Vec<ItemId>>,
}

/// The id of an item of a list: an id that is a number is written as one, which is shorter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ItemId {
    /// A number.
    Number(i64),
    /// Any other id.
    Text(String),
}

/// Whether a flag is left out.
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The types of one of these formats as JSON, whose keys are in order.
pub fn json(of: &impl Serialize) -> serde_json::Value {
    // None of these types can fail: their keys are text.
    serde_json::to_value(of).unwrap_or_default()
}
