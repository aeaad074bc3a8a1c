//! Sets: all of them, some of them (`include`, `exclude`), and items that end on a day.

use std::collections::BTreeSet;

use super::Reader;
use super::spelling::date;
use crate::desired::object::What;
use crate::diag::{Code, Diagnostic};
use crate::schema::{Field, Shape};
use crate::value::Value;
use crate::yaml::{Node, NodeKind};

impl Reader<'_> {
    pub(super) fn additive(
        &mut self,
        field: &'static Field,
        item: &'static Shape,
        node: &Node,
    ) -> Option<What> {
        let mut include = BTreeSet::new();
        let mut exclude = BTreeSet::new();
        let mut ended = BTreeSet::new();
        for (key, list) in node.entries() {
            let side = match key.text.as_str() {
                "include" => &mut include,
                "exclude" => &mut exclude,
                other => {
                    let diagnostic = Diagnostic::error(
                        Code::BAD_SHAPE,
                        format!(
                            "{} must be a list, or a mapping of `include` and `exclude`",
                            field.yaml_key
                        ),
                    )
                    .at(key.span, format!("not {other:?}"));
                    return self.refuse(diagnostic.did_you_mean(other, ["include", "exclude"]));
                }
            };
            if list.kind == NodeKind::Null {
                continue;
            }
            let NodeKind::Seq(items) = &list.kind else {
                return self.wrong_type(field, list, "a list here");
            };
            for (value, live) in items
                .iter()
                .filter_map(|node| self.items(field, item, node))
                .flatten()
            {
                if live {
                    side.insert(value)
                } else {
                    ended.insert(value)
                };
            }
        }
        // A grant that has ended is taken back, even where the list is additive.
        exclude.extend(ended);
        if let Some(both) = include.intersection(&exclude).next() {
            let name = match both {
                Value::Ref(address) => address.to_string(),
                _ => "an item".to_owned(),
            };
            let diagnostic = Diagnostic::error(
                Code::BAD_SHAPE,
                format!("{name} is both included and excluded"),
            )
            .at(node.span, format!("in {}", field.yaml_key));
            return self.refuse(diagnostic);
        }
        Some(What::Some { include, exclude })
    }

    /// What one item of a set stands for; false where it is a grant that has ended.
    pub(super) fn items(
        &mut self,
        field: &Field,
        shape: &'static Shape,
        node: &Node,
    ) -> Option<Vec<(Value, bool)>> {
        match shape {
            Shape::Grant { permission, on } => self.granted(field, permission, on, node),
            _ => self.item(field, shape, node).map(|item| vec![item]),
        }
    }

    /// One item of a set; false if it is a grant that has ended.
    fn item(&mut self, field: &Field, shape: &'static Shape, node: &Node) -> Option<(Value, bool)> {
        let (&[family], NodeKind::Map(entries)) = (shape.families(), &node.kind) else {
            return self.value(field, shape, node).map(|value| (value, true));
        };
        let mut value = None;
        let mut ends = None;
        for (key, node) in entries {
            match key.text.as_str() {
                "until" => {
                    let text = node
                        .scalar()
                        .map(|scalar| scalar.text.as_str())
                        .unwrap_or_default();
                    match date(text) {
                        Some(until) => ends = Some((until, node.span)),
                        None => {
                            let diagnostic = Diagnostic::error(
                                Code::BAD_TIME,
                                "`until` must be a date such as 2026-12-31",
                            )
                            .at(node.span, "not a date");
                            return self.refuse(diagnostic);
                        }
                    }
                }
                word if word == family => value = self.value(field, shape, node),
                other => {
                    let diagnostic = Diagnostic::error(
                        Code::BAD_SHAPE,
                        format!(
                            "an item of {} must be a name, or `{{{family}: NAME, until: DATE}}`",
                            field.yaml_key
                        ),
                    )
                    .at(key.span, format!("not {other:?}"));
                    return self.refuse(diagnostic);
                }
            }
        }
        if value.is_none() && !entries.iter().any(|(key, _)| key.text == family) {
            let diagnostic = Diagnostic::error(
                Code::BAD_SHAPE,
                format!("an item of {} needs `{family}`", field.yaml_key),
            )
            .at(node.span, format!("no `{family}` here"));
            return self.refuse(diagnostic);
        }
        let value = value?;
        let live = ends.is_none_or(|(until, _)| self.today <= until);
        self.ending
            .extend(ends.map(|(until, span)| (value.clone(), until, span)));
        Some((value, live))
    }
}
