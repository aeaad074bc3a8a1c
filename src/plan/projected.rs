//! How things will be once a plan is done: the fields of live objects with the steps done to them; and who may open what
//! before and after.
//!
//! Both worlds speak the names that things will have, so that what is only renamed does not differ. Nothing here judges.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::step::{Items, Reason, Step, Write};
use crate::access::{Fields, World};
use crate::kinds;
use crate::lints::Planned;
use crate::live::Live;
use crate::schema::Kind;
use crate::signin;
use crate::value::{Address, Key, Part, Value};

/// Whether some of the steps can make a difference to who may open what.
pub fn touches_access(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.write {
        Write::Nothing => false,
        Write::Create { .. } | Write::Delete => World::depends_on(step.address.family),
        Write::Update { body, add, remove } => {
            let mut written = body.keys().chain(add.keys()).chain(remove.keys());
            written.any(|field| decides(step.kind, field))
        }
    })
}

/// Whether a field decides about access, or is the other side of one that does.
fn decides(kind: &Kind, field: &str) -> bool {
    let other = mirrored(kind, field);
    World::depends_on_field(kind.family, field)
        || other.is_some_and(|(family, field)| World::depends_on_field(family, field))
}

/// The world that was read, and the same once the steps are done.
pub fn worlds(live: &Live, steps: &[Step]) -> (World, World) {
    let mut projected = before(live, steps, &World::depends_on);
    let world = |projected: &Projected| {
        let mut world = World::of(live.release, projected.iter());
        world.unknown = live.unreadable.clone();
        world
    };
    let before = world(&projected);
    steps.iter().for_each(|step| projected.take(step));
    (before, world(&projected))
}

/// What was read means for signing in, and the same once the steps are done.
pub(super) fn sign_in_worlds(live: &Live, steps: &[Step]) -> (signin::World, signin::World) {
    let mut projected = before(live, steps, &signin::World::depends_on);
    let renamed = renames(live, steps);
    let mut kinds: BTreeMap<Address, &'static Kind> = live
        .objects
        .iter()
        .filter(|(address, _)| signin::World::depends_on(address.family))
        .map(|(address, found)| (rename(address, &renamed), found.kind))
        .collect();
    let world = |objects: &BTreeMap<Address, Arc<Fields>>,
                 kinds: &BTreeMap<Address, &'static Kind>| {
        let items = objects
            .iter()
            .filter_map(|(address, fields)| Some((address, *kinds.get(address)?, &**fields)));
        let mut world = signin::World::of(live.release, items);
        world.unread = live.unreadable.clone();
        world
    };
    let was = world(&projected.objects, &kinds);
    for step in steps {
        kinds.insert(step.address.clone(), step.kind);
        projected.take(step);
    }
    (was, world(&projected.objects, &kinds))
}

/// What signing in comes to once some steps are done to what was read.
pub fn sign_in_after(live: &Live, steps: &[Step]) -> signin::World {
    sign_in_worlds(live, steps).1
}

/// Every object that was read or is made, once the steps are done. Of what is in no collection of the table only the kind
/// is known, as far as the server says it: those come second.
pub fn planned(
    live: &Live,
    steps: &[Step],
) -> (BTreeMap<Address, Planned>, BTreeMap<Address, &'static Kind>) {
    let mut projected = before(live, steps, &|_| true);
    steps.iter().for_each(|step| projected.take(step));
    let renamed = renames(live, steps);
    let known = live
        .objects
        .iter()
        .filter(|(_, found)| kinds::kind(found.kind.name).is_some());
    let mut sorts: BTreeMap<Address, (&'static Kind, bool)> = known
        .map(|(address, found)| (rename(address, &renamed), (found.kind, false)))
        .collect();
    for step in steps {
        let new = matches!(step.write, Write::Create { .. });
        let sort = sorts
            .entry(step.address.clone())
            .or_insert((step.kind, new));
        *sort = (step.kind, sort.1 || new);
    }
    let mut objects = BTreeMap::new();
    let mut named = BTreeMap::new();
    for (address, fields) in projected.objects {
        match sorts.get(&address) {
            Some((kind, new)) => drop(objects.insert(
                address,
                Planned {
                    kind,
                    fields,
                    new: *new,
                },
            )),
            None => named.extend(
                live.model(&address)
                    .and_then(kinds::by_model)
                    .map(|kind| (address, kind)),
            ),
        }
    }
    named.extend(
        live.models()
            .filter_map(|(address, model)| Some((address.clone(), kinds::by_model(model)?))),
    );
    (objects, named)
}

/// The new addresses of objects that get another one: those that are renamed, and those whose key has a part that a step
/// changes, such as the order of a stage in its flow.
fn renames<'a>(live: &'a Live, steps: &'a [Step]) -> BTreeMap<&'a Address, &'a Address> {
    let mut renamed: BTreeMap<&Address, &Address> = BTreeMap::new();
    let mut moved: HashMap<(&str, &str), &Address> = HashMap::new();
    for step in steps {
        if let Some(Reason::Renamed(old)) = &step.reason {
            renamed.insert(old, &step.address);
        } else if let (Write::Update { .. }, Some(id), None) =
            (&step.write, &step.id, live.get(&step.address))
        {
            moved.insert((step.kind.name, id), &step.address);
        }
    }
    if !moved.is_empty() {
        for (old, found) in &live.objects {
            if let Some(new) = moved.get(&(found.kind.name, found.id.as_str())) {
                renamed.entry(old).or_insert(new);
            }
        }
    }
    renamed
}

