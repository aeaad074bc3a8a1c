//! Keeps the ledger true: what a run did, as far as it came, is what the ledger says after it.
//!
//! Pure: from the ledger before, the plan and what became of its steps to the ledger after. It never claims an object
//! whose step was not done.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::ledger::{Ledger, Record};
use crate::plan::{Action, Outcome, Plan, Reason, Status};
use crate::value::{Address, Part};

/// The ledger after a run. `id` says by what others refer to an object that the run made.
pub(super) fn after(
    before: &Ledger,
    plan: &Plan,
    outcome: &Outcome,
    run: &str,
    id: &dyn Fn(&Address) -> Option<String>,
) -> Ledger {
    let mut ledger = before.clone();
    let mut undone: BTreeSet<&Address> = BTreeSet::new();
    // What is no longer there is known by the names from before.
    ledger.records.retain(|address, _| !gone(address, &plan.gone));
    let mut removed: BTreeSet<Address> = BTreeSet::new();
    let mut names = Names::of(std::mem::take(&mut ledger.records));
    let mut made: BTreeSet<&Address> = BTreeSet::new();
    let mut written: BTreeSet<&Address> = BTreeSet::new();
    for (place, step) in plan.steps.iter().enumerate() {
        if !matches!(outcome.statuses.get(place), Some(Status::Done)) {
            undone.insert(&step.address);
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
    let now = names.settle(&mut ledger.records);
    ledger.records.retain(|address, _| !gone(address, &removed));
    for (address, declared) in &plan.declared {
        // Made, but a second step that completes it was not done: it is ours, and what was applied is not known.
        let half = undone.contains(address);
        if half && !made.contains(address) {
            continue;
        }
        let Some(id) = declared.id.clone().or_else(|| id(address)) else { continue };
        let old = ledger.records.remove(address).or_else(|| {
            // Known by another name so far: somebody renamed it by hand, or a run did and could not say so.
            let recorded = declared.recorded.as_ref()?;
            ledger.records.remove(now.get(recorded).unwrap_or(recorded))
        });
        let mut record = Record {
            kind: declared.kind,
            id,
            origin: declared.origin,
            protect: declared.protect,
            fields: if half { BTreeMap::new() } else { declared.fields.clone() },
            run: run.to_owned(),
        };
        if let Some(old) = old {
            record.origin = old.origin;
            if !written.contains(address) {
                record.run = old.run;
            }
        }
        ledger.records.insert(address.clone(), record);
    }
    ledger.pending.clear();
    ledger.edited = false;
    ledger
}

/// Records on their way to the names that their objects have after the run.
struct Names {
    /// The name from before, the one so far, and the record.
    records: Vec<(Address, Address, Record)>,
    /// The records whose names so far are an address or have it inside, by place; some may have lost it since.
    holding: HashMap<Address, Vec<usize>>,
}

impl Names {
    fn of(records: BTreeMap<Address, Record>) -> Names {
        let records = records.into_iter().map(|(address, record)| (address.clone(), address, record)).collect();
        let mut names = Names { records, holding: HashMap::new() };
        for place in 0..names.records.len() {
            let address = names.records[place].1.clone();
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
            let address = renamed(&self.records[place].1, old, new);
            if address != self.records[place].1 {
                self.hold(&address, place);
                self.records[place].1 = address;
            }
        }
    }

    /// Puts the records under their new names, and gives these by the ones from before.
    fn settle(self, records: &mut BTreeMap<Address, Record>) -> HashMap<Address, Address> {
        let mut now = HashMap::new();
        for (before, after, record) in self.records {
            now.insert(before, after.clone());
            records.insert(after, record);
        }
        now
    }
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
    if address == old { new.clone() } else { address.map_parts(&|part| renamed(part, old, new)) }
}
