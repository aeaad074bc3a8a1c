//! Answers one API request: a plain function of the world, the caller and the call.
//! Must never touch a socket, a file or a clock.

mod callers;
mod lists;

use serde_json::{Map, Value};

use super::facts::{Collection, Family, Field};
use super::render::Renderer;
use super::replies::{crash, no_object, not_allowed};
use super::request::{decode, parse};
use super::types::{Call, Caller, Reply, Serial};
use super::world::World;
use super::{actions, events, list, rights, schema, uploads, writes};
pub(super) use callers::authenticate;
use lists::{family_list, listing, visible};

/// Answers a call of an authenticated caller.
pub(super) fn answer(world: &mut World, caller: Caller, call: &Call) -> Reply {
    if let Some(reply) = world.licence.refusal(call) {
        return reply;
    }
    if !rights::allow(world, caller, call) {
        return Reply::detail(403, "You do not have permission to perform this action.");
    }
    if rights::fails(world, caller, call) {
        return crash();
    }
    if let Some(base) = upload_collection(world, &call.path) {
        return uploads::answer(world, &base, call);
    }
    let body = match parse(&world.facts, call) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if let Some(reply) = actions::answer(world, caller, call, &body) {
        return reply;
    }
    if let Some(reply) = read_only(world, call) {
        return reply;
    }
    let facts = world.facts.clone();
    let mut families = facts.polymorphic.iter();
    if let Some((path, family)) = families.find(|(path, _)| call.path.starts_with(path.as_str())) {
        return family_answer(world, call, family, &call.path[path.len()..]);
    }
    let collections = facts.collections.iter();
    let found = collections.filter(|(base, _)| call.path.starts_with(base.as_str()));
    match found.max_by_key(|(base, _)| base.len()) {
        Some((base, collection)) => {
            collection_answer(world, caller, call, (base, collection), &body)
        }
        None => Reply::detail(404, "Not found."),
    }
}

/// Whether a call only reads.
fn reads(call: &Call) -> bool {
    matches!(call.method.as_str(), "GET" | "HEAD" | "OPTIONS")
}

/// The collection of files that a path is in.
fn upload_collection(world: &World, path: &str) -> Option<String> {
    let mut collections = world.facts.collections.iter();
    let found =
        collections.find(|(base, collection)| collection.upload && path.starts_with(base.as_str()));
    found.map(|(base, _)| base.clone())
}

/// The description of the API and the audit log, which nobody writes.
fn read_only(world: &World, call: &Call) -> Option<Reply> {
    let of_log = call.path.strip_prefix(events::PATH);
    if call.path != "/schema/" && of_log.is_none() {
        return None;
    }
    if !reads(call) {
        return Some(not_allowed(&call.method));
    }
    Some(match of_log.map(|key| key.trim_end_matches('/')) {
        None => Reply::new(200, schema::document(&world.facts)),
        Some("") => events::answer(world, &call.query),
        Some(key) => events::one(world, &decode(key)),
    })
}

/// Requests to a collection: to all of it, or to the object of a key.
fn collection_answer(
    world: &mut World,
    caller: Caller,
    call: &Call,
    (base, collection): (&str, &Collection),
    body: &Map<String, Value>,
) -> Reply {
    let method = call.method.as_str();
    let key = call.path[base.len()..].trim_end_matches('/');
    if collection.read_only && !reads(call) {
        return not_allowed(method);
    }
    if collection.singleton {
        if !key.is_empty() || !["GET", "PUT", "PATCH"].contains(&method) {
            return not_allowed(method);
        }
        let single = world.members(base).next();
        return match single {
            Some(serial) => one(world, caller, call, collection, serial, body),
            None => Reply::absent(&collection.model),
        };
    }
    match (method, key.is_empty()) {
        ("GET", true) => listing(world, caller, call, base, collection),
        ("POST", true) => match writes::create(world, base, body, caller.user) {
            Ok(serial) => Reply::new(201, written(world, base, serial, body)),
            Err(refusal) => refusal.into(),
        },
        ("GET" | "PATCH" | "PUT" | "DELETE", false) => {
            let key = decode(key);
            let is_visible = |serial: &Serial| visible(world, caller, base, *serial);
            match world.find(base, &key).filter(is_visible) {
                Some(serial) => one(world, caller, call, collection, serial, body),
                None => no_object(collection, &key),
            }
        }
        (method, _) => not_allowed(method),
    }
}

