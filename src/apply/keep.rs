//! Keeps the ledger true: what a run did, as far as it came, is what the ledger says after it.
//!
//! Pure: from the ledger before, the plan and what became of its steps to the ledger after. It never claims an object
//! whose step was not done.

use std::collections::{BTreeMap, BTreeSet};

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
    let mut names: Vec<(&Address, &Address)> = Vec::new();
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
            names.push((old, &step.address));
            ledger.records = std::mem::take(&mut ledger.records)
                .into_iter()
                .map(|(address, record)| (renamed(&address, old, &step.address), record))
                .collect();
        }
    }
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
            let recorded = declared.recorded.clone()?;
            ledger.records.remove(&names.iter().fold(recorded, |at, (old, new)| renamed(&at, old, new)))
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
