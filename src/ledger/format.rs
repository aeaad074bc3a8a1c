//! The ledger's own JSON: what a blueprint instance's `context` holds. Pure.
//!
//! A record that cannot be understood is kept as it is, never dropped; a ledger of a newer format is refused whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value as Raw, json};

use super::items::{read_adding, read_origins, write_adding, write_origins};
use super::{Adding, ItemOrigins, Ledger, Origin, Pending, Record};
use crate::kinds;
use crate::schema::{self, Collection, Kind};
use crate::value::{Address, Part, digest, sorted};
use crate::wire;

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
    pub kept: Vec<Raw>,
    pub pending: BTreeMap<Address, Pending>,
    pub adding: Adding,
    pub edited: bool,
}

/// The `context` for a ledger.
pub(super) fn context(ledger: &Ledger) -> Raw {
    let mut objects: Vec<Raw> = ledger.records.iter().map(|(address, record)| write_record(address, record)).collect();
    objects.extend(ledger.kept.iter().cloned());
    let pending = write_pending(&ledger.pending);
    let adding = write_adding(&ledger.adding);
    let mut context = json!({
        "akrec": { "format": FORMAT, "version": env!("CARGO_PKG_VERSION"), "workspace": ledger.workspace },
        "sum": sum(&objects, &pending, &adding),
        "objects": objects,
    });
    if !pending.is_empty() {
        context["pending"] = pending.into();
    }
    if !adding.is_empty() {
        context["adding"] = adding.into();
    }
    context
}

/// Reads a `context`.
pub(super) fn read(context: &Raw) -> Result<Content, Bad> {
    let broken = |what: &str| Bad::Broken(what.to_owned());
    let head = context.get("akrec").and_then(Raw::as_object).ok_or_else(|| broken("it has no head `akrec`"))?;
    let version = head.get("version").and_then(Raw::as_str).unwrap_or("an unknown version");
    match head.get("format").and_then(Raw::as_u64) {
        Some(FORMAT) => {}
        Some(format) if format > FORMAT => return Err(Bad::Newer(version.chars().take(40).collect())),
        _ => return Err(broken("its `format` is no number that akrec knows")),
    }
    let workspace = head.get("workspace").and_then(Raw::as_str).ok_or_else(|| broken("it names no workspace"))?;
    let objects = context.get("objects").and_then(Raw::as_array).ok_or_else(|| broken("it has no list `objects`"))?;
    let pending = context.get("pending").and_then(Raw::as_array).map(Vec::as_slice).unwrap_or_default();
    let adding = context.get("adding").and_then(Raw::as_array).map(Vec::as_slice).unwrap_or_default();
    let edited = context.get("sum").and_then(Raw::as_str) != Some(sum(objects, pending, adding).as_str());
    let adding = read_adding(context.get("adding"));
    let mut records = BTreeMap::new();
    let mut kept = Vec::new();
    for (place, raw) in objects.iter().enumerate() {
        match read_record(raw) {
            Ok(Some((address, record))) => {
                if records.insert(address, record).is_some() {
                    return Err(Bad::Broken(format!("its object number {} is there twice", place + 1)));
                }
            }
            Ok(None) => kept.push(raw.clone()),
            Err(what) => return Err(Bad::Broken(format!("its object number {} {what}", place + 1))),
        }
    }
    Ok(Content { workspace: workspace.to_owned(), records, kept, pending: read_pending(pending), adding, edited })
}

/// So that a ledger that was edited by hand is noticed; the server's database keeps keys in an order of its own.
fn sum(objects: &[Raw], pending: &[Raw], adding: &[Raw]) -> String {
    let all = match (pending.is_empty(), adding.is_empty()) {
        (true, true) => json!(objects),
        (false, true) => json!([objects, pending]),
        (_, false) => json!([objects, pending, adding]),
    };
    digest(&sorted(&all).to_string())
}

/// What runs are about to create: address, run and kind of each.
pub(super) fn write_pending(pending: &BTreeMap<Address, Pending>) -> Vec<Raw> {
    let one = |(address, pending): (&Address, &Pending)| {
        let kind = pending.kind.map(|kind| if kind.raw { collection(kind) } else { kind.name.into() });
        json!([spell(address), pending.run, kind])
    };
    pending.iter().map(one).collect()
}

