//! The same state written otherwise: sections spread over other files and documents, keys in another order.
//!
//! What must keep its place does: items of lists, and files beside what `!file` names.

use std::path::{Path, PathBuf};

use akrec::diag::Sources;
use akrec::yaml;
use akrec::yaml::{Node, NodeKind, Style};

/// Draws numbers from a counter, so that every run shuffles alike.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.throw(at + 1));
        }
    }
}

/// Writes the state in `from` to `to` in another order.
pub fn copy(from: &Path, to: &Path, seed: u64) {
    let mut dice = Dice(seed);
    drop(std::fs::remove_dir_all(to));
    folder(from, to, &mut dice);
}

fn folder(from: &Path, to: &Path, dice: &mut Dice) {
    std::fs::create_dir_all(to).unwrap();
    let mut parts: Vec<String> = Vec::new();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(from)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap();
        if path.is_dir() {
            folder(&path, &to.join(name), dice);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            parts.extend(entries(&path, dice));
        } else {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
    if parts.is_empty() {
        return;
    }
    // Each entry of a section is a document of its own; documents are spread over some files.
    dice.shuffle(&mut parts);
    let count = 1 + dice.throw(parts.len().min(4));
    let mut files = vec![String::new(); count];
    for part in parts {
        let file = &mut files[dice.throw(count)];
        file.push_str(&format!("---\n{part}\n"));
    }
    for (at, text) in files
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
    {
        std::fs::write(
            to.join(format!("{}{at}.yaml", ["z", "a", "m", "b"][at % 4])),
            text,
        )
        .unwrap();
    }
}

/// Every entry of every section of a file, as a document.
fn entries(path: &Path, dice: &mut Dice) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut sources = Sources::default();
    let file = sources.add(path.to_string_lossy(), path, text.clone());
    let (documents, problems) = yaml::parse(file, &text);
    assert!(problems.is_empty(), "{}: {problems:?}", path.display());
    let mut parts = Vec::new();
    for (section, node) in documents.iter().flat_map(Node::entries) {
        let section = quoted(&section.text);
        match &node.kind {
            NodeKind::Map(entries) if !entries.is_empty() => {
                for (key, node) in entries {
                    parts.push(format!(
                        "{{{section}: {{{}: {}}}}}",
                        quoted(&key.text),
                        written(node, dice)
                    ));
                }
            }
            _ => parts.push(format!("{{{section}: {}}}", written(node, dice))),
        }
    }
    parts
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A node in flow style, keys shuffled.
fn written(node: &Node, dice: &mut Dice) -> String {
    match &node.kind {
        NodeKind::Null => "null".to_owned(),
        NodeKind::Bytes(_) => unreachable!("only a tag brings bytes"),
        NodeKind::Scalar(scalar) => {
            let bare = |c: char| c.is_ascii_alphanumeric() || "_-.+".contains(c);
            let safe = scalar.style == Style::Plain
                && scalar.text.chars().all(bare)
                && !scalar.text.starts_with('-');
            let number = scalar.style == Style::Plain && scalar.text.parse::<f64>().is_ok();
            if safe || number {
                scalar.text.clone()
            } else {
                quoted(&scalar.text)
            }
        }
        NodeKind::Seq(items) => {
            let items: Vec<String> = items.iter().map(|item| written(item, dice)).collect();
            format!("[{}]", items.join(", "))
        }
        NodeKind::Map(entries) => {
            let mut entries: Vec<String> = entries
                .iter()
                .map(|(key, node)| format!("{}: {}", quoted(&key.text), written(node, dice)))
                .collect();
            dice.shuffle(&mut entries);
            format!("{{{}}}", entries.join(", "))
        }
        NodeKind::Tagged(tag, inner) => format!("!{tag} {}", written(inner, dice)),
    }
}
