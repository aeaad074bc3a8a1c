//! Places in files that are not at hand: from file, line and column to spans that show the same, and no text at all.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::diag::{FileId, Sources, Span};
use crate::wire::plan_file::Place;

/// More than this no state file has.
const LINES: u64 = 200_000;
const COLUMNS: u64 = 10_000;
/// How much empty text stands for all files together, at most.
const ROOM: usize = 16 << 20;

/// Places on the way to becoming [`Sources`].
#[derive(Default)]
pub(super) struct Places {
    files: Vec<(String, BTreeMap<u64, u64>)>,
    /// Where in the list a file is.
    known: HashMap<String, usize>,
    /// Spans that were given out: file, line and column, in order.
    given: Vec<(usize, u64, u64)>,
}

impl Places {
    /// A span for a place, which stands for its number until [`Places::settle`] is asked.
    pub fn span(&mut self, place: &Place) -> Option<Span> {
        let (line, column) = (place.line, place.column);
        if !(1..=LINES).contains(&line) || !(1..=COLUMNS).contains(&column) {
            return None;
        }
        let name = place.file.as_str();
        let file = match self.known.get(name) {
            Some(file) => *file,
            None => {
                self.known.insert(name.to_owned(), self.files.len());
                self.files.push((name.to_owned(), BTreeMap::new()));
                self.files.len() - 1
            }
        };
        let widest = self.files[file].1.entry(line).or_default();
        *widest = (*widest).max(column);
        self.given.push((file, line, column));
        let number = u32::try_from(self.given.len() - 1).ok()?;
        Some(Span {
            file: FileId(u32::MAX),
            start: number,
            end: number,
        })
    }

    /// The files, and what each span becomes.
    pub fn settle(self) -> (Sources, Vec<Option<Span>>) {
        let mut sources = Sources::default();
        let mut room = ROOM;
        let mut starts: Vec<Option<(FileId, BTreeMap<u64, u32>)>> = Vec::new();
        for (name, lines) in &self.files {
            let last = lines.keys().next_back().copied().unwrap_or(0);
            let size = last as usize + lines.values().map(|column| *column as usize).sum::<usize>();
            if size > room {
                starts.push(None);
                continue;
            }
            room -= size;
            let mut text = String::with_capacity(size);
            let mut begins = BTreeMap::new();
            for line in 1..=last {
                if let Some(column) = lines.get(&line) {
                    begins.insert(line, text.len() as u32);
                    text.extend(std::iter::repeat_n(' ', *column as usize));
                }
                text.push('\n');
            }
            starts.push(Some((
                sources.add(name.clone(), Path::new(name), text),
                begins,
            )));
        }
        let span = |(file, line, column): &(usize, u64, u64)| {
            let (file, begins) = starts.get(*file)?.as_ref()?;
            let start = begins.get(line)? + u32::try_from(*column - 1).ok()?;
            Some(Span {
                file: *file,
                start,
                end: start,
            })
        };
        let spans = self.given.iter().map(span).collect();
        (sources, spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back() {
        let mut places = Places::default();
        let all = [
            ("a.yaml", 3, 5),
            ("b.yaml", 1, 1),
            ("a.yaml", 3, 9),
            ("a.yaml", 1, 2),
        ];
        for (file, line, column) in all {
            assert!(
                places
                    .span(&Place {
                        file: file.to_owned(),
                        line,
                        column
                    })
                    .is_some()
            );
        }
        assert_eq!(
            places.span(&Place {
                file: "a".to_owned(),
                line: 4_000_000_000,
                column: 1
            }),
            None
        );
        let (sources, spans) = places.settle();
        let shown = spans
            .iter()
            .map(|span| sources.place(span.unwrap()).unwrap());
        let shown: Vec<(String, u32, u32)> = shown
            .map(|place| (place.file, place.line, place.column))
            .collect();
        assert_eq!(
            shown,
            all.map(|(file, line, column)| (file.to_owned(), line as u32, column as u32))
        );
    }
}
