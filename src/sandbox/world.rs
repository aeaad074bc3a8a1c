//! The objects in memory: primary keys, unique values, and references between objects.
//! Must never know about HTTP, nor decide what a request means.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::facts::{Collection, Facts};
use super::ids::{Seed, canonical_uuid};
use super::licence::Licence;
use super::log::{Log, Mark};
use crate::sandbox::types::{Serial, Values};

/// One object as stored: everything that was written, secrets included.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// The path of its collection, such as `/core/groups/`.
    pub base: String,
    pub values: Values,
}

/// All objects, with the indexes that keep 20,000 of them quick.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub facts: Arc<Facts>,
    pub licence: Licence,
    pub seed: Seed,
    /// The audit log.
    pub log: Log,
    /// Access tokens that were given for the API, with their users; gone when the sandbox is.
    pub access_tokens: HashMap<String, Serial>,
    objects: BTreeMap<Serial, Object>,
    members: BTreeMap<String, BTreeSet<Serial>>,
    by_pk: HashMap<(String, String), Serial>,
    /// The ids of binding targets: flows and stage bindings have one beside their primary key.
    by_binding_id: HashMap<String, Serial>,
    by_unique: HashMap<(String, String), Serial>,
    /// For each object, the objects and fields that refer to it.
    referrers: HashMap<Serial, BTreeSet<(Serial, String)>>,
    next_serial: Serial,
    last_int: HashMap<String, i64>,
    /// The changes that have to be known to keep the world in a file; `None` where it is not kept.
    changes: Option<Changes>,
}

/// What changed.
#[derive(Debug, Clone, Default)]
struct Changes {
    /// Since the world was saved.
    unsaved: BTreeSet<Serial>,
    /// Since the request under way began.
    undo: Option<Undo>,
}

/// How things were when a request began.
#[derive(Debug, Clone)]
struct Undo {
    objects: BTreeMap<Serial, Option<Object>>,
    seed: Seed,
    log: Mark,
    access_tokens: HashMap<String, Serial>,
    next_serial: Serial,
    last_int: HashMap<String, i64>,
}

/// A primary key or key value as index text.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The display text of a key, for messages.
pub(super) fn key_text(world: &World, serial: Serial) -> String {
    text_of(&world.pk_of(serial))
}

impl World {
    pub fn new(facts: Arc<Facts>) -> World {
        World {
            facts,
            licence: Licence::default(),
            access_tokens: HashMap::new(),
            seed: Seed::default(),
            log: Log::default(),
            objects: BTreeMap::new(),
            members: BTreeMap::new(),
            by_pk: HashMap::new(),
            by_binding_id: HashMap::new(),
            by_unique: HashMap::new(),
            referrers: HashMap::new(),
            next_serial: 1,
            last_int: HashMap::new(),
            changes: None,
        }
    }

    /// A copy that is kept in no file.
    pub fn apart(&self) -> World {
        World {
            changes: None,
            ..self.clone()
        }
    }

    /// From now on notes what changes, so that it can be saved and taken back.
    pub fn remember(&mut self) {
        self.changes = Some(Changes::default());
    }

    /// Notes how things are, for [`World::take_back`].
    pub fn begin(&mut self) {
        let undo = Undo {
            objects: BTreeMap::new(),
            seed: self.seed.clone(),
            log: self.log.mark(),
            access_tokens: self.access_tokens.clone(),
            next_serial: self.next_serial,
            last_int: self.last_int.clone(),
        };
        if let Some(changes) = &mut self.changes {
            changes.undo = Some(undo);
        }
    }

    /// Puts everything back as it was at the last [`World::begin`].
    pub fn take_back(&mut self) {
        let Some(undo) = self
            .changes
            .as_mut()
            .and_then(|changes| changes.undo.take())
        else {
            return;
        };
        let mut objects = std::mem::take(&mut self.objects);
        for (serial, before) in undo.objects {
            match before {
                Some(object) => drop(objects.insert(serial, object)),
                None => drop(objects.remove(&serial)),
            }
        }
        // Rare, so every index is built again.
        self.fill(objects);
        (self.seed, self.access_tokens) = (undo.seed, undo.access_tokens);
        (self.next_serial, self.last_int) = (undo.next_serial, undo.last_int);
        self.log.take_back(&undo.log);
    }

