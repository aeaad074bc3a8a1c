//! The ledger's own JSON: what a blueprint instance's `context` holds. Pure.
//!
//! A record that cannot be understood is kept as it is, never dropped; a ledger of a newer format is refused whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::items::{Adding, read_adding, read_origins, write_adding, write_origins};
use super::known::known_address;
use super::ownership::Ledger;
use super::pending::{collection, raw_kind, read_pending, write_pending};
use super::record::{Pending, Record};
use crate::kinds;
use crate::value::{Address, digest};
use crate::wire::ledger::{Collection, Head};
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

#[cfg(test)]
mod tests;
