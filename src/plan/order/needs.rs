//! What each step waits for, by what the steps do to objects.
//!
//! Each rule stands in one place here; what a rule is for is said beside it. Nothing is ordered yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ready::ready;
use super::uses;
use super::waits::{JointId, Waits};
use crate::kinds;
use crate::plan::step::{Action, Change, Delta, Reason, Step, Write};
use crate::value::{Address, Part, Value};

/// What each step waits for.
pub(super) fn needs(steps: &[Step]) -> Waits {
    let effects = Effects::of(steps);
    let mut waits = Waits::new(steps.len());
    let lists = Lists::of(&effects, &mut waits);
    for (i, step) in steps.iter().enumerate() {
        waits.direct[i] = effects.needs(i, step);
        lists
            .needs(step)
            .into_iter()
            .for_each(|joint| waits.wait_for_all(i, joint));
    }
    ready(steps, &mut waits);
    joined_go_first(steps, &effects.deletes, &mut waits);
    waits
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
    /// Who writes the other side of memberships as a whole: the groups of a user, with all that the step refers to.
    writes_side: HashMap<Address, (usize, BTreeSet<Address>)>,
    /// Who gives up what only one object of a kind may have true, by kind and field.
    gives_up: BTreeMap<(&'static str, &'static str), Vec<usize>>,
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
            && body.keys().any(|name| {
                step.kind
                    .field(name)
                    .is_some_and(|field| field.inverse_of.is_some())
            })
        {
            self.writes_side
                .insert(step.address.clone(), (i, step.refs()));
        }
        if step.action == Action::Delete {
            let held = step
                .kind
                .fields
                .iter()
                .filter(|field| field.at_most_one_true)
                .map(|field| field.name);
            for name in held.filter(|name| step.expect.get(name) == Some(&Value::Bool(true))) {
                self.gives_up
                    .entry((step.kind.name, name))
                    .or_default()
                    .push(i);
            }
        }
        for change in &step.changes {
            let mut dropped =
                |address: &Address| self.drops.entry(address.clone()).or_default().push(i);
            match &change.delta {
                Delta::Value(before, _) => before.refs(&mut dropped),
                Delta::Items { removed, .. } => {
                    removed.iter().for_each(|item| item.refs(&mut dropped))
                }
                _ => {}
            }
            let single = step
                .kind
                .field(change.field)
                .is_some_and(|field| field.at_most_one_true);
            if single && matches!(change.delta, Delta::Value(_, Value::Bool(false))) {
                self.gives_up
                    .entry((step.kind.name, change.field))
                    .or_default()
                    .push(i);
            }
        }
    }

    /// What a step waits for.
    fn needs(&self, i: usize, step: &Step) -> BTreeSet<usize> {
        let mut needs = BTreeSet::new();
        if step.action != Action::Delete {
            needs.extend(
                uses(step)
                    .iter()
                    .filter_map(|address| self.makes.get(address)),
            );
        }
        if step.second {
            needs.extend(self.makes.get(&step.address));
            needs.extend(self.changes_first.get(&step.address));
            needs.extend(self.makes_below.get(&step.address).into_iter().flatten());
        }
        if matches!(step.action, Action::Create | Action::Rename) {
            needs.extend(self.frees.get(&step.address));
        }
        // A user's groups are written as a whole, with those that the user is in when the plan is made. What goes in or
        // out on the groups' side comes after that, or it would be undone.
        // A group that is made is in what the user's side writes, which cannot come before the group is there.
        let is_named = |refs: &BTreeSet<Address>| {
            step.action == Action::Create && refs.contains(&step.address)
        };
        let sides = members(step);
        let sides = sides
            .iter()
            .filter_map(|address| self.writes_side.get(address));
        needs.extend(
            sides
                .filter(|(_, refs)| !is_named(refs))
                .map(|(place, _)| *place),
        );
        if let Some(Reason::Replaced(new)) = &step.reason {
            needs.extend(self.makes.get(new));
        }
        if step.action == Action::Delete {
            needs.extend(self.drops.get(&step.address).into_iter().flatten());
        }
        needs.remove(&i);
        needs
    }
}

/// Joints for the lists of which a step may wait for every item.
struct Lists<'e> {
    made: HashMap<(&'e Address, &'static str), JointId>,
    changed: HashMap<(&'e Address, &'static str), JointId>,
    given_up: HashMap<(&'static str, &'static str), JointId>,
}

