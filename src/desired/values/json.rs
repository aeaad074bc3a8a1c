//! Free data: a node becomes JSON as it stands.

use super::spelling::{float_like, whole};
use super::{Reader, is_reported};
use crate::diag::{Code, Diagnostic};
use crate::schema::Field;
use crate::yaml::{Key, Node, NodeKind, Style};

impl Reader<'_> {
    /// Free data out of a node, with YAML's plain words typed: `true`, `1` and `null` are what they look like.
    pub(super) fn json(&mut self, node: &Node, field: &Field) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        Some(match &node.kind {
            NodeKind::Null => Json::Null,
            NodeKind::Scalar(scalar) if scalar.style == Style::Plain => {
                match scalar.text.as_str() {
                    "true" => Json::Bool(true),
                    "false" => Json::Bool(false),
                    text => match whole(text) {
                        Some(number) => Json::from(number),
                        None => match text
                            .parse::<f64>()
                            .ok()
                            .filter(|n| n.is_finite() && float_like(text))
                        {
                            Some(number) => Json::from(number),
                            None => Json::from(text),
                        },
                    },
                }
            }
            NodeKind::Scalar(scalar) => Json::from(scalar.text.as_str()),
            NodeKind::Bytes(_) => return self.wrong_type(field, node, "data"),
            // All items are read before the first wrong one ends it, so that every mistake is reported.
            NodeKind::Seq(items) => {
                let items: Vec<_> = items.iter().map(|node| self.json(node, field)).collect();
                Json::Array(items.into_iter().collect::<Option<_>>()?)
            }
            NodeKind::Map(entries) => {
                let entry = |(key, node): &(Key, Node)| {
                    self.json(node, field).map(|raw| (key.text.clone(), raw))
                };
                let entries: Vec<_> = entries.iter().map(entry).collect();
                Json::Object(entries.into_iter().collect::<Option<_>>()?)
            }
            NodeKind::Tagged(tag, _) if is_reported(tag) => return None,
            NodeKind::Tagged(tag, _) if tag != "exact" => {
                let message = format!(
                    "!{tag} is not allowed inside the data of {}",
                    field.yaml_key
                );
                let diagnostic = Diagnostic::error(Code::BAD_TAG, message)
                    .at(node.span, "here")
                    .note("under `raw` it may be a whole field, or an item of a list that is one");
                return self.refuse(diagnostic);
            }
            NodeKind::Tagged(tag, _) => {
                let diagnostic = Diagnostic::error(
                    Code::BAD_TAG,
                    format!(
                        "!{tag} is allowed only before the whole of {}",
                        field.yaml_key
                    ),
                )
                .at(node.span, "here");
                return self.refuse(diagnostic);
            }
        })
    }
}