/// The same, read back; what is of another form is left out. An older akrec wrote no kinds.
pub(super) fn read_pending(pending: &[Raw]) -> BTreeMap<Address, Pending> {
    let one = |raw: &Raw| {
        let (at, run, kind) = match raw.as_array()?.as_slice() {
            [at, run] => (at, run, None),
            [at, run, kind] => (at, run, kind.as_str().and_then(kinds::kind).or_else(|| raw_kind(kind))),
            _ => return None,
        };
        let address = read_address(at).ok()??;
        // A kind of another family says nothing about this object.
        let kind = kind.filter(|kind| kind.family == address.family);
        Some((address, Pending { run: run.as_str()?.to_owned(), kind }))
    };
    pending.iter().filter_map(one).collect()
}

fn write_record(address: &Address, record: &Record) -> Raw {
    let mut raw = Map::new();
    raw.insert("at".into(), spell(address));
    raw.insert("kind".into(), record.kind.name.into());
    if record.kind.raw {
        raw.insert("collection".into(), collection(record.kind));
    }
    raw.insert("id".into(), record.id.as_str().into());
    raw.insert("origin".into(), word(record.origin).into());
    if record.protect {
        raw.insert("protect".into(), true.into());
    }
    if record.partial {
        raw.insert("partial".into(), true.into());
    }
    raw.insert("fields".into(), json!(record.fields));
    if !record.items.is_empty() {
        raw.insert("items".into(), json!(write_origins(&record.items)));
    }
    raw.insert("run".into(), record.run.as_str().into());
    Raw::Object(raw)
}

/// One record; `None` if it is of a kind that this akrec does not know.
fn read_record(raw: &Raw) -> Result<Option<(Address, Record)>, String> {
    let text = |name: &str| raw.get(name).and_then(Raw::as_str).ok_or_else(|| format!("has no text `{name}`"));
    let Some(kind) = kinds::kind(text("kind")?).or_else(|| raw_kind(raw.get("collection")?)) else { return Ok(None) };
    let at = raw.get("at").ok_or("has no `at`")?;
    let Some(address) = read_address(at).map_err(|()| "has an address `at` of another form")? else { return Ok(None) };
    let origin = match text("origin")? {
        "created" => Origin::Created,
        "adopted" => Origin::Adopted,
        _ => return Err("has an `origin` other than created and adopted".to_owned()),
    };
    let fields = raw.get("fields").and_then(Raw::as_object).ok_or("has no mapping `fields`")?;
    let fields = fields.iter().map(|(name, hash)| Some((name.clone(), hash.as_str()?.to_owned())));
    Ok(Some((
        address,
        Record {
            kind,
            id: text("id")?.to_owned(),
            origin,
            protect: raw.get("protect").and_then(Raw::as_bool).unwrap_or(false),
            partial: raw.get("partial").and_then(Raw::as_bool).unwrap_or(false),
            fields: fields.collect::<Option<_>>().ok_or("has `fields` that are no texts")?,
            items: match raw.get("items") {
                // An older akrec wrote none.
                None => ItemOrigins::new(),
                Some(items) => {
                    let items = wire::ItemOrigins::deserialize(items).map_err(|_| "has `items` of another form")?;
                    read_origins(items)
                }
            },
            run: text("run")?.to_owned(),
        },
    )))
}

/// A collection that the table does not know.
fn collection(kind: &Kind) -> Raw {
    json!({ "path": kind.path, "key": kind.key_fields().next(), "id": kind.id })
}

/// The kind of a collection that the table does not know, as a record describes it.
fn raw_kind(raw: &Raw) -> Option<&'static Kind> {
    let text = |name: &str| raw.get(name).and_then(Raw::as_str).map(str::to_owned);
    let (path, key, id) = (text("path")?, text("key")?, text("id")?);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-');
    let sound = path.starts_with('/') && path.ends_with('/') && path.len() > 2 && path.chars().all(plain);
    sound.then(|| schema::raw_kind(&Collection { path, key, id, fields: BTreeMap::new() }))
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

/// An origin as the ledger spells it.
fn word(origin: Origin) -> &'static str {
    match origin {
        Origin::Created => "created",
        Origin::Adopted => "adopted",
    }
}

/// An address as JSON.
pub(super) fn spell(address: &Address) -> Raw {
    json!(wire::Address::from(address))
}

/// An address from JSON; `None` if its family is none that this akrec knows. Refuses other forms.
pub(super) fn read_address(raw: &Raw) -> Result<Option<Address>, ()> {
    wire::Address::deserialize(raw).map(|address| known_address(&address)).map_err(|_| ())
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
    let known = all.map(|kind: &'static Kind| kind.family).find(|name| *name == family);
    known.or_else(|| family.contains('/').then(|| schema::raw_family(family)))
}

#[cfg(test)]
mod tests;
