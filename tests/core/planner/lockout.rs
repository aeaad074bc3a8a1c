//! Who can still administer and sign in, by what is there and what is to be done.

use super::table::check;

const ADMINS: &str = "
user: [{username: ada, name: Ada}, {username: bo, name: Bo, is_active: false}, {username: bot, name: Bot, type: service_account}]
group:
  - {name: owners, is_superuser: true, users: [~ada, ~bo, ~bot]}
  - {name: deputies, parents: [~owners]}
";

fn refused(files: &str, live: &str, code: &str) -> bool {
    check(files, live).contains(&format!("error[{code}]"))
}

#[test]
fn only_people_who_can_sign_in_count() {
    assert!(refused(
        "groups: {owners: {members: [bo, bot]}}",
        ADMINS,
        "AKR0607"
    ));
    assert!(!refused(
        "groups: {owners: {members: [ada]}}",
        ADMINS,
        "AKR0607"
    ));
    // A user that this plan makes has no password yet.
    assert!(refused(
        "{groups: {owners: {members: [cy]}}, users: {cy: {name: Cy}}}",
        ADMINS,
        "AKR0607"
    ));
    // One that it activates has.
    assert!(!refused(
        "{groups: {owners: {members: [bo]}}, users: {bo: {is_active: true}}}",
        ADMINS,
        "AKR0607"
    ));
    assert!(refused(
        "users: {ada: {type: service_account}}",
        ADMINS,
        "AKR0607"
    ));
    assert!(refused("absent: {users: [ada]}", ADMINS, "AKR0607"));
}

#[test]
fn a_group_below_counts_and_a_group_below_no_more_does_not() {
    assert!(!refused(
        "groups: {owners: {members: []}, deputies: {members: [ada]}}",
        ADMINS,
        "AKR0607"
    ));
    assert!(refused(
        "groups: {owners: {members: []}, deputies: {members: [ada], parents: []}}",
        ADMINS,
        "AKR0607"
    ));
    assert!(refused(
        "{groups: {deputies: {members: [ada]}}, absent: {groups: [owners]}}",
        ADMINS,
        "AKR0607"
    ));
    // Another group takes over in the same plan; a rename changes nothing.
    let over =
        "{groups: {owners: {is_superuser: false}, new: {is_superuser: true, members: [ada]}}}";
    assert!(!refused(over, ADMINS, "AKR0607"));
    assert!(!refused(
        "groups: {chiefs: {previously: owners}}",
        ADMINS,
        "AKR0607"
    ));
}

#[test]
fn what_is_broken_already_is_only_said() {
    let live = "
user: [{username: bo, name: Bo, is_active: false}]
group: [{name: owners, is_superuser: true, users: [~bo]}]
";
    let reported = check("groups: {owners: {members: []}}", live);
    assert!(
        reported.contains("warning[AKR0607]") && !reported.contains("error"),
        "{reported}"
    );
}

const BRAND: &str = "
brand: [{domain: here, default: true, flow_authentication: ~in}, {domain: there, flow_authentication: ~in}]
flow: [{slug: in, name: In, title: In, designation: authentication}]
stage_identification: [{name: who, user_fields: [username]}]
stage_user_login: [{name: login}]
flow_stage_binding:
  - {target: ~in, stage: ~who, order: 0}
  - {target: ~in, stage: ~login, order: 10}
";

#[test]
fn the_default_brand_keeps_a_way_in() {
    for files in [
        "flows: {in: {stages: [{stage: who, order: 0}]}}",
        "flows: {in: {stages: [{stage: login, order: 10}]}}",
        "absent: {stages: [login]}",
        "brands: {here: {flow_authentication: null}}",
    ] {
        assert!(refused(files, BRAND, "AKR0609"), "{files}");
    }
    for files in [
        "flows: {enter: {previously: in}}",
        "brands: {there: {flow_authentication: null}}",
        "flows: {in: {stages: [{stage: login, order: 10}, {stage: who, order: 5}]}}",
    ] {
        assert!(!refused(files, BRAND, "AKR0609"), "{files}");
    }
}
