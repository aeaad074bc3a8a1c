//! The generic serializer: turns a request body into clean values or into the server's refusal.
//! Must never change the world, nor know about a single collection by name.

mod lists;
mod numbers;
mod references;
mod texts;
mod unique;

use serde_json::{Map, Value, json};

use super::behaviours::Refusal;
use super::facts::Field;
use super::field_rules::{One, judge_field};
use super::world::{Serial, Values, World};
use lists::list;
use numbers::{flag, real, whole, within};
use references::reference;
use texts::string;
pub(super) use texts::{duration_text, seconds};
use unique::{taken, unique_together};

/// Refusals by field name, as the server answers them with status 400.
pub(super) type Errors = Map<String, Value>;

/// A refusal that concerns no single field.
pub(super) fn non_field(text: &str) -> Errors {
    field_error("non_field_errors", text)
}

/// A refusal of one field.
pub(super) fn field_error(field: &str, text: &str) -> Errors {
    [(field.to_owned(), json!([text]))].into_iter().collect()
}

/// The clean values of a body. With `partial` (PATCH) nothing is required. Unknown and
/// read-only fields are ignored, as Django REST framework does.
pub(super) fn clean(
    world: &World,
    base: &str,
    body: &Map<String, Value>,
    existing: Option<Serial>,
    partial: bool,
) -> Result<Values, Refusal> {
    let collection = world.collection(base).ok_or(Refusal::Crash)?;
    let mut values = Values::new();
    let mut errors = Errors::new();
    for (name, field) in &collection.fields {
        let Some(given) = body.get(name) else {
            if field.required && !partial {
                errors.insert(name.clone(), json!(["This field is required."]));
            }
            continue;
        };
        match check(world, field, given, partial) {
            Ok(value) => match taken(world, collection, name, &value, existing) {
                Some(text) => drop(errors.insert(name.clone(), json!([text]))),
                None => match judge_field(&One {
                    world,
                    base,
                    name,
                    value: &value,
                    body,
                    existing,
                }) {
                    Ok(()) => drop(values.insert(name.clone(), value)),
                    Err(Refusal::Invalid(refused)) => errors.extend(refused),
                    Err(Refusal::Crash) => return Err(Refusal::Crash),
                },
            },
            Err(refusal) => drop(errors.insert(name.clone(), refusal)),
        }
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    unique_together(world, collection, &values, existing)?;
    Ok(values)
}

/// One value against one field; the refusal is what the server puts under the field's name.
fn check(world: &World, field: &Field, given: &Value, partial: bool) -> Result<Value, Value> {
    let refuse = |text: &str| Err(json!([text]));
    // A reference that is empty text is none; a list of them is no list.
    if given.is_null() || (field.to.is_some() && !field.is_list() && *given == "") {
        return match field.nullable || field.kind.is_none() {
            true => Ok(Value::Null),
            false => refuse("This field may not be null."),
        };
    }
    if field.is_list() {
        return list(world, field, given, partial);
    }
    if let Some(model) = &field.to {
        return reference(world, model, field, given).map_err(|text| json!([text]));
    }
    match field.kind.as_deref() {
        Some("string") => string(field, given),
        Some("boolean") => match flag(given) {
            Some(flag) => Ok(flag.into()),
            None => refuse("Must be a valid boolean."),
        },
        Some("integer") => match whole(given) {
            Some(number) => within(field, number as f64)
                .map(|()| number.into())
                .map_err(|text| json!([text])),
            None => refuse("A valid integer is required."),
        },
        Some("number") => match real(given) {
            Some(number) => within(field, number)
                .map(|()| number.into())
                .map_err(|text| json!([text])),
            None => refuse("A valid number is required."),
        },
        Some("object") if !given.is_object() => {
            refuse("Value must be a dictionary, and not have any duplicate keys.")
        }
        _ => Ok(given.clone()),
    }
}
