//! Every kind against the server at `AKREC_TEST_URL`: created with every field set, changed in every field, removed; after
//! each of them a second plan is empty. What comes out is printed as the table that stands in `docs/servers.md`.
//!
//! Left out is what needs a license or somebody outside. Everything made has a prefix of its own and is removed.

use std::collections::BTreeMap;

use akrec::diag::Diagnostic;
use akrec::kinds::{self, KINDS};
use akrec::plan::{Limit, Status};
use akrec::schema::Kind;
use serde_json::{Value, json};

use super::facts::Facts;
use super::{absent, errors, sample, state};
use crate::support::described::Described;
use crate::support::{Bench, Planned, State};

/// Kinds that a server alone on its machine refuses, with what it says.
const OUTSIDE: &[(&str, &str)] = &[("license", "wants the signature of authentik's maker")];

/// Values that a real server takes where the sandbox takes more: by kind and word, as JSON.
const INSTEAD: &[(&str, &str, [&str; 2])] = &[
    // All other types are asked for their settings on the net.
    (
        "source_oauth",
        "provider_type",
        [r#""openidconnect""#, r#""openidconnect""#],
    ),
    // The server asks its worker for the files that there are, and waits.
    ("blueprint", "path", [r#""""#, r#""""#]),
    // Needs a license, although its kind does not.
    ("provider_radius", "certificate", ["null", "null"]),
    ("provider_scim", "auth_mode", [r#""token""#, r#""token""#]),
];

/// The findings about a kind: what was wrong, by stage.
#[derive(Default)]
struct Findings(BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>>);

impl Findings {
    fn add(&mut self, kind: &'static Kind, stage: &'static str, text: String) {
        self.0
            .entry(kind.name)
            .or_default()
            .entry(stage)
            .or_default()
            .push(text);
    }
}

/// A certificate with its key, as the server checks them.
pub fn pair() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["akrec.example.org".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// Makes a state one for a real server: without what cannot be, with what is checked, and under a prefix.
///
/// Fields that the server's own schema does not describe are left out.
pub fn adapted(
    mut state: Value,
    way: usize,
    pairs: &[(String, String); 2],
    prefix: &str,
    described: Option<&Described>,
) -> Value {
    let has = |kind: &Kind| described.is_none_or(|it| it.has(kind));
    let lacking = |kind: &'static Kind| {
        let fields = kind.fields.iter();
        fields.filter(move |field| described.is_some_and(|it| !it.has_field(kind, field)))
    };
    for kind in KINDS.iter().filter(|kind| kind.is_singleton()) {
        if let Some(object) = state.get_mut(kind.section).and_then(Value::as_object_mut) {
            lacking(kind).for_each(|field| drop(object.remove(field.yaml_key)));
        }
    }
    for kind in KINDS
        .iter()
        .filter(|kind| !kind.section.is_empty() && !kind.is_singleton())
    {
        let left_out =
            kind.enterprise || !has(kind) || OUTSIDE.iter().any(|(name, _)| *name == kind.name);
        for number in [1, 2, 3] {
            let key = sample::key(kind, number);
            let Some(section) = state.get_mut(kind.section).and_then(Value::as_object_mut) else {
                continue;
            };
            if left_out {
                section.remove(&key);
                continue;
            }
            let Some(object) = section.get_mut(&key).and_then(Value::as_object_mut) else {
                continue;
            };
            let children = kind.children.iter();
            for child in children.filter(|child| kinds::kind(child.kind).is_some_and(|it| !has(it)))
            {
                object.remove(child.yaml_key);
            }
            lacking(kind).for_each(|field| drop(object.remove(field.yaml_key)));
            let way = if number == 3 { way } else { number };
            for (_, word, ways) in INSTEAD.iter().filter(|(name, ..)| *name == kind.name) {
                object
                    .entry(*word)
                    .and_modify(|value| *value = serde_json::from_str(ways[way - 1]).unwrap());
            }
            if kind.name == "source_oauth" {
                for word in ["authorization_url", "access_token_url", "profile_url"] {
                    object
                        .entry(word)
                        .or_insert_with(|| json!("https://id.example.org/"));
                }
            }
            if kind.name == "certificate" {
                for (word, text) in [
                    ("certificate_data", &pairs[way - 1].0),
                    ("key_data", &pairs[way - 1].1),
                ] {
                    object.entry(word).and_modify(|value| *value = json!(text));
                }
            }
        }
    }
    prefixed(&state, prefix)
}

fn prefixed(value: &Value, prefix: &str) -> Value {
    let text = |text: &str| match text.strip_prefix("every-") {
        Some(rest) => format!("{prefix}{rest}"),
        None => text.to_owned(),
    };
    match value {
        Value::String(one) => text(one).into(),
        Value::Array(items) => items.iter().map(|item| prefixed(item, prefix)).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (text(name), prefixed(value, prefix)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn reported(diagnostic: &Diagnostic) -> String {
    format!("{} {}", diagnostic.message, diagnostic.notes.join("; "))
}

/// Plans, applies and plans again, and notes what goes wrong under the kind that it concerns.
async fn stage(
    bench: &Bench,
    stages: [&'static str; 2],
    state: &Value,
    found: &mut Findings,
) -> Option<Planned> {
    let state = State::of(&state.to_string());
    let planned = bench.plan(&state).await;
    assert!(
        planned.plan.is_some(),
        "{}: no plan: {}",
        stages[0],
        errors(&planned)
    );
    let outcome = bench.apply(&planned, 2).await;
    for (step, status) in planned.plan().steps.iter().zip(&outcome.statuses) {
        match status {
            Status::Done => {}
            Status::Failed(why) | Status::Moved(why) => {
                found.add(
                    step.kind,
                    stages[0],
                    format!("{}: {}", step.address, reported(why)),
                );
            }
            other => found.add(step.kind, stages[0], format!("{}: {other:?}", step.address)),
        }
    }
    for (kind, all) in &found.0 {
        all.get(stages[0])
            .into_iter()
            .flatten()
            .for_each(|text| println!("{kind}, {}: {text}", stages[0]));
    }
    let again = bench.plan(&state).await;
    assert!(
        again.plan.is_some(),
        "{}: no plan: {}",
        stages[1],
        errors(&again)
    );
    for step in &again.plan().steps {
        let failed = found
            .0
            .get(step.kind.name)
            .is_some_and(|all| all.contains_key(stages[0]));
        if !failed {
            found.add(
                step.kind,
                stages[1],
                format!("{:?} {}: {:?}", step.action, step.address, step.changes),
            );
        }
    }
    Some(planned)
}

#[tokio::test]
async fn every_kind_on_a_real_server() {
    let (Ok(url), Ok(token)) = (
        std::env::var("AKREC_TEST_URL"),
        std::env::var("AKREC_TEST_TOKEN"),
    ) else {
        return;
    };
    let mut bench = Bench::connect(&url, &token).await;
    bench.options.flags.deletes = Some(Limit::Count(10_000));
    let release = bench.server.release;
    let facts = Facts::of(release);
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let prefix = format!("akrec-test-{seconds:x}-");
    let pairs = [pair(), pair()];
    let settings = bench.client.get("/admin/settings/", &[]).await.unwrap();
    let mut found = Findings::default();
    let described = Described::by(&bench).await;
    let [first, second] =
        [1, 2].map(|way| adapted(state(&facts, way), way, &pairs, &prefix, Some(&described)));
    stage(
        &bench,
        ["created", "plan after creation"],
        &first,
        &mut found,
    )
    .await;
    stage(
        &bench,
        ["changed", "plan after change"],
        &second,
        &mut found,
    )
    .await;
    let mut gone = absent(&facts);
    let missing = |kind: &&&Kind| !kind.section.is_empty() && !described.has(kind);
    for kind in KINDS.iter().filter(missing) {
        if let Some(names) = gone["absent"][kind.section].as_array_mut() {
            names.retain(|name| {
                ![1, 2, 3]
                    .iter()
                    .any(|n| *name == json!(sample::key(kind, *n)))
            });
        }
    }
    let gone = prefixed(&gone, &prefix);
    stage(&bench, ["removed", "plan after removal"], &gone, &mut found).await;
    bench
        .client
        .patch("/admin/settings/", &settings)
        .await
        .unwrap();

    println!("| kind | {} |\n|---|---|", bench.server.version);
    for kind in KINDS
        .iter()
        .filter(|kind| kind.is_in(release) && !kind.section.is_empty())
    {
        let result = match found.0.get(kind.name) {
            _ if !described.has(kind) => "not on this server".to_owned(),
            _ if kind.enterprise => "needs a license".to_owned(),
            Some(stages) => stages.keys().copied().collect::<Vec<_>>().join(", "),
            None => match OUTSIDE.iter().find(|(name, _)| *name == kind.name) {
                Some((_, why)) => (*why).to_owned(),
                None => "yes".to_owned(),
            },
        };
        println!("| `{}` | {result} |", kind.name);
    }
    let mut wrong = String::new();
    for (kind, stages) in &found.0 {
        for (stage, texts) in stages {
            texts
                .iter()
                .for_each(|text| wrong.push_str(&format!("\n{kind}, {stage}: {text}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
