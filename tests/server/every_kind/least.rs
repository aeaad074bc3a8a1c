//! Every field can be set to the least that it takes: false, zero, nothing, empty; and is then as declared.

use akrec::kinds::{self, KINDS};
use akrec::sandbox::Sandbox;
use akrec::schema::{Class, Field, Items, Kind, Shape, V2026_2};
use serde_json::{Value, json};

use super::facts::Facts;
use super::sample::{self, Sample};
use super::{converge, disown, state};
use crate::support::releases::usual;
use crate::support::{Bench, State};

/// Fields whose least value the server's own rules refuse or overwrite, with the reason.
const OTHERWISE: &[(&str, &str, &str)] = &[
    (
        "outpost",
        "providers",
        "they are of the outpost's type, which differs between the two ways",
    ),
    (
        "provider_proxy",
        "property_mappings",
        "the server adds five of its own",
    ),
    (
        "provider_proxy",
        "internal_host",
        "wanted by the mode `proxy`",
    ),
    (
        "provider_proxy",
        "basic_auth_password_attribute",
        "wanted with `basic_auth_enabled`",
    ),
    (
        "provider_proxy",
        "basic_auth_user_attribute",
        "wanted with `basic_auth_enabled`",
    ),
    (
        "provider_saml",
        "sign_response",
        "something must be signed where there is a key",
    ),
    (
        "provider_wsfed",
        "sign_assertion",
        "something must be signed where there is a key",
    ),
    (
        "flow_stage_binding",
        "evaluate_on_plan",
        "a binding is evaluated at one time or the other",
    ),
    ("invitation", "expires", "an invitation always ends"),
    (
        "stage_redirect",
        "target_static",
        "wanted by the mode `static`",
    ),
    (
        "policy_reputation",
        "check_ip",
        "one of the two must be checked",
    ),
    (
        "stage_authenticator_validate",
        "device_classes",
        "the server takes no empty list",
    ),
    (
        "stage_password",
        "backends",
        "the server takes no empty list",
    ),
    ("stage_prompt", "fields", "the server takes no empty list"),
    (
        "source_saml",
        "signed_response",
        "something must be verified where there is a certificate",
    ),
];

/// What a field takes at least, in every way in which it can be said.
fn least(field: &Field) -> Vec<Value> {
    let mut all = Vec::new();
    if field.nullable {
        all.push(Value::Null);
    }
    match field.shape {
        Shape::Bool => all.push(json!(false)),
        Shape::Int(least, most) => all.push(json!(0.clamp(least, most))),
        Shape::Float => all.push(json!(0.0)),
        Shape::String if !field.not_blank => all.push(json!("")),
        Shape::Set(_) | Shape::List(_) => all.push(json!([])),
        Shape::Json { .. } => all.push(json!({})),
        _ => {}
    }
    all
}

/// A value of a field that is more than the least.
fn more(field: &Field, ways: [&Value; 2]) -> Value {
    match field.shape {
        Shape::Bool => json!(true),
        // Of what it is, another field says, which is as in the first way.
        _ if field.family_field.is_some() => ways[0].clone(),
        _ => ways[1].clone(),
    }
}

/// Whether a field is compared with what is said of it here.
fn is_swept(kind: &Kind, field: &Field) -> bool {
    sample::changes(kind, field) && field.class != Class::WriteOnly
}

/// What the server keeps in a field of the third object of a kind, as far as it keeps it in the object.
fn kept(sandbox: &Sandbox, kind: &Kind, name: &str) -> Option<Value> {
    let world = sandbox.world_json();
    let all = world[kind.path].as_array().cloned().unwrap_or_default();
    let named = Some(sample::key(kind, 3));
    let mut found = all
        .into_iter()
        .filter(|object| !kind.is_named() || kind.name_in(object) == named);
    found.next_back()?.get(name).cloned()
}

/// The state of one object.
fn only(kind: &Kind, object: &Value) -> Value {
    match kind.is_singleton() {
        true => json!({ (kind.section): object }),
        false => json!({ (kind.section): { (sample::key(kind, 3)): object } }),
    }
}

