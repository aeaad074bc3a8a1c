//! Lists: filters, search, ordering and paging, with the `pagination` object of the server.
//! Must never change the world; it looks at stored values and renders one page only.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::facts::Collection;
use super::ids::canonical_uuid;
use super::render::Renderer;
use super::validate::{Errors, field_error};
use super::world::{Serial, World, text_of};

/// Stands among the fields of a search that the server fails at whatever is looked for.
const CRASHES: &str = "(crashes)";

/// The pairs of a query string, in order, decoded.
pub(super) type Query = [(String, String)];

/// The last value of a query key, as Django reads it.
pub(super) fn last<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Keeps the objects that every known filter of the query accepts; unknown keys are ignored.
pub(super) fn filter(
    world: &World,
    collection: &Collection,
    filters: &[String],
    query: &Query,
    objects: Vec<Serial>,
) -> Result<Vec<Serial>, Errors> {
    let needle = last(query, "search").filter(|needle| !needle.is_empty());
    if needle.is_some() && collection.search.iter().any(|field| field == CRASHES) {
        return Err(Errors::new());
    }
    let mut kept = objects;
    for (name, wanted) in query {
        if !filters.contains(name) || wanted.is_empty() || name.starts_with("include_") {
            continue;
        }
        // What is neither true nor false asks for nothing.
        let word = wanted.to_lowercase();
        let number = ["1", "0"].contains(&word.as_str()) && collection.flags.as_deref() != Some("words");
        if is_flag(collection, name) && !number && !["true", "false"].contains(&word.as_str()) {
            continue;
        }
        kept = match name.as_str() {
            "target_in" => {
                let all = query.iter().filter(|(key, _)| key == "target_in");
                let mut targets = Vec::new();
                for (_, id) in all {
                    let Some(target) = world.by_binding_id(id) else {
                        let text = format!("Select a valid choice. {id} is not one of the available choices.");
                        return Err(field_error(name, &text));
                    };
                    targets.push(world.pk_of(target));
                }
                keep(kept, |object| targets.contains(world.value(object, "target")))
            }
            // The filter wants the binding id, though answers and bodies carry the object's own key.
            "target" if collection.root() == "PolicyBinding" => {
                let Some(target) = world.by_binding_id(wanted) else {
                    return Err(no_such_choice(name));
                };
                let pk = world.pk_of(target);
                keep(kept, |object| *world.value(object, "target") == pk)
            }
            "groups_by_name" | "groups_by_pk" => {
                let field = if name == "groups_by_name" { "name" } else { "pk" };
                let ids = named(world, "Group", field, query, name);
                if ids.is_empty() {
                    return Err(no_such_choice(name));
                }
                keep(kept, |object| holds_any(world.value(object, "groups"), &ids))
            }
            "roles_by_name" | "roles_by_pk" => {
                let field = if name == "roles_by_name" { "name" } else { "pk" };
                let ids = named(world, "Role", field, query, name);
                if ids.is_empty() {
                    return Err(no_such_choice(name));
                }
                keep(kept, |object| holds_any(world.value(object, "roles"), &ids))
            }
            "members_by_pk" | "members_by_username" => {
                let field = if name == "members_by_pk" { "pk" } else { "username" };
                let users: Vec<Serial> = world
                    .members("/core/users/")
                    .filter(|user| text_of(world.value(*user, field)) == *wanted)
                    .collect();
                keep(kept, |object| {
                    users.iter().any(|user| holds_any(world.value(*user, "groups"), &[world.pk_of(object)]))
                })
            }
            "path_startswith" => keep(kept, |object| text_of(world.value(object, "path")).starts_with(wanted.as_str())),
            "is_superuser" if collection.model == "User" => {
                keep(kept, |object| is(super::render::is_superuser(world, object), wanted))
            }
            "pbm_uuid" if collection.binding_id() == Some("pbm_uuid") => {
                keep(kept, |object| Some(text_of(world.binding_id(object))) == canonical_uuid(wanted))
            }
            "flow_uuid" | "pbm_uuid" | "brand_uuid" | "kp_uuid" | "stage_uuid" => {
                keep(kept, |object| Some(text_of(&world.pk_of(object))) == canonical_uuid(wanted))
            }
            "role" if collection.model == "Permission" => {
                keep(kept, |permission| super::grants::holds(world, wanted, permission))
            }
            "application__isnull" => {
                let free = |object| world.referrers(object, "/core/applications/", "provider").next().is_none();
                keep(kept, |object| is(free(object), wanted))
            }
            // Only what some object has can be asked for.
            "managed" if collection.root() == "PropertyMapping" => {
                let has = |object: &Serial| *world.value(*object, "managed") == wanted.as_str();
                if !world.instances(&collection.model).iter().any(has) {
                    return Err(no_choice(name, wanted));
                }
                keep(kept, |object| has(&object))
            }
            "content_type__app_label" => keep(kept, |object| *world.value(object, "app_label") == wanted.as_str()),
            "content_type__model" => keep(kept, |object| *world.value(object, "model") == wanted.as_str()),
            "object_type__app_label" | "object_type__model" => keep(kept, |object| {
                let model = text_of(world.value(object, "object_type"));
                let (app, model) = model.split_once('.').unwrap_or_default();
                *wanted == if name == "object_type__model" { model } else { app }
            }),
            "backchannel" => keep(kept, |object| {
                is(world.collection_of(object).is_some_and(|c| c.is_a("BackchannelProvider")), wanted)
            }),
            _ => {
                let values: Vec<&str> =
                    query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
                plain(world, collection, name, &values, kept)?
            }
        };
    }
    if let Some(needle) = needle {
        let words: Vec<String> = needle.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let fields: Vec<&String> = match collection.search.is_empty() {
            true => collection.shows.keys().filter(|name| matches!(name.as_str(), "name" | "slug")).collect(),
            false => collection.search.iter().collect(),
        };
        let matches = |object: Serial, word: &String| {
            let found = |field: &&String| {
                joined(world, object, field).iter().any(|value| text_of(value).to_lowercase().contains(word))
            };
            fields.iter().any(found)
        };
        kept = keep(kept, |object| words.iter().all(|word| matches(object, word)));
    }
    Ok(kept)
}

