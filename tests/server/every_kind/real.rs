//! Every kind against the server at `AKREC_TEST_URL`: created with every field set, changed in every field, removed; after
//! each of them a second plan is empty. What comes out is printed as the table that stands in `docs/servers.md`.
//!
//! Left out is what needs a license or somebody outside. Everything made has a prefix of its own and is removed.

use std::collections::BTreeMap;

use akrec::diag::Diagnostic;
use akrec::kinds::{self, KINDS};
use akrec::plan::{Limit, Status};
use akrec::sandbox::Options;
use akrec::schema::{Kind, RELEASES, Release};
use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::{absent, errors, failures, sample, state};
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

/// The least objects of the kinds that a server between two releases may refuse as its release has them.
const LEAST: &[(&str, &str)] = &[(
    "source_saml",
    r#"{"type": "saml", "name": "between two releases", "sso_url": "https://id.example.org/sso",
        "pre_authentication_flow": "default-source-pre-authentication"}"#,
)];

/// Creates the objects of a state for which the server demands a field that its release no longer has, as the release before
/// does: it is for an apply to change them then. Does nothing on any other server.
pub async fn created_before(bench: &mut Bench, state: &Value, described: &Described) {
    let release = bench.server.release;
    let mut sections = Map::new();
    let demanded = |kind: &&&Kind| described.still_demands(kind, release);
    for kind in KINDS.iter().filter(demanded) {
        let least = LEAST.iter().find(|(name, _)| *name == kind.name);
        let (_, least) = least.unwrap_or_else(|| panic!("say the least of {}", kind.name));
        let least: Value = serde_json::from_str(least).unwrap();
        let objects = state[kind.section].as_object().into_iter().flatten();
        let own = objects.filter(|(_, object)| object["type"] == least["type"]);
        for (key, _) in own {
            sections.entry(kind.section).or_insert_with(|| json!({}))[key] = least.clone();
        }
    }
    if sections.is_empty() {
        return;
    }
    let before = RELEASES.iter().rev().find(|it| **it < release).unwrap();
    bench.server.release = *before;
    let state = State::of(&Value::Object(sections).to_string());
    let planned = bench.plan(&state).await;
    assert!(planned.plan.is_some(), "{}", errors(&planned));
    let outcome = bench.apply(&planned, 1).await;
    assert!(outcome.is_complete(), "{}", failures(&planned, &outcome));
    bench.server.release = release;
}

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
/// Fields and words that the server's own schema does not describe are left out.
pub fn adapted(
    mut state: Value,
    release: Release,
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
            described.inspect(|it| it.narrow_words(kind, release, object));
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
            described.inspect(|it| it.narrow_words(kind, release, object));
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
    let [first, second] = [1, 2].map(|way| {
        adapted(
            state(&facts, way),
            release,
            way,
            &pairs,
            &prefix,
            Some(&described),
        )
    });
    created_before(&mut bench, &first, &described).await;
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

/// Words and properties that a schema has are taken out of it, wherever they stand.
fn without(schema: &mut Value, word: &str, property: &str) {
    match schema {
        Value::Array(items) => {
            items.retain(|item| item != word);
            items
                .iter_mut()
                .for_each(|item| without(item, word, property));
        }
        Value::Object(fields) => {
            fields.remove(property);
            fields
                .values_mut()
                .for_each(|field| without(field, word, property));
        }
        _ => {}
    }
}

/// A development server of July 2026 called itself 2026.8.0 and had neither all words nor all names of that release. A
/// sandbox plays it: every kind is created on it, with what it knows.
#[tokio::test]
async fn a_server_between_two_releases_takes_every_kind() {
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let mut options = Options::new("2026.8");
    options.more = Some(json!({"collections": {"/sources/saml/": {"fields": {
        "issuer": {"type": "string", "demanded": true}
    }}}}));
    let (sandbox, mut bench) = Bench::sandbox_of(options).await;
    let release = bench.server.release;
    let mut schema = bench.client.get("/schema/", &[]).await.unwrap();
    assert!(schema.to_string().contains(exchange));
    without(&mut schema, exchange, "issuer_override");
    let described = Described::of(&schema);
    let state = state(&Facts::of(release), 1);
    let state = adapted(
        state,
        release,
        1,
        &[pair(), pair()],
        "every-",
        Some(&described),
    );
    created_before(&mut bench, &state, &described).await;
    assert_eq!(bench.server.release, release);
    let state = State::of(&state.to_string());
    for _ in 0..2 {
        let planned = bench.plan(&state).await;
        assert!(planned.plan.is_some(), "{}", errors(&planned));
        let outcome = bench.apply(&planned, 2).await;
        assert!(outcome.is_complete(), "{}", failures(&planned, &outcome));
    }
    let planned = bench.plan(&state).await;
    assert!(planned.plan().is_empty(), "{}", planned.text());
    let all = |path: &str| {
        let (status, list) = sandbox.poke("GET", path, Value::Null);
        assert_eq!(status, 200, "{path}");
        list["results"].as_array().unwrap().clone()
    };
    let sources = all("/sources/saml/");
    assert_eq!(sources.len(), 3);
    assert!(sources.iter().all(|source| source["issuer"] == ""));
    // A proxy provider is listed among them, too, and has what the server gives it.
    let mut providers = all("/providers/oauth2/");
    providers.retain(|it| {
        it["name"]
            .as_str()
            .unwrap()
            .starts_with("every-provider-oauth2-")
    });
    assert_eq!(providers.len(), 3, "{providers:?}");
    for provider in providers {
        let types = provider["grant_types"].as_array().unwrap();
        assert!(
            !types.is_empty() && !types.contains(&json!(exchange)),
            "{provider}"
        );
    }
    // The cases are files: the words are said in their defaults, if there are any.
    let flows = "authorization_flow: default-provider-authorization-implicit-consent\n    \
                 invalidation_flow: default-provider-invalidation-flow\n";
    let files = [
        format!(
            "defaults:\n  providers.oauth2:\n    {flows}\nproviders:\n  said:\n    type: oauth2\n"
        ),
        format!("providers:\n  unsaid:\n    type: oauth2\n    {flows}"),
    ];
    for text in files {
        let (sandbox, bench) = Bench::sandbox("2026.8").await;
        let state = State::of(&text);
        std::fs::create_dir(state.dir.join("pictures")).unwrap();
        std::fs::write(state.dir.join("pictures/one.png"), [0xff, 0x00]).unwrap();
        let state = described.with_words(release, state);
        assert!(state.dir.join("pictures/one.png").is_file());
        let planned = bench.plan(&state).await;
        assert!(planned.plan.is_some(), "{}", errors(&planned));
        assert!(bench.apply(&planned, 1).await.is_complete());
        let (_, list) = sandbox.poke("GET", "/providers/oauth2/", Value::Null);
        let types = list["results"][0]["grant_types"].as_array().unwrap();
        assert_eq!(types.len(), 7, "{text}: {types:?}");
        assert!(!types.contains(&json!(exchange)), "{text}");
    }
    let braces = "defaults:\n  providers.oauth2: {client_type: public}\nproviders:\n  a:\n    type: oauth2\n";
    let said = described.text_with_words(release, braces);
    assert!(
        said.contains("  providers.oauth2: {grant_types: [\"authorization_code\","),
        "{said}"
    );
    assert!(said.contains("], client_type: public}"), "{said}");
    let other = State::of("groups:\n  staff: {}\n");
    let dir = other.dir.clone();
    assert_eq!(described.with_words(release, other).dir, dir);
}
