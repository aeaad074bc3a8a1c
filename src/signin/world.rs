//! What decides who signs in, as plain data: flows with their stages, brands, sources, policies and people.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::access::{self, Binding, Mode, Name};
use crate::schema::Release;

/// Everything that decides who signs in.
#[derive(Clone, Debug)]
pub struct World {
    /// The release whose rules hold.
    pub release: Release,
    /// Users and groups.
    pub people: access::World,
    /// Groups that make their members superusers.
    pub superuser_groups: BTreeSet<Name>,
    /// Users that are no people: service accounts.
    pub machines: BTreeSet<Name>,
    /// Brands, by domain.
    pub brands: BTreeMap<Name, Brand>,
    /// Flows, by slug.
    pub flows: BTreeMap<Name, Flow>,
    /// Stages, by name; one that is not here could not be read.
    pub stages: BTreeMap<Name, Stage>,
    /// Policies, by name; one that is not here is decided by the server.
    pub policies: BTreeMap<Name, Policy>,
    /// Sources, by slug.
    pub sources: BTreeMap<Name, Source>,
    /// Flows that some provider signs users in with.
    pub provider_flows: BTreeSet<Name>,
    /// Families that could not be read, with the reason.
    pub unread: BTreeMap<&'static str, String>,
    /// The flow of brands that name none, once it was asked for.
    pub(super) fallback: OnceLock<Option<Name>>,
}

/// A brand: what a domain looks like, and which flows it uses.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Brand {
    /// Used for domains that no other brand has.
    pub default: bool,
    /// The flow that signs users in, by slug; without one, the first flow of that designation that lets the visitor in.
    pub authentication: Option<Name>,
    /// The flow of somebody who forgot the password.
    pub recovery: Option<Name>,
}

/// A flow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flow {
    /// What it is for.
    pub designation: String,
    /// Who may start it, by the flow's own requirement.
    pub requires: Requirement,
    /// What is bound to it.
    pub gate: Gate,
    /// Its stages, in order.
    pub steps: Vec<Step>,
    /// Whether these are all of its stages.
    pub complete: bool,
}

/// Whom a flow lets start it, whatever is bound to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Requirement {
    /// Somebody who is not signed in, perhaps among others.
    Visitors,
    /// Others only: the word of the server.
    Others(String),
}

/// What is bound to something, and how it is judged together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// Whether one binding that passes is enough.
    pub mode: Mode,
    /// The bindings, in order.
    pub bindings: Vec<Binding>,
}

/// A stage of a flow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The place among the others.
    pub order: i64,
    /// The stage, by name; `None` where it could not be read.
    pub stage: Option<Name>,
    /// Bindings are judged when the flow starts, of whoever starts it.
    pub on_plan: bool,
    /// Bindings are judged when the stage is reached, of whoever is identified by then.
    pub on_reach: bool,
    /// What is bound to it.
    pub gate: Gate,
}

/// What a stage does, as far as signing in is concerned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Asks who the visitor is.
    Identification {
        /// Whether a name or an address can be typed.
        typed: bool,
        /// The backends that check the password that is asked for on the same page.
        password: Option<Name>,
        /// A captcha is on the same page.
        captcha: bool,
        /// A passkey is accepted on the same page.
        passkey: bool,
        /// The name that was typed is not replaced by the user that was found, and another such stage takes it over.
        remembers: bool,
        /// The flow that it offers to newcomers.
        enrollment: Option<Name>,
        /// The flow that it offers to those who forgot the password.
        recovery: Option<Name>,
        /// The flow that it offers for signing in without a password.
        passwordless: Option<Name>,
        /// The sources that it offers.
        sources: Vec<Name>,
    },
    /// Asks for the password.
    Password {
        /// What checks it, in order.
        backends: Vec<String>,
    },
    /// Asks for a second factor.
    SecondFactor {
        /// What happens to a user without one.
        without: Without,
        /// A passkey is accepted.
        passkey: bool,
    },
    /// Signs the user in.
    Login {
        /// It asks whether to stay signed in.
        asks: bool,
    },
    /// Refuses.
    Deny {
        /// What it says.
        message: String,
    },
    /// Sends a link by e-mail, which must be opened.
    Email {
        /// Opening it activates the user.
        activates: bool,
    },
    /// Wants an invitation.
    Invitation {
        /// The flow goes on without one.
        optional: bool,
    },
    /// Asks for fields.
    Prompt,
    /// Creates or changes the user.
    Write {
        /// Whether it creates users.
        creates: Creates,
        /// New users are inactive.
        inactive: bool,
    },
    /// Deletes the user.
    Delete,
    /// Signs the user out.
    Logout,
    /// Goes on in another flow, or leaves for an address (`None`).
    Redirect(Option<Name>),
    /// Sends the user through a source and back.
    Source,
    /// Wants a client certificate.
    Certificate {
        /// The flow goes on without one.
        optional: bool,
    },
    /// Shows a page on which nothing is proven: its component.
    Page(&'static str),
    /// Sets up a device of the user: its component.
    Setup(&'static str),
    /// Something whose effect is not known.
    Unknown,
}

/// What happens to a user without a second factor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Without {
    /// The stage is skipped.
    Skips,
    /// The flow refuses.
    Denies,
    /// The user sets one up; one of these is offered.
    Configures,
    /// The user should set one up, and nothing is offered: the flow refuses.
    Stuck,
}

