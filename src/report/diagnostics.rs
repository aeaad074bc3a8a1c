//! Diagnostics as text, in the form that rustc made familiar.
//!
//! The same diagnostics always give the same bytes. What comes from files and servers is untrusted: control characters
//! and text-direction overrides never reach the terminal, long lines are cut, and what is marked as hidden in
//! [`Sources`] is not shown. Carets stand below the shown line; lines and columns in words are those of the file.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diag::{Diagnostic, Label, Severity, Source, Sources};
use crate::harmless::{commands, dangerous, harmless};

/// What stands for a hidden part of a line.
const HIDDEN: &str = "(sensitive value)";
/// The width that source lines are cut to.
const WIDTH: usize = 140;
/// Labels of one line that reach further than this cannot be drawn together.
const REACH: usize = 100;
/// How much of a line is looked at beyond its last label; enough to show that it goes on.
const BEYOND: usize = 400;
/// How much of a line is looked at before its first label.
const BEFORE: u32 = 400;
/// Lines that are further from each other than this are shown apart.
const APART: u32 = 1000;
/// How many places of one diagnostic are shown with their lines.
const PLACES: usize = 25;
/// The longest message, label, note or help, in characters.
const LONGEST: usize = 2000;

/// Every diagnostic with its source lines, errors first, in the order of files; at most `cap` of them, then
/// `and 12 more`, then a line such as `3 errors, 1 warning`. Nothing at all for no diagnostics.
pub fn text(diagnostics: &[Diagnostic], sources: &Sources, color: bool, cap: usize) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(WIDTH);
    let mut out = String::new();
    for diagnostic in sorted(diagnostics).into_iter().take(cap) {
        let drawn = draw(diagnostic, sources, &renderer);
        for line in drawn.lines() {
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out.push('\n');
    }
    if diagnostics.len() > cap {
        out.push_str(&format!("and {} more\n", diagnostics.len() - cap));
    }
    out.push_str(&tally(diagnostics));
    out.push('\n');
    out
}

/// One line each: `path:line:col: error[AKR0203]: message`, in the same order, all of them.
pub fn short(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut out = String::new();
    for diagnostic in sorted(diagnostics) {
        if let Some((source, label)) = diagnostic
            .primary
            .as_ref()
            .and_then(|l| Some((sources.get(l.span.file)?, l)))
        {
            let (number, _) = source.line(label.span.start);
            let column = column(source, label.span.start);
            out.push_str(&format!("{}:{number}:{column}: ", one_line(&source.name)));
        }
        let word = super::json::severity(diagnostic.severity).to_string();
        out.push_str(&format!(
            "{word}[{}]: {}\n",
            diagnostic.code,
            one_line(&diagnostic.message)
        ));
    }
    out
}

/// How many there are: `3 errors, 1 warning`.
pub fn tally(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    match (errors, diagnostics.len() - errors) {
        (0, 0) => "no errors".into(),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}

/// Errors first, then by place; what has no place comes before what has one.
fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| {
        (
            d.severity,
            d.primary.as_ref().map(|l| l.span),
            d.code,
            d.message.as_str(),
        )
    });
    sorted
}

fn draw(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(one_line(&diagnostic.message))
        .id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    let mut notes = Vec::new();
    let excerpts = excerpts(diagnostic, sources, &mut notes);
    let placed = !excerpts.is_empty();
    let places: Vec<Vec<Origin>> = excerpts.iter().map(Excerpt::origins).collect();
    for excerpt in excerpts {
        let marks = excerpt
            .marks
            .into_iter()
            .map(|(kind, range, text)| kind.span(range).label(text));
        group = group.element(
            Snippet::source(excerpt.text)
                .path(one_line(&excerpt.source.name))
                .line_start(excerpt.first as usize)
                .annotations(marks),
        );
    }
    notes.extend(diagnostic.notes.iter().map(|note| lines(note)));
    for note in notes {
        group = group.element(Level::NOTE.message(note));
    }
    let help = diagnostic.help.as_deref().map(lines);
    if !placed {
        return unplaced(
            group.elements(help.map(|help| Level::HELP.message(help))),
            renderer,
        );
    }
    let mut groups = vec![group];
    if let Some(help) = help {
        groups.push(Group::with_title(Level::HELP.secondary_title(help)));
    }
    in_the_file(&renderer.render(&groups), &places)
}

/// How the renderer names the place of a mark, counted in the excerpt, and how it is to be named, counted in the file.
/// Hidden and escaped text has another width in the excerpt.
struct Origin {
    drawn: String,
    name: String,
}

