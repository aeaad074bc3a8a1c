//! Ownership of objects: what is adopted, what is forgotten, and what is deleted because the files no longer declare
//! it.
//!
//! Only what akrec itself made is ever deleted for that reason; what the ledger does not know is never touched. Without
//! a ledger nothing is owned, and nothing here does anything.

use std::borrow::Borrow;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::lists::Lists;
use super::matching::{Counterpart, Matched, new_name};
use super::safety::SafetyChecks;
use super::step::{Action, Reason, Step};
use super::{Declared, Keeps, Kept};
use super::{removal, replaced};
use crate::desired::{Desired, Object, Owned, What};
use crate::diag::{Code, Diagnostic, Span};
use crate::kinds;
use crate::ledger::{Ledger, Origin, Record};
use crate::live::{Cut, Found, Live};
use crate::schema::{Class, Kind, Lint, id_text};
use crate::value::{Address, Part, Value};

/// The ledger beside the live state.
pub(super) struct Ownership<'a> {
    ledger: &'a Ledger,
    /// Records by family and id: an object that was renamed by hand is still ours.
    by_id: HashMap<(&'static str, &'a str), (&'a Address, &'a Record)>,
}

impl Leaving {
    /// An object that leaves the management of akrec, and stays on the server.
    fn forget_managed(&mut self, object: &Object) {
        self.kept.push(Kept {
            address: object.address.clone(),
            kind: object.kind,
            why: Keeps::LetGo,
            items: None,
        });
        self.gone.insert(object.address.clone());
    }
}

/// An object that left the files and belongs to another one: its recorded address, its present one, its kind and its record.
type Left<'a> = (&'a Address, Address, &'static Kind, Option<&'a Record>);

/// What leaves.
#[derive(Default)]
pub(super) struct Leaving {
    /// Deletions, and objects that are forgotten.
    pub steps: Vec<Step>,
    /// Protected objects that stay although the files no longer declare them.
    pub kept: Vec<Kept>,
    /// Records of objects that no longer exist.
    pub gone: BTreeSet<Address>,
}