#[tokio::test]
async fn every_field_can_be_set_to_the_least_that_it_takes() {
    let facts = Facts::of(V2026_2);
    let (sandbox, bench) = Bench::licensed(usual()).await;
    converge(&bench, "created", &state(&facts, 1)).await;
    disown(&sandbox);
    let mut wrong: Vec<String> = Vec::new();
    let mut swept = 0;
    for kind in KINDS
        .iter()
        .copied()
        .filter(|kind| kind.is_in(V2026_2) && !kind.section.is_empty())
    {
        let ways = [1, 2].map(|way| {
            Sample {
                facts: &facts,
                kind,
                way,
                all: true,
            }
            .object()
        });
        let object = |name: &str, value: &Value| {
            let mut object = ways[0].clone();
            object[name] = value.clone();
            object
        };
        for field in kind
            .fields
            .iter()
            .filter(|field| field.is_in(V2026_2) && is_swept(kind, field))
        {
            let known = OTHERWISE
                .iter()
                .find(|(of, name, _)| (*of, *name) == (kind.name, field.name));
            let mut bad = Vec::new();
            for value in least(field) {
                swept += 1;
                let full = object(
                    field.yaml_key,
                    &more(field, [&ways[0][field.yaml_key], &ways[1][field.yaml_key]]),
                );
                let bare = object(field.yaml_key, &value);
                if let Err(why) = attempt(&bench, &only(kind, &full), &only(kind, &bare)).await {
                    bad.push(format!("{} {}: {value}: {why}", kind.name, field.name));
                } else if let Some(kept) =
                    kept(&sandbox, kind, field.name).filter(|kept| *kept != value)
                {
                    bad.push(format!(
                        "{} {}: {value}: the server keeps {kept}",
                        kind.name, field.name
                    ));
                }
            }
            match known {
                None => wrong.extend(bad),
                Some((_, _, reason)) if bad.is_empty() => {
                    wrong.push(format!(
                        "{} {} is listed as otherwise ({reason}), and is not",
                        kind.name, field.name
                    ));
                }
                Some(_) => {}
            }
        }
        // The parts of an object, each as a child of it.
        for children in kind
            .children
            .iter()
            .filter(|_| ["application", "flow"].contains(&kind.name))
        {
            let child = kinds::kind(children.kind).unwrap();
            let place = |object: &Value| match children.items {
                Items::Named(_) => {
                    format!(
                        "/{}/{}",
                        children.yaml_key,
                        object[children.yaml_key]
                            .as_object()
                            .unwrap()
                            .keys()
                            .next()
                            .unwrap()
                    )
                }
                _ => format!("/{}/0", children.yaml_key),
            };
            let at = place(&ways[0]);
            let keys: Vec<&str> = child.key_fields().collect();
            let fields = child
                .fields
                .iter()
                .filter(|field| field.is_in(V2026_2) && !keys.contains(&field.name));
            for field in fields {
                let known = OTHERWISE
                    .iter()
                    .any(|(of, name, _)| (*of, *name) == (child.name, field.name));
                for value in least(field).into_iter().filter(|_| !known) {
                    swept += 1;
                    let with = |value: &Value| {
                        let mut object = ways[0].clone();
                        object.pointer_mut(&at).unwrap()[field.yaml_key] = value.clone();
                        only(kind, &object)
                    };
                    let part = |way: usize| {
                        ways[way].pointer(&place(&ways[way])).unwrap()[field.yaml_key].clone()
                    };
                    let full = more(field, [&part(0), &part(1)]);
                    if let Err(why) = attempt(&bench, &with(&full), &with(&value)).await {
                        wrong.push(format!("{} {}: {value}: {why}", child.name, field.name));
                    }
                }
            }
        }
        converge(
            &bench,
            &format!("{} again", kind.name),
            &only(kind, &ways[0]),
        )
        .await;
    }
    assert!(swept > 400, "only {swept} values");
    assert!(
        wrong.is_empty(),
        "{} of {swept}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Goes from one state to another one and plans again to nothing; says what goes wrong.
async fn attempt(bench: &Bench, full: &Value, bare: &Value) -> Result<(), String> {
    for (what, state) in [("full", full), ("least", bare)] {
        let state = State::of(&state.to_string());
        let planned = bench.plan(&state).await;
        let reported = |planned: &super::Planned| {
            let errors = planned
                .diagnostics
                .iter()
                .filter(|reported| reported.is_error());
            errors
                .map(|reported| format!("{}: {}", reported.code, reported.message))
                .collect::<Vec<_>>()
                .join("; ")
        };
        if planned.plan.is_none() {
            return Err(format!("{what}: no plan: {}", reported(&planned)));
        }
        let outcome = bench.apply(&planned, 1).await;
        if !outcome.is_complete() {
            return Err(format!("{what}: {}", super::failures(&planned, &outcome)));
        }
        // That what is full comes to rest is proved elsewhere.
        if what == "full" {
            continue;
        }
        let again = bench.plan(&state).await;
        match &again.plan {
            None => return Err(format!("{what}, again: no plan: {}", reported(&again))),
            Some(plan) if !plan.is_empty() => {
                return Err(format!(
                    "{what}: a second plan has {:?}",
                    plan.steps[0].changes
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
