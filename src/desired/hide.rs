//! Which parts of a file no message may show. Of files whose fields are not known yet it guesses; where they are known it
//! hides the exact values, but for names of variables and files. Of settings files it shows nothing but known keys.
//!
//! A guess goes by words in keys and by the look of values, line by line, so that it works on broken YAML too. It may
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
const HARMLESS: [&str; 4] = [
    "access_token_validity",
    "refresh_token_validity",
    "token_expiry",
    "password_stage",
];

/// What an assertion says of `tokens`, which is no secret.
const ASSERTED: &str = "must end";

/// Hides in one file whatever looks like a secret: all of it, if it does not even look like YAML.
pub fn guess(file: FileId, sources: &mut Sources) {
    let Some(source) = sources.get(file) else {
        return;
    };
    let text = source.text.clone();
    let is_yaml = text.lines().any(|line| key_of(line).is_some());
    let mut start = 0;
    // The column of a secret key while its block goes on below it.
    let mut block: Option<usize> = None;
    // The quote that a secret value opened and did not close yet.
    let mut quote: Option<char> = None;
    let mut pem = false;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let indent = body.len() - body.trim_start_matches([' ', '\t']).len();
        let at = |from: usize, to: usize| Span {
            file,
            start: (start + from) as u32,
            end: (start + to) as u32,
        };
        pem |= body.contains("-----BEGIN");
        if !body.is_empty() {
            // A list below a key may start in the key's own column.
            block = block.filter(|level| {
                indent > *level || (indent == *level && body[indent..].starts_with('-'))
            });
            if pem || !is_yaml || block.is_some() || quote.is_some() {
                sources.hide(at(indent, body.len()));
                quote = quote.filter(|quote| !body.contains(*quote));
            } else if let Some(found) = secret_key(body).or_else(|| foreign_tag(body)) {
                let value = &body[found.value..];
                // The section `tokens:` holds objects, not a secret.
                block = (found.column > 0 || found.name != "tokens").then_some(found.column);
                quote = value
                    .chars()
                    .next()
                    .filter(|c| matches!(c, '"' | '\'') && value.matches(*c).count() == 1);
                sources.hide(at(found.value, body.len()));
                doubtful(&body[..found.value])
                    .into_iter()
                    .for_each(|(from, to)| sources.hide(at(from, to)));
            } else if is_line(body) {
                doubtful(body)
                    .into_iter()
                    .for_each(|(from, to)| sources.hide(at(from, to)));
            } else {
                // No key, no item, no bracket: whatever it is, its first word is enough to find the place.
                let shown = first_word(&body[indent..]).map_or(indent, |word| indent + word.len());
                sources.hide(at(shown, body.len()));
            }
        }
        pem &= !body.contains("-----END");
        start += line.len();
    }
}

/// Hides everything in one file but these keys where they stand before a `:`.
pub fn all_but_keys(file: FileId, keys: &[&str], sources: &mut Sources) {
    let Some(source) = sources.get(file) else {
        return;
    };
    let text = source.text.clone();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut hide = |from: usize, to: usize| {
            let part = &line[from..to];
            let blank = part.len() - part.trim_start().len();
            let end = from + part.trim_end().len();
            sources.hide(Span {
                file,
                start: (start + from + blank) as u32,
                end: (start + end) as u32,
            });
        };
        let mut done = 0;
        for (from, to) in words(line) {
            let colon = line[to..]
                .trim_start_matches(['"', '\''])
                .trim_start()
                .starts_with(':');
            if colon && keys.contains(&&line[from..to]) {
                hide(done, from);
                done = line[to..].find(':').map_or(to, |colon| to + colon + 1);
            }
        }
        hide(done, line.len());
        start += line.len();
    }
}

/// Hides a value of which nothing is known.
pub(crate) fn whole(span: Span, sources: &mut Sources) {
    let Some(source) = sources.get(span.file) else {
        return;
    };
    let text = source.text.clone();
    let Some(value) = text.get(span.start as usize..span.end as usize) else {
        return;
    };
    let mut start = span.start;
    for line in value.split_inclusive('\n') {
        let blank = line.len() - line.trim_start().len();
        sources.hide(Span {
            file: span.file,
            start: start + blank as u32,
            end: start + line.trim_end().len() as u32,
        });
        start += line.len() as u32;
    }
}

