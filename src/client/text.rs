//! Text that came from a server, made fit to be shown.
//! Must never let a control character, an escape sequence or a secret through.

use std::sync::Arc;

use crate::value::{Masker, is_invisible};

/// The longest piece of server-sent text that is shown, in characters.
pub(super) const SHOWN: usize = 300;

/// The longest piece that is searched for secrets: what lies behind is never shown.
const SEARCHED: usize = 16 * 1024;

/// Takes control characters and secrets out of text, and shortens it.
#[derive(Clone)]
pub(super) struct Cleaner(Arc<Masker>);

impl Cleaner {
    /// A cleaner that knows these secrets.
    pub(super) fn new(masker: Arc<Masker>) -> Self {
        Self(masker)
    }

    /// A text of a server or of a library. Secrets are taken out before it is cut, so that no cut leaves a part of one.
    pub(super) fn text(&self, text: &str) -> String {
        cut(&self.0.mask(&start(&clean(text), SEARCHED)), SHOWN)
    }

    /// Texts that are shown beside each other: also without a secret that is spread over them.
    pub(super) fn texts(&self, texts: impl Iterator<Item = String>) -> Vec<String> {
        let texts: Vec<String> = texts.map(|text| start(&clean(&text), SEARCHED)).collect();
        self.0
            .mask_all(&texts)
            .iter()
            .map(|text| cut(text, SHOWN))
            .collect()
    }

    /// The name of a field, which is mostly one that akrec sent, or an address.
    pub(super) fn name(&self, name: &str) -> String {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']' | '-');
        match name.chars().all(known) {
            true => cut(&self.0.mask_path(name), SHOWN),
            false => self.text(name),
        }
    }
}

/// The first characters of a text.
fn start(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// `text` without escape sequences, control and invisible formatting characters, its white space
/// collapsed. Not shortened.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4 * SHOWN));
    let mut chars = text.chars().peekable();
    let mut gap = false;
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                Some('[') => skip_csi(&mut chars),
                Some(']' | 'P' | '^' | '_' | 'X') => skip_string(&mut chars),
                _ => {}
            },
            '\u{9b}' => skip_csi(&mut chars),
            '\u{9d}' | '\u{90}' => skip_string(&mut chars),
            c if c.is_whitespace() => gap = true,
            c if c.is_control() || is_invisible(c) => {}
            c => {
                if gap && !out.is_empty() {
                    out.push(' ');
                }
                gap = false;
                out.push(c);
            }
        }
    }
    out
}

/// `text` cut to `most` characters, with an ellipsis where something was cut.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

/// The raw title of an HTML page, if it has one.
pub(super) fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(&page[start..end])
}

/// Skips a control sequence up to and including its final byte.
fn skip_csi(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while chars
        .next_if(|c| matches!(c, '\u{20}'..='\u{3f}'))
        .is_some()
    {}
    chars.next_if(|c| matches!(c, '\u{40}'..='\u{7e}'));
}

/// Skips an operating system command and its like, up to its terminator or the end of the text.
fn skip_string(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(c) = chars.next() {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                chars.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_controls_are_removed() {
        assert_eq!(
            clean("\u{1b}[31mred\u{1b}[0m\r\n  and\tblue\0"),
            "red and blue"
        );
        assert_eq!(
            clean("a\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\b"),
            "alinkb"
        );
        assert_eq!(clean("x\u{202e}y\u{200b}z\u{9b}2J"), "xyz");
        assert_eq!(clean("\u{1b}]never closed"), "");
    }

    #[test]
    fn secrets_are_replaced_before_cutting() {
        let cleaner = Cleaner::new(Arc::new(Masker::new(
            ["s3cr3t", "the first line\nand a second"],
            "",
        )));
        assert_eq!(cleaner.text("no s3cr3t here"), "no (sensitive value) here");
        assert_eq!(
            cleaner.text("the first line\r\n and a second"),
            "(sensitive value)"
        );
        assert_eq!(cleaner.text("s3c\u{200b}r3t"), "(sensitive value)");
        let long = format!("{} s3cr3t", "x".repeat(SHOWN - 4));
        assert!(!cleaner.text(&long).contains("s3c"));
    }

    #[test]
    fn names_of_fields_keep_their_words() {
        let cleaner = Cleaner::new(Arc::new(Masker::new(["name", "hunter2hunter2"], "")));
        assert_eq!(cleaner.name("items[0].name"), "items[0].name");
        assert_eq!(cleaner.name("hunter2hunter2"), "(sensitive value)");
        assert_eq!(
            cleaner.name("the \u{1b}[1mname\u{200b}"),
            "the (sensitive value)"
        );
        let texts = ["hunter2".to_owned(), "hun\u{200b}ter2".to_owned()];
        assert_eq!(
            cleaner.texts(texts.into_iter()),
            ["(sensitive value)", "(sensitive value)"]
        );
    }

    #[test]
    fn titles_are_found_in_any_case_and_cut_by_characters() {
        assert_eq!(title("<HTML><Title a=b>502 Bad</TITLE>"), Some("502 Bad"));
        assert_eq!(title("<title>never closed"), None);
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