/// A drawing with the places of its excerpts as they are in the file. Each excerpt has one line with a place, before all
/// that it shows.
fn in_the_file(drawing: &str, places: &[Vec<Origin>]) -> String {
    let mut out = String::with_capacity(drawing.len());
    let mut places = places.iter().peekable();
    for line in drawing.split_inclusive('\n') {
        let is_place = line.contains("--> ") || line.contains("::: ");
        let named = |origin: &&Origin| {
            let end = line
                .find(&origin.drawn)
                .map(|at| &line[at + origin.drawn.len()..]);
            end.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        match places
            .peek()
            .and_then(|origins| origins.iter().filter(|_| is_place).find(named))
        {
            Some(origin) => {
                out.push_str(&line.replacen(&origin.drawn, &origin.name, 1));
                places.next();
            }
            None => out.push_str(line),
        }
    }
    out
}

/// Without a place there is no source line, so the rule below the title has nothing to lead to.
fn unplaced(group: Group, renderer: &Renderer) -> String {
    let drawn = renderer.render(&[group]);
    let mut out = String::new();
    for (number, line) in drawn.lines().enumerate() {
        match number {
            0 => out.push_str(line),
            1 => {}
            _ => out.push_str(&format!("\n {line}")),
        }
    }
    out
}

/// The part of one file that a diagnostic shows.
struct Excerpt<'s> {
    source: &'s Source,
    /// The number of its first line.
    first: u32,
    text: String,
    marks: Vec<(AnnotationKind, Range<usize>, String)>,
    /// The line and the column in the file where each mark begins.
    columns: Vec<(u32, usize)>,
}

impl Excerpt<'_> {
    /// The places of its marks.
    fn origins(&self) -> Vec<Origin> {
        let path = one_line(&self.source.name);
        let places =
            self.marks
                .iter()
                .zip(&self.columns)
                .map(|((_, range, _), (number, column))| {
                    let before = self.text.get(..range.start).unwrap_or(&self.text);
                    let drawn = before
                        .rsplit('\n')
                        .next()
                        .unwrap_or_default()
                        .chars()
                        .count()
                        + 1;
                    Origin {
                        drawn: format!("{path}:{number}:{drawn}"),
                        name: format!("{path}:{number}:{column}"),
                    }
                });
        places.collect()
    }
}

/// A label on its line. Of a span over several lines only the first is shown.
struct Mark<'d> {
    kind: AnnotationKind,
    label: &'d Label,
    number: u32,
    line: Range<u32>,
}

/// One excerpt a file, the primary's first. A label too far away on the same line becomes a note.
fn excerpts<'s>(
    diagnostic: &Diagnostic,
    sources: &'s Sources,
    notes: &mut Vec<String>,
) -> Vec<Excerpt<'s>> {
    let primary = diagnostic
        .primary
        .iter()
        .map(|label| (AnnotationKind::Primary, label));
    let secondary = diagnostic
        .secondary
        .iter()
        .map(|label| (AnnotationKind::Context, label));
    let mut files: Vec<(&Source, Vec<Mark>)> = Vec::new();
    let more = (diagnostic.secondary.len() + 1).saturating_sub(PLACES);
    if more > 0 {
        let places = if more == 1 { "place" } else { "places" };
        notes.push(format!("and at {more} more {places}"));
    }
    for (kind, label) in primary.chain(secondary).take(PLACES) {
        let Some(source) = sources.get(label.span.file) else {
            continue;
        };
        let (number, line) = source.line(label.span.start);
        let marks = match files
            .iter_mut()
            .find(|(other, _)| std::ptr::eq(*other, source))
        {
            Some((_, marks)) => marks,
            None => {
                files.push((source, Vec::new()));
                match files.last_mut() {
                    Some((_, marks)) => marks,
                    None => continue,
                }
            }
        };
        let start = label.span.start as usize;
        let far = |other: &Mark| {
            other.number == number && start.abs_diff(other.label.span.start as usize) > REACH
        };
        if marks.iter().any(far) {
            let column = column(source, label.span.start);
            notes.push(one_line(&format!(
                "{}: line {number}, column {column}",
                label.text
            )));
        } else {
            marks.push(Mark {
                kind,
                label,
                number,
                line,
            });
        }
    }
    let parts = files
        .into_iter()
        .flat_map(|(source, marks)| apart(marks).into_iter().map(move |it| (source, it)));
    parts
        .map(|(source, marks)| excerpt(source, marks))
        .collect()
}

