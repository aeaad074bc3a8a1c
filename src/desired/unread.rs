//! What may be a secret in those parts of a tree that no field reads: under a misspelt field, an unknown type or section,
//! in an object whose name is refused.
//!
//! Where the table knows a field, the table decides. Everywhere else the names of keys do, slips of the finger included:
//! it may hide too much, and a value that is shown by mistake cannot be taken back.

use super::hide::{is_secret, is_secretly};
use super::tree::Tree;
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
        if !is_section(name) && !is_nearly_section(name) {
            section.bodies.iter().for_each(|body| found.push(body.span));
            section
                .entries
                .iter()
                .for_each(|entry| found.push(entry.node.span));
            continue;
        }
        for entry in &section.entries {
            let kind = kind_of(name, &entry.node);
            match kind {
                // The section is the object.
                Some(kind) if kind.is_single() => {
                    field(Some(kind), &entry.key.text, &entry.node, &mut found)
                }
                // The words of a collection are `key` and such; fields stand below them.
                None if name == "raw" => collection(&entry.node, &mut found),
                _ => fields(kind, &entry.node, &mut found),
            }
        }
        section
            .bodies
            .iter()
            .for_each(|body| fields(None, body, &mut found));
    }
    found
}

fn is_section(name: &str) -> bool {
    ["defaults", "absent", "assertions", "raw"].contains(&name)
        || kinds::section(name).next().is_some()
}

/// Whether it would be one without a slip of the finger.
fn is_nearly_section(name: &str) -> bool {
    nearest(
        name,
        kinds::KINDS
            .iter()
            .map(|kind| kind.section)
            .filter(|section| !section.is_empty()),
    )
    .is_some()
}

/// The kind of an entry, if it says one that exists.
fn kind_of(section: &str, node: &Node) -> Option<&'static Kind> {
    if section == "defaults" || section == "absent" || section == "raw" {
        return None;
    }
    let word = node
        .get("type")
        .and_then(Node::scalar)
        .map(|scalar| scalar.text.trim());
    kinds::section(section).find(|kind| kind.word.is_none() || kind.word == word)
}

/// A collection that the files describe themselves.
fn collection(node: &Node, found: &mut Vec<Span>) {
    for (word, node) in node.entries() {
        match word.text.as_str() {
            "objects" => node
                .entries()
                .iter()
                .for_each(|(_, object)| fields(None, object, found)),
            _ => fields(None, node, found),
        }
    }
}

/// All that stands in an object of a kind, or in what is no object at all.
fn fields(kind: Option<&'static Kind>, node: &Node, found: &mut Vec<Span>) {
    match &node.kind {
        NodeKind::Map(entries) => entries
            .iter()
            .for_each(|(key, node)| field(kind, &key.text, node, found)),
        NodeKind::Seq(items) => items.iter().for_each(|item| fields(kind, item, found)),
        NodeKind::Tagged(_, inner) => fields(kind, inner, found),
        NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Bytes(_) => {}
    }
}

fn field(kind: Option<&'static Kind>, word: &str, node: &Node, found: &mut Vec<Span>) {
    if let Some(children) =
        kind.and_then(|kind| kind.children.iter().find(|children| children.word == word))
    {
        let items = kinds::kind(children.kind);
        match (&node.kind, children.items) {
            (NodeKind::Map(entries), Items::Named(_)) => {
                entries
                    .iter()
                    .for_each(|(_, item)| fields(items, item, found));
            }
            _ => fields(items, node, found),
        }
        return;
    }
    let secret = match kind {
        Some(kind) => match kind.fields.iter().find(|field| field.word == word) {
            Some(field) => field.class != Class::Plain,
            None => is_secretly(word) || means_secret(kind, word),
        },
        None => is_secretly(word),
    };
    if secret {
        found.push(node.span);
    } else {
        within(node, found);
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
    let near = nearest(word, kind.fields.iter().map(|field| field.word));
    near.is_some_and(|near| {
        kind.fields
            .iter()
            .any(|field| field.word == near && field.class != Class::Plain)
    })
}
