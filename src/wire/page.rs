//! What the script of the page of `access` shows. It is read by no other program, so that it may change at any time.

use std::collections::BTreeMap;

use serde::Serialize;

use super::access::Mode;

/// Who may open what. Sets of users are held once and referred to by their number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Access {
    /// The names of users, which are referred to by their number.
    pub users: Vec<String>,
    /// The set of inactive users.
    pub inactive: String,
    /// Who may open what is not known.
    pub blind: bool,
    /// The page is about one user.
    pub one: bool,
    /// The applications and entitlements.
    pub gates: Vec<Gate>,
    /// The ways into each group through others, each with the set of users who have it.
    pub ways: BTreeMap<String, Vec<(String, usize)>>,
    /// The sets of users.
    pub sets: Vec<String>,
}

/// An application or entitlement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Gate {
    /// The slug of the application.
    pub app: String,
    /// The name of the entitlement.
    pub right: Option<String>,
    /// It is open to all users.
    pub open: bool,
    /// How many bindings must let a user in.
    pub mode: Mode,
    /// What is bound, in words.
    pub bound: String,
    /// Verdicts: their rank, the reason, and the set of users.
    pub rows: Vec<(u8, Vec<Reason>, usize)>,
}

/// A part of a reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Reason {
    /// In words.
    Words(String),
    /// Through a group: what stands before the way, the group, and what stands after it.
    Through(String, String, String),
}
