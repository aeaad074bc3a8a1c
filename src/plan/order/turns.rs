//! References that must not lead back to where they start: no order of the steps may have them do so for a while.
//!
//! Releases before 2025.12 refuse a cycle of parents even for a moment.

use std::collections::BTreeMap;

use super::waits::{JointId, Waits};
use crate::plan::cycles::{Edges, acyclic};
use crate::plan::matching::Matched;
use crate::plan::step::{Action, Delta, Step, Write};
use crate::value::{Address, Value};

/// What adds a parent waits for whatever drops one among its ancestors to be: from then on every way up from it is one
/// of the world as it will be, which has no cycle, and so do these needs have none.
pub(super) fn turns(steps: &[Step], matched: &Matched, waits: &mut Waits) {
    let Moves { adds, drops } = Moves::of(steps);
    if adds.is_empty() || drops.is_empty() {
        return;
    }
    let edges = projected(steps, matched);
    let graph = edges.graph();
    let components = graph.components();
    let dropping: Vec<Option<usize>> = edges
        .nodes()
        .map(|address| drops.get(address).copied())
        .collect();
    // For each component, all that drops something in it or above it. Components come after what they lead to.
    let mut above: Vec<Option<JointId>> = Vec::new();
    let mut beyond: Vec<Vec<JointId>> = Vec::new();
    for nodes in &components.nodes {
        let own: Vec<usize> = nodes.iter().filter_map(|node| dropping[*node]).collect();
        let mut joints: Vec<JointId> = nodes
            .iter()
            .flat_map(|node| graph.targets(*node))
            .map(|target| components.of[*target])
            .filter_map(|component| above.get(component).copied().flatten())
            .collect();
        joints.sort_unstable();
        joints.dedup();
        beyond.push(joints.clone());
        above.push(match joints.as_slice() {
            [] if own.is_empty() => None,
            [one] if own.is_empty() => Some(*one),
            _ => Some(waits.joint(own, joints)),
        });
    }
    for (later, address) in adds {
        let Some(node) = edges.node(address) else {
            continue;
        };
        let component = components.of[node];
        beyond[component]
            .iter()
            .for_each(|joint| waits.wait_for_all(later, *joint));
        // What is a cycle on the server already, and no business of this plan.
        for earlier in components.nodes[component]
            .iter()
            .filter_map(|node| dropping[*node])
        {
            if earlier != later {
                waits.wait(later, earlier);
            }
        }
    }
}

/// Steps that add parents, and those that drop some.
struct Moves<'s> {
    adds: Vec<(usize, &'s Address)>,
    drops: BTreeMap<&'s Address, usize>,
}

impl<'s> Moves<'s> {
    fn of(steps: &'s [Step]) -> Moves<'s> {
        let mut moves = Moves {
            adds: Vec::new(),
            drops: BTreeMap::new(),
        };
        for (i, step) in steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.action != Action::Create)
        {
            for change in step
                .changes
                .iter()
                .filter(|change| acyclic(step.kind).any(|name| name == change.field))
            {
                let (added, dropped) = match &change.delta {
                    Delta::New(after) => (!after.is_empty(), false),
                    Delta::Value(before, after) => (!after.is_empty(), !before.is_empty()),
                    Delta::Items { added, removed, .. } => (!added.is_empty(), !removed.is_empty()),
                    _ => continue,
                };
                if added {
                    moves.adds.push((i, &step.address));
                }
                if dropped {
                    moves.drops.insert(&step.address, i);
                }
            }
        }
        moves
    }
}

/// Who refers to whom once the steps are done.
fn projected<'a>(steps: &'a [Step], matched: &'a Matched) -> Edges<'a> {
    let bodies: BTreeMap<&Address, &BTreeMap<&'static str, Value>> = steps
        .iter()
        .filter_map(|step| match &step.write {
            Write::Create { body, .. } | Write::Update { body, .. } => Some((&step.address, body)),
            Write::Delete | Write::Nothing => None,
        })
        .collect();
    let mut edges = Edges::default();
    for (address, (_, found)) in &matched.live {
        for name in acyclic(found.kind) {
            let after = bodies
                .get(address)
                .and_then(|body| body.get(name))
                .or_else(|| found.fields.get(name));
            after
                .into_iter()
                .for_each(|value| edges.put(address, value, None));
        }
    }
    for step in steps.iter().filter(|step| step.action == Action::Create) {
        let values = acyclic(step.kind).filter_map(|name| bodies.get(&step.address)?.get(name));
        values.for_each(|value| edges.put(&step.address, value, None));
    }
    edges
}
