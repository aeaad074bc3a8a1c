//! Answers one API request: a plain function of the world, the caller and the call.
//! Must never touch a socket, a file or a clock.

use serde_json::{Map, Value, json};

use super::actions;
use super::behaviours::Refusal;
use super::events;
use super::facts::{Collection, Family};
use super::groups::{groups_of, is_superuser};
use super::ids::canonical_uuid;
use super::list::{self, last};
use super::python::python_type;
use super::render::Renderer;
use super::rights;
use super::schema;
use super::uploads;
use super::world::{Serial, World, text_of};
use super::writes;

/// One request below `/api/v3`.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub method: String,
    /// The path after `/api/v3`, such as `/core/groups/`.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// The `Content-Type` of the body.
    pub kind: String,
    /// The request body as sent.
    pub body: Vec<u8>,
}

/// One answer; no body means an empty one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub status: u16,
    pub body: Option<Value>,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Reply {
        Reply { status, body: Some(body) }
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, body: None }
    }

    pub fn detail(status: u16, text: &str) -> Reply {
        Reply::new(status, json!({ "detail": text }))
    }

    /// The answer to an object that is not there, in the words of the server.
    pub fn absent(model: &str) -> Reply {
        Reply::detail(404, &format!("No {model} matches the given query."))
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Reply {
        match refusal {
            Refusal::Invalid(errors) => Reply::new(400, Value::Object(errors)),
            // The page for a crash answers GET only: for a write it is a 405 with nothing in it.
            Refusal::Crash => Reply::empty(405),
        }
    }
}

/// Who asks, and what they may do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    pub user: Serial,
    pub superuser: bool,
    /// Holds the role `authentik Read-only`, which views every model.
    pub reader: bool,
}

/// Finds the user of a bearer token; the error is the server's answer, always 403.
pub(super) fn authenticate(world: &World, header: Option<&str>) -> Result<Caller, Reply> {
    let token = match header.map(str::trim).filter(|header| !header.is_empty()) {
        None => return Err(Reply::detail(403, "Authentication credentials were not provided.")),
        Some(header) => match header.split_once(' ') {
            Some((kind, token)) if kind.eq_ignore_ascii_case("bearer") => token,
            _ => return Err(Reply::detail(403, "Authentication credentials were not provided.")),
        },
    };
    let invalid = || Reply::detail(403, "Token invalid/expired");
    let found = world
        .members("/core/tokens/")
        .find(|serial| *world.value(*serial, "key") == token && *world.value(*serial, "intent") == "api");
    // Times are texts of one form, so that they compare as they are.
    let now = world.seed.now();
    let over = |serial: &Serial| {
        let ends = world.value(*serial, "expires").as_str();
        *world.value(*serial, "expiring") == true && ends.is_some_and(|ends| ends <= now.as_str())
    };
    if found.as_ref().is_some_and(over) {
        return Err(invalid());
    }
    let signed_in = world.access_tokens.get(token).copied();
    let owner = found.and_then(|serial| world.resolve("User", world.value(serial, "user")).ok().flatten());
    let user = owner.or(signed_in).filter(|user| *world.value(*user, "is_active") == true).ok_or_else(invalid)?;
    Ok(caller(world, user))
}

pub(super) fn caller(world: &World, user: Serial) -> Caller {
    let superuser = is_superuser(world, user);
    let reads = |group: &Serial| {
        let roles = world.value(*group, "roles").as_array().into_iter().flatten();
        let mut found = roles.filter_map(|role| world.resolve("Role", role).ok().flatten());
        found.any(|role| *world.value(role, "name") == "authentik Read-only")
    };
    let reader = superuser || groups_of(world, user).iter().any(reads);
    Caller { user, superuser, reader }
}

