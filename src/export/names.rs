//! Names for files and variables out of any text: safe on every system, never twice the same.

use std::collections::BTreeSet;

/// The longest name of a file, without what comes after the dot.
const LONGEST: usize = 80;

/// Names that Windows keeps for devices.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "com", "lpt"];

/// A name for a file: small letters, digits, `-`, `_` and `.`; never hidden, never a folder's own name, never empty.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '_' | '.' => out.push(c),
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out.truncate(LONGEST);
    let out = out
        .trim_start_matches(['-', '.', '_'])
        .trim_end_matches(['-', '.']);
    let stem = out.split('.').next().unwrap_or_default();
    let device = DEVICES.iter().any(|device| {
        stem == *device
            || stem
                .strip_prefix(device)
                .is_some_and(|rest| rest.len() == 1 && !rest.starts_with('-'))
    });
    match out {
        "" => "unnamed".to_owned(),
        _ if device => format!("x-{out}"),
        _ => out.to_owned(),
    }
}

/// A name for an environment variable out of several parts.
pub(super) fn variable(parts: &[&str]) -> String {
    let mut out = String::new();
    for c in parts.join("_").chars().flat_map(char::to_uppercase) {
        match c {
            'A'..='Z' | '0'..='9' => out.push(c),
            _ if out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// Names that have been given away.
#[derive(Default)]
pub(super) struct Given(BTreeSet<String>);

impl Given {
    /// An unused name: the first of `name(1)`, `name(2)`, … that is free. Names that differ only in case count as the
    /// same.
    pub fn free(&mut self, name: &dyn Fn(usize) -> String, taken: &dyn Fn(&str) -> bool) -> String {
        let mut count = 1;
        loop {
            let name = name(count);
            if !taken(&name) && self.0.insert(name.to_lowercase()) {
                return name;
            }
            count += 1;
        }
    }
}

/// What follows a name when it is given the `count`th time.
pub(super) fn suffix(count: usize, joint: char) -> String {
    if count == 1 {
        String::new()
    } else {
        format!("{joint}{count}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_everywhere() {
        for (text, expected) in [
            ("grafana", "grafana"),
            ("My App (prod)", "my-app-prod"),
            ("../../etc/passwd", "etc-passwd"),
            ("..", "unnamed"),
            ("", "unnamed"),
            (".hidden", "hidden"),
            ("_skipped", "skipped"),
            ("con", "x-con"),
            ("COM1.txt", "x-com1.txt"),
            ("console", "console"),
            ("a\u{0}b\nc", "a-b-c"),
            ("Zürich", "z-rich"),
            ("日本", "unnamed"),
            ("C:\\x", "c-x"),
            ("trailing. ", "trailing"),
        ] {
            assert_eq!(slug(text), expected, "{text:?}");
        }
        assert!(slug(&"x".repeat(500)).len() <= LONGEST);
    }

    #[test]
    fn names_are_never_given_twice() {
        let mut given = Given::default();
        let mut free = |name: &str| {
            given.free(
                &|count| format!("{name}{}.yaml", suffix(count, '-')),
                &|path| path == "b.yaml",
            )
        };
        assert_eq!(
            [free("a"), free("A"), free("a"), free("b")],
            ["a.yaml", "A-2.yaml", "a-3.yaml", "b-2.yaml"]
        );
        assert_eq!(
            variable(&["provider", "grafana (prod)", "client_secret"]),
            "PROVIDER_GRAFANA_PROD_CLIENT_SECRET"
        );
        assert_eq!(variable(&["source", "日本", "token"]), "SOURCE_TOKEN");
    }
}
