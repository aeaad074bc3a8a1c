//! What is written under its owner: bindings, stages, entitlements; and applications that open.

use insta::assert_snapshot;

use super::table::check;

const WIKI: &str = "
application: [{slug: wiki, name: Wiki}]
group: [{name: staff}, {name: guests}, {name: admins}]
user: [{username: sam}]
policy_dummy: [{name: hours}]
policy_binding:
  - {pk: b1, target: ~wiki, group: ~staff, order: 0}
  - {pk: b2, target: ~wiki, group: ~guests, order: 10}
";

fn wiki(bindings: &str) -> String {
    check(
        &format!("applications: {{wiki: {{name: Wiki, bindings: {bindings}}}}}"),
        WIKI,
    )
}

#[test]
fn a_list_of_bindings_is_exact() {
    assert_snapshot!(wiki("[{group: staff}, {group: guests}]"), @"nothing to do");
    assert_snapshot!(wiki("[{group: staff}]"), @"0 - policy_binding[application.wiki,group.guests] (not in the list)");
    assert_snapshot!(wiki("[{group: guests}, {group: staff}, {user: sam}, {policy: hours, order: 5, negate: true}]"), @r"
    0 + policy_binding[application.wiki,policy.hours]
        order: 5
        negate: true
    1 + policy_binding[application.wiki,user.sam]
        with order = 0
    ");
}

#[test]
fn without_a_list_bindings_are_left_alone() {
    assert_snapshot!(check("applications: {wiki: {name: Wiki}}", WIKI), @"nothing to do");
}

#[test]
fn a_new_binding_goes_in_before_the_old_one_goes() {
    assert_snapshot!(wiki("[{group: admins}]"), @r"
    0 + policy_binding[application.wiki,group.admins]
        with order = 0
    1 - policy_binding[application.wiki,group.guests] (not in the list) after 0
    2 - policy_binding[application.wiki,group.staff] (not in the list) after 0
    ");
}

#[test]
fn an_additive_list_of_bindings() {
    assert_snapshot!(wiki("{include: [{group: admins, order: 3}]}"), @r"
    0 + policy_binding[application.wiki,group.admins]
        order: 3
    ");
    assert_snapshot!(wiki("{include: [{group: admins}], exclude: [{group: guests}]}"), @r"
    0 + policy_binding[application.wiki,group.admins]
        with order = 0
    1 - policy_binding[application.wiki,group.guests] (excluded) after 0
    ");
    assert_snapshot!(wiki("{exclude: [{user: sam}]}"), @"nothing to do");
    // The same subject on both sides.
    assert_snapshot!(wiki("{include: [{group: staff}], exclude: [{group: staff}]}"), @r#"error[AKR0116] 1:83: group "staff" is both included and excluded"#);
}

#[test]
fn an_application_that_loses_its_last_binding_opens() {
    assert_snapshot!(wiki("[]"), @r#"
    0 - policy_binding[application.wiki,group.guests] (not in the list)
    1 - policy_binding[application.wiki,group.staff] (not in the list)
    application.wiki opens
    error[AKR0601] 1:16: application "wiki" loses its last enabled binding: every user may open it
        help: bind a group, or declare that this is intended with `lifecycle: {open: true, reason: …}`; if this is intended: --allow AKR0601
    "#);
    assert_snapshot!(wiki("[{group: staff, enabled: false}]"), @r#"
    0 ~ policy_binding[application.wiki,group.staff]
        enabled: true -> false
        with group = group.staff
        with target = application.wiki
    1 - policy_binding[application.wiki,group.guests] (not in the list) after 0
    application.wiki opens
    error[AKR0601] 1:16: application "wiki" loses its last enabled binding: every user may open it
        help: bind a group, or declare that this is intended with `lifecycle: {open: true, reason: …}`; if this is intended: --allow AKR0601
    "#);
    assert_snapshot!(check(
        "applications: {wiki: {name: Wiki, bindings: [], lifecycle: {open: true, reason: public}}}", WIKI), @r"
    0 - policy_binding[application.wiki,group.guests] (not in the list)
    1 - policy_binding[application.wiki,group.staff] (not in the list)
    application.wiki opens
    ");
    // Deleting a group takes its bindings along.
    assert_snapshot!(check(
        "applications: {wiki: {name: Wiki, bindings: {include: []}}}\nabsent: {groups: [staff, guests]}", WIKI), @r#"
    0 - group.guests (absent)
    1 - group.staff (absent)
    application.wiki opens
    error[AKR0603] 2:19: authentik deletes policy_binding application "wiki" -> group "staff" along with group "staff"
        note: nothing in the files asks for its deletion
        help: make it refer to something else in a separate apply, or delete policy_binding application "wiki" -> group "staff" in the files as well; if this is intended: --allow AKR0603
    error[AKR0603] 2:26: authentik deletes policy_binding application "wiki" -> group "guests" along with group "guests"
        note: nothing in the files asks for its deletion
        help: make it refer to something else in a separate apply, or delete policy_binding application "wiki" -> group "guests" in the files as well; if this is intended: --allow AKR0603
    error[AKR0601] 1:16: application "wiki" loses its last enabled binding: every user may open it
        help: bind a group, or declare that this is intended with `lifecycle: {open: true, reason: …}`; if this is intended: --allow AKR0601
    "#);
    assert_snapshot!(check(
        "applications: {wiki: {name: Wiki, bindings: {include: []}}}\nabsent: {groups: [staff]}", WIKI), @r#"
    0 - group.staff (absent)
    error[AKR0603] 2:19: authentik deletes policy_binding application "wiki" -> group "staff" along with group "staff"
        note: nothing in the files asks for its deletion
        help: make it refer to something else in a separate apply, or delete policy_binding application "wiki" -> group "staff" in the files as well; if this is intended: --allow AKR0603
    "#);
    assert_snapshot!(check("applications: {wiki: {name: Wiki}}\nabsent: {groups: [staff, guests]}", WIKI), @r#"
    0 - group.guests (absent)
    1 - group.staff (absent)
    application.wiki opens
    error[AKR0603] 2:19: authentik deletes policy_binding application "wiki" -> group "staff" along with group "staff"
        note: nothing in the files asks for its deletion
        help: make it refer to something else in a separate apply, or delete policy_binding application "wiki" -> group "staff" in the files as well; if this is intended: --allow AKR0603
    error[AKR0603] 2:26: authentik deletes policy_binding application "wiki" -> group "guests" along with group "guests"
        note: nothing in the files asks for its deletion
        help: make it refer to something else in a separate apply, or delete policy_binding application "wiki" -> group "guests" in the files as well; if this is intended: --allow AKR0603
    error[AKR0601] 1:16: application "wiki" loses its last enabled binding: every user may open it
        help: bind a group, or declare that this is intended with `lifecycle: {open: true, reason: …}`; if this is intended: --allow AKR0601
    "#);
}

#[test]
fn a_new_application_is_open_until_it_is_bound() {
    assert_snapshot!(check("applications: {new: {name: New}}", WIKI), @r#"
    0 + application.new
        name: "New"
    application.new is new and open
    "#);
    assert_snapshot!(check("applications: {new: {name: New, bindings: [{group: staff}]}}", WIKI), @r#"
    0 + application.new
        name: "New"
    1 + policy_binding[application.new,group.staff] after 0
        with order = 0
    "#);
    assert_snapshot!(check("applications: {new: {name: New, lifecycle: {open: true}}}", WIKI), @r#"
    0 + application.new
        name: "New"
    application.new is new and open
    "#);
}

#[test]
fn a_provider_comes_after_the_bindings() {
    let live = "
group: [{name: staff}]
provider_oauth2: [{name: wiki}, {name: old}]
application: [{slug: there, name: There, provider: ~old}]
";
    assert_snapshot!(check(
        "applications: {wiki: {name: Wiki, provider: wiki, bindings: [{group: staff}]}}", live), @r#"
    0 + application.wiki
        name: "Wiki"
        provider: provider.wiki
    1 + policy_binding[application.wiki,group.staff] after 0
        with order = 0
    2 ~ application.wiki (late) after 0, 1
        provider: provider.wiki
    "#);
    // Without bindings nothing is won by waiting.
    assert_snapshot!(check("applications: {wiki: {name: Wiki, provider: wiki, bindings: []}}", live), @r#"
    0 + application.wiki
        name: "Wiki"
        provider: provider.wiki
    application.wiki is new and open
    "#);
}

#[test]
fn a_disabled_binding_counts_for_nothing() {
    let live = "
application: [{slug: wiki, name: Wiki}]
group: [{name: staff}, {name: guests}]
policy_binding: [{target: ~wiki, group: ~staff, order: 0, enabled: false}]
";
    assert_snapshot!(check("applications: {wiki: {name: Wiki, bindings: [{group: staff}]}}", live), @"nothing to do");
    assert_snapshot!(check("applications: {wiki: {name: Wiki, bindings: [{group: staff, enabled: true}]}}", live), @r"
    0 ~ policy_binding[application.wiki,group.staff]
        enabled: false -> true
        with group = group.staff
        with target = application.wiki
    ");
}

#[test]
fn the_same_subject_bound_twice_on_the_server() {
    let live = "
application: [{slug: wiki, name: Wiki}]
group: [{name: staff}]
policy_binding:
  - {pk: b1, target: ~wiki, group: ~staff, order: 0}
  - {pk: b2, target: ~wiki, group: ~staff, order: 10, timeout: 60}
  - {pk: b3, target: ~wiki, group: ~staff, order: 0, negate: true}
";
    assert_snapshot!(check("applications: {wiki: {name: Wiki, bindings: [{group: staff, order: 0, negate: false}]}}", live), @r"
    0 - policy_binding[application.wiki,group.staff,2] (not in the list)
    1 - policy_binding[application.wiki,group.staff,3] (not in the list)
    ");
    // The one that fits best stays, whatever its place in the list.
    assert_snapshot!(check(
        "applications: {wiki: {name: Wiki, bindings: [{group: staff, order: 10, timeout: 60}]}}", live), @r"
    0 - policy_binding[application.wiki,group.staff,2] (not in the list)
    1 - policy_binding[application.wiki,group.staff,3] (not in the list)
    ");
    assert_snapshot!(check("applications: {wiki: {name: Wiki, bindings: {exclude: [{group: staff}]}}}", live), @r#"
    0 - policy_binding[application.wiki,group.staff] (excluded)
    1 - policy_binding[application.wiki,group.staff,2] (excluded)
    2 - policy_binding[application.wiki,group.staff,3] (excluded)
    application.wiki opens
    error[AKR0601] 1:16: application "wiki" loses its last enabled binding: every user may open it
        help: bind a group, or declare that this is intended with `lifecycle: {open: true, reason: …}`; if this is intended: --allow AKR0601
    "#);
}

const FLOW: &str = "
flow: [{slug: f, name: F, title: F, designation: enrollment}]
stage_dummy: [{name: one}, {name: two}, {name: three}]
policy_dummy: [{name: hours}]
flow_stage_binding:
  - {pk: s1, target: ~f, stage: ~one, order: 10}
  - {pk: s2, target: ~f, stage: ~two, order: 20}
policy_binding: [{pk: b1, target: s2, policy: ~hours, order: 0}]
";

fn flow(stages: &str) -> String {
    check(&format!("flows: {{f: {{stages: {stages}}}}}"), FLOW)
}

#[test]
fn a_list_of_stages_is_exact_and_in_order() {
    assert_snapshot!(flow("[one, two]"), @"nothing to do");
    assert_snapshot!(flow("[one, two, three]"), @"0 + flow_stage_binding[flow.f,stage.three,30]");
    assert_snapshot!(flow("[two]"), @r"
    0 ~ flow_stage_binding[flow.f,stage.two,10]
        order: 20 -> 10
    1 - flow_stage_binding[flow.f,stage.one,10] (not in the list) after 0
    ");
    assert_snapshot!(flow("[]"), @r"
    0 - flow_stage_binding[flow.f,stage.one,10] (not in the list)
    1 - flow_stage_binding[flow.f,stage.two,20] (not in the list)
    ");
}

#[test]
fn another_place_is_a_change_and_no_new_binding() {
    assert_snapshot!(flow("[two, one]"), @r"
    0 ~ flow_stage_binding[flow.f,stage.one,20]
        order: 10 -> 20
    1 ~ flow_stage_binding[flow.f,stage.two,10]
        order: 20 -> 10
    ");
    assert_snapshot!(flow("[one, three, two]"), @r"
    0 + flow_stage_binding[flow.f,stage.three,20]
    1 ~ flow_stage_binding[flow.f,stage.two,30] after 0
        order: 20 -> 30
    ");
    assert_snapshot!(flow("[{stage: one, order: 15}, {stage: two, order: 20, evaluate_on_plan: true}]"), @r"
    0 ~ flow_stage_binding[flow.f,stage.one,15]
        order: 10 -> 15
    1 ~ flow_stage_binding[flow.f,stage.two,20]
        evaluate_on_plan: false -> true
        with re_evaluate_policies = true
    ");
}

#[test]
fn a_stage_may_be_bound_several_times() {
    assert_snapshot!(flow("[one, two, one]"), @"0 + flow_stage_binding[flow.f,stage.one,30]");
    assert_snapshot!(flow("[{stage: one, order: 10}, {stage: one, order: 10}]"), @r#"error[AKR0213] 1:47: flow_stage_binding flow "f" -> stage "one" #10 is listed twice here"#);
}

#[test]
fn bindings_of_a_stage_binding() {
    assert_snapshot!(flow("[one, {stage: two, bindings: [{policy: hours}]}]"), @"nothing to do");
    assert_snapshot!(flow("[one, {stage: two, bindings: []}]"), @"0 - policy_binding[flow_stage_binding[flow.f,stage.two,20],policy.hours] (not in the list)");
    assert_snapshot!(flow("[{stage: two, bindings: [{policy: hours, order: 3}]}, one]"), @r"
    0 ~ flow_stage_binding[flow.f,stage.one,20]
        order: 10 -> 20
    1 ~ flow_stage_binding[flow.f,stage.two,10]
        order: 20 -> 10
    2 ~ policy_binding[flow_stage_binding[flow.f,stage.two,10],policy.hours]
        order: 0 -> 3
        with policy = policy.hours
        with target = flow_stage_binding[flow.f,stage.two,10]
    ");
    assert_snapshot!(flow("[{stage: one, bindings: [{policy: hours}]}, two]"), @r"
    0 + policy_binding[flow_stage_binding[flow.f,stage.one,10],policy.hours]
        with order = 0
    ");
    assert_snapshot!(flow("{include: [{stage: three, order: 5}], exclude: [two]}"), @r"
    0 + flow_stage_binding[flow.f,stage.three,5]
    1 - flow_stage_binding[flow.f,stage.two,20] (excluded) after 0
    ");
}

#[test]
fn entitlements_by_name() {
    let live = "
application: [{slug: wiki, name: Wiki}, {slug: blog, name: Blog}]
group: [{name: staff}, {name: guests}]
application_entitlement:
  - {app: ~wiki, name: edit, pbm_uuid: e1, attributes: {a: 1}}
  - {app: ~wiki, name: old, pbm_uuid: e2}
  - {app: ~blog, name: edit, pbm_uuid: e3}
policy_binding: [{target: e1, group: ~staff, order: 0}]
";
    assert_snapshot!(check("
applications:
  wiki:
    name: Wiki
    entitlements:
      edit: {attributes: {b: 2}, bindings: [{group: guests}]}
      new: {bindings: [{group: staff}]}
", live), @r"
    0 + application_entitlement[application.wiki,new]
    1 ~ application_entitlement[application.wiki,edit] after 0
        attributes:
            b: nothing -> 2
    2 + policy_binding[application_entitlement[application.wiki,edit],group.guests]
        with order = 0
    3 + policy_binding[application_entitlement[application.wiki,new],group.staff] after 0
        with order = 0
    4 - policy_binding[application_entitlement[application.wiki,edit],group.staff] (not in the list) after 2
    5 - application_entitlement[application.wiki,old] (not in the list) after 0, 1
    ");
    assert_snapshot!(check("applications: {wiki: {name: Wiki, entitlements: {}}}", live), @r"
    0 - application_entitlement[application.wiki,edit] (not in the list)
    1 - application_entitlement[application.wiki,old] (not in the list)
    ");
    assert_snapshot!(check("applications: {wiki: {name: Wiki}}", live), @"nothing to do");
}

#[test]
fn bindings_follow_what_they_join_under_its_new_name() {
    assert_snapshot!(check("
groups: {people: {previously: staff}}
applications: {docs: {name: Wiki, previously: wiki, bindings: [{group: people}, {group: guests}]}}
", WIKI), @r"
    0 > group.people (was group.staff)
    1 > application.docs (was application.wiki)
    ");
    assert_snapshot!(check("
groups: {people: {previously: staff}}
applications: {docs: {name: Wiki, previously: wiki, bindings: [{group: guests}]}}
", WIKI), @r"
    0 > group.people (was group.staff)
    1 > application.docs (was application.wiki)
    2 - policy_binding[application.docs,group.people] (not in the list)
    ");
    assert_snapshot!(check("
flows: {g: {previously: f, stages: [{stage: uno, order: 30}, {stage: two, bindings: [{policy: hours}]}]}}
stages: {uno: {type: dummy, previously: one}}
", FLOW), @r"
    0 > flow.g (was flow.f)
    1 > stage.uno (was stage.one)
    2 ~ flow_stage_binding[flow.g,stage.uno,30]
        order: 10 -> 30
    ");
}