impl<'a> Ownership<'a> {
    pub fn new(ledger: &'a Ledger) -> Ownership<'a> {
        let by_id = ledger
            .records
            .iter()
            .map(|(address, record)| ((address.family, record.id.as_str()), (address, record)))
            .collect();
        Ownership { ledger, by_id }
    }

    /// Gives declared objects that somebody renamed on the server their names there as older ones, so that they are renamed back
    /// and not made once more beside what they were.
    pub fn renamed(&self, objects: &mut [Object], live: &Live) {
        let mut names: HashMap<&Address, &Address> = HashMap::new();
        for found in live.objects.values() {
            if let Some((recorded, record)) = self.record(found)
                && *recorded != found.address
                && record.kind == found.kind
                && live.get(recorded).is_none()
            {
                names.insert(recorded, &found.address);
            }
        }
        let declared: BTreeSet<Address> = objects
            .iter()
            .map(|object| object.address.clone())
            .collect();
        for object in objects.iter_mut().filter(|object| object.kind.is_named()) {
            let mut known = std::iter::once(&object.address)
                .chain(object.previously.iter().map(|(old, _)| old));
            let now = known
                .find_map(|name| names.get(name))
                .filter(|now| !declared.contains(**now));
            let reported =
                |now: &&&Address| object.previously.iter().any(|(old, _)| *old == ***now);
            if let Some(now) = now.filter(|now| !reported(now)) {
                object.previously.push(((*now).clone(), object.span));
            }
        }
    }

    /// The record of a live object, by its id.
    fn record(&self, found: &Found) -> Option<(&'a Address, &'a Record)> {
        let id = id_text(&found.pk)?;
        self.by_id
            .get(&(found.address.family, id.as_str()))
            .copied()
    }

    /// How akrec came to manage a live object; `before` is the address by which the server knows it.
    fn origin(&self, before: &Address, found: &Found) -> Option<Origin> {
        match self.record(found) {
            Some((_, record)) => Some(record.origin),
            None => self
                .ledger
                .pending
                .contains_key(before)
                .then_some(Origin::Created),
        }
    }

    /// Marks the steps that take objects over, and adds those that do nothing else; and those that only change whether
    /// an object is protected.
    pub fn adopt(&self, objects: &[Object], matched: &Matched, steps: &mut Vec<Step>) {
        if !self.ledger.is_known() {
            return;
        }
        let written: HashMap<Address, usize> = steps
            .iter()
            .enumerate()
            .map(|(place, step)| (step.address.clone(), place))
            .collect();
        for (object, pair) in objects.iter().zip(&matched.pairs) {
            let Counterpart::There(found) = pair else {
                continue;
            };
            let before = matched
                .live
                .get(&object.address)
                .map_or(&object.address, |(before, _)| before);
            let known = self.origin(before, found);
            if let Some(place) = written.get(&object.address) {
                steps[*place].adopts = known.is_none();
                continue;
            }
            let bookkeeping = |action, reason| Step {
                source: Some(object.span),
                adopts: action == Action::Adopt,
                ..bare(action, found, reason)
            };
            let protect = self.record(found).is_some_and(|(_, record)| record.protect);
            if known.is_none() {
                steps.push(bookkeeping(Action::Adopt, None));
            } else if object.protect != protect && self.record(found).is_some() {
                let reason = if object.protect {
                    Reason::Protected
                } else {
                    Reason::Unprotected
                };
                steps.push(bookkeeping(Action::Update, Some(reason)));
            }
        }
    }

    /// The ledger's future record of every declared object, once it exists.
    pub fn declared(
        &self,
        desired: &Desired,
        objects: &[Object],
        matched: &Matched,
        lists: &Lists,
    ) -> BTreeMap<Address, Declared> {
        let partial: HashSet<(&Address, &str)> = desired
            .owned
            .iter()
            .filter(|owned| !owned.exact)
            .map(|owned| (&owned.owner, owned.kind.name))
            .collect();
        let pairs = objects
            .iter()
            .zip(&matched.pairs)
            .filter(|(object, _)| !object.leaves);
        let declared = pairs.map(|(object, pair)| {
            let found = match pair {
                Counterpart::There(found) => Some(found),
                Counterpart::Missing | Counterpart::Refused => None,
            };
            let before = matched.live.get(&object.address).map_or(&object.address, |(before, _)| before);
            let fields = object.fields.iter().filter_map(|(name, want)| {
                let field = object.kind.field(name);
                let secret = field.is_none_or(|field| want.class(field.class) != Class::Plain);
                (!secret).then(|| want.fingerprint(field)).flatten().map(|hash| ((*name).to_owned(), hash))
            });
            let declared = Declared {
                kind: object.kind,
                id: found.and_then(|found| id_text(&found.pk)),
                origin: match found {
                    Some(found) => self.origin(before, found).unwrap_or(Origin::Adopted),
                    None => Origin::Created,
                },
                recorded: found.and_then(|found| self.record(found)).map(|(address, _)| address.clone()),
                protect: object.protect,
                partial: matches!(object.address.parts().first(), Some(Part::At(owner)) if partial.contains(&(owner, object.kind.name))),
                fields: fields.collect(),
                items: lists.declared(object, pair),
            };
            (object.address.clone(), declared)
        });
        declared.collect()
    }

    /// Objects that the files no longer declare. `going` are those that are deleted already, for other reasons.
    pub fn leaving(
        &self,
        desired: &Desired,
        objects: &[Object],
        live: &Live,
        matched: &Matched,
        going: &BTreeSet<Address>,
    ) -> Leaving {
        let mut leaving = Leaving::default();
        if !self.ledger.is_known() {
            return leaving;
        }
        let leaving_objects: HashMap<&Address, &Object> = objects
            .iter()
            .filter(|object| object.leaves)
            .map(|object| (&object.address, object))
            .collect();
        let absent = desired.absent.iter().map(|absent| &absent.address);
        let absent: BTreeSet<&Address> = absent.collect();
        // Where nothing leaves, nothing is looked up.
        let there = LazyCell::new(|| There::new(matched));
        let ours = self.recorded_names(matched);
        let records = self.ledger.records.iter();
        let recorded = records.map(|(address, record)| (address, Some(record)));
        let pending = self.ledger.pending.keys().map(|address| (address, None));
        let mut rest: Vec<Left<'_>> = Vec::new();
        for (address, record) in recorded.chain(pending) {
            // What belongs to something that is renamed goes by its new name in everything that is planned.
            let now = new_name(address, &ours);
            let is_leaving = leaving_objects.contains_key(address);
            let spoken_of = (!is_leaving && matched.declared.contains(&now))
                || absent.contains(&now)
                || going.contains(&now);
            if (!is_leaving && ours.contains_key(address)) || spoken_of {
                continue;
            }
            let of_family = || kinds::family(address.family).next();
            let Some(kind) = record.map_or_else(of_family, |record| Some(record.kind)) else {
                continue;
            };
            if let Some(object) = leaving_objects.get(address) {
                leaving.forget_managed(object);
                continue;
            }
            // An object that the server does not show may exist all the same: its record stays as it is.
            let is_gone = |cut: &Cut| record.is_some_and(|record| cut.gone.contains(&record.id));
            if !there.objects.contains_key(address)
                && live.cut.get(kind.name).is_some_and(|cut| !is_gone(cut))
            {
                continue;
            }
            match address.parts().first() {
                Some(Part::At(_)) => rest.push((address, now, kind, record)),
                _ => self.plain(address, kind, record, &there, &mut leaving),
            }
        }
        self.children(&rest, desired, matched, going, &mut leaving);
        leaving
    }

    /// The names under which the ledger has the declared objects, with their names on the server.
    fn recorded_names(&self, matched: &Matched) -> BTreeMap<Address, Address> {
        let found = matched.pairs.iter().filter_map(found);
        found
            .filter_map(|found| Some((self.record(found)?.0.clone(), found.address.clone())))
            .collect()
    }

    /// Objects that belong to others and that left the files, each after those before it.
    fn children(
        &self,
        rest: &[Left<'_>],
        desired: &Desired,
        matched: &Matched,
        going: &BTreeSet<Address>,
        leaving: &mut Leaving,
    ) {
        let lists: HashMap<(&Address, &str), &Owned> = desired
            .owned
            .iter()
            .map(|owned| ((&owned.owner, owned.kind.name), owned))
            .collect();
        let deleted = |steps: &[Step]| -> Vec<Address> {
            steps
                .iter()
                .filter(|step| step.action == Action::Delete)
                .map(|step| step.address.clone())
                .collect()
        };
        let mut gone: BTreeSet<Address> = going.clone();
        gone.extend(deleted(&leaving.steps));
        for (address, now, kind, record) in rest {
            let before = leaving.steps.len();
            self.child(
                (address, now),
                kind,
                *record,
                &lists,
                matched,
                &gone,
                leaving,
            );
            gone.extend(deleted(&leaving.steps[before..]));
        }
    }

    /// An object with a name of its own that left the files.
    fn plain(
        &self,
        address: &Address,
        kind: &'static Kind,
        record: Option<&Record>,
        there: &There<'_>,
        leaving: &mut Leaving,
    ) {
        let created = record.is_none_or(|record| record.origin == Origin::Created);
        let successor = there.successors.of(address, kind);
        if successor.is_none() && record.is_some_and(|record| record.protect) {
            leaving.kept.push(Kept {
                address: address.clone(),
                kind,
                why: Keeps::Protected,
                items: None,
            });
        } else if !created {
            leaving.steps.push(nameless(address, kind, Reason::LetGo));
        } else {
            // Another one of the same name that was made since is not ours.
            let same = |found: &&&Found| {
                record.is_none_or(|record| id_text(&found.pk).as_ref() == Some(&record.id))
            };
            match there.objects.get(address).filter(same) {
                None if record.is_some_and(|record| there.has_elsewhere(address, record)) => {
                    leaving
                        .steps
                        .push(nameless(address, kind, Reason::OtherName));
                }
                None => drop(leaving.gone.insert(address.clone())),
                // A run that was killed may have been about to make what authentik has made by itself since.
                Some(found)
                    if kinds::is_own_account(address, &found.fields)
                        || (record.is_none() && kinds::is_builtin(address, &found.fields)) =>
                {
                    leaving
                        .steps
                        .push(nameless(address, kind, Reason::MadeByServer));
                }
                Some(found) => {
                    let reason = successor.map_or(Reason::NotDeclared, Reason::Replaced);
                    leaving.steps.push(removal::step(found, None, reason));
                }
            }
        }
    }

    /// A binding and its like, which goes or stays with what it belongs to; by the address that the ledger has and the one
    /// that it will have.
    #[allow(
        clippy::too_many_arguments,
        reason = "one decision, with all that it depends on"
    )]
    fn child(
        &self,
        (address, now): (&Address, &Address),
        kind: &'static Kind,
        record: Option<&Record>,
        lists: &HashMap<(&Address, &str), &Owned>,
        matched: &Matched,
        gone: &BTreeSet<Address>,
        leaving: &mut Leaving,
    ) {
        if within(now, gone) {
            leaving.gone.insert(address.clone());
            return;
        }
        let Some(Part::At(owner)) = now.parts().first() else {
            return;
        };
        // Another one of the same address that was made since is not ours.
        let same = |found: &&Found| {
            record.is_none_or(|record| id_text(&found.pk).as_ref() == Some(&record.id))
        };
        let found = matched
            .live
            .get(now)
            .map(|(_, found)| &**found)
            .filter(same);
        let created = record.is_none_or(|record| record.origin == Origin::Created);
        // Where what it joins its owner to goes, the server takes it along: what akrec made is then meant to go as well.
        let mut others = now.parts().iter().skip(1);
        let joins_what_goes =
            others.any(|part| matches!(part, Part::At(other) if gone.contains(other)));
        // When a partial list leaves the files, with its owner or without, no item that akrec added stays.
        let list = lists.get(&(owner, kind.name));
        let of_partial_list = list.is_none() && record.is_some_and(|record| record.partial);
        if let Some(found) = found.filter(|_| created && (joins_what_goes || of_partial_list)) {
            leaving
                .steps
                .push(removal::step(found, None, Reason::NotDeclared));
            return;
        }
        if !matched.declared.contains(owner) {
            leaving
                .steps
                .push(nameless(address, kind, Reason::OwnerLetGo));
            return;
        }
        match (list, found) {
            (None, _) => leaving
                .steps
                .push(nameless(address, kind, Reason::ListNotManaged)),
            (Some(_), None) => drop(leaving.gone.insert(address.clone())),
            // An item that a complete list does not name is removed whoever made it; the comparison of lists reports
            // that.
            (Some(list), Some(_)) if list.exact => {}
            (Some(_), Some(found)) if created => {
                leaving
                    .steps
                    .push(removal::step(found, None, Reason::NotDeclared));
            }
            (Some(_), Some(_)) => leaving.steps.push(nameless(address, kind, Reason::LetGo)),
        }
    }

