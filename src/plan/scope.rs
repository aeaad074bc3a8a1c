//! The part of a plan that is applied: the objects that `--target` names with all that they need, without those that
//! `--exclude` names and those that need them.
//!
//! It only removes steps, so that nothing is ever deleted because it was left out; the safety checks judge what is
//! left.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::order::uses;
use super::step::{Action, Delta, Reason, Step};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::pattern::Pattern;
use crate::value::{Address, Part};

/// The part that is asked for; everything if nothing is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// Only these, and what they need. All if there are none.
    pub targets: Vec<Pattern>,
    /// Not these, nor what needs them.
    pub excludes: Vec<Pattern>,
    /// A pattern that fits nothing is not an error: the object that it named has been done.
    pub done: bool,
}

/// A step that was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Left {
    /// The object of the step.
    pub address: Address,
    /// The action that is left out.
    pub action: Action,
}

impl Scope {
    /// Whether everything is done.
    pub fn is_whole(&self) -> bool {
        self.targets.is_empty() && self.excludes.is_empty()
    }

    /// Whether an object is asked for itself.
    pub(super) fn has(&self, address: &Address) -> bool {
        let named = |patterns: &[Pattern]| patterns.iter().any(|pattern| fits(pattern, address));
        (self.targets.is_empty() || named(&self.targets)) && !named(&self.excludes)
    }

    /// Takes away what is not asked for. Refuses a pattern that fits nothing that is declared or would change.
    pub(super) fn narrow(
        &self,
        steps: &mut Vec<Step>,
        objects: &[Object],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Left> {
        if self.is_whole() {
            return Vec::new();
        }
        let known: BTreeSet<&Address> = objects
            .iter()
            .map(|object| &object.address)
            .chain(steps.iter().map(|step| &step.address))
            .collect();
        for pattern in self.targets.iter().chain(&self.excludes) {
            if !self.done && !known.iter().any(|address| fits(pattern, address)) {
                let what = format!(
                    "{} matches nothing that is declared or would change",
                    pattern.as_str()
                );
                let near = pattern.nearest(known.iter().copied());
                let help = match near {
                    Some(near) => format!("did you mean {near}?"),
                    None => "an address is written as in the JSON plan: application.wiki, group.*"
                        .to_owned(),
                };
                diagnostics.push(Diagnostic::error(Code::NO_TARGET, what).help(help));
            }
        }
        let makes: BTreeMap<Address, usize> = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| matches!(step.action, Action::Create | Action::Rename))
            .map(|(place, step)| (step.address.clone(), place))
            .collect();
        let mut inside = match self.targets.is_empty() {
            true => (0..steps.len()).collect(),
            false => wanted(&self.targets, steps, &makes),
        };
        without(&self.excludes, steps, &makes, &mut inside);
        let mut left = Vec::new();
        let mut place = 0;
        steps.retain(|step| {
            let stays = inside.contains(&place);
            place += 1;
            if !stays {
                left.push(Left {
                    address: step.address.clone(),
                    action: step.action,
                });
            }
            stays
        });
        left.sort_by(|a, b| a.address.cmp(&b.address));
        // An object that is made in two steps is one change.
        left.dedup_by(|second, first| second.address == first.address);
        left
    }
}

/// Whether a pattern names an object, or one that it belongs to.
fn fits(pattern: &Pattern, address: &Address) -> bool {
    let section = kinds::family(address.family)
        .next()
        .map_or("", |kind| kind.section);
    let owner = match address.parts().first() {
        Some(Part::At(owner)) => fits(pattern, owner),
        _ => false,
    };
    owner || pattern.fits(address, section) || pattern.as_str() == address.path()
}