/// Hides the value of a field that is secret, unless it only names where the secret comes from.
pub fn value(span: Span, sources: &mut Sources) {
    let written = sources
        .get(span.file)
        .and_then(|source| source.text.get(span.start as usize..span.end as usize));
    if written.is_none_or(|text| reference(text) != Some(text.len())) {
        sources.hide(span);
    }
}

/// The words of a line, as names of fields are written.
fn words(line: &str) -> Vec<(usize, usize)> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(from) = line[at..].find(word).map(|i| at + i) {
        at = line[from..]
            .find(|c| !word(c))
            .map_or(line.len(), |i| from + i);
        found.push((from, at));
    }
    found
}

/// The key with which a line begins, after its indent and the dashes of lists.
fn key_of(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches([' ', '\t', '-', '?', '{', '\u{feff}']);
    let (key, after) = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split_once(quote)?,
        '#' | '[' => return None,
        _ => rest.split_at(rest.find(':')?),
    };
    let after = after.trim_start().strip_prefix(':')?;
    (after.is_empty() || after.starts_with(char::is_whitespace)).then_some(key)
}

/// Whether a line looks like a line of YAML, not like a text that goes on.
fn is_line(line: &str) -> bool {
    let rest = line.trim_start();
    key_of(line).is_some()
        || [
            "- ", "#", "---", "...", "%", "{", "}", "[", "]", ",", "\"", "'",
        ]
        .iter()
        .any(|sign| rest.starts_with(sign))
        || rest == "-"
}

/// The first word of a text, if it is a plain one.
fn first_word(text: &str) -> Option<&str> {
    let end =
        text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '{' | '[' | ':' | '='))?;
    let word = &text[..end];
    (!word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-')))
    .then_some(word)
}

/// What stands behind a tag that is not one of akrec's: other programs mark secrets so.
fn foreign_tag(line: &str) -> Option<Found<'_>> {
    let tags = line
        .match_indices('!')
        .filter(|(at, _)| line[..*at].ends_with([' ', '\t', '[', '{', ',']) || *at == 0);
    for (at, _) in tags {
        let end = line[at..]
            .find([' ', '\t', ',', ']', '}'])
            .map_or(line.len(), |i| at + i);
        if !crate::yaml::TAGS.contains(&&line[at + 1..end]) && !line[at..end].starts_with("!!") {
            // A short word is a slip of the finger, or what another program knows.
            let known = end - at < 12
                && line[at + 1..end]
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase());
            let blank = line[end..].len() - line[end..].trim_start().len();
            let value = if known { end + blank } else { at };
            return Some(Found {
                name: "",
                column: line.len() - line.trim_start().len(),
                value,
            });
        }
    }
    None
}

/// The parts of a line that may be secrets by their look: words that nobody would think up, addresses with a password,
/// remarks.
fn doubtful(line: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let remark = match line.trim_start().starts_with('#') {
        true => Some(0),
        false => line
            .find(" #")
            .map(|at| at + 1)
            .filter(|at| !line[..*at].contains(['"', '\''])),
    };
    let code = &line[..remark.unwrap_or(line.len())];
    let mut at = 0;
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}' | '"' | '\'' | '(' | ')')
    };
    while let Some(from) = code[at..].find(|c| !ends(c)).map(|i| at + i) {
        at = code[from..].find(ends).map_or(code.len(), |i| from + i);
        if is_doubtful(&code[from..at]) {
            found.push((from, at));
        }
    }
    if let Some(remark) = remark {
        let blank =
            line[remark..].len() - line[remark..].trim_start_matches(['#', ' ', '\t']).len();
        found.push((remark + blank, line.len()));
    }
    found
}

/// Beginnings by which well-known tokens are known.
const TOKENS: [&str; 10] = [
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "sk-",
    "AKIA",
    "eyJ",
];

