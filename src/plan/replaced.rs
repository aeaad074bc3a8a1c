//! What takes the place of what: uploads whose name carries a hash never change, so other content is another object.
//!
//! Pairs the deletion of the old one with what is wanted in its place, so that both are told as one change.

use std::collections::{BTreeMap, BTreeSet};

use super::step::{Action, Delta, Reason, Step};
use crate::schema::Kind;
use crate::value::{Address, Value, unstamped};

/// The declared object that takes the place of one that leaves.
pub(super) fn successor(address: &Address, kind: &Kind, declared: &BTreeSet<Address>) -> Option<Address> {
    let plain = kind.plain_name(address)?;
    let mut family = declared.iter().filter(|other| other.family == address.family && *other != address);
    family.find(|other| kind.plain_name(other).as_ref() == Some(&plain)).cloned()
}

/// Says in the creations what their content takes the place of.
pub(super) fn tell(steps: &mut [Step]) {
    let mut old: BTreeMap<Address, String> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.action == Action::Delete) {
        if let (Some(Reason::Replaced(new)), Some((_, stamp))) = (&step.reason, step.address.name().and_then(unstamped))
        {
            old.insert(new.clone(), stamp.to_owned());
        }
    }
    for step in steps.iter_mut().filter(|step| step.action == Action::Create) {
        let Some(stamp) = old.get(&step.address) else { continue };
        for change in step.changes.iter_mut().filter(|change| Some(change.field) == step.kind.stamped) {
            if let Delta::New(value) = &change.delta {
                change.delta = Delta::Value(Value::Digest(stamp.as_str().into()), value.clone());
            }
        }
    }
}