    /// Refuses what belongs to other workspaces, as far as the steps touch it.
    pub fn foreign(
        &self,
        steps: &[Step],
        matched: &Matched,
        checks: &SafetyChecks,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for step in steps
            .iter()
            .filter(|step| !matches!(step.action, Action::Create | Action::Forget))
        {
            let Some((before, found)) = matched.live.get(&step.address) else {
                continue;
            };
            let Some(other) = self.ledger.others.get(before) else {
                continue;
            };
            if id_text(&found.pk).as_ref() != Some(&other.id) {
                continue;
            }
            let message = format!(
                "{} belongs to the workspace {:?} of this server",
                step.address, other.workspace
            );
            let diagnostic = Diagnostic::error(Code::FOREIGN, message).help(
                "remove it from the files of one of the two workspaces; `akrec forget` there removes it from that ledger without deleting it",
            );
            let label = if step.action == Action::Delete {
                "to be deleted, according to this"
            } else {
                "declared here too"
            };
            checks.refuse(placed(diagnostic, step.source, label), diagnostics);
        }
    }

    /// Refuses deletions that `absent` asks for and that protection or authentik's own needs forbid.
    pub fn guard(
        &self,
        steps: &[Step],
        objects: &[Object],
        live: &Live,
        checks: &SafetyChecks,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for step in steps
            .iter()
            .filter(|step| step.action == Action::Delete && step.reason == Some(Reason::Absent))
        {
            let record = step
                .id
                .as_deref()
                .and(self.ledger.records.get(&step.address));
            if record.is_some_and(|record| record.protect) {
                let diagnostic =
                    Diagnostic::error(Code::PROTECTED, format!("{} is protected", step.address))
                        .help("declare it without `protect`, apply, and then remove it");
                checks.refuse(
                    placed(diagnostic, step.source, "must not exist, according to this"),
                    diagnostics,
                );
            }
            // What akrec itself made is never authentik's own, whatever it is called.
            let id = live.get(&step.address).and_then(|found| id_text(&found.pk));
            let is_created = id
                .is_some_and(|id| self.ledger.origin(&step.address, &id) == Some(Origin::Created));
            if !is_created && kinds::is_builtin(&step.address, &step.expect) {
                let diagnostic = Diagnostic::error(
                    Code::BUILT_IN,
                    format!("{} was created by authentik itself", step.address),
                )
                .note(
                    "its upgrades recreate it or fail without it, and other objects may rely on it",
                );
                checks.refuse(
                    placed(diagnostic, step.source, "must not exist, according to this"),
                    diagnostics,
                );
            }
        }
        self.report_built_in(steps, objects, live, diagnostics);
    }

