//! Creations that need each other: an optional reference waits for a second step, and cycles of required ones are
//! refused.
//!
//! Cycles that the server must not have even for a moment are another matter: see `plan::cycles`.

use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::diag::{Code, Diagnostic};
use crate::plan::diff::second;
use crate::plan::order::uses;
use crate::plan::step::{Action, Reason, Step, Write};
use crate::schema::{Field, Shape};
use crate::value::{Address, Value};
use crate::work;

/// Creations that need each other: an optional reference waits for a second step.
pub(super) fn break_circles(steps: &mut Vec<Step>, diagnostics: &mut Vec<Diagnostic>) {
    let creates = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.action == Action::Create);
    let makes: HashMap<Address, usize> =
        creates.map(|(i, step)| (step.address.clone(), i)).collect();
    let needs_of = |step: &Step| match step.action {
        Action::Create => uses(step)
            .iter()
            .filter_map(|address| makes.get(address).copied())
            .collect(),
        _ => Vec::new(),
    };
    let needs: Vec<Vec<usize>> = steps.iter().map(needs_of).collect();
    break_each(needs, &mut |cycle| {
        let optional = cycle.iter().enumerate().find_map(|(place, i)| {
            let target = &steps[cycle[(place + 1) % cycle.len()]].address;
            deferrable(&steps[*i], target).map(|field| (*i, field))
        });
        let Some((i, field)) = optional else {
            diagnostics.push(refusal(cycle, steps));
            return ControlFlow::Break(());
        };
        if let Write::Create { body, add } = &mut steps[i].write {
            let more = body
                .remove(field)
                .map(|value| (field, value))
                .into_iter()
                .collect();
            let items = add
                .remove(field)
                .map(|items| (field, items))
                .into_iter()
                .collect();
            let step = second(&steps[i], more, items, Reason::Deferred);
            steps.push(step);
        }
        ControlFlow::Continue(Some((i, needs_of(&steps[i]))))
    });
}

/// The error that objects need each other to exist first.
fn refusal(cycle: &[usize], steps: &[Step]) -> Diagnostic {
    let names: Vec<String> = cycle
        .iter()
        .chain(cycle.first())
        .map(|i| steps[*i].address.to_string())
        .collect();
    let message = format!("{} objects need each other to exist first", cycle.len());
    let mut diagnostic = Diagnostic::error(Code::REFERENCE_CIRCLE, message)
        .note(format!("the cycle is {}", names.join(" -> ")));
    for (n, i) in cycle.iter().enumerate() {
        if let Some(span) = steps[*i].source {
            diagnostic = if n == 0 {
                diagnostic.at(span, "this one")
            } else {
                diagnostic.and(span, "and this one")
            };
        }
    }
    diagnostic.help("remove one of the references, apply, and then add it again")
}

/// The field of a creation that refers to `target` and may be set later.
fn deferrable(step: &Step, target: &Address) -> Option<&'static str> {
    let Write::Create { body, add } = &step.write else {
        return None;
    };
    // A reference that is added after the creation may as well be added later.
    let after = add
        .iter()
        .find(|(_, items)| items.iter().any(|item| names(item, target)));
    if let Some((name, _)) = after {
        return Some(name);
    }
    let may_wait =
        |field: &Field| !field.required && (field.nullable || matches!(field.shape, Shape::Set(_)));
    body.iter().find_map(|(name, value)| {
        (names(value, target) && step.kind.field(name).is_some_and(may_wait)).then_some(*name)
    })
}

/// Whether a value refers to an object.
fn names(value: &Value, target: &Address) -> bool {
    let mut refers = false;
    value.refs(&mut |address| refers |= address == target);
    refers
}

/// What breaking a cycle comes to: the node that was changed with its new needs, or `None` where nothing can be done.
pub(super) type Broken = ControlFlow<(), Option<(usize, Vec<usize>)>>;

/// Meets the cycles among needs one after another, depth first and without recursion, and has each broken.
///
/// The walk goes on from the node that was changed: what it has left behind leads into no cycle, since nodes only ever
/// lose needs. So all cycles together cost little more than the first one.
pub(super) fn break_each(
    mut needs: Vec<Vec<usize>>,
    break_one: &mut dyn FnMut(&[usize]) -> Broken,
) {
    let mut done = vec![false; needs.len()];
    let mut on_path = vec![false; needs.len()];
    for start in 0..needs.len() {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            work::count(1);
            if done[at] {
                path.pop();
                continue;
            }
            on_path[at] = true;
            let Some(target) = needs[at].get(*next).copied() else {
                done[at] = true;
                on_path[at] = false;
                path.pop();
                continue;
            };
            *next += 1;
            if !on_path[target] {
                path.push((target, 0));
                continue;
            }
            let Some(from) = path.iter().position(|(node, _)| *node == target) else {
                continue;
            };
            let cycle: Vec<usize> = path[from..].iter().map(|(node, _)| *node).collect();
            let (changed, fewer) = match break_one(&cycle) {
                ControlFlow::Break(()) => return,
                ControlFlow::Continue(None) => continue,
                ControlFlow::Continue(Some(broken)) => broken,
            };
            needs[changed] = fewer;
            let place = from
                + cycle
                    .iter()
                    .position(|node| *node == changed)
                    .unwrap_or_default();
            path.drain(place + 1..)
                .for_each(|(node, _)| on_path[node] = false);
            path[place].1 = 0;
        }
    }
}
