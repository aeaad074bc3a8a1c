//! The listing for machines and pages: CSV, JSON, Markdown.

use super::super::safe::harmless;
use super::{Line, View, application, entitlement, phrases};
use crate::access::{Subject, Unbound, Why};
use crate::value::Address;
use crate::wire::access::{Application, Because, Binding, Bound, Table, UserVerdict};

/// One line a user and application that may be opened or perhaps may; with one user, also what is denied.
pub fn csv(view: &View<'_>) -> String {
    let mut out = "application,entitlement,user,active,verdict,reason\n".to_owned();
    for (gate, row) in view.gates() {
        if view.access.world.blind().is_some() && view.user.is_none() {
            let world = view.access.world;
            let (verdict, everyone) = match (world.is_open(row), world.is_closed(row)) {
                (true, _) => ("allow", "*"),
                (_, true) => ("deny", "*"),
                _ => ("unknown", ""),
            };
            record(
                &mut out,
                [
                    application(gate),
                    entitlement(gate).unwrap_or_default(),
                    everyone,
                    "",
                    verdict,
                    &phrases::bound(row),
                ],
            );
            continue;
        }
        for line in view.lines(gate) {
            let active = if line.active { "yes" } else { "no" };
            let fields = [
                application(gate),
                entitlement(gate).unwrap_or_default(),
                line.user,
                active,
                line.verdict.as_str(),
                &phrases::why(&line.why),
            ];
            record(&mut out, fields);
        }
    }
    out
}

pub(super) fn record(out: &mut String, fields: [&str; 6]) {
    let cells: Vec<String> = fields.iter().map(|field| cell(field)).collect();
    out.push_str(&cells.join(","));
    out.push('\n');
}

/// A field: quoted where it must be, and never a formula to a spreadsheet.
fn cell(text: &str) -> String {
    let text = harmless(text);
    // Spreadsheets pass over spaces in front, and take the wide forms of the signs too.
    let first = text.trim_start().chars().next();
    let formula =
        first.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    let text = if formula || text.starts_with('\t') {
        format!("'{text}")
    } else {
        text.into_owned()
    };
    if text.contains([',', ';', '"', ' ', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The document.
pub fn document(view: &View<'_>) -> Table {
    let world = view.access.world;
    let blind = world.blind();
    let count = |count: usize, open: bool| (blind.is_none() || open).then_some(count);
    let gates = view.gates();
    let applications = gates.iter().filter_map(|(gate, _)| {
        let row = view.access.rows.get(gate)?;
        let bindings = row.gate.bindings.iter().map(|it| Binding {
            enabled: it.enabled,
            negate: it.negate,
            order: it.order,
            bound: bound(&it.subject),
        });
        Some(Application {
            application: application(gate).to_owned(),
            entitlement: entitlement(gate).map(str::to_owned),
            open: row.open,
            mode: phrases::mode(row.gate),
            bindings: bindings.collect(),
            allow: count(row.allow.count(), row.open && blind.is_none()),
            conditional: count(row.conditional.count(), false),
            unknown: count(row.unknown.count(), false),
        })
    });
    let unreadable = world.unknown.iter();
    Table {
        of: view.place.of(),
        server: view.place.on_wire(),
        rule: world.release.to_string(),
        users: blind.is_none().then_some(world.users.len()),
        unseen_memberships: world.strangers(),
        unreadable: unreadable
            .map(|(what, why)| ((*what).to_owned(), why.clone()))
            .collect(),
        default_access: match world.unbound() {
            Unbound::Everyone => Some(true),
            Unbound::Nobody => Some(false),
            Unbound::Unknown => None,
        },
        groups_not_fully_known: view.unsaid().into_iter().map(str::to_owned).collect(),
        applications: applications.collect(),
        verdicts: gates
            .iter()
            .flat_map(|(gate, _)| view.lines(gate))
            .map(|line| verdict(&line))
            .collect(),
    }
}

fn verdict(line: &Line<'_>) -> UserVerdict {
    let parts = match &line.why {
        Why::Bound(parts) => parts.as_slice(),
        _ => &[],
    };
    let because = parts.iter().map(|part| Because {
        negate: part.negate,
        path: part.path.iter().map(|group| group.to_string()).collect(),
        bound: bound(&part.subject),
    });
    UserVerdict {
        application: application(line.gate).to_owned(),
        entitlement: entitlement(line.gate).map(str::to_owned),
        user: line.user.to_owned(),
        active: line.active,
        verdict: line.verdict.into(),
        reason: phrases::why(&line.why),
        because: because.collect(),
    }
}

fn bound(subject: &Subject) -> Bound {
    let (family, name) = named(subject);
    Bound::from([(family.to_owned(), name.to_owned())])
}

/// What is bound, as a key and a name.
pub(super) fn named(subject: &Subject) -> (&'static str, &str) {
    match subject {
        Subject::Group(name) => ("group", name),
        Subject::User(name) => ("user", name),
        Subject::Policy(name) => ("policy", name),
        Subject::Unknown(family, id) => (family, id),
        Subject::Others => ("unknown", "whatever else is bound"),
    }
}

/// A page: the applications, and for one user or application the verdicts.
pub fn markdown(view: &View<'_>) -> String {
    let blind = view.access.world.blind();
    let mut out = format!("# Access on {}\n\n", shown(&view.heading()));
    out.push_str(
        "| application | entitlement | users | by policy | bound |\n|---|---|---|---|---|\n",
    );
    let mut gates = view.gates();
    gates.sort_by_key(|(_, gate)| !view.access.world.is_open(gate));
    for (address, gate) in &gates {
        let Some(row) = view.access.rows.get(address) else {
            continue;
        };
        let (users, perhaps) = match (row.open, blind) {
            (true, _) => ("**everyone**".to_owned(), String::new()),
            (false, Some(_)) => ("unknown".to_owned(), "unknown".to_owned()),
            (false, None) => (
                row.allow.count().to_string(),
                row.conditional.count().to_string(),
            ),
        };
        let (name, right) = names(address);
        out.push_str(&format!(
            "| {name} | {right} | {users} | {perhaps} | {} |\n",
            shown(&phrases::bound(gate))
        ));
    }
    if view.user.is_some() || view.app.is_some() {
        out.push_str(
            "\n| application | entitlement | user | verdict | reason |\n|---|---|---|---|---|\n",
        );
        for line in gates.iter().flat_map(|(gate, _)| view.lines(gate)) {
            let (name, right) = names(line.gate);
            let inactive = if line.active { "" } else { " (inactive)" };
            let (user, why) = (shown(line.user), shown(&phrases::why(&line.why)));
            out.push_str(&format!(
                "| {name} | {right} | {user}{inactive} | {} | {why} |\n",
                line.verdict.as_str()
            ));
        }
    }
    if let Some(remark) = view.unbound_remark() {
        out.push_str(&format!("\n{}\n", shown(&remark)));
    }
    if let Some(why) = blind {
        out.push_str(&format!(
            "\nWho may open the rest is unknown: {}\n",
            shown(why)
        ));
    }
    out
}

fn names(gate: &Address) -> (String, String) {
    (
        shown(application(gate)),
        shown(entitlement(gate).unwrap_or_default()),
    )
}

/// Text that cannot end a cell or become markup.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::new();
    for c in super::super::safe::line(text).chars() {
        if matches!(
            c,
            '\\' | '|' | '<' | '*' | '_' | '`' | '[' | ']' | '#' | '@'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
