//! The state before a run, as far as the run changed it, in the form in which files would declare it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value as Json;

use super::{Lost, NOWHERE, Over, Undo};
use crate::desired::{Absent, Desired, Object, Owned, RefUse, Want, What};
use crate::diag::Span;
use crate::kinds;
use crate::live::{Fate, Found, Live};
use crate::plan::{Action, Change, Delta, Reason, Status, Step};
use crate::schema::{Class, Field, Keying, Kind, Release, default_value};
use crate::value::{Address, Part, Value, fingerprint};

const SECRET: &str = "it is never shown, so it is in no file";
const UNKNOWN: &str = "its earlier value is unknown";

/// Builds the desired state of the rollback.
pub(super) fn wants(over: Over<'_>) -> Undo {
    let mut names = BTreeMap::new();
    for step in &over.plan.steps {
        if let Some(Reason::Renamed(old)) = &step.reason {
            names.insert(step.address.clone(), old.clone());
        }
    }
    let by_id = over
        .live
        .objects
        .values()
        .map(|found| ((found.kind.family, found.id.as_str()), &**found))
        .collect();
    let mut backward = Backward {
        over,
        names,
        by_id,
        objects: BTreeMap::new(),
        lists: BTreeMap::new(),
        hidden: Vec::new(),
        lost: Vec::new(),
    };
    let made: BTreeSet<&Address> = over.outcome.made.keys().collect();
    let mut absent = Vec::new();
    let mut gone = BTreeSet::new();
    for (place, step) in over.plan.steps.iter().enumerate() {
        let status = over.outcome.statuses.get(place);
        // What failed may be done in part; what was not begun is as it was.
        if matches!(status, None | Some(Status::Blocked(_) | Status::Stopped))
            || step.action.is_bookkeeping()
        {
            continue;
        }
        match step.action {
            Action::Create if made.contains(&step.address) => absent.push(step),
            _ if made.contains(&step.address) => {}
            Action::Update | Action::Rename => backward.update(step),
            Action::Delete if matches!(status, Some(Status::Done)) => {
                if let Some(found) = backward.found(step) {
                    gone.insert(found.address.clone());
                }
            }
            _ => {}
        }
    }
    backward.deleted(&gone);
    let mut undo = Undo {
        of: over.run.to_owned(),
        ..Undo::default()
    };
    for step in absent {
        backward.absent(step, &made, &mut undo.desired);
    }
    backward.finish(undo)
}

struct Backward<'a> {
    over: Over<'a>,
    /// Older names by the new ones.
    names: BTreeMap<Address, Address>,
    by_id: HashMap<(&'static str, &'a str), &'a Found>,
    objects: BTreeMap<Address, Object>,
    /// Lists of children that have to be read.
    lists: BTreeMap<(Address, &'static str), &'static Kind>,
    hidden: Vec<(Address, String)>,
    lost: Vec<Lost>,
}

impl<'a> Backward<'a> {
    /// The address of an object before the run.
    fn old(&self, address: &Address) -> Address {
        if let Some(old) = self.names.get(address) {
            return old.clone();
        }
        let inner = address.map_parts(&|part| self.old(part));
        self.names.get(&inner).cloned().unwrap_or(inner)
    }

    fn old_value(&self, value: &Value) -> Value {
        value.map_refs(&|address| self.old(address))
    }

    fn old_items(&self, items: &BTreeSet<Value>) -> BTreeSet<Value> {
        items.iter().map(|item| self.old_value(item)).collect()
    }

