//! A user as `/core/users/me/` answers it.
//! Must never change the world.

use serde_json::{Map, Value, json};

use crate::sandbox::groups::is_superuser;
use crate::sandbox::types::{Serial, Values};
use crate::sandbox::world::World;

/// What a superuser may do on the whole server.
const SYSTEM_PERMISSIONS: [&str; 4] = [
    "access_admin_interface",
    "edit_system_settings",
    "view_system_info",
    "view_system_settings",
];

/// A user as `/core/users/me/` answers it.
pub(in crate::sandbox) fn me(world: &World, user: Serial) -> Value {
    let brief = |field: &str, model: &str| -> Value {
        let keys = world.value(user, field).as_array().into_iter().flatten();
        let found = keys.filter_map(|key| world.resolve(model, key).ok().flatten());
        found
            .map(|it| json!({ "name": world.value(it, "name"), "pk": world.pk_of(it) }))
            .collect()
    };
    let mut me: Values = Map::new();
    for name in ["email", "is_active", "name", "type", "uid", "username"] {
        me.insert(name.into(), world.value(user, name).clone());
    }
    let superuser = is_superuser(world, user);
    me.insert("avatar".into(), "".into());
    me.insert("groups".into(), brief("groups", "Group"));
    me.insert("is_superuser".into(), superuser.into());
    me.insert("pk".into(), world.pk_of(user));
    if !world.facts.is_2025_10() {
        me.insert("roles".into(), brief("roles", "Role"));
    }
    me.insert("settings".into(), json!({}));
    let permissions: Vec<&str> = if superuser {
        SYSTEM_PERMISSIONS.to_vec()
    } else {
        Vec::new()
    };
    me.insert("system_permissions".into(), permissions.into());
    json!({ "user": me })
}