impl<'e> Lists<'e> {
    fn of(effects: &'e Effects, waits: &mut Waits) -> Lists<'e> {
        let mut of = |lists: &'e HashMap<(Address, &'static str), Vec<usize>>| {
            let all: BTreeMap<(&Address, &'static str), &Vec<usize>> = lists
                .iter()
                .map(|((owner, kind), steps)| ((owner, *kind), steps))
                .collect();
            all.into_iter()
                .map(|(list, steps)| (list, waits.joint(steps.clone(), Vec::new())))
                .collect()
        };
        let (made, changed) = (of(&effects.makes_in), of(&effects.changes_in));
        let given_up = effects.gives_up.iter();
        let given_up = given_up
            .map(|(field, steps)| (*field, waits.joint(steps.clone(), Vec::new())))
            .collect();
        Lists {
            made,
            changed,
            given_up,
        }
    }

    /// In the list of an owner, what is new is made before anything changes or goes, and what goes is last. What only one
    /// object of a kind may have true is given up before another one takes it over.
    fn needs(&self, step: &Step) -> Vec<JointId> {
        let mut needs = Vec::new();
        if let Some(owner) = owner(step) {
            let list = (owner, step.kind.name);
            let waits = matches!(
                (step.action, step.second),
                (Action::Update, false) | (Action::Delete, _)
            );
            needs.extend(self.made.get(&list).filter(|_| waits));
            needs.extend(
                self.changed
                    .get(&list)
                    .filter(|_| step.action == Action::Delete),
            );
        }
        for change in step.changes.iter().filter(|change| takes_over(change)) {
            needs.extend(self.given_up.get(&(step.kind.name, change.field)));
        }
        needs
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
            let sets = body
                .iter()
                .filter(|(name, _)| step.kind.members_of(name).is_some());
            sets.for_each(|(_, value)| value.refs(&mut note));
            add.values().flatten().for_each(|item| item.refs(&mut note));
        }
        Write::Update { add, remove, .. } => {
            add.values()
                .chain(remove.values())
                .flatten()
                .for_each(|item| item.refs(&mut note));
        }
        _ => {}
    }
    members
}

/// Whether a change sets what another object may have to give up first.
fn takes_over(change: &Change) -> bool {
    matches!(
        change.delta,
        Delta::New(Value::Bool(true)) | Delta::Value(_, Value::Bool(true))
    )
}

/// What is joined to an object or refers to it goes before it, if both go.
fn joined_go_first(steps: &[Step], deletes: &HashMap<Address, usize>, waits: &mut Waits) {
    let unseen = Unseen::of(steps, deletes);
    for (i, step) in steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.action == Action::Delete)
    {
        for part in step.address.parts() {
            if let Part::At(address) = part
                && let Some(owner) = deletes.get(address)
            {
                waits.wait(*owner, i);
            }
        }
        let mut targets = Vec::new();
        for value in step.expect.values() {
            value.refs(&mut |address| {
                targets.extend(deletes.get(address).filter(|target| **target != i))
            });
        }
        for target in targets {
            // Of two that refer to each other one goes first.
            if !waits.direct[i].contains(&target) {
                waits.wait(target, i);
            }
        }
    }
    unseen.go_first(steps, waits);
}

/// Objects that go and may refer to anything of some families: of a mixed family only their names have been read. A
/// flow that went first would take its providers along.
struct Unseen {
    /// The steps by the family of the objects.
    by_family: BTreeMap<&'static str, Vec<usize>>,
    /// What goes of the families that they may refer to.
    targets: BTreeMap<&'static str, Vec<usize>>,
}

impl Unseen {
    fn of(steps: &[Step], deletes: &HashMap<Address, usize>) -> Unseen {
        let mut unseen = Unseen {
            by_family: BTreeMap::new(),
            targets: BTreeMap::new(),
        };
        for (i, step) in steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.action == Action::Delete)
        {
            if kinds::outside(step.kind.family) == Some(step.kind) {
                unseen
                    .by_family
                    .entry(step.kind.family)
                    .or_default()
                    .push(i);
            }
        }
        let referred: BTreeSet<&str> = unseen
            .by_family
            .keys()
            .flat_map(|family| referred(family))
            .collect();
        let going: BTreeMap<usize, &Address> =
            deletes.iter().map(|(address, i)| (*i, address)).collect();
        for (i, address) in going
            .into_iter()
            .filter(|(_, address)| referred.contains(address.family))
        {
            unseen.targets.entry(address.family).or_default().push(i);
        }
        unseen
    }

    /// They go before what they may refer to, unless that is known to go before them.
    fn go_first(&self, steps: &[Step], waits: &mut Waits) {
        for (family, unseen) in &self.by_family {
            let joint = waits.joint(unseen.clone(), Vec::new());
            let before: BTreeSet<usize> = unseen
                .iter()
                .flat_map(|i| &waits.direct[*i])
                .copied()
                .collect();
            for target in referred(family)
                .into_iter()
                .filter_map(|family| self.targets.get(family))
                .flatten()
            {
                // Of two families that may refer to each other the one whose name comes first goes first.
                let theirs = steps[*target].kind;
                let mutual = self.by_family.contains_key(theirs.family)
                    && kinds::outside(theirs.family) == Some(theirs)
                    && referred(theirs.family).contains(family);
                match (before.contains(target), mutual) {
                    (false, false) => waits.wait_for_all(*target, joint),
                    (_, true) if theirs.family < *family => {}
                    _ => {
                        let free = unseen
                            .iter()
                            .filter(|i| !waits.direct[**i].contains(target));
                        free.copied()
                            .collect::<Vec<_>>()
                            .into_iter()
                            .for_each(|i| waits.wait(*target, i));
                    }
                }
            }
        }
    }
}

/// The families that objects of a family may refer to, without their own.
fn referred(family: &str) -> BTreeSet<&'static str> {
    let fields = kinds::family(family).flat_map(|kind| kind.fields);
    fields
        .flat_map(|field| field.shape.families())
        .copied()
        .filter(|other| *other != family)
        .collect()
}
