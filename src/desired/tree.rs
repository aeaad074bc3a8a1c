//! The merged state: sections and entries, sorted by name. Whether a section or a field exists is the next layer's question.

use std::collections::HashMap;

use crate::yaml::{Key, Node, NodeKind};

/// The merged state, sorted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tree {
    /// By name, each once.
    pub sections: Vec<Section>,
}

/// One section from all the files that have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Its name, with the place where it stands first.
    pub name: Key,
    /// What it declares, by key, each once.
    pub entries: Vec<Entry>,
    /// The section's bodies that are no mapping, one for each place: the lists of `assertions`, and mistakes. An empty
    /// body (`groups:`) is not among them.
    pub bodies: Vec<Node>,
}

/// One object of a section, one list of `absent`, or one field of what there is only one of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The natural key.
    pub key: Key,
    /// The object's fields, as written.
    pub node: Node,
}

impl Tree {
    /// The section of that name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.name.text == name)
    }
}

impl Section {
    /// The entry under that key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.text == key)
    }
}

/// A node over another: mappings merge, everything else replaces.
pub(super) fn over(below: &Node, node: &Node) -> Node {
    let NodeKind::Map(fields) = &below.kind else {
        return node.clone();
    };
    let mut fields = fields.clone();
    match &node.kind {
        NodeKind::Map(more) => merge(&mut fields, more.clone()),
        NodeKind::Null => {}
        _ => return node.clone(),
    }
    Node {
        span: node.span,
        kind: NodeKind::Map(fields),
    }
}

/// Mappings merge, everything else is replaced together with its key, so that spans name the file that won.
pub(crate) fn merge(fields: &mut Vec<(Key, Node)>, more: Vec<(Key, Node)>) {
    let index: HashMap<String, usize> = fields
        .iter()
        .enumerate()
        .map(|(i, (key, _))| (key.text.clone(), i))
        .collect();
    for (key, node) in more {
        match index.get(&key.text).and_then(|i| fields.get_mut(*i)) {
            None => fields.push((key, node)),
            Some((below_key, below)) => match (&mut below.kind, node.kind) {
                (NodeKind::Map(inner), NodeKind::Map(over)) => merge(inner, over),
                (_, kind) => {
                    (*below_key, *below) = (
                        key,
                        Node {
                            span: node.span,
                            kind,
                        },
                    )
                }
            },
        }
    }
}
