//! The plan itself into a file, step by step, and back: all that it holds but secrets.
//!
//! A value in a field that nobody may see is left out wherever it stands: in what is written, in what is expected and in
//! what is shown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::places::Places;
use super::privileges;
use super::value::{self, Read};
use crate::diag::{CODES, Place, Sources};
use crate::kinds;
use crate::pattern::Pattern;
use crate::plan::{
    self, Action, Change, Check, Declared, Delta, Figure, ItemId, Items, Kept, Left, ListItem,
    Opening, Opens, Plan, Reason, Scope, Step, Weakened, Write,
};
use crate::schema::{Class, Kind, Release};
use crate::value::{Address, Value};
use crate::wire::plan_file::{self, Setting, WriteWord, Written};
use crate::wire::{self, Masked, MaskedData};

/// The values of an object, by field.
type Fields = BTreeMap<&'static str, Value>;

/// The plan. `sources` give the places; without them none are written.
pub(super) fn write(plan: &Plan, sources: Option<&Sources>) -> plan_file::Plan {
    let write_other_id = |((at, field), id): (&(Address, &'static str), &Json)| {
        (at.into(), (*field).to_owned(), id.clone())
    };
    let write_dependents = |(at, all): (&Address, &Vec<plan::Dependent>)| {
        (at.into(), all.iter().map(write_dependent).collect())
    };
    plan_file::Plan {
        release: plan.release.to_string(),
        steps: plan
            .steps
            .iter()
            .map(|step| write_step(step, sources))
            .collect(),
        ids: plan
            .ids
            .iter()
            .map(|(address, id)| (address.into(), id.clone()))
            .collect(),
        other_ids: plan.other_ids.iter().map(write_other_id).collect(),
        openings: plan
            .openings
            .iter()
            .map(|it| ((&it.address).into(), write_opens(it.by)))
            .collect(),
        sign_in: plan.sign_in.clone(),
        privileges: plan
            .privileges
            .as_ref()
            .map(|all| all.iter().map(privileges::write).collect()),
        ignored: plan.ignored,
        uncompared: plan
            .uncompared
            .iter()
            .map(|(at, field)| (at.into(), field.clone()))
            .collect(),
        declared: plan.declared.iter().map(write_declared).collect(),
        kept: plan.kept.iter().map(write_kept).collect(),
        safety: plan.safety.iter().map(write_check).collect(),
        gone: plan.gone.iter().map(wire::Address::from).collect(),
        victims: plan.dependents.iter().map(write_dependents).collect(),
        targets: write_patterns(&plan.scope.targets),
        excludes: write_patterns(&plan.scope.excludes),
        left: plan
            .left
            .iter()
            .map(|it| ((&it.address).into(), it.action.into()))
            .collect(),
        owning: plan.owning,
        weakened: plan.weakened.iter().map(write_weakened).collect(),
    }
}

/// The plan that was written; its places go into `places`.
pub(super) fn read(plan: plan_file::Plan, places: &mut Places) -> Read<Plan> {
    let release =
        Release::parse(&plan.release).ok_or_else(|| "`release` is not a release".to_owned())?;
    let mut steps = Vec::new();
    for step in plan.steps {
        steps.push(read_step(step, steps.len(), places)?);
    }
    let read_opening = |(at, by): (wire::Address, _)| {
        Ok(Opening {
            address: value::address(&at)?,
            by: read_opens(by),
        })
    };
    let read_left = |(at, action): (wire::Address, plan_file::Action)| {
        Ok(Left {
            address: value::address(&at)?,
            action: Action::from(action),
        })
    };
    let read_dependents = |(at, all): (wire::Address, Vec<plan_file::Dependent>)| {
        Ok((
            value::address(&at)?,
            all.into_iter().map(read_dependent).collect::<Read<_>>()?,
        ))
    };
    Ok(Plan {
        release,
        steps,
        ids: plan
            .ids
            .into_iter()
            .map(|(at, id)| Ok((value::address(&at)?, id)))
            .collect::<Read<_>>()?,
        other_ids: plan
            .other_ids
            .into_iter()
            .map(read_other_id)
            .collect::<Read<_>>()?,
        openings: plan
            .openings
            .into_iter()
            .map(read_opening)
            .collect::<Read<_>>()?,
        sign_in: plan.sign_in,
        privileges: match plan.privileges {
            Some(all) => Some(all.into_iter().map(privileges::read).collect::<Read<_>>()?),
            None => None,
        },
        ignored: plan.ignored,
        uncompared: read_pairs(plan.uncompared)?,
        declared: plan
            .declared
            .into_iter()
            .map(read_declared)
            .collect::<Read<_>>()?,
        kept: plan.kept.into_iter().map(read_kept).collect::<Read<_>>()?,
        safety: plan
            .safety
            .into_iter()
            .map(read_check)
            .collect::<Read<_>>()?,
        weakened: plan.weakened.into_iter().map(read_weakened).collect(),
        gone: plan.gone.iter().map(value::address).collect::<Read<_>>()?,
        dependents: plan
            .victims
            .into_iter()
            .map(read_dependents)
            .collect::<Read<_>>()?,
        scope: Scope {
            targets: read_patterns(&plan.targets)?,
            excludes: read_patterns(&plan.excludes)?,
            done: false,
        },
        left: plan.left.into_iter().map(read_left).collect::<Read<_>>()?,
        owning: plan.owning,
    })
}

fn read_pairs(pairs: Vec<(wire::Address, String)>) -> Read<Vec<(Address, String)>> {
    pairs
        .into_iter()
        .map(|(at, field)| Ok((value::address(&at)?, field)))
        .collect()
}

/// By what an application opens: whether it is new, or the word for what is neither that nor a lost binding.
fn write_opens(by: Opens) -> plan_file::Opens {
    match by {
        Opens::New => plan_file::Opens::New(true),
        Opens::LastBinding => plan_file::Opens::New(false),
        Opens::Setting => plan_file::Opens::By(Setting::Setting),
    }
}

fn read_opens(by: plan_file::Opens) -> Opens {
    match by {
        plan_file::Opens::New(true) => Opens::New,
        plan_file::Opens::New(false) => Opens::LastBinding,
        plan_file::Opens::By(Setting::Setting) => Opens::Setting,
    }
}

/// Patterns, in one order, since they mean the same in any.
fn write_patterns(patterns: &[Pattern]) -> BTreeSet<String> {
    patterns
        .iter()
        .map(|pattern| pattern.as_str().to_owned())
        .collect()
}

fn read_patterns(patterns: &BTreeSet<String>) -> Read<Vec<Pattern>> {
    patterns
        .iter()
        .map(|pattern| Pattern::new(pattern))
        .collect()
}

/// Fields of a step whose values nobody may see.
pub(super) fn concealed(step: &Step) -> BTreeSet<&'static str> {
    let said = step
        .changes
        .iter()
        .filter(|change| change.class != Class::Plain)
        .map(|change| change.field);
    let known = step
        .kind
        .fields
        .iter()
        .filter(|field| field.class != Class::Plain)
        .map(|field| field.name);
    said.chain(known).collect()
}

