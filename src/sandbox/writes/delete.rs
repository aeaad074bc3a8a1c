//! Deletes objects, with everything that the database deletes or clears along with them.
//! Must never ask whether it may: what is protected says so, and the caller asks.

use serde_json::Value;

use crate::sandbox::events::note;
use crate::sandbox::types::{Errors, Serial, field_error};
use crate::sandbox::world::{World, text_of};

/// Deletes an object and everything the database deletes or clears with it.
pub(in crate::sandbox) fn delete(world: &mut World, serial: Serial) {
    world.seed.tick();
    let mut doomed = vec![serial];
    while let Some(serial) = doomed.pop() {
        let pk = world.pk_of(serial);
        doomed.extend(dependants(world, serial, &pk));
        note(world, "model_deleted", serial);
        let Some((_, referrers)) = world.remove(serial) else {
            continue;
        };
        for (source, field) in referrers {
            match release(world, source, &field, &pk) {
                Released::Deleted => doomed.push(source),
                Released::Kept => {}
            }
        }
    }
}

enum Released {
    Deleted,
    Kept,
}

/// What happens to an object whose reference has gone.
fn release(world: &mut World, source: Serial, field: &str, gone: &Value) -> Released {
    if let Value::Array(keys) = world.value(source, field) {
        let left: Value = keys.iter().filter(|key| *key != gone).cloned().collect();
        world.set(source, field, left);
        return Released::Kept;
    }
    let rule = world
        .collection_of(source)
        .and_then(|collection| collection.fields.get(field));
    if rule.is_some_and(|rule| rule.on_delete.as_deref() == Some("cascade")) {
        return Released::Deleted;
    }
    world.set(source, field, Value::Null);
    Released::Kept
}

/// Objects that go with this one though no plain foreign key of theirs says so.
fn dependants(world: &World, serial: Serial, pk: &Value) -> Vec<Serial> {
    let Some(object) = world.get(serial) else {
        return Vec::new();
    };
    match object.base.as_str() {
        // The foreign key is on the provider's side, hidden behind the application's list.
        "/core/applications/" => {
            let providers = world
                .value(serial, "backchannel_providers")
                .as_array()
                .into_iter()
                .flatten();
            providers
                .filter_map(|key| world.resolve("Provider", key).ok().flatten())
                .collect()
        }
        "/outposts/instances/" => {
            let username = format!("ak-outpost-{}", text_of(pk).replace('-', ""));
            world
                .holder("User.username", &username.into())
                .into_iter()
                .collect()
        }
        "/core/users/" => {
            let invitations = world.members("/stages/invitation/invitations/");
            invitations
                .filter(|invitation| world.value(*invitation, "created_by") == pk)
                .collect()
        }
        base if base.starts_with("/sources/scim/") => {
            let username = format!("ak-source-scim-{}", text_of(pk));
            world
                .holder("User.username", &username.into())
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Objects of the server's own that the API does not delete.
pub(in crate::sandbox) fn protected(world: &World, serial: Serial) -> Option<Errors> {
    let managed = world.value(serial, "managed");
    (*managed == "goauthentik.io/sources/inbuilt")
        .then(|| field_error("detail", "This object cannot be deleted."))
}
