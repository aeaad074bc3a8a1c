//! A node and a field give a value: types as people expect them, every refusal at its place.
//!
//! Nothing here knows a kind by name or reads a file; a value that a tag brought in is never put into a message.

mod files;
mod formats;
mod grants;
mod json;
mod names;
mod records;
mod scalars;
mod sets;
mod spelling;

use std::collections::BTreeSet;

use super::object::{RefUse, Settings, What};
use crate::diag::{Code, Diagnostic, Span};
use crate::schema::{Class, Field, Release, Shape};
use crate::value::{OrderedJson, Secret, Value};
use crate::yaml::{Node, NodeKind, Style};
pub(super) use formats::{too_long, unfit};
use spelling::expected;
pub(super) use spelling::{a, gate};

/// What reading values needs to know and what it finds.
pub(super) struct Reader<'a> {
    /// The release of the server, if it is known.
    pub release: Option<Release>,
    /// Unknown words of enumerations are warnings.
    pub allow_unknown: bool,
    /// Today, for grants that end.
    pub today: jiff::civil::Date,
    /// Every problem found.
    pub diagnostics: &'a mut Vec<Diagnostic>,
    /// Every place at which a secret stands in a file.
    pub secrets: &'a mut Vec<Span>,
    /// Items of the current field that end: what, its last day, and where that is said.
    pub ending: Vec<(Value, jiff::civil::Date, Span)>,
    /// Every reference found in the current field.
    pub refs: Vec<RefUse>,
    /// Whether `!env` brought in a part of the current field, so that it must not be shown. References are names, and
    /// names are shown.
    pub sensitive: bool,
}

impl<'a> Reader<'a> {
    /// A reader for one field, with the places for what it finds.
    pub fn new(
        settings: &Settings,
        diagnostics: &'a mut Vec<Diagnostic>,
        secrets: &'a mut Vec<Span>,
    ) -> Reader<'a> {
        Reader {
            release: settings.release,
            allow_unknown: settings.allow_unknown,
            today: settings.today,
            diagnostics,
            secrets,
            ending: Vec::new(),
            refs: Vec::new(),
            sensitive: false,
        }
    }
}