fn write_step(step: &Step, sources: Option<&Sources>) -> plan_file::Step {
    let hidden = concealed(step);
    let place = sources
        .zip(step.source)
        .and_then(|(sources, span)| sources.place(span));
    plan_file::Step {
        action: step.action.into(),
        at: (&step.address).into(),
        kind: value::write_kind(step.kind),
        source: place.map(|place| plan_file::Place {
            file: place.file,
            line: place.line.into(),
            column: place.column.into(),
        }),
        reason: step.reason.as_ref().map(write_reason),
        second: step.second,
        adopts: step.adopts,
        changes: step
            .changes
            .iter()
            .map(|change| write_change(change, &hidden))
            .collect(),
        preselected: step
            .preselected
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        unchanged: step.unchanged,
        needs: step.needs.clone(),
        id: step.id.clone(),
        write: write_write(&step.write, &hidden),
        expect: write_fields(&step.expect, &hidden),
    }
}

fn read_step(step: plan_file::Step, place: usize, places: &mut Places) -> Read<Step> {
    let kind = value::read_kind(&step.kind)?;
    if step.needs.iter().any(|need| *need >= place) {
        return Err("a step depends on one that does not come before it".to_owned());
    }
    Ok(Step {
        action: step.action.into(),
        address: value::address(&step.at)?,
        kind,
        source: step.source.and_then(|place| places.span(&place)),
        reason: step.reason.as_ref().map(read_reason).transpose()?,
        second: step.second,
        adopts: step.adopts,
        changes: step
            .changes
            .into_iter()
            .map(|change| read_change(kind, change))
            .collect::<Read<_>>()?,
        preselected: step
            .preselected
            .iter()
            .map(|name| value::field(kind, name))
            .collect::<Read<_>>()?,
        unchanged: step.unchanged,
        needs: step.needs,
        id: step.id,
        write: read_write(kind, &step.write)?,
        expect: read_fields(kind, &step.expect)?,
    })
}

