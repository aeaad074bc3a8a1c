//! The documents of `access`, and who gains and who loses access by a plan.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::Server;
pub use super::plan_file::Verdict;

/// Who may open what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Table {
    /// Whose access it is.
    pub of: Of,
    /// The server, if it was read.
    pub server: Option<Server>,
    /// The release whose rule is used.
    pub rule: String,
    /// How many users there are, if they could be read.
    pub users: Option<usize>,
    /// How many members of groups the token cannot view.
    pub unseen_memberships: usize,
    /// What could not be read, and why.
    pub unreadable: BTreeMap<String, String>,
    /// Whether an application without a binding is open to all users, if that is known.
    pub default_access: Option<bool>,
    /// Groups that may have members which the files do not name.
    pub groups_not_fully_known: Vec<String>,
    /// The applications and entitlements.
    pub applications: Vec<Application>,
    /// Who may open them, perhaps may, or for one user also may not.
    pub verdicts: Vec<UserVerdict>,
}

/// Whose access a table is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// A server.
    Server,
    /// The files alone.
    Files,
    /// A server once a plan is applied.
    Planned,
}

/// An application, or an entitlement of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Application {
    /// The slug of the application.
    pub application: String,
    /// The name of the entitlement.
    pub entitlement: Option<String>,
    /// It is open to all users.
    pub open: bool,
    /// Whether one binding is enough.
    pub mode: Mode,
    /// Its bindings.
    pub bindings: Vec<Binding>,
    /// How many users may open it; null where that is not known.
    pub allow: Option<usize>,
    /// How many users may open it if a policy lets them; null where that is not known.
    pub conditional: Option<usize>,
    /// Of how many users it is not known; null where that is not known.
    pub unknown: Option<usize>,
}

/// How many bindings must let a user in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One of them.
    Any,
    /// All of them.
    All,
}

/// A binding. What is bound is a further member: `group`, `user`, `policy` or another family, with the name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Binding {
    /// It counts.
    pub enabled: bool,
    /// The result is reversed.
    pub negate: bool,
    /// The order of policies.
    pub order: i64,
    /// What is bound.
    #[serde(flatten)]
    pub bound: Bound,
}

/// What is bound: the family and the name.
pub type Bound = BTreeMap<String, String>;

/// Whether a user may open an application or has an entitlement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct UserVerdict {
    /// The slug of the application.
    pub application: String,
    /// The name of the entitlement.
    pub entitlement: Option<String>,
    /// The user.
    pub user: String,
    /// The user is active.
    pub active: bool,
    /// Whether the user may.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
    /// The bindings that decide.
    pub because: Vec<Because>,
}

/// A binding that decides. What is bound is a further member: `group`, `user`, `policy` or another family, with the name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Because {
    /// The result is reversed.
    pub negate: bool,
    /// The groups from that of the user to the one that is bound.
    pub path: Vec<String>,
    /// What is bound.
    #[serde(flatten)]
    pub bound: Bound,
}

/// Who gains and who loses access.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Difference {
    /// Why the rest is not known.
    pub unknown: Option<String>,
    /// What changes, by application or entitlement.
    pub changes: Vec<GateChange>,
    /// Users that are new.
    pub new_users: Vec<String>,
    /// Users that no longer exist.
    pub deleted_users: Vec<String>,
}

/// What changes for an application or entitlement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct GateChange {
    /// The slug of the application.
    pub application: String,
    /// The name of the entitlement.
    pub entitlement: Option<String>,
    /// It is new.
    pub new: bool,
    /// It no longer exists.
    pub deleted: bool,
    /// It becomes open to all users.
    pub opens: bool,
    /// It is no longer open to all users.
    pub closes: bool,
    /// The users whose access changes.
    pub moves: Vec<Move>,
}

/// Users whose access changes alike, for the same reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Move {
    /// The address of the application or entitlement.
    pub address: String,
    /// What they had.
    pub from: Verdict,
    /// What they get.
    pub to: Verdict,
    /// Why, in words.
    pub reason: String,
    /// The users.
    pub users: Vec<String>,
}

/// Who gains and who loses access by a plan.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Moves {
    /// Who gains access.
    pub gained: Vec<Move>,
    /// Who loses access.
    pub lost: Vec<Move>,
    /// Of whom it is not known.
    pub unknown: Vec<Unknown>,
    /// Applications that become open to all users.
    pub opened_to_all: Vec<Opened>,
    /// The rest, if access was compared.
    #[serde(flatten)]
    pub compared: Option<Compared>,
}

/// What is only known if access was compared.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Compared {
    /// Who has access if a policy lets them.
    pub conditional: Vec<Move>,
    /// Applications that are no longer open to all users.
    pub closed: Vec<String>,
    /// Users that are new.
    pub new_users: Vec<String>,
    /// Users that no longer exist.
    pub deleted_users: Vec<String>,
}

/// Users of whom it is not known, or why nothing is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Unknown {
    /// Users.
    Move(Move),
    /// Why nothing is known.
    Reason {
        /// Why, in words.
        reason: String,
    },
}

/// An application that becomes open to all users.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Opened {
    /// Its address.
    pub address: String,
    /// It is new.
    pub new: bool,
    /// By what.
    pub by: OpenedBy,
}

/// By what an application becomes open to all users.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenedBy {
    /// It is new and has no binding.
    New,
    /// It lost its last binding.
    LastBinding,
    /// The setting for applications without a binding.
    Setting,
}

/// What the server itself says of verdicts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Verified {
    /// The server.
    pub server: Option<Server>,
    /// How many verdicts there are.
    pub verdicts: usize,
    /// About how many of them the server was asked.
    pub asked: usize,
    /// Those on which akrec and the server agree.
    pub same: Answers,
    /// Those that a policy decides, by what the server says.
    pub conditional: Answers,
    /// Those that akrec does not know, by what the server says.
    pub unknown: Answers,
    /// Those on which they do not agree.
    pub disagreements: Vec<Disagreement>,
}

/// How many verdicts, by what the server says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Answers {
    /// The user may.
    pub allow: usize,
    /// The user may not.
    pub deny: usize,
}

/// A verdict on which akrec and the server do not agree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Disagreement {
    /// The slug of the application.
    pub application: String,
    /// The user.
    pub user: String,
    /// What akrec says.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
    /// What the server says.
    pub server: Answer,
}

/// What a server says of a user and an application.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The user may.
    Allow,
    /// The user may not.
    Deny,
}

/// As it is spelled in documents.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// As it is spelled in documents.
impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
