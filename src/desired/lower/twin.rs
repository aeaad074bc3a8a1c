//! One thing under two names: a field that some releases have as one reference and others as a set.
//!
//! What is written under either name is lowered to the one that the server's release has, so that the same files serve
//! all releases.

use std::collections::BTreeSet;

use super::Lowering;
use crate::desired::object::{Object, What};
use crate::desired::values::gate;
use crate::diag::{Code, Diagnostic, Span};
use crate::schema::{Field, Kind};
use crate::value::Value;

impl Lowering<'_> {
    /// The word and the place at which the same thing is already said under its other name.
    pub(super) fn said_already(
        &self,
        kind: &Kind,
        field: &'static Field,
        object: &Object,
    ) -> Option<(&'static str, Span)> {
        let twin = kind.counterpart(field)?;
        let both = [field.name, twin.name]
            .into_iter()
            .find_map(|name| object.fields.get(name))?;
        Some((twin.yaml_key, both.span))
    }

    /// What is wanted of `field`, said of `meant`; `None` after saying why that cannot be, or if nothing is wanted.
    pub(super) fn as_twin(
        &mut self,
        kind: &Kind,
        field: &Field,
        meant: &Field,
        what: What,
        span: Span,
    ) -> Option<What> {
        if field.name == meant.name {
            return Some(what);
        }
        if field.shape.is_set() == meant.shape.is_set() {
            // Empty here means what the server makes of it, for which the other name has no word.
            let empty = matches!(&what, What::Is(value) if value.is_empty());
            if empty && meant.not_blank {
                let release = self
                    .settings
                    .release
                    .map_or_else(String::new, |release| release.to_string());
                let message = format!(
                    "authentik {release} has {} in place of {}, and it must not be empty",
                    meant.yaml_key, field.yaml_key
                );
                let label = format!("this can be empty {}", gate(field.since, field.until));
                self.error(Code::RELEASE_FIELD, message, span, label);
                return None;
            }
            return Some(what);
        }
        match what {
            What::Is(Value::Set(items)) => {
                self.one(kind, (field, meant), items, span).map(What::Is)
            }
            // Where there is room for one only, having one in puts all others out.
            What::Some { include, .. } if !include.is_empty() => {
                self.one(kind, (field, meant), include, span).map(What::Is)
            }
            What::Some { exclude, .. } if exclude.is_empty() => None,
            What::Some { .. } => {
                let diagnostic =
                    Diagnostic::error(Code::RELEASE_FIELD, self.only_one(kind, meant, "a list"))
                        .at(
                            span,
                            format!("a list exists {}", gate(field.since, field.until)),
                        )
                        .help(format!(
                            "name the one that you want, or none: `{}: []`",
                            field.yaml_key
                        ));
                self.diagnostics.push(diagnostic);
                None
            }
            What::Is(Value::Null) => Some(What::Is(Value::Set(BTreeSet::new()))),
            What::Is(one) => Some(What::Is(Value::Set(BTreeSet::from([one])))),
            What::Keys(_) => Some(what),
        }
    }

    /// The only item of a set, or null.
    fn one(
        &mut self,
        kind: &Kind,
        fields: (&Field, &Field),
        items: BTreeSet<Value>,
        span: Span,
    ) -> Option<Value> {
        let (field, meant) = fields;
        if items.len() > 1 {
            let message = self.only_one(kind, meant, &items.len().to_string());
            let label = format!("several are possible {}", gate(field.since, field.until));
            self.error(Code::RELEASE_FIELD, message, span, label);
            return None;
        }
        Some(items.into_iter().next().unwrap_or(Value::Null))
    }

    fn only_one(&self, kind: &Kind, meant: &Field, not: &str) -> String {
        let release = self
            .settings
            .release
            .map_or_else(String::new, |release| release.to_string());
        format!(
            "{} have one {} on authentik {release}, not {not}",
            kind.title(),
            meant.yaml_key
        )
    }
}
