//! What is wrong, where, why and what to do: codes, spans, diagnostics.
//!
//! Every message that a user can get about files, the server or a plan is a [`Diagnostic`] with a stable [`Code`].
//! This module holds data only; it never prints and never decides what a problem means for the run.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

mod codes;
pub use codes::{CODES, Code};

/// A file known to a [`Sources`]; an index into it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte; equal to `start` for a place without extent.
    pub end: u32,
}

/// One file's name, as shown to people, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// As messages show it: relative to the working directory where possible.
    pub name: String,
    /// Where it really lies; `!file` paths are relative to its folder.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
    /// Byte offset of each line's start, for fast look-ups in long files.
    lines: Vec<u32>,
    /// Byte ranges that no output may show, sorted and apart from each other.
    hidden: Vec<Range<u32>>,
    /// How many characters there are before each block of bytes, so that places far into a long line cost little.
    chars: Vec<u32>,
    /// How many characters the hidden ranges up to each have together; worked out when first asked for.
    unseen: OnceLock<Vec<u32>>,
}

/// How many bytes are counted at once.
const BLOCK: usize = 1024;

impl Source {
    /// The line that holds a byte: its 1-based number and its bytes without the line break. A place beyond the end
    /// belongs to the last line.
    pub fn line(&self, offset: u32) -> (u32, Range<u32>) {
        let number = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(number - 1).copied().unwrap_or(0);
        let end = self
            .lines
            .get(number)
            .copied()
            .unwrap_or(self.text.len() as u32)
            .max(start);
        let line = self.text.get(start as usize..end as usize).unwrap_or("");
        (
            number as u32,
            start..start + line.trim_end_matches(['\n', '\r']).len() as u32,
        )
    }

    /// How many characters begin before a byte.
    fn chars_before(&self, offset: u32) -> u32 {
        let block = (offset as usize / BLOCK).min(self.chars.len().saturating_sub(1));
        let rest = self
            .text
            .as_bytes()
            .get(block * BLOCK..offset as usize)
            .unwrap_or_default();
        self.chars.get(block).copied().unwrap_or_default() + begun(rest)
    }

    /// How many characters stand before a byte on its line in the file. Inside hidden text it is the column where that
    /// text begins, so that no column reveals the length of a secret.
    pub fn column(&self, offset: u32) -> usize {
        let (_, line) = self.line(offset);
        let last = self.hidden.partition_point(|range| range.end <= offset);
        let hidden = self
            .hidden
            .get(last)
            .map_or(offset, |range| range.start.min(offset));
        let offset = hidden.max(line.start).min(line.end);
        // The byte order mark is not a character of the text.
        let mark = u32::from(line.start == 0 && offset > 0 && self.text.starts_with('\u{feff}'));
        (self.chars_before(offset) - self.chars_before(line.start) - mark) as usize
    }

    /// How many characters stand before a byte on its line as it is shown, with `width` of them for each hidden range.
    /// Inside of one it is where that begins.
    pub fn shown_column(&self, offset: u32, width: usize) -> usize {
        let (_, line) = self.line(offset);
        let offset = offset.min(line.end);
        let (first, last) = (
            self.hidden.partition_point(|range| range.end <= line.start),
            self.hidden.partition_point(|range| range.end <= offset),
        );
        // A hidden range that begins on an earlier line hides the start of this one.
        let start = self
            .hidden
            .get(first)
            .map_or(line.start, |range| range.start.min(line.start));
        let offset = self
            .hidden
            .get(last)
            .map_or(offset, |range| range.start.max(start).min(offset));
        let unseen = self.unseen.get_or_init(|| {
            let of =
                |range: &Range<u32>| self.chars_before(range.end) - self.chars_before(range.start);
            let mut sum = 0;
            std::iter::once(0)
                .chain(self.hidden.iter().map(|range| {
                    sum += of(range);
                    sum
                }))
                .collect()
        });
        let bom = u32::from(start == 0 && offset > 0 && self.text.starts_with('\u{feff}'));
        let raw = self.chars_before(offset) - self.chars_before(start) - bom;
        raw as usize + (last - first) * width - (unseen[last] - unseen[first]) as usize
    }

    /// A span without the parts of it by which the length of what is hidden would show: a place within is where that
    /// begins. What follows directly stays where it is.
    pub fn seen(&self, span: Span) -> Span {
        let within = |offset: u32, is_end: bool| {
            let range = self
                .hidden
                .iter()
                .find(|range| range.start < offset && offset < range.end + u32::from(is_end));
            range.map_or(offset, |range| range.start)
        };
        let start = within(span.start, false);
        Span {
            file: span.file,
            start,
            end: within(span.end, true).max(start),
        }
    }

