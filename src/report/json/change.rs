//! One step of a plan as JSON.
//!
//! Must never hold a secret, and never a value of which the plan knows only a part as if it were the whole.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Raw, json};

use super::diagnostic;
use crate::compare::{veiled, veiled_value};
use crate::diag::Sources;
use crate::kinds;
use crate::live::Fate;
use crate::plan::{Action, Change, Delta, Outcome, Plan, Reason, Status, Step, Victim, Write};
use crate::report::{changes, data, outcome, values, words};
use crate::schema::{Class, Field, Items, Kind};
use crate::value::{Address, Part, Value, digest, fingerprint};

/// Every step, in the plan's order; `c1` is the first.
pub(in crate::report) fn changes(
    plan: &Plan,
    outcome: Option<&Outcome>,
    sources: &Sources,
) -> Vec<Raw> {
    let openings: BTreeSet<&Address> = plan
        .openings
        .iter()
        .map(|opening| &opening.address)
        .collect();
    let one = |(index, step)| change(plan, index, step, outcome, sources, &openings);
    plan.steps.iter().enumerate().map(one).collect()
}

/// How a step is called within its document.
pub(in crate::report) fn id(index: usize) -> String {
    format!("c{}", index + 1)
}

fn change(
    plan: &Plan,
    index: usize,
    step: &Step,
    outcome: Option<&Outcome>,
    sources: &Sources,
    openings: &BTreeSet<&Address>,
) -> Raw {
    let previous = match &step.reason {
        Some(Reason::Renamed(from)) => Some(from.path()),
        _ => None,
    };
    let source = step.source.and_then(|span| sources.place(span));
    let unknown: Map<String, Raw> = changes::later(plan, step)
        .map(|field| (field.name.to_owned(), json!(true)))
        .collect();
    let Sides {
        before,
        after,
        sensitive,
    } = sides(step);
    let fields: Vec<Raw> = match step.action {
        Action::Update | Action::Rename => step
            .changes
            .iter()
            .flat_map(|change| differences(step, change))
            .collect(),
        Action::Create | Action::Delete | Action::Adopt | Action::Forget => Vec::new(),
    };
    json!({
        "id": id(index),
        "address": step.address.path(),
        "kind": step.kind.name,
        "natural_key": data::key(step.kind, &step.address),
        "live_id": step.id,
        "previous_address": previous,
        "actions": [action(step.action)],
        "reason": step.reason.as_ref().map(words::code),
        "second": step.second,
        "adopts": step.adopts,
        "source": source.map(|place| json!({ "file": place.file, "line": place.line, "column": place.column })),
        "before": before,
        "after": after,
        "after_unknown": unknown,
        "preselected": step.preselected,
        "sensitive": sensitive,
        "changed_fields": fields,
        "depends_on": step.needs.iter().map(|index| id(*index)).collect::<Vec<_>>(),
        "risk": risks(plan, step, openings),
        "used_by": used_by(plan, step),
        "precondition": precondition(step),
        "outcome": outcome.map(|outcome| became(outcome::status(outcome, index), sources)),
    })
}

/// What is to be looked at twice, in words that stay.
fn risks(plan: &Plan, step: &Step, openings: &BTreeSet<&Address>) -> Vec<&'static str> {
    let takes = plan
        .victims
        .get(&step.address)
        .into_iter()
        .flatten()
        .any(|it| it.fate == Fate::Deleted && !it.part);
    let found = [
        ("deletes", step.action == Action::Delete),
        ("takes_along", step.action == Action::Delete && takes),
        ("opens", opens(step, openings)),
    ];
    found
        .into_iter()
        .filter(|(_, is)| *is)
        .map(|(word, _)| word)
        .collect()
}

/// A fingerprint of what the object must look like just before the write. Never of a secret, nor of free data, which may
/// hold one.
fn precondition(step: &Step) -> Option<String> {
    step.id.as_ref()?;
    let concealed = |name: &str| {
        step.changes
            .iter()
            .any(|change| change.field == name && change.class != Class::Plain)
    };
    let plain = |name: &str| {
        step.kind
            .field(name)
            .is_none_or(|field| field.class == Class::Plain)
            && !concealed(name)
    };
    let known = step
        .expect
        .iter()
        .filter(|(name, value)| plain(name) && !matches!(value, Value::Json(_)));
    let prints: Vec<String> = known
        .filter_map(|(name, value)| Some(format!("{name} {}", fingerprint(value)?)))
        .collect();
    Some(format!(
        "sha256:{}",
        digest(&format!("{} {}", step.address.path(), prints.join("\n")))
    ))
}

