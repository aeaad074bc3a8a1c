//! Names: references and what they mean, renames, and what must not exist.

use insta::assert_snapshot;

use super::table::check;

const GROUPS: &str = "group: [{name: staff}, {name: guests, parents: [~staff]}, {name: admins}]";

#[test]
fn a_rename_keeps_the_object() {
    assert_snapshot!(check("groups: {people: {previously: staff}}", GROUPS), @"0 > group.people (was group.staff)");
    assert_snapshot!(check("groups: {people: {previously: staff, is_superuser: true}}", GROUPS), @r"
    0 > group.people (was group.staff)
        is_superuser: false -> true
    ");
    // Done already: the older name is history.
    assert_snapshot!(check("groups: {staff: {previously: crew}}", GROUPS), @"nothing to do");
    // Neither is there.
    assert_snapshot!(check("groups: {people: {previously: crew}}", GROUPS), @"0 + group.people");
}

#[test]
fn references_follow_a_rename() {
    assert_snapshot!(check("groups: {people: {previously: staff}, guests: {parents: [people]}}", GROUPS), @"0 > group.people (was group.staff)");
}

#[test]
fn a_circle_through_a_renamed_group_is_seen() {
    assert_snapshot!(check("groups: {people: {previously: staff, parents: [guests]}}", GROUPS), @r#"
    error[AKR0206] 1:38: group "people" is its own ancestor
        note: the cycle is people -> guests -> people
    "#);
}

#[test]
fn several_older_names() {
    assert_snapshot!(check("groups: {people: {previously: [crew, staff]}}", GROUPS), @"0 > group.people (was group.staff)");
    assert_snapshot!(check("groups: {people: {previously: [admins, staff]}}", GROUPS), @r#"error[AKR0210] 1:40: group "admins" and group "staff" both exist"#);
}

#[test]
fn a_rename_onto_a_taken_name_is_refused() {
    assert_snapshot!(check("groups: {admins: {previously: staff}}", GROUPS), @r#"
    error[AKR0210] 1:31: group "staff" cannot be renamed to a name that is taken
        help: remove one of the two, or remove `previously` if group "staff" is another object
    "#);
    assert_snapshot!(check("groups: {people: {previously: staff}, staff: {}}", GROUPS), @r#"
    error[AKR0210] 1:31: group "staff" is declared, and is an older name of another object
        help: remove `previously` here if that rename is done
    "#);
    assert_snapshot!(check("groups: {people: {previously: staff}, crew: {previously: staff}}", GROUPS), @r#"error[AKR0210] 1:10: group "staff" cannot become both group "crew" and group "people""#);
}

#[test]
fn a_name_is_taken_after_it_was_freed() {
    assert_snapshot!(check(
        "stages: {x: {type: dummy, previously: y}}\nabsent: {stages: [x]}",
        "stage_deny: [{name: x}]\nstage_dummy: [{name: y}]"), @r#"error[AKR0208] 2:19: stage "x" is both declared and listed under `absent`"#);
    assert_snapshot!(check(
        "groups: {people: {previously: staff}, crew: {previously: admins}}", GROUPS), @r"
    0 > group.crew (was group.admins)
    1 > group.people (was group.staff)
    ");
}

#[test]
fn names_in_a_chain_move_in_the_order_that_frees_them() {
    assert_snapshot!(check("groups: {b: {previously: a}, c: {previously: b}}", "group: [{name: a}, {name: b}]"), @r#"
    error[AKR0210] 1:46: group "b" is declared, and is an older name of another object
        help: remove `previously` here if that rename is done
    "#);
    // The middle of the chain exists under its new name already.
    assert_snapshot!(check("groups: {b: {previously: a}, c: {previously: b}}", "group: [{name: a}, {name: c}]"), @r#"
    error[AKR0210] 1:46: group "b" is declared, and is an older name of another object
        help: remove `previously` here if that rename is done
    "#);
    // Two that want each other's names cannot both move in place.
    assert_snapshot!(check("groups: {b: {previously: a}, a: {previously: b}}", "group: [{name: a}, {name: b}]"), @r#"
    error[AKR0210] 1:46: group "b" is declared, and is an older name of another object
        help: remove `previously` here if that rename is done
    error[AKR0210] 1:26: group "a" is declared, and is an older name of another object
        help: remove `previously` here if that rename is done
    "#);
}

#[test]
fn a_key_in_the_url_is_renamed_there() {
    assert_snapshot!(check(
        "applications: {docs: {name: Docs, previously: wiki, bindings: [{group: staff}]}}",
        "application: [{slug: wiki, name: Wiki}]\ngroup: [{name: staff}]"), @r#"
    0 > application.docs (was application.wiki)
        name: "Wiki" -> "Docs"
    1 + policy_binding[application.docs,group.staff]
        with order = 0
    "#);
}

#[test]
fn what_must_not_exist() {
    assert_snapshot!(check("absent: {groups: [staff, nobody]}", GROUPS), @"0 - group.staff (absent)");
    assert_snapshot!(check("groups: {staff: {}}\nabsent: {groups: [staff]}", GROUPS), @r#"error[AKR0208] 2:19: group "staff" is both declared and listed under `absent`"#);
    assert_snapshot!(check("groups: {guests: {parents: [staff]}}\nabsent: {groups: [staff]}", GROUPS), @r#"error[AKR0205] 1:29: group "staff" is deleted by this plan"#);
    // Renamed away: nothing is left of that name.
    assert_snapshot!(check("groups: {people: {previously: staff}}\nabsent: {groups: [staff]}", GROUPS), @"0 > group.people (was group.staff)");
}

#[test]
fn unknown_references_say_what_may_be_meant() {
    assert_snapshot!(check("groups: {new: {parents: [stafff]}, media: {}, x: {parents: [meda]}}", GROUPS), @r#"
    error[AKR0203] 1:26: group "stafff" is not declared and not found on the server
        help: did you mean "staff"?
    error[AKR0203] 1:61: group "meda" is not declared and not found on the server
        help: did you mean "media"?
    "#);
    assert_snapshot!(check("groups: {new: {parents: [quite-another]}}", GROUPS), @r#"error[AKR0203] 1:26: group "quite-another" is not declared and not found on the server"#);
    // An older name is no name.
    assert_snapshot!(check("groups: {people: {previously: staff}, guests: {parents: [staff]}}", GROUPS), @r#"
    error[AKR0203] 1:58: group "staff" is renamed to group "people"
        help: write "people"
    "#);
}

#[test]
fn one_wrong_name_is_reported_at_every_place() {
    assert_snapshot!(check("groups: {a: {parents: [nope]}, b: {parents: [nope]}}", GROUPS), @r#"
    error[AKR0203] 1:24: group "nope" is not declared and not found on the server
    error[AKR0203] 1:46: group "nope" is not declared and not found on the server
    "#);
}

const SCOPES: &str = "
property_mapping_scope:
  - {name: 'authentik default: openid', scope_name: openid, expression: a, managed: goauthentik.io/openid}
  - {name: 'authentik default: email', scope_name: email, expression: a, managed: goauthentik.io/email}
  - {name: my email, scope_name: email, expression: a}
provider_oauth2: [{name: p}]
";

#[test]
fn scopes_by_scope_name_and_by_managed_id() {
    assert_snapshot!(check("providers: {p: {type: oauth2, property_mappings: [openid, my email]}}", SCOPES), @r"
    0 ~ provider.p
        property_mappings: +property_mapping.authentik default: openid +property_mapping.my email (0 -> 2)
    ");
    assert_snapshot!(check("providers: {p: {type: oauth2, property_mappings: [goauthentik.io/email]}}", SCOPES), @r"
    0 ~ provider.p
        property_mappings: +property_mapping.authentik default: email (0 -> 1)
    ");
    assert_snapshot!(check("providers: {p: {type: oauth2, property_mappings: [openid, email]}}", SCOPES), @r#"
    error[AKR0204] 1:59: "email" matches several objects
        note: the candidates are "authentik default: email", "my email"
        help: write the full name of the one that you mean
    "#);
    // Two spellings of one object are one object.
    assert_snapshot!(check(
        "providers: {p: {type: oauth2, property_mappings: [openid, 'authentik default: openid']}}", SCOPES), @r"
    0 ~ provider.p
        property_mappings: +property_mapping.authentik default: openid (0 -> 1)
    ");
    // A declared mapping is known by its scope before it exists.
    assert_snapshot!(check("
property_mappings: {groups scope: {type: scope, scope_name: groups, expression: a}}
providers: {p: {type: oauth2, property_mappings: [groups]}}
", SCOPES), @r#"
    0 + property_mapping.groups scope
        scope_name: "groups"
        expression: "a"
    1 ~ provider.p after 0
        property_mappings: +property_mapping.groups scope (0 -> 1)
    "#);
}

#[test]
fn another_kind_under_the_same_name() {
    assert_snapshot!(check("stages: {x: {type: deny}}", "stage_dummy: [{name: x}]"), @r#"
    error[AKR0209] 1:10: stage "x" exists with another type
        note: the existing object has the type "dummy"
        help: authentik cannot change a type: use another name, or delete the old one first
    "#);
    // A kind that the table does not have is found in its family's collection.
    assert_snapshot!(check("stages: {x: {type: deny}}", "/stages/all/: [{name: x}]"), @r#"
    error[AKR0209] 1:10: stage "x" exists with another type
        note: the existing object has another type
        help: authentik cannot change a type: use another name, or delete the old one first
    "#);
    assert_snapshot!(check(
        "flows: {f: {stages: [x]}}",
        "flow: [{slug: f, name: F, title: F, designation: enrollment}]\n/stages/all/: [{name: x}]"), @"0 + flow_stage_binding[flow.f,stage.x,10]");
}

#[test]
fn several_objects_of_one_name() {
    let live = "
brand: [{domain: a.example.org, brand_uuid: b1}, {domain: a.example.org, brand_uuid: b2}, {domain: b.example.org}]
";
    assert_snapshot!(check("brands: {a.example.org: {branding_title: A}}", live), @r#"
    error[AKR0212] 1:10: brand "a.example.org" exists 2 times on the server
        help: rename or remove all but one by hand
    "#);
    assert_snapshot!(check("brands: {b.example.org: {branding_title: B}}", live), @r#"
    0 ~ brand.b.example.org
        branding_title: "authentik" -> "B"
    "#);
    assert_snapshot!(check("absent: {brands: [a.example.org]}", live), @r#"
    error[AKR0212] 1:19: brand "a.example.org" exists 2 times on the server
        help: rename or remove all but one by hand
    "#);
    let live = "
group: [{name: twice, pk: g1}, {name: twice, pk: g2}]
application: [{slug: wiki, name: Wiki}]
";
    assert_snapshot!(check("groups: {new: {parents: [twice]}}", live), @r#"
    error[AKR0204] 1:26: group "twice" exists 2 times on the server
        help: rename or remove all but one by hand
    "#);
}

#[test]
fn a_proxy_provider_is_listed_among_the_oauth2_ones_too() {
    let live = "
provider_oauth2: [{name: p, pk: 7}, {name: o, pk: 8}]
provider_proxy: [{name: p, pk: 7, external_host: 'https://a'}]
/providers/all/: [{name: p, pk: 7}, {name: o, pk: 8}]
";
    assert_snapshot!(check("providers: {p: {type: proxy, external_host: 'https://a'}, o: {type: oauth2}}", live), @"nothing to do");
    assert_snapshot!(check("providers: {p: {type: oauth2}}", live), @r#"
    error[AKR0209] 1:13: provider "p" exists with another type
        note: the existing object has the type "proxy"
        help: authentik cannot change a type: use another name, or delete the old one first
    "#);
}