/// Requests to one object.
fn one(
    world: &mut World,
    caller: Caller,
    call: &Call,
    collection: &Collection,
    serial: Serial,
    body: &Map<String, Value>,
) -> Reply {
    match call.method.as_str() {
        "GET" => {
            let renderer = list::includes(Renderer::new(world), &call.query);
            Reply::new(200, renderer.as_collection(serial, collection))
        }
        "DELETE" => delete(world, serial),
        method => {
            let before = Renderer::new(world).object(serial);
            match writes::update(world, serial, body, caller.user, method == "PATCH") {
                Ok(()) => {
                    let base = world
                        .get(serial)
                        .map(|object| object.base.clone())
                        .unwrap_or_default();
                    let mut answer = written(world, &base, serial, body);
                    if call.method == "PATCH" {
                        keep_items(collection, &mut answer, body);
                    }
                    if base == "/core/applications/" && !body.contains_key("provider") {
                        keep_provider(&mut answer, before);
                    }
                    Reply::new(200, answer)
                }
                Err(refusal) => refusal.into(),
            }
        }
    }
}

/// Deletes an object that is not the server's own.
fn delete(world: &mut World, serial: Serial) -> Reply {
    match writes::protected(world, serial) {
        Some(errors) => Reply::new(400, Value::Object(errors)),
        None => {
            writes::delete(world, serial);
            Reply::empty(204)
        }
    }
}

/// The answer to a write. A stage just bound has not been looked up: its kind is missing.
fn written(world: &World, base: &str, serial: Serial, sent: &Map<String, Value>) -> Value {
    let renderer = Renderer::new(world);
    let mut answer = renderer.object(serial);
    if base == "/flows/bindings/" && sent.contains_key("stage") {
        let stage = world
            .resolve("Stage", world.value(serial, "stage"))
            .ok()
            .flatten();
        if let (Some(stage), Some(object)) = (stage, answer.as_object_mut()) {
            object.insert(
                "stage_obj".into(),
                renderer.bare(stage, "Stage", "/stages/all/"),
            );
        }
    }
    answer
}

/// A PATCH answers with the items of a list as they were sent: their defaults are read back only later.
fn keep_items(collection: &Collection, answer: &mut Value, sent: &Map<String, Value>) {
    let of_objects = |(_, field): &(&String, &Field)| {
        field
            .items
            .as_ref()
            .is_some_and(|item| !item.fields.is_empty())
    };
    for (name, _) in collection.fields.iter().filter(of_objects) {
        let Some(Value::Array(sent)) = sent.get(name) else {
            continue;
        };
        let told = answer
            .get_mut(name)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for (item, sent) in told.filter_map(Value::as_object_mut).zip(sent) {
            item.retain(|name, _| sent.get(name).is_some());
        }
    }
}

/// A provider that a change of its application leaves alone was looked up before: it names the application as it was.
fn keep_provider(answer: &mut Value, mut before: Value) {
    if let (Some(answer), Some(provider)) = (answer.as_object_mut(), before.get_mut("provider_obj"))
    {
        answer.insert("provider_obj".into(), provider.take());
    }
}

/// The lists over a whole family: read and delete only.
fn family_answer(world: &mut World, call: &Call, family: &Family, key: &str) -> Reply {
    let key = key.trim_end_matches('/');
    if key.is_empty() {
        return match call.method.as_str() {
            "GET" => family_list(world, call, family),
            method => not_allowed(method),
        };
    }
    let slug = (family.model == "Source")
        .then(|| world.find("/sources/all/", &decode(key)))
        .flatten();
    let number = key
        .parse::<i64>()
        .map_or_else(|_| Value::from(decode(key)), Value::from);
    let found = slug.or_else(|| world.resolve(&family.model, &number).ok().flatten());
    match (call.method.as_str(), found) {
        ("GET", Some(serial)) => Reply::new(200, Renderer::new(world).view(serial, &family.view)),
        ("DELETE", Some(serial)) => delete(world, serial),
        ("GET" | "DELETE", None) => Reply::absent(&family.model),
        (method, _) => not_allowed(method),
    }
}
