//! Who walks through a flow, and what is bound to whom.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::world::{Gate, World};
use crate::access::{Name, Subject};

/// Who walks through a flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who<'w> {
    /// Somebody who answers nothing: what is shown first.
    Nobody,
    /// A user, with name and password.
    User(&'w str),
    /// Somebody who gives whatever is asked for, of whom it is not known who it is.
    Anybody,
}

/// Somebody who walks through a flow.
#[derive(Clone, Debug)]
pub struct Visitor<'w> {
    /// Who it is.
    pub who: Who<'w>,
    /// The account can be used.
    pub active: bool,
    /// The bound groups and users that are this user, or have it as a member.
    pub inside: BTreeSet<&'w Subject>,
    /// The bound groups of which it is not known whether this user is a member.
    pub unsure: BTreeSet<&'w Subject>,
    /// Types the right password.
    pub knows_password: bool,
    /// Gives every factor that is asked for, devices and invitations among them; otherwise only name, password, mailbox and
    /// whatever a page wants to know.
    pub proves_all: bool,
}

impl<'w> Visitor<'w> {
    /// Somebody who answers nothing.
    pub fn nobody() -> Visitor<'w> {
        Visitor {
            who: Who::Nobody,
            active: true,
            inside: BTreeSet::new(),
            unsure: BTreeSet::new(),
            knows_password: true,
            proves_all: false,
        }
    }

    /// Somebody who gives whatever is asked for, of whom it is not known who it is.
    pub fn anybody() -> Visitor<'w> {
        Visitor {
            who: Who::Anybody,
            active: true,
            inside: BTreeSet::new(),
            unsure: BTreeSet::new(),
            knows_password: true,
            proves_all: true,
        }
    }
}

/// Users who are treated alike by a flow: one of them, and all of them.
#[derive(Clone, Debug)]
pub struct Class<'w> {
    /// One of them.
    pub visitor: Visitor<'w>,
    /// All of them, in the order of their names.
    pub users: Vec<&'w Name>,
}

/// Puts users into classes of those that some gates treat alike.
pub fn classes<'w>(
    world: &'w World,
    gates: &[&'w Gate],
    superusers: &HashSet<&str>,
) -> Vec<Class<'w>> {
    let bound: BTreeSet<&'w Subject> = gates
        .iter()
        .flat_map(|gate| &gate.bindings)
        .filter(|binding| binding.enabled)
        .map(|binding| &binding.subject)
        .filter(|subject| matches!(subject, Subject::Group(_) | Subject::User(_)))
        .collect();
    let groups: Vec<(&'w Subject, Members<'w>)> = bound
        .iter()
        .filter_map(|subject| match subject {
            Subject::Group(name) => Some((*subject, Members::of(world, std::iter::once(name)))),
            _ => None,
        })
        .collect();
    let named: HashMap<&str, &'w Subject> = bound
        .iter()
        .filter_map(|subject| match subject {
            Subject::User(name) => Some((&**name, *subject)),
            _ => None,
        })
        .collect();
    let mut classes: Vec<Class<'w>> = Vec::new();
    let mut known: HashMap<Treatment<'w>, usize> = HashMap::new();
    for (name, person) in &world.people.users {
        let mut inside: BTreeSet<&Subject> = groups
            .iter()
            .filter(|(_, members)| members.users.contains(&**name))
            .map(|(subject, _)| *subject)
            .collect();
        inside.extend(named.get(&**name));
        let unsure: BTreeSet<&Subject> = groups
            .iter()
            .filter(|(_, members)| members.others && !world.people.settled.contains(name))
            .map(|(subject, _)| *subject)
            .filter(|subject| !inside.contains(subject))
            .collect();
        let key = Treatment {
            active: person.active,
            machine: world.machines.contains(name),
            superuser: superusers.contains(&**name),
            inside: inside.clone(),
            unsure: unsure.clone(),
        };
        let place = *known.entry(key).or_insert_with(|| {
            classes.push(Class {
                visitor: Visitor {
                    who: Who::User(name),
                    active: person.active,
                    inside,
                    unsure,
                    knows_password: true,
                    proves_all: false,
                },
                users: Vec::new(),
            });
            classes.len() - 1
        });
        classes[place].users.push(name);
    }
    classes
}

/// What makes users alike.
#[derive(PartialEq, Eq, Hash)]
struct Treatment<'w> {
    active: bool,
    machine: bool,
    superuser: bool,
    inside: BTreeSet<&'w Subject>,
    unsure: BTreeSet<&'w Subject>,
}

/// The users in some groups or in groups below them.
pub struct Members<'w> {
    /// The users that are known.
    pub users: HashSet<&'w str>,
    /// There may be others.
    pub others: bool,
}

impl<'w> Members<'w> {
    /// The members of some groups, those of the groups below among them.
    pub fn of(world: &'w World, groups: impl Iterator<Item = &'w Name>) -> Members<'w> {
        let mut below: HashMap<&str, Vec<&'w Name>> = HashMap::new();
        for (name, group) in &world.people.groups {
            for parent in &group.parents {
                below.entry(&**parent).or_default().push(name);
            }
        }
        let mut reached: HashSet<&str> = HashSet::new();
        let mut open: Vec<&Name> = groups.collect();
        let mut found = Members {
            users: HashSet::new(),
            others: false,
        };
        while let Some(name) = open.pop() {
            if !reached.insert(&**name) {
                continue;
            }
            open.extend(below.get(&**name).into_iter().flatten());
            match world.people.groups.get(name) {
                Some(group) => {
                    found.others |= group.others || group.strangers > 0;
                    found.users.extend(group.members.iter().map(|name| &**name));
                }
                None => found.others = true,
            }
        }
        found
    }
}
