//! A value of the state as a file may hold it: every secret is replaced by the fact that there is one.
//!
//! [`Masked::of`] is the only way from a value to here. Reading is written by hand, since what serde derives for an untagged
//! enumeration copies everything that is nested once for each level.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use super::Address;
use crate::value::{self, MASKED, Value, sorted};

/// A value without secrets: in the spelling of a plan file, which can be read again, or as `Masked<Json>` in that of a
/// document, which is made for whoever reads it, or as `Masked<String>` in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, description = "A value, without its secrets.")]
pub struct Masked<T = Form>(T);

/// How a document spells the values of one field: the name of an object is enough where the field can refer to nothing
/// else.
pub trait Spelling: Copy {
    /// The name of an object.
    fn reference(self, address: &value::Address) -> String;
    /// The spelling of the items of a list.
    fn item(self) -> Self;
    /// The spelling of a field of a record.
    fn field(self, name: &str) -> Self;
}

/// How a value is spelled: what JSON has of its own, or a mapping whose only key says what it is.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Form {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// Anything else.
    Typed(Typed),
}

/// A value that JSON has no spelling of its own for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Typed {
    /// A number with a fraction, as text: JSON has no spelling that surely comes back as the same number.
    Float(String),
    /// A duration.
    Duration(String),
    /// An instant.
    Time(String),
    /// There is a secret. Several in one list are numbered, so that they stay several.
    Secret(usize),
    /// The fingerprint of a value that the server does not return.
    Digest(String),
    /// The content of a file.
    Content {
        /// The hash of its bytes.
        sha256: String,
        /// How many bytes it has.
        size: u64,
    },
    /// Another object.
    Ref(Address),
    /// An object of which only the id is known.
    Unknown(String),
    /// Items whose order counts.
    List(Vec<Masked>),
    /// Items whose order does not count.
    Set(Vec<Masked>),
    /// A record of fields.
    Record(BTreeMap<String, Masked>),
    /// Free data.
    Json(Json),
}

impl Masked<Json> {
    /// A value without its secrets. Of one that is not `visible`, because its field holds a secret, only whether there is
    /// any.
    pub fn shown(value: &Value, visible: bool, spelling: impl Spelling) -> Masked<Json> {
        Masked(match value {
            Value::Null => Json::Null,
            _ if !visible => MASKED.into(),
            value => shown(value, spelling),
        })
    }

    /// One key of free data that holds no secret.
    pub fn key(data: &Json) -> Masked<Json> {
        Masked(sorted(data))
    }

    /// Some keys of free data that hold no secrets.
    pub fn keys<'a>(keys: impl Iterator<Item = (&'a String, &'a Json)>) -> Masked<Json> {
        Masked(Json::Object(
            keys.map(|(key, data)| (key.clone(), sorted(data)))
                .collect(),
        ))
    }
}

impl Masked<String> {
    /// A value as text, without its secrets: `render` gets none.
    pub fn rendered(value: &Value, render: impl FnOnce(&Value) -> String) -> Masked<String> {
        Masked(render(&without_secrets(value)))
    }
}

