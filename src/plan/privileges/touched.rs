//! The objects that the steps write, as they are before and after.
//!
//! Nothing here judges. A field that was not read is not known, and is in neither.

use std::collections::{BTreeMap, HashMap};

use crate::access::Fields;
use crate::live::Live;
use crate::plan::matching::Matched;
use crate::plan::step::{Action, Delta, Step, Write};
use crate::schema::{Class, Kind, Release, default_value};
use crate::value::{Address, Value};

/// One object.
pub(super) struct Object<'a> {
    pub address: &'a Address,
    pub kind: &'static Kind,
    /// As it is; `None` for one that is made.
    pub before: Option<&'a Fields>,
    /// As it will be; `None` for one that is deleted.
    pub after: Option<Fields>,
    /// The steps, of which there may be two.
    pub steps: Vec<&'a Step>,
    release: Release,
}

/// All that are written.
pub(super) struct Touched<'a> {
    pub objects: Vec<Object<'a>>,
    places: HashMap<&'a Address, usize>,
}

impl<'a> Touched<'a> {
    pub fn new(live: &'a Live, matched: &'a Matched, steps: &'a [Step]) -> Touched<'a> {
        let mut touched = Touched {
            objects: Vec::new(),
            places: HashMap::new(),
        };
        for step in steps {
            if matches!(step.write, Write::Nothing) {
                continue;
            }
            let next = touched.objects.len();
            let place = *touched.places.entry(&step.address).or_insert(next);
            if place == next {
                let found = matched.live.get(&step.address).map(|(_, found)| found);
                let before = found
                    .map(|found| &*found.fields)
                    .filter(|_| step.action != Action::Create);
                touched.objects.push(Object {
                    address: &step.address,
                    kind: step.kind,
                    before,
                    after: Some(before.cloned().unwrap_or_default()),
                    steps: Vec::new(),
                    release: live.release,
                });
            }
            touched.objects[place].take(step);
        }
        touched
    }

    pub fn get(&self, address: &Address) -> Option<&Object<'a>> {
        self.places.get(address).map(|place| &self.objects[*place])
    }
}

impl<'a> Object<'a> {
    fn take(&mut self, step: &'a Step) {
        self.steps.push(step);
        let mut fields = self.after.take().unwrap_or_default();
        let (body, add, remove) = match &step.write {
            Write::Delete | Write::Nothing => return,
            Write::Create { body, add } => (body, add, &BTreeMap::new()),
            Write::Update { body, add, remove } => (body, add, remove),
        };
        fields.extend(body.iter().map(|(name, value)| (*name, value.clone())));
        for (items, put) in [(add, true), (remove, false)] {
            for (name, items) in items {
                let set = fields
                    .entry(name)
                    .or_insert_with(|| Value::Set(Default::default()));
                if let Value::Set(set) = set {
                    match put {
                        true => set.extend(items.iter().cloned()),
                        false => set.retain(|item| !items.contains(item)),
                    }
                }
            }
        }
        self.after = Some(fields);
    }

    /// Whether the plan makes it.
    pub fn is_new(&self) -> bool {
        self.before.is_none() && self.after.is_some()
    }

    /// Whether the plan deletes it.
    pub fn is_deleted(&self) -> bool {
        self.after.is_none()
    }

    /// The value that a field has; `None` if it was not read.
    pub fn was(&self, field: &str) -> Option<&Value> {
        self.before?.get(field)
    }

    /// The value that a field will have; the server's default for a new object that says nothing.
    pub fn is(&self, field: &str) -> Option<Value> {
        let fields = self.after.as_ref()?;
        if let Some(value) = fields.get(field) {
            return Some(value.clone());
        }
        let field = self.kind.field(field).filter(|_| self.is_new())?;
        default_value(field, Some(self.release))
    }

    /// Whether the plan gives a field another value, or may do so.
    pub fn changes(&self, field: &str) -> bool {
        match (self.is(field), self.was(field)) {
            (Some(is), Some(was)) => is != *was,
            (Some(is), None) => self.is_new() || (self.writes(field) && !is.is_empty()),
            (None, _) => false,
        }
    }

    fn writes(&self, field: &str) -> bool {
        self.steps.iter().any(|step| match &step.write {
            Write::Create { body, add } => body.contains_key(field) || add.contains_key(field),
            Write::Update { body, add, remove } => {
                body.contains_key(field) || add.contains_key(field) || remove.contains_key(field)
            }
            Write::Delete | Write::Nothing => false,
        })
    }

    /// Whether the value of a field may be shown: what is a secret, or came from the environment, may not.
    pub fn is_shown(&self, field: &str) -> bool {
        let plain = |class: Class| class == Class::Plain;
        let declared = self
            .steps
            .iter()
            .flat_map(|step| &step.changes)
            .filter(|change| change.field == field);
        self.kind.field(field).is_none_or(|it| plain(it.class))
            && declared.into_iter().all(|change| plain(change.class))
    }

    /// How a field of free data differs: the keys, each with whether it was there and whether it will be.
    pub fn keys(&self, field: &str) -> BTreeMap<String, (bool, bool)> {
        let mut keys = BTreeMap::new();
        let deltas = self
            .steps
            .iter()
            .flat_map(|step| &step.changes)
            .filter(|change| change.field == field)
            .map(|change| &change.delta);
        let names = |value: &Value| -> Vec<(String, serde_json::Value)> {
            match value {
                Value::Json(data) => data
                    .0
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
                _ => Vec::new(),
            }
        };
        for delta in deltas {
            match delta {
                Delta::Keys(changed) => keys.extend(
                    changed
                        .iter()
                        .map(|(name, (old, new))| (name.clone(), (old.is_some(), new.is_some()))),
                ),
                Delta::New(value) => {
                    keys.extend(
                        names(value)
                            .into_iter()
                            .map(|(name, _)| (name, (false, true))),
                    );
                }
                Delta::Value(old, new) => {
                    let (old, new) = (names(old), names(new));
                    for (name, value) in &old {
                        let now = new.iter().find(|(other, _)| other == name);
                        if now.is_none_or(|(_, now)| now != value) {
                            keys.insert(name.clone(), (true, now.is_some()));
                        }
                    }
                    for (name, _) in &new {
                        if old.iter().all(|(other, _)| other != name) {
                            keys.insert(name.clone(), (false, true));
                        }
                    }
                }
                Delta::Items { .. } | Delta::Written => {}
            }
        }
        keys
    }
}
