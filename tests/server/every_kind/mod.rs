//! Every kind of the table, with every field set, on the sandbox of every release: created, read back, changed in every
//! field, read back again, removed. Values are made up from the table and the sandbox's facts.

mod asked;
mod bad_input;
mod companions;
mod cut;
mod deletions;
mod exported;
mod facts;
mod least;
mod limits;
mod newer;
mod ownership;
mod preselected;
mod real;
mod renamed;
mod rich;
mod sample;
mod upgraded;
mod withheld;
mod writes;

use std::collections::BTreeSet;

use akrec::diag::Code;
use akrec::kinds::KINDS;
use akrec::plan::{Action, Status};
use akrec::sandbox::Sandbox;
use akrec::schema::{Kind, RELEASES, Release};
use akrec::value::Address;
use facts::Facts;
use sample::Sample;
use serde_json::{Map, Value, json};

use crate::support::releases::newest;
use crate::support::{self, Bench, Planned, State};

/// The objects that all others refer to, and those with every field set in one of two ways.
pub fn state(facts: &Facts, way: usize) -> Value {
    let mut sections = Map::new();
    let mut put = |section: &str, key: String, object: Value| {
        let section = sections.entry(section).or_insert_with(|| json!({}));
        section.as_object_mut().unwrap().insert(key, object);
    };
    for kind in KINDS
        .iter()
        .filter(|kind| kind.is_in(facts.release) && !kind.section.is_empty())
    {
        if kind.is_singleton() {
            let object = Sample {
                facts,
                kind,
                way,
                all: true,
            }
            .object();
            object
                .as_object()
                .unwrap()
                .iter()
                .for_each(|(name, value)| put(kind.section, name.clone(), value.clone()));
            continue;
        }
        for number in [1, 2] {
            let sample = Sample {
                facts,
                kind,
                way: number,
                all: false,
            };
            put(kind.section, sample::key(kind, number), sample.object());
        }
        put(
            kind.section,
            sample::key(kind, 3),
            Sample {
                facts,
                kind,
                way,
                all: true,
            }
            .object(),
        );
    }
    sections.into()
}

/// The same objects, to be removed.
fn absent(facts: &Facts) -> Value {
    let mut sections = Map::new();
    let named = |kind: &&&Kind| {
        kind.is_in(facts.release) && !kind.section.is_empty() && !kind.is_singleton()
    };
    for kind in KINDS.iter().filter(named) {
        let section = sections.entry(kind.section).or_insert_with(|| json!([]));
        section
            .as_array_mut()
            .unwrap()
            .extend([1, 2, 3].map(|number| sample::key(kind, number).into()));
    }
    json!({ "absent": sections })
}

/// Plans and applies a state, and plans again to nothing.
pub async fn converge(bench: &Bench, what: &str, state: &Value) -> Planned {
    let state = State::of(&state.to_string());
    let planned = bench.plan(&state).await;
    assert!(planned.plan.is_some(), "{what}: {}", errors(&planned));
    let outcome = bench.apply(&planned, 1).await;
    assert!(
        outcome.is_complete(),
        "{what}: {}",
        failures(&planned, &outcome)
    );
    let again = bench.plan(&state).await;
    assert!(again.plan.is_some(), "{what}, again: {}", errors(&again));
    assert!(
        again.plan().is_empty(),
        "{what}: a second plan is not empty:\n{}",
        again.text()
    );
    planned
}

/// Deletes the ledger, so that existing objects are unmanaged, and stay although a state does not declare them.
pub fn disown(sandbox: &Sandbox) {
    let world = sandbox.world_json();
    let blueprints = world["/managed/blueprints/"].as_array().unwrap();
    for own in blueprints
        .iter()
        .filter(|own| own["name"].as_str().is_some_and(akrec::ledger::is_akrecs))
    {
        let path = format!("/managed/blueprints/{}/", own["pk"].as_str().unwrap());
        assert_eq!(sandbox.poke("DELETE", &path, Value::Null).0, 204);
    }
}

fn errors(planned: &Planned) -> String {
    let errors = planned
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error());
    errors
        .map(|diagnostic| {
            format!(
                "\n  {} {}: {:?}",
                diagnostic.code, diagnostic.message, diagnostic.notes
            )
        })
        .collect()
}

fn failures(planned: &Planned, outcome: &akrec::plan::Outcome) -> String {
    let pairs = planned.plan().steps.iter().zip(&outcome.statuses);
    let bad = pairs.filter(|(_, status)| !matches!(status, akrec::plan::Status::Done));
    bad.map(|(step, status)| format!("\n  {:?} {}: {status:?}", step.action, step.address))
        .collect()
}