/// The steps that are asked for, and all that these need: what they refer to and is yet to be made, everything that belongs to
/// what is made (an application without its bindings would be open), and references that have to go before a deletion.
fn wanted(
    targets: &[Pattern],
    steps: &[Step],
    makes: &BTreeMap<Address, usize>,
) -> BTreeSet<usize> {
    // Steps by object: its own steps, those of what belongs to it, and those that stop referring to it.
    let mut own: HashMap<&Address, Vec<usize>> = HashMap::new();
    let mut below: HashMap<&Address, Vec<usize>> = HashMap::new();
    let mut dropping: HashMap<Address, Vec<usize>> = HashMap::new();
    for (place, step) in steps.iter().enumerate() {
        own.entry(&step.address).or_default().push(place);
        if step.action != Action::Delete {
            owners(&step.address).for_each(|owner| below.entry(owner).or_default().push(place));
        }
        for address in drops(step) {
            dropping.entry(address).or_default().push(place);
        }
    }
    let named = |step: &Step| targets.iter().any(|pattern| fits(pattern, &step.address));
    let mut inside: BTreeSet<usize> = (0..steps.len())
        .filter(|place| named(&steps[*place]))
        .collect();
    let mut open: Vec<usize> = inside.iter().copied().collect();
    while let Some(place) = open.pop() {
        let step = &steps[place];
        let mut needed: Vec<usize> = Vec::new();
        if step.action == Action::Delete {
            needed.extend(dropping.get(&step.address).into_iter().flatten());
        } else {
            needed.extend(uses(step).iter().filter_map(|address| makes.get(address)));
        }
        if matches!(step.action, Action::Create | Action::Rename) {
            needed.extend(own.get(&step.address).into_iter().flatten());
            needed.extend(below.get(&step.address).into_iter().flatten());
        }
        open.extend(needed.into_iter().filter(|needed| inside.insert(*needed)));
    }
    inside
}

/// Everything that an address belongs to, from the nearest on.
fn owners(address: &Address) -> impl Iterator<Item = &Address> {
    std::iter::successors(first_owner(address), |owner| first_owner(owner))
}

fn first_owner(address: &Address) -> Option<&Address> {
    match address.parts().first() {
        Some(Part::At(owner)) => Some(owner),
        _ => None,
    }
}

/// Takes out what is excluded, and what cannot be done without that: what refers to it, and what would be made without a part
/// that belongs to it (an application without one of its bindings may be open).
fn without(
    excludes: &[Pattern],
    steps: &[Step],
    makes: &BTreeMap<Address, usize>,
    inside: &mut BTreeSet<usize>,
) {
    if excludes.is_empty() {
        return;
    }
    inside.retain(|place| {
        !excludes
            .iter()
            .any(|pattern| fits(pattern, &steps[*place].address))
    });
    // Steps by object: those that cannot be done before it is created, and those that create it.
    let mut waiting: HashMap<Address, Vec<usize>> = HashMap::new();
    let mut creates: HashMap<&Address, Vec<usize>> = HashMap::new();
    for (place, step) in steps.iter().enumerate() {
        if step.second {
            waiting.entry(step.address.clone()).or_default().push(place);
        }
        if step.action != Action::Delete {
            uses(step)
                .into_iter()
                .for_each(|address| waiting.entry(address).or_default().push(place));
        }
        if step.action == Action::Create {
            creates.entry(&step.address).or_default().push(place);
        }
    }
    let mut out: Vec<usize> = (0..steps.len())
        .filter(|place| !inside.contains(place))
        .collect();
    while let Some(place) = out.pop() {
        let step = &steps[place];
        let mut stuck: Vec<usize> = Vec::new();
        if makes.get(&step.address) == Some(&place) {
            stuck.extend(waiting.get(&step.address).into_iter().flatten());
        }
        if let (Action::Create, Some(owner)) = (step.action, first_owner(&step.address)) {
            stuck.extend(creates.get(owner).into_iter().flatten());
        }
        out.extend(stuck.into_iter().filter(|place| inside.remove(place)));
    }
}

/// The objects that a step stops referring to.
fn drops(step: &Step) -> BTreeSet<Address> {
    let mut dropped = BTreeSet::new();
    for change in &step.changes {
        match &change.delta {
            Delta::Value(before, _) => {
                before.refs(&mut |address| dropped.extend([address.clone()]))
            }
            Delta::Items { removed, .. } => removed.iter().for_each(|item| {
                item.refs(&mut |address| dropped.extend([address.clone()]));
            }),
            _ => {}
        }
    }
    if let Some(Reason::Renamed(old)) = &step.reason {
        dropped.remove(old);
    }
    dropped
}
