//! References to declared objects of a kind that the field does not take, as far as the files alone show it.

use std::collections::HashMap;

use super::Lowering;
use crate::desired::fits::{Named, refusal};
use crate::schema::Kind;
use crate::value::{Address, Value};

impl Lowering<'_> {
    /// Refuses references whose declared object has a kind that is not taken.
    pub(super) fn misfits(&mut self) {
        let kinds: HashMap<&Address, &'static Kind> = self
            .desired
            .objects
            .iter()
            .map(|object| (&object.address, object.kind))
            .collect();
        let mut found = Vec::new();
        for object in &self.desired.objects {
            for used in &object.refs {
                let (Some(kind), Some(field)) =
                    (kinds.get(&used.address), object.kind.field(used.field))
                else {
                    continue;
                };
                let by = field
                    .allowed_kinds
                    .deciding_field()
                    .and_then(|name| object.value(name))
                    .and_then(Value::as_text);
                found.extend(refusal(object, used, by, Named::Declared(kind)));
            }
        }
        self.diagnostics.append(&mut found);
    }
}
