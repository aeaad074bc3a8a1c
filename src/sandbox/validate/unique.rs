//! Values that only one object may have, alone or together with others.
//! Must never change the world.

use serde_json::Value;

use crate::sandbox::facts::{Collection, Field};
use crate::sandbox::types::{Errors, Serial, Values, non_field};
use crate::sandbox::world::{World, unique_space};

/// The server's refusal if another object already holds a unique value.
pub(super) fn taken(
    world: &World,
    collection: &Collection,
    name: &str,
    value: &Value,
    existing: Option<Serial>,
) -> Option<String> {
    let label = collection.fields.get(name)?.unique.as_deref()?;
    if value.is_null() {
        return None;
    }
    let holder = world.holder(&unique_space(collection, name), value)?;
    (Some(holder) != existing).then(|| match label {
        "" => "This field must be unique.".to_owned(),
        label => format!(
            "{label} with this {} already exists.",
            name.replace('_', " ")
        ),
    })
}

/// Sets of fields that must be unique together; a null that is set is never a duplicate.
pub(super) fn unique_together(
    world: &World,
    collection: &Collection,
    values: &Values,
    existing: Option<Serial>,
) -> Result<(), Errors> {
    for fields in &collection.unique_together {
        let now = |name: &String| match (values.get(name), existing) {
            (Some(value), _) => value.clone(),
            (None, Some(serial)) => world.value(serial, name).clone(),
            (None, None) => collection
                .fields
                .get(name)
                .map_or(Value::Null, Field::initial),
        };
        let wanted: Vec<Value> = fields.iter().map(now).collect();
        // Of an object that is there only what changes counts: what was null before, and stays so, is compared too.
        let counts = |(name, value): &(&String, &Value)| {
            existing.is_none_or(|serial| world.value(serial, name) != *value)
        };
        let mut counted = fields.iter().zip(&wanted).filter(counts).peekable();
        if counted.peek().is_none() || counted.any(|(_, value)| value.is_null()) {
            continue;
        }
        let same = |serial: &Serial| {
            Some(*serial) != existing
                && fields
                    .iter()
                    .zip(&wanted)
                    .all(|(name, value)| world.value(*serial, name) == value)
        };
        if candidates(world, collection, fields, &wanted)
            .iter()
            .any(same)
        {
            let text = format!("The fields {} must make a unique set.", fields.join(", "));
            return Err(non_field(&text));
        }
    }
    Ok(())
}

/// The objects that could be the same set: those that refer to the same object.
fn candidates(
    world: &World,
    collection: &Collection,
    fields: &[String],
    wanted: &[Value],
) -> Vec<Serial> {
    let by_reference = fields.iter().zip(wanted).find_map(|(name, value)| {
        let model = collection.fields.get(name)?.to.as_deref()?;
        let target = world.resolve(model, value).ok().flatten()?;
        Some(
            world
                .all_referrers(target)
                .filter(|(_, field)| field == name)
                .map(|(s, _)| s)
                .collect(),
        )
    });
    by_reference.unwrap_or_else(|| world.instances(&collection.model))
}
