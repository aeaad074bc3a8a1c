//! What the server deletes along with what a plan deletes: everything cascades in authentik, and nothing protects.
//!
//! Two sources: what the server itself says of each object that goes (`used_by`, one hop), and what the table knows of
//! references that pull the other way. Whoever is neither a part of what goes nor meant to go refuses the plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::matching::Matched;
use super::safety::SafetyChecks;
use super::scope::Left;
use super::step::{Action, Delta, Step};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::live::{Fate, Found, Live, Referrer};
use crate::schema::{Find, Kind};
use crate::value::{Address, Value};

/// Something that refers to what is deleted, and what becomes of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Dependent {
    /// The name of the dependent, as far as it is known: `provider "wiki"`, or as the server spells it.
    pub name: String,
    /// The kind of the dependent, if the table has it.
    pub kind: Option<&'static str>,
    /// What becomes of it.
    pub fate: Fate,
    /// It is a part of the deleted object: its binding, its entitlement.
    pub part: bool,
}

/// The dependents of each deleted object. Refuses plans that delete dependents that must stay.
pub(super) fn dependents(
    objects: &[Object],
    live: &Live,
    matched: &Matched,
    (steps, left): (&[Step], &[Left]),
    checks: &SafetyChecks,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<Address, Vec<Dependent>> {
    let deletes: Vec<&Step> = steps
        .iter()
        .filter(|step| step.action == Action::Delete)
        .collect();
    if deletes.is_empty() {
        return BTreeMap::new();
    }
    let around = Around::new(objects, matched, steps, left);
    let mut all = BTreeMap::new();
    for step in deletes {
        let mut dependents = Vec::new();
        for (referrer, address) in around.referrers(step, live, matched) {
            let kind = kinds::by_any_model(&referrer.model)
                .or_else(|| kinds::family(address.as_ref()?.family).next());
            let part = kind.is_some_and(|kind| {
                let mut children = step.kind.children.iter();
                children.any(|child| child.kind == kind.name)
            });
            if address
                .as_ref()
                .is_some_and(|address| around.is_safe(address, step, part))
            {
                continue;
            }
            let name = address
                .as_ref()
                .map_or_else(|| described(kind, &referrer), Address::to_string);
            let is_builtin = address
                .as_ref()
                .is_some_and(|address| kinds::is_builtin(address, &BTreeMap::new()));
            if referrer.fate == Fate::Deleted && !part && kind.is_some() && !is_builtin {
                around.refuse(step, &name, address.as_ref(), checks, diagnostics);
            }
            dependents.push(Dependent {
                name,
                kind: kind.map(|kind| kind.name),
                fate: referrer.fate,
                part,
            });
        }
        dependents.sort();
        dependents.dedup();
        if !dependents.is_empty() {
            all.insert(step.address.clone(), dependents);
        }
    }
    all
}

/// The data around the deletions, indexed for look-ups.
struct Around<'a> {
    /// The deleted objects.
    going: BTreeSet<&'a Address>,
    /// The steps of each object.
    steps: HashMap<&'a Address, Vec<&'a Step>>,
    declared: HashMap<&'a Address, &'a Object>,
    /// Deletions that are left out.
    left: BTreeSet<&'a Address>,
    /// What joins an object to others and goes with either.
    joins: HashMap<&'a Address, Vec<(&'a Address, &'a Found)>>,
}

