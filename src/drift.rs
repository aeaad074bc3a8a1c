//! Drift: what differs on the server from what akrec last applied, distinguished from changes in the files alone.
//!
//! Pure: the plan says what differs between files and server, the ledger what was last applied. A value that was
//! declared and never applied is not drift of the server, and a secret, of which the ledger keeps nothing, is never
//! judged.

mod adopt;
pub mod events;
mod unmanaged;

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::Desired;
use crate::diag::Span;
use crate::ledger::{Ledger, Record};
use crate::live::Live;
use crate::plan::{Action, Change, Delta, Plan, Reason, Step};
use crate::schema::{Class, Kind, id_text, spelt};
use crate::value::{Address, OrderedJson, Part, Value, fingerprint};

pub use adopt::{Adopted, Piece, adopt};
pub use events::{Attribution, Tool, Writer};
pub use unmanaged::{Unmanaged, unmanaged};

/// What differs between files, ledger and server.
#[derive(Clone, Debug)]
pub struct Drift {
    /// Every object that differs, by address.
    pub objects: Vec<Object>,
    /// Whether it is known what was last applied.
    pub since: Since,
    /// Declared secrets that the server does not give back, so that nothing says whether they changed.
    pub uncompared: Vec<(Address, String)>,
    /// Unmanaged objects, if they were asked for.
    pub unmanaged: Option<Unmanaged>,
}

/// What is known of the last apply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Since {
    /// The ledger says it.
    Applied,
    /// Nothing was ever applied.
    Nothing,
    /// The ledger cannot be read: why.
    Unreadable(String),
}

/// One object that differs.
#[derive(Clone, Debug)]
pub struct Object {
    /// The address of the object.
    pub address: Address,
    /// The kind of the object.
    pub kind: &'static Kind,
    /// Where it is declared, or the list that does not name it.
    pub source: Option<Span>,
    /// The id by which others refer to it on the server; the audit log knows it by this id.
    pub id: Option<String>,
    /// The run that last wrote it, as the ledger has it.
    pub run: Option<String>,
    /// What became of it.
    pub state: State,
    /// The fields that differ.
    pub fields: Vec<Field>,
    /// Who changed it, where that was asked.
    pub attribution: Option<Attribution>,
}

/// What became of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// Fields differ.
    Changed,
    /// It was applied, and no longer exists.
    Gone,
    /// It was applied and no longer exists, but another object of the same name does.
    Remade,
    /// It was applied, and has another name on the server now.
    Renamed(Address),
    /// It is in a complete list that must hold only what the files name, and akrec did not apply it.
    Appeared,
    /// It differs, and it is not known what was last applied.
    Unknown,
    /// It is declared and was never applied.
    NotApplied,
    /// It was applied, and is no longer in the files.
    Leaving,
}

/// A field that differs.
#[derive(Clone, Debug)]
pub struct Field {
    /// The change that an apply would make to it: from the live value to the value in the files.
    pub change: Change,
    /// Where it is declared.
    pub source: Option<Span>,
    /// Who changed it.
    pub side: Side,
}

/// Which side changed since the last apply.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Side {
    /// The server only.
    Server,
    /// The files only.
    Files,
    /// Both, and differently.
    Both,
    /// One of them: nothing is known of what was last applied.
    Unknown,
}

impl Drift {
    /// The objects that are otherwise on the server than they were applied.
    pub fn drifted(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| object.is_drift())
    }

    /// Whether the server is otherwise than it was applied.
    pub fn is_drift(&self) -> bool {
        self.drifted().next().is_some()
    }
}

impl Object {
    /// Whether the server changed, as far as that can be known.
    pub fn is_drift(&self) -> bool {
        match self.state {
            State::Changed => self.fields.iter().any(|field| field.side != Side::Files),
            State::Gone | State::Remade | State::Renamed(_) | State::Appeared | State::Unknown => {
                true
            }
            State::NotApplied | State::Leaving => false,
        }
    }
}

