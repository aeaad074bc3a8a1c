//! A server in memory that does what a plan says, step by step, and refuses what a real one would refuse.
//!
//! Objects are raw API objects. It knows the table (unlike the sandbox), so that random worlds cost microseconds.

#![allow(dead_code, reason = "every test binary uses its own part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use akrec::diag::Diagnostic;
use akrec::kinds;
use akrec::live::{Batch, Live};
use akrec::plan::{Items, Plan, Step, Write};
use akrec::schema::{self, Class, Create, Field, Keying, Kind, Release, Shape};
use akrec::value::{Address, Value};
use serde_json::{Value as Json, json};

#[derive(Clone, Debug)]
pub struct Memory {
    pub release: Release,
    /// By the name of the kind, in the order in which they are listed.
    pub objects: BTreeMap<String, Vec<Json>>,
    made: usize,
    /// Ids that the plan names and that were never listed: known by what answers embed.
    strangers: BTreeSet<String>,
    /// Fields that its answers do not contain.
    pub withheld: BTreeSet<String>,
}

/// A kind by its name or its path; the collections of whole families by their path only.
fn kind_of(name: &str) -> &'static Kind {
    let by_path = kinds::KINDS
        .iter()
        .copied()
        .chain(kinds::OUTSIDE)
        .find(|kind| kind.path == name);
    kinds::kind(name)
        .or(by_path)
        .unwrap_or_else(|| panic!("no kind {name}"))
}

impl Memory {
    /// Reads `kind: [object, …]`. Ids that are not given are `~` and the key; fields that are not given have the
    /// server's default.
    pub fn new(release: Release, yaml: &str) -> Memory {
        let listed: BTreeMap<String, Vec<Json>> = if yaml.trim().is_empty() {
            BTreeMap::new()
        } else {
            serde_yaml::from_str(yaml).expect("the live world")
        };
        let mut memory = Memory {
            release,
            objects: BTreeMap::new(),
            made: 0,
            strangers: BTreeSet::new(),
            withheld: BTreeSet::new(),
        };
        for (name, objects) in listed {
            let kind = kind_of(&name);
            let slot: Vec<Json> = objects
                .into_iter()
                .map(|raw| memory.filled(kind, raw))
                .collect();
            memory.objects.insert(name, slot);
        }
        memory.mirror(None);
        memory
    }

    /// The object with an id and every field that the server would show.
    fn filled(&mut self, kind: &Kind, mut raw: Json) -> Json {
        self.made += 1;
        let key = match kind.keying {
            Keying::Field(field) => raw[field].as_str().expect("a key").to_owned(),
            Keying::Typed { .. } => kind.name_in(&raw).expect("a key"),
            Keying::Fields(_) | Keying::Dotted(_) | Keying::Single => {
                format!("{}-{}", kind.name, self.made)
            }
        };
        let id = raw
            .get(kind.pk)
            .cloned()
            .unwrap_or_else(|| json!(format!("~{key}")));
        let mut put = |name: &str, value: Json| {
            if raw.get(name).is_none() {
                raw[name] = value;
            }
        };
        put(kind.pk, id.clone());
        put(kind.id, id.clone());
        if let Some(filter) = kind.bindable.or(kind.pk_filter) {
            put(filter, id);
        }
        for field in self.fields(kind) {
            if let Some(value) = initial(field) {
                put(field.name, value);
            }
        }
        fingerprints(kind, &mut raw);
        raw
    }

