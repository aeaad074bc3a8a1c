//! What each step waits for, by what the steps do to objects.
//!
//! Each rule stands in one place here; what a rule is for is said beside it. Nothing is ordered yet.

use std::collections::{BTreeSet, HashMap};

use super::ready::ready;
use super::uses;
use crate::kinds;
use crate::plan::step::{Action, Change, Delta, Reason, Step, Write};
use crate::value::{Address, Part, Value};

/// What each step needs, as places in the list.
pub(super) fn needs(steps: &[Step]) -> Vec<BTreeSet<usize>> {
    let effects = Effects::of(steps);
    let mut needs: Vec<BTreeSet<usize>> = steps.iter().enumerate().map(|(i, step)| effects.needs(i, step)).collect();
    for (later, earlier) in ready(steps, &needs) {
        needs[later].insert(earlier);
    }
    joined_go_first(steps, &effects.deletes, &mut needs);
    needs
}

/// What the steps do, by whom or what they do it to: places in the list of steps.
#[derive(Default)]
struct Effects {
    /// Who makes an object.
    makes: HashMap<Address, usize>,
    /// Who changes an object in the first of two steps, or in its only one.
    changes_first: HashMap<Address, usize>,
    /// Who deletes an object.
    deletes: HashMap<Address, usize>,
    /// Who frees a name.
    frees: HashMap<Address, usize>,
    /// Who makes objects below an owner.
    makes_below: HashMap<Address, Vec<usize>>,
    /// Who makes objects of one kind below an owner.
    makes_in: HashMap<(Address, &'static str), Vec<usize>>,
    /// Who changes objects of one kind below an owner.
    changes_in: HashMap<(Address, &'static str), Vec<usize>>,
    /// Who takes references to an object away.
    drops: HashMap<Address, Vec<usize>>,
    /// Who writes the other side of memberships as a whole: the groups of a user.
    writes_side: HashMap<Address, usize>,
    /// Who gives up what only one object of a kind may have true, by kind and field.
    gives_up: HashMap<(&'static str, &'static str), Vec<usize>>,
}

impl Effects {
    fn of(steps: &[Step]) -> Effects {
        let mut effects = Effects::default();
        for (i, step) in steps.iter().enumerate() {
            effects.add_object(i, step);
            effects.add_place(i, step);
            effects.add_values(i, step);
        }
        effects
    }

    /// What becomes of the object and of its name.
    fn add_object(&mut self, i: usize, step: &Step) {
        if !step.second && matches!(step.write, Write::Update { .. }) {
            self.changes_first.insert(step.address.clone(), i);
        }
        match step.action {
            Action::Create => drop(self.makes.insert(step.address.clone(), i)),
            Action::Delete => {
                self.frees.insert(step.address.clone(), i);
                self.deletes.insert(step.address.clone(), i);
            }
            Action::Rename => {
                if let Some(Reason::Renamed(before)) = &step.reason {
                    self.frees.insert(before.clone(), i);
                }
            }
            Action::Update | Action::Adopt | Action::Forget => {}
        }
    }

    /// What becomes of the list that the object stands in, if it belongs to another one.
    fn add_place(&mut self, i: usize, step: &Step) {
        let Some(owner) = owner(step) else { return };
        let list = (owner.clone(), step.kind.name);
        match step.action {
            Action::Create => {
                self.makes_in.entry(list).or_default().push(i);
                self.makes_below.entry(owner.clone()).or_default().push(i);
            }
            // What only takes over what a deletion gives up waits for that one.
            Action::Update if step.reason != Some(Reason::HandedOver) => {
                self.changes_in.entry(list).or_default().push(i);
            }
            _ => {}
        }
    }

    /// What becomes of values that matter to other objects.
    fn add_values(&mut self, i: usize, step: &Step) {
        if let Write::Update { body, .. } = &step.write
            && body.keys().any(|name| step.kind.field(name).is_some_and(|field| field.mirrors.is_some()))
        {
            self.writes_side.insert(step.address.clone(), i);
        }
        if step.action == Action::Delete {
            let held = step.kind.fields.iter().filter(|field| field.single).map(|field| field.name);
            for name in held.filter(|name| step.expect.get(name) == Some(&Value::Bool(true))) {
                self.gives_up.entry((step.kind.name, name)).or_default().push(i);
            }
        }
        for change in &step.changes {
            let mut dropped = |address: &Address| self.drops.entry(address.clone()).or_default().push(i);
            match &change.delta {
                Delta::Value(before, _) => before.refs(&mut dropped),
                Delta::Items { removed, .. } => removed.iter().for_each(|item| item.refs(&mut dropped)),
                _ => {}
            }
            let single = step.kind.field(change.field).is_some_and(|field| field.single);
            if single && matches!(change.delta, Delta::Value(_, Value::Bool(false))) {
                self.gives_up.entry((step.kind.name, change.field)).or_default().push(i);
            }
        }
    }

    /// What a step waits for.
    fn needs(&self, i: usize, step: &Step) -> BTreeSet<usize> {
        let mut needs = BTreeSet::new();
        if step.action != Action::Delete {
            needs.extend(uses(step).iter().filter_map(|address| self.makes.get(address)));
        }
        if step.second {
            needs.extend(self.makes.get(&step.address));
            needs.extend(self.changes_first.get(&step.address));
            needs.extend(self.makes_below.get(&step.address).into_iter().flatten());
        }
        if matches!(step.action, Action::Create | Action::Rename) {
            needs.extend(self.frees.get(&step.address));
        }
        needs.extend(self.needs_in_list(step));
        for change in step.changes.iter().filter(|change| takes_over(change)) {
            needs.extend(self.gives_up.get(&(step.kind.name, change.field)).into_iter().flatten());
        }
        // A user's groups are written as a whole, with those that the user is in when the plan is made. What goes in or
        // out on the groups' side comes after that, or it would be undone.
        needs.extend(members(step).iter().filter_map(|address| self.writes_side.get(address)));
        if let Some(Reason::Replaced(new)) = &step.reason {
            needs.extend(self.makes.get(new));
        }
        if step.action == Action::Delete {
            needs.extend(self.drops.get(&step.address).into_iter().flatten());
        }
        needs.remove(&i);
        needs
    }

    /// In the list of an owner, what is new is made before anything changes or goes, and what goes is last.
    fn needs_in_list(&self, step: &Step) -> Vec<usize> {
        let Some(owner) = owner(step) else { return Vec::new() };
        let list = (owner.clone(), step.kind.name);
        let made = self.makes_in.get(&list).into_iter().flatten();
        let changed = self.changes_in.get(&list).into_iter().flatten();
        match step.action {
            Action::Update if !step.second => made.copied().collect(),
            Action::Delete => made.chain(changed).copied().collect(),
            _ => Vec::new(),
        }
    }
}

/// The object that a step's object belongs to, if it is known by one.
fn owner(step: &Step) -> Option<&Address> {
    match step.address.parts().first() {
        Some(Part::At(owner)) => Some(owner),
        _ => None,
    }
}

/// What a step puts into sets that are written item by item, or takes out of them.
fn members(step: &Step) -> BTreeSet<Address> {
    let mut members = BTreeSet::new();
    let mut note = |address: &Address| {
        members.insert(address.clone());
    };
    match &step.write {
        Write::Create { body, add } => {
            let sets = body.iter().filter(|(name, _)| step.kind.members_of(name).is_some());
            sets.for_each(|(_, value)| value.refs(&mut note));
            add.values().flatten().for_each(|item| item.refs(&mut note));
        }
        Write::Update { add, remove, .. } => {
            add.values().chain(remove.values()).flatten().for_each(|item| item.refs(&mut note));
        }
        _ => {}
    }
    members
}

/// Whether a change sets what another object may have to give up first.
fn takes_over(change: &Change) -> bool {
    matches!(change.delta, Delta::New(Value::Bool(true)) | Delta::Value(_, Value::Bool(true)))
}

/// What is joined to an object or refers to it goes before it, if both go.
fn joined_go_first(steps: &[Step], deletes: &HashMap<Address, usize>, needs: &mut [BTreeSet<usize>]) {
    for (i, step) in steps.iter().enumerate().filter(|(_, step)| step.action == Action::Delete) {
        for part in step.address.parts() {
            if let Part::At(address) = part
                && let Some(owner) = deletes.get(address)
            {
                needs[*owner].insert(i);
            }
        }
        let mut targets = unseen(step, deletes);
        for value in step.expect.values() {
            value.refs(&mut |address| targets.extend(deletes.get(address).filter(|target| **target != i)));
        }
        for target in targets {
            if !needs[i].contains(&target) {
                needs[target].insert(i);
            }
        }
    }
}

/// What an object that goes may refer to: of a mixed family only its name has been read, so anything that goes as well
/// and that some kind of the family can refer to. A flow that went first would take its providers along.
fn unseen(step: &Step, deletes: &HashMap<Address, usize>) -> Vec<usize> {
    if kinds::outside(step.kind.family) != Some(step.kind) {
        return Vec::new();
    }
    let fields = kinds::family(step.kind.family).flat_map(|kind| kind.fields);
    let families: BTreeSet<&str> = fields.flat_map(|field| field.shape.families()).copied().collect();
    let refers = |address: &Address| address.family != step.kind.family && families.contains(address.family);
    deletes.iter().filter(|(address, _)| refers(address)).map(|(_, target)| *target).collect()
}
