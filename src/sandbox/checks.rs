//! Checks of single values that the server makes besides those of their type: names of media files, mail templates,
//! URLs and e-mail addresses, expressions.
//! Must never look at the world.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

/// The templates that mails can have on a server without any of its own.
const TEMPLATES: [&str; 4] = [
    "email/password_reset.html",
    "email/account_confirmation.html",
    "email/email_otp.html",
    "email/event_notification.html",
];

/// Why a name of a media file is refused. Addresses, icons of the font and the server's own files are not looked at.
pub(super) fn media_name(name: &str) -> Option<&'static str> {
    if ["http:", "https://", "fa://", "/static"]
        .iter()
        .any(|start| name.starts_with(start))
    {
        return None;
    }
    file_name(name)
}

/// Why the server refuses what a file is called.
pub(super) fn file_name(name: &str) -> Option<&'static str> {
    let plain = name.replace("%(theme)s", "theme");
    let known = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    if plain.is_empty() || !plain.chars().all(known) {
        return Some(
            "File name can only contain letters (a-z, A-Z), numbers (0-9), dots (.), hyphens (-), underscores (_), \
             forward slashes (/), and the placeholder %(theme)s for theme-specific files",
        );
    }
    if name.contains("//") {
        return Some("File name cannot contain duplicate /");
    }
    if name.starts_with('/') {
        return Some("Absolute paths are not allowed");
    }
    if name.split('/').any(|part| part == "..") {
        return Some("Parent directory references ('..') are not allowed");
    }
    name.starts_with('.')
        .then_some("Paths cannot start with '.'")
}

/// A label of a host's name, as Django has it but for the look-arounds: no hyphen begins or ends it.
const LABEL: &str =
    "[a-z0-9\u{a1}-\u{ffff}](?:[a-z0-9\u{a1}-\u{ffff}-]{0,61}[a-z0-9\u{a1}-\u{ffff}])?";
const IPV4: &str = r"(?:0|25[0-5]|2[0-4][0-9]|1[0-9]?[0-9]?|[1-9][0-9]?)(?:\.(?:0|25[0-5]|2[0-4][0-9]|1[0-9]?[0-9]?|[1-9][0-9]?)){3}";

/// The rule of `DomainlessURLValidator`, with this before the name of the host.
fn domainless(before: &str) -> Option<Regex> {
    let host = format!(r"{before}{LABEL}(?:\.{LABEL})*|localhost");
    let whole = format!(
        r"(?i)^(?:[a-z0-9.+-]*)://(?:[^\s:@/]+(?::[^\s:@/]*)?@)?(?:{IPV4}|\[[0-9a-f:.]+\]|{host})(?::[0-9]{{1,5}})?(?:[/?#][^\s]*)?$"
    );
    Regex::new(&whole).ok()
}

static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| domainless(""));
static FORMATTED: LazyLock<Option<Regex>> = LazyLock::new(|| domainless("[%()a-z]*"));
static PUBLIC: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let last = "(?:[a-z\u{a1}-\u{ffff}-]{2,63}|xn--[a-z0-9]{1,59})";
    let host = format!(r"{LABEL}(?:\.{LABEL})*\.{last}\.?|localhost");
    let whole = format!(
        r"(?i)^(?:https?|ftps?)://(?:[^\s:@/]+(?::[^\s:@/]*)?@)?(?:{IPV4}|\[[0-9a-f:.]+\]|{host})(?::[0-9]{{1,5}})?(?:[/?#][^\s]*)?$"
    );
    Regex::new(&whole).ok()
});
static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let atom = "[-!#$%&'*+/=?^_`{}|~0-9a-z]+";
    let domain = r"(?:[a-z0-9\u{80}-\u{ffff}](?:[a-z0-9\u{80}-\u{ffff}-]{0,61}[a-z0-9\u{80}-\u{ffff}])?\.)+[a-z0-9\u{80}-\u{ffff}-]{1,62}[a-z0-9\u{80}-\u{ffff}]";
    let whole = format!(
        r#"(?i)^(?:{atom}(?:\.{atom})*|"[^"\r\n]*")@(?:{domain}|localhost|\[[0-9a-f:.]+\])$"#
    );
    Regex::new(&whole).ok()
});

fn fits(rule: &Option<Regex>, text: &str) -> bool {
    rule.as_ref().is_some_and(|rule| rule.is_match(text))
}

/// Whether a text is a URL with one of these schemes. Several may stand in one field where one of them is LDAP's.
pub(super) fn url(text: &str, schemes: &[&str], formatted: bool) -> bool {
    if schemes.contains(&"ldap") && text.contains(',') {
        return text.split(',').all(|one| url(one, schemes, formatted));
    }
    let scheme = text
        .split("://")
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    text.len() <= 2048
        && schemes.contains(&scheme.as_str())
        && fits(if formatted { &FORMATTED } else { &PLAIN }, text)
}

/// The rule of Django's own `URLValidator`.
pub(super) fn public_url(text: &str) -> bool {
    text.len() <= 2048 && fits(&PUBLIC, text)
}

