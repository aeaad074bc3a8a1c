//! Keeps the ledger true: what a run did, as far as it came, is what the ledger says after it.
//!
//! From the ledger before, the plan and what became of its steps to the ledger after; no request is made here. It never
//! claims an object that was not created, and never forgets who created one: what a run that was killed was about to create
//! stays pending until it is known what became of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::ledger::{Adding, ItemOrigins, Ledger, Pending, Record, extend_adding};
use crate::plan::{self, Action, Declared, ItemId, ListItem, Outcome, Plan, Reason, Status};
use crate::value::{Address, Part};

/// The ledger after a run. `id` says by what others refer to an object that the run made; by a further id if one is named.
pub(super) fn after(
    before: &Ledger,
    plan: &Plan,
    outcome: &Outcome,
    run: &str,
    id: &dyn Fn(&Address, Option<&'static str>) -> Option<String>,
) -> Ledger {
    let mut ledger = before.clone();
    let dropped = dropped(plan, outcome);
    ledger.records.retain(|address, _| !gone(address, &dropped));
    let steps = Steps::of(before, &ledger.records, plan, outcome);
    let records = std::mem::take(&mut ledger.records);
    for (address, record) in records {
        let address = steps.new_name(&address).clone();
        if !gone(&address, &steps.removed) {
            ledger.records.insert(address, record);
        }
    }
    let mut recorded: BTreeSet<&Address> = BTreeSet::new();
    for (address, declared) in &plan.declared {
        // Made, but a second step that completes it was not done: it is ours, and what was applied is not known.
        let is_half_made = steps.undone.contains(address);
        if is_half_made && !steps.made.contains(address) {
            continue;
        }
        let Some(own) = declared.id.clone().or_else(|| id(address, None)) else {
            continue;
        };
        let mut record = Record {
            kind: declared.kind,
            id: own,
            origin: declared.origin,
            protect: declared.protect,
            partial: declared.partial,
            fields: declared.fields.clone(),
            items: items(declared, id),
            run: run.to_owned(),
        };
        if is_half_made {
            record.fields.clear();
        }
        if let Some(old) = take_record(&mut ledger.records, address, declared, &steps) {
            record.origin = old.origin;
            if !steps.written.contains(address) {
                record.run = old.run;
            }
        }
        recorded.insert(address);
        ledger.records.insert(address.clone(), record);
    }
    ledger.pending = pending(before, plan, outcome, &ledger.records, &steps);
    for address in &outcome.unsettled {
        let mut of_object = plan.steps.iter().filter(|step| step.address == *address);
        let pending = Pending {
            run: run.to_owned(),
            kind: of_object.next_back().map(|step| step.kind),
        };
        ledger.pending.insert(address.clone(), pending);
    }
    ledger.adding = adding(before, plan, outcome, &steps, &recorded);
    ledger.edited = false;
    ledger
}

/// What is no longer there, by the names from before. What stays and still has items that akrec added, because they could
/// not be taken out, keeps its record.
fn dropped(plan: &Plan, outcome: &Outcome) -> BTreeSet<Address> {
    let mut undone: BTreeSet<&Address> = BTreeSet::new();
    for (place, step) in plan.steps.iter().enumerate() {
        if !is_done(outcome, place) {
            undone.insert(&step.address);
        }
    }
    let mut dropped = BTreeSet::new();
    for address in &plan.gone {
        if !undone.contains(address) {
            dropped.insert(address.clone());
        }
    }
    dropped
}

fn is_done(outcome: &Outcome, place: usize) -> bool {
    matches!(outcome.statuses.get(place), Some(Status::Done))
}

/// What the steps of a run did, by the addresses of their objects.
struct Steps<'a> {
    undone: BTreeSet<&'a Address>,
    /// Deleted, or given up.
    removed: BTreeSet<Address>,
    made: BTreeSet<&'a Address>,
    /// Changed or renamed.
    written: BTreeSet<&'a Address>,
    /// New names by old ones.
    names: HashMap<Address, Address>,
}