/// A filter on one field: exact, or with one of Django's look-ups after `__`.
fn plain(
    world: &World,
    collection: &Collection,
    name: &str,
    values: &[&str],
    objects: Vec<Serial>,
) -> Result<Vec<Serial>, Errors> {
    let (field, lookup) = match name.rsplit_once("__") {
        Some((field, lookup @ ("iexact" | "icontains" | "isnull" | "lt" | "gt"))) => (field, lookup),
        _ => (name, "exact"),
    };
    if field.contains("__") {
        return through(world, collection, name, field, lookup, values.last().copied().unwrap_or_default(), objects);
    }
    let rule = collection.fields.get(field);
    // Switches such as `superuser_full_list` are listed among the filters, but are no fields.
    let known = rule.is_some() || collection.shows.contains_key(field);
    let Some(wanted) = values.last().filter(|_| known) else {
        return Ok(objects);
    };
    if lookup == "isnull" {
        return Ok(keep(objects, |object| is(world.value(object, field).is_null(), wanted)));
    }
    let number =
        rule.is_some_and(|rule| rule.to.is_none() && matches!(rule.kind.as_deref(), Some("integer" | "number")));
    if number && wanted.trim().parse::<f64>().is_err() {
        return Err(field_error(name, "Enter a number."));
    }
    // The server asks the database for flags and numbers without regard to capitals, and the database has no such
    // question.
    if lookup == "iexact" {
        match rule.and_then(|rule| rule.kind.as_deref()) {
            Some("boolean") if ["true", "false", "1", "0"].contains(&wanted.to_lowercase().as_str()) => {
                return Err(Errors::new());
            }
            Some("boolean") => return Ok(objects),
            Some("integer" | "number") if wanted.trim().parse::<f64>().is_ok() => return Err(Errors::new()),
            _ => {}
        }
    }
    // Only what is one of the words can be asked for.
    let words = rule.filter(|_| lookup == "exact").map_or(&[][..], |rule| rule.choices.as_slice());
    if let Some(other) = values.iter().find(|value| !words.is_empty() && !words.iter().any(|word| word == **value)) {
        return Err(no_choice(name, other));
    }
    let is_time = rule.is_some_and(|rule| rule.format.as_deref() == Some("date-time"));
    if is_time && wanted.parse::<jiff::Timestamp>().is_err() && wanted.parse::<jiff::civil::DateTime>().is_err() {
        return Err(field_error(name, "Enter a valid date/time."));
    }
    if matches!(lookup, "lt" | "gt") {
        let Ok(limit) = wanted.parse::<jiff::Timestamp>() else {
            return Err(field_error(name, "Enter a valid date/time."));
        };
        let time = |object| world.value(object, field).as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        return Ok(keep(objects, |object| {
            time(object).is_some_and(|time| (time > limit) == (lookup == "gt") && time != limit)
        }));
    }
    let is_list = rule.is_some_and(super::facts::Field::is_list);
    if let Some(model) = rule.and_then(|rule| rule.to.as_deref()).filter(|_| lookup == "exact" || is_list) {
        let mut keys = Vec::new();
        for value in values {
            let key = match canonical_uuid(value) {
                Some(uuid) => uuid.into(),
                None => value.parse::<i64>().map_or_else(|_| Value::from(*value), Value::from),
            };
            match world.resolve(model, &key) {
                Ok(Some(target)) => keys.push(world.pk_of(target)),
                Ok(None) if is_list => return Err(no_choice(name, value)),
                Ok(None) => return Err(no_such_choice(name)),
                Err(_) => keys.push(key),
            }
        }
        return Ok(keep(objects, |object| match world.value(object, field) {
            list @ Value::Array(_) => holds_any(list, &keys),
            key => keys.contains(key),
        }));
    }
    let lower = wanted.to_lowercase();
    Ok(keep(objects, |object| match (lookup, world.value(object, field)) {
        ("iexact", stored) => text_of(stored).to_lowercase() == lower,
        ("icontains", stored) => text_of(stored).to_lowercase().contains(&lower),
        (_, Value::Bool(stored)) => is(*stored, wanted),
        (_, Value::Null) => false,
        (_, Value::String(stored)) => values.contains(&stored.as_str()),
        (_, stored) => values.contains(&text_of(stored).as_str()),
    }))
}

