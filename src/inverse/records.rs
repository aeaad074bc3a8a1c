//! What the ledger said before a run, and the steps and records that make it say so again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Over, Undo};
use crate::desired::Desired;
use crate::ledger::{ItemOrigin, Ledger, Record};
use crate::live::{Found, Live};
use crate::plan::{Action, Declared, ItemId, ListItem, Plan, Reason, Step};
use crate::schema::{Kind, id_text};
use crate::value::Address;

/// The records that differ, as they were.
pub(super) fn before(over: Over<'_>, desired: &Desired) -> BTreeMap<Address, Option<Record>> {
    let (before, after) = (&over.before.records, &over.after.records);
    if !over.before.is_known() || !over.after.is_known() {
        return BTreeMap::new();
    }
    let same = |one: &Record, other: &Record| {
        let plain = |record: &Record| Record {
            run: String::new(),
            ..record.clone()
        };
        plain(one) == plain(other)
    };
    let names = names(desired);
    let mut records = BTreeMap::new();
    for (address, record) in before {
        if !after.get(address).is_some_and(|now| same(record, now)) {
            records.insert(address.clone(), Some(record.clone()));
        }
    }
    let ids: HashSet<(&str, &str)> = before
        .values()
        .map(|old| (old.kind.name, old.id.as_str()))
        .collect();
    let by_id = |record: &Record| ids.contains(&(record.kind.name, record.id.as_str()));
    for (address, record) in after {
        // What an earlier run had created was akrec's all along, though it was written down only now.
        let pending = over.before.pending.contains_key(address);
        if !before.contains_key(address) && !by_id(record) && !pending {
            records.insert(older(address, &names), None);
        }
    }
    records
}

/// The names that are taken back, with what they become.
fn names(desired: &Desired) -> BTreeMap<&Address, &Address> {
    desired
        .objects
        .iter()
        .flat_map(|object| {
            object
                .previously
                .iter()
                .map(|(now, _)| (now, &object.address))
        })
        .collect()
}

/// What an address is once names are taken back: its own, or one that it has inside.
fn older(address: &Address, names: &BTreeMap<&Address, &Address>) -> Address {
    match names.get(address) {
        Some(old) => (*old).clone(),
        None => address.map_parts(&|part| older(part, names)),
    }
}

/// Adds to a plan what makes the ledger say what it said.
pub(super) fn restore(undo: &Undo, live: &Live, ledger: &Ledger, plan: &mut Plan) {
    plan.declared.clear();
    plan.gone.clear();
    plan.owning = ledger.is_known();
    if !ledger.is_known() {
        return;
    }
    // Bookkeeping steps are added to these, one an object, and none of them is asked for again.
    let steps: BTreeSet<(Address, Action)> = plan
        .steps
        .iter()
        .map(|step| (step.address.clone(), step.action))
        .collect();
    let done = |address: &Address, action: Action| steps.contains(&(address.clone(), action));
    let has_step = |address: &Address| {
        steps
            .range((address.clone(), Action::Create)..)
            .next()
            .is_some_and(|(at, _)| at == address)
    };
    let deleted: HashSet<String> = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Delete)
        .filter_map(|step| step.id.clone())
        .collect();
    let within_deleted = |address: &Address| within_deleted(address, &done);
    let by_id: HashMap<(&str, &str), &Address> = ledger
        .records
        .iter()
        .map(|(at, now)| ((now.kind.name, now.id.as_str()), at))
        .collect();
    let names = names(&undo.desired);
    let known: BTreeMap<Address, &Record> = ledger
        .records
        .iter()
        .map(|(address, record)| (older(address, &names), record))
        .collect();
    // What is made again gets another id, and is still the same item of the lists that it was in.
    let again = undo
        .records
        .iter()
        .filter_map(|(address, record)| Some((address, record.as_ref()?)));
    let again = again.filter(|(address, _)| done(address, Action::Create));
    let remade: HashMap<(&str, &str), &Address> = again
        .map(|(address, record)| ((address.family, record.id.as_str()), address))
        .collect();
    for (address, record) in &undo.records {
        let Some(record) = record else {
            if let Some(now) = known.get(address)
                && !done(address, Action::Delete)
                && !within_deleted(address)
            {
                plan.steps.push(bookkeeping(
                    Action::Forget,
                    address,
                    now.kind,
                    Some(Reason::PutBack),
                ));
            }
            continue;
        };
        let made = done(address, Action::Create);
        let at = by_id.get(&(record.kind.name, record.id.as_str()));
        let now = at
            .and_then(|at| ledger.records.get_key_value(*at))
            .map(|(at, now)| (at.clone(), now));
        let goes = |found: &&Found| deleted.contains(&found.id) || within_deleted(address);
        // Of what was gone before the run only the record is put back.
        let stays = live.get(address).filter(|found| !goes(found));
        if !made && now.is_none() {
            // There is another one of its name by now.
            if stays.is_some_and(|found| id_text(&found.pk).as_ref() != Some(&record.id)) {
                continue;
            }
            if stays.is_some() && !has_step(address) {
                let step = bookkeeping(Action::Adopt, address, record.kind, None);
                plan.steps.push(Step {
                    adopts: true,
                    ..step
                });
            }
        } else if let Some((_, now)) = &now
            && now.protect != record.protect
            && !has_step(address)
        {
            let reason = if record.protect {
                Reason::Protected
            } else {
                Reason::Unprotected
            };
            plan.steps.push(bookkeeping(
                Action::Update,
                address,
                record.kind,
                Some(reason),
            ));
        }
        let declared = Declared {
            kind: record.kind,
            id: (!made).then(|| record.id.clone()),
            origin: record.origin,
            recorded: now.map(|(at, _)| at),
            protect: record.protect,
            partial: record.partial,
            fields: record.fields.clone(),
            items: items(record, &remade),
        };
        plan.declared.insert(address.clone(), declared);
    }
}

/// The items of a record's lists, as the ledger shall have them again.
fn items(
    record: &Record,
    remade: &HashMap<(&str, &str), &Address>,
) -> BTreeMap<String, Vec<ListItem>> {
    let mut all = BTreeMap::new();
    for (name, origins) in &record.items {
        let field = record.kind.field(name);
        let families = field.map_or(&[][..], |field| field.shape.families());
        let other = field.and_then(|field| field.carries);
        let one = |(id, origin): (&String, &ItemOrigin)| {
            let again = families
                .iter()
                .find_map(|family| remade.get(&(*family, id.as_str())));
            let id = match again {
                Some(address) => ItemId::New {
                    address: (*address).clone(),
                    other,
                    before: String::new(),
                },
                None => ItemId::Known(id.clone()),
            };
            ListItem {
                id,
                origin: *origin,
            }
        };
        all.insert(name.clone(), origins.iter().map(one).collect());
    }
    all
}

/// Whether an object goes along with its owner.
fn within_deleted(address: &Address, done: &dyn Fn(&Address, Action) -> bool) -> bool {
    match address.parts().first() {
        Some(crate::value::Part::At(owner)) => {
            done(owner, Action::Delete) || within_deleted(owner, done)
        }
        _ => false,
    }
}

fn bookkeeping(
    action: Action,
    address: &Address,
    kind: &'static Kind,
    reason: Option<Reason>,
) -> Step {
    Step {
        reason,
        ..Step::new(action, address.clone(), kind)
    }
}
