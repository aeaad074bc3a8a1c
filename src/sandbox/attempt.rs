//! A write that has been read and is not done yet, as far as the rules of its collection look at it.
//! Must never judge.

use serde_json::Value;

use super::types::{Serial, Values};
use super::world::World;

/// One write, as far as rules look at it: the clean values of the body, and the object before.
pub(super) struct Write<'a> {
    pub world: &'a World,
    pub base: &'a str,
    pub sent: &'a Values,
    pub existing: Option<Serial>,
}

impl Write<'_> {
    pub fn text(&self, name: &str) -> &str {
        self.sent
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A flag of the body; absent ones count as the server's validator counts them.
    pub fn flag(&self, name: &str, absent: bool) -> bool {
        self.sent
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or(absent)
    }

    /// Whether the body sets the field to something.
    pub fn sets(&self, name: &str) -> bool {
        match self.sent.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Number(number)) => number.as_i64() != Some(0),
            Some(_) => true,
        }
    }
}
