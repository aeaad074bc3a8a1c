//! The documents of `invite`.

use schemars::JsonSchema;
use serde::Serialize;

/// A new invitation. It cannot be debugged, since whoever has the link is let in.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Created {
    /// The name.
    pub name: String,
    /// The slug of the flow.
    pub flow: String,
    /// When it ends.
    #[schemars(extend("format" = "date-time"))]
    pub expires: String,
    /// It can be used once.
    pub single_use: bool,
    /// The link, which lets in whoever has it.
    pub link: String,
}

/// All invitations of a server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct All {
    /// The invitations.
    pub invitations: Vec<Invitation>,
}

/// An invitation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Invitation {
    /// The name.
    pub name: String,
    /// The slug of the flow.
    pub flow: Option<String>,
    /// When it ends.
    #[schemars(extend("format" = "date-time"))]
    pub expires: Option<String>,
    /// It can be used once.
    pub single_use: bool,
    /// The group that a new user becomes a member of.
    pub group: Option<String>,
    /// The names of the fields that it fills in.
    pub data: Vec<String>,
    /// Who created it.
    pub created_by: String,
}
