//! What decides about access, as plain data: people, groups, what they may open, and what is bound to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::schema::{Release, V2026_2, V2026_5};
use crate::value::Address;

/// The family of users, as the table calls it.
pub const USER: &str = "user";
/// The family of groups.
pub const GROUP: &str = "group";
/// The family of policies.
pub const POLICY: &str = "policy";
/// The family of the settings of the whole system.
pub const SETTINGS: &str = "settings";
/// The switch among the settings' `flags` that decides about applications without an enabled binding.
pub const DEFAULT_ACCESS: &str = "core_default_app_access";

/// A username, or the name of a group or policy.
pub type Name = Arc<str>;

/// Everything that decides about access.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct World {
    /// The release whose rule holds.
    pub release: Release,
    /// The users.
    pub users: BTreeMap<Name, Person>,
    /// The groups that users are in.
    pub groups: BTreeMap<Name, Group>,
    /// Applications and their entitlements.
    pub gates: BTreeMap<Address, Gate>,
    /// The results of policies; a policy that is not here is undecided.
    pub policies: BTreeMap<Name, Answer>,
    /// Families that could not be read, with the reason.
    pub unknown: BTreeMap<&'static str, String>,
    /// The value of the settings' switch [`DEFAULT_ACCESS`]; true where it is not set, as authentik treats it.
    pub default_access: bool,
    /// Users whose groups are all known: groups with further members that are not known do not have these users among
    /// them.
    pub settled: BTreeSet<Name>,
}

/// A user. Whether it is a superuser makes no difference: superusers do not bypass bindings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Person {
    /// Whether it can sign in; plays no part in any verdict.
    pub active: bool,
}

/// A group.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Group {
    /// Users who are in it themselves.
    pub members: BTreeSet<Name>,
    /// Groups that its members are members of as well. May form a cycle: the server accepts one.
    pub parents: BTreeSet<Name>,
    /// How many further members have no name here, since they could not be read.
    pub strangers: usize,
    /// Whether users that are not named as members may be members too, since the complete list of members is not known.
    pub others: bool,
    /// Users that are certainly not in it themselves, whatever `others` says.
    pub outside: BTreeSet<Name>,
}

/// Something that bindings guard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// How its bindings are judged.
    pub rule: Rule,
    /// What is bound to it, disabled bindings too.
    pub bindings: Vec<Binding>,
}

/// How bindings are judged together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// An application: if no enabled binding stands, as [`World::unbound`] says, else by its mode.
    Application(Mode),
    /// An entitlement: nobody has it if no enabled group or user is bound, else whoever passes any; policies do not count.
    Entitlement,
}

/// Which users an application lets in that has no binding that counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unbound {
    /// Everyone, superusers or not.
    Everyone,
    /// Nobody, not even superusers.
    Nobody,
    /// The settings could not be read.
    Unknown,
}

/// How several results become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// One that passes is enough.
    Any,
    /// All must pass.
    All,
}

/// Something bound to a gate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// The object that is bound.
    pub subject: Subject,
    /// A disabled binding does not count at all.
    pub enabled: bool,
    /// The result is turned round.
    pub negate: bool,
    /// In which order policies run; never decides the result.
    pub order: i64,
}

/// The object that is bound.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// A group: passes for its members and those of its descendants.
    Group(Name),
    /// A user.
    User(Name),
    /// A policy.
    Policy(Name),
    /// Something that could not be read, by its family and id.
    Unknown(&'static str, Name),
    /// Whatever else may be bound there and is not known.
    Others,
}

/// The result of a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Always the same.
    Always(bool),
    /// It depends on what only the server knows.
    Depends,
}

impl World {
    /// A world without anything.
    pub fn empty(release: Release) -> World {
        World {
            release,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            gates: BTreeMap::new(),
            policies: BTreeMap::new(),
            unknown: BTreeMap::new(),
            default_access: true,
            settled: BTreeSet::new(),
        }
    }

    /// Which users an application lets in that has no binding that counts. Until 2026.2 everyone; from 2026.5 the
    /// switch [`DEFAULT_ACCESS`] decides (measured on 2026.5.3).
    pub fn unbound(&self) -> Unbound {
        match self.default_access {
            _ if self.release < V2026_5 => Unbound::Everyone,
            _ if self.unknown.contains_key(SETTINGS) => Unbound::Unknown,
            true => Unbound::Everyone,
            false => Unbound::Nobody,
        }
    }

    /// Whether everyone passes a gate because nothing that counts is bound to it.
    pub fn is_open(&self, gate: &Gate) -> bool {
        gate.is_unbound() && self.unbound() == Unbound::Everyone
    }

    /// Whether nobody passes a gate because nothing that counts is bound to it and the settings close such applications.
    pub fn is_closed(&self, gate: &Gate) -> bool {
        gate.is_unbound() && self.unbound() == Unbound::Nobody
    }

    /// How many memberships belong to users that could not be read.
    pub fn strangers(&self) -> usize {
        self.groups.values().map(|group| group.strangers).sum()
    }

    /// Why it cannot be said who may open something, if users or groups could not be read.
    pub fn blind(&self) -> Option<&str> {
        [USER, GROUP]
            .into_iter()
            .find_map(|family| self.unknown.get(family))
            .map(String::as_str)
    }

    /// How groups and users that are bound together are combined: before 2026.2 always by `any`.
    pub fn static_mode(&self, mode: Mode) -> Mode {
        if self.release < V2026_2 {
            Mode::Any
        } else {
            mode
        }
    }

    /// Whether a policy has a say in anything.
    pub fn asks_policies(&self) -> bool {
        self.gates
            .values()
            .flat_map(Gate::enabled)
            .any(|binding| binding.subject.is_policy())
    }
}

impl Gate {
    /// The bindings that count.
    pub fn enabled(&self) -> impl Iterator<Item = &Binding> {
        self.bindings
            .iter()
            .filter(|binding| binding.enabled && self.counts(binding))
    }

    /// Whether it is an application to which nothing that counts is bound.
    pub fn is_unbound(&self) -> bool {
        matches!(self.rule, Rule::Application(_)) && self.enabled().next().is_none()
    }

    fn counts(&self, binding: &Binding) -> bool {
        !(binding.subject.is_policy() && self.rule == Rule::Entitlement)
    }
}

impl Subject {
    /// Whether it is a policy; groups and users form one result together.
    pub(super) fn is_policy(&self) -> bool {
        matches!(self, Subject::Policy(_) | Subject::Unknown(POLICY, _))
    }
}
