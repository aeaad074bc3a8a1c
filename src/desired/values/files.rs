//! Files: their bytes, and references to them where a text may stand for one.

use super::Reader;
use crate::diag::{Code, Diagnostic};
use crate::schema::{self, Field};
use crate::value::{Content, Value};
use crate::yaml::{Node, NodeKind, Origin};

impl Reader<'_> {
    /// The bytes that a node brings: those of a file, or of a text that stands in the state itself.
    pub(super) fn content(&mut self, field: &Field, node: &Node) -> Option<Value> {
        let content = match &node.kind {
            NodeKind::Bytes(content) => content.clone(),
            NodeKind::Scalar(scalar) if matches!(scalar.origin, Origin::File | Origin::Var(_)) => {
                Content::new(scalar.text.clone().into_bytes())
            }
            // A tag that could not be filled in has already been reported.
            NodeKind::Tagged(tag, _) if super::is_reported(tag) => return None,
            _ => return self.wrong_type(field, node, "`!file PATH`, or a string"),
        };
        if content.size() == 0 {
            let message = format!(
                "{} is empty, and the server does not accept an empty file",
                field.yaml_key
            );
            return self.refuse(
                Diagnostic::error(Code::BAD_CONTENT, message).at(node.span, "it is empty"),
            );
        }
        Some(Value::Content(content))
    }

    /// `!ref {file: NAME}` in a field that takes any text as well.
    pub(super) fn shown(
        &mut self,
        field: &Field,
        family: &'static str,
        node: &Node,
        inner: &Node,
    ) -> Option<Value> {
        let how = format!("write `!ref {{{family}: NAME}}`, or a string without a tag");
        let (at, label) = match inner.entries() {
            [(key, name)] if key.text == family => match &name.kind {
                NodeKind::Scalar(scalar) if !schema::trim(&scalar.text).is_empty() => {
                    return self.reference(field, family, name, &scalar.text);
                }
                NodeKind::Tagged(tag, _) if super::is_reported(tag) => return None,
                _ => (name.span, "not a name".to_owned()),
            },
            [(key, _)] => (key.span, format!("not {:?}", key.text)),
            _ => (node.span, format!("this is {}", inner.describe())),
        };
        let message = format!(
            "{} must be a string or a reference to a {family}",
            field.yaml_key
        );
        self.refuse(
            Diagnostic::error(Code::BAD_TAG, message)
                .at(at, label)
                .help(how),
        )
    }
}
