//! The distiller of releases, on a schema small enough to read.

#[path = "../../examples/distil/layout.rs"]
mod layout;
#[path = "../../examples/distil/newest.rs"]
mod newest;

use akrec::openapi::{distil, merged};
use serde_json::{Value, json};

use crate::folder::Folder;

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
    assert_eq!(
        bell["fields"]["name"],
        json!({ "type": "string", "min_length": 1, "required": true })
    );
    assert_eq!(
        bell["fields"]["tone"],
        json!({ "type": "string", "enum": ["low", "high"], "nullable": true })
    );
    assert_eq!(bell["fields"]["secret"]["write_only"], true);
    assert_eq!(
        bell["fields"]["flow"]["to"], "Flow",
        "a field of that name refers to flows elsewhere"
    );
    assert_eq!(
        bell["shows"]["pk"],
        json!({ "type": "string", "format": "uuid" })
    );
    assert_eq!(facts["polymorphic"]["/stages/all/"]["filters"], json!([]));
    assert_eq!(facts["views"]["Stage"], json!(["name", "pk"]));
    assert!(
        unknown
            .iter()
            .any(|line| line.starts_with("/stages/bell/: a new collection")),
        "{unknown:?}"
    );
    assert!(
        unknown
            .iter()
            .any(|line| line.starts_with("/stages/bell/: secret is new")),
        "{unknown:?}"
    );
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

/// A folder with the facts of one line, as the repository has them.
fn releases(name: &str, line: &str, first: &Value) -> Folder {
    let folder = Folder::new(name);
    std::fs::write(folder.0.join(format!("{line}.json")), layout::text(first)).unwrap();
    folder
}

/// Takes a version in as `--patch` does, and gives the difference that then stands in the file.
fn taken(document: &Value, folder: &Folder) -> (Value, Vec<String>) {
    let taken = newest::take_in(document, &folder.0).unwrap();
    assert!(taken.text.contains(&taken.version));
    std::fs::write(&taken.path, &taken.text).unwrap();
    let text = std::fs::read_to_string(folder.0.join("2027.1.newest.json")).unwrap();
    (serde_json::from_str(&text).unwrap(), taken.unknown)
}

#[test]
fn a_patch_release_is_taken_in_by_its_schema() {
    let schema: Value = serde_yaml::from_str(SCHEMA).unwrap();
    let (first, _) = distil(&schema, &before()).unwrap();
    let folder = releases("by-schema", "2027.1", &first);
    let later = SCHEMA
        .replace("2027.1.0-rc1", "2027.1.3")
        .replace("enum: [low, high]", "enum: [low, high, shrill]")
        .replace(
            "        tone: {$ref: '#/components/schemas/ToneEnum'}\n        flow",
            "        flow",
        );
    let later: Value = serde_yaml::from_str(&later).unwrap();
    let (difference, unknown) = taken(&later, &folder);
    assert_eq!(
        difference,
        json!({ "release": "2027.1.3", "collections": { "/stages/bell/": { "fields": {
            "tone": { "enum": ["low", "high", "shrill"], "write_only": true },
        } } } })
    );
    assert_eq!(unknown, Vec::<String>::new());
    assert_eq!(
        merged(&first, &difference),
        distil(&later, &first).unwrap().0
    );
    // Once more is the same, and what is older than what is known is refused.
    assert_eq!(taken(&later, &folder).0, difference);
    let why = newest::take_in(&schema, &folder.0).err().unwrap();
    assert_eq!(why, "it is of 2027.1.0, and 2027.1.3 is known already");
}

#[test]
fn a_patch_release_is_taken_in_by_the_summary_of_its_client() {
    let schema: Value = serde_yaml::from_str(SCHEMA).unwrap();
    let (first, _) = distil(&schema, &before()).unwrap();
    let folder = releases("by-summary", "2027.1", &first);
    let field = |kind: &str, shown: bool| json!({ "type": kind, "in_answer": shown });
    let bell = json!({
        "request": {
            // What the generator of the summary takes for a field.
            "Contact": { "type": "hello@goauthentik.io", "required": true, "in_answer": true },
            "name": { "type": "str", "required": true, "in_answer": true },
            "tone": { "type": "toneenum", "enum": ["low", "shrill"], "in_answer": true },
            "secret": field("str", false),
            "pin": field("str", false),
            "hours": { "type": "list[int]", "in_answer": true },
        },
        "answer_only": ["pk", "flow"],
    });
    let summary = json!({
        "version": "2027.1.4",
        "collections": { "/stages/bell/": bell, "/gongs/": {}, "/stages/bell/{stage_uuid}/ring/": {} },
    });
    let (difference, unknown) = taken(&summary, &folder);
    assert_eq!(
        difference,
        json!({ "release": "2027.1.4", "collections": { "/stages/bell/": {
            "fields": {
                "flow": null,
                "hours": { "type": "array", "items": { "type": "integer" } },
                "pin": { "type": "string", "write_only": true },
                "tone": { "enum": ["low", "shrill"] },
            },
            "shows": { "flow": { "type": "string", "format": "uuid" } },
        } } })
    );
    let said = unknown.join("\n");
    for part in [
        "/stages/bell/: pin is new",
        "/stages/bell/: hours is new",
        "which of these hold objects? /gongs/",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let other = json!({ "version": "2028.2.1", "collections": {} });
    let why = newest::take_in(&other, &folder.0).err().unwrap();
    assert!(why.contains("2028.2.json"), "{why}");
}

/// What the repository has of newer versions is laid out as the command lays it out, and each is later than the first.
#[test]
fn the_newest_versions_are_differences_to_the_first() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sandbox/releases"));
    for release in akrec::schema::RELEASES {
        let read = |name: String| std::fs::read_to_string(folder.join(&name)).unwrap();
        let text = read(format!("{release}.newest.json"));
        let newest: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(layout::difference(&newest), text);
        let first: Value = serde_json::from_str(&read(format!("{release}.json"))).unwrap();
        let version = |facts: &Value| {
            akrec::schema::Version::parse(facts["release"].as_str().unwrap()).unwrap()
        };
        assert!(version(&newest) > version(&first), "{release}");
        assert_eq!(version(&newest).release, *release);
        let row = format!(
            "\n| {release} | {} | {} | ",
            first["release"].as_str().unwrap(),
            newest["release"].as_str().unwrap()
        );
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/servers.md"))
            .unwrap();
        assert!(page.contains(&row), "docs/servers.md has no row{row}");
        let whole = merged(&first, &newest);
        assert_eq!(
            akrec::openapi::difference(&first, &whole),
            newest,
            "nothing is said twice"
        );
    }
}
