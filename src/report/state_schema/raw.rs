//! The section `raw`: collections that the table does not know, of which only the form is known here.

use serde_json::{Map, Value as Raw, json};

use super::{lifecycle, reference};

/// A path as far as an editor can judge it; the loader knows which ones are known already.
const PATH: &str = "^/[a-z0-9_-]+(/[a-z0-9_-]+)+/$";
/// A name of a field.
const FIELD: &str = "^\\s*[A-Za-z_][A-Za-z0-9_]*\\s*$";

/// The section, with the definitions that it uses.
pub(super) fn section(defs: &mut Map<String, Raw>) -> Raw {
    let mut lifecycle = lifecycle(std::iter::empty());
    lifecycle["properties"]["ignore"]["items"] = json!({ "type": "string" });
    defs.insert(
        "raw.object".into(),
        json!({
            "description": "Fields by the API's names: data, `!ref {family: name}`, `!set […]`.",
            "type": ["object", "null"],
            "properties": { "previously": reference("akrec.previously"), "lifecycle": lifecycle },
        }),
    );
    defs.insert(
        "raw.collection".into(),
        json!({
            "type": ["object", "null"],
            "properties": {
                "key": { "description": "The field of the natural key.", "type": ["string", "null"], "pattern": FIELD, "default": "name" },
                "id": {
                    "description": "The field of an answer that is part of an object's URL.",
                    "type": ["string", "null"], "pattern": FIELD, "default": "pk",
                },
                "write_only": {
                    "description": "Fields that the server never returns.",
                    "type": ["array", "null"], "items": { "type": "string", "pattern": FIELD },
                },
                "defaults": {
                    "description": "Fields that every object here has unless it says otherwise.",
                    "anyOf": [{ "type": "null" }, { "allOf": [reference("raw.object")], "type": "object" }],
                },
                "objects": {
                    "description": "A mapping from names to objects.",
                    "type": ["object", "null"],
                    "propertyNames": { "minLength": 1 },
                    "additionalProperties": reference("raw.object"),
                },
            },
            "additionalProperties": false,
        }),
    );
    json!({
        "description": "Collections that akrec does not know, by their path below /api/v3. `akrec explain raw`.",
        "type": ["object", "null"],
        "propertyNames": { "pattern": PATH },
        "additionalProperties": reference("raw.collection"),
    })
}

/// What must not exist in such collections.
pub(super) fn absent() -> Raw {
    json!({
        "description": "Objects of raw collections that must not exist, by path and key.",
        "type": ["object", "null"],
        "propertyNames": { "pattern": PATH },
        "additionalProperties": { "type": ["array", "null"], "items": reference("value.text") },
    })
}
