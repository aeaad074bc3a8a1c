//! What deletions cost, for every kind: at most two requests an object (what refers to it, and its deletion) besides the
//! pages of lists; and that what somebody changes between the plan and the deletion is still left alone.

use std::collections::{BTreeMap, BTreeSet};

use akrec::kinds::KINDS;
use akrec::plan::{Action, Status, Step};
use akrec::sandbox::Entry;
use akrec::schema::{Class, Kind, Release, Shape};
use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::sample::{self, Sample};
use super::{absent, converge, disown, each_release, failures, state};
use crate::support::{self, Bench, Planned, State};

/// Splits the requests of a journal: those about each of the deleted objects, and those about lists.
fn split(journal: &[Entry], steps: &[Step]) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for step in steps
        .iter()
        .filter(|step| step.action == Action::Delete && !step.kind.unpaginated)
    {
        paths.insert(
            format!("{}{}/", step.kind.path, step.id.as_deref().unwrap()),
            Vec::new(),
        );
    }
    let mut lists = Vec::new();
    for entry in journal {
        let what = format!("{} {}?{}", entry.method, entry.path, entry.query);
        let own = entry.path.strip_suffix("used_by/").unwrap_or(&entry.path);
        match paths.get_mut(own) {
            Some(asked) => asked.push(what),
            None if entry.method == "GET" => lists.push(what),
            None => {}
        }
    }
    (paths, lists)
}

/// Deletes what a state does not have, and gives how many objects and how many lists more than the plan's were read for it.
async fn delete(
    bench: &Bench,
    sandbox: &akrec::sandbox::Sandbox,
    what: &str,
    state: &State,
) -> (usize, usize) {
    sandbox.clear_journal();
    let planned = bench.plan(state).await;
    assert!(planned.plan.is_some(), "{what}: {}", planned.reported());
    let planning = support::apart(&sandbox.journal()).0;
    let outcome = bench.apply(&planned, 4).await;
    assert!(
        outcome.is_complete(),
        "{what}: {}",
        failures(&planned, &outcome)
    );
    let journal = support::apart(&sandbox.journal()).0;
    let steps = &planned.plan().steps;
    let (objects, lists) = split(&journal, steps);
    let (_, planned_lists) = split(&planning, steps);
    let dear: Vec<_> = objects
        .iter()
        .filter(|(_, asked)| asked.len() > 2)
        .collect();
    assert_eq!(dear, Vec::new(), "{what}: more than two requests");
    (objects.len(), lists.len() - planned_lists.len())
}

/// Few of each kind: an object is looked for by its name in the list, or on the page of all.
async fn few(release: Release) {
    let facts = Facts::of(release);
    for silent in [false, true] {
        let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
        let what = format!("{release}, files silent: {silent}");
        converge(&bench, &what, &state(&facts, 1)).await;
        let state = match silent {
            true => json!({ "groups": { "alone": {} } }),
            false => absent(&facts),
        };
        if !silent {
            disown(&sandbox);
        }
        let (deleted, _) = delete(&bench, &sandbox, &what, &State::of(&state.to_string())).await;
        assert!(deleted > 150, "{what}: {deleted} objects");
    }
}

/// How many objects of a kind are deleted by the page.
const MANY: usize = 13;

/// The objects that others refer to, and many of each kind.
fn crowd(facts: &Facts) -> Value {
    let mut all = state(facts, 1);
    let named = |kind: &&&Kind| {
        kind.is_in(facts.release) && !kind.section.is_empty() && !kind.is_singleton()
    };
    for kind in KINDS
        .iter()
        .filter(named)
        .filter(|kind| !kind.has_derived_key())
    {
        for number in 4..=MANY {
            let mut object = Sample {
                facts,
                kind,
                way: 1,
                all: false,
            }
            .object();
            for field in kind
                .unique_together
                .iter()
                .flat_map(|names| *names)
                .filter_map(|name| kind.field(name))
            {
                if let (Shape::String, Some(text)) = (field.shape, object[field.yaml_key].as_str())
                {
                    object[field.yaml_key] = format!("{text}-{number}").into();
                }
            }
            all[kind.section]
                .as_object_mut()
                .unwrap()
                .insert(sample::key(kind, number), object);
        }
    }
    all
}

/// Many of each kind: pages are read, and few of them.
async fn many(release: Release) {
    let facts = Facts::of(release);
    let (sandbox, mut bench) = Bench::licensed(&release.to_string()).await;
    bench.options.limits = akrec::plan::Limits {
        deletes: None,
        delete_share: None,
        removals: BTreeMap::new(),
        changes: None,
    };
    converge(&bench, &format!("{release}: many"), &crowd(&facts)).await;
    let state = State::of(&json!({ "groups": { "alone": {} } }).to_string());
    let (deleted, lists) = delete(&bench, &sandbox, &format!("{release}: many"), &state).await;
    assert!(deleted > 800, "{release}: {deleted} objects");
    // One page of each list, and another one of the few that are longer than a page.
    let kinds = KINDS.iter().filter(|kind| kind.is_in(release)).count();
    assert!(
        lists <= kinds + 10,
        "{release}: {lists} lists of {kinds} kinds"
    );
}

