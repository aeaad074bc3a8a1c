//! The layer test: a module of the library uses only modules below it, and the sandbox uses none at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The modules from the bottom up; `docs/architecture.md` lists them in the same order.
const LAYERS: &[&str] = &[
    "work",
    "graph",
    "stop",
    "files",
    "harmless",
    "value",
    "wire",
    "budget",
    "diag",
    "input",
    "yaml",
    "schema",
    "openapi",
    "client",
    "kinds",
    "pattern",
    "gaps",
    "live",
    "desired",
    "state",
    "access",
    "signin",
    "lints",
    "ledger",
    "export",
    "plan",
    "compare",
    "drift",
    "rollback",
    "upgrade",
    "plan_file",
    "report",
    "store",
    "read",
    "apply",
    "sandbox",
    "cli",
    "settings",
    "command",
];

/// Modules that turn what they are given into a result, and do nothing else: no I/O, no clock, no randomness.
const PURE: &[&str] = &[
    "work",
    "graph",
    "harmless",
    "value",
    "wire",
    "budget",
    "diag",
    "yaml",
    "schema",
    "openapi",
    "kinds",
    "pattern",
    "signin",
    "gaps",
    "live",
    "desired",
    "access",
    "lints",
    "ledger",
    "export",
    "plan",
    "compare",
    "drift",
    "rollback",
    "upgrade",
    "plan_file",
    "report",
];

/// Every Rust file below `src/`, with the top-level module that it belongs to.
fn files() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, into: &mut BTreeMap<PathBuf, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let inside = path.strip_prefix("src").unwrap().with_extension("");
                let module = inside
                    .components()
                    .next()
                    .unwrap()
                    .as_os_str()
                    .to_string_lossy()
                    .into_owned();
                into.insert(path, module);
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(Path::new("src"), &mut all);
    all.retain(|_, module| module != "lib" && module != "main");
    all
}

/// The modules of this crate that a text names: `crate::plan::…` and the heads of `crate::{plan::…, live::…}`.
fn used(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split("crate::").skip(1) {
        let name = |text: &str| {
            text.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        };
        match part.strip_prefix('{') {
            Some(list) => names.extend(
                list.split('}')
                    .next()
                    .unwrap_or_default()
                    .split(',')
                    .map(|item| name(item.trim())),
            ),
            None => names.push(name(part)),
        }
    }
    names
}

#[test]
fn every_module_has_its_layer() {
    for (path, module) in files() {
        assert!(
            LAYERS.contains(&module.as_str()),
            "{}: add {module} to LAYERS in its place",
            path.display()
        );
    }
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let rank = |module: &str| LAYERS.iter().position(|layer| *layer == module);
    let mut wrong = Vec::new();
    for (path, module) in files() {
        for other in used(&std::fs::read_to_string(&path).unwrap()) {
            if other != module && rank(&other).is_some_and(|other| Some(other) > rank(&module)) {
                wrong.push(format!(
                    "{} uses {other}, which lies above {module}",
                    path.display()
                ));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_sandbox_is_an_independent_witness() {
    for (path, module) in files()
        .into_iter()
        .filter(|(_, module)| module == "sandbox")
    {
        let others: Vec<String> = used(&std::fs::read_to_string(&path).unwrap())
            .into_iter()
            .filter(|other| *other != module)
            .collect();
        // How a file is written says nothing about authentik.
        let others: Vec<String> = others
            .into_iter()
            .filter(|other| other != "files")
            .collect();
        assert_eq!(
            others,
            Vec::<String>::new(),
            "{} must know nothing of the rest",
            path.display()
        );
    }
}

#[test]
fn the_core_is_pure() {
    const OUTSIDE: &[&str] = &[
        "std::fs",
        "std::env",
        "std::net",
        "tokio",
        "reqwest",
        "SystemTime",
        "Timestamp::now",
    ];
    for (path, module) in files() {
        if PURE.contains(&module.as_str()) {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code: String = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            for word in OUTSIDE {
                assert!(
                    !code.contains(word),
                    "{} reaches outside: {word}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn pure_modules_use_pure_modules_only() {
    let mut wrong = Vec::new();
    for (path, module) in files() {
        if !PURE.contains(&module.as_str()) {
            continue;
        }
        for other in used(&std::fs::read_to_string(&path).unwrap()) {
            if LAYERS.contains(&other.as_str()) && !PURE.contains(&other.as_str()) {
                wrong.push(format!(
                    "{} uses {other}, which is not pure",
                    path.display()
                ));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_module_says_what_it_is() {
    for path in files().keys() {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not begin by saying what it does",
            path.display()
        );
    }
}

/// JSON that is spelled by hand drifts away from its schema and from its other spellings: what reaches a machine is a
/// type in `wire`, a request or a schema a small type.
#[test]
fn json_is_never_spelled_by_hand() {
    let is_test = |path: &Path| {
        path.ancestors().any(|file| {
            let (Some(folder), Some(name)) = (file.parent(), file.file_stem()) else {
                return false;
            };
            let above = match folder == Path::new("src") {
                true => folder.join("lib.rs"),
                false => folder.with_extension("rs"),
            };
            let name = name.to_string_lossy();
            std::fs::read_to_string(above)
                .is_ok_and(|text| text.contains(&format!("#[cfg(test)]\nmod {name};")))
        })
    };
    let mut spelled = Vec::new();
    for (path, _) in files()
        .into_iter()
        .filter(|(path, module)| module != "sandbox" && !is_test(path))
    {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let lines = code.lines().filter(|line| line.contains("json!"));
        spelled.extend(lines.map(|line| format!("{}: {}", path.display(), line.trim())));
    }
    assert_eq!(spelled, Vec::<String>::new());
}

/// A file that no `mod` names is compiled by nobody and read by everybody.
#[test]
fn every_file_is_a_module_of_the_one_above() {
    let orphans: Vec<PathBuf> = files()
        .into_keys()
        .filter(|path| {
            let (folder, name) = (
                path.parent().unwrap(),
                path.file_stem().unwrap().to_str().unwrap().to_owned(),
            );
            let above = if folder == Path::new("src") {
                folder.join("lib.rs")
            } else {
                folder.with_extension("rs")
            };
            let text = std::fs::read_to_string(above).unwrap();
            !text.contains(&format!("mod {name};"))
        })
        .collect();
    assert_eq!(orphans, Vec::<PathBuf>::new());
}

/// The page draws the layers in their order, and each module that a row names exists.
#[test]
fn the_page_of_the_architecture_names_modules_that_exist() {
    let page = std::fs::read_to_string("docs/architecture.md").unwrap();
    let first = |row: &str| Some(row.strip_prefix("| `")?.split_once("` |")?.0.to_owned());
    let rows: Vec<(String, &str)> = page
        .lines()
        .filter_map(|row| Some((first(row)?, row)))
        .collect();
    let drawn: Vec<&str> = rows.iter().map(|(module, _)| module.as_str()).collect();
    assert_eq!(drawn, LAYERS);
    let stems: BTreeSet<String> = files()
        .keys()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let is_module = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let mut missing = Vec::new();
    for (module, row) in &rows {
        for name in row.split('`').skip(1).step_by(2) {
            if is_module(name) && !stems.contains(name) {
                missing.push(format!("{module}: {name}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}