/// A value in which the fixed text stands for each secret.
fn without_secrets(value: &Value) -> Value {
    match value {
        // What is shown of a fingerprint is its text, without quotes.
        Value::Secret(_) => Value::Digest(MASKED.into()),
        Value::List(items) => Value::List(items.iter().map(without_secrets).collect()),
        Value::Set(items) => Value::Set(items.iter().map(without_secrets).collect()),
        Value::Record(fields) => Value::Record(
            fields
                .iter()
                .map(|(name, field)| (name.clone(), without_secrets(field)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn shown(value: &Value, spelling: impl Spelling) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::from(*flag),
        Value::Int(number) => Json::from(*number),
        Value::Float(number) => Json::from(number.0),
        Value::Text(text) => Json::from(&**text),
        Value::Duration(duration) => Json::from(duration.as_str()),
        Value::Time(time) => Json::from(time.to_string()),
        Value::Secret(_) => Json::from(MASKED),
        Value::Digest(fingerprint) => Json::from(&**fingerprint),
        Value::Content(content) => super::json(&Content {
            sha256: content.hash(),
            size: content.size(),
        }),
        Value::Ref(address) => Json::from(spelling.reference(address)),
        Value::Unknown(id) => super::json(&Unknown { unknown: id }),
        Value::List(items) => items
            .iter()
            .map(|item| shown(item, spelling.item()))
            .collect(),
        Value::Set(items) => items
            .iter()
            .map(|item| shown(item, spelling.item()))
            .collect(),
        Value::Record(fields) => Json::Object(
            fields
                .iter()
                .map(|(name, field)| (name.clone(), shown(field, spelling.field(name))))
                .collect(),
        ),
        Value::Json(data) => sorted(&data.0),
    }
}

/// How a document spells the content of a file.
#[derive(Serialize)]
struct Content<'a> {
    sha256: &'a str,
    size: u64,
}

/// How a document spells an object of which only the id is known.
#[derive(Serialize)]
struct Unknown<'a> {
    unknown: &'a str,
}

impl Masked {
    /// A value without its secrets. Of one that is not `visible`, because its field holds a secret, only the form is kept,
    /// and whether there is any.
    pub fn of(value: &Value, visible: bool) -> Masked {
        let form = match value {
            Value::Null => Form::Null,
            Value::Digest(fingerprint) => Form::Typed(Typed::Digest(fingerprint.to_string())),
            Value::Set(items) => Form::Typed(Typed::Set(Masked::items(items, visible))),
            Value::List(items) => Form::Typed(Typed::List(numbered(items.iter(), visible))),
            Value::Secret(_) => return secret(0),
            _ if !visible => return secret(0),
            Value::Bool(flag) => Form::Bool(*flag),
            Value::Int(number) => Form::Int(*number),
            Value::Text(text) => Form::Text(text.to_string()),
            Value::Float(number) => Form::Typed(Typed::Float(number.0.to_string())),
            Value::Duration(duration) => Form::Typed(Typed::Duration(duration.as_str().to_owned())),
            Value::Time(time) => Form::Typed(Typed::Time(time.to_string())),
            Value::Content(content) => Form::Typed(Typed::Content {
                sha256: content.hash().to_owned(),
                size: content.size(),
            }),
            Value::Ref(address) => Form::Typed(Typed::Ref(address.into())),
            Value::Unknown(id) => Form::Typed(Typed::Unknown(id.to_string())),
            Value::Record(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, item)| (name.clone(), Masked::of(item, true)));
                Form::Typed(Typed::Record(fields.collect()))
            }
            Value::Json(data) => Form::Typed(Typed::Json(sorted(&data.0))),
        };
        Masked(form)
    }

    /// The items of a set, each without its secrets.
    pub fn items(items: &BTreeSet<Value>, visible: bool) -> Vec<Masked> {
        numbered(items.iter(), visible)
    }

    /// How it is spelled.
    pub fn form(&self) -> &Form {
        &self.0
    }
}

fn numbered<'a>(items: impl Iterator<Item = &'a Value>, visible: bool) -> Vec<Masked> {
    let item = |(place, item): (usize, &Value)| match item {
        Value::Secret(_) => secret(place),
        _ if !visible => secret(place),
        _ => Masked::of(item, true),
    };
    items.enumerate().map(item).collect()
}

fn secret(place: usize) -> Masked {
    Masked(Form::Typed(Typed::Secret(place)))
}

/// One key of free data, or what stands in its place where the data is a secret.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MaskedData(Json);

impl MaskedData {
    /// The data, if it is `visible`.
    pub fn of(data: &Json, visible: bool) -> MaskedData {
        MaskedData(if visible { sorted(data) } else { MASKED.into() })
    }

    /// What a file has of the data.
    pub fn into_json(self) -> Json {
        self.0
    }
}

struct MaskedVisitor;

impl<'de> Visitor<'de> for MaskedVisitor {
    type Value = Masked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Masked, E> {
        Ok(Masked(Form::Null))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Masked, E> {
        Ok(Masked(Form::Bool(flag)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Masked, E> {
        Ok(Masked(Form::Int(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Masked, E> {
        i64::try_from(number)
            .map(|number| Masked(Form::Int(number)))
            .map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Masked, E> {
        Ok(Masked(Form::Text(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Masked, E> {
        Ok(Masked(Form::Text(text)))
    }

    fn visit_map<A: MapAccess<'de>>(self, value: A) -> Result<Masked, A::Error> {
        Typed::deserialize(MapAccessDeserializer::new(value))
            .map(|typed| Masked(Form::Typed(typed)))
    }
}

impl<'de> Deserialize<'de> for Masked {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Masked, D::Error> {
        from.deserialize_any(MaskedVisitor)
    }
}
