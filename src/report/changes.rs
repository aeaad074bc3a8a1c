//! The fields of a step, as lines below its header.
//!
//! Must never print the value of a field whose class is not plain, whatever the value looks like.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::page::{Page, Tone};
use super::{difference, phrases, safe, values};
use crate::compare::veiled;
use crate::live::Fate;
use crate::plan::{Action, Change, Delta, Dependent, Plan, Step, Write};
use crate::schema::{Class, Field, Shape};
use crate::value::Value;

/// Where field lines begin.
const INDENT: usize = 6;
/// A value of more characters than this gets lines of its own.
const LONG: usize = 60;

/// Marks a field that nobody declared.
const PRESELECTED: &str = "(as the admin form sets it)";

/// All lines below a step's header.
pub(super) fn below(page: &mut Page, plan: &Plan, step: &Step) {
    if let Some(reason) = &step.reason {
        page.remark(INDENT, &phrases::reason(reason));
    }
    along(page, plan, step);
    if step.adopts {
        page.remark(INDENT, "adopted: it existed before akrec");
    }
    let said: Vec<&str> = phrases::notes(step)
        .into_iter()
        .map(|(field, _)| field)
        .collect();
    for change in &step.changes {
        if named(step, change.field)
            || (step.action == Action::Create && said.contains(&change.field))
        {
            continue;
        }
        let field = step.kind.field(change.field);
        let name = title(step, change.field);
        match change.class {
            Class::Plain => delta(
                page,
                INDENT,
                &name,
                &change.delta,
                field.map(|field| &field.shape),
            ),
            class => concealed(page, step, change, class),
        }
    }
    for field in later(plan, step) {
        page.line(
            INDENT,
            Tone::Add,
            &format!("{}: {}", field.name, values::LATER),
        );
    }
    if step.unchanged > 0 {
        page.remark(
            INDENT + 2,
            &format!(
                "{} hidden",
                phrases::many(step.unchanged, "unchanged field")
            ),
        );
    }
}

/// The name of a field, with a mark where nobody declared it.
pub(super) fn title(step: &Step, field: &str) -> String {
    match step.preselected.contains(field) {
        true => format!("{field} {PRESELECTED}"),
        false => field.to_owned(),
    }
}

