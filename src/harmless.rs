//! Text from files and servers, made fit to be shown on a terminal and in the log of a CI system.
//!
//! Must never let a control character, an escape sequence, a character that reorders or hides its neighbours, or a command
//! of a CI system through. What is dangerous is spelled out, in one way everywhere: `\u{202e}`, `#\u{23}[error]`.

use std::borrow::Cow;
use std::fmt::Write;

/// The longest name that is shown whole, in characters.
pub const NAME: usize = 200;
/// The longest line that is shown whole, in characters.
pub const LINE: usize = 10_000;

/// Whether a character can change how a terminal or a reader takes its neighbours.
pub fn dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Where characters stand, in bytes and in order, without which no part of a text is a command of a CI system.
///
/// Runners look through the log of a job. GitHub's and Forgejo's take `##[error]` anywhere and `::error::` where a line
/// begins, behind spaces too; Azure's takes `##vso[…]`, TeamCity `##teamcity[…]`, GitLab `section_start:0:name` and Travis
/// `travis_fold:start`. What follows a command does not matter, so a text that only begins one counts: the end may come
/// from its neighbour.
pub fn commands(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (at, _) in text.match_indices("##") {
        let rest = bytes[at + 2..]
            .iter()
            .position(|byte| !byte.is_ascii_alphabetic());
        if rest.is_some_and(|end| bytes[at + 2 + end] == b'[') {
            found.push(at + 1);
        }
    }
    // `match_indices` finds no two that overlap, and an odd row of signs ends in one.
    for (at, _) in text.match_indices("###") {
        let start = at
            + 1
            + bytes[at + 1..]
                .iter()
                .take_while(|byte| **byte == b'#')
                .count()
            - 2;
        let rest = bytes[start + 2..]
            .iter()
            .position(|byte| !byte.is_ascii_alphabetic());
        if rest.is_some_and(|end| bytes[start + 2 + end] == b'[') {
            found.push(start + 1);
        }
    }
    for (at, _) in text.match_indices("::") {
        let begins = text[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
        let word = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
        let rest = &text[at + 2..];
        let long = rest.bytes().take_while(|byte| word(byte)).count();
        let rest = &rest[long..];
        if begins
            && long > 0
            && (rest.is_empty() || rest.starts_with("::") || rest.starts_with(char::is_whitespace))
        {
            found.push(at);
        }
    }
    for word in [
        "section_start:",
        "section_end:",
        "travis_fold:",
        "travis_time:",
    ] {
        found.extend(text.match_indices(word).map(|(at, _)| at + word.len() - 1));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The text with everything dangerous spelled out. Tabs stay.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let commands = commands(text);
    if commands.is_empty() && !text.chars().any(|c| c != '\t' && dangerous(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        if c != '\t' && (dangerous(c) || commands.binary_search(&at).is_ok()) {
            spell(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Lines that were put together of harmless texts, without a command that only came to be by that. Everything else stays,
/// colors and line breaks too.
pub fn inert(text: &str) -> Cow<'_, str> {
    let commands = commands(text);
    if commands.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        if commands.binary_search(&at).is_ok() {
            spell(&mut out, c)
        } else {
            out.push(c)
        }
    }
    Cow::Owned(out)
}

/// The text in quotes, on one line, unambiguous.
pub fn quoted(text: &str) -> String {
    let commands = commands(text);
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for (at, c) in text.char_indices() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if dangerous(c) || commands.binary_search(&at).is_ok() => spell(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text of more characters than `most` without its middle, in whose place stands how much is left out.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    // So many bytes are at least as many characters.
    let count = if text.len() <= most {
        0
    } else {
        text.chars().count()
    };
    if count <= most {
        return Cow::Borrowed(text);
    }
    let (head, tail) = (most * 3 / 5, most / 5);
    let at = |number: usize| {
        text.char_indices()
            .nth(number)
            .map_or(text.len(), |(at, _)| at)
    };
    let (start, end) = (&text[..at(head)], &text[at(count - tail)..]);
    Cow::Owned(format!(
        "{start}…({} characters)…{end}",
        count - head - tail
    ))
}

/// A character as it is spelled out: `\n`, `\u{202e}`.
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
        assert_eq!(
            harmless("x\u{202e}y\u{200b}z\u{9b}2J\u{7f}"),
            r"x\u{202e}y\u{200b}z\u{9b}2J\u{7f}"
        );
        assert_eq!(quoted("say \"x\\y\"\n\t"), r#""say \"x\\y\"\n\t""#);
    }

    #[test]
    fn commands_of_ci_systems_are_spelled_out() {
        for (text, shown) in [
            ("##[error]x", r"#\u{23}[error]x"),
            ("a ##[x] ##[y]", r"a #\u{23}[x] #\u{23}[y]"),
            ("###[error]", r"##\u{23}[error]"),
            ("####[error]", r"###\u{23}[error]"),
            (
                "##vso[task.setvariable variable=x]y",
                r"#\u{23}vso[task.setvariable variable=x]y",
            ),
            ("##teamcity[x]", r"#\u{23}teamcity[x]"),
            ("::error::x", r"\u{3a}:error::x"),
            ("  ::add-mask::x", r"  \u{3a}:add-mask::x"),
            ("::set-output name=x::y", r"\u{3a}:set-output name=x::y"),
            ("\u{a0}::group::", "\u{a0}\\u{3a}:group::"),
            // The end may come from what stands beside it.
            ("::error", r"\u{3a}:error"),
            ("section_start:0:x", r"section_start\u{3a}0:x"),
            ("travis_fold:end", r"travis_fold\u{3a}end"),
        ] {
            assert_eq!(harmless(text), shown);
            assert_eq!(harmless(shown), shown, "once is enough");
            assert_eq!(inert(text), shown);
            assert_eq!(inert(shown), shown);
            assert!(commands(&quoted(text)).is_empty(), "{text}");
        }
        for text in [
            "# a [link]",
            "## title",
            "##",
            "#[x]",
            "::1",
            "fe80::ffff:1",
            "a::b",
            "std::fmt::Write",
            "x ::: y",
        ] {
            assert_eq!(harmless(text), text);
        }
        assert_eq!(
            inert("\u{1b}[31mred\u{1b}[0m\n \t::debug::x\r\n"),
            "\u{1b}[31mred\u{1b}[0m\n \t\\u{3a}:debug::x\r\n"
        );
    }

    #[test]
    fn long_texts_lose_their_middle() {
        assert_eq!(shortened("äöü", 3), "äöü");
        let name: String = "abcdefghij".repeat(100);
        let cut = shortened(&name, 20);
        assert_eq!(cut, "abcdefghijab…(984 characters)…ghij");
        assert_eq!(
            shortened(&"\n".repeat(10_000), NAME)
                .chars()
                .filter(|c| *c == '\n')
                .count(),
            160
        );
    }
}
