//! Mappings of fields inside a field, and the short form that stands for the first of them.

use std::collections::BTreeMap;

use super::Reader;
use crate::desired::node::{Node, NodeKind};
use crate::diag::{Code, Diagnostic};
use crate::schema::{self, Field};
use crate::value::Value;

impl Reader<'_> {
    pub(super) fn record(&mut self, field: &Field, fields: &'static [Field], node: &Node) -> Option<Value> {
        let mut record: BTreeMap<String, Value> = BTreeMap::new();
        let mut sound = true;
        match &node.kind {
            NodeKind::Scalar(_) => {
                let first = fields.first()?;
                record.insert(first.name.to_owned(), self.value(first, &first.shape, node)?);
            }
            NodeKind::Map(entries) => {
                for (key, node) in entries {
                    let Some(inner) = fields.iter().find(|inner| inner.name == key.text) else {
                        let known = fields.iter().map(|inner| inner.name);
                        self.diagnostics.push(
                            Diagnostic::error(Code::UNKNOWN_FIELD, format!("{} has no {:?}", field.word, key.text))
                                .at(key.span, "unknown")
                                .did_you_mean(&key.text, known),
                        );
                        sound = false;
                        continue;
                    };
                    match self.value(inner, &inner.shape, node) {
                        Some(value) => {
                            record.insert(inner.name.to_owned(), value);
                        }
                        None => sound = false,
                    }
                }
            }
            _ => return self.wrong_type(field, node, "a mapping"),
        }
        for inner in fields {
            if record.contains_key(inner.name) || self.release.is_some_and(|release| !inner.is_in(release)) {
                continue;
            }
            if let Some(default) = schema::default_value(inner) {
                record.insert(inner.name.to_owned(), default);
            } else if inner.required && sound {
                let diagnostic = Diagnostic::error(
                    Code::REQUIRED_FIELD,
                    format!("an item of {} needs {:?}", field.word, inner.name),
                )
                .at(node.span, format!("no {:?} here", inner.name));
                self.diagnostics.push(diagnostic);
                sound = false;
            }
        }
        sound.then_some(Value::Record(record))
    }
}
