//! Names of objects: what references are read from.

use super::Reader;
use super::spelling::a;
use crate::desired::object::RefUse;
use crate::diag::{Code, Diagnostic};
use crate::schema::{self, Field};
use crate::value::{Address, Value};
use crate::yaml::Node;

impl Reader<'_> {
    /// The object of one family that a node names, where the field may be about several.
    pub fn named(&mut self, field: &Field, family: &'static str, node: &Node) -> Option<Value> {
        match node.scalar() {
            Some(scalar) if schema::trim(&scalar.text).is_empty() => self.cleared(field, node),
            Some(scalar) => self.reference(field, family, node, scalar.text.as_str()),
            None => self.wrong_type(field, node, &format!("the name of {}", a(family))),
        }
    }

    /// The object of a family that a text names.
    pub(super) fn reference(
        &mut self,
        field: &Field,
        family: &'static str,
        node: &Node,
        text: &str,
    ) -> Option<Value> {
        if let Some(reported) = node.no_name() {
            return self.refuse(reported);
        }
        let name = schema::trim(text);
        if name.is_empty() {
            let diagnostic = Diagnostic::error(
                Code::BAD_KEY,
                format!("an item of {} must be a name", field.yaml_key),
            )
            .at(node.span, "empty");
            return self.refuse(diagnostic);
        }
        let address = Address::named(family, name);
        self.refs.push(RefUse {
            field: field.name,
            address: address.clone(),
            span: node.span,
        });
        Some(Value::Ref(address))
    }
}