    /// The object of a step, as it was.
    fn found(&self, step: &Step) -> Option<&'a Found> {
        self.by_id
            .get(&(step.kind.family, step.id.as_deref()?))
            .copied()
    }

    /// The object to be wanted at an address, with the names that it may have by now.
    fn object(&mut self, kind: &'static Kind, address: &Address) -> &mut Object {
        self.read_with(kind, address);
        let names = &self.names;
        self.objects.entry(address.clone()).or_insert_with(|| {
            let mut object = Object::put_back(kind, address.clone(), NOWHERE);
            let now = names
                .iter()
                .filter(|(_, old)| *old == address)
                .map(|(now, _)| (now.clone(), NOWHERE));
            object.previously.extend(now);
            object
        })
    }

    /// A child is read with the list of its owner.
    fn read_with(&mut self, kind: &'static Kind, address: &Address) {
        let Some(Part::At(owner)) = address.parts().first() else {
            return;
        };
        let owner = owner.clone();
        self.lists.entry((owner.clone(), kind.name)).or_insert(kind);
        if let Some(found) = self.over.live.get(&owner) {
            self.object(found.kind, &owner);
        }
    }

    fn lose(&mut self, address: &Address, field: Option<&Field>, why: &str) {
        let field = field.map(|field| field.yaml_key.to_owned());
        self.lost.push(Lost {
            address: address.clone(),
            field,
            why: why.to_owned(),
        });
    }

    /// Restores the earlier values of a change.
    fn update(&mut self, step: &Step) {
        let Some(found) = self.found(step) else {
            return;
        };
        let (kind, address) = (found.kind, found.address.clone());
        self.object(kind, &address);
        for change in &step.changes {
            let Some(field) = kind.field(change.field) else {
                continue;
            };
            match self.before(change, field, found) {
                Ok(what) => {
                    let want = Want::new(what, NOWHERE);
                    self.object(kind, &address).fields.insert(field.name, want);
                }
                Err(why) => self.lose(&address, Some(field), why),
            }
        }
    }

    fn before(&self, change: &Change, field: &Field, found: &Found) -> Result<What, &'static str> {
        if change.class != Class::Plain || field.class != Class::Plain {
            return Err(SECRET);
        }
        Ok(match &change.delta {
            Delta::Items { added, removed, .. } => What::Some {
                include: self.old_items(removed),
                exclude: self.old_items(added),
            },
            Delta::Keys(keys) => {
                let before = |(key, (old, _)): (&String, &(Option<Json>, Option<Json>))| {
                    (key.clone(), old.clone().unwrap_or(Json::Null))
                };
                What::Keys(keys.iter().map(before).collect())
            }
            Delta::New(_) | Delta::Value(..) => What::Is(
                found
                    .fields
                    .get(field.name)
                    .filter(|value| shown(value))
                    .ok_or(UNKNOWN)?
                    .clone(),
            ),
            Delta::Written => return Err(SECRET),
        })
    }

    /// Restores deleted objects, dependents that the server deleted along with them, and references that it cleared.
    fn deleted(&mut self, gone: &BTreeSet<Address>) {
        if gone.is_empty() {
            return;
        }
        let live: &'a Live = self.over.live;
        let mut all = gone.clone();
        // Bindings of bindings go in a second round.
        for _ in 0..2 {
            let names = |part: &Part| matches!(part, Part::At(at) if all.contains(at));
            let along: Vec<Address> = live
                .objects
                .keys()
                .filter(|address| address.parts().iter().any(names))
                .cloned()
                .collect();
            all.extend(along);
        }
        // If several bindings join the same objects, all their fields are set, so that each is distinguished from the
        // others.
        let alike: BTreeSet<Vec<&Part>> = all.iter().filter_map(joined).collect();
        let alike =
            |found: &&Found| joined(&found.address).is_some_and(|parts| alike.contains(&parts));
        let again: Vec<&'a Found> = live
            .objects
            .values()
            .map(|found| &**found)
            .filter(|found| all.contains(&found.address) || alike(found))
            .collect();
        for found in again {
            self.again(found);
        }
        self.unrestored(&all);
        let rest = live.objects.values();
        for found in rest.filter(|found| !all.contains(&found.address)) {
            self.cleared_references(found, &all);
        }
        self.sides(&all);
    }

    /// Reports dependents that the server deleted along with objects and that are not among `all`, which are restored.
    fn unrestored(&mut self, all: &BTreeSet<Address>) {
        let back: BTreeSet<String> = all.iter().map(Address::to_string).collect();
        for (address, dependents) in &self.over.plan.dependents {
            let address = self.old(address);
            let taken = dependents.iter().filter(|dependent| {
                dependent.fate == Fate::Deleted && !back.contains(&dependent.name)
            });
            for dependent in taken.filter(|_| all.contains(&address)) {
                let why = format!(
                    "authentik deleted {} along with it, which is not restored",
                    dependent.name
                );
                self.lost.push(Lost {
                    address: address.clone(),
                    field: None,
                    why,
                });
            }
        }
    }

    /// Restores the references of an object to deleted ones, which the server cleared.
    fn cleared_references(&mut self, found: &'a Found, all: &BTreeSet<Address>) {
        for (name, value) in found.fields.iter() {
            let field = found.kind.field(name);
            let Some(field) = field.filter(|field| field.class == Class::Plain) else {
                continue;
            };
            let mut refers = false;
            value.refs(&mut |address| refers |= all.contains(address));
            // The other side of a membership says it already.
            if !refers || !shown(value) || found.kind.key_fields().any(|key| key == *name) {
                continue;
            }
            let what = match value {
                Value::Set(items) => {
                    let lost = |item: &&Value| matches!(item, Value::Ref(address) if all.contains(address));
                    What::Some {
                        include: items.iter().filter(lost).cloned().collect(),
                        exclude: BTreeSet::new(),
                    }
                }
                value => What::Is(value.clone()),
            };
            let object = self.object(found.kind, &found.address);
            let declared = object.fields.get_mut(field.name);
            match (declared.map(|want| &mut want.what), what) {
                (Some(What::Some { include, .. }), What::Some { include: more, .. }) => {
                    include.extend(more)
                }
                (Some(_), _) => {}
                (None, what) => drop(object.fields.insert(field.name, Want::new(what, NOWHERE))),
            }
        }
    }

    /// An object with all that it had.
    fn again(&mut self, found: &Found) {
        let (kind, address) = (found.kind, &found.address);
        // Named under `absent` in a family of several kinds: its own kind's list was not read.
        if kinds::outside(kind.family) == Some(kind) {
            return self.lose(
                address,
                None,
                "only its name was read, so it cannot be recreated",
            );
        }
        if kind.name_has_hash_of.is_some() {
            return self.lose(
                address,
                None,
                "its content was not kept, so it cannot be uploaded again",
            );
        }
        self.object(kind, address);
        let release = self.over.live.release;
        let said = |field: &&Field| field.is_in(release) && !field.derived && !field.volatile;
        for field in kind.fields.iter().filter(said) {
            let value = found.fields.get(field.name);
            match value {
                _ if field.class == Class::WriteOnly => self.lose(address, Some(field), SECRET),
                // Some patch releases no longer give it back.
                None if field.may_be_withheld() => self.lose(address, Some(field), SECRET),
                // A set that is read separately is read only where the files declare it.
                None if kind
                    .members_of(field.name)
                    .is_some_and(|members| members.read.is_some()) =>
                {
                    self.lose(
                        address,
                        Some(field),
                        "it was not read, so it is not restored",
                    );
                }
                Some(value) if field.class != Class::Plain && !value.is_empty() => {
                    self.lose(address, Some(field), SECRET);
                }
                Some(value) if field.class == Class::Plain && !shown(value) => {
                    self.lose(address, Some(field), SECRET)
                }
                Some(value)
                    if field.class == Class::Plain
                        && reported(kind, field, value, release)
                        && !forced(kind, field.name) =>
                {
                    let want = Want::new(What::Is(value.clone()), NOWHERE);
                    self.object(kind, address).fields.insert(field.name, want);
                }
                _ => {}
            }
        }
    }

    /// Where both sides of a membership are wanted, the side that is written gets what the other one says.
    fn sides(&mut self, made: &BTreeSet<Address>) {
        let mut more: Vec<(Address, &'static str, Value)> = Vec::new();
        for object in self
            .objects
            .values()
            .filter(|object| made.contains(&object.address))
        {
            for (name, want) in &object.fields {
                let (Some(other), What::Is(Value::Set(items))) = (
                    object.kind.field(name).and_then(|field| field.inverse_of),
                    &want.what,
                ) else {
                    continue;
                };
                for item in items {
                    if let Value::Ref(address) = item {
                        more.push((address.clone(), other, Value::Ref(object.address.clone())));
                    }
                }
            }
        }
        for (address, field, item) in more {
            let wanted = self
                .objects
                .get_mut(&address)
                .and_then(|object| object.fields.get_mut(field));
            match wanted.map(|want| &mut want.what) {
                Some(What::Some { include, .. }) => drop(include.insert(item)),
                Some(What::Is(Value::Set(items))) => drop(items.insert(item)),
                _ => {}
            }
        }
    }

    /// An object that the run created is deleted, along with what belongs to it.
    fn absent(&mut self, step: &Step, made: &BTreeSet<&Address>, desired: &mut Desired) {
        if let Some(Part::At(owner)) = step.address.parts().first()
            && made.contains(owner)
        {
            return;
        }
        let address = self.old(&step.address);
        if self
            .over
            .plan
            .declared
            .get(&step.address)
            .is_some_and(|declared| declared.protect)
        {
            return self.lose(
                &address,
                None,
                "the run created it, and it is protected, so it stays",
            );
        }
        let of_content = |change: &&Change| Some(change.field) == step.kind.name_has_hash_of;
        if step
            .changes
            .iter()
            .find(of_content)
            .is_some_and(|change| matches!(change.delta, Delta::Value(..)))
        {
            return self.lose(
                &address,
                None,
                "the file that it replaced cannot be uploaded again, so it stays",
            );
        }
        if step.kind.raw {
            return self.lose(
                &address,
                None,
                "the run created it under `raw`, and it stays; to delete it, list it under `absent`",
            );
        }
        self.read_with(step.kind, &address);
        let hidden = step
            .changes
            .iter()
            .filter(|change| change.class != Class::Plain);
        hidden.for_each(|change| self.hidden.push((address.clone(), change.field.to_owned())));
        desired.absent.push(Absent {
            address,
            span: NOWHERE,
        });
    }

    fn finish(self, mut undo: Undo) -> Undo {
        let absent: BTreeSet<&Address> = undo
            .desired
            .absent
            .iter()
            .map(|absent| &absent.address)
            .collect();
        let mut kinds: Vec<&'static Kind> = Vec::new();
        for (address, mut object) in self.objects {
            for (key, value) in address
                .name()
                .and_then(|name| object.kind.key_values(name))
                .unwrap_or_default()
            {
                object
                    .fields
                    .insert(key, Want::new(What::Is(value), NOWHERE));
            }
            if object.kind.raw && !kinds.contains(&object.kind) {
                kinds.push(object.kind);
            }
            for (name, want) in &object.fields {
                for used in referred(want) {
                    if !absent.contains(&used) {
                        object.refs.push(RefUse {
                            field: name,
                            address: used,
                            span: NOWHERE,
                        });
                    }
                }
            }
            undo.desired.objects.push(object);
        }
        undo.desired.raw = kinds
            .into_iter()
            .map(|kind| crate::desired::RawCollection {
                kind,
                span: NOWHERE,
            })
            .collect();
        let lists = self.lists.into_iter();
        undo.desired.owned = lists
            .map(|((owner, _), kind)| Owned {
                kind,
                owner,
                exact: false,
                exclude: Vec::new(),
                span: NOWHERE,
            })
            .collect();
        undo.hidden = self.hidden.into_iter().collect();
        undo.lost = self.lost;
        undo
    }
}

