//! One step of a plan as JSON.
//!
//! Must never hold a secret, and never show a partly known value as if it were the whole.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{diagnostic, place};
use crate::compare::{veiled, veiled_value};
use crate::diag::Sources;
use crate::kinds;
use crate::live::Fate;
use crate::plan::{self, Action, Delta, Dependent, Outcome, Plan, Status, Step, Write};
use crate::report::data::{self, Shaped};
use crate::report::{changes, outcome, values};
use crate::schema::{Class, Field, Items, Kind};
use crate::value::{Address, Part, Value, digest, fingerprint};
use crate::wire::change::{
    self as wire, Change, ChangedField, Fields, Operation, Path, PathPart, Reason, Risk, UsedBy,
};
use crate::wire::{Fingerprint, Masked};

/// Every step, in the plan's order; `c1` is the first.
pub(in crate::report) fn changes(
    plan: &Plan,
    outcome: Option<&Outcome>,
    sources: &Sources,
) -> Vec<Change> {
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
) -> Change {
    let previous = match &step.reason {
        Some(plan::Reason::Renamed(from)) => Some(from.path()),
        _ => None,
    };
    let Sides {
        before,
        after,
        sensitive,
    } = sides(step);
    let fields: Vec<ChangedField> = match step.action {
        Action::Update | Action::Rename => step
            .changes
            .iter()
            .flat_map(|change| differences(step, change))
            .collect(),
        Action::Create | Action::Delete | Action::Adopt | Action::Forget => Vec::new(),
    };
    Change {
        id: id(index),
        address: step.address.path(),
        kind: step.kind.name.to_owned(),
        natural_key: data::key(step.kind, &step.address),
        live_id: step.id.clone(),
        previous_address: previous,
        actions: [action(step.action)],
        reason: step.reason.as_ref().map(reason),
        second: step.second,
        adopts: step.adopts,
        source: place(step.source, sources),
        before,
        after,
        after_unknown: changes::later(plan, step)
            .map(|field| (field.name.to_owned(), true))
            .collect(),
        preselected: step.preselected.iter().map(ToString::to_string).collect(),
        sensitive,
        changed_fields: fields,
        depends_on: step.needs.iter().map(|index| id(*index)).collect(),
        risk: risks(plan, step, openings),
        used_by: used_by(plan, step),
        precondition: precondition(step),
        outcome: outcome.map(|outcome| became(outcome::status(outcome, index), sources)),
    }
}

/// Why a step is in the plan.
fn reason(reason: &plan::Reason) -> Reason {
    match reason {
        plan::Reason::Absent => Reason::DeleteBecauseAbsent,
        plan::Reason::NotInList => Reason::DeleteBecauseNotInList,
        plan::Reason::Excluded => Reason::DeleteBecauseExcluded,
        plan::Reason::NotDeclared => Reason::DeleteBecauseNotInConfig,
        plan::Reason::LetGo => Reason::ForgetBecauseNotInConfig,
        plan::Reason::ListNotManaged => Reason::ForgetBecauseListNotInConfig,
        plan::Reason::OwnerLetGo => Reason::ForgetBecauseOwnerNotInConfig,
        plan::Reason::MadeByServer => Reason::ForgetBecauseBuiltIn,
        plan::Reason::OtherName => Reason::ForgetBecauseRenamedOnServer,
        plan::Reason::Protected => Reason::UpdateBecauseProtected,
        plan::Reason::Unprotected => Reason::UpdateBecauseUnprotected,
        plan::Reason::Renamed(_) => Reason::RenameBecausePreviously,
        plan::Reason::Replaced(_) => Reason::DeleteBecauseReplaced,
        plan::Reason::Deferred => Reason::UpdateBecauseDeferred,
        plan::Reason::HandedOver => Reason::UpdateBecauseHandedOver,
        plan::Reason::Late => Reason::UpdateBecauseLate,
        plan::Reason::PutBack => Reason::PutBackByRollback,
    }
}

