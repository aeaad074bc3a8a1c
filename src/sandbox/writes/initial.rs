//! An object before the body is applied.
//! Must never add it to the world.

use crate::sandbox::types::Values;
use crate::sandbox::world::World;

/// A new object before the body is applied: ids, generated values, defaults.
pub(super) fn initial(world: &mut World, base: &str) -> Values {
    let facts = world.facts.clone();
    let mut values = Values::new();
    let Some(collection) = facts.collections.get(base) else {
        return values;
    };
    for (name, field) in &collection.fields {
        let value = match field.generate.as_deref() {
            Some("id") => world.seed.text(40).into(),
            Some("secret") => world.seed.text(128).into(),
            Some("uuid") => world.seed.uuid().into(),
            Some(_) => world.seed.now().into(),
            None => field.initial(),
        };
        values.insert(name.clone(), value);
    }
    let pk = match collection.pk_type.as_str() {
        "integer" => world.next_int(base).into(),
        _ => world.seed.uuid().into(),
    };
    values.insert(collection.pk.clone(), pk);
    if collection.shows.contains_key("created") {
        values.insert("created".into(), world.seed.now().into());
    }
    if let Some(name) = collection.binding_id() {
        values.insert(name.into(), world.seed.uuid().into());
    }
    values
}
