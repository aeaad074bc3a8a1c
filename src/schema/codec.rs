//! Values from and to the server's JSON: one `decode` that normalizes every edge case of spelling, and an `encode`
//! back.
//!
//! Ids become addresses and back through functions that the caller brings; nothing here knows where objects are kept.

use serde_json::{Map, Value as Json};

use super::field::{Class, Field};
use super::preselected::Preselected;
use super::release::Release;
use super::shape::Shape;
use crate::value::{Address, Duration, Float, OrderedJson, Secret, Value};

/// How many stars or dots are a mask rather than a value.
const MASK: usize = 3;

/// A field's value out of the server's JSON. `named` says which object of some families has an id.
///
/// Refuses JSON of another form than the shape, saying what was expected.
pub fn decode(
    field: &Field,
    raw: &Json,
    named: &dyn Fn(&[&'static str], &str) -> Option<Address>,
) -> Result<Value, String> {
    if field.class != Class::Plain {
        return match raw {
            Json::Null => Ok(Value::Null),
            Json::String(text) => Ok(Value::Secret(Secret::new(text))),
            other => Ok(Value::Secret(Secret::data(other))),
        };
    }
    let shown = field
        .or_reference_to
        .zip(raw.as_str())
        .and_then(|(family, name)| named(&[family], name));
    if let Some(address) = shown {
        return Ok(Value::Ref(address));
    }
    read(&field.shape, raw, named)
}

fn read(
    shape: &Shape,
    raw: &Json,
    named: &dyn Fn(&[&'static str], &str) -> Option<Address>,
) -> Result<Value, String> {
    let wrong = |expected: &str| Err(format!("expected {expected}, got {}", form(raw)));
    if raw.is_null() {
        return Ok(match shape {
            Shape::Set(_) => Value::Set(Default::default()),
            Shape::List(_) => Value::List(Vec::new()),
            Shape::Json { .. } => Value::Json(OrderedJson(Json::Null)),
            _ => Value::Null,
        });
    }
    match shape {
        Shape::String | Shape::Enum(_) => match raw {
            Json::String(text) => Ok(Value::text(text)),
            Json::Number(number) => Ok(Value::text(&number.to_string())),
            _ => wrong("text"),
        },
        Shape::Bytes(_) => wrong("no bytes, which are never returned"),
        Shape::Bool => match raw.as_bool() {
            Some(flag) => Ok(Value::Bool(flag)),
            None => wrong("true or false"),
        },
        Shape::Int(..) => match raw.as_i64() {
            Some(number) => Ok(Value::Int(number)),
            None => wrong("a whole number"),
        },
        Shape::Float => match raw.as_f64() {
            Some(number) => Ok(Value::Float(Float(number))),
            None => wrong("a number"),
        },
        Shape::Duration => match raw.as_str() {
            // A duration that older releases let in unchecked is kept as text, so that it can be seen and replaced.
            Some(text) => {
                Ok(Duration::parse(text).map_or_else(|_| Value::text(text), Value::Duration))
            }
            None => wrong("a duration"),
        },
        Shape::Time => match raw.as_str().map(|text| (text, text.parse())) {
            Some((_, Ok(time))) => Ok(Value::Time(time)),
            Some((text, Err(_))) => Err(format!("expected a time, got {text:?}")),
            None => wrong("a time"),
        },
        Shape::Json { .. } => Ok(Value::Json(OrderedJson(raw.clone()))),
        Shape::Ref(_) | Shape::RefAny(_) => {
            match id_text(raw) {
                Some(id) => Ok(named(shape.families(), &id)
                    .map_or_else(|| Value::Unknown(id.into()), Value::Ref)),
                None => wrong("an id"),
            }
        }
        Shape::Grant { permission, on } => match read_grant(permission, on, raw, named) {
            Some(grant) => Ok(grant),
            None => wrong("a permission on an object"),
        },
        Shape::Set(item) | Shape::List(item) => {
            let Some(items) = raw.as_array() else {
                return wrong("a list");
            };
            let items = items.iter().map(|raw| read(item, raw, named));
            match shape.is_set() {
                true => items.collect::<Result<_, _>>().map(Value::Set),
                false => items.collect::<Result<_, _>>().map(Value::List),
            }
        }
        Shape::Record(fields) => match raw.as_object() {
            Some(object) => read_record(fields, object, named),
            None => wrong("an object"),
        },
    }
}

/// A permission on an object, as akrec's own reader of permissions puts it together; `None` for anything else.
fn read_grant(
    permission: &'static str,
    on: &[&'static str],
    raw: &Json,
    named: &dyn Fn(&[&'static str], &str) -> Option<Address>,
) -> Option<Value> {
    let part = |name: &str| raw.get(name).and_then(id_text);
    let (model, what, id) = (part("model")?, part("permission")?, part("object")?);
    let family = part("family");
    let families: Vec<&'static str> = on
        .iter()
        .copied()
        .filter(|one| Some(*one) == family.as_deref())
        .collect();
    let object = named(&families, &id).map_or_else(|| Value::Unknown(id.into()), Value::Ref);
    let permission = Value::Ref(Address::named(permission, &what));
    Some(grant(object, permission, &model))
}

/// The fields of a mapping. A missing field has its default.
fn read_record(
    fields: &[Field],
    object: &Map<String, Json>,
    named: &dyn Fn(&[&'static str], &str) -> Option<Address>,
) -> Result<Value, String> {
    let value = |field: &Field| match object.get(field.name) {
        Some(raw) => Some(decode(field, raw, named)),
        // A field that a release lacks has no value there; releases that have it always send it.
        None if field.since.is_some() => None,
        None => default_value(field, None).map(Ok),
    };
    let named_value =
        |field: &Field| Some(value(field)?.map(|value| (field.name.to_owned(), value)));
    let values: Result<_, String> = fields.iter().filter_map(named_value).collect();
    values.map(Value::Record)
}

/// A permission on an object. `model` is what the server calls the object's kind; empty while it is not known.
pub fn grant(object: Value, permission: Value, model: &str) -> Value {
    let parts = [
        ("model", Value::text(model)),
        ("object", object),
        ("permission", permission),
    ];
    Value::Record(
        parts
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// A value as fingerprints have it: where a text may stand for an object, it is the object's name, whether or not the
/// answers that were read showed that an object of that name exists.
pub fn spelt(field: &Field, value: &Value) -> Value {
    match (field.or_reference_to, value) {
        (Some(_), Value::Ref(address)) => Value::text(address.name().unwrap_or_default()),
        (_, other) => other.clone(),
    }
}

/// The value of a field on a server of this release when nothing was sent, if that is fixed; on the newest one if no
/// release is known.
pub fn default_value(field: &Field, release: Option<Release>) -> Option<Value> {
    let raw = serde_json::from_str(field.default_in(release)?).ok()?;
    decode(field, &raw, &|_, _| None).ok()
}

/// Whether an answer says of a secret only that there is one, or that the caller may not see it: it is not the value.
/// Stars never are; null and the empty text are not where the server takes neither.
pub fn is_masked(field: &Field, raw: &Json) -> bool {
    if !field.may_be_withheld() {
        return false;
    }
    match raw {
        Json::Null => !field.nullable,
        Json::String(text) if text.is_empty() => {
            field.not_blank && matches!(field.shape, Shape::String)
        }
        Json::String(text) => {
            text.chars().count() >= MASK && text.chars().all(|c| matches!(c, '*' | '•'))
        }
        _ => false,
    }
}

/// The value that is sent on creation where the files do not set one.
pub fn assumed_value(field: &Field) -> Option<Value> {
    let raw = serde_json::from_str(field.create_default?).ok()?;
    decode(field, &raw, &|_, _| None).ok()
}

/// The value that the admin form of authentik preselects, where that is a value.
pub fn preselected_value(field: &Field) -> Option<Value> {
    let (Preselected::Value(text) | Preselected::Unless(text, _)) = field.preselected? else {
        return None;
    };
    let raw = serde_json::from_str(text).ok()?;
    decode(field, &raw, &|_, _| None).ok()
}

/// The server's JSON for a value. `id` gives the id by which an object is referred to.
///
/// Refuses a reference to an object whose id is not known, naming it.
pub fn encode(value: &Value, id: &dyn Fn(&Address) -> Option<Json>) -> Result<Json, Address> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::from(*flag),
        Value::Int(number) => Json::from(*number),
        Value::Float(number) => Json::from(number.0),
        Value::Text(text) => Json::from(&**text),
        Value::Duration(duration) => Json::from(duration.as_str()),
        Value::Time(time) => Json::from(time.to_string()),
        Value::Secret(secret) => secret.json(),
        // Never sent: what is compared by its fingerprint is written as the secret itself.
        // Nor are bytes: they go in a form of their own.
        Value::Digest(_) | Value::Content(_) => Json::Null,
        Value::Ref(address) => id(address).ok_or_else(|| address.clone())?,
        Value::Unknown(text) => text
            .parse::<i64>()
            .map_or_else(|_| Json::from(&**text), Json::from),
        Value::List(items) => Json::Array(
            items
                .iter()
                .map(|item| encode(item, id))
                .collect::<Result<_, _>>()?,
        ),
        Value::Set(items) => Json::Array(
            items
                .iter()
                .map(|item| encode(item, id))
                .collect::<Result<_, _>>()?,
        ),
        Value::Record(fields) => Json::Object(
            fields
                .iter()
                .map(|(name, item)| encode(item, id).map(|raw| (name.clone(), raw)))
                .collect::<Result<_, _>>()?,
        ),
        Value::Json(json) => json.0.clone(),
    })
}

/// An id as text: the server's are uuids or numbers.
pub(crate) fn id_text(raw: &Json) -> Option<String> {
    match raw {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The form of some JSON, without its content.
fn form(raw: &Json) -> &'static str {
    match raw {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::field::*;
    use super::*;

    fn decoded(field: &Field, raw: Json) -> Value {
        let named = |families: &[&'static str], id: &str| {
            (id != "9").then(|| Address::named(families[0], id))
        };
        decode(field, &raw, &named).unwrap()
    }

    #[test]
    fn spelling_vanishes() {
        assert_eq!(
            decoded(&string("a"), json!("  x\n")),
            decoded(&string("a"), json!("x"))
        );
        assert_eq!(
            decoded(&duration("a"), json!("hours=1")),
            decoded(&duration("a"), json!("minutes=60"))
        );
        let groups = set("groups", &Shape::Ref("group"));
        assert_eq!(
            decoded(&groups, json!(["1", "2"])),
            decoded(&groups, json!(["2", "1", "1"]))
        );
        assert_eq!(
            decoded(&string("a"), json!("x\u{1c}\u{1f}")),
            decoded(&string("a"), json!("\u{1e} x"))
        );
        assert_ne!(
            decoded(&string("a"), json!("x\u{1b}")),
            decoded(&string("a"), json!("x"))
        );
        let ordered = list("l", &Shape::String);
        assert_ne!(
            decoded(&ordered, json!(["1", "2"])),
            decoded(&ordered, json!(["2", "1"]))
        );
        assert_eq!(
            decoded(&reference("p", "provider"), json!(9)),
            Value::Unknown("9".into())
        );
        let time = timestamp("t");
        assert_eq!(
            decoded(&time, json!("2026-11-21T23:40:01.000000Z")),
            decoded(&time, json!("2026-11-22T00:40:01+01:00"))
        );
    }

    #[test]
    fn encode_is_the_inverse_and_names_what_is_missing() {
        let groups = decoded(&set("groups", &Shape::Ref("group")), json!(["1"]));
        assert_eq!(encode(&groups, &|_| Some(json!(7))).unwrap(), json!([7]));
        assert_eq!(
            encode(&groups, &|_| None).unwrap_err(),
            Address::named("group", "1")
        );
    }

    #[test]
    fn other_forms_are_refused() {
        let error = decode(&boolean("b"), &json!("yes"), &|_, _| None).unwrap_err();
        assert_eq!(error, "expected true or false, got text");
    }
}
