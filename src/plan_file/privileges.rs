//! What becomes of privileges by a plan, as it was found when the plan was made: into a file, and back.

use std::collections::BTreeMap;

use super::fingerprints::Moved;
use super::value::{self, Read};
use crate::plan::{Ends, Privilege};
use crate::value::Address;
use crate::wire;
use crate::wire::plan_file::{Ends as WireEnds, Privilege as WirePrivilege};

pub(super) fn write(privilege: &Privilege) -> WirePrivilege {
    let addresses = |all: &[Address]| all.iter().map(wire::Address::from).collect();
    WirePrivilege {
        severity: privilege.severity.into(),
        what: privilege.topic.into(),
        at: (&privilege.address).into(),
        change: privilege.change.into(),
        subjects: addresses(&privilege.subjects),
        unnamed: privilege.unnamed,
        by: addresses(&privilege.by),
        object: privilege.object.as_ref().map(wire::Address::from),
        items: privilege.items.clone(),
        ends: privilege.ends.map(|ends| match ends {
            Ends::Never => WireEnds::Never,
            Ends::ByServer => WireEnds::ByServer,
            Ends::At(at) => WireEnds::At(at.to_string()),
        }),
        detail: privilege.detail.clone(),
    }
}

/// Refuses addresses of no known family, and times that are none.
pub(super) fn read(privilege: WirePrivilege) -> Read<Privilege> {
    let addresses = |all: &[wire::Address]| all.iter().map(value::address).collect::<Read<_>>();
    let ends = match privilege.ends {
        None => None,
        Some(WireEnds::Never) => Some(Ends::Never),
        Some(WireEnds::ByServer) => Some(Ends::ByServer),
        Some(WireEnds::At(at)) => match at.parse() {
            Ok(at) => Some(Ends::At(at)),
            Err(_) => return Err("the end of a token is not a time".to_owned()),
        },
    };
    Ok(Privilege {
        severity: privilege.severity.into(),
        topic: privilege.what.into(),
        address: value::address(&privilege.at)?,
        change: privilege.change.into(),
        subjects: addresses(&privilege.subjects)?,
        unnamed: privilege.unnamed,
        by: addresses(&privilege.by)?,
        object: privilege.object.as_ref().map(value::address).transpose()?,
        items: privilege.items,
        ends,
        detail: privilege.detail,
    })
}

/// The objects whose privileges a new plan changes otherwise than the saved one, although the steps are the same: somebody
/// else joined a group, say.
pub(super) fn moved(was: Vec<WirePrivilege>, is: Vec<WirePrivilege>) -> Vec<Moved> {
    let mut moved = BTreeMap::new();
    let gone = was.iter().filter(|it| !is.contains(it));
    let new = is.iter().filter(|it| !was.contains(it));
    for privilege in gone.chain(new) {
        if let Ok(address) = value::address(&privilege.at) {
            moved.insert(address, vec!["who gains or loses privileges".to_owned()]);
        }
    }
    moved.into_iter().collect()
}