impl Field {
    /// From what the files say to what the server has.
    pub fn reversed(&self) -> Delta {
        match self.change.delta.clone() {
            Delta::New(value) => Delta::Value(value, Value::Null),
            Delta::Value(old, new) => Delta::Value(new, old),
            Delta::Items {
                added,
                removed,
                counts: (before, after),
            } => Delta::Items {
                added: removed,
                removed: added,
                counts: (after, before),
            },
            Delta::Keys(keys) => Delta::Keys(
                keys.into_iter()
                    .map(|(key, (old, new))| (key, (new, old)))
                    .collect(),
            ),
            Delta::Written => Delta::Written,
        }
    }
}

/// Compares files, ledger and server. `plan` is the plan of the same three.
pub fn drift(desired: &Desired, live: &Live, ledger: &Ledger, plan: &Plan) -> Drift {
    let since = match &ledger.unreadable {
        Some(why) => Since::Unreadable(why.clone()),
        None if ledger.records.is_empty() && ledger.pending.is_empty() => Since::Nothing,
        None => Since::Applied,
    };
    let spans = desired
        .objects
        .iter()
        .map(|object| (&object.address, object));
    let view = View {
        live,
        ledger,
        plan,
        since: &since,
        desired: spans.collect(),
        gone: gone(ledger, plan),
    };
    let steps = plan.steps.iter().filter(|step| !step.second);
    let mut objects: Vec<Object> = steps.filter_map(|step| view.object(step)).collect();
    objects.sort_by(|a, b| a.address.cmp(&b.address));
    Drift {
        objects,
        since,
        uncompared: plan.uncompared.clone(),
        unmanaged: None,
    }
}

/// Everything that was applied and would have to be made again.
fn gone(ledger: &Ledger, plan: &Plan) -> BTreeSet<Address> {
    let created = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Create);
    created
        .filter(|step| ledger.records.contains_key(&step.address))
        .map(|step| step.address.clone())
        .collect()
}

struct View<'a> {
    live: &'a Live,
    ledger: &'a Ledger,
    plan: &'a Plan,
    since: &'a Since,
    desired: BTreeMap<&'a Address, &'a crate::desired::Object>,
    gone: BTreeSet<Address>,
}

