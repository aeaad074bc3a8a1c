//! Sets with items named in the files: who put each item there, what is removed because it has left the files, and what
//! stays although it has.
//!
//! Only what the ledger says akrec itself added is ever taken out for the files' silence. A membership is one relation
//! with two sides (a group's `members`, a user's `groups`): what the ledger knows of it counts on either.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use super::matching::{Counterpart, Matched};
use super::step::{Action, Delta, Step};
use super::{ItemId, Keeps, Kept, ListItem};
use crate::desired::{Desired, Object, Want, What};
use crate::diag::{FileId, Span};
use crate::kinds;
use crate::ledger::{Adding, ItemOrigin, Ledger, Record};
use crate::live::Live;
use crate::schema::{Class, Field, Keying, Shape, id_text};
use crate::value::{Address, Value};

/// The place of an object that no file declares.
const NOWHERE: Span = Span {
    file: FileId(u32::MAX),
    start: 0,
    end: 0,
};

/// The ledger's records of the items of sets, beside the live state.
pub(super) struct Lists<'a> {
    ledger: &'a Ledger,
    live: &'a Live,
    matched: &'a Matched,
    records: HashMap<(&'static str, &'a str), &'a Record>,
    /// Every live object, by the address that it will have: each is asked for by many items.
    there: HashMap<&'a Address, There<'a>>,
    /// Items that the other side of the relation names, and whether it includes them: object, field and item.
    mentioned: HashMap<(&'a Address, &'static str, &'a Address), bool>,
    /// Sets whose other side is declared as a complete list: object and field of that side.
    complete: HashSet<(&'a Address, &'static str)>,
}

/// A live object as an item of a set, or as its holder.
struct There<'a> {
    /// The address that it has now.
    before: &'a Address,
    /// The id by which others refer to it.
    id: Option<String>,
    /// The ledger's record of it.
    record: Option<&'a Record>,
}

