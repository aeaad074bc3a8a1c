//! What belongs together and is changed apart: a certificate of which the key stays as it is on the server.
//!
//! The server stores the two without comparing them, so that whatever signs with them is broken from then on.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::matching::Matched;
use super::safety::SafetyChecks;
use super::step::{Step, Write};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::value::Address;

/// Refuses a change of a field that leaves what belongs to it behind.
pub(super) fn pairs(
    objects: &[Object],
    matched: &Matched,
    steps: &[Step],
    checks: &SafetyChecks,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let declared: OnceCell<HashMap<&Address, &Object>> = OnceCell::new();
    for step in steps {
        let (Write::Update { body, .. }, Some((_, found))) =
            (&step.write, matched.live.get(&step.address))
        else {
            continue;
        };
        let belongs = step
            .kind
            .fields
            .iter()
            .filter_map(|field| Some((field, step.kind.field(field.sent_with?)?)));
        for (field, other) in belongs {
            if !body.contains_key(other.name)
                || body.contains_key(field.name)
                || !found.kept.contains(field.name)
            {
                continue;
            }
            let message = format!(
                "{} gets a new {} but keeps its {}",
                step.address, other.yaml_key, field.yaml_key
            );
            let diagnostic = Diagnostic::error(Code::LEFT_BEHIND, message).note(format!(
                "the server stores the two without checking whether they match, and never returns {}",
                field.yaml_key
            ));
            let declared = declared.get_or_init(|| {
                objects
                    .iter()
                    .map(|object| (&object.address, object))
                    .collect()
            });
            let object = declared.get(&step.address);
            let place = object
                .and_then(|object| object.fields.get(other.name))
                .map(|want| want.span)
                .or(step.source);
            let diagnostic = match place {
                Some(span) => diagnostic.at(span, format!("without {} beside it", field.yaml_key)),
                None => diagnostic,
            };
            checks.refuse(
                diagnostic.help(format!("declare {} as well", field.yaml_key)),
                diagnostics,
            );
        }
    }
}