    fn fields(&self, kind: &Kind) -> Vec<&'static Field> {
        let shown = |field: &&Field| {
            field.is_in(self.release) && !field.create_only && field.class != Class::WriteOnly
        };
        kind.fields.iter().filter(shown).collect()
    }

    pub fn batches(&self) -> Vec<Batch> {
        let shown = |raw: &Json| {
            let mut raw = raw.clone();
            let fields = raw.as_object_mut().expect("an object");
            fields.retain(|name, _| !self.withheld.contains(name));
            raw
        };
        let batch = |(name, objects): (&String, &Vec<Json>)| Batch {
            kind: kind_of(name),
            objects: objects.iter().map(shown).collect(),
        };
        self.objects.iter().map(batch).collect()
    }

    pub fn live(&self) -> (Live, Vec<Diagnostic>) {
        Live::build(self.release, &self.batches())
    }

    /// Everything the other way round: what was read must not depend on the order of pages.
    pub fn reversed(&self) -> (Live, Vec<Diagnostic>) {
        let mut batches = self.batches();
        batches.reverse();
        batches.iter_mut().for_each(|batch| batch.objects.reverse());
        Live::build(self.release, &batches)
    }

    /// Does every step in the plan's order, or says which one cannot be done.
    pub fn apply(&mut self, plan: &Plan) -> Result<(), String> {
        let (mut live, _) = self.live();
        plan.ids
            .iter()
            .for_each(|(address, pk)| live.learn(address, pk));
        let mut pks = plan.ids.clone();
        let listed: BTreeSet<String> = self
            .objects
            .iter()
            .flat_map(|(name, all)| all.iter().map(|raw| raw[kind_of(name).pk].to_string()))
            .collect();
        self.strangers = pks
            .values()
            .map(Json::to_string)
            .filter(|pk| !listed.contains(pk))
            .collect();
        let closed = self.closed();
        let open_before = self.open();
        let cycle = self.cycle();
        let mut opened: BTreeMap<String, usize> = BTreeMap::new();
        for (i, step) in plan.steps.iter().enumerate() {
            if let Some(need) = step.needs.iter().find(|need| **need >= i) {
                return Err(format!("step {i} needs step {need}, which comes after it"));
            }
            self.step(step, &mut live, &mut pks)
                .map_err(|why| format!("step {i} ({}): {why}", step.address.path()))?;
            self.mirror(Some(step.kind));
            if self.cycle() && !cycle {
                return Err(format!("after step {i} something is its own ancestor"));
            }
            for slug in self.open().into_iter().filter(|pk| {
                closed.contains(pk) || (!open_before.contains(pk) && self.has_provider(pk))
            }) {
                opened.entry(slug).or_insert(i);
            }
        }
        let open = self.open();
        match opened.iter().find(|(slug, _)| !open.contains(*slug)) {
            Some((slug, i)) => Err(format!(
                "after step {i} {slug} is open to all users for a while"
            )),
            None => Ok(()),
        }
    }

    fn step(
        &mut self,
        step: &Step,
        live: &mut Live,
        pks: &mut BTreeMap<Address, Json>,
    ) -> Result<(), String> {
        let kind = step.kind;
        match &step.write {
            Write::Create { body, add } => {
                let mut raw = json!({});
                if let (Keying::Field(key), Create::PostOrImport { .. }) =
                    (kind.keying, kind.create)
                {
                    raw[key] = json!(step.address.name());
                }
                for (name, value) in body
                    .iter()
                    .filter(|(name, _)| kind.field(name).is_some_and(|f| !f.create_only))
                {
                    raw[*name] = self.encode(value, pks)?;
                }
                self.missing(kind, &raw, body)?;
                self.made += 1;
                let pk = match kind.key_fields().any(|key| key == kind.pk) {
                    true => raw[kind.pk].clone(),
                    false => json!(format!("new-{}", self.made)),
                };
                raw[kind.pk] = pk.clone();
                let mut raw = self.filled(kind, raw);
                for (field, items) in add {
                    raw[*field] = self.encode(&Value::Set(items.clone()), pks)?;
                }
                self.objects
                    .entry(kind.name.to_owned())
                    .or_default()
                    .push(raw.clone());
                self.unique(kind, &raw)?;
                pks.insert(step.address.clone(), pk.clone());
                live.learn(&step.address, &pk);
                Ok(())
            }
            Write::Update { body, add, remove } => {
                let id = self.id(step, pks)?;
                let patch: Vec<(&str, Json)> = body
                    .iter()
                    .map(|(name, value)| Ok((*name, self.encode(value, pks)?)))
                    .collect::<Result<_, String>>()?;
                let encoded = |items: &Items| -> Result<Vec<(&str, Json)>, String> {
                    items
                        .iter()
                        .map(|(field, items)| {
                            Ok((*field, self.encode(&Value::Set(items.clone()), pks)?))
                        })
                        .collect()
                };
                let (adds, removes) = (encoded(add)?, encoded(remove)?);
                let raw = self.find(kind, &id).ok_or("it is gone")?;
                let found = live.object(kind, raw)?;
                if !step.second {
                    let moved = step
                        .expect
                        .iter()
                        .find(|(name, value)| found.fields.get(*name) != Some(value));
                    if let Some((name, _)) = moved {
                        return Err(format!(
                            "{name} is not what the plan expects: {:?}",
                            found.fields.get(name)
                        ));
                    }
                }
                for (name, value) in patch {
                    raw[name] = value;
                }
                for (field, items) in removes {
                    let all = raw[field].as_array_mut().ok_or("no members")?;
                    all.retain(|pk| !items.as_array().unwrap().contains(pk));
                }
                for (field, items) in adds {
                    let all = raw[field].as_array_mut().ok_or("no members")?;
                    all.extend(items.as_array().unwrap().iter().cloned());
                }
                fingerprints(kind, raw);
                let raw = raw.clone();
                self.unique(kind, &raw)
            }
            Write::Nothing => Ok(()),
            Write::Delete => {
                let id = self.id(step, pks)?;
                if let Some(raw) = self.find(kind, &id) {
                    let pk = raw[kind.pk].clone();
                    self.delete(kind, &pk);
                }
                Ok(())
            }
        }
    }

    fn id(&self, step: &Step, pks: &BTreeMap<Address, Json>) -> Result<String, String> {
        if let Some(id) = &step.id {
            return Ok(id.clone());
        }
        let pk = pks.get(&step.address).ok_or("it has no id")?;
        let all = self.objects.get(step.kind.name).ok_or("it is gone")?;
        let raw = all
            .iter()
            .find(|raw| raw[step.kind.pk] == *pk)
            .ok_or("it is gone")?;
        Ok(raw[step.kind.id].as_str().ok_or("it has no id")?.to_owned())
    }

    fn find(&mut self, kind: &Kind, id: &str) -> Option<&mut Json> {
        self.objects
            .get_mut(kind.name)?
            .iter_mut()
            .find(|raw| raw[kind.id] == *id)
    }

    /// The JSON of a value; every object that it refers to must be there now.
    fn encode(&self, value: &Value, pks: &BTreeMap<Address, Json>) -> Result<Json, String> {
        let mut gone = None;
        value.refs(&mut |address| {
            let there = self.objects.iter().any(|(name, all)| {
                let kind = kind_of(name);
                kind.family == address.family
                    && all
                        .iter()
                        .any(|raw| Some(&raw[kind.pk]) == pks.get(address))
            });
            if !there
                && !pks
                    .get(address)
                    .is_some_and(|pk| self.strangers.contains(&pk.to_string()))
            {
                gone = Some(address.path());
            }
        });
        match gone {
            Some(address) => Err(format!("it refers to {address}, which is not there")),
            None => schema::encode(value, &|address| pks.get(address).cloned())
                .map_err(|a| format!("no id of {a}")),
        }
    }

    fn missing(
        &self,
        kind: &Kind,
        raw: &Json,
        body: &BTreeMap<&'static str, Value>,
    ) -> Result<(), String> {
        if let Create::PostOrImport { field, .. } = kind.create
            && body.contains_key(field)
        {
            return Ok(());
        }
        let sent =
            |field: &&Field| field.required && !field.create_only && field.is_in(self.release);
        let required = kind.fields.iter().filter(sent);
        match required
            .into_iter()
            .find(|field| raw.get(field.name).is_none())
        {
            Some(field) => Err(format!("{} is required", field.name)),
            None => Ok(()),
        }
    }

    /// Keys are taken once in a family, and so are the marks of which there can be only one.
    fn unique(&self, kind: &Kind, raw: &Json) -> Result<(), String> {
        let same = |name: &str| raw.get(name).cloned().unwrap_or_default();
        let others: Vec<&Json> = self
            .objects
            .iter()
            .filter(|(name, _)| kinds::kind(name).is_some_and(|other| other.family == kind.family))
            .flat_map(|(_, all)| all)
            .filter(|other| other[kind.pk] != raw[kind.pk])
            .collect();
        let taken = |fields: &[&str]| {
            others
                .iter()
                .any(|other| fields.iter().all(|name| other[*name] == same(name)))
        };
        let fields: Vec<&str> = kind.key_fields().collect();
        if (kind.is_named() || kind.keying_has_number()) && taken(&fields) {
            return Err(format!("{fields:?} is taken"));
        }
        for field in kind
            .fields
            .iter()
            .filter(|field| field.at_most_one_true && raw[field.name] == true)
        {
            if taken(&[field.name]) {
                return Err(format!("another one has {}", field.name));
            }
        }
        Ok(())
    }

    /// Removes an object, what cannot be without it, and every other mention of it.
    fn delete(&mut self, kind: &Kind, pk: &Json) {
        self.objects
            .get_mut(kind.name)
            .unwrap()
            .retain(|raw| raw[kind.pk] != *pk);
        let mut with_it = Vec::new();
        for (name, all) in &mut self.objects {
            let other = kind_of(name);
            for field in other
                .fields
                .iter()
                .filter(|field| field.shape.families().contains(&kind.family))
            {
                let key = matches!(other.keying, Keying::Fields(_))
                    && other.key_fields().any(|key| key == field.name);
                for raw in all.iter_mut() {
                    match raw.get_mut(field.name) {
                        Some(Json::Array(items)) => items.retain(|item| item != pk),
                        Some(value) if value == pk && (key || field.required) => {
                            with_it.push((other, raw[other.pk].clone()));
                        }
                        Some(value) if value == pk => *value = Json::Null,
                        _ => {}
                    }
                }
            }
        }
        with_it.iter().for_each(|(kind, pk)| self.delete(kind, pk));
    }

    /// The two sides of one membership show the same; the side of the kind just written wins.
    fn mirror(&mut self, written: Option<&Kind>) {
        for kind in kinds::KINDS.iter() {
            for field in kind.fields.iter().filter(|field| field.is_in(self.release)) {
                let (Some(theirs), [family]) = (field.inverse_of, field.shape.families()) else {
                    continue;
                };
                let Some(other) = kinds::family(family).next() else {
                    continue;
                };
                if other
                    .field(theirs)
                    .is_none_or(|theirs| !theirs.is_in(self.release))
                {
                    continue;
                }
                let pairs = |memory: &Memory,
                             kind: &Kind,
                             field: &str,
                             turn: bool|
                 -> BTreeSet<(String, String)> {
                    let all = memory.objects.get(kind.name).into_iter().flatten();
                    all.flat_map(|raw| {
                        let own = raw[kind.pk].as_str().unwrap().to_owned();
                        let items = raw[field].as_array().cloned().unwrap_or_default();
                        items.into_iter().map(move |item| {
                            let item = item.as_str().unwrap().to_owned();
                            if turn {
                                (item, own.clone())
                            } else {
                                (own.clone(), item)
                            }
                        })
                    })
                    .collect()
                };
                let mine = pairs(self, kind, field.name, false);
                let its = pairs(self, other, theirs, true);
                let all: BTreeSet<_> = match written {
                    Some(written) if written == *kind => mine,
                    Some(written) if written == other => its,
                    Some(_) => continue,
                    None => mine.union(&its).cloned().collect(),
                };
                for (kind, name, turn) in [(*kind, field.name, false), (other, theirs, true)] {
                    for raw in self.objects.get_mut(kind.name).into_iter().flatten() {
                        let own = raw[kind.pk].as_str().unwrap().to_owned();
                        let of = all.iter().filter_map(|(a, b)| match turn {
                            false => (*a == own).then_some(b),
                            true => (*b == own).then_some(a),
                        });
                        raw[name] = of.map(|pk| json!(pk)).collect();
                    }
                }
            }
        }
    }

    /// Whether anything leads back to itself through fields that must not.
    fn cycle(&self) -> bool {
        let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, all) in &self.objects {
            for field in kind_of(name).fields.iter().filter(|field| field.acyclic) {
                for raw in all {
                    let items = raw[field.name]
                        .as_array()
                        .cloned()
                        .unwrap_or_else(|| vec![raw[field.name].clone()]);
                    let to = items
                        .iter()
                        .filter_map(|item| item.as_str().map(str::to_owned));
                    edges
                        .entry(raw["pk"].as_str().unwrap().to_owned())
                        .or_default()
                        .extend(to);
                }
            }
        }
        edges.keys().any(|start| {
            let mut open = edges[start].clone();
            let mut seen = BTreeSet::new();
            while let Some(at) = open.pop() {
                if at == *start {
                    return true;
                }
                if seen.insert(at.clone()) {
                    open.extend(edges.get(&at).into_iter().flatten().cloned());
                }
            }
            false
        })
    }

    /// Applications without an enabled binding.
    fn open(&self) -> BTreeSet<String> {
        let bindings = self.objects.get("policy_binding").into_iter().flatten();
        let bound: Vec<&Json> = bindings
            .filter(|raw| raw["enabled"] == true)
            .map(|raw| &raw["target"])
            .collect();
        let applications = self.objects.get("application").into_iter().flatten();
        applications
            .filter(|raw| !bound.contains(&&raw["pk"]))
            .map(|raw| raw["pk"].as_str().unwrap().into())
            .collect()
    }

    fn closed(&self) -> BTreeSet<String> {
        let open = self.open();
        let applications = self.objects.get("application").into_iter().flatten();
        applications
            .map(|raw| raw["pk"].as_str().unwrap().to_owned())
            .filter(|pk| !open.contains(pk))
            .collect()
    }

    fn has_provider(&self, pk: &str) -> bool {
        // A new application is only reachable with its provider.
        self.objects["application"]
            .iter()
            .any(|raw| raw["pk"] == *pk && !raw["provider"].is_null())
    }
}

/// What the server has where nothing was ever sent.
fn initial(field: &Field) -> Option<Json> {
    if let Some(default) = field.default.or(field.create_default) {
        return Some(serde_json::from_str(default).expect("a default"));
    }
    if field.nullable {
        return Some(Json::Null);
    }
    match field.shape {
        Shape::Set(_) | Shape::List(_) => Some(json!([])),
        Shape::Json { .. } => Some(json!({})),
        Shape::String if !field.required => Some(json!("")),
        Shape::Bool => Some(json!(false)),
        Shape::Int(..) => Some(json!(0)),
        _ => None,
    }
}

/// What the server shows of values that it does not give back; null where it finds no value.
fn fingerprints(kind: &Kind, raw: &mut Json) {
    for field in kind.fields {
        let Some((shown, digest)) = field.digest else {
            continue;
        };
        let print = raw
            .get(field.name)
            .and_then(Json::as_str)
            .map(|text| digest.of(text).expect("a fingerprint"));
        raw[shown] = json!(print);
    }
}
