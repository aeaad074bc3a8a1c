//! What a server does not know that the facts of its release have: a development server is older than the release that
//! it was going to be. It is neither sent nor compared, by what the server's own schema says.

use std::collections::{BTreeMap, BTreeSet};

use akrec::schema::RELEASES;
use serde_json::{Map, Value, json};

/// Fields of answers, by collection, that the other server does not have.
pub struct Unknown(BTreeMap<String, BTreeSet<String>>);

/// What the server still has from the release before, by its schema: to lay over the facts of its release. Nothing if the
/// release is the first, or the server has nothing of that kind.
pub fn kept(release: &str, schema: &Value) -> Option<Value> {
    let place = RELEASES.iter().position(|one| one.to_string() == release)?;
    let before = RELEASES[place.checked_sub(1)?].to_string();
    let [facts, before] = [release, &before].map(facts);
    let mut kept = Map::new();
    for (base, collection) in facts["collections"].as_object()? {
        let sent = body(schema, base).and_then(|sent| properties(schema, sent));
        for name in sent.unwrap_or_default() {
            let was = &before["collections"][base]["fields"][&name];
            if collection["fields"].get(&name).is_none() && was.is_object() {
                kept.entry(base).or_insert_with(|| json!({"fields": {}}))["fields"][&name] =
                    was.clone();
            }
        }
    }
    (!kept.is_empty()).then(|| json!({"collections": kept}))
}

/// The facts of a release.
pub fn facts(release: &str) -> Value {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/src/sandbox/releases/{release}.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Lays fields over the facts of a release.
pub fn lay(facts: &mut Value, more: &Value) {
    let collections = more["collections"].as_object().into_iter().flatten();
    for (base, collection) in collections {
        for (name, field) in collection["fields"].as_object().into_iter().flatten() {
            facts["collections"][base]["fields"][name] = field.clone();
        }
    }
}

/// What a schema says about the body of a creation.
fn body<'d>(schema: &'d Value, base: &str) -> Option<&'d Value> {
    let post = schema["paths"].get(base)?.get("post")?;
    post.pointer("/requestBody/content/application~1json/schema")
}

/// Takes collections and fields that a schema does not have out of the facts.
pub fn take_out(facts: &mut Value, schema: &Value) -> Unknown {
    let mut unknown = BTreeMap::new();
    let collections = facts["collections"].as_object_mut().unwrap();
    collections.retain(|base, _| schema["paths"].get(base).is_some());
    for (base, collection) in collections {
        let one = schema["paths"]
            .as_object()
            .unwrap()
            .iter()
            .find(|(path, _)| {
                path.strip_prefix(base.as_str())
                    .is_some_and(|key| key.starts_with('{') && key.matches('/').count() == 1)
            });
        let answer = one.map(|(_, item)| {
            &item["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        });
        let Some(known) = answer.and_then(|answer| properties(schema, answer)) else {
            continue;
        };
        let sent =
            &schema["paths"][base]["post"]["requestBody"]["content"]["application/json"]["schema"];
        let sent = properties(schema, sent).unwrap_or_default();
        let mut gone = BTreeSet::new();
        for part in ["fields", "shows"] {
            let Some(names) = collection[part].as_object_mut() else {
                continue;
            };
            names.retain(|name, _| {
                let has = known.contains(name) || sent.contains(name);
                if !has {
                    gone.insert(name.clone());
                }
                has
            });
        }
        let request =
            &schema["paths"][base]["post"]["requestBody"]["content"]["application/json"]["schema"];
        for (name, field) in collection["fields"].as_object_mut().into_iter().flatten() {
            let Some(property) =
                described(schema, request).and_then(|body| body["properties"].get(name))
            else {
                continue;
            };
            let mut known = Vec::new();
            words(schema, property, &mut known);
            for place in ["/enum", "/items/enum"] {
                if let Some(Value::Array(list)) = field.pointer_mut(place) {
                    list.retain(|word| known.contains(word));
                }
            }
        }
        unknown.insert(base.clone(), gone);
    }
    Unknown(unknown)
}

/// The names of the properties of a schema, followed to where it is described.
fn properties(document: &Value, schema: &Value) -> Option<BTreeSet<String>> {
    Some(
        described(document, schema)?["properties"]
            .as_object()?
            .keys()
            .cloned()
            .collect(),
    )
}

fn described<'d>(document: &'d Value, schema: &'d Value) -> Option<&'d Value> {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.strip_prefix('#')?),
        None => Some(schema),
    }
}

/// The words of a property, or of the items of a list, wherever they are described.
fn words(document: &Value, property: &Value, found: &mut Vec<Value>) {
    let Some(property) = described(document, property) else {
        return;
    };
    found.extend(property["enum"].as_array().into_iter().flatten().cloned());
    for part in ["allOf", "oneOf", "anyOf"] {
        property[part]
            .as_array()
            .into_iter()
            .flatten()
            .for_each(|one| words(document, one, found));
    }
    if property.get("items").is_some() {
        words(document, &property["items"], found);
    }
}

impl Unknown {
    /// Takes out of our answer what the other server does not know.
    pub fn take_from(&self, base: &str, answer: &mut Value) {
        let gone = self.0.get(base);
        let objects = match answer.get_mut("results") {
            Some(Value::Array(results)) => results.as_mut_slice(),
            _ => std::slice::from_mut(answer),
        };
        for fields in objects.iter_mut().filter_map(Value::as_object_mut) {
            fields.retain(|name, _| !gone.is_some_and(|gone| gone.contains(name)));
        }
    }
}
