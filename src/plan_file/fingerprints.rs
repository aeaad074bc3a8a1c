//! Fingerprints of what a plan was made from, so that it can be said what has moved since: never of a secret, and never
//! of free data that nobody declared, which may hold one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value as Json;

use super::value::{self, Read};
use crate::desired::{Desired, Object, What};
use crate::kinds;
use crate::live::{Found, Live};
use crate::plan::{Action, Plan, Step};
use crate::schema::{self, Class, Shape, id_text};
use crate::value::{Address, OrderedJson, Part, Value, digest, fingerprint};
use crate::wire::json;
use crate::wire::plan_file::Fingerprint;

/// What stands for a value of which no fingerprint is kept.
const HIDDEN: &str = "-";

/// Fingerprints by object.
pub type Prints = BTreeMap<Address, Print>;

/// One object's.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Print {
    /// By what others refer to it on the server.
    pub id: Option<String>,
    /// Field by field.
    pub fields: BTreeMap<String, String>,
}

/// An object that moved, and what of it.
pub type Moved = (Address, Vec<String>);

/// What the files declare.
pub fn of_state(desired: &Desired) -> Prints {
    let mut prints = Prints::new();
    for object in &desired.objects {
        let print = prints.entry(object.address.clone()).or_default();
        for (name, want) in &object.fields {
            print.fields.insert(
                (*name).to_owned(),
                want.fingerprint(object.kind.field(name))
                    .unwrap_or_else(|| HIDDEN.to_owned()),
            );
        }
        let older: Vec<String> = object
            .previously
            .iter()
            .map(|(old, _)| old.path())
            .collect();
        let rules = format!(
            "{} {} {:?} {older:?}",
            object.protect, object.open, object.ignore
        );
        print.fields.insert("lifecycle".to_owned(), digest(&rules));
        print
            .fields
            .insert("type".to_owned(), digest(object.kind.name));
    }
    for owned in &desired.owned {
        let children = kinds::family(owned.owner.family).flat_map(|kind| kind.children);
        let word = children
            .into_iter()
            .find(|children| children.kind == owned.kind.name)
            .map(|children| children.yaml_key);
        let excluded: BTreeSet<String> = owned
            .exclude
            .iter()
            .map(|(subject, _)| subject.path())
            .collect();
        let print = prints.entry(owned.owner.clone()).or_default();
        let list = digest(&format!("{} {excluded:?}", owned.exact));
        print
            .fields
            .insert(word.unwrap_or(owned.kind.name).to_owned(), list);
    }
    for absent in &desired.absent {
        prints
            .entry(absent.address.clone())
            .or_default()
            .fields
            .insert("absent".to_owned(), HIDDEN.to_owned());
    }
    prints
}

/// What is on the server, as far as the plan rests on it: what is declared, what the steps touch, what belongs to lists
/// that are managed, and of what is only referred to that it is the same object.
pub fn of_live(desired: &Desired, plan: &Plan, live: &Live) -> Prints {
    let mut declared: HashMap<&Address, &Object> = HashMap::new();
    for object in &desired.objects {
        declared.insert(&object.address, object);
        for (old, _) in &object.previously {
            declared.insert(old, object);
        }
    }
    let touched: HashMap<(&str, &str), &Step> = plan
        .steps
        .iter()
        .filter_map(|step| Some(((step.kind.family, step.id.as_deref()?), step)))
        .collect();
    let absent: BTreeSet<&Address> = desired
        .absent
        .iter()
        .map(|absent| &absent.address)
        .collect();
    let referred: BTreeSet<&Address> = desired
        .objects
        .iter()
        .flat_map(|object| &object.refs)
        .map(|used| &used.address)
        .collect();
    let lists: HashSet<(&Address, &str)> = desired
        .owned
        .iter()
        .map(|owned| (&owned.owner, owned.kind.name))
        .collect();
    let listed = |found: &Found| {
        let Some(Part::At(owner)) = found.address.parts().first() else {
            return false;
        };
        let owner = declared.get(owner).map_or(owner, |object| &object.address);
        lists.contains(&(owner, found.kind.name))
    };
    let mut prints = Prints::new();
    for (address, found) in &live.objects {
        let object = declared.get(address).copied();
        let step = touched
            .get(&(found.kind.family, found.id.as_str()))
            .copied();
        let whole = object.is_some() || step.is_some() || absent.contains(address) || listed(found);
        if whole || referred.contains(address) {
            let fields = if whole {
                fields(found, object, step)
            } else {
                BTreeMap::new()
            };
            prints.insert(
                address.clone(),
                Print {
                    id: id_text(&found.pk),
                    fields,
                },
            );
        }
    }
    prints
}

