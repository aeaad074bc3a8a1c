//! What is known of single objects: that akrec manages them, that a run was about to create them, that another
//! workspace manages them. Pure.

use std::collections::BTreeMap;

use super::items::{ItemOrigin, ItemOrigins};
use crate::schema::Kind;
use crate::value::Address;
use crate::{kinds, wire};

/// What is known of one managed object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The kind of the object.
    pub kind: &'static Kind,
    /// The id by which others refer to it on the server: it distinguishes this object from a later one of the same
    /// name.
    pub id: String,
    /// How akrec came to manage it.
    pub origin: Origin,
    /// It is not to be deleted, even once it has left the files.
    pub protect: bool,
    /// It belongs to another object, and stood in a partial list of it.
    pub partial: bool,
    /// The values that were last applied: field by field, the fingerprint of the desired value. Never of a secret.
    pub fields: BTreeMap<String, String>,
    /// Who put the items of its lists there, as far as the files named them when it was last applied. A list that an older
    /// akrec wrote down is not among them.
    pub items: ItemOrigins,
    /// The run that last wrote it.
    pub run: String,
}

impl Record {
    /// The partial lists that it has, with their items.
    pub fn partial_lists(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, ItemOrigin>)> {
        let is_partial = |name: &String| {
            self.fields
                .get(name)
                .is_some_and(|print| print.starts_with('+'))
        };
        self.items
            .iter()
            .filter(move |(name, _)| is_partial(name))
            .map(|(name, items)| (name.as_str(), items))
    }

    /// Whether akrec added anything to this partial list.
    pub fn adds_to(&self, field: &str) -> bool {
        let mut lists = self.partial_lists();
        lists.any(|(name, items)| {
            name == field && items.values().any(|origin| *origin == ItemOrigin::Added)
        })
    }

    /// Whether akrec added anything to one of its partial lists.
    pub fn has_added(&self) -> bool {
        self.partial_lists()
            .any(|(_, items)| items.values().any(|origin| *origin == ItemOrigin::Added))
    }
}

/// An object that a run was about to create.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// The run.
    pub run: String,
    /// The kind of the object; `None` if the akrec of that run did not write it down.
    pub kind: Option<&'static Kind>,
}

impl Pending {
    /// The kind of the object at this address, as far as it is known.
    pub fn kind(&self, address: &Address) -> Option<&'static Kind> {
        self.kind.or_else(|| kinds::family(address.family).next())
    }
}

/// How an object became ours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// akrec made it, so akrec may remove it.
    Created,
    /// It existed before: once it leaves the files it is forgotten, and stays.
    Adopted,
}

/// An object of another workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Other {
    /// The workspace that manages it.
    pub workspace: String,
    /// The id by which others refer to it on the server.
    pub id: String,
}

impl From<Origin> for wire::Origin {
    fn from(origin: Origin) -> wire::Origin {
        match origin {
            Origin::Created => wire::Origin::Created,
            Origin::Adopted => wire::Origin::Adopted,
        }
    }
}

impl From<wire::Origin> for Origin {
    fn from(origin: wire::Origin) -> Origin {
        match origin {
            wire::Origin::Created => Origin::Created,
            wire::Origin::Adopted => Origin::Adopted,
        }
    }
}