fn write_fields(fields: &Fields, hidden: &BTreeSet<&'static str>) -> plan_file::Fields {
    let write_field = |(name, value): (&&'static str, &Value)| {
        (
            (*name).to_owned(),
            Masked::of(value, !hidden.contains(name)),
        )
    };
    fields.iter().map(write_field).collect()
}

fn read_fields(kind: &'static Kind, fields: &plan_file::Fields) -> Read<Fields> {
    fields
        .iter()
        .map(|(name, value)| Ok((value::field(kind, name)?, value::read(value)?)))
        .collect()
}

fn write_items(items: &Items) -> plan_file::Items {
    items
        .iter()
        .map(|(name, items)| ((*name).to_owned(), Masked::items(items, true)))
        .collect()
}

fn read_items(kind: &'static Kind, items: &plan_file::Items) -> Read<Items> {
    items
        .iter()
        .map(|(name, items)| Ok((value::field(kind, name)?, value::set(items)?)))
        .collect()
}

fn write_write(write: &Write, hidden: &BTreeSet<&'static str>) -> plan_file::Write {
    match write {
        Write::Create { body, add } => plan_file::Write::Create {
            create: write_fields(body, hidden),
            add: write_items(add),
        },
        Write::Update { body, add, remove } => plan_file::Write::Update {
            update: write_fields(body, hidden),
            add: write_items(add),
            remove: write_items(remove),
        },
        Write::Delete => plan_file::Write::Word(WriteWord::Delete),
        Write::Nothing => plan_file::Write::Word(WriteWord::Nothing),
    }
}

fn read_write(kind: &'static Kind, write: &plan_file::Write) -> Read<Write> {
    Ok(match write {
        plan_file::Write::Create { create, add } => Write::Create {
            body: read_fields(kind, create)?,
            add: read_items(kind, add)?,
        },
        plan_file::Write::Update {
            update,
            add,
            remove,
        } => Write::Update {
            body: read_fields(kind, update)?,
            add: read_items(kind, add)?,
            remove: read_items(kind, remove)?,
        },
        plan_file::Write::Word(WriteWord::Delete) => Write::Delete,
        plan_file::Write::Word(WriteWord::Nothing) => Write::Nothing,
    })
}

fn write_dependent(dependent: &plan::Dependent) -> plan_file::Dependent {
    plan_file::Dependent {
        name: dependent.name.clone(),
        kind: dependent
            .kind
            .map(|kind| plan_file::Kind::Named(kind.to_owned())),
        fate: dependent.fate.into(),
        part: dependent.part,
    }
}

fn read_dependent(dependent: plan_file::Dependent) -> Read<plan::Dependent> {
    let kind = dependent.kind.as_ref().map(value::read_kind).transpose()?;
    Ok(plan::Dependent {
        name: dependent.name,
        kind: kind.map(|kind| kind.name),
        fate: dependent.fate.into(),
        part: dependent.part,
    })
}

fn write_kept(kept: &Kept) -> plan_file::Kept {
    plan_file::Kept {
        at: (&kept.address).into(),
        kind: value::write_kind(kept.kind),
        why: kept.why.into(),
        items: kept
            .items
            .as_ref()
            .map(|(field, items)| ((*field).to_owned(), Masked::items(items, true))),
    }
}

fn read_kept(kept: plan_file::Kept) -> Read<Kept> {
    let kind = value::read_kind(&kept.kind)?;
    let items = match kept.items {
        Some((field, items)) => Some((value::field(kind, &field)?, value::set(&items)?)),
        None => None,
    };
    Ok(Kept {
        address: value::address(&kept.at)?,
        kind,
        why: kept.why.into(),
        items,
    })
}

