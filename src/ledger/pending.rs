//! What runs are about to create, as ledgers and leases have it. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::known::known_address;
use super::record::Pending;
use crate::kinds;
use crate::schema::{self, Kind};
use crate::value::Address;
use crate::wire::ledger::{Collection, PendingKind};
use crate::wire::{self, json};

/// What runs are about to create: address, run and kind of each.
pub(crate) fn write_pending(pending: &BTreeMap<Address, Pending>) -> Vec<Json> {
    let write_one = |(address, pending): (&Address, &Pending)| {
        let kind = match pending.kind {
            Some(kind) if kind.raw => PendingKind::Collection(collection(kind)),
            Some(kind) => PendingKind::Named(kind.name.to_owned()),
            None => PendingKind::Other(Json::Null),
        };
        json(&wire::ledger::Pending::Kind(
            address.into(),
            pending.run.clone(),
            kind,
        ))
    };
    pending.iter().map(write_one).collect()
}

/// The same, read back; what is of another form is left out. An older akrec wrote no kinds.
pub(super) fn read_pending(pending: &[Json]) -> BTreeMap<Address, Pending> {
    let read_one = |written: &Json| {
        let (at, run, kind) = match wire::ledger::Pending::deserialize(written).ok()? {
            wire::ledger::Pending::Older(at, run) => (at, run, None),
            wire::ledger::Pending::Kind(at, run, kind) => (at, run, Some(kind)),
        };
        let address = known_address(&at)?;
        let kind = match kind {
            Some(PendingKind::Named(name)) => kinds::kind(&name),
            Some(PendingKind::Collection(collection)) => raw_kind(&collection),
            Some(PendingKind::Other(_)) | None => None,
        };
        // A kind of another family says nothing about this object.
        let kind = kind.filter(|kind| kind.family == address.family);
        Some((address, Pending { run, kind }))
    };
    pending.iter().filter_map(read_one).collect()
}

/// A collection that the table does not know.
pub(super) fn collection(kind: &Kind) -> Collection {
    Collection {
        path: kind.path.to_owned(),
        key: kind.key_fields().next().unwrap_or_default().to_owned(),
        id: kind.id.to_owned(),
    }
}

/// The kind of a collection that the table does not know, as a record describes it.
pub(super) fn raw_kind(collection: &Collection) -> Option<&'static Kind> {
    let Collection { path, key, id } = collection.clone();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-');
    let sound =
        path.starts_with('/') && path.ends_with('/') && path.len() > 2 && path.chars().all(plain);
    sound.then(|| {
        schema::raw_kind(&schema::Collection {
            path,
            key,
            id,
            fields: BTreeMap::new(),
        })
    })
}