/// The objects that a binding joins, without the number that distinguishes it from others; `None` for an object with a
/// name.
fn joined(address: &Address) -> Option<Vec<&Part>> {
    let parts = address
        .parts()
        .iter()
        .filter(|part| !matches!(part, Part::Number(_)));
    (!address.parts().is_empty()).then(|| parts.collect())
}

/// Every address in a desired value.
fn referred(want: &Want) -> BTreeSet<Address> {
    let mut all = BTreeSet::new();
    let mut take = |value: &Value| {
        value.refs(&mut |address| {
            all.insert(address.clone());
        });
    };
    match &want.what {
        What::Is(value) => take(value),
        What::Some { include, exclude } => include.iter().chain(exclude).for_each(&mut take),
        What::Keys(_) => {}
    }
    all
}

/// Whether the value holds no secret.
fn shown(value: &Value) -> bool {
    fingerprint(value).is_some()
}

/// Whether a creation must set the field: its value is not the server's default. Objects that are distinguished by what
/// they hold get all their fields.
fn reported(kind: &Kind, field: &Field, value: &Value, release: Release) -> bool {
    match default_value(field, Some(release)) {
        _ if matches!(kind.keying, Keying::Fields(_)) => !value.is_empty(),
        Some(default) => default != *value,
        None => !value.is_empty(),
    }
}