    /// The byte ranges that no output may show, in order, apart from each other.
    pub fn hidden(&self) -> &[Range<u32>] {
        &self.hidden
    }
}

/// All files that were read, so that a span can be shown with its text.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// A place for people: 1-based line and column (in characters).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The file's name as shown.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, counted in characters.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Sources {
    /// Takes a file in and gives the id by which spans name it.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        path: &Path,
        text: impl Into<Arc<str>>,
    ) -> FileId {
        let text: Arc<str> = text.into();
        let mut lines = vec![0];
        lines.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .map(|(i, _)| i as u32 + 1),
        );
        let mut chars = vec![0];
        for block in text.as_bytes().chunks(BLOCK) {
            chars.push(chars.last().copied().unwrap_or_default() + begun(block));
        }
        let (name, path) = (name.into(), path.to_path_buf());
        self.files.push(Source {
            name,
            path,
            text,
            lines,
            hidden: Vec::new(),
            chars,
            unseen: OnceLock::new(),
        });
        FileId(self.files.len() as u32 - 1)
    }

    /// Marks bytes as secret: whatever shows this file later shows `(sensitive value)` in their place.
    pub fn hide(&mut self, span: Span) {
        let Some(source) = self.files.get_mut(span.file.0 as usize) else {
            return;
        };
        if span.start >= span.end {
            return;
        }
        source.unseen = OnceLock::new();
        let hidden = &mut source.hidden;
        // Everything that touches the new range becomes one with it.
        let from = hidden.partition_point(|range| range.end < span.start);
        let upto = hidden.partition_point(|range| range.start <= span.end);
        let touched = hidden.get(from..upto).unwrap_or_default();
        let start = touched
            .first()
            .map_or(span.start, |first| first.start.min(span.start));
        let end = touched
            .last()
            .map_or(span.end, |last| last.end.max(span.end));
        hidden.splice(from..upto.max(from), std::iter::once(start..end));
    }

    /// The file behind an id; `None` for an id of another `Sources`.
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// Every file, in the order in which it was taken in.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files
            .iter()
            .enumerate()
            .map(|(i, s)| (FileId(i as u32), s))
    }

    /// Line and column of a span's start.
    pub fn place(&self, span: Span) -> Option<Place> {
        let source = self.get(span.file)?;
        let line = source.lines.partition_point(|start| *start <= span.start);
        let start = *source.lines.get(line.checked_sub(1)?)?;
        let mark = u32::from(start == 0 && span.start > 0 && source.text.starts_with('\u{feff}'));
        let column = source
            .chars_before(span.start)
            .saturating_sub(source.chars_before(start) + mark)
            + 1;
        Some(Place {
            file: source.name.clone(),
            line: line as u32,
            column,
        })
    }
}

/// How many characters begin among some bytes.
fn begun(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count() as u32
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Nothing is done while one of these stands.
    Error,
    /// Said, and gone on.
    Warning,
}

/// A span with the words that stand beside its caret.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Label {
    /// The place of the label.
    pub span: Span,
    /// The text of the label.
    pub text: String,
}

/// One problem: what, where, why, and what to do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Diagnostic {
    /// The stable code of the diagnostic.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One line, no full stop: what is wrong.
    pub message: String,
    /// Where it is wrong; `None` for what has no place in a file.
    pub primary: Option<Label>,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// Why: facts that help.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning without a place yet.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    fn new(severity: Severity, code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// Puts the caret.
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a second place.
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Says what to do.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says what was probably meant: the one of some known words that is near to `word`, if there is one. That takes the
    /// place of any other advice.
    pub fn did_you_mean<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(word, known) {
            Some(near) => self.help(format!("did you mean {near:?}?")),
            None => self,
        }
    }

    /// Says what was probably meant, or, where nothing is near, all that there is.
    pub fn did_you_mean_or_one_of(self, word: &str, there_is: &str, known: &[&str]) -> Self {
        match nearest(word, known.iter().copied()) {
            Some(near) => self.help(format!("did you mean {near:?}?")),
            None => self.note(format!("{there_is} {}", known.join(", "))),
        }
    }

    /// Whether it stops the run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The most letters that a slip of the finger gets wrong, however long the name is.
const SLIPS: usize = 4;

/// Longer names than this are not compared: nobody types them.
const TYPED: usize = 200;

/// The name among `known` that is nearest to `name`, if it is near enough to be a typing mistake.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = typed(name)?;
    let near = known
        .into_iter()
        .filter_map(|known| Some((slips(&name, &typed(known)?)?, known)));
    near.min().map(|(_, known)| known)
}

