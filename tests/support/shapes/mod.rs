//! States of a size that grows: what they declare, and the server that has it all.
//!
//! Each shape is two states: what the server has, and what the files declare. The first one becomes a live world by
//! planning it against an empty server and taking the bodies of the steps as the server's objects, so that a shape is
//! YAML only.

#![allow(dead_code, reason = "tests and benches each use their own part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod phases;
mod states;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use akrec::desired;
use akrec::desired::Desired;
use akrec::diag::{Diagnostic, Sources};
use akrec::ledger::{Ledger, Origin, Record};
use akrec::live::{Batch, Live};
use akrec::plan::{self, Options, Step, Write};
use akrec::schema::{self, Class, Field, Kind, Shape as Form, V2026_2};
use akrec::state::Inputs;
use akrec::value::{Address, Value};
use serde_json::{Value as Json, json};

pub use phases::{Meter, run};
pub use states::SHAPES;

/// A pair of states.
pub struct Pair {
    /// What the server has.
    pub before: String,
    /// What the files declare.
    pub after: String,
    /// Everything that the server has was made by akrec, and stands in its ledger.
    pub recorded: bool,
}

impl Pair {
    /// Nothing changes.
    pub fn same(state: String) -> Pair {
        Pair {
            before: state.clone(),
            after: state,
            recorded: false,
        }
    }

    /// Everything is made.
    pub fn made(state: String) -> Pair {
        Pair {
            before: String::new(),
            after: state,
            recorded: false,
        }
    }

    pub fn change(before: String, after: String) -> Pair {
        Pair {
            before,
            after,
            recorded: false,
        }
    }

    pub fn recorded(mut self) -> Pair {
        self.recorded = true;
        self
    }
}

/// A shape by name, at a size.
pub struct Shape {
    pub name: &'static str,
    /// What has the size.
    pub of: &'static str,
    pub make: fn(usize) -> Pair,
}

/// What a state in one file reads as.
pub struct Loaded {
    pub desired: Desired,
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Sources,
}

/// Reads a state.
pub fn load(text: &str) -> Loaded {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "akrec-shape-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let folder: PathBuf = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("main.yaml"), text).unwrap();
    let inputs = Inputs::new(&folder, &|_| None);
    let settings = desired::Settings {
        release: Some(V2026_2),
        allow_unknown: false,
        today: jiff::civil::date(2026, 1, 1),
    };
    let mut sources = Sources::default();
    let (desired, reported) = akrec::state::load(&inputs, None, &settings, &mut sources);
    std::fs::remove_dir_all(&folder).unwrap();
    Loaded {
        desired,
        diagnostics: reported,
        sources,
    }
}

