//! Keys of free data that authentik reads by name: what each has to hold.
//!
//! Data, and one check of a value against it; keys that are not listed are left to others.

use serde_json::Value as Json;

use super::release::Release;
use crate::value::Duration;

/// One key of free data.
#[derive(Clone, Copy, Debug)]
pub struct DataKey {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub shape: KeyShape,
    /// `null` is a value that the server takes.
    pub nullable: bool,
    /// First release that has it.
    pub since: Option<Release>,
}

/// What a key of free data holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyShape {
    /// Text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A duration such as `minutes=5`.
    Duration,
    /// A list of texts.
    Texts,
    /// A mapping of texts.
    TextMap,
    /// A list of mappings of texts.
    TextMaps,
    /// A mapping whose values are lists of mappings.
    Patches,
}

/// A key of free data.
pub const fn key(name: &'static str, shape: KeyShape) -> DataKey {
    DataKey {
        name,
        shape,
        nullable: false,
        since: None,
    }
}

impl DataKey {
    /// `null` is a value too.
    pub const fn nullable(mut self) -> DataKey {
        self.nullable = true;
        self
    }

    /// The first release that has it.
    pub const fn since(mut self, release: Release) -> DataKey {
        self.since = Some(release);
        self
    }

    /// Whether a value is what the key holds.
    pub fn takes(&self, raw: &Json) -> bool {
        let text = |raw: &Json| raw.is_string();
        let texts = |raw: &Json| raw.as_object().is_some_and(|keys| keys.values().all(text));
        match self.shape {
            _ if raw.is_null() => self.nullable,
            KeyShape::Text => text(raw),
            KeyShape::Bool => raw.is_boolean(),
            KeyShape::Int => raw.is_i64() || raw.is_u64(),
            KeyShape::Duration => raw
                .as_str()
                .is_some_and(|text| Duration::parse(text).is_ok()),
            KeyShape::Texts => raw.as_array().is_some_and(|items| items.iter().all(text)),
            KeyShape::TextMap => texts(raw),
            KeyShape::TextMaps => raw.as_array().is_some_and(|items| items.iter().all(texts)),
            KeyShape::Patches => raw.as_object().is_some_and(|keys| {
                let patches = |raw: &Json| {
                    raw.as_array()
                        .is_some_and(|items| items.iter().all(Json::is_object))
                };
                keys.values().all(patches)
            }),
        }
    }
}

impl KeyShape {
    /// What it is called in a message.
    pub fn expected(self) -> &'static str {
        match self {
            KeyShape::Text => "a string",
            KeyShape::Bool => "true or false",
            KeyShape::Int => "a whole number",
            KeyShape::Duration => "a duration such as minutes=5",
            KeyShape::Texts => "a list of strings",
            KeyShape::TextMap => "a mapping of strings",
            KeyShape::TextMaps => "a list of mappings of strings",
            KeyShape::Patches => "a mapping of lists of JSON patches",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_takes_its_own() {
        for (shape, good, bad) in [
            (KeyShape::Text, json!("a"), json!(1)),
            (KeyShape::Bool, json!(true), json!("yes")),
            (KeyShape::Int, json!(3), json!("3")),
            (KeyShape::Int, json!(3), json!(2.5)),
            (KeyShape::Duration, json!("minutes=5"), json!("5 minutes")),
            (KeyShape::Texts, json!(["a"]), json!("a")),
            (KeyShape::TextMap, json!({"a": "b"}), json!({"a": null})),
            (KeyShape::TextMaps, json!([{"a": "b"}]), json!([["a"]])),
            (
                KeyShape::Patches,
                json!({"deployment": [{"op": "add"}]}),
                json!({"deployment": {"op": "add"}}),
            ),
        ] {
            assert!(key("k", shape).takes(&good), "{shape:?}: {good}");
            assert!(!key("k", shape).takes(&bad), "{shape:?}: {bad}");
            assert!(!key("k", shape).takes(&json!(null)), "{shape:?}: null");
            assert!(
                key("k", shape).nullable().takes(&json!(null)),
                "{shape:?}: null"
            );
        }
    }
}
