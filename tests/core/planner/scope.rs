//! Only a part: what is named with all that it needs, never a deletion of what is left out.

use insta::assert_snapshot;

use super::table::Table;

const FILES: &str = "
flows: {f: {name: F, title: F, designation: authorization}}
groups: {staff: {parents: [all]}, all: {}, other: {members: [sam]}}
users: {sam: {}}
providers:
  wiki: {type: oauth2, authorization_flow: f, invalidation_flow: f}
applications:
  wiki: {name: Wiki, provider: wiki, bindings: [{group: staff}]}
  logs: {name: Logs, bindings: [{group: other}]}
absent: {groups: [old]}
";
const LIVE: &str = "group: [{name: old}]";

fn only(targets: &[&str], excludes: &[&str]) -> String {
    Table::new(FILES, LIVE).only(targets, excludes).show()
}

#[test]
fn a_target_comes_with_what_it_needs_and_what_belongs_to_it() {
    // With its bindings, or it would be open; with the group that is bound, and that group's parents.
    assert_snapshot!(only(&["application.wiki"], &[]), @r#"
    0 + group.all
    1 + group.staff after 0
        parents: {group.all}
    2 + application.wiki
        name: "Wiki"
        provider: provider.wiki
    3 + flow.f
        name: "F"
        title: "F"
        designation: "authorization"
    4 + provider.wiki after 3
        authorization_flow: flow.f
        invalidation_flow: flow.f
        with redirect_uris = []
    5 + policy_binding[application.wiki,group.staff] after 1, 2
        with order = 0
    6 ~ application.wiki (late) after 2, 4, 5
        provider: provider.wiki
    warning[AKR0510] 6:3: provider "wiki" is created without property_mappings
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/oauth2/scope-openid, goauthentik.io/providers/oauth2/scope-email, goauthentik.io/providers/oauth2/scope-profile)
        help: name the ones that you want, or none: `property_mappings: []`
    "#);
}

#[test]
fn a_target_that_others_need_comes_alone() {
    assert_snapshot!(only(&["group.all"], &[]), @r#"
    0 + group.all
    warning[AKR0510] 6:3: provider "wiki" is created without property_mappings
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/oauth2/scope-openid, goauthentik.io/providers/oauth2/scope-email, goauthentik.io/providers/oauth2/scope-profile)
        help: name the ones that you want, or none: `property_mappings: []`
    "#);
    assert_snapshot!(only(&["groups.o*"], &[]), @r#"
    0 + user.sam
        with name = ""
    1 + group.other after 0
        users: {user.sam}
    2 - group.old (absent)
    warning[AKR0510] 6:3: provider "wiki" is created without property_mappings
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/oauth2/scope-openid, goauthentik.io/providers/oauth2/scope-email, goauthentik.io/providers/oauth2/scope-profile)
        help: name the ones that you want, or none: `property_mappings: []`
    "#);
}

#[test]
fn what_is_excluded_takes_along_what_needs_it() {
    // Without the group there can be no binding to it, and without that the application would be open: it waits as well.
    assert_snapshot!(only(&[], &["group.staff", "group.old"]), @r#"
    0 + user.sam
        with name = ""
    1 + group.all
    2 + group.other after 0
        users: {user.sam}
    3 + application.logs
        name: "Logs"
    4 + flow.f
        name: "F"
        title: "F"
        designation: "authorization"
    5 + provider.wiki after 4
        authorization_flow: flow.f
        invalidation_flow: flow.f
        with redirect_uris = []
    6 + policy_binding[application.logs,group.other] after 2, 3
        with order = 0
    warning[AKR0510] 6:3: provider "wiki" is created without property_mappings
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/oauth2/scope-openid, goauthentik.io/providers/oauth2/scope-email, goauthentik.io/providers/oauth2/scope-profile)
        help: name the ones that you want, or none: `property_mappings: []`
    "#);
    assert_snapshot!(only(&["application.*"], &["application.wiki"]), @r#"
    0 + user.sam
        with name = ""
    1 + group.all
    2 + group.other after 0
        users: {user.sam}
    3 + group.staff after 1
        parents: {group.all}
    4 + application.logs
        name: "Logs"
    5 + flow.f
        name: "F"
        title: "F"
        designation: "authorization"
    6 + provider.wiki after 5
        authorization_flow: flow.f
        invalidation_flow: flow.f
        with redirect_uris = []
    7 + policy_binding[application.logs,group.other] after 2, 4
        with order = 0
    warning[AKR0510] 6:3: provider "wiki" is created without property_mappings
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/oauth2/scope-openid, goauthentik.io/providers/oauth2/scope-email, goauthentik.io/providers/oauth2/scope-profile)
        help: name the ones that you want, or none: `property_mappings: []`
    "#);
}