/// What was read of some families, in the names that things will have.
fn before(live: &Live, steps: &[Step], wanted: &dyn Fn(&str) -> bool) -> Projected {
    let renamed = renames(live, steps);
    let name = |address: &Address| rename(address, &renamed);
    let found = live
        .objects
        .iter()
        .filter(|(address, _)| wanted(address.family));
    Projected::new(found.map(|(address, found)| {
        if renamed.is_empty() {
            return (address.clone(), Arc::clone(&found.fields));
        }
        let fields = found
            .fields
            .iter()
            .map(|(field, value)| (*field, value.map_refs(&name)));
        (name(address), Arc::new(fields.collect()))
    }))
}

/// Objects as they are once some steps are done.
pub(super) struct Projected {
    pub objects: BTreeMap<Address, Arc<Fields>>,
    /// What mentions an object, in a field or in its own key; worked out when a step first asks for it.
    mentions: Option<HashMap<Address, BTreeSet<Address>>>,
}

impl Projected {
    pub fn new(objects: impl Iterator<Item = (Address, Arc<Fields>)>) -> Projected {
        Projected {
            objects: objects.collect(),
            mentions: None,
        }
    }

    /// The fields of each object.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &Fields)> {
        self.objects
            .iter()
            .map(|(address, fields)| (address, &**fields))
    }

    /// Does one step.
    pub fn take(&mut self, step: &Step) {
        let none = Items::new();
        let (body, add, remove) = match &step.write {
            Write::Create { body, add } => (body, add, &none),
            Write::Update { body, add, remove } => (body, add, remove),
            Write::Delete => return self.delete(&step.address),
            Write::Nothing => return,
        };
        let fields = self.objects.entry(step.address.clone()).or_default();
        let fields = Arc::make_mut(fields);
        fields.extend(body.iter().map(|(field, value)| (*field, value.clone())));
        change(fields, add, true);
        change(fields, remove, false);
        if let Some(known) = &mut self.mentions {
            body.values()
                .for_each(|value| mention(value, &step.address, known));
            add.values()
                .flatten()
                .for_each(|value| mention(value, &step.address, known));
            inside(&step.address, &step.address, known);
        }
        for (field, value) in body {
            if let (Some(other), Value::Set(holders)) = (mirrored(step.kind, field), value) {
                self.mirror(&step.address, other, holders);
            }
        }
    }

    fn mentions(&mut self) -> &mut HashMap<Address, BTreeSet<Address>> {
        self.mentions.get_or_insert_with(|| {
            let mut known = HashMap::new();
            for (address, fields) in &self.objects {
                fields
                    .values()
                    .for_each(|value| mention(value, address, &mut known));
                inside(address, address, &mut known);
            }
            known
        })
    }

    /// Puts an object into exactly these holders.
    fn mirror(
        &mut self,
        address: &Address,
        (family, field): (&str, &'static str),
        holders: &BTreeSet<Value>,
    ) {
        let me = Value::Ref(address.clone());
        let mut touched = self.mentions().get(address).cloned().unwrap_or_default();
        holders.iter().for_each(|holder| {
            holder.refs(&mut |holder| {
                touched.insert(holder.clone());
            });
        });
        for holder in touched.into_iter().filter(|holder| holder.family == family) {
            let Some(fields) = self.objects.get_mut(&holder) else {
                continue;
            };
            let Value::Set(set) = Arc::make_mut(fields)
                .entry(field)
                .or_insert_with(|| Value::Set(BTreeSet::new()))
            else {
                continue;
            };
            if holders.contains(&Value::Ref(holder.clone())) {
                set.insert(me.clone());
                self.mentions()
                    .entry(address.clone())
                    .or_default()
                    .insert(holder);
            } else {
                set.remove(&me);
            }
        }
    }

    /// Takes an object away, with what is a part of it or joins it, and with every reference to it.
    fn delete(&mut self, gone: &Address) {
        let me = Value::Ref(gone.clone());
        self.objects.remove(gone);
        for user in self.mentions().remove(gone).unwrap_or_default() {
            if mentions(&user, gone) {
                self.objects.remove(&user);
                continue;
            }
            for value in self
                .objects
                .get_mut(&user)
                .into_iter()
                .flat_map(|fields| Arc::make_mut(fields).values_mut())
            {
                match value {
                    Value::Set(set) => drop(set.remove(&me)),
                    value if *value == me => *value = Value::Null,
                    _ => {}
                }
            }
        }
    }
}

/// Notes that an object mentions all that a value refers to.
fn mention(value: &Value, by: &Address, known: &mut HashMap<Address, BTreeSet<Address>>) {
    value.refs(&mut |address| {
        known.entry(address.clone()).or_default().insert(by.clone());
    });
}

/// Notes that an object mentions all that its key holds.
fn inside(address: &Address, by: &Address, known: &mut HashMap<Address, BTreeSet<Address>>) {
    for part in address.parts() {
        if let Part::At(inner) = part {
            known.entry(inner.clone()).or_default().insert(by.clone());
            inside(inner, by, known);
        }
    }
}

/// Puts items into sets, or takes them out.
fn change(fields: &mut Fields, items: &Items, put: bool) {
    for (field, items) in items {
        let Value::Set(set) = fields
            .entry(field)
            .or_insert_with(|| Value::Set(BTreeSet::new()))
        else {
            continue;
        };
        match put {
            true => set.extend(items.iter().cloned()),
            false => set.retain(|item| !items.contains(item)),
        }
    }
}

/// The field of others that a field is the other side of, with their family.
fn mirrored(kind: &Kind, field: &str) -> Option<(&'static str, &'static str)> {
    let field = kind.field(field)?;
    Some((*field.shape.families().first()?, field.inverse_of?))
}

fn mentions(address: &Address, other: &Address) -> bool {
    address == other
        || address
            .parts()
            .iter()
            .any(|part| matches!(part, Part::At(inner) if mentions(inner, other)))
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
