//! What nobody manages: objects on the server that neither the files nor a ledger know.
//!
//! What authentik made by itself is apart: nobody misses it in the files.

use std::collections::BTreeSet;

use crate::desired::Desired;
use crate::kinds;
use crate::ledger::{self, Ledger};
use crate::live::{Found, Live};
use crate::schema::{Find, Kind};
use crate::value::{Address, Part, Value};

/// What nobody manages, and how much is managed.
#[derive(Clone, Debug, Default)]
pub struct Unmanaged {
    /// By address.
    pub objects: Vec<(Address, &'static Kind)>,
    /// How many objects of the same kinds the files or a ledger know.
    pub managed: usize,
}

impl Unmanaged {
    /// Which part of all objects is managed, in whole percent, never rounded up to 100; 100 where there are none.
    pub fn coverage(&self) -> usize {
        let all = self.managed + self.objects.len();
        (self.managed * 100).checked_div(all).unwrap_or(100)
    }
}

/// Sorts the objects of some kinds. `live` must hold all of them.
pub fn unmanaged(
    desired: &Desired,
    live: &Live,
    ledger: &Ledger,
    kinds: &[&'static Kind],
) -> Unmanaged {
    let declared: BTreeSet<&Address> = desired
        .objects
        .iter()
        .flat_map(|object| {
            std::iter::once(&object.address).chain(object.previously.iter().map(|(old, _)| old))
        })
        .chain(desired.absent.iter().map(|absent| &absent.address))
        .collect();
    let known = |address: &Address| {
        declared.contains(address)
            || ledger.records.contains_key(address)
            || ledger.others.contains_key(address)
            || ledger.pending.contains_key(address)
    };
    let mut sorted = Unmanaged::default();
    for (address, found) in live
        .objects
        .iter()
        .filter(|(_, found)| kinds.contains(&found.kind))
    {
        if known(address) {
            sorted.managed += 1;
        } else if !is_servers(found, live) && !is_elsewhere(found) {
            sorted.objects.push((address.clone(), found.kind));
        }
    }
    sorted
}

/// Whether it belongs to something that was not read: an object of a kind that is not looked at.
fn is_elsewhere(found: &Found) -> bool {
    match found.kind.find {
        Find::Owner { field, .. } => matches!(found.fields.get(field), Some(Value::Unknown(_))),
        _ => false,
    }
}

/// Whether authentik made an object, or what it belongs to, or akrec keeps its ledger in it.
fn is_servers(found: &Found, live: &Live) -> bool {
    let owner = match found.address.parts().first() {
        Some(Part::At(owner)) => live.get(owner),
        _ => None,
    };
    kinds::is_builtin(&found.address, &found.fields)
        || found.address.name().is_some_and(ledger::is_akrecs)
        || owner.is_some_and(|owner| is_servers(owner, live))
}
