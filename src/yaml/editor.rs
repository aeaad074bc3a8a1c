//! Edits YAML text in place: one value, some items of a list, some entries of a mapping. Everything around them stays
//! as it was, byte for byte: comments, order, quotes.
//!
//! Pure: text and nodes in, edits out. What cannot be edited without losing something (a comment inside a list in one
//! line, an anchor that others use) is refused, never guessed.

use std::ops::Range;

use super::writer::{Yaml, inline};
use crate::diag::Span;
use crate::yaml::node::{Key, Node, NodeKind};

/// Text that takes the place of other text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The bytes that go.
    pub range: Range<usize>,
    /// What comes instead.
    pub text: String,
}

/// The text with all edits done; `None` if two of them touch the same bytes, or one lies outside.
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start)?);
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// The values that stand under the key at this place, with the names of the mappings around them from the outside in.
/// More than one where YAML's aliases show it in several places.
pub fn under(documents: &[Node], key: Span) -> Vec<(&Node, Vec<&str>)> {
    let mut found = Vec::new();
    for document in documents {
        walk(document, &mut Vec::new(), &mut |entry, node, path| {
            if entry.is_some_and(|entry| entry.span == key) {
                found.push((node, path.to_vec()));
            }
        });
    }
    found
}

/// The nodes at this place, as [`under`].
pub fn at(documents: &[Node], span: Span) -> Vec<(&Node, Vec<&str>)> {
    let mut found = Vec::new();
    for document in documents {
        walk(document, &mut Vec::new(), &mut |_, node, path| {
            // The first item of a list that is not indented begins where the list does.
            let inside = found
                .last()
                .is_some_and(|(_, around): &(_, Vec<&str>)| around == path);
            if node.span == span && !inside {
                found.push((node, path.to_vec()));
            }
        });
    }
    found
}

type Visit<'n, 'f> = dyn FnMut(Option<&'n Key>, &'n Node, &[&'n str]) + 'f;

fn walk<'n>(node: &'n Node, path: &mut Vec<&'n str>, each: &mut Visit<'n, '_>) {
    match &node.kind {
        NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Bytes(_) => {}
        NodeKind::Tagged(_, inner) => walk(inner, path, each),
        NodeKind::Seq(items) => {
            for item in items {
                each(None, item, path);
                walk(item, path, each);
            }
        }
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                path.push(&key.text);
                each(Some(key), value, path);
                walk(value, path, each);
                path.pop();
            }
        }
    }
}

/// Why a value cannot be edited.
pub type Refusal = &'static str;

const SHARED: Refusal =
    "it has an anchor, an alias or a tag, so the same text may stand for other values too";
const COMMENTED: Refusal = "a comment inside it would be lost";
const LAYOUT: Refusal = "its layout is too unusual";

/// Puts a value in the place of another one, in the same style of quotes or block. `key` is the key above it.
pub fn replace(text: &str, key: &Key, node: &Node, value: &Yaml) -> Result<Edit, Refusal> {
    let range = node.span.start as usize..node.span.end as usize;
    let after = key.span.end as usize;
    let old = text.get(range.clone()).ok_or(LAYOUT)?;
    if let Some(header) = header(text, after, range.start) {
        let range = header..range.end;
        let Yaml::Text(new) = value else {
            return Ok(Edit {
                range,
                text: inline(value),
            });
        };
        let old = text.get(range.clone()).ok_or(LAYOUT)?;
        let text = block(old, new).unwrap_or_else(|| inline(value));
        return Ok(Edit { range, text });
    }
    if range.is_empty() {
        let colon = after
            + text
                .get(after..)
                .and_then(|rest| rest.find(':'))
                .ok_or(LAYOUT)?
            + 1;
        return Ok(Edit {
            range: colon..colon,
            text: format!(" {}", inline(value)),
        });
    }
    let between = text.get(after..range.start).ok_or(SHARED)?;
    if matches!(node.kind, NodeKind::Tagged(..))
        || between.contains(['&', '*', '!'])
        || old.starts_with(['!', '*', '&'])
    {
        return Err(SHARED);
    }
    let new = match (&node.kind, value) {
        (NodeKind::Scalar(_) | NodeKind::Null, Yaml::Text(new)) => scalar(old, new),
        (NodeKind::Seq(_) | NodeKind::Map(_), _) if old.contains(['#', '&', '*']) => {
            return Err(COMMENTED);
        }
        _ => inline(value),
    };
    Ok(Edit { range, text: new })
}