/// Whether the server puts values of its own there.
fn forced(kind: &Kind, field: &str) -> bool {
    kind.forced.iter().any(|forced| forced.field == field)
}

/// Gives every want a place of its own, so that what cannot be planned is found again: the object's number, and that of
/// the reference after it.
pub(super) fn number(desired: &mut Desired) {
    for (place, object) in desired.objects.iter_mut().enumerate() {
        let at = |end: usize| Span {
            file: NOWHERE.file,
            start: place as u32,
            end: end as u32,
        };
        object.span = at(0);
        object.fields.place(at(0));
        object
            .previously
            .iter_mut()
            .for_each(|(_, span)| *span = at(0));
        object
            .refs
            .iter_mut()
            .enumerate()
            .for_each(|(number, used)| used.span = at(number + 1));
    }
}

/// Leaves out what these places stand for, and says why; false if they stand for nothing.
pub(super) fn leave_out(undo: &mut Undo, places: &BTreeSet<(usize, usize, String)>) -> bool {
    let mut whole: BTreeMap<usize, &str> = BTreeMap::new();
    let mut any = false;
    for (place, number, why) in places {
        let Some(object) = undo.desired.objects.get_mut(*place) else {
            continue;
        };
        let used = number
            .checked_sub(1)
            .and_then(|number| object.refs.get(number))
            .map(|used| used.field);
        match used {
            Some(field) if object.fields.remove(field).is_some() => {
                any = true;
                undo.lost.push(Lost {
                    address: object.address.clone(),
                    field: Some(field.to_owned()),
                    why: why.clone(),
                });
            }
            Some(_) => {}
            None => drop(whole.insert(*place, why)),
        }
    }
    for (place, why) in whole.into_iter().rev() {
        let object = undo.desired.objects.remove(place);
        undo.desired
            .owned
            .retain(|owned| owned.owner != object.address);
        undo.records.remove(&object.address);
        undo.lost.push(Lost {
            address: object.address,
            field: None,
            why: why.to_owned(),
        });
        any = true;
    }
    for object in &mut undo.desired.objects {
        let fields = &object.fields;
        object.refs.retain(|used| fields.contains_key(used.field));
    }
    any
}
