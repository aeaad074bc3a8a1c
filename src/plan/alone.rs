//! What only one object of the server may have, seen with all that a plan leaves on it: a mark such as that of the default
//! brand, a client id, the order of a binding among those of the same subject.
//!
//! The server refuses the second one; this is reported before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use super::matching::Matched;
use super::step::{Action, Step, Write};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::schema::{Class, Kind};
use crate::value::{Address, Value};

/// The fields of an object.
type Fields<'a> = BTreeMap<&'static str, &'a Value>;

/// Refuses what another object has and keeps.
pub(super) fn alone(
    objects: &[Object],
    matched: &Matched,
    steps: &[Step],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let kinds: BTreeMap<&str, &'static Kind> = steps
        .iter()
        .map(|step| (step.kind.name, step.kind))
        .collect();
    for kind in kinds.into_values() {
        let marks: Vec<&'static str> = kind
            .fields
            .iter()
            .filter(|field| field.at_most_one_true)
            .map(|field| field.name)
            .collect();
        if marks.is_empty() && kind.unique_on_update.is_empty() && kind.unique_together.is_empty() {
            continue;
        }
        let projected = projected(kind, matched, steps);
        let declared = |step: &Step| objects.iter().find(|object| object.address == step.address);
        for (step, object) in steps
            .iter()
            .filter(|step| step.kind == kind)
            .filter_map(|it| Some((it, declared(it)?)))
        {
            for mark in marks.iter().filter(|mark| takes(step, mark)) {
                marked(object, mark, &projected, diagnostics);
            }
            for names in kind
                .unique_together
                .iter()
                .filter(|names| names.iter().any(|name| writes(step, name).is_some()))
            {
                taken(object, names, &projected, diagnostics);
            }
            if step.action != Action::Create
                && kind
                    .unique_on_update
                    .iter()
                    .any(|name| writes(step, name).is_some())
            {
                unlike(object, &projected, diagnostics);
            }
        }
    }
}

/// Every object of a kind as the plan leaves it.
fn projected<'a>(
    kind: &'static Kind,
    matched: &'a Matched,
    steps: &'a [Step],
) -> BTreeMap<&'a Address, Fields<'a>> {
    let of_kind = matched
        .live
        .iter()
        .filter(|(_, (_, found))| found.kind == kind);
    let mut all: BTreeMap<&Address, Fields<'_>> = of_kind
        .map(|(address, (_, found))| {
            (
                address,
                found
                    .fields
                    .iter()
                    .map(|(name, value)| (*name, value))
                    .collect(),
            )
        })
        .collect();
    for step in steps.iter().filter(|step| step.kind == kind) {
        match &step.write {
            Write::Delete => drop(all.remove(&step.address)),
            Write::Create { body, .. } | Write::Update { body, .. } => {
                all.entry(&step.address)
                    .or_default()
                    .extend(body.iter().map(|(name, value)| (*name, value)));
            }
            Write::Nothing => {}
        }
    }
    all
}

fn writes<'s>(step: &'s Step, name: &str) -> Option<&'s Value> {
    match &step.write {
        Write::Create { body, .. } | Write::Update { body, .. } => body.get(name),
        Write::Delete | Write::Nothing => None,
    }
}

fn takes(step: &Step, mark: &str) -> bool {
    writes(step, mark) == Some(&Value::Bool(true))
}

/// Refuses a mark that another object keeps.
fn marked(
    object: &Object,
    mark: &'static str,
    projected: &BTreeMap<&Address, Fields<'_>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let has = |fields: &Fields<'_>| {
        fields
            .get(mark)
            .is_some_and(|value| **value == Value::Bool(true))
    };
    let others: BTreeSet<&Address> = projected
        .iter()
        .filter(|(address, fields)| ***address != object.address && has(fields))
        .map(|(address, _)| *address)
        .collect();
    let Some(other) = others.first() else { return };
    let span = object
        .fields
        .get(mark)
        .map_or(object.span, |want| want.span);
    let name = other.name().unwrap_or_default();
    diagnostics.push(
        Diagnostic::error(
            Code::TAKEN_ON_SERVER,
            format!("{} cannot have `{mark}`: {other} has it", object.address),
        )
        .at(span, "only one object may have it")
        .help(format!(
            "declare {other} too, and unset it there: `{name}: {{{mark}: false}}`"
        )),
    );
}

/// Refuses values that another object keeps, which the files do not declare.
fn taken(
    object: &Object,
    names: &'static [&'static str],
    projected: &BTreeMap<&Address, Fields<'_>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let plain = |name: &&str| {
        object
            .kind
            .field(name)
            .is_some_and(|field| field.class == Class::Plain)
    };
    let values = |fields: &Fields<'_>| -> Option<Vec<Value>> {
        let value = |name: &&'static str| fields.get(*name).map(|value| (*value).clone());
        names
            .iter()
            .map(|name| value(name).filter(|value| !value.is_empty() && plain(name)))
            .collect()
    };
    let Some(own) = projected.get(&object.address).and_then(values) else {
        return;
    };
    let mut others = projected
        .iter()
        .filter(|(address, _)| **address != &object.address);
    let Some((other, _)) = others.find(|(_, fields)| values(fields).as_ref() == Some(&own)) else {
        return;
    };
    let words: Vec<&str> = names
        .iter()
        .filter_map(|name| object.kind.field(name))
        .map(|field| field.yaml_key)
        .collect();
    let words = words.join(" and ");
    let span = names
        .iter()
        .find_map(|name| object.fields.get(name))
        .map_or(object.span, |want| want.span);
    diagnostics.push(
        Diagnostic::error(
            Code::TAKEN_ON_SERVER,
            format!(
                "{} cannot have this {words}: {other} has it",
                object.address
            ),
        )
        .at(span, "only one object may have it")
        .help(format!(
            "give it another {words}, or declare {other} too, with another one"
        )),
    );
}

/// Refuses a change that makes an object like another one.
fn unlike(
    object: &Object,
    projected: &BTreeMap<&Address, Fields<'_>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let values = |fields: &Fields<'_>| -> Vec<Option<Value>> {
        let value = |name: &&'static str| fields.get(*name).map(|value| (*value).clone());
        object
            .kind
            .unique_on_update
            .iter()
            .map(|name| value(name).filter(|value| *value != Value::Null))
            .collect()
    };
    let Some(own) = projected.get(&object.address).map(values) else {
        return;
    };
    // What belongs to nothing that is known is compared with nothing.
    if own.first().is_none_or(Option::is_none) {
        return;
    }
    let mut others = projected
        .iter()
        .filter(|(address, _)| **address != &object.address);
    let Some((other, _)) = others.find(|(_, fields)| values(fields) == own) else {
        return;
    };
    let last = object
        .kind
        .unique_on_update
        .last()
        .copied()
        .unwrap_or_default();
    let span = object
        .fields
        .get(last)
        .map_or(object.span, |want| want.span);
    let word = object.kind.field(last).map_or(last, |field| field.yaml_key);
    diagnostics.push(
        Diagnostic::error(Code::SAME_ORDER, format!("{} would have the {word} of {other}", object.address))
            .at(span, format!("another {word} is needed"))
            .note("authentik accepts two such objects on creation, but refuses a change that makes one equal to the other")
            .help(format!("give one of the two another {word}")),
    );
}