impl View<'_> {
    /// The name that somebody gave the object on the server, if the files know nothing of it.
    fn renamed(&self, step: &Step) -> Option<Address> {
        let Some(Reason::Renamed(now)) = &step.reason else {
            return None;
        };
        let reported = self
            .desired
            .get(&step.address)?
            .previously
            .iter()
            .any(|(old, _)| old == now);
        (!reported).then(|| now.clone())
    }

    /// The drift of the object of a step; `None` if the step says nothing new.
    fn object(&self, step: &Step) -> Option<Object> {
        let known = *self.since == Since::Applied;
        let record = self.record(step);
        let state = match step.action {
            Action::Create if record.is_some() && self.within_gone(&step.address) => return None,
            Action::Create => match record {
                Some(record) => self
                    .elsewhere(&step.address, record)
                    .map_or(State::Gone, State::Renamed),
                None if matches!(self.since, Since::Unreadable(_)) => State::Unknown,
                None => State::NotApplied,
            },
            Action::Update if step.changes.is_empty() => return None,
            Action::Update | Action::Rename | Action::Adopt => match record {
                Some(_) if step.adopts => State::Remade,
                Some(_) => self.renamed(step).map_or(State::Changed, State::Renamed),
                None if !known && step.action != Action::Adopt => State::Unknown,
                None => State::NotApplied,
            },
            Action::Delete if matches!(step.reason, Some(Reason::NotInList | Reason::Excluded)) => {
                let ours = |owner: &Address| self.ledger.records.contains_key(owner);
                match step.address.parts().first() {
                    _ if record.is_some() => State::Leaving,
                    Some(Part::At(owner)) if known && ours(owner) => State::Appeared,
                    _ if known => State::NotApplied,
                    _ => State::Unknown,
                }
            }
            Action::Delete | Action::Forget => State::Leaving,
        };
        let fields: Vec<Field> = match step.action {
            Action::Update | Action::Rename => step
                .changes
                .iter()
                .map(|change| self.field(step, record, change))
                .collect(),
            _ => Vec::new(),
        };
        let found = self.live.get(&step.address);
        Some(Object {
            address: step.address.clone(),
            kind: step.kind,
            source: step.source,
            id: record
                .map(|record| record.id.clone())
                .or_else(|| found.and_then(|found| id_text(&found.pk))),
            run: record.map(|record| record.run.clone()),
            state,
            fields,
            attribution: None,
        })
    }

    /// The ledger's record of an object, under the name it had when it was applied.
    fn record(&self, step: &Step) -> Option<&Record> {
        self.ledger.records.get(self.recorded(step))
    }

    /// The address under which the ledger has the object of a step, if it has it.
    fn recorded<'s>(&'s self, step: &'s Step) -> &'s Address {
        let recorded = self
            .plan
            .declared
            .get(&step.address)
            .and_then(|declared| declared.recorded.as_ref());
        recorded.unwrap_or(&step.address)
    }

    /// Whether an object went with its owner.
    fn within_gone(&self, address: &Address) -> bool {
        match address.parts().first() {
            Some(Part::At(owner)) => self.gone.contains(owner) || self.within_gone(owner),
            _ => false,
        }
    }

    /// The other name that an object has by now.
    fn elsewhere(&self, address: &Address, record: &Record) -> Option<Address> {
        let same = |id: &str| {
            self.live
                .named(&[address.family], id)
                .filter(|other| other != address)
        };
        same(&record.id).filter(|other| self.live.get(other).is_some())
    }

    fn field(&self, step: &Step, record: Option<&Record>, change: &Change) -> Field {
        let object = self.desired.get(&step.address);
        let source = object
            .and_then(|object| object.fields.get(change.field))
            .map(|want| want.span);
        let side = match record {
            Some(record) => self.side(step, record, change),
            None => Side::Unknown,
        };
        Field {
            change: change.clone(),
            source,
            side,
        }
    }

    /// Which side changed, by the value at the last apply, the desired value now and the live value.
    fn side(&self, step: &Step, record: &Record, change: &Change) -> Side {
        let declared = self
            .plan
            .declared
            .get(&step.address)
            .and_then(|it| it.fields.get(change.field));
        match (record.fields.get(change.field), declared) {
            _ if change.class != Class::Plain => Side::Unknown,
            (None, _) if record.fields.is_empty() => Side::Unknown,
            // It was not declared then.
            (None, _) => Side::Files,
            (Some(then), Some(now)) if then == now => Side::Server,
            // For a part of a set or of free data, only the applied part is known, not what else was there.
            (Some(then), _) if !then.starts_with('=') => Side::Files,
            (Some(then), _) => {
                let server_adds = step
                    .kind
                    .field(change.field)
                    .is_some_and(|field| field.server_adds);
                let found = self
                    .live
                    .get(self.recorded(step))
                    .or_else(|| self.live.get(&step.address));
                let field = step.kind.field(change.field);
                let have =
                    found.and_then(|found| Some(spelt(field?, found.fields.get(change.field)?)));
                match &have {
                    _ if server_adds => Side::Files,
                    Some(have) if is(have, then) => Side::Files,
                    None if is(&Value::Null, then) => Side::Files,
                    _ => Side::Both,
                }
            }
        }
    }
}

/// Whether a value has this fingerprint. What is empty on the server may have been wanted in any form of nothing.
fn is(have: &Value, then: &str) -> bool {
    let fits = |value: &Value| {
        fingerprint(value).is_some_and(|print| then.strip_prefix('=') == Some(print.as_str()))
    };
    let nothing = [
        Value::Null,
        Value::text(""),
        Value::List(Vec::new()),
        Value::Set(BTreeSet::new()),
        Value::Json(OrderedJson(serde_json::Value::Object(Default::default()))),
    ];
    fits(have) || (have.is_empty() && nothing.iter().any(fits))
}

#[cfg(test)]
mod tests;
