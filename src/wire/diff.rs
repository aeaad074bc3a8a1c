//! The document of `diff`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::{Masked, is_false};

/// How two servers differ.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Diff {
    /// Both servers were read.
    pub complete: bool,
    /// One server.
    pub from: Side,
    /// The other one.
    pub to: Side,
    /// The objects that differ.
    pub differences: Vec<Difference>,
    /// Fields for which each server makes up a value of its own.
    pub own: Vec<Field>,
    /// What was not compared.
    pub not_compared: NotCompared,
    /// How many objects, by result.
    pub summary: Summary,
}

/// One of two servers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Side {
    /// As the command line names it, or where it is.
    pub place: String,
    /// The release in full.
    pub version: String,
}

/// An object that differs.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Difference {
    /// The address.
    pub address: String,
    /// The kind.
    pub kind: String,
    /// How it differs.
    pub how: How,
    /// The fields that differ.
    pub fields: Vec<FieldDifference>,
}

/// How an object differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Only the server of `--from` has it.
    OnlyInFrom,
    /// Only the server of `--to` has it.
    OnlyInTo,
    /// Both have it.
    Different,
}

/// A field that differs: values, items of a set, or keys of free data.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct FieldDifference {
    /// The field.
    pub field: String,
    /// The values are withheld.
    #[serde(skip_serializing_if = "is_false")]
    pub sensitive: bool,
    /// The value on one server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Masked<Json>")]
    pub from: Option<Masked<Json>>,
    /// The value on the other one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Masked<Json>")]
    pub to: Option<Masked<Json>>,
    /// The items that only one server has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Masked<Json>")]
    pub only_in_from: Option<Masked<Json>>,
    /// The items that only the other one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Masked<Json>")]
    pub only_in_to: Option<Masked<Json>>,
    /// The keys of free data that differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Key>")]
    pub keys: Option<Vec<Key>>,
}

/// A key of free data that differs; null where a server does not have it.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Key {
    /// The key.
    pub key: String,
    /// The value on one server.
    pub from: Option<Masked<Json>>,
    /// The value on the other one.
    pub to: Option<Masked<Json>>,
}

/// A field of an object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Field {
    /// The address of the object.
    pub address: String,
    /// The field.
    pub field: String,
}

/// What was not compared.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct NotCompared {
    /// Fields that not both servers return.
    pub fields: Vec<Field>,
    /// Objects, with the reason.
    pub objects: Vec<NotComparedObject>,
    /// Fields that only one of the two releases has.
    pub one_release: Vec<KindField>,
}

/// An object that was not compared.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct NotComparedObject {
    /// The object in words.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// A field of a kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct KindField {
    /// The kind.
    pub kind: String,
    /// The field.
    pub field: String,
}

/// How many objects, by result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Summary {
    /// Only the server of `--from` has them.
    pub only_in_from: usize,
    /// Only the server of `--to` has them.
    pub only_in_to: usize,
    /// Both have them, and they differ.
    pub different: usize,
    /// They are equal.
    pub equal: usize,
}
