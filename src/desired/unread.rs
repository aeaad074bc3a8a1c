//! What may be a secret in those parts of a tree that no field reads: under a misspelt field, an unknown type or section,
//! in an object whose name is refused.
//!
//! Where the table knows a field, the table decides. Everywhere else the names of keys do, slips of the finger included:
//! it may hide too much, and a value that is shown by mistake cannot be taken back.

use super::hide::{is_secret, is_secretly};
use super::tree::{Entry, Tree};
use crate::diag::{Span, nearest};
use crate::kinds;
use crate::schema::{Class, Items, Kind};
use crate::yaml::{Node, NodeKind};

/// The places of all values that may be secrets and that no field of the table holds.
pub(super) fn unread(tree: &Tree) -> Vec<Span> {
    let mut found = Vec::new();
    for section in &tree.sections {
        let name = section.name.text.as_str();
        // A file of something else that lies among the state files.
        let is_foreign = !is_section(name) && !is_nearly_section(name);
        for body in &section.bodies {
            match is_foreign {
                true => found.push(body.span),
                false => fields(None, body, &mut found),
            }
        }
        for entry in &section.entries {
            match is_foreign {
                true => found.push(entry.node.span),
                false => of_entry(name, entry, &mut found),
            }
        }
    }
    found
}

fn of_entry(section: &str, entry: &Entry, found: &mut Vec<Span>) {
    let kind = kind_of(section, &entry.node);
    match kind {
        // The section is the object.
        Some(kind) if kind.is_singleton() => field(Some(kind), &entry.key.text, &entry.node, found),
        // The words of a collection are `key` and such; fields stand below them.
        None if section == "raw" => collection(&entry.node, found),
        _ => fields(kind, &entry.node, found),
    }
}

fn is_section(name: &str) -> bool {
    ["defaults", "absent", "assertions", "raw"].contains(&name)
        || kinds::section(name).next().is_some()
}

/// Whether it would be one without a slip of the finger.
fn is_nearly_section(name: &str) -> bool {
    let sections = kinds::KINDS.iter().map(|kind| kind.section);
    nearest(name, sections.filter(|section| !section.is_empty())).is_some()
}

/// The kind of an entry, if it says one that exists.
fn kind_of(section: &str, node: &Node) -> Option<&'static Kind> {
    if ["defaults", "absent", "raw"].contains(&section) {
        return None;
    }
    let type_ = node.get("type").and_then(Node::scalar);
    let word = type_.map(|scalar| scalar.text.trim());
    kinds::section(section).find(|kind| kind.type_name.is_none() || kind.type_name == word)
}

/// A collection that the files describe themselves.
fn collection(node: &Node, found: &mut Vec<Span>) {
    for (word, node) in node.entries() {
        if word.text != "objects" {
            fields(None, node, found);
            continue;
        }
        for (_, object) in node.entries() {
            fields(None, object, found);
        }
    }
}

/// All that stands in an object of a kind, or in what is no object at all.
fn fields(kind: Option<&'static Kind>, node: &Node, found: &mut Vec<Span>) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for (key, node) in entries {
                field(kind, &key.text, node, found);
            }
        }
        NodeKind::Seq(items) => {
            for item in items {
                fields(kind, item, found);
            }
        }
        NodeKind::Tagged(_, inner) => fields(kind, inner, found),
        NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Bytes(_) => {}
    }
}

fn field(kind: Option<&'static Kind>, word: &str, node: &Node, found: &mut Vec<Span>) {
    let mut lists = kind.into_iter().flat_map(|kind| kind.children);
    if let Some(children) = lists.find(|children| children.yaml_key == word) {
        let of_items = kinds::kind(children.kind);
        let NodeKind::Map(entries) = &node.kind else {
            return fields(of_items, node, found);
        };
        if !matches!(children.items, Items::Named(_)) {
            return fields(of_items, node, found);
        }
        for (_, item) in entries {
            fields(of_items, item, found);
        }
        return;
    }
    match is_secret_field(kind, word) {
        true => found.push(node.span),
        false => within(node, found),
    }
}

/// Whether a field holds a secret, by the table or else by its name.
fn is_secret_field(kind: Option<&'static Kind>, word: &str) -> bool {
    let Some(kind) = kind else {
        return is_secretly(word);
    };
    match kind.fields.iter().find(|field| field.yaml_key == word) {
        Some(field) => field.class != Class::Plain,
        None => is_secretly(word) || means_secret(kind, word),
    }
}

/// Data below a field that is none itself. What free data is called is nobody's slip: only plain words count.
fn within(node: &Node, found: &mut Vec<Span>) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for (key, node) in entries {
                match is_secret(&key.text) {
                    true => found.push(node.span),
                    false => within(node, found),
                }
            }
        }
        NodeKind::Seq(items) => items.iter().for_each(|item| within(item, found)),
        NodeKind::Tagged(_, inner) => within(inner, found),
        NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Bytes(_) => {}
    }
}

/// Whether a field that a kind does not have is most likely a secret one, misspelt.
fn means_secret(kind: &Kind, word: &str) -> bool {
    let near = nearest(word, kind.fields.iter().map(|field| field.yaml_key));
    let mut secrets = kind
        .fields
        .iter()
        .filter(|field| field.class != Class::Plain);
    near.is_some_and(|near| secrets.any(|field| field.yaml_key == near))
}
