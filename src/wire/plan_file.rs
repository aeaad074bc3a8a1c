//! The plan file and the rollback file, format 1: a plan with everything that is needed to apply it later, and no secret.
//!
//! What an older akrec of this format did not write is optional; what a newer one adds is ignored, except in the small
//! forms that would mean something else with it.

mod access;
mod kind;
mod plan;
mod privilege;
mod rollback;

use serde::{Deserialize, Serialize};

use super::{Address, ItemOrigin, ItemOrigins, Masked, MaskedData, Origin, is_false};

pub use access::{
    Access, AccessWhy, AccessWord, Binding, BindingFamily, Gate, Move, Passes, Verdict,
};
pub use kind::{Collection, Holds, Kind, SecretForm};
pub use plan::{
    Action, Change, Check, Class, Declared, Delta, Dependent, Fate, Fields, Item, Items, Kept,
    KeptBecause, Limit, Opens, Place, Plan, Reason, Setting, Step, Weakened, Write, WriteWord,
    Written,
};
pub use privilege::{Ends, Privilege};
pub use rollback::{Lost, Object, Record, Rollback, Wanted};

/// What the file is, of which format, and the digest of its content.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Head {
    /// The format.
    pub format: u64,
    /// What the file is.
    pub what: What,
    /// The digest of the content, with its keys in order.
    pub sum: String,
}

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum What {
    /// A plan file.
    #[serde(rename = "saved plan")]
    Plan,
    /// A rollback file.
    #[serde(rename = "rollback")]
    Rollback,
}

/// The content of a file, which is everything but its head.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Content {
    /// Where, when and by whom the plan was made.
    pub made: Made,
    /// The codes of safety checks that were overridden.
    #[serde(default)]
    pub waived: Vec<String>,
    /// Write-only fields that are sent again: address and field.
    #[serde(default)]
    pub write_secrets: Vec<(String, String)>,
    /// Fields that the plan writes and whose values are not in the file, for whoever reads it; nothing here reads them.
    #[serde(skip_deserializing)]
    pub secrets: Vec<(String, String)>,
    /// What the plan was made from.
    pub fingerprints: Fingerprints,
    /// The plan.
    pub plan: Plan,
    /// What a rollback restores; a plan file has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<Rollback>,
    /// Who gains and who loses access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
}

/// Where, when and by whom a plan was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Made {
    /// The version of akrec.
    pub version: String,
    /// The time.
    pub at: String,
    /// The user of the token.
    pub by: String,
    /// The server.
    pub server: Server,
    /// The workspace.
    pub workspace: String,
    /// The environment.
    pub environment: Option<String>,
    /// The revision of the files.
    pub revision: Option<String>,
}

/// The server that a plan was made for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Server {
    /// The address.
    pub url: String,
    /// The release in full.
    pub release: String,
    /// The id of the installation, if the server gives it.
    pub install: Option<String>,
}

/// What a plan was made from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fingerprints {
    /// What the files declare.
    pub state: Vec<Fingerprint>,
    /// What the server had.
    pub live: Vec<Fingerprint>,
}

/// What one object was.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The object.
    pub at: Address,
    /// The id by which others refer to it.
    pub id: Option<String>,
    /// The fingerprint of each field.
    pub fields: std::collections::BTreeMap<String, String>,
}
