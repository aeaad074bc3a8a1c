//! Which parts of a file no message may show. Of files whose fields are not known yet it guesses; where they are known it
//! hides the exact values, but for names of variables and files.
//!
//! A guess goes by words in keys and by the look of private keys, line by line, so that it works on broken YAML too. It may
//! hide too much, and must never make anything visible that was hidden.

use crate::diag::{FileId, Sources, Span, nearest};

/// A key that contains one of these has a secret value.
const WORDS: [&str; 11] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "key_data",
    "private",
    "credential",
    "api_key",
    "apikey",
    "kubeconfig",
];
/// Keys that are a secret's name as a whole (`tokens.*.key`, `stages.*.auth`).
const NAMES: [&str; 3] = ["key", "auth", "bearer"];
/// Keys that contain one of the words and are harmless all the same.
const HARMLESS: [&str; 4] = ["access_token_validity", "refresh_token_validity", "token_expiry", "password_stage"];

/// Hides in one file whatever looks like a secret.
pub fn guess(file: FileId, sources: &mut Sources) {
    let Some(source) = sources.get(file) else { return };
    let text = source.text.clone();
    let mut start = 0;
    // The column of a secret key while its block goes on below it.
    let mut block: Option<usize> = None;
    // The quote that a secret value opened and did not close yet.
    let mut quote: Option<char> = None;
    let mut pem = false;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let indent = body.len() - body.trim_start_matches([' ', '\t']).len();
        let at = |from: usize| Span { file, start: (start + from) as u32, end: (start + body.len()) as u32 };
        pem |= body.contains("-----BEGIN") && body.contains("PRIVATE");
        if !body.is_empty() {
            // A list below a key may start in the key's own column.
            block = block.filter(|level| indent > *level || (indent == *level && body[indent..].starts_with('-')));
            if pem || block.is_some() || quote.is_some() {
                sources.hide(at(indent));
                quote = quote.filter(|quote| !body.contains(*quote));
            } else if let Some(found) = secret_key(body) {
                let value = &body[found.value..];
                // The section `tokens:` holds objects, not a secret.
                block = (found.column > 0 || found.name != "tokens").then_some(found.column);
                quote = value.chars().next().filter(|c| matches!(c, '"' | '\'') && value.matches(*c).count() == 1);
                sources.hide(at(found.value));
            }
        }
        pem &= !body.contains("-----END");
        start += line.len();
    }
}

/// Hides the value of a field that is secret, unless it only names where the secret comes from.
pub fn value(span: Span, sources: &mut Sources) {
    let written = sources.get(span.file).and_then(|source| source.text.get(span.start as usize..span.end as usize));
    if written.is_none_or(|text| reference(text) != Some(text.len())) {
        sources.hide(span);
    }
}

struct Found<'l> {
    name: &'l str,
    /// Where the key starts in the line.
    column: usize,
    /// Where its value starts in the line.
    value: usize,
}

/// The first key with a secret's name in a line, or a first word of that kind whose `:` is missing.
fn secret_key(line: &str) -> Option<Found<'_>> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut at = 0;
    let mut first = true;
    while let Some(from) = line[at..].find(word).map(|i| at + i) {
        let to = line[from..].find(|c| !word(c)).map_or(line.len(), |i| from + i);
        let name = &line[from..to];
        let rest = line[to..].trim_start_matches(['"', '\'']);
        let colon = rest.trim_start().starts_with(':');
        if (colon || (first && !name.starts_with('-'))) && (is_secret(name) || is_default(name, &line[..from])) {
            let after = if colon { line[to..].find(':').map_or(to, |i| to + i + 1) } else { to };
            let blank = line[after..].len() - line[after..].trim_start().len();
            match reference(&line[after + blank..]) {
                Some(length) => {
                    at = after + blank + length;
                    continue;
                }
                None => return Some(Found { name, column: from, value: after + blank }),
            }
        }
        first &= name.chars().all(|c| c == '-');
        at = to;
    }
    None
}