#[test]
fn a_deletion_takes_two_requests() {
    each_release(|runtime, release| runtime.block_on(few(release)));
}

#[test]
fn of_many_deletions_each_takes_two_requests_and_each_list_its_pages() {
    each_release(|runtime, release| runtime.block_on(many(release)));
}

/// Whether a deletion rests on a field: free data and secrets are not part of what is compared.
fn is_compared(kind: &Kind, name: &str) -> bool {
    kind.field(name).is_some_and(|field| {
        let shown = field.class == Class::Plain
            && !field.create_only
            && field.digest.is_none()
            && field.inverse_of.is_none();
        shown && !matches!(field.shape, Shape::Json { .. }) && kind.members_of(name).is_none()
    })
}

/// Changes every object that way 2 has changed back to what it was, as somebody else.
fn meddle(
    sandbox: &akrec::sandbox::Sandbox,
    before: &Value,
    patches: &[Entry],
) -> BTreeSet<(&'static str, String)> {
    let mut changed = BTreeSet::new();
    for entry in patches.iter().filter(|entry| entry.method == "PATCH") {
        let kinds = KINDS
            .iter()
            .copied()
            .filter(|kind| !kind.is_singleton() && entry.path.starts_with(kind.path));
        let Some(kind) = kinds.max_by_key(|kind| kind.path.len()) else {
            continue;
        };
        let id = entry.path[kind.path.len()..]
            .trim_end_matches('/')
            .to_owned();
        let is = |object: &&Value| {
            object[kind.id]
                .as_str()
                .map_or_else(|| object[kind.id].to_string(), str::to_owned)
                == id
        };
        let Some(object) = before[kind.path].as_array().into_iter().flatten().find(is) else {
            continue;
        };
        let fields = entry.body.as_ref().and_then(Value::as_object).unwrap();
        let body: Map<String, Value> = fields
            .keys()
            .filter_map(|name| Some((name.clone(), object.get(name)?.clone())))
            .collect();
        let differs = body
            .keys()
            .any(|name| is_compared(kind, name) && body[name] != fields[name]);
        if differs && sandbox.poke("PATCH", &entry.path, body.into()).0 == 200 {
            changed.insert((kind.name, id));
        }
    }
    changed
}

fn status<'a>(
    planned: &Planned,
    outcome: &'a akrec::plan::Outcome,
    kind: &str,
    id: &str,
) -> Option<&'a Status> {
    let is = |step: &Step| step.kind.name == kind && step.id.as_deref() == Some(id);
    planned
        .plan()
        .steps
        .iter()
        .position(is)
        .map(|place| &outcome.statuses[place])
}

async fn moved(release: Release) {
    let facts = Facts::of(release);
    let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
    converge(&bench, &format!("{release}: made"), &state(&facts, 1)).await;
    let before = sandbox.world_json();
    sandbox.clear_journal();
    converge(&bench, &format!("{release}: changed"), &state(&facts, 2)).await;
    let patches = support::apart(&sandbox.journal()).0;
    let planned = bench.plan(&State::of(&absent(&facts).to_string())).await;
    let changed = meddle(&sandbox, &before, &patches);
    let kinds: BTreeSet<&str> = changed.iter().map(|(kind, _)| *kind).collect();
    assert!(kinds.len() > 60, "{release}: only {kinds:?} were changed");
    sandbox.clear_journal();
    let outcome = bench.apply(&planned, 4).await;
    let deleted: BTreeSet<String> = sandbox
        .journal()
        .iter()
        .filter(|entry| entry.method == "DELETE")
        .map(|entry| entry.path.clone())
        .collect();
    let mut seen = 0;
    for (kind, id) in &changed {
        let path = format!("{}{id}/", akrec::kinds::kind(kind).unwrap().path);
        assert!(
            !deleted.contains(&path),
            "{release}: {kind} {id} was deleted"
        );
        match status(&planned, &outcome, kind, id) {
            Some(Status::Moved(diagnostic)) => {
                assert!(
                    diagnostic.message.contains("was changed by somebody else"),
                    "{release}: {diagnostic:?}"
                );
                seen += 1;
            }
            // An object that was deleted along with another one is gone without a deletion of its own.
            Some(Status::Blocked(_) | Status::Done) | None => {}
            other => panic!("{release}: {kind} {id}: {other:?}"),
        }
    }
    assert!(
        seen > 30,
        "{release}: {seen} of {} were noticed by themselves",
        changed.len()
    );
    // Objects that nobody touched were deleted.
    assert!(deleted.len() > 60, "{release}: {deleted:?}");
}

#[test]
fn what_somebody_else_changed_is_not_deleted() {
    each_release(|runtime, release| runtime.block_on(moved(release)));
}
