//! What goes: what stands under `absent`, and what exact lists of children do not name.
//!
//! Nothing else is ever removed here. An object that nobody names is not ours.

use std::collections::{BTreeMap, BTreeSet};

use super::matching::{Matched, ambiguous};
use super::step::{Action, Reason, Step, Write};
use super::{Keeps, Kept};
use crate::desired::{Desired, Owned};
use crate::diag::{Diagnostic, Span};
use crate::live::{Found, Live};
use crate::schema::Shape;
use crate::value::{Address, Part};

/// What goes, and what would but ends by itself.
pub(super) struct Removed {
    /// Steps that delete.
    pub steps: Vec<Step>,
    /// What stays.
    pub kept: Vec<Kept>,
}

/// Steps that delete. Refuses names that fit several objects.
pub(super) fn removal(desired: &Desired, live: &Live, matched: &Matched, diagnostics: &mut Vec<Diagnostic>) -> Removed {
    let mut steps = Vec::new();
    let mut kept = Vec::new();
    let mut gone = BTreeSet::new();
    for absent in &desired.absent {
        // A rename takes the old name away, so that nothing is left to remove; what belongs to an object goes by the
        // name that its owner will have.
        let same = |before: &Address| *before == absent.address || absent.address.name().is_none();
        if let Some((_, found)) = matched.live.get(&absent.address).filter(|(before, _)| same(before))
            && !ambiguous(&absent.address, absent.span, live, diagnostics)
            && gone.insert(absent.address.clone())
        {
            steps.push(step(found, Some(absent.span), Reason::Absent));
        }
        // A name without a hash stands for whatever content has been uploaded under it.
        let named = |found: &Found| {
            let plain = found.kind.plain_name(&found.address);
            plain.is_some()
                && plain.as_deref() == absent.address.name()
                && found.address.family == absent.address.family
        };
        for (address, (_, found)) in matched.live.iter().filter(|(_, (_, found))| named(found)) {
            if !matched.declared.contains(address) && gone.insert(address.clone()) {
                steps.push(step(found, Some(absent.span), Reason::Absent));
            }
        }
    }
    let mut lists: BTreeMap<(&Address, &str), &Owned> = BTreeMap::new();
    for owned in &desired.owned {
        lists.insert((&owned.owner, owned.kind.name), owned);
    }
    for (address, (_, found)) in &matched.live {
        let [Part::At(owner), subjects @ ..] = address.parts() else { continue };
        let Some(owned) = lists.get(&(owner, found.kind.name)) else { continue };
        if matched.declared.contains(address) || gone.contains(address) {
            continue;
        }
        let excluded = owned.exclude.iter().find(|(subject, _)| subjects.contains(&Part::At(subject.clone())));
        match excluded {
            Some((_, span)) => steps.push(step(found, Some(*span), Reason::Excluded)),
            // What was granted for a while goes by itself, and was never a matter of the files.
            None if owned.exact && found.ends => {
                kept.push(Kept { address: address.clone(), kind: found.kind, why: Keeps::Fleeting });
            }
            None if owned.exact => steps.push(step(found, Some(owned.span), Reason::NotInList)),
            None => {}
        }
    }
    Removed { steps, kept }
}

/// Takes free data out of what a deletion expects: what nobody declares any more may hold a secret of somebody who did.
pub(super) fn without_data(step: &mut Step) {
    if step.action == Action::Delete {
        let kind = step.kind;
        let is_data = |name: &str| kind.field(name).is_some_and(|field| matches!(field.shape, Shape::Json { .. }));
        step.expect.retain(|name, _| !is_data(name));
    }
}

/// What refers to something that goes before it will have lost that reference by then: it is no sign that somebody else
/// changed it. Only what refers to each other in a circle is deleted in such an order.
pub(super) fn settle(ordered: &mut [Step]) {
    let mut gone: BTreeSet<Address> = BTreeSet::new();
    for step in ordered.iter_mut().filter(|step| step.action == Action::Delete) {
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
                let mirrors = found.kind.field(name).is_some_and(|field| field.mirrors.is_some());
                !mirrors && found.kind.members_of(name).is_none()
            })
            .map(|(name, value)| (*name, value.clone()))
            .collect(),
        ..Step::new(Action::Delete, found.address.clone(), found.kind)
    }
}