impl Reader<'_> {
    fn refuse<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.diagnostics.push(diagnostic);
        None
    }

    /// A tag that has no meaning at its place. One that could not be filled in has already been reported.
    fn idle_tag<T>(&mut self, field: &Field, node: &Node, tag: &str) -> Option<T> {
        if is_reported(tag) {
            return None;
        }
        let message = format!("!{tag} is not allowed for {}", field.yaml_key);
        self.refuse(Diagnostic::error(Code::BAD_TAG, message).at(node.span, "here"))
    }

    fn wrong_type<T>(&mut self, field: &Field, node: &Node, expected: &str) -> Option<T> {
        let diagnostic = Diagnostic::error(
            Code::WRONG_TYPE,
            format!("{} must be {expected}", field.yaml_key),
        )
        .at(node.span, format!("this is {}", node.describe()));
        self.refuse(diagnostic)
    }

    /// Reports a value that is not a list where one belongs; one item alone is the usual case.
    fn no_list<T>(&mut self, field: &Field, node: &Node) -> Option<T> {
        if let NodeKind::Tagged(tag, _) = &node.kind {
            return self.idle_tag(field, node, tag);
        }
        let mut diagnostic = Diagnostic::error(
            Code::WRONG_TYPE,
            format!("{} must be a list", field.yaml_key),
        )
        .at(node.span, format!("this is {}", node.describe()));
        if let Some(scalar) = node.scalar() {
            diagnostic = diagnostic.help(
                match scalar.style == Style::Plain && scalar.text.starts_with('-') {
                    true => "write a space after the `-` of an item",
                    false => "put it in brackets: a list of one item is a list too",
                },
            );
        }
        self.refuse(diagnostic)
    }

    /// The desired value of a field, or `None` after reporting what is wrong.
    pub fn what(&mut self, field: &'static Field, node: &Node) -> Option<What> {
        let what = self.read(field, node)?;
        self.fits(field, node, &what).then_some(what)
    }

    fn read(&mut self, field: &'static Field, node: &Node) -> Option<What> {
        if field.class != Class::Plain {
            self.secrets.push(node.span);
        }
        self.sensitive = field.shape.families().is_empty() && node.holds_env();
        match (&field.shape, &node.kind) {
            (_, NodeKind::Null) => self.cleared(field, node).map(What::Is),
            (Shape::Bytes(_), _) => self.content(field, node).map(What::Is),
            (Shape::String, NodeKind::Tagged(tag, inner))
                if tag == "ref" && field.or_reference_to.is_some() =>
            {
                self.shown(field, field.or_reference_to?, node, inner)
                    .map(What::Is)
            }
            (Shape::Json { .. }, _) if field.class != Class::Plain => {
                self.hidden_data(field, node).map(What::Is)
            }
            (Shape::Set(item), NodeKind::Map(_)) => self.additive(field, item, node),
            (Shape::Json { per_key: true }, kind) if !is_mapping(kind) => {
                let inner = match kind {
                    NodeKind::Tagged(tag, inner) if tag == "exact" => inner,
                    _ => node,
                };
                self.wrong_type(field, inner, "a mapping")
            }
            (Shape::Json { .. }, NodeKind::Tagged(tag, inner)) if tag == "exact" => self
                .json(inner, field)
                .map(|json| What::Is(Value::Json(OrderedJson(json)))),
            (Shape::Json { per_key: true }, NodeKind::Map(entries)) if !entries.is_empty() => {
                match self.json(node, field)? {
                    serde_json::Value::Object(keys) => Some(What::Keys(keys.into_iter().collect())),
                    _ => None,
                }
            }
            _ => self.value(field, &field.shape, node).map(What::Is),
        }
    }

    /// Data that is never shown: a mapping, or JSON as text (out of a variable or a file).
    fn hidden_data(&mut self, field: &Field, node: &Node) -> Option<Value> {
        let data = match node.scalar() {
            Some(scalar) => serde_json::from_str(scalar.text.as_str()).ok(),
            None => Some(self.json(node, field)?),
        };
        match data.filter(serde_json::Value::is_object) {
            Some(data) => {
                if let Err(why) = field.format.check_data(&data) {
                    return self.unfit(field, node, field.format, why.to_owned());
                }
                Some(Value::Secret(Secret::data(&data)))
            }
            None => self.wrong_type(field, node, "a mapping, or JSON with a mapping"),
        }
    }

    /// What `null` means for a field.
    fn cleared(&mut self, field: &Field, node: &Node) -> Option<Value> {
        match field.shape {
            _ if field.nullable => Some(Value::Null),
            Shape::String if !field.not_blank => Some(match field.class {
                Class::Plain => Value::text(""),
                _ => Value::Secret(Secret::new("")),
            }),
            Shape::Set(_) => Some(Value::Set(BTreeSet::new())),
            Shape::List(_) => Some(Value::List(Vec::new())),
            Shape::Json { .. } if field.class != Class::Plain => Some(Value::Secret(Secret::data(
                &serde_json::Value::Object(Default::default()),
            ))),
            Shape::Json { .. } => Some(Value::Json(OrderedJson(serde_json::Value::Object(
                Default::default(),
            )))),
            _ => {
                let diagnostic = Diagnostic::error(
                    Code::NOT_CLEARABLE,
                    format!("{} cannot be cleared", field.yaml_key),
                )
                .at(
                    node.span,
                    if node.kind == NodeKind::Null {
                        "null here"
                    } else {
                        "empty here"
                    },
                )
                .help(format!(
                    "remove {} to leave it unchanged on the server",
                    field.yaml_key
                ));
                self.refuse(diagnostic)
            }
        }
    }

    fn value(&mut self, field: &Field, shape: &'static Shape, node: &Node) -> Option<Value> {
        match shape {
            Shape::Set(item) => match &node.kind {
                NodeKind::Seq(items) => {
                    let items: Vec<_> = items
                        .iter()
                        .map(|node| self.items(field, item, node))
                        .collect();
                    let items = items.into_iter().collect::<Option<Vec<_>>>()?;
                    Some(Value::Set(
                        items
                            .into_iter()
                            .flatten()
                            .filter(|(_, live)| *live)
                            .map(|(value, _)| value)
                            .collect(),
                    ))
                }
                _ => self.no_list(field, node),
            },
            Shape::List(item) => match &node.kind {
                NodeKind::Seq(items) => {
                    let items: Vec<_> = items
                        .iter()
                        .map(|node| self.value(field, item, node))
                        .collect();
                    items
                        .into_iter()
                        .collect::<Option<Vec<_>>>()
                        .map(Value::List)
                }
                _ => self.no_list(field, node),
            },
            Shape::Record(fields) => self.record(field, fields, node),
            Shape::Json { .. } => self
                .json(node, field)
                .map(|json| Value::Json(OrderedJson(json))),
            _ => match &node.kind {
                NodeKind::Scalar(scalar) => self.scalar(field, shape, node, scalar),
                NodeKind::Tagged(tag, _) => self.idle_tag(field, node, tag),
                _ => {
                    let expected = expected(shape);
                    self.wrong_type(field, node, &expected)
                }
            },
        }
    }
}

/// Whether a tag that is still there could not be filled in, which has already been reported.
pub(super) fn is_reported(tag: &str) -> bool {
    matches!(tag, "env" | "file" | "var")
}

/// Whether a node is a mapping, with or without `!exact`. Tags that could not be filled in have already been reported.
fn is_mapping(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Map(_) => true,
        NodeKind::Tagged(tag, inner) => is_reported(tag) || matches!(inner.kind, NodeKind::Map(_)),
        _ => false,
    }
}
