//! Reasons as people think of them, one case each.

use akrec::access::{Access, Passes, Subject, Verdict, Why, World};
use akrec::schema::{V2025_12, V2026_2};

use super::small::{app, entitlement, name, world};

fn why(world: &World, user: &str, slug: &str) -> (Verdict, Vec<(Passes, String)>) {
    let access = Access::of(world);
    let (verdict, why) = access.why(user, &app(slug)).unwrap();
    let Why::Bound(parts) = why else {
        return (verdict, vec![]);
    };
    let text = |part: akrec::access::Part| match (&part.subject, part.path.is_empty()) {
        (Subject::Group(_), false) => part.path.join(" -> "),
        (Subject::Others, _) => "others".to_owned(),
        (
            Subject::Group(it) | Subject::User(it) | Subject::Policy(it) | Subject::Unknown(_, it),
            _,
        ) => it.to_string(),
    };
    (
        verdict,
        parts
            .into_iter()
            .map(|part| (part.passes, text(part)))
            .collect(),
    )
}

fn yes(text: &str) -> (Passes, String) {
    (Passes::Yes, text.to_owned())
}

fn no(text: &str) -> (Passes, String) {
    (Passes::No, text.to_owned())
}

#[test]
fn the_shortest_way_into_a_bound_group_is_named_even_in_a_circle() {
    let (world, _) = world(
        V2026_2,
        "user ann ben
         group all : 
         group staff all staff-too : 
         group staff-too staff : 
         group interns staff-too all : ann
         app wiki any group:staff
         app news any group:all",
    );
    assert_eq!(
        why(&world, "ann", "wiki"),
        (Verdict::Allow, vec![yes("interns -> staff-too -> staff")])
    );
    assert_eq!(
        why(&world, "ann", "news"),
        (Verdict::Allow, vec![yes("interns -> all")])
    );
    assert_eq!(
        why(&world, "ben", "wiki"),
        (Verdict::Deny, vec![no("staff")])
    );
}

#[test]
fn a_disabled_binding_opens_and_a_superuser_does_not_pass() {
    let (world, _) = world(
        V2026_2,
        "user root
         group admins superuser : root
         group staff : 
         app vault any off,group:staff
         app wiki any group:staff",
    );
    assert_eq!(
        Access::of(&world).why("root", &app("vault")),
        Some((Verdict::Allow, Why::Open))
    );
    assert_eq!(why(&world, "root", "wiki").0, Verdict::Deny);
}

#[test]
fn all_means_all_from_2026_2_on_only() {
    let text = "user ann
         group staff : ann
         group vpn : 
         policy night return ak_is_night()
         app wiki all group:staff group:vpn
         app cams all group:staff policy:night";
    let (world, _) = world(V2026_2, text);
    assert_eq!(why(&world, "ann", "wiki"), (Verdict::Deny, vec![no("vpn")]));
    let both = vec![yes("staff"), (Passes::Depends, "night".to_owned())];
    assert_eq!(why(&world, "ann", "cams"), (Verdict::Conditional, both));
    let older = World {
        release: V2025_12,
        ..world
    };
    assert_eq!(
        why(&older, "ann", "wiki"),
        (Verdict::Allow, vec![yes("staff")])
    );
}

#[test]
fn an_entitlement_is_nobodys_until_somebody_is_bound() {
    let (mut world, _) = world(
        V2026_2,
        "user ann ben
         group staff : ann
         policy yes return True
         app wiki any
         entitlement wiki none policy:yes
         entitlement wiki edit group:staff policy:yes",
    );
    let access = Access::of(&world);
    assert_eq!(
        access.why("ann", &entitlement("wiki", "none")),
        Some((Verdict::Deny, Why::Nothing))
    );
    assert_eq!(
        access.verdict("ann", &entitlement("wiki", "edit")),
        Some(Verdict::Allow)
    );
    assert_eq!(
        access.verdict("ben", &entitlement("wiki", "edit")),
        Some(Verdict::Deny)
    );
    assert_eq!(access.verdict("nobody", &app("wiki")), None);
    world.groups.remove(&name("staff"));
    let blind = Access::of(&world);
    assert_eq!(
        blind.verdict("ann", &entitlement("wiki", "edit")),
        Some(Verdict::Unknown)
    );
}
