//! Who put the items of lists where they are: what akrec added, and what was there before it. Pure.
//!
//! An item is known by its id, so that it is still the same one after a rename, and another one of its name is not; words
//! and permissions are known by themselves. No item of a field that holds a secret is ever written down.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value as Json;

use super::known::known_address;
use crate::value::Address;
use crate::wire::{self, ItemId, ItemsByOrigin, json};

/// How an item came into a list that the files declare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ItemOrigin {
    /// An apply put it there, so akrec takes it out once the files no longer name it.
    Added,
    /// The server had it before an apply named it: it stays.
    Found,
    /// The ledger was written before akrec noted this, or somebody changed it by hand: it stays.
    Unknown,
}

/// The items of each list that the files declare for one object: by field, then by the item's id.
pub type ItemOrigins = BTreeMap<String, BTreeMap<String, ItemOrigin>>;

/// Items that runs were about to add, by object and field, each in a spelling that names it.
pub type Adding = BTreeMap<Address, BTreeMap<String, BTreeSet<String>>>;

/// Takes everything of one into another.
pub fn extend_adding(all: &mut Adding, more: &Adding) {
    for (address, fields) in more {
        let known = all.entry(address.clone()).or_default();
        for (field, items) in fields {
            known
                .entry(field.clone())
                .or_default()
                .extend(items.iter().cloned());
        }
    }
}

impl From<ItemOrigin> for wire::ItemOrigin {
    fn from(origin: ItemOrigin) -> wire::ItemOrigin {
        match origin {
            ItemOrigin::Added => wire::ItemOrigin::Added,
            ItemOrigin::Found => wire::ItemOrigin::Found,
            ItemOrigin::Unknown => wire::ItemOrigin::Unknown,
        }
    }
}

impl From<wire::ItemOrigin> for ItemOrigin {
    fn from(origin: wire::ItemOrigin) -> ItemOrigin {
        match origin {
            wire::ItemOrigin::Added => ItemOrigin::Added,
            wire::ItemOrigin::Found => ItemOrigin::Found,
            wire::ItemOrigin::Unknown => ItemOrigin::Unknown,
        }
    }
}

/// The items of one object as the ledger and plan files have them.
pub(crate) fn write_origins(origins: &ItemOrigins) -> wire::ItemOrigins {
    let mut written = wire::ItemOrigins::new();
    for (field, items) in origins {
        let mut lists = ItemsByOrigin::default();
        for (id, origin) in items {
            let list = match origin {
                ItemOrigin::Added => &mut lists.added,
                ItemOrigin::Found => &mut lists.found,
                ItemOrigin::Unknown => &mut lists.unknown,
            };
            list.push(write_id(id));
        }
        written.insert(field.clone(), lists);
    }
    written
}

/// The same, read back. An origin that this akrec does not know counts as unknown.
pub(crate) fn read_origins(written: wire::ItemOrigins) -> ItemOrigins {
    let mut origins = ItemOrigins::new();
    for (field, lists) in written {
        let newer = lists.newer.into_values().flatten();
        let unknown = lists
            .unknown
            .into_iter()
            .chain(newer)
            .map(|id| (read_id(id), ItemOrigin::Unknown));
        let added = lists
            .added
            .into_iter()
            .map(|id| (read_id(id), ItemOrigin::Added));
        let found = lists
            .found
            .into_iter()
            .map(|id| (read_id(id), ItemOrigin::Found));
        // An item that is named twice is not akrec's to remove.
        origins.insert(field, added.chain(found).chain(unknown).collect());
    }
    origins
}

/// An id that is a number is written as one, which is shorter.
fn write_id(id: &str) -> ItemId {
    match id.parse::<i64>() {
        Ok(number) if number.to_string() == id => ItemId::Number(number),
        _ => ItemId::Text(id.to_owned()),
    }
}

fn read_id(id: ItemId) -> String {
    match id {
        ItemId::Text(text) => text,
        ItemId::Number(number) => number.to_string(),
    }
}

/// Items that runs are about to add: object, and items by field.
pub(crate) fn write_adding(adding: &Adding) -> Vec<Json> {
    let write_one = |(address, fields): (&Address, &_)| {
        json(&wire::ledger::Adding(address.into(), Clone::clone(fields)))
    };
    adding.iter().map(write_one).collect()
}

/// The same, read back; what is of another form is skipped.
pub(super) fn read_adding(adding: &[Json]) -> Adding {
    let read_one = |written: &Json| {
        let wire::ledger::Adding(at, fields) = wire::ledger::Adding::deserialize(written).ok()?;
        Some((known_address(&at)?, fields))
    };
    adding.iter().filter_map(read_one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn origins() -> ItemOrigins {
        let items = [
            ("12", ItemOrigin::Added),
            ("007", ItemOrigin::Found),
            ("b1-c2", ItemOrigin::Unknown),
        ];
        let items = items
            .into_iter()
            .map(|(id, origin)| (id.to_owned(), origin))
            .collect();
        ItemOrigins::from([
            ("users".to_owned(), items),
            ("roles".to_owned(), BTreeMap::new()),
        ])
    }

    fn read_origins_from(json: &Json) -> Option<ItemOrigins> {
        wire::ItemOrigins::deserialize(json).ok().map(read_origins)
    }

    #[test]
    fn what_is_written_is_read_and_numbers_are_short() {
        let written = json!(write_origins(&origins()));
        let expected =
            json!({"roles": {}, "users": {"added": [12], "found": ["007"], "unknown": ["b1-c2"]}});
        assert_eq!(written, expected);
        assert_eq!(read_origins_from(&written), Some(origins()));
    }

    #[test]
    fn other_forms_are_refused_and_other_origins_are_unknown() {
        for bad in [
            json!([]),
            json!({"users": 3}),
            json!({"users": {"added": {}}}),
            json!({"users": {"added": [{}]}}),
        ] {
            assert_eq!(read_origins_from(&bad), None, "{bad}");
        }
        let newer =
            read_origins_from(&json!({"users": {"lent": [1]}})).map(|all| all["users"]["1"]);
        assert_eq!(newer, Some(ItemOrigin::Unknown));
    }

    #[test]
    fn what_is_about_to_be_added_is_read_as_far_as_it_is_understood() {
        let staff = Address::named("group", "staff");
        let items = BTreeSet::from(["[\"user\",\"alice\"]".to_owned()]);
        let adding = Adding::from([(staff, BTreeMap::from([("users".to_owned(), items)]))]);
        let mut written = write_adding(&adding);
        assert_eq!(read_adding(&written), adding);
        written.extend([
            json!(3),
            json!([["moon", "x"], {}]),
            json!([["group", "x"], {"users": 3}]),
        ]);
        assert_eq!(read_adding(&written), adding);
        assert_eq!(read_adding(&[]), Adding::new());
    }

    #[test]
    fn ten_thousand_members_are_small() {
        let items = (0..10_000)
            .map(|id| (id.to_string(), ItemOrigin::Added))
            .collect();
        let written = json!(write_origins(&ItemOrigins::from([(
            "users".to_owned(),
            items
        )])))
        .to_string();
        assert!(written.len() < 60_000, "{} bytes", written.len());
    }
}