async fn prove(release: Release) {
    let facts = Facts::of(release);
    let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
    let before = sandbox.world_json();
    converge(&bench, &format!("{release}: created"), &state(&facts, 1)).await;
    let first = sandbox.world_json();
    sandbox.clear_journal();
    let changed = converge(&bench, &format!("{release}: changed"), &state(&facts, 2)).await;
    writes::changed(&facts, &first, &support::apart(&sandbox.journal()).0);
    for kind in KINDS
        .iter()
        .filter(|kind| kind.is_in(release) && !kind.section.is_empty())
    {
        let changes = kind
            .fields
            .iter()
            .filter(|field| field.is_in(release))
            .filter(|field| sample::changes(kind, field));
        let Some(field) = changes.into_iter().next() else {
            continue;
        };
        let key = sample::key(kind, 3);
        let steps = changed.plan().steps.iter();
        let only = kind.is_singleton().then(|| kind.singleton_address());
        let meant =
            |address: &Address| only.as_ref() == Some(address) || address.name() == Some(&key);
        let updated = steps.filter(|step| step.action == Action::Update && meant(&step.address));
        assert!(
            updated.count() > 0,
            "{release}: {} was not changed, not even in {}",
            kind.name,
            field.name
        );
    }
    let second = sandbox.world_json();
    sandbox.clear_journal();
    let removed = converge(&bench, &format!("{release}: removed"), &absent(&facts)).await;
    let steps = &removed.plan().steps;
    let (deleted, rest): (Vec<_>, Vec<_>) =
        steps.iter().partition(|step| step.action == Action::Delete);
    // An object that is the only one of its kind is forgotten.
    assert!(
        rest.iter()
            .all(|step| step.action == Action::Forget && step.kind.is_singleton()),
        "{release}: {rest:?}"
    );
    writes::removed(
        release,
        deleted.len(),
        &second,
        &support::apart(&sandbox.journal()).0,
    );
    let after = sandbox.world_json();
    assert_eq!(
        titles(&before),
        titles(&after),
        "{release}: something is left, or too much is gone"
    );
}

/// Runs a proof on every release side by side, or on the one that `AKREC_RELEASE` names.
pub fn each_release(prove: fn(tokio::runtime::Runtime, Release)) {
    let only = std::env::var("AKREC_RELEASE").ok();
    let wanted = RELEASES.iter().filter(|release| {
        only.as_ref()
            .is_none_or(|only| *only == release.to_string())
    });
    std::thread::scope(|scope| {
        for release in wanted {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            scope.spawn(move || prove(runtime, *release));
        }
    });
}

/// The existing objects, by collection and name. The roles that outposts' accounts have for themselves stay when these
/// go.
fn titles(world: &Value) -> BTreeSet<String> {
    let objects = world.as_object().unwrap().iter().flat_map(|(base, all)| {
        let all = all.as_array().into_iter().flatten();
        let stays = |name: &str| {
            akrec::ledger::is_akrecs(name) || name.starts_with("ak-managed-role--user-")
        };
        let all = all.filter(move |object| !object["name"].as_str().is_some_and(stays));
        all.map(move |object| {
            let name = ["identifier", "username", "name", "domain", "slug", "pk"]
                .iter()
                .find_map(|key| object.get(*key));
            format!("{base} {}", name.unwrap_or(&Value::Null))
        })
    });
    objects.collect()
}

#[test]
fn every_kind_converges_on_every_release() {
    each_release(|runtime, release| runtime.block_on(prove(release)));
}

/// Without a license exactly the steps of enterprise kinds are refused, and all that does not need them is done.
#[test]
fn without_a_licence_only_enterprise_kinds_are_refused() {
    each_release(|runtime, release| {
        runtime.block_on(async {
            let facts = Facts::of(release);
            let (_sandbox, bench) = Bench::sandbox(&release.to_string()).await;
            let mut state = state(&facts, 1);
            // The one field that needs a license although its kind does not; the server says so itself.
            let radius = sample::key(akrec::kinds::kind("provider_radius").unwrap(), 3);
            assert!(
                state["providers"][&radius]
                    .as_object_mut()
                    .unwrap()
                    .remove("certificate")
                    .is_some()
            );
            let planned = bench.plan(&State::of(&state.to_string())).await;
            let outcome = bench.apply(&planned, 1).await;
            let mut asked = BTreeSet::new();
            for (step, status) in planned.plan().steps.iter().zip(&outcome.statuses) {
                let refused =
                    matches!(status, Status::Failed(diagnostic) if diagnostic.code == Code::NO_LICENCE);
                let waits = matches!(status, Status::Blocked(_));
                assert!(
                    waits || refused == step.kind.enterprise,
                    "{release}: {}: {status:?}",
                    step.address
                );
                assert!(
                    refused || waits || matches!(status, Status::Done),
                    "{release}: {}: {status:?}",
                    step.address
                );
                asked.insert(step.kind.name);
            }
            let enterprise = KINDS
                .iter()
                .filter(|kind| kind.enterprise && kind.is_in(release));
            let left: Vec<&str> = enterprise
                .map(|kind| kind.name)
                .filter(|name| !asked.contains(name))
                .collect();
            assert_eq!(
                left,
                Vec::<&str>::new(),
                "{release}: enterprise kinds of which nothing was asked"
            );
        });
    });
}

