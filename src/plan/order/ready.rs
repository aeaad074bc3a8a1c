//! What is used as soon as it is referred to (a brand's flow): whatever hangs on it is there first.
//!
//! Between a brand's new flow and the stages of that flow nobody could sign in.

use std::collections::{BTreeSet, HashMap};

use crate::plan::step::{Action, Delta, Step};
use crate::value::{Address, Part};

/// Pairs of steps (later, earlier): what refers waits for all that is made or changed below what it refers to; not
/// where that itself waits for what refers, by the needs known so far.
pub(super) fn ready(steps: &[Step], needs: &[BTreeSet<usize>]) -> Vec<(usize, usize)> {
    let mut referring: Vec<(usize, Address)> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        for change in &step.changes {
            if let (Some(true), Delta::New(value) | Delta::Value(_, value)) =
                (step.kind.field(change.field).map(|field| field.ready), &change.delta)
            {
                value.refs(&mut |address| referring.push((i, address.clone())));
            }
        }
    }
    if referring.is_empty() {
        return Vec::new();
    }
    let mut below: HashMap<&Address, Vec<(usize, &Address)>> = HashMap::new();
    for (i, step) in steps.iter().enumerate() {
        let writes = matches!(step.action, Action::Create | Action::Update | Action::Rename);
        if let (true, Some(Part::At(owner))) = (writes, step.address.parts().first()) {
            below.entry(owner).or_default().push((i, &step.address));
        }
    }
    let mut pairs = Vec::new();
    for (later, target) in &referring {
        let waits = waiting(*later, needs);
        let mut open = vec![target];
        while let Some(owner) = open.pop() {
            for (earlier, address) in below.get(owner).into_iter().flatten() {
                open.push(address);
                pairs.extend((!waits.contains(earlier)).then_some((*later, *earlier)));
            }
        }
    }
    pairs
}

/// Every step that waits for one, directly or not; itself included.
fn waiting(on: usize, needs: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut waits = BTreeSet::from([on]);
    loop {
        let before = waits.len();
        for (i, needs) in needs.iter().enumerate() {
            if !waits.contains(&i) && needs.iter().any(|need| waits.contains(need)) {
                waits.insert(i);
            }
        }
        if waits.len() == before {
            return waits;
        }
    }
}
