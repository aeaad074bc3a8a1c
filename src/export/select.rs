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
        match judge(found, live, options) {
            Verdict::Exported => selected.objects.push(found),
            Verdict::LeftOut(reason) => {
                let addresses = selected.left_out.entry(reason).or_default();
                addresses.push(found.address.clone());
            }
            Verdict::NotAsked => {}
        }
    }
    selected
}

/// What becomes of an object.
enum Verdict {
    Exported,
    /// It was asked for, and is not exported.
    LeftOut(Reason),
    NotAsked,
}

fn judge(found: &Found, live: &Live, options: &Options) -> Verdict {
    let is_of_kinds = options.kinds.is_empty() || options.kinds.contains(&found.kind);
    if options.declared.contains(&found.address) {
        return Verdict::NotAsked;
    }
    if found.kind.is_singleton() {
        // It is always there: what people changed of it is theirs.
        return match is_of_kinds && options.targets.is_empty() {
            true => Verdict::Exported,
            false => Verdict::NotAsked,
        };
    }
    let Some(name) = found.address.name() else {
        return Verdict::NotAsked;
    };
    if !is_asked(found, options) || ledger::is_record(found.kind, name) {
        return Verdict::NotAsked;
    }
    if kinds::is_beside(&found.address, &found.fields) {
        return Verdict::LeftOut(Reason::Beside);
    }
    let is_builtin = kinds::is_builtin(&found.address, &found.fields);
    if is_builtin && !options.all && !is_named(found, options) {
        return Verdict::LeftOut(Reason::Builtin);
    }
    if found.kind.section.is_empty() {
        // Names that only references need, such as permissions, are no objects of their own.
        let is_of_family = kinds::family(found.address.family).next().is_some();
        return match is_of_family && !is_builtin {
            true => Verdict::LeftOut(Reason::UnknownKind),
            false => Verdict::NotAsked,
        };
    }
    if !is_of_kinds {
        return Verdict::NotAsked;
    }
    if live.ambiguous.contains_key(&found.address) {
        return Verdict::LeftOut(Reason::Ambiguous);
    }
    match unwritable(found, name) {
        Some(why) => Verdict::LeftOut(Reason::Unwritable(why)),
        None => Verdict::Exported,
    }
}

/// Whether the kinds and patterns that are asked for, if any are, fit an object.
fn is_asked(found: &Found, options: &Options) -> bool {
    let family = found.address.family;
    let mut kinds = options.kinds.iter();
    if !options.kinds.is_empty() && !kinds.any(|kind| kind.family == family) {
        return false;
    }
    let section = section(found);
    let mut targets = options.targets.iter();
    options.targets.is_empty() || targets.any(|target| target.fits(&found.address, section))
}

/// Whether an object is asked for by its own name.
fn is_named(found: &Found, options: &Options) -> bool {
    let section = section(found);
    let mut targets = options.targets.iter();
    targets.any(|target| target.is_exact() && target.fits(&found.address, section))
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
    let is_of_slug = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let why = if name.is_empty() {
        "it has no name"
    } else if name.len() > LONGEST_KEY {
        "its name is too long for a key"
    } else if found.kind.slug_key && !name.chars().all(is_of_slug) {
        "its name is not a slug: letters, digits, `-` and `_` only"
    } else {
        return None;
    };
    Some(why.to_owned())
}

impl Selected<'_> {
    /// How many objects of each kind, in the table's order.
    pub fn counts(&self) -> Vec<(String, usize)> {
        let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
        for found in &self.objects {
            *by_kind.entry(found.kind.name).or_default() += 1;
        }
        let mut counts = Vec::new();
        for kind in KINDS.iter() {
            if let Some(count) = by_kind.get(kind.name) {
                counts.push((kind.title(), *count));
            }
        }
        counts
    }

    /// Whether an object is exported.
    pub fn has(&self, address: &Address) -> bool {
        self.objects
            .binary_search_by(|found| found.address.cmp(address))
            .is_ok()
    }
}
