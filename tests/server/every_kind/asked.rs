//! Parts that are written under their owner in other forms than bindings: the objects of a request rule, how clients
//! register themselves, and attributes that are identified by a model and a name.

use akrec::diag::Code;
use akrec::plan::Action;
use akrec::schema::V2026_8;
use serde_json::Value;

use crate::support::releases::newest;
use crate::support::{Bench, Planned, State};

/// Plans and applies, and plans again to nothing.
async fn converge(bench: &Bench, text: &str) -> Planned {
    let planned = bench.plan(&State::of(text)).await;
    assert!(planned.plan.is_some(), "{text}\n{}", planned.reported());
    assert!(bench.apply(&planned, 1).await.is_complete(), "{text}");
    let again = bench.plan(&State::of(text)).await;
    assert!(again.plan().is_empty(), "{text}\n{}", again.text());
    planned
}

/// The writes of a plan, a line a step.
fn steps(planned: &Planned) -> Vec<String> {
    let sign = |action| match action {
        Action::Create => '+',
        Action::Delete => '-',
        Action::Rename => '>',
        _ => '~',
    };
    let steps = planned
        .plan()
        .steps
        .iter()
        .filter(|step| !step.action.is_bookkeeping());
    steps
        .map(|step| format!("{} {}", sign(step.action), step.address))
        .collect()
}

fn all(world: &Value, path: &str) -> usize {
    world[path].as_array().map_or(0, Vec::len)
}

const APPS: &str = "applications: {wiki: {name: Wiki}, chat: {name: Chat}}\ngroups: {staff: {}}\n";

#[tokio::test]
async fn what_can_be_asked_for_is_a_list_under_the_rule() {
    let (sandbox, bench) = Bench::licensed(newest()).await;
    let bound = all(&sandbox.world_json(), "/policies/bindings/");
    let rule = |targets: &str| {
        format!("{APPS}request_rules: {{access: {{bindings: [{{group: staff}}], {targets}}}}}")
    };
    converge(
        &bench,
        &rule("targets: [{application: wiki, expiry_pending: days=2, bindings: [{group: staff}], related: [{application: chat}]}]"),
    )
    .await;
    let world = sandbox.world_json();
    assert_eq!(all(&world, "/requests/rule-bindings/"), 1);
    assert_eq!(all(&world, "/requests/rule-child-bindings/"), 1);
    assert_eq!(all(&world, "/policies/bindings/"), bound + 2);
    let changed = converge(
        &bench,
        &rule("targets: [{application: wiki, expiry_pending: days=3, related: []}, {application: chat}]"),
    )
    .await;
    let wiki = r#"request_rule "access" -> application "wiki""#;
    assert_eq!(
        steps(&changed),
        [
            r#"+ request_rule_binding request_rule "access" -> application "chat""#.to_owned(),
            format!("~ request_rule_binding {wiki}"),
            format!(
                r#"- request_rule_child_binding (request_rule_binding {wiki}) -> application "chat""#
            ),
        ]
    );
    let left = converge(&bench, &rule("targets: {exclude: [{application: wiki}]}")).await;
    assert!(
        steps(&left).contains(&format!("- request_rule_binding {wiki}")),
        "{:?}",
        steps(&left)
    );
    converge(&bench, &rule("targets: []")).await;
    assert_eq!(all(&sandbox.world_json(), "/requests/rule-bindings/"), 0);
}

#[tokio::test]
async fn a_target_names_one_object_that_can_be_asked_for() {
    let (_sandbox, bench) = Bench::licensed(newest()).await;
    for (targets, code, says) in [
        (
            "[{expiry_pending: days=1}]",
            Code::BAD_SHAPE,
            "must name exactly one of application, source",
        ),
        (
            "[{application: wiki, source: ldap}]",
            Code::BAD_SHAPE,
            "more than one here",
        ),
        ("[{target: wiki}]", Code::BAD_SHAPE, "none of them here"),
        (
            "[{application: wiki, target: wiki}]",
            Code::UNKNOWN_FIELD,
            "target",
        ),
        (
            "[{application: wiki}, {application: wiki}]",
            Code::DUPLICATE_BINDING,
            "is listed twice here",
        ),
        (
            "[{application: nowhere}]",
            Code::UNKNOWN_REFERENCE,
            "nowhere",
        ),
        ("[{application: [wiki]}]", Code::WRONG_TYPE, "application"),
        (
            "[wiki]",
            Code::WRONG_TYPE,
            "an item of targets must be a mapping",
        ),
    ] {
        let planned = bench
            .plan(&State::of(&format!(
                "{APPS}request_rules: {{access: {{targets: {targets}}}}}"
            )))
            .await;
        let found = planned.reported();
        assert!(
            planned.plan.is_none() && found.contains(says),
            "{targets}: {found}"
        );
        assert!(
            planned
                .diagnostics
                .iter()
                .any(|problem| problem.code == code),
            "{targets}: {found}"
        );
    }
}

