//! One document: its paths, and schemas with references followed.
//!
//! Every step of following costs fuel, so that a document that refers to itself comes to an end.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::Value;

/// How many steps of following references a document may cost. A real one takes some 20,000.
const FUEL: u32 = 2_000_000;
/// How deep references may lead. Real ones lead 4 deep.
const DEPTH: u32 = 32;
/// How many paths a document may have. A real one has 700.
const PATHS: usize = 5_000;

/// Query parameters of every list.
const PAGING: &[&str] = &["ordering", "page", "page_size", "search"];

/// A document, read.
pub(super) struct Document<'a> {
    whole: &'a Value,
    fuel: Cell<u32>,
}

impl<'a> Document<'a> {
    /// Takes a document in. Refuses what is no description of an API, or an immoderate one.
    pub fn new(whole: &'a Value) -> Result<Document<'a>, String> {
        let paths = whole["paths"]
            .as_object()
            .ok_or("it has no paths, so it is not an OpenAPI document")?;
        if paths.len() > PATHS {
            return Err(format!(
                "it has {} paths, more than the {PATHS} that any authentik has",
                paths.len()
            ));
        }
        if !whole["components"]["schemas"].is_object() {
            return Err("it has no schemas, so it is not an OpenAPI document".to_owned());
        }
        Ok(Document {
            whole,
            fuel: Cell::new(FUEL),
        })
    }

    /// Whether all references could be followed to their end.
    pub fn is_sound(&self) -> bool {
        self.fuel.get() > 0
    }

    /// The release, as the document says it.
    pub fn version(&self) -> &'a str {
        self.whole["info"]["version"].as_str().unwrap_or_default()
    }

