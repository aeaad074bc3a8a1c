//! Whom the sandbox lets do what: superusers everything, others what their roles' permissions on all objects say.
//! Must never look at permissions on single objects: whoever has only those is refused.

use std::collections::BTreeSet;

use serde_json::Value;

use super::events;
use super::groups::groups_of;
use super::types::{Call, Caller, Serial};
use super::world::World;

/// What everybody who is known may ask.
const ANYONES: [&str; 5] = [
    "/core/users/me/",
    "/admin/version/",
    "/root/config/",
    "/enterprise/license/summary/",
    "/schema/",
];
/// What takes permissions of its own: to read, and to write.
const OWN: [(&str, &str, &str); 2] = [
    (
        "/admin/settings/",
        "authentik_rbac.view_system_settings",
        "authentik_rbac.edit_system_settings",
    ),
    (
        "/admin/file/",
        "authentik_rbac.view_media_files",
        "authentik_rbac.manage_media_files",
    ),
];
/// Actions that take a permission of their own.
const ACTIONS: [(&str, &str, &str); 3] = [
    (
        "/core/groups/",
        "/add_user/",
        "authentik_core.add_user_to_group",
    ),
    (
        "/core/groups/",
        "/remove_user/",
        "authentik_core.remove_user_from_group",
    ),
    ("/rbac/roles/", "/add_user/", "authentik_rbac.change_role"),
];
/// Lists over a whole family for which the role `authentik Read-only` lacks the permission.
const NOT_READERS: [&str; 1] = ["/endpoints/connectors/"];

/// Whether a caller may make a call.
pub(super) fn allow(world: &World, caller: Caller, call: &Call) -> bool {
    let path = call.path.as_str();
    if caller.superuser || ANYONES.contains(&path) {
        return true;
    }
    let reads = matches!(call.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    let given = given(world, caller.user);
    let has = |name: &str| given.contains(name);
    if let Some((_, view, change)) = OWN.iter().find(|(base, ..)| path.starts_with(base)) {
        return has(if reads { view } else { change });
    }
    if let Some((_, family)) = world
        .facts
        .polymorphic
        .iter()
        .find(|(base, _)| path.starts_with(base.as_str()))
    {
        return reads && has(&verb("view", &family.label));
    }
    let readers = !NOT_READERS.contains(&path);
    if reads && caller.reader && readers {
        return true;
    }
    if path.starts_with(events::PATH) {
        return reads && has("authentik_events.view_event");
    }
    let collections = world
        .facts
        .collections
        .iter()
        .filter(|(base, _)| path.starts_with(base.as_str()));
    let Some((base, collection)) = collections.max_by_key(|(base, _)| base.len()) else {
        return false;
    };
    if let Some((_, _, right)) = ACTIONS
        .iter()
        .find(|(of, end, _)| of == base && path.ends_with(end))
    {
        return has(right);
    }
    let views = || caller.reader || has(&verb("view", &collection.label));
    let below = path[base.len()..].trim_end_matches('/');
    if below.contains('/') && !reads {
        // Actions of which nothing was measured.
        return false;
    }
    match call.method.as_str() {
        // Whoever may not view them has an empty list of applications, of everything else none.
        _ if reads => views() || (base == "/core/applications/" && below.is_empty()),
        "POST" => has(&verb("add", &collection.label)),
        "DELETE" => views() && has(&verb("delete", &collection.label)),
        _ => views() && has(&verb("change", &collection.label)),
    }
}

/// Whether the server says what refers to an object. For a group it fails unless its caller is a superuser: everybody else is
/// looked up in a table of permissions that does not fit.
pub(super) fn fails(world: &World, caller: Caller, call: &Call) -> bool {
    let asked = call
        .path
        .strip_prefix("/core/groups/")
        .is_some_and(|rest| rest.ends_with("/used_by/"));
    asked && !caller.superuser && !world.facts.is_2025_10()
}

/// The full names of the permissions on all objects that a user has by roles, its own and its groups'.
fn given(world: &World, user: Serial) -> BTreeSet<String> {
    let holders = groups_of(world, user).into_iter().chain([user]);
    let keys = holders.flat_map(|holder| {
        world
            .value(holder, "roles")
            .as_array()
            .cloned()
            .unwrap_or_default()
    });
    let roles: Vec<Serial> = keys
        .filter_map(|key| world.resolve("Role", &key).ok().flatten())
        .collect();
    let names = roles
        .into_iter()
        .flat_map(|role| super::permissions::everywhere(world, role));
    names
        .filter_map(|name| Value::as_str(&name).map(str::to_owned))
        .collect()
}

fn verb(verb: &str, label: &str) -> String {
    let (app, model) = label.split_once('.').unwrap_or(("", label));
    format!("{app}.{verb}_{model}")
}
