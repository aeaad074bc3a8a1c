//! Mappings of fields inside a field, and the short form that stands for the first of them.

use std::collections::BTreeMap;

use super::{Reader, gate};
use crate::diag::{Code, Diagnostic};
use crate::schema::{self, Field, Shape};
use crate::value::Value;
use crate::yaml::{Key, Node, NodeKind};

impl Reader<'_> {
    /// The value of a mapping of fields; missing fields get their defaults. `None` if something is wrong, which is reported.
    pub(super) fn record(
        &mut self,
        field: &Field,
        fields: &'static [Field],
        node: &Node,
    ) -> Option<Value> {
        let mut record: BTreeMap<String, Value> = BTreeMap::new();
        let mut sound = true;
        match &node.kind {
            NodeKind::Scalar(_) => {
                let first = fields.first()?;
                record.insert(
                    first.name.to_owned(),
                    self.value(first, &first.shape, node)?,
                );
            }
            NodeKind::Map(entries) => {
                for entry in entries {
                    sound &= self.record_entry(field, fields, entry, &mut record);
                }
                sound &= self.are_patterns(fields, &record, node);
            }
            NodeKind::Tagged(tag, _) => return self.idle_tag(field, node, tag),
            _ => {
                let diagnostic = Diagnostic::error(
                    Code::WRONG_TYPE,
                    format!("{} must be a mapping", item_of(field)),
                )
                .at(node.span, format!("this is {}", node.describe()));
                return self.refuse(diagnostic);
            }
        }
        for inner in fields {
            if record.contains_key(inner.name)
                || self.release.is_some_and(|release| !inner.is_in(release))
            {
                continue;
            }
            if let Some(default) = schema::default_value(inner, self.release) {
                record.insert(inner.name.to_owned(), default);
            } else if inner.required && sound {
                let message = format!("{} needs {:?}", item_of(field), inner.name);
                let diagnostic = Diagnostic::error(Code::REQUIRED_FIELD, message)
                    .at(node.span, format!("no {:?} here", inner.name));
                self.diagnostics.push(diagnostic);
                sound = false;
            }
        }
        sound.then_some(Value::Record(record))
    }

    /// One entry of a mapping of fields. Returns whether it is right; reports it otherwise.
    fn record_entry(
        &mut self,
        field: &Field,
        fields: &'static [Field],
        (key, node): &(Key, Node),
        record: &mut BTreeMap<String, Value>,
    ) -> bool {
        let Some(inner) = fields.iter().find(|inner| inner.name == key.text) else {
            let known: Vec<&str> = fields.iter().map(|inner| inner.name).collect();
            let message = format!("{} has no {:?}", field.yaml_key, key.text);
            let diagnostic = Diagnostic::error(Code::UNKNOWN_FIELD, message)
                .at(key.span, "unknown")
                .did_you_mean_or_one_of(&key.text, "the fields are", &known);
            self.diagnostics.push(diagnostic);
            return false;
        };
        let Some(value) = self.value(inner, &inner.shape, node) else {
            return false;
        };
        let Some(release) = self.release.filter(|release| !inner.is_in(*release)) else {
            record.insert(inner.name.to_owned(), value);
            return true;
        };
        // What the releases that have it do anyway is what the others do without it.
        if schema::default_value(inner, None).as_ref() == Some(&value) {
            return true;
        }
        let message = format!(
            "authentik {release} has no {} in {}",
            inner.name,
            item_of(field)
        );
        let label = format!("this field exists {}", gate(inner.since, inner.until));
        self.diagnostics
            .push(Diagnostic::error(Code::RELEASE_FIELD, message).at(key.span, label));
        false
    }
}

/// What holds the parts of a field in a message: each item, if there are several.
fn item_of(field: &Field) -> String {
    match field.shape {
        Shape::Set(_) | Shape::List(_) => format!("an item of {}", field.yaml_key),
        _ => field.yaml_key.to_owned(),
    }
}