/// The length of `!env NAME`, `!var NAME` or `!file PATH`, if that is the whole value: it names a secret and is none.
fn reference(value: &str) -> Option<usize> {
    let tag = ["!env ", "!var ", "!file "].iter().find(|tag| value.starts_with(**tag))?.len();
    let name = value[tag..].find(|c: char| !c.is_ascii_alphanumeric() && !"_-./".contains(c));
    let end = name.map_or(value.len(), |i| tag + i);
    let rest = value[end..].trim_start();
    (rest.is_empty() || rest.starts_with([',', '}', ']', '#'])).then_some(end)
}

/// The default of a variable may be the secret that the variable stands for.
fn is_default(name: &str, before: &str) -> bool {
    name == "default" && (before.contains("!env") || before.contains("!var"))
}

/// Whether the value of a field of this name is likely to be secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    !HARMLESS.contains(&name.as_str())
        && (NAMES.contains(&name.as_str()) || WORDS.iter().any(|word| name.contains(word)))
}

/// Whether it is, or would be without a slip of the finger.
pub(super) fn is_secretly(name: &str) -> bool {
    is_secret(name) || (!HARMLESS.contains(&name) && nearest(name, WORDS).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn shown(text: &str) -> String {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", Path::new("a.yaml"), text);
        guess(file, &mut sources);
        let mut out = text.to_owned();
        for range in sources.get(file).unwrap().hidden().iter().rev() {
            out.replace_range(range.start as usize..range.end as usize, "***");
        }
        out
    }

    #[test]
    fn a_name_of_a_secret_is_none() {
        let hides = |text: &str| {
            let mut sources = Sources::default();
            let file = sources.add("a.yaml", Path::new("a.yaml"), text);
            value(Span { file, start: 0, end: text.len() as u32 }, &mut sources);
            !sources.get(file).unwrap().hidden().is_empty()
        };
        for named in ["!env NAME", "!file key.pem", "!var name"] {
            assert!(!hides(named), "{named}");
        }
        for secret in ["hunter2", "!env NAME hunter2", "!env {name: X, default: hunter2}", "[!env X, hunter2]", ""] {
            assert_eq!(hides(secret), !secret.is_empty(), "{secret}");
        }
    }

    #[test]
    fn hides_values_and_blocks() {
        assert_eq!(shown("a:\n  client_secret: hunter2 x\n  name: y\n"), "a:\n  client_secret: ***\n  name: y\n");
        assert_eq!(shown("{name: a, \"bind_password\" : b, c: d}"), "{name: a, \"bind_password\" : ***");
        assert_eq!(
            shown("a:\n  key_data: |\n    one\n\n    two\n  b: c\n"),
            "a:\n  key_data: ***\n    ***\n\n    ***\n  b: c\n"
        );
        assert_eq!(shown("a:\n  - token:\n      - x\n    b: c\n"), "a:\n  - token:\n      ***\n    b: c\n");
        assert_eq!(shown("tokens:\n  ci:\n    user: a\n    key: b\n"), "tokens:\n  ci:\n    user: a\n    key: ***\n");
        assert_eq!(shown("a:\n  token:\n  - x\n  b: c\n"), "a:\n  token:\n  ***\n  b: c\n");
        assert_eq!(shown("  password: \"x\ny\"\n  b: c\n"), "  password: ***\n***\n  b: c\n");
        assert_eq!(shown("{token: !env X, password: y}"), "{token: !env X, password: ***");
        assert_eq!(shown("a: !env {name: X, default: y}"), "a: !env {name: X, default: ***");
        assert_eq!(shown("{token: !env X y, b: y}"), "{token: ***");
        assert_eq!(shown("  client_secret \"hunter2\n"), "  client_secret ***\n");
        assert_eq!(shown("  access_token_validity: hours=1\n"), "  access_token_validity: hours=1\n");
        assert_eq!(
            shown("x: -----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\ny: z\n"),
            "***\n***\n***\ny: z\n"
        );
    }
}
