//! What akrec keeps on a server, in the `context` of blueprint instances: the ledger, format 1, and the lease.
//!
//! Anybody with the rights for it may have edited these, so a member of another type than it should have counts as
//! missing wherever that is harmless.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use super::{Address, ItemOrigins, Origin, is_false};

/// A blueprint instance that holds a ledger or a lease.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Instance {
    /// The name of the ledger, which the server keeps unique.
    pub name: String,
    /// The path of a blueprint; none, since it has content of its own.
    pub path: String,
    /// Whether the server applies the blueprint.
    pub enabled: bool,
    /// The blueprint.
    pub content: String,
    /// A [`Ledger`] or a [`Lease`]; nothing leaves on the server what it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Json>,
}

/// The ledger of a workspace. Its entries are kept as they are, also those that only a newer akrec understands, since
/// the digest is made of all of them.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Ledger {
    /// What wrote it, and for which workspace.
    pub akrec: Head,
    /// The digest of the entries.
    pub sum: String,
    /// A [`Record`] for each managed object.
    pub objects: Vec<Json>,
    /// A [`Pending`] for each object that a run was about to create.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Json>,
    /// An [`Adding`] for each object to whose lists a run was about to add items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adding: Vec<Json>,
}

/// What wrote a ledger, and for which workspace.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Head {
    /// The format.
    pub format: u64,
    /// The version of akrec.
    pub version: String,
    /// The workspace.
    pub workspace: String,
}

/// A managed object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The address of the object.
    pub at: Address,
    /// The name of its kind.
    pub kind: String,
    /// The collection that it is in, if only the state files describe that.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub collection: Option<Collection>,
    /// The id by which others refer to it.
    pub id: String,
    /// How it became managed.
    pub origin: Origin,
    /// It must not be deleted.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "is_false"
    )]
    pub protect: bool,
    /// It stood in a partial list.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "is_false"
    )]
    pub partial: bool,
    /// The fingerprint of each field that was applied.
    pub fields: BTreeMap<String, String>,
    /// The items of its lists.
    #[serde(default, skip_serializing_if = "ItemOrigins::is_empty")]
    pub items: ItemOrigins,
    /// The run that wrote it.
    pub run: String,
}

/// A collection that only the state files describe.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Collection {
    /// The path of the API.
    pub path: String,
    /// The field that holds the name of an object.
    pub key: String,
    /// The field by which others refer to an object.
    pub id: String,
}

/// An object that a run was about to create.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Pending {
    /// The address, the run and the kind.
    Kind(Address, String, PendingKind),
    /// The address and the run, as an older akrec wrote them.
    Older(Address, String),
}

/// The kind of an object that a run was about to create.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PendingKind {
    /// The name of a kind that akrec knows.
    Named(String),
    /// A collection that only the state files describe.
    Collection(Collection),
    /// Anything else, which says nothing.
    Other(Json),
}

/// The items that a run was about to add to the lists of an object, by field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Adding(pub Address, pub BTreeMap<String, BTreeSet<String>>);

/// The lease of a workspace.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lease {
    /// The user of the token.
    #[serde(deserialize_with = "or_default")]
    pub user: Option<String>,
    /// The machine.
    #[serde(deserialize_with = "or_default")]
    pub host: Option<String>,
    /// The run.
    #[serde(deserialize_with = "or_default")]
    pub run: Option<String>,
    /// The id of its process, which distinguishes it from others.
    #[serde(deserialize_with = "or_default")]
    pub process: Option<String>,
    /// When it ends.
    #[serde(deserialize_with = "or_default")]
    pub until: Option<String>,
    /// A [`Pending`] for each object that the run is about to create.
    #[serde(deserialize_with = "or_default")]
    pub creating: Vec<Json>,
    /// An [`Adding`] for each object to whose lists the run is about to add items.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub adding: Vec<Json>,
}

/// A member, or nothing where it has another type.
fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    from: D,
) -> Result<T, D::Error> {
    let json = Json::deserialize(from)?;
    Ok(serde_json::from_value(json).unwrap_or_default())
}
