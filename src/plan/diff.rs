//! What differs, object by object and field by field, and what is written for it.
//!
//! Only declared fields are compared; a step is made only where something differs. No write is ever wider than the
//! changed fields and the companions that the server demands with them.

mod create;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Options;
use super::lists::Lists;
use super::matching::{Counterpart, Matched};
use super::step::{Action, Change, Delta, Items, Reason, Step, Write};
use crate::desired::{Object, Want, What, needs};
use crate::diag::{Code, Diagnostic};
use crate::live::Found;
use crate::schema::{Class, Field, FieldState, Kind, Release, Requirement, SentTogether};
use crate::value::{Address, OrderedJson, Part, Value};

/// Steps that create, change and rename.
pub(super) fn diff(
    objects: &[Object],
    matched: &Matched,
    lists: &Lists,
    release: Release,
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Step> {
    let context = Context {
        objects,
        matched,
        lists,
        options,
        release,
        owners: owners(objects),
    };
    objects
        .iter()
        .zip(&matched.pairs)
        .flat_map(|(object, found)| match found {
            Counterpart::There(found) => {
                context.answered(object, found, diagnostics);
                context
                    .change(object, found, diagnostics)
                    .into_iter()
                    .collect()
            }
            Counterpart::Missing => context.create(object, diagnostics),
            Counterpart::Refused => Vec::new(),
        })
        .collect()
}

/// Declared secrets that the server's answers do not contain, so that nothing says whether they differ. Those that are sent
/// anyway are not among them, nor what stands beside a field by which the two are compared.
pub(super) fn uncompared(
    objects: &[Object],
    matched: &Matched,
    release: Release,
    options: &Options,
) -> Vec<(Address, String)> {
    let mut all = Vec::new();
    for (object, found) in objects.iter().zip(&matched.pairs) {
        let Counterpart::There(found) = found else {
            continue;
        };
        if !options.scope.has(&object.address) {
            continue;
        }
        for field in object
            .kind
            .fields
            .iter()
            .filter(|field| field.is_in(release))
        {
            let compared_by_other = field
                .sent_with
                .is_some_and(|other| object.fields.contains_key(other));
            let compared =
                compared_by_other || field.create_only || found.fields.contains_key(field.name);
            let declared =
                object.fields.contains_key(field.name) && !object.ignore.contains(field.name);
            if declared && field.may_be_withheld() && !compared && !options.asks(object, field) {
                all.push((object.address.clone(), field.yaml_key.to_owned()));
            }
        }
    }
    all.sort();
    all
}

/// How many declared fields are left alone because the files say so.
pub(super) fn ignored(objects: &[Object]) -> usize {
    objects
        .iter()
        .map(|object| {
            object
                .ignore
                .iter()
                .filter(|name| object.fields.contains_key(name))
                .count()
        })
        .sum()
}

/// Every object that declared children belong to.
fn owners(objects: &[Object]) -> BTreeSet<Address> {
    objects
        .iter()
        .filter_map(|object| match object.address.parts().first() {
            Some(Part::At(owner)) => Some(owner.clone()),
            _ => None,
        })
        .collect()
}

struct Context<'a> {
    objects: &'a [Object],
    matched: &'a Matched,
    lists: &'a Lists<'a>,
    options: &'a Options,
    release: Release,
    owners: BTreeSet<Address>,
}

