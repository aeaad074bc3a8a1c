//! Sections: which kinds one holds, and which kind an entry is of.

use super::{Lowering, WORDS, known};
use crate::desired::tree::Entry;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::Kind;
use crate::yaml::Key;

impl Lowering<'_> {
    /// The objects of a section.
    pub(super) fn section(&mut self, name: &Key, entries: &[Entry]) {
        if !known(&name.text) {
            let known: Vec<&str> = WORDS.iter().copied().chain(kinds::sections()).collect();
            let diagnostic = Diagnostic::error(
                Code::UNKNOWN_SECTION,
                format!("unknown section {:?}", name.text),
            )
            .at(name.span, "unknown");
            self.diagnostics.push(diagnostic.did_you_mean_or_one_of(
                &name.text,
                "the sections are",
                &known,
            ));
            return;
        }
        if let Some(only) = kinds::section(&name.text).find(|kind| kind.is_singleton()) {
            return self.only(only, name, entries);
        }
        for entry in entries {
            if let Some(kind) = self.kind_of(&name.text, entry) {
                self.object(kind, entry);
            }
        }
    }

    /// The kind of an entry: the section's only one, or the one that `type:` says.
    fn kind_of(&mut self, section: &str, entry: &Entry) -> Option<&'static Kind> {
        let mut all = kinds::section(section);
        if let (Some(only), None) = (all.next(), all.next())
            && only.type_name.is_none()
        {
            return Some(only);
        }
        let words: Vec<&str> = kinds::section(section)
            .filter_map(|kind| kind.type_name)
            .collect();
        let known = format!("the types of {section} are {}", words.join(", "));
        let Some(node) = entry.node.get("type") else {
            self.diagnostics.push(
                Diagnostic::error(
                    Code::BAD_TYPE_WORD,
                    format!("{:?} has no `type`", entry.key.text),
                )
                .at(entry.key.span, "which kind is it?")
                .note(known),
            );
            return None;
        };
        let text = node.scalar().map(|scalar| scalar.text.trim());
        let found =
            kinds::section(section).find(|kind| kind.type_name.is_some() && kind.type_name == text);
        if found.is_none() {
            let refused = |message: String, label: &str| {
                Diagnostic::error(Code::BAD_TYPE_WORD, message)
                    .at(node.span, label)
                    .note(known)
            };
            self.diagnostics
                .push(match node.scalar().map(|scalar| scalar.shown()) {
                    Some(Some(shown)) => {
                        refused(format!("{section} have no type {shown:?}"), "unknown")
                            .did_you_mean(shown, words)
                    }
                    Some(None) => refused(format!("{section} have no such type"), "unknown"),
                    None => refused(
                        "type must be a single word".to_owned(),
                        &format!("this is {}", node.describe()),
                    ),
                });
        }
        found
    }
}
