//! What becomes of privileges by a plan.

use serde::{Deserialize, Serialize};

use super::Address;
use crate::wire::privilege::{Change, Severity, What};

/// One change of privileges.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Privilege {
    /// How much power is at stake.
    pub severity: Severity,
    /// The sort of power.
    pub what: What,
    /// The object that gives it.
    pub at: Address,
    /// The change.
    pub change: Change,
    /// Who gains or loses it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Address>,
    /// How many further ones have no name.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unnamed: usize,
    /// How it comes to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Address>,
    /// The object that permissions are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Address>,
    /// Permissions, expressions, addresses, fields or keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// When a token ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Ends>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// When a token ends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ends {
    /// It does not end.
    Never,
    /// The server sets the end.
    ByServer,
    /// Then.
    At(String),
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
