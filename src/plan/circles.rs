//! References that must not lead back to where they start (parents of groups): on the world as it will be, and on the
//! way there.
//!
//! Releases before 2025.12 refuse a circle even for a moment, later ones store it.

use std::collections::{BTreeMap, BTreeSet};

use super::matching::Matched;
use super::step::{Action, Delta, Step, Write};
use crate::desired::{Object, What};
use crate::diag::{Code, Diagnostic, Span};
use crate::schema::Kind;
use crate::value::{Address, Value};

/// From an object to what it refers to, with the place that says so if the files do.
type Edges = BTreeMap<Address, Vec<(Address, Option<Span>)>>;

/// How much of a circle is told.
const TOLD: usize = 10;

/// Refuses circles among declared objects, whatever a server has.
pub(super) fn declared(objects: &[Object]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    circles(objects, &Matched::default(), &mut diagnostics);
    diagnostics
}

/// Refuses circles that the files have a part in. What is odd on the server alone is not this plan's business.
pub(super) fn circles(objects: &[Object], matched: &Matched, diagnostics: &mut Vec<Diagnostic>) {
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
                    let there =
                        matched.live.get(&object.address).and_then(|(_, found)| found.fields.get(name)?.as_set());
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
    for (_, found) in matched.live.values() {
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
            let mut names: Vec<String> =
                circle.iter().filter_map(|address| address.name()).map(str::to_owned).collect();
            if names.len() > TOLD {
                let between = format!("({} more)", names.len() - TOLD);
                names.splice(TOLD - 1..names.len() - 1, [between]);
            }
            let mut diagnostic = Diagnostic::error(Code::PARENT_CIRCLE, format!("{from} is its own ancestor"))
                .note(format!("the circle is {}", names.join(" -> ")))
                .at(span, "part of the circle");
            for pair in circle.windows(2).skip(1).take(TOLD) {
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

/// Pairs of steps (later, earlier) without which there would be a circle for a while.
///
/// What adds a parent waits for whatever drops one among its ancestors to be: from then on every way up from it is one
/// of the world as it will be, which has no circle, and so do these pairs have none.
pub(super) fn turns(steps: &[Step], matched: &Matched) -> Vec<(usize, usize)> {
    let mut adds: Vec<(usize, &Address)> = Vec::new();
    let mut drops: BTreeMap<&Address, usize> = BTreeMap::new();
    for (i, step) in steps.iter().enumerate().filter(|(_, step)| step.action != Action::Create) {
        for change in step.changes.iter().filter(|change| acyclic(step.kind).any(|name| name == change.field)) {
            let (added, dropped) = match &change.delta {
                Delta::New(after) => (!after.is_empty(), false),
                Delta::Value(before, after) => (!after.is_empty(), !before.is_empty()),
                Delta::Items { added, removed, .. } => (!added.is_empty(), !removed.is_empty()),
                _ => continue,
            };
            if added {
                adds.push((i, &step.address));
            }
            if dropped {
                drops.insert(&step.address, i);
            }
        }
    }
    if adds.is_empty() || drops.is_empty() {
        return Vec::new();
    }
    let bodies: BTreeMap<&Address, _> = steps
        .iter()
        .filter_map(|step| match &step.write {
            Write::Create { body, .. } | Write::Update { body, .. } => Some((&step.address, body)),
            Write::Delete | Write::Nothing => None,
        })
        .collect();
    let mut edges = Edges::new();
    for (address, (_, found)) in &matched.live {
        for name in acyclic(found.kind) {
            let after = bodies.get(address).and_then(|body| body.get(name)).or_else(|| found.fields.get(name));
            after.into_iter().for_each(|value| put(&mut edges, address, value, None));
        }
    }
    for step in steps.iter().filter(|step| step.action == Action::Create) {
        let values = acyclic(step.kind).filter_map(|name| bodies.get(&step.address)?.get(name));
        values.for_each(|value| put(&mut edges, &step.address, value, None));
    }
    let mut pairs = Vec::new();
    for (later, address) in adds {
        let above = reach(address, None, &edges);
        let earlier = above.keys().filter_map(|address| drops.get(address)).filter(|earlier| **earlier != later);
        pairs.extend(earlier.map(|earlier| (later, *earlier)));
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