impl<'a> Steps<'a> {
    fn of(
        before: &Ledger,
        records: &BTreeMap<Address, Record>,
        plan: &'a Plan,
        outcome: &Outcome,
    ) -> Steps<'a> {
        let mut steps = Steps {
            undone: BTreeSet::new(),
            removed: BTreeSet::new(),
            made: BTreeSet::new(),
            written: BTreeSet::new(),
            names: HashMap::new(),
        };
        let known = records.keys().chain(before.pending.keys());
        let mut names = Names::of(known.chain(before.adding.keys()));
        for (place, step) in plan.steps.iter().enumerate() {
            let address = &step.address;
            if !is_done(outcome, place) {
                steps.undone.insert(address);
                // Created, though what belongs to it could not be written.
                if step.action == Action::Create && outcome.made.contains_key(address) {
                    steps.made.insert(address);
                }
                continue;
            }
            match step.action {
                Action::Delete | Action::Forget => drop(steps.removed.insert(address.clone())),
                Action::Create => drop(steps.made.insert(address)),
                Action::Update | Action::Rename => drop(steps.written.insert(address)),
                Action::Adopt => {}
            }
            if let Some(Reason::Renamed(old)) = &step.reason {
                names.rename(old, address);
            }
        }
        steps.names = names.settle();
        steps
    }

    /// The name that an object has after the run.
    fn new_name<'n>(&'n self, address: &'n Address) -> &'n Address {
        self.names.get(address).unwrap_or(address)
    }
}

/// Takes the record of a declared object out, also if it has another name there: somebody renamed the object by hand, or a
/// run did and could not say so.
fn take_record(
    records: &mut BTreeMap<Address, Record>,
    address: &Address,
    declared: &Declared,
    steps: &Steps<'_>,
) -> Option<Record> {
    if let Some(record) = records.remove(address) {
        return Some(record);
    }
    let recorded = declared.recorded.as_ref()?;
    records.remove(steps.new_name(recorded))
}

/// The items that runs were about to add and no record has.
fn adding(
    before: &Ledger,
    plan: &Plan,
    outcome: &Outcome,
    steps: &Steps<'_>,
    recorded: &BTreeSet<&Address>,
) -> Adding {
    let mut adding = Adding::new();
    // What was noted and is now in a record, or gone, is noted no more.
    for (address, fields) in &before.adding {
        let address = steps.new_name(address);
        let is_gone = gone(address, &plan.gone) || gone(address, &steps.removed);
        if !is_gone && !recorded.contains(address) {
            adding.insert(address.clone(), fields.clone());
        }
    }
    let statuses = plan.steps.iter().zip(&outcome.statuses);
    let failed =
        statuses.filter(|(_, status)| matches!(status, Status::Failed(_) | Status::Moved(_)));
    extend_adding(&mut adding, &plan::adding(failed.map(|(step, _)| step)));
    adding
}

/// What the ledger says of the items that the files name in the sets of an object.
fn items(
    declared: &Declared,
    id: &dyn Fn(&Address, Option<&'static str>) -> Option<String>,
) -> ItemOrigins {
    let mut all = ItemOrigins::new();
    for (field, items) in &declared.items {
        let known = all.entry(field.clone()).or_default();
        for item in items {
            let id = match &item.id {
                ItemId::Known(id) => Some(id.clone()),
                ItemId::New {
                    address,
                    other,
                    before,
                } => id(address, *other).map(|id| format!("{before}{id}")),
            };
            known.extend(id.map(|id| (id, item.origin)));
        }
    }
    all
}

/// Addresses on their way to the names that their objects have after the run.
struct Names {
    /// The name from before, and the one so far.
    addresses: Vec<(Address, Address)>,
    /// The addresses that are another one so far or have it inside, by place; some may have lost it since.
    holding: HashMap<Address, Vec<usize>>,
}

impl Names {
    fn of<'a>(addresses: impl Iterator<Item = &'a Address>) -> Names {
        let addresses = addresses
            .map(|address| (address.clone(), address.clone()))
            .collect();
        let mut names = Names {
            addresses,
            holding: HashMap::new(),
        };
        for place in 0..names.addresses.len() {
            let address = names.addresses[place].1.clone();
            names.hold(&address, place);
        }
        names
    }

    fn hold(&mut self, address: &Address, place: usize) {
        self.holding.entry(address.clone()).or_default().push(place);
        for part in address.parts() {
            if let Part::At(inner) = part {
                self.hold(inner, place);
            }
        }
    }

    fn rename(&mut self, old: &Address, new: &Address) {
        for place in self.holding.remove(old).unwrap_or_default() {
            let address = renamed(&self.addresses[place].1, old, new);
            if address != self.addresses[place].1 {
                self.hold(&address, place);
                self.addresses[place].1 = address;
            }
        }
    }

    /// New names by old names; objects that kept their name are not among them.
    fn settle(self) -> HashMap<Address, Address> {
        self.addresses
            .into_iter()
            .filter(|(before, after)| before != after)
            .collect()
    }
}