/// Text in the style of what it replaces.
fn scalar(old: &str, new: &str) -> String {
    let plain = inline(&Yaml::text(new));
    let quotable = !new.chars().any(char::is_control)
        && plain.chars().all(|c| c != '\\' || new.contains('\\'));
    match old.chars().next() {
        Some('\'') if quotable => format!("'{}'", new.replace('\'', "''")),
        Some('"') if quotable && !new.contains(['"', '\\']) => format!("\"{new}\""),
        _ => plain,
    }
}

/// Where the `|` or `>` of a block stands, if a value is one: its own place begins with its first line.
fn header(text: &str, key: usize, value: usize) -> Option<usize> {
    let between = text.get(key..value)?;
    let colon = between.find(':')?;
    let rest = between.get(colon + 1..)?;
    let at = key + colon + 1 + (rest.len() - rest.trim_start_matches(' ').len());
    text.get(at..)?.starts_with(['|', '>']).then_some(at)
}

/// Text of several lines at the indent of the block that it replaces; `None` if it does not fit into one.
fn block(old: &str, new: &str) -> Option<String> {
    let mut lines = old.lines();
    let header = lines.next()?;
    let indent = lines
        .find(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())?;
    let new = new.trim_end();
    let odd =
        |line: &str| !line.is_empty() && line.trim().is_empty() || line.ends_with([' ', '\t']);
    let fits = !new.is_empty()
        && !new.starts_with([' ', '\t', '\n'])
        && !new.lines().any(odd)
        && !new.chars().any(|c| {
            (c.is_control() && c != '\n') || c == '\u{feff}' || matches!(c, '\u{2028}' | '\u{2029}')
        })
        && !header.contains(|c: char| c.is_ascii_digit());
    if !fits {
        return None;
    }
    // What was folded is written line by line, so that no line's end goes astray.
    let mut out = header.replacen('>', "|", 1);
    for line in new.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
    Some(out)
}

/// Takes items out of a list and puts others in before the item number `place` (or at its end).
pub fn items(
    text: &str,
    list: &Node,
    remove: &[usize],
    place: usize,
    add: &[Yaml],
) -> Result<Vec<Edit>, Refusal> {
    let NodeKind::Seq(items) = &list.kind else {
        return Err(LAYOUT);
    };
    let new: Vec<String> = add.iter().map(inline).collect();
    let spans: Vec<Range<usize>> = items.iter().map(range).collect();
    let old = text.get(range(list)).ok_or(LAYOUT)?;
    // One that is not indented begins with its first item, not with that one's dash.
    let bare = items
        .first()
        .is_some_and(|item| item.span.start == list.span.start);
    if old.starts_with('[') && !bare {
        return flow(text, range(list), ('[', ']'), &spans, remove, place, &new);
    }
    if items.is_empty()
        || items
            .iter()
            .any(|item| !within(list, item.span) || item.span.start == item.span.end)
    {
        return Err(LAYOUT);
    }
    let starts: Vec<usize> = spans
        .iter()
        .map(|item| dash(text, item.start))
        .collect::<Result<_, _>>()?;
    lines(
        text,
        range(list),
        &starts,
        &spans,
        remove,
        place,
        &new.iter().map(|it| format!("- {it}")).collect::<Vec<_>>(),
        "[]",
    )
}

/// Takes entries out of a mapping and adds others at its end.
pub fn entries(
    text: &str,
    map: &Node,
    remove: &[usize],
    add: &[(String, Yaml)],
) -> Result<Vec<Edit>, Refusal> {
    let NodeKind::Map(entries) = &map.kind else {
        return Err(LAYOUT);
    };
    let new: Vec<String> = add
        .iter()
        .map(|(key, value)| format!("{}: {}", inline(&Yaml::text(key)), inline(value)))
        .collect();
    let spans: Vec<Range<usize>> = entries
        .iter()
        .map(|(key, value)| key.span.start as usize..(value.span.end.max(key.span.end)) as usize)
        .collect();
    let old = text.get(range(map)).ok_or(LAYOUT)?;
    if entries
        .iter()
        .any(|(key, value)| value.span.start < key.span.end || !within(map, key.span))
    {
        return Err(SHARED);
    }
    if old.starts_with('{')
        && entries
            .first()
            .is_none_or(|(key, _)| key.span.start > map.span.start)
    {
        return flow(
            text,
            range(map),
            ('{', '}'),
            &spans,
            remove,
            spans.len(),
            &new,
        );
    }
    let starts: Vec<usize> = spans.iter().map(|entry| entry.start).collect();
    lines(
        text,
        range(map),
        &starts,
        &spans,
        remove,
        spans.len(),
        &new,
        "{}",
    )
}

