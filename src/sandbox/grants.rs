//! What roles may do: permissions given on all objects and on single ones.
//! Must never check them: whom the sandbox lets in is decided elsewhere.

use serde_json::{Map, Value, json};

use super::list;
use super::permissions::{EVERYWHERE, ON_OBJECTS, full_name, items};
use super::types::{Call, Caller, Reply, Serial, field_error, last};
use super::world::{World, text_of};

const ROLES: &str = "/rbac/permissions/assigned_by_roles/";

/// Answers an action on permissions, or says `None` where the path is not one.
pub(super) fn answer(
    world: &mut World,
    caller: Caller,
    call: &Call,
    body: &Map<String, Value>,
) -> Option<Reply> {
    if call.path == "/rbac/permissions/roles/" && call.method == "GET" {
        return Some(listing(world, caller, call));
    }
    let (role, action) = call.path.strip_prefix(ROLES)?.split_once('/')?;
    let given = match (call.method.as_str(), action) {
        ("POST", "assign/") => true,
        ("PATCH", "unassign/") => false,
        _ => return None,
    };
    let Some(role) = world.find("/rbac/roles/", role) else {
        return Some(Reply::absent("Role"));
    };
    Some(assign(world, role, body, given))
}

fn assign(world: &mut World, role: Serial, body: &Map<String, Value>, given: bool) -> Reply {
    let invalid =
        |field: &str, text: &str| Reply::new(400, Value::Object(field_error(field, text)));
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let Some(names) = body.get("permissions").and_then(Value::as_array) else {
        return invalid("permissions", "This field is required.");
    };
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    let model = text("model");
    let collection = model.map(|model| {
        world
            .facts
            .collections
            .values()
            .find(|one| one.label == model)
    });
    if let (Some(model), Some(None)) = (model, collection) {
        return invalid("model", &format!("\"{model}\" is not a valid choice."));
    }
    if model.is_none() && names.iter().any(|name| !name.contains('.')) {
        let text =
            "When assigning global permissions, codename must be given as app_label.codename";
        return invalid("permissions", text);
    }
    // An object that is not there is no error: what follows is then about all objects.
    let object = collection
        .flatten()
        .zip(text("object_pk"))
        .and_then(|(collection, pk)| {
            let found = world
                .resolve(&collection.model, &pk.into())
                .ok()
                .flatten()?;
            Some((text_of(&world.pk_of(found)), collection.label.clone()))
        });
    let mut found = Vec::new();
    for name in names {
        let (app, code) = match (name.split_once('.'), &object) {
            (Some((_, code)), Some((_, label))) => (label.split_once('.'), code),
            // From 2026.2 on a bare name is none, not even on an object.
            (None, Some(_))
                if !["2025.10", "2025.12"]
                    .iter()
                    .any(|old| world.facts.release.starts_with(old)) =>
            {
                return Reply::empty(405);
            }
            (None, Some((_, label))) => (label.split_once('.'), name),
            (Some((app, code)), None) => (Some((app, "")), code),
            (None, None) => return Reply::empty(405),
        };
        let fits = |permission: &Serial| {
            let is = |field: &str, wanted: &str| world.value(*permission, field) == wanted;
            app.is_some_and(|(app, model)| {
                is("app_label", app) && (model.is_empty() || is("model", model))
            }) && is("codename", code)
        };
        let Some(permission) = world.members("/rbac/permissions/").find(fits) else {
            return Reply::empty(405);
        };
        found.push((world.pk_of(permission), full_name(world, permission)));
    }
    world.seed.tick();
    let field = if object.is_some() {
        ON_OBJECTS
    } else {
        EVERYWHERE
    };
    let mut all = items(world, role, field);
    let mut answer = Vec::new();
    for (id, name) in found {
        let item = object
            .as_ref()
            .map_or(name.clone(), |(pk, _)| json!([name, pk]));
        match (given, all.contains(&item)) {
            (true, false) => all.push(item),
            (false, true) => all.retain(|other| *other != item),
            _ => {}
        }
        answer.push(json!({ "id": text_of(&id) }));
    }
    world.set(role, field, all.into());
    if given {
        Reply::new(200, answer.into())
    } else {
        Reply::empty(204)
    }
}

/// The permissions on objects, ten a page at most. The role `authentik Read-only` does not bring the one that it takes.
fn listing(world: &World, caller: Caller, call: &Call) -> Reply {
    if !caller.superuser {
        return Reply::detail(403, "You do not have permission to perform this action.");
    }
    let role = last(&call.query, "uuid").filter(|uuid| !uuid.is_empty());
    let roles: Vec<Serial> = match role {
        Some(uuid) => world.find("/rbac/roles/", uuid).into_iter().collect(),
        None => world.members("/rbac/roles/").collect(),
    };
    let all: Vec<Value> = roles
        .into_iter()
        .flat_map(|role| items(world, role, ON_OBJECTS))
        .collect();
    let Some((range, pagination)) = list::part(world, &call.query, all.len(), Some(10)) else {
        return Reply::detail(404, "Invalid page.");
    };
    let start = range.start;
    let results = all.get(range).unwrap_or_default().iter().enumerate();
    let results = results
        .map(|(i, item)| shown(world, start + i + 1, &item[0], &item[1]))
        .collect();
    Reply::new(200, list::body(pagination, results))
}

fn shown(world: &World, id: usize, permission: &Value, object: &Value) -> Value {
    let found = world
        .members("/rbac/permissions/")
        .find(|one| full_name(world, *one) == *permission);
    let part = |name: &str| found.map_or(Value::Null, |found| world.value(found, name).clone());
    json!({
        "id": id,
        "codename": part("codename"),
        "model": part("model"),
        "app_label": part("app_label"),
        "object_pk": object,
        "name": part("name"),
        "app_label_verbose": part("app_label"),
        "model_verbose": part("model"),
        "object_description": null,
    })
}