/// What the server takes along with an object that goes, and what it clears.
fn used_by(plan: &Plan, step: &Step) -> Vec<Raw> {
    let victims = plan.victims.get(&step.address).into_iter().flatten();
    let fate = |fate| match fate {
        Fate::Deleted => "deleted",
        Fate::Cleared => "cleared",
    };
    let one = |it: &Victim| json!({ "name": it.name, "kind": it.kind, "fate": fate(it.fate), "part": it.part });
    victims.map(one).collect()
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update | Action::Rename => "update",
        Action::Delete => "delete",
        Action::Adopt => "no-op",
        Action::Forget => "forget",
    }
}

fn became(status: &Status, sources: &Sources) -> Raw {
    let (word, by, why) = match status {
        Status::Done => ("done", None, None),
        Status::Failed(why) => ("failed", None, Some(why)),
        Status::Moved(why) => ("moved", None, Some(why)),
        Status::Blocked(by) => ("blocked", Some(id(*by)), None),
        Status::Stopped => ("stopped", None, None),
    };
    json!({ "status": word, "blocked_by": by, "diagnostic": why.map(|why| diagnostic(why, sources)) })
}

/// Whether a step has a part in opening an application: it makes it, or takes away what bound it.
fn opens(step: &Step, openings: &BTreeSet<&Address>) -> bool {
    if openings.contains(&step.address) {
        return true;
    }
    let Some(Part::At(owner)) = step.address.parts().first() else {
        return false;
    };
    let binds = |family| {
        kinds::family(family)
            .flat_map(|kind| kind.children)
            .any(|children| {
                children.kind == step.kind.name && matches!(children.items, Items::Subjects(_))
            })
    };
    step.action != Action::Create && openings.contains(owner) && binds(owner.family)
}

/// A key of free data before and after.
type Both = (Option<Raw>, Option<Raw>);

/// What is known of the object before and after; `null` where there is none.
struct Sides {
    before: Raw,
    after: Raw,
    sensitive: Vec<Raw>,
}

fn sides(step: &Step) -> Sides {
    let (mut before, mut after) = (Map::new(), Map::new());
    let concealed = step
        .changes
        .iter()
        .filter(|change| change.class != Class::Plain);
    let mut sensitive: Vec<Raw> = concealed.map(|change| json!([change.field])).collect();
    let mut put = |side: &mut Map<String, Raw>, name: &str, class: Class, value: &Value| {
        data::withheld(name, class, value, &mut sensitive);
        let value = veiled_value(value.clone());
        side.insert(
            name.to_owned(),
            data::field(step.kind.field(name), class, &value),
        );
    };
    let class = |name: &str| {
        step.kind
            .field(name)
            .map_or(Class::Plain, |field| field.class)
    };
    match &step.write {
        Write::Create { body, .. } => body
            .iter()
            .for_each(|(name, value)| put(&mut after, name, class(name), value)),
        Write::Delete => step
            .expect
            .iter()
            .for_each(|(name, value)| put(&mut before, name, class(name), value)),
        Write::Update { .. } | Write::Nothing => {}
    }
    for change in &step.changes {
        let Change {
            field,
            class,
            delta,
        } = change;
        match &veiled(delta) {
            Delta::New(value) => put(&mut after, field, *class, value),
            Delta::Value(old, new) => {
                put(&mut before, field, *class, old);
                put(&mut after, field, *class, new);
            }
            Delta::Items {
                added,
                removed,
                counts,
            } => {
                let known = step.expect.get(field).and_then(Value::as_set).cloned();
                let known = known.or_else(|| (removed.len() == counts.0).then(|| removed.clone()));
                if let Some(old) = known.filter(|items| items.len() == counts.0) {
                    let new = old.difference(removed).chain(added).cloned().collect();
                    put(&mut before, field, *class, &Value::Set(old));
                    put(&mut after, field, *class, &Value::Set(new));
                }
            }
            Delta::Keys(keys) if *class == Class::Plain => {
                let side = |pick: fn(&Both) -> Option<&Raw>| {
                    let known = keys
                        .iter()
                        .filter_map(|(key, both)| Some((key.clone(), values::sorted(pick(both)?))));
                    Raw::Object(known.collect())
                };
                before.insert((*field).to_owned(), side(|both| both.0.as_ref()));
                after.insert((*field).to_owned(), side(|both| both.1.as_ref()));
            }
            Delta::Keys(_) | Delta::Written => {}
        }
    }
    let (before, after) = (Raw::Object(before), Raw::Object(after));
    match step.action {
        Action::Create => Sides {
            before: Raw::Null,
            after,
            sensitive,
        },
        Action::Delete => Sides {
            before,
            after: Raw::Null,
            sensitive,
        },
        Action::Update | Action::Rename | Action::Adopt | Action::Forget => Sides {
            before,
            after,
            sensitive,
        },
    }
}

