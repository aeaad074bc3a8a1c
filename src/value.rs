//! Canonical values: what a field holds once spelling, order, ids and trimming are out of the way.
//!
//! Files and server answers both become these, so that comparing is `==`. A value never holds a server id that could
//! be a name, and a [`Secret`] never prints itself.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

mod address;
mod content;
mod duration;
mod fingerprint;
mod glob;
mod mask;
mod paths;
mod redirect;
mod secret;

pub use address::{Address, Key, Part};
pub use content::{Content, stamped, unstamped};
pub use duration::Duration;
pub use fingerprint::{digest, fingerprint};
pub use glob::fits;
pub use mask::{MASKED, Masker, is_invisible};
pub use paths::{expressions, host_of, matches_every_path, shown_host};
pub use redirect::{Weakness, tightened, weakness};
pub use secret::Secret;

/// One canonical value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Value {
    /// Nothing: `null`, or a cleared reference.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(Float),
    /// Text, trimmed as the server trims it; also the words of enumerations.
    Text(Arc<str>),
    /// A duration, compared by length.
    Duration(Duration),
    /// An instant, compared as such whatever its spelling.
    Time(jiff::Timestamp),
    /// Text that is never shown.
    Secret(Secret),
    /// A value that nobody gives back, known by its fingerprint, which may be shown.
    Digest(Arc<str>),
    /// The bytes of a file, which are never shown.
    Content(Content),
    /// Another object.
    Ref(Address),
    /// An object that the server names by an id which nothing that was read explains.
    Unknown(Arc<str>),
    /// Items whose order counts.
    List(Vec<Value>),
    /// Items whose order does not count.
    Set(BTreeSet<Value>),
    /// A record of fields (an item of `redirect_uris`, say).
    Record(BTreeMap<String, Value>),
    /// Free data.
    Json(OrderedJson),
}

/// Text as the server keeps it: without white space at its ends, as Python's `str.strip` sees it, to which the control
/// characters U+001C to U+001F belong.
pub fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}'))
}

impl Value {
    /// Text, trimmed.
    pub fn text(text: &str) -> Value {
        Value::Text(Arc::from(strip(text)))
    }

    /// The text of a [`Value::Text`].
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a [`Value::Set`].
    pub fn as_set(&self) -> Option<&BTreeSet<Value>> {
        match self {
            Value::Set(items) => Some(items),
            _ => None,
        }
    }

    /// Whether this is what the server has when nothing is set: null, empty text, no items, an empty object.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Set(items) => items.is_empty(),
            Value::Json(json) => {
                json.0.is_null() || json.0.as_object().is_some_and(|o| o.is_empty())
            }
            _ => false,
        }
    }

    /// Calls `each` with every text inside that must not be shown. With `all`, that is every text.
    pub fn secrets(&self, all: bool, each: &mut dyn FnMut(&str)) {
        match self {
            Value::Secret(secret) => secret.texts(each),
            Value::Text(text) if all => each(text),
            Value::Int(number) if all => {
                Some(number.to_string())
                    .filter(|text| secret::is_telling(text))
                    .iter()
                    .for_each(|text| each(text));
            }
            Value::Json(json) if all => secret::json_texts(&json.0, each),
            Value::List(items) => items.iter().for_each(|item| item.secrets(all, each)),
            Value::Set(items) => items.iter().for_each(|item| item.secrets(all, each)),
            Value::Record(fields) => fields.values().for_each(|item| item.secrets(all, each)),
            _ => {}
        }
    }

    /// Calls `each` with every address that is referred to inside.
    pub fn refs<'a>(&'a self, each: &mut dyn FnMut(&'a Address)) {
        match self {
            Value::Ref(address) => each(address),
            Value::List(items) => items.iter().for_each(|item| item.refs(each)),
            Value::Set(items) => items.iter().for_each(|item| item.refs(each)),
            Value::Record(fields) => fields.values().for_each(|item| item.refs(each)),
            _ => {}
        }
    }

    /// The same value with every address replaced by what `to` says of it.
    pub fn map_refs(&self, to: &dyn Fn(&Address) -> Address) -> Value {
        match self {
            Value::Ref(address) => Value::Ref(to(address)),
            Value::List(items) => Value::List(items.iter().map(|item| item.map_refs(to)).collect()),
            Value::Set(items) => Value::Set(items.iter().map(|item| item.map_refs(to)).collect()),
            Value::Record(fields) => Value::Record(
                fields
                    .iter()
                    .map(|(name, item)| (name.clone(), item.map_refs(to)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }
}

/// Free data with its keys in order, whatever map the JSON library keeps them in.
pub fn sorted(raw: &serde_json::Value) -> serde_json::Value {
    match raw {
        serde_json::Value::Object(fields) => {
            let mut fields: Vec<(&String, &serde_json::Value)> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            serde_json::Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name.clone(), sorted(value)))
                    .collect(),
            )
        }
        serde_json::Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// Puts the keys of free data in order, as [`sorted`] has them; what is in order already is not touched.
pub fn sort(raw: &mut serde_json::Value) {
    match raw {
        serde_json::Value::Object(fields) => {
            fields.values_mut().for_each(sort);
            if !fields.keys().is_sorted() {
                let all: BTreeMap<String, serde_json::Value> =
                    std::mem::take(fields).into_iter().collect();
                *fields = all.into_iter().collect();
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(sort),
        _ => {}
    }
}

/// Whether a number with a fraction is anywhere inside.
pub fn has_fraction(raw: &serde_json::Value) -> bool {
    match raw {
        serde_json::Value::Number(number) => number.is_f64(),
        serde_json::Value::Array(items) => items.iter().any(has_fraction),
        serde_json::Value::Object(fields) => fields.values().any(has_fraction),
        _ => false,
    }
}

/// Free JSON data, with an order so that it can stand in sets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderedJson(pub serde_json::Value);

impl PartialOrd for OrderedJson {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedJson {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.to_string().cmp(&other.0.to_string())
    }
}

/// A number with a fraction, totally ordered.
#[derive(Clone, Copy, Debug)]
pub struct Float(pub f64);

impl PartialEq for Float {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Float {}

impl PartialOrd for Float {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Float {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