impl<'a> Around<'a> {
    fn new(
        objects: &'a [Object],
        matched: &'a Matched,
        all: &'a [Step],
        left: &'a [Left],
    ) -> Around<'a> {
        let deletes = all.iter().filter(|step| step.action == Action::Delete);
        let going: BTreeSet<&Address> = deletes.map(|step| &step.address).collect();
        let mut steps: HashMap<&Address, Vec<&Step>> = HashMap::new();
        all.iter()
            .for_each(|step| steps.entry(&step.address).or_default().push(step));
        let mut joins: HashMap<&Address, Vec<(&Address, &Found)>> = HashMap::new();
        for (address, (_, found)) in &matched.live {
            let Find::Owner {
                field: owner,
                many: true,
                ..
            } = found.kind.find
            else {
                continue;
            };
            let others = found.kind.key_fields().filter(|name| *name != owner);
            let joined: BTreeSet<&Address> = others
                .filter_map(|name| match found.fields.get(name) {
                    Some(Value::Ref(address)) => Some(address),
                    _ => None,
                })
                .filter(|address| going.contains(address))
                .collect();
            joined
                .into_iter()
                .for_each(|joined| joins.entry(joined).or_default().push((address, found)));
        }
        let out = left.iter().filter(|left| left.action == Action::Delete);
        Around {
            going,
            steps,
            declared: objects
                .iter()
                .map(|object| (&object.address, object))
                .collect(),
            left: out.map(|left| &left.address).collect(),
            joins,
        }
    }

    /// What refers to a deleted object: as the server lists it, then what only the table knows.
    fn referrers(
        &self,
        step: &Step,
        live: &Live,
        matched: &Matched,
    ) -> Vec<(Referrer, Option<Address>)> {
        let before = matched
            .live
            .get(&step.address)
            .map_or(&step.address, |(before, _)| before);
        let listed = live.referrers.get(before).into_iter().flatten();
        let mut all: Vec<(Referrer, Option<Address>)> = listed
            .map(|referrer| (referrer.clone(), address_of(referrer, live, matched)))
            .collect();
        let known: BTreeSet<Address> = all
            .iter()
            .filter_map(|(_, address)| address.clone())
            .collect();
        let own = cascading_references(step)
            .into_iter()
            .chain(self.joined(step))
            .filter(|(_, address)| !known.contains(address));
        all.extend(own.map(|(referrer, address)| (referrer, Some(address))));
        all
    }

    /// Whether the deletion of an object does not matter to a referrer: it is deleted anyway, or no longer refers to the
    /// object by then. `part` is a referrer that belongs to the object.
    fn is_safe(&self, referrer: &Address, step: &Step, part: bool) -> bool {
        let goes_otherwise =
            || super::ownership::within(referrer, &self.going) || self.lets_go(referrer, step);
        self.going.contains(referrer) || (!part && goes_otherwise())
    }

    /// What joins the object to others: the server does not name the bindings of a policy.
    fn joined(&self, step: &Step) -> Vec<(Referrer, Address)> {
        let referrer = |found: &Found| Referrer {
            model: found.kind.model.to_owned(),
            pk: found.id.clone(),
            name: found.address.to_string(),
            fate: Fate::Deleted,
        };
        let joins = self.joins.get(&step.address).into_iter().flatten();
        joins
            .map(|(address, found)| (referrer(found), (*address).clone()))
            .collect()
    }

    /// Whether a step makes an object stop referring to a deleted object, before that is deleted.
    fn lets_go(&self, address: &Address, gone: &Step) -> bool {
        let refers = |value: &Value| {
            let mut refers = false;
            value.refs(&mut |used| refers |= *used == gone.address);
            refers
        };
        let steps = self.steps.get(address).into_iter().flatten();
        steps
            .flat_map(|step| &step.changes)
            .any(|change| match &change.delta {
                Delta::Value(before, after) => refers(before) && !refers(after),
                Delta::Items { removed, .. } => removed.iter().any(refers),
                _ => false,
            })
    }

    fn refuse(
        &self,
        step: &Step,
        name: &str,
        address: Option<&Address>,
        checks: &SafetyChecks,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let message = format!("authentik deletes {name} along with {}", step.address);
        let mut diagnostic = Diagnostic::error(Code::VICTIM, message);
        if let Some(span) = step.source {
            diagnostic = diagnostic.at(span, "must not exist, according to this");
        }
        diagnostic = match address.and_then(|address| self.declared.get(address)) {
            Some(object) if step.source.is_some() => {
                diagnostic.and(object.span, "declared here, so it must stay")
            }
            Some(object) => diagnostic.at(object.span, "declared here, so it must stay"),
            None if address.is_some_and(|address| self.left.contains(address)) => {
                diagnostic = diagnostic
                    .note("it would be deleted as well, but --target or --exclude excludes that");
                return checks.refuse(diagnostic.help("exclude both or neither"), diagnostics);
            }
            None => diagnostic.note("nothing in the files asks for its deletion"),
        };
        let help = format!(
            "make it refer to something else in a separate apply, or delete {name} in the files as well"
        );
        checks.refuse(diagnostic.help(help), diagnostics);
    }
}

/// The address that what refers will have, if it has been read.
fn address_of(referrer: &Referrer, live: &Live, matched: &Matched) -> Option<Address> {
    let kind = kinds::by_any_model(&referrer.model)?;
    live.named(&[kind.family], &referrer.pk)
        .map(|before| matched.now(&before))
}

/// The objects that the object's own fields name and that the server deletes along with it (`cascades` in the table).
fn cascading_references(step: &Step) -> Vec<(Referrer, Address)> {
    let mut along = Vec::new();
    for field in step.kind.fields.iter().filter(|field| field.cascades) {
        let Some(value) = step.expect.get(field.name) else {
            continue;
        };
        value.refs(&mut |address| {
            let referrer = Referrer {
                model: String::new(),
                pk: String::new(),
                name: address.to_string(),
                fate: Fate::Deleted,
            };
            along.push((referrer, address.clone()));
        });
    }
    along
}

/// The name of an object that has not been read, as the server spells it; ids in it say nothing to people.
fn described(kind: Option<&'static Kind>, referrer: &Referrer) -> String {
    let what = kind.map_or(referrer.model.as_str(), |kind| kind.family);
    match kind {
        _ if referrer.name.is_empty() || referrer.name.contains(&referrer.pk) => {
            format!("a {}", what.replace('_', " "))
        }
        Some(kind) => format!("{} {:?}", kind.family, referrer.name),
        None => format!("{} {:?}", referrer.model, referrer.name),
    }
}
