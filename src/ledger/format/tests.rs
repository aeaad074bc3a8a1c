//! What a ledger says comes back as it was, and what is none is refused in words.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use serde_json::json;

use super::*;
use crate::ledger::{ItemOrigin, Origin};
use crate::value::Part;

fn ledger() -> Ledger {
    let wiki = Address::named("application", "wiki");
    let staff = Address::named("group", "staff");
    let binding = Address::joined(
        "policy_binding",
        [Part::At(wiki.clone()), Part::At(staff), Part::Number(2)],
    );
    let record = |kind: &str, origin| Record {
        kind: kinds::kind(kind).unwrap(),
        id: "7".into(),
        origin,
        protect: origin == Origin::Adopted,
        partial: kind == "policy_binding",
        fields: BTreeMap::from([("name".to_owned(), "=0123".to_owned())]),
        items: match kind {
            "application" => BTreeMap::from([(
                "backchannel_providers".to_owned(),
                BTreeMap::from([
                    ("3".to_owned(), ItemOrigin::Added),
                    ("4".to_owned(), ItemOrigin::Found),
                ]),
            )]),
            _ => BTreeMap::new(),
        },
        run: "run-1".into(),
    };
    let records = [
        (wiki, record("application", Origin::Adopted)),
        (binding, record("policy_binding", Origin::Created)),
        (
            Address::named("provider", "wiki"),
            record("provider_oauth2", Origin::Created),
        ),
    ];
    Ledger {
        records: records.into(),
        ..Ledger::empty("home")
    }
}

fn bad(change: impl FnOnce(&mut Json)) -> Bad {
    let mut raw = context(&ledger());
    change(&mut raw);
    match read(&raw) {
        Err(bad) => bad,
        Ok(_) => panic!("{raw} was taken"),
    }
}

#[test]
fn what_is_written_is_read() {
    let content = read(&context(&ledger())).unwrap_or_else(|bad| panic!("{bad:?}"));
    assert_eq!(
        (content.records, content.workspace.as_str(), content.edited),
        (ledger().records, "home", false)
    );
}

#[test]
fn other_kinds_are_kept_as_they_are() {
    let mut raw = context(&ledger());
    let strange = json!({ "at": ["moon", "x"], "kind": "moon", "id": "1", "phase": 3 });
    raw["objects"].as_array_mut().unwrap().push(strange.clone());
    let content = read(&raw).unwrap_or_else(|bad| panic!("{bad:?}"));
    assert_eq!(content.kept, std::slice::from_ref(&strange));
    let again = context(&Ledger {
        kept: content.kept,
        ..ledger()
    });
    assert!(again["objects"].as_array().unwrap().contains(&strange));
}

#[test]
fn a_ledger_that_was_edited_is_noticed() {
    let mut raw = context(&ledger());
    raw["objects"][0]["origin"] = "created".into();
    assert!(read(&raw).unwrap_or_else(|bad| panic!("{bad:?}")).edited);
}

#[test]
fn what_is_none_is_refused() {
    assert_eq!(
        bad(|raw| raw["akrec"]["format"] = 2.into()),
        Bad::Newer(env!("CARGO_PKG_VERSION").into())
    );
    let broken = |change: fn(&mut Json)| match bad(change) {
        Bad::Broken(what) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(broken(|raw| *raw = json!({})), "it has no key `akrec`");
    assert_eq!(
        broken(|raw| raw["akrec"]["format"] = "x".into()),
        "its `format` is not a number that akrec knows"
    );
    assert_eq!(
        broken(|raw| raw["objects"] = 3.into()),
        "it has no list `objects`"
    );
    assert_eq!(
        broken(|raw| raw["objects"][1]["at"] = json!({})),
        "its object number 2 has an invalid address `at`"
    );
    assert_eq!(
        broken(|raw| raw["objects"][1]["origin"] = "found".into()),
        "its object number 2 has an `origin` other than created and adopted"
    );
    let twice = |raw: &mut Json| {
        let first = raw["objects"][0].clone();
        raw["objects"].as_array_mut().unwrap().push(first);
    };
    assert_eq!(broken(twice), "its object number 4 appears twice");
}
