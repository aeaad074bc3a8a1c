//! The page about the tests names every environment variable that they read, and the four executables.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

/// The names in `std::env::var("NAME")` and in the helpers around it.
fn read() -> BTreeSet<String> {
    let mut paths = Vec::new();
    sources(Path::new("tests"), &mut paths);
    let mut names = BTreeSet::new();
    for path in paths
        .iter()
        .filter(|path| !path.ends_with("core/variables.rs"))
    {
        let text = std::fs::read_to_string(path).unwrap();
        for call in [
            "env::var(\"",
            "env::var_os(\"",
            "asked(\"",
            "number(\"",
            "named(\"",
        ] {
            for rest in text.split(call).skip(1) {
                let name = rest.split('"').next().unwrap_or_default();
                if !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    names.remove("PATH");
    names
}

#[test]
fn every_environment_variable_is_on_the_page_about_the_tests() {
    let page = std::fs::read_to_string("tests/README.md").unwrap();
    let named: BTreeSet<String> = page
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| `")?
                .split_once('`')
                .map(|(name, _)| name.to_owned())
        })
        .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect();
    let read = read();
    assert!(read.len() > 12, "{read:?}");
    assert_eq!(
        read, named,
        "the variables that tests read, and those in the table of tests/README.md"
    );
}

#[test]
fn there_are_four_executables_and_the_page_about_the_tests_names_them() {
    let folders = std::fs::read_dir("tests")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut found: Vec<String> = folders
        .filter(|path| {
            path.join("main.rs").exists() || path.extension().is_some_and(|end| end == "rs")
        })
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(
        found,
        ["core", "program", "sandbox", "server"],
        "each executable costs a link and an entry in `cargo test`"
    );
    let page = std::fs::read_to_string("tests/README.md").unwrap();
    found
        .iter()
        .for_each(|name| assert!(page.contains(&format!("| `{name}` |")), "{name}"));
}