    /// Reports bindings of authentik's own blueprints that a complete list of the files does not name.
    fn report_built_in(
        &self,
        steps: &[Step],
        objects: &[Object],
        live: &Live,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let unlisted =
            |step: &&Step| step.action == Action::Delete && step.reason == Some(Reason::NotInList);
        for step in steps.iter().filter(unlisted) {
            let Some(does) = kinds::purpose(&step.address) else {
                continue;
            };
            let id = live.get(&step.address).and_then(|found| id_text(&found.pk));
            let is_created = id
                .is_some_and(|id| self.ledger.origin(&step.address, &id) == Some(Origin::Created));
            if is_created || is_embedded(&step.address, objects, live) {
                continue;
            }
            let message = format!(
                "{} is deleted, which authentik's own blueprints made",
                step.address
            );
            let diagnostic = Diagnostic::warning(Code::BUILT_IN_BINDING, message)
                .note(does)
                .help("add it to the list, or write the list with `include`, if it must stay");
            diagnostics.push(placed(
                diagnostic,
                step.source,
                "the complete list does not name it",
            ));
        }
    }
}

/// Whether a stage whose binding is deleted is shown on the page of another one: then it does the same as before.
fn is_embedded(binding: &Address, objects: &[Object], live: &Live) -> bool {
    let joins = |to: &Address| {
        let mut parts = binding.parts().iter();
        parts.any(|part| matches!(part, Part::At(joined) if joined == to))
    };
    let fields = |kind: &Kind| -> Vec<&'static str> {
        let embeds = kind.lints.iter().filter_map(|lint| match lint {
            Lint::EmbedsStage(field) => Some(*field),
            _ => None,
        });
        embeds.collect()
    };
    let declared: HashMap<&Address, &Object> = objects
        .iter()
        .filter(|object| !fields(object.kind).is_empty())
        .map(|object| (&object.address, object))
        .collect();
    let shows = |value: &Value| matches!(value, Value::Ref(stage) if joins(stage));
    let wanted = declared.values().any(|object| {
        let mut fields = fields(object.kind).into_iter();
        fields.any(|field| {
            let want = object.fields.get(field).map(|want| &want.what);
            matches!(want, Some(What::Is(value)) if shows(value))
        })
    });
    let unchanged = live.objects.values().any(|found| {
        let mut fields = fields(found.kind).into_iter();
        fields.any(|field| {
            let says = declared
                .get(&found.address)
                .and_then(|object| object.fields.get(field));
            says.is_none() && found.fields.get(field).is_some_and(shows)
        })
    });
    wanted || unchanged
}

