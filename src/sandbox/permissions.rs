//! The permissions that roles hold.
//! Must never check them: whom the sandbox lets in is decided elsewhere.

use serde_json::Value;

use super::types::Serial;
use super::world::{World, text_of};

/// On the role: the full names of permissions on all objects.
pub(super) const EVERYWHERE: &str = "permissions";

/// On the role: pairs of a permission's full name and an object's id.
pub(super) const ON_OBJECTS: &str = "object_permissions";

/// Whether a role gives a permission on all objects.
pub(super) fn holds(world: &World, role: &str, permission: Serial) -> bool {
    let role = world.find("/rbac/roles/", role);
    role.is_some_and(|role| items(world, role, EVERYWHERE).contains(&full_name(world, permission)))
}

/// The full names of the permissions on all objects that a role gives.
pub(super) fn everywhere(world: &World, role: Serial) -> Vec<Value> {
    items(world, role, EVERYWHERE)
}

pub(super) fn full_name(world: &World, permission: Serial) -> Value {
    let part = |name: &str| text_of(world.value(permission, name));
    format!("{}.{}", part("app_label"), part("codename")).into()
}

pub(super) fn items(world: &World, role: Serial, field: &str) -> Vec<Value> {
    world
        .value(role, field)
        .as_array()
        .cloned()
        .unwrap_or_default()
}