impl<'a> Lists<'a> {
    pub fn new(
        objects: &'a [Object],
        live: &'a Live,
        ledger: &'a Ledger,
        matched: &'a Matched,
    ) -> Lists<'a> {
        let records = ledger
            .records
            .values()
            .map(|record| ((record.kind.family, record.id.as_str()), record));
        let records: HashMap<(&str, &str), &Record> = records.collect();
        let there = matched.live.iter().map(|(address, (before, found))| {
            let id = id_text(&found.pk);
            let key = id.as_deref().map(|id| (address.family, id));
            let record = key.and_then(|key| records.get(&key)).copied();
            (address, There { before, id, record })
        });
        let mut lists = Lists {
            ledger,
            live,
            matched,
            there: there.collect(),
            records,
            mentioned: HashMap::new(),
            complete: HashSet::new(),
        };
        for object in objects {
            for (name, want) in &object.fields {
                let Some(field) = object.kind.field(name).filter(|field| has_sides(field)) else {
                    continue;
                };
                let (items, excluded) = match &want.what {
                    What::Is(Value::Set(items)) => {
                        lists.complete.insert((&object.address, field.name));
                        (items, None)
                    }
                    What::Some { include, exclude } => (include, Some(exclude)),
                    What::Is(_) | What::Keys(_) => continue,
                };
                let items = items.iter().map(|item| (item, true));
                let excluded = excluded.into_iter().flatten().map(|item| (item, false));
                for (item, wanted) in items.chain(excluded) {
                    let Value::Ref(item) = item else { continue };
                    for other in other_sides(field, &object.address, item) {
                        lists
                            .mentioned
                            .insert((item, other, &object.address), wanted);
                    }
                }
            }
        }
        lists
    }

    /// Whether the other side of a relation names it, so that this side, which mirrors that one, leaves it unchanged.
    pub fn is_of_other_side(&self, object: &Object, field: &Field, item: &Value) -> bool {
        let (Value::Ref(item), Some(other)) = (item, field.inverse_of) else {
            return false;
        };
        self.complete.contains(&(item, other))
            || self
                .mentioned
                .contains_key(&(&object.address, field.name, item))
    }

    /// The items of a partial list that have left it and that akrec added.
    pub fn leaving(
        &self,
        object: &Object,
        field: &Field,
        include: &BTreeSet<Value>,
        have: &BTreeSet<Value>,
    ) -> BTreeSet<Value> {
        self.left(object, field, include, have)
            .filter(|(_, origin)| *origin == ItemOrigin::Added)
            .map(|(item, _)| item.clone())
            .collect()
    }

    /// The items that stay although they have left their partial lists, because akrec did not add them. They are reported
    /// once: the next ledger no longer has them.
    pub fn kept(&self, objects: &[Object]) -> Vec<Kept> {
        let mut kept = Vec::new();
        for (object, pair) in objects.iter().zip(&self.matched.pairs) {
            let Counterpart::There(found) = pair else {
                continue;
            };
            for (name, want) in &object.fields {
                let (Some(field), What::Some { include, exclude }) =
                    (tracked(object, name, want), &want.what)
                else {
                    continue;
                };
                let Some(have) = found.fields.get(name).and_then(Value::as_set) else {
                    continue;
                };
                for (why, meant) in [
                    (Keeps::Found, ItemOrigin::Found),
                    (Keeps::FoundPerhaps, ItemOrigin::Unknown),
                ] {
                    let items: BTreeSet<Value> = self
                        .left(object, field, include, have)
                        .filter(|(item, origin)| *origin == meant && !exclude.contains(item))
                        .map(|(item, _)| item.clone())
                        .collect();
                    if !items.is_empty() {
                        let items = Some((field.name, items));
                        kept.push(Kept {
                            address: object.address.clone(),
                            kind: object.kind,
                            why,
                            items,
                        });
                    }
                }
            }
        }
        kept
    }

    /// Whether the files no longer have a partial list at all to which akrec added items: those go.
    pub fn has_left(&self, object: &Object, field: &Field) -> bool {
        field.class == Class::Plain
            && !object.fields.contains_key(field.name)
            && !object.ignore.contains(field.name)
            && self
                .record(&object.address)
                .is_some_and(|record| record.adds_to(field.name))
    }

    /// The ledger's future records of the items that the files name, by field.
    pub fn declared(&self, object: &Object, pair: &Counterpart) -> BTreeMap<String, Vec<ListItem>> {
        let mut all = BTreeMap::new();
        for (name, want) in &object.fields {
            let (Some(field), Some(items)) = (tracked(object, name, want), named_items(want))
            else {
                continue;
            };
            let have = match pair {
                Counterpart::There(found) => Some(found.fields.get(name).and_then(Value::as_set)),
                Counterpart::Missing | Counterpart::Refused => None,
            };
            let one = |item: &Value| {
                let id = self.id(field, item)?;
                let origin = match have {
                    Some(Some(have)) if have.contains(item) => {
                        self.origin_of_present(object, field, &id, item)
                    }
                    _ => ItemOrigin::Added,
                };
                Some(ListItem { id, origin })
            };
            all.insert((*name).to_owned(), items.iter().filter_map(one).collect());
        }
        all
    }

    /// The items that a partial list named when it was last applied and no longer does, as far as they are there and the
    /// other side of their relation does not name them either.
    fn left<'s>(
        &'s self,
        object: &'s Object,
        field: &'s Field,
        include: &'s BTreeSet<Value>,
        have: &'s BTreeSet<Value>,
    ) -> impl Iterator<Item = (&'s Value, ItemOrigin)> {
        let elsewhere = |item: &Value| match item {
            Value::Ref(item) => {
                self.mentioned.get(&(&object.address, field.name, item)) == Some(&true)
            }
            _ => false,
        };
        let own = self
            .record(&object.address)
            .and_then(|record| record.items.get(field.name));
        have.iter()
            .filter(move |item| !include.contains(item) && !elsewhere(item))
            .filter_map(move |item| {
                let ItemId::Known(id) = self.id(field, item)? else {
                    return None;
                };
                let own = own.and_then(|own| own.get(&id).copied());
                Some((
                    item,
                    own.into_iter()
                        .chain(self.noted(object, field, item))
                        .min()?,
                ))
            })
    }

    /// How an item that is there and named came there.
    fn origin_of_present(
        &self,
        object: &Object,
        field: &Field,
        id: &ItemId,
        item: &Value,
    ) -> ItemOrigin {
        let ItemId::Known(id) = id else {
            return ItemOrigin::Added;
        };
        if let Some(origin) = self.origin(object, field, id, item) {
            return origin;
        }
        match self.record(&object.address) {
            // The ledger has the list, and an older akrec did not write down who put the items there.
            Some(record)
                if record.fields.contains_key(field.name)
                    && !record.items.contains_key(field.name) =>
            {
                ItemOrigin::Unknown
            }
            // A run that was killed made the object, and put in all that the files name.
            None if self.is_pending(&object.address) => ItemOrigin::Added,
            _ => ItemOrigin::Found,
        }
    }

    /// How an item came there, as far as the ledger has it, on either side of its relation.
    fn origin(&self, object: &Object, field: &Field, id: &str, item: &Value) -> Option<ItemOrigin> {
        let own = self
            .record(&object.address)
            .and_then(|record| record.items.get(field.name)?.get(id).copied());
        let known = [
            own,
            self.other_side(object, field, item),
            self.noted(object, field, item),
        ];
        known.into_iter().flatten().min()
    }

    /// The same by the record of the item itself, where that has another side of the relation.
    fn other_side(&self, object: &Object, field: &Field, item: &Value) -> Option<ItemOrigin> {
        let Value::Ref(address) = item else {
            return None;
        };
        let record = self.record(address).filter(|it| !it.items.is_empty())?;
        let id = self.pk(&object.address)?;
        let mut names = other_sides(field, &object.address, address);
        names.find_map(|name| record.items.get(name)?.get(&*id).copied())
    }

    /// The origin of an item that a run that was killed was about to add.
    fn noted(&self, object: &Object, field: &Field, item: &Value) -> Option<ItemOrigin> {
        if self.ledger.adding.is_empty() {
            return None;
        }
        let before = self.there.get(&object.address).map(|there| there.before);
        let mut names = std::iter::once(&object.address).chain(before);
        let noted = |at: &Address| {
            self.ledger
                .adding
                .get(at)?
                .get(field.name)
                .map(|all| all.contains(&spell_item(item)))
        };
        names
            .any(|at| noted(at) == Some(true))
            .then_some(ItemOrigin::Added)
    }

    fn is_pending(&self, address: &Address) -> bool {
        let there = self.there.get(address);
        let before = there.map_or(address, |there| there.before);
        self.ledger.pending.contains_key(before)
    }

    /// The record of an object that is there.
    fn record(&self, address: &Address) -> Option<&'a Record> {
        match self.there.get(address) {
            Some(there) => there.record,
            None => {
                let id = id_text(self.live.pk(address)?)?;
                self.records.get(&(address.family, id.as_str())).copied()
            }
        }
    }

    fn pk(&self, address: &Address) -> Option<Cow<'_, str>> {
        match self.there.get(address) {
            Some(there) => there.id.as_deref().map(Cow::Borrowed),
            None => id_text(self.live.pk(address)?).map(Cow::Owned),
        }
    }

    /// The id by which the ledger knows an item; `None` where it has no id of its own.
    fn id(&self, field: &Field, item: &Value) -> Option<ItemId> {
        match item {
            Value::Text(text) => Some(ItemId::Known(text.to_string())),
            Value::Int(number) => Some(ItemId::Known(number.to_string())),
            Value::Ref(address) => Some(self.reference(field, address, String::new())),
            // The family of the item cannot be determined.
            Value::Unknown(_) if field.shape.families().len() > 1 => None,
            Value::Unknown(id) => Some(ItemId::Known(id.to_string())),
            Value::Record(parts) => {
                let Value::Ref(permission) = parts.get("permission")? else {
                    return None;
                };
                let before = format!("{} ", permission.name()?);
                match parts.get("object")? {
                    Value::Ref(address) => Some(self.reference(field, address, before)),
                    Value::Unknown(id) => Some(ItemId::Known(format!("{before}{id}"))),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn reference(&self, field: &Field, address: &Address, before: String) -> ItemId {
        if let Some(name) = address.name().filter(|_| is_known_by_name(address.family)) {
            return ItemId::Known(format!("{before}{name}"));
        }
        // A permission names the kind of its object; anything else of several families has to say it.
        let several = before.is_empty() && field.shape.families().len() > 1;
        let before = if several {
            format!("{} ", address.family)
        } else {
            before
        };
        let id = match field.refers_by {
            Some(other) => {
                let there = self.there.get(address);
                let before = there.map_or(address, |there| there.before);
                let id = self.live.other_id(before, other);
                id.and_then(id_text).map(Cow::Owned)
            }
            None => self.pk(address),
        };
        match id {
            Some(id) => ItemId::Known(format!("{before}{id}")),
            None => ItemId::New {
                address: address.clone(),
                other: field.refers_by,
                before,
            },
        }
    }
}

/// The field, if the ledger notes who put its items there: a set without secrets that is not ignored.
fn tracked(object: &Object, name: &str, want: &Want) -> Option<&'static Field> {
    let field = object.kind.field(name)?;
    let plain = want.class(field.class) == Class::Plain && !object.ignore.contains(field.name);
    (plain && matches!(field.shape, Shape::Set(_))).then_some(field)
}

/// Lists that existed before akrec, have left the files, and have items that akrec added and that are removed.
pub(super) fn leaving(desired: &Desired, live: &Live, ledger: &Ledger) -> Vec<Object> {
    let leaving = ledger
        .added_to_what_leaves(desired)
        .into_iter()
        .filter(|(address, record)| {
            let found = live.get(address).filter(|found| found.kind == record.kind);
            found.is_some_and(|found| id_text(&found.pk).as_ref() == Some(&record.id))
        });
    leaving
        .map(|(address, record)| Object::leaving(record.kind, address.clone(), NOWHERE))
        .collect()
}

/// Whether the ledger knows objects of a family by their names: a permission has the same one on every server.
fn is_known_by_name(family: &str) -> bool {
    kinds::outside(family).is_some_and(|kind| matches!(kind.keying, Keying::Dotted(_)))
}

/// The fields of the table that are the other side of a relation.
struct Mirror {
    /// The field that it mirrors, and the family that has that one.
    mirrors: &'static str,
    of: &'static str,
    /// Itself, and the family that has it.
    field: &'static str,
    family: &'static str,
}

/// All of them; there are very few, and the table is gone through once.
fn mirrors() -> &'static [Mirror] {
    static ALL: LazyLock<Vec<Mirror>> = LazyLock::new(|| {
        let fields = kinds::KINDS
            .iter()
            .flat_map(|kind| kind.fields.iter().map(|field| (kind.family, field)));
        let mirror = |(family, field): (&'static str, &'static Field)| match (
            field.inverse_of,
            field.shape.families(),
        ) {
            (Some(mirrors), [of]) => Some(Mirror {
                mirrors,
                of,
                field: field.name,
                family,
            }),
            _ => None,
        };
        fields.filter_map(mirror).collect()
    });
    &ALL
}

/// Whether a set is one of two sides of a relation.
fn has_sides(field: &Field) -> bool {
    field.inverse_of.is_some() || mirrors().iter().any(|it| it.mirrors == field.name)
}

/// The fields that are the other side of a relation between an object and an item of its set.
fn other_sides(
    field: &Field,
    object: &Address,
    item: &Address,
) -> impl Iterator<Item = &'static str> {
    let (own, family, other) = (field.name, object.family, item.family);
    let mirroring = mirrors()
        .iter()
        .filter(move |it| it.family == other && it.mirrors == own && it.of == family);
    field
        .inverse_of
        .into_iter()
        .chain(mirroring.map(|it| it.field))
}

