//! The listing for a terminal: aligned, grouped by verdict, what is open to everyone first.

use super::super::page::{Page, Tone, columns, padded};
use super::super::safe;
use super::{Line, Place, View, application, entitlement, phrases, title};
use crate::access::{Verdict, Why};
use crate::value::Address;

/// How many groups are named.
const GROUPS: usize = 8;

/// The whole listing.
pub fn text(view: &View<'_>, color: bool, width: usize) -> String {
    let mut page = Page::new(color, width);
    page.plain(&format!("akrec access · {}", view.heading()));
    page.gap();
    match (view.user, view.app) {
        (Some(user), _) => of_user(view, user, &mut page),
        (None, Some(_)) => view
            .gates()
            .iter()
            .for_each(|(gate, _)| of_gate(view, gate, &mut page)),
        (None, None) => all(view, &mut page),
    }
    let strangers = view.access.world.strangers();
    if let Some(why) = view.access.world.blind() {
        page.gap();
        page.bright(
            0,
            Tone::Alarm,
            &format!("Who may open the rest is unknown: {why}"),
        );
    } else if strangers > 0 {
        page.gap();
        let these = phrases::many(strangers, "membership");
        page.bright(
            0,
            Tone::Alarm,
            &format!("{these} of users that the token cannot see: nothing is known about them."),
        );
    }
    page.finish()
}

/// Every application: how many users may open it, and what is bound.
fn all(view: &View<'_>, page: &mut Page) {
    let world = view.access.world;
    let gates = view.gates();
    if gates.is_empty() {
        page.plain("There are no applications.");
        return;
    }
    let (open, closed): (Vec<_>, Vec<_>) =
        gates.into_iter().partition(|(_, gate)| world.is_open(gate));
    if !open.is_empty() {
        let applications = phrases::many(open.len(), "application");
        page.bright(
            0,
            Tone::Alarm,
            &format!("Open to all users ({applications}):"),
        );
        let rows: Vec<[String; 2]> = open
            .iter()
            .map(|(gate, it)| [title(gate), phrases::unbound(it)])
            .collect();
        table(&rows, 2, page);
        page.gap();
    }
    if closed.is_empty() {
        return;
    }
    let inactive = world.users.values().filter(|person| !person.active).count();
    let mut rows = vec![[
        "APPLICATION".to_owned(),
        "USERS".to_owned(),
        "BOUND".to_owned(),
    ]];
    for (address, gate) in closed {
        let name = match entitlement(address) {
            Some(name) => format!("  {name}"),
            None => title(address),
        };
        rows.push([name, count(view, address), phrases::bound(gate)]);
    }
    table(&rows, 0, page);
    page.gap();
    if world.blind().is_none() {
        let inactive = if inactive > 0 {
            format!(", {inactive} of them inactive and unable to sign in")
        } else {
            String::new()
        };
        page.plain(&format!(
            "{}{inactive}.",
            phrases::many(world.users.len(), "user")
        ));
    }
    if let Some(remark) = view.unbound_remark() {
        page.plain(&remark);
    }
    if view.place == Place::Files {
        page.plain(
            "Only what the files name: the server may have more users, groups and applications.",
        );
    }
    let unsaid = view.unsaid();
    if !unsaid.is_empty() {
        page.plain(&format!(
            "Who else is in them is unknown: {}.",
            list(&unsaid)
        ));
    }
}

fn list(groups: &[&str]) -> String {
    let shown = groups
        .iter()
        .take(GROUPS)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let more = groups.len().saturating_sub(GROUPS);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!(
        "{} {shown}{more}",
        if groups.len() == 1 { "group" } else { "groups" }
    )
}

/// How many may open something, in words.
fn count(view: &View<'_>, gate: &Address) -> String {
    let Some(row) = view.access.rows.get(gate) else {
        return String::new();
    };
    if view.access.world.blind().is_some() && !row.open {
        return "unknown".to_owned();
    }
    let (allow, perhaps, unknown) = (
        row.allow.count(),
        row.conditional.count(),
        row.unknown.count(),
    );
    let mut words = match (allow, perhaps + unknown) {
        (0, 1..) => Vec::new(),
        (allow, _) => vec![allow.to_string()],
    };
    words.extend((perhaps > 0).then(|| format!("{perhaps} by policy")));
    words.extend((unknown > 0).then(|| format!("{unknown} unknown")));
    words.join(", ")
}

