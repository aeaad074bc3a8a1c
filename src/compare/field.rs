//! One field on two servers: equal, or how it leads from the one to the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::export::{carries_secret, is_nothing, is_secret};
use crate::plan::Delta;
use crate::schema::{Field, Shape};
use crate::value::{OrderedJson, Value};

/// What stands for a secret in free data, on the first server and on a second one that has another.
const HIDDEN: [&str; 2] = ["(sensitive value)", "(sensitive value, different)"];

/// Whether each server makes a value of its own, at random; what may be nothing is looked up rather than made up.
pub(super) fn is_random(field: &Field) -> bool {
    field.generated
        && (matches!(field.shape, Shape::Time)
            || (matches!(field.shape, Shape::String) && !field.nullable))
}

/// How a field differs; `None` if it does not. Nothing and empty are the same.
pub(super) fn delta(field: &Field, one: Option<&Value>, other: Option<&Value>) -> Option<Delta> {
    let (one, other) = (one.map(nameless), other.map(nameless));
    let (one, other) = match (one, other) {
        (None, None) => return None,
        (Some(one), None) => (one, Value::Null),
        (None, Some(other)) => (Value::Null, other),
        // A release that has a set where another one has a single reference.
        (Some(Value::Set(one)), Some(other)) => (Value::Set(one), set(other)),
        (Some(one), Some(Value::Set(other))) => (set(one), Value::Set(other)),
        (Some(one), Some(other)) => (one, other),
    };
    if one == other || (one.is_empty() && other.is_empty()) {
        return None;
    }
    let (mut one, mut other) = (one, other);
    hide(&mut one, &mut other);
    Some(match (one, other) {
        (Value::Set(one), Value::Set(other)) => {
            let added: BTreeSet<Value> = other.difference(&one).cloned().collect();
            let removed: BTreeSet<Value> = one.difference(&other).cloned().collect();
            Delta::Items {
                added,
                removed,
                counts: (one.len(), other.len()),
            }
        }
        (
            Value::Json(OrderedJson(Json::Object(one))),
            Value::Json(OrderedJson(Json::Object(other))),
        ) if matches!(field.shape, Shape::Json { .. }) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let differ = keys
                .into_iter()
                .filter(|key| one.get(*key) != other.get(*key));
            Delta::Keys(
                differ
                    .map(|key| {
                        (
                            key.clone(),
                            (one.get(key).cloned(), other.get(key).cloned()),
                        )
                    })
                    .collect(),
            )
        }
        (one, other) => Delta::Value(one, other),
    })
}