fn fields(found: &Found, object: Option<&Object>, step: Option<&Step>) -> BTreeMap<String, String> {
    let gone = step.filter(|step| step.action == Action::Delete);
    let print = |(name, value): (&&'static str, &Value)| {
        let field = found.kind.field(name)?;
        let want = object.and_then(|object| object.fields.get(name));
        if field.class != Class::Plain
            || want.is_some_and(|want| want.class(field.class) != Class::Plain)
        {
            return None;
        }
        let part = match (want.map(|want| &want.what), value) {
            (Some(What::Some { include, exclude }), Value::Set(items)) => Value::Set(
                items
                    .iter()
                    .filter(|item| include.contains(item) || exclude.contains(item))
                    .cloned()
                    .collect(),
            ),
            (Some(What::Keys(keys)), Value::Json(OrderedJson(Json::Object(all)))) => {
                let all = all.iter().filter(|(key, _)| keys.contains_key(*key));
                Value::Json(OrderedJson(Json::Object(
                    all.map(|(key, raw)| (key.clone(), raw.clone())).collect(),
                )))
            }
            (Some(_), value) => value.clone(),
            (None, _) if gone.is_some_and(|step| !step.expect.contains_key(name)) => return None,
            // What nobody declares and others change all the time: who is a member, what the server adds.
            (None, _)
                if field.server_adds
                    || field.inverse_of.is_some()
                    || field.volatile
                    || field.derived =>
            {
                return None;
            }
            (None, _) if found.kind.members_of(name).is_some() => return None,
            (None, _) if matches!(field.shape, Shape::Json { .. }) => return None,
            (None, value) => value.clone(),
        };
        Some((
            (*name).to_owned(),
            fingerprint(&schema::spelt(field, &part))?,
        ))
    };
    found.fields.iter().filter_map(print).collect()
}

/// One fingerprint for all of it, so that it can be seen whether two plans were made from the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sums {
    /// Of what the files declare.
    pub config: String,
    /// Of what is on the server, as far as the plan rests on it.
    pub live: String,
    /// The same by family of kinds.
    pub families: BTreeMap<String, String>,
}

/// The fingerprints of two sets of them.
pub fn sums(state: &Prints, live: &Prints) -> Sums {
    let sum = |fingerprints: Vec<Fingerprint>| {
        format!("sha256:{}", digest(&json(&fingerprints).to_string()))
    };
    let mut families: BTreeMap<String, Prints> = BTreeMap::new();
    for (address, print) in live {
        families
            .entry(address.family.to_owned())
            .or_default()
            .insert(address.clone(), print.clone());
    }
    Sums {
        config: sum(write(state)),
        live: sum(write(live)),
        families: families
            .into_iter()
            .map(|(family, prints)| (family, sum(write(&prints))))
            .collect(),
    }
}

/// What differs between two, in the words of the files.
pub fn moved_in_state(before: &Prints, now: &Prints) -> Vec<Moved> {
    moved(before, now, ["no longer declared", "newly declared"])
}

/// What differs between two, in the words of the server.
pub fn moved_on_server(before: &Prints, now: &Prints) -> Vec<Moved> {
    moved(before, now, ["gone", "new"])
}

fn moved(before: &Prints, now: &Prints, [gone, new]: [&str; 2]) -> Vec<Moved> {
    let all: BTreeSet<&Address> = before.keys().chain(now.keys()).collect();
    let one = |address: &Address| {
        let what = match (before.get(address), now.get(address)) {
            (Some(_), None) => vec![gone.to_owned()],
            (None, Some(_)) => vec![new.to_owned()],
            (Some(before), Some(now)) if before.id != now.id => vec!["recreated".to_owned()],
            (Some(before), Some(now)) => {
                let names: BTreeSet<&String> =
                    before.fields.keys().chain(now.fields.keys()).collect();
                let differs = |name: &&&String| before.fields.get(**name) != now.fields.get(**name);
                names
                    .iter()
                    .filter(differs)
                    .map(|name| (**name).clone())
                    .collect()
            }
            (None, None) => Vec::new(),
        };
        (!what.is_empty()).then(|| (address.clone(), what))
    };
    all.into_iter().filter_map(one).collect()
}

pub(super) fn write(prints: &Prints) -> Vec<Fingerprint> {
    let write_one = |(address, print): (&Address, &Print)| Fingerprint {
        at: address.into(),
        id: print.id.clone(),
        fields: print.fields.clone(),
    };
    prints.iter().map(write_one).collect()
}

pub(super) fn read(fingerprints: Vec<Fingerprint>) -> Read<Prints> {
    let read_one = |one: Fingerprint| {
        Ok((
            value::address(&one.at)?,
            Print {
                id: one.id,
                fields: one.fields,
            },
        ))
    };
    fingerprints.into_iter().map(read_one).collect()
}