/// The items that the files want in a set.
fn named_items(want: &Want) -> Option<&BTreeSet<Value>> {
    match &want.what {
        What::Is(Value::Set(items)) => Some(items),
        What::Some { include, .. } => Some(include),
        What::Is(_) | What::Keys(_) => None,
    }
}

/// The items that steps add to sets of objects that are there, as a lease notes them before anything is written.
pub fn adding<'s>(steps: impl Iterator<Item = &'s Step>) -> Adding {
    let mut adding = Adding::new();
    for step in steps.filter(|step| matches!(step.action, Action::Update | Action::Rename)) {
        for change in step
            .changes
            .iter()
            .filter(|change| change.class == Class::Plain)
        {
            let items = match &change.delta {
                Delta::Items { added, .. } | Delta::New(Value::Set(added)) if !added.is_empty() => {
                    added
                }
                _ => continue,
            };
            let noted = adding
                .entry(step.address.clone())
                .or_default()
                .entry(change.field.to_owned())
                .or_default();
            noted.extend(items.iter().map(spell_item));
        }
    }
    adding
}

fn spell_item(item: &Value) -> String {
    let mut text = String::new();
    match item {
        Value::Ref(address) => text = address.path(),
        Value::Text(word) => text.push_str(word),
        Value::Int(number) => text = number.to_string(),
        Value::Unknown(id) => text.push_str(id),
        Value::Record(parts) => {
            for part in parts.values() {
                text.push_str(&spell_item(part));
                text.push(' ');
            }
        }
        _ => {}
    }
    text
}