fn write_check(check: &Check) -> plan_file::Check {
    let limit = check.limit.as_ref().map(|limit| match limit {
        Figure::Count(count) => plan_file::Limit::Count(*count),
        Figure::Share(share) => plan_file::Limit::Share(share.clone()),
    });
    plan_file::Check {
        rail: check.rail.to_owned(),
        code: check.code.as_str().to_owned(),
        kind: check.kind.clone(),
        limit,
        value: check.value,
        of: check.of,
        ok: check.ok,
        waived: check.waived,
    }
}

fn read_check(check: plan_file::Check) -> Read<Check> {
    let code = CODES
        .iter()
        .map(|(known, _)| *known)
        .find(|known| known.as_str() == check.code);
    let limit = check.limit.map(|limit| match limit {
        plan_file::Limit::Count(count) => Figure::Count(count),
        plan_file::Limit::Share(share) => Figure::Share(share),
    });
    Ok(Check {
        rail: plan::rail(&check.rail).ok_or_else(|| "unknown safety check".to_owned())?,
        code: code.ok_or_else(|| "unknown code of a safety check".to_owned())?,
        kind: check.kind,
        limit,
        value: check.value,
        of: check.of,
        ok: check.ok,
        waived: check.waived,
    })
}

fn write_weakened(one: &Weakened) -> plan_file::Weakened {
    plan_file::Weakened {
        setting: one.setting.clone(),
        value: one.value.clone(),
        instead_of: one.instead_of.clone(),
        base: one.base,
        place: one
            .place
            .as_ref()
            .map(|place| (place.file.clone(), place.line, place.column)),
    }
}

fn read_weakened(one: plan_file::Weakened) -> Weakened {
    Weakened {
        setting: one.setting,
        value: one.value,
        instead_of: one.instead_of,
        base: one.base,
        place: one
            .place
            .map(|(file, line, column)| Place { file, line, column }),
    }
}

