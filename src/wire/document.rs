//! The documents of all verbs: what every document has, and a body that only one verb has.

use schemars::JsonSchema;
use serde::Serialize;

use super::diagnostic::Diagnostic;
use super::{access, diff, drift, invite, kinds, plan, sign_in, upgrade, validate, verify};

/// A document: what every document has, and a body.
#[derive(Clone, PartialEq, Serialize, JsonSchema)]
pub struct Document<T> {
    /// Minor: only additions; ignore what you do not know. Major: reject what you do not know.
    #[schemars(regex(pattern = r"^1\.[0-9]+$"))]
    pub format_version: String,
    /// The version of akrec.
    pub akrec_version: String,
    /// The exit code of the run.
    pub exit_code: u8,
    /// The errors and warnings of the run.
    pub diagnostics: Vec<Diagnostic>,
    /// What only this verb has.
    #[serde(flatten)]
    pub body: T,
}

/// What only one verb has.
#[derive(Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// `plan`, `apply`, `rollback` and `show`.
    Plan(Box<plan::Plan>),
    /// `drift`.
    Drift(Box<drift::Drift>),
    /// `validate`.
    Validate(validate::Validate),
    /// `access`: who may open what.
    Access(access::Table),
    /// `access`: who gains and who loses access.
    AccessDifference(access::Difference),
    /// `access --verify`.
    AccessVerified(access::Verified),
    /// `access --sign-in`.
    SignIn(sign_in::Table),
    /// `diff`.
    Diff(diff::Diff),
    /// `verify`.
    Verify(verify::Verify),
    /// `invite`: a new invitation.
    Invitation(invite::Created),
    /// `invite --list`.
    Invitations(invite::All),
    /// `upgrade`.
    Upgrade(upgrade::Upgrade),
    /// `kinds` and `explain`: kinds with their fields.
    Kinds(kinds::Kinds),
    /// `explain`: codes of diagnostics.
    Codes(kinds::Codes),
    /// `explain raw`.
    Raw(kinds::Raw),
    /// `kinds --check`.
    Gaps(kinds::Gaps),
    /// There is no answer: the diagnostics say why.
    Nothing(Nothing),
}

/// There is no answer: the diagnostics say why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Nothing {}
