//! Values: what each shape looks like in a file, and behind a tag.
//!
//! A schema cannot see tags: editors hand over what stands behind `!env`, `!var` and `!file`, the name of a variable or
//! a path, or `{name: …, default: …}`. So wherever one value stands, those are let through as far as they can be told
//! from mistakes: for booleans and numbers any name, for the words of an enumeration a name in capital letters.

use serde_json::{Map, Value as Raw, json};

use super::reference;
use crate::report::reference::{about_word, clearing};
use crate::schema::{Class, Field, Release, Shape};

/// Makes schemas of values for a release, or for all.
pub(super) struct Values {
    pub release: Option<Release>,
}

/// The definitions that all schemas share.
pub(super) fn definitions() -> Map<String, Raw> {
    let tagged = || reference("value.tagged");
    let named = || reference("value.named");
    let unit =
        "(?:[Mm]icroseconds|[Mm]illiseconds|[Ss]econds|[Mm]inutes|[Hh]ours|[Dd]ays|[Ww]eeks)";
    let pair = format!("\\s*{unit}\\s*=\\s*[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?\\s*");
    let mut all = Map::new();
    for (name, schema) in [
        (
            "value.tagged",
            json!({
                "description": "The value of !env and !var.",
                "type": "object",
                "properties": {
                    "name": { "description": "The variable's name.", "type": "string" },
                    "default": { "description": "Used where the variable is not set." },
                },
                "required": ["name"],
                "additionalProperties": false,
            }),
        ),
        (
            "value.named",
            json!({
                "description": "The value of !env, !var and !file.",
                "anyOf": [
                    {
                        "type": "string",
                        "pattern": "^[A-Za-z_./][A-Za-z0-9_./-]*$",
                        "not": { "enum": [
                            "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE",
                            "n", "N", "no", "No", "NO", "off", "Off", "OFF", "False", "FALSE",
                            "true", "false",
                        ] },
                    },
                    tagged(),
                ],
            }),
        ),
        (
            "value.capitals",
            json!({ "anyOf": [{ "type": "string", "pattern": "^[A-Z][A-Z0-9_]*$" }, tagged()] }),
        ),
        (
            "value.text",
            json!({ "anyOf": [{ "type": ["string", "number", "boolean"] }, tagged()] }),
        ),
        (
            "value.filled",
            json!({ "anyOf": [
                { "type": "string", "pattern": "\\S" },
                { "type": ["number", "boolean"] },
                tagged(),
            ] }),
        ),
        (
            "value.boolean",
            json!({ "anyOf": [{ "type": "boolean" }, named()] }),
        ),
        (
            "value.integer",
            json!({ "anyOf": [{ "type": "integer" }, named()] }),
        ),
        (
            "value.number",
            json!({ "anyOf": [{ "type": "number" }, named()] }),
        ),
        (
            "value.duration",
            json!({ "anyOf": [
                { "type": "string", "pattern": format!("^(?:{pair};?)(?:{pair};?|;)*$") },
                named(),
            ] }),
        ),
        (
            "value.time",
            json!({ "anyOf": [
                { "type": "string", "pattern": "^\\s*[0-9]{4}-[0-9]{2}-[0-9]{2}" },
                named(),
            ] }),
        ),
        ("value.data-by-key", json!({ "type": ["object", "string"] })),
        (
            "akrec.previously",
            json!({
                "description": "An older name of the same object, or a list of them: it is renamed in place.",
                "anyOf": [
                    reference("value.text"),
                    { "type": "array", "items": reference("value.text") },
                ],
            }),
        ),
    ] {
        all.insert(name.to_owned(), schema);
    }
    all
}

impl Values {
    /// A field's values, with `null` where that clears it.
    pub fn field(&self, field: &Field) -> Raw {
        let schema = match (field.shows, self.shape(field, &field.shape)) {
            (Some(family), schema) => json!({ "anyOf": [schema, shown(family)] }),
            (None, schema) => schema,
        };
        if clearing(field).is_none() || schema.as_object().is_some_and(Map::is_empty) {
            return schema;
        }
        match schema {
            Raw::Object(mut object) if object.len() == 1 && object.contains_key("anyOf") => {
                if let Some(forms) = object.get_mut("anyOf").and_then(Raw::as_array_mut) {
                    forms.push(json!({ "type": "null" }));
                }
                Raw::Object(object)
            }
            other => json!({ "anyOf": [other, { "type": "null" }] }),
        }
    }

    fn has(&self, since: &dyn Fn(Release) -> bool) -> bool {
        self.release.is_none_or(since)
    }