/// Who may open one application or has one entitlement, and why.
fn of_gate(view: &View<'_>, gate: &Address, page: &mut Page) {
    let Some(row) = view.access.rows.get(gate) else {
        return;
    };
    let all = view.access.world.users.len();
    page.gap();
    let verb = if entitlement(gate).is_some() {
        "have"
    } else {
        "may open"
    };
    if row.open {
        page.bright(
            0,
            Tone::Alarm,
            &format!(
                "{} is open to all users: {}.",
                title(gate),
                phrases::unbound(row.gate)
            ),
        );
        return;
    }
    let name = match entitlement(gate) {
        Some(name) => format!("{}, entitlement {name}", application(gate)),
        None => title(gate),
    };
    page.toned(
        0,
        Tone::Strong,
        &format!("{name}: {} of {all} users {verb} it", count(view, gate)),
    );
    page.plain(&format!(
        "bound: {} (mode {})",
        phrases::bound(row.gate),
        phrases::mode(row.gate)
    ));
    let inactive = |line: &Line<'_>| {
        if line.active {
            ""
        } else {
            " (inactive: cannot sign in)"
        }
    };
    groups(
        &view.lines(gate),
        &|line| line.user.to_owned(),
        &inactive,
        page,
    );
    let denied = all - (row.allow.count() + row.conditional.count() + row.unknown.count());
    if denied > 0 && view.access.world.blind().is_none() {
        page.gap();
        page.plain(&format!("Denied: {}.", phrases::many(denied, "user")));
    }
}

/// What one user may open, and why.
fn of_user(view: &View<'_>, user: &str, page: &mut Page) {
    let lines: Vec<Line<'_>> = view
        .gates()
        .iter()
        .flat_map(|(gate, _)| view.lines(gate))
        .collect();
    let applications = |line: &&Line<'_>| entitlement(line.gate).is_none();
    let all = lines.iter().filter(applications).count();
    let may = lines
        .iter()
        .filter(applications)
        .filter(|line| line.verdict == Verdict::Allow)
        .count();
    page.toned(
        0,
        Tone::Strong,
        &format!(
            "{user} may open {may} of {}",
            phrases::many(all, "application")
        ),
    );
    if lines.iter().any(|line| !line.active) {
        page.plain("This user is inactive and cannot sign in.");
    }
    let (open, rest): (Vec<Line<'_>>, Vec<Line<'_>>) =
        lines.into_iter().partition(|line| line.why == Why::Open);
    groups(&rest, &|line| title(line.gate), &|_| "", page);
    if !open.is_empty() {
        page.gap();
        page.plain(&format!("Open to all users ({}):", open.len()));
        open.iter()
            .for_each(|line| page.plain(&format!("  {}", title(line.gate))));
    }
}

/// Verdicts under a heading each, aligned, with reasons.
fn groups(
    lines: &[Line<'_>],
    name: &dyn Fn(&Line<'_>) -> String,
    remark: &dyn Fn(&Line<'_>) -> &'static str,
    page: &mut Page,
) {
    let headings = [
        (Verdict::Allow, "Allowed"),
        (Verdict::Conditional, "By policy, on the server"),
        (Verdict::Unknown, "Unknown"),
        (Verdict::Deny, "Denied"),
    ];
    for (verdict, heading) in headings {
        let these: Vec<&Line<'_>> = lines
            .iter()
            .filter(|line| line.verdict == verdict)
            .collect();
        if these.is_empty() {
            continue;
        }
        page.gap();
        page.plain(&format!("{heading} ({}):", these.len()));
        let row = |line: &&Line<'_>| {
            [
                name(line),
                format!("{}{}", phrases::why(&line.why), remark(line)),
            ]
        };
        let rows: Vec<[String; 2]> = these.iter().map(row).collect();
        table(&rows, 2, page);
    }
}

/// Columns as wide as they must be; the last one as long as it is.
fn table<const N: usize>(rows: &[[String; N]], indent: usize, page: &mut Page) {
    // A column is as wide as its longest cell; the last one is not filled up.
    let fit = |(at, text): (usize, &String)| {
        if at + 1 < N {
            safe::cell(text)
        } else {
            safe::line(text)
        }
    };
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().enumerate().map(fit).collect())
        .collect();
    let widths: Vec<usize> = (0..N)
        .map(|at| {
            rows.iter()
                .map(|row| columns(&row[at]))
                .max()
                .unwrap_or_default()
        })
        .collect();
    for row in rows {
        let mut line = " ".repeat(indent);
        for (at, cell) in row.iter().enumerate() {
            line.push_str(&padded(cell, widths[at] + 2));
        }
        page.plain(line.trim_end());
    }
}
