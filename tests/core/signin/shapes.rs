//! The ways to open or to close the door that people build by accident, and what a change into each comes to.

use akrec::schema::{V2025_12, V2026_5};
use akrec::signin::difference;

use super::declared;

/// What every state has; the flow `in` is that of the brand.
const BASE: &str = "
users: {root: {name: Root}, alice: {name: Alice}}
groups: {admins: {is_superuser: true, members: [root]}, staff: {members: [alice]}, empty: {members: []}}
policies:
  no: {type: expression, expression: return False}
  visitors: {type: expression, expression: return not request.user.is_authenticated}
  known: {type: expression, expression: return request.user.is_authenticated}
  asks: {type: expression, expression: return ak_client_ip.is_private}
  sso: {type: expression, expression: return ak_is_sso_flow}
  names: {type: reputation, check_ip: false, check_username: true, threshold: -5}
  lenient: {type: reputation, check_ip: false, check_username: true, threshold: 0}
prompts: {field: {field_key: username, label: Name, type: username}}
stages:
  who: {type: identification, user_fields: [username]}
  both: {type: identification, user_fields: [username], password_stage: password}
  links: {type: identification, user_fields: [], sources: [idp]}
  password: {type: password, backends: [authentik.core.auth.InbuiltBackend]}
  ldap: {type: password, backends: [authentik.sources.ldap.auth.LDAPBackend]}
  tokens: {type: password, backends: [authentik.core.auth.TokenBackend]}
  second: {type: authenticator_validate, device_classes: [totp], not_configured_action: skip}
  must: {type: authenticator_validate, device_classes: [totp], not_configured_action: deny}
  key: {type: authenticator_validate, device_classes: [webauthn], not_configured_action: deny}
  login: {type: user_login}
  refuse: {type: deny}
  mail: {type: email}
  invited: {type: invitation}
  perhaps: {type: invitation, continue_flow_without_invitation: true}
  form: {type: prompt, fields: [field]}
  create: {type: user_write, user_creation_mode: always_create}
  inactive: {type: user_write, user_creation_mode: always_create, create_users_as_inactive: true}
  change: {type: user_write, user_creation_mode: never_create}
  agree: {type: consent}
sources:
  idp: {type: oauth, name: IdP, provider_type: github, consumer_key: k, consumer_secret: !env S, authentication_flow: null, enrollment_flow: null, user_matching_mode: MATCHING}
brands: {authentik-default: {default: true, flow_authentication: in}}
";

/// A state whose flow `in` has these stages and these further fields.
fn state(stages: &str, fields: &str) -> String {
    with(stages, fields, "authentication")
}

fn with(stages: &str, fields: &str, designation: &str) -> String {
    let base = BASE.replace("MATCHING", "identifier");
    format!(
        "{base}flows:\n  in: {{name: In, title: In, designation: {designation}, stages: [{stages}], bindings: []{fields}}}\n"
    )
    .replace("bindings: [], bindings", "bindings")
}

/// What changes from a flow with password and second factor.
fn changes(after: &str) -> Vec<String> {
    let before = declared(&state("who, password, second, login", ""), V2026_5);
    let after = declared(after, V2026_5);
    difference(&before, &after)
        .iter()
        .map(|change| {
            let sign = if change.weaker { "! " } else { "" };
            format!("{sign}{change}")
        })
        .collect()
}

fn asks(stages: &str) -> String {
    let mut all = changes(&state(stages, ""));
    all.retain(|line| line.contains(" asks for "));
    match all.as_slice() {
        [] => "the same".to_owned(),
        [one] => one
            .rsplit_once(" -> ")
            .map_or_else(|| one.clone(), |(_, after)| after.to_owned()),
        more => panic!("{more:?}"),
    }
}

