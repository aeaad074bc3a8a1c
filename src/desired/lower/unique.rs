//! Values that only one object may have, reported at the second object that has them: values of fields, and older
//! names.
//!
//! Only conflicts that the files alone show. The planner checks the other objects on the server.

use std::collections::BTreeMap;

use super::Lowering;
use crate::desired::object::{Object, What};
use crate::diag::{Code, Diagnostic, Span};
use crate::schema::Class;
use crate::value::Value;

impl Lowering<'_> {
    /// Refuses a second object with values that the server lets only one object of the kind have.
    pub(super) fn taken_values(&mut self) {
        let mut found = Vec::new();
        let mut first: BTreeMap<(&str, usize, Vec<&Value>), (&Object, Span)> = BTreeMap::new();
        for object in &self.desired.objects {
            for (place, names) in object.kind.unique_together.iter().enumerate() {
                let plain = |name: &&str| {
                    object
                        .kind
                        .field(name)
                        .is_some_and(|field| field.class == Class::Plain)
                };
                let values: Option<Vec<&Value>> = names
                    .iter()
                    .map(|name| declared(object, name).filter(|_| plain(name)))
                    .collect();
                let Some(values) = values else { continue };
                let Some(span) = names
                    .first()
                    .and_then(|name| object.fields.get(name))
                    .map(|want| want.span)
                else {
                    continue;
                };
                let words: Vec<&str> = names
                    .iter()
                    .filter_map(|name| object.kind.field(name))
                    .map(|field| field.yaml_key)
                    .collect();
                // Objects come sorted by their names; what stands later in the files is the second.
                let (before, after) = match first.get(&(object.kind.name, place, values.clone())) {
                    None => {
                        first.insert((object.kind.name, place, values), (object, span));
                        continue;
                    }
                    Some((other, there))
                        if (there.file, there.start) <= (span.file, span.start) =>
                    {
                        ((*other, *there), (object, span))
                    }
                    Some((other, there)) => ((object, span), (*other, *there)),
                };
                let what = match values.as_slice() {
                    [Value::Ref(address)] => format!("{address} as its {}", words.concat()),
                    _ => format!("the same {}", words.join(" and ")),
                };
                found.push(
                    Diagnostic::error(
                        Code::TAKEN_VALUE,
                        format!("{} cannot have {what}", after.0.address),
                    )
                    .at(after.1, "set again here")
                    .and(before.1, format!("{} has it", before.0.address)),
                );
            }
        }
        self.diagnostics.append(&mut found);
        self.marks();
    }

    /// Refuses a second object with a mark that only one may have.
    fn marks(&mut self) {
        let mut found = Vec::new();
        let mut first: BTreeMap<(&str, &str), (&Object, Span)> = BTreeMap::new();
        for object in &self.desired.objects {
            for field in object
                .kind
                .fields
                .iter()
                .filter(|field| field.at_most_one_true)
            {
                let Some(want) = object.fields.get(field.name) else {
                    continue;
                };
                if want.what != What::Is(Value::Bool(true)) || object.ignore.contains(field.name) {
                    continue;
                }
                match first.get(&(object.kind.name, field.name)) {
                    None => drop(first.insert((object.kind.name, field.name), (object, want.span))),
                    Some((other, span)) => found.push(
                        Diagnostic::error(
                            Code::TAKEN_VALUE,
                            format!(
                                "{} and {} cannot both have {}: true",
                                other.address, object.address, field.yaml_key
                            ),
                        )
                        .at(want.span, "set again here")
                        .and(*span, "set here")
                        .help("only one object may have it"),
                    ),
                }
            }
        }
        self.diagnostics.append(&mut found);
    }

    /// Refuses an older name that is declared as an object of its own.
    pub(super) fn older_names(&mut self) {
        let mut found = Vec::new();
        for object in &self.desired.objects {
            for (old, span) in object
                .previously
                .iter()
                .filter(|(old, _)| *old != object.address)
            {
                if self.seen.contains_key(old) {
                    found.push(
                        Diagnostic::error(
                            Code::RENAME_CONFLICT,
                            format!("{old} is declared, and is an older name of another object"),
                        )
                        .at(*span, "declared as an older name here")
                        .and(object.span, format!("of {}", object.address))
                        .help("remove `previously` here if that rename is done"),
                    );
                }
            }
        }
        self.diagnostics.append(&mut found);
    }
}

/// The value that the files declare, if it is one that counts: the server lets any number of objects have none.
fn declared<'o>(object: &'o Object, name: &str) -> Option<&'o Value> {
    // A value that is only set on creation may be different by now.
    if object.ignore.contains(name) {
        return None;
    }
    match &object.fields.get(name)?.what {
        What::Is(value) => Some(value).filter(|value| !value.is_empty()),
        _ => None,
    }
}
