//! Order of steps: creations, deletions, cycles, and marks that are handed over.

use akrec::schema::V2025_10;
use insta::assert_snapshot;

use super::table::{Table, check};

#[test]
fn what_is_referred_to_comes_first() {
    assert_snapshot!(check("
groups: {a: {parents: [b]}, b: {parents: [c]}, c: {members: [sam]}}
users: {sam: {}}
", ""), @r#"
    0 + user.sam
        with name = ""
    1 + group.c after 0
        users: {user.sam}
    2 + group.b after 1
        parents: {group.c}
    3 + group.a after 2
        parents: {group.b}
    "#);
}

#[test]
fn deletions_come_last_and_in_reverse() {
    let live = "
application: [{slug: wiki, name: Wiki, provider: ~wiki}]
provider_oauth2: [{name: wiki, authorization_flow: ~f, invalidation_flow: ~f}]
flow: [{slug: f, name: F, title: F, designation: authorization}]
group: [{name: staff}]
policy_binding: [{target: ~wiki, group: ~staff, order: 0}]
";
    assert_snapshot!(check("
absent: {flows: [f], providers: [wiki], applications: [wiki], groups: [staff]}
users: {sam: {}}
", live), @r#"
    0 + user.sam
        with name = ""
    1 - application.wiki (absent)
    2 - provider.wiki (absent) after 1
    3 - flow.f (absent) after 2
    4 - group.staff (absent)
    "#);
}

#[test]
fn references_go_before_what_they_refer_to() {
    let live = "
application: [{slug: wiki, name: Wiki, provider: ~wiki}]
provider_oauth2: [{name: wiki}, {name: new}]
group: [{name: g, parents: [~old]}, {name: old}]
";
    assert_snapshot!(check("
applications: {wiki: {name: Wiki, provider: new}}
groups: {g: {parents: []}}
absent: {providers: [wiki], groups: [old]}
", live), @r"
    0 ~ group.g
        parents: -group.old (1 -> 0)
    1 ~ application.wiki
        provider: provider.wiki -> provider.new
    2 - provider.wiki (absent) after 1
    3 - group.old (absent) after 0
    ");
}

#[test]
fn two_that_refer_to_each_other_can_both_go() {
    let live = "
flow: [{slug: f, name: F, title: F, designation: enrollment}]
stage_identification: [{name: id, enrollment_flow: ~f}]
flow_stage_binding: [{pk: s1, target: ~f, stage: ~id, order: 10}]
";
    assert_snapshot!(check("absent: {flows: [f], stages: [id]}\ngroups: {g: {}}", live), @r"
    0 + group.g
    1 - stage.id (absent)
    2 - flow.f (absent) after 1
    ");
}

#[test]
fn a_circle_of_optional_references_takes_two_steps() {
    // A flow's stage names the source, and the source names the flow.
    assert_snapshot!(check("
flows:
  enrol: {name: Enrol, title: Enrol, designation: enrollment, stages: [who]}
stages:
  who: {type: identification, sources: [hub], enrollment_flow: enrol}
sources:
  hub: {type: oauth, name: Hub, provider_type: github, consumer_key: k, consumer_secret: !env S, enrollment_flow: enrol}
invitations:
  first: {flow: enrol}
", ""), @r#"
    0 + flow.enrol
        name: "Enrol"
        title: "Enrol"
        designation: "enrollment"
    1 + invitation.first after 0
        flow: flow.enrol
    2 + source.hub after 0
        name: "Hub"
        enrollment_flow: flow.enrol
        provider_type: "github"
        consumer_key: "k"
        consumer_secret: (sensitive value)
    3 + stage.who after 0, 2
        enrollment_flow: flow.enrol
        sources: {source.hub}
        with user_fields = []
    4 + flow_stage_binding[flow.enrol,stage.who,10] after 0, 3
    "#);
    assert_snapshot!(check("
sources:
  hub: {type: oauth, name: Hub, provider_type: github, consumer_key: k, consumer_secret: !env S, enrollment_flow: f, authentication_flow: g}
flows:
  f: {name: F, title: F, designation: enrollment}
  g: {name: G, title: G, designation: authentication, bindings: [{policy: p}], stages: [who]}
policies: {p: {type: dummy}}
stages:
  who: {type: identification, sources: [hub], password_stage: pw}
  pw: {type: password, backends: [authentik.core.auth.InbuiltBackend], configure_flow: g}
", ""), @r#"
    0 + flow.f
        name: "F"
        title: "F"
        designation: "enrollment"
    1 + flow.g
        name: "G"
        title: "G"
        designation: "authentication"
    2 + stage.pw after 1
        backends: ["authentik.core.auth.InbuiltBackend"]
        configure_flow: flow.g
    3 + policy.p
    4 + policy_binding[flow.g,policy.p] after 1, 3
        with order = 0
    5 + source.hub after 0, 1
        name: "Hub"
        authentication_flow: flow.g
        enrollment_flow: flow.f
        provider_type: "github"
        consumer_key: "k"
        consumer_secret: (sensitive value)
    6 + stage.who after 2, 5
        password_stage: stage.pw
        sources: {source.hub}
        with user_fields = []
    7 + flow_stage_binding[flow.g,stage.who,10] after 1, 6
    "#);
}

#[test]
fn a_mutual_pair_of_optional_references() {
    assert_snapshot!(check("
providers:
  a: {type: oauth2, authorization_flow: f, invalidation_flow: f, jwt_federation_providers: [b]}
  b: {type: oauth2, authorization_flow: f, invalidation_flow: f, jwt_federation_providers: [a]}
", "flow: [{slug: f, name: F, title: F, designation: authorization}]"), @r#"
    0 + provider.a
        authorization_flow: flow.f
        invalidation_flow: flow.f
        jwt_federation_providers: {provider.b}
        with redirect_uris = []
    1 + provider.b after 0
        authorization_flow: flow.f
        invalidation_flow: flow.f
        jwt_federation_providers: {provider.a}
        with redirect_uris = []
    2 ~ provider.a (deferred) after 0, 1
        jwt_federation_providers: {provider.b}
    warning[AKR0510] 3:3: provider "a" is created without property_mappings
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/oauth2/scope-openid, goauthentik.io/providers/oauth2/scope-email, goauthentik.io/providers/oauth2/scope-profile)
        help: name the ones that you want, or none: `property_mappings: []`
    warning[AKR0510] 4:3: provider "b" is created without property_mappings
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/oauth2/scope-openid, goauthentik.io/providers/oauth2/scope-email, goauthentik.io/providers/oauth2/scope-profile)
        help: name the ones that you want, or none: `property_mappings: []`
    "#);
}

#[test]
fn a_circle_among_parents_is_refused() {
    assert_snapshot!(check("groups: {a: {parents: [b]}, b: {parents: [a]}}", ""), @r#"
    error[AKR0206] 1:14: group "a" is its own ancestor
        note: the cycle is a -> b -> a
    "#);
    assert_snapshot!(check("groups: {a: {parents: [a]}}", ""), @r#"
    error[AKR0206] 1:14: group "a" is its own ancestor
        note: the cycle is a -> a
    "#);
    // Half of the cycle is on the server only.
    let live = "group: [{name: a}, {name: b, parents: [~c]}, {name: c, parents: [~a]}]";
    assert_snapshot!(check("groups: {a: {parents: [b]}}", live), @r#"
    error[AKR0206] 1:14: group "a" is its own ancestor
        note: the cycle is a -> b -> c -> a
    "#);
    assert_snapshot!(check("groups: {a: {parents: {include: [b]}}}", live), @r#"
    error[AKR0206] 1:14: group "a" is its own ancestor
        note: the cycle is a -> b -> c -> a
    "#);
    // The files break the server's half.
    assert_snapshot!(check("groups: {a: {parents: [b]}, c: {parents: []}}", live), @r"
    0 ~ group.c
        parents: -group.a (1 -> 0)
    1 ~ group.a after 0
        parents: +group.b (0 -> 1)
    ");
    assert_snapshot!(check("groups: {a: {parents: [b]}, c: {parents: {exclude: [a]}}}", live), @r"
    0 ~ group.c
        parents: -group.a (1 -> 0)
    1 ~ group.a after 0
        parents: +group.b (0 -> 1)
    ");
    // A cycle among groups that nobody declares is not this plan's business.
    let odd = "group: [{name: p, parents: [~q]}, {name: q, parents: [~p]}, {name: a}]";
    assert_snapshot!(check("groups: {a: {is_superuser: false}}", odd), @"nothing to do");
    assert_snapshot!(check("groups: {a: {parents: [p]}}", odd), @r"
    0 ~ group.a
        parents: +group.p (0 -> 1)
    ");
    // One that shares a group with it is.
    assert_snapshot!(check("groups: {p: {parents: {include: [a]}}, a: {parents: [p]}}", odd), @r#"
    error[AKR0206] 1:44: group "a" is its own ancestor
        note: the cycle is a -> p -> a
    "#);
    assert_snapshot!(check("groups: {a: {parents: []}}", odd), @"nothing to do");
}

#[test]
fn parents_turned_round_without_a_circle_in_between() {
    let live = "group: [{name: a, parents: [~b]}, {name: b}]";
    let turned = "group: [{name: b, parents: [~m]}, {name: m, parents: [~a]}, {name: a}]";
    assert_snapshot!(check("groups: {a: {parents: [b]}, m: {parents: []}}", turned), @r"
    0 ~ group.m
        parents: -group.a (1 -> 0)
    1 ~ group.a after 0
        parents: +group.b (0 -> 1)
    ");
    assert_snapshot!(check("groups: {a: {parents: [new]}, new: {parents: [b]}, m: {parents: []}}", turned), @r"
    0 ~ group.m
        parents: -group.a (1 -> 0)
    1 + group.new
        parents: {group.b}
    2 ~ group.a after 0, 1
        parents: +group.new (0 -> 1)
    ");
    let old = "group: [{name: b, parent: ~m}, {name: m, parent: ~a}, {name: a}]";
    assert_snapshot!(
        Table::new("groups: {a: {parent: b}, m: {parent: null}}", old).on(V2025_10).show(), @r"
    0 ~ group.m
        parent: group.a -> null
    1 ~ group.a after 0
        parent: null -> group.b
    ");
    assert_snapshot!(check("groups: {a: {parents: []}, b: {parents: [a]}}", live), @r"
    0 ~ group.a
        parents: -group.b (1 -> 0)
    1 ~ group.b after 0
        parents: +group.a (0 -> 1)
    ");
}

#[test]
fn the_default_brand_is_handed_over() {
    let live = "brand: [{domain: old.example.org, default: true}, {domain: aaa.example.org}]";
    assert_snapshot!(check("
brands: {old.example.org: {default: false}, aaa.example.org: {default: true}}
", live), @r"
    0 ~ brand.old.example.org
        default: true -> false
    1 ~ brand.aaa.example.org after 0
        default: false -> true
    ");
    assert_snapshot!(check("
brands: {old.example.org: {default: false}, new.example.org: {default: true}}
", live), @r"
    0 ~ brand.old.example.org
        default: true -> false
    1 + brand.new.example.org after 0
        default: true
    ");
    assert_snapshot!(check("
brands: {new.example.org: {default: true}}
absent: {brands: [old.example.org]}
", live), @r"
    0 - brand.old.example.org (absent)
    1 + brand.new.example.org after 0
        default: true
    ");
}

/// Only one rule may be on an object, only one application have a provider.
#[test]
fn what_only_one_may_have_is_handed_over() {
    let live = "
application: [{slug: wiki, name: Wiki}, {slug: chat, name: Chat}]
group: [{name: g}]
lifecycle_rule:
  - {name: b, content_type: authentik_core.application, object_id: ~wiki}
  - {name: a, content_type: authentik_core.application, object_id: ~chat}
";
    let rule = "content_type: authentik_core.application, object";
    assert_snapshot!(check(&format!("
lifecycle_rules: {{b: {{{rule}: null}}, a: {{{rule}: wiki}}, new: {{{rule}: chat, reviewer_groups: [g]}}}}
"), live), @r#"
    0 ~ lifecycle_rule.b
        object_id: application.wiki -> null
        with content_type = "authentik_core.application"
    1 ~ lifecycle_rule.a after 0
        object_id: application.chat -> application.wiki
        with content_type = "authentik_core.application"
    2 + lifecycle_rule.new after 1
        content_type: "authentik_core.application"
        object_id: application.chat
        reviewer_groups: {group.g}
        with reviewers = {}
    "#);
    let live = "
provider_oauth2: [{name: p}, {name: q}]
application: [{slug: a, name: A, provider: ~p}, {slug: b, name: B, provider: ~q}]
";
    assert_snapshot!(check("
applications: {new: {name: New, provider: p}}
absent: {applications: [a]}
", live), @r#"
    0 - application.a (absent)
    1 + application.new after 0
        name: "New"
        provider: provider.p
    application.new is new and open
    "#);
    assert_snapshot!(check("applications: {a: {provider: q}, b: {provider: p}}", live), @"
    0 ~ application.a
        provider: provider.p -> null
    1 ~ application.b after 0
        provider: provider.q -> provider.p
    2 ~ application.a (HandedOver) after 0, 1
        provider: provider.q
    ");
    assert_snapshot!(check("applications: {a: {provider: q}, b: {provider: null}}", live), @"
    0 ~ application.b
        provider: provider.q -> null
    1 ~ application.a after 0
        provider: provider.p -> provider.q
    ");
}

/// Signing in works all the time: the brand's flow changes once the new flow is whole.
#[test]
fn a_brand_gets_a_flow_that_is_whole() {
    let live = "
brand: [{domain: b.example.org, flow_authentication: ~old}]
flow: [{slug: old, name: Old, title: Old, designation: authentication}]
stage_dummy: [{name: d}]
group: [{name: g}]
";
    assert_snapshot!(check("
brands: {b.example.org: {flow_authentication: new}}
flows:
  new: {name: N, title: N, designation: authentication, stages: [{stage: d, bindings: [{group: g}]}]}
", live), @r#"
    0 + flow.new
        name: "N"
        title: "N"
        designation: "authentication"
    1 + flow_stage_binding[flow.new,stage.d,10] after 0
    2 + policy_binding[flow_stage_binding[flow.new,stage.d,10],group.g] after 1
        with order = 0
    3 ~ brand.b.example.org after 0, 1, 2
        flow_authentication: flow.old -> flow.new
    "#);
    // A new brand as well.
    assert_snapshot!(check("
brands: {new.example.org: {flow_authentication: new, default_application: wiki}}
applications: {wiki: {name: Wiki}}
flows: {new: {name: N, title: N, designation: authentication, stages: [d]}}
", live), @r#"
    0 + application.wiki
        name: "Wiki"
    1 + flow.new
        name: "N"
        title: "N"
        designation: "authentication"
    2 + flow_stage_binding[flow.new,stage.d,10] after 1
    3 + brand.new.example.org after 0, 1, 2
        flow_authentication: flow.new
        default_application: application.wiki
    application.wiki is new and open
    "#);
}

#[test]
fn equal_steps_are_ordered_by_kind_and_name() {
    assert_snapshot!(check("
stages: {b: {type: dummy}, a: {type: deny}}
policies: {p: {type: dummy}}
groups: {z: {}, y: {}}
users: {u: {}}
", ""), @r#"
    0 + user.u
        with name = ""
    1 + group.y
    2 + group.z
    3 + stage.a
    4 + stage.b
    5 + policy.p
    "#);
}