/// The dependents that the server deletes along with a deleted object, and those that it clears.
fn along(page: &mut Page, plan: &Plan, step: &Step) {
    let dependents = plan
        .dependents
        .get(&step.address)
        .map_or(&[][..], Vec::as_slice);
    let pick = |fate: Fate, part: bool| {
        dependents
            .iter()
            .filter(move |it| it.fate == fate && it.part == part)
    };
    let parts = pick(Fate::Deleted, true).count();
    let names = |dependents: Vec<&Dependent>| {
        dependents
            .iter()
            .map(|it| it.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    if parts > 0 {
        page.remark(
            INDENT,
            &format!("cascades to {} of its own", phrases::many(parts, "binding")),
        );
    }
    let others: Vec<&Dependent> = pick(Fate::Deleted, false).collect();
    if !others.is_empty() {
        page.bright(
            INDENT,
            Tone::Alarm,
            &format!("cascades to: {}", names(others)),
        );
    }
    let cleared: Vec<&Dependent> = pick(Fate::Cleared, false)
        .chain(pick(Fate::Cleared, true))
        .collect();
    if !cleared.is_empty() {
        page.remark(
            INDENT,
            &format!("clears the reference of {}", names(cleared)),
        );
    }
}

/// Whether the header says this field by naming the object.
fn named(step: &Step, field: &str) -> bool {
    matches!(step.action, Action::Create | Action::Rename)
        && step.kind.key_fields().any(|key| key == field)
}

/// Fields of a new object that only the server will know.
pub(super) fn later<'a>(
    plan: &'a Plan,
    step: &'a Step,
) -> impl Iterator<Item = &'static Field> + 'a {
    let body = match &step.write {
        Write::Create { body, .. } => Some(body),
        _ => None,
    };
    step.kind.fields.iter().filter(move |field| {
        field.generated
            && field.is_in(plan.release)
            && body.is_some_and(|body| !body.contains_key(field.name))
            && step.changes.iter().all(|change| change.field != field.name)
    })
}

/// Whether the step writes this field.
pub(super) fn sent(step: &Step, field: &str) -> bool {
    match &step.write {
        Write::Create { body, .. } | Write::Update { body, .. } => body.contains_key(field),
        Write::Delete | Write::Nothing => false,
    }
}

/// A field whose value must not be shown: only that it is added, changed or removed.
fn concealed(page: &mut Page, step: &Step, change: &Change, class: Class) {
    let new = matches!(change.delta, Delta::New(_)) || step.action == Action::Create;
    let (tone, text) = match (&change.delta, class) {
        (Delta::Value(Value::Digest(old), Value::Digest(new)), _) => {
            page.line(
                INDENT,
                Tone::Change,
                &format!(
                    "{}: (write-only, changed: known by its fingerprint)",
                    change.field
                ),
            );
            page.line(INDENT + 4, Tone::Remove, &safe::harmless(old));
            return page.line(INDENT + 4, Tone::Add, &safe::harmless(new));
        }
        (Delta::New(Value::Digest(print)), _) => {
            page.line(
                INDENT,
                Tone::Add,
                &format!(
                    "{}: (write-only, sent: known by its fingerprint)",
                    change.field
                ),
            );
            return page.line(INDENT + 4, Tone::Add, &safe::harmless(print));
        }
        (Delta::Written, _) => (Tone::Change, "(write-only, sent)".to_owned()),
        (_, Class::WriteOnly) if sent(step, change.field) => (
            if new { Tone::Add } else { Tone::Change },
            "(write-only, sent)".to_owned(),
        ),
        (_, Class::WriteOnly) => (Tone::Context, "(write-only, not compared)".to_owned()),
        (Delta::Value(_, Value::Null), _) => {
            (Tone::Remove, format!("{} -> null", values::SENSITIVE))
        }
        (Delta::Value(Value::Null, _), _) => (Tone::Add, values::SENSITIVE.to_owned()),
        _ if new => (Tone::Add, values::SENSITIVE.to_owned()),
        _ => (Tone::Change, "(sensitive value, changed)".to_owned()),
    };
    page.line(INDENT, tone, &format!("{}: {text}", change.field));
}

/// One difference, by its form.
pub(super) fn delta(
    page: &mut Page,
    indent: usize,
    name: &str,
    delta: &Delta,
    shape: Option<&Shape>,
) {
    match &veiled(delta) {
        Delta::New(value) => comes(page, indent, Tone::Add, name, value, shape),
        Delta::Value(old, new) => becomes(page, indent, name, old, new, shape),
        Delta::Items {
            added,
            removed,
            counts: (before, after),
        } => {
            page.line(
                indent,
                Tone::Change,
                &format!("{name}: {before} -> {after}"),
            );
            let shape = values::item(shape);
            for (tone, items) in [(Tone::Add, added), (Tone::Remove, removed)] {
                for value in items {
                    page.line(indent + 4, tone, &values::shown(value, shape));
                }
            }
        }
        Delta::Keys(keys) => {
            page.line(indent, Tone::Change, &format!("{name}:"));
            for (key, (old, new)) in keys {
                data(page, indent + 4, key, old.as_ref(), new.as_ref());
            }
        }
        Delta::Written => page.line(indent, Tone::Change, &format!("{name}: (write-only, sent)")),
    }
}

/// A value that comes, or one that goes, with what it holds.
fn comes(
    page: &mut Page,
    indent: usize,
    tone: Tone,
    name: &str,
    value: &Value,
    shape: Option<&Shape>,
) {
    let end = if tone == Tone::Remove { " -> null" } else { "" };
    match value {
        Value::Text(text) if text.contains('\n') => {
            page.line(indent, tone, &format!("{name}:{end}"));
            difference::block(page, indent + 4, tone, text);
        }
        Value::Json(json) if json.0.is_object() && !value.is_empty() => {
            page.line(indent, tone, &format!("{name}:{end}"));
            for (key, raw) in entries(&json.0) {
                match tone {
                    Tone::Remove => data(page, indent + 4, key, Some(raw), None),
                    _ => data(page, indent + 4, key, None, Some(raw)),
                }
            }
        }
        _ => {
            let text = values::shown(value, shape);
            let items: Vec<&Value> = match value {
                Value::Set(items) => items.iter().collect(),
                Value::List(items) => items.iter().collect(),
                _ => Vec::new(),
            };
            if items.is_empty() || text.chars().count() <= LONG {
                return page.line(indent, tone, &format!("{name}: {text}{end}"));
            }
            page.line(
                indent,
                tone,
                &format!("{name}: {}{end}", phrases::many(items.len(), "item")),
            );
            for value in items {
                page.line(indent + 4, tone, &values::shown(value, values::item(shape)));
            }
        }
    }
}

/// A value that becomes another one.
fn becomes(
    page: &mut Page,
    indent: usize,
    name: &str,
    old: &Value,
    new: &Value,
    shape: Option<&Shape>,
) {
    let title = format!("{name}:");
    match (old, new) {
        (Value::Null, new) => comes(page, indent, Tone::Add, name, new, shape),
        (old, Value::Null) => comes(page, indent, Tone::Remove, name, old, shape),
        (Value::Text(old), Value::Text(new)) if old.contains('\n') || new.contains('\n') => {
            page.line(indent, Tone::Change, &title);
            difference::texts(page, indent + 4, old, new);
        }
        (Value::List(old), Value::List(new)) => {
            page.line(
                indent,
                Tone::Change,
                &format!("{title} {} -> {}", old.len(), new.len()),
            );
            difference::lists(page, indent + 4, old, new, values::item(shape));
        }
        (Value::Set(old), Value::Set(new)) => {
            page.line(
                indent,
                Tone::Change,
                &format!("{title} {} -> {}", old.len(), new.len()),
            );
            set_items(page, indent + 4, old, new, values::item(shape));
        }
        (Value::Record(_), Value::Record(_)) => {
            page.line(indent, Tone::Change, &title);
            record_fields(page, indent + 4, old, new, shape);
        }
        (Value::Json(old), Value::Json(new)) if old.0.is_object() && new.0.is_object() => {
            page.line(indent, Tone::Change, &title);
            data_keys(page, indent + 4, &old.0, &new.0);
        }
        (Value::Secret(_), Value::Secret(_)) => {
            page.line(
                indent,
                Tone::Change,
                &format!("{title} (sensitive value, changed)"),
            );
        }
        _ => pair(
            page,
            indent,
            &title,
            &values::shown(old, shape),
            &values::shown(new, shape),
        ),
    }
}

/// The keys in which two JSON objects differ.
fn data_keys(page: &mut Page, indent: usize, old: &Json, new: &Json) {
    let all = entries(old).into_iter().chain(entries(new));
    let keys: BTreeSet<&str> = all.map(|(key, _)| key).collect();
    for key in keys {
        let (old, new) = (old.get(key), new.get(key));
        if old != new {
            data(page, indent, key, old, new);
        }
    }
}

/// The items that are added to a set, and those that are removed from it.
fn set_items(
    page: &mut Page,
    indent: usize,
    old: &BTreeSet<Value>,
    new: &BTreeSet<Value>,
    shape: Option<&Shape>,
) {
    for (tone, items) in [
        (Tone::Add, new.difference(old)),
        (Tone::Remove, old.difference(new)),
    ] {
        for value in items {
            page.line(indent, tone, &values::shown(value, shape));
        }
    }
}

/// The fields in which two records differ: those of the new one, then those that only the old one has.
fn record_fields(page: &mut Page, indent: usize, old: &Value, new: &Value, shape: Option<&Shape>) {
    let (Value::Record(before), Value::Record(after)) = (old, new) else {
        return;
    };
    for (name, value, shape) in values::parts(new, shape) {
        let shown = safe::harmless(name);
        match before.get(name) {
            Some(old) if old == value => {}
            Some(old) => becomes(page, indent, &shown, old, value, shape),
            None => comes(page, indent, Tone::Add, &shown, value, shape),
        }
    }
    for (name, value, shape) in values::parts(old, shape) {
        if !after.contains_key(name) {
            let shown = safe::harmless(name);
            comes(page, indent, Tone::Remove, &shown, value, shape);
        }
    }
}

/// `old -> new` on one line, or on two if that would be long.
fn pair(page: &mut Page, indent: usize, title: &str, old: &str, new: &str) {
    if old.chars().count().max(new.chars().count()) <= LONG {
        return page.line(indent, Tone::Change, &format!("{title} {old} -> {new}"));
    }
    page.line(indent, Tone::Change, title);
    page.line(indent + 4, Tone::Remove, old);
    page.line(indent + 4, Tone::Add, new);
    if safe::line(old) == safe::line(new) {
        page.remark(
            indent + 4,
            "they differ in the middle, which is cut here; the JSON plan has it",
        );
    }
}

/// One key of free data.
fn data(page: &mut Page, indent: usize, key: &str, old: Option<&Json>, new: Option<&Json>) {
    let key = safe::name(key);
    let short = |raw: &Json| match raw {
        Json::String(text) if text.contains('\n') => None,
        raw => Some(values::compact(raw)).filter(|text| text.chars().count() <= LONG),
    };
    match (old, new) {
        (Some(old), Some(new)) => match (short(old), short(new)) {
            (Some(old), Some(new)) => {
                page.line(indent, Tone::Change, &format!("{key}: {old} -> {new}"))
            }
            _ => {
                page.line(indent, Tone::Change, &format!("{key}:"));
                difference::texts(page, indent + 4, &long(old), &long(new));
            }
        },
        (None, Some(raw)) | (Some(raw), None) => {
            let end = if raw.is_null() { "" } else { " -> null" };
            let (tone, end) = if new.is_some() {
                (Tone::Add, "")
            } else {
                (Tone::Remove, end)
            };
            match short(raw) {
                Some(text) => page.line(indent, tone, &format!("{key}: {text}{end}")),
                None => {
                    page.line(indent, tone, &format!("{key}:{end}"));
                    difference::block(page, indent + 4, tone, &long(raw));
                }
            }
        }
        (None, None) => {}
    }
}

/// Long data as lines: text by its own lines, all else as indented JSON.
fn long(raw: &Json) -> String {
    match raw {
        Json::String(text) if text.contains('\n') => text.clone(),
        other => values::pretty(other),
    }
}

/// The entries of an object, by key.
fn entries(raw: &Json) -> Vec<(&str, &Json)> {
    let mut entries: Vec<_> = raw
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, raw)| (key.as_str(), raw))
        .collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}
