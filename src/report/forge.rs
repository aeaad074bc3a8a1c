//! What forges and their tools take: where a diagnostic points, and a fingerprint by which they know it again.
//!
//! Must never point into what the sources hide, and never name a place that depends on the machine.

use std::collections::BTreeMap;

use super::document::Document;
use super::safe;
use crate::diag::{Diagnostic, Severity, Sources, Span};
use crate::value::digest;

/// A range in a file, as editors count: lines and columns from 1, the end behind the last character.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Extent {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
}

/// Where a span is. A place in what is hidden is the place where that begins, so that no length shows.
pub(super) fn extent(span: Span, sources: &Sources) -> Option<Extent> {
    let span = sources.get(span.file)?.seen(span);
    let place = |offset: u32| {
        sources.place(Span {
            file: span.file,
            start: offset,
            end: offset,
        })
    };
    let (start, end) = (place(span.start)?, place(span.end)?);
    Some(Extent {
        file: relative(&start.file),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    })
}

/// A path as it is from the folder of the run, with slashes.
fn relative(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// Where a diagnostic points to.
pub(super) fn place(diagnostic: &Diagnostic, sources: &Sources) -> Option<Extent> {
    extent(diagnostic.primary.as_ref()?.span, sources)
}

/// The file for what has no place of its own, for tools that want one: the first that was read.
pub(super) fn anchor(sources: &Sources) -> String {
    sources.iter().next().map_or_else(
        || "akrec.yaml".to_owned(),
        |(_, source)| relative(&source.name),
    )
}

/// The message with why and what to do, on lines of their own.
pub(super) fn message(diagnostic: &Diagnostic) -> String {
    let mut lines = vec![one_line(&diagnostic.message)];
    lines.extend(
        diagnostic
            .primary
            .iter()
            .map(|label| one_line(&label.text))
            .filter(|text| !text.is_empty()),
    );
    lines.extend(
        diagnostic
            .notes
            .iter()
            .flat_map(|note| note.lines())
            .map(one_line),
    );
    lines.extend(
        diagnostic
            .help
            .iter()
            .flat_map(|help| help.lines())
            .map(|line| format!("help: {}", one_line(line))),
    );
    lines.join("\n")
}

/// Text on one line, without a character that could do anything, and not too long.
pub(super) fn one_line(text: &str) -> String {
    safe::line(text).replace('\t', " ")
}

/// `error` or `warning`.
pub(super) fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Diagnostics, errors first, then by file and line; each with where it is and a fingerprint. That is of its code, its
/// file and its message, so that it stays when lines move; alike ones are numbered.
pub(super) fn findings<'d>(run: &'d Document<'_>) -> Vec<(&'d Diagnostic, Option<Extent>, String)> {
    let mut all: Vec<_> = run
        .diagnostics
        .iter()
        .map(|diagnostic| (diagnostic, place(diagnostic, run.sources)))
        .collect();
    all.sort_by(|(a, a_at), (b, b_at)| {
        (a.severity, a_at, a.code, &a.message).cmp(&(b.severity, b_at, b.code, &b.message))
    });
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let print = |(diagnostic, at): (&'d Diagnostic, Option<Extent>)| {
        let file = at.as_ref().map_or("", |at| at.file.as_str());
        let what = format!("{}\n{file}\n{}", diagnostic.code, diagnostic.message);
        let count = seen.entry(what.clone()).or_default();
        *count += 1;
        (diagnostic, at, digest(&format!("{what}\n{count}")))
    };
    all.into_iter().map(print).collect()
}