/// A filter on a field of the objects referred to: `source__slug`, `certificate__name__iexact`.
fn through(
    world: &World,
    collection: &Collection,
    name: &str,
    path: &str,
    lookup: &str,
    wanted: &str,
    objects: Vec<Serial>,
) -> Result<Vec<Serial>, Errors> {
    let reference = path.split("__").next().unwrap_or_default();
    if collection.fields.get(reference).is_none_or(|rule| rule.to.is_none()) {
        return Ok(objects);
    }
    // For ids the database has no question without regard to capitals either.
    if path.ends_with("_uuid") {
        return Err(match canonical_uuid(wanted) {
            Some(_) => Errors::new(),
            None => field_error(name, "Enter a valid UUID."),
        });
    }
    let lower = wanted.to_lowercase();
    let fits = |value: &&Value| match lookup {
        "iexact" => text_of(value).to_lowercase() == lower,
        "icontains" => text_of(value).to_lowercase().contains(&lower),
        _ => text_of(value) == wanted,
    };
    Ok(keep(objects, |object| joined(world, object, path).iter().any(fits)))
}

/// A field of an object, or, after `__`, one of each object that it refers to.
fn joined<'w>(world: &'w World, object: Serial, field: &str) -> Vec<&'w Value> {
    let Some((reference, field)) = field.split_once("__") else {
        return vec![world.value(object, field)];
    };
    let rule = world.collection_of(object).and_then(|collection| collection.fields.get(reference));
    let Some(model) = rule.and_then(|rule| rule.to.as_deref()) else {
        return Vec::new();
    };
    let keys = match world.value(object, reference) {
        Value::Array(keys) => keys.as_slice(),
        key => std::slice::from_ref(key),
    };
    let targets = keys.iter().filter_map(|key| world.resolve(model, key).ok().flatten());
    targets.flat_map(|target| joined(world, target, field)).collect()
}

fn is_flag(collection: &Collection, name: &str) -> bool {
    name.ends_with("__isnull")
        || collection.fields.get(name).is_some_and(|field| field.kind.as_deref() == Some("boolean"))
}

fn keep(objects: Vec<Serial>, test: impl Fn(Serial) -> bool) -> Vec<Serial> {
    objects.into_iter().filter(|object| test(*object)).collect()
}

fn is(actual: bool, wanted: &str) -> bool {
    actual == matches!(wanted.to_lowercase().as_str(), "true" | "1")
}

fn holds_any(list: &Value, keys: &[Value]) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|key| keys.contains(key)))
}

fn no_such_choice(name: &str) -> Errors {
    field_error(name, "Select a valid choice. That choice is not one of the available choices.")
}

fn no_choice(name: &str, value: &str) -> Errors {
    field_error(name, &format!("Select a valid choice. {value} is not one of the available choices."))
}

