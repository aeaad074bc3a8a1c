//! The desired state of a rollback, into a file and back: objects, lists, objects that must be absent, and ledger
//! records.

use std::collections::BTreeMap;

use super::value::{self, Read};
use crate::desired::{Absent, Desired, Object, Owned, RawCollection, RefUse, Want, What};
use crate::diag::Span;
use crate::ledger::{self, Record};
use crate::rollback::{Lost, NOWHERE, Undo};
use crate::schema::Kind;
use crate::value::Address;
use crate::wire::plan_file::{self, Rollback, Wanted};
use crate::wire::{self, Masked, MaskedData};

pub(super) fn write(undo: &Undo) -> Rollback {
    let desired = &undo.desired;
    Rollback {
        of: undo.of.clone(),
        objects: desired.objects.iter().map(write_object).collect(),
        lists: desired
            .owned
            .iter()
            .map(|it| ((&it.owner).into(), value::write_kind(it.kind)))
            .collect(),
        absent: desired
            .absent
            .iter()
            .map(|absent| (&absent.address).into())
            .collect(),
        records: undo
            .records
            .iter()
            .map(|(at, record)| (at.into(), record.as_ref().map(write_record)))
            .collect(),
        hidden: undo
            .hidden
            .iter()
            .map(|(at, field)| (at.into(), field.clone()))
            .collect(),
        lost: undo.lost.iter().map(write_lost).collect(),
    }
}

pub(super) fn read(rollback: Rollback) -> Read<Undo> {
    let mut desired = Desired::default();
    for object in rollback.objects {
        desired.objects.push(read_object(object)?);
    }
    let mut kinds: Vec<&'static Kind> = Vec::new();
    for object in &desired.objects {
        if object.kind.raw && !kinds.contains(&object.kind) {
            kinds.push(object.kind);
        }
    }
    desired.raw = kinds
        .into_iter()
        .map(|kind| RawCollection {
            kind,
            span: NOWHERE,
        })
        .collect();
    for (owner, kind) in rollback.lists {
        let (owner, kind) = (value::address(&owner)?, value::read_kind(&kind)?);
        desired.owned.push(Owned {
            kind,
            owner,
            exact: false,
            exclude: Vec::new(),
            span: NOWHERE,
        });
    }
    for absent in rollback.absent {
        desired.absent.push(Absent {
            address: value::address(&absent)?,
            span: NOWHERE,
        });
    }
    let mut records = BTreeMap::new();
    for (at, record) in rollback.records {
        records.insert(value::address(&at)?, record.map(read_record).transpose()?);
    }
    let read_hidden = |(at, field): (wire::Address, String)| Ok((value::address(&at)?, field));
    Ok(Undo {
        of: rollback.of,
        desired,
        records,
        hidden: rollback
            .hidden
            .into_iter()
            .map(read_hidden)
            .collect::<Read<_>>()?,
        lost: rollback
            .lost
            .into_iter()
            .map(read_lost)
            .collect::<Read<_>>()?,
    })
}

fn write_object(object: &Object) -> plan_file::Object {
    let addresses = |all: &[(Address, Span)]| all.iter().map(|(at, _)| at.into()).collect();
    plan_file::Object {
        at: (&object.address).into(),
        kind: value::write_kind(object.kind),
        fields: object
            .fields
            .iter()
            .map(|(name, want)| ((*name).to_owned(), write_wanted(&want.what)))
            .collect(),
        refs: object
            .refs
            .iter()
            .map(|used| (used.field.to_owned(), (&used.address).into()))
            .collect(),
        previously: addresses(&object.previously),
    }
}

fn read_object(written: plan_file::Object) -> Read<Object> {
    let kind = value::read_kind(&written.kind)?;
    let mut object = Object::put_back(kind, value::address(&written.at)?, NOWHERE);
    for (name, wanted) in written.fields {
        object.fields.insert(
            value::field(kind, &name)?,
            Want::new(read_wanted(wanted)?, NOWHERE),
        );
    }
    for (name, address) in written.refs {
        let (field, address) = (value::field(kind, &name)?, value::address(&address)?);
        object.refs.push(RefUse {
            field,
            address,
            span: NOWHERE,
        });
    }
    for address in written.previously {
        object.previously.push((value::address(&address)?, NOWHERE));
    }
    Ok(object)
}

fn write_wanted(what: &What) -> Wanted {
    match what {
        What::Is(is) => Wanted::Is {
            is: Masked::of(is, true),
        },
        What::Some { include, exclude } => Wanted::Partial {
            include: Masked::items(include, true),
            exclude: Masked::items(exclude, true),
        },
        What::Keys(keys) => {
            let keys = keys
                .iter()
                .map(|(key, data)| (key.clone(), MaskedData::of(data, true)));
            Wanted::Keys {
                keys: keys.collect(),
            }
        }
    }
}

fn read_wanted(wanted: Wanted) -> Read<What> {
    Ok(match wanted {
        Wanted::Is { is } => What::Is(value::read(&is)?),
        Wanted::Partial { include, exclude } => What::Some {
            include: value::set(&include)?,
            exclude: value::set(&exclude)?,
        },
        Wanted::Keys { keys } => What::Keys(
            keys.into_iter()
                .map(|(key, data)| (key, data.into_json()))
                .collect(),
        ),
    })
}

fn write_record(record: &Record) -> plan_file::Record {
    plan_file::Record {
        kind: value::write_kind(record.kind),
        id: record.id.clone(),
        origin: record.origin.into(),
        protect: record.protect,
        partial: record.partial,
        fields: record.fields.clone(),
        items: ledger::write_origins(&record.items),
        run: record.run.clone(),
    }
}

fn read_record(record: plan_file::Record) -> Read<Record> {
    Ok(Record {
        kind: value::read_kind(&record.kind)?,
        id: record.id,
        origin: record.origin.into(),
        protect: record.protect,
        partial: record.partial,
        fields: record.fields,
        items: ledger::read_origins(record.items),
        run: record.run,
    })
}

fn write_lost(lost: &Lost) -> plan_file::Lost {
    plan_file::Lost {
        at: (&lost.address).into(),
        field: lost.field.clone(),
        why: lost.why.clone(),
    }
}

fn read_lost(lost: plan_file::Lost) -> Read<Lost> {
    Ok(Lost {
        address: value::address(&lost.at)?,
        field: lost.field,
        why: lost.why,
    })
}