impl Context<'_> {
    fn step(&self, action: Action, object: &Object) -> Step {
        let source = (!object.leaves).then_some(object.span);
        Step {
            source,
            ..Step::new(action, object.address.clone(), object.kind)
        }
    }

    fn fields(&self, kind: &'static Kind) -> impl Iterator<Item = &'static Field> {
        let release = self.release;
        kind.fields.iter().filter(move |field| field.is_in(release))
    }

    /// Holds what is declared against what the answer contains. A field that every answer should contain is an error where
    /// it is declared: compared with nothing, it would differ in every plan. So is a secret that must be sent again although
    /// it can be compared.
    fn answered(&self, object: &Object, found: &Found, diagnostics: &mut Vec<Diagnostic>) {
        let kind = object.kind;
        let declared =
            |field: &&Field| !object.ignore.contains(field.name) && !kind.is_key(field.name);
        for field in self.fields(kind).filter(declared) {
            let Some(want) = object.fields.get(field.name) else {
                continue;
            };
            let given = found.fields.contains_key(field.name);
            let asked = self.options.asks(object, field);
            if asked && given && field.digest.is_none() {
                let what = format!(
                    "--write-secret {}#{}: the server returns it, so a plan writes it whenever it differs",
                    object.address.path(),
                    field.yaml_key
                );
                let diagnostic = Diagnostic::error(Code::BAD_SETTING, what);
                diagnostics.push(diagnostic.help("remove --write-secret for this field"));
            }
            if !given && kind.is_answered(field) && !kind.raw {
                let what = format!(
                    "authentik {} does not return the {} of {}",
                    self.release, field.yaml_key, object.address
                );
                let severity = if self.options.allow_unknown {
                    Diagnostic::warning
                } else {
                    Diagnostic::error
                };
                let diagnostic = severity(Code::NOT_ANSWERED, what)
                    .at(want.span, "cannot be compared")
                    .note(format!("akrec expects {} in the answers of {} for {}", field.name, kind.path, self.release))
                    .help(format!(
                        "remove {word} from the files, or ignore it with `lifecycle: {{ignore: [{word}]}}`; \
                         `akrec kinds --check` shows how server and akrec differ",
                        word = field.yaml_key
                    ));
                diagnostics.push(diagnostic);
            }
        }
    }

    /// What an object needs and lacks, by what is known of its fields once it is written.
    fn lacking<'v>(
        &self,
        object: &Object,
        known: &dyn Fn(&'static str) -> FieldState<'v>,
    ) -> Vec<&'static Requirement> {
        let needs = object
            .kind
            .requirements
            .iter()
            .filter(|needs| !needs.is_lint() && needs.is_for(Some(self.release)));
        needs
            .filter(|needs| needs.is_lacking(object.address.name(), known) == Some(true))
            .collect()
    }

    /// Changes an object, if anything differs.
    fn change(
        &self,
        object: &Object,
        found: &Found,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Step> {
        let kind = object.kind;
        let renamed = self.renamed_from(object);
        let action = match renamed {
            Some(_) => Action::Rename,
            None => Action::Update,
        };
        let mut step = self.step(action, object);
        let mut body = BTreeMap::new();
        let (mut add, mut remove) = (Items::new(), Items::new());
        if let Some(before) = renamed {
            step.reason = Some(Reason::Renamed(before.clone()));
            let new_key = new_key(object).into_iter();
            body.extend(new_key.filter(|(name, value)| found.fields.get(name) != Some(value)));
        }
        for field in self.fields(kind).filter(|field| !field.create_only) {
            if kind.is_key(field.name) {
                continue;
            }
            let have = found.fields.get(field.name);
            if kind.name_under_owner() == Some(field.name) {
                step.unchanged += usize::from(have.is_some() && renamed.is_none());
                continue;
            }
            let left = self.left_list(object, field);
            let want = declared(object, field).or(left.as_ref());
            let Some((delta, value)) = want.and_then(|want| self.delta(object, field, want, have))
            else {
                step.unchanged += usize::from(have.is_some());
                continue;
            };
            match (kind.members_of(field.name), &delta) {
                (Some(_), Delta::Items { added, removed, .. }) => {
                    add.extend(some_items(field, added));
                    remove.extend(some_items(field, removed));
                }
                _ => {
                    body.insert(field.name, value);
                    let have = have.map(|have| (field.name, have.clone()));
                    step.expect.extend(have);
                }
            }
            step.changes.push(Change {
                field: field.name,
                class: want.map_or(field.class, |want| want.class(field.class)),
                delta,
            });
        }
        if body.is_empty() && add.is_empty() && remove.is_empty() {
            return None;
        }
        self.beside(object, &mut body, &mut step.changes);
        companions(object, found, &mut body, &mut step.expect);
        self.check_changed(object, found, &body, diagnostics);
        let names = kind
            .key_fields()
            .filter(|key| kind.is_key(key) || kind.name_under_owner() == Some(*key));
        step.expect
            .extend(names.filter_map(|key| Some((key, found.fields.get(key)?.clone()))));
        step.id = Some(found.id.clone());
        step.write = Write::Update { body, add, remove };
        Some(step)
    }

    /// The address that an object has on the server, if it gets another name.
    fn renamed_from(&self, object: &Object) -> Option<&Address> {
        let (before, _) = self.matched.live.get(&object.address)?;
        let renamed = match object.kind.name_under_owner() {
            Some(_) => before.parts().last() != object.address.parts().last(),
            None => *before != object.address && object.kind.is_named(),
        };
        renamed.then_some(before)
    }

    /// Reports what an object lacks once the body of a PATCH is written. Fields that are not written are not checked.
    fn check_changed(
        &self,
        object: &Object,
        found: &Found,
        body: &BTreeMap<&'static str, Value>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let value = |name: &str| body.get(name).or_else(|| found.fields.get(name));
        let lacking = self.lacking(object, &|name| match value(name) {
            Some(value) => FieldState::Value(value),
            None => FieldState::Unknown,
        });
        let written = lacking
            .into_iter()
            .filter(|needs| needs.fields().any(|name| body.contains_key(name)));
        diagnostics.extend(written.map(|lacking| needs::reported(object, lacking)));
        let durations = object.kind.ordered_durations.iter();
        let mut durations = durations.flat_map(|(short, long)| [short, long]);
        if durations.any(|name| body.contains_key(name)) {
            diagnostics.extend(needs::too_long(object, &|name| value(name).cloned()));
        }
    }

    /// What is wanted of a partial list that is no longer in the files: nothing that akrec added.
    fn left_list(&self, object: &Object, field: &Field) -> Option<Want> {
        let what = What::Some {
            include: BTreeSet::new(),
            exclude: BTreeSet::new(),
        };
        self.lists
            .has_left(object, field)
            .then(|| Want::new(what, object.span))
    }

    /// How a field differs that the server does not return: by its fingerprint, if it has one. It is also written if the
    /// user asks for it.
    fn unreturned(
        &self,
        object: &Object,
        field: &'static Field,
        want: &Want,
        have: Option<&Value>,
    ) -> Option<(Delta, Value)> {
        let value = want.what.initial();
        let delta = match (have, digest(field, &value)) {
            (Some(have @ Value::Digest(_)), Some(new)) if *have != new => {
                Some(Delta::Value(have.clone(), new))
            }
            (Some(Value::Null), Some(new)) => Some(Delta::New(new)),
            _ => None,
        };
        let asked = self.options.asks(object, field);
        delta
            .or_else(|| asked.then_some(Delta::Written))
            .map(|delta| (delta, value))
    }

    /// How a field differs and what is to be written; `None` if it does not.
    fn delta(
        &self,
        object: &Object,
        field: &'static Field,
        want: &Want,
        have: Option<&Value>,
    ) -> Option<(Delta, Value)> {
        let kind = object.kind;
        let unanswered =
            have.is_none() && !kind.raw && (field.may_be_withheld() || kind.is_answered(field));
        if field.class == Class::WriteOnly || unanswered {
            return self.unreturned(object, field, want, have);
        }
        let empty = BTreeSet::new();
        match &want.what {
            What::Is(Value::Set(wanted)) => {
                let have = have.and_then(Value::as_set).unwrap_or(&empty);
                let removed = have
                    .difference(wanted)
                    .filter(|item| !self.stays(field, item))
                    .cloned()
                    .collect();
                self.items(
                    object,
                    field,
                    have,
                    (wanted.difference(have).cloned().collect(), removed),
                )
            }
            What::Some { include, exclude } => {
                let have = have.and_then(Value::as_set).unwrap_or(&empty);
                let mut removed = self.lists.leaving(object, field, include, have);
                removed.retain(|item| !self.stays(field, item));
                removed.extend(exclude.intersection(have).cloned());
                self.items(
                    object,
                    field,
                    have,
                    (include.difference(have).cloned().collect(), removed),
                )
            }
            What::Keys(keys) => keyed(keys, have),
            What::Is(wanted) => match have {
                Some(have) if have == wanted || (have.is_empty() && wanted.is_empty()) => None,
                Some(have) => Some((Delta::Value(have.clone(), wanted.clone()), wanted.clone())),
                None if wanted.is_empty() => None,
                None => Some((Delta::New(wanted.clone()), wanted.clone())),
            },
        }
    }

    /// Adds the declared fields that belong to one which is written, or to which one that is written belongs: a
    /// certificate and its key.
    fn beside(
        &self,
        object: &Object,
        body: &mut BTreeMap<&'static str, Value>,
        changes: &mut Vec<Change>,
    ) {
        let pairs = self
            .fields(object.kind)
            .filter_map(|field| field.sent_with.map(|other| (field.name, other)));
        for (field, other) in pairs.flat_map(|(field, other)| [(field, other), (other, field)]) {
            if let (Some(want), Some(known)) = (object.fields.get(field), object.kind.field(field))
                && body.contains_key(other)
                && !body.contains_key(field)
            {
                body.insert(field, want.what.initial());
                changes.push(Change {
                    field,
                    class: want.class(known.class),
                    delta: Delta::Written,
                });
            }
        }
    }

    fn items(
        &self,
        object: &Object,
        field: &Field,
        have: &BTreeSet<Value>,
        (mut added, mut removed): (BTreeSet<Value>, BTreeSet<Value>),
    ) -> Option<(Delta, Value)> {
        added.retain(|item| !self.lists.is_of_other_side(object, field, item));
        removed.retain(|item| !self.lists.is_of_other_side(object, field, item));
        if added.is_empty() && removed.is_empty() {
            return None;
        }
        let after: BTreeSet<Value> = have.difference(&removed).chain(&added).cloned().collect();
        let counts = (have.len(), after.len());
        Some((
            Delta::Items {
                added,
                removed,
                counts,
            },
            Value::Set(after),
        ))
    }

    /// Whether an item that nobody declared is the server's own and comes back at every save.
    fn stays(&self, field: &Field, item: &Value) -> bool {
        let Value::Ref(address) = item else {
            return field.server_adds;
        };
        let managed = |found: &Found| {
            found
                .fields
                .get("managed")
                .is_some_and(|value| !value.is_empty())
        };
        field.server_adds
            && self
                .matched
                .live
                .get(address)
                .is_none_or(|(_, found)| managed(found))
    }
}

