//! Fields that the server wants together: it refuses one of them alone, akrec changes any of them alone.

use akrec::kinds::{self, KINDS};
use akrec::sandbox::Sandbox;
use akrec::schema::{Items, Kind, Release};
use serde_json::{Value, json};

use super::facts::Facts;
use super::sample::{self, Sample};
use super::{converge, disown, each_release, state};
use crate::support::Bench;

/// Bodies that the server's own rules refuse, by kind, with the status.
const REFUSED: &[(&str, &str, u16)] = &[
    ("policy_binding", r#"{"order": 7}"#, 405),
    (
        "flow_stage_binding",
        r#"{"re_evaluate_policies": false}"#,
        400,
    ),
    (
        "policy_event_matcher",
        r#"{"execution_logging": true}"#,
        405,
    ),
    ("policy_reputation", r#"{"threshold": 3}"#, 400),
    (
        "stage_identification",
        r#"{"pretend_user_exists": true}"#,
        400,
    ),
    (
        "stage_authenticator_validate",
        r#"{"not_configured_action": "configure"}"#,
        400,
    ),
    ("stage_redirect", r#"{"mode": "static"}"#, 400),
    ("stage_redirect", r#"{"mode": "flow"}"#, 400),
    (
        "provider_proxy",
        r#"{"access_token_validity": "hours=2"}"#,
        400,
    ),
    (
        "provider_proxy",
        r#"{"mode": "forward_single", "basic_auth_enabled": true}"#,
        400,
    ),
    ("provider_saml", r#"{"signing_kp": "<certificate>"}"#, 400),
    ("provider_wsfed", r#"{"signing_kp": "<certificate>"}"#, 400),
    (
        "source_saml",
        r#"{"verification_kp": "<certificate>"}"#,
        400,
    ),
    ("source_oauth", r#"{"provider_type": "openidconnect"}"#, 400),
    ("source_ldap", r#"{"sync_users": true}"#, 400),
    ("source_ldap", r#"{"sync_groups": true}"#, 400),
    ("notification_transport", r#"{"mode": "webhook"}"#, 400),
    ("blueprint", r#"{"context": {"a": 1}}"#, 400),
    ("lifecycle_rule", r#"{"object_id": "x"}"#, 405),
    (
        "service_connection_kubernetes",
        r#"{"kubeconfig": {}}"#,
        405,
    ),
    ("brand", r#"{"default": true}"#, 400),
];

/// Bodies that the server takes and that do harm: what is sent alone, and what the object then has besides.
const HARM: &[(&str, &str, &str)] = &[
    // Whoever asks becomes the owner, and any token one for the API.
    (
        "token",
        r#"{"description": "x"}"#,
        r#"{"user": "<caller>", "intent": "api"}"#,
    ),
    // Without the type, providers of another protocol are taken.
    (
        "outpost",
        r#"{"providers": ["<ldap>"]}"#,
        r#"{"type": "proxy", "providers": ["<ldap>"]}"#,
    ),
];

/// What each body of [`HARM`] does, in a world of its own; with the companions it is refused or does no harm.
#[test]
fn one_field_alone_does_harm_that_the_sandbox_knows() {
    each_release(|runtime, release| {
        runtime.block_on(async {
            let facts = Facts::of(release);
            let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
            converge(&bench, &format!("{release}: created"), &state(&facts, 1)).await;
            let ldap = last(&sandbox, kinds::kind("provider_ldap").unwrap())["pk"].to_string();
            let (_, me) = sandbox.poke("GET", "/core/users/me/", Value::Null);
            let caller = me["user"]["pk"].to_string();
            let fill = |text: &str| -> Value {
                let text = text
                    .replace(r#""<ldap>""#, &ldap)
                    .replace(r#""<caller>""#, &caller);
                serde_json::from_str(&text).unwrap()
            };
            for (name, body, after) in HARM {
                let kind = kinds::kind(name).unwrap();
                let object = last(&sandbox, kind);
                let id = object[kind.id].as_str().unwrap_or_default().to_owned();
                let id = if id.is_empty() {
                    object[kind.id].to_string()
                } else {
                    id
                };
                let (status, answer) =
                    sandbox.poke("PATCH", &format!("{}{id}/", kind.path), fill(body));
                assert_eq!(status, 200, "{release}: PATCH {name} {body}: {answer}");
                for (field, value) in fill(after).as_object().unwrap() {
                    assert_eq!(answer[field], *value, "{release}: {name} after {body}");
                    assert!(
                        field != "user" || object[field] != *value,
                        "{release}: it was the caller's before"
                    );
                }
            }
            // A redirect cannot carry a back-channel logout, and the server means to choose another method then. But it
            // compares the binding with a word that the field cannot have: both stay, alone and together.
            let saml = kinds::kind("provider_saml").unwrap();
            let path = format!("{}{}/", saml.path, last(&sandbox, saml)["pk"]);
            let alone = json!({ "logout_method": "backchannel" });
            for body in [
                alone,
                json!({ "logout_method": "backchannel", "sls_binding": "redirect" }),
            ] {
                let (status, answer) = sandbox.poke("PATCH", &path, body);
                assert_eq!(status, 200, "{release}: {answer}");
                assert_eq!(
                    (&answer["logout_method"], &answer["sls_binding"]),
                    (&json!("backchannel"), &json!("redirect")),
                    "{release}"
                );
            }
            // With its type, the outpost refuses them; and an event matcher wants its four also on creation.
            let outpost = kinds::kind("outpost").unwrap();
            let id = last(&sandbox, outpost)["pk"].as_str().unwrap().to_owned();
            let both = fill(r#"{"type": "proxy", "providers": ["<ldap>"]}"#);
            assert_eq!(
                sandbox
                    .poke("PATCH", &format!("/outposts/instances/{id}/"), both)
                    .0,
                400,
                "{release}"
            );
            let none = json!({ "type": "proxy", "providers": [] });
            assert_eq!(
                sandbox
                    .poke("PATCH", &format!("/outposts/instances/{id}/"), none)
                    .0,
                400,
                "{release}"
            );
            let matcher = json!({ "name": "x", "app": "authentik.core" });
            assert_eq!(
                sandbox.poke("POST", "/policies/event_matcher/", matcher).0,
                405,
                "{release}"
            );
        });
    });
}

/// Fields that cannot be changed alone by anyone, since the two would contradict each other.
const COUPLED: &[(&str, &str)] = &[
    ("lifecycle_rule", "content_type"),
    ("lifecycle_rule", "object_id"),
    ("outpost", "type"),
    ("outpost", "providers"),
    ("policy_reputation", "check_ip"),
    ("source_saml", "signed_response"),
    ("flow_stage_binding", "evaluate_on_plan"),
    ("provider_saml", "sign_response"),
    ("provider_wsfed", "sign_assertion"),
];

/// The last object of a kind, as the sandbox keeps it.
fn last(sandbox: &Sandbox, kind: &Kind) -> Value {
    sandbox.world_json()[kind.path]
        .as_array()
        .and_then(|all| all.last().cloned())
        .unwrap_or_default()
}

/// Objects that differ from the first way in one field only, with the field.
fn variants(facts: &Facts, kind: &'static Kind, first: &Value) -> Vec<(String, Value)> {
    let second = Sample {
        facts,
        kind,
        way: 2,
        all: true,
    }
    .object();
    let mut found = Vec::new();
    let fields = kind
        .fields
        .iter()
        .filter(|field| field.is_in(facts.release) && sample::changes(kind, field));
    for field in fields.filter(|field| {
        !kind.sent_together.is_empty() && !COUPLED.contains(&(kind.name, field.name))
    }) {
        let mut object = first.clone();
        object[field.yaml_key] = second[field.yaml_key].clone();
        found.push((format!("{} {}", kind.name, field.name), object));
    }
    for children in kind
        .children
        .iter()
        .filter(|_| ["application", "flow"].contains(&kind.name))
    {
        let child = kinds::kind(children.kind).unwrap();
        let known = |name: &str| child.fields.iter().any(|field| field.yaml_key == name);
        let skip = |name: &str| match children.items {
            Items::Subjects(subjects) => subjects.contains(&name),
            Items::Ordered(reference) | Items::Named(reference) | Items::Among(reference) => {
                name == reference
            }
            Items::One => false,
        };
        for name in first[children.yaml_key][0]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            if known(name) && !skip(name) && !COUPLED.contains(&(child.name, name)) {
                let mut object = first.clone();
                object[children.yaml_key][0][name] = second[children.yaml_key][0][name].clone();
                found.push((format!("{} {name}", child.name), object));
            }
        }
    }
    // A field whose two ways are one has nothing to show.
    found.retain(|(_, object)| object != first);
    found
}

async fn prove(release: Release) {
    let facts = Facts::of(release);
    let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
    converge(&bench, &format!("{release}: created"), &state(&facts, 1)).await;
    disown(&sandbox);

    let certificate = last(&sandbox, kinds::kind("certificate").unwrap())["pk"].to_string();
    for (name, body, status) in REFUSED {
        let kind = kinds::kind(name).unwrap();
        if !kind.is_in(release) {
            continue;
        }
        let object = last(&sandbox, kind);
        let id = object[kind.id]
            .as_str()
            .map_or_else(|| object[kind.id].to_string(), str::to_owned);
        let body: Value =
            serde_json::from_str(&body.replace(r#""<certificate>""#, &certificate)).unwrap();
        let (answered, answer) =
            sandbox.poke("PATCH", &format!("{}{id}/", kind.path), body.clone());
        assert_eq!(
            answered, *status,
            "{release}: PATCH {name} {body}: {answer}"
        );
    }

    let named =
        |kind: &&&Kind| kind.is_in(release) && !kind.section.is_empty() && !kind.is_singleton();
    for kind in KINDS.iter().filter(named) {
        let first = Sample {
            facts: &facts,
            kind,
            way: 1,
            all: true,
        }
        .object();
        let state = |object: &Value| json!({ (kind.section): { (sample::key(kind, 3)): object } });
        for (what, object) in variants(&facts, kind, &first) {
            let planned =
                converge(&bench, &format!("{release}: {what} alone"), &state(&object)).await;
            let changed = planned
                .plan()
                .steps
                .iter()
                .flat_map(|step| &step.changes)
                .count();
            assert_eq!(changed, 1, "{release}: {what} alone:\n{}", planned.text());
            converge(
                &bench,
                &format!("{release}: {what} alone, back"),
                &state(&first),
            )
            .await;
        }
    }
}

#[test]
fn one_field_alone_is_refused_by_the_server_and_changed_by_akrec() {
    each_release(|runtime, release| runtime.block_on(prove(release)));
}
