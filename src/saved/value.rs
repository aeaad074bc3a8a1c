//! Values, kinds and small parts as JSON that says of each what it is, and back.
//!
//! A secret is written as the word that there is one, never as itself; what is read in its place can be shown and never
//! sent. Reading refuses what it does not know; it never guesses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Raw, json};

use crate::desired::is_raw_path;
use crate::kinds;
use crate::ledger::{address_from, address_json};
use crate::schema::{self, Class, Collection, Form, Holds, Kind, Shape};
use crate::value::{Address, Content, Duration, Float, Json, Secret, Value, sorted};

/// Why something cannot be read: what is wrong with it.
pub(super) type Read<T> = Result<T, String>;

/// A value; of one that nobody may see only the form, and whether there is any.
pub(super) fn write(value: &Value, shown: bool) -> Raw {
    if !shown {
        return match value {
            Value::Null => Raw::Null,
            Value::Digest(print) => json!({ "digest": &**print }),
            Value::Set(items) => json!({ "set": items.iter().enumerate().map(secret).collect::<Vec<_>>() }),
            Value::List(items) => json!({ "list": items.iter().enumerate().map(secret).collect::<Vec<_>>() }),
            _ => secret((0, value)),
        };
    }
    match value {
        Value::Null => Raw::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        // As text: JSON has no spelling that surely comes back as the same number.
        Value::Float(number) => json!({ "float": number.0.to_string() }),
        Value::Text(text) => json!(&**text),
        Value::Duration(duration) => json!({ "duration": duration.as_str() }),
        Value::Time(time) => json!({ "time": time.to_string() }),
        Value::Secret(_) => secret((0, value)),
        Value::Digest(print) => json!({ "digest": &**print }),
        Value::Content(content) => json!({ "content": { "sha256": content.hash(), "size": content.size() } }),
        Value::Ref(address) => json!({ "ref": address_json(address) }),
        Value::Unknown(id) => json!({ "unknown": &**id }),
        Value::List(items) => json!({ "list": numbered(items.iter()) }),
        Value::Set(items) => json!({ "set": numbered(items.iter()) }),
        Value::Record(fields) => {
            json!({ "record": fields.iter().map(|(name, item)| (name.clone(), write(item, true))).collect::<Map<_, _>>() })
        }
        Value::Json(json) => json!({ "json": sorted(&json.0) }),
    }
}

/// Secrets among items are numbered, so that several stay several.
fn numbered<'a>(items: impl Iterator<Item = &'a Value>) -> Vec<Raw> {
    let one = |(place, item): (usize, &Value)| {
        if matches!(item, Value::Secret(_)) { secret((place, item)) } else { write(item, true) }
    };
    items.enumerate().map(one).collect()
}

fn secret((place, _): (usize, &Value)) -> Raw {
    json!({ "secret": place })
}

/// The value that was written.
pub(super) fn read(raw: &Raw) -> Read<Value> {
    match raw {
        Raw::Null => Ok(Value::Null),
        Raw::Bool(flag) => Ok(Value::Bool(*flag)),
        Raw::Number(number) => number.as_i64().map(Value::Int).ok_or_else(|| "a number is none".to_owned()),
        Raw::String(text) => Ok(Value::Text(text.as_str().into())),
        Raw::Array(_) => Err("a value is of no form that is known".to_owned()),
        Raw::Object(fields) => {
            let mut fields = fields.iter();
            match (fields.next(), fields.next()) {
                (Some((word, raw)), None) => tagged(word, raw),
                _ => Err("a value is of no form that is known".to_owned()),
            }
        }
    }
}

fn tagged(word: &str, raw: &Raw) -> Read<Value> {
    let text = || raw.as_str().ok_or_else(|| format!("a {word} is no text"));
    Ok(match word {
        "float" => Value::Float(Float(text()?.parse().map_err(|_| "a float is no number".to_owned())?)),
        "duration" => Value::Duration(Duration::parse(text()?)?),
        "time" => Value::Time(text()?.parse().map_err(|_| "a time is none".to_owned())?),
        "secret" => Value::Secret(Secret::new(&format!("{raw}"))),
        "digest" => Value::Digest(text()?.into()),
        "content" => {
            let size = part(raw, "size")?.as_u64().ok_or_else(|| "a size is no number".to_owned())?;
            Value::Content(Content::told(size, &self::text(raw, "sha256")?).ok_or_else(|| "a hash is none".to_owned())?)
        }
        "ref" => Value::Ref(address(raw)?),
        "unknown" => Value::Unknown(text()?.into()),
        "list" => Value::List(list(raw)?.iter().map(read).collect::<Read<_>>()?),
        "set" => Value::Set(set(raw)?),
        "record" => {
            let fields = raw.as_object().ok_or_else(|| "a record is no mapping".to_owned())?;
            Value::Record(fields.iter().map(|(name, raw)| Ok((name.clone(), read(raw)?))).collect::<Read<_>>()?)
        }
        "json" => Value::Json(Json(raw.clone())),
        _ => return Err("a value is of no form that is known".to_owned()),
    })
}

