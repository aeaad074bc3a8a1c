//! References that must not lead back to where they start (parents of groups): on the world as it will be, and on the
//! way there.
//!
//! Releases before 2025.12 refuse a circle even for a moment, later ones store it.

use std::collections::{BTreeMap, BTreeSet};

use super::step::{Action, Delta, Step, Write};
use crate::desired::{Object, What};
use crate::diag::{Code, Diagnostic, Span};
use crate::live::Live;
use crate::schema::Kind;
use crate::value::{Address, Value};

/// From an object to what it refers to, with the place that says so if the files do.
type Edges = BTreeMap<Address, Vec<(Address, Option<Span>)>>;

/// Refuses circles that the files have a part in. What is odd on the server alone is not this plan's business.
pub(super) fn circles(objects: &[Object], live: &Live, diagnostics: &mut Vec<Diagnostic>) {
    let mut edges = Edges::new();
    let mut managed: BTreeSet<(&Address, &str)> = BTreeSet::new();
    for object in objects {
        for name in acyclic(object.kind) {
            let Some(want) = object.fields.get(name) else { continue };
            managed.insert((&object.address, name));
            match &want.what {
                What::Is(value) => put(&mut edges, &object.address, value, Some(want.span)),
                What::Some { include, exclude } => {
                    put(&mut edges, &object.address, &Value::Set(include.clone()), Some(want.span));
                    let there = live.get(&object.address).and_then(|found| found.fields.get(name)?.as_set());
                    let stays = there.into_iter().flatten().filter(|item| !exclude.contains(item)).cloned();
                    put(&mut edges, &object.address, &Value::Set(stays.collect()), None);
                }
                What::Keys(_) => {}
            }
        }
    }
    if managed.is_empty() {
        return;
    }
    for found in live.objects.values() {
        for name in acyclic(found.kind).filter(|name| !managed.contains(&(&found.address, name))) {
            if let Some(value) = found.fields.get(name) {
                put(&mut edges, &found.address, value, None);
            }
        }
    }
    peel(&mut edges);
    let mut told: BTreeSet<Address> = BTreeSet::new();
    for (from, targets) in &edges {
        for (to, span) in targets {
            let Some(span) = span.filter(|_| !told.contains(from)) else { continue };
            let Some(back) = path(to, from, &edges) else { continue };
            let circle: Vec<&Address> = std::iter::once(from).chain(back).collect();
            let names: Vec<&str> = circle.iter().filter_map(|address| address.name()).collect();
            let mut diagnostic = Diagnostic::error(Code::PARENT_CIRCLE, format!("{from} is its own ancestor"))
                .note(format!("the circle is {}", names.join(" -> ")))
                .at(span, "part of the circle");
            for pair in circle.windows(2).skip(1) {
                let place = edges.get(pair[0]).into_iter().flatten().find(|(to, _)| to == pair[1]);
                if let Some(span) = place.and_then(|(_, span)| *span) {
                    diagnostic = diagnostic.and(span, "and this");
                }
            }
            diagnostics.push(diagnostic);
            told.extend(circle.into_iter().cloned());
        }
    }
}

/// Pairs of steps (later, earlier) without which there would be a circle for a while: what closes a path waits for
/// what breaks it.
pub(super) fn turns(steps: &[Step], live: &Live) -> Vec<(usize, usize)> {
    let mut adds: Vec<(usize, &Address)> = Vec::new();
    let mut breaks: Vec<(usize, &Address)> = Vec::new();
    for (i, step) in steps.iter().enumerate().filter(|(_, step)| step.action != Action::Create) {
        for change in step.changes.iter().filter(|change| acyclic(step.kind).any(|name| name == change.field)) {
            match &change.delta {
                Delta::New(after) => after.refs(&mut |address| adds.push((i, address))),
                Delta::Value(before, after) => {
                    before.refs(&mut |address| breaks.push((i, address)));
                    after.refs(&mut |address| adds.push((i, address)));
                }
                Delta::Items { added, removed, .. } => {
                    added.iter().for_each(|item| item.refs(&mut |address| adds.push((i, address))));
                    removed.iter().for_each(|item| item.refs(&mut |address| breaks.push((i, address))));
                }
                _ => {}
            }
        }
    }
    if adds.is_empty() || breaks.is_empty() {
        return Vec::new();
    }
    let mut edges = Edges::new();
    for found in live.objects.values() {
        let values = acyclic(found.kind).filter_map(|name| found.fields.get(name));
        values.for_each(|value| put(&mut edges, &found.address, value, None));
    }
    for step in steps {
        if let Write::Create { body, .. } = &step.write {
            let values = acyclic(step.kind).filter_map(|name| body.get(name));
            values.for_each(|value| put(&mut edges, &step.address, value, None));
        }
    }
    let mut pairs = Vec::new();
    for (later, target) in adds {
        let above = reach(target, None, &edges);
        for (earlier, broken) in breaks.iter().filter(|(earlier, _)| *earlier != later) {
            let (closing, breaking) = (&steps[later].address, &steps[*earlier].address);
            if above.contains_key(breaking) && path(broken, closing, &edges).is_some() {
                pairs.push((later, *earlier));
            }
        }
    }
    pairs
}

fn acyclic(kind: &'static Kind) -> impl Iterator<Item = &'static str> {
    kind.fields.iter().filter(|field| field.acyclic).map(|field| field.name)
}

fn put(edges: &mut Edges, from: &Address, value: &Value, span: Option<Span>) {
    let to = edges.entry(from.clone()).or_default();
    value.refs(&mut |address| to.push((address.clone(), span)));
}

/// Takes away what leads nowhere, again and again; what is left leads into circles.
fn peel(edges: &mut Edges) {
    loop {
        let before = edges.len();
        let alive: BTreeSet<Address> = edges.keys().cloned().collect();
        edges.values_mut().for_each(|targets| targets.retain(|(to, _)| alive.contains(to)));
        edges.retain(|_, targets| !targets.is_empty());
        if edges.len() == before {
            return;
        }
    }
}

/// Everything that one object leads to, itself included, each with the one before it on a shortest way; no further
/// than `to`.
fn reach<'a>(from: &'a Address, to: Option<&Address>, edges: &'a Edges) -> BTreeMap<&'a Address, Option<&'a Address>> {
    let mut came: BTreeMap<&Address, Option<&Address>> = BTreeMap::from([(from, None)]);
    let mut open = vec![from];
    while !open.is_empty() && to.is_none_or(|to| !came.contains_key(to)) {
        let mut next = Vec::new();
        for at in open {
            for (target, _) in edges.get(at).into_iter().flatten() {
                if !came.contains_key(target) {
                    came.insert(target, Some(at));
                    next.push(target);
                }
            }
        }
        open = next;
    }
    came
}

/// A shortest way from one object to another, both included.
fn path<'a>(from: &'a Address, to: &Address, edges: &'a Edges) -> Option<Vec<&'a Address>> {
    let came = reach(from, Some(to), edges);
    let (mut at, _) = came.get_key_value(to)?;
    let mut way = vec![*at];
    while let Some(Some(before)) = came.get(*at) {
        way.push(before);
        at = before;
    }
    way.reverse();
    Some(way)
}
