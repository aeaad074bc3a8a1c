//! The words that say how an object is handled, not what it is: `previously` and `lifecycle`.
//!
//! They end up in the object beside its fields; nothing here reads a value of the server.

use super::Lowering;
use crate::desired::object::Object;
use crate::diag::{Code, Diagnostic};
use crate::schema::{self, Kind};
use crate::value::{Address, Part};
use crate::yaml::{Key, Node, NodeKind};

impl Lowering<'_> {
    pub(super) fn previously(&mut self, kind: &'static Kind, object: &mut Object, node: &Node) {
        let one = std::slice::from_ref(node);
        let items = if matches!(node.kind, NodeKind::Seq(_)) {
            node.items()
        } else {
            one
        };
        for item in items {
            if let Some(diagnostic) = item.no_name() {
                self.diagnostics.push(diagnostic);
                continue;
            }
            match item.scalar().map(|scalar| schema::trim(&scalar.text)) {
                Some(name) if !name.is_empty() => {
                    // The address of what belongs to another object is that one's until its own key is known.
                    let old = match kind.name_under_owner() {
                        Some(_) => {
                            let parts = [Part::At(object.address.clone()), Part::Name(name.into())];
                            Address::joined(kind.family, parts)
                        }
                        None => Address::named(kind.family, name),
                    };
                    object.previously.push((old, item.span));
                }
                _ => self.error(
                    Code::BAD_SHAPE,
                    "`previously` must be an older name or a list of older names",
                    item.span,
                    format!("this is {}", item.describe()),
                ),
            }
        }
    }

    pub(super) fn lifecycle(&mut self, kind: &'static Kind, object: &mut Object, node: &Node) {
        if !matches!(node.kind, NodeKind::Map(_)) {
            return self.error(
                Code::BAD_SHAPE,
                "`lifecycle` must be a mapping",
                node.span,
                "not a mapping",
            );
        }
        for (key, node) in node.entries() {
            let flag = match node.scalar().map(|scalar| scalar.text.as_str()) {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            };
            match (key.text.as_str(), flag) {
                ("protect", Some(flag)) => object.protect = flag,
                ("open", Some(flag)) => object.open = flag,
                ("owner" | "reason", _) if node.scalar().is_some() => {
                    let said = node
                        .scalar()
                        .is_some_and(|scalar| !schema::trim(&scalar.text).is_empty());
                    object.reasoned |= key.text == "reason" && said;
                }
                ("ignore", _) if matches!(node.kind, NodeKind::Seq(_)) => {
                    for item in node.items() {
                        self.ignored(kind, object, item);
                    }
                }
                ("protect" | "open", None) => {
                    let message = format!("{} must be true or false", key.text);
                    self.error(Code::WRONG_TYPE, message, node.span, "neither");
                }
                ("owner" | "reason" | "ignore", _) => {
                    let label = format!("this is {}", node.describe());
                    let takes = match key.text.as_str() {
                        "ignore" => "a list of fields",
                        _ => "a string",
                    };
                    let message = format!("{} must be {takes}", key.text);
                    self.error(Code::WRONG_TYPE, message, node.span, label);
                }
                (word, _) => {
                    let known = ["protect", "ignore", "owner", "open", "reason"];
                    self.diagnostics.push(
                        Diagnostic::error(
                            Code::UNKNOWN_FIELD,
                            format!("unknown key {word:?} in lifecycle"),
                        )
                        .at(key.span, "unknown")
                        .note(format!("expected one of: {}", known.join(", ")))
                        .did_you_mean(word, known),
                    );
                }
            }
        }
    }

    /// One item of `ignore`: the name of a field of the kind.
    fn ignored(&mut self, kind: &'static Kind, object: &mut Object, item: &Node) {
        let Some(name) = item.scalar().and_then(|scalar| scalar.shown()) else {
            let label = format!("this is {}", item.describe());
            return self.error(
                Code::WRONG_TYPE,
                "ignore must be a list of field names",
                item.span,
                label,
            );
        };
        if let Some(field) = kind.fields.iter().find(|field| field.yaml_key == name) {
            object.ignore.insert(field.name);
            object
                .ignore
                .extend(kind.counterpart(field).map(|other| other.name));
            return;
        }
        let mut children = kind.children.iter();
        if name == "previously"
            || name == "lifecycle"
            || children.any(|children| children.yaml_key == name)
        {
            let message = format!(
                "ignore must be a list of the object's fields, and {name} is not one of them"
            );
            let diagnostic =
                Diagnostic::error(Code::BAD_SHAPE, message).at(item.span, "not a field");
            self.diagnostics.push(diagnostic.help(format!(
                "remove {name}: fields that are not declared are left unchanged"
            )));
            return;
        }
        let key = Key {
            text: name.to_owned(),
            span: item.span,
        };
        self.unknown_field(kind, &key);
    }
}
