//! Text that came from a server, made fit to be shown.
//! Must never let a control character, an escape sequence or a concealed value through.

use secrecy::{ExposeSecret, SecretString};

/// What stands where a concealed value stood.
const CONCEALED: &str = "(sensitive value)";

/// The longest piece of server-sent text that is shown, in characters.
pub(super) const SHOWN: usize = 300;

/// A concealed value shorter than this is left alone: replacing every "a" would only garble the
/// text, and a value of two characters is no secret.
const SHORTEST: usize = 3;

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
            c if c.is_control() || invisible(c) => {}
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

/// Cleaned, with every one of `secrets` replaced, and only then cut, so that no cut leaves a part
/// of a secret behind.
pub(super) fn show<'a>(text: &str, secrets: impl Iterator<Item = &'a SecretString> + Clone) -> String {
    let mut raw = text.to_owned();
    for secret in secrets.clone() {
        let value = secret.expose_secret().trim();
        if value.chars().count() >= SHORTEST && raw.contains(value) {
            raw = raw.replace(value, CONCEALED);
        }
    }
    let mut shown = clean(&raw);
    for secret in secrets {
        // A secret of several lines has lost its line breaks by now.
        let value = clean(secret.expose_secret());
        if value.chars().count() >= SHORTEST && shown.contains(&value) {
            shown = shown.replace(&value, CONCEALED);
        }
    }
    cut(&shown, SHOWN)
}

/// The raw title of an HTML page, if it has one.
pub(super) fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(&page[start..end])
}

/// Characters that change how their neighbours are drawn without being drawn themselves.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Skips a control sequence up to and including its final byte.
fn skip_csi(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while chars.next_if(|c| matches!(c, '\u{20}'..='\u{3f}')).is_some() {}
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
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m\r\n  and\tblue\0"), "red and blue");
        assert_eq!(clean("a\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\b"), "alinkb");
        assert_eq!(clean("x\u{202e}y\u{200b}z\u{9b}2J"), "xyz");
        assert_eq!(clean("\u{1b}]never closed"), "");
    }

    #[test]
    fn secrets_are_replaced_before_cutting() {
        let secrets = [SecretString::from("s3cr3t"), SecretString::from("two\nlines")];
        assert_eq!(show("no s3cr3t here", secrets.iter()), "no (sensitive value) here");
        assert_eq!(show("two\r\n lines", secrets.iter()), "(sensitive value)");
        assert_eq!(show("s3c\u{200b}r3t", secrets.iter()), "(sensitive value)");
        let long = format!("{}s3cr3t", "x".repeat(SHOWN - 3));
        assert!(!show(&long, secrets.iter()).contains("s3c"));
    }

    #[test]
    fn titles_are_found_in_any_case_and_cut_by_characters() {
        assert_eq!(title("<HTML><Title a=b>502 Bad</TITLE>"), Some("502 Bad"));
        assert_eq!(title("<title>never closed"), None);
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
