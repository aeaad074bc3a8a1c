//! Permissions on objects: `{application: wiki, permissions: [view_application]}`.

use super::Reader;
use crate::diag::{Code, Diagnostic, nearest};
use crate::schema::{self, Field};
use crate::value::Value;
use crate::yaml::{Node, NodeKind};

impl Reader<'_> {
    /// One object and permissions on it: a value for each permission.
    pub(super) fn granted(
        &mut self,
        field: &Field,
        permission: &'static str,
        on: &'static [&'static str],
        node: &Node,
    ) -> Option<Vec<(Value, bool)>> {
        let NodeKind::Map(entries) = &node.kind else {
            return self.wrong_type(
                field,
                node,
                "mappings such as {application: wiki, permissions: [view_application]}",
            );
        };
        let mut object = None;
        let mut permissions = None;
        for (key, node) in entries {
            if key.text == "permissions" {
                permissions = Some(self.permissions(field, permission, node)?);
                continue;
            }
            let Some(family) = on.iter().find(|family| **family == key.text) else {
                let known = on.iter().copied().chain(["permissions"]);
                let diagnostic = Diagnostic::error(
                    Code::BAD_SHAPE,
                    format!("{} cannot be granted on {:?}", field.yaml_key, key.text),
                )
                .at(key.span, "unknown");
                let diagnostic = match nearest(&key.text, known) {
                    Some(near) => diagnostic.help(format!("did you mean {near:?}?")),
                    None => diagnostic.note(format!("expected one of: {}", on.join(", "))),
                };
                return self.refuse(diagnostic);
            };
            if object.is_some() {
                let diagnostic = Diagnostic::error(
                    Code::BAD_SHAPE,
                    format!("an item of {} must be about one object", field.yaml_key),
                )
                .at(key.span, "a different one here");
                return self.refuse(diagnostic);
            }
            object = Some(self.name_of(field, family, node)?);
        }
        let (Some(object), Some(permissions)) = (object, permissions) else {
            let diagnostic = Diagnostic::error(
                Code::BAD_SHAPE,
                format!(
                    "an item of {} must name an object and `permissions`",
                    field.yaml_key
                ),
            )
            .at(node.span, "one of the two is missing")
            .help("write {application: wiki, permissions: [view_application]}");
            return self.refuse(diagnostic);
        };
        // What the server calls the object's kind is known once the permission has been looked up.
        let one = |permission: Value| (schema::grant(object.clone(), permission, ""), true);
        Some(permissions.into_iter().map(one).collect())
    }

    fn permissions(
        &mut self,
        field: &Field,
        family: &'static str,
        node: &Node,
    ) -> Option<Vec<Value>> {
        match &node.kind {
            NodeKind::Seq(items) => items
                .iter()
                .map(|node| self.name_of(field, family, node))
                .collect(),
            _ => self.name_of(field, family, node).map(|one| vec![one]),
        }
    }

    fn name_of(&mut self, field: &Field, family: &'static str, node: &Node) -> Option<Value> {
        match node.scalar() {
            Some(scalar) => self.reference(field, family, node, scalar.text.as_str()),
            None => self.wrong_type(field, node, "names"),
        }
    }
}
