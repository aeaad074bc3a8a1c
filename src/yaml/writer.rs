//! Data as YAML that people keep: quotes only where YAML needs them, text of several lines as blocks, short lists in one
//! line.
//!
//! What goes in comes out of any YAML reader as the same data, whatever characters it has: names and values come from a
//! server and may be hostile. A comment never becomes more than a comment.

use crate::harmless::commands;

/// The widest that a list in one line may be, with its indent.
const WIDTH: usize = 100;
/// How much a level is indented by.
const STEP: usize = 2;

/// A piece of YAML.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Yaml {
    /// `null`.
    Null,
    /// A number, `true` or `false`, as it is spelled.
    Bare(String),
    /// Text.
    Text(String),
    /// A value under a tag; the name is without the `!`.
    Tagged(&'static str, Box<Yaml>),
    /// A list.
    List(Vec<Yaml>),
    /// A mapping, in order.
    Map(Vec<Item>),
    /// An object of which nothing is written but comments: no value, so that taking the `#` away is enough.
    Open(Vec<Item>),
}

/// A line or more of a mapping.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// A key with its value.
    Entry(String, Yaml),
    /// A comment, on a line of its own.
    Note(String),
}

impl Yaml {
    /// Text.
    pub fn text(text: impl Into<String>) -> Yaml {
        Yaml::Text(text.into())
    }

    /// An empty mapping.
    pub fn empty() -> Yaml {
        Yaml::Map(Vec::new())
    }
}

