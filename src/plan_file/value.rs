//! Values, kinds and addresses from a file.
//!
//! What is read in the place of a secret can be shown and never sent. Reading refuses what it does not know; it never
//! guesses.

use std::collections::BTreeSet;

use crate::desired::is_raw_path;
use crate::kinds;
use crate::ledger;
use crate::schema::{self, Class, Form, Holds, Kind, Shape};
use crate::value::{Address, Content, Duration, Float, OrderedJson, Secret, Value};
use crate::wire::plan_file::{self, SecretForm};
use crate::wire::{self, Masked, Typed};

/// Why something cannot be read: what is wrong with it.
pub(super) type Read<T> = Result<T, String>;

/// The value that a file has.
pub(super) fn read(value: &Masked) -> Read<Value> {
    Ok(match value.form() {
        wire::Form::Null => Value::Null,
        wire::Form::Bool(flag) => Value::Bool(*flag),
        wire::Form::Int(number) => Value::Int(*number),
        wire::Form::Text(text) => Value::Text(text.as_str().into()),
        wire::Form::Typed(typed) => read_typed(typed)?,
    })
}

fn read_typed(typed: &Typed) -> Read<Value> {
    Ok(match typed {
        Typed::Float(text) => Value::Float(Float(
            text.parse()
                .map_err(|_| "a float is not a number".to_owned())?,
        )),
        Typed::Duration(text) => Value::Duration(Duration::parse(text)?),
        Typed::Time(text) => Value::Time(text.parse().map_err(|_| "a time is invalid".to_owned())?),
        Typed::Secret(place) => Value::Secret(Secret::new(&place.to_string())),
        Typed::Digest(fingerprint) => Value::Digest(fingerprint.as_str().into()),
        Typed::Content { sha256, size } => Value::Content(
            Content::reported(*size, sha256).ok_or_else(|| "a hash is invalid".to_owned())?,
        ),
        Typed::Ref(to) => Value::Ref(address(to)?),
        Typed::Unknown(id) => Value::Unknown(id.as_str().into()),
        Typed::List(items) => Value::List(items.iter().map(read).collect::<Read<_>>()?),
        Typed::Set(items) => Value::Set(set(items)?),
        Typed::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| Ok((name.clone(), read(value)?)));
            Value::Record(fields.collect::<Read<_>>()?)
        }
        Typed::Json(data) => Value::Json(OrderedJson(data.clone())),
    })
}

/// A set of values.
pub(super) fn set(items: &[Masked]) -> Read<BTreeSet<Value>> {
    items.iter().map(read).collect()
}

/// An address.
pub(super) fn address(address: &wire::Address) -> Read<Address> {
    let known = ledger::known_address(address);
    known.ok_or_else(|| "an address has a family that is unknown to this akrec".to_owned())
}

/// A kind by its name; one that the table does not have with all that is known of its collection.
pub(super) fn write_kind(kind: &'static Kind) -> plan_file::Kind {
    if !kind.raw {
        return plan_file::Kind::Named(kind.name.to_owned());
    }
    let key = kind.key_fields().next().unwrap_or_default();
    let fields = kind.fields.iter().filter(|field| field.name != key);
    plan_file::Kind::Collection(plan_file::Collection {
        path: kind.path.to_owned(),
        key: key.to_owned(),
        id: kind.id.to_owned(),
        fields: fields
            .map(|field| (field.name.to_owned(), holds(&field.shape, field.class)))
            .collect(),
    })
}

fn holds(shape: &Shape, class: Class) -> plan_file::Holds {
    let form = match shape {
        Shape::Json { .. } => SecretForm::Mapping,
        _ => SecretForm::Text,
    };
    match (class, shape) {
        (Class::Secret, _) => plan_file::Holds::Secret(form),
        (Class::WriteOnly, _) => plan_file::Holds::WriteOnly(form),
        (Class::Plain, Shape::Ref(family)) => plan_file::Holds::Ref((*family).to_owned()),
        (Class::Plain, Shape::List(Shape::Ref(family))) => {
            plan_file::Holds::Refs((*family).to_owned())
        }
        (Class::Plain, Shape::Set(Shape::Ref(family))) => {
            plan_file::Holds::SetOfRefs((*family).to_owned())
        }
        (Class::Plain, Shape::Set(_)) => plan_file::Holds::Set,
        (Class::Plain, _) => plan_file::Holds::Data,
    }
}

