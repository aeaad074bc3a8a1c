//! Kinds of collections that the table does not know, built while files are read.
//!
//! Everything else works on `&'static Kind`, so such a kind is leaked: once for each distinct collection, however often
//! it is asked for. A state file is limited in size, and so is what is leaked. It must never hold a value, only names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::field::{Class, Field, json, list, reference, set, string};
use super::kind::Kind;
use super::shape::Shape;

/// A collection as files describe it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Collection {
    /// Below `/api/v3`, with a slash on both ends.
    pub path: String,
    /// The field of the natural key.
    pub key: String,
    /// The field of an answer that stands in an object's URL.
    pub id: String,
    /// The other fields.
    pub fields: BTreeMap<String, Holds>,
}

/// What a field of such a collection holds, as far as the files show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Holds {
    /// Free data.
    Data,
    /// Items without order.
    Set,
    /// A reference to an object of a family.
    Ref(&'static str),
    /// References in order.
    Refs(&'static str),
    /// References without order.
    SetOfRefs(&'static str),
    /// A text, or a mapping, that is never shown.
    Secret(Class, Form),
}

/// The form of what is never shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Form {
    /// One value.
    Text,
    /// A mapping.
    Mapping,
}

static KINDS: Mutex<BTreeMap<Collection, &'static Kind>> = Mutex::new(BTreeMap::new());
static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

const DATA: Shape = Shape::Json { per_key: false };

/// The name of the kind, and of the family, of a collection: its path without the outer slashes.
pub fn raw_family(path: &str) -> &'static str {
    name(path.trim_matches('/'))
}

/// The kind of a collection; the same one whenever the collection is the same.
pub fn raw_kind(collection: &Collection) -> &'static Kind {
    let mut kinds = KINDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kind) = kinds.get(collection) {
        return kind;
    }
    let mut fields = vec![string(name(&collection.key)).required()];
    fields.extend(
        collection
            .fields
            .iter()
            .map(|(word, holds)| field(name(word), *holds)),
    );
    let kind = Kind::new(raw_family(&collection.path), "raw", name(&collection.path))
        .key(name(&collection.key))
        .id(name(&collection.id))
        .fields(Box::leak(fields.into_boxed_slice()))
        .doc("A collection that akrec does not know.")
        .raw();
    let kind: &'static Kind = Box::leak(Box::new(kind));
    kinds.insert(collection.clone(), kind);
    kind
}

fn field(name: &'static str, holds: Holds) -> Field {
    let item = |family| -> &'static Shape { Box::leak(Box::new(Shape::Ref(family))) };
    let field = match holds {
        Holds::Data => json(name),
        Holds::Set => set(name, &DATA),
        Holds::Ref(family) => reference(name, family),
        Holds::Refs(family) => list(name, item(family)),
        Holds::SetOfRefs(family) => set(name, item(family)),
        Holds::Secret(class, form) => {
            let mut field = match form {
                Form::Text => string(name),
                Form::Mapping => json(name),
            };
            field.class = class;
            field
        }
    };
    field.nullable()
}

/// A name that lives as long as the process, each kept once.
fn name(text: &str) -> &'static str {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text) {
        return known;
    }
    let kept: &'static str = Box::leak(text.into());
    names.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_collection_is_one_kind() {
        let collection = Collection {
            path: "/a/things/".into(),
            key: "name".into(),
            id: "pk".into(),
            fields: [
                ("flow".to_owned(), Holds::Ref("flow")),
                ("size".to_owned(), Holds::Data),
            ]
            .into(),
        };
        let kind = raw_kind(&collection);
        assert!(std::ptr::eq(kind, raw_kind(&collection.clone())));
        assert_eq!(
            (kind.name, kind.family, kind.path),
            ("a/things", "a/things", "/a/things/")
        );
        assert_eq!(kind.field("flow").unwrap().shape.families(), ["flow"]);
        let other = Collection {
            id: "uuid".into(),
            ..collection
        };
        assert_eq!(raw_kind(&other).id, "uuid");
    }
}
