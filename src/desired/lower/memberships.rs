//! One membership and its two sides: `users.*.groups` and `groups.*.members` are the same thing on the server.
//!
//! A membership that both sides speak of is an error, because the two could come to differ. A group whose members are
//! declared is no matter of its users' own lists: where such a list is complete and lacks the group, that is reported.

use std::collections::{BTreeMap, HashMap};

use super::Lowering;
use crate::desired::object::{Object, What};
use crate::diag::{Code, Diagnostic, Span};
use crate::value::{Address, Value};

impl Lowering<'_> {
    /// Refuses memberships that both sides declare, and warns of complete lists that are not complete.
    pub(super) fn memberships(&mut self) {
        self.declared_twice();
        let incomplete = self.incomplete_lists();
        self.diagnostics.extend(incomplete);
    }

    fn declared_twice(&mut self) {
        let mut found = Vec::new();
        let by_address: HashMap<&Address, &Object> = self
            .desired
            .objects
            .iter()
            .map(|o| (&o.address, o))
            .collect();
        for object in &self.desired.objects {
            for (name, want) in &object.fields {
                let Some(other_side) = object.kind.field(name).and_then(|field| field.inverse_of)
                else {
                    continue;
                };
                for (address, _) in want.mentioned() {
                    let Some(other) = by_address.get(&address) else {
                        continue;
                    };
                    let Some(theirs) = other.fields.get(other_side) else {
                        continue;
                    };
                    let exact = matches!(theirs.what, What::Is(_));
                    if exact || theirs.mentioned().contains_key(&object.address) {
                        found.push((
                            object.address.clone(),
                            address.clone(),
                            want.span,
                            theirs.span,
                        ));
                    }
                }
            }
        }
        for (user, group, here, there) in found {
            self.diagnostics.push(
                Diagnostic::error(
                    Code::BOTH_SIDES,
                    format!("the membership of {user} in {group} is declared twice"),
                )
                .at(here, "on this side")
                .and(there, "and on this side")
                .help("keep one of the two"),
            );
        }
    }

    /// A warning for each membership that a complete list of one side lacks although the other side declares it.
    fn incomplete_lists(&self) -> Vec<Diagnostic> {
        let places: HashMap<&Address, usize> = self
            .desired
            .objects
            .iter()
            .enumerate()
            .map(|(place, object)| (&object.address, place))
            .collect();
        // By the kind that has the mirroring field: the field itself and the one that it mirrors.
        let mut sides: BTreeMap<(&str, &str), &'static str> = BTreeMap::new();
        for object in &self.desired.objects {
            for field in object.kind.fields {
                if let (Some(mirrored), [family]) = (field.inverse_of, field.shape.families()) {
                    sides.insert((family, mirrored), field.name);
                }
            }
        }
        let mut found = Vec::new();
        for object in &self.desired.objects {
            for (name, want) in &object.fields {
                let Some(field) = sides.get(&(object.address.family, *name)) else {
                    continue;
                };
                let members = match &want.what {
                    What::Is(Value::Set(items)) => items,
                    What::Some { include, .. } => include,
                    What::Is(_) | What::Keys(_) => continue,
                };
                for member in members {
                    let Value::Ref(member) = member else { continue };
                    let Some(user) = places.get(member) else {
                        continue;
                    };
                    let user = &self.desired.objects[*user];
                    let Some(list) = user.fields.get(field) else {
                        continue;
                    };
                    let is_lacking = match &list.what {
                        What::Is(Value::Set(items)) => {
                            !items.contains(&Value::Ref(object.address.clone()))
                        }
                        _ => false,
                    };
                    if is_lacking {
                        found.push(incomplete(member, &object.address, list.span, want.span));
                    }
                }
            }
        }
        found
    }
}

fn incomplete(member: &Address, of: &Address, here: Span, there: Span) -> Diagnostic {
    let name = of.name().unwrap_or_default();
    Diagnostic::warning(
        Code::INCOMPLETE_LIST,
        format!("the list of {member} does not name {of}"),
    )
    .at(here, "this list looks complete")
    .and(there, "and this list declares one more membership")
    .note("the membership stays, because the other list declares it")
    .help(format!(
        "declare the membership in one place, for example as {name:?} in the first list"
    ))
}
