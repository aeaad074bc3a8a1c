//! Servers that do not give back what others do: every secret of every kind is taken out of the answers, on every release,
//! and plan, apply and a further plan stay as they are.

use std::collections::BTreeSet;

use akrec::kinds::KINDS;
use akrec::plan::{Action, Delta};
use akrec::sandbox::{Licence, Options};
use akrec::schema::{Class, Field, Kind, Release};
use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::{converge, each_release, failures, sample, state};
use crate::support::{Bench, State};

/// The secrets of a kind that no answer contains here.
fn secrets(kind: &'static Kind, release: Release) -> impl Iterator<Item = &'static Field> {
    let is_secret = move |field: &&Field| {
        field.is_in(release) && field.may_be_withheld() && field.digest.is_none()
    };
    kind.fields.iter().filter(is_secret)
}

/// Facts in which every secret is write-only.
fn stripped(release: Release) -> Value {
    let mut collections = Map::new();
    for kind in KINDS.iter().filter(|kind| kind.is_in(release)) {
        let fields: Map<String, Value> = secrets(kind, release)
            .map(|field| (field.name.to_owned(), json!({ "write_only": true })))
            .collect();
        if !fields.is_empty() {
            collections.insert(kind.path.to_owned(), json!({ "fields": fields }));
        }
    }
    json!({ "collections": collections })
}

/// What cannot be compared of the objects with every field, as a plan names it.
fn expected(facts: &Facts, declared: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for kind in KINDS
        .iter()
        .filter(|kind| kind.is_in(facts.release) && !kind.section.is_empty())
    {
        let key = sample::key(kind, 3);
        let object = &declared[kind.section][&key];
        // A key is known by its certificate.
        let alone = |field: &&Field| {
            field
                .sent_with
                .is_none_or(|other| object.get(other).is_none())
        };
        for field in secrets(kind, facts.release)
            .filter(alone)
            .filter(|field| object.get(field.yaml_key).is_some())
        {
            all.insert(format!("{}.{key}#{}", kind.family, field.yaml_key));
        }
    }
    all
}

fn named(uncompared: &[(akrec::value::Address, String)]) -> BTreeSet<String> {
    uncompared
        .iter()
        .map(|(address, word)| format!("{}#{word}", address.path()))
        .collect()
}

async fn prove(release: Release) {
    let facts = Facts::of(release);
    let mut options = Options::new(release.to_string());
    options.licence = Licence::Valid;
    options.more = Some(stripped(release));
    let (sandbox, mut bench) = Bench::sandbox_of(options).await;
    let first = state(&facts, 1);
    let created = converge(&bench, &format!("{release}: created"), &first).await;
    assert!(
        created.plan().uncompared.is_empty(),
        "{release}: what is created is sent"
    );
    let again = bench.plan(&State::of(&first.to_string())).await;
    assert!(again.plan().is_empty(), "{release}: {}", again.text());
    let wanted = expected(&facts, &first);
    assert!(
        wanted.len() > 15 && named(&again.plan().uncompared).is_superset(&wanted),
        "{release}: {wanted:?}"
    );
    let text = again.text();
    let line = text
        .lines()
        .filter(|line| line.starts_with("Not compared: "))
        .collect::<Vec<_>>();
    assert!(
        line.len() == 1 && line[0].contains(" more. To send one again: --write-secret '"),
        "{release}: {text}"
    );

    // Other values of all other fields are written, and none of the secrets.
    let second = state(&facts, 2);
    let changed = converge(&bench, &format!("{release}: changed"), &second).await;
    for step in changed
        .plan()
        .steps
        .iter()
        .filter(|step| step.action == Action::Update)
    {
        for field in secrets(step.kind, release) {
            let reported = step.changes.iter().any(|change| change.field == field.name);
            assert!(
                !reported || field.sent_with.is_some(),
                "{release}: {} writes {}",
                step.address,
                field.name
            );
        }
    }

    // Asked for, each is sent, and then the server has it.
    bench.options.write_secrets = bench
        .plan(&State::of(&second.to_string()))
        .await
        .plan()
        .uncompared
        .iter()
        .map(|(address, word)| (address.path(), word.clone()))
        .collect();
    let asked = bench.plan(&State::of(&second.to_string())).await;
    assert!(asked.plan().uncompared.is_empty(), "{release}");
    let written: BTreeSet<String> = asked
        .plan()
        .steps
        .iter()
        .flat_map(|step| step.changes.iter().map(move |change| (step, change)))
        .filter(|(_, change)| matches!(change.delta, Delta::Written))
        .map(|(step, change)| {
            format!(
                "{}#{}",
                step.address.path(),
                step.kind.field(change.field).unwrap().yaml_key
            )
        })
        .collect();
    assert!(
        written.is_superset(&expected(&facts, &second)),
        "{release}: {written:?}"
    );
    let shown = format!("{:?}", asked.plan);
    for kind in KINDS
        .iter()
        .filter(|kind| kind.is_in(release) && !kind.section.is_empty())
    {
        for field in secrets(kind, release).filter(|field| field.class != Class::Plain) {
            let value = second[kind.section][&sample::key(kind, 3)][field.yaml_key]
                .as_str()
                .unwrap_or("none");
            // An address that other fields have as well may be seen there.
            let elsewhere = second.to_string().matches(value).count() > 1;
            assert!(
                value.len() < 8 || elsewhere || !shown.contains(value),
                "{release}: {}: {} shows",
                kind.name,
                field.name
            );
        }
    }
    let outcome = bench.apply(&asked, 1).await;
    assert!(
        outcome.is_complete(),
        "{release}: {}",
        failures(&asked, &outcome)
    );
    let world = sandbox.world_json();
    for (section, field, path) in [
        ("providers", "token", "/providers/scim/"),
        ("stages", "auth", "/stages/authenticator/sms/"),
    ] {
        let kind = KINDS.iter().find(|kind| kind.path == path).unwrap();
        let key = sample::key(kind, 3);
        let objects = world[path].as_array().unwrap().iter();
        let has: Vec<&Value> = objects
            .filter(|object| object["name"] == *key)
            .map(|object| &object[field])
            .collect();
        assert_eq!(has, [&second[section][&key][field]], "{release}: {path}");
    }
}

#[test]
fn what_no_answer_contains_changes_nothing() {
    each_release(|runtime, release| runtime.block_on(prove(release)));
}

/// The same for what newer patch releases really no longer give back: the seven fields and no others.
#[test]
fn the_newest_patch_release_converges() {
    each_release(|runtime, release| {
        runtime.block_on(async {
            let facts = Facts::of(release);
            let (sandbox, bench) = Bench::licensed(&release.patch(u16::MAX).to_string()).await;
            let state = state(&facts, 1);
            let _ = converge(&bench, &sandbox.release(), &state).await;
            let again = bench.plan(&State::of(&state.to_string())).await;
            let version = akrec::schema::Version::parse(&sandbox.release()).unwrap();
            let withheld = |field: &&Field| {
                let from = field
                    .withheld_since
                    .iter()
                    .find(|from| from.release == release);
                field.class == Class::WriteOnly || from.is_some_and(|from| version >= *from)
            };
            let gone = KINDS
                .iter()
                .filter(|kind| kind.is_in(release))
                .flat_map(|kind| {
                    let key = sample::key(kind, 3);
                    let fields = secrets(kind, release).filter(withheld);
                    fields.map(move |field| format!("{}.{key}#{}", kind.family, field.yaml_key))
                });
            let wanted: BTreeSet<String> = gone
                .filter(|name| expected(&facts, &state).contains(name))
                .collect();
            let report = named(&again.plan().uncompared);
            let report: BTreeSet<String> = report
                .into_iter()
                .filter(|name| name.contains("-3#"))
                .collect();
            assert_eq!(report, wanted, "{version}");
        });
    });
}
