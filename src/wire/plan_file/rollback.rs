//! What a rollback restores: objects, lists, what it deletes, and what the ledger had.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Address, ItemOrigins, Kind, Masked, MaskedData, Origin};

/// What a rollback restores.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rollback {
    /// The run that is taken back.
    pub of: String,
    /// Objects that must exist.
    pub objects: Vec<Object>,
    /// Lists of children: their owner and the kind of the children.
    pub lists: Vec<(Address, Kind)>,
    /// Objects that must not exist.
    pub absent: Vec<Address>,
    /// What the ledger had of each object, if it had anything.
    pub records: Vec<(Address, Option<Record>)>,
    /// Fields of deleted objects that the run wrote and that hold secrets.
    pub hidden: Vec<(Address, String)>,
    /// What cannot be restored.
    pub lost: Vec<Lost>,
}

/// An object that must exist.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Object {
    /// Its address.
    pub at: Address,
    /// Its kind.
    pub kind: Kind,
    /// Its fields.
    pub fields: BTreeMap<String, Wanted>,
    /// The objects that it refers to, by field.
    pub refs: Vec<(String, Address)>,
    /// Its earlier addresses.
    pub previously: Vec<Address>,
}

/// What a field must hold.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "what is wanted of a field is of no form that is known"
)]
pub enum Wanted {
    /// A value.
    Is {
        /// The value.
        is: Masked,
    },
    /// A partial list.
    Partial {
        /// Items that it must have.
        include: Vec<Masked>,
        /// Items that it must not have.
        exclude: Vec<Masked>,
    },
    /// Some keys of free data.
    Keys {
        /// The keys.
        keys: BTreeMap<String, MaskedData>,
    },
}

/// What the ledger had of an object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The kind of the object.
    pub kind: Kind,
    /// The id by which others refer to it.
    pub id: String,
    /// How it became managed.
    pub origin: Origin,
    /// It must not be deleted.
    #[serde(default)]
    pub protect: bool,
    /// It stood in a partial list.
    #[serde(default)]
    pub partial: bool,
    /// The fingerprint of each field.
    pub fields: BTreeMap<String, String>,
    /// The items of its lists.
    #[serde(default)]
    pub items: ItemOrigins,
    /// The run that wrote it.
    pub run: String,
}

/// What cannot be restored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lost {
    /// The object.
    pub at: Address,
    /// The field; none for the object as a whole.
    pub field: Option<String>,
    /// Why.
    pub why: String,
}
