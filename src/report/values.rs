//! Values as people read them: text in quotes, references by name, free data as sorted JSON.
//!
//! Must never print a secret nor an id where a name is known.

use serde_json::Value as Json;

use super::safe;
use crate::schema::Shape;
pub(super) use crate::value::sorted;
use crate::value::{Address, Value};

/// What stands in the place of a secret.
pub(super) const SENSITIVE: &str = "(sensitive value)";
/// What stands in the place of what the server will make.
pub(super) const LATER: &str = "(known after apply)";

/// A value on one line. The shape, where known, decides how references and records read.
pub(super) fn shown(value: &Value, shape: Option<&Shape>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => safe::quoted(&safe::shortened(text, safe::LINE)),
        Value::Duration(duration) => safe::harmless(duration.as_str()).into_owned(),
        Value::Time(time) => time.to_string(),
        Value::Secret(_) => SENSITIVE.to_owned(),
        Value::Digest(print) => safe::harmless(print).into_owned(),
        Value::Content(content) => content.to_string(),
        Value::Ref(address) => reference(address, shape),
        Value::Unknown(id) => format!("(unknown object {})", safe::name(id)),
        Value::List(items) => format!(
            "[{}]",
            joined(items.iter().map(|value| shown(value, item(shape))))
        ),
        Value::Set(items) => format!(
            "[{}]",
            joined(items.iter().map(|value| shown(value, item(shape))))
        ),
        Value::Record(parts) if matches!(shape, Some(Shape::Grant { .. })) => {
            let part = |name: &str| {
                parts
                    .get(name)
                    .map(|value| shown(value, shape))
                    .unwrap_or_default()
            };
            let permission = match parts.get("permission") {
                Some(Value::Ref(address)) => {
                    safe::name(address.name().unwrap_or_default()).into_owned()
                }
                _ => part("permission"),
            };
            format!("{permission} on {}", part("object"))
        }
        Value::Record(_) => {
            let fields = parts(value, shape);
            let fields = fields.into_iter().map(|(name, value, shape)| {
                format!("{}: {}", safe::harmless(name), shown(value, shape))
            });
            format!("{{{}}}", joined(fields))
        }
        Value::Json(json) => compact(&json.0),
    }
}

/// A reference: the bare name where the field can only mean one family, family and name elsewhere.
pub(super) fn reference(address: &Address, shape: Option<&Shape>) -> String {
    match address.name() {
        Some(name) if obvious(shape) => safe::name(name).into_owned(),
        _ => address.to_string(),
    }
}

/// Whether references of this shape can only mean one family.
pub(super) fn obvious(shape: Option<&Shape>) -> bool {
    shape.is_some_and(|shape| shape.families().len() == 1)
}

/// The shape of the items of a list or set.
pub(super) fn item(shape: Option<&Shape>) -> Option<&Shape> {
    match shape {
        Some(Shape::Set(item) | Shape::List(item)) => Some(item),
        _ => None,
    }
}

/// The fields of a record in the table's order, those that the table does not know after them.
pub(super) fn parts<'a>(
    value: &'a Value,
    shape: Option<&'a Shape>,
) -> Vec<(&'a str, &'a Value, Option<&'a Shape>)> {
    let Value::Record(values) = value else {
        return Vec::new();
    };
    let fields: &[_] = match shape {
        Some(Shape::Record(fields)) => fields,
        _ => &[],
    };
    let known = fields.iter().filter_map(|field| {
        let value = values.get(field.name)?;
        Some((field.name, value, Some(&field.shape)))
    });
    let others = values
        .iter()
        .filter(|(name, _)| fields.iter().all(|field| field.name != name.as_str()));
    known
        .chain(others.map(|(name, value)| (name.as_str(), value, None)))
        .collect()
}

/// Free data on one line.
pub(super) fn compact(raw: &Json) -> String {
    safe::line(&sorted(raw).to_string())
}

/// Free data on many lines.
pub(super) fn pretty(raw: &Json) -> String {
    format!("{:#}", sorted(raw))
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