/// A name as it is compared.
struct Typed {
    /// In small letters.
    name: String,
    /// How many letters it has.
    length: usize,
}

/// A name as it is compared; `None` for one that nobody types.
fn typed(name: &str) -> Option<Typed> {
    let name: String = name
        .chars()
        .take(TYPED + 1)
        .flat_map(char::to_lowercase)
        .collect();
    let length = name.chars().count();
    (length <= TYPED).then_some(Typed { name, length })
}

/// How many slips may lie between two names; `None` if their lengths differ by more.
fn most_slips(name: &Typed, other: &Typed) -> Option<usize> {
    let most = (1 + name.length.max(other.length) / 4).min(SLIPS);
    (name.length.abs_diff(other.length) <= most).then_some(most)
}

/// How many slips (a letter too many, too few, another one, or two neighbors swapped) one name is away from another
/// one, if so few that one may be meant by the other.
fn slips(name: &Typed, other: &Typed) -> Option<usize> {
    let most = most_slips(name, other)?;
    Some(strsim::osa_distance(&name.name, &other.name)).filter(|slips| *slips <= most)
}

/// Names among which many others are looked for: only so much is compared in all, and what comes after that gets no
/// suggestion. A file may have thousands of wrong names beside thousands of right ones.
pub struct Suggestions<'a> {
    known: Vec<(Typed, &'a str)>,
    left: std::cell::Cell<usize>,
}

impl<'a> Suggestions<'a> {
    /// How many letters are compared with letters in all: 200 000 names of usual length.
    const COMPARED: usize = 60_000_000;

    /// Among these names.
    pub fn new(mut known: Vec<&'a str>) -> Suggestions<'a> {
        known.sort_unstable();
        known.dedup();
        let known = known
            .into_iter()
            .filter_map(|known| Some((typed(known)?, known)))
            .collect();
        Suggestions {
            known,
            left: std::cell::Cell::new(Self::COMPARED),
        }
    }

    /// The name that was probably meant.
    pub fn near(&self, name: &str) -> Option<&'a str> {
        let name = typed(name)?;
        let comparable = self
            .known
            .iter()
            .filter(|(typed, _)| most_slips(&name, typed).is_some());
        let letters = comparable
            .map(|(typed, _)| name.length * typed.length)
            .sum::<usize>();
        let left = self.left.get().checked_sub(self.known.len() + letters)?;
        self.left.set(left);
        crate::work::count(self.known.len());
        let near = self
            .known
            .iter()
            .filter_map(|(typed, known)| Some((slips(&name, typed)?, *known)));
        near.min().map(|(_, known)| known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", Path::new("a.yaml"), "grüße: x\nb: [y]\n");
        let place = |start| {
            sources
                .place(Span {
                    file,
                    start,
                    end: start,
                })
                .unwrap()
        };
        assert_eq!((place(0).line, place(0).column), (1, 1));
        assert_eq!(
            (place(10).line, place(10).column),
            (1, 9),
            "ü and ß take two bytes each"
        );
        assert_eq!((place(11).line, place(11).column), (2, 1));
        assert_eq!(place(15).to_string(), "a.yaml:2");
    }

    #[test]
    fn hidden_ranges_join() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", Path::new("a.yaml"), "x".repeat(50));
        for (start, end) in [(30, 40), (5, 8), (8, 10), (4, 6), (20, 20), (9, 31)] {
            sources.hide(Span { file, start, end });
        }
        assert_eq!(sources.get(file).unwrap().hidden().first(), Some(&(4..40)));
        sources.hide(Span {
            file,
            start: 45,
            end: 46,
        });
        sources.hide(Span {
            file,
            start: 1,
            end: 2,
        });
        assert_eq!(sources.get(file).unwrap().hidden(), [1..2, 4..40, 45..46]);
    }

    #[test]
    fn lines_end_before_their_break() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", Path::new("a.yaml"), "a\r\nbc\n");
        let source = sources.get(file).unwrap();
        assert_eq!(
            (
                source.line(0),
                source.line(2),
                source.line(4),
                source.line(99)
            ),
            ((1, 0..1), (1, 0..1), (2, 3..5), (3, 6..6))
        );
    }

    #[test]
    fn nearest_finds_slips_and_nothing_else() {
        let known = ["grafana-editors", "staff", "media-users"];
        assert_eq!(nearest("grafana-editor", known), Some("grafana-editors"));
        assert_eq!(nearest("saff", known), Some("staff"));
        assert_eq!(nearest("stfaf", known), Some("staff"));
        assert_eq!(nearest("nextcloud", known), None);
    }
}
