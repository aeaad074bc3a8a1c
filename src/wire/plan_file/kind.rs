//! A kind of objects: its name, or, for a collection that only the state files describe, that description.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "a kind is unknown to this akrec")]
pub enum Kind {
    /// The name of a kind that akrec knows.
    Named(String),
    /// A collection that stands under `raw`.
    Collection(Collection),
}

/// A collection that stands under `raw`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Collection {
    /// The path of the API.
    pub path: String,
    /// The field that holds the name of an object.
    pub key: String,
    /// The field by which others refer to an object.
    pub id: String,
    /// What each declared field holds.
    pub fields: BTreeMap<String, Holds>,
}

/// What a field of such a collection holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Data.
    Data,
    /// Items whose order does not count.
    Set,
    /// A reference into this family.
    Ref(String),
    /// References into this family, in order.
    Refs(String),
    /// References into this family, without order.
    SetOfRefs(String),
    /// A secret that the server returns.
    Secret(SecretForm),
    /// A secret that the server does not return.
    WriteOnly(SecretForm),
}

/// The form of a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretForm {
    /// A mapping.
    Mapping,
    /// Text.
    Text,
}