/// A step that completes an earlier one on the same object with what had to wait, and why it had to.
pub(super) fn second(
    first: &Step,
    body: BTreeMap<&'static str, Value>,
    add: Items,
    why: Reason,
) -> Step {
    let class = |name: &str| {
        let said = first
            .changes
            .iter()
            .find(|change| change.field == name)
            .map(|change| change.class);
        said.or_else(|| Some(first.kind.field(name)?.class))
            .unwrap_or(Class::Plain)
    };
    let sets = add
        .iter()
        .map(|(name, items)| (*name, Value::Set(items.clone())));
    let values = body
        .iter()
        .map(|(name, value)| (*name, value.clone()))
        .chain(sets);
    let changes = values.map(|(field, value)| Change {
        field,
        class: class(field),
        delta: Delta::New(value),
    });
    Step {
        action: Action::Update,
        reason: Some(why),
        second: true,
        adopts: false,
        changes: changes.collect(),
        unchanged: 0,
        needs: BTreeSet::new(),
        id: None,
        expect: BTreeMap::new(),
        write: Write::Update {
            body,
            add,
            remove: Items::new(),
        },
        ..first.clone()
    }
}

/// The fingerprint of a value, for a field that is compared by it.
fn digest(field: &Field, value: &Value) -> Option<Value> {
    let (Some((_, digest)), Value::Secret(secret)) = (field.digest, value) else {
        return None;
    };
    digest
        .of(secret.expose())
        .ok()
        .map(|print| Value::Digest(print.into()))
}

