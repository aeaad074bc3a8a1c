//! Lists that are stored on their other side, and items that go in and out one by one.
//! Must never judge who may do that.

use serde_json::Value;

use crate::sandbox::types::{Serial, Values};
use crate::sandbox::world::World;

/// A group's `users` is the other side of the users' `groups`: it is stored there only.
pub(super) fn take_members(base: &str, values: &mut Values) -> Option<Vec<Value>> {
    if base != "/core/groups/" {
        return None;
    }
    values.remove("children");
    match values.remove("users") {
        Some(Value::Array(users)) => Some(users),
        _ => None,
    }
}

pub(super) fn set_members(world: &mut World, group: Serial, members: Option<Vec<Value>>) {
    let Some(members) = members else { return };
    let wanted: Vec<Serial> = members
        .iter()
        .filter_map(|key| world.resolve("User", key).ok()?)
        .collect();
    let before: Vec<Serial> = world.referrers(group, "/core/users/", "groups").collect();
    for user in &before {
        if !wanted.contains(user) {
            toggle(world, *user, "groups", group, false);
        }
    }
    for user in wanted {
        toggle(world, user, "groups", group, true);
    }
}

/// Adds one key to a list of an object, or takes it out; both may be repeated.
pub(in crate::sandbox) fn toggle(
    world: &mut World,
    holder: Serial,
    field: &str,
    member: Serial,
    present: bool,
) {
    let key = world.pk_of(member);
    let mut keys = world
        .value(holder, field)
        .as_array()
        .cloned()
        .unwrap_or_default();
    if keys.contains(&key) == present {
        return;
    }
    match present {
        true => keys.push(key),
        false => keys.retain(|other| *other != key),
    }
    world.set(holder, field, keys.into());
}
