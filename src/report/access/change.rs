//! The difference of two worlds in words: `+ alice gains grafana through group staff`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Raw, json};

use super::super::page::{Page, Tone};
use super::tables::{record, shown};
use super::{application, entitlement, title, words};
use crate::access::{Difference, GateChange, Move, Name, Verdict, Why};

/// How many names of a group of users are shown.
const NAMES: usize = 5;

/// What moves in one line have in common: rank, sign, sentence, users, and whether the application goes.
type Alike<'a> = (u8, char, String, &'a [Name], bool);

/// The difference for a terminal; ends with a line break.
pub fn difference_text(told: &Difference, color: bool, width: usize) -> String {
    let mut page = Page::new(color, width);
    difference_lines(told)
        .into_iter()
        .for_each(|(sign, line)| page.bright(2, tone(sign), &line));
    if told.gates.is_empty() && told.blind.is_none() {
        page.plain("  Nobody gains or loses access.");
    }
    page.finish()
}

/// The same under a plan: with a heading, and nothing at all where a plan makes no difference to anybody.
pub fn under_plan(told: &Difference, color: bool, width: usize) -> String {
    if difference_lines(told).is_empty() {
        return String::new();
    }
    let mut page = Page::new(color, width);
    page.plain("");
    page.toned(0, Tone::Strong, "Access:");
    page.finish() + &difference_text(told, color, width)
}

/// How a line with this sign looks.
pub(in crate::report) fn tone(sign: char) -> Tone {
    match sign {
        '+' => Tone::Add,
        '-' => Tone::Remove,
        '~' => Tone::Change,
        '!' => Tone::Alarm,
        _ => Tone::Comment,
    }
}

/// Each line with its sign: `+` gained, `-` lost, `~` now by policy, `!` opens to everyone or is unknown, `#` a remark.
pub fn difference_lines(told: &Difference) -> Vec<(char, String)> {
    let mut lines = Vec::new();
    for change in told.gates.iter().filter(|change| change.opens) {
        let gain: usize = change
            .moves
            .iter()
            .filter(|it| it.to == Verdict::Allow)
            .map(|it| it.users.len())
            .sum();
        let new = if change.new { " (new)" } else { "" };
        let users = if gain == 1 { "user" } else { "users" };
        lines.push((
            '!',
            format!(
                "{} becomes open to all users{new}: {gain} more {users} may open it",
                title(&change.gate)
            ),
        ));
    }
    if let Some(why) = &told.blind {
        lines.push(('!', format!("who gains or loses access is unknown: {why}")));
    }
    for change in told.gates.iter().filter(|change| change.closes) {
        lines.push((
            '-',
            format!("{} is no longer open to all users", title(&change.gate)),
        ));
    }
    // One line for what the same users gain in the same way.
    let mut same: BTreeMap<Alike<'_>, Vec<String>> = BTreeMap::new();
    for (change, it) in told
        .gates
        .iter()
        .flat_map(|change| change.moves.iter().map(move |it| (change, it)))
    {
        if change.opens && it.why == Why::Open {
            continue;
        }
        let (rank, sign, verb, why) = words(change, it);
        let key = (
            rank,
            sign,
            format!("{verb} {{}}{why}"),
            it.users.as_slice(),
            change.gone,
        );
        same.entry(key).or_default().push(title(&change.gate));
    }
    for ((_, sign, form, users, gone), gates) in same {
        let gates = format!(
            "{}{}",
            gates.join(", "),
            if gone { " (deleted)" } else { "" }
        );
        let what = form.replacen("{}", &gates, 1);
        lines.push((sign, sentence(users, &what)));
    }
    if !told.new_users.is_empty() && told.open > 0 {
        let open = words::many(told.open, "application");
        lines.push((
            '#',
            format!(
                "new, so that {open} open to all users may be opened: {}",
                list(told.new_users.iter())
            ),
        ));
    }
    if !told.gone_users.is_empty() {
        lines.push((
            '#',
            format!("deleted, with all access: {}", list(told.gone_users.iter())),
        ));
    }
    lines
}

/// `alice gains grafana …`, or `41 users gain grafana …: alice, …`.
fn sentence(users: &[Name], what: &str) -> String {
    match users {
        [one] => format!("{one} {what}"),
        many => {
            let what = what
                .replacen("gains ", "gain ", 1)
                .replacen("loses ", "lose ", 1)
                .replacen("gets ", "get ", 1);
            format!("{} users {what}: {}", many.len(), list(many.iter()))
        }
    }
}

