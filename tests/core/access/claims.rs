//! Claims about access, from files to what speaks against them: on a whole world, and on the files alone.

use akrec::access::{Access, Held, Reach, World, held};
use akrec::desired;
use akrec::desired::Desired;
use akrec::diag::{Diagnostic, Sources};
use akrec::report::assertions::{Judged, tally};
use akrec::schema::{Release, V2025_12, V2026_2};
use akrec::state::Inputs;

const STATE: &str = "\
users: {ann: {name: A}, ben: {name: B}, cem: {name: C, is_active: false}, dan: {name: D}}
groups:
  all: {members: []}
  staff: {parents: [all], members: [ann]}
  interns: {parents: [staff], members: [cem]}
  guests: {members: [ben]}
policies: {night: {type: expression, expression: return is_night(request)}}
applications:
  wiki: {name: Wiki, bindings: [{group: all}, {user: dan}], entitlements: {edit: {bindings: [{group: interns}]}}}
  cams: {name: Cams, policy_engine_mode: all, bindings: [{group: staff}, {policy: night}]}
  both: {name: Both, policy_engine_mode: all, bindings: [{group: staff}, {group: guests}]}
  site: {name: Site, bindings: []}
assertions:
";

fn load(state: &str) -> (Desired, Vec<Diagnostic>, Sources) {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("akrec-claims-{}-{count}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("state.yaml"), state).unwrap();
    let mut sources = Sources::default();
    let inputs = Inputs::new(&dir, &|_| None);
    let today = jiff::civil::date(2026, 11, 22);
    let settings = desired::Settings {
        release: None,
        allow_unknown: false,
        today,
    };
    let (desired, reported) = akrec::state::load(&inputs, None, &settings, &mut sources);
    std::fs::remove_dir_all(&dir).unwrap();
    (desired, reported, sources)
}

/// `ok`, `failed: why; why` or `unknown: why` for each claim.
fn judged(claims: &[&str], release: Release, whole: bool) -> Vec<String> {
    let list: String = claims
        .iter()
        .map(|claim| format!("  - {claim}\n"))
        .collect();
    let (desired, diagnostic, sources) = load(&format!("{STATE}{list}"));
    assert_eq!(diagnostic, Vec::new());
    // As a server would have it: all there is.
    let mut world = World::declared(&desired, release);
    if whole {
        for group in world.groups.values_mut() {
            group.others = false;
        }
        for gate in world.gates.values_mut() {
            gate.bindings
                .retain(|binding| binding.subject != akrec::access::Subject::Others);
        }
    }
    let access = Access::of(&world);
    let reach = Reach {
        people: whole,
        gates: whole,
    };
    let all: Vec<Judged> = desired
        .assertions
        .iter()
        .map(|assertion| Judged {
            assertion: assertion.clone(),
            held: held(&assertion.claim, &access, reach),
        })
        .collect();
    assert_eq!(all.len(), claims.len());
    assert!(tally(&all).is_some());
    let document = akrec::report::assertions::json(&all, &sources);
    let mut lines = Vec::new();
    for (number, (one, judged)) in document.as_array().unwrap().iter().zip(&all).enumerate() {
        assert_eq!(one["source"]["line"], 14 + number, "each has its own line");
        let diagnostic = judged.reported("");
        assert_eq!(diagnostic.is_none(), judged.held == Held::Yes);
        assert_eq!(
            diagnostic.is_some_and(|diagnostic| diagnostic.is_error()),
            judged.failed()
        );
        let why: Vec<&str> = one["why"]
            .as_array()
            .unwrap()
            .iter()
            .map(|why| why.as_str().unwrap())
            .collect();
        let result = one["result"].as_str().unwrap();
        lines.push(if why.is_empty() {
            result.to_owned()
        } else {
            format!("{result}: {}", why.join("; "))
        });
    }
    lines
}

#[track_caller]
fn expect(whole: bool, claims: &[(&str, &str)]) {
    let found = judged(
        &claims.iter().map(|(claim, _)| *claim).collect::<Vec<_>>(),
        V2026_2,
        whole,
    );
    for ((claim, expected), found) in claims.iter().zip(found) {
        assert_eq!(found, *expected, "{claim}");
    }
}

#[test]
fn somebody_may_or_may_not() {
    expect(
        true,
        &[
            ("{user: ann, application: wiki, access: allow}", "ok"),
            ("{user: cem, application: wiki, access: allow}", "ok"),
            ("{user: dan, application: wiki, access: allow}", "ok"),
            (
                "{user: ben, application: wiki, access: allow}",
                "failed: ben cannot open wiki: not in group all; not user dan",
            ),
            ("{user: ben, application: wiki, access: deny}", "ok"),
            (
                "{user: cem, application: wiki, access: deny}",
                "failed: cem can open wiki: through group interns -> staff -> all",
            ),
            ("{user: ann, application: cams, access: conditional}", "ok"),
            (
                "{user: ann, application: cams, access: allow}",
                "unknown: ann can perhaps open cams: through group staff; policy night decides",
            ),
            ("{user: ben, application: cams, access: deny}", "ok"),
            (
                "{user: ben, application: site, access: deny}",
                "failed: ben can open site: it is open to all users",
            ),
            (
                "{group: interns, application: [wiki, site], access: allow}",
                "ok",
            ),
            (
                "{group: staff, application: wiki, entitlement: edit, access: allow}",
                "failed: ann cannot open wiki: edit: not in group interns",
            ),
            (
                "{user: cem, application: wiki, entitlement: edit, access: allow}",
                "ok",
            ),
            (
                "{user: [ann, ben], group: interns, applications: '*', except: [wiki, site, cams], access: deny}",
                "ok",
            ),
            (
                "{user: eve, application: wiki, access: deny}",
                "failed: there is no user \"eve\"",
            ),
            (
                "{user: ann, application: wki, access: deny}",
                "failed: there is no application \"wki\"",
            ),
            (
                "{group: crew, application: wiki, access: deny}",
                "failed: there is no group \"crew\"",
            ),
        ],
    );
}

#[test]
fn nobody_else_may() {
    expect(
        true,
        &[
            ("{application: wiki, only: [group:all, user:dan]}", "ok"),
            (
                "{application: wiki, only: [group:staff, user:dan]}",
                // Nobody but staff is in it today.
                "ok",
            ),
            (
                "{application: wiki, only: [group:interns]}",
                "failed: ann can open wiki: through group staff -> all; dan can open wiki: bound directly",
            ),
            ("{application: cams, only: [{group: staff}]}", "ok"),
            (
                "{application: cams, only: group:guests}",
                "unknown: ann can perhaps open cams: through group staff; policy night decides; cem can perhaps open cams: \
                 through group interns -> staff; policy night decides",
            ),
            (
                "{application: site, only: [group:all]}",
                "failed: site is open to all users: it has no enabled binding",
            ),
            ("{application: both, only: [group:guests]}", "ok"),
            ("{application: both, only: []}", "ok"),
        ],
    );
    // Before 2026.2 one of two groups is enough, whatever the mode.
    let found = judged(
        &["{application: both, only: [group:guests]}"],
        V2025_12,
        true,
    );
    assert!(
        found[0].starts_with("failed: ann can open both: through group staff; cem"),
        "{found:?}"
    );
}

#[test]
fn nobody_is_in_two_groups_and_nothing_is_open() {
    expect(
        true,
        &[
            ("{no_user_in: [staff, guests]}", "ok"),
            (
                "{no_user_in: [guests, interns, all]}",
                "failed: cem is in interns and in all",
            ),
            ("{applications: '*', bound: true, except: [site]}", "ok"),
            (
                "{applications: '*', bound: true}",
                "failed: site is open to all users: it has no enabled binding",
            ),
            ("{applications: [site], bound: false}", "ok"),
            (
                "{applications: 'w*', bound: false}",
                "failed: wiki is not open to all users: it has an enabled binding",
            ),
        ],
    );
}

/// The files alone prove what their exact lists say; the rest is left to a plan, and nothing fails for want of knowledge.
#[test]
fn files_alone() {
    expect(
        false,
        &[
            ("{user: ann, application: wiki, access: allow}", "ok"),
            (
                "{user: eve, application: wiki, access: allow}",
                "unknown: there is no user \"eve\"",
            ),
            ("{application: wiki, only: [group:all, user:dan]}", "ok"),
            ("{no_user_in: [staff, guests]}", "ok"),
            (
                "{no_user_in: [interns, all]}",
                "failed: cem is in interns and in all",
            ),
            ("{applications: [wiki, cams], bound: true}", "ok"),
            (
                "{applications: '*', except: [site], bound: true}",
                "unknown: it is unknown who or what else: applications that are not listed",
            ),
            (
                "{applications: '*', bound: true}",
                "failed: site is open to all users: it has no enabled binding",
            ),
        ],
    );
}

#[test]
fn what_says_nothing_is_refused_at_its_line() {
    let list = "  - {user: ann, application: wiki}
  - {user: ann, aplication: wiki, access: allow}
  - {user: ann, application: wiki, access: yes}
  - {no_user_in: [staff]}
  - {application: wiki, only: [staff]}
  - {no_user_in: [staff, all], application: wiki}
  - wiki
  - {applications: [], bound: true}
";
    let (desired, reported, sources) = load(&format!("{STATE}{list}"));
    assert_eq!(desired.assertions, Vec::new());
    let lines: Vec<String> = akrec::report::diagnostics::short(&reported, &sources)
        .lines()
        .map(|line| {
            line.split_once("state.yaml:")
                .map_or(line, |(_, rest)| rest)
                .to_owned()
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    14:5: error[AKR0116]: this assertion is incomplete
    15:17: error[AKR0105]: unknown key "aplication" in an assertion
    16:44: error[AKR0108]: access must be allow, deny or conditional
    17:5: error[AKR0116]: no_user_in needs at least two groups
    18:32: error[AKR0116]: the items of only must look like group:staff or user:ann
    19:32: error[AKR0116]: `application` is not allowed in an assertion of this form
    20:5: error[AKR0107]: an assertion must be a mapping
    21:5: error[AKR0116]: this assertion names no application
    "#);
}
