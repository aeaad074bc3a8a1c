//! What akrec owns: the record that it keeps on the server it manages, and the lease that lets one apply write at a time.
//!
//! authentik has no labels, so who made what is kept in a blueprint instance of akrec's own, one a workspace (`store`);
//! a second one is the lease (`lease`). A ledger never holds a secret, not even as a hash; and what is not in it was
//! not made by akrec, so nothing of that is ever deleted because of the files' silence.

mod format;
mod items;
mod lease;
mod store;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::desired::Desired;
use crate::kinds;
use crate::schema::Kind;
use crate::value::Address;

pub(crate) use format::{known_address, known_family};
pub use items::{Adding, ItemOrigin, ItemOrigins, extend_adding};
pub(crate) use items::{read_origins, write_origins};
pub use lease::{Held, Holder, Lease, Refused, clear};
pub use store::{Problem, is_akrecs, is_record, read, write};

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
    written: BTreeMap<Address, Pending>,
    /// Items of lists that earlier runs said they were about to add and no record has: those that are there were added by
    /// akrec.
    pub adding: Adding,
    /// The part of these that stands in the ledger itself; the rest stands in leases only.
    written_adding: Adding,
    /// What belongs to other workspaces of the same server.
    pub others: BTreeMap<Address, Other>,
    /// The lease of our workspace, if an apply holds one.
    pub held: Option<Held>,
    /// Leases of our workspace whose runs ended before the ledger had what they created.
    pub ended: Vec<Held>,
    /// Somebody other than akrec changed the ledger: it may say that things were created which were not.
    pub edited: bool,
    /// Records that this akrec cannot read (of kinds that a newer one knows): written back as they are.
    kept: Vec<Json>,
    /// The id of the blueprint instance that holds it, if there is one.
    home: Option<String>,
}

/// What is known of one object that is ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Its kind.
    pub kind: &'static Kind,
    /// By what others refer to it on the server: it tells this object from a later one of the same name.
    pub id: String,
    /// How it became ours.
    pub origin: Origin,
    /// It is not to be deleted, even once it has left the files.
    pub protect: bool,
    /// It belongs to another object, and stood in a partial list of it.
    pub partial: bool,
    /// What was last applied: field by field, the fingerprint of what was wanted. Never of a secret.
    pub fields: BTreeMap<String, String>,
    /// Who put the items of its lists there, as far as the files named them when it was last applied. A list that an older
    /// akrec wrote down is not among them.
    pub items: ItemOrigins,
    /// The run that last wrote it.
    pub run: String,
}

impl Record {
    /// The partial lists that it has, with their items.
    pub fn partial_lists(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, ItemOrigin>)> {
        let is_partial = |name: &String| {
            self.fields
                .get(name)
                .is_some_and(|print| print.starts_with('+'))
        };
        self.items
            .iter()
            .filter(move |(name, _)| is_partial(name))
            .map(|(name, items)| (name.as_str(), items))
    }

    /// Whether akrec added anything to this partial list.
    pub fn adds_to(&self, field: &str) -> bool {
        let mut lists = self.partial_lists();
        lists.any(|(name, items)| {
            name == field && items.values().any(|origin| *origin == ItemOrigin::Added)
        })
    }

    /// Whether akrec added anything to one of its partial lists.
    pub fn has_added(&self) -> bool {
        self.partial_lists()
            .any(|(_, items)| items.values().any(|origin| *origin == ItemOrigin::Added))
    }
}

/// An object that a run was about to create.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// The run.
    pub run: String,
    /// The kind of the object; `None` if the akrec of that run did not write it down.
    pub kind: Option<&'static Kind>,
}

impl Pending {
    /// The kind of the object at this address, as far as it is known.
    pub fn kind(&self, address: &Address) -> Option<&'static Kind> {
        self.kind.or_else(|| kinds::family(address.family).next())
    }
}

/// How an object became ours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// akrec made it, so akrec may remove it.
    Created,
    /// It was there before: once it leaves the files it is let go, and stays.
    Adopted,
}

/// An object of another workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Other {
    /// Which.
    pub workspace: String,
    /// By what others refer to it on the server.
    pub id: String,
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

    /// What is pending apart from what this lease is about to create.
    pub fn pending_without(&self, lease: &Lease) -> BTreeMap<Address, Pending> {
        let held = self.held.iter().filter(|held| !lease.is(held));
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

    /// The items that earlier runs were about to add, apart from what this lease is about to add.
    pub fn adding_without(&self, lease: &Lease) -> Adding {
        let mut all = self.written_adding.clone();
        for held in self
            .ended
            .iter()
            .chain(self.held.iter().filter(|held| !lease.is(held)))
        {
            extend_adding(&mut all, &held.adding);
        }
        all
    }

    /// The leases of runs that ended before they had written the ledger or given their leases up.
    pub fn early_ends(&self) -> impl Iterator<Item = &Held> {
        self.ended
            .iter()
            .chain(self.held.as_ref().filter(|held| held.is_over()))
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
