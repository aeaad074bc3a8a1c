//! Lists of objects that are written under their owner.

use serde_json::{Value as Raw, json};

use super::reference;
use crate::schema::{Children, Items, Keying, Kind};

/// The list, in each of its forms.
pub(super) fn list(children: &Children, kind: &'static Kind) -> Raw {
    match children.items {
        Items::Named(_) => json!({
            "description": format!("{} Exactly these, by name.", kind.doc),
            "type": ["object", "null"],
            "propertyNames": { "minLength": 1 },
            "additionalProperties": reference(kind.name),
        }),
        Items::Ordered(subject) => {
            let item =
                json!({ "allOf": [reference(kind.name)], "type": "object", "required": [subject] });
            // Without a list there is no place to follow from, so an additive item says its whole key.
            let mut key = vec![subject];
            if let Keying::Fields(fields) = kind.keying {
                key.extend(
                    fields
                        .iter()
                        .filter(|name| **name != subject && **name != children.owner),
                );
            }
            let whole =
                json!({ "allOf": [reference(kind.name)], "type": "object", "required": key });
            let named = reference("value.text");
            forms(
                &format!("{} Exactly these, in this order.", kind.doc),
                json!({ "anyOf": [named, item] }),
                whole,
                json!({ "anyOf": [named, named_only(&[subject])] }),
            )
        }
        Items::Subjects(_) | Items::Among(_) => {
            let subjects = children.subjects(kind);
            let words: Vec<&str> = subjects.iter().map(|subject| subject.word).collect();
            let one: Vec<Raw> = words
                .iter()
                .map(|word| json!({ "required": [word] }))
                .collect();
            let item = json!({ "allOf": [reference(kind.name)], "type": "object", "oneOf": one });
            let about = format!(
                "{} Exactly these; each names one of {}.",
                kind.doc,
                words.join(", ")
            );
            forms(&about, item.clone(), item, named_only(&words))
        }
        Items::One => {
            json!({ "description": format!("{} Null for none.", kind.doc), "allOf": [reference(kind.name)] })
        }
    }
}

/// A plain list, or `include` and `exclude`.
fn forms(about: &str, item: Raw, include: Raw, exclude: Raw) -> Raw {
    json!({
        "description": about,
        "anyOf": [
            { "type": ["array", "null"], "items": item },
            {
                "type": "object",
                "properties": {
                    "include": {
                        "description": "These are included; all others are left unchanged.",
                        "type": ["array", "null"],
                        "items": include,
                    },
                    "exclude": {
                        "description": "These are excluded; all others are left unchanged.",
                        "type": ["array", "null"],
                        "items": exclude,
                    },
                },
                "additionalProperties": false,
            },
        ],
    })
}

/// An item that only says which object is meant.
fn named_only(subjects: &[&str]) -> Raw {
    let properties: serde_json::Map<String, Raw> = subjects
        .iter()
        .map(|subject| ((*subject).to_owned(), reference("value.text")))
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    })
}