/// What is still pending after a run: what exists, as far as is known, and got no record, because it was left out or its
/// step was not done.
fn pending(
    before: &Ledger,
    plan: &Plan,
    outcome: &Outcome,
    records: &BTreeMap<Address, Record>,
    steps: &Steps<'_>,
) -> BTreeMap<Address, Pending> {
    // What the plan creates was not there.
    let mut absent: BTreeSet<&Address> = BTreeSet::new();
    for step in &plan.steps {
        if step.action == Action::Create {
            absent.insert(&step.address);
        }
    }
    let mut pending = BTreeMap::new();
    for (address, was) in &before.pending {
        let now = steps.new_name(address);
        let is_gone =
            gone(address, &plan.gone) || gone(now, &steps.removed) || absent.contains(now);
        if !records.contains_key(now) && !is_gone && !outcome.unsettled.contains(now) {
            pending.insert(now.clone(), was.clone());
        }
    }
    pending
}

/// What an apply has to write into the ledger although its plan is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Upkeep {
    /// Objects that get a record.
    pub recorded: BTreeSet<Address>,
    /// Records that say something else than before.
    pub refreshed: BTreeSet<Address>,
    /// Records of objects that are no longer there.
    pub dropped: BTreeSet<Address>,
    /// Whether a run that ended before its time left a lease behind.
    pub lease: bool,
}

/// What is to be written into the ledger although nothing else is to be done; `None` if it says all already.
///
/// That is so after a run that was killed, where the files say more than they did, and where something was deleted by hand.
pub fn upkeep(ledger: &Ledger, plan: &Plan) -> Option<Upkeep> {
    if !plan.is_empty() || !ledger.is_known() {
        return None;
    }
    let mut upkeep = Upkeep {
        lease: ledger.early_ends(Timestamp::now()).next().is_some(),
        ..Upkeep::default()
    };
    if !upkeep.lease && says_all(ledger, plan) {
        return None;
    }
    let after = after(ledger, plan, &Outcome::default(), "", &|_, _| None);
    if ledger.has_all_of(&after) && !upkeep.lease {
        return None;
    }
    for (address, record) in &after.records {
        match ledger.records.get(address) {
            None => drop(upkeep.recorded.insert(address.clone())),
            Some(old) if old != record => drop(upkeep.refreshed.insert(address.clone())),
            Some(_) => {}
        }
    }
    for address in ledger.records.keys() {
        if !after.records.contains_key(address) {
            upkeep.dropped.insert(address.clone());
        }
    }
    Some(upkeep)
}

/// Whether the ledger plainly says all that it will say after an empty plan, so that it need not be worked out: the usual
/// case. False if that takes a closer look.
fn says_all(ledger: &Ledger, plan: &Plan) -> bool {
    let is_recorded = |(address, declared): (&Address, &Declared)| {
        declared.id.as_ref().is_none_or(|id| {
            ledger.records.get(address).is_some_and(|record| {
                record.kind == declared.kind
                    && record.id == *id
                    && record.protect == declared.protect
                    && record.partial == declared.partial
                    && record.fields == declared.fields
                    && has_items(record, declared)
            })
        })
    };
    ledger.is_settled() && plan.gone.is_empty() && plan.declared.iter().all(is_recorded)
}

/// Whether a record has exactly the items that the files name, with those who put them there.
fn has_items(record: &Record, declared: &Declared) -> bool {
    let is_same = |(field, items): (&String, &Vec<ListItem>)| {
        record.items.get(field).is_some_and(|known| {
            let has = |item: &ListItem| match &item.id {
                ItemId::Known(id) => known.get(id) == Some(&item.origin),
                ItemId::New { .. } => false,
            };
            known.len() == items.len() && items.iter().all(has)
        })
    };
    record.items.len() == declared.items.len() && declared.items.iter().all(is_same)
}

/// Whether an object is gone, or belonged to one that is.
fn gone(address: &Address, removed: &BTreeSet<Address>) -> bool {
    removed.contains(address)
        || match address.parts().first() {
            Some(Part::At(owner)) => gone(owner, removed),
            _ => false,
        }
}

/// An address once an object is renamed: its own, or one that has it inside.
fn renamed(address: &Address, old: &Address, new: &Address) -> Address {
    if address == old {
        new.clone()
    } else {
        address.map_parts(&|part| renamed(part, old, new))
    }
}
