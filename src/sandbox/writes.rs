//! Creates and changes objects: what is sent, over what the server makes itself, and then what it makes of both.
//! Must never answer a request: it returns the object written, or the refusal.

mod accounts;
mod delete;
mod initial;
mod members;
mod proxy;
mod settle;

use serde_json::{Map, Value};

use super::attempt::Write;
use super::behaviours::judge;
use super::events::note;
use super::facts::Field;
use super::types::{Refusal, Serial, Values};
use super::validate::clean;
use super::world::World;
pub(super) use accounts::{add_token, service_account};
use accounts::{rename_account, side_objects};
pub(super) use delete::{delete, protected};
use initial::initial;
pub(super) use members::toggle;
use members::{set_members, take_members};
use settle::settle;

/// Creates an object from a request body.
pub(super) fn create(
    world: &mut World,
    base: &str,
    body: &Map<String, Value>,
    caller: Serial,
) -> Result<Serial, Refusal> {
    let sent = validated(world, base, body, None, false)?;
    world.seed.tick();
    let mut values = initial(world, base);
    values.extend(sent.clone());
    settle(world, base, &mut values, &sent, caller, None);
    let members = take_members(base, &mut values);
    let serial = world.insert(base, values);
    set_members(world, serial, members);
    side_objects(world, base, serial);
    note(world, "model_created", serial);
    Ok(serial)
}

/// Changes an object; with `partial` (PATCH) only what the body names.
pub(super) fn update(
    world: &mut World,
    serial: Serial,
    body: &Map<String, Value>,
    caller: Serial,
    partial: bool,
) -> Result<(), Refusal> {
    let Some(object) = world.get(serial).cloned() else {
        return Err(Refusal::Crash);
    };
    let mut sent = validated(world, &object.base, body, Some(serial), partial)?;
    if !partial {
        reset_by_put(&object.base, &mut sent);
    }
    world.seed.tick();
    let mut values = object.values;
    values.extend(sent.clone());
    settle(
        world,
        &object.base,
        &mut values,
        &sent,
        caller,
        Some(serial),
    );
    let members = take_members(&object.base, &mut values);
    world.replace(serial, values);
    set_members(world, serial, members);
    if !partial && object.base == "/core/groups/" && world.facts.is_2025_10() {
        // The list of children, which is the other side of `parent`, has a default too.
        let children: Vec<Serial> = world.referrers(serial, "/core/groups/", "parent").collect();
        children
            .into_iter()
            .for_each(|child| world.set(child, "parent", Value::Null));
    }
    rename_account(world, &object.base, serial);
    note(world, "model_updated", serial);
    Ok(())
}

fn validated(
    world: &World,
    base: &str,
    body: &Map<String, Value>,
    existing: Option<Serial>,
    partial: bool,
) -> Result<Values, Refusal> {
    let collection = world.collection(base).ok_or(Refusal::Crash)?;
    let sent = clean(world, base, body, existing, partial)?;
    world.licence.check(&world.facts, collection)?;
    judge(&Write {
        world,
        base,
        sent: &sent,
        existing,
    })?;
    let lacks = |(name, field): (&String, &Field)| field.demanded && !sent.contains_key(name);
    // Nobody can say whose device it is or, from 2026.5 on, whose connection, and without that there is no row.
    let unsaid = |name: &String| {
        collection.shows.contains_key(name) && !collection.fields.contains_key(name)
    };
    if existing.is_none()
        && (collection.fields.iter().any(lacks)
            || collection.unique_together.iter().flatten().any(unsaid))
    {
        return Err(Refusal::Crash);
    }
    Ok(sent)
}

/// PUT leaves omitted optional fields as they are, but for these (their serializers give them
/// a default, which an omission then means).
fn reset_by_put(base: &str, sent: &mut Values) {
    let resets: &[(&str, Value)] = match base {
        "/core/groups/" => &[("users", Value::Array(Vec::new()))],
        "/core/users/" => &[
            ("groups", Value::Array(Vec::new())),
            ("roles", Value::Array(Vec::new())),
        ],
        "/policies/bindings/" => &[("policy", Value::Null)],
        _ => &[],
    };
    for (field, value) in resets {
        sent.entry(*field).or_insert_with(|| value.clone());
    }
}