/// Free data of which only some keys are managed: what differs, and the whole as it is to be sent, since the server
/// replaces it whole.
fn keyed(keys: &BTreeMap<String, Json>, have: Option<&Value>) -> Option<(Delta, Value)> {
    let mut all = match have {
        Some(Value::Json(OrderedJson(Json::Object(all)))) => all.clone(),
        _ => serde_json::Map::new(),
    };
    let mut changed = BTreeMap::new();
    for (key, wanted) in keys {
        let before = all.get(key).cloned();
        let after = (!wanted.is_null()).then(|| wanted.clone());
        if before == after {
            continue;
        }
        match &after {
            Some(value) => drop(all.insert(key.clone(), value.clone())),
            None => drop(all.remove(key)),
        }
        changed.insert(key.clone(), (before, after));
    }
    (!changed.is_empty()).then(|| {
        (
            Delta::Keys(changed),
            Value::Json(OrderedJson(Json::Object(all))),
        )
    })
}

/// What the files declare for a field, unless the object ignores it.
fn declared<'o>(object: &'o Object, field: &Field) -> Option<&'o Want> {
    let want = object.fields.get(field.name)?;
    (!object.ignore.contains(field.name)).then_some(want)
}

/// Items of a field that are added to the server or removed from it, if there are any.
fn some_items(
    field: &'static Field,
    items: &BTreeSet<Value>,
) -> Option<(&'static str, BTreeSet<Value>)> {
    (!items.is_empty()).then(|| (field.name, items.clone()))
}