    fn shape(&self, field: &Field, shape: &Shape) -> Raw {
        match shape {
            Shape::Set(item) => {
                let item = self.item(field, item);
                let list = |about: &str| json!({ "description": about, "type": ["array", "null"], "items": item });
                json!({ "anyOf": [
                    { "type": "array", "items": item },
                    {
                        "type": "object",
                        "properties": {
                            "include": list("These are included; all others are left unchanged."),
                            "exclude": list("These are excluded; all others are left unchanged."),
                        },
                        "additionalProperties": false,
                    },
                ] })
            }
            Shape::Grant { on, .. } => granted(on),
            Shape::List(item) => json!({ "type": "array", "items": self.shape(field, item) }),
            Shape::Record(fields) => self.record(fields),
            Shape::Json { keyed: true } => reference("value.data-by-key"),
            // Data that is never shown is a mapping, or JSON as text.
            Shape::Json { .. } if field.class != Class::Plain => reference("value.data-by-key"),
            Shape::Json { keyed: false } => json!({}),
            // A certificate is never a number.
            Shape::Text if field.digest.is_some() => {
                json!({ "anyOf": [{ "type": "string", "minLength": 1 }, reference("value.tagged")] })
            }
            _ if field.class != Class::Plain => reference("value.text"),
            Shape::Text if field.filled && !field.nullable => reference("value.filled"),
            Shape::Text | Shape::Ref(_) | Shape::RefAny(_) => reference("value.text"),
            Shape::Enum(words) => {
                let known: Vec<_> = words
                    .iter()
                    .filter(|word| self.has(&|release| word.is_in(release)))
                    .collect();
                let mut names: Vec<Raw> = known.iter().map(|word| json!(word.name)).collect();
                // Unquoted, some words are no texts to an editor.
                names.extend(known.iter().filter_map(|word| {
                    match serde_json::from_str(word.name) {
                        Ok(typed @ (Raw::Number(_) | Raw::Bool(_))) => Some(typed),
                        _ => None,
                    }
                }));
                let mut schema = json!({ "enum": names });
                if let (Some(object), true) = (
                    schema.as_object_mut(),
                    known
                        .iter()
                        .any(|word| word.since.is_some() || word.until.is_some()),
                ) {
                    let about: Vec<String> = known.iter().map(|word| about_word(word)).collect();
                    object.insert("enumDescriptions".into(), json!(about));
                }
                json!({ "anyOf": [schema, reference("value.capitals")] })
            }
            Shape::Bytes(_) => json!({ "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": ["number", "boolean"] },
                reference("value.tagged"),
            ] }),
            Shape::Bool => reference("value.boolean"),
            Shape::Int(least, most) => json!({ "anyOf": [
                { "type": "integer", "minimum": least, "maximum": most },
                reference("value.named"),
            ] }),
            Shape::Float => reference("value.number"),
            Shape::Duration => reference("value.duration"),
            Shape::Time => reference("value.time"),
        }
    }

    /// An item of a set: of references it may be a grant that ends.
    fn item(&self, field: &Field, shape: &Shape) -> Raw {
        if let Shape::Grant { on, .. } = shape {
            return granted(on);
        }
        let value = self.shape(field, shape);
        let [family] = shape.families() else {
            return value;
        };
        json!({ "anyOf": [value, {
            "type": "object",
            "properties": {
                *family: value,
                "until": { "description": "The last day of the grant, such as 2026-12-31.", "$ref": "#/$defs/value.time" },
            },
            "required": [family],
            "additionalProperties": false,
        }] })
    }

    /// A mapping, or the text that stands for its first field.
    fn record(&self, fields: &'static [Field]) -> Raw {
        let known = || {
            fields
                .iter()
                .filter(|field| self.has(&|release| field.is_in(release)))
        };
        let properties: Map<String, Raw> = known()
            .map(|field| {
                let mut schema = self.shape(field, &field.shape);
                if let (Some(object), false) = (schema.as_object_mut(), field.doc.is_empty()) {
                    object.insert("description".into(), json!(field.doc));
                }
                (field.name.to_owned(), schema)
            })
            .collect();
        let needed: Vec<&str> = known()
            .filter(|field| {
                field.required
                    && field.default.is_none()
                    && field.since.is_none()
                    && field.until.is_none()
            })
            .map(|field| field.name)
            .collect();
        let first = fields
            .first()
            .map_or_else(|| json!({}), |first| self.shape(first, &first.shape));
        json!({ "anyOf": [
            { "type": "object", "properties": properties, "required": needed, "additionalProperties": false },
            first,
        ] })
    }
}

/// What stands behind `!ref` where a text may be a reference.
fn shown(family: &str) -> Raw {
    json!({
        "description": "The value of !ref.",
        "type": "object",
        "properties": { family: reference("value.filled") },
        "required": [family],
        "additionalProperties": false,
    })
}

/// One object and permissions on it.
fn granted(on: &[&str]) -> Raw {
    let mut properties: Map<String, Raw> = on
        .iter()
        .map(|family| ((*family).to_owned(), reference("value.text")))
        .collect();
    let names = json!({ "anyOf": [{ "type": "array", "items": reference("value.text") }, reference("value.text")] });
    properties.insert("permissions".to_owned(), names);
    json!({
        "type": "object",
        "properties": properties,
        "required": ["permissions"],
        "minProperties": 2,
        "maxProperties": 2,
        "additionalProperties": false,
    })
}
