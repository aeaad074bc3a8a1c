//! The JSON Schema of `akrec.yaml`, for completion and checks in editors. It follows from the table of keys.
//!
//! An editor sees a tag's content and not the tag: where `!env` is allowed, the form `{name: …, default: …}` is valid too.

use serde_json::{Map, Value as Json, json};

use super::keys::{Form, SETTINGS, Setting};
use crate::diag::CODES;
use crate::plan::limited;

/// The schema. A key that akrec does not know is not valid by it, and neither is a token.
pub fn json_schema() -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "akrec settings",
        "description": "akrec.yaml, the settings of akrec.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties(""),
    })
}

/// The keys of the file, or of a mapping in it.
fn properties(parent: &str) -> Map<String, Json> {
    let mut all = Map::new();
    for setting in SETTINGS {
        let (above, name) = setting.name.rsplit_once('.').unwrap_or(("", setting.name));
        if above == parent {
            all.insert(name.to_owned(), property(setting, above.is_empty()));
        }
    }
    all
}

/// One key. A key of the file itself without a value counts as not given.
fn property(setting: &Setting, nullable: bool) -> Json {
    let mut value = form(setting);
    if nullable {
        value = json!({ "anyOf": [value, { "type": "null" }] });
    }
    if let Json::Object(members) = &mut value {
        members.insert("description".to_owned(), Json::from(setting.about));
    }
    value
}

fn form(setting: &Setting) -> Json {
    match setting.form {
        Form::Url => json!({ "type": "string", "pattern": "^\\s*https?://" }),
        Form::Name => scalar(),
        Form::Directory | Form::File => scalar(),
        // A release in plain YAML is a number.
        Form::Release => json!({
            "anyOf": [{ "type": "string", "pattern": "^\\s*20\\d\\d\\.\\d+" }, { "type": "number", "minimum": 2020 }],
        }),
        Form::Boolean => json!({ "type": "boolean" }),
        Form::Duration => {
            json!({ "type": "string", "pattern": "^\\s*(\\d+(ms|s|m|h)\\s*)+$" })
        }
        Form::Whole(from, u64::MAX) => json!({ "type": "integer", "minimum": from }),
        Form::Whole(from, upto) => json!({ "type": "integer", "minimum": from, "maximum": upto }),
        Form::Percent => percent(),
        Form::OneOf(words) => json!({ "enum": words }),
        Form::Names => json!({ "type": "array", "items": scalar() }),
        Form::Keys => json!({
            "type": "object", "additionalProperties": false, "properties": properties(setting.name),
        }),
        Form::Removals => {
            let kinds: Map<String, Json> = limited()
                .iter()
                .map(|kind| ((*kind).to_owned(), limit()))
                .collect();
            // A collection that `raw` declares goes by its path.
            json!({
                "type": "object", "additionalProperties": false, "properties": kinds,
                "patternProperties": { "/": limit() },
            })
        }
        Form::Lints => lints(),
        Form::Headers => json!({
            "type": "object", "additionalProperties": from_env(),
            "propertyNames": {
                "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", "not": { "pattern": "^[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn]$" },
            },
        }),
        Form::Variables => json!({ "type": "object", "additionalProperties": from_env() }),
    }
}

/// Any single value.
fn scalar() -> Json {
    json!({ "type": ["string", "number", "boolean"], "minLength": 1 })
}

/// A single value, or what `!env` may stand before.
fn from_env() -> Json {
    json!({
        "anyOf": [
            { "type": ["string", "number", "boolean"] },
            {
                "type": "object", "additionalProperties": false, "required": ["name"],
                "properties": { "name": { "type": "string" }, "default": { "type": ["string", "number", "boolean"] } },
            },
        ],
    })
}

fn percent() -> Json {
    json!({ "type": "string", "pattern": "^\\s*0*(100|\\d{1,2})\\s*%\\s*$" })
}

fn limit() -> Json {
    json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, percent()] })
}

/// A mapping of every lint, by its name and its code, to a level.
fn lints() -> Json {
    let mut all = Map::new();
    for (code, about) in CODES {
        let Some(name) = code.lint() else { continue };
        for key in [name, code.as_str()] {
            all.insert(
                key.to_owned(),
                json!({ "enum": ["allow", "warn", "deny"], "description": about }),
            );
        }
    }
    json!({ "type": "object", "additionalProperties": false, "properties": all })
}