#[tokio::test]
async fn there_is_one_registration_at_most_and_null_is_none() {
    let (sandbox, bench) = Bench::licensed(newest()).await;
    let bound = all(&sandbox.world_json(), "/policies/bindings/");
    let flows = "authorization_flow: default-provider-authorization-implicit-consent, \
                 invalidation_flow: default-provider-invalidation-flow";
    let state = |more: &str| {
        format!("groups: {{staff: {{}}}}\nproviders: {{wiki: {{type: oauth2, {flows}{more}}}}}")
    };
    converge(
        &bench,
        &state(
            ", client_registration: {default_application_group: Found, bindings: [{group: staff}]}",
        ),
    )
    .await;
    let world = sandbox.world_json();
    assert_eq!(
        world["/providers/oauth2-dcr/"][0]["default_application_group"],
        "Found"
    );
    assert_eq!(all(&world, "/policies/bindings/"), bound + 1);
    // An empty mapping wants it as it is, silence lets it go.
    let empty = Vec::<String>::new();
    assert_eq!(
        steps(
            &bench
                .plan(&State::of(&state(", client_registration: {}")))
                .await
        ),
        empty
    );
    assert_eq!(steps(&converge(&bench, &state("")).await), empty);
    converge(&bench, &state(", client_registration: {}")).await;
    let gone = converge(&bench, &state(", client_registration: null")).await;
    assert!(
        steps(&gone).iter().all(|step| step.starts_with('-')),
        "{:?}",
        steps(&gone)
    );
    assert_eq!(all(&sandbox.world_json(), "/providers/oauth2-dcr/"), 0);
    let wrong = bench
        .plan(&State::of(&state(", client_registration: [{}]")))
        .await;
    assert!(
        wrong
            .reported()
            .contains("client_registration must be a mapping of fields, or null for none"),
        "{}",
        wrong.reported()
    );
}

/// Two models may have attributes of one name.
#[tokio::test]
async fn attributes_are_known_by_model_and_name() {
    let (sandbox, bench) = Bench::licensed(newest()).await;
    let both = "object_attributes:
  authentik_core.user.department: {label: Department, type: text}
  authentik_core.group.department: {label: Unit, type: text}
";
    converge(&bench, both).await;
    let changed = "object_attributes:
  authentik_core.user.unit.name: {label: Department, type: text, previously: authentik_core.user.department}
  authentik_core.group.department: {label: Unit, type: number}
";
    let planned = converge(&bench, changed).await;
    assert_eq!(
        steps(&planned),
        [
            r#"~ object_attribute "authentik_core.group.department""#,
            r#"> object_attribute "authentik_core.user.unit.name""#,
        ]
    );
    let all = sandbox.world_json()["/core/object_attributes/"].clone();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let mut keys: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(one, "object_type"), text(one, "key")))
        .collect();
    keys.sort();
    let there = |model: &str, key: &str| (model.to_owned(), key.to_owned());
    assert_eq!(
        keys,
        [
            there("authentik_core.group", "department"),
            there("authentik_core.user", "unit.name")
        ]
    );
    for bad in [
        "department",
        "user.department",
        "authentik_core.user.",
        ".user.department",
    ] {
        let found = bench
            .plan(&State::of(&format!(
                "object_attributes: {{{bad}: {{label: x, type: text}}}}"
            )))
            .await
            .reported();
        assert!(
            found.contains("error[AKR0122]") && found.contains("object_type.key"),
            "{bad}: {found}"
        );
    }
}

/// A list whose kind a release does not have is reported at its line.
#[tokio::test]
async fn older_releases_have_no_such_lists() {
    let (_sandbox, bench) = Bench::sandbox("2026.5").await;
    let text = "providers:\n  wiki:\n    type: oauth2\n    client_registration: {}\n";
    let found = bench.plan(&State::of(text)).await.reported();
    assert!(
        found.contains("authentik 2026.5 has no client_registration") && found.contains(":4:"),
        "{found}"
    );
    assert!(found.contains(&format!("since {V2026_8}")), "{found}");
}
