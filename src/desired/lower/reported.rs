//! References whose family is given by another field (`content_type` and `object` of a lifecycle rule).

use super::Lowering;
use crate::diag::{Code, Span};
use crate::kinds;
use crate::schema::{Field, Kind};
use crate::yaml::{Key, Node};

impl Lowering<'_> {
    /// The family that a reference is to, as another field of the same object says it.
    pub(super) fn reported(
        &mut self,
        kind: &'static Kind,
        field: &Field,
        other: &str,
        entries: &[(Key, Node)],
        span: Span,
    ) -> Option<&'static str> {
        let word = kind.field(other).map_or(other, |other| other.yaml_key);
        let Some((_, node)) = entries.iter().find(|(key, _)| key.text == word) else {
            let message = format!(
                "{} needs {word} beside it, which says what it names",
                field.yaml_key
            );
            self.error(
                Code::REQUIRED_FIELD,
                message,
                span,
                format!("no {word} here"),
            );
            return None;
        };
        // A value that is not a model is reported where it stands.
        let family = kinds::by_model(node.scalar()?.text.trim())?.family;
        field.shape.families().contains(&family).then_some(family)
    }
}
