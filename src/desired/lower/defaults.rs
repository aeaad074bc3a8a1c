//! The section `defaults`: fields under every object of a kind.
//!
//! The section is checked against the kind even where no object of that kind is declared yet; a field that no object
//! could take is reported once, here, and left out.

use super::Lowering;
use crate::desired::tree::Entry;
use crate::desired::values::Reader;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::Kind;
use crate::yaml::{Node, NodeKind};

impl Lowering<'_> {
    /// Reads the fields that hold for all objects of a kind.
    pub(super) fn defaults(&mut self, entries: &[Entry]) {
        let kinds: Vec<&'static Kind> = kinds::KINDS
            .iter()
            .copied()
            .filter(|kind| !kind.section.is_empty() && !kind.is_singleton())
            .collect();
        let titles: Vec<String> = kinds.iter().map(|kind| kind.title()).collect();
        for entry in entries {
            if let Some(kind) = kinds.iter().find(|kind| kind.title() == entry.key.text) {
                let node = self.default_fields(kind, &entry.node);
                self.defaults.insert(entry.key.text.clone(), node);
                continue;
            }
            let name = entry.key.text.as_str();
            let message = format!("unknown kind {name:?} in defaults");
            let diagnostic =
                Diagnostic::error(Code::UNKNOWN_SECTION, message).at(entry.key.span, "unknown");
            self.diagnostics
                .push(if kinds::section(name).any(Kind::is_singleton) {
                    diagnostic.help(format!(
                        "there is only one such object: declare it under `{name}`"
                    ))
                } else if kinds::section(name).next().is_some() {
                    let words: Vec<String> =
                        kinds::section(name).map(|kind| kind.title()).collect();
                    diagnostic.help(format!("name one of {}", words.join(", ")))
                } else {
                    diagnostic.did_you_mean(name, titles.iter().map(String::as_str))
                });
        }
    }

    /// The fields of one kind, without those that are wrong. The same diagnostic at the same place is reported once,
    /// however many objects take the field over.
    fn default_fields(&mut self, kind: &'static Kind, node: &Node) -> Node {
        let entries = match &node.kind {
            NodeKind::Map(entries) => entries,
            NodeKind::Null => return node.clone(),
            _ => {
                let label = format!("this is {}", node.describe());
                self.error(
                    Code::WRONG_TYPE,
                    format!("defaults of {} must be a mapping", kind.title()),
                    node.span,
                    label,
                );
                return Node {
                    span: node.span,
                    kind: NodeKind::Null,
                };
            }
        };
        let mut kept = Vec::new();
        for (key, node) in entries {
            let word = key.text.as_str();
            let own = match kind.fields.iter().find(|field| field.yaml_key == word) {
                Some(field) if kind.is_key(field.name) => true,
                Some(field) => {
                    // A field whose meaning depends on another field is read where both stand; a part of the key needs
                    // its object.
                    if field.family_field.is_none() && node.no_name().is_none() {
                        Reader::new(self.settings, &mut self.diagnostics, &mut self.secrets)
                            .what(field, node);
                    }
                    false
                }
                None => word == "previously" && kind.can_be_renamed(),
            };
            let others = kind.type_name.filter(|_| word == "type").filter(|word| {
                let said = node.scalar().map(|scalar| scalar.text.trim());
                said != Some(word)
            });
            if own {
                let message = format!("defaults of {} cannot set {word}", kind.title());
                self.error(
                    Code::BAD_SHAPE,
                    message,
                    key.span,
                    "every object has its own",
                );
            } else if let Some(others) = others {
                let message = format!("defaults of {} are for the type {others:?}", kind.title());
                self.error(
                    Code::BAD_TYPE_WORD,
                    message,
                    node.span,
                    "a different one here",
                );
            } else {
                let known = kind.fields.iter().any(|field| field.yaml_key == word)
                    || kind
                        .children
                        .iter()
                        .any(|children| children.yaml_key == word)
                    || word == "lifecycle"
                    || (word == "type" && kind.type_name.is_some());
                if !known {
                    self.unknown_field(kind, key);
                } else {
                    kept.push((key.clone(), node.clone()));
                }
            }
        }
        Node {
            span: node.span,
            kind: NodeKind::Map(kept),
        }
    }
}
