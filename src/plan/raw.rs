//! Fields of raw collections: the server's answers are all that is known of them.
//!
//! A field that no answer has would differ for ever: it is misspelt, or never given back.

use super::matching::Matched;
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::schema::Class;

/// Refuses fields of raw objects that the live object does not have.
pub(super) fn fields(objects: &[Object], matched: &Matched, diagnostics: &mut Vec<Diagnostic>) {
    for object in objects.iter().filter(|object| object.kind.raw) {
        let Some((_, found)) = matched.live.get(&object.address) else {
            continue;
        };
        for (name, want) in &object.fields {
            let compared = object
                .kind
                .field(name)
                .is_some_and(|field| field.class != Class::WriteOnly);
            if compared && !found.fields.contains_key(name) {
                diagnostics.push(
                    Diagnostic::error(
                        Code::UNKNOWN_FIELD,
                        format!("{} has no {name} on the server", object.address),
                    )
                    .at(want.span, "not in its answer")
                    .help(format!(
                        "if the server accepts it and never returns it, write `write_only: [{name}]`"
                    )),
                );
            }
        }
    }
}