/// A value without some fields of its items.
pub(super) fn without(value: &Value, parts: &[&Field]) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(|item| without(item, parts)).collect()),
        Value::Record(fields) => {
            let stays = |name: &String| parts.iter().all(|part| part.name != name);
            let fields = fields.iter().filter(|(name, _)| stays(name));
            Value::Record(
                fields
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// A single reference as a set of one.
fn set(value: Value) -> Value {
    match value {
        Value::Null => Value::Set(BTreeSet::new()),
        Value::Set(items) => Value::Set(items),
        other => Value::Set(BTreeSet::from([other])),
    }
}

/// The value without ids that nothing explains: they say nothing on another server.
fn nameless(value: &Value) -> Value {
    match value {
        Value::Unknown(_) => Value::Unknown("with no known name".into()),
        Value::List(items) => Value::List(items.iter().map(nameless).collect()),
        Value::Set(items) => Value::Set(items.iter().map(nameless).collect()),
        Value::Record(fields) => Value::Record(
            fields
                .iter()
                .map(|(name, it)| (name.clone(), nameless(it)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// A difference as it may be shown: without what in it is a secret by its form, or by its key in free data. Of a field of
/// which only some keys are managed, the server's side was never in a file.
pub(crate) fn veiled(delta: &Delta) -> Delta {
    let mut delta = delta.clone();
    match &mut delta {
        Delta::New(value) => hide_alone(value),
        Delta::Value(old, new) => hide(old, new),
        Delta::Items { added, removed, .. } => {
            for items in [added, removed] {
                *items = std::mem::take(items)
                    .into_iter()
                    .map(veiled_value)
                    .collect();
            }
        }
        Delta::Keys(keys) => {
            for (key, (old, new)) in keys {
                match is_secret(key) {
                    true if old.as_ref().is_none_or(is_nothing) => hide_under(new.as_mut(), None),
                    true => hide_under(old.as_mut(), new.as_mut()),
                    false => hide_pair(old.as_mut(), new.as_mut()),
                }
            }
        }
        Delta::Written => {}
    }
    delta
}

/// A value as it may be shown.
pub(crate) fn veiled_value(mut value: Value) -> Value {
    hide_alone(&mut value);
    value
}

/// Takes the secrets out of texts and of free data, wherever it stands; whether they differ stays to be seen.
fn hide(one: &mut Value, other: &mut Value) {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => {
            let second = usize::from(one != other && carries_secret(one));
            hide_text(one, 0);
            hide_text(other, second);
        }
        (Value::Json(one), Value::Json(other)) => hide_pair(Some(&mut one.0), Some(&mut other.0)),
        (Value::Record(one), Value::Record(other)) => {
            for (name, mine) in one.iter_mut() {
                match other.get_mut(name) {
                    Some(theirs) => hide(mine, theirs),
                    None => hide(mine, &mut Value::Null),
                }
            }
            other.values_mut().for_each(hide_alone);
        }
        (one, other) => {
            hide_alone(one);
            hide_alone(other);
        }
    }
}

/// A text of several lines is code or prose, which is looked at line by line: it stays.
fn hide_text(text: &mut Arc<str>, which: usize) {
    if !text.contains('\n') && carries_secret(text) {
        *text = HIDDEN[which].into();
    }
}

/// The same of a value that has no counterpart.
fn hide_alone(value: &mut Value) {
    match value {
        Value::Text(text) => hide_text(text, 0),
        Value::Json(json) => hide_pair(Some(&mut json.0), None),
        Value::Record(fields) => fields.values_mut().for_each(hide_alone),
        Value::List(items) => items.iter_mut().for_each(hide_alone),
        Value::Set(items) => {
            *items = std::mem::take(items)
                .into_iter()
                .map(|mut item| {
                    hide_alone(&mut item);
                    item
                })
                .collect();
        }
        _ => {}
    }
}

/// Two trees of free data: what stands under a key that says secret is replaced, by another text where it differs.
fn hide_pair(one: Option<&mut Json>, other: Option<&mut Json>) {
    match (one, other) {
        (Some(Json::Object(one)), Some(Json::Object(other))) => {
            for (key, theirs) in other.iter_mut() {
                let mine = one.get_mut(key);
                match is_secret(key) {
                    true => hide_under(mine, Some(theirs)),
                    false => hide_pair(mine, Some(theirs)),
                }
            }
            one.iter_mut().for_each(|(key, mine)| hide_key(key, mine));
        }
        (Some(Json::Array(one)), Some(Json::Array(other))) => {
            let long = one.len().max(other.len());
            for i in 0..long {
                hide_pair(one.get_mut(i), other.get_mut(i));
            }
        }
        (Some(Json::String(one)), Some(Json::String(other))) => {
            let second = usize::from(one != other && carries_secret(one));
            for (text, which) in [(one, 0), (other, second)] {
                if carries_secret(text) {
                    *text = HIDDEN[which].to_owned();
                }
            }
        }
        (one, other) => [one, other].into_iter().flatten().for_each(hide_tree),
    }
}

/// What stands under a key that says secret, on both sides.
fn hide_under(one: Option<&mut Json>, other: Option<&mut Json>) {
    let same = one.as_deref() == other.as_deref();
    for (raw, which) in [(one, 0), (other, usize::from(!same))] {
        if let Some(raw) = raw.filter(|raw| !is_nothing(raw) && !is_hidden(raw)) {
            *raw = Json::from(HIDDEN[which]);
        }
    }
}

fn is_hidden(raw: &Json) -> bool {
    HIDDEN.iter().any(|it| raw == it)
}

fn hide_key(key: &str, value: &mut Json) {
    match is_secret(key) {
        true => hide_under(Some(value), None),
        false => hide_tree(value),
    }
}

fn hide_tree(value: &mut Json) {
    match value {
        Json::Object(fields) => fields.iter_mut().for_each(|(key, value)| {
            // What has been replaced beside its counterpart stays.
            if !is_hidden(value) {
                hide_key(key, value);
            }
        }),
        Json::String(text) if carries_secret(text) => *text = HIDDEN[0].to_owned(),
        Json::Array(items) => items.iter_mut().for_each(hide_tree),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_in_free_data_are_reported_to_differ_and_never_shown() {
        let one = json!({"a": 1, "api_key": "one", "in": [{"password": "x", "b": 1}], "old_token": "gone"});
        let other = json!({"a": 2, "api_key": "two", "in": [{"password": "x", "b": 2}], "new_secret": {"k": "v"}});
        let (mut one, mut other) = (
            Value::Json(OrderedJson(one)),
            Value::Json(OrderedJson(other)),
        );
        hide(&mut one, &mut other);
        let (Value::Json(one), Value::Json(other)) = (one, other) else {
            panic!("data")
        };
        let [hidden, another] = HIDDEN;
        assert_eq!(
            one.0,
            json!({"a": 1, "api_key": hidden, "in": [{"password": hidden, "b": 1}], "old_token": hidden})
        );
        assert_eq!(
            other.0,
            json!({"a": 2, "api_key": another, "in": [{"password": hidden, "b": 2}], "new_secret": another})
        );
    }

    #[test]
    fn a_set_and_a_single_reference_say_the_same() {
        let staff = Value::Ref(crate::value::Address::named("group", "staff"));
        let set = Value::Set(BTreeSet::from([staff.clone()]));
        let field = crate::kinds::kind("group")
            .and_then(|kind| kind.field("parents"))
            .unwrap();
        assert_eq!(delta(field, Some(&set), Some(&staff)), None);
        assert_eq!(
            delta(
                field,
                Some(&Value::Null),
                Some(&Value::Set(BTreeSet::new()))
            ),
            None
        );
        assert!(matches!(
            delta(field, Some(&set), Some(&Value::Null)),
            Some(Delta::Items { counts: (1, 0), .. })
        ));
    }
}
