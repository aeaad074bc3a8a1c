//! How objects of a kind are known and found: the forms of keys, and what a kind says of a key.
//!
//! A key is made of values or of an answer; no object is looked up here.

use serde_json::Value as Json;

use super::Kind;
use crate::schema::codec::id_text;
use crate::schema::shape::Shape;
use crate::value::{Address, Part, Value, unstamped};

/// How objects of a kind are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keying {
    /// The key is one text field.
    Field(&'static str),
    /// The key is several fields; `a|b` is whichever of the two is set.
    Fields(&'static [&'static str]),
    /// The key is the texts of several fields with dots between them (`authentik_core.view_group`).
    Dotted(&'static [&'static str]),
    /// The key is a model of the server and a text, with a dot between them (`authentik_core.user.department`).
    Typed {
        /// The field with the model.
        model: &'static str,
        /// The field with the text.
        key: &'static str,
    },
    /// There is exactly one object, at the path itself: it is changed, and neither created nor deleted.
    Single,
}

/// How one object is read by its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Find {
    /// It stands in the URL.
    Url,
    /// A filter on the list; what comes back is compared again, since some filters ignore case.
    Filter(&'static str),
    /// The list cannot be asked for a key, so all of it is read.
    Whole,
    /// Those of one owner: a filter on the list with the owner's id, several owners at once if `many`.
    Owner {
        /// The query key.
        filter: &'static str,
        /// The field that names the owner.
        field: &'static str,
        /// The key may be repeated for several owners.
        many: bool,
    },
}

impl Kind {
    /// Whether its objects have a name of their own, under which state files declare them.
    pub fn is_named(&self) -> bool {
        matches!(self.keying, Keying::Field(_) | Keying::Typed { .. })
    }

    /// Whether there is exactly one object of it, which is always there.
    pub fn is_singleton(&self) -> bool {
        self.keying == Keying::Single
    }

    /// The address of the only object of a kind that has exactly one.
    pub fn singleton_address(&self) -> Address {
        Address::joined(self.family, [])
    }

    /// Whether an object can be given another key in place.
    pub fn can_be_renamed(&self) -> bool {
        let named = self.is_named() || self.name_under_owner().is_some();
        named && !self.has_derived_key() && self.name_has_hash_of.is_none()
    }

    /// The field with the name that an object has among those of its owner (an entitlement's, of its application); `None`
    /// for kinds whose objects have a name of their own, or none at all.
    pub fn name_under_owner(&self) -> Option<&'static str> {
        let Keying::Fields([_, name]) = self.keying else {
            return None;
        };
        self.field(name)
            .filter(|field| matches!(field.shape, Shape::String))
            .map(|field| field.name)
    }

    /// Whether its key is what the server reads out of another field, so that no object can be given another one.
    pub fn has_derived_key(&self) -> bool {
        self.key_fields()
            .any(|name| self.field(name).is_some_and(|field| field.derived))
    }

    /// Whether a number is part of the key by the table (the order of a stage binding), not added to distinguish
    /// equals.
    pub fn keying_has_number(&self) -> bool {
        self.key_fields().any(|name| {
            self.field(name)
                .is_some_and(|field| matches!(field.shape, Shape::Int(..)))
        })
    }

    /// The fields that make up the key, alternatives split.
    pub fn key_fields(&self) -> impl Iterator<Item = &'static str> {
        let fields: &'static [&'static str] = match self.keying {
            Keying::Fields(fields) | Keying::Dotted(fields) => fields,
            Keying::Field(_) | Keying::Typed { .. } | Keying::Single => &[],
        };
        let (one, other) = match self.keying {
            Keying::Field(field) => (Some(field), None),
            Keying::Typed { model, key } => (Some(model), Some(key)),
            Keying::Fields(_) | Keying::Dotted(_) | Keying::Single => (None, None),
        };
        one.into_iter()
            .chain(other)
            .chain(fields.iter().flat_map(|field| field.split('|')))
    }

    /// Whether a field says a part of the name.
    pub fn is_key(&self, field: &str) -> bool {
        self.is_named() && self.key_fields().any(|name| name == field)
    }

    /// The fields that a name stands for, with their values; `None` if it is not a name of this kind.
    pub fn key_values(&self, name: &str) -> Option<Vec<(&'static str, Value)>> {
        match self.keying {
            Keying::Field(field) => Some(vec![(field, Value::text(name))]),
            Keying::Typed { model, key } => {
                let (place, _) = name.match_indices('.').nth(1)?;
                let (left, right) = (&name[..place], &name[place + 1..]);
                let whole = !right.is_empty() && left.split('.').all(|part| !part.is_empty());
                whole.then(|| vec![(model, Value::text(left)), (key, Value::text(right))])
            }
            Keying::Fields(_) | Keying::Dotted(_) | Keying::Single => None,
        }
    }

    /// The address of an object whose fields are these.
    ///
    /// `None` where a field of the key has no value, or one that names nothing.
    pub fn address<'a>(&self, value: &dyn Fn(&str) -> Option<&'a Value>) -> Option<Address> {
        match self.keying {
            Keying::Field(field) => Some(Address::named(self.family, value(field)?.as_text()?)),
            Keying::Dotted(fields) => {
                let texts: Option<Vec<&str>> =
                    fields.iter().map(|field| value(field)?.as_text()).collect();
                Some(Address::named(self.family, &texts?.join(".")))
            }
            Keying::Typed { model, key } => {
                let name = format!("{}.{}", value(model)?.as_text()?, value(key)?.as_text()?);
                Some(Address::named(self.family, &name))
            }
            Keying::Single => Some(self.singleton_address()),
            Keying::Fields(fields) => {
                let parts = fields.iter().map(|names| {
                    names.split('|').find_map(|name| match value(name)? {
                        Value::Ref(address) => Some(Part::At(address.clone())),
                        Value::Text(text) => Some(Part::Name(text.clone())),
                        Value::Int(number) => Some(Part::Number(*number)),
                        _ => None,
                    })
                });
                Some(Address::joined(
                    self.family,
                    parts.collect::<Option<Vec<_>>>()?,
                ))
            }
        }
    }

    /// The name of an object as the server sent it; `None` for kinds that are known by what they join.
    pub fn name_in(&self, raw: &Json) -> Option<String> {
        let text = |field: &&str| raw.get(*field)?.as_str().map(str::to_owned);
        match self.keying {
            Keying::Field(field) => raw.get(field).and_then(id_text),
            Keying::Dotted(fields) => fields
                .iter()
                .map(text)
                .collect::<Option<Vec<_>>>()
                .map(|texts| texts.join(".")),
            Keying::Typed { model, key } => Some(format!("{}.{}", text(&model)?, text(&key)?)),
            Keying::Fields(_) | Keying::Single => None,
        }
    }

    /// The name that files have for an object whose name on the server carries a hash; `None` for all others.
    pub fn plain_name(&self, address: &Address) -> Option<String> {
        self.name_has_hash_of?;
        unstamped(address.name()?).map(|(plain, _)| plain)
    }

    /// Whether an alias can be looked up exactly: the filter of the list is on it.
    pub fn finds(&self, alias: &str) -> bool {
        matches!(self.find, Find::Filter(filter) if filter == alias)
    }

    /// The alias of an object as the server sent it, by which the list can be filtered.
    pub fn finds_in(&self, raw: &Json) -> Option<String> {
        let alias = self.aliases.iter().find(|alias| self.finds(alias))?;
        raw.get(*alias)?.as_str().map(str::to_owned)
    }
}
