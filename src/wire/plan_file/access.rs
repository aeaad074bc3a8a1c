//! Who gains and who loses access by a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Address;

/// Who gains and who loses access.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Access {
    /// What changes, by application or entitlement.
    pub gates: Vec<Gate>,
    /// Users that are new.
    pub new_users: Vec<String>,
    /// Users that no longer exist.
    pub gone_users: Vec<String>,
    /// How many applications are open to all users after the plan.
    pub open: usize,
    /// Why the rest is not known.
    pub blind: Option<String>,
}

/// What changes for an application or entitlement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Gate {
    /// The application or entitlement.
    pub at: Address,
    /// It is new.
    #[serde(default)]
    pub new: bool,
    /// It no longer exists.
    #[serde(default)]
    pub gone: bool,
    /// It becomes open to all users.
    #[serde(default)]
    pub opens: bool,
    /// It is no longer open to all users.
    #[serde(default)]
    pub closes: bool,
    /// The users whose access changes.
    pub moves: Vec<Move>,
}

/// Users whose access changes alike, for the same reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Move {
    /// What they had.
    pub from: Verdict,
    /// What they get.
    pub to: Verdict,
    /// The reason.
    pub why: AccessWhy,
    /// The users.
    pub users: Vec<String>,
}

/// Whether a user has access.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in `access::Verdict`")]
pub enum Verdict {
    Deny,
    Unknown,
    Conditional,
    Allow,
}

/// Why a user has access, or has none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AccessWhy {
    /// No binding decides.
    Word(AccessWord),
    /// These bindings decide.
    Bound(Vec<Binding>),
}

/// Why a user has access, or has none, where no binding decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in `access::Why`")]
pub enum AccessWord {
    Open,
    Nothing,
    Closed,
    Unset,
}

/// What one binding says of a user.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// What is bound.
    pub family: BindingFamily,
    /// Its name, or its id where the name is not known.
    pub name: String,
    /// The name is known.
    #[serde(default)]
    pub known: bool,
    /// The result is reversed.
    #[serde(default)]
    pub negate: bool,
    /// The result, after that.
    pub passes: Passes,
    /// The groups from that of the user to the one that is bound.
    pub path: Vec<String>,
}

/// What can be bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingFamily {
    /// A group.
    Group,
    /// A user.
    User,
    /// A policy.
    Policy,
    /// Other bindings, which were left out.
    Others,
}

/// The result of a binding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in `access::Passes`")]
pub enum Passes {
    Yes,
    No,
    Depends,
    Unknown,
}