/// Whether a stage creates users.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Creates {
    /// Never.
    Never,
    /// If nobody is identified.
    WhenRequired,
    /// Always.
    Always,
}

/// What a policy answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// Always the same.
    Always(bool),
    /// Whether the visitor comes from a source.
    FromSource,
    /// Whether nobody has checked a password yet: authentik's own policy of the password stage.
    NoPasswordYet,
    /// Whether the visitor did not use a passkey: authentik's own policy of the second factor.
    NoPasskeyYet,
    /// Whether somebody is identified or signed in (`true`), or nobody.
    Identified(bool),
    /// Passes, and identifies a user by the way, as authentik's own policy of the first setup does.
    SetsUser,
    /// Whether a username has a bad reputation: `true` for a name without history.
    NameReputation(bool),
    /// Only the server knows.
    ByServer,
}

/// A source of users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Its kind, as the files name it.
    pub kind: &'static str,
    /// It is used.
    pub enabled: bool,
    /// How users of it are matched to users of the server.
    pub matching: String,
    /// The flow for users that are known.
    pub authentication: Option<Name>,
    /// The flow for users that are new.
    pub enrollment: Option<Name>,
}

impl World {
    /// A world without anything.
    pub fn empty(release: Release) -> World {
        World {
            release,
            people: access::World::empty(release),
            superuser_groups: BTreeSet::new(),
            machines: BTreeSet::new(),
            brands: BTreeMap::new(),
            flows: BTreeMap::new(),
            stages: BTreeMap::new(),
            policies: BTreeMap::new(),
            sources: BTreeMap::new(),
            provider_flows: BTreeSet::new(),
            unread: BTreeMap::new(),
            fallback: OnceLock::new(),
        }
    }

    /// Flows that sign somebody in, or should: those of these designations, those that something refers to for it, and those
    /// with a stage that does.
    pub fn entrances(&self) -> BTreeSet<&Name> {
        let mut found: BTreeSet<&Name> = BTreeSet::new();
        for (slug, flow) in &self.flows {
            let designated = matches!(
                flow.designation.as_str(),
                "authentication" | "enrollment" | "recovery"
            );
            let signs_in = flow
                .steps
                .iter()
                .filter_map(|step| self.stages.get(step.stage.as_ref()?))
                .any(|stage| matches!(stage, Stage::Login { .. }));
            if designated || signs_in {
                found.insert(slug);
            }
        }
        let brands = self.brands.values();
        found.extend(brands.flat_map(|brand| brand.authentication.iter().chain(&brand.recovery)));
        let sources = self.sources.values();
        found.extend(
            sources.flat_map(|source| source.authentication.iter().chain(&source.enrollment)),
        );
        for stage in self.stages.values() {
            if let Stage::Identification {
                enrollment,
                recovery,
                passwordless,
                ..
            } = stage
            {
                found.extend(enrollment.iter().chain(recovery).chain(passwordless));
            }
        }
        found.extend(&self.provider_flows);
        found.retain(|slug| self.flows.contains_key(*slug));
        found
    }

    /// The brand that is used for domains that no other brand has.
    pub fn default_brand(&self) -> Option<&Name> {
        let mut brands = self.brands.iter();
        brands
            .find(|(_, brand)| brand.default)
            .map(|(domain, _)| domain)
    }

    /// The flow by which a brand signs users in, if it names one.
    pub(super) fn named_flow(&self, brand: &str) -> Option<&Name> {
        self.brands.get(brand)?.authentication.as_ref()
    }
}