    /// What the document says of a path.
    pub fn path(&self, path: &str) -> &'a Value {
        &self.whole["paths"][path]
    }

    /// Every path that can be listed and created in, with a path below it that can be read, replaced, changed and deleted.
    pub fn collections(&self) -> Vec<String> {
        let whole = |path: &str, item: &Value| {
            has(item, &["get", "post"])
                && has(
                    self.path(&format!("{path}{}", self.key_segment(path))),
                    &["get", "put", "patch", "delete"],
                )
        };
        let paths = members(&self.whole["paths"]);
        let mut found: Vec<String> = paths
            .filter(|(path, item)| whole(path, item))
            .map(|(path, _)| path.to_owned())
            .collect();
        found.sort();
        found
    }

    /// Every path that can be listed and created in, with a path below it that can be read and deleted, and no more.
    pub fn partial(&self) -> Vec<String> {
        let partial = |path: &str, item: &Value| {
            let key = self.key_segment(path);
            let one = self.path(&format!("{path}{key}"));
            !(path.contains('{') || key.is_empty())
                && has(item, &["get", "post"])
                && has(one, &["get", "delete"])
                && !has(one, &["patch"])
        };
        let paths = members(&self.whole["paths"]);
        paths
            .filter(|(path, item)| partial(path, item))
            .map(|(path, _)| path.to_owned())
            .collect()
    }

    /// Every path that can be read, replaced and changed itself, and in which nothing can be created.
    pub fn singles(&self) -> Vec<String> {
        let whole = |path: &str, item: &Value| {
            !path.contains('{') && has(item, &["get", "put", "patch"]) && !has(item, &["post"])
        };
        let paths = members(&self.whole["paths"]);
        let mut found: Vec<String> = paths
            .filter(|(path, item)| whole(path, item))
            .map(|(path, _)| path.to_owned())
            .collect();
        found.sort();
        found
    }

    /// Every path that lists, takes files as forms, and deletes by a name in the query.
    pub fn uploads(&self) -> Vec<String> {
        let whole = |path: &str, item: &Value| {
            !path.contains('{')
                && has(item, &["get", "post", "delete"])
                && !self.form(item).is_null()
        };
        let paths = members(&self.whole["paths"]);
        let mut found: Vec<String> = paths
            .filter(|(path, item)| whole(path, item))
            .map(|(path, _)| path.to_owned())
            .collect();
        found.sort();
        found
    }

    /// The schema of the form that a path takes; null if it takes none.
    pub fn form(&self, item: &Value) -> &'a Value {
        let schema = &item["post"]["requestBody"]["content"]["multipart/form-data"]["schema"];
        reference(schema).map_or(&Value::Null, |name| self.component(name))
    }

    /// The schema of the rows of a list that is one bare array; null if it is none.
    pub fn rows(&self, item: &Value) -> &'a Value {
        let schema =
            &item["get"]["responses"]["200"]["content"]["application/json"]["schema"]["items"];
        reference(schema).map_or(&Value::Null, |name| self.component(name))
    }

    /// `{name}/` of the path below a collection.
    pub fn key_segment(&self, path: &str) -> &'a str {
        let mut below =
            members(&self.whole["paths"]).filter_map(|(other, _)| other.strip_prefix(path));
        let one = |rest: &&str| {
            rest.starts_with('{') && rest.find('}') == Some(rest.len().saturating_sub(2))
        };
        below.find(one).unwrap_or_default()
    }

    /// A schema by its name.
    pub fn component(&self, name: &str) -> &'a Value {
        &self.whole["components"]["schemas"][name]
    }

    /// The name and properties of the schema of a body or an answer.
    pub fn body(&self, content: &'a Value) -> (&'a str, &'a Value) {
        let schema = &content["content"]["application/json"]["schema"];
        let name = reference(schema).unwrap_or_default();
        (name, self.component(name))
    }

    /// The query parameters of a list that are filters.
    pub fn filters(&self, list: &Value) -> Vec<Value> {
        let parameters = list["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| {
                match parameter["$ref"]
                    .as_str()
                    .and_then(|name| name.rsplit('/').next())
                {
                    Some(name) => &self.whole["components"]["parameters"][name],
                    None => parameter,
                }
            });
        let names = parameters
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|found| found["name"].as_str());
        let names: BTreeSet<&str> = names.filter(|name| !PAGING.contains(name)).collect();
        names.into_iter().map(Value::from).collect()
    }

    /// A schema with its reference followed and its enumerations joined.
    pub fn followed(&self, schema: &Value) -> Value {
        self.follow(schema, 0)
    }

    fn follow(&self, schema: &Value, depth: u32) -> Value {
        let left = if depth > DEPTH {
            0
        } else {
            self.fuel.get().saturating_sub(1)
        };
        self.fuel.set(left);
        if left == 0 {
            return Value::Null;
        }
        if let Some(name) = reference(schema) {
            return self.follow(self.component(name), depth + 1);
        }
        if let Some(inner) = schema["allOf"].as_array().and_then(|all| all.first()) {
            let Value::Object(mut whole) = self.follow(inner, depth + 1) else {
                return Value::Null;
            };
            for (name, value) in members(schema).filter(|(name, _)| *name != "allOf") {
                whole.insert(name.to_owned(), value.clone());
            }
            return whole.into();
        }
        let choices: Vec<Value> = schema["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| self.follow(one, depth + 1))
            .collect();
        let words: Vec<Value> = choices
            .iter()
            .filter_map(|choice| choice["enum"].as_array())
            .flatten()
            .cloned()
            .collect();
        let Some(whole) = schema.as_object().filter(|_| !words.is_empty()) else {
            return schema.clone();
        };
        let mut whole = whole.clone();
        let kind = choices.iter().find_map(|choice| choice.get("type"));
        whole.insert(
            "type".into(),
            kind.cloned().unwrap_or_else(|| "string".into()),
        );
        whole.insert("enum".into(), words.into());
        whole.into()
    }

    /// The component of objects that a property embeds, one or many.
    pub fn embedded(&self, property: &Value) -> Option<String> {
        let inner = |schema: &Value| {
            reference(schema)
                .or_else(|| reference(&schema["allOf"][0]))
                .map(str::to_owned)
        };
        let name = inner(property).or_else(|| inner(&property["items"]))?;
        self.component(&name).get("properties").map(|_| name)
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// The entries of a mapping; none for anything else.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

fn has(item: &Value, methods: &[&str]) -> bool {
    methods.iter().all(|method| item.get(*method).is_some())
}
