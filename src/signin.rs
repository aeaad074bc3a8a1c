//! Signing in: who gets in with what proof, worked out offline for every flow (`World`, `walk`, `summary`, `difference`); and
//! the facts that are read about it: the settings of an application's registration, the results of its probes, and the
//! existing invitations.
//!
//! Pure: it never asks a server, and it never guesses: what a policy decides that runs on the server is "by policy", and what
//! could not be read is "not known".

mod claims;
mod declared;
mod difference;
mod factors;
mod facts;
mod policy;
mod summary;
mod visitor;
mod walk;
mod world;

pub use claims::held_of_sign_in;
pub use difference::{About, Aspect, Change, difference, title};
pub use factors::{Factors, Strength};
pub use facts::{BRAND, FLOW, Item, POLICY_BINDING, PROVIDER, SOURCE, STAGE, STAGE_BINDING};
pub use summary::{Entry, Proof, Reach, Row, Summary};
pub use visitor::{Visitor, Who};
pub use walk::{Answer, Met, Somebody, Start, Walk, walk};
pub use world::{
    Brand, Creates, Flow, Gate, Policy, Requirement, Source, Stage, Step, Without, World,
};

use std::time::Duration;

use crate::schema::{Kind, SignOn};
use crate::value::Secret;

/// The kind whose objects are registered.
pub const APPLICATION: &str = "application";

/// The settings that an application needs from its provider.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The application's slug.
    pub slug: String,
    /// The display name of the application.
    pub name: String,
    /// The provider's name.
    pub provider: String,
    /// The provider's kind.
    pub kind: &'static Kind,
    /// The provider's settings, by the names that `akrec output` has for them, in order. No secret is among them.
    pub fields: Vec<(&'static str, String)>,
    /// The client's secret, if there is one and it may be read.
    pub secret: Option<Secret>,
    /// The client is one without a secret.
    pub public: bool,
    /// Where users may be sent back to.
    pub redirects: Vec<Redirect>,
    /// The ways in which the client may ask for a token, where the release knows such.
    pub grants: Option<Vec<String>>,
    /// The page on which the application begins, as the server has it.
    pub launch: Option<String>,
}

/// An address that users may be sent back to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Redirect {
    /// The address, or a regular expression.
    pub url: String,
    /// It is a regular expression.
    pub regex: bool,
}

impl Registration {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether it signs users in by OpenID Connect.
    pub fn is_oidc(&self) -> bool {
        matches!(self.kind.sign_on, Some(SignOn::Oidc { .. }))
    }
}

/// How one probe ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// As it should: what was seen.
    Passed(String),
    /// Not as it should: what was seen, and what to do.
    Failed(String, Option<String>),
    /// It was not asked, and why.
    Skipped(String),
}

/// One probe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// The name of the check, in one word.
    pub name: &'static str,
    /// How it ended.
    pub end: End,
    /// How long the answer took, where something was asked.
    pub took: Option<Duration>,
}

/// The results of the checks of an application.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// The slug of the application.
    pub application: String,
    /// Every probe, in order.
    pub probes: Vec<Probe>,
}

/// An invitation that there is.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The name of the invitation, which others may have too.
    pub name: String,
    /// The flow's slug; any flow with an invitation stage takes it, if it has none.
    pub flow: Option<String>,
    /// When it ends.
    pub expires: Option<jiff::Timestamp>,
    /// It works once.
    pub single_use: bool,
    /// The names in its data, and what `group` says.
    pub data: Vec<String>,
    /// The group in its data.
    pub group: Option<String>,
    /// Who made it.
    pub by: String,
    /// What its link consists of. Never shown.
    pub id: String,
}
