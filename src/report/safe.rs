//! Text from files and servers, made fit to be printed.
//!
//! Must never let a control character, an escape sequence or a character that reorders or hides its neighbours through.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with everything dangerous spelled out as `\u{…}`. Tabs stay.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\t' && dangerous(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => out.push('\t'),
            c if dangerous(c) => spell(&mut out, c),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The text in quotes, on one line, unambiguous.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if dangerous(c) => spell(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A name without quotes where nothing can be mistaken, in quotes elsewhere.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '@' | '+' | '-' | '/' | ':');
    let first = text.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_');
    let word = matches!(text, "null" | "true" | "false");
    if first && !word && text.chars().all(plain) { Cow::Borrowed(text) } else { Cow::Owned(quoted(text)) }
}

/// Whether a character can change how a terminal or a reader takes its neighbours.
pub(super) fn dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn spell(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c => {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_characters_are_spelled_out() {
        assert_eq!(harmless("a\tb ü 日"), "a\tb ü 日");
        assert_eq!(harmless("\u{1b}[31mred\r\n"), r"\u{1b}[31mred\r\n");
        assert_eq!(harmless("x\u{202e}y\u{200b}z\u{9b}2J\u{7f}"), r"x\u{202e}y\u{200b}z\u{9b}2J\u{7f}");
        assert_eq!(quoted("say \"x\\y\"\n\t"), r#""say \"x\\y\"\n\t""#);
    }

    #[test]
    fn names_are_quoted_where_they_could_be_mistaken() {
        assert_eq!(name("alice@example.org"), "alice@example.org");
        assert_eq!(name("müller"), "müller");
        for other in ["", "null", "a b", "-> x", "- alice", "(order 1)", "a\u{202e}b", "a,b"] {
            assert!(name(other).starts_with('"'), "{other:?}");
        }
    }
}
