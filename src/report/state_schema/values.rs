//! Values: what each shape looks like in a file, and behind a tag.
//!
//! A schema cannot see tags: editors hand over what stands behind `!env`, `!var` and `!file`, the name of a variable or
//! a path, or `{name: …, default: …}`. So wherever one value stands, those are accepted as far as they can be
//! distinguished from mistakes: for booleans and numbers any name, for enumeration values a name in capital letters.

use serde_json::Value as Json;

use super::NULLABLE_ARRAY;
use crate::report::reference::{clearing, variant_text};
use crate::schema::{Class, Field, Release, Shape};
use crate::wire::schema::{Schema, Schemas, Type};

/// Texts that YAML takes for something else, so that an editor may not take them for a name.
const NO_NAMES: [&str; 22] = [
    "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE", "n", "N", "no", "No", "NO",
    "off", "Off", "OFF", "False", "FALSE", "true", "false",
];

/// Makes schemas of values for a release, or for all.
pub(super) struct Values {
    pub release: Option<Release>,
}

/// The definitions that all schemas share.
pub(super) fn definitions() -> Schemas {
    let tagged = || Schema::reference("value.tagged");
    let named = || Schema::reference("value.named");
    let or_named = |schema: Schema| Schema::any_of([schema, named()]);
    let unit =
        "(?:[Mm]icroseconds|[Mm]illiseconds|[Ss]econds|[Mm]inutes|[Hh]ours|[Dd]ays|[Ww]eeks)";
    let pair = format!("\\s*{unit}\\s*=\\s*[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?\\s*");
    let definitions = [
        (
            "value.tagged",
            Schema::of(Type::Object)
                .about("The value of !env and !var.")
                .property(
                    "name",
                    Schema::of(Type::String).about("The variable's name."),
                )
                .property(
                    "default",
                    Schema::any().about("Used where the variable is not set."),
                )
                .required(["name"])
                .closed(),
        ),
        (
            "value.named",
            Schema::any_of([
                Schema::text("^[A-Za-z_./][A-Za-z0-9_./-]*$").except(Schema::one_of(NO_NAMES)),
                tagged(),
            ])
            .about("The value of !env, !var and !file."),
        ),
        (
            "value.capitals",
            Schema::any_of([Schema::text("^[A-Z][A-Z0-9_]*$"), tagged()]),
        ),
        (
            "value.text",
            Schema::any_of([
                Schema::of_types(&[Type::String, Type::Number, Type::Boolean]),
                tagged(),
            ]),
        ),
        (
            "value.filled",
            Schema::any_of([
                Schema::text("\\S"),
                Schema::of_types(&[Type::Number, Type::Boolean]),
                tagged(),
            ]),
        ),
        ("value.boolean", or_named(Schema::of(Type::Boolean))),
        ("value.integer", or_named(Schema::of(Type::Integer))),
        ("value.number", or_named(Schema::of(Type::Number))),
        (
            "value.duration",
            or_named(Schema::text(&format!("^(?:{pair};?)(?:{pair};?|;)*$"))),
        ),
        (
            "value.time",
            or_named(Schema::text("^\\s*[0-9]{4}-[0-9]{2}-[0-9]{2}")),
        ),
        (
            "value.data-by-key",
            Schema::of_types(&[Type::Object, Type::String]),
        ),
        (
            "akrec.previously",
            Schema::any_of([
                Schema::reference("value.text"),
                Schema::list(Schema::reference("value.text")),
            ])
            .about("An older name of the same object, or a list of them: it is renamed in place."),
        ),
    ];
    definitions
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

impl Values {
    /// A field's values, with `null` where that clears it.
    pub fn field(&self, field: &Field) -> Schema {
        let schema = match (field.or_reference_to, self.shape(field, &field.shape)) {
            (Some(family), schema) => Schema::any_of([schema, shown(family)]),
            (None, schema) => schema,
        };
        match clearing(field) {
            Some(_) => schema.or_null(),
            None => schema,
        }
    }

    fn has(&self, since: &dyn Fn(Release) -> bool) -> bool {
        self.release.is_none_or(since)
    }

    fn shape(&self, field: &Field, shape: &Shape) -> Schema {
        match shape {
            Shape::Set(item) => {
                let item = || self.item(field, item);
                let list =
                    |about: &str| Schema::of_types(&NULLABLE_ARRAY).items(item()).about(about);
                let partial = Schema::of(Type::Object)
                    .property(
                        "include",
                        list("These are included; all others are left unchanged."),
                    )
                    .property(
                        "exclude",
                        list("These are excluded; all others are left unchanged."),
                    )
                    .closed();
                Schema::any_of([Schema::list(item()), partial])
            }
            Shape::Grant { on, .. } => granted(on),
            Shape::List(item) => Schema::list(self.shape(field, item)),
            Shape::Record(fields) => self.record(fields),
            Shape::Json { per_key: true } => Schema::reference("value.data-by-key"),
            // Data that is never shown is a mapping, or JSON as text.
            Shape::Json { .. } if field.class != Class::Plain => {
                Schema::reference("value.data-by-key")
            }
            Shape::Json { per_key: false } => Schema::any(),
            // A certificate is never a number.
            Shape::String if field.digest.is_some() => Schema::any_of([
                Schema::of(Type::String).filled(),
                Schema::reference("value.tagged"),
            ]),
            _ if field.class != Class::Plain => Schema::reference("value.text"),
            Shape::String if field.not_blank && !field.nullable => {
                Schema::reference("value.filled")
            }
            Shape::String | Shape::Ref(_) | Shape::RefAny(_) => Schema::reference("value.text"),
            Shape::Enum(words) => {
                let known: Vec<_> = words
                    .iter()
                    .filter(|word| self.has(&|release| word.is_in(release)))
                    .collect();
                let mut names: Vec<Json> = known.iter().map(|word| word.name.into()).collect();
                // Unquoted, some enumeration values are not strings to an editor.
                names.extend(known.iter().filter_map(|word| {
                    match serde_json::from_str(word.name) {
                        Ok(typed @ (Json::Number(_) | Json::Bool(_))) => Some(typed),
                        _ => None,
                    }
                }));
                let mut schema = Schema::one_of(names);
                if known
                    .iter()
                    .any(|word| word.since.is_some() || word.until.is_some())
                {
                    schema = schema
                        .value_descriptions(known.iter().map(|word| variant_text(word)).collect());
                }
                Schema::any_of([schema, Schema::reference("value.capitals")])
            }
            Shape::Bytes(_) => Schema::any_of([
                Schema::of(Type::String).filled(),
                Schema::of_types(&[Type::Number, Type::Boolean]),
                Schema::reference("value.tagged"),
            ]),
            Shape::Bool => Schema::reference("value.boolean"),
            Shape::Int(least, most) => Schema::any_of([
                Schema::of(Type::Integer).at_least(*least).at_most(*most),
                Schema::reference("value.named"),
            ]),
            Shape::Float => Schema::reference("value.number"),
            Shape::Duration => Schema::reference("value.duration"),
            Shape::Time => Schema::reference("value.time"),
        }
    }

    /// An item of a set: of references it may be a grant that ends.
    fn item(&self, field: &Field, shape: &Shape) -> Schema {
        if let Shape::Grant { on, .. } = shape {
            return granted(on);
        }
        let value = self.shape(field, shape);
        let [family] = shape.families() else {
            return value;
        };
        let until =
            Schema::reference("value.time").about("The last day of the grant, such as 2026-12-31.");
        let grant = Schema::of(Type::Object)
            .property(family, value.clone())
            .property("until", until)
            .required([*family])
            .closed();
        Schema::any_of([value, grant])
    }

    /// A mapping, or the text that stands for its first field.
    fn record(&self, fields: &'static [Field]) -> Schema {
        let known = || {
            fields
                .iter()
                .filter(|field| self.has(&|release| field.is_in(release)))
        };
        let property = |field: &Field| match field.doc {
            "" => self.shape(field, &field.shape),
            doc => self.shape(field, &field.shape).about(doc),
        };
        let properties: Schemas = known()
            .map(|field| (field.name.to_owned(), property(field)))
            .collect();
        let needed = known()
            .filter(|field| {
                field.required
                    && field.default.is_none()
                    && field.since.is_none()
                    && field.until.is_none()
            })
            .map(|field| field.name);
        let first = fields
            .first()
            .map_or_else(Schema::any, |first| self.shape(first, &first.shape));
        Schema::any_of([Schema::object(properties).required(needed), first])
    }
}

/// What stands behind `!ref` where a text may be a reference.
fn shown(family: &str) -> Schema {
    Schema::of(Type::Object)
        .about("The value of !ref.")
        .property(family, Schema::reference("value.filled"))
        .required([family])
        .closed()
}

/// One object and permissions on it.
fn granted(on: &[&str]) -> Schema {
    let text = || Schema::reference("value.text");
    let properties = on.iter().map(|family| ((*family).to_owned(), text()));
    Schema::object(properties.collect())
        .property(
            "permissions",
            Schema::any_of([Schema::list(text()), text()]),
        )
        .required(["permissions"])
        .members(2)
}