fn range(node: &Node) -> Range<usize> {
    node.span.start as usize..node.span.end as usize
}

fn within(node: &Node, span: Span) -> bool {
    node.span.file == span.file && node.span.start <= span.start && span.end <= node.span.end
}

/// A list or mapping in brackets: what stays keeps its text.
fn flow(
    text: &str,
    whole: Range<usize>,
    (open, close): (char, char),
    spans: &[Range<usize>],
    remove: &[usize],
    place: usize,
    new: &[String],
) -> Result<Vec<Edit>, Refusal> {
    let old = text.get(whole.clone()).ok_or(LAYOUT)?;
    if old.contains(" #") || old.contains("\n#") {
        return Err(COMMENTED);
    }
    if old.contains(['&', '*']) {
        return Err(SHARED);
    }
    let mut parts: Vec<&str> = Vec::new();
    for at in 0..=spans.len() {
        if at == place {
            parts.extend(new.iter().map(String::as_str));
        }
        if let Some(span) = spans.get(at).filter(|_| !remove.contains(&at)) {
            parts.push(text.get(span.clone()).ok_or(LAYOUT)?);
        }
    }
    let padded = old.starts_with([open]) && old[1..].starts_with(' ') && !parts.is_empty();
    let space = if padded { " " } else { "" };
    Ok(vec![Edit {
        range: whole,
        text: format!("{open}{space}{}{space}{close}", parts.join(", ")),
    }])
}

/// Where the dash of a list's item stands.
fn dash(text: &str, item: usize) -> Result<usize, Refusal> {
    let line = start_of_line(text, item);
    let before = text.get(line..item).ok_or(LAYOUT)?;
    match before.trim_start().trim_end() {
        "-" => Ok(line + before.len() - before.trim_start().len()),
        _ => Err(LAYOUT),
    }
}

/// A list or mapping with a line or more for each part.
#[allow(
    clippy::too_many_arguments,
    reason = "one layout, with all that it depends on"
)]
fn lines(
    text: &str,
    whole: Range<usize>,
    starts: &[usize],
    spans: &[Range<usize>],
    remove: &[usize],
    place: usize,
    new: &[String],
    nothing: &str,
) -> Result<Vec<Edit>, Refusal> {
    let first = *starts.first().ok_or(LAYOUT)?;
    let indent = text.get(start_of_line(text, first)..first).ok_or(LAYOUT)?;
    // The first part may stand behind the dash of a list around it; every other one has lines of its own.
    let own = |at: usize| {
        starts
            .get(at)
            .is_some_and(|start| text[start_of_line(text, *start)..*start].trim().is_empty())
    };
    let column = indent.chars().count();
    let indent: String = indent
        .chars()
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    if remove.iter().any(|at| !own(*at)) || column > 200 {
        return Err(LAYOUT);
    }
    if remove.len() == spans.len() && new.is_empty() {
        let line = start_of_line(text, first);
        let above = text.get(..line).ok_or(LAYOUT)?.trim_end_matches('\n');
        if !above.ends_with(':') {
            return Err(LAYOUT);
        }
        return Ok(vec![Edit {
            range: above.len()..whole.end,
            text: format!(" {nothing}"),
        }]);
    }
    let mut edits: Vec<Edit> = remove
        .iter()
        .filter_map(|at| {
            let (start, span) = (starts.get(*at)?, spans.get(*at)?);
            Some(Edit {
                range: start_of_line(text, *start)..end_of_line(text, span.end),
                text: String::new(),
            })
        })
        .collect();
    if !new.is_empty() {
        // Behind the part before, so that comments above a part stay with it.
        let (at, mut added) = match place.min(spans.len()) {
            0 if own(0) => (start_of_line(text, first), String::new()),
            0 => return Err(LAYOUT),
            place => {
                let end = end_of_line(text, spans[place - 1].end);
                let broken = !text.get(..end).ok_or(LAYOUT)?.ends_with('\n');
                (
                    end,
                    if broken {
                        "\n".to_owned()
                    } else {
                        String::new()
                    },
                )
            }
        };
        let bare = added == "\n";
        for (i, line) in new.iter().enumerate() {
            added.push_str(&indent);
            added.push_str(line);
            if !bare || i + 1 < new.len() {
                added.push('\n');
            }
        }
        edits.push(Edit {
            range: at..at,
            text: added,
        });
    }
    Ok(edits)
}

fn start_of_line(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |line| line + 1)
}

/// Behind the line's end.
fn end_of_line(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|after| after.find('\n'))
        .map_or(text.len(), |line| at + line + 1)
}

#[cfg(test)]
mod tests;
