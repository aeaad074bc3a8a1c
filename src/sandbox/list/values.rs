//! The values that filters and orders look at, and the refusals of what is no choice.
//! Must never change the world.

use serde_json::Value;

use crate::sandbox::types::{Errors, Serial, field_error};
use crate::sandbox::world::World;

/// A field of an object, or, after `__`, one of each object that it refers to.
pub(super) fn joined<'w>(world: &'w World, object: Serial, field: &str) -> Vec<&'w Value> {
    let Some((reference, field)) = field.split_once("__") else {
        return vec![world.value(object, field)];
    };
    let rule = world
        .collection_of(object)
        .and_then(|collection| collection.fields.get(reference));
    let Some(model) = rule.and_then(|rule| rule.to.as_deref()) else {
        return Vec::new();
    };
    let keys = match world.value(object, reference) {
        Value::Array(keys) => keys.as_slice(),
        key => std::slice::from_ref(key),
    };
    let targets = keys
        .iter()
        .filter_map(|key| world.resolve(model, key).ok().flatten());
    targets
        .flat_map(|target| joined(world, target, field))
        .collect()
}

pub(super) fn keep(objects: Vec<Serial>, test: impl Fn(Serial) -> bool) -> Vec<Serial> {
    objects.into_iter().filter(|object| test(*object)).collect()
}

pub(super) fn is(actual: bool, wanted: &str) -> bool {
    actual == matches!(wanted.to_lowercase().as_str(), "true" | "1")
}

pub(super) fn holds_any(list: &Value, keys: &[Value]) -> bool {
    list.as_array()
        .is_some_and(|list| list.iter().any(|key| keys.contains(key)))
}

pub(super) fn no_such_choice(name: &str) -> Errors {
    field_error(
        name,
        "Select a valid choice. That choice is not one of the available choices.",
    )
}

pub(super) fn no_choice(name: &str, value: &str) -> Errors {
    field_error(
        name,
        &format!("Select a valid choice. {value} is not one of the available choices."),
    )
}