fn placed(diagnostic: Diagnostic, span: Option<Span>, label: &str) -> Diagnostic {
    match span {
        Some(span) => diagnostic.at(span, label),
        None => diagnostic,
    }
}

fn found(pair: &Counterpart) -> Option<&Found> {
    match pair {
        Counterpart::There(found) => Some(found),
        Counterpart::Missing | Counterpart::Refused => None,
    }
}

/// The live state, for look-ups by the records of the ledger.
struct There<'a> {
    /// Live objects by their names on the server.
    objects: HashMap<&'a Address, &'a Found>,
    /// The names by family, kind and id.
    ids: HashMap<(&'static str, &'static str, String), Vec<&'a Address>>,
    /// What takes the place of what leaves.
    successors: replaced::Successors<'a>,
}

impl<'a> There<'a> {
    fn new(matched: &'a Matched) -> There<'a> {
        let objects: HashMap<&Address, &Found> = matched
            .live
            .values()
            .map(|(before, found)| (before, &**found))
            .collect();
        let mut ids: HashMap<(&str, &str, String), Vec<&Address>> = HashMap::new();
        for (before, found) in matched.live.values() {
            if let Some(id) = id_text(&found.pk) {
                ids.entry((before.family, found.kind.name, id))
                    .or_default()
                    .push(before);
            }
        }
        There {
            objects,
            ids,
            successors: replaced::Successors::new(&matched.declared),
        }
    }

    /// Whether the object of a record has another name on the server by now.
    fn has_elsewhere(&self, address: &Address, record: &Record) -> bool {
        let alike = self
            .ids
            .get(&(address.family, record.kind.name, record.id.clone()));
        alike.is_some_and(|alike| alike.iter().any(|other| *other != address))
    }
}

/// Whether an address belongs, however deep, to one of those.
pub(super) fn within<A: Borrow<Address> + Ord>(address: &Address, owners: &BTreeSet<A>) -> bool {
    match address.parts().first() {
        Some(Part::At(owner)) => owners.contains(owner) || within(owner, owners),
        _ => false,
    }
}

/// A step that changes only the ledger.
fn bare(action: Action, found: &Found, reason: Option<Reason>) -> Step {
    Step {
        id: Some(found.id.clone()),
        reason,
        action,
        ..nameless(&found.address, found.kind, Reason::LetGo)
    }
}

/// A step that forgets something that need not have been read.
fn nameless(address: &Address, kind: &'static Kind, reason: Reason) -> Step {
    Step {
        reason: Some(reason),
        ..Step::new(Action::Forget, address.clone(), kind)
    }
}