fn list<'a>(names: impl ExactSizeIterator<Item = &'a Name>) -> String {
    let count = names.len();
    let shown: Vec<&str> = names.take(NAMES).map(|name| &**name).collect();
    let more = if count > NAMES {
        format!(" and {} more", count - NAMES)
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

/// Where a move stands, its sign, its verb and its reason.
fn words(change: &GateChange, it: &Move) -> (u8, char, &'static str, String) {
    let why = words::why(&it.why);
    match it.to {
        Verdict::Allow if why.starts_with("through ") => (1, '+', "gains", format!(" {why}")),
        Verdict::Allow => (1, '+', "gains", format!(" ({why})")),
        Verdict::Conditional => (2, '~', "gets", format!(" by policy now ({why})")),
        Verdict::Unknown => (3, '!', "gets", format!(" or not, which is unknown ({why})")),
        Verdict::Deny if change.closes => (0, '-', "loses", String::new()),
        Verdict::Deny => (0, '-', "loses", format!(" (was: {why})")),
    }
}

/// For a comment on a change: a list.
pub fn difference_markdown(told: &Difference) -> String {
    let lines = difference_lines(told);
    if lines.is_empty() {
        return "Nobody gains or loses access.\n".to_owned();
    }
    lines
        .into_iter()
        .map(|(sign, line)| format!("- `{sign}` {}\n", shown(&line)))
        .collect()
}

/// One line a user and application.
pub fn difference_csv(told: &Difference) -> String {
    let mut out = "application,entitlement,user,from,to,reason\n".to_owned();
    for (change, it) in told
        .gates
        .iter()
        .flat_map(|change| change.moves.iter().map(move |it| (change, it)))
    {
        let (app, right) = (
            application(&change.gate),
            entitlement(&change.gate).unwrap_or_default(),
        );
        let why = words::why(&it.why);
        it.users.iter().for_each(|user| {
            record(
                &mut out,
                [app, right, user, it.from.word(), it.to.word(), &why],
            )
        });
    }
    out
}

/// For machines: every user by name.
pub fn difference_json(told: &Difference) -> Raw {
    let changes: Vec<Raw> = told
        .gates
        .iter()
        .map(|change| {
            json!({
                "application": application(&change.gate),
                "entitlement": entitlement(&change.gate),
                "new": change.new,
                "deleted": change.gone,
                "opens": change.opens,
                "closes": change.closes,
                "moves": change.moves.iter().map(|it| one(change, it)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let names = |users: &std::collections::BTreeSet<Name>| {
        users
            .iter()
            .map(|user| user.to_string())
            .collect::<Vec<_>>()
    };
    json!({
        "unknown": told.blind,
        "changes": changes,
        "new_users": names(&told.new_users),
        "deleted_users": names(&told.gone_users),
    })
}

/// The part of a plan's document that is about access.
pub(in crate::report) fn in_document(told: Option<&Difference>, opened: Vec<Raw>) -> Raw {
    let mut document = json!({ "gained": [], "lost": [], "unknown": [], "opened_to_all": opened });
    let Some(told) = told else { return document };
    let moves = |to: Verdict| -> Vec<Raw> {
        let all = told
            .gates
            .iter()
            .flat_map(|change| change.moves.iter().map(move |it| (change, it)));
        all.filter(|(_, it)| it.to == to)
            .map(|(change, it)| one(change, it))
            .collect()
    };
    let mut unknown = moves(Verdict::Unknown);
    unknown.extend(told.blind.iter().map(|why| json!({ "reason": why })));
    let closed = told
        .gates
        .iter()
        .filter(|change| change.closes)
        .map(|change| change.gate.path());
    document["gained"] = moves(Verdict::Allow).into();
    document["lost"] = moves(Verdict::Deny).into();
    document["conditional"] = moves(Verdict::Conditional).into();
    document["unknown"] = unknown.into();
    document["closed"] = closed.collect::<Vec<_>>().into();
    document["new_users"] = names(&told.new_users);
    document["deleted_users"] = names(&told.gone_users);
    document
}

fn one(change: &GateChange, it: &Move) -> Raw {
    let users: Vec<&str> = it.users.iter().map(|user| &**user).collect();
    json!({ "address": change.gate.path(), "from": it.from.word(), "to": it.to.word(), "reason": words::why(&it.why), "users": users })
}

fn names(users: &BTreeSet<Name>) -> Raw {
    users.iter().map(|user| Raw::from(&**user)).collect()
}