/// A value in one line, to be put where another one stood. Text of several lines is quoted.
pub fn inline(yaml: &Yaml) -> String {
    match yaml {
        Yaml::Null => "null".to_owned(),
        Yaml::Bare(text) => text.clone(),
        Yaml::Text(text) => line(text, true),
        Yaml::Tagged(tag, inner) => format!("!{tag} {}", inline(inner)),
        Yaml::List(items) => format!(
            "[{}]",
            items.iter().map(inline).collect::<Vec<_>>().join(", ")
        ),
        Yaml::Map(items) | Yaml::Open(items) => {
            let entries = items.iter().filter_map(|item| match item {
                Item::Entry(key, yaml) => Some(format!("{}: {}", line(key, true), inline(yaml))),
                Item::Note(_) => None,
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The lines of a mapping at the top of a document.
pub fn document(items: &[Item]) -> String {
    let mut out = String::new();
    map(&mut out, items, 0);
    out
}

/// A comment as its line, without an indent.
pub fn comment(text: &str) -> String {
    let mut out = String::from("#");
    let commands = commands(text);
    for (at, c) in text.char_indices() {
        if at == 0 && c != '!' {
            out.push(' ');
        }
        match c {
            c if special(c) || c == '\n' || commands.binary_search(&at).is_ok() => {
                out.extend(c.escape_unicode())
            }
            c => out.push(c),
        }
    }
    out
}

fn map(out: &mut String, items: &[Item], indent: usize) {
    for item in items {
        pad(out, indent);
        match item {
            Item::Note(text) => out.push_str(&comment(text)),
            Item::Entry(key, yaml) => {
                out.push_str(&line(key, false));
                out.push(':');
                value(out, yaml, indent);
            }
        }
        ended(out);
    }
}

/// A value after `key:` or a tag, at a parent's indent.
fn value(out: &mut String, yaml: &Yaml, indent: usize) {
    match yaml {
        Yaml::Tagged(tag, inner) => {
            out.push_str(" !");
            out.push_str(tag);
            match &**inner {
                // What is referred to stands beside the tag.
                Yaml::Map(items) if *tag == "ref" => {
                    out.push_str(&format!(" {}", inline(&Yaml::Map(items.clone()))))
                }
                inner => value(out, inner, indent),
            }
        }
        Yaml::Map(items) if items.iter().all(|item| matches!(item, Item::Note(_))) => {
            out.push_str(" {}");
            if !items.is_empty() {
                out.push('\n');
                map(out, items, indent + STEP);
            }
        }
        Yaml::Map(items) | Yaml::Open(items) => {
            out.push('\n');
            map(out, items, indent + STEP);
        }
        Yaml::List(items) => {
            let used = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
            match in_one_line(items).filter(|text| used + 1 + text.chars().count() <= WIDTH) {
                Some(text) => {
                    out.push(' ');
                    out.push_str(&text);
                }
                None => list(out, items, indent + STEP),
            }
        }
        Yaml::Text(text) => match block(text) {
            Some(header) => {
                out.push(' ');
                out.push_str(header);
                for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                    out.push('\n');
                    if !line.is_empty() {
                        pad(out, indent + STEP);
                        out.push_str(line);
                    }
                }
            }
            None => {
                out.push(' ');
                out.push_str(&line(text, false));
            }
        },
        Yaml::Null => out.push_str(" null"),
        Yaml::Bare(text) => {
            out.push(' ');
            out.push_str(text);
        }
    }
}

fn list(out: &mut String, items: &[Yaml], indent: usize) {
    for item in items {
        ended(out);
        match item {
            Yaml::Map(entries) if entries.iter().any(|item| matches!(item, Item::Entry(..))) => {
                // Comments before the first key stand above the item.
                let first = entries
                    .iter()
                    .position(|item| matches!(item, Item::Entry(..)))
                    .unwrap_or_default();
                let (notes, rest) = entries.split_at(first);
                map(out, notes, indent);
                let mut inner = String::new();
                map(&mut inner, rest, indent + STEP);
                pad(out, indent);
                out.push_str("- ");
                out.push_str(inner.trim_start_matches(' '));
            }
            _ => {
                pad(out, indent);
                out.push('-');
                value(out, item, indent);
            }
        }
    }
}

/// A list of plain values as `[a, b]`; `None` if it has to take several lines.
fn in_one_line(items: &[Yaml]) -> Option<String> {
    let spelled = items.iter().map(|item| match item {
        Yaml::Null => Some("null".to_owned()),
        Yaml::Bare(text) => Some(text.clone()),
        Yaml::Text(text) if block(text).is_none() => Some(line(text, true)),
        _ => None,
    });
    Some(format!(
        "[{}]",
        spelled.collect::<Option<Vec<_>>>()?.join(", ")
    ))
}

/// How text is written as a block: `|` if it ends with a line's end, `|-` if not; `None` if it is no text for a block.
fn block(text: &str) -> Option<&'static str> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let odd = |line: &str| line.trim().is_empty() && !line.is_empty();
    let fits = body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && !body.chars().any(special)
        && !body.split('\n').any(odd)
        && commands(body).is_empty();
    fits.then_some(if text.ends_with('\n') { "|" } else { "|-" })
}

/// Text in one line: plain where that is safe, else in quotes. `inside` a list in one line, commas and brackets count.
fn line(text: &str, inside: bool) -> String {
    if plain(text) && !(inside && text.contains([',', '[', ']', '{', '}'])) {
        return text.to_owned();
    }
    let commands = commands(text);
    let escapes =
        !commands.is_empty() || text.chars().any(|c| special(c) || matches!(c, '\n' | '\t'));
    if !escapes && text.contains(['"', '\\']) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut out = String::from("\"");
    for (at, c) in text.char_indices() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if special(c) || commands.binary_search(&at).is_ok() => match c as u32 {
                code @ 0..=0xff => out.push_str(&format!("\\x{code:02x}")),
                code @ 0..=0xffff => out.push_str(&format!("\\u{code:04x}")),
                code => out.push_str(&format!("\\U{code:08x}")),
            },
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether text can stand without quotes and is text to every reader, those of YAML 1.1 too.
fn plain(text: &str) -> bool {
    let first =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.' | '(' | '$' | '^' | '+');
    text.starts_with(first)
        && !text.ends_with([' ', ':'])
        && !text.starts_with("...")
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(|c| special(c) || matches!(c, '\n' | '\t'))
        && commands(text).is_empty()
        && !looks_typed(text)
}

/// Whether some reader of YAML takes unquoted text for a boolean, a number, a date or nothing.
pub(crate) fn looks_typed(text: &str) -> bool {
    let lower = text.to_lowercase();
    let word = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", ".inf", ".nan", "+.inf",
    ];
    let digits = lower.trim_start_matches(['+', '-']);
    word.contains(&lower.as_str())
        || digits.replace('_', "").parse::<f64>().is_ok()
        || ["0x", "0o", "0b"].iter().any(|start| digits.starts_with(start))
        // Times such as 12:30:45 are numbers to YAML 1.1, and so are dates dates.
        || (digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '-' | '.' | '_' | ',' | 't' | 'z' | '+' | ' ')))
}

/// Characters that only stand in quotes, as escapes: those that YAML forbids, ends lines with, or nobody sees.
fn special(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{85}' | '\u{ad}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        // Marks that turn the direction of text hide what a line says.
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn ended(out: &mut String) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, yaml: Yaml) -> Item {
        Item::Entry(key.to_owned(), yaml)
    }

    #[test]
    fn it_reads_well() {
        let long: Vec<Yaml> = (0..30).map(|i| Yaml::text(format!("member-{i}"))).collect();
        let items = [
            Item::Note("a comment\nwith two lines".into()),
            entry("plain", Yaml::text("hours=1")),
            entry("number", Yaml::Bare("3".into())),
            entry(
                "texts",
                Yaml::List(
                    ["yes", "1.10", "017", "a, b", "it's", ""]
                        .map(Yaml::text)
                        .to_vec(),
                ),
            ),
            entry("regex", Yaml::text(r"vault-\d+")),
            entry("key: with", Yaml::text("a: b")),
            entry("code", Yaml::text("if x:\n    return True\n\nreturn False")),
            entry("css", Yaml::text("a\nb\n")),
            entry("control", Yaml::text("a\u{1b}[31m\nb")),
            entry("secret", Yaml::Tagged("env", Box::new(Yaml::text("NAME")))),
            entry(
                "exact",
                Yaml::Tagged("exact", Box::new(Yaml::Map(vec![entry("a", Yaml::Null)]))),
            ),
            entry("empty", Yaml::Map(vec![Item::Note("nothing here".into())])),
            entry("open", Yaml::Open(vec![Item::Note("a: b".into())])),
            entry(
                "bindings",
                Yaml::List(vec![
                    Yaml::Map(vec![
                        Item::Note("why".into()),
                        entry("group", Yaml::text("staff")),
                    ]),
                    Yaml::Map(vec![
                        entry("user", Yaml::text("jodie")),
                        entry("order", Yaml::Bare("1".into())),
                    ]),
                    Yaml::List(vec![Yaml::text("nested")]),
                    Yaml::empty(),
                ]),
            ),
            entry("long", Yaml::List(long[..12].to_vec())),
        ];
        let expected = r#"# a comment\u{a}with two lines
plain: hours=1
number: 3
texts: ["yes", "1.10", "017", "a, b", it's, ""]
regex: vault-\d+
"key: with": "a: b"
code: |-
  if x:
      return True

  return False
css: |
  a
  b
control: "a\x1b[31m\nb"
secret: !env NAME
exact: !exact
  a: null
empty: {}
  # nothing here
open:
  # a: b
bindings:
  # why
  - group: staff
  - user: jodie
    order: 1
  - [nested]
  - {}
long:
  - member-0
"#;
        let text = document(&items);
        assert_eq!(
            text.lines()
                .take(expected.lines().count())
                .collect::<Vec<_>>()
                .join("\n")
                + "\n",
            expected,
            "{text}"
        );
    }
}
