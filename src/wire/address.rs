//! An address: `["group", "staff"]`, `["policy_binding", [["application", "wiki"], ["group", "staff"]]]`.
//!
//! Reading is written by hand, since what serde derives for an untagged enumeration copies everything that is nested
//! once for each level: a file of a few megabytes would take gigabytes.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::value;

/// One object: the name of its family, which may be one that this akrec does not know, and its natural key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Address(pub String, pub Key);

/// A natural key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Key {
    /// A name.
    Name(String),
    /// A key of several parts.
    Parts(Vec<Part>),
}

/// One part of a composed key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Part {
    /// Text.
    Name(String),
    /// A number.
    Number(i64),
    /// Another object.
    At(Address),
}

impl From<&value::Address> for Address {
    fn from(address: &value::Address) -> Address {
        let key = match &address.key {
            value::Key::Name(name) => Key::Name(name.to_string()),
            value::Key::Parts(parts) => Key::Parts(parts.iter().map(Part::from).collect()),
        };
        Address(address.family.to_owned(), key)
    }
}

impl From<&value::Part> for Part {
    fn from(part: &value::Part) -> Part {
        match part {
            value::Part::Name(name) => Part::Name(name.to_string()),
            value::Part::Number(number) => Part::Number(*number),
            value::Part::At(address) => Part::At(address.into()),
        }
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key of an address")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        Ok(Key::Name(name.to_owned()))
    }

    fn visit_string<E: Error>(self, name: String) -> Result<Key, E> {
        Ok(Key::Name(name))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Key, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(parts)).map(Key::Parts)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Key, D::Error> {
        from.deserialize_any(KeyVisitor)
    }
}

struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part of the key of an address")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Part, E> {
        Ok(Part::Name(name.to_owned()))
    }

    fn visit_string<E: Error>(self, name: String) -> Result<Part, E> {
        Ok(Part::Name(name))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Part, E> {
        Ok(Part::Number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Part, E> {
        i64::try_from(number).map(Part::Number).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, address: A) -> Result<Part, A::Error> {
        Address::deserialize(SeqAccessDeserializer::new(address)).map(Part::At)
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Part, D::Error> {
        from.deserialize_any(PartVisitor)
    }
}
