//! What becomes of privileges by a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One change of privileges, the gravest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Privilege {
    /// How much power is at stake.
    pub severity: Severity,
    /// The sort of power.
    pub what: What,
    /// The change.
    pub change: Change,
    /// The object that gives it: the superuser group, the role, the token, the provider.
    pub address: String,
    /// Who gains or loses it, as addresses; all of them, as far as they could be read.
    pub subjects: Vec<String>,
    /// How many further ones could not be read.
    pub unnamed_subjects: usize,
    /// How it comes to them: groups from that of the member up to the superuser group, as addresses.
    pub by: Vec<String>,
    /// The object that permissions are on; null for every object.
    pub object: Option<String>,
    /// Permissions, expressions, addresses, fields or keys.
    pub items: Vec<String>,
    /// When a token ends: `never`, `by server`, or a time.
    pub ends: Option<String>,
    /// What else there is to say.
    pub detail: Option<String>,
    /// The whole in one sentence.
    pub text: String,
}

/// How much power is at stake.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody can do everything, or can get there.
    Critical,
    /// Somebody gets some power.
    Warning,
    /// Power is taken away, or hardly any is given.
    Info,
}

/// The sort of power.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in `plan::Topic`")]
pub enum What {
    Superuser,
    SuperuserGroup,
    Membership,
    Permission,
    Role,
    InitialPermissions,
    Token,
    ServiceAccount,
    Attribute,
    Setting,
    Blueprint,
    Code,
    UnprotectedPath,
    Protection,
    Client,
    RedirectUri,
    Trust,
    Notification,
}

/// What becomes of a privilege.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Somebody has it who had not.
    Gained,
    /// Nobody of the subjects has it any more.
    Lost,
    /// The object that gives it is new.
    Created,
    /// It differs.
    Changed,
    /// It lasts longer.
    Extended,
    /// It existed, and can be used again.
    Activated,
    /// It could not be read whether somebody gains it.
    Unknown,
}
