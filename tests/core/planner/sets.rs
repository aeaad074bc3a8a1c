//! Sets: exact and additive, members and grants, and the sides of one membership.

use akrec::schema::V2025_10;
use insta::assert_snapshot;

use super::table::{Table, check};

const PEOPLE: &str = "
user: [{username: a}, {username: b}, {username: c}]
group: [{name: staff, users: [~a, ~b]}]
";

#[test]
fn a_plain_list_is_exact_and_without_order() {
    let live = "group: [{name: g, parents: [~two, ~one]}, {name: one}, {name: two}, {name: three}]";
    assert_snapshot!(check("groups: {g: {parents: [one, two]}}", live), @"nothing to do");
    assert_snapshot!(check("groups: {g: {parents: [three, one, one]}}", live), @r"
    0 ~ group.g
        parents: +group.three -group.two (2 -> 2)
    ");
}

#[test]
fn an_additive_list_leaves_the_rest_alone() {
    let live = "group: [{name: g, parents: [~two, ~one]}, {name: one}, {name: two}, {name: three}]";
    assert_snapshot!(check("groups: {g: {parents: {include: [one]}}}", live), @"nothing to do");
    assert_snapshot!(check("groups: {g: {parents: {include: [three], exclude: [two]}}}", live), @r"
    0 ~ group.g
        parents: +group.three -group.two (2 -> 2)
    ");
    assert_snapshot!(check("groups: {g: {parents: {exclude: [three]}}}", live), @"nothing to do");
    // A new object has nothing that could be left alone.
    assert_snapshot!(check("groups: {new: {parents: {include: [three], exclude: [two]}}}", live), @r"
    0 + group.new
        parents: {group.three}
    ");
    assert_snapshot!(check("groups: {g: {parents: {include: [three], exclude: [three]}}}", live), @r#"error[AKR0116] 1:23: group "three" is both included and excluded"#);
}

#[test]
fn members_are_exact_and_written_one_by_one() {
    assert_snapshot!(check("groups: {staff: {members: [b, c]}}", PEOPLE), @r"
    0 ~ group.staff
        users: +user.c -user.a (2 -> 2)
    ");
    assert_snapshot!(check("groups: {staff: {members: []}}", PEOPLE), @r"
    0 ~ group.staff
        users: -user.a -user.b (2 -> 0)
    ");
    assert_snapshot!(check("groups: {staff: {members: [b, a]}}", PEOPLE), @"nothing to do");
    assert_snapshot!(check("groups: {staff: {members: {include: [c], exclude: [a]}}}", PEOPLE), @r"
    0 ~ group.staff
        users: +user.c -user.a (2 -> 2)
    ");
    assert_snapshot!(check("groups: {new: {members: [c]}}", PEOPLE), @r"
    0 + group.new
        users: {user.c}
    ");
    // Members and plain fields in one step.
    assert_snapshot!(check("groups: {staff: {is_superuser: true, members: [a, b, c]}}", PEOPLE), @r"
    0 ~ group.staff
        is_superuser: false -> true
        users: +user.c (2 -> 3)
    ");
}

#[test]
fn the_members_of_a_new_role_are_added_after_it() {
    assert_snapshot!(check("roles: {auditor: {members: [c]}}", PEOPLE), @r"
    0 + role.auditor
        users: {user.c}
    ");
    let live = "user: [{username: a}, {username: b}]\nrole: [{name: auditor, users: [~a]}]";
    assert_snapshot!(check("roles: {auditor: {members: [b]}}", live), @r"
    0 ~ role.auditor
        users: +user.b -user.a (1 -> 1)
    ");
}

#[test]
fn grants_end() {
    // Today is 2026-06-15; a grant holds through its last day.
    assert_snapshot!(check("groups: {staff: {members: [a, {user: b, until: 2026-06-15}]}}", PEOPLE), @"nothing to do");
    assert_snapshot!(check("groups: {staff: {members: [a, {user: b, until: 2026-06-14}]}}", PEOPLE), @r"
    0 ~ group.staff
        users: -user.b (2 -> 1)
    ");
    assert_snapshot!(check("groups: {staff: {members: {include: [{user: c, until: 2027-01-01}]}}}", PEOPLE), @r"
    0 ~ group.staff
        users: +user.c (2 -> 3)
    ");
    // In an additive list an ended grant is taken back.
    assert_snapshot!(check("groups: {staff: {members: {include: [{user: b, until: 2026-01-01}]}}}", PEOPLE), @r"
    0 ~ group.staff
        users: -user.b (2 -> 1)
    ");
    assert_snapshot!(check("groups: {staff: {members: {include: [{user: c, until: 2026-01-01}]}}}", PEOPLE), @"nothing to do");
}

#[test]
fn groups_of_a_user_are_the_same_thing_from_the_other_side() {
    assert_snapshot!(check("users: {c: {groups: [staff]}}", PEOPLE), @r"
    0 ~ user.c
        groups: +group.staff (0 -> 1)
    ");
    assert_snapshot!(check("users: {a: {groups: []}}", PEOPLE), @r"
    0 ~ user.a
        groups: -group.staff (1 -> 0)
    ");
    // One membership must not be declared twice.
    assert_snapshot!(check("groups: {staff: {members: [a]}}\nusers: {c: {groups: [staff]}}", PEOPLE), @r#"
    error[AKR0211] 2:13: the membership of user "c" in group "staff" is declared twice
        help: keep one of the two
    "#);
    // Where a group says who its members are, the users' lists are not about that group.
    assert_snapshot!(
        check("groups: {staff: {members: [a, b]}, other: {}}\nusers: {b: {groups: [other]}}", PEOPLE), @r#"
    0 + group.other
    1 ~ user.b after 0
        groups: +group.other (1 -> 2)
    warning[AKR0221] 2:13: the list of user "b" does not name group "staff"
        note: the membership stays, because the other list declares it
        help: declare the membership in one place, for example as "staff" in the first list
    "#);
}

/// The groups of a user are sent as a whole: what the groups' side adds or removes comes after that, never beside it.
#[test]
fn one_membership_after_the_other_side_of_another() {
    let live = "user: [{username: u, groups: [~k, ~m]}]\ngroup: [{name: k}, {name: m}, {name: g}, {name: h}]";
    let state = "groups: {g: {members: {include: [u]}}, m: {members: {exclude: [u]}}, k: {}, h: {}}\n\
                 users: {u: {groups: [h]}}";
    assert_snapshot!(check(state, live), @r#"
    0 ~ user.u
        groups: +group.h -group.k (2 -> 2)
    1 ~ group.g after 0
        users: +user.u (0 -> 1)
    2 ~ group.m after 0
        users: -user.u (1 -> 0)
    warning[AKR0221] 2:13: the list of user "u" does not name group "g"
        note: the membership stays, because the other list declares it
        help: declare the membership in one place, for example as "g" in the first list
    "#);
    let state = "groups: {g: {members: [u]}, n: {members: {include: [u]}}, k: {}, h: {}}\nusers: {u: {groups: [h, m]}}";
    assert_snapshot!(check(state, live), @r#"
    0 ~ user.u
        groups: +group.h -group.k (2 -> 2)
    1 ~ group.g after 0
        users: +user.u (0 -> 1)
    2 + group.n after 0
        users: {user.u}
    warning[AKR0221] 2:13: the list of user "u" does not name group "g"
        note: the membership stays, because the other list declares it
        help: declare the membership in one place, for example as "g" in the first list
    warning[AKR0221] 2:13: the list of user "u" does not name group "n"
        note: the membership stays, because the other list declares it
        help: declare the membership in one place, for example as "n" in the first list
    "#);
}

#[test]
fn roles_of_a_user_are_the_same_thing_from_the_other_side() {
    let live = "user: [{username: a}, {username: b}]\nrole: [{name: auditor, users: [~a]}]";
    assert_snapshot!(check("users: {b: {roles: [auditor]}}", live), @r"
    0 ~ user.b
        roles: +role.auditor (0 -> 1)
    ");
    assert_snapshot!(check("roles: {auditor: {members: [a]}}\nusers: {b: {roles: [auditor]}}", live), @r#"
    error[AKR0211] 2:13: the membership of user "b" in role "auditor" is declared twice
        help: keep one of the two
    "#);
    assert_snapshot!(check("roles: {auditor: {members: [a]}, x: {}}\nusers: {a: {roles: [x]}}", live), @r#"
    0 + role.x
    1 ~ user.a after 0
        roles: +role.x (1 -> 2)
    warning[AKR0221] 2:13: the list of user "a" does not name role "auditor"
        note: the membership stays, because the other list declares it
        help: declare the membership in one place, for example as "auditor" in the first list
    "#);
}

#[test]
fn what_the_server_adds_to_a_proxy_provider_stays() {
    let live = "
property_mapping_scope:
  - {name: mine, scope_name: mine, expression: a}
  - {name: other, scope_name: other, expression: a}
  - {name: ak, scope_name: proxy, expression: a, managed: goauthentik.io/providers/proxy/scope-proxy}
provider_proxy: [{name: p, external_host: 'https://a', internal_host: 'http://a', property_mappings: [~ak, ~mine, ~other, unheard-of]}]
";
    assert_snapshot!(check("providers: {p: {type: proxy, property_mappings: [mine, other]}}", live), @"nothing to do");
    // What is neither declared nor the server's own goes.
    assert_snapshot!(check("providers: {p: {type: proxy, property_mappings: [mine]}}", live), @r#"
    0 ~ provider.p
        property_mappings: -property_mapping.other (4 -> 3)
        with internal_host = "http://a"
        with mode = "proxy"
    "#);
}

#[test]
fn ids_that_nothing_explains_are_named_by_what_answers_embed() {
    let live = "
application: [{slug: wiki, name: Wiki}]
group: [{name: staff}]
policy_binding:
  - {target: ~wiki, group: ~staff, order: 0}
  - {target: ~wiki, group: g-77, order: 1, group_obj: {pk: g-77, name: visitors}}
  - {target: ~wiki, user: u-78, order: 1}
";
    assert_snapshot!(check("applications: {wiki: {name: Wiki, bindings: [{group: staff}]}}", live), @r"
    0 - policy_binding[application.wiki,user u-78] (not in the list)
    1 - policy_binding[application.wiki,group.visitors] (not in the list)
    ");
    let live = "
user: [{username: a}]
group: [{name: staff, users: [~a, u-9], users_obj: [{pk: ~a, username: a}, {pk: u-9, username: zoe}]}]
";
    assert_snapshot!(Table::new("groups: {staff: {members: [a]}}", live).on(V2025_10).unsettled().show(), @r"
    0 ~ group.staff
        users: -user.zoe (2 -> 1)
    ");
}

#[test]
fn parents_mean_the_same_on_every_release() {
    let old = "group: [{name: g, parent: ~one}, {name: one}, {name: two}]";
    let on_old = |files: &str| Table::new(files, old).on(V2025_10).show();
    assert_snapshot!(on_old("groups: {g: {parents: [one]}}"), @"nothing to do");
    assert_snapshot!(on_old("groups: {g: {parents: [two]}}"), @r"
    0 ~ group.g
        parent: group.one -> group.two
    ");
    assert_snapshot!(on_old("groups: {g: {parents: []}}"), @r"
    0 ~ group.g
        parent: group.one -> null
    ");
    assert_snapshot!(on_old("groups: {g: {parent: two}}"), @r"
    0 ~ group.g
        parent: group.one -> group.two
    ");
    assert_snapshot!(on_old("groups: {new: {parents: [g]}}"), @r"
    0 + group.new
        parent: group.g
    ");
    assert_snapshot!(on_old("groups: {g: {parents: [one, two]}}"), @"error[AKR0106] 1:14: groups have one parent on authentik 2025.10, not 2");
    // Where there is room for one only, additive lists that name one say all.
    assert_snapshot!(on_old("groups: {g: {parents: {include: [two]}}}"), @r"
    0 ~ group.g
        parent: group.one -> group.two
    ");
    assert_snapshot!(on_old("groups: {g: {parents: {include: [two], exclude: [one]}}}"), @r"
    0 ~ group.g
        parent: group.one -> group.two
    ");
    assert_snapshot!(on_old("groups: {g: {parents: {include: [one, two]}}}"), @"error[AKR0106] 1:14: groups have one parent on authentik 2025.10, not 2");
    assert_snapshot!(on_old("groups: {g: {parents: {exclude: [one]}}}"), @r"
    error[AKR0106] 1:14: groups have one parent on authentik 2025.10, not a list
        help: name the one that you want, or none: `parents: []`
    ");
    assert_snapshot!(on_old("groups: {g: {parents: {include: []}}}"), @"nothing to do");
    assert_snapshot!(on_old("groups: {one: {parents: [g]}}"), @r#"
    error[AKR0206] 1:16: group "one" is its own ancestor
        note: the cycle is one -> g -> one
    "#);
    let new = "group: [{name: g, parents: [~one]}, {name: one}, {name: two}]";
    assert_snapshot!(check("groups: {g: {parent: one}}", new), @"nothing to do");
    assert_snapshot!(check("groups: {g: {parent: two}}", new), @r"
    0 ~ group.g
        parents: +group.two -group.one (1 -> 1)
    ");
    assert_snapshot!(check("groups: {g: {parent: null}}", new), @r"
    0 ~ group.g
        parents: -group.one (1 -> 0)
    ");
    assert_snapshot!(check("groups: {g: {parent: two, parents: [two]}}", new), @r#"
    error[AKR0116] 1:27: parents and parent of group "g" are the same field
        help: keep one of the two
    "#);
    assert_snapshot!(check("groups: {g: {parent: [two]}}", new), @"error[AKR0107] 1:22: parent must be the name of a group");
    assert_snapshot!(on_old("groups: {g: {parents: [two], lifecycle: {ignore: [parents]}}}"), @"ignored: 1");
}