    /// The objects that changed since the world was saved, those that are gone among them.
    pub fn unsaved(&self) -> impl Iterator<Item = Serial> + '_ {
        self.changes
            .iter()
            .flat_map(|changes| &changes.unsaved)
            .copied()
    }

    /// Notes that everything is saved.
    pub fn saved(&mut self) {
        self.changes = self.changes.as_ref().map(|_| Changes::default());
        self.log.saved();
    }

    /// Notes that an object is about to change.
    fn touch(&mut self, serial: Serial) {
        let Some(changes) = &mut self.changes else {
            return;
        };
        changes.unsaved.insert(serial);
        if let Some(undo) = &mut changes.undo {
            undo.objects
                .entry(serial)
                .or_insert_with(|| self.objects.get(&serial).cloned());
        }
    }

    /// Takes these objects for all there are.
    pub fn fill(&mut self, objects: BTreeMap<Serial, Object>) {
        self.members.clear();
        self.by_pk.clear();
        self.by_binding_id.clear();
        self.by_unique.clear();
        self.referrers.clear();
        self.objects = objects;
        let serials: Vec<Serial> = self.objects.keys().copied().collect();
        self.next_serial = serials.last().map_or(1, |last| last + 1);
        for (serial, object) in &self.objects {
            self.members
                .entry(object.base.clone())
                .or_default()
                .insert(*serial);
        }
        // Twice, since references are looked up by keys.
        for serial in &serials {
            self.keys(*serial)
                .into_iter()
                .for_each(|entry| self.add(*serial, entry));
        }
        serials.into_iter().for_each(|serial| self.index(serial));
    }

    pub fn get(&self, serial: Serial) -> Option<&Object> {
        self.objects.get(&serial)
    }

    /// One stored value; null for an absent object or field.
    pub fn value(&self, serial: Serial, field: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.get(serial)
            .and_then(|object| object.values.get(field))
            .unwrap_or(&NULL)
    }

    pub fn collection(&self, base: &str) -> Option<&Collection> {
        self.facts.collections.get(base)
    }

    pub fn collection_of(&self, serial: Serial) -> Option<&Collection> {
        self.collection(&self.get(serial)?.base)
    }

    pub fn pk_of(&self, serial: Serial) -> Value {
        self.collection_of(serial)
            .map_or(Value::Null, |collection| {
                self.value(serial, &collection.pk).clone()
            })
    }

    /// The objects of one collection in order of creation.
    pub fn members(&self, base: &str) -> impl Iterator<Item = Serial> + '_ {
        self.members.get(base).into_iter().flatten().copied()
    }

    /// The objects of a model and of all models that inherit from it, as Django lists them.
    pub fn instances(&self, model: &str) -> Vec<Serial> {
        let mut found: Vec<Serial> = self
            .facts
            .collections
            .iter()
            .filter(|(_, collection)| collection.is_a(model))
            .flat_map(|(base, _)| self.members(base))
            .collect();
        found.sort_unstable();
        found
    }

    /// The object a foreign key to `model` means; `Err` where the sandbox has no such model.
    pub fn resolve(&self, model: &str, key: &Value) -> Result<Option<Serial>, UnknownModel> {
        if model == "PolicyBindingModel" {
            return Ok(self.by_binding_id.get(&text_of(key)).copied());
        }
        let root = self.facts.root_of(model).ok_or(UnknownModel)?;
        let found = self.by_pk.get(&(root.to_owned(), text_of(key))).copied();
        Ok(found.filter(|serial| self.collection_of(*serial).is_some_and(|c| c.is_a(model))))
    }

    /// The object whose binding id is exactly this, as the filter `target` wants it.
    pub fn by_binding_id(&self, id: &str) -> Option<Serial> {
        let serial = *self.by_binding_id.get(id)?;
        let own = self.binding_id(serial);
        (own.is_null() || own == id).then_some(serial)
    }

    /// The id that policies bind to, where it is not the primary key.
    pub fn binding_id(&self, serial: Serial) -> &Value {
        let name = self.collection_of(serial).and_then(Collection::binding_id);
        name.map_or(&Value::Null, |name| self.value(serial, name))
    }

    /// The holder of a unique value.
    pub fn holder(&self, space: &str, value: &Value) -> Option<Serial> {
        self.by_unique
            .get(&(space.to_owned(), text_of(value)))
            .copied()
    }

    /// The object that a URL addresses: by slug, identifier or primary key.
    pub fn find(&self, base: &str, key: &str) -> Option<Serial> {
        let collection = self.collection(base)?;
        let found = match collection.key.as_str() {
            "slug" if base == "/sources/all/" || collection.is_a("Source") => {
                self.by_unique.get(&("Source.slug".into(), key.into()))
            }
            key_field @ ("slug" | "identifier") => {
                let space = format!("{}.{key_field}", collection.model);
                self.by_unique.get(&(space, key.into()))
            }
            _ => {
                let key = canonical_uuid(key).unwrap_or_else(|| key.to_owned());
                self.by_pk.get(&(collection.root().to_owned(), key))
            }
        };
        // A model's collection also serves the objects that inherit from it.
        found.copied().filter(|serial| {
            self.collection_of(*serial)
                .is_some_and(|c| c.is_a(&collection.model))
        })
    }

    /// Objects that refer to this one through the named field of the named collection.
    pub fn referrers<'a>(
        &'a self,
        serial: Serial,
        base: &'a str,
        field: &'a str,
    ) -> impl Iterator<Item = Serial> + 'a {
        self.all_referrers(serial)
            .filter(move |(source, name)| {
                *name == field && self.get(*source).is_some_and(|o| o.base == base)
            })
            .map(|(source, _)| source)
    }

    pub fn all_referrers(&self, serial: Serial) -> impl Iterator<Item = (Serial, &str)> + '_ {
        self.referrers
            .get(&serial)
            .into_iter()
            .flatten()
            .map(|(source, field)| (*source, field.as_str()))
    }

    /// The next integer primary key of a family, as a database sequence gives it.
    pub fn next_int(&mut self, base: &str) -> i64 {
        let root = self
            .collection(base)
            .map(|c| c.root().to_owned())
            .unwrap_or_default();
        let last = self.last_int.entry(root).or_insert(0);
        *last += 1;
        *last
    }

    /// Adds an object whose values are complete.
    pub fn insert(&mut self, base: &str, values: Values) -> Serial {
        let serial = self.next_serial;
        self.next_serial += 1;
        self.touch(serial);
        let object = Object {
            base: base.to_owned(),
            values,
        };
        self.members
            .entry(base.to_owned())
            .or_default()
            .insert(serial);
        self.objects.insert(serial, object);
        self.index(serial);
        serial
    }

    /// Replaces an object's values.
    pub fn replace(&mut self, serial: Serial, values: Values) {
        self.touch(serial);
        self.unindex(serial);
        if let Some(object) = self.objects.get_mut(&serial) {
            object.values = values;
        }
        self.index(serial);
    }

    /// Changes one field of an object.
    pub fn set(&mut self, serial: Serial, field: &str, value: Value) {
        if let Some(object) = self.get(serial) {
            let mut values = object.values.clone();
            values.insert(field.to_owned(), value);
            self.replace(serial, values);
        }
    }

    /// Takes one object out of every index; what refers to it is left to the caller.
    pub fn remove(&mut self, serial: Serial) -> Option<(Object, Vec<(Serial, String)>)> {
        self.touch(serial);
        self.unindex(serial);
        let object = self.objects.remove(&serial)?;
        if let Some(members) = self.members.get_mut(&object.base) {
            members.remove(&serial);
        }
        let referrers = self.referrers.remove(&serial).unwrap_or_default();
        Some((object, referrers.into_iter().collect()))
    }

    /// Fills an empty world. References are looked up when all objects are there.
    pub fn load(&mut self, objects: Vec<(String, Values)>) {
        let serials: Vec<Serial> = objects
            .into_iter()
            .map(|(base, values)| self.insert(&base, values))
            .collect();
        for serial in serials {
            self.index(serial);
        }
    }

    /// All objects in order of creation.
    pub fn all(&self) -> impl Iterator<Item = (Serial, &Object)> {
        self.objects
            .iter()
            .map(|(serial, object)| (*serial, object))
    }

    /// The last integer key of each family.
    pub fn sequences(&self) -> BTreeMap<String, i64> {
        self.last_int
            .iter()
            .map(|(root, last)| (root.clone(), *last))
            .collect()
    }

    /// Sequences never go back, not even when the newest object is deleted.
    pub fn raise_sequences(&mut self, sequences: BTreeMap<String, i64>) {
        for (root, last) in sequences {
            let known = self.last_int.entry(root).or_insert(0);
            *known = last.max(*known);
        }
    }

    fn index(&mut self, serial: Serial) {
        // The keys first: an object may refer to itself.
        for entry in self.keys(serial) {
            self.add(serial, entry);
        }
        for entry in self.links(serial) {
            self.add(serial, entry);
        }
    }

    fn add(&mut self, serial: Serial, entry: Entry) {
        match entry {
            Entry::Pk(root, pk) => {
                if let Ok(number) = pk.parse::<i64>() {
                    let last = self.last_int.entry(root.clone()).or_insert(0);
                    *last = number.max(*last);
                }
                self.by_pk.insert((root, pk), serial);
            }
            Entry::Binding(id) => {
                self.by_binding_id.insert(id, serial);
            }
            Entry::Unique(space, value) => {
                self.by_unique.insert((space, value), serial);
            }
            Entry::Reference(target, field) => {
                self.referrers
                    .entry(target)
                    .or_default()
                    .insert((serial, field));
            }
        }
    }

    fn unindex(&mut self, serial: Serial) {
        let links = self.links(serial);
        for entry in self.keys(serial).into_iter().chain(links) {
            match entry {
                Entry::Pk(root, pk) => {
                    self.by_pk.remove(&(root, pk));
                }
                Entry::Binding(id) => {
                    self.by_binding_id.remove(&id);
                }
                Entry::Unique(space, value) => {
                    self.by_unique.remove(&(space, value));
                }
                Entry::Reference(target, field) => {
                    if let Some(sources) = self.referrers.get_mut(&target) {
                        sources.remove(&(serial, field));
                    }
                }
            }
        }
    }

    /// The keys by which one object is referred to.
    fn keys(&self, serial: Serial) -> Vec<Entry> {
        let Some(collection) = self.collection_of(serial) else {
            return Vec::new();
        };
        let pk = text_of(self.value(serial, &collection.pk));
        let mut entries = vec![Entry::Pk(collection.root().to_owned(), pk.clone())];
        if collection.is_binding_target() {
            entries.push(Entry::Binding(pk));
            if let Value::String(id) = self.binding_id(serial) {
                entries.push(Entry::Binding(id.clone()));
            }
        }
        entries
    }

    /// The unique values of one object, and the objects that it refers to.
    fn links(&self, serial: Serial) -> Vec<Entry> {
        let (Some(object), Some(collection)) = (self.get(serial), self.collection_of(serial))
        else {
            return Vec::new();
        };
        let mut entries = Vec::new();
        if let Some(slug) = object.values.get("slug").filter(|_| collection.read_only) {
            entries.push(Entry::Unique(
                unique_space(collection, "slug"),
                text_of(slug),
            ));
        }
        for (name, field) in &collection.fields {
            let Some(value) = object.values.get(name).filter(|value| !value.is_null()) else {
                continue;
            };
            if field.unique.is_some() {
                entries.push(Entry::Unique(
                    unique_space(collection, name),
                    text_of(value),
                ));
            }
            let Some(model) = &field.to else { continue };
            let targets = match value {
                Value::Array(items) => items.as_slice(),
                single => std::slice::from_ref(single),
            };
            for target in targets {
                if let Ok(Some(target)) = self.resolve(model, target) {
                    entries.push(Entry::Reference(target, name.clone()));
                }
            }
        }
        entries
    }
}

/// The name space of a unique field: that of the ancestor that owns the column.
pub(super) fn unique_space(collection: &Collection, field: &str) -> String {
    let owner = collection
        .fields
        .get(field)
        .and_then(|f| f.declared_in.as_deref());
    format!("{}.{field}", owner.unwrap_or(&collection.model))
}

/// A model the sandbox keeps no objects of (permissions, content types, tenants).
#[derive(Debug)]
pub(super) struct UnknownModel;

enum Entry {
    Pk(String, String),
    Binding(String),
    Unique(String, String),
    Reference(Serial, String),
}
