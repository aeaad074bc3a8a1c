//! Which families and addresses of a document this akrec knows. Pure.

use crate::schema::{self, Kind};
use crate::value::{Address, Part};
use crate::{kinds, wire};

/// The address, if its family and those of all objects in its key are known to this akrec.
pub(crate) fn known_address(address: &wire::Address) -> Option<Address> {
    let wire::Address(family, key) = address;
    let family = known_family(family)?;
    match key {
        wire::Key::Name(name) => Some(Address::named(family, name)),
        wire::Key::Parts(parts) => {
            let parts: Option<Vec<Part>> = parts.iter().map(known_part).collect();
            Some(Address::joined(family, parts?))
        }
    }
}

fn known_part(part: &wire::Part) -> Option<Part> {
    match part {
        wire::Part::Name(name) => Some(Part::Name(name.as_str().into())),
        wire::Part::Number(number) => Some(Part::Number(*number)),
        wire::Part::At(address) => known_address(address).map(Part::At),
    }
}

/// The family of this name, as the table spells it.
pub(crate) fn known_family(family: &str) -> Option<&'static str> {
    let all = kinds::KINDS.iter().copied().chain(kinds::OUTSIDE);
    let known = all
        .map(|kind: &'static Kind| kind.family)
        .find(|name| *name == family);
    known.or_else(|| family.contains('/').then(|| schema::raw_family(family)))
}
