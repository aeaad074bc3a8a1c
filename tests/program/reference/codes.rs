//! Every code is documented, and raised by a test: a code that no test sees may mean nothing any more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use akrec::diag::CODES;

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension().and_then(|end| end.to_str()) {
            _ if path.is_dir() => files(&path, into),
            Some("rs" | "txt") => into.push(path),
            _ => {}
        }
    }
}

/// What tests expect: all of `tests/`, and the tests inside of `src/`, but for those of `report`, which print codes that
/// nobody raised. What makes a diagnostic by hand is no proof either.
fn expected() -> String {
    let mut paths = Vec::new();
    files(Path::new("tests"), &mut paths);
    files(Path::new("src"), &mut paths);
    let mut all = String::new();
    for path in paths {
        if path.starts_with("src/report") || path.ends_with("reference/codes.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let whole = path.starts_with("tests")
            || path.ends_with("tests.rs")
            || path.iter().any(|part| part == "tests");
        let text = if whole {
            text.as_str()
        } else {
            text.split_once("#[cfg(test)]")
                .map_or("", |(_, tests)| tests)
        };
        for part in text
            .split("Diagnostic::error(")
            .flat_map(|part| part.split("Diagnostic::warning("))
        {
            let made = part.trim_start().starts_with("Code::");
            all.push_str(if made {
                part.split_once(',').map_or("", |(_, rest)| rest)
            } else {
                part
            });
        }
    }
    all
}

/// The names that the code has for its codes.
fn names() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string("src/diag/codes.rs").unwrap();
    let line = |line: &str| {
        let (name, rest) = line.trim().split_once(" \"AKR")?;
        Some((format!("AKR{}", rest.get(..4)?), name.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

#[test]
fn every_code_is_raised_by_a_test() {
    let (expected, names) = (expected(), names());
    let word = |name: &str| {
        let name = format!("Code::{name}");
        expected.match_indices(&name).any(|(at, _)| {
            !expected[at + name.len()..]
                .starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let seen = |code: &str| expected.contains(code) || word(&names[code]);
    let unseen: Vec<&str> = CODES
        .iter()
        .map(|(code, _)| code.as_str())
        .filter(|code| !seen(code))
        .collect();
    assert_eq!(
        unseen, [""; 0],
        "write a test that raises it, or take the code away"
    );
}

#[test]
fn every_code_is_documented_once() {
    let page = std::fs::read_to_string("docs/diagnostics.md").unwrap();
    for (code, text) in CODES {
        let anchor = format!("<a id=\"{}\"></a>", code.as_str().to_lowercase());
        assert_eq!(page.matches(&anchor).count(), 1, "{code}");
        assert!(
            text.ends_with('.') && text.len() > 20,
            "{code} is explained in whole sentences: {text}"
        );
    }
    let mut all: Vec<&str> = CODES.iter().map(|(code, _)| code.as_str()).collect();
    all.dedup();
    assert_eq!(all.len(), CODES.len());
    assert_eq!(names().len(), CODES.len());
}