/// Marks that are far from each other, part by part: every line between those of one part is prepared. The part of the
/// first mark comes first.
fn apart(mut marks: Vec<Mark<'_>>) -> Vec<Vec<Mark<'_>>> {
    let Some(first) = marks.first().map(|mark| mark.number) else {
        return Vec::new();
    };
    marks.sort_by_key(|mark| mark.number);
    let mut parts: Vec<Vec<Mark<'_>>> = Vec::new();
    for mark in marks {
        let last = parts.last_mut().filter(|part| {
            part.last()
                .is_some_and(|it| mark.number - it.number <= APART)
        });
        match last {
            Some(part) => part.push(mark),
            None => parts.push(vec![mark]),
        }
    }
    parts.sort_by_key(|part| part.iter().all(|mark| mark.number != first));
    parts
}

fn excerpt<'s>(source: &'s Source, marks: Vec<Mark>) -> Excerpt<'s> {
    let first = marks.iter().map(|mark| mark.number).min().unwrap_or(1);
    let last = marks.iter().map(|mark| mark.number).max().unwrap_or(1);
    let mut text = String::new();
    let (mut drawn, mut columns) = (Vec::new(), Vec::new());
    let mut next = marks.iter().map(|mark| mark.line.start).min().unwrap_or(0);
    for number in first..=last {
        let (_, line) = source.line(next);
        next = line.end
            + if source.text[line.end as usize..].starts_with("\r\n") {
                2
            } else {
                1
            };
        // Lines that are folded away need not be prepared.
        if marks.iter().any(|mark| mark.number.abs_diff(number) <= 2) {
            let here = || marks.iter().filter(|mark| mark.number == number);
            let from = here()
                .map(|mark| mark.label.span.start)
                .min()
                .unwrap_or(line.start);
            let upto = here()
                .map(|mark| mark.label.span.end.min(mark.line.end))
                .max()
                .unwrap_or(line.start);
            let view = View::new(source, line.clone(), from, upto);
            for mark in here() {
                let span = mark.label.span;
                let range =
                    text.len() + view.at(span.start)..text.len() + view.end(span.end.min(line.end));
                drawn.push((
                    mark.kind,
                    range.start..range.end.max(range.start),
                    one_line(&mark.label.text),
                ));
                columns.push((mark.number, column(source, span.start)));
            }
            text.push_str(&view.text);
        }
        text.push('\n');
    }
    text.pop();
    Excerpt {
        source,
        first,
        text,
        marks: drawn,
        columns,
    }
}

/// A line made harmless, and where its bytes went.
struct View {
    text: String,
    /// For each piece of the original line: its bytes there, and its bytes here.
    pieces: Vec<(Range<u32>, Range<usize>)>,
}

impl View {
    /// Takes the line from a little before `from` as far as `upto` and a little more, so that long lines cost little.
    fn new(source: &Source, line: Range<u32>, from: u32, upto: u32) -> Self {
        let mut view = View {
            text: String::new(),
            pieces: Vec::new(),
        };
        let mut at = from.saturating_sub(BEFORE).max(line.start);
        while !source.text.is_char_boundary(at as usize) {
            at -= 1;
        }
        // Text that is left out keeps its place, so that the line is cut on its left as well.
        if at > line.start {
            view.text = " ".repeat(source.shown_column(at, HIDDEN.len()));
            view.pieces.push((line.start..at, 0..view.text.len()));
        }
        let start = at as usize;
        let mut last = (upto.max(at) as usize)
            .saturating_add(4 * BEYOND)
            .min(line.end as usize);
        while !source.text.is_char_boundary(last) {
            last += 1;
        }
        let commands = commands(source.text.get(start..last).unwrap_or_default());
        let commands: Vec<usize> = commands.into_iter().map(|at| start + at).collect();
        let first = source.hidden().partition_point(|range| range.end <= at);
        let mut hidden = source.hidden()[first..].iter().peekable();
        let mut beyond = 0;
        while at < line.end && beyond < BEYOND {
            let from = view.text.len();
            let end = match hidden.next_if(|range| range.start <= at) {
                Some(range) => {
                    view.text.push_str(HIDDEN);
                    range.end.min(line.end)
                }
                None => match source
                    .text
                    .get(at as usize..)
                    .and_then(|rest| rest.chars().next())
                {
                    Some('\u{feff}') if at == 0 => at + 3,
                    Some(c) => {
                        match c {
                            _ if commands.binary_search(&(at as usize)).is_ok() => {
                                view.text.extend(c.escape_unicode())
                            }
                            c if dangerous(c) && c != '\t' => view.text.push('\u{fffd}'),
                            c => view.text.push(c),
                        }
                        at + c.len_utf8() as u32
                    }
                    None => line.end,
                },
            };
            beyond += usize::from(at >= upto);
            view.pieces.push((at..end, from..view.text.len()));
            at = end;
        }
        view
    }

    /// Where a place of the original stands here; inside a hidden part it is that part's start.
    fn at(&self, offset: u32) -> usize {
        let index = self
            .pieces
            .partition_point(|(there, _)| there.end <= offset);
        self.pieces
            .get(index)
            .map_or(self.text.len(), |(_, here)| here.start)
    }

    /// Like `at`, for the end of a range: behind the piece that holds the byte before it.
    fn end(&self, offset: u32) -> usize {
        let index = self
            .pieces
            .partition_point(|(there, _)| there.start < offset);
        index
            .checked_sub(1)
            .and_then(|i| self.pieces.get(i))
            .map_or(0, |(_, here)| here.end)
    }
}

/// The 1-based column of a place, in characters of the file.
fn column(source: &Source, offset: u32) -> usize {
    source.column(offset) + 1
}

/// A text for one line of output: unsafe characters as escapes, and not too long.
fn one_line(text: &str) -> String {
    let end = text
        .char_indices()
        .nth(LONGEST)
        .map_or(text.len(), |(at, _)| at);
    let text = (&text[..end], if end < text.len() { "..." } else { "" });
    format!("{}{}", harmless(text.0).replace('\t', "\\t"), text.1)
}

/// The same for several lines.
fn lines(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod columns;
#[cfg(test)]
mod tests;
