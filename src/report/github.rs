//! Annotations for GitHub Actions: problems and planned changes on the very lines of a change.
//!
//! GitHub shows ten of each kind a step and drops the rest without a word, so what is more is said in the tenth. Must
//! never let a text begin a command of its own: line breaks, and in properties commas and colons, are escaped.

use std::collections::BTreeMap;

use super::document::Document;
use super::drift;
use super::forge::{Extent, anchor, extent, findings, message, one_line, severity};
use super::{parts, phrases, safe, weakened};
use crate::plan::{Action, Plan, Step, Weakened};

/// How many annotations of a kind GitHub shows of one step.
const MOST: usize = 10;
/// How many names one annotation has.
const NAMES: usize = 12;

/// One annotation.
struct Note {
    kind: &'static str,
    at: Option<Extent>,
    title: String,
    text: String,
}

/// The whole run as workflow commands, a line each.
pub fn annotations(run: &Document<'_>) -> String {
    let mut notes: Vec<Note> = findings(run)
        .into_iter()
        .map(|(diagnostic, at, _)| Note {
            kind: severity(diagnostic),
            at,
            title: diagnostic.code.to_string(),
            text: message(diagnostic),
        })
        .collect();
    if let Some(drift) = run.drift() {
        notes.extend(drift.drifted().map(|object| drifted(run, object)));
    } else if let Some(plan) = run.plan() {
        // They come first, so that they are not what is left out.
        notes.extend(plan.weakened.iter().map(weakened));
        if run.applied().is_none() {
            notes.extend(planned(run, plan));
        }
    }
    notes.extend(parts::uncompared(run).map(|text| {
        let title = format!("akrec {}", run.verb.as_str());
        Note {
            kind: "notice",
            at: None,
            title,
            text: one_line(&text),
        }
    }));
    let mut out = String::new();
    for kind in ["error", "warning", "notice"] {
        let mut all: Vec<Note> = Vec::new();
        let mut rest = Vec::new();
        for note in notes.extract_if(.., |note| note.kind == kind) {
            if all.len() < MOST {
                all.push(note)
            } else {
                rest.push(note)
            }
        }
        if let Some(last) = all.pop_if(|_| !rest.is_empty()) {
            let titles: Vec<String> = std::iter::once(&last)
                .chain(&rest)
                .map(first_line)
                .take(NAMES)
                .collect();
            let count = rest.len() + 1;
            let more = if count > titles.len() { "\n..." } else { "" };
            let text = format!("and {count} more:\n{}{more}", titles.join("\n"));
            all.push(Note {
                kind,
                at: None,
                title: "akrec".to_owned(),
                text,
            });
        }
        all.iter().for_each(|note| command(&mut out, note));
    }
    out
}

fn first_line(note: &Note) -> String {
    let place = note
        .at
        .as_ref()
        .map(|at| format!("{}:{}: ", at.file, at.line))
        .unwrap_or_default();
    format!("{place}{}", note.text.lines().next().unwrap_or_default())
}

/// What changed on the server, at the line that declares it.
fn drifted(run: &Document<'_>, object: &crate::drift::Object) -> Note {
    let fields: Vec<&str> = object
        .fields
        .iter()
        .map(|field| field.change.field)
        .collect();
    let fields = if fields.is_empty() {
        String::new()
    } else {
        format!(" ({})", fields.join(", "))
    };
    Note {
        kind: "warning",
        at: object.source.and_then(|span| extent(span, run.sources)),
        title: "akrec drift".to_owned(),
        text: one_line(&format!(
            "{} {}{fields}",
            drift::state(object),
            object.address
        )),
    }
}

/// A setting of the checkout that weakens a safety check.
fn weakened(one: &Weakened) -> Note {
    Note {
        kind: "notice",
        at: weakened::extent(one),
        title: weakened::TITLE.to_owned(),
        text: weakened::sentence(one),
    }
}

/// What is planned, one annotation a line of the files; what goes without a line of its own is one for all of it.
fn planned(run: &Document<'_>, plan: &Plan) -> Vec<Note> {
    let mut lines: BTreeMap<(String, u32), (Extent, Vec<&Step>)> = BTreeMap::new();
    let mut without: Vec<&Step> = Vec::new();
    for step in plan
        .steps
        .iter()
        .filter(|step| !step.action.is_bookkeeping())
    {
        match step.source.and_then(|span| extent(span, run.sources)) {
            Some(at) => lines
                .entry((at.file.clone(), at.line))
                .or_insert_with(|| (at, Vec::new()))
                .1
                .push(step),
            None => without.push(step),
        }
    }
    let notice = |at: Extent, steps: Vec<&Step>| Note {
        kind: "notice",
        at: Some(at),
        title: "akrec plan".to_owned(),
        text: reported(&steps),
    };
    let mut notes: Vec<Note> = lines
        .into_values()
        .map(|(at, steps)| notice(at, steps))
        .collect();
    if !without.is_empty() {
        let file = anchor(run.sources);
        let at = Extent {
            file,
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
        };
        // It comes first, so that it is not what is left out.
        notes.insert(0, notice(at, without));
    }
    notes
}

/// `adds group "staff"`, or `adds 3 policy_binding, deletes 1 group:` and their names.
fn reported(steps: &[&Step]) -> String {
    let does = |action: Action| match action {
        Action::Create => "adds",
        Action::Update => "changes",
        Action::Rename => "renames",
        Action::Delete => "deletes",
        Action::Adopt => "adopts",
        Action::Forget => "forgets",
    };
    if let [step] = steps {
        let fields: Vec<&str> = step.changes.iter().map(|change| change.field).collect();
        let fields = match step.action {
            Action::Update | Action::Rename if !fields.is_empty() => {
                format!(": {}", fields.join(", "))
            }
            _ => String::new(),
        };
        return one_line(&format!("{} {}{fields}", does(step.action), step.address));
    }
    let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for step in steps {
        let rank = phrases::ACTIONS
            .iter()
            .position(|action| *action == step.action)
            .unwrap_or_default();
        *counts.entry((rank, step.kind.name)).or_default() += 1;
    }
    let sum: Vec<String> = counts
        .iter()
        .map(|((rank, kind), count)| {
            let plural = if *count == 1 { "" } else { "s" };
            format!(
                "{} {count} {}{plural}",
                does(phrases::ACTIONS[*rank]),
                safe::harmless(kind).replace('_', " ")
            )
        })
        .collect();
    let names = steps
        .iter()
        .take(NAMES)
        .map(|step| one_line(&format!("{} {}", does(step.action), step.address)));
    let mut lines: Vec<String> = std::iter::once(sum.join(", ")).chain(names).collect();
    if steps.len() > NAMES {
        lines.push(format!("and {} more", steps.len() - NAMES));
    }
    lines.join("\n")
}

fn command(out: &mut String, note: &Note) {
    let mut properties = Vec::new();
    if let Some(at) = &note.at {
        properties.push(format!("file={}", property(&one_line(&at.file))));
        properties.push(format!("line={}", at.line));
        properties.push(format!("endLine={}", at.end_line));
        // GitHub takes columns of one line only.
        if at.line == at.end_line && at.column < at.end_column {
            properties.push(format!("col={}", at.column));
            properties.push(format!("endColumn={}", at.end_column));
        }
    }
    properties.push(format!("title={}", property(&note.title)));
    out.push_str(&format!(
        "::{} {}::{}\n",
        note.kind,
        properties.join(","),
        data(&note.text)
    ));
}

/// A text behind `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests;
