//! What a server's own schema describes. A development server is older than the release that it was going to be, and lacks
//! collections and fields of it.

use std::collections::{BTreeMap, BTreeSet};

use akrec::kinds::KINDS;
use akrec::schema::{Field, Kind};
use serde_json::Value;

use super::Bench;

/// The fields of every kind's objects, by path. A kind whose collection the server does not have is not in it.
pub struct Described(BTreeMap<&'static str, BTreeSet<String>>);

impl Described {
    /// Reads the schema of a server.
    pub async fn by(bench: &Bench) -> Described {
        let schema = bench.client.get("/schema/", &[("format", "json")]).await;
        let schema = schema.unwrap();
        let kinds = KINDS.iter().filter_map(|kind| {
            let paths = schema["paths"].as_object().unwrap();
            paths.contains_key(kind.path).then(|| {
                let mut fields = BTreeSet::new();
                for (path, item) in paths {
                    if path == kind.path || is_object_of(path, kind) {
                        for operation in ["get", "post", "put"] {
                            let operation = &item[operation];
                            let answer = &operation["responses"]["200"]["content"];
                            let body = &operation["requestBody"]["content"];
                            for content in [answer, body] {
                                for form in content.as_object().into_iter().flatten() {
                                    names(&schema, &form.1["schema"], &mut fields);
                                }
                            }
                        }
                    }
                }
                (kind.path, fields)
            })
        });
        Described(kinds.collect())
    }

    /// Whether the server has a kind.
    pub fn has(&self, kind: &Kind) -> bool {
        self.0.contains_key(kind.path)
    }

    /// Whether the server has a field of a kind.
    pub fn has_field(&self, kind: &Kind, field: &Field) -> bool {
        self.0
            .get(kind.path)
            .is_none_or(|fields| fields.is_empty() || fields.contains(field.name))
    }

    /// Leaves only what is described in the objects of a world: lists by path.
    pub fn narrow(&self, world: &mut Value) {
        for (path, objects) in world.as_object_mut().into_iter().flatten() {
            let Some(fields) = self.0.get(path.as_str()) else {
                continue;
            };
            for object in objects.as_array_mut().into_iter().flatten() {
                if let Some(object) = object.as_object_mut().filter(|_| !fields.is_empty()) {
                    object.retain(|name, _| fields.contains(name));
                }
            }
        }
    }
}

/// Whether a path is that of one object of a kind.
fn is_object_of(path: &str, kind: &Kind) -> bool {
    path.strip_prefix(kind.path)
        .is_some_and(|key| key.starts_with('{') && key.matches('/').count() == 1)
}

/// The names of the properties of a schema, followed to where it is described; of a list of pages, those of its items.
fn names(document: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let properties = schema["properties"].as_object();
    for (name, property) in properties.into_iter().flatten() {
        match name.as_str() {
            "results" => names(document, &property["items"], found),
            "pagination" | "autocomplete" => {}
            _ => drop(found.insert(name.clone())),
        }
    }
    if let Some(items) = schema.get("items") {
        names(document, items, found);
    }
}
