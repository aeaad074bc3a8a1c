//! Lists: the order of their objects, and what of each is embedded; filters and pages are in files of their own.
//! Must never change the world; it looks at stored values and renders one page only.

mod fields;
mod filters;
mod pages;
mod values;

use std::cmp::Ordering;

use serde_json::Value;

use super::facts::Collection;
use super::render::Renderer;
use super::types::{Query, Serial, last};
use super::world::{World, text_of};
pub(super) use filters::filter;
pub(super) use pages::{body, page, part};
use values::joined;

/// Orders by the query's `ordering`, else by the collection's own; ties keep their creation order.
pub(super) fn order(world: &World, collection: &Collection, query: &Query, objects: &mut [Serial]) {
    let asked: Vec<String> = last(query, "ordering")
        .map(|asked| asked.split(',').map(str::to_owned).collect())
        .unwrap_or_default();
    let known = |name: &String| {
        let name = name.trim_start_matches('-');
        collection.fields.contains_key(name) || collection.shows.contains_key(name)
    };
    let asked: Vec<String> = asked.into_iter().filter(known).collect();
    let by = if asked.is_empty() {
        collection.ordering.as_slice()
    } else {
        asked.as_slice()
    };
    let key = |object: Serial, name: &String| {
        joined(world, object, name.trim_start_matches('-'))
            .first()
            .copied()
            .unwrap_or(&Value::Null)
    };
    let keys = |object: Serial| by.iter().map(move |name| key(object, name));
    let mut keyed: Vec<(Vec<&Value>, Serial)> = objects
        .iter()
        .map(|object| (keys(*object).collect(), *object))
        .collect();
    keyed.sort_by(|(a, a_serial), (b, b_serial)| {
        for ((a, b), name) in a.iter().zip(b).zip(by) {
            let found = compare(a, b);
            let found = if name.starts_with('-') {
                found.reverse()
            } else {
                found
            };
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
        (Value::Number(a), Value::Number(b)) => a
            .as_f64()
            .partial_cmp(&b.as_f64())
            .unwrap_or(Ordering::Equal),
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (a, b) => text_of(a).cmp(&text_of(b)),
    }
}

/// What the query asks to embed.
pub(super) fn includes<'a>(renderer: Renderer<'a>, query: &Query) -> Renderer<'a> {
    let flag = |name: &str, default: bool| {
        last(query, name).map_or(default, |value| {
            matches!(value.to_lowercase().as_str(), "true" | "1")
        })
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
