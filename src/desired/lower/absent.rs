//! What must not exist: the section `absent`, and what is declared and absent at once.

use super::Lowering;
use crate::desired::object::Absent;
use crate::desired::tree::Entry;
use crate::diag::{Code, Diagnostic};
use crate::value::Address;
use crate::yaml::{Node, NodeKind};
use crate::{kinds, schema};

impl Lowering<'_> {
    pub(super) fn absent(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.key.text != "raw") {
            let Some(kind) = kinds::section(&entry.key.text).next() else {
                let known = kinds::sections();
                let word = entry.key.text.as_str();
                let diagnostic =
                    Diagnostic::error(Code::UNKNOWN_SECTION, format!("unknown section {word:?}"))
                        .at(entry.key.span, "unknown");
                // `providers.oauth2` is how `defaults` name a kind.
                let head = word.split('.').next().filter(|head| known.contains(head));
                let part = kinds::KINDS
                    .iter()
                    .flat_map(|kind| kind.children)
                    .any(|part| part.yaml_key == word);
                self.diagnostics.push(match head {
                    Some(head) => diagnostic.help(format!("did you mean {head:?}?")),
                    None if part => {
                        diagnostic.help("remove it from the list of the object that it belongs to")
                    }
                    None => diagnostic.did_you_mean_or_one_of(word, "the sections are", &known),
                });
                continue;
            };
            if kind.is_singleton() {
                self.error(
                    Code::BAD_SHAPE,
                    format!("{} always exist and cannot be deleted", kind.title()),
                    entry.key.span,
                    "cannot be absent",
                );
                continue;
            }
            self.absent_names(kind.family, &entry.node);
        }
    }

    /// A list of names of one family that must not exist.
    pub(super) fn absent_names(&mut self, family: &'static str, list: &Node) {
        if !matches!(list.kind, NodeKind::Seq(_) | NodeKind::Null) {
            let label = format!("this is {}", list.describe());
            self.error(
                Code::WRONG_TYPE,
                "`absent` must contain lists of names",
                list.span,
                label,
            );
        }
        for item in list.items() {
            if let Some(diagnostic) = item.no_name() {
                self.diagnostics.push(diagnostic);
                continue;
            }
            match item.scalar().map(|scalar| schema::trim(&scalar.text)) {
                Some(name) if !name.is_empty() => {
                    let address = Address::named(family, name);
                    self.desired.absent.push(Absent {
                        address,
                        span: item.span,
                    });
                }
                _ => self.error(
                    Code::WRONG_TYPE,
                    "`absent` must contain lists of names",
                    item.span,
                    format!("this is {}", item.describe()),
                ),
            }
        }
    }

    /// What is declared and absent at once.
    pub(super) fn contradictions(&mut self) {
        for absent in self.desired.absent.clone() {
            if let Some(declared) = self.seen.get(&absent.address) {
                let diagnostic = Diagnostic::error(
                    Code::ABSENT_AND_DECLARED,
                    format!(
                        "{} is both declared and listed under `absent`",
                        absent.address
                    ),
                )
                .at(absent.span, "must not exist")
                .and(*declared, "declared here");
                self.diagnostics.push(diagnostic);
            }
        }
    }
}