/// Answers a call of an authenticated caller.
pub(super) fn answer(world: &mut World, caller: Caller, call: &Call) -> Reply {
    let forbidden = || Reply::detail(403, "You do not have permission to perform this action.");
    let reads = matches!(call.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    if let Some(reply) = world.licence.refusal(call) {
        return reply;
    }
    if !rights::allow(world, caller, call) {
        return forbidden();
    }
    if rights::fails(world, caller, call) {
        return crash();
    }
    let uploads = world.facts.collections.iter().filter(|(_, collection)| collection.upload);
    let upload = uploads.map(|(base, _)| base).find(|base| call.path.starts_with(base.as_str())).cloned();
    if let Some(base) = upload {
        return uploads::answer(world, &base, call);
    }
    let body = match parse(call) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if let Some(reply) = actions::answer(world, caller, call, &body) {
        return reply;
    }
    let facts = world.facts.clone();
    if call.path == "/schema/" {
        return if reads { Reply::new(200, schema::document(&facts)) } else { not_allowed(&call.method) };
    }
    if let Some(key) = call.path.strip_prefix(events::PATH) {
        return match (reads, key.trim_end_matches('/')) {
            (false, _) => not_allowed(&call.method),
            (true, "") => events::answer(world, &call.query),
            (true, key) => events::one(world, &decode(key)),
        };
    }
    if let Some((path, family)) = facts.polymorphic.iter().find(|(path, _)| call.path.starts_with(path.as_str())) {
        return family_answer(world, call, family, &call.path[path.len()..]);
    }
    let found = facts.collections.iter().filter(|(base, _)| call.path.starts_with(base.as_str()));
    let Some((base, collection)) = found.max_by_key(|(base, _)| base.len()) else {
        return Reply::detail(404, "Not found.");
    };
    let key = call.path[base.len()..].trim_end_matches('/');
    if collection.read_only && !reads {
        return not_allowed(&call.method);
    }
    let single = collection.singleton.then(|| world.members(base).next());
    match (call.method.as_str(), key.is_empty()) {
        ("GET" | "PUT" | "PATCH", true) if collection.singleton => match single.flatten() {
            Some(serial) => one(world, caller, call, collection, serial, &body),
            None => Reply::absent(&collection.model),
        },
        (method, _) if collection.singleton => not_allowed(method),
        ("GET", true) => listing(world, caller, call, base, collection),
        ("POST", true) => match writes::create(world, base, &body, caller.user) {
            Ok(serial) => Reply::new(201, written(world, base, serial, &body)),
            Err(refusal) => refusal.into(),
        },
        ("GET" | "PATCH" | "PUT" | "DELETE", false) => {
            let key = decode(key);
            let visible = |serial: &Serial| visible(world, caller, base, *serial);
            match world.find(base, &key).filter(visible) {
                Some(serial) => one(world, caller, call, collection, serial, &body),
                None => no_object(collection, &key),
            }
        }
        (method, _) => not_allowed(method),
    }
}

/// The answer to a key that nobody has. What could not even be one is not looked for.
pub(super) fn no_object(collection: &Collection, key: &str) -> Reply {
    let could_be = match (collection.key.as_str(), collection.pk_type.as_str()) {
        ("slug" | "identifier", _) => true,
        (_, "integer") => key.parse::<i64>().is_ok(),
        _ => canonical_uuid(key).is_some(),
    };
    match could_be {
        true => Reply::absent(&collection.model),
        false => Reply::detail(404, "Not found."),
    }
}

/// The server fails at a read: a page, and nothing in it that could be read.
pub(super) fn crash() -> Reply {
    Reply::empty(500)
}

fn not_allowed(method: &str) -> Reply {
    Reply::detail(405, &format!("Method \"{method}\" not allowed."))
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
        "DELETE" => match writes::protected(world, serial) {
            Some(errors) => Reply::new(400, Value::Object(errors)),
            None => {
                writes::delete(world, serial);
                Reply::empty(204)
            }
        },
        method => {
            let before = Renderer::new(world).object(serial);
            match writes::update(world, serial, body, caller.user, method == "PATCH") {
                Ok(()) => {
                    let base = world.get(serial).map(|object| object.base.clone()).unwrap_or_default();
                    let mut answer = written(world, &base, serial, body);
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

/// The answer to a write. A stage just bound has not been looked up: its kind is missing.
fn written(world: &World, base: &str, serial: Serial, sent: &Map<String, Value>) -> Value {
    let renderer = Renderer::new(world);
    let mut answer = renderer.object(serial);
    if base == "/flows/bindings/" && sent.contains_key("stage") {
        let stage = world.resolve("Stage", world.value(serial, "stage")).ok().flatten();
        if let (Some(stage), Some(object)) = (stage, answer.as_object_mut()) {
            object.insert("stage_obj".into(), renderer.bare(stage, "Stage", "/stages/all/"));
        }
    }
    answer
}

/// A provider that a change of its application leaves alone was looked up before: it names the application as it was.
fn keep_provider(answer: &mut Value, mut before: Value) {
    if let (Some(answer), Some(provider)) = (answer.as_object_mut(), before.get_mut("provider_obj")) {
        answer.insert("provider_obj".into(), provider.take());
    }
}

fn listing(world: &World, caller: Caller, call: &Call, base: &str, collection: &Collection) -> Reply {
    let mut objects = world.instances(&collection.model);
    objects.retain(|serial| visible(world, caller, base, *serial));
    let mut objects = match list::filter(world, collection, &collection.filters, &call.query, objects) {
        Ok(objects) => objects,
        Err(errors) if errors.is_empty() => return crash(),
        Err(errors) => return Reply::new(400, Value::Object(errors)),
    };
    list::order(world, collection, &call.query, &mut objects);
    let Some(page) = list::page(world, &call.query, &objects) else {
        return Reply::detail(404, "Invalid page.");
    };
    let mut shown = page.objects;
    let whole = caller.superuser && last(&call.query, "superuser_full_list") == Some("true");
    if base == "/rac/endpoints/" && !whole {
        // Every page has all of them.
        shown = objects;
        shown.retain(|endpoint| may_launch(world, caller, *endpoint));
    }
    if base == "/core/applications/" && !whole {
        // The page is cut first and thinned out afterwards: the count still counts all.
        shown.retain(|application| may_launch(world, caller, *application));
    }
    let renderer = list::includes(Renderer::new(world), &call.query);
    let results = shown.into_iter().map(|serial| renderer.as_collection(serial, collection)).collect();
    Reply::new(200, list::body(page.pagination, results))
}

/// 2025.10 shows others' tokens to superusers only.
fn visible(world: &World, caller: Caller, base: &str, serial: Serial) -> bool {
    base != "/core/tokens/"
        || caller.superuser
        || !world.facts.is_2025_10()
        || *world.value(serial, "user") == world.pk_of(caller.user)
}

/// Whether the list of applications shows one to its caller: nothing bound, or bound to them.
/// Superusers are no exception. Policies are not run here: a bound one never opens the list.
fn may_launch(world: &World, caller: Caller, application: Serial) -> bool {
    let bindings: Vec<Serial> = world
        .referrers(application, "/policies/bindings/", "target")
        .filter(|binding| *world.value(*binding, "enabled") == true)
        .collect();
    let groups = groups_of(world, caller.user);
    let passes = |binding: &Serial| {
        let user = *world.value(*binding, "user") == world.pk_of(caller.user);
        let group = world.resolve("Group", world.value(*binding, "group")).ok().flatten();
        let member = group.is_some_and(|group| groups.contains(&group));
        let policy = !world.value(*binding, "policy").is_null();
        !policy && (user || member) != (*world.value(*binding, "negate") == true)
    };
    bindings.is_empty() || bindings.iter().any(passes)
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
    let slug = (family.model == "Source").then(|| world.find("/sources/all/", &decode(key))).flatten();
    let number = key.parse::<i64>().map_or_else(|_| Value::from(decode(key)), Value::from);
    let found = slug.or_else(|| world.resolve(&family.model, &number).ok().flatten());
    match (call.method.as_str(), found) {
        ("GET", Some(serial)) => Reply::new(200, Renderer::new(world).view(serial, &family.view)),
        ("DELETE", Some(serial)) => match writes::protected(world, serial) {
            Some(errors) => Reply::new(400, Value::Object(errors)),
            None => {
                writes::delete(world, serial);
                Reply::empty(204)
            }
        },
        ("GET" | "DELETE", None) => Reply::absent(&family.model),
        (method, _) => not_allowed(method),
    }
}

fn family_list(world: &World, call: &Call, family: &Family) -> Reply {
    let names = world.facts.views.get(&family.view).cloned().unwrap_or_default();
    let mut collection =
        Collection { model: family.model.clone(), ordering: family.ordering.clone(), ..Collection::default() };
    collection.shows = names.iter().map(|name| (name.clone(), Default::default())).collect();
    let mut filters = family.filters.clone();
    filters.extend(["name".to_owned(), "slug".to_owned()]);
    let objects = world.instances(&family.model);
    let mut objects = match list::filter(world, &collection, &filters, &call.query, objects) {
        Ok(objects) => objects,
        Err(errors) => return Reply::new(400, Value::Object(errors)),
    };
    list::order(world, &collection, &call.query, &mut objects);
    match list::page(world, &call.query, &objects) {
        Some(page) => {
            let renderer = Renderer::new(world);
            let results = page.objects.into_iter().map(|serial| renderer.view(serial, &family.view)).collect();
            Reply::new(200, list::body(page.pagination, results))
        }
        None => Reply::detail(404, "Invalid page."),
    }
}

/// The JSON object a write carries; reads have none.
fn parse(call: &Call) -> Result<Map<String, Value>, Reply> {
    if call.method == "GET" || call.body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(other) => {
            let text = format!("Invalid data. Expected a dictionary, but got {}.", python_type(&other));
            Err(Reply::new(400, json!({ "non_field_errors": [text] })))
        }
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let text = format!(
                "JSON parse error - unexpected character: line {line} column {column} (char {})",
                column.saturating_sub(1)
            );
            Err(Reply::detail(400, &text))
        }
    }
}

/// Undoes the percent-encoding of one path segment.
pub(super) fn decode(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, code.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The pairs of a query string.
pub(super) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// The path without its first part and the slash after: `5/used_by/` of `/core/users/5/used_by/`.
pub(super) fn below<'a>(path: &'a str, base: &str) -> Option<(&'a str, &'a str)> {
    let (key, action) = path.strip_prefix(base)?.split_once('/')?;
    Some((key, action.strip_suffix('/')?))
}

/// The display text of a key, for messages.
pub(super) fn key_text(world: &World, serial: Serial) -> String {
    text_of(&world.pk_of(serial))
}
