//! Differences of texts and of lists, as lines with symbols in front.
//!
//! Must never take long: texts that have too little in common are shown whole, the old one and then the new one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::page::{Page, Tone};
use super::{phrases, values};
use crate::schema::Shape;
use crate::value::Value;

/// Lines around a change of a text.
const CONTEXT: usize = 3;
/// How many lines of one text are shown.
const LINES: usize = 500;
/// Above this product of lengths no common parts are looked for.
const LARGE: usize = 4_000_000;

/// A text's changes: hunks with three lines around them.
pub(super) fn texts(page: &mut Page, indent: usize, old: &str, new: &str) {
    let (old, new) = (split(old), split(new));
    let mut all = Vec::new();
    for hunk in group_diff_ops(ops(&old, &new), CONTEXT) {
        all.push((Tone::Comment, Cow::Owned(range(&hunk))));
        for op in &hunk {
            for (tone, index) in lines(op) {
                let text = if tone == Tone::Remove {
                    old.get(index)
                } else {
                    new.get(index)
                };
                all.push((tone, Cow::Borrowed(text.copied().unwrap_or(""))));
            }
        }
    }
    write(page, indent, &all);
}

/// Lines of a text, each in its tone. Of very many the middle is left out, which is said.
fn write(page: &mut Page, indent: usize, all: &[(Tone, Cow<'_, str>)]) {
    let (head, tail) = match all.len() > LINES {
        true => (LINES * 4 / 5, LINES / 5),
        false => (all.len(), 0),
    };
    let mut some = |lines: &[(Tone, Cow<'_, str>)]| {
        for (tone, text) in lines {
            match tone {
                Tone::Comment => page.toned(indent, *tone, text),
                tone => page.line(indent, *tone, text),
            }
        }
    };
    some(&all[..head]);
    if tail > 0 {
        let count = phrases::many(all.len() - head - tail, "line");
        some(&[(
            Tone::Comment,
            format!("# … ({count}; the JSON plan has them)").into(),
        )]);
        some(&all[all.len() - tail..]);
    }
}

/// The lines of a text; an empty text has none.
fn split(text: &str) -> Vec<&str> {
    if text.is_empty() {
        Vec::new()
    } else {
        text.split('\n').collect()
    }
}

/// A whole text, every line behind the same symbol.
pub(super) fn block(page: &mut Page, indent: usize, tone: Tone, text: &str) {
    let all: Vec<(Tone, Cow<'_, str>)> = split(text)
        .into_iter()
        .map(|line| (tone, line.into()))
        .collect();
    write(page, indent, &all);
}

/// The changes of an ordered list: items that come and go, one neighbour around them, and how many others there are.
pub(super) fn lists(
    page: &mut Page,
    indent: usize,
    old: &[Value],
    new: &[Value],
    shape: Option<&Shape>,
) {
    // Items are compared as values, not by what is printed: two secrets look alike.
    let mut numbers: BTreeMap<&Value, usize> = BTreeMap::new();
    let mut number = |value| {
        let next = numbers.len();
        *numbers.entry(value).or_insert(next)
    };
    let before: Vec<usize> = old.iter().map(&mut number).collect();
    let after: Vec<usize> = new.iter().map(&mut number).collect();
    let mut hidden = new.len();
    for hunk in group_diff_ops(ops(&before, &after), 1) {
        for op in &hunk {
            for (tone, index) in lines(op) {
                let value = if tone == Tone::Remove {
                    old.get(index)
                } else {
                    new.get(index)
                };
                hidden -= usize::from(tone != Tone::Remove).min(hidden);
                page.line(
                    indent,
                    tone,
                    &value
                        .map(|value| values::shown(value, shape))
                        .unwrap_or_default(),
                );
            }
        }
    }
    if hidden > 0 {
        page.remark(
            indent,
            &format!("{} hidden", phrases::many(hidden, "unchanged item")),
        );
    }
}

/// What happens to which index: of the old side for what goes, of the new side for all else.
fn lines(op: &DiffOp) -> Vec<(Tone, usize)> {
    let removed = op.old_range().map(|index| (Tone::Remove, index));
    let added = op.new_range().map(|index| (Tone::Add, index));
    match op {
        DiffOp::Equal { .. } => op.new_range().map(|index| (Tone::Context, index)).collect(),
        DiffOp::Delete { .. } => removed.collect(),
        DiffOp::Insert { .. } => added.collect(),
        DiffOp::Replace { .. } => removed.chain(added).collect(),
    }
}

fn ops<T: std::hash::Hash + Eq + Ord>(old: &[T], new: &[T]) -> Vec<DiffOp> {
    if old.len().saturating_mul(new.len()) <= LARGE {
        return capture_diff_slices(Algorithm::Myers, old, new);
    }
    let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old[same..].iter().rev().zip(new[same..].iter().rev());
    let tail = rest.take_while(|(a, b)| a == b).count();
    let (old_len, new_len) = (old.len() - same - tail, new.len() - same - tail);
    let mut ops = Vec::new();
    if same > 0 {
        ops.push(DiffOp::Equal {
            old_index: 0,
            new_index: 0,
            len: same,
        });
    }
    ops.push(DiffOp::Replace {
        old_index: same,
        old_len,
        new_index: same,
        new_len,
    });
    if tail > 0 {
        ops.push(DiffOp::Equal {
            old_index: same + old_len,
            new_index: same + new_len,
            len: tail,
        });
    }
    ops
}

/// The `@@` line of a hunk.
fn range(hunk: &[DiffOp]) -> String {
    let mut out = String::from("@@");
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
        return out;
    };
    let sides = [
        ('-', first.old_range().start, last.old_range().end),
        ('+', first.new_range().start, last.new_range().end),
    ];
    for (sign, start, end) in sides {
        let len = end.saturating_sub(start);
        // Writing to a String cannot fail.
        let _ = match len {
            1 => write!(out, " {sign}{}", start + 1),
            0 => write!(out, " {sign}{start},0"),
            _ => write!(out, " {sign}{},{len}", start + 1),
        };
    }
    out.push_str(" @@");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(old: &str, new: &str) -> String {
        let mut page = Page::new(false, 80);
        texts(&mut page, 0, old, new);
        page.finish()
    }

    #[test]
    fn texts_differ_by_lines() {
        insta::assert_snapshot!(diff("a\nb\nc\nd\ne\nf", "a\nb\nc\nd\nE\nf\ng"), @r#"
        @@ -2,5 +2,6 @@
          b
          c
          d
        - e
        + E
          f
        + g
        "#);
        insta::assert_snapshot!(diff("", "x"), @r#"
        @@ -0,0 +1 @@
        + x
        "#);
    }

    #[test]
    fn huge_texts_are_still_shown() {
        let old: String = (0..3000).map(|i| format!("a{i}\n")).collect();
        let new: String = (0..3000).map(|i| format!("b{i}\n")).collect();
        let shown = diff(&format!("same\n{old}end"), &format!("same\n{new}end"));
        assert_eq!(
            shown.lines().count(),
            LINES + 1,
            "as many as are shown, and how many are not"
        );
    }
}
