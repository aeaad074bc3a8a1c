//! The document of `plan`, `apply`, `rollback` and `show`, and what that of `drift` has in common with it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::access::Moves;
use super::change::{Change, Check, Counts, Weakened};
use super::privilege::Privilege;
use super::sign_in::SignIn;
use super::validate::Assertion;
use super::{Fingerprint, Masked};

/// The document of `plan`, `apply`, `rollback` and `show`.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Plan {
    /// What it has in common with `drift`.
    #[serde(flatten)]
    pub planned: Planned,
    /// Always empty: only `drift` compares with the last apply.
    pub drift: [(); 0],
}

/// What the documents of plans and of drift have in common.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Planned {
    /// The only part that differs between runs of equal input.
    #[schemars(with = "serde_json::Map<String, Json>")]
    pub run: Json,
    /// The server.
    pub server: Server,
    /// The user of the token.
    pub actor: Actor,
    /// The files.
    pub source: Source,
    /// Fingerprints of what the plan was made from.
    pub fingerprint: Fingerprints,
    /// Nothing of the plan is left to do that the run was to do.
    pub complete: bool,
    /// Something failed.
    pub errored: bool,
    /// What the plan is restricted to.
    pub scope: Scope,
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// Who gains and who loses access.
    pub access: Moves,
    /// What becomes of privileges, the gravest first.
    pub privileges: Vec<Privilege>,
    /// What changes of signing in.
    pub sign_in: SignIn,
    /// What the plan leaves unchanged.
    pub skipped: Skipped,
    /// The safety checks.
    pub safety: Vec<Check>,
    /// Settings that weaken a safety check.
    pub weakened: Vec<Weakened>,
    /// The assertions of the files.
    pub assertions: Vec<Assertion>,
    /// What the plan comes to.
    pub summary: Summary,
    /// What was done of it, if it was applied.
    pub applied: Option<Applied>,
}

/// What a run was: the only part that differs between runs of equal input.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Run {
    /// A run that plans.
    Planned {
        /// What it is called in the ledger.
        id: String,
        /// When it began.
        created_at: String,
        /// The machine.
        host: Option<String>,
        /// The file that takes an apply back.
        rollback: Option<String>,
    },
    /// The run that made a plan file.
    Saved {
        /// When the plan was made.
        created_at: String,
        /// The version of akrec that made it.
        akrec_version: String,
        /// The workspace.
        workspace: String,
        /// The codes of safety checks that were overridden.
        waived: Vec<String>,
        /// Fields that the plan writes and whose values are not in the file.
        secrets: Vec<String>,
        /// The run that a rollback takes back.
        rollback_of: Option<String>,
    },
    /// A run whose command line was not understood.
    Refused {
        /// When it began.
        created_at: String,
        /// The machine.
        host: Option<String>,
    },
}

/// A server; what is not known is null.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Server {
    /// The address.
    pub url: Option<String>,
    /// The release in full.
    pub version: Option<String>,
    /// The id of the installation.
    pub id: Option<String>,
}

/// The user of a token.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Actor {
    /// The name.
    pub username: Option<String>,
}

/// The files; what is not known is null.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Source {
    /// The revision of the repository.
    pub revision: Option<String>,
    /// Whether files differ from that revision.
    pub dirty: Option<bool>,
    /// The environment.
    pub env: Option<String>,
}

/// Fingerprints of what a plan was made from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Fingerprints {
    /// What the files declare.
    pub config: Option<Fingerprint>,
    /// What the server has, as far as the plan depends on it.
    pub live: Option<Fingerprint>,
    /// The same by family of kinds.
    pub kinds: BTreeMap<String, Fingerprint>,
}

/// What a plan is restricted to: patterns of addresses.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Scope {
    /// Only these.
    pub targets: Vec<String>,
    /// Not these.
    pub excludes: Vec<String>,
    /// Always empty.
    pub prune: [(); 0],
}

/// What a plan leaves unchanged.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Skipped {
    /// How many objects of the server are not managed, if that was asked for.
    pub unmanaged: Option<usize>,
    /// Protected objects that the files no longer declare.
    pub protected: Vec<String>,
    /// Objects that expire by themselves.
    pub expiring: Vec<String>,
    /// Always empty.
    pub ignored: [(); 0],
    /// Objects that `--target` or `--exclude` leaves out.
    pub targeted_out: Vec<String>,
    /// How many fields `lifecycle.ignore` leaves unchanged.
    pub ignored_fields: usize,
    /// Declared secrets that the server does not return: address and field, with `#` between.
    pub uncompared_secrets: Vec<String>,
    /// Items that stay although they have left their lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub list_items: Vec<KeptItem>,
}

/// An item that stays although it has left its list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct KeptItem {
    /// The object.
    pub address: String,
    /// The field.
    pub field: String,
    /// The item.
    pub item: Masked<String>,
    /// Why it stays.
    pub reason: String,
}

/// What a plan comes to: how many objects, by action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Summary {
    /// By action.
    #[serde(flatten)]
    pub counts: Counts,
    /// Not begun, because a step that they need was not done.
    pub blocked: usize,
}

/// What was done of a plan: how many objects, by action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Applied {
    /// By action.
    #[serde(flatten)]
    pub counts: Counts,
    /// Failed.
    pub failed: usize,
    /// Not begun, because a step that they need was not done.
    pub blocked: usize,
    /// Not begun, because the run was stopped.
    pub stopped: usize,
    /// The run was interrupted.
    pub interrupted: bool,
}
