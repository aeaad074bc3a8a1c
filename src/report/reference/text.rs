//! The reference for a terminal: aligned columns, long notes wrapped under their column.

use std::fmt::Write;

use super::example::example;
use super::facts::{
    gates, heading, holds, inner, known_by, needs, notes, owners, variant, variants, writable,
    written,
};
use crate::diag::Code;
use crate::kinds;
use crate::schema::{Field, Kind};

/// The least room for a sentence beside its columns; with less it goes below them.
const BESIDE: usize = 30;

/// One line a kind; within a width, sentences that would not fit are wrapped, or stand below.
pub fn kinds(all: &[&'static Kind], width: Option<usize>) -> String {
    let mut rows: Vec<[String; 4]> = vec![[
        "KIND".into(),
        "WRITTEN AS".into(),
        "RELEASES".into(),
        "WHAT IT IS".into(),
    ]];
    rows.extend(all.iter().map(|kind| {
        let releases = gates(kind.since, kind.until).unwrap_or_else(|| "all".into());
        let licence = if kind.enterprise { " (enterprise)" } else { "" };
        [
            kind.name.to_owned(),
            written(kind, all),
            releases,
            format!("{}{licence}", kind.doc),
        ]
    }));
    let longest = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [longest(0), longest(1), longest(2)];
    let mut text = String::new();
    for [name, title, releases, doc] in &rows {
        let head = format!(
            "{name:0$}  {title:1$}  {releases:2$}  ",
            widths[0], widths[1], widths[2]
        );
        beside(
            &mut text,
            &head,
            &format!("{name}  {title}  {releases}"),
            doc,
            width,
        );
    }
    text.push('\n');
    paragraph(
        &mut text,
        "",
        "Left out: what authentik has and akrec does not declare",
        width.unwrap_or(80),
    );
    text.push('\n');
    let longest = kinds::NO_KINDS
        .iter()
        .map(|out| out.path.chars().count())
        .max()
        .unwrap_or(0);
    for out in kinds::NO_KINDS {
        let head = format!("{:longest$}  ", out.path);
        beside(
            &mut text,
            &head,
            out.path,
            &format!("{}: {}", out.what, out.why),
            width,
        );
    }
    text
}

/// A sentence beside its columns, or below them in their short form where there is too little room.
fn beside(text: &mut String, columns: &str, short: &str, sentence: &str, width: Option<usize>) {
    let room = |width: usize| width >= columns.chars().count() + BESIDE;
    match width {
        None => drop(writeln!(text, "{columns}{sentence}")),
        Some(width) if room(width) => paragraph(text, columns, sentence, width),
        Some(width) => {
            match short
                .split_once("  ")
                .filter(|_| short.chars().count() > width)
            {
                Some((name, facts)) => {
                    let _ = writeln!(text, "{name}");
                    paragraph(text, "  ", facts, width);
                }
                None => drop(writeln!(text, "{short}")),
            }
            paragraph(text, "    ", sentence, width);
        }
    }
}

/// A kind with all of its fields and an example.
pub fn kind(kind: &'static Kind, kinds: &[&'static Kind], width: usize) -> String {
    let mut text = format!("{}: {}\n\n", heading(kind), kind.doc);
    let mut facts = vec![
        ("kind", kind.name.to_owned()),
        ("written as", written(kind, kinds)),
    ];
    if kind.section.is_empty() {
        let of: Vec<String> = owners(kind, kinds)
            .iter()
            .map(|(owner, _)| heading(owner))
            .collect();
        facts.push(("owners", of.join(", ")));
    }
    facts.push(("known by", known_by(kind)));
    if !kind.aliases.is_empty() {
        facts.push(("also by", kind.aliases.join(", ")));
    }
    facts.push(("API", kind.path.to_owned()));
    if kind.enterprise {
        facts.push(("license", "enterprise: refused without a license".into()));
    }
    facts.extend(needs(kind).into_iter().map(|needs| ("rule", needs)));
    facts.push((
        "releases",
        gates(kind.since, kind.until).unwrap_or_else(|| "all".into()),
    ));
    for (name, fact) in facts {
        paragraph(&mut text, &format!("  {name:10}  "), &fact, width);
    }
    text.push_str("\nFields\n");
    let mut rows = Vec::new();
    rows_of(kind, writable(kind, kinds), 0, &mut rows);
    let first = rows
        .iter()
        .map(|row| row.name.chars().count())
        .max()
        .unwrap_or(0);
    let second = rows
        .iter()
        .map(|row| row.holds.chars().count())
        .filter(|width| *width <= 40)
        .max()
        .unwrap_or(0);
    for row in &rows {
        let head = format!("  {:first$}  {:second$}  ", row.name, row.holds);
        let under = " ".repeat(first + second + 6);
        let notes = row.notes.join("; ");
        if row.holds.chars().count() > second {
            // Too long for its column: what belongs to it goes below.
            let _ = writeln!(text, "{}", head.trim_end());
            if !notes.is_empty() {
                paragraph(&mut text, &under, &notes, width);
            }
        } else {
            paragraph(&mut text, &head, &notes, width);
        }
        if !row.words.is_empty() {
            paragraph(&mut text, &under, &row.words.join(" | "), width);
        }
        if !row.doc.is_empty() {
            paragraph(&mut text, &under, row.doc, width);
        }
    }
    for children in kind.children {
        let head = format!(
            "  {:first$}  {:second$}  ",
            children.yaml_key, "objects of their own"
        );
        paragraph(
            &mut text,
            &head,
            &format!("akrec explain {}", children.kind),
            width,
        );
    }
    text.push_str("\nExample\n");
    for line in example(kind, kinds).lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// Sentences in lines of some width.
pub fn wrapped(sentences: &str, width: usize) -> String {
    let mut text = String::new();
    for part in sentences.lines() {
        paragraph(&mut text, "", part, width);
    }
    text
}

/// Every code with its explanation.
pub fn codes(codes: &[(Code, &str)], width: usize) -> String {
    let mut text = String::new();
    for (code, about) in codes {
        paragraph(&mut text, &format!("{code}  "), about, width);
    }
    text
}

struct Row {
    name: String,
    holds: String,
    notes: Vec<String>,
    words: Vec<String>,
    doc: &'static str,
}

fn rows_of(kind: &Kind, fields: Vec<Field>, depth: usize, rows: &mut Vec<Row>) {
    for field in fields {
        rows.push(Row {
            name: format!(
                "{}{}",
                "  ".repeat(depth),
                if depth == 0 {
                    field.yaml_key
                } else {
                    field.name
                }
            ),
            holds: holds(&field.shape),
            notes: notes(kind, &field, depth > 0),
            words: variants(&field.shape).iter().map(variant).collect(),
            doc: field.doc,
        });
        rows_of(kind, inner(&field.shape).to_vec(), depth + 1, rows);
    }
}

/// A head and words after it, wrapped so that they stay to the right of the head.
fn paragraph(text: &mut String, head: &str, words: &str, width: usize) {
    let indent = head.chars().count();
    let room = width.max(indent + 30);
    let mut line = head.to_owned();
    let mut used = indent;
    let mut fresh = true;
    for word in words.split_whitespace() {
        let length = word.chars().count();
        if !fresh && used + 1 + length > room {
            let _ = writeln!(text, "{}", line.trim_end());
            line = " ".repeat(indent);
            used = indent;
            fresh = true;
        }
        if !fresh {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
        fresh = false;
    }
    let _ = writeln!(text, "{}", line.trim_end());
}
