//! The planner: what is wanted and what is there give a plan. Pure: no I/O, no clock, no randomness.
//!
//! Passes, one file each: `resolve` (who is meant), `matching` (which live object is which declared one), `diff` (what
//! differs), `removal` (what goes), `order` (what first). The plan is plain data and complete: applying makes no choices.

mod circles;
mod diff;
mod grants;
mod matching;
mod openings;
mod order;
mod outcome;
mod removal;
mod resolve;
mod step;

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use serde_json::Value as Raw;

use crate::desired::Desired;
use crate::diag::Diagnostic;
use crate::live::Live;
use crate::schema::{Class, Release};
use crate::value::{Address, Value};

pub use outcome::{Outcome, Status};
pub use step::{Action, Change, Delta, Items, Reason, Step, Write};

/// What is to be done, in order, and what it means.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The release that it is made for.
    pub release: Release,
    /// What is done, in an order that may be followed as it stands; a step needs only steps before it.
    pub steps: Vec<Step>,
    /// The id by which objects that are already there are referred to, for all that the steps refer to.
    pub ids: BTreeMap<Address, Raw>,
    /// Further ids of these, which some references carry instead.
    pub other_ids: BTreeMap<(Address, &'static str), Raw>,
    /// Applications that end up open to everyone although they were not before.
    pub openings: Vec<Opening>,
    /// How many fields are left alone because `lifecycle.ignore` says so.
    pub ignored: usize,
    /// How many objects are declared.
    pub declared: usize,
}

/// An application that ends up without an enabled binding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    /// Which.
    pub address: Address,
    /// Whether it is new; otherwise it loses its last binding.
    pub new: bool,
}

/// What the user asks for besides the files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Write-only fields to send again, as (address in its spelling for machines, field).
    pub write_secrets: BTreeSet<(String, String)>,
}

/// How much is done, by kind of action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Objects created.
    pub add: usize,
    /// Objects changed.
    pub change: usize,
    /// Objects renamed (and perhaps changed).
    pub rename: usize,
    /// Objects deleted.
    pub delete: usize,
}

/// Makes the plan. With any error among the diagnostics there is none.
pub fn plan(desired: &Desired, live: &Live, options: &Options) -> (Option<Plan>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut objects = resolve::resolve(desired, live, &mut diagnostics);
    grants::models(&mut objects, live, &mut diagnostics);
    let matched = matching::matching(&objects, live, &mut diagnostics);
    circles::circles(&objects, &matched, &mut diagnostics);
    let mut steps = diff::diff(&objects, &matched, live.release, options, &mut diagnostics);
    steps.extend(removal::removal(desired, live, &matched, &mut diagnostics));
    let openings = openings::openings(&objects, &matched, &steps, &mut diagnostics);
    let ignored = diff::ignored(&objects);
    let ordered = order::order(steps, &matched, &mut diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return (None, diagnostics);
    }
    let (ids, other_ids) = order::ids(&ordered, &matched, live);
    let declared = desired.objects.len();
    let plan = Plan { release: live.release, steps: ordered, ids, other_ids, openings, ignored, declared };
    (Some(plan), diagnostics)
}

impl Plan {
    /// Every secret that the steps write, so that no answer of the server can bring one of them into a message.
    pub fn secrets(&self) -> Vec<SecretString> {
        let bodies = self.steps.iter().filter_map(|step| match &step.write {
            Write::Create { body, .. } | Write::Update { body, .. } => Some(body),
            Write::Delete => None,
        });
        let secret = |value: &Value| match value {
            Value::Secret(secret) => Some(SecretString::from(secret.expose())),
            _ => None,
        };
        let mut secrets: Vec<SecretString> = bodies.flat_map(|body| body.values().filter_map(secret)).collect();
        // What `!env` brought into a field that is no secret by itself.
        for change in self.steps.iter().flat_map(|step| &step.changes).filter(|it| it.class == Class::Secret) {
            let mut take = |text: &str| secrets.push(text.into());
            match &change.delta {
                Delta::New(value) | Delta::Value(_, value) => texts(value, &mut take),
                Delta::Items { added, .. } => added.iter().for_each(|value| texts(value, &mut take)),
                Delta::Keys(keys) => {
                    keys.values().filter_map(|(_, new)| new.as_ref()).for_each(|raw| raws(raw, &mut take))
                }
                Delta::Written => {}
            }
        }
        secrets
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How much is done. A second step of one object (a reference that had to wait) is not counted again.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for step in self.steps.iter().filter(|step| !step.second) {
            match step.action {
                Action::Create => summary.add += 1,
                Action::Update => summary.change += 1,
                Action::Rename => summary.rename += 1,
                Action::Delete => summary.delete += 1,
            }
        }
        summary
    }
}

/// Every text in a value.
fn texts(value: &Value, take: &mut dyn FnMut(&str)) {
    match value {
        Value::Text(text) => take(text),
        Value::List(items) => items.iter().for_each(|value| texts(value, take)),
        Value::Set(items) => items.iter().for_each(|value| texts(value, take)),
        Value::Record(fields) => fields.values().for_each(|value| texts(value, take)),
        Value::Json(json) => raws(&json.0, take),
        _ => {}
    }
}

/// Every text in free data.
fn raws(raw: &Raw, take: &mut dyn FnMut(&str)) {
    match raw {
        Raw::String(text) => take(text),
        Raw::Array(items) => items.iter().for_each(|raw| raws(raw, take)),
        Raw::Object(fields) => fields.values().for_each(|raw| raws(raw, take)),
        _ => {}
    }
}
