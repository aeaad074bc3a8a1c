//! What changes between two worlds, in the groups that people read.

use akrec::access::{Difference, Move, Passes, Subject, Verdict, Why, difference};
use akrec::schema::{V2025_12, V2026_2};

use super::small::{app, name, world};

const BEFORE: &str = "
    user ann ben cem dan
    group all : 
    group staff all : ann ben
    group cloud : 
    policy geo depends
    app wiki any group:all
    app vault any group:staff
    app files any group:cloud
    app news any
    app cams any group:staff";

fn compare(after: &str) -> Difference {
    difference(&world(V2026_2, BEFORE).0, &world(V2026_2, after).0)
}

/// `+ann,ben wiki staff -> all`, one line a move.
fn lines(difference: &Difference) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &difference.gates {
        let slug = change.gate.name().unwrap_or("?");
        for (yes, word) in [
            (change.opens, "opens"),
            (change.closes, "closes"),
            (change.gone, "gone"),
        ] {
            lines.extend(yes.then(|| format!("! {slug} {word}")));
        }
        lines.extend(
            change
                .moves
                .iter()
                .map(|it| format!("{} {slug} {}", who(it), reason(it))),
        );
    }
    lines
}

fn who(it: &Move) -> String {
    let sign = match it.to {
        Verdict::Allow => '+',
        Verdict::Deny => '-',
        Verdict::Conditional | Verdict::Unknown => '?',
    };
    format!("{sign}{}", it.users.join(","))
}

fn reason(it: &Move) -> String {
    let Why::Bound(parts) = &it.why else {
        return format!("{:?}", it.why);
    };
    let one = |part: &akrec::access::Part| match &part.subject {
        Subject::Others => "others".to_owned(),
        Subject::Group(_) if !part.path.is_empty() => part.path.join(" -> "),
        Subject::Group(it) | Subject::User(it) | Subject::Policy(it) | Subject::Unknown(_, it) => {
            format!(
                "{}{it}",
                if part.passes == Passes::No {
                    "not "
                } else {
                    ""
                }
            )
        }
    };
    parts.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_member_more_gains_what_the_group_and_its_parents_open() {
    let after = BEFORE.replace(
        "group staff all : ann ben",
        "group staff all : ann ben cem dan",
    );
    assert_eq!(
        lines(&compare(&after)),
        [
            "+cem,dan cams staff",
            "+cem,dan vault staff",
            "+cem,dan wiki staff -> all"
        ]
    );
}

#[test]
fn users_of_several_ways_into_one_group_are_reported_together() {
    let after = format!(
        "{}\n group interns all : cem\n group alumni all : dan",
        BEFORE
    );
    assert_eq!(lines(&compare(&after)), ["+cem,dan wiki all"]);
}

#[test]
fn what_opens_comes_first_and_what_closes_says_who_loses() {
    let after = BEFORE.replace("app vault any group:staff", "app vault any off,group:staff");
    let after = after.replace("app news any", "app news any group:cloud");
    let reported = compare(&after);
    assert_eq!(
        lines(&reported),
        [
            "! vault opens",
            "+cem,dan vault Open",
            "! news closes",
            "-ann,ben,cem,dan news Open"
        ]
    );
    assert_eq!(reported.open, 1);
}

#[test]
fn a_policy_makes_access_conditional() {
    let after = BEFORE.replace(
        "app cams any group:staff",
        "app cams all group:staff policy:geo",
    );
    assert_eq!(lines(&compare(&after)), ["?ann,ben cams geo"]);
}

#[test]
fn an_application_that_goes_takes_access_along_and_a_user_that_goes_is_named_once() {
    let after = BEFORE
        .replace("app wiki any group:all", "")
        .replace("user ann", "user")
        .replace(": ann", ": ");
    let reported = compare(&after);
    assert_eq!(lines(&reported), ["! wiki gone", "-ben wiki staff -> all"]);
    assert_eq!(
        reported.gone_users.iter().cloned().collect::<Vec<_>>(),
        [name("ann")]
    );
    let reported =
        compare(&format!("user eve\n{BEFORE}").replace("group cloud : ", "group cloud : eve"));
    assert_eq!(lines(&reported), ["+eve files cloud"]);
    assert_eq!((reported.new_users.len(), reported.open), (1, 1));
}

#[test]
fn an_upgrade_alone_changes_access() {
    let text = BEFORE.replace(
        "app cams any group:staff",
        "app cams all group:staff group:cloud",
    );
    let before = world(V2025_12, &text).0;
    let reported = difference(&before, &world(V2026_2, &text).0);
    assert_eq!(lines(&reported), ["-ann,ben cams staff"]);
    assert_eq!(reported.gates[0].gate, app("cams"));
    assert!(difference(&before, &before).is_empty());
}
