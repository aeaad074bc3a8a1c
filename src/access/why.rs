//! The reason of one verdict: which bindings made it, and by which groups a user comes to be in a bound one.

use std::collections::{BTreeMap, VecDeque};

use super::engine::{Access, Verdict};
use super::world::{Binding, Mode, Name, Rule, Subject, World};
use crate::value::Address;

/// Why a verdict is as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// Nothing that counts is bound: everyone passes.
    Open,
    /// Nothing that counts is bound to an entitlement: nobody has it.
    Nothing,
    /// These bindings decided.
    Bound(Vec<Part>),
}

/// What one binding says of a user.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Part {
    /// What is bound.
    pub subject: Subject,
    /// Whether its result is turned round.
    pub negate: bool,
    /// The result, after that.
    pub passes: Passes,
    /// From the group that the user is in itself to the bound one; empty if the user is in neither.
    pub path: Vec<Name>,
}

/// The result of one binding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Passes {
    /// It passes.
    Yes,
    /// It does not.
    No,
    /// A policy decides on the server.
    Depends,
    /// What it rests on could not be read.
    Unknown,
}

impl Access<'_> {
    /// A verdict with its reason; `None` for a user or thing that there is not.
    pub fn why(&self, user: &str, gate: &Address) -> Option<(Verdict, Why)> {
        let number = self.number(user)?;
        let row = self.rows.get(gate)?;
        let verdict = row.verdict(number);
        if row.open {
            return Some((verdict, Why::Open));
        }
        let parts: Vec<Part> = row.gate.enabled().map(|binding| self.part(number, user, binding)).collect();
        if parts.is_empty() {
            return Some((verdict, Why::Nothing));
        }
        let mode = match row.gate.rule {
            Rule::Application(mode) => mode,
            Rule::Entitlement => Mode::Any,
        };
        Some((verdict, Why::Bound(decisive(self.world, mode, verdict, parts))))
    }

    fn part(&self, number: usize, user: &str, binding: &Binding) -> Part {
        let passes = match self.sets.subject(&binding.subject) {
            Some(set) if set.unknown.has(number) => Passes::Unknown,
            Some(set) if set.pass.has(number) != binding.negate => Passes::Yes,
            Some(_) => Passes::No,
            None if binding.subject.is_policy() => Passes::Depends,
            None => Passes::Unknown,
        };
        let path = match &binding.subject {
            Subject::Group(group) if passes != Passes::Unknown => self.path(user, group),
            _ => Vec::new(),
        };
        Part { subject: binding.subject.clone(), negate: binding.negate, passes, path }
    }

    /// The shortest way up from a group that the user is in itself to another one; by name where several are as short.
    fn path(&self, user: &str, group: &Name) -> Vec<Name> {
        let direct = self.sets.direct.get(user).into_iter().flatten();
        let mut came: BTreeMap<&Name, Option<&Name>> = direct.map(|name| (*name, None)).collect();
        let mut next: VecDeque<&Name> = came.keys().copied().collect();
        while let Some(name) = next.pop_front() {
            if name == group {
                let mut path = vec![name.clone()];
                let mut at = name;
                while let Some(Some(before)) = came.get(at) {
                    path.push((*before).clone());
                    at = before;
                }
                path.reverse();
                return path;
            }
            for parent in self.world.groups.get(name).into_iter().flat_map(|group| &group.parents) {
                if !came.contains_key(parent) {
                    came.insert(parent, Some(name));
                    next.push_back(parent);
                }
            }
        }
        Vec::new()
    }
}

/// The parts without which the verdict would be another one.
fn decisive(world: &World, mode: Mode, verdict: Verdict, parts: Vec<Part>) -> Vec<Part> {
    let passed = |parts: &[Part]| parts.iter().any(|part| part.passes == Passes::Yes);
    let (policies, members): (Vec<Part>, Vec<Part>) =
        parts.into_iter().partition(|part| part.subject.is_policy() || part.subject == Subject::Others);
    // Where one member is enough, those that fail beside one that passes have no part in it.
    let any = world.static_mode(mode) == Mode::Any;
    let members: Vec<Part> = match any && passed(&members) {
        true => members.into_iter().filter(|part| part.passes == Passes::Yes).collect(),
        false => members,
    };
    let all: Vec<Part> = members.into_iter().chain(policies).collect();
    let keep = |part: &Part| match verdict {
        Verdict::Allow => part.passes == Passes::Yes,
        Verdict::Deny => part.passes == Passes::No,
        Verdict::Unknown => part.passes == Passes::Unknown || (mode == Mode::All && part.passes == Passes::Yes),
        Verdict::Conditional => part.passes == Passes::Depends || (mode == Mode::All && part.passes == Passes::Yes),
    };
    all.into_iter().filter(keep).collect()
}
