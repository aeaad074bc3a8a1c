//! The writes that change every field of every kind, and remove all of it, as the sandbox's journal has them.

use std::collections::{BTreeMap, BTreeSet};

use akrec::kinds::KINDS;
use akrec::sandbox::Entry;
use akrec::schema::{Field, Kind, Release, SentTogether};
use serde_json::{Map, Value};

use super::facts::Facts;
use super::sample::{self, Sample};

/// The kind and the id of an object's own path.
fn target(release: Release, path: &str) -> Option<(&'static Kind, String)> {
    let kinds = KINDS
        .iter()
        .copied()
        .filter(|kind| kind.is_in(release) && path.starts_with(kind.path));
    let kind = kinds.max_by_key(|kind| kind.path.len())?;
    if kind.is_singleton() {
        return (path == kind.path).then(|| (kind, String::new()));
    }
    let id = path[kind.path.len()..].strip_suffix('/')?;
    (!id.is_empty() && !id.contains('/')).then(|| (kind, id.to_owned()))
}

/// The object of an id in a world.
fn object<'w>(world: &'w Value, kind: &Kind, id: &str) -> &'w Map<String, Value> {
    let is = |object: &&Value| kind.is_singleton() || id_of(kind, object) == id;
    world[kind.path]
        .as_array()
        .into_iter()
        .flatten()
        .find(is)
        .and_then(Value::as_object)
        .unwrap()
}

fn id_of(kind: &Kind, object: &Value) -> String {
    object[kind.id]
        .as_str()
        .map_or_else(|| object[kind.id].to_string(), str::to_owned)
}

/// Whether two values of a field are the same to the server.
fn same(field: &Field, one: &Value, other: &Value) -> bool {
    match (field.shape.is_set(), one.as_array(), other.as_array()) {
        (true, Some(one), Some(other)) => {
            let texts =
                |items: &[Value]| items.iter().map(Value::to_string).collect::<BTreeSet<_>>();
            texts(one) == texts(other)
        }
        _ => one == other,
    }
}

/// The companions that the table demands with some changed fields.
fn companions(
    kind: &Kind,
    changed: &BTreeSet<&str>,
    before: &Map<String, Value>,
) -> BTreeSet<&'static str> {
    let mut all = BTreeSet::new();
    for together in kind.sent_together {
        let (names, whole) = match together {
            SentTogether::WithEveryPatch(names) => (*names, false),
            SentTogether::WithEveryPatchEvenNull(names) => (*names, true),
            SentTogether::AllOrNone(names) if names.iter().any(|name| changed.contains(name)) => {
                (*names, false)
            }
            SentTogether::AllOrNone(_) => continue,
        };
        let has = |name: &&&str| whole || before.get(**name).is_some_and(|value| !value.is_null());
        all.extend(names.iter().filter(has).copied());
    }
    // A field that this release does not have is not a companion.
    all.retain(|name| before.contains_key(*name));
    all
}