/// An id that some references carry instead: the object, the field that holds it, and the id.
fn read_other_id(
    (at, name, id): (wire::Address, String, Json),
) -> Read<((Address, &'static str), Json)> {
    let carried = kinds::KINDS
        .iter()
        .flat_map(|kind| kind.fields)
        .filter_map(|field| field.refers_by);
    let mut carried = carried.filter(|carried| *carried == name.as_str());
    let field = carried
        .next()
        .ok_or_else(|| "an id belongs to a field that has none".to_owned())?;
    Ok(((value::address(&at)?, field), id))
}

fn write_change(change: &Change, hidden: &BTreeSet<&'static str>) -> plan_file::Change {
    let visible = !hidden.contains(change.field);
    let side = |data: &Option<Json>| {
        data.iter()
            .map(|data| MaskedData::of(data, visible))
            .collect()
    };
    let delta = match &change.delta {
        Delta::New(new) => plan_file::Delta::New {
            new: Masked::of(new, visible),
        },
        Delta::Value(old, new) => plan_file::Delta::Value {
            old: Masked::of(old, visible),
            new: Masked::of(new, visible),
        },
        Delta::Items {
            added,
            removed,
            counts,
        } => plan_file::Delta::Items {
            added: Masked::items(added, visible),
            removed: Masked::items(removed, visible),
            counts: *counts,
        },
        Delta::Keys(keys) => plan_file::Delta::Keys {
            keys: keys
                .iter()
                .map(|(key, (old, new))| (key.clone(), side(old), side(new)))
                .collect(),
        },
        Delta::Written => plan_file::Delta::Word(Written::Written),
    };
    plan_file::Change {
        field: change.field.to_owned(),
        class: change.class.into(),
        delta,
    }
}

fn read_change(kind: &'static Kind, change: plan_file::Change) -> Read<Change> {
    let side = |mut data: Vec<MaskedData>| match (data.pop(), data.is_empty()) {
        (data, true) => Ok(data.map(MaskedData::into_json)),
        (_, false) => Err("a difference has an unknown form".to_owned()),
    };
    let delta = match change.delta {
        plan_file::Delta::New { new } => Delta::New(value::read(&new)?),
        plan_file::Delta::Value { old, new } => {
            Delta::Value(value::read(&old)?, value::read(&new)?)
        }
        plan_file::Delta::Items {
            added,
            removed,
            counts,
        } => Delta::Items {
            added: value::set(&added)?,
            removed: value::set(&removed)?,
            counts,
        },
        plan_file::Delta::Keys { keys } => {
            let keys = keys
                .into_iter()
                .map(|(key, old, new)| Ok((key, (side(old)?, side(new)?))));
            Delta::Keys(keys.collect::<Read<_>>()?)
        }
        plan_file::Delta::Word(Written::Written) => Delta::Written,
    };
    Ok(Change {
        field: value::field(kind, &change.field)?,
        class: change.class.into(),
        delta,
    })
}

fn write_declared((address, declared): (&Address, &Declared)) -> plan_file::Declared {
    let write_list = |(field, items): (&String, &Vec<ListItem>)| {
        (field.clone(), items.iter().map(write_item).collect())
    };
    plan_file::Declared {
        at: address.into(),
        kind: value::write_kind(declared.kind),
        id: declared.id.clone(),
        origin: declared.origin.into(),
        recorded: declared.recorded.as_ref().map(wire::Address::from),
        protect: declared.protect,
        partial: declared.partial,
        fields: declared.fields.clone(),
        items: declared.items.iter().map(write_list).collect(),
    }
}

fn read_declared(declared: plan_file::Declared) -> Read<(Address, Declared)> {
    let kind = value::read_kind(&declared.kind)?;
    let mut items = BTreeMap::new();
    for (field, list) in declared.items {
        let list = list
            .into_iter()
            .map(|item| read_item(kind, &field, item))
            .collect::<Read<_>>()?;
        items.insert(field, list);
    }
    let address = value::address(&declared.at)?;
    let declared = Declared {
        kind,
        id: declared.id,
        origin: declared.origin.into(),
        recorded: declared.recorded.as_ref().map(value::address).transpose()?,
        protect: declared.protect,
        partial: declared.partial,
        fields: declared.fields,
        items,
    };
    Ok((address, declared))
}

/// An item of a set: who put it there, and its id, or the object that the plan makes.
fn write_item(item: &ListItem) -> plan_file::Item {
    let origin = item.origin.into();
    match &item.id {
        ItemId::Known(id) => plan_file::Item::Known(origin, id.clone()),
        ItemId::New {
            address,
            other,
            before,
        } => plan_file::Item::New(
            origin,
            address.into(),
            other.map(str::to_owned),
            before.clone(),
        ),
    }
}

fn read_item(kind: &'static Kind, field: &str, item: plan_file::Item) -> Read<ListItem> {
    Ok(match item {
        plan_file::Item::Known(origin, id) => ListItem {
            id: ItemId::Known(id),
            origin: origin.into(),
        },
        plan_file::Item::New(origin, at, other, before) => {
            let carries = kind.field(field).and_then(|field| field.refers_by);
            let other = carries.filter(|_| other.is_some());
            ListItem {
                id: ItemId::New {
                    address: value::address(&at)?,
                    other,
                    before,
                },
                origin: origin.into(),
            }
        }
    })
}

macro_rules! reasons {
    ($($word:ident)+) => {
        fn write_reason(reason: &Reason) -> plan_file::Reason {
            match reason {
                Reason::Renamed(old) => plan_file::Reason::Renamed(old.into()),
                Reason::Replaced(new) => plan_file::Reason::Replaced(new.into()),
                $(Reason::$word => plan_file::Reason::$word,)+
            }
        }

        fn read_reason(reason: &plan_file::Reason) -> Read<Reason> {
            Ok(match reason {
                plan_file::Reason::Renamed(old) => Reason::Renamed(value::address(old)?),
                plan_file::Reason::Replaced(new) => Reason::Replaced(value::address(new)?),
                $(plan_file::Reason::$word => Reason::$word,)+
            })
        }
    };
}

reasons! {
    Absent NotInList NotDeclared LetGo ListNotManaged OwnerLetGo MadeByServer OtherName Protected Unprotected Excluded
    Deferred HandedOver Late PutBack
}
