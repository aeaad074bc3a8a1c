//! The audit log: an event for every object that a request over HTTP makes, changes or deletes, and the list of them.
//! Must never change an object; what happens inside the process leaves no event, as with blueprints and shells.

use serde_json::{Value, json};

use super::ids::canonical_uuid;
use super::list;
use super::titles::title;
use super::types::{Query, Reply, Serial, last};
use super::world::{World, text_of};

/// Where the list is.
pub(super) const PATH: &str = "/events/events/";

/// How long an event is kept, by the settings of a fresh install.
const KEPT_DAYS: i64 = 365;

/// What a request says of itself.
pub(super) struct Trace<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a Query,
    pub user_agent: &'a str,
    pub client_ip: &'a str,
}

/// Notes that an object was made, changed or is about to go.
pub(super) fn note(world: &mut World, action: &'static str, serial: Serial) {
    let Some(collection) = world.collection_of(serial) else {
        return;
    };
    let Some((app, model)) = collection.label.split_once('.') else {
        return;
    };
    let pk = text_of(&world.pk_of(serial));
    let number = pk.parse::<i64>();
    let pk = number.map_or_else(|_| Value::from(pk.replace('-', "")), Value::from);
    let model = json!({ "app": app, "model_name": model, "name": title(world, serial), "pk": pk });
    world.log.note(action, model);
}

/// Makes events of what a request has done; forgets it if the request was refused or came from inside.
pub(super) fn record(world: &mut World, user: Serial, trace: Option<&Trace<'_>>) {
    let done = world.log.take_noted();
    let Some(trace) = trace else { return };
    let who = json!({
        "pk": world.pk_of(user),
        "username": world.value(user, "username"),
        "email": world.value(user, "email"),
    });
    let created = world.seed.now();
    let expires = world.seed.in_minutes(KEPT_DAYS * 24 * 60);
    let brand = brand(world);
    let request_id = world.log.seed.hex(32);
    let args: serde_json::Map<String, Value> = trace
        .query
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    for (action, model) in done {
        let event = json!({
            "pk": world.log.seed.uuid(),
            "user": who,
            "action": action,
            "app": "authentik.events.middleware",
            "context": {
                "model": model,
                "http_request": {
                    "args": args, "method": trace.method, "path": format!("/api/v3{}", trace.path),
                    "request_id": request_id, "user_agent": trace.user_agent,
                },
            },
            "client_ip": trace.client_ip,
            "created": created,
            "expires": expires,
            "brand": brand,
        });
        world.log.push(event);
    }
}

/// The brand that answered: without an address that another one has, the default.
fn brand(world: &World) -> Value {
    let default = world
        .members("/core/brands/")
        .find(|brand| *world.value(*brand, "default") == true);
    default.map_or_else(
        || json!({}),
        |brand| {
            let pk = text_of(&world.pk_of(brand)).replace('-', "");
            json!({ "pk": pk, "app": "authentik_brands", "name": "Default brand", "model_name": "brand" })
        },
    )
}

/// A page of the log, by the server's filters.
pub(super) fn answer(world: &World, query: &Query) -> Reply {
    let actions: Vec<&str> = query
        .iter()
        .filter(|(key, _)| key == "actions")
        .map(|(_, value)| value.as_str())
        .collect();
    let pk = last(query, "context_model_pk").map(|pk| pk.replace('-', ""));
    let is = |name: &str, value: &Value| {
        last(query, name).is_none_or(|wanted| wanted.is_empty() || value == wanted)
    };
    let search = last(query, "search").unwrap_or_default().to_lowercase();
    let fits = |event: &&Value| {
        let model = &event["context"]["model"];
        (actions.is_empty() || actions.iter().any(|action| event["action"] == *action))
            && is("action", &event["action"])
            && is("username", &event["user"]["username"])
            && is("client_ip", &event["client_ip"])
            && is("context_model_app", &model["app"])
            && is("context_model_name", &model["model_name"])
            && pk.as_ref().is_none_or(|pk| text_of(&model["pk"]) == *pk)
            && (search.is_empty() || event.to_string().to_lowercase().contains(&search))
    };
    let mut found: Vec<&Value> = world.log.events().filter(fits).collect();
    // Events of one second keep the order in which they happened.
    if last(query, "ordering").is_none_or(|ordering| ordering.starts_with('-')) {
        found.reverse();
    }
    let numbers: Vec<Serial> = (0..found.len() as Serial).collect();
    match list::page(world, query, &numbers) {
        Some(page) => {
            let shown = page
                .objects
                .iter()
                .filter_map(|number| found.get(*number as usize))
                .map(|it| (*it).clone());
            Reply::new(200, list::body(page.pagination, shown.collect()))
        }
        None => Reply::detail(404, "Invalid page."),
    }
}

/// One event by its id.
pub(super) fn one(world: &World, key: &str) -> Reply {
    let key = canonical_uuid(key).unwrap_or_default();
    match world.log.events().find(|event| event["pk"] == key.as_str()) {
        Some(event) => Reply::new(200, event.clone()),
        None => Reply::absent("Event"),
    }
}
