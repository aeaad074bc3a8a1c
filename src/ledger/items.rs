//! Who put the items of lists where they are: what akrec added, and what was there before it. Pure.
//!
//! An item is known by its id, so that it is still the same one after a rename, and another one of its name is not; words
//! and permissions are known by themselves. No item of a field that holds a secret is ever written down.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::value::Address;

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

/// The origins with the words that the ledger has for them.
const WORDS: [(ItemOrigin, &str); 3] =
    [(ItemOrigin::Added, "added"), (ItemOrigin::Found, "found"), (ItemOrigin::Unknown, "unknown")];

/// Takes everything of one into another.
pub fn extend_adding(all: &mut Adding, more: &Adding) {
    for (address, fields) in more {
        let known = all.entry(address.clone()).or_default();
        for (field, items) in fields {
            known.entry(field.clone()).or_default().extend(items.iter().cloned());
        }
    }
}

/// The items of one object as JSON: `{"users": {"added": [4, 7], "found": [2]}}`.
pub(crate) fn write_origins(origins: &ItemOrigins) -> Json {
    let one = |items: &BTreeMap<String, ItemOrigin>| {
        let mut written = Map::new();
        for (origin, word) in WORDS {
            let ids: Vec<Json> = items.iter().filter(|(_, it)| **it == origin).map(|(id, _)| write_id(id)).collect();
            if !ids.is_empty() {
                written.insert(word.to_owned(), ids.into());
            }
        }
        Json::Object(written)
    };
    Json::Object(origins.iter().map(|(field, items)| (field.clone(), one(items))).collect())
}

/// The same, read back; `None` if it is of another form. An origin that this akrec does not know counts as unknown.
pub(crate) fn read_origins(json: &Json) -> Option<ItemOrigins> {
    let mut origins = ItemOrigins::new();
    for (field, lists) in json.as_object()? {
        let mut items = BTreeMap::new();
        for (word, ids) in lists.as_object()? {
            let known = WORDS.iter().find(|(_, known)| known == word);
            let origin = known.map_or(ItemOrigin::Unknown, |(origin, _)| *origin);
            for id in ids.as_array()? {
                items.insert(read_id(id)?, origin);
            }
        }
        origins.insert(field.clone(), items);
    }
    Some(origins)
}

/// An id that is a number is written as one, which is shorter.
fn write_id(id: &str) -> Json {
    match id.parse::<i64>() {
        Ok(number) if number.to_string() == id => json!(number),
        _ => json!(id),
    }
}

fn read_id(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.as_i64()?.to_string()),
        _ => None,
    }
}

/// Items that runs are about to add, as JSON: object, and items by field.
pub(super) fn write_adding(adding: &Adding) -> Vec<Json> {
    adding.iter().map(|(address, fields)| json!([super::format::spell(address), fields])).collect()
}

/// The same, read back; what is of another form is skipped.
pub(super) fn read_adding(json: Option<&Json>) -> Adding {
    let one = |json: &Json| {
        let [at, fields] = json.as_array()?.as_slice() else { return None };
        let address = super::format::read_address(at).ok()??;
        let mut read = BTreeMap::new();
        for (field, items) in fields.as_object()? {
            let items: Option<BTreeSet<String>> =
                items.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            read.insert(field.clone(), items?);
        }
        Some((address, read))
    };
    json.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default().iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> ItemOrigins {
        let items = [("12", ItemOrigin::Added), ("007", ItemOrigin::Found), ("b1-c2", ItemOrigin::Unknown)];
        let items = items.into_iter().map(|(id, origin)| (id.to_owned(), origin)).collect();
        ItemOrigins::from([("users".to_owned(), items), ("roles".to_owned(), BTreeMap::new())])
    }

    #[test]
    fn what_is_written_is_read_and_numbers_are_short() {
        let written = write_origins(&origins());
        let expected = json!({"roles": {}, "users": {"added": [12], "found": ["007"], "unknown": ["b1-c2"]}});
        assert_eq!(written, expected);
        assert_eq!(read_origins(&written), Some(origins()));
    }

    #[test]
    fn other_forms_are_refused_and_other_origins_are_unknown() {
        for bad in [json!([]), json!({"users": 3}), json!({"users": {"added": {}}}), json!({"users": {"added": [{}]}})]
        {
            assert_eq!(read_origins(&bad), None, "{bad}");
        }
        let newer = read_origins(&json!({"users": {"lent": [1]}})).map(|all| all["users"]["1"]);
        assert_eq!(newer, Some(ItemOrigin::Unknown));
    }

    #[test]
    fn what_is_about_to_be_added_is_read_as_far_as_it_is_understood() {
        let staff = Address::named("group", "staff");
        let items = BTreeSet::from(["[\"user\",\"alice\"]".to_owned()]);
        let adding = Adding::from([(staff, BTreeMap::from([("users".to_owned(), items)]))]);
        let mut written = write_adding(&adding);
        assert_eq!(read_adding(Some(&json!(written))), adding);
        written.extend([json!(3), json!([["moon", "x"], {}]), json!([["group", "x"], {"users": 3}])]);
        assert_eq!(read_adding(Some(&json!(written))), adding);
        assert_eq!(read_adding(None), Adding::new());
    }

    #[test]
    fn ten_thousand_members_are_small() {
        let items = (0..10_000).map(|id| (id.to_string(), ItemOrigin::Added)).collect();
        let written = write_origins(&ItemOrigins::from([("users".to_owned(), items)])).to_string();
        assert!(written.len() < 60_000, "{} bytes", written.len());
    }
}