/// The risks of a step, in stable words.
fn risks(plan: &Plan, step: &Step, openings: &BTreeSet<&Address>) -> Vec<Risk> {
    let takes = plan
        .dependents
        .get(&step.address)
        .into_iter()
        .flatten()
        .any(|it| it.fate == Fate::Deleted && !it.part);
    let found = [
        (Risk::Deletes, step.action == Action::Delete),
        (Risk::TakesAlong, step.action == Action::Delete && takes),
        (Risk::Opens, opens(step, openings)),
    ];
    found
        .into_iter()
        .filter(|(_, is)| *is)
        .map(|(risk, _)| risk)
        .collect()
}

/// A fingerprint of what the object must look like just before the write. Never of a secret, nor of free data, which may
/// hold one.
fn precondition(step: &Step) -> Option<Fingerprint> {
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
    let digest = digest(&format!("{} {}", step.address.path(), prints.join("\n")));
    Some(Fingerprint(format!("sha256:{digest}")))
}

/// The dependents that the server deletes along with a deleted object, and those that it clears.
fn used_by(plan: &Plan, step: &Step) -> Vec<UsedBy> {
    let dependents = plan.dependents.get(&step.address).into_iter().flatten();
    let one = |it: &Dependent| UsedBy {
        name: it.name.clone(),
        kind: it.kind.map(str::to_owned),
        fate: it.fate.into(),
        part: it.part,
    };
    dependents.map(one).collect()
}

fn action(action: Action) -> wire::Action {
    match action {
        Action::Create => wire::Action::Create,
        Action::Update | Action::Rename => wire::Action::Update,
        Action::Delete => wire::Action::Delete,
        Action::Adopt => wire::Action::NoOp,
        Action::Forget => wire::Action::Forget,
    }
}

fn became(status: &Status, sources: &Sources) -> wire::Outcome {
    let (status, blocked_by, why) = match status {
        Status::Done => (wire::Status::Done, None, None),
        Status::Failed(why) => (wire::Status::Failed, None, Some(why)),
        Status::Moved(why) => (wire::Status::Moved, None, Some(why)),
        Status::Blocked(by) => (wire::Status::Blocked, Some(id(*by)), None),
        Status::Stopped => (wire::Status::Stopped, None, None),
    };
    wire::Outcome {
        status,
        blocked_by,
        diagnostic: why.map(|why| diagnostic(why, sources)),
    }
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
type Both = (Option<Json>, Option<Json>);

/// The object before and after, as far as it is known.
struct Sides {
    before: Option<Fields>,
    after: Option<Fields>,
    sensitive: Vec<Path>,
}

fn sides(step: &Step) -> Sides {
    let (mut before, mut after) = (Fields::new(), Fields::new());
    let concealed = step
        .changes
        .iter()
        .filter(|change| change.class != Class::Plain);
    let mut sensitive: Vec<Path> = concealed.map(|change| path(&[change.field])).collect();
    let mut put = |side: &mut Fields, name: &str, class: Class, value: &Value| {
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
        let plan::Change {
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
                let side = |pick: fn(&Both) -> Option<&Json>| {
                    Masked::keys(
                        keys.iter()
                            .filter_map(|(key, both)| Some((key, pick(both)?))),
                    )
                };
                before.insert((*field).to_owned(), side(|both| both.0.as_ref()));
                after.insert((*field).to_owned(), side(|both| both.1.as_ref()));
            }
            Delta::Keys(_) | Delta::Written => {}
        }
    }
    Sides {
        before: (step.action != Action::Create).then_some(before),
        after: (step.action != Action::Delete).then_some(after),
        sensitive,
    }
}

/// What differs in one field: one entry for a value, one for each item of a set and each key of free data.
fn differences(step: &Step, change: &plan::Change) -> Vec<ChangedField> {
    let name = change.field;
    match change.class {
        Class::WriteOnly if !changes::sent(step, name) => Vec::new(),
        Class::WriteOnly => vec![write_only(name, &change.delta)],
        Class::Secret if change.delta == Delta::Written => vec![write_only(name, &change.delta)],
        Class::Secret => vec![sensitive(name)],
        Class::Plain => plain(step.kind, name, &change.delta),
    }
}

