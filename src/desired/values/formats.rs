//! What a text has to be beyond a text, how long it may be, and what the keys of free data hold.
//!
//! Neither a text nor a value is ever repeated in a message: it may be a secret.

use std::collections::BTreeMap;

use super::Reader;
use crate::desired::object::What;
use crate::diag::{Code, Diagnostic, Span};
use crate::schema::{DataKey, Field, Format, Release};
use crate::value::{OrderedJson, Value};
use crate::yaml;
use crate::yaml::Node;

impl Reader<'_> {
    /// Whether a text is one that a field takes; says why not. The text is trimmed.
    pub(super) fn is_sound(&mut self, field: &Field, node: &Node, text: &str) -> bool {
        if text.is_empty() {
            return true;
        }
        if let Some(diagnostic) = too_long(field, text, self.release, node.span) {
            self.diagnostics.push(diagnostic);
            return false;
        }
        let answer = match field.format {
            // These depend on what else is said.
            Format::PythonIf(_) | Format::PatternIf(..) => Ok(()),
            Format::Blueprint => yaml::outline(text),
            format => format.check(text, self.release),
        };
        let Err(why) = answer else { return true };
        self.unfit::<()>(field, node, field.format, why).is_some()
    }

    /// Says why a value is not what a field takes.
    pub(super) fn unfit<T>(
        &mut self,
        field: &Field,
        node: &Node,
        format: Format,
        why: String,
    ) -> Option<T> {
        self.refuse(unfit(field, format, why, node.span))
    }

    /// Whether the expressions of an item can be compiled, as far as another field of the item says that they are some.
    pub(super) fn are_patterns(
        &mut self,
        fields: &'static [Field],
        record: &BTreeMap<String, Value>,
        node: &Node,
    ) -> bool {
        let mut sound = true;
        for field in fields {
            let Format::PatternIf(other, word) = field.format else {
                continue;
            };
            let is = |name: &str, wanted: &str| {
                record.get(name).and_then(Value::as_text) == Some(wanted)
            };
            let (Some(text), Some(place)) = (
                record.get(field.name).and_then(Value::as_text),
                node.get(field.name),
            ) else {
                continue;
            };
            if let (true, Err(why)) = (is(other, word), field.format.check(text, self.release)) {
                self.diagnostics
                    .push(unfit(field, field.format, why, place.span));
                sound = false;
            }
        }
        sound
    }

    /// Whether a value as a whole is what a field takes: a list that is not empty, data whose keys hold what they have
    /// to. Says why not.
    pub(super) fn fits(&mut self, field: &'static Field, node: &Node, what: &What) -> bool {
        let items = match what {
            What::Is(Value::List(items)) => Some(items.len()),
            What::Is(Value::Set(items)) => Some(items.len()),
            _ => None,
        };
        if field.not_empty && items == Some(0) {
            let diagnostic = Diagnostic::error(
                Code::NOT_CLEARABLE,
                format!("{} cannot be empty", field.yaml_key),
            );
            self.diagnostics
                .push(diagnostic.at(node.span, "it is empty").help(format!(
                    "remove {} to leave it unchanged on the server",
                    field.yaml_key
                )));
            return false;
        }
        if let What::Is(Value::Json(OrderedJson(data))) = what
            && let Err(why) = field.format.check_data(data)
        {
            return self
                .unfit::<()>(field, node, field.format, why.to_owned())
                .is_some();
        }
        let mut sound = true;
        for key in field.keys {
            let value = match what {
                // Of a key that is taken away nothing has to be said.
                What::Keys(keys) => keys.get(key.name).filter(|value| !value.is_null()),
                What::Is(Value::Json(OrderedJson(data))) => data.get(key.name),
                _ => None,
            };
            if value.is_some_and(|value| !key.takes(value)) {
                self.diagnostics.push(self.wrong_key(field, key, node));
                sound = false;
            }
        }
        sound
    }

    fn wrong_key(&self, field: &Field, key: &DataKey, node: &Node) -> Diagnostic {
        let inner = match &node.kind {
            crate::yaml::NodeKind::Tagged(_, inner) => inner,
            _ => node,
        };
        let (span, label) = match inner.get(key.name) {
            Some(value) => (value.span, format!("this is {}", value.describe())),
            None => (node.span, "here".to_owned()),
        };
        let message = format!(
            "{} in {} must be {}",
            key.name,
            field.yaml_key,
            key.shape.expected()
        );
        Diagnostic::error(Code::BAD_DATA_KEY, message).at(span, label)
    }
}

/// Why a text has too many characters, if it has.
pub(in crate::desired) fn too_long(
    field: &Field,
    text: &str,
    release: Option<Release>,
    span: Span,
) -> Option<Diagnostic> {
    let most = field.max_length_in(release)?;
    let count = text.chars().count();
    (count > most).then(|| {
        let message = format!("{} must have at most {most} characters", field.yaml_key);
        Diagnostic::error(Code::BAD_FORMAT, message).at(span, format!("it has {count}"))
    })
}

/// Says why a text is not what a field takes.
pub(in crate::desired) fn unfit(
    field: &Field,
    format: Format,
    why: String,
    span: Span,
) -> Diagnostic {
    let code = match format {
        Format::Python | Format::PythonIf(_) | Format::PatternIf(..) | Format::Patterns => {
            Code::BAD_EXPRESSION
        }
        _ => Code::BAD_FORMAT,
    };
    Diagnostic::error(
        code,
        format!("{} must be {}", field.yaml_key, format.takes()),
    )
    .at(span, why)
}