/// Every object is changed by one PATCH with its changed fields and their companions, and by nothing else.
pub fn changed(facts: &Facts, before: &Value, journal: &[Entry]) {
    let release = facts.release;
    let mut patched: BTreeMap<(&str, String), BTreeSet<String>> = BTreeMap::new();
    for entry in journal.iter().filter(|entry| entry.method != "GET") {
        let what = format!(
            "{release}: {} {} {:?}",
            entry.method, entry.path, entry.body
        );
        let members = ["/add_user/", "/remove_user/"]
            .iter()
            .any(|end| entry.path.ends_with(end));
        // Bound to another subject, a binding is another object.
        let bindings = entry.path.starts_with("/policies/bindings/")
            && ["POST", "DELETE"].contains(&&*entry.method);
        let grants = ["/assign/", "/unassign/"]
            .iter()
            .any(|end| entry.path.ends_with(end));
        // And so is an upload with other content.
        let uploads = KINDS
            .iter()
            .any(|kind| kind.unpaginated && kind.path == entry.path);
        if bindings || grants || uploads || (members && entry.method == "POST") {
            continue;
        }
        assert_eq!(entry.method, "PATCH", "{what}");
        let (kind, id) =
            target(release, &entry.path).unwrap_or_else(|| panic!("{what}: of no kind"));
        let before = object(before, kind, &id);
        let body = entry.body.as_ref().and_then(Value::as_object).unwrap();
        let is_changed = |name: &&str| {
            let field = kind
                .field(name)
                .unwrap_or_else(|| panic!("{what}: {name} is no field"));
            !before
                .get(*name)
                .is_some_and(|have| same(field, have, &body[*name]))
        };
        let sent: BTreeSet<&str> = body.keys().map(String::as_str).collect();
        let changed: BTreeSet<&str> = sent
            .iter()
            .copied()
            .filter(|name| is_changed(name))
            .collect();
        let companions = companions(kind, &changed, before);
        let wanted: BTreeSet<&str> = changed
            .iter()
            .copied()
            .chain(companions.iter().copied())
            .collect();
        assert!(!changed.is_empty(), "{what}: it changes nothing");
        assert_eq!(
            sent, wanted,
            "{what}: changed are {changed:?}, and the companions {companions:?}"
        );
        let again = patched.insert(
            (kind.name, id),
            sent.iter().map(|name| (*name).to_owned()).collect(),
        );
        assert!(again.is_none(), "{what}: a second PATCH of the same object");
    }
    // And nothing that differs was left out.
    let changed = |kind: &&Kind| {
        kind.is_in(release) && !kind.section.is_empty() && kind.name_has_hash_of.is_none()
    };
    for kind in KINDS.iter().copied().filter(changed) {
        let [first, second] = [1, 2].map(|way| {
            Sample {
                facts,
                kind,
                way,
                all: true,
            }
            .object()
        });
        let fields = kind
            .fields
            .iter()
            .filter(|field| field.is_in(release) && sample::changes(kind, field));
        let members = |field: &Field| kind.members_of(field.name).is_some();
        let differ: Vec<&str> = fields
            .filter(|field| {
                !members(field) && first.get(field.yaml_key) != second.get(field.yaml_key)
            })
            .map(|field| field.name)
            .collect();
        let is = |object: &&Value| kind.name_in(object) == Some(sample::key(kind, 3));
        let id = match kind.is_singleton() {
            true => String::new(),
            false => id_of(
                kind,
                before[kind.path]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .find(is)
                    .unwrap(),
            ),
        };
        let sent = patched.get(&(kind.name, id)).cloned().unwrap_or_default();
        for name in differ {
            assert!(
                sent.contains(name),
                "{release}: {}: {name} was not sent",
                kind.name
            );
        }
    }
}

/// Every object is removed by a DELETE of its own, and none is refused. The exception is what the table says the server
/// deletes along with it: `before` is the world in which it was still there.
pub fn removed(release: Release, steps: usize, before: &Value, journal: &[Entry]) {
    let writes: Vec<&Entry> = journal
        .iter()
        .filter(|entry| entry.method != "GET")
        .collect();
    for entry in &writes {
        // For files the server only says that it has understood.
        let status = if KINDS
            .iter()
            .any(|kind| kind.unpaginated && kind.path == entry.path)
        {
            200
        } else {
            204
        };
        assert_eq!(
            (entry.method.as_str(), entry.status),
            ("DELETE", status),
            "{release}: {}",
            entry.path
        );
    }
    let along: usize = KINDS
        .iter()
        .flat_map(|kind| {
            kind.fields
                .iter()
                .filter(|field| field.cascades)
                .map(move |field| (kind, field))
        })
        .flat_map(|(kind, field)| {
            before[kind.path]
                .as_array()
                .into_iter()
                .flatten()
                .map(|object| &object[field.name])
        })
        .map(|items| items.as_array().map_or(0, Vec::len))
        .sum();
    let paths: BTreeSet<_> = writes
        .iter()
        .map(|entry| (entry.path.as_str(), entry.query.as_str()))
        .collect();
    assert_eq!(
        (paths.len(), writes.len() + along),
        (writes.len(), steps),
        "{release}: gone before its own step"
    );
}
