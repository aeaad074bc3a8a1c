//! Deletions: objects under `absent`, and children that complete lists do not name.
//!
//! Nothing else is ever removed here. An object that nobody names is not managed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::matching::{Matched, ambiguous};
use super::step::{Action, Reason, Step, Write};
use super::{Keeps, Kept};
use crate::desired::{Desired, Owned};
use crate::diag::{Diagnostic, Span};
use crate::live::{Found, Live};
use crate::schema::Shape;
use crate::value::{Address, Part};

/// Objects that are deleted, and those that would be but end by themselves.
pub(super) struct Removed {
    /// Steps that delete.
    pub steps: Vec<Step>,
    /// What stays.
    pub kept: Vec<Kept>,
}

/// Steps that delete. Refuses names that fit several objects.
pub(super) fn removal(
    desired: &Desired,
    live: &Live,
    matched: &Matched,
    diagnostics: &mut Vec<Diagnostic>,
) -> Removed {
    let mut steps = Vec::new();
    let mut kept = Vec::new();
    let mut gone = BTreeSet::new();
    let plain = plain_names(desired, matched);
    for absent in &desired.absent {
        // A rename takes the old name away, so that nothing is left to remove; what belongs to an object goes by the
        // name that its owner will have.
        let same = |before: &Address| *before == absent.address || absent.address.name().is_none();
        if let Some((_, found)) = matched
            .live
            .get(&absent.address)
            .filter(|(before, _)| same(before))
            && !ambiguous(&absent.address, absent.span, live, diagnostics)
            && gone.insert(absent.address.clone())
        {
            steps.push(step(found, Some(absent.span), Reason::Absent));
        }
        // A name without a hash stands for whatever content has been uploaded under it.
        for found in plain.get(&absent.address).into_iter().flatten() {
            if !matched.declared.contains(&found.address) && gone.insert(found.address.clone()) {
                steps.push(step(found, Some(absent.span), Reason::Absent));
            }
        }
    }
    let lists = lists(desired);
    for (address, (_, found)) in &matched.live {
        let [Part::At(owner), subjects @ ..] = address.parts() else {
            continue;
        };
        let Some(list) = lists.get(&(owner, found.kind.name)) else {
            continue;
        };
        if matched.declared.contains(address) || gone.contains(address) {
            continue;
        }
        let owned = list.owned;
        match list.excluded(subjects) {
            Some(span) => steps.push(step(found, Some(span), Reason::Excluded)),
            // Access that was granted for a while ends by itself, and never belonged to the files.
            None if owned.exact && found.ends => {
                let (kind, why) = (found.kind, Keeps::Fleeting);
                kept.push(Kept {
                    address: address.clone(),
                    kind,
                    why,
                    items: None,
                });
            }
            None if owned.exact => steps.push(step(found, Some(owned.span), Reason::NotInList)),
            None => {}
        }
    }
    Removed { steps, kept }
}

/// Live objects under names without a hash, where something must be absent.
fn plain_names<'m>(desired: &Desired, matched: &'m Matched) -> BTreeMap<Address, Vec<&'m Found>> {
    let mut plain: BTreeMap<Address, Vec<&Found>> = BTreeMap::new();
    if desired.absent.is_empty() {
        return plain;
    }
    for (_, found) in matched.live.values() {
        if let Some(name) = found.kind.plain_name(&found.address) {
            plain
                .entry(Address::named(found.address.family, &name))
                .or_default()
                .push(found);
        }
    }
    plain
}

/// A list of children, with the places of what it excludes.
struct List<'d> {
    owned: &'d Owned,
    exclude: HashMap<&'d Address, usize>,
}

impl List<'_> {
    /// Where a list excludes one of the objects that a child joins.
    fn excluded(&self, subjects: &[Part]) -> Option<Span> {
        let places = subjects.iter().filter_map(|part| match part {
            Part::At(subject) => self.exclude.get(subject).copied(),
            _ => None,
        });
        places.min().map(|place| self.owned.exclude[place].1)
    }
}

/// The lists of children, by owner and kind.
fn lists(desired: &Desired) -> BTreeMap<(&Address, &str), List<'_>> {
    let mut lists = BTreeMap::new();
    for owned in &desired.owned {
        let mut exclude = HashMap::new();
        for (place, (subject, _)) in owned.exclude.iter().enumerate() {
            exclude.entry(subject).or_insert(place);
        }
        lists.insert((&owned.owner, owned.kind.name), List { owned, exclude });
    }
    lists
}

/// Removes free data from the expected state of a deletion: undeclared data may hold a secret of whoever declared it.
pub(super) fn without_data(step: &mut Step) {
    if step.action == Action::Delete {
        let kind = step.kind;
        let is_data = |name: &str| {
            kind.field(name)
                .is_some_and(|field| matches!(field.shape, Shape::Json { .. }))
        };
        step.expect.retain(|name, _| !is_data(name));
    }
}

/// A referrer of something that is deleted before it will have lost that reference by then: this does not show that
/// somebody else changed it. Only objects that refer to each other in a cycle are deleted in such an order.
pub(super) fn settle(ordered: &mut [Step]) {
    let mut gone: BTreeSet<Address> = BTreeSet::new();
    for step in ordered
        .iter_mut()
        .filter(|step| step.action == Action::Delete)
    {
        let (kind, before) = (step.kind, &gone);
        step.expect.retain(|name, value| {
            let mut refers = false;
            value.refs(&mut |address| refers |= before.contains(address));
            !refers || kind.key_fields().any(|key| key == *name)
        });
        gone.insert(step.address.clone());
    }
}

/// A step that deletes what was found.
pub(super) fn step(found: &Found, source: Option<Span>, reason: Reason) -> Step {
    Step {
        source,
        reason: Some(reason),
        id: Some(found.id.clone()),
        write: Write::Delete,
        expect: found
            .fields
            .iter()
            .filter(|(name, _)| {
                let mirrors = found
                    .kind
                    .field(name)
                    .is_some_and(|field| field.inverse_of.is_some());
                !mirrors && found.kind.members_of(name).is_none()
            })
            .map(|(name, value)| (*name, value.clone()))
            .collect(),
        ..Step::new(Action::Delete, found.address.clone(), found.kind)
    }
}
