//! Keeps the ledger true: what a run did, as far as it came, is what the ledger says after it.
//!
//! Pure: from the ledger before, the plan and what became of its steps to the ledger after. It never claims an object
//! that was not created, and never forgets who created one: what a run that was killed was about to create stays pending
//! until it is known what became of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::ledger::{ItemOrigins, Ledger, Pending, Record, extend_adding};
use crate::plan::{self, Action, Declared, ItemId, Outcome, Plan, Reason, Status};
use crate::schema::Kind;
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
    let mut undone: BTreeSet<&Address> = BTreeSet::new();
    // What is no longer there is known by the names from before. What stays and still has items that akrec added, because
    // they could not be taken out, keeps its record.
    let done = |place: usize| matches!(outcome.statuses.get(place), Some(Status::Done));
    let failed = plan
        .steps
        .iter()
        .enumerate()
        .filter(|(place, _)| !done(*place))
        .map(|(_, step)| &step.address);
    let failed: BTreeSet<&Address> = failed.collect();
    let dropped: BTreeSet<Address> = plan
        .gone
        .iter()
        .filter(|it| !failed.contains(it))
        .cloned()
        .collect();
    ledger.records.retain(|address, _| !gone(address, &dropped));
    let mut removed: BTreeSet<Address> = BTreeSet::new();
    let mut names = Names::of(
        ledger
            .records
            .keys()
            .chain(before.pending.keys())
            .chain(before.adding.keys()),
    );
    let mut made: BTreeSet<&Address> = BTreeSet::new();
    let mut written: BTreeSet<&Address> = BTreeSet::new();
    for (place, step) in plan.steps.iter().enumerate() {
        if !matches!(outcome.statuses.get(place), Some(Status::Done)) {
            undone.insert(&step.address);
            // Created, though what belongs to it could not be written.
            if step.action == Action::Create && outcome.made.contains_key(&step.address) {
                made.insert(&step.address);
            }
            continue;
        }
        match step.action {
            Action::Delete | Action::Forget => drop(removed.insert(step.address.clone())),
            Action::Create => drop(made.insert(&step.address)),
            Action::Update | Action::Rename => drop(written.insert(&step.address)),
            Action::Adopt => {}
        }
        if let Some(Reason::Renamed(old)) = &step.reason {
            names.rename(old, &step.address);
        }
    }
    let names = names.settle();
    let records = std::mem::take(&mut ledger.records).into_iter();
    ledger.records = records
        .map(|(address, record)| (names.get(&address).cloned().unwrap_or(address), record))
        .collect();
    ledger.records.retain(|address, _| !gone(address, &removed));
    let mut recorded: BTreeSet<&Address> = BTreeSet::new();
    for (address, declared) in &plan.declared {
        // Made, but a second step that completes it was not done: it is ours, and what was applied is not known.
        let half = undone.contains(address);
        if half && !made.contains(address) {
            continue;
        }
        let Some(own) = declared.id.clone().or_else(|| id(address, None)) else {
            continue;
        };
        let old = ledger.records.remove(address).or_else(|| {
            // Known by another name so far: somebody renamed it by hand, or a run did and could not say so.
            let recorded = declared.recorded.as_ref()?;
            ledger
                .records
                .remove(names.get(recorded).unwrap_or(recorded))
        });
        let mut record = Record {
            kind: declared.kind,
            id: own,
            origin: declared.origin,
            protect: declared.protect,
            partial: declared.partial,
            fields: if half {
                BTreeMap::new()
            } else {
                declared.fields.clone()
            },
            items: items(declared, id),
            run: run.to_owned(),
        };
        recorded.insert(address);
        if let Some(old) = old {
            record.origin = old.origin;
            if !written.contains(address) {
                record.run = old.run;
            }
        }
        ledger.records.insert(address.clone(), record);
    }
    ledger.pending = pending(before, plan, outcome, &ledger.records, (&removed, &names));
    let unsettled = plan
        .steps
        .iter()
        .filter(|step| outcome.unsettled.contains(&step.address));
    let kinds: HashMap<&Address, &'static Kind> =
        unsettled.map(|step| (&step.address, step.kind)).collect();
    for address in &outcome.unsettled {
        let kind = kinds.get(address).copied();
        ledger.pending.insert(
            address.clone(),
            Pending {
                run: run.to_owned(),
                kind,
            },
        );
    }
    // What was noted and is now in a record, or gone, is noted no more.
    let noted = before
        .adding
        .iter()
        .map(|(address, fields)| (names.get(address).unwrap_or(address), fields));
    let noted = noted.filter(|(address, _)| {
        !recorded.contains(address) && !gone(address, &plan.gone) && !gone(address, &removed)
    });
    ledger.adding = noted
        .map(|(address, fields)| (address.clone(), fields.clone()))
        .collect();
    let failed = plan
        .steps
        .iter()
        .zip(&outcome.statuses)
        .filter(|(_, it)| matches!(it, Status::Failed(_) | Status::Moved(_)));
    extend_adding(
        &mut ledger.adding,
        &plan::adding(failed.map(|(step, _)| step)),
    );
    ledger.edited = false;
    ledger
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
    (removed, names): (&BTreeSet<Address>, &HashMap<Address, Address>),
) -> BTreeMap<Address, Pending> {
    let absent: BTreeSet<&Address> = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Create)
        .map(|step| &step.address)
        .collect();
    let mut pending = BTreeMap::new();
    for (address, was) in &before.pending {
        let now = names.get(address).unwrap_or(address).clone();
        let is_gone = gone(address, &plan.gone) || gone(&now, removed) || absent.contains(&now);
        if !records.contains_key(&now) && !is_gone && !outcome.unsettled.contains(&now) {
            pending.insert(now, was.clone());
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
    let after = after(ledger, plan, &Outcome::default(), "", &|_, _| None);
    let lease = ledger.early_ends(jiff::Timestamp::now()).next().is_some();
    if ledger.has_all_of(&after) && !lease {
        return None;
    }
    let new = after
        .records
        .iter()
        .filter(|(address, _)| !ledger.records.contains_key(address));
    let other = after
        .records
        .iter()
        .filter(|(address, now)| ledger.records.get(address).is_some_and(|was| was != *now));
    let gone = ledger
        .records
        .keys()
        .filter(|address| !after.records.contains_key(address));
    Some(Upkeep {
        recorded: new.map(|(address, _)| address.clone()).collect(),
        refreshed: other.map(|(address, _)| address.clone()).collect(),
        dropped: gone.cloned().collect(),
        lease,
    })
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
