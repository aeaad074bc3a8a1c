//! An export makes the same world again on a fresh server.

use akrec::export::Options;
use akrec::sandbox;
use serde_json::json;

use super::{all, apply, round};
use crate::support::releases::newest;
use crate::support::{Bench, RELEASES, State, poke};

/// A world with a bit of everything that people make.
const WORLD: &str = r#"
groups:
  staff: {attributes: {team: [a, b], version: "1.10"}}
  admins: {is_superuser: true, parents: [staff], members: [jodie]}
users:
  jodie: {name: Jodie Example, email: jodie@example.org, groups: [authentik Admins]}
  sam: {name: Sam, type: external, is_active: false}
applications:
  grafana:
    name: Grafana
    provider: grafana
    entitlements: {editor: {bindings: [{group: admins}]}}
    bindings: [{group: staff}, {policy: office hours, order: 10, negate: true}]
  open: {name: Open, lifecycle: {open: true}}
providers:
  grafana:
    type: oauth2
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    signing_key: authentik Self-signed Certificate
    client_id: grafana
    client_secret: !env SECRET
    property_mappings: [openid, email, profile, groups]
    redirect_uris:
      - https://grafana.example.org/login/generic_oauth
      - {matching_mode: regex, url: 'https://vault-\d+\.example\.org/cb'}
  shared: {type: proxy, external_host: https://a.example.org, internal_host: http://a, authorization_flow: default-provider-authorization-implicit-consent, invalidation_flow: default-provider-invalidation-flow, property_mappings: [groups]}
property_mappings:
  groups:
    type: scope
    scope_name: groups
    expression: |
      names = []
      for group in request.user.groups.all():
          names.append(group.name)
      return {"groups": names}
policies:
  office hours: {type: expression, expression: return True}
flows:
  enrol:
    name: Enrol
    title: Welcome
    designation: enrollment
    stages:
      - stage: enrol-prompt
      - {stage: enrol-write, order: 25, bindings: [{policy: office hours}]}
      - stage: default-source-enrollment-login
stages:
  enrol-prompt: {type: prompt, fields: [enrol-name, default-source-enrollment-field-username]}
  enrol-write: {type: user_write, create_users_group: staff}
prompts:
  enrol-name: {field_key: name, label: "Name:", type: text}
sources:
  github: {type: oauth, name: GitHub, provider_type: github, consumer_key: k, consumer_secret: !env SECRET}
outposts:
  mine: {type: proxy, providers: [shared], config: {log_level: debug, authentik_host: https://a}}
notification_rules:
  mine: {severity: alert, destination_group: admins, transports: [default-email-transport], bindings: [{policy: default-match-update}]}
"#;

/// The lines of fields that the server never gives back, as lines that count.
fn with_secrets(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("# ") {
        Some((indent, rest)) if indent.trim().is_empty() && rest.contains(": !env ") => {
            format!("{indent}{rest}")
        }
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// Files without values that the server generates again every time.
fn lasting(text: &str) -> String {
    text.lines()
        .filter(|line| !line.contains("# expires:"))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[tokio::test]
async fn an_export_makes_the_same_world_on_a_fresh_server() {
    for release in RELEASES.iter().copied() {
        let (_sandbox, first) = Bench::sandbox(release).await;
        apply(&first, &State::of(WORLD)).await;
        let (export, _) = round(&first, release, &Options::default()).await;
        assert_eq!(export.notes, Vec::new(), "{release}");

        let (_sandbox, second) = Bench::sandbox(release).await;
        let mut state = State::exported(&export);
        for file in &export.files {
            std::fs::write(state.dir.join(&file.path), with_secrets(&file.text)).unwrap();
        }
        let optional = export
            .variables
            .iter()
            .filter(|variable| variable.value.is_none());
        state
            .env
            .extend(optional.map(|variable| (variable.name.clone(), "again".to_owned())));
        apply(&second, &state).await;
        let again = bench_export(&second, release).await;
        let texts = |files: &[akrec::export::File]| {
            files
                .iter()
                .map(|file| (file.path.clone(), lasting(&file.text)))
                .collect::<Vec<_>>()
        };
        assert_eq!(texts(&export.files), texts(&again.files), "{release}");
    }
}

async fn bench_export(bench: &Bench, release: &str) -> akrec::export::Export {
    round(bench, release, &Options::default()).await.0
}

#[tokio::test]
async fn a_fresh_installation_is_exported_whole_or_not_at_all() {
    for release in RELEASES.iter().copied() {
        let (_sandbox, bench) = Bench::sandbox(release).await;
        let (none, _) = round(&bench, release, &Options::default()).await;
        let names: Vec<&str> = none
            .counts
            .iter()
            .map(|(title, _)| title.as_str())
            .collect();
        assert_eq!(
            names,
            ["users", "tokens"],
            "{release}: the sandbox's own account\n{}",
            all(&none)
        );
        let (whole, _) = round(
            &bench,
            release,
            &Options {
                all: true,
                ..Options::default()
            },
        )
        .await;
        let count: usize = whole.counts.iter().map(|(_, count)| count).sum();
        assert!(count > 120, "{release}: {count}");
        assert_eq!(whole.notes, Vec::new(), "{release}");
    }
}

/// Grants through groups and roles that are not exported stand with the user; memberships never on both sides.
#[tokio::test]
async fn memberships_are_written_on_one_side() {
    let sandbox = sandbox::start(sandbox::Options::new(newest()))
        .await
        .unwrap();
    let bench = Bench::connect(&sandbox.url(), sandbox.admin_token()).await;
    apply(&bench, &State::of(WORLD)).await;
    let (export, _) = round(&bench, "as a whole", &Options::default()).await;
    let users = super::file(&export, "users.yaml");
    assert!(
        users.contains("    groups:\n      include: [authentik Admins]\n"),
        "{users}"
    );
    assert!(!users.contains("admins"), "{users}");
    let (users_only, _) = round(
        &bench,
        "users alone",
        &Options {
            kinds: akrec::kinds::section("users").collect(),
            ..Options::default()
        },
    )
    .await;
    let users = super::file(&users_only, "users.yaml");
    assert!(
        users.contains("    groups:\n      include: [admins, authentik Admins]\n"),
        "{users}"
    );
    poke(&sandbox, "POST", "/core/groups/", json!({ "name": "late" }));
    round(
        &bench,
        "later",
        &Options {
            all: true,
            ..Options::default()
        },
    )
    .await;
}