/// Whether a word may be a secret by its look.
fn is_doubtful(word: &str) -> bool {
    if let Some((_, rest)) = word.split_once("://") {
        let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        return host.contains('@')
            || path.contains('?')
            || path.split('/').any(is_random)
            || is_random(host);
    }
    // An anchor and an alias are short names, or texts whose quotes were forgotten.
    let named = word.strip_prefix(['&', '*']);
    let odd = |name: &str| {
        !name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
    };
    named.is_some_and(odd)
        || TOKENS.iter().any(|beginning| word.starts_with(beginning))
        || is_random(word)
}

/// Whether a word looks as if a machine had drawn it: long, and letters and digits by turns.
fn is_random(word: &str) -> bool {
    const LONG: usize = 16;
    if word.len() < LONG {
        return false;
    }
    let class = |c: char| match c {
        'a'..='z' => 1,
        'A'..='Z' => 2,
        '0'..='9' => 3,
        _ => 0,
    };
    let classes: Vec<u8> = word.chars().map(class).collect();
    let turns = classes
        .windows(2)
        .filter(|pair| pair[0] != pair[1] && pair[0] != 0 && pair[1] != 0)
        .count();
    let run = word
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(str::len)
        .max()
        .unwrap_or(0);
    turns >= 5
        || run >= 2 * LONG
        || (run >= LONG && classes.iter().filter(|class| **class == 3).count() >= LONG / 2)
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
        let to = line[from..]
            .find(|c| !word(c))
            .map_or(line.len(), |i| from + i);
        let name = &line[from..to];
        let rest = line[to..].trim_start_matches(['"', '\'']);
        let colon = rest.trim_start().starts_with(':');
        if (colon || (first && !name.starts_with('-')))
            && (is_secret(name) || is_default(name, &line[..from]))
        {
            let after = if colon {
                line[to..].find(':').map_or(to, |i| to + i + 1)
            } else {
                to
            };
            let blank = line[after..].len() - line[after..].trim_start().len();
            let value = &line[after + blank..];
            let asserted = value.starts_with(ASSERTED).then_some(ASSERTED.len());
            match reference(value).or(asserted) {
                Some(length) => {
                    at = after + blank + length;
                    continue;
                }
                None => {
                    return Some(Found {
                        name,
                        column: from,
                        value: after + blank,
                    });
                }
            }
        }
        first &= name.chars().all(|c| c == '-');
        at = to;
    }
    None
}