/// The rule of Django's `EmailValidator`.
pub(super) fn email(text: &str) -> bool {
    text.len() <= 320 && fits(&EMAIL, text)
}

/// Why an expression cannot be compiled, in the words of Python as far as they are known, and its line of the function
/// that the server makes of it.
pub(super) fn syntax_error(expression: &str) -> Option<(String, usize)> {
    if let Some((bracket, line)) = open_bracket(expression) {
        return Some((format!("'{bracket}' was never closed"), line));
    }
    let mut source = "def handler():\n".to_owned();
    for line in expression.lines() {
        let indent = if line.trim().is_empty() { "" } else { "    " };
        source.push_str(&format!("{indent}{line}\n"));
    }
    let error = ruff_python_parser::parse_module(&source).err()?;
    let at = error.location.start().to_usize();
    let line = source
        .as_bytes()
        .iter()
        .take(at)
        .filter(|byte| **byte == b'\n')
        .count()
        + 1;
    Some(("invalid syntax".to_owned(), line))
}

/// The last bracket that is never closed, outside of texts and comments.
fn open_bracket(expression: &str) -> Option<(char, usize)> {
    let mut open = Vec::new();
    let mut quote = None;
    for (line, text) in expression.lines().enumerate() {
        for c in text.chars() {
            match (quote, c) {
                (None, '#') => break,
                (None, '"' | '\'') => quote = Some(c),
                (Some(end), c) if c == end => quote = None,
                (None, '(' | '[' | '{') => open.push((c, line + 2)),
                (None, ')' | ']' | '}') => drop(open.pop()),
                _ => {}
            }
        }
    }
    open.last().copied()
}

/// Whether a regular expression of Python is certainly broken: parentheses and sets that do not match, and signs of
/// repetition with nothing before them.
pub(super) fn is_broken_pattern(pattern: &str) -> bool {
    let (mut depth, mut in_set, mut escaped, mut first) = (0_i32, false, false, true);
    for c in pattern.chars() {
        let begins = first;
        first = !escaped && !in_set && matches!(c, '(' | '|');
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' if in_set => in_set = false,
            _ if in_set => {}
            '[' => in_set = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            '*' | '+' if begins => return true,
            _ => {}
        }
        if depth < 0 {
            return true;
        }
    }
    depth != 0 || in_set || escaped
}

/// Why a mail template is refused.
pub(super) fn template(name: &str) -> Option<String> {
    (!TEMPLATES.contains(&name)).then(|| format!("Invalid template '{name}' specified."))
}

/// The name in a license.
pub(super) fn license_name(key: &str) -> Option<String> {
    let body = unpacked(key.split('.').nth(1)?)?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    body.get("name")?.as_str().map(str::to_owned)
}

/// What base64 for URLs stands for.
fn unpacked(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        let value = DIGITS.iter().position(|other| *other == digit)?;
        bits = (bits << 6) | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_addresses_are_djangos() {
        let web = ["http", "https", "blank"];
        for good in [
            "https://a.example.org/",
            "http://web:8080",
            "blank://blank",
            "https://[::1]:1/x",
            "http://10.0.0.1",
        ] {
            assert!(url(good, &web, false), "{good}");
        }
        for bad in [
            "a.example.org",
            "ftp://a",
            "https://a b",
            "https://a_b",
            "https://a.",
            "https://-a",
            "nope",
        ] {
            assert!(!url(bad, &web, false), "{bad}");
        }
        assert!(url("https://%(username)s.example.org/", &web, true));
        assert!(!url("https://%(username)s.example.org/", &web, false));
        assert!(url("ldap://a,ldaps://b", &["ldap", "ldaps"], false));
        assert!(
            public_url("https://auth.example.org")
                && public_url("http://localhost")
                && !public_url("https://fleet")
        );
        assert!(
            email("jane@example.org")
                && email("a@authentik.local")
                && !email("a@b")
                && !email("a b@example.org")
        );
    }

    #[test]
    fn expressions_are_compiled() {
        assert_eq!(syntax_error("return True"), None);
        assert_eq!(
            syntax_error("return ("),
            Some(("'(' was never closed".to_owned(), 2))
        );
        assert_eq!(
            syntax_error("x = 1\nif x\n  pass"),
            Some(("invalid syntax".to_owned(), 3))
        );
        for good in [r"https://a\.b/(c|d)*", "[(]", r"\("] {
            assert!(!is_broken_pattern(good), "{good}");
        }
        for bad in ["(", "a)", "[a", "*a", "a\\"] {
            assert!(is_broken_pattern(bad), "{bad}");
        }
    }

    #[test]
    fn names_of_files_stay_below_their_directory() {
        for fine in [
            "logo.png",
            "a/b-%(theme)s.svg",
            "https://example.org/a b.png",
            "fa://fa-home",
            "/static/x.svg",
        ] {
            assert_eq!(media_name(fine), None, "{fine}");
        }
        for bad in [
            "a b.png",
            "/a.png",
            "a//b.png",
            "../a.png",
            ".hidden",
            "ü.png",
            "%(mode)s.png",
        ] {
            assert!(media_name(bad).is_some(), "{bad}");
        }
    }
}