/// The kind that was written.
pub(super) fn read_kind(kind: &plan_file::Kind) -> Read<&'static Kind> {
    let collection = match kind {
        plan_file::Kind::Named(name) => {
            let outside = || {
                kinds::OUTSIDE
                    .iter()
                    .find(|kind| kind.name == name.as_str())
            };
            return kinds::kind(name)
                .or_else(outside)
                .ok_or_else(|| "a kind is unknown to this akrec".to_owned());
        }
        plan_file::Kind::Collection(collection) => collection,
    };
    // A rollback writes there with no state file that says so: no action, no single object, nothing that akrec knows.
    if !is_raw_path(&collection.path) {
        return Err("a collection has a path that is not allowed under `raw`".to_owned());
    }
    let fields = collection
        .fields
        .iter()
        .map(|(name, holds)| Ok((name.clone(), read_holds(holds)?)));
    Ok(schema::raw_kind(&schema::Collection {
        fields: fields.collect::<Read<_>>()?,
        path: collection.path.clone(),
        key: collection.key.clone(),
        id: collection.id.clone(),
    }))
}

fn read_holds(holds: &plan_file::Holds) -> Read<Holds> {
    let family = |name: &str| {
        let known = ledger::known_family(name);
        known.ok_or_else(|| "a field has an unknown value".to_owned())
    };
    let form = |form: &SecretForm| match form {
        SecretForm::Mapping => Form::Mapping,
        SecretForm::Text => Form::Text,
    };
    Ok(match holds {
        plan_file::Holds::Data => Holds::Data,
        plan_file::Holds::Set => Holds::Set,
        plan_file::Holds::Ref(name) => Holds::Ref(family(name)?),
        plan_file::Holds::Refs(name) => Holds::Refs(family(name)?),
        plan_file::Holds::SetOfRefs(name) => Holds::SetOfRefs(family(name)?),
        plan_file::Holds::Secret(of) => Holds::Secret(Class::Secret, form(of)),
        plan_file::Holds::WriteOnly(of) => Holds::Secret(Class::WriteOnly, form(of)),
    })
}

/// A field's name as the kind spells it.
pub(super) fn field(kind: &'static Kind, name: &str) -> Read<&'static str> {
    let field = kind.field(name).map(|field| field.name);
    field
        .or_else(|| kind.key_fields().find(|key| *key == name))
        .ok_or_else(|| format!("{} has no such field", kind.name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The value as a file has it, and back from its text.
    fn read_again(value: &Value) -> Value {
        let text = serde_json::to_string(&Masked::of(value, true)).unwrap();
        read(&serde_json::from_str(&text).unwrap()).unwrap()
    }

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
            Value::Json(OrderedJson(json!({ "secret": 1, "b": [null] }))),
        ];
        for value in &all {
            assert_eq!(&read_again(value), value);
        }
        let secrets = Value::Set(
            ["hunter2", "hunter3"]
                .map(|text| Value::Secret(Secret::new(text)))
                .into(),
        );
        let record = Value::Record([("a".to_owned(), secrets.clone())].into());
        for value in [
            (&secrets, true),
            (&secrets, false),
            (&Value::text("hunter2"), false),
            (&record, true),
        ] {
            let text = serde_json::to_string(&Masked::of(value.0, value.1)).unwrap();
            assert!(!text.contains("hunter"), "{text}");
        }
        assert_eq!(read_again(&secrets).as_set().map(BTreeSet::len), Some(2));
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in [
            "[]",
            "{}",
            r#"{"set": [], "list": []}"#,
            r#"{"moon": 1}"#,
            r#"{"set": {}}"#,
            "1.5",
            "1e30",
        ] {
            assert!(serde_json::from_str::<Masked>(bad).is_err(), "{bad}");
            let json: serde_json::Value = serde_json::from_str(bad).unwrap();
            assert!(serde_json::from_value::<Masked>(json).is_err(), "{bad}");
        }
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
        let collection = schema::Collection {
            path: "/a/b/".into(),
            key: "name".into(),
            id: "pk".into(),
            fields,
        };
        let kind = schema::raw_kind(&collection);
        let written = write_kind(kind);
        assert!(std::ptr::eq(read_kind(&written).unwrap(), kind));
        let plan_file::Kind::Collection(written) = written else {
            panic!("{written:?}")
        };
        // A rollback writes nowhere but where files could.
        for path in [
            "/core/users/1/set_password/",
            "/core/users/",
            "/admin/system/",
            "/a/../core/users/",
            "/a/b",
            "/events/events/",
        ] {
            let other = plan_file::Collection {
                path: path.to_owned(),
                ..written.clone()
            };
            assert!(
                read_kind(&plan_file::Kind::Collection(other)).is_err(),
                "{path}"
            );
        }
    }
}