/// A field whose values are withheld.
pub(super) fn sensitive(name: &str) -> ChangedField {
    ChangedField {
        sensitive: true,
        ..ChangedField::new(path(&[name]), Operation::Set)
    }
}

/// What differs in a field that everybody may see.
pub(super) fn plain(kind: &Kind, name: &str, delta: &Delta) -> Vec<ChangedField> {
    let field = kind.field(name);
    let delta = &veiled(delta);
    let spelling = Shaped(field.map(|field| &field.shape));
    let show = |value: &Value| Some(Masked::shown(value, true, spelling));
    let set = || ChangedField::new(path(&[name]), Operation::Set);
    match delta {
        Delta::New(value) => vec![ChangedField {
            new: show(value),
            ..set()
        }],
        Delta::Value(Value::Set(old), Value::Set(new)) => {
            items(name, field, new.difference(old), old.difference(new))
        }
        Delta::Value(Value::Json(old), Value::Json(new))
            if old.0.is_object() && new.0.is_object() =>
        {
            let mut both: BTreeMap<&str, (Option<&Json>, Option<&Json>)> = BTreeMap::new();
            for (key, data) in old.0.as_object().into_iter().flatten() {
                both.entry(key).or_default().0 = Some(data);
            }
            for (key, data) in new.0.as_object().into_iter().flatten() {
                both.entry(key).or_default().1 = Some(data);
            }
            both.into_iter()
                .filter(|(_, (old, new))| old != new)
                .map(|(key, both)| entry(name, key, both))
                .collect()
        }
        Delta::Value(old, new) => vec![ChangedField {
            old: show(old),
            new: show(new),
            ..set()
        }],
        Delta::Items { added, removed, .. } => items(name, field, added.iter(), removed.iter()),
        Delta::Keys(keys) => keys
            .iter()
            .map(|(key, (old, new))| entry(name, key, (old.as_ref(), new.as_ref())))
            .collect(),
        Delta::Written => vec![ChangedField {
            write_only: true,
            ..sensitive(name)
        }],
    }
}

/// A field that is sent and never given back; what is known by its fingerprint says that.
fn write_only(name: &str, delta: &Delta) -> ChangedField {
    let mut field = ChangedField {
        write_only: true,
        ..sensitive(name)
    };
    if let Delta::New(Value::Digest(new)) | Delta::Value(_, Value::Digest(new)) = delta {
        field.new_fingerprint = Some(new.to_string());
    }
    if let Delta::Value(Value::Digest(old), _) = delta {
        field.old_fingerprint = Some(old.to_string());
    }
    field
}

fn items<'a>(
    name: &str,
    field: Option<&Field>,
    added: impl Iterator<Item = &'a Value>,
    removed: impl Iterator<Item = &'a Value>,
) -> Vec<ChangedField> {
    let spelling = Shaped(values::item(field.map(|field| &field.shape)));
    let show = |value: &Value| Some(Masked::shown(value, true, spelling));
    let added = added.map(|value| ChangedField {
        new: show(value),
        ..ChangedField::new(path(&[name]), Operation::SetAdd)
    });
    let removed = removed.map(|value| ChangedField {
        old: show(value),
        ..ChangedField::new(path(&[name]), Operation::SetRemove)
    });
    added.chain(removed).collect()
}

/// A key of free data that differs: nothing before is null, nothing after is a removal.
fn entry(name: &str, key: &str, (old, new): (Option<&Json>, Option<&Json>)) -> ChangedField {
    let operation = match new {
        Some(_) => Operation::Set,
        None => Operation::Remove,
    };
    ChangedField {
        old: Some(Masked::key(old.unwrap_or(&Json::Null))),
        new: new.map(Masked::key),
        ..ChangedField::new(path(&[name, key]), operation)
    }
}

fn path(names: &[&str]) -> Path {
    let part = |name: &&str| PathPart::Name((*name).to_owned());
    names.iter().map(part).collect()
}
