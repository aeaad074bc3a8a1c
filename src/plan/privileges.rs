//! What the steps do to privileges: who becomes a superuser, which role gains which permissions, which tokens are made,
//! and what else gives power to somebody. For the section `Privileges:`; nothing here refuses a plan.
//!
//! Worked out from what was read and the steps alone. What must be read for that is asked for (`questions`), and only of
//! plans that touch something that needs it. What could not be read is reported as unknown, and never left out.

mod objects;
mod redirects;
mod roles;
mod superusers;
mod touched;

use std::collections::BTreeSet;

use jiff::Timestamp;

use self::roles::Roles;
use self::superusers::Superusers;
use self::touched::Touched;
use super::lockout::People;
use super::matching::Matched;
use super::step::Step;
use crate::live::{Live, Question};
use crate::value::Address;

/// One change of privileges.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Privilege {
    /// How much power is at stake; the most comes first.
    pub severity: Severity,
    /// The sort of power.
    pub topic: Topic,
    /// The object that gives it: the superuser group, the role, the token, the provider.
    pub address: Address,
    /// The change.
    pub change: PrivilegeChange,
    /// Who gains or loses it, as far as the names are known.
    pub subjects: Vec<Address>,
    /// How many further ones have no name here, since they could not be read.
    pub unnamed: usize,
    /// How it comes to them: groups from that of the member up to the superuser group.
    pub by: Vec<Address>,
    /// The object that a permission is on; every object where there is none.
    pub object: Option<Address>,
    /// Permissions, expressions, addresses, fields or keys.
    pub items: Vec<String>,
    /// When a token ends.
    pub ends: Option<Ends>,
    /// What else is to be said of it, as the end of a sentence.
    pub detail: Option<String>,
}

/// The sort of power that changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Topic {
    /// A user may do everything.
    Superuser,
    /// A group lets its members do everything.
    SuperuserGroup,
    /// An object puts users into a superuser group.
    Membership,
    /// A role may do something.
    Permission,
    /// Somebody has a role.
    Role,
    /// A role gets permissions on what its members create.
    InitialPermissions,
    /// A token acts as its owner.
    Token,
    /// A user that is no person.
    ServiceAccount,
    /// An attribute by which the server treats a user differently.
    Attribute,
    /// A system-wide setting.
    Setting,
    /// A blueprint, which can change anything.
    Blueprint,
    /// Python that the server runs.
    Code,
    /// Paths that a proxy provider lets everybody request.
    UnprotectedPath,
    /// How a proxy provider protects its application.
    Protection,
    /// A client that needs no secret.
    Client,
    /// An address that sign-ins are sent to.
    RedirectUri,
    /// Tokens of other objects are accepted.
    Trust,
    /// Events are sent elsewhere.
    Notification,
}

/// What becomes of a privilege.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PrivilegeChange {
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

/// How much power is at stake.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Somebody can do everything, or can get there.
    Critical,
    /// Somebody gets some power.
    Warning,
    /// Power is taken away, or hardly any is given.
    Info,
}

/// When a token ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ends {
    /// It does not end.
    Never,
    /// The server sets the end: the settings' `default_token_duration` after the write.
    ByServer,
    /// Then.
    At(Timestamp),
}

impl Privilege {
    /// A change of which nothing else is known yet.
    fn new(severity: Severity, topic: Topic, change: PrivilegeChange, address: &Address) -> Self {
        Privilege {
            severity,
            topic,
            address: address.clone(),
            change,
            subjects: Vec::new(),
            unnamed: 0,
            by: Vec::new(),
            object: None,
            items: Vec::new(),
            ends: None,
            detail: None,
        }
    }

    fn items(mut self, items: impl IntoIterator<Item = String>) -> Privilege {
        self.items = items.into_iter().collect();
        self
    }

    fn subjects(mut self, subjects: impl IntoIterator<Item = Address>) -> Privilege {
        self.subjects = subjects.into_iter().collect();
        self
    }

    fn detail(mut self, detail: impl Into<String>) -> Privilege {
        self.detail = Some(detail.into());
        self
    }
}

/// The effects of the steps on privileges.
pub(super) struct Privileges<'a> {
    live: &'a Live,
    touched: Touched<'a>,
    superusers: Superusers<'a>,
    roles: Roles<'a>,
}

impl<'a> Privileges<'a> {
    /// `people` are those before and after the steps.
    pub fn new(
        live: &'a Live,
        matched: &'a Matched,
        steps: &'a [Step],
        people: (&'a People, &'a People),
    ) -> Privileges<'a> {
        let touched = Touched::new(live, matched, steps);
        Privileges {
            live,
            superusers: Superusers::new(live, matched, &touched, people),
            roles: Roles::new(live, matched, &touched, people),
            touched,
        }
    }

    /// What must be known and was not asked yet.
    pub fn questions(&self) -> BTreeSet<Question> {
        let mut asked = self.superusers.questions();
        asked.extend(self.roles.questions());
        asked.retain(|question| !self.live.answered.contains_key(question));
        asked
    }

    /// Every change, the gravest first.
    pub fn found(&self) -> Vec<Privilege> {
        let mut found = self.superusers.found();
        found.extend(self.roles.found());
        found.extend(objects::found(self.live, &self.touched));
        found.sort();
        found.dedup();
        found
    }
}
