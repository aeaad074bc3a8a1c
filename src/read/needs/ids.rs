//! Ids that must be explained: what they name has to be read by its id. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{Needs, own_addresses};
use crate::desired::{Object, What};
use crate::kinds;
use crate::live::{Fate, Found, Live, Referrer};
use crate::schema::{Field, Keying, Shape};
use crate::value::{Address, Value};

/// Ids, by the family of what they name.
pub(in crate::read) type Ids = BTreeMap<&'static str, BTreeSet<String>>;

fn add<'i>(ids: &mut Ids, family: &'static str, more: impl IntoIterator<Item = &'i str>) {
    let known = ids.entry(family).or_default();
    known.extend(more.into_iter().map(str::to_owned));
}

impl Needs<'_> {
    /// Ids in managed fields that nothing explains, by family.
    pub fn unknown_ids(&self, live: &Live) -> Ids {
        let mut unknown = Ids::new();
        for object in &self.desired.objects {
            for found in self.found(object, live) {
                self.of_declared(object, found, &mut unknown);
            }
        }
        self.of_left_lists(live, &mut unknown);
        self.of_going(live, &mut unknown);
        unknown.retain(|_, ids| !ids.is_empty());
        unknown
    }

    /// The live objects under any name of a declared object, also one that somebody gave it on the server.
    fn found<'l>(&self, object: &Object, live: &'l Live) -> Vec<&'l Found> {
        let mut found = Vec::new();
        for address in own_addresses(object) {
            found.extend(live.get(address));
        }
        for address in own_addresses(object) {
            let renamed = self.renamed(address, live);
            found.extend(renamed.and_then(|address| live.get(address)));
        }
        found
    }

    /// The ids in a live object that is declared, as far as the files manage it.
    fn of_declared(&self, object: &Object, found: &Found, unknown: &mut Ids) {
        for (name, want) in &object.fields {
            let (Some(field), Some(value)) = (object.kind.field(name), found.fields.get(name))
            else {
                continue;
            };
            if let (What::Is(_), Value::Set(items)) = (&want.what, value)
                && let Shape::Set(Shape::Grant { .. }) = field.shape
            {
                for (kind, id) in items.iter().filter_map(Live::unknown_object) {
                    add(unknown, kind.family, [id.as_str()]);
                }
            }
            let Some(family) = family_of(field, found) else {
                continue;
            };
            // Partial lists leave unchanged what they do not name, but for what the ledger says about their items.
            if let What::Some { .. } = &want.what {
                let record = self.record_of(object, found);
                if let Some(items) = record.and_then(|record| record.items.get(*name)) {
                    let ids = Live::unknown_ids(field, value).into_iter();
                    add(unknown, family, ids.filter(|id| items.contains_key(*id)));
                }
                continue;
            }
            let is_compared = match (&want.what, value) {
                (What::Is(_), Value::Set(_)) => !field.server_adds,
                _ => true,
            };
            if is_compared {
                add(unknown, family, Live::unknown_ids(field, value));
            }
        }
    }

    /// Items that akrec added to partial lists that are no longer in the files are removed, and named in the plan.
    fn of_left_lists(&self, live: &Live, unknown: &mut Ids) {
        for (address, record) in &self.ledger.records {
            if !record.has_added() {
                continue;
            }
            let Some(found) = live.get(address) else {
                continue;
            };
            let declared = self.declared.get(address);
            for (name, items) in record.partial_lists() {
                if declared.is_some_and(|object| object.fields.contains_key(name)) {
                    continue;
                }
                let (Some(field), Some(value)) = (record.kind.field(name), found.fields.get(name))
                else {
                    continue;
                };
                if let &[family] = field.shape.families() {
                    let ids = Live::unknown_ids(field, value).into_iter();
                    add(unknown, family, ids.filter(|id| items.contains_key(*id)));
                }
            }
        }
    }

    /// An object that is deleted is reported, and a rollback restores it, with all its fields.
    fn of_going(&self, live: &Live, unknown: &mut Ids) {
        for found in self.going(live) {
            for (name, value) in found.fields.iter() {
                if let Some(field) = found.kind.field(name)
                    && let &[family] = field.shape.families()
                {
                    add(unknown, family, Live::unknown_ids(field, value));
                }
            }
        }
    }
}

/// The family of what a field of an object names: the one that another field says, or the only one that it can be.
fn family_of(field: &Field, found: &Found) -> Option<&'static str> {
    let model = field
        .family_field
        .and_then(|other| found.fields.get(other)?.as_text());
    if let Some(kind) = model.and_then(kinds::by_model) {
        return Some(kind.family);
    }
    match field.shape.families() {
        &[family] => Some(family),
        _ => None,
    }
}

/// Ids of what the server would delete along with something, of kinds that have no name of their own, by family.
pub(in crate::read) fn strangers(referrers: &BTreeMap<Address, Vec<Referrer>>, live: &Live) -> Ids {
    let mut ids: Ids = BTreeMap::new();
    for referrer in referrers
        .values()
        .flatten()
        .filter(|referrer| referrer.fate == Fate::Deleted)
    {
        if let Some(kind) =
            kinds::by_model(&referrer.model).filter(|kind| matches!(kind.keying, Keying::Fields(_)))
            && live.named(&[kind.family], &referrer.pk).is_none()
        {
            ids.entry(kind.family)
                .or_default()
                .insert(referrer.pk.clone());
        }
    }
    ids
}

/// Ids in the keys of objects of these kinds that nothing explains, by family.
pub(in crate::read) fn joined(live: &Live, kinds: &[&str]) -> Ids {
    let mut ids: Ids = BTreeMap::new();
    for found in live
        .objects
        .values()
        .filter(|found| kinds.contains(&found.kind.name))
    {
        for field in found
            .kind
            .key_fields()
            .filter_map(|name| found.kind.field(name))
        {
            if let (Some(Value::Unknown(id)), &[family]) =
                (found.fields.get(field.name), field.shape.families())
            {
                ids.entry(family).or_default().insert(id.to_string());
            }
        }
    }
    ids
}
