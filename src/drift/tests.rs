//! The three-way comparison, case by case, and what the audit log's answers mean.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::*;
use crate::desired::{self, Owned, Want, What};
use crate::diag::FileId;
use crate::kinds;
use crate::ledger::Origin;
use crate::live::Batch;
use crate::plan;
use crate::schema::V2026_2;

const PLACE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 1,
};

/// An application whose publisher is wanted so, was applied so, and is so on the server; `None` is no such object.
#[derive(Clone, Copy, Default)]
struct Case {
    want: Option<&'static str>,
    then: Option<&'static str>,
    have: Option<&'static str>,
}

fn wiki() -> Address {
    Address::named("application", "wiki")
}

fn group() -> Address {
    Address::named("group", "staff")
}

fn want(value: Value) -> Want {
    Want {
        what: What::Is(value),
        span: PLACE,
        sensitive: false,
    }
}

impl Case {
    fn desired(&self) -> Desired {
        let kind = kinds::kind("application").unwrap();
        let object = |publisher: &str| desired::Object {
            kind,
            address: wiki(),
            span: PLACE,
            fields: [
                ("slug", want(Value::text("wiki"))),
                ("name", want(Value::text("Wiki"))),
                ("meta_publisher", want(Value::text(publisher))),
            ]
            .into_iter()
            .collect(),
            refs: Vec::new(),
            previously: Vec::new(),
            ignore: BTreeSet::new(),
            protect: false,
            leaves: false,
            open: true,
            reasoned: false,
        };
        Desired {
            objects: self.want.map(object).into_iter().collect(),
            ..Desired::default()
        }
    }

    fn live(&self) -> Live {
        let raw = |publisher: &str| json!({ "pk": "u1", "slug": "wiki", "name": "Wiki", "meta_publisher": publisher });
        let objects = self.have.map(raw).into_iter().collect();
        let (live, diagnostics) = Live::build(
            V2026_2,
            &[Batch {
                kind: kinds::kind("application").unwrap(),
                objects,
            }],
        );
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        live
    }

    fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::empty("default");
        ledger.records.extend(
            self.then
                .map(|publisher| (wiki(), record("application", "u1", &[publisher]))),
        );
        ledger
    }

    fn drift(&self) -> Drift {
        compare(&self.desired(), &self.live(), &self.ledger())
    }

    /// The state, the sides of the fields, and whether it is drift.
    fn shown(&self) -> String {
        shown(&self.drift())
    }
}

fn record(kind: &str, id: &str, publisher: &[&str]) -> Record {
    let print = |text: &&str| {
        (
            "meta_publisher".to_owned(),
            format!("={}", fingerprint(&Value::text(text)).unwrap()),
        )
    };
    Record {
        kind: kinds::kind(kind).unwrap(),
        id: id.to_owned(),
        origin: Origin::Created,
        protect: false,
        partial: false,
        items: BTreeMap::new(),
        fields: publisher.iter().map(print).collect(),
        run: "run-1".to_owned(),
    }
}

fn compare(desired: &Desired, live: &Live, ledger: &Ledger) -> Drift {
    let allow = crate::diag::CODES
        .iter()
        .map(|(code, _)| *code)
        .filter(|code| code.is_overridable())
        .collect();
    let options = plan::Options {
        allow,
        ..plan::Options::default()
    };
    let (plan, reported) = plan::plan(desired, live, ledger, &options);
    drift(
        desired,
        live,
        ledger,
        &plan.unwrap_or_else(|| panic!("{reported:?}")),
    )
}

