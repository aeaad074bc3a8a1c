//! The ledger's own JSON: what a blueprint instance's `context` holds. Pure.
//!
//! A record that cannot be understood is kept as it is, never dropped; a ledger of a newer format is refused whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::items::{read_adding, read_origins, write_adding, write_origins};
use super::{Adding, Ledger, Origin, Pending, Record};
use crate::kinds;
use crate::schema::{self, Kind};
use crate::value::{Address, Part, digest};
use crate::wire::ledger::{Collection, Head, PendingKind};
use crate::wire::{self, json};

/// The format that this akrec writes, and the newest one that it reads.
const FORMAT: u64 = 1;

/// Why a ledger cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Bad {
    /// It is of a newer format; the version of the akrec that wrote it, if it says so.
    Newer(String),
    /// It is not a ledger; what is wrong.
    Broken(String),
}

/// What a `context` holds.
pub(super) struct Content {
    pub workspace: String,
    pub records: BTreeMap<Address, Record>,
    pub kept: Vec<Json>,
    pub pending: BTreeMap<Address, Pending>,
    pub adding: Adding,
    pub edited: bool,
}

/// The `context` for a ledger.
pub(super) fn context(ledger: &Ledger) -> Json {
    let records = ledger
        .records
        .iter()
        .map(|(address, record)| json(&write_record(address, record)));
    let objects: Vec<Json> = records.chain(ledger.kept.iter().cloned()).collect();
    let pending = write_pending(&ledger.pending);
    let adding = write_adding(&ledger.adding);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    json(&wire::ledger::Ledger {
        akrec: Head {
            format: FORMAT,
            version,
            workspace: ledger.workspace.clone(),
        },
        sum: sum(&objects, &pending, &adding),
        objects,
        pending,
        adding,
    })
}

/// Reads a `context`.
pub(super) fn read(context: &Json) -> Result<Content, Bad> {
    let broken = |what: &str| Bad::Broken(what.to_owned());
    let head = context
        .get("akrec")
        .and_then(Json::as_object)
        .ok_or_else(|| broken("it has no key `akrec`"))?;
    let version = head
        .get("version")
        .and_then(Json::as_str)
        .unwrap_or("an unknown version");
    match head.get("format").and_then(Json::as_u64) {
        Some(FORMAT) => {}
        Some(format) if format > FORMAT => {
            return Err(Bad::Newer(version.chars().take(40).collect()));
        }
        _ => return Err(broken("its `format` is not a number that akrec knows")),
    }
    let workspace = head
        .get("workspace")
        .and_then(Json::as_str)
        .ok_or_else(|| broken("it names no workspace"))?;
    let objects = context
        .get("objects")
        .and_then(Json::as_array)
        .ok_or_else(|| broken("it has no list `objects`"))?;
    let pending = context
        .get("pending")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let adding = context
        .get("adding")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let edited =
        context.get("sum").and_then(Json::as_str) != Some(sum(objects, pending, adding).as_str());
    let adding = read_adding(adding);
    let mut records = BTreeMap::new();
    let mut kept = Vec::new();
    for (place, raw) in objects.iter().enumerate() {
        match read_record(raw) {
            Ok(Some((address, record))) => {
                if records.insert(address, record).is_some() {
                    return Err(Bad::Broken(format!(
                        "its object number {} appears twice",
                        place + 1
                    )));
                }
            }
            Ok(None) => kept.push(raw.clone()),
            Err(what) => {
                return Err(Bad::Broken(format!(
                    "its object number {} {what}",
                    place + 1
                )));
            }
        }
    }
    Ok(Content {
        workspace: workspace.to_owned(),
        records,
        kept,
        pending: read_pending(pending),
        adding,
        edited,
    })
}

/// So that a ledger that was edited by hand is noticed; the server's database keeps keys in an order of its own.
fn sum(objects: &[Json], pending: &[Json], adding: &[Json]) -> String {
    let all = match (pending.is_empty(), adding.is_empty()) {
        (true, true) => serde_json::to_string(objects),
        (false, true) => serde_json::to_string(&[objects, pending]),
        (_, false) => serde_json::to_string(&[objects, pending, adding]),
    };
    // Text, numbers and lists of them can always be written.
    digest(&all.unwrap_or_default())
}