/// The objects that a server has once a state is applied to an empty one, as it would send them.
pub fn served(desired: &Desired) -> Vec<Batch> {
    let (nothing, _) = Live::build(V2026_2, &[]);
    let (plan, reported) = plan::plan(
        desired,
        &nothing,
        &Ledger::empty("shapes"),
        &Options::default(),
    );
    let plan = plan.unwrap_or_else(|| panic!("{reported:?}"));
    let pks: BTreeMap<Address, Json> = plan
        .steps
        .iter()
        .enumerate()
        .map(|(place, step)| (step.address.clone(), pk(step.kind, place)))
        .collect();
    let id = |address: &Address| {
        Some(
            pks.get(address)
                .cloned()
                .unwrap_or_else(|| json!(format!("?{address}"))),
        )
    };
    let mut objects: BTreeMap<Address, (&'static Kind, Json)> = BTreeMap::new();
    for step in &plan.steps {
        let (body, add) = match &step.write {
            Write::Create { body, add } | Write::Update { body, add, .. } => (body, add),
            Write::Delete | Write::Nothing => continue,
        };
        let (_, raw) = objects
            .entry(step.address.clone())
            .or_insert_with(|| (step.kind, bare(step, &pks[&step.address])));
        for (field, value) in body {
            raw[*field] = schema::encode(value, &id).unwrap();
        }
        for (field, items) in add {
            raw[*field] = schema::encode(&Value::Set(items.clone()), &id).unwrap();
        }
    }
    let mut batches: BTreeMap<&str, Batch> = BTreeMap::new();
    for (kind, raw) in objects.into_values() {
        batches
            .entry(kind.name)
            .or_insert_with(|| Batch {
                kind,
                objects: Vec::new(),
            })
            .objects
            .push(raw);
    }
    mirror(&mut batches);
    batches.into_values().collect()
}

/// The id of an object.
fn pk(kind: &Kind, place: usize) -> Json {
    match kind.name {
        "user" => json!(place),
        name if name.contains("provider") => json!(place),
        _ => json!(format!("{place:08x}-0000-4000-8000-{place:012x}")),
    }
}

/// An object with its ids and what the server has where nothing was sent.
fn bare(step: &Step, pk: &Json) -> Json {
    let kind = step.kind;
    let mut raw = json!({});
    for field in kind
        .fields
        .iter()
        .filter(|field| field.is_in(V2026_2) && field.class != Class::WriteOnly)
    {
        if let Some(value) = initial(field) {
            raw[field.name] = value;
        }
    }
    for (name, value) in kind
        .key_values(step.address.name().unwrap_or_default())
        .unwrap_or_default()
    {
        raw[name] = schema::encode(&value, &|_| None).unwrap();
    }
    raw[kind.pk] = pk.clone();
    if !kind.key_fields().any(|key| key == kind.id) {
        raw[kind.id] = pk.clone();
    }
    for name in kind.bindable.iter().chain(kind.other_ids) {
        raw[*name] = json!(format!("{name}-{pk}"));
    }
    if let Some(name) = kind.bindable {
        raw[name] = pk.clone();
    }
    raw
}

/// Both sides of a membership show it, as the server does.
fn mirror(batches: &mut BTreeMap<&str, Batch>) {
    let mut of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for raw in batches
        .get("group")
        .into_iter()
        .flat_map(|batch| &batch.objects)
    {
        for user in raw["users"].as_array().into_iter().flatten() {
            of.entry(user.to_string())
                .or_default()
                .insert(raw["pk"].as_str().unwrap().to_owned());
        }
    }
    let mut members: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for raw in batches
        .get_mut("user")
        .into_iter()
        .flat_map(|batch| &mut batch.objects)
    {
        let mut mine: BTreeSet<String> = of.remove(&raw["pk"].to_string()).unwrap_or_default();
        mine.extend(
            raw["groups"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .map(str::to_owned),
        );
        for group in &mine {
            members
                .entry(group.clone())
                .or_default()
                .push(raw["pk"].clone());
        }
        raw["groups"] = json!(mine);
    }
    for raw in batches
        .get_mut("group")
        .into_iter()
        .flat_map(|batch| &mut batch.objects)
    {
        let mine = members
            .remove(raw["pk"].as_str().unwrap())
            .unwrap_or_default();
        raw["users"] = json!(mine);
    }
}

fn initial(field: &Field) -> Option<Json> {
    if let Some(default) = field.default.or(field.create_default) {
        return Some(serde_json::from_str(default).unwrap());
    }
    if field.nullable {
        return Some(Json::Null);
    }
    match field.shape {
        Form::Set(_) | Form::List(_) => Some(json!([])),
        Form::Json { .. } => Some(json!({})),
        Form::String if !field.required => Some(json!("")),
        Form::Bool => Some(json!(false)),
        Form::Int(..) => Some(json!(0)),
        _ => None,
    }
}

/// The ledger of a server on which akrec made everything.
pub fn ledger(live: &Live) -> Ledger {
    let mut ledger = Ledger::empty("shapes");
    for (address, found) in &live.objects {
        let record = Record {
            kind: found.kind,
            id: found
                .pk
                .as_str()
                .map_or_else(|| found.pk.to_string(), str::to_owned),
            origin: Origin::Created,
            protect: false,
            partial: false,
            items: BTreeMap::new(),
            fields: BTreeMap::new(),
            run: "before".to_owned(),
        };
        ledger.records.insert(address.clone(), record);
    }
    ledger
}
