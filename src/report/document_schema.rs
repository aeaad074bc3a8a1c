//! JSON Schemas of what akrec writes for machines: the document of each verb that has one, and the event stream.
//!
//! They follow from the types in [`crate::wire`]. They promise what there is and leave room for more: within a major
//! version members are only added, so that a reader must ignore what it does not know. `strict` schemas, which allow
//! nothing that is not named, are for akrec's own tests: they hold that the promise is complete.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value as Json};

use crate::wire::{Document, Nothing, access, diff, drift, event, invite, kinds};
use crate::wire::{plan, sign_in, upgrade, validate, verify};

/// What a schema is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// The document of `plan`, `apply` and `show`.
    Plan,
    /// The document of `drift`.
    Drift,
    /// The document of `validate`.
    Diagnostics,
    /// One line of the event stream.
    Events,
    /// The documents of `access`.
    Access,
    /// The document of `diff`.
    Diff,
    /// The document of `verify`.
    Verify,
    /// The documents of `invite`.
    Invite,
    /// The document of `upgrade`.
    Upgrade,
    /// The documents of `kinds` and `explain`.
    Kinds,
}

/// The schema of a document.
pub fn schema(of: Of, strict: bool) -> Json {
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(WithoutRust)
        .into_generator();
    let mut types = Types(&mut generator);
    let (name, about, types) = match of {
        Of::Plan => (
            "plan",
            "What `akrec plan`, `apply` and `show` write with --format json.",
            vec![types.document::<plan::Plan>()],
        ),
        Of::Drift => (
            "drift",
            "What `akrec drift` writes with --format json.",
            vec![types.document::<drift::Drift>()],
        ),
        Of::Diagnostics => (
            "diagnostics",
            "What `akrec validate` writes with --format json.",
            vec![types.document::<validate::Validate>()],
        ),
        Of::Events => (
            "events",
            "One line of what `akrec apply` writes with --format events.",
            vec![types.of::<event::Line>()],
        ),
        Of::Access => (
            "access",
            "What `akrec access` writes with --format json.",
            vec![
                types.document::<access::Table>(),
                types.document::<access::Difference>(),
                types.document::<access::Verified>(),
                types.document::<sign_in::Table>(),
                types.document::<Nothing>(),
            ],
        ),
        Of::Diff => (
            "diff",
            "What `akrec diff` writes with --format json.",
            vec![types.document::<diff::Diff>(), types.document::<Nothing>()],
        ),
        Of::Verify => (
            "verify",
            "What `akrec verify` writes with --format json.",
            vec![
                types.document::<verify::Verify>(),
                types.document::<Nothing>(),
            ],
        ),
        Of::Invite => (
            "invite",
            "What `akrec invite` writes with --format json.",
            vec![
                types.document::<invite::Created>(),
                types.document::<invite::All>(),
                types.document::<Nothing>(),
            ],
        ),
        Of::Upgrade => (
            "upgrade",
            "What `akrec upgrade` writes with --format json.",
            vec![
                types.document::<upgrade::Upgrade>(),
                types.document::<Nothing>(),
            ],
        ),
        Of::Kinds => (
            "kinds",
            "What `akrec kinds` and `explain` write with --format json.",
            vec![
                types.document::<kinds::Kinds>(),
                types.document::<kinds::Codes>(),
                types.document::<kinds::Raw>(),
                types.document::<kinds::Gaps>(),
                types.document::<Nothing>(),
            ],
        ),
    };
    let mut schema = whole(generator, name, about, types);
    if strict {
        Closed.transform(&mut schema);
    }
    schema.into()
}

/// The types of documents as schemas.
struct Types<'g>(&'g mut SchemaGenerator);

impl Types<'_> {
    fn document<T: JsonSchema>(&mut self) -> Schema {
        self.of::<Document<T>>()
    }

    fn of<T: JsonSchema>(&mut self) -> Schema {
        T::json_schema(self.0)
    }
}

/// A schema that takes one of several documents.
fn whole(
    mut generator: SchemaGenerator,
    name: &str,
    about: &str,
    mut types: Vec<Schema>,
) -> Schema {
    let mut schema = match types.as_mut_slice() {
        [only] => std::mem::take(only),
        _ => {
            let mut any = Schema::default();
            any.insert(
                "anyOf".to_owned(),
                types.into_iter().map(Json::from).collect(),
            );
            any
        }
    };
    for (key, text) in [
        ("$schema", "https://json-schema.org/draft/2020-12/schema"),
        ("title", &format!("akrec {name}")),
        ("description", about),
    ] {
        schema.insert(key.to_owned(), text.into());
    }
    let definitions = generator.take_definitions(false);
    if !definitions.is_empty() {
        schema.insert("$defs".to_owned(), Json::Object(definitions));
    }
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    schema
}

/// Removes what is of Rust: how wide a number is in memory, and the line breaks of comments.
#[derive(Clone, Debug)]
struct WithoutRust;

impl Transform for WithoutRust {
    fn transform(&mut self, schema: &mut Schema) {
        let is_width = |format: &Json| format.as_str().is_some_and(|it| it.contains("int"));
        if schema.get("format").is_some_and(is_width) {
            schema.remove("format");
        }
        if let Some(Json::String(about)) = schema.get_mut("description") {
            *about = about.replace('\n', " ");
        }
        transform_subschemas(self, schema);
    }
}

/// Forbids what is not named, wherever members are named.
struct Closed;

impl Transform for Closed {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut() {
            close(object, false);
        }
    }
}

/// Schemas that are about the same value as the one that they stand in.
const SAME_VALUE: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// A schema that is a `part` of one for the same value leaves it to that one, which sees the members of all its parts.
fn close(schema: &mut Map<String, Json>, part: bool) {
    let names_members = schema.contains_key("properties");
    let has_parts = SAME_VALUE
        .iter()
        .any(|keyword| schema.contains_key(*keyword));
    for (keyword, value) in schema.iter_mut() {
        let is_part = SAME_VALUE.contains(&keyword.as_str()) && (part || names_members);
        let schemas: Vec<&mut Json> = match (keyword.as_str(), value) {
            ("properties" | "$defs", Json::Object(of)) => of.values_mut().collect(),
            (_, Json::Array(of)) => of.iter_mut().collect(),
            (_, value) => vec![value],
        };
        for schema in schemas.into_iter().filter_map(Json::as_object_mut) {
            close(schema, is_part);
        }
    }
    if names_members && !part {
        let keyword = if has_parts {
            "unevaluatedProperties"
        } else {
            "additionalProperties"
        };
        schema.entry(keyword).or_insert_with(|| Json::Bool(false));
    }
}