#[test]
fn what_a_flow_asks_for() {
    let table = [
        ("who, password, second, login", "the same"),
        ("both, second, login", "the same"),
        ("who, login", "name only"),
        ("who, agree, login", "name only"),
        ("who, second, login", "name + second factor if enrolled"),
        ("who, must, login", "required second factor"),
        ("who, password, login", "password"),
        ("both, login", "password"),
        (
            "who, password, must, login",
            "password + required second factor",
        ),
        ("key, login", "passkey"),
        ("who, mail, login", "e-mail link"),
        ("links, login", "nothing, and signs nobody in"),
        (
            "refuse, who, password, login",
            "nothing, and signs nobody in",
        ),
        (
            "who, password, refuse, login",
            "nothing, and signs nobody in",
        ),
        ("who, password", "nothing, and signs nobody in"),
        ("password, who, login", "nothing, and signs nobody in"),
        ("login, who, password", "nothing, and signs nobody in"),
        ("who, ldap, login", "nothing, and signs nobody in"),
        ("who, tokens, login", "password"),
        (
            "invited, form, create, login",
            "nothing, and signs nobody in",
        ),
    ];
    for (stages, expected) in table {
        assert_eq!(asks(stages), expected, "{stages}");
    }
}

#[test]
fn what_is_bound_to_a_flow_is_judged_before_anybody_is_identified() {
    let closed = [
        ", bindings: [{policy: no}]",
        ", bindings: [{group: empty}]",
        ", bindings: [{group: staff}]",
        ", bindings: [{group: staff, negate: true}]",
        ", bindings: [{user: alice}]",
        ", bindings: [{policy: names}]",
        ", bindings: [{policy: known}]",
        ", bindings: [{policy: sso}]",
        ", bindings: [{policy: visitors}, {group: admins}], policy_engine_mode: all",
        ", authentication: require_superuser",
        ", authentication: require_authenticated",
        ", authentication: require_outpost",
        ", authentication: require_redirect",
    ];
    for fields in closed {
        let lines = changes(&state("who, password, second, login", fields));
        assert!(
            lines[0].ends_with("-> nothing, and signs nobody in"),
            "{fields}: {lines:?}"
        );
    }
    let open = [
        ", bindings: [{policy: visitors}]",
        ", bindings: [{policy: no, negate: true}]",
        ", bindings: [{policy: no, enabled: false}]",
        ", bindings: [{policy: visitors}, {group: admins}]",
        ", bindings: [{policy: lenient}]",
        ", authentication: require_unauthenticated",
    ];
    for fields in open {
        let lines = changes(&state("who, password, second, login", fields));
        assert_eq!(lines, Vec::<String>::new(), "{fields}");
    }
    let asked = changes(&state(
        "who, password, second, login",
        ", bindings: [{policy: asks}]",
    ));
    assert_eq!(
        asked,
        [
            "flow in: may be started by everyone -> whom a policy lets in",
            "flow in: superusers are signed in -> signed in if a policy lets them in",
        ]
    );
}

#[test]
fn what_is_bound_to_a_stage_is_judged_of_whoever_is_identified() {
    let of = |stage: &str| {
        let stages = format!("who, {stage}, second, login");
        asks(&stages)
    };
    // Asked of the members of a group only: others get in without.
    assert_eq!(
        of("{stage: password, bindings: [{group: staff}]}"),
        "name + second factor if enrolled"
    );
    assert_eq!(
        of("{stage: password, bindings: [{policy: no}]}"),
        "name + second factor if enrolled"
    );
    assert_eq!(
        of("{stage: password, bindings: [{policy: asks}]}"),
        "password + second factor if enrolled (by policy: name + second factor if enrolled)"
    );
    // Judged when the flow starts, of a visitor: no group passes.
    assert_eq!(
        of(
            "{stage: password, evaluate_on_plan: true, re_evaluate_policies: false, bindings: [{group: staff}]}"
        ),
        "name + second factor if enrolled"
    );
    assert_eq!(
        of("{stage: password, bindings: [{policy: known}]}"),
        "the same"
    );
}

