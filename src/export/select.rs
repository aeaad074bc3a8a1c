//! Which objects are exported, and why others are not.

use std::collections::BTreeMap;

use super::values::LONGEST_KEY;
use super::{Options, Reason};
use crate::kinds::{self, KINDS};
use crate::ledger;
use crate::live::{Found, Live};
use crate::value::Address;

/// What is exported and what is not.
pub(super) struct Selected<'a> {
    /// The objects, by address.
    pub objects: Vec<&'a Found>,
    /// Others that were asked for, by reason.
    pub left_out: BTreeMap<Reason, Vec<Address>>,
}

pub(super) fn select<'a>(live: &'a Live, options: &Options) -> Selected<'a> {
    let mut selected = Selected {
        objects: Vec::new(),
        left_out: BTreeMap::new(),
    };
    for found in live.objects.values() {
        if found.kind.is_single() {
            // It is always there: what people changed of it is theirs.
            let asked = options.kinds.is_empty() || options.kinds.contains(&found.kind);
            if asked && options.targets.is_empty() && !options.declared.contains(&found.address) {
                selected.objects.push(found);
            }
            continue;
        }
        let Some(name) = found.address.name() else {
            continue;
        };
        let section = section(found);
        let named = options
            .targets
            .iter()
            .any(|target| target.is_exact() && target.fits(&found.address, section));
        let asked = (options.kinds.is_empty()
            || options
                .kinds
                .iter()
                .any(|kind| kind.family == found.address.family))
            && (options.targets.is_empty()
                || options
                    .targets
                    .iter()
                    .any(|t| t.fits(&found.address, section)));
        if !asked
            || ledger::is_record(found.kind, name)
            || options.declared.contains(&found.address)
        {
            continue;
        }
        let builtin = kinds::is_builtin(&found.address, &found.fields);
        let reason = if kinds::is_beside(&found.address, &found.fields) {
            Some(Reason::Beside)
        } else if builtin && !options.all && !named {
            Some(Reason::Builtin)
        } else if found.kind.section.is_empty() {
            // Names that only references need, such as permissions, are no objects of their own.
            (kinds::family(found.address.family).next().is_some() && !builtin)
                .then_some(Reason::UnknownKind)
        } else if !options.kinds.is_empty() && !options.kinds.contains(&found.kind) {
            None
        } else if live.ambiguous.contains_key(&found.address) {
            Some(Reason::Ambiguous)
        } else {
            match unwritable(found, name) {
                Some(why) => Some(Reason::Unwritable(why)),
                None => {
                    selected.objects.push(found);
                    None
                }
            }
        };
        if let Some(reason) = reason {
            selected
                .left_out
                .entry(reason)
                .or_default()
                .push(found.address.clone());
        }
    }
    selected
}

/// The section in which objects like this one are declared.
fn section(found: &Found) -> &'static str {
    let same = || kinds::family(found.address.family).next();
    if found.kind.section.is_empty() {
        same().map_or("", |kind| kind.section)
    } else {
        found.kind.section
    }
}

/// Why no state file can have an object of this name.
fn unwritable(found: &Found, name: &str) -> Option<String> {
    if name.is_empty() {
        Some("it has no name".to_owned())
    } else if name.len() > LONGEST_KEY {
        Some("its name is too long for a key".to_owned())
    } else if found.kind.slug_key
        && !name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    {
        Some("its name is not a slug: letters, digits, `-` and `_` only".to_owned())
    } else {
        None
    }
}

impl Selected<'_> {
    /// How many objects of each kind, in the table's order.
    pub fn counts(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        self.objects
            .iter()
            .for_each(|found| *counts.entry(found.kind.name).or_default() += 1);
        KINDS
            .iter()
            .filter_map(|kind| Some((kind.title(), *counts.get(kind.name)?)))
            .collect()
    }

    /// Whether an object is exported.
    pub fn has(&self, address: &Address) -> bool {
        self.objects
            .binary_search_by(|found| found.address.cmp(address))
            .is_ok()
    }
}