fn named(world: &World, model: &str, field: &str, query: &Query, name: &str) -> Vec<Value> {
    let wanted: Vec<&String> = query.iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect();
    let all = world.instances(model).into_iter();
    all.filter(|serial| wanted.contains(&&text_of(world.value(*serial, field))))
        .map(|serial| world.pk_of(serial))
        .collect()
}

/// Orders by the query's `ordering`, else by the collection's own; ties keep their creation order.
pub(super) fn order(world: &World, collection: &Collection, query: &Query, objects: &mut [Serial]) {
    let asked: Vec<String> =
        last(query, "ordering").map(|asked| asked.split(',').map(str::to_owned).collect()).unwrap_or_default();
    let known = |name: &String| {
        let name = name.trim_start_matches('-');
        collection.fields.contains_key(name) || collection.shows.contains_key(name)
    };
    let asked: Vec<String> = asked.into_iter().filter(known).collect();
    let by = if asked.is_empty() { collection.ordering.as_slice() } else { asked.as_slice() };
    let key = |object: Serial, name: &String| {
        joined(world, object, name.trim_start_matches('-')).first().copied().unwrap_or(&Value::Null)
    };
    let keys = |object: Serial| by.iter().map(move |name| key(object, name));
    let mut keyed: Vec<(Vec<&Value>, Serial)> =
        objects.iter().map(|object| (keys(*object).collect(), *object)).collect();
    keyed.sort_by(|(a, a_serial), (b, b_serial)| {
        for ((a, b), name) in a.iter().zip(b).zip(by) {
            let found = compare(a, b);
            let found = if name.starts_with('-') { found.reverse() } else { found };
            if found != Ordering::Equal {
                return found;
            }
        }
        a_serial.cmp(b_serial)
    });
    for (slot, (_, object)) in objects.iter_mut().zip(keyed) {
        *slot = object;
    }
}

/// The database's order: numbers as numbers, text by code point, null last.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (a, b) => text_of(a).cmp(&text_of(b)),
    }
}

/// One page of objects and the page's numbers; `None` past the end, which is a 404.
pub(super) struct Page {
    pub objects: Vec<Serial>,
    pub pagination: Value,
}

pub(super) fn page(world: &World, query: &Query, objects: &[Serial]) -> Option<Page> {
    let (range, pagination) = part(world, query, objects.len(), None)?;
    Some(Page { objects: objects.get(range).unwrap_or_default().to_vec(), pagination })
}

/// Which of so many are on the page that is asked for, and the page's numbers. Some lists have a limit of their own.
pub(super) fn part(
    world: &World,
    query: &Query,
    count: usize,
    limit: Option<usize>,
) -> Option<(std::ops::Range<usize>, Value)> {
    // 2025.10 gives 100 and knows no maximum; later releases give 20 and clamp to 100.
    let (default, most) = if world.facts.is_2025_10() { (100, usize::MAX) } else { (20, 100) };
    let asked = last(query, "page_size").and_then(|size| size.parse::<usize>().ok()).filter(|size| *size > 0);
    let (default, most) = limit.map_or((default, most), |limit| (limit, limit));
    let size = asked.unwrap_or(default).min(most);
    let total = count.div_ceil(size).max(1);
    let number = match last(query, "page") {
        None => 1,
        Some("last") => total,
        Some(number) => number.parse::<usize>().ok()?,
    };
    if number == 0 || number > total {
        return None;
    }
    let start = (number - 1) * size;
    let end = (start + size).min(count);
    let pagination = json!({
        "count": count,
        "current": number,
        "end_index": end,
        "next": if number < total { number + 1 } else { 0 },
        "previous": number - 1,
        "start_index": if count == 0 { 0 } else { start + 1 },
        "total_pages": total,
    });
    Some((start..end, pagination))
}

/// The body of a list answer.
pub(super) fn body(pagination: Value, results: Vec<Value>) -> Value {
    json!({ "autocomplete": {}, "pagination": pagination, "results": results })
}

/// What the query asks to embed.
pub(super) fn includes<'a>(renderer: Renderer<'a>, query: &Query) -> Renderer<'a> {
    let flag = |name: &str, default: bool| {
        last(query, name).map_or(default, |value| matches!(value.to_lowercase().as_str(), "true" | "1"))
    };
    let mut renderer = renderer;
    renderer.include.users = flag("include_users", true);
    renderer.include.groups = flag("include_groups", true);
    renderer.include.roles = flag("include_roles", true);
    renderer.include.parents = flag("include_parents", false);
    renderer.include.children = flag("include_children", false);
    renderer.include.inherited_roles = flag("include_inherited_roles", false);
    renderer
}
