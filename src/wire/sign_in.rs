//! Who is signed in by which flow: the document of `access --sign-in`, and what a plan changes of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Server;
use super::access::Of;

/// What a plan changes of signing in.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SignIn {
    /// Why it is not known what changes.
    pub unknown: Option<String>,
    /// What changes.
    pub changes: Vec<Change>,
}

/// Something that changes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What it is about.
    pub about: About,
    /// The domain of the brand, or the slug of the flow or source.
    pub name: String,
    /// What of it changes.
    pub aspect: Aspect,
    /// How it was; null for what is new.
    pub before: Option<String>,
    /// How it will be; null for what goes.
    pub after: Option<String>,
    /// Less has to be proven, or more people get in.
    pub weaker: bool,
}

/// What a change is about.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A brand.
    Brand,
    /// A flow.
    Flow,
    /// A source.
    Source,
}

/// What of something changes.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// What has to be proven to be signed in.
    Proof,
    /// Who may start the flow.
    Entry,
    /// What the flow is for.
    Designation,
    /// What it takes to get a new account.
    Enrollment,
    /// What it takes to change an account without being signed in.
    AccountChange,
    /// Whether superusers get in.
    Superusers,
    /// Which brand is used for domains that no brand has.
    DefaultBrand,
    /// The flow by which a brand signs users in.
    SignInFlow,
    /// The flow by which a brand helps users who forgot the password.
    RecoveryFlow,
    /// How a source matches its users to those of the server.
    Matching,
    /// The flow that signs in users of a source.
    SourceFlow,
    /// The flow that enrolls users of a source.
    SourceEnrollment,
    /// The pages that are shown.
    Pages,
}

/// What each user meets in each flow.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Table {
    /// Whose flows they are.
    pub of: Of,
    /// The server, if it was read.
    pub server: Option<Server>,
    /// The release whose rules are used.
    pub rule: String,
    /// What could not be read, and why.
    pub unreadable: BTreeMap<String, String>,
    /// The brands, and the flow by which each signs users in.
    pub brands: Vec<Brand>,
    /// What each flow comes to.
    pub flows: Vec<Flow>,
    /// What each user meets in each flow.
    pub rows: Vec<Row>,
}

/// A brand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Brand {
    /// The domain.
    pub domain: String,
    /// It is used for domains that no other brand has.
    pub default: bool,
    /// The flow by which it signs users in.
    pub flow: Option<String>,
    /// The flow by which it helps users who forgot the password.
    pub recovery: Option<String>,
}

/// What a flow comes to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Flow {
    /// The slug.
    pub flow: String,
    /// What it is for.
    pub designation: String,
    /// Who may start it, in words.
    pub entry: String,
    /// What has to be proven to be signed in; null where it signs nobody in.
    pub proof: Option<String>,
    /// What it takes to get a new account; null where it creates none.
    pub enrollment: Option<String>,
    /// What somebody who is not signed in must prove to change an account; null where nobody can.
    pub account_change: Option<String>,
}

/// What a user meets in a flow.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Row {
    /// The slug of the flow.
    pub flow: String,
    /// The user; null for somebody who answers nothing.
    pub user: Option<String>,
    /// Whether name and password, and what everybody has, sign the user in; null where that is undecided.
    pub signed_in: Option<bool>,
    /// Why it is undecided.
    pub undecided: Option<Undecided>,
    /// With a device, a certificate or an account elsewhere the user would come further.
    pub needs_device: bool,
    /// What has to be proven to be signed in; null where the user never is.
    pub proof: Option<String>,
    /// What the user meets, in order.
    pub steps: Vec<Step>,
}

/// Why something is undecided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Undecided {
    /// A policy decides that only the server can run.
    ByPolicy,
    /// Something could not be read.
    Unknown,
}

/// Something that is met.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Step {
    /// The component that authentik shows, as its flow executor calls it.
    pub component: String,
    /// The stage; null for the flow itself.
    pub stage: Option<String>,
    /// What it says where it refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Why it is met only perhaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Undecided>,
}
