//! The difference of two worlds in words: `+ alice gains grafana through group staff`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::page::{Page, Tone};
use super::tables::{record, shown};
use super::{application, entitlement, phrases, title};
use crate::access::{Difference, GateChange, Move, Name, Verdict, Why};
use crate::wire::access::{self as wire, Compared, Moves, Opened, Unknown};

/// How many names of a group of users are shown.
const NAMES: usize = 5;

/// What moves in one line have in common: rank, sign, sentence, users, and whether the application goes.
type Alike<'a> = (u8, char, String, &'a [Name], bool);

/// The difference for a terminal; ends with a line break.
pub fn difference_text(difference: &Difference, color: bool, width: usize) -> String {
    let mut page = Page::new(color, width);
    difference_lines(difference)
        .into_iter()
        .for_each(|(sign, line)| page.bright(2, tone(sign), &line));
    if difference.gates.is_empty() && difference.blind.is_none() {
        page.plain("  Nobody gains or loses access.");
    }
    page.finish()
}

/// The same under a plan: with a heading, and nothing at all where a plan makes no difference to anybody.
pub fn under_plan(difference: &Difference, color: bool, width: usize) -> String {
    if difference_lines(difference).is_empty() {
        return String::new();
    }
    let mut page = Page::new(color, width);
    page.plain("");
    page.toned(0, Tone::Strong, "Access:");
    page.finish() + &difference_text(difference, color, width)
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
pub fn difference_lines(difference: &Difference) -> Vec<(char, String)> {
    let mut lines = Vec::new();
    for change in difference.gates.iter().filter(|change| change.opens) {
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
    if let Some(why) = &difference.blind {
        lines.push(('!', format!("who gains or loses access is unknown: {why}")));
    }
    for change in difference.gates.iter().filter(|change| change.closes) {
        lines.push((
            '-',
            format!("{} is no longer open to all users", title(&change.gate)),
        ));
    }
    // One line for what the same users gain in the same way.
    let mut same: BTreeMap<Alike<'_>, Vec<String>> = BTreeMap::new();
    for (change, it) in difference
        .gates
        .iter()
        .flat_map(|change| change.moves.iter().map(move |it| (change, it)))
    {
        if change.opens && it.why == Why::Open {
            continue;
        }
        let (rank, sign, verb, why) = move_phrase(change, it);
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
    if !difference.new_users.is_empty() && difference.open > 0 {
        let open = phrases::many(difference.open, "application");
        lines.push((
            '#',
            format!(
                "new, so that {open} open to all users may be opened: {}",
                list(difference.new_users.iter())
            ),
        ));
    }
    if !difference.gone_users.is_empty() {
        lines.push((
            '#',
            format!(
                "deleted, with all access: {}",
                list(difference.gone_users.iter())
            ),
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

/// The rank, sign, verb and reason of a move.
fn move_phrase(change: &GateChange, it: &Move) -> (u8, char, &'static str, String) {
    let why = phrases::why(&it.why);
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
pub fn difference_markdown(difference: &Difference) -> String {
    let lines = difference_lines(difference);
    if lines.is_empty() {
        return "Nobody gains or loses access.\n".to_owned();
    }
    lines
        .into_iter()
        .map(|(sign, line)| format!("- `{sign}` {}\n", shown(&line)))
        .collect()
}

/// One line a user and application.
pub fn difference_csv(difference: &Difference) -> String {
    let mut out = "application,entitlement,user,from,to,reason\n".to_owned();
    for (change, it) in difference
        .gates
        .iter()
        .flat_map(|change| change.moves.iter().map(move |it| (change, it)))
    {
        let (app, right) = (
            application(&change.gate),
            entitlement(&change.gate).unwrap_or_default(),
        );
        let why = phrases::why(&it.why);
        it.users.iter().for_each(|user| {
            record(
                &mut out,
                [app, right, user, it.from.as_str(), it.to.as_str(), &why],
            )
        });
    }
    out
}

/// For machines: every user by name.
pub fn difference_document(difference: &Difference) -> wire::Difference {
    let changes = difference.gates.iter().map(|change| wire::GateChange {
        application: application(&change.gate).to_owned(),
        entitlement: entitlement(&change.gate).map(str::to_owned),
        new: change.new,
        deleted: change.gone,
        opens: change.opens,
        closes: change.closes,
        moves: change.moves.iter().map(|it| one(change, it)).collect(),
    });
    wire::Difference {
        unknown: difference.blind.clone(),
        changes: changes.collect(),
        new_users: names(&difference.new_users),
        deleted_users: names(&difference.gone_users),
    }
}

/// The part of a plan's document that is about access.
pub(in crate::report) fn in_document(
    difference: Option<&Difference>,
    opened: Vec<Opened>,
) -> Moves {
    let mut document = Moves {
        opened_to_all: opened,
        ..Moves::default()
    };
    let Some(difference) = difference else {
        return document;
    };
    let moves = |to: Verdict| -> Vec<wire::Move> {
        let all = difference
            .gates
            .iter()
            .flat_map(|change| change.moves.iter().map(move |it| (change, it)));
        all.filter(|(_, it)| it.to == to)
            .map(|(change, it)| one(change, it))
            .collect()
    };
    document.gained = moves(Verdict::Allow);
    document.lost = moves(Verdict::Deny);
    let unknown = moves(Verdict::Unknown).into_iter().map(Unknown::Move);
    let blind = difference.blind.iter().cloned();
    document.unknown = unknown
        .chain(blind.map(|reason| Unknown::Reason { reason }))
        .collect();
    let closed = difference.gates.iter().filter(|change| change.closes);
    document.compared = Some(Compared {
        conditional: moves(Verdict::Conditional),
        closed: closed.map(|change| change.gate.path()).collect(),
        new_users: names(&difference.new_users),
        deleted_users: names(&difference.gone_users),
    });
    document
}

fn one(change: &GateChange, it: &Move) -> wire::Move {
    wire::Move {
        address: change.gate.path(),
        from: it.from.into(),
        to: it.to.into(),
        reason: phrases::why(&it.why),
        users: it.users.iter().map(|user| user.to_string()).collect(),
    }
}

fn names(users: &BTreeSet<Name>) -> Vec<String> {
    users.iter().map(|user| user.to_string()).collect()
}