#[test]
fn superusers_alone_may_be_shut_out() {
    let stages = "who, password, {stage: refuse, bindings: [{group: admins}]}, second, login";
    assert_eq!(
        changes(&state(stages, "")),
        ["flow in: superusers are signed in -> not signed in"]
    );
}

#[test]
fn who_gets_an_account() {
    let enrollment = |stages: &str| {
        let lines = changes(&with(stages, "", "enrollment"));
        let line = lines
            .iter()
            .find(|line| line.contains("creates accounts for"));
        line.map_or("nobody".to_owned(), |line| {
            line.rsplit_once("creates accounts for ")
                .unwrap()
                .1
                .to_owned()
        })
    };
    assert_eq!(enrollment("form, create, login"), "everyone (new)");
    assert_eq!(enrollment("form, inactive, mail, login"), "everyone (new)");
    assert_eq!(enrollment("perhaps, form, create, login"), "everyone (new)");
    assert_eq!(
        enrollment("invited, form, create, login"),
        "whoever has: invitation (new)"
    );
    assert_eq!(enrollment("create, login"), "nobody");
    assert_eq!(enrollment("form, change, login"), "nobody");
    assert_eq!(enrollment("{stage: refuse}, form, create"), "nobody");
}

#[test]
fn an_account_may_be_changed_without_sign_in() {
    let recovery = |stages: &str| {
        let lines = changes(&with(stages, "", "recovery"));
        let line = lines.iter().find(|line| line.contains("changes accounts"));
        line.cloned()
    };
    assert_eq!(
        recovery("who, form, change").as_deref(),
        Some("! flow in: changes accounts without sign-in for whoever has: name only (new)")
    );
    assert_eq!(
        recovery("who, mail, form, change").as_deref(),
        Some("! flow in: changes accounts without sign-in for whoever has: e-mail link (new)")
    );
    assert_eq!(recovery("who, mail"), None);
}

#[test]
fn a_source_that_takes_over_accounts_is_named() {
    let after = state("who, password, second, login", "").replace(
        "user_matching_mode: identifier",
        "user_matching_mode: email_link",
    );
    assert_eq!(
        changes(&after),
        ["! source idp: matches users by identifier -> email_link"]
    );
}

#[test]
fn a_brand_signs_in_by_its_flow_or_by_the_first_that_lets_visitors_in() {
    let second = state("who, password, second, login", "")
        + "  weak: {name: W, title: W, designation: authentication, stages: [who, login], bindings: []}\n";
    let weak = second.replace("flow_authentication: in", "flow_authentication: weak");
    assert_eq!(
        changes(&weak),
        [
            "! brand authentik-default: signs in by in -> weak",
            "! flow weak: asks for name only (new)",
        ]
    );
    let none = second.replace("flow_authentication: in", "flow_authentication: null");
    assert_eq!(changes(&none), ["! flow weak: asks for name only (new)"]);
    let other = state("who, password, second, login", "").replace(
        "designation: authentication",
        "designation: stage_configuration",
    );
    assert_eq!(
        changes(&other),
        ["flow in: is for authentication -> stage_configuration"]
    );
}

/// Before 2026.2 groups and users are combined by "any", whatever the mode.
#[test]
fn the_rule_of_the_release_holds() {
    let stage =
        "{stage: password, policy_engine_mode: all, bindings: [{group: staff}, {user: root}]}";
    let state = state(&format!("who, {stage}, login"), "");
    let asks = |release| {
        let world = declared(&state, release);
        let summaries = world.summaries();
        let summary = summaries.values().next().unwrap();
        summary.proof.unwrap().to_string()
    };
    assert_eq!(asks(V2025_12), "password");
    assert_eq!(asks(V2026_5), "name only");
}

