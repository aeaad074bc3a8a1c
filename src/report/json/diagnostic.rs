//! One diagnostic as JSON, in the shape of `terraform validate -json`, with akrec's code and help beside it.
//!
//! Must never show what the sources hide.

use crate::diag::{self, Diagnostic, Source, Sources, Span};
use crate::report::values::SENSITIVE;
use crate::wire::diagnostic::{self as wire, Position, Range, Related, Snippet};

/// One diagnostic.
pub fn diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> wire::Diagnostic {
    let primary = diagnostic.primary.as_ref();
    let related = diagnostic.secondary.iter().map(|label| Related {
        message: label.text.clone(),
        range: range(label.span, sources),
    });
    wire::Diagnostic {
        severity: severity(diagnostic.severity),
        code: super::code(diagnostic.code),
        summary: diagnostic.message.clone(),
        detail: diagnostic.notes.join("\n"),
        label: primary.map(|label| label.text.clone()),
        help: diagnostic.help.clone(),
        fix: (),
        range: primary.and_then(|label| range(label.span, sources)),
        snippet: primary.and_then(|label| snippet(label.span, sources)),
        related: related.collect(),
    }
}

/// How bad a diagnostic is.
pub(in crate::report) fn severity(severity: diag::Severity) -> wire::Severity {
    match severity {
        diag::Severity::Error => wire::Severity::Error,
        diag::Severity::Warning => wire::Severity::Warning,
    }
}

/// Where something is: lines and columns from 1, bytes from 0. A place in what is hidden is the place where that begins,
/// so that no length shows.
fn range(span: Span, sources: &Sources) -> Option<Range> {
    let span = sources.get(span.file)?.seen(span);
    let place = |offset: u32| {
        let place = sources.place(Span {
            file: span.file,
            start: offset,
            end: offset,
        })?;
        Some((
            place.file,
            Position {
                line: place.line,
                column: place.column,
                byte: offset,
            },
        ))
    };
    let (filename, start) = place(span.start)?;
    let (_, end) = place(span.end)?;
    Some(Range {
        filename,
        start,
        end,
    })
}

/// The line on which a span begins, and which of its bytes are meant.
fn snippet(span: Span, sources: &Sources) -> Option<Snippet> {
    let source = sources.get(span.file)?;
    let (number, line) = source.line(span.start);
    let (code, [start, end]) = shown(source, line.start, line.end, [span.start, span.end]);
    Some(Snippet {
        context: (),
        code,
        start_line: number,
        highlight_start_offset: start,
        highlight_end_offset: end.max(start),
        values: [],
    })
}

/// A line with what is hidden replaced, and where two of its places are then.
fn shown(source: &Source, from: u32, upto: u32, marks: [u32; 2]) -> (String, [usize; 2]) {
    let mut out = String::new();
    let mut places = [None; 2];
    let mut at = from;
    let hidden = source
        .hidden()
        .iter()
        .filter(|range| range.start < upto && range.end > from);
    let edges = hidden.map(|range| (range.start.max(from), range.end.min(upto)));
    for (start, end) in edges.chain([(upto, upto)]) {
        let start = start.max(at);
        for (place, mark) in places.iter_mut().zip(marks) {
            if place.is_none() && (mark < start || (mark == start && start == end)) {
                *place = Some(out.len() + mark.saturating_sub(at) as usize);
            }
        }
        out.push_str(source.text.get(at as usize..start as usize).unwrap_or(""));
        if start < end {
            // A mark inside what is hidden goes to its edge: the first to the left one, the second to the right one.
            if places[0].is_none() && marks[0] < end {
                places[0] = Some(out.len());
            }
            out.push_str(SENSITIVE);
            if places[1].is_none() && marks[1] <= end && marks[1] > start {
                places[1] = Some(out.len());
            }
        }
        at = end.max(at);
    }
    let end = out.len();
    (out, places.map(|place| place.unwrap_or(end)))
}