/// Deleting an application cascades to its backchannel providers: one that must stay is an error before anything is
/// deleted.
#[test]
fn what_would_be_taken_along_is_refused_or_reported() {
    each_release(|runtime, release| {
        runtime.block_on(async {
            let (sandbox, bench) = Bench::sandbox(&release.to_string()).await;
            let push = "providers: {push: {type: scim, url: https://scim.example.org}}";
            let app = "applications: {wiki: {name: Wiki, backchannel_providers: [push]}}";
            let planned = bench.plan(&State::of(&format!("{push}\n{app}"))).await;
            assert!(bench.apply(&planned, 1).await.is_complete(), "{release}");
            let refused = bench
                .plan(&State::of(&format!(
                    "{push}\nabsent: {{applications: [wiki]}}"
                )))
                .await;
            let found = refused.reported();
            assert!(
                found.contains("error[AKR0603]") && found.contains("state.yaml:2:25"),
                "{release}: {found}"
            );
            // akrec made the provider too: once nothing declares it, it is meant to go as well.
            let left = bench
                .plan(&State::of("absent: {applications: [wiki]}"))
                .await;
            assert!(left.reported().is_empty(), "{release}: {}", left.reported());
            assert!(
                left.plan()
                    .steps
                    .iter()
                    .all(|step| step.action == Action::Delete),
                "{release}: {}",
                left.text()
            );
            assert_eq!(left.plan().steps.len(), 2, "{release}: {}", left.text());
            // If the server knows no ledger, nobody meant it to go.
            disown(&sandbox);
            let found = bench
                .plan(&State::of("absent: {applications: [wiki]}"))
                .await
                .reported();
            assert!(
                found.contains("error[AKR0603]") && found.contains("nothing in the files asks for"),
                "{release}: {found}"
            );
            let both = bench
                .plan(&State::of(
                    "absent: {applications: [wiki], providers: [push]}",
                ))
                .await;
            assert!(both.reported().is_empty(), "{release}: {}", both.reported());
            assert!(bench.apply(&both, 1).await.is_complete(), "{release}");
        });
    });
}

/// A kubeconfig is data and secret: out of a variable it is JSON as text, and no plan shows it.
#[test]
fn secret_data_is_compared_and_never_shown() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (sandbox, bench) = Bench::sandbox(newest()).await;
        let with = |value: &str| {
            let mut state = State::of("service_connections: {k8s: {type: kubernetes, kubeconfig: !env KUBECONFIG}}");
            state.env.insert("KUBECONFIG".into(), value.into());
            state
        };
        let place = r#""current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": "http://k8s.example.org"}}]"#;
        let users = |token: &str| format!(r#""users": [{{"name": "u", "user": {{"token": "{token}"}}}}]"#);
        for token in ["hunter2", "hunter3"] {
            let (config, again) =
                (format!("{{{place}, {}}}", users(token)), format!("{{ {},\n{place}}}", users(token)));
            let (config, again) = (config.as_str(), again.as_str());
            let planned = bench.plan(&with(config)).await;
            assert!(!planned.text().contains("hunter"), "{}", planned.text());
            assert!(!format!("{:?}", planned.plan).contains("hunter"));
            assert!(bench.apply(&planned, 1).await.is_complete());
            let kept = &sandbox.world_json()["/outposts/service_connections/kubernetes/"][0]["kubeconfig"];
            assert_eq!(*kept, serde_json::from_str::<Value>(config).unwrap());
            assert!(bench.plan(&with(again)).await.plan().is_empty());
        }
        for bad in ["hunter2", "[1]", ""] {
            let planned = bench.plan(&with(bad)).await;
            assert!(planned.plan.is_none(), "{bad:?} is no mapping");
            assert!(!planned.reported().contains("hunter"), "{}", planned.reported());
        }
    });
}