/// What runs are about to create: address, run and kind of each.
pub(super) fn write_pending(pending: &BTreeMap<Address, Pending>) -> Vec<Json> {
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

fn write_record(address: &Address, record: &Record) -> wire::ledger::Record {
    wire::ledger::Record {
        at: address.into(),
        kind: record.kind.name.to_owned(),
        collection: record.kind.raw.then(|| collection(record.kind)),
        id: record.id.clone(),
        origin: record.origin.into(),
        protect: record.protect,
        partial: record.partial,
        fields: record.fields.clone(),
        items: write_origins(&record.items),
        run: record.run.clone(),
    }
}

/// One record; `None` if it is of a kind that this akrec does not know.
fn read_record(written: &Json) -> Result<Option<(Address, Record)>, String> {
    let name = written
        .get("kind")
        .and_then(Json::as_str)
        .ok_or("has no string `kind`")?;
    let described = || raw_kind(&Collection::deserialize(written.get("collection")?).ok()?);
    let Some(kind) = kinds::kind(name).or_else(described) else {
        return Ok(None);
    };
    let record = wire::ledger::Record::deserialize(written).map_err(|_| fault(written))?;
    let Some(address) = known_address(&record.at) else {
        return Ok(None);
    };
    Ok(Some((
        address,
        Record {
            kind,
            id: record.id,
            origin: record.origin.into(),
            protect: record.protect,
            partial: record.partial,
            fields: record.fields,
            items: read_origins(record.items),
            run: record.run,
        },
    )))
}

/// Which member of a record is of another form than it should be.
fn fault(written: &Json) -> String {
    let Some(at) = written.get("at") else {
        return "has no `at`".to_owned();
    };
    if wire::Address::deserialize(at).is_err() {
        return "has an invalid address `at`".to_owned();
    }
    for name in ["origin", "id", "run"] {
        if !written.get(name).is_some_and(Json::is_string) {
            return format!("has no string `{name}`");
        }
    }
    if written
        .get("origin")
        .is_some_and(|origin| wire::Origin::deserialize(origin).is_err())
    {
        return "has an `origin` other than created and adopted".to_owned();
    }
    match written.get("fields").and_then(Json::as_object) {
        None => "has no mapping `fields`".to_owned(),
        Some(fields) if !fields.values().all(Json::is_string) => {
            "has `fields` that are not strings".to_owned()
        }
        Some(_) => "has invalid `items`".to_owned(),
    }
}

/// A collection that the table does not know.
fn collection(kind: &Kind) -> Collection {
    Collection {
        path: kind.path.to_owned(),
        key: kind.key_fields().next().unwrap_or_default().to_owned(),
        id: kind.id.to_owned(),
    }
}

/// The kind of a collection that the table does not know, as a record describes it.
fn raw_kind(collection: &Collection) -> Option<&'static Kind> {
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

impl From<Origin> for wire::Origin {
    fn from(origin: Origin) -> wire::Origin {
        match origin {
            Origin::Created => wire::Origin::Created,
            Origin::Adopted => wire::Origin::Adopted,
        }
    }
}

impl From<wire::Origin> for Origin {
    fn from(origin: wire::Origin) -> Origin {
        match origin {
            wire::Origin::Created => Origin::Created,
            wire::Origin::Adopted => Origin::Adopted,
        }
    }
}

/// The address, if its family and those of all objects in its key are known to this akrec.
pub(crate) fn known_address(address: &wire::Address) -> Option<Address> {
    let wire::Address(family, key) = address;
    let family = known_family(family)?;
    match key {
        wire::Key::Name(name) => Some(Address::named(family, name)),
        wire::Key::Parts(parts) => {
            let parts: Option<Vec<Part>> = parts.iter().map(known_part).collect();
            Some(Address::joined(family, parts?))
        }
    }
}

fn known_part(part: &wire::Part) -> Option<Part> {
    match part {
        wire::Part::Name(name) => Some(Part::Name(name.as_str().into())),
        wire::Part::Number(number) => Some(Part::Number(*number)),
        wire::Part::At(address) => known_address(address).map(Part::At),
    }
}

/// The family of this name, as the table spells it.
pub(crate) fn known_family(family: &str) -> Option<&'static str> {
    let all = kinds::KINDS.iter().copied().chain(kinds::OUTSIDE);
    let known = all
        .map(|kind: &'static Kind| kind.family)
        .find(|name| *name == family);
    known.or_else(|| family.contains('/').then(|| schema::raw_family(family)))
}

#[cfg(test)]
mod tests;
