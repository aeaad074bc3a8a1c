//! Values as JSON for machines: the value itself, references by name.
//!
//! Must never hold a secret: its place is taken by a fixed text, and its path is listed.

use serde_json::{Map, Value as Raw, json};

use super::values::{self, SENSITIVE, item, obvious, sorted};
use crate::schema::{Class, Field, Keying, Kind, Shape};
use crate::value::{Address, Part, Value};

/// A field's value; nothing of it where the field's class is not plain, except that there is none.
pub(super) fn field(field: Option<&Field>, class: Class, value: &Value) -> Raw {
    match (class, value) {
        (Class::Plain, value) => raw(value, field.map(|field| &field.shape)),
        (_, Value::Null) => Raw::Null,
        _ => json!(SENSITIVE),
    }
}

/// A value of some shape.
pub(super) fn raw(value: &Value, shape: Option<&Shape>) -> Raw {
    match value {
        Value::Null => Raw::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number.0),
        Value::Text(text) => json!(&**text),
        Value::Duration(duration) => json!(duration.as_str()),
        Value::Time(time) => json!(time.to_string()),
        Value::Secret(_) => json!(SENSITIVE),
        Value::Digest(print) => json!(&**print),
        Value::Content(content) => json!({ "sha256": content.hash(), "size": content.size() }),
        Value::Ref(address) => json!(reference(address, shape)),
        Value::Unknown(id) => json!({ "unknown": &**id }),
        Value::List(items) => items.iter().map(|value| raw(value, item(shape))).collect(),
        Value::Set(items) => items.iter().map(|value| raw(value, item(shape))).collect(),
        Value::Record(_) => {
            let fields = values::parts(value, shape).into_iter();
            Raw::Object(
                fields
                    .map(|(name, value, shape)| (name.to_owned(), raw(value, shape)))
                    .collect(),
            )
        }
        Value::Json(json) => sorted(&json.0),
    }
}

/// The paths of everything in a field's value that is withheld.
pub(super) fn withheld(name: &str, class: Class, value: &Value, paths: &mut Vec<Raw>) {
    if class != Class::Plain {
        return push(paths, json!([name]));
    }
    let mut path = vec![json!(name)];
    walk(value, &mut path, paths);
}

/// A path once.
fn push(paths: &mut Vec<Raw>, path: Raw) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}

/// A natural key: the fields that make it up.
pub(super) fn key(kind: &Kind, address: &Address) -> Raw {
    let mut key = Map::new();
    match kind.keying {
        Keying::Dotted(_) | Keying::Typed { .. } => {
            key.insert(
                "name".to_owned(),
                address.name().map_or(Raw::Null, |name| json!(name)),
            );
        }
        Keying::Single => {}
        Keying::Field(field) => {
            key.insert(
                field.to_owned(),
                address.name().map_or(Raw::Null, |name| json!(name)),
            );
        }
        Keying::Fields(fields) => {
            for (index, part) in address.parts().iter().enumerate() {
                let names = fields.get(index).copied().unwrap_or("number");
                let fits = |name: &&str| match part {
                    Part::At(at) => kind
                        .field(name)
                        .is_some_and(|field| field.shape.families().contains(&at.family)),
                    // What could not be named stands as the field's name and an id.
                    Part::Name(text) => text
                        .strip_prefix(*name)
                        .is_some_and(|rest| rest.starts_with(' ')),
                    Part::Number(_) => false,
                };
                let name = names.split('|').find(fits).unwrap_or(names);
                let shape = kind.field(name).map(|field| &field.shape);
                let value = match part {
                    Part::Name(text) => json!(&**text),
                    Part::At(address) => json!(reference(address, shape)),
                    Part::Number(number) => json!(number),
                };
                key.insert(name.to_owned(), value);
            }
        }
    }
    Raw::Object(key)
}

/// A name where the field can only mean one family, a path elsewhere.
fn reference(address: &Address, shape: Option<&Shape>) -> String {
    match address.name() {
        Some(name) if obvious(shape) => name.to_owned(),
        _ => address.path(),
    }
}

fn walk(value: &Value, path: &mut Vec<Raw>, paths: &mut Vec<Raw>) {
    let mut inside = |part: Raw, value: &Value| {
        path.push(part);
        walk(value, path, paths);
        path.pop();
    };
    match value {
        Value::Secret(_) => push(paths, Raw::Array(path.clone())),
        Value::List(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| inside(json!(index), value)),
        Value::Set(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| inside(json!(index), value)),
        Value::Record(fields) => fields
            .iter()
            .for_each(|(name, value)| inside(json!(name), value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{at, binding};

    #[test]
    fn keys_are_told_by_their_fields() {
        let kind = crate::kinds::kind("policy_binding").unwrap();
        assert_eq!(
            key(kind, &binding("wiki", "a")),
            json!({ "target": "application.wiki", "group": "a" })
        );
        let parts = [
            Part::At(at("flow", "x")),
            Part::Name("user 42".into()),
            Part::Number(2),
        ];
        let odd = Address::joined("policy_binding", parts);
        assert_eq!(
            key(kind, &odd),
            json!({ "target": "flow.x", "user": "user 42", "number": 2 })
        );
        let kind = crate::kinds::kind("application_entitlement").unwrap();
        let parts = [
            Part::At(at("application", "wiki")),
            Part::Name("edit".into()),
        ];
        assert_eq!(
            key(kind, &Address::joined("application_entitlement", parts)),
            json!({ "app": "wiki", "name": "edit" })
        );
    }
}
