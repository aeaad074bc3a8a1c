//! What has been asked for of each kind. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::ByKind;
use crate::desired::Desired;
use crate::kinds;
use crate::ledger::{Ledger, Origin};
use crate::read::Need;
use crate::schema::{Kind, Release};
use crate::value::{Address, Part};

/// What has been asked for so far, by the place of the kind in the table, after which come those of the files.
pub(super) struct Asked<'a> {
    pub desired: &'a Desired,
    /// By the kind's place in the table, and its name for those that it does not have.
    pub needs: BTreeMap<(usize, &'static str), (&'static Kind, Need)>,
}

impl Asked<'_> {
    pub fn need(&mut self, kind: &'static Kind) -> &mut Need {
        let own = kinds::KINDS.iter().position(|other| *other == kind);
        let outside = || {
            kinds::OUTSIDE
                .iter()
                .position(|other| other == kind)
                .map(|place| place + kinds::KINDS.len())
        };
        let place = own.or_else(outside).unwrap_or(usize::MAX);
        let fresh = || {
            (
                kind,
                Need {
                    only_referred: true,
                    ..Need::default()
                },
            )
        };
        &mut self.needs.entry((place, kind.name)).or_insert_with(fresh).1
    }

    pub fn want(&mut self, kind: &'static Kind, name: &str, declared: bool) {
        let need = self.need(kind);
        need.names.insert(name.to_owned());
        need.only_referred &= !declared;
    }

    /// What akrec made and joins to what leaves goes along with it, whatever else becomes of its owner: that owner is asked
    /// for, with the lists that lead to it. What access is guarded by is read whole in that case, and so not asked for here.
    pub fn leftovers(
        &mut self,
        ledger: &Ledger,
        leaving: &BTreeMap<&Address, &'static Kind>,
        release: Release,
    ) -> BTreeSet<(Address, &'static str)> {
        let mut lists = BTreeSet::new();
        let declared: BTreeSet<(&Address, &str)> = self
            .desired
            .owned
            .iter()
            .map(|owned| (&owned.owner, owned.kind.name))
            .collect();
        let created = ledger
            .records
            .iter()
            .filter(|(_, record)| record.origin == Origin::Created);
        for (address, record) in created {
            let Some(Part::At(owner)) = address.parts().first() else {
                continue;
            };
            let joined =
                |part: &Part| matches!(part, Part::At(other) if leaving.contains_key(other));
            let joins = address.parts().iter().skip(1).any(joined);
            let list_left = record.partial && !declared.contains(&(owner, record.kind.name));
            if !joins && !list_left {
                continue;
            }
            let mut at = address;
            while let Some(Part::At(owner)) = at.parts().first() {
                if at != address || !joins {
                    lists.extend(
                        kinds::family(at.family)
                            .next()
                            .map(|kind| (owner.clone(), kind.name)),
                    );
                }
                at = owner;
            }
            let guarded = joins && kinds::family(at.family).any(|kind| kind.guarded_by_bindings);
            if !guarded && !leaving.contains_key(at) {
                self.refer(at, release);
            }
        }
        lists
    }

    /// A reference to something that is not declared: by the kinds whose aliases may be meant, or by the family's own
    /// collection. Aliases have no exact read, so those lists are read whole.
    pub fn refer(&mut self, address: &Address, release: Release) {
        let Some(name) = address.name() else { return };
        let plain = kinds::outside(address.family).map_or(&[][..], |outside| outside.aliases);
        let has_more =
            |kind: &&'static Kind| kind.aliases.iter().any(|alias| !plain.contains(alias));
        let mut with_aliases: Vec<&'static Kind> = kinds::family(address.family)
            .filter(|kind| kind.is_in(release))
            .filter(has_more)
            .collect();
        if with_aliases.is_empty() {
            with_aliases.extend(collection(self.desired, address.family));
        }
        for kind in with_aliases {
            self.want(kind, name, false);
            let by_alias = kind.aliases.iter().any(|alias| !kind.finds(alias));
            self.need(kind).all |= by_alias || kind.distinguished_by.is_some();
        }
    }

    pub fn named(self, release: Release) -> ByKind<Need> {
        self.needs
            .into_values()
            .filter(|(kind, _)| kind.is_in(release))
            .collect()
    }
}

/// Where objects of a family are found by name, whatever their kind.
pub(super) fn collection(desired: &Desired, family: &str) -> Option<&'static Kind> {
    kinds::outside(family)
        .or_else(|| kinds::family(family).next())
        .or_else(|| desired.raw(family))
}
