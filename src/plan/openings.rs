//! Applications that end up open to everyone: authentik lets anybody pass where no enabled binding stands.

use std::collections::{BTreeMap, BTreeSet};

use super::Opening;
use super::matching::Matched;
use super::rails::Rails;
use super::step::{Action, Delta, Step};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::{Children, Items};
use crate::value::{Address, Part, Value};

/// Objects with bindings, of kinds whose whole purpose is access, that have no enabled one afterwards and had one
/// before or are new.
pub(super) fn openings(
    objects: &[Object],
    matched: &Matched,
    steps: &[Step],
    rails: &Rails,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Opening> {
    // What ends by itself guards nothing for long, so it does not count.
    let mut before: BTreeMap<&Address, usize> = BTreeMap::new();
    let mut after: BTreeMap<&Address, i64> = BTreeMap::new();
    for (address, (_, found)) in &matched.live {
        if let Some(target) = gate(address)
            && !found.ends
            && found.fields.get("enabled") != Some(&Value::Bool(false))
        {
            *before.entry(target).or_default() += 1;
            *after.entry(target).or_default() += 1;
        }
    }
    let mut gone: BTreeSet<&Address> = BTreeSet::new();
    let mut new: BTreeSet<&Address> = BTreeSet::new();
    for step in steps {
        match (step.action, gate(&step.address)) {
            (Action::Create, Some(target)) => {
                *after.entry(target).or_default() += i64::from(enabled(step) != Some(false))
            }
            (Action::Delete, Some(target)) => {
                let counted = step.expect.get("enabled") != Some(&Value::Bool(false));
                *after.entry(target).or_default() -= i64::from(counted);
            }
            (_, Some(target)) => match enabled(step) {
                Some(true) => *after.entry(target).or_default() += 1,
                Some(false) => *after.entry(target).or_default() -= 1,
                None => {}
            },
            (Action::Create, None) => drop(new.insert(&step.address)),
            (Action::Delete, None) => drop(gone.insert(&step.address)),
            _ => {}
        }
    }
    // The server takes the bindings of what is deleted along.
    let deleted: BTreeSet<&Address> =
        steps.iter().filter(|step| step.action == Action::Delete).map(|step| &step.address).collect();
    for (address, (_, found)) in &matched.live {
        let subject = |part: &Part| matches!(part, Part::At(subject) if deleted.contains(subject));
        if let Some(target) = gate(address)
            && !deleted.contains(address)
            && !found.ends
            && found.fields.get("enabled") != Some(&Value::Bool(false))
            && address.parts().iter().skip(1).any(subject)
        {
            *after.entry(target).or_default() -= 1;
        }
    }
    let declared: BTreeMap<&Address, &Object> = objects.iter().map(|object| (&object.address, object)).collect();
    let there = matched.live.keys().filter(|address| !declared.contains_key(address));
    let mut openings = Vec::new();
    for address in declared.keys().copied().chain(there).filter(|address| is_gated(address.family)) {
        let is_new = new.contains(address);
        let closed_before = before.get(address).is_some_and(|count| *count > 0);
        let open_after = after.get(address).is_none_or(|count| *count <= 0);
        if gone.contains(address) || !open_after || !(is_new || closed_before) {
            continue;
        }
        openings.push(Opening { address: address.clone(), new: is_new });
        let object = declared.get(address);
        // Of a new one it is a lint that says so.
        if is_new || object.is_some_and(|object| object.open) {
            continue;
        }
        let message = format!("{address} loses its last enabled binding: everyone may open it");
        let told = Diagnostic::error(Code::OPENS, message);
        let told = match object {
            Some(object) => told
                .at(object.span, "open to everyone, superusers or not")
                .help("bind a group, or say that it is meant with `lifecycle: {open: true, reason: …}`"),
            None => told
                .note("the server takes its bindings along with a group, user or policy that this plan deletes")
                .help("declare the application with other bindings, or keep what is bound to it"),
        };
        rails.refuse(told, diagnostics);
    }
    openings.sort_by(|a, b| a.address.cmp(&b.address));
    openings
}

/// The application that a binding guards.
fn gate(address: &Address) -> Option<&Address> {
    let Part::At(target) = address.parts().first()? else { return None };
    let binds = |children: &Children| matches!(children.items, Items::Subjects(_)) && children.kind == address.family;
    let guards = kinds::family(target.family).any(|kind| kind.guarded && kind.children.iter().any(binds));
    guards.then_some(target)
}

/// Families whose bindings say who may enter.
fn is_gated(family: &str) -> bool {
    kinds::family(family).any(|kind| kind.guarded)
}

/// What a step makes of `enabled`, if it says so.
fn enabled(step: &Step) -> Option<bool> {
    step.changes.iter().find(|change| change.field == "enabled").and_then(|change| match &change.delta {
        Delta::New(Value::Bool(flag)) | Delta::Value(_, Value::Bool(flag)) => Some(*flag),
        _ => None,
    })
}