/// The fields that make up the new key of an object that is renamed.
fn new_key(object: &Object) -> Vec<(&'static str, Value)> {
    match (
        object.kind.name_under_owner(),
        object.address.parts().last(),
    ) {
        (Some(field), Some(Part::Name(name))) => vec![(field, Value::text(name))],
        _ => {
            let name = object.address.name().unwrap_or_default();
            object.kind.key_values(name).unwrap_or_default()
        }
    }
}

/// Adds the fields that the server demands beside those that change, as they are on the server; a secret that it does not
/// give back, as it is declared.
fn companions(
    object: &Object,
    found: &Found,
    body: &mut BTreeMap<&'static str, Value>,
    expect: &mut BTreeMap<&'static str, Value>,
) {
    if body.is_empty() {
        return;
    }
    for together in object.kind.sent_together {
        let names = match together {
            SentTogether::WithEveryPatch(names) | SentTogether::WithEveryPatchEvenNull(names) => {
                names
            }
            SentTogether::AllOrNone(names) if names.iter().any(|name| body.contains_key(name)) => {
                names
            }
            SentTogether::AllOrNone(_) => continue,
        };
        for name in *names {
            let wanted = |value: &&Value| {
                **value != Value::Null
                    || matches!(together, SentTogether::WithEveryPatchEvenNull(_))
            };
            if body.contains_key(name) {
                continue;
            }
            match (found.fields.get(name), object.fields.get(name)) {
                (Some(value), _) if wanted(&value) => {
                    body.insert(name, value.clone());
                    expect.insert(name, value.clone());
                }
                // What the answer does not contain is only known from the files.
                (None, Some(want)) => drop(body.insert(name, want.what.initial())),
                _ => {}
            }
        }
    }
}
