//! Values for documents: the value itself, references by name.
//!
//! Must never hold a secret: its place is taken by a fixed text, and its path is listed.

use serde_json::Value as Json;

use super::values::{item, obvious};
use crate::schema::{Class, Field, Keying, Kind, Shape};
use crate::value::{Address, Part, Value};
use crate::wire::change::{KeyPart, NaturalKey, Path, PathPart};
use crate::wire::{Masked, Spelling};

/// The spelling of values of some shape.
#[derive(Clone, Copy)]
pub(super) struct Shaped<'a>(pub Option<&'a Shape>);

impl Spelling for Shaped<'_> {
    fn reference(self, address: &Address) -> String {
        reference(address, self.0)
    }

    fn item(self) -> Self {
        Shaped(item(self.0))
    }

    fn field(self, name: &str) -> Self {
        let Some(Shape::Record(fields)) = self.0 else {
            return Shaped(None);
        };
        let field = fields.iter().find(|field| field.name == name);
        Shaped(field.map(|field| &field.shape))
    }
}

/// A field's value; nothing of it where the field's class is not plain, except that there is none.
pub(super) fn field(field: Option<&Field>, class: Class, value: &Value) -> Masked<Json> {
    let spelling = Shaped(field.map(|field| &field.shape));
    Masked::shown(value, class == Class::Plain, spelling)
}

/// The paths of everything in a field's value that is withheld.
pub(super) fn withheld(name: &str, class: Class, value: &Value, paths: &mut Vec<Path>) {
    let mut path = vec![PathPart::Name(name.to_owned())];
    if class != Class::Plain {
        return push(paths, path);
    }
    walk(value, &mut path, paths);
}

/// A path once.
fn push(paths: &mut Vec<Path>, path: Path) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}

/// A natural key: the fields that make it up.
pub(super) fn key(kind: &Kind, address: &Address) -> NaturalKey {
    let mut key = NaturalKey::new();
    let name = || address.name().map(|name| KeyPart::Name(name.to_owned()));
    match kind.keying {
        Keying::Dotted(_) | Keying::Typed { .. } => {
            key.insert("name".to_owned(), name());
        }
        Keying::Single => {}
        Keying::Field(field) => {
            key.insert(field.to_owned(), name());
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
                    Part::Name(text) => KeyPart::Name(text.to_string()),
                    Part::At(address) => KeyPart::Name(reference(address, shape)),
                    Part::Number(number) => KeyPart::Number(*number),
                };
                key.insert(name.to_owned(), Some(value));
            }
        }
    }
    key
}

/// A name where the field can only mean one family, a path elsewhere.
fn reference(address: &Address, shape: Option<&Shape>) -> String {
    match address.name() {
        Some(name) if obvious(shape) => name.to_owned(),
        _ => address.path(),
    }
}

fn walk(value: &Value, path: &mut Path, paths: &mut Vec<Path>) {
    let mut inside = |part: PathPart, value: &Value| {
        path.push(part);
        walk(value, path, paths);
        path.pop();
    };
    match value {
        Value::Secret(_) => push(paths, path.clone()),
        Value::List(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| inside(PathPart::Index(index), value)),
        Value::Set(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| inside(PathPart::Index(index), value)),
        Value::Record(fields) => fields
            .iter()
            .for_each(|(name, value)| inside(PathPart::Name(name.clone()), value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::sample::{at, binding};
    use crate::wire::json;

    #[test]
    fn keys_are_known_by_their_fields() {
        let kind = crate::kinds::kind("policy_binding").unwrap();
        assert_eq!(
            json(&key(kind, &binding("wiki", "a"))),
            json!({ "target": "application.wiki", "group": "a" })
        );
        let parts = [
            Part::At(at("flow", "x")),
            Part::Name("user 42".into()),
            Part::Number(2),
        ];
        let odd = Address::joined("policy_binding", parts);
        assert_eq!(
            json(&key(kind, &odd)),
            json!({ "target": "flow.x", "user": "user 42", "number": 2 })
        );
        let kind = crate::kinds::kind("application_entitlement").unwrap();
        let parts = [
            Part::At(at("application", "wiki")),
            Part::Name("edit".into()),
        ];
        assert_eq!(
            json(&key(
                kind,
                &Address::joined("application_entitlement", parts)
            )),
            json!({ "app": "wiki", "name": "edit" })
        );
    }
}
