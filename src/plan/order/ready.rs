//! What is used as soon as it is referred to (a brand's flow): whatever hangs on it is there first.
//!
//! Between a brand's new flow and the stages of that flow nobody could sign in.

use std::collections::{BTreeSet, HashMap};

use super::waits::{JointId, Waits};
use crate::graph::Graph;
use crate::plan::step::{Action, Delta, Step};
use crate::value::{Address, Part};

/// What refers waits for all that is made or changed below what it refers to; not where that itself waits for what
/// refers, by what is known so far.
pub(super) fn ready(steps: &[Step], waits: &mut Waits) {
    let mut referring: Vec<(usize, Address)> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        for change in &step.changes {
            if let (Some(true), Delta::New(value) | Delta::Value(_, value)) = (
                step.kind
                    .field(change.field)
                    .map(|field| field.after_target_children),
                &change.delta,
            ) {
                value.refs(&mut |address| referring.push((i, address.clone())));
            }
        }
    }
    if referring.is_empty() {
        return;
    }
    let mut below = Below {
        written: HashMap::new(),
        joints: HashMap::new(),
    };
    for (i, step) in steps.iter().enumerate() {
        let writes = matches!(
            step.action,
            Action::Create | Action::Update | Action::Rename
        );
        if let (true, Some(Part::At(owner))) = (writes, step.address.parts().first()) {
            below
                .written
                .entry(owner)
                .or_default()
                .push((i, &step.address));
        }
    }
    let wanted: Vec<(usize, JointId)> = referring
        .iter()
        .filter_map(|(later, target)| Some((*later, below.joint(target, waits)?)))
        .collect();
    let known = Graph::new(waits.nodes(), &waits.edges());
    let mut edges = waits.edges();
    edges.extend(
        wanted
            .iter()
            .map(|(later, joint)| (*later, waits.node(*joint))),
    );
    let turns = Graph::new(waits.nodes(), &edges).components();
    let others = known.reversed();
    for (later, joint) in wanted {
        if turns.of[later] != turns.of[waits.node(joint)] {
            waits.wait_for_all(later, joint);
            continue;
        }
        // Some of what is below waits for what refers, so the rest is named one by one.
        let waiting = others.reachable([later]);
        let free: BTreeSet<usize> = waits
            .steps_of(joint)
            .into_iter()
            .filter(|earlier| !waiting[*earlier])
            .collect();
        waits.direct[later].extend(free);
    }
}

/// What is made or changed below objects.
struct Below<'s> {
    /// By the object that it directly belongs to.
    written: HashMap<&'s Address, Vec<(usize, &'s Address)>>,
    joints: HashMap<&'s Address, JointId>,
}

impl<'s> Below<'s> {
    /// All that is written below an object, however deep; addresses hold their owners, so there is no end to fear.
    fn joint(&mut self, owner: &Address, waits: &mut Waits) -> Option<JointId> {
        if let Some(joint) = self.joints.get(owner) {
            return Some(*joint);
        }
        let (owner, written) = self.written.get_key_value(owner)?;
        let (owner, written) = (*owner, written.clone());
        let inner = written
            .iter()
            .filter_map(|(_, address)| self.joint(address, waits))
            .collect();
        let joint = waits.joint(written.into_iter().map(|(i, _)| i).collect(), inner);
        self.joints.insert(owner, joint);
        Some(joint)
    }
}
