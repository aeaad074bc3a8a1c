//! Creations that need each other: an optional reference waits for a second step, and circles of required ones are refused.
//!
//! Circles that the server must not have even for a moment are another matter: see `plan::circles`.

use std::collections::HashMap;

use crate::diag::{Code, Diagnostic};
use crate::plan::diff::second;
use crate::plan::order::uses;
use crate::plan::step::{Action, Reason, Step, Write};
use crate::schema::{Field, Shape};
use crate::value::{Address, Value};

/// Creations that need each other: an optional reference waits for a second step.
pub(super) fn break_circles(steps: &mut Vec<Step>, diagnostics: &mut Vec<Diagnostic>) {
    loop {
        let makes: HashMap<&Address, usize> = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.action == Action::Create)
            .map(|(i, step)| (&step.address, i))
            .collect();
        let needs: Vec<Vec<usize>> = steps
            .iter()
            .map(|step| match step.action {
                Action::Create => uses(step).iter().filter_map(|address| makes.get(address).copied()).collect(),
                _ => Vec::new(),
            })
            .collect();
        let Some(circle) = circle(&needs) else { return };
        let optional = circle.iter().enumerate().find_map(|(place, i)| {
            let target = steps[circle[(place + 1) % circle.len()]].address.clone();
            deferrable(&steps[*i], &target).map(|field| (*i, field))
        });
        let Some((i, field)) = optional else {
            let names: Vec<String> =
                circle.iter().chain(circle.first()).map(|i| steps[*i].address.to_string()).collect();
            let mut diagnostic = Diagnostic::error(
                Code::REFERENCE_CIRCLE,
                format!("{} objects need each other to exist first", circle.len()),
            )
            .note(format!("the circle is {}", names.join(" -> ")));
            for (n, i) in circle.iter().enumerate() {
                if let Some(span) = steps[*i].source {
                    diagnostic =
                        if n == 0 { diagnostic.at(span, "this one") } else { diagnostic.and(span, "and this one") };
                }
            }
            diagnostics.push(diagnostic.help("leave one of the references out, apply, and add it then"));
            return;
        };
        if let Write::Create { body, add } = &mut steps[i].write {
            let more = body.remove(field).map(|value| (field, value)).into_iter().collect();
            let items = add.remove(field).map(|items| (field, items)).into_iter().collect();
            let step = second(&steps[i], more, items, Reason::Deferred);
            steps.push(step);
        }
    }
}

/// The field of a creation that refers to `target` and may be set later.
fn deferrable(step: &Step, target: &Address) -> Option<&'static str> {
    let Write::Create { body, add } = &step.write else { return None };
    // What goes in after the creation may as well go in later.
    let after = add.iter().find(|(_, items)| items.iter().any(|item| names(item, target)));
    if let Some((name, _)) = after {
        return Some(name);
    }
    let may_wait = |field: &Field| !field.required && (field.nullable || matches!(field.shape, Shape::Set(_)));
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

/// One circle among needs, found depth first without recursion.
pub(super) fn circle(needs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; needs.len()];
    let mut on_path = vec![false; needs.len()];
    for start in 0..needs.len() {
        let mut path = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            if done[at] {
                path.pop();
                continue;
            }
            on_path[at] = true;
            match needs[at].get(*next) {
                None => {
                    done[at] = true;
                    on_path[at] = false;
                    path.pop();
                }
                Some(target) => {
                    *next += 1;
                    if on_path[*target] {
                        let from = path.iter().position(|(i, _)| i == target)?;
                        return Some(path[from..].iter().map(|(i, _)| *i).collect());
                    }
                    path.push((*target, 0));
                }
            }
        }
    }
    None
}
