//! What a rollback wants, as JSON and back: objects, lists, what shall be gone, and what the ledger said.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Raw, json};

use super::steps::{read_origin, write_origin};
use super::value::{self, Read, flag, list, part, some_text, text};
use crate::desired::{Absent, Desired, Object, Owned, RefUse, Want, What};
use crate::inverse::{Lost, NOWHERE, Undo};
use crate::ledger::{ItemOrigins, Record, address_json, origins_from, origins_json};
use crate::schema::Kind;
use crate::value::{Address, sorted};

pub(super) fn write(undo: &Undo) -> Raw {
    let pairs = |all: &[(Address, crate::diag::Span)]| all.iter().map(|(at, _)| address_json(at)).collect::<Vec<_>>();
    let object = |object: &Object| {
        let fields = object.fields.iter().map(|(name, want)| ((*name).to_owned(), write_what(&want.what)));
        let refs = object.refs.iter().map(|used| json!([used.field, address_json(&used.address)]));
        json!({
            "at": address_json(&object.address),
            "kind": value::write_kind(object.kind),
            "fields": fields.collect::<Map<_, _>>(),
            "refs": refs.collect::<Vec<_>>(),
            "previously": pairs(&object.previously),
        })
    };
    let owned = |owned: &Owned| json!([address_json(&owned.owner), value::write_kind(owned.kind)]);
    let lost = |lost: &Lost| json!({ "at": address_json(&lost.address), "field": lost.field, "why": lost.why });
    json!({
        "of": undo.of,
        "objects": undo.desired.objects.iter().map(object).collect::<Vec<_>>(),
        "lists": undo.desired.owned.iter().map(owned).collect::<Vec<_>>(),
        "absent": undo.desired.absent.iter().map(|absent| address_json(&absent.address)).collect::<Vec<_>>(),
        "records": undo.records.iter().map(|(at, record)| json!([address_json(at), record.as_ref().map(write_record)])).collect::<Vec<_>>(),
        "hidden": undo.hidden.iter().map(|(at, field)| json!([address_json(at), field])).collect::<Vec<_>>(),
        "lost": undo.lost.iter().map(lost).collect::<Vec<_>>(),
    })
}

pub(super) fn read(raw: &Raw) -> Read<Undo> {
    let all = |name: &str| list(part(raw, name)?);
    let mut desired = Desired::default();
    for raw in all("objects")? {
        desired.objects.push(read_object(raw)?);
    }
    let raw_kinds = desired.objects.iter().map(|object| object.kind).filter(|kind| kind.raw);
    let mut kinds: Vec<&'static Kind> = Vec::new();
    raw_kinds.for_each(|kind| {
        if !kinds.contains(&kind) {
            kinds.push(kind)
        }
    });
    desired.raw = kinds.into_iter().map(|kind| crate::desired::Raw { kind, span: NOWHERE }).collect();
    for raw in all("lists")? {
        let [owner, kind] = list(raw)? else { return Err("a list of children is of another form".to_owned()) };
        let (owner, kind) = (value::address(owner)?, value::read_kind(kind)?);
        desired.owned.push(Owned { kind, owner, exact: false, exclude: Vec::new(), span: NOWHERE });
    }
    for raw in all("absent")? {
        desired.absent.push(Absent { address: value::address(raw)?, span: NOWHERE });
    }
    let mut records = BTreeMap::new();
    for raw in all("records")? {
        let [at, record] = list(raw)? else { return Err("a record is of another form".to_owned()) };
        let record = Some(record).filter(|record| !record.is_null()).map(read_record).transpose()?;
        records.insert(value::address(at)?, record);
    }
    let mut hidden = std::collections::BTreeSet::new();
    for raw in all("hidden")? {
        let [at, Raw::String(field)] = list(raw)? else { return Err("a field is of another form".to_owned()) };
        hidden.insert((value::address(at)?, field.clone()));
    }
    let lost = |raw: &Raw| {
        let address = value::address(part(raw, "at")?)?;
        Ok(Lost { address, field: some_text(raw, "field"), why: text(raw, "why")? })
    };
    Ok(Undo {
        of: text(raw, "of")?,
        desired,
        records,
        hidden,
        lost: all("lost")?.iter().map(lost).collect::<Read<_>>()?,
    })
}

fn read_object(raw: &Raw) -> Read<Object> {
    let kind = value::read_kind(part(raw, "kind")?)?;
    let mut object = Object::put_back(kind, value::address(part(raw, "at")?)?, NOWHERE);
    let fields = part(raw, "fields")?.as_object().ok_or_else(|| "`fields` is no mapping".to_owned())?;
    for (name, raw) in fields {
        object.fields.insert(value::field(kind, name)?, Want::new(read_what(raw)?, NOWHERE));
    }
    for raw in list(part(raw, "refs")?)? {
        let [Raw::String(name), address] = list(raw)? else { return Err("a reference is of another form".to_owned()) };
        let (field, address) = (value::field(kind, name)?, value::address(address)?);
        object.refs.push(RefUse { field, address, span: NOWHERE });
    }
    for raw in list(part(raw, "previously")?)? {
        object.previously.push((value::address(raw)?, NOWHERE));
    }
    Ok(object)
}

fn write_what(what: &What) -> Raw {
    let set = |items| value::write(&crate::value::Value::Set(items), true)["set"].clone();
    match what {
        What::Is(is) => json!({ "is": value::write(is, true) }),
        What::Some { include, exclude } => json!({ "include": set(include.clone()), "exclude": set(exclude.clone()) }),
        What::Keys(keys) => {
            json!({ "keys": keys.iter().map(|(key, raw)| (key.clone(), sorted(raw))).collect::<Map<_, _>>() })
        }
    }
}

fn read_what(raw: &Raw) -> Read<What> {
    match (raw.get("is"), raw.get("include"), raw.get("keys").and_then(Raw::as_object)) {
        (Some(is), None, None) => Ok(What::Is(value::read(is)?)),
        (None, Some(include), None) => {
            Ok(What::Some { include: value::set(include)?, exclude: value::set(part(raw, "exclude")?)? })
        }
        (None, None, Some(keys)) => Ok(What::Keys(keys.iter().map(|(key, raw)| (key.clone(), raw.clone())).collect())),
        _ => Err("what is wanted of a field is of no form that is known".to_owned()),
    }
}

fn write_record(record: &Record) -> Raw {
    json!({
        "kind": value::write_kind(record.kind),
        "id": record.id,
        "origin": write_origin(record.origin),
        "protect": record.protect,
        "partial": record.partial,
        "fields": record.fields,
        "items": origins_json(&record.items),
        "run": record.run,
    })
}

fn read_record(raw: &Raw) -> Read<Record> {
    Ok(Record {
        kind: value::read_kind(part(raw, "kind")?)?,
        id: text(raw, "id")?,
        origin: read_origin(&text(raw, "origin")?)?,
        protect: flag(raw, "protect"),
        partial: flag(raw, "partial"),
        fields: value::texts(part(raw, "fields")?)?,
        items: match raw.get("items") {
            // A file that is older than they are has none.
            None => ItemOrigins::new(),
            Some(items) => origins_from(items).ok_or_else(|| "`items` are of another form".to_owned())?,
        },
        run: text(raw, "run")?,
    })
}
