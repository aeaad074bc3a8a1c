//! The description of the API that `/schema/` gives: an OpenAPI document made from the facts.
//! Must never say more than the facts do: a real one has texts, examples and all other paths too.

use serde_json::{Map, Value, json};

use super::facts::{Collection, Facts, Field, Show};

/// The document of a release.
pub(super) fn document(facts: &Facts) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for (path, collection) in facts
        .collections
        .iter()
        .filter(|(_, collection)| !collection.read_only)
    {
        let name = path.trim_matches('/').replace(['/', '-'], "_");
        let body = |of: &str| {
            let schema = json!({ "$ref": format!("#/components/schemas/{of}") });
            json!({ "content": { "application/json": { "schema": schema } } })
        };
        let (request, answer) = (format!("{name}_request"), name);
        let read = json!({ "responses": { "200": body(&answer) } });
        let write = json!({ "requestBody": body(&request), "responses": { "200": body(&answer) } });
        schemas.insert(request.clone(), written(collection));
        schemas.insert(answer.clone(), shown(collection));
        if collection.upload {
            let form = json!({ "$ref": format!("#/components/schemas/{request}") });
            let row = json!({ "$ref": format!("#/components/schemas/{answer}") });
            let rows =
                json!({ "application/json": { "schema": { "type": "array", "items": row } } });
            let named = json!({ "in": "query", "name": "name", "schema": { "type": "string" } });
            schemas.insert(request, written(collection));
            schemas.insert(answer, shown(collection));
            let item = json!({
                "get": { "parameters": parameters(&collection.filters), "responses": { "200": { "content": rows } } },
                "post": { "requestBody": { "content": { "multipart/form-data": { "schema": form } } } },
                "delete": { "parameters": [named] },
            });
            paths.insert(path.clone(), item);
            continue;
        }
        if collection.singleton {
            paths.insert(
                path.clone(),
                json!({ "get": read, "put": write, "patch": write }),
            );
            continue;
        }
        let list = json!({ "parameters": parameters(&collection.filters) });
        paths.insert(path.clone(), json!({ "get": list, "post": write }));
        let one = json!({ "get": read, "put": write, "patch": write, "delete": {} });
        paths.insert(format!("{path}{{{}}}/", collection.key), one);
        if collection.used_by {
            paths.insert(
                format!("{path}{{{}}}/used_by/", collection.key),
                json!({ "get": {} }),
            );
        }
    }
    for (path, family) in &facts.polymorphic {
        paths.insert(
            path.clone(),
            json!({ "get": { "parameters": parameters(&family.filters) } }),
        );
    }
    json!({
        "openapi": "3.0.3",
        "info": { "title": "authentik", "version": facts.release },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn parameters(filters: &[String]) -> Vec<Value> {
    let names = ["ordering", "page", "page_size", "search"]
        .into_iter()
        .chain(filters.iter().map(String::as_str));
    names
        .map(|name| json!({ "in": "query", "name": name, "schema": { "type": "string" } }))
        .collect()
}

/// The fields that a request may have.
fn written(collection: &Collection) -> Value {
    let required: Vec<&String> = collection
        .fields
        .iter()
        .filter(|(_, field)| field.required)
        .map(|(name, _)| name)
        .collect();
    let properties: Map<String, Value> = collection
        .fields
        .iter()
        .map(|(name, field)| (name.clone(), property(field)))
        .collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// The fields of an answer.
fn shown(collection: &Collection) -> Value {
    let mut properties: Map<String, Value> = collection
        .fields
        .iter()
        .filter(|(_, field)| !field.write_only)
        .map(|(name, field)| (name.clone(), property(field)))
        .collect();
    properties.extend(
        collection
            .shows
            .iter()
            .map(|(name, show)| (name.clone(), read_only(show))),
    );
    json!({ "type": "object", "properties": properties })
}

fn read_only(show: &Show) -> Value {
    let mut whole = Map::new();
    whole.insert("readOnly".into(), true.into());
    if let Some(kind) = &show.kind {
        whole.insert("type".into(), kind.as_str().into());
    }
    if show.nullable {
        whole.insert("nullable".into(), true.into());
    }
    whole.into()
}

/// A bound as the server writes it: whole numbers without a point.
fn number(bound: f64) -> Value {
    if bound.fract() == 0.0 {
        Value::from(bound as i64)
    } else {
        Value::from(bound)
    }
}

fn property(field: &Field) -> Value {
    let mut whole = Map::new();
    let mut say = |name: &str, value: Option<Value>| {
        drop(value.map(|value| whole.insert(name.to_owned(), value)))
    };
    say(
        "type",
        field
            .kind
            .as_deref()
            .filter(|kind| *kind != "any")
            .map(Value::from),
    );
    say("format", field.format.as_deref().map(Value::from));
    say(
        "enum",
        (!field.choices.is_empty()).then(|| field.choices.clone().into()),
    );
    say("nullable", field.nullable.then(|| true.into()));
    say("writeOnly", field.write_only.then(|| true.into()));
    say("minLength", field.min_length.map(Value::from));
    say("maxLength", field.max_length.map(Value::from));
    say("minimum", field.min.map(number));
    say("maximum", field.max.map(number));
    say("items", field.items.as_deref().map(property));
    if !field.fields.is_empty() {
        let required: Vec<&String> = field
            .fields
            .iter()
            .filter(|(_, part)| part.required)
            .map(|(name, _)| name)
            .collect();
        say("required", Some(json!(required)));
        let parts: Map<String, Value> = field
            .fields
            .iter()
            .map(|(name, part)| (name.clone(), property(part)))
            .collect();
        say("properties", Some(parts.into()));
    }
    whole.into()
}
