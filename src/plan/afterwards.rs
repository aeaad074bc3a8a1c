//! Who may open what before a plan and after it: the fields of live objects with the steps done to them.
//!
//! Both worlds speak the names that things will have, so that what is only renamed does not differ. Nothing here judges.

use std::collections::{BTreeMap, BTreeSet};

use super::step::{Items, Reason, Step, Write};
use crate::access::{Fields, World};
use crate::live::Live;
use crate::schema::Kind;
use crate::value::{Address, Key, Part, Value};

/// Whether some of the steps can make a difference to who may open what.
pub fn touches_access(steps: &[Step]) -> bool {
    steps.iter().any(|step| !matches!(step.write, Write::Nothing) && World::depends_on(step.address.family))
}

/// The world that was read, and the same once the steps are done.
pub fn worlds(live: &Live, steps: &[Step]) -> (World, World) {
    let renamed: BTreeMap<&Address, &Address> = steps
        .iter()
        .filter_map(|step| match &step.reason {
            Some(Reason::Renamed(old)) => Some((old, &step.address)),
            _ => None,
        })
        .collect();
    let name = |address: &Address| rename(address, &renamed);
    let mut objects: BTreeMap<Address, Fields> = live
        .objects
        .iter()
        .filter(|(address, _)| World::depends_on(address.family))
        .map(|(address, found)| {
            let fields = found.fields.iter().map(|(field, value)| (*field, value.map_refs(&name)));
            (name(address), fields.collect())
        })
        .collect();
    let world = |objects: &BTreeMap<Address, Fields>| {
        let mut world = World::of(live.release, objects.iter());
        world.unknown = live.unreadable.clone();
        world
    };
    let before = world(&objects);
    steps.iter().for_each(|step| take(step, &mut objects));
    (before, world(&objects))
}

/// Does one step.
fn take(step: &Step, objects: &mut BTreeMap<Address, Fields>) {
    let none = Items::new();
    let (body, add, remove) = match &step.write {
        Write::Create { body, add } => (body, add, &none),
        Write::Update { body, add, remove } => (body, add, remove),
        Write::Delete => return delete(&step.address, objects),
        Write::Nothing => return,
    };
    if !World::depends_on(step.address.family) {
        return;
    }
    let fields = objects.entry(step.address.clone()).or_default();
    fields.extend(body.iter().map(|(field, value)| (*field, value.clone())));
    change(fields, add, true);
    change(fields, remove, false);
    for (field, value) in body {
        if let (Some(other), Value::Set(holders)) = (mirrored(step.kind, field), value) {
            mirror(&step.address, other, holders, objects);
        }
    }
}

/// Puts items into sets, or takes them out.
fn change(fields: &mut Fields, items: &Items, put: bool) {
    for (field, items) in items {
        let Value::Set(set) = fields.entry(field).or_insert_with(|| Value::Set(BTreeSet::new())) else { continue };
        match put {
            true => set.extend(items.iter().cloned()),
            false => set.retain(|item| !items.contains(item)),
        }
    }
}

/// The field of others that a field is the other side of, with their family.
fn mirrored(kind: &Kind, field: &str) -> Option<(&'static str, &'static str)> {
    let field = kind.field(field)?;
    Some((*field.shape.families().first()?, field.mirrors?))
}

/// Puts an object into exactly these holders.
fn mirror(
    address: &Address,
    (family, field): (&str, &'static str),
    holders: &BTreeSet<Value>,
    objects: &mut BTreeMap<Address, Fields>,
) {
    let me = Value::Ref(address.clone());
    for (holder, fields) in objects.iter_mut().filter(|(holder, _)| holder.family == family) {
        let Value::Set(set) = fields.entry(field).or_insert_with(|| Value::Set(BTreeSet::new())) else { continue };
        if holders.contains(&Value::Ref(holder.clone())) {
            set.insert(me.clone());
        } else {
            set.remove(&me);
        }
    }
}

/// Takes an object away, with what is a part of it or joins it, and with every reference to it.
fn delete(gone: &Address, objects: &mut BTreeMap<Address, Fields>) {
    objects.retain(|address, _| !mentions(address, gone));
    let me = Value::Ref(gone.clone());
    for value in objects.values_mut().flat_map(BTreeMap::values_mut) {
        match value {
            Value::Set(set) => set.retain(|item| *item != me),
            value if *value == me => *value = Value::Null,
            _ => {}
        }
    }
}

fn mentions(address: &Address, other: &Address) -> bool {
    address == other || address.parts().iter().any(|part| matches!(part, Part::At(inner) if mentions(inner, other)))
}

fn rename(address: &Address, renamed: &BTreeMap<&Address, &Address>) -> Address {
    if let Some(new) = renamed.get(address) {
        return (*new).clone();
    }
    match &address.key {
        Key::Name(_) => address.clone(),
        Key::Parts(parts) => Address::joined(
            address.family,
            parts.iter().map(|part| match part {
                Part::At(inner) => Part::At(rename(inner, renamed)),
                other => other.clone(),
            }),
        ),
    }
}
