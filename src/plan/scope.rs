//! Which part of a plan is done: what `--target` names with all that it needs, without what `--exclude` names and what needs
//! that.
//!
//! It only takes steps away, so that nothing is ever deleted because it was left out; the rails judge what is left.

use std::collections::{BTreeMap, BTreeSet};

use super::order::uses;
use super::ownership::within;
use super::step::{Action, Delta, Reason, Step};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::export::Pattern;
use crate::kinds;
use crate::value::{Address, Part};

/// What is asked for; everything if nothing is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// Only these, and what they need. All if there are none.
    pub targets: Vec<Pattern>,
    /// Not these, nor what needs them.
    pub excludes: Vec<Pattern>,
    /// A pattern that fits nothing is no mistake: what it named has been done.
    pub done: bool,
}

/// A step that was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Left {
    /// Of which object.
    pub address: Address,
    /// What it would have done.
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
    pub(super) fn narrow(&self, steps: &mut Vec<Step>, objects: &[Object], told: &mut Vec<Diagnostic>) -> Vec<Left> {
        if self.is_whole() {
            return Vec::new();
        }
        let known: BTreeSet<&Address> =
            objects.iter().map(|object| &object.address).chain(steps.iter().map(|step| &step.address)).collect();
        for pattern in self.targets.iter().chain(&self.excludes) {
            if !self.done && !known.iter().any(|address| fits(pattern, address)) {
                let what = format!("{} fits nothing that is declared or would change", pattern.as_str());
                let near = pattern.nearest(known.iter().copied());
                let help = match near {
                    Some(near) => format!("did you mean {near}?"),
                    None => "an address is written as in the JSON plan: application.wiki, group.*".to_owned(),
                };
                told.push(Diagnostic::error(Code::NO_TARGET, what).help(help));
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
                left.push(Left { address: step.address.clone(), action: step.action });
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
    let section = kinds::family(address.family).next().map_or("", |kind| kind.section);
    let owner = match address.parts().first() {
        Some(Part::At(owner)) => fits(pattern, owner),
        _ => false,
    };
    owner || pattern.fits(address, section) || pattern.as_str() == address.path()
}

/// The steps that are asked for, and all that these need: what they refer to and is yet to be made, everything that belongs to
/// what is made (an application without its bindings would be open), and references that have to go before a deletion.
fn wanted(targets: &[Pattern], steps: &[Step], makes: &BTreeMap<Address, usize>) -> BTreeSet<usize> {
    let named = |step: &Step| targets.iter().any(|pattern| fits(pattern, &step.address));
    let mut inside: BTreeSet<usize> = (0..steps.len()).filter(|place| named(&steps[*place])).collect();
    loop {
        let before = inside.len();
        let made = |action: &Action| matches!(action, Action::Create | Action::Rename);
        let of = |wanted: &dyn Fn(&Action) -> bool| -> BTreeSet<Address> {
            inside
                .iter()
                .map(|place| &steps[*place])
                .filter(|it| wanted(&it.action))
                .map(|it| it.address.clone())
                .collect()
        };
        let (owners, going) = (of(&made), of(&|action| *action == Action::Delete));
        let needed: Vec<usize> = inside
            .iter()
            .filter(|place| steps[**place].action != Action::Delete)
            .flat_map(|place| uses(&steps[*place]))
            .filter_map(|address| makes.get(&address).copied())
            .collect();
        inside.extend(needed);
        let joins = |step: &Step| {
            let belongs = step.action != Action::Delete && within(&step.address, &owners);
            belongs || owners.contains(&step.address) || drops(step).iter().any(|address| going.contains(address))
        };
        inside.extend((0..steps.len()).filter(|place| joins(&steps[*place])));
        if inside.len() == before {
            return inside;
        }
    }
}

/// Takes out what is excluded, and what cannot be done without that: what refers to it, and what would be made without a part
/// that belongs to it (an application without one of its bindings may be open).
fn without(excludes: &[Pattern], steps: &[Step], makes: &BTreeMap<Address, usize>, inside: &mut BTreeSet<usize>) {
    if excludes.is_empty() {
        return;
    }
    inside.retain(|place| !excludes.iter().any(|pattern| fits(pattern, &steps[*place].address)));
    loop {
        let missing = |address: &Address| makes.get(address).is_some_and(|place| !inside.contains(place));
        let halved: BTreeSet<&Address> = (0..steps.len())
            .filter(|place| steps[*place].action == Action::Create && !inside.contains(place))
            .filter_map(|place| match steps[place].address.parts().first() {
                Some(Part::At(owner)) => Some(owner),
                _ => None,
            })
            .collect();
        let stuck = |place: &usize| {
            let step = &steps[*place];
            let half = step.action == Action::Create && halved.contains(&step.address);
            half || (step.second && missing(&step.address))
                || (step.action != Action::Delete && uses(step).iter().any(&missing))
        };
        let out: Vec<usize> = inside.iter().copied().filter(|place| stuck(place)).collect();
        if out.is_empty() {
            return;
        }
        inside.retain(|place| !out.contains(place));
    }
}

/// What a step stops referring to.
fn drops(step: &Step) -> BTreeSet<Address> {
    let mut dropped = BTreeSet::new();
    for change in &step.changes {
        match &change.delta {
            Delta::Value(before, _) => before.refs(&mut |address| dropped.extend([address.clone()])),
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
