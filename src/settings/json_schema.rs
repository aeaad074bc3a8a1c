//! The JSON Schema of `akrec.yaml`, for completion and checks in editors. It follows from the table of keys.
//!
//! An editor sees a tag's content and not the tag: where `!env` is allowed, the form `{name: …, default: …}` is valid too.

use serde_json::Value as Json;

use super::keys::{Form, SETTINGS, Setting};
use crate::diag::CODES;
use crate::plan::limited;
use crate::wire::schema::{Schema, Schemas, Type};

/// The schema. A key that akrec does not know is not valid by it, and neither is a token.
pub fn json_schema() -> Json {
    let schema = Schema::of_types(&[Type::Object, Type::Null])
        .properties(properties(""))
        .closed()
        .document("akrec settings", "akrec.yaml, the settings of akrec.");
    crate::wire::json(&schema)
}

/// The keys of the file, or of a mapping in it.
fn properties(parent: &str) -> Schemas {
    let mut all = Schemas::new();
    for setting in SETTINGS {
        let (above, name) = setting.name.rsplit_once('.').unwrap_or(("", setting.name));
        if above == parent {
            all.insert(name.to_owned(), property(setting, above.is_empty()));
        }
    }
    all
}

/// One key. A key of the file itself without a value counts as not given.
fn property(setting: &Setting, nullable: bool) -> Schema {
    let value = form(setting);
    let value = if nullable {
        Schema::any_of([value, Schema::of(Type::Null)])
    } else {
        value
    };
    value.about(setting.about)
}

fn form(setting: &Setting) -> Schema {
    match setting.form {
        Form::Url => Schema::text("^\\s*https?://"),
        Form::Name => scalar(),
        Form::Directory | Form::File => scalar(),
        // A release in plain YAML is a number.
        Form::Release => Schema::any_of([
            Schema::text("^\\s*20\\d\\d\\.\\d+"),
            Schema::of(Type::Number).at_least(2020),
        ]),
        Form::Boolean => Schema::of(Type::Boolean),
        Form::Duration => Schema::text("^\\s*(\\d+(ms|s|m|h)\\s*)+$"),
        Form::Whole(from, u64::MAX) => Schema::of(Type::Integer).at_least(from),
        Form::Whole(from, upto) => Schema::of(Type::Integer).at_least(from).at_most(upto),
        Form::Percent => percent(),
        Form::OneOf(words) => Schema::one_of(words.iter().copied()),
        Form::Names => Schema::list(scalar()),
        Form::Keys => Schema::object(properties(setting.name)),
        Form::Removals => {
            let kinds = limited();
            let kinds = kinds.iter().map(|kind| ((*kind).to_owned(), limit()));
            // A collection that `raw` declares goes by its path.
            Schema::object(kinds.collect()).pattern_property("/", limit())
        }
        Form::Lints => lints(),
        Form::Headers => Schema::of(Type::Object).each(from_env()).names(
            Schema::any()
                .pattern("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
                .except(
                    Schema::any().pattern("^[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn]$"),
                ),
        ),
        Form::Variables => Schema::of(Type::Object).each(from_env()),
    }
}

/// A value that is no list and no mapping.
fn single() -> Schema {
    Schema::of_types(&[Type::String, Type::Number, Type::Boolean])
}

/// Any single value.
fn scalar() -> Schema {
    single().filled()
}

/// A single value, or what `!env` may stand before.
fn from_env() -> Schema {
    let named = Schema::of(Type::Object)
        .property("name", Schema::of(Type::String))
        .property("default", single())
        .required(["name"])
        .closed();
    Schema::any_of([single(), named])
}

fn percent() -> Schema {
    Schema::text("^\\s*0*(100|\\d{1,2})\\s*%\\s*$")
}

fn limit() -> Schema {
    Schema::any_of([Schema::of(Type::Integer).at_least(0), percent()])
}

/// A mapping of every lint, by its name and its code, to a level.
fn lints() -> Schema {
    let mut all = Schemas::new();
    for (code, about) in CODES {
        let Some(name) = code.lint() else { continue };
        for key in [name, code.as_str()] {
            let level = Schema::one_of(["allow", "warn", "deny"]).about(*about);
            all.insert(key.to_owned(), level);
        }
    }
    Schema::object(all)
}
