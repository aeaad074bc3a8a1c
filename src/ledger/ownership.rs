//! What is known of ownership on one server, as a whole. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::held::Held;
use super::items::{Adding, extend_adding};
use super::record::{Origin, Other, Pending, Record};
use crate::desired::Desired;
use crate::schema::Kind;
use crate::value::Address;

/// What is known of ownership on one server, for one workspace.
#[derive(Clone, PartialEq, Debug)]
pub struct Ledger {
    /// The workspace that is ours.
    pub workspace: String,
    /// Why nothing is known, if the ledger could not be read; then nothing is owned and nothing is deleted.
    pub unreadable: Option<String>,
    /// What is ours.
    pub records: BTreeMap<Address, Record>,
    /// What earlier runs said they were about to create and no record has: what of it exists was made by akrec.
    pub pending: BTreeMap<Address, Pending>,
    /// The part of it that stands in the ledger itself; the rest stands in leases only.
    pub(super) written: BTreeMap<Address, Pending>,
    /// Items of lists that earlier runs said they were about to add and no record has: those that are there were added by
    /// akrec.
    pub adding: Adding,
    /// The part of these that stands in the ledger itself; the rest stands in leases only.
    pub(super) written_adding: Adding,
    /// What belongs to other workspaces of the same server.
    pub others: BTreeMap<Address, Other>,
    /// The lease of our workspace, if an apply holds one.
    pub held: Option<Held>,
    /// Leases of our workspace whose runs ended before the ledger had what they created.
    pub ended: Vec<Held>,
    /// Somebody other than akrec changed the ledger: it may say that things were created which were not.
    pub edited: bool,
    /// Records that this akrec cannot read (of kinds that a newer one knows): written back as they are.
    pub(super) kept: Vec<Json>,
    /// The id of the blueprint instance that holds it, if there is one.
    pub(super) home: Option<String>,
}

impl Ledger {
    /// A ledger with nothing in it, as before the first apply.
    pub fn empty(workspace: &str) -> Ledger {
        Ledger {
            workspace: workspace.to_owned(),
            unreadable: None,
            records: BTreeMap::new(),
            pending: BTreeMap::new(),
            written: BTreeMap::new(),
            adding: Adding::new(),
            written_adding: Adding::new(),
            others: BTreeMap::new(),
            held: None,
            ended: Vec::new(),
            edited: false,
            kept: Vec::new(),
            home: None,
        }
    }

    /// No ledger: nothing is known to be owned, and the plan does not speak of ownership.
    pub fn unknown(workspace: &str, why: &str) -> Ledger {
        Ledger {
            unreadable: Some(why.to_owned()),
            ..Ledger::empty(workspace)
        }
    }

    /// The same without anything of what is ours, and why that is not known.
    pub fn without_records(&self, why: &str) -> Ledger {
        Ledger {
            written: self.written.clone(),
            written_adding: self.written_adding.clone(),
            others: self.others.clone(),
            held: self.held.clone(),
            ended: self.ended.clone(),
            edited: self.edited,
            kept: self.kept.clone(),
            home: self.home.clone(),
            ..Ledger::unknown(&self.workspace, why)
        }
    }

    /// Whether anything is known at all.
    pub fn is_known(&self) -> bool {
        self.unreadable.is_none()
    }

    /// The id of the object on the server that holds it, if there is one.
    pub fn home(&self) -> Option<&str> {
        self.home.as_deref()
    }

    /// Whether a ledger that says this need not be written, because it is what the server has.
    pub fn has_all_of(&self, after: &Ledger) -> bool {
        !self.edited
            && self.records == after.records
            && self.kept == after.kept
            && self.written == after.pending
            && self.written_adding == after.adding
    }

    /// Whether nothing is pending or to be added, and nobody else changed it.
    pub fn is_settled(&self) -> bool {
        !self.edited
            && self.pending.is_empty()
            && self.written.is_empty()
            && self.adding.is_empty()
            && self.written_adding.is_empty()
    }

    /// What is pending apart from what the lease of this id is about to create.
    pub fn pending_without(&self, lease: &str) -> BTreeMap<Address, Pending> {
        let held = self.held.iter().filter(|held| held.id != lease);
        let all = self.written.iter().chain(
            self.ended
                .iter()
                .chain(held)
                .flat_map(|lease| &lease.creating),
        );
        let all = all.filter(|(address, _)| !self.records.contains_key(address));
        all.map(|(address, pending)| (address.clone(), pending.clone()))
            .collect()
    }

    /// The items that earlier runs were about to add, apart from what the lease of this id is about to add.
    pub fn adding_without(&self, lease: &str) -> Adding {
        let mut all = self.written_adding.clone();
        for held in self
            .ended
            .iter()
            .chain(self.held.iter().filter(|held| held.id != lease))
        {
            extend_adding(&mut all, &held.adding);
        }
        all
    }

    /// The leases of runs that ended, by now, before they had written the ledger or given their leases up.
    pub fn early_ends(&self, now: Timestamp) -> impl Iterator<Item = &Held> {
        let over = self.held.as_ref().filter(move |held| held.is_over(now));
        self.ended.iter().chain(over)
    }

    /// How an object is ours; `None` if it is not. `id` is by what others refer to it: an object of the same name that
    /// somebody made after ours was removed is not ours.
    pub fn origin(&self, address: &Address, id: &str) -> Option<Origin> {
        let Some(record) = self.records.get(address) else {
            return self
                .pending
                .contains_key(address)
                .then_some(Origin::Created);
        };
        (record.id == id).then_some(record.origin)
    }

    /// What was there before akrec, has left the files, and has items in partial lists that akrec added: it stays, and these
    /// go. Needs to be read.
    pub fn added_to_what_leaves<'a>(&'a self, desired: &Desired) -> Vec<(&'a Address, &'a Record)> {
        let adopted = self.records.iter().filter(|(address, record)| {
            record.origin == Origin::Adopted
                && !record.protect
                && address.name().is_some()
                && record.has_added()
        });
        let mut adopted: BTreeMap<&Address, &Record> = adopted.collect();
        for object in &desired.objects {
            adopted.remove(&object.address);
            for (old, _) in &object.previously {
                adopted.remove(old);
            }
        }
        for absent in &desired.absent {
            adopted.remove(&absent.address);
        }
        adopted.into_iter().collect()
    }

    /// What akrec made, known by a name of its own, that nothing in the files speaks of any more: what a plan is going to
    /// delete, unless it is protected or somebody else's by now. Needs to be read.
    pub fn leaving<'a>(&'a self, desired: &'a Desired) -> BTreeMap<&'a Address, &'static Kind> {
        let recorded = self
            .records
            .iter()
            .filter(|(_, record)| record.origin == Origin::Created && !record.protect);
        let recorded = recorded.map(|(address, record)| (address, record.kind));
        let pending = self
            .pending
            .iter()
            .filter_map(|(address, pending)| Some((address, pending.kind(address)?)));
        let mut leaving: BTreeMap<&Address, &'static Kind> = recorded
            .chain(pending)
            .filter(|(address, _)| address.name().is_some())
            .collect();
        for object in &desired.objects {
            leaving.remove(&object.address);
            for (old, _) in &object.previously {
                leaving.remove(old);
            }
        }
        for absent in &desired.absent {
            leaving.remove(&absent.address);
        }
        leaving
    }
}
