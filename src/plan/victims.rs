//! What the server deletes along with what a plan deletes: everything cascades in authentik, and nothing protects.
//!
//! Two sources: what the server itself says of each object that goes (`used_by`, one hop), and what the table knows of
//! references that pull the other way. Whoever is neither a part of what goes nor meant to go refuses the plan.

use std::collections::{BTreeMap, BTreeSet};

use super::matching::Matched;
use super::rails::Rails;
use super::scope::Left;
use super::step::{Action, Delta, Step};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::live::{Fate, Found, Live, User};
use crate::schema::{Find, Kind};
use crate::value::{Address, Value};

/// Something that refers to what is deleted, and what becomes of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Victim {
    /// Which, as far as it is known by name: `provider "wiki"`, or in the server's words.
    pub name: String,
    /// Its kind, if the table has it.
    pub kind: Option<&'static str>,
    /// What becomes of it.
    pub fate: Fate,
    /// It is a part of what goes: its binding, its entitlement.
    pub part: bool,
}

/// What goes along with each deleted object. Refuses plans that delete what nobody wants to go.
pub(super) fn victims(
    objects: &[Object],
    live: &Live,
    matched: &Matched,
    (steps, left): (&[Step], &[Left]),
    rails: &Rails,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<Address, Vec<Victim>> {
    let going: BTreeSet<&Address> =
        steps.iter().filter(|step| step.action == Action::Delete).map(|step| &step.address).collect();
    let mut all = BTreeMap::new();
    for step in steps.iter().filter(|step| step.action == Action::Delete) {
        let before = matched.live.get(&step.address).map_or(&step.address, |(before, _)| before);
        let mut victims = Vec::new();
        let said = live.users.get(before).into_iter().flatten().map(|user| (user, meant(user, live, matched)));
        let own = along(step).into_iter().chain(joined(step, matched)).map(|(user, address)| (user, Some(address)));
        let said: Vec<_> = said.map(|(user, address)| (user.clone(), address)).collect();
        let known: BTreeSet<Address> = said.iter().filter_map(|(_, address)| address.clone()).collect();
        let own = own.filter(|(_, address)| address.as_ref().is_none_or(|address| !known.contains(address)));
        for (user, address) in said.into_iter().chain(own) {
            let kind = kinds::by_any_model(&user.model).or_else(|| kinds::family(address.as_ref()?.family).next());
            let part = kind.is_some_and(|kind| step.kind.children.iter().any(|child| child.kind == kind.name));
            let safe = address.as_ref().is_some_and(|address| {
                going.contains(address)
                    || (!part && (super::ownership::within(address, &going) || lets_go(steps, address, step)))
            });
            if safe {
                continue;
            }
            let name = address.as_ref().map_or_else(|| in_words(kind, &user), Address::to_string);
            let refused = user.fate == Fate::Deleted && !part && kind.is_some();
            if refused && !address.as_ref().is_some_and(|address| kinds::is_builtin(address, &BTreeMap::new())) {
                let out =
                    left.iter().any(|left| left.action == Action::Delete && address.as_ref() == Some(&left.address));
                refuse(step, &name, (address.as_ref(), out), objects, rails, diagnostics);
            }
            victims.push(Victim { name, kind: kind.map(|kind| kind.name), fate: user.fate, part });
        }
        victims.sort();
        victims.dedup();
        if !victims.is_empty() {
            all.insert(step.address.clone(), victims);
        }
    }
    all
}

/// The address that what refers will have, if it has been read.
fn meant(user: &User, live: &Live, matched: &Matched) -> Option<Address> {
    let kind = kinds::by_any_model(&user.model)?;
    live.named(&[kind.family], &user.pk).map(|before| matched.now(&before))
}

/// What the object's own fields name and the server takes along (`taken_along` in the table).
fn along(step: &Step) -> Vec<(User, Address)> {
    let mut along = Vec::new();
    for field in step.kind.fields.iter().filter(|field| field.taken_along) {
        let Some(value) = step.expect.get(field.name) else { continue };
        value.refs(&mut |address| {
            let user = User { model: String::new(), pk: String::new(), name: address.to_string(), fate: Fate::Deleted };
            along.push((user, address.clone()));
        });
    }
    along
}

/// What joins the object to others and goes with either: the server does not name the bindings of a policy.
fn joined(step: &Step, matched: &Matched) -> Vec<(User, Address)> {
    let joins = |found: &Found| {
        let Find::Owner { field: owner, many: true, .. } = found.kind.find else { return false };
        let mut others = found.kind.key_fields().filter(|name| *name != owner);
        others.any(|name| matches!(found.fields.get(name), Some(Value::Ref(address)) if *address == step.address))
    };
    let found = matched.live.iter().filter(|(_, (_, found))| joins(found));
    let user = |found: &Found| User {
        model: found.kind.model.to_owned(),
        pk: found.id.clone(),
        name: found.address.to_string(),
        fate: Fate::Deleted,
    };
    found.map(|(address, (_, found))| (user(found), address.clone())).collect()
}

/// Whether a step makes an object stop referring to what goes, before it goes.
fn lets_go(steps: &[Step], address: &Address, gone: &Step) -> bool {
    let refers = |value: &Value| {
        let mut refers = false;
        value.refs(&mut |used| refers |= *used == gone.address);
        refers
    };
    steps.iter().filter(|step| step.address == *address).flat_map(|step| &step.changes).any(|change| {
        match &change.delta {
            Delta::Value(before, after) => refers(before) && !refers(after),
            Delta::Items { removed, .. } => removed.iter().any(refers),
            _ => false,
        }
    })
}

/// What has not been read, in the server's words; ids among them say nothing to people.
fn in_words(kind: Option<&'static Kind>, user: &User) -> String {
    let what = kind.map_or(user.model.as_str(), |kind| kind.family);
    match kind {
        _ if user.name.is_empty() || user.name.contains(&user.pk) => format!("a {}", what.replace('_', " ")),
        Some(kind) => format!("{} {:?}", kind.family, user.name),
        None => format!("{} {:?}", user.model, user.name),
    }
}

fn refuse(
    step: &Step,
    name: &str,
    (address, left_out): (Option<&Address>, bool),
    objects: &[Object],
    rails: &Rails,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let message = format!("authentik deletes {name} along with {}", step.address);
    let mut told = Diagnostic::error(Code::VICTIM, message);
    let declared = address.and_then(|address| objects.iter().find(|object| object.address == *address));
    if let Some(span) = step.source {
        told = told.at(span, "shall not exist, says this");
    }
    told = match declared {
        Some(object) if step.source.is_some() => told.and(object.span, "declared here, so it shall stay"),
        Some(object) => told.at(object.span, "declared here, so it shall stay"),
        None if left_out => {
            told = told.note("it would be deleted as well, but --target or --exclude leaves that out");
            return rails.refuse(told.help("leave out both or none of the two"), diagnostics);
        }
        None => told.note("nothing in the files wants that to go"),
    };
    let help = format!("make it refer to something else in an apply of its own, or delete {name} in the files as well");
    rails.refuse(told.help(help), diagnostics);
}
