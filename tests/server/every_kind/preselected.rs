//! What akrec creates from the fewest fields is what the admin form of authentik makes: the values are shown, sent once, and
//! not managed after that.

use akrec::diag::Code;
use akrec::kinds::{self, KINDS};
use akrec::plan::Write;
use akrec::schema::{Field, Kind, Preselected, RELEASES, Release, V2026_5};
use serde_json::{Value, json};

use super::facts::Facts;
use super::sample::{self, Sample};
use super::{converge, each_release};
use crate::support::releases::newest;
use crate::support::{Bench, State};

const FLOWS: &str = "authorization_flow: default-provider-authorization-implicit-consent, \
                     invalidation_flow: default-provider-invalidation-flow";

/// The objects of a collection, by the server's own answers.
fn all(sandbox: &akrec::sandbox::Sandbox, path: &str) -> Vec<Value> {
    let (status, list) = sandbox.poke("GET", &format!("{path}?page_size=100"), Value::Null);
    assert_eq!(status, 200, "{path}");
    list["results"].as_array().unwrap().clone()
}

/// The names of the mappings in a field.
fn mappings(sandbox: &akrec::sandbox::Sandbox, object: &Value, field: &str) -> Vec<String> {
    let all = all(sandbox, "/propertymappings/all/");
    let ids = object[field]
        .as_array()
        .unwrap_or_else(|| panic!("{field}: {object}"));
    let name = |id: &Value| {
        all.iter().find(|one| one["pk"] == *id).unwrap()["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    ids.iter().map(name).collect()
}

/// The fields of a kind that a release preselects something in.
fn chosen(kind: &'static Kind, release: Release) -> Vec<&'static Field> {
    kind.fields
        .iter()
        .filter(|field| field.is_in(release) && field.preselected.is_some())
        .collect()
}

/// Every kind that has such fields is made with them, on every release: shown, sent, kept, and then left unchanged.
#[test]
fn every_preselected_value_is_shown_sent_and_then_nobodys() {
    each_release(|runtime, release| {
        runtime.block_on(async {
            let facts = Facts::of(release);
            let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
            converge(
                &bench,
                &format!("{release}: the others"),
                &super::state(&facts, 1),
            )
            .await;
            let kinds = KINDS
                .iter()
                .copied()
                .filter(|kind| kind.is_in(release) && !chosen(kind, release).is_empty());
            let mut seen = 0;
            for kind in kinds {
                let mut object = Sample {
                    facts: &facts,
                    kind,
                    way: 1,
                    all: false,
                }
                .object();
                let fields = chosen(kind, release);
                for field in &fields {
                    object.as_object_mut().unwrap().remove(field.yaml_key);
                }
                // What only one object may have is another object's already.
                for name in kind.unique_together.iter().copied().flatten() {
                    if let Some(Value::String(text)) = object.get_mut(*name) {
                        text.push_str("-7");
                    }
                }
                // The type of an outpost says which providers it takes.
                if kind.name == "outpost" {
                    object["providers"] = json!(["every-provider-proxy-1"]);
                }
                if kind.name == "source_ldap" {
                    object["sync_users_password"] = json!(false);
                }
                // What was made before is nobody's, or a state without it would delete it.
                super::disown(&sandbox);
                let key = sample::key(kind, 7);
                let text = json!({ (kind.section): { (&key): object } }).to_string();
                let planned = bench.plan(&State::of(&text)).await;
                let steps = &planned
                    .plan
                    .as_ref()
                    .unwrap_or_else(|| panic!("{}: {}", kind.name, planned.reported()))
                    .steps;
                let step = steps
                    .iter()
                    .find(|step| step.address.name() == Some(&key))
                    .unwrap();
                let Write::Create { body, .. } = &step.write else {
                    panic!("{:?}", step.write)
                };
                for field in &fields {
                    assert!(
                        body.contains_key(field.name),
                        "{release}: {}: {} is not sent",
                        kind.name,
                        field.name
                    );
                    assert!(
                        step.preselected.contains(field.name),
                        "{release}: {}: {}",
                        kind.name,
                        field.name
                    );
                    let line = format!("{} (as the admin form sets it)", field.name);
                    assert!(
                        planned.text().contains(&line),
                        "{release}: {}: {}",
                        kind.name,
                        planned.text()
                    );
                    seen += 1;
                }
                assert!(
                    bench.apply(&planned, 1).await.is_complete(),
                    "{release}: {}",
                    kind.name
                );
                let again = bench.plan(&State::of(&text)).await;
                assert!(
                    again.plan().is_empty(),
                    "{release}: {}: {}",
                    kind.name,
                    again.text()
                );
                // Somebody changes it by hand: it is not managed.
                let there = all(&sandbox, kind.path);
                let named = |object: &&Value| object[kind.key_fields().next().unwrap()] == *key;
                let made = there.iter().find(named).unwrap();
                let id = made[kind.id]
                    .as_str()
                    .map_or_else(|| made[kind.id].to_string(), str::to_owned);
                for field in &fields {
                    if let Some(Preselected::Managed(..)) = field.preselected {
                        assert_ne!(
                            made[field.name],
                            json!([]),
                            "{release}: {}: {}",
                            kind.name,
                            field.name
                        );
                        let companions = json!({ (field.name): [], "provider_type": "github" });
                        let path = format!("{}{id}/", kind.path);
                        let (status, answer) = sandbox.poke("PATCH", &path, companions);
                        assert_eq!(status, 200, "{release}: {}: {answer}", kind.name);
                    }
                }
                let again = bench.plan(&State::of(&text)).await;
                assert!(
                    again.plan().is_empty(),
                    "{release}: {}: {}",
                    kind.name,
                    again.text()
                );
            }
            assert!(seen > 15, "{release}: only {seen}");
        });
    });
}

#[test]
fn an_oauth2_provider_signs_in_what_nobody_said_more_of() {
    each_release(|runtime, release| {
        runtime.block_on(async {
            let (sandbox, bench) = Bench::sandbox(&release.to_string()).await;
            let state =
                format!("providers: {{web: {{type: oauth2, {FLOWS}, redirect_uris: [https://w.example.org/cb]}}}}");
            let planned = bench.plan(&State::of(&state)).await;
            assert!(bench.apply(&planned, 1).await.is_complete());
            let made = &all(&sandbox, "/providers/oauth2/")[0];
            let grants = made["grant_types"].as_array().map_or(0, Vec::len);
            assert_eq!(
                grants,
                if release < V2026_5 { 0 } else { 7 + usize::from(release > V2026_5) },
                "{release}: {made}"
            );
            let scopes = ["email", "openid", "profile"]
                .map(|scope| format!("authentik default OAuth Mapping: OpenID '{scope}'"));
            let mut found = mappings(&sandbox, made, "property_mappings");
            found.sort();
            assert_eq!(found, scopes, "{release}");
            // What is declared is sent as it stands, and live values are left unchanged.
            let bare = format!("providers: {{bare: {{type: oauth2, {FLOWS}, property_mappings: []}}}}");
            let planned = bench.plan(&State::of(&bare)).await;
            assert!(bench.apply(&planned, 1).await.is_complete());
            let made = all(&sandbox, "/providers/oauth2/").into_iter().find(|one| one["name"] == "bare").unwrap();
            assert_eq!(made["property_mappings"], json!([]), "{release}");
            assert!(bench.plan(&State::of("providers: {bare: {type: oauth2}}")).await.plan().is_empty());
        });
    });
}

/// An existing object is adopted as it is.
#[tokio::test]
async fn what_is_adopted_gets_nothing() {
    let (sandbox, bench) = Bench::sandbox(newest()).await;
    let (_, flows) = sandbox.poke("GET", "/flows/instances/", Value::Null);
    let flow = &flows["results"][0]["pk"];
    let body = json!({ "name": "web", "authorization_flow": flow, "invalidation_flow": flow, "redirect_uris": [] });
    assert_eq!(sandbox.poke("POST", "/providers/oauth2/", body).0, 201);
    sandbox.clear_journal();
    let planned = bench
        .plan(&State::of("providers: {web: {type: oauth2}}"))
        .await;
    assert!(
        bench.apply(&planned, 1).await.is_complete(),
        "{}",
        planned.text()
    );
    let made = &all(&sandbox, "/providers/oauth2/")[0];
    assert_eq!(
        (&made["grant_types"], &made["property_mappings"]),
        (&json!([]), &json!([]))
    );
    let read = sandbox.journal();
    assert!(
        !read
            .iter()
            .any(|entry| entry.path.starts_with("/propertymappings/")),
        "no mapping has to be read: {read:?}"
    );
}

/// Mappings that somebody deleted are no reason to stop.
#[tokio::test]
async fn mappings_that_are_gone_are_reported() {
    let (sandbox, bench) = Bench::sandbox(newest()).await;
    for mapping in all(&sandbox, "/propertymappings/provider/scope/") {
        let path = format!(
            "/propertymappings/provider/scope/{}/",
            mapping["pk"].as_str().unwrap()
        );
        assert_eq!(sandbox.poke("DELETE", &path, Value::Null).0, 204);
    }
    let state = State::of(&format!("providers: {{web: {{type: oauth2, {FLOWS}}}}}"));
    let planned = bench.plan(&state).await;
    let printed = planned.reported();
    assert!(
        printed.contains("warning[AKR0510]")
            && printed.contains("property_mappings: []")
            && printed.contains(":1:"),
        "{printed}"
    );
    assert!(
        planned
            .diagnostics
            .iter()
            .any(|printed| printed.code == Code::NOT_PRESELECTED && !printed.is_error())
    );
    assert!(bench.apply(&planned, 1).await.is_complete());
    assert!(bench.plan(&state).await.plan().is_empty());
    // A part of them is taken.
    let one = json!({ "name": "own", "scope_name": "x", "expression": "return {}",
        "managed": "goauthentik.io/providers/oauth2/scope-openid" });
    assert_eq!(
        sandbox
            .poke("POST", "/propertymappings/provider/scope/", one)
            .0,
        201
    );
    let planned = bench
        .plan(&State::of(&format!(
            "providers: {{other: {{type: oauth2, {FLOWS}}}}}"
        )))
        .await;
    assert!(
        !planned.reported().contains("AKR0510"),
        "{}",
        planned.reported()
    );
}

/// Defaults of signature flags do not count on creation: they are sent along.
#[test]
fn a_key_brings_its_flag() {
    each_release(|runtime, release| {
        runtime.block_on(async {
            let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
            let key = "authentik Self-signed Certificate";
            let wsfed = match kinds::kind("provider_wsfed").unwrap().is_in(release) {
                true => format!(
                    "\n  fed: {{type: wsfed, reply_url: 'https://f.example.org', wtrealm: x, signing_kp: {key}, {FLOWS}}}"
                ),
                false => String::new(),
            };
            let state = format!(
                "providers:\n  hr: {{type: saml, acs_url: 'https://hr.example.org/acs', signing_kp: {key}, {FLOWS}}}{wsfed}\n\
                 sources:\n  partner: {{type: saml, name: P, sso_url: 'https://i.example.org', verification_kp: {key}, \
                 pre_authentication_flow: default-source-pre-authentication}}\n"
            );
            let planned = bench.plan(&State::of(&state)).await;
            assert!(planned.plan.is_some(), "{release}: {}", planned.reported());
            assert!(bench.apply(&planned, 1).await.is_complete(), "{release}");
            assert!(bench.plan(&State::of(&state)).await.plan().is_empty(), "{release}");
            assert_eq!(all(&sandbox, "/providers/saml/")[0]["sign_assertion"], true);
            assert_eq!(all(&sandbox, "/sources/saml/")[0]["signed_assertion"], true);
            // Neither flag is a mistake of the files.
            let off = State::of(&format!(
                "providers: {{x: {{type: saml, acs_url: 'https://x', signing_kp: {key}, sign_assertion: false, {FLOWS}}}}}"
            ));
            let found = bench.plan(&off).await.reported();
            assert!(found.contains("error[AKR0142]") && found.contains("sign_assertion: true or sign_response: true"), "{found}");
        });
    });
}

/// A mail stage that says which server it uses does not use the one of authentik's configuration.
#[tokio::test]
async fn a_stage_with_a_mail_server_of_its_own_keeps_it() {
    let (sandbox, bench) = Bench::sandbox(newest()).await;
    let state =
        State::of("stages: {own: {type: email, host: mail.example.org}, shared: {type: email}}");
    let planned = bench.plan(&state).await;
    assert!(bench.apply(&planned, 1).await.is_complete());
    let stages = all(&sandbox, "/stages/email/");
    let uses = |name: &str| &stages.iter().find(|stage| stage["name"] == name).unwrap()["use_global_settings"];
    assert_eq!((uses("own"), uses("shared")), (&json!(false), &json!(true)));
}

/// An export says what the form would set otherwise, so that what is rebuilt is the same.
#[test]
fn an_export_says_what_is_preselected() {
    for kind in KINDS.iter() {
        for field in kind
            .fields
            .iter()
            .filter(|field| field.preselected.is_some())
        {
            assert!(
                field.class == akrec::schema::Class::Plain,
                "{}: {}: it could not be exported",
                kind.name,
                field.name
            );
        }
    }
    assert!(RELEASES.len() > 1);
}
