//! The document of `drift`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::Place;
use super::change::{ChangedField, NaturalKey};
use super::plan::Planned;

/// The document of `drift`. A run that failed before anything was compared has none of the optional members.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Drift {
    /// What it has in common with a plan.
    #[serde(flatten)]
    pub planned: Planned,
    /// The objects that differ.
    pub drift: Vec<Object>,
    /// How many of them were changed on the server since the last apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "usize")]
    pub drifted: Option<usize>,
    /// What the server was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Since")]
    pub since: Option<Since>,
    /// The objects of the server that are not managed, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Unmanaged")]
    pub unmanaged: Option<Unmanaged>,
    /// What was put into the files, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Adopted")]
    pub adopted: Option<Adopted>,
}

/// An object that differs.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Object {
    /// The address.
    pub address: String,
    /// The kind.
    pub kind: String,
    /// The fields that make up the key.
    pub natural_key: NaturalKey,
    /// What became of it.
    pub state: State,
    /// It was changed on the server since the last apply.
    pub drifted: bool,
    /// The address that it has on the server now, if it was renamed there.
    pub address_on_server: Option<String>,
    /// Where it is declared.
    pub source: Option<Place>,
    /// The fields that differ.
    pub fields: Vec<Field>,
    /// Who changed it, if the server was asked.
    pub attribution: Option<Attribution>,
}

/// What became of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was changed.
    Changed,
    /// It was deleted.
    Gone,
    /// It was deleted and created again.
    Remade,
    /// It was renamed.
    Renamed,
    /// It was created.
    Appeared,
    /// It differs, and it is not known on which side.
    Unknown,
    /// The files were changed and not applied.
    NotApplied,
    /// The files no longer declare it.
    Leaving,
}

/// As it is spelled in documents.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A field that differs.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Field {
    /// The field.
    pub field: String,
    /// Where it was changed since the last apply.
    pub side: Side,
    /// Where it is declared.
    pub source: Option<Place>,
    /// What differs in it.
    pub changed_fields: Vec<ChangedField>,
}

/// Where a field was changed since the last apply.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// On the server.
    Server,
    /// In the files.
    Files,
    /// On both sides.
    Both,
    /// Nobody knows.
    Unknown,
}

/// Who changed an object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Attribution {
    /// Whether that is known.
    pub status: AttributionStatus,
    /// Why it is not known.
    pub reason: Option<String>,
    /// Who wrote, the newest first.
    pub writers: Vec<Writer>,
}

/// Whether it is known who changed an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributionStatus {
    /// It is known.
    Known,
    /// The log of the server has no write through the API.
    NoApiEvent,
    /// The log of the server could not be read.
    Unknown,
}

/// Somebody who wrote.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Writer {
    /// What was done: `created`, `updated` or `deleted`.
    pub what: String,
    /// The user.
    pub user: String,
    /// The user whom that user impersonated.
    pub acting_as: Option<String>,
    /// The address of the client.
    pub from: Option<String>,
    /// When.
    pub at: Option<String>,
    /// The program, if it said what it is.
    pub tool: Option<Tool>,
}

/// A program that wrote.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Tool {
    /// akrec.
    Akrec {
        /// Its version.
        version: String,
        /// Its run.
        run: Option<String>,
        /// The revision of the files.
        commit: Option<String>,
    },
    /// The pages of authentik in a browser.
    Browser,
    /// Another program.
    Other {
        /// What it calls itself.
        user_agent: String,
    },
}

/// What the server was compared with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Since {
    /// Whether the ledger could be read.
    pub ledger: Ledger,
    /// Why it could not be read.
    pub reason: Option<String>,
}

/// Whether the ledger could be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ledger {
    /// It was read.
    Read,
    /// Nothing was applied yet.
    Empty,
    /// It could not be read.
    Unreadable,
}

/// The objects of a server that are not managed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Unmanaged {
    /// The objects.
    pub objects: Vec<UnmanagedObject>,
    /// How many objects are managed.
    pub managed: usize,
    /// The share of managed objects.
    #[schemars(range(min = 0, max = 100))]
    pub coverage_percent: usize,
}

/// An object that is not managed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct UnmanagedObject {
    /// The address.
    pub address: String,
    /// The kind.
    pub kind: String,
}

/// What was put into the files.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Adopted {
    /// What was.
    pub done: Vec<Piece>,
    /// What was not.
    pub left: Vec<LeftPiece>,
}

/// An object, or a field of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Piece {
    /// The address of the object.
    pub address: String,
    /// The field; none for the object as a whole.
    pub field: Option<String>,
    /// Where it is declared.
    pub source: Option<Place>,
}

/// What was not put into the files.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct LeftPiece {
    /// What.
    #[serde(flatten)]
    pub piece: Piece,
    /// Why.
    pub reason: String,
}