/// However many stages there are that a policy decides about, a walk ends.
#[test]
fn a_long_flow_with_many_policies_is_walked() {
    let stages: Vec<String> = (0..60)
        .map(|order| format!("{{stage: agree, order: {order}, bindings: [{{policy: asks}}]}}"))
        .collect();
    let stages = format!(
        "{}, {{stage: who, order: 70}}, {{stage: password, order: 71}}, {{stage: login, order: 72}}",
        stages.join(", ")
    );
    assert_eq!(asks(&stages), "password");
}

/// Judging authentik's own policy of the first setup identifies the administrator: without a gate, anybody sets the password.
#[test]
fn the_first_setup_is_open_without_its_gate() {
    let world = |gate: &str| {
        let prefill = "akadmin = ak_user_by(username=\"akadmin\")\ncontext[\"flow_plan\"].context[\"pending_user\"] = akadmin\nreturn True";
        let state = state(
            "form, {stage: change, bindings: [{policy: prefill}]}, login",
            gate,
        );
        let policy = serde_json::json!({"type": "expression", "expression": prefill});
        let state = state.replace("policies:\n", &format!("policies:\n  prefill: {policy}\n"));
        declared(&state, V2026_5)
    };
    let asks = |world: &akrec::signin::World| {
        let summaries = world.summaries();
        let summary = summaries.values().next().unwrap();
        (
            summary.proof.unwrap().to_string(),
            summary.changes.unwrap().to_string(),
        )
    };
    assert_eq!(
        asks(&world("")),
        ("nothing".to_owned(), "nothing".to_owned())
    );
    let by_policy = world(", bindings: [{policy: asks}]");
    assert!(
        by_policy
            .summaries()
            .values()
            .all(|it| it.entry.to_string() == "whom a policy lets in")
    );
    let gated = asks(&by_policy);
    assert_eq!(gated.0, "nothing");
    let shut = world(", bindings: [{policy: no}]");
    assert!(
        shut.summaries()
            .values()
            .all(|summary| summary.proof.is_none())
    );
}

#[test]
fn another_default_brand_is_said_with_what_it_asks_for() {
    let brands = |default: &str| {
        state("who, password, second, login", "")
            .replace(
                "brands: {authentik-default: {default: true, flow_authentication: in}}",
                &format!("brands: {{one: {{default: {}, flow_authentication: in}}, two: {{default: {}, flow_authentication: weak}}}}", default == "one", default == "two"),
            )
            + "  weak: {name: W, title: W, designation: authentication, stages: [who, login], bindings: []}\n"
    };
    let (before, after) = (
        declared(&brands("one"), V2026_5),
        declared(&brands("two"), V2026_5),
    );
    let lines: Vec<String> = difference(&before, &after)
        .iter()
        .map(|change| format!("{} {change}", change.weaker))
        .collect();
    assert_eq!(
        lines,
        ["true brand two: is the default brand instead of one"]
    );
}

/// Flows that go on in each other, again and again, are walked once for each state.
#[test]
fn flows_that_lead_into_each_other_are_walked_once() {
    let go = |to: usize| format!("  go{to}: {{type: redirect, mode: flow, target_flow: f{to}}}\n");
    let stages: String = (0..12).map(go).collect();
    let steps: Vec<String> = (0..12)
        .map(|to| format!("{{stage: go{to}, order: {to}, bindings: [{{policy: asks}}]}}"))
        .collect();
    let steps = steps.join(", ");
    let flows: String = (0..12)
        .map(|flow| {
            format!("  f{flow}: {{name: F, title: F, designation: authentication, stages: [{steps}, {{stage: who, order: 20}}, {{stage: login, order: 21}}], bindings: []}}\n")
        })
        .collect();
    let state = state("who, password, second, login", "")
        .replace("stages:\n", &format!("stages:\n{stages}"))
        + &flows;
    let world = declared(&state, V2026_5);
    let summaries = world.summaries();
    let proof = summaries.values().next().unwrap().proof.unwrap();
    assert_eq!(proof.least.to_string(), "name only");
}