/// What differs in one field: one entry for a value, one for each item of a set and each key of free data.
fn differences(step: &Step, change: &Change) -> Vec<Raw> {
    let name = change.field;
    match change.class {
        Class::WriteOnly if !changes::sent(step, name) => Vec::new(),
        Class::WriteOnly => vec![write_only(name, &change.delta)],
        Class::Secret if change.delta == Delta::Written => vec![write_only(name, &change.delta)],
        Class::Secret => vec![json!({ "path": [name], "op": "set", "sensitive": true })],
        Class::Plain => plain(step.kind, name, &change.delta),
    }
}

/// The same for a field that everybody may see.
pub(super) fn plain(kind: &Kind, name: &str, delta: &Delta) -> Vec<Raw> {
    let field = kind.field(name);
    let delta = &veiled(delta);
    let show = |value: &Value| data::raw(value, field.map(|field| &field.shape));
    match delta {
        Delta::New(value) => vec![json!({ "path": [name], "op": "set", "new": show(value) })],
        Delta::Value(Value::Set(old), Value::Set(new)) => {
            items(name, field, new.difference(old), old.difference(new))
        }
        Delta::Value(Value::Json(old), Value::Json(new))
            if old.0.is_object() && new.0.is_object() =>
        {
            let mut both: BTreeMap<&str, (Option<&Raw>, Option<&Raw>)> = BTreeMap::new();
            old.0
                .as_object()
                .into_iter()
                .flatten()
                .for_each(|(key, raw)| both.entry(key).or_default().0 = Some(raw));
            new.0
                .as_object()
                .into_iter()
                .flatten()
                .for_each(|(key, raw)| both.entry(key).or_default().1 = Some(raw));
            both.into_iter()
                .filter(|(_, (old, new))| old != new)
                .map(|(key, both)| entry(name, key, both))
                .collect()
        }
        Delta::Value(old, new) => {
            vec![json!({ "path": [name], "op": "set", "old": show(old), "new": show(new) })]
        }
        Delta::Items { added, removed, .. } => items(name, field, added.iter(), removed.iter()),
        Delta::Keys(keys) => keys
            .iter()
            .map(|(key, (old, new))| entry(name, key, (old.as_ref(), new.as_ref())))
            .collect(),
        Delta::Written => {
            vec![json!({ "path": [name], "op": "set", "sensitive": true, "write_only": true })]
        }
    }
}

/// A field that is sent and never given back; what is known by its fingerprint says that.
fn write_only(name: &str, delta: &Delta) -> Raw {
    let mut entry = json!({ "path": [name], "op": "set", "sensitive": true, "write_only": true });
    if let Delta::New(Value::Digest(new)) | Delta::Value(_, Value::Digest(new)) = delta {
        entry["new_fingerprint"] = json!(&**new);
    }
    if let Delta::Value(Value::Digest(old), _) = delta {
        entry["old_fingerprint"] = json!(&**old);
    }
    entry
}

fn items<'a>(
    name: &str,
    field: Option<&Field>,
    added: impl Iterator<Item = &'a Value>,
    removed: impl Iterator<Item = &'a Value>,
) -> Vec<Raw> {
    let shape = values::item(field.map(|field| &field.shape));
    let added = added
        .map(|value| json!({ "path": [name], "op": "set_add", "new": data::raw(value, shape) }));
    let removed = removed
        .map(|value| json!({ "path": [name], "op": "set_remove", "old": data::raw(value, shape) }));
    added.chain(removed).collect()
}

fn entry(name: &str, key: &str, (old, new): (Option<&Raw>, Option<&Raw>)) -> Raw {
    let old = old.map(values::sorted);
    match new.map(values::sorted) {
        Some(new) => json!({ "path": [name, key], "op": "set", "old": old, "new": new }),
        None => json!({ "path": [name, key], "op": "remove", "old": old }),
    }
}
