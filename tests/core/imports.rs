//! Inside a top-level module, files import each other in one direction: what two of them need is in a file below both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Modules whose files still import each other in a cycle. None may be added; a module whose cycles are opened is taken
/// out, and from then on is held.
const KNOTTED: &[&str] = &[
    "access", "apply", "cli", "client", "command", "desired", "drift", "export", "rollback",
    "kinds", "plan", "read", "report", "schema", "settings", "upgrade", "value", "wire",
];

/// A module as its path below the crate: `["sandbox", "api", "lists"]`.
type Module = Vec<String>;

/// For each module the modules that its file imports, or names by a path.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// Every module that has a file, with the path of the file.
fn modules() -> BTreeMap<Module, PathBuf> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix("src").unwrap().with_extension("");
            let module: Module = inside
                .components()
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .collect();
            let is_rust = path.extension().is_some_and(|end| end == "rs");
            if is_rust && module != ["lib"] && module != ["main"] {
                found.insert(module, path);
            }
        }
    }
    found
}

/// The code of a file without its tests, its comments and what is between quotation marks.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let mut code = String::new();
    let mut quoted = false;
    for line in text.lines() {
        if !quoted && line.trim_start().starts_with("//") {
            continue;
        }
        let mut rest = line.replace("'\"'", "' '").replace("'\\\"'", "' '");
        if !quoted && let Some(comment) = rest.find(" // ") {
            rest.truncate(comment);
        }
        let mut escaped = false;
        for c in rest.chars() {
            match c {
                '"' if !escaped => quoted = !quoted,
                _ if quoted => {}
                c => code.push(c),
            }
            escaped = c == '\\' && !escaped;
        }
        code.push('\n');
    }
    code
}

/// Names, `::` and single characters.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut joins = false;
    for c in code.chars() {
        let is_name = c.is_alphanumeric() || c == '_';
        match tokens.last_mut() {
            Some(last) if is_name && joins => last.push(c),
            Some(last) if c == ':' && last == ":" => last.push(c),
            _ if c.is_whitespace() => {}
            _ => tokens.push(c.to_string()),
        }
        joins = is_name;
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Every path in the code, those of `use super::{a, b::{c, d}}` one by one.
fn paths(code: &str) -> Vec<Vec<String>> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let before = &tokens[..at];
        // `pub(in crate::sandbox)` names a module that sees an item, and imports nothing.
        let is_visibility = before.ends_with(&["(".to_owned(), "in".to_owned()]);
        let mut end = at + 1;
        if is_name(&tokens[at]) {
            let mut paths = Vec::new();
            end = path(&tokens, at, &[], &mut paths);
            if !is_visibility {
                found.extend(paths);
            }
        }
        at = end;
    }
    found
}

/// Reads one path from `at` on, below `head`; returns where it ends.
fn path(tokens: &[String], at: usize, head: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut whole = head.to_vec();
    let mut at = at;
    while let Some(name) = tokens.get(at).filter(|token| is_name(token)) {
        whole.push(name.clone());
        at += 1;
        if tokens.get(at).is_none_or(|token| token != "::") {
            found.push(whole);
            return at;
        }
        at += 1;
        if tokens.get(at).is_some_and(|token| token == "{") {
            at += 1;
            while tokens.get(at).is_some_and(|token| token != "}") {
                at = match is_name(&tokens[at]) {
                    true => path(tokens, at, &whole, found),
                    false => at + 1,
                };
            }
            return at + 1;
        }
    }
    found.push(whole);
    at
}

/// The module that a path in the code of `inside` leads to, if it begins at this crate. A single name leads nowhere: it is
/// a variable, or the `super` of a visibility.
fn target(path: &[String], inside: &Module, modules: &BTreeMap<Module, PathBuf>) -> Option<Module> {
    if path.len() < 2 {
        return None;
    }
    let mut at = inside.clone();
    let mut rest = path.iter().map(String::as_str).peekable();
    match *rest.peek()? {
        "crate" => at.clear(),
        "self" => {}
        "super" => {
            at.pop();
        }
        child => {
            at.push(child.to_owned());
            modules.contains_key(&at).then_some(())?;
        }
    }
    rest.next();
    for name in rest {
        if name == "super" {
            at.pop();
            continue;
        }
        at.push(name.to_owned());
        if !modules.contains_key(&at) {
            at.pop();
            break;
        }
    }
    (!at.is_empty() && at != *inside).then_some(at)
}

fn imports() -> Imports {
    let modules = modules();
    let of = |(module, file): (&Module, &PathBuf)| {
        let targets = paths(&code(file))
            .iter()
            .filter_map(|path| target(path, module, &modules))
            .collect();
        (module.clone(), targets)
    };
    modules.iter().map(of).collect()
}

/// The modules of a top-level module that are on a cycle of imports: what is left when modules that import nothing of
/// the rest, and those that nothing of the rest imports, are taken away again and again.
fn on_cycles(imports: &Imports, top: &str) -> BTreeSet<Module> {
    let mut left: BTreeSet<Module> = imports
        .keys()
        .filter(|module| module[0] == top)
        .cloned()
        .collect();
    loop {
        let before = left.len();
        let importers = left.clone();
        left.retain(|module| {
            let imports_some = imports[module]
                .iter()
                .any(|other| importers.contains(other));
            let is_imported = importers
                .iter()
                .any(|other| imports[other].contains(module));
            imports_some && is_imported
        });
        if left.len() == before {
            return left;
        }
    }
}

#[test]
fn the_files_of_a_module_import_each_other_in_one_direction() {
    let imports = imports();
    let tops: BTreeSet<&String> = imports.keys().map(|module| &module[0]).collect();
    let mut wrong = Vec::new();
    for top in tops {
        let knotted = KNOTTED.contains(&top.as_str());
        let cycle = on_cycles(&imports, top);
        if !knotted && !cycle.is_empty() {
            let names: Vec<String> = cycle.iter().map(|module| module.join("::")).collect();
            wrong.push(format!("{top}: a cycle among {}", names.join(", ")));
        }
        if knotted && cycle.is_empty() {
            wrong.push(format!(
                "{top} has no cycle any more: take it out of KNOTTED"
            ));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The test above holds nothing unless paths are read as the compiler reads them.
#[test]
fn imports_are_read_in_all_their_forms() {
    let modules: BTreeMap<Module, PathBuf> = ["a", "a::b", "a::c", "a::c::d", "e"]
        .iter()
        .map(|name| (module(name), PathBuf::new()))
        .collect();
    let cases = [
        ("use super::b::{self, One};", vec!["a::b"]),
        (
            "use crate::a::{b::One, c::{Two, d}};",
            vec!["a::b", "a::c::d"],
        ),
        (
            "fn f() { super::super::e::g(d::h()) }",
            vec!["a::c::d", "e"],
        ),
        ("use super::One;", vec!["a"]),
        (
            "pub(in crate::e) fn f(x: std::fs::File, y: self::d::One) {}",
            vec!["a::c::d"],
        ),
    ];
    for (code, expected) in cases {
        let inside = module("a::c");
        let found: BTreeSet<String> = paths(code)
            .iter()
            .filter_map(|path| target(path, &inside, &modules))
            .map(|module| module.join("::"))
            .collect();
        let expected: BTreeSet<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(found, expected, "{code}");
    }
}

fn module(name: &str) -> Module {
    name.split("::").map(str::to_owned).collect()
}
