//! One membership declared on both of its sides, which is one too many: they could come to differ.

use std::collections::HashMap;

use super::Lowering;
use crate::desired::object::{Object, What};
use crate::diag::{Code, Diagnostic};
use crate::value::Address;

impl Lowering<'_> {
    /// One membership declared on both of its sides.
    pub(super) fn memberships(&mut self) {
        let mut found = Vec::new();
        let by_address: HashMap<&Address, &Object> = self.desired.objects.iter().map(|o| (&o.address, o)).collect();
        for object in &self.desired.objects {
            for (name, want) in &object.fields {
                let Some(other_side) = object.kind.field(name).and_then(|field| field.mirrors) else { continue };
                for (address, _) in want.mentioned() {
                    let Some(other) = by_address.get(&address) else { continue };
                    let Some(theirs) = other.fields.get(other_side) else { continue };
                    let exact = matches!(theirs.what, What::Is(_));
                    if exact || theirs.mentioned().contains_key(&object.address) {
                        found.push((object.address.clone(), address.clone(), want.span, theirs.span));
                    }
                }
            }
        }
        for (user, group, here, there) in found {
            self.diagnostics.push(
                Diagnostic::error(Code::BOTH_SIDES, format!("the membership of {user} in {group} is declared twice"))
                    .at(here, "on this side")
                    .and(there, "and on this side")
                    .help("keep one of the two"),
            );
        }
    }
}
