//! Keys of other objects, one or many, as the server looks them up.
//! Must never change the world.

use serde_json::{Value, json};

use crate::sandbox::facts::Field;
use crate::sandbox::ids::canonical_uuid;
use crate::sandbox::python::{python, python_type};
use crate::sandbox::types::Serial;
use crate::sandbox::world::World;

/// The key of an existing object of the model that the field points to.
pub(super) fn reference(
    world: &World,
    model: &str,
    field: &Field,
    given: &Value,
) -> Result<Value, String> {
    let wants_int = field.kind.as_deref() == Some("integer");
    let key = match given {
        // Of a number that is not whole the server looks up the whole part.
        Value::Number(number) if wants_int => number
            .as_f64()
            .map_or_else(|| given.clone(), |n| json!(n.trunc() as i64)),
        Value::String(text) if wants_int => match text.trim().parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => return Err("Incorrect type. Expected pk value, received str.".into()),
        },
        Value::String(text) if field.format.as_deref() == Some("uuid") => {
            match canonical_uuid(text) {
                Some(uuid) => uuid.into(),
                None => return Err(format!("“{text}” is not a valid UUID.")),
            }
        }
        Value::String(_) => given.clone(),
        // What is no text is looked up all the same: a number is the number of a UUID, all else is none.
        Value::Number(number) if is_uuid(field) && number.is_u64() => given.clone(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) if is_uuid(field) => {
            return Err(format!("“{}” is not a valid UUID.", python(given)));
        }
        other => {
            return Err(format!(
                "Incorrect type. Expected pk value, received {}.",
                python_type(other)
            ));
        }
    };
    match world.resolve(model, &key) {
        // The binding id of a flow is accepted too, but the server answers with its own key.
        Ok(Some(serial)) => Ok(world.pk_of(serial)),
        Ok(None) => {
            let shown = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            Err(format!("Invalid pk \"{shown}\" - object does not exist."))
        }
        Err(_) => Ok(key),
    }
}

/// A many-to-many list: a set that comes back in the order of the database.
pub(super) fn references(
    world: &World,
    model: &str,
    item: &Field,
    given: &[Value],
) -> Result<Value, Value> {
    let mut keys = Vec::new();
    for value in given {
        if value.is_null() {
            return Err(json!(["Invalid pk \"None\" - object does not exist."]));
        }
        let key = reference(world, model, item, value).map_err(|text| json!([text]))?;
        let serial = world
            .resolve(model, &key)
            .ok()
            .flatten()
            .unwrap_or(Serial::MAX);
        if !keys.contains(&(serial, key.clone())) {
            keys.push((serial, key));
        }
    }
    keys.sort_by_key(|(serial, _)| *serial);
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

fn is_uuid(field: &Field) -> bool {
    field.format.as_deref() == Some("uuid")
}
