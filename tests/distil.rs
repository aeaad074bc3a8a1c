//! The distiller of releases, on a schema small enough to read.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/distil/layout.rs"]
mod layout;

use akrec::openapi::distil;
use serde_json::{Value, json};

const SCHEMA: &str = r##"
info: {version: 2027.1.0-rc1}
paths:
  /stages/bell/:
    get:
      parameters:
        - {in: query, name: name, schema: {type: string}}
        - {$ref: '#/components/parameters/QuerySearch'}
    post: &body
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/BellRequest'}}}}
  /stages/bell/{stage_uuid}/:
    get: {responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Bell'}}}}}}
    put: *body
    patch: *body
    delete: {}
  /stages/bell/{stage_uuid}/used_by/: {get: {}}
  /stages/all/: {get: {parameters: []}}
components:
  parameters:
    QuerySearch: {in: query, name: search}
  schemas:
    ModelEnum: {enum: [authentik_bells.bell]}
    ToneEnum: {type: string, enum: [low, high]}
    BellRequest:
      properties:
        name: {type: string, minLength: 1}
        tone: {allOf: [{$ref: '#/components/schemas/ToneEnum'}], nullable: true}
        flow: {type: string, format: uuid}
        secret: {type: string, writeOnly: true}
      required: [name]
    Bell:
      properties:
        pk: {type: string, format: uuid, readOnly: true}
        name: {type: string}
        tone: {$ref: '#/components/schemas/ToneEnum'}
        flow: {type: string, format: uuid}
        component: {type: string, readOnly: true}
    Stage:
      properties:
        pk: {type: string}
        name: {type: string}
"##;

fn before() -> Value {
    json!({
        "collections": { "/stages/door/": { "fields": {
            "flow": { "type": "string", "to": "Flow", "on_delete": "cascade" },
        } } },
        "polymorphic": { "/stages/all/": { "model": "Stage", "view": "Stage", "filters": ["gone"] } },
        "singletons": {},
    })
}

#[test]
fn what_the_schema_says_is_taken_and_the_rest_is_asked_for() {
    let schema: Value = serde_yaml::from_str(SCHEMA).unwrap();
    let (facts, unknown) = distil(&schema, &before()).unwrap();
    let bell = &facts["collections"]["/stages/bell/"];
    assert_eq!(facts["release"], "2027.1.0");
    assert_eq!(bell["lineage"], json!(["Bell", "Stage"]));
    assert_eq!(bell["label"], "authentik_bells.bell");
    assert_eq!(bell["filters"], json!(["name"]));
    assert_eq!(bell["used_by"], true);
    assert_eq!(bell["fields"]["name"], json!({ "type": "string", "min_length": 1, "required": true }));
    assert_eq!(bell["fields"]["tone"], json!({ "type": "string", "enum": ["low", "high"], "nullable": true }));
    assert_eq!(bell["fields"]["secret"]["write_only"], true);
    assert_eq!(bell["fields"]["flow"]["to"], "Flow", "a field of that name refers to flows elsewhere");
    assert_eq!(bell["shows"]["pk"], json!({ "type": "string", "format": "uuid" }));
    assert_eq!(facts["polymorphic"]["/stages/all/"]["filters"], json!([]));
    assert_eq!(facts["views"]["Stage"], json!(["name", "pk"]));
    assert!(unknown.iter().any(|line| line.starts_with("/stages/bell/: a new collection")), "{unknown:?}");
    assert!(unknown.iter().any(|line| line.starts_with("/stages/bell/: secret is new")), "{unknown:?}");
}

/// Nothing is asked for, and nothing changes, where the release before had it all.
#[test]
fn what_was_known_is_carried_over() {
    let schema: Value = serde_yaml::from_str(SCHEMA).unwrap();
    let (mut facts, _) = distil(&schema, &before()).unwrap();
    facts["collections"]["/stages/bell/"]["fields"]["tone"]["default"] = "low".into();
    let (again, unknown) = distil(&schema, &facts).unwrap();
    assert_eq!(unknown, Vec::<String>::new());
    assert_eq!(again, facts);
    let read: Value = serde_json::from_str(&layout::text(&again)).unwrap();
    assert_eq!(read, again);
}