/// The length of `!env NAME`, `!var NAME` or `!file PATH`, if that is the whole value: it names a secret and is none.
fn reference(value: &str) -> Option<usize> {
    let tag = ["!env ", "!var ", "!file "]
        .iter()
        .find(|tag| value.starts_with(**tag))?
        .len();
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
            value(
                Span {
                    file,
                    start: 0,
                    end: text.len() as u32,
                },
                &mut sources,
            );
            !sources.get(file).unwrap().hidden().is_empty()
        };
        for named in ["!env NAME", "!file key.pem", "!var name"] {
            assert!(!hides(named), "{named}");
        }
        for secret in [
            "hunter2",
            "!env NAME hunter2",
            "!env {name: X, default: hunter2}",
            "[!env X, hunter2]",
            "",
        ] {
            assert_eq!(hides(secret), !secret.is_empty(), "{secret}");
        }
    }

    #[test]
    fn what_is_no_yaml_is_not_shown_at_all() {
        for text in [
            "hunter2\n",
            "https://me:hunter2@a\n",
            "[core]\n\turl = hunter2\n",
            "TOKEN=hunter2\n",
            "a b\n{x",
        ] {
            let shown = shown(text);
            assert!(
                shown.trim().chars().all(|c| matches!(c, '*' | '\n' | '\t')),
                "{text:?}: {shown:?}"
            );
        }
        assert_eq!(
            shown("groups:\nclient hunter2\nABC=hunter2\n"),
            "groups:\nclient***\n***\n"
        );
    }

    #[test]
    fn values_that_look_like_secrets_are_hidden() {
        for (text, is) in [
            ("a: b # was hunter2", "a: b # ***"),
            ("a: b\n# hunter2", "a: b\n# ***"),
            ("a: [x, https://me:hunter2@host/y]", "a: [x, ***]"),
            ("a: \"https://me:hunter2@host", "a: \"***"),
            ("a: https://hooks.example.org/T0/9fA3kQ0z7LmXp2Rt", "a: ***"),
            (
                "a: https://auth.example.org/application/o/wiki/",
                "a: https://auth.example.org/application/o/wiki/",
            ),
            ("a: ghp_x y", "a: *** y"),
            ("a: Zx8Kq2Lm9Pw4Rt6Y", "a: ***"),
            ("a: 3f2c1ab0-77e1-4c1f-9a30-0f1e2d3c4b5a", "a: ***"),
            ("a: !vault hunter2", "a: !vault ***"),
            ("a: !Hunter2 x", "a: ***"),
            (
                "a: !secret |\n  hunter2\nb: c",
                "a: !secret ***\n  ***\nb: c",
            ),
            ("a: [!env X, b]", "a: [!env X, b]"),
            (
                "a: default-provider-authorization-implicit-consent",
                "a: default-provider-authorization-implicit-consent",
            ),
            (
                "a: goauthentik.io/providers/oauth2/scope-openid",
                "a: goauthentik.io/providers/oauth2/scope-openid",
            ),
            ("a: \"x # y\"", "a: \"x # y\""),
        ] {
            assert_eq!(shown(text), is);
        }
    }

    #[test]
    fn of_settings_only_known_keys_are_shown() {
        let shown = |text: &str| {
            let mut sources = Sources::default();
            let file = sources.add("a.yaml", Path::new("a.yaml"), text);
            all_but_keys(file, &["server", "vars"], &mut sources);
            let mut out = text.to_owned();
            for range in sources.get(file).unwrap().hidden().iter().rev() {
                out.replace_range(range.start as usize..range.end as usize, "***");
            }
            out
        };
        assert_eq!(
            shown("server: \"https://me:hunter2@a\nother: x\n"),
            "server: ***\n***\n"
        );
        assert_eq!(
            shown("{server: a, \"vars\" : {hunter2: b}}"),
            "***server: ***vars\" : ***"
        );
        assert_eq!(
            shown("hunter2\n  server\n my-server: x"),
            "***\n  ***\n ***"
        );
    }

    #[test]
    fn hides_values_and_blocks() {
        assert_eq!(
            shown("a:\n  client_secret: hunter2 x\n  name: y\n"),
            "a:\n  client_secret: ***\n  name: y\n"
        );
        assert_eq!(
            shown("{name: a, \"bind_password\" : b, c: d}"),
            "{name: a, \"bind_password\" : ***"
        );
        assert_eq!(
            shown("a:\n  key_data: |\n    one\n\n    two\n  b: c\n"),
            "a:\n  key_data: ***\n    ***\n\n    ***\n  b: c\n"
        );
        assert_eq!(
            shown("a:\n  - token:\n      - x\n    b: c\n"),
            "a:\n  - token:\n      ***\n    b: c\n"
        );
        assert_eq!(
            shown("tokens:\n  ci:\n    user: a\n    key: b\n"),
            "tokens:\n  ci:\n    user: a\n    key: ***\n"
        );
        assert_eq!(
            shown("a:\n  token:\n  - x\n  b: c\n"),
            "a:\n  token:\n  ***\n  b: c\n"
        );
        assert_eq!(
            shown("  password: \"x\ny\"\n  b: c\n"),
            "  password: ***\n***\n  b: c\n"
        );
        assert_eq!(
            shown("{token: !env X, password: y}"),
            "{token: !env X, password: ***"
        );
        assert_eq!(
            shown("a: !env {name: X, default: y}"),
            "a: !env {name: X, default: ***"
        );
        assert_eq!(shown("{token: !env X y, b: y}"), "{token: ***");
        assert_eq!(
            shown("a:\n  client_secret \"hunter2\n"),
            "a:\n  client_secret ***\n"
        );
        assert_eq!(
            shown("  access_token_validity: hours=1\n"),
            "  access_token_validity: hours=1\n"
        );
        assert_eq!(
            shown("x: -----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\ny: z\n"),
            "***\n***\n***\ny: z\n"
        );
    }
}
