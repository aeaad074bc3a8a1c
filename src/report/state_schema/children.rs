//! Lists of objects that are written under their owner.

use super::{NULLABLE_ARRAY, NULLABLE_OBJECT};
use crate::schema::{Children, Items, Keying, Kind};
use crate::wire::schema::{Schema, Type};

/// The list, in each of its forms.
pub(super) fn list(children: &Children, kind: &'static Kind) -> Schema {
    let object = || Schema::all_of([Schema::reference(kind.name)]);
    let item = || Schema::of(Type::Object).and_all_of([Schema::reference(kind.name)]);
    match children.items {
        Items::Named(_) => Schema::of_types(&NULLABLE_OBJECT)
            .about(format!("{} Exactly these, by name.", kind.doc))
            .names(Schema::any().filled())
            .each(Schema::reference(kind.name)),
        Items::Ordered(subject) => {
            // Without a list there is no place to follow from, so an additive item says its whole key.
            let mut key = vec![subject];
            if let Keying::Fields(fields) = kind.keying {
                key.extend(
                    fields
                        .iter()
                        .filter(|name| **name != subject && **name != children.owner),
                );
            }
            let named = || Schema::reference("value.text");
            forms(
                &format!("{} Exactly these, in this order.", kind.doc),
                Schema::any_of([named(), item().required([subject])]),
                item().required(key),
                Schema::any_of([named(), named_only(&[subject])]),
            )
        }
        Items::Subjects(_) | Items::Among(_) => {
            let subjects = children.subjects(kind);
            let words: Vec<&str> = subjects.iter().map(|subject| subject.yaml_key).collect();
            let one = words.iter().map(|word| Schema::any().required([*word]));
            let item = item().and_one_of(one);
            let about = format!(
                "{} Exactly these; each names one of {}.",
                kind.doc,
                words.join(", ")
            );
            forms(&about, item.clone(), item, named_only(&words))
        }
        Items::One => object().about(format!("{} Null for none.", kind.doc)),
    }
}

/// A plain list, or `include` and `exclude`.
fn forms(about: &str, item: Schema, include: Schema, exclude: Schema) -> Schema {
    let list = |item: Schema| Schema::of_types(&NULLABLE_ARRAY).items(item);
    let partial = Schema::of(Type::Object)
        .property(
            "include",
            list(include).about("These are included; all others are left unchanged."),
        )
        .property(
            "exclude",
            list(exclude).about("These are excluded; all others are left unchanged."),
        )
        .closed();
    Schema::any_of([list(item), partial]).about(about)
}

/// An item that only says which object is meant.
fn named_only(subjects: &[&str]) -> Schema {
    let properties = subjects
        .iter()
        .map(|subject| ((*subject).to_owned(), Schema::reference("value.text")));
    Schema::object(properties.collect()).members(1)
}