#[test]
fn a_binding_can_be_named_alone() {
    let files = "
applications: {wiki: {name: Wiki, bindings: [{group: a}, {group: b}]}}
groups: {a: {}, b: {}}
";
    let live = "
application: [{slug: wiki, name: Wiki}]
group: [{name: a}, {name: b}, {name: c}]
policy_binding: [{target: ~wiki, group: ~c, order: 0}]
";
    assert_snapshot!(Table::new(files, live).only(&["policy_binding[application.wiki,group.b]"], &[]).show(), @"
    0 + policy_binding[application.wiki,group.b]
        with order = 0
    ");
    assert_snapshot!(Table::new(files, live).only(&[], &["policy_binding[application.wiki,group.b]"]).show(), @"
    0 + policy_binding[application.wiki,group.a]
        with order = 0
    1 - policy_binding[application.wiki,group.c] (not in the list) after 0
    ");
}

#[test]
fn a_deletion_takes_along_the_references_that_have_to_go_first() {
    let files = "
absent: {flows: [old]}
flows: {new: {name: New, title: New, designation: authorization}}
providers: {wiki: {type: oauth2, authorization_flow: new, invalidation_flow: new}}
groups: {x: {}}
";
    let live = "
flow: [{slug: old, name: Old, title: Old, designation: authorization}]
provider_oauth2: [{name: wiki, authorization_flow: ~old, invalidation_flow: ~old}]
";
    assert_snapshot!(Table::new(files, live).only(&["flow.old"], &[]).show(), @r#"
    0 + flow.new
        name: "New"
        title: "New"
        designation: "authorization"
    1 ~ provider.wiki after 0
        authorization_flow: flow.old -> flow.new
        invalidation_flow: flow.old -> flow.new
    2 - flow.old (absent) after 1
    "#);
}

#[test]
fn a_pattern_that_fits_nothing_is_refused() {
    assert_snapshot!(only(&["application.wikki"], &["group.nobody"]), @r#"
    warning[AKR0510] 6:3: provider "wiki" is created without property_mappings
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/oauth2/scope-openid, goauthentik.io/providers/oauth2/scope-email, goauthentik.io/providers/oauth2/scope-profile)
        help: name the ones that you want, or none: `property_mappings: []`
    error[AKR0501]: application.wikki matches nothing that is declared or would change
        help: did you mean application.wiki?
    error[AKR0501]: group.nobody matches nothing that is declared or would change
        help: an address is written as in the JSON plan: application.wiki, group.*
    "#);
}

#[test]
fn a_victim_whose_own_deletion_is_left_out_is_reported_as_that() {
    let files = "
applications: {wiki: {name: Wiki, bindings: [{group: staff}]}}
groups: {staff: {}}
absent: {groups: [old]}
";
    let live = "
application: [{slug: wiki, name: Wiki}]
group: [{name: staff}, {name: old}]
policy_binding: [{target: ~wiki, group: ~staff, order: 0}, {target: ~wiki, group: ~old, order: 1}]
";
    assert_snapshot!(Table::new(files, live).only(&["group.old"], &[]).show(), @r#"
    0 - group.old (absent)
    error[AKR0603] 4:19: authentik deletes policy_binding application "wiki" -> group "old" along with group "old"
        note: it would be deleted as well, but --target or --exclude excludes that
        help: exclude both or neither; if this is intended: --allow AKR0603
    "#);
}
