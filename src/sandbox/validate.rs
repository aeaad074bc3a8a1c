//! The generic serializer: turns a request body into clean values or into the server's refusal.
//! Must never change the world, nor know about a single collection by name.

mod numbers;
mod references;
mod texts;
mod unique;
mod value;

use serde_json::{Map, Value, json};

use super::field_rules::{One, judge_field};
use super::types::{Errors, Refusal, Serial, Values};
use super::world::World;
use unique::{taken, unique_together};
use value::check;

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