fn shown(drift: &Drift) -> String {
    let one = |object: &Object| {
        let sides: Vec<String> = object
            .fields
            .iter()
            .map(|field| format!(" {} {:?}", field.change.field, field.side))
            .collect();
        let mark = if object.is_drift() { "!" } else { "" };
        format!("{mark}{:?}{}", object.state, sides.concat())
    };
    drift.objects.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[test]
fn three_sides_are_distinguished() {
    let case = |want, then, have| Case { want, then, have }.shown();
    assert_eq!(case(Some("a"), Some("a"), Some("a")), "");
    assert_eq!(
        case(Some("a"), Some("a"), Some("b")),
        "!Changed meta_publisher Server"
    );
    assert_eq!(
        case(Some("b"), Some("a"), Some("a")),
        "Changed meta_publisher Files"
    );
    assert_eq!(
        case(Some("b"), Some("a"), Some("c")),
        "!Changed meta_publisher Both"
    );
    assert_eq!(
        case(Some("b"), Some("a"), Some("b")),
        "",
        "both became the same"
    );
    assert_eq!(
        case(Some("b"), Some(""), Some("")),
        "Changed meta_publisher Files",
        "nothing is nothing"
    );
    assert_eq!(case(Some("a"), Some("a"), None), "!Gone");
    assert_eq!(case(None, Some("a"), Some("b")), "Leaving");
    assert_eq!(case(None, Some("a"), None), "", "neither wants it");
}

#[test]
fn what_was_never_applied_is_no_drift_and_nothing_applied_is_unknown() {
    let other = (Address::named("group", "other"), record("group", "g1", &[]));
    let with = |case: Case| {
        let mut ledger = case.ledger();
        ledger.records.insert(other.0.clone(), other.1.clone());
        let drift = compare(&case.desired(), &case.live(), &ledger);
        shown(&drift)
            .replace("Leaving; ", "")
            .replace("; Leaving", "")
            .replace("Leaving", "")
    };
    assert_eq!(
        with(Case {
            want: Some("a"),
            then: None,
            have: Some("b")
        }),
        "NotApplied meta_publisher Unknown"
    );
    assert_eq!(
        with(Case {
            want: Some("a"),
            then: None,
            have: None
        }),
        "NotApplied"
    );
    let empty = Case {
        want: Some("a"),
        then: None,
        have: Some("b"),
    }
    .drift();
    assert_eq!(
        (shown(&empty).as_str(), &empty.since),
        ("!Unknown meta_publisher Unknown", &Since::Nothing)
    );
    let case = Case {
        want: Some("a"),
        then: None,
        have: None,
    };
    assert_eq!(case.shown(), "NotApplied");
    let unknown = compare(
        &case.desired(),
        &case.live(),
        &Ledger::unknown("default", "not allowed"),
    );
    assert_eq!(
        (shown(&unknown).as_str(), unknown.is_drift()),
        ("!Unknown", true)
    );
}

#[test]
fn another_one_of_the_name_and_another_name_are_seen() {
    let case = Case {
        want: Some("a"),
        then: Some("a"),
        have: Some("a"),
    };
    let mut ledger = case.ledger();
    ledger
        .records
        .insert(wiki(), record("application", "u0", &["a"]));
    assert_eq!(
        shown(&compare(&case.desired(), &case.live(), &ledger)),
        "!Remade"
    );
    let raw = json!({ "pk": "u1", "slug": "wiki-2", "name": "Wiki", "meta_publisher": "a" });
    let batch = Batch {
        kind: kinds::kind("application").unwrap(),
        objects: vec![raw],
    };
    let renamed = Live::build(V2026_2, &[batch]).0;
    let drift = compare(&case.desired(), &renamed, &case.ledger());
    assert_eq!(
        drift.objects[0].state,
        State::Renamed(Address::named("application", "wiki-2"))
    );
}

#[test]
fn what_an_exact_list_does_not_name_has_appeared() {
    let case = Case {
        want: Some("a"),
        then: Some("a"),
        have: Some("a"),
    };
    let mut desired = case.desired();
    let kind = kinds::kind("policy_binding").unwrap();
    desired.owned.push(Owned {
        kind,
        owner: wiki(),
        exact: true,
        exclude: Vec::new(),
        span: PLACE,
    });
    let application = json!({ "pk": "u1", "slug": "wiki", "name": "Wiki", "meta_publisher": "a" });
    let staff = json!({ "pk": "g1", "name": "staff" });
    let binding = json!({ "pk": "b1", "target": "u1", "group": "g1", "user": null, "policy": null, "order": 0, "enabled": true });
    let batch = |kind: &str, raw: &Json| Batch {
        kind: kinds::kind(kind).unwrap(),
        objects: vec![raw.clone()],
    };
    let batches = [
        batch("application", &application),
        batch("group", &staff),
        batch("policy_binding", &binding),
    ];
    let live = Live::build(V2026_2, &batches).0;
    let mut ledger = case.ledger();
    let drift = compare(&desired, &live, &ledger);
    assert_eq!(
        (shown(&drift).as_str(), drift.objects[0].id.as_deref()),
        ("!Appeared", Some("b1"))
    );
    let address = Address::joined("policy_binding", [Part::At(wiki()), Part::At(group())]);
    ledger
        .records
        .insert(address, record("policy_binding", "b1", &[]));
    assert_eq!(
        shown(&compare(&desired, &live, &ledger)),
        "Leaving",
        "it was taken out of the files"
    );
}

#[test]
fn unmanaged_is_what_nobody_knows() {
    let group = |name: &str| json!({ "pk": format!("g-{name}"), "name": name });
    let groups = ["staff", "hand-made", "authentik Admins"]
        .map(group)
        .to_vec();
    let kind = kinds::kind("group").unwrap();
    let live = Live::build(
        V2026_2,
        &[Batch {
            kind,
            objects: groups,
        }],
    )
    .0;
    let mut ledger = Ledger::empty("default");
    ledger
        .records
        .insert(self::group(), record("group", "g-staff", &[]));
    let found = unmanaged(&Desired::default(), &live, &ledger, &[kind]);
    let names: Vec<String> = found
        .objects
        .iter()
        .map(|(address, _)| address.path())
        .collect();
    assert_eq!(
        (names, found.managed, found.coverage()),
        (vec!["group.hand-made".to_owned()], 1, 50)
    );
}

/// An event, in the form that authentik gives it.
fn event(action: &str, user: &str, created: &str, agent: &str) -> Json {
    json!({
        "action": action, "user": { "pk": 7, "username": user }, "client_ip": "10.0.0.7", "created": created,
        "context": { "http_request": { "user_agent": agent, "method": "PATCH" }, "model": { "name": "x" } },
    })
}

#[test]
fn writers_since_the_last_apply_are_reported_newest_first() {
    let reported = |events: &[Json], applied: Option<&str>| {
        let answer = json!({ "results": events });
        match events::reported(
            &answer,
            Some("run-1"),
            applied.map(|at| at.parse().unwrap()),
        ) {
            Attribution::Writers(writers) => writers
                .iter()
                .map(|it| format!("{} {:?}", it.user, it.tool))
                .collect::<Vec<_>>()
                .join("; "),
            other => format!("{other:?}"),
        }
    };
    let by = |user: &str, minute: u32, agent: &str| {
        event(
            "model_updated",
            user,
            &format!("2026-11-22T10:{minute:02}:00Z"),
            agent,
        )
    };
    let ours = by("ci", 5, "akrec/0.1.0 (run=run-1; commit=abc)");
    let silent = by("ci", 5, "akrec/0.1.0");
    assert_eq!(
        reported(
            &[
                by("eve", 6, "Mozilla/5.0"),
                ours.clone(),
                by("bob", 4, "curl/8")
            ],
            None
        ),
        "eve Browser"
    );
    assert_eq!(
        reported(&[ours], None),
        "Nobody",
        "what the last apply did is no drift"
    );
    assert_eq!(
        reported(std::slice::from_ref(&silent), Some("2026-11-22T10:05:01Z")),
        "Nobody"
    );
    let later = r#"ci Akrec { version: "0.1.0", run: None, commit: None }"#;
    assert_eq!(
        reported(&[silent], Some("2026-11-22T10:04:00Z")),
        later,
        "akrec, but not the apply that the ledger knows"
    );
    let many: Vec<Json> = (0..5)
        .map(|i| by(&format!("u{i}"), 50 - i, "curl/8"))
        .collect();
    assert_eq!(reported(&many, None).matches("curl").count(), 3);
    assert_eq!(reported(&[], None), "Nobody");
    let odd = [
        json!({}),
        json!({ "action": "login" }),
        json!({ "action": "model_updated", "user": null }),
    ];
    assert_eq!(reported(&odd, None), "an unknown user Unsaid");
    assert!(matches!(
        events::reported(&json!("x"), None, None),
        Attribution::Unknown(_)
    ));
    let hostile = by("a\u{1b}[31m", 1, &"x".repeat(5000));
    assert!(!reported(&[hostile], None).contains('\u{1b}'));
}
