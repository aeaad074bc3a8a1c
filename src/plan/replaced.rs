//! Replacements: uploads whose name carries a hash never change, so other content is another object.
//!
//! Pairs the deletion of the old object with the creation in its place, so that both are reported as one change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::step::{Action, Delta, Reason, Step};
use crate::schema::Kind;
use crate::value::{Address, Value, unstamped};

/// Declared objects that may take the place of what leaves: by family and the name without a hash.
pub(super) struct Successors<'a>(HashMap<(&'static str, String), Vec<&'a Address>>);

impl<'a> Successors<'a> {
    pub fn new(declared: &'a BTreeSet<Address>) -> Successors<'a> {
        let mut all: HashMap<(&str, String), Vec<&Address>> = HashMap::new();
        for address in declared {
            if let Some((plain, _)) = address.name().and_then(unstamped) {
                all.entry((address.family, plain))
                    .or_default()
                    .push(address);
            }
        }
        Successors(all)
    }

    /// The declared object that takes the place of one that leaves.
    pub fn of(&self, address: &Address, kind: &Kind) -> Option<Address> {
        let plain = kind.plain_name(address)?;
        let family = self.0.get(&(address.family, plain))?;
        family
            .iter()
            .find(|other| **other != address)
            .map(|other| (*other).clone())
    }
}

/// Says in the creations what their content takes the place of.
pub(super) fn emit(steps: &mut [Step]) {
    let mut old: BTreeMap<Address, String> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.action == Action::Delete) {
        if let (Some(Reason::Replaced(new)), Some((_, stamp))) =
            (&step.reason, step.address.name().and_then(unstamped))
        {
            old.insert(new.clone(), stamp.to_owned());
        }
    }
    for step in steps
        .iter_mut()
        .filter(|step| step.action == Action::Create)
    {
        let Some(stamp) = old.get(&step.address) else {
            continue;
        };
        for change in step
            .changes
            .iter_mut()
            .filter(|change| Some(change.field) == step.kind.name_has_hash_of)
        {
            if let Delta::New(value) = &change.delta {
                change.delta = Delta::Value(Value::Digest(stamp.as_str().into()), value.clone());
            }
        }
    }
}