/// A set of values.
pub(super) fn set(raw: &Raw) -> Read<BTreeSet<Value>> {
    list(raw)?.iter().map(read).collect()
}

/// An address.
pub(super) fn address(raw: &Raw) -> Read<Address> {
    match address_from(raw) {
        Ok(Some(address)) => Ok(address),
        Ok(None) => Err("an address is of a family that this akrec does not know".to_owned()),
        Err(()) => Err("an address is of another form".to_owned()),
    }
}

/// A member of a mapping.
pub(super) fn part<'a>(raw: &'a Raw, name: &str) -> Read<&'a Raw> {
    raw.get(name).ok_or_else(|| format!("`{name}` is missing"))
}

/// A text in a mapping.
pub(super) fn text(raw: &Raw, name: &str) -> Read<String> {
    part(raw, name)?.as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` is no text"))
}

/// A text in a mapping that need not be there.
pub(super) fn some_text(raw: &Raw, name: &str) -> Option<String> {
    raw.get(name).and_then(Raw::as_str).map(str::to_owned)
}

/// A flag in a mapping; false if it is not there.
pub(super) fn flag(raw: &Raw, name: &str) -> bool {
    raw.get(name).and_then(Raw::as_bool).unwrap_or(false)
}

/// A number that counts something.
pub(super) fn count(raw: &Raw, name: &str) -> Read<usize> {
    let number = part(raw, name)?.as_u64().and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| format!("`{name}` is no number"))
}

/// A list in a mapping; an empty one if it is not there.
pub(super) fn some_list<'a>(raw: &'a Raw, name: &str) -> Read<&'a [Raw]> {
    raw.get(name).map_or(Ok(&[]), list)
}

/// A list.
pub(super) fn list(raw: &Raw) -> Read<&[Raw]> {
    raw.as_array().map(Vec::as_slice).ok_or_else(|| "a list is none".to_owned())
}

/// A mapping of texts.
pub(super) fn texts(raw: &Raw) -> Read<BTreeMap<String, String>> {
    let fields = raw.as_object().ok_or_else(|| "a mapping is none".to_owned())?;
    let text = |raw: &Raw| raw.as_str().map(str::to_owned).ok_or_else(|| "a text is none".to_owned());
    fields.iter().map(|(name, raw)| Ok((name.clone(), text(raw)?))).collect()
}

/// A kind by its name; one that the table does not have with all that is known of its collection.
pub(super) fn write_kind(kind: &'static Kind) -> Raw {
    if !kind.raw {
        return json!(kind.name);
    }
    let key = kind.key_fields().next().unwrap_or_default();
    let fields = kind.fields.iter().filter(|field| field.name != key);
    let fields: Map<String, Raw> =
        fields.map(|field| (field.name.to_owned(), holds(&field.shape, field.class))).collect();
    json!({ "path": kind.path, "key": key, "id": kind.id, "fields": fields })
}

fn holds(shape: &Shape, class: Class) -> Raw {
    let class = match class {
        Class::Plain => None,
        Class::Secret => Some("secret"),
        Class::WriteOnly => Some("write_only"),
    };
    let one = |item: &Shape| match item {
        Shape::Ref(family) => Some(*family),
        _ => None,
    };
    match (class, shape) {
        (Some(class), Shape::Json { .. }) => json!({ class: "mapping" }),
        (Some(class), _) => json!({ class: "text" }),
        (None, Shape::Ref(family)) => json!({ "ref": family }),
        (None, Shape::List(item)) => json!({ "refs": one(item) }),
        (None, Shape::Set(item)) => one(item).map_or_else(|| json!("set"), |family| json!({ "set_of_refs": family })),
        (None, _) => json!("data"),
    }
}

/// The kind that was written.
pub(super) fn read_kind(raw: &Raw) -> Read<&'static Kind> {
    if let Some(name) = raw.as_str() {
        let outside = || kinds::OUTSIDE.iter().find(|kind| kind.name == name);
        return kinds::kind(name).or_else(outside).ok_or_else(|| "a kind is none that this akrec knows".to_owned());
    }
    let (path, key, id) = (text(raw, "path")?, text(raw, "key")?, text(raw, "id")?);
    // A rollback writes there with no state file that says so: no action, no single object, nothing that akrec knows.
    if !is_raw_path(&path) {
        return Err("a collection has a path that cannot stand under `raw`".to_owned());
    }
    let fields = part(raw, "fields")?.as_object().ok_or_else(|| "`fields` is no mapping".to_owned())?;
    let fields = fields.iter().map(|(name, raw)| Ok((name.clone(), read_holds(raw)?))).collect::<Read<_>>()?;
    Ok(schema::raw_kind(&Collection { path, key, id, fields }))
}

fn read_holds(raw: &Raw) -> Read<Holds> {
    let unknown = || "a field holds nothing that is known".to_owned();
    match raw.as_str() {
        Some("data") => return Ok(Holds::Data),
        Some("set") => return Ok(Holds::Set),
        _ => {}
    }
    let mut fields = raw.as_object().ok_or_else(unknown)?.iter();
    let (Some((word, raw)), None) = (fields.next(), fields.next()) else { return Err(unknown()) };
    let name = raw.as_str().ok_or_else(unknown)?;
    let family = || {
        let all = kinds::KINDS.iter().copied().chain(kinds::OUTSIDE);
        let known = all.map(|kind: &'static Kind| kind.family).find(|family| *family == name);
        known.or_else(|| name.contains('/').then(|| schema::raw_family(name))).ok_or_else(unknown)
    };
    let form = || match name {
        "mapping" => Ok(Form::Mapping),
        "text" => Ok(Form::Text),
        _ => Err(unknown()),
    };
    Ok(match word.as_str() {
        "ref" => Holds::Ref(family()?),
        "refs" => Holds::Refs(family()?),
        "set_of_refs" => Holds::SetOfRefs(family()?),
        "secret" => Holds::Secret(Class::Secret, form()?),
        "write_only" => Holds::Secret(Class::WriteOnly, form()?),
        _ => return Err(unknown()),
    })
}

/// A field's name as the kind spells it.
pub(super) fn field(kind: &'static Kind, name: &str) -> Read<&'static str> {
    let field = kind.field(name).map(|field| field.name);
    field
        .or_else(|| kind.key_fields().find(|key| *key == name))
        .ok_or_else(|| format!("{} has no such field", kind.name))
}

/// A class.
pub(super) fn write_class(class: Class) -> &'static str {
    match class {
        Class::Plain => "plain",
        Class::Secret => "secret",
        Class::WriteOnly => "write_only",
    }
}

/// The class that was written.
pub(super) fn read_class(word: &str) -> Read<Class> {
    Ok(match word {
        "plain" => Class::Plain,
        "secret" => Class::Secret,
        "write_only" => Class::WriteOnly,
        _ => return Err("a class is none that is known".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_and_secrets_do_not() {
        let staff = Address::named("group", "staff");
        let all = [
            Value::Null,
            Value::Bool(true),
            Value::Int(-7),
            Value::Float(Float(0.1)),
            Value::text("x"),
            Value::Duration(Duration::parse("hours=1").unwrap()),
            Value::Time("2026-01-01T00:00:00Z".parse().unwrap()),
            Value::Digest("ab:cd".into()),
            Value::Content(Content::new(b"x".to_vec())),
            Value::Ref(staff.clone()),
            Value::Unknown("7".into()),
            Value::List(vec![Value::Int(1), Value::Null]),
            Value::Set([Value::Ref(staff)].into()),
            Value::Record([("a".to_owned(), Value::Int(1))].into()),
            Value::Json(Json(json!({ "secret": 1, "b": [null] }))),
        ];
        for value in &all {
            assert_eq!(read(&write(value, true)).as_ref(), Ok(value));
        }
        let secrets = Value::Set(["hunter2", "hunter3"].map(|text| Value::Secret(Secret::new(text))).into());
        for value in [write(&secrets, true), write(&secrets, false), write(&Value::text("hunter2"), false)] {
            assert!(!value.to_string().contains("hunter"), "{value}");
        }
        assert_eq!(read(&write(&secrets, true)).unwrap().as_set().map(BTreeSet::len), Some(2));
    }

    #[test]
    fn raw_kinds_come_back() {
        let fields = [
            ("a", Holds::Data),
            ("b", Holds::Set),
            ("c", Holds::Ref("flow")),
            ("d", Holds::Refs("stage")),
            ("e", Holds::SetOfRefs("group")),
            ("f", Holds::Secret(Class::WriteOnly, Form::Mapping)),
            ("g", Holds::Secret(Class::Secret, Form::Text)),
        ];
        let fields = fields.map(|(name, holds)| (name.to_owned(), holds)).into();
        let kind = schema::raw_kind(&Collection { path: "/a/b/".into(), key: "name".into(), id: "pk".into(), fields });
        assert!(std::ptr::eq(read_kind(&write_kind(kind)).unwrap(), kind));
        // A rollback writes nowhere but where files could.
        for path in [
            "/core/users/1/set_password/",
            "/core/users/",
            "/admin/system/",
            "/a/../core/users/",
            "/a/b",
            "/events/events/",
        ] {
            let mut raw = write_kind(kind);
            raw["path"] = json!(path);
            assert!(read_kind(&raw).is_err(), "{path}");
        }
    }
}
