//! One value against one field: a plain value, a reference, or a list of plain values, of references, or of objects with
//! fields of their own.
//! Must never change the world.

use serde_json::{Map, Value, json};

use super::numbers::{flag, real, whole, within};
use super::references::{reference, references};
use super::texts::string;
use crate::sandbox::facts::Field;
use crate::sandbox::python::python_type;
use crate::sandbox::types::{Errors, Values};
use crate::sandbox::world::World;

/// One value against one field; the refusal is what the server puts under the field's name.
pub(super) fn check(
    world: &World,
    field: &Field,
    given: &Value,
    partial: bool,
) -> Result<Value, Value> {
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

fn list(world: &World, field: &Field, given: &Value, partial: bool) -> Result<Value, Value> {
    let item = field.items.as_deref();
    let given = match given {
        // Of a mapping in place of references the server reads the keys.
        Value::Object(fields) if field.to.is_some() => &fields
            .keys()
            .map(|key| Value::from(key.as_str()))
            .collect::<Value>(),
        given => given,
    };
    let Value::Array(given) = given else {
        let text = format!(
            "Expected a list of items but got type \"{}\".",
            python_type(given)
        );
        // A list of objects is a serializer of its own: its refusal is nested once more.
        let nested = item.is_some_and(|item| !item.fields.is_empty());
        return Err(if nested {
            json!({ "non_field_errors": [text] })
        } else {
            json!([text])
        });
    };
    if field.not_empty && given.is_empty() {
        return Err(json!(["This list may not be empty."]));
    }
    let Some(item) = item else {
        return Ok(given.clone().into());
    };
    if let Some(model) = &field.to {
        return references(world, model, item, given);
    }
    if !item.fields.is_empty() {
        return objects(world, item, given, partial);
    }
    let mut values = Vec::new();
    let mut errors = Errors::new();
    // Some lists take an empty text for an item, and forget it.
    let forgotten = |value: &Value| field.check.as_deref() == Some("forget_blanks") && value == "";
    for (at, value) in given
        .iter()
        .enumerate()
        .filter(|(_, value)| !forgotten(value))
    {
        match check(world, item, value, partial) {
            Ok(value) => values.push(value),
            Err(refusal) => drop(errors.insert(at.to_string(), refusal)),
        }
    }
    if errors.is_empty() {
        Ok(values.into())
    } else {
        Err(errors.into())
    }
}

fn objects(world: &World, item: &Field, given: &[Value], partial: bool) -> Result<Value, Value> {
    let mut values = Vec::new();
    let mut errors = Vec::new();
    for value in given {
        let Value::Object(object) = value else {
            let text = format!(
                "Invalid data. Expected a dictionary, but got {}.",
                python_type(value)
            );
            errors.push(match value.is_null() {
                true => json!(["This field may not be null."]),
                false => json!({ "non_field_errors": [text] }),
            });
            continue;
        };
        let mut clean = Values::new();
        let mut refused = Errors::new();
        for (name, field) in &item.fields {
            match object.get(name) {
                // A PATCH is partial all the way down.
                None if field.required && partial => {}
                None if field.required => {
                    drop(refused.insert(name.clone(), json!(["This field is required."])))
                }
                // What is left out of an item has the item's own default, whatever the object had before.
                None => drop(
                    field
                        .default
                        .as_ref()
                        .map(|default| clean.insert(name.clone(), default.clone())),
                ),
                Some(value) => match check(world, field, value, partial) {
                    Ok(value) => drop(clean.insert(name.clone(), value)),
                    Err(refusal) => drop(refused.insert(name.clone(), refusal)),
                },
            }
        }
        values.push(Value::Object(clean));
        errors.push(Value::Object(refused));
    }
    let fine = errors
        .iter()
        .all(|refused| refused.as_object().is_some_and(Map::is_empty));
    if fine {
        Ok(values.into())
    } else {
        Err(errors.into())
    }
}
