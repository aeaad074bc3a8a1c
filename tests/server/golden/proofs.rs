//! What holds for every case.

use std::collections::BTreeSet;
use std::path::Path;

use akrec::access::{Access, Verdict, World};
use akrec::apply;
use akrec::export::Options;
use akrec::plan::{Outcome, Write};
use akrec::read;
use akrec::sandbox::{Entry, Fault, Sandbox};
use serde_json::Value;
use tokio::sync::watch;

use super::case::Case;
use super::expected::Expected;
use super::names::Names;
use super::{forms, ledger, plan_file, shuffle, world};
use crate::support::releases::newest;
use crate::support::sample::{is_full, sample};
use crate::support::{Bench, Planned, RELEASES, State, apart};

/// With `AKREC_FULL`: on the first release a run of up to so many writes is stopped at each of them; beyond, at a sample
/// spread over all, and on the other releases, which differ in what is written and not in how, at a smaller one.
const EVERY: usize = 40;
const SAMPLE: usize = 15;
const SAMPLE_OF_OTHERS: usize = 4;

/// Without it, at so many writes of the first release and of the others, which the name of the case chooses.
const QUICK: usize = 4;
const QUICK_OF_OTHERS: usize = 1;

/// Cases in which the second run is cut off as well: what is made, changed, renamed, deleted, protected and adopted.
const TWICE: [&str; 6] = [
    "121-rename-application",
    "171-circle-in-two-steps",
    "220-entitlements",
    "260-role-members",
    "500-raw",
    "600-created-and-left",
];

/// The access that the files alone show is the access on the server once they are applied, as far as they show any.
async fn declared(bench: &Bench, state: &State) {
    let (live, _) = read::access(&bench.client, &bench.server, None, None)
        .await
        .unwrap();
    let server = World::of_live(&live);
    let files = World::declared(&state.load(&bench.server).0, bench.server.release);
    let (server, files) = (Access::of(&server), Access::of(&files));
    for gate in files.rows.keys() {
        for user in files
            .world
            .users
            .keys()
            .filter(|user| server.world.users.contains_key(*user))
        {
            let (said, is) = (files.verdict(user, gate), server.verdict(user, gate));
            let open = said == Some(Verdict::Unknown)
                || (said == Some(Verdict::Conditional) && is.is_some());
            assert!(
                open || said == is,
                "{user} and {gate}: {said:?} by the files, {is:?} on the server"
            );
        }
    }
}

/// Runs a case on a release and proves everything.
pub async fn prove(case: &Case, release: &str, expected: &mut Expected) {
    let state = case.state(case.path.join("state"));
    let (sandbox, mut bench) = Bench::sandbox_of(case.sandbox(release)).await;
    case.prepare(&sandbox, &bench).await;
    bench.options.allow = case.allowed();
    let start = sandbox.copy().await.unwrap();
    let before = sandbox.world_json();
    sandbox.clear_journal();
    let planned = bench.plan(&state).await;
    let (planning, _) = apart(&sandbox.journal());
    assert!(
        planned.plan.is_some() || planned.diagnostics.iter().any(|d| d.is_error()),
        "{}",
        case.path.display()
    );
    let found = planned.reported();
    if planned.diagnostics.iter().any(|found| found.is_error()) {
        // The diagnostics of safety checks are shown with the plan.
        let shown = planned.plan.as_ref().map_or(found.clone(), |_| {
            format!("{}\n\n{}", found.trim_end(), planned.text())
        });
        let debug = format!("{:?} {:?}", planned.diagnostics, planned.plan);
        let forms = forms::all(&planned, None, bench.server.version.clone());
        let mut outputs = vec![("diagnostics", shown.as_str()), ("Debug", debug.as_str())];
        outputs.extend(forms.iter().map(|(form, text)| (*form, text.as_str())));
        hidden(case, &state, &before, &outputs);
        expected.compare("plan.txt", release, &shown);
        expected.none("requests.txt");
        expected.none("after.yaml");
        return;
    }
    let plan = if found.is_empty() {
        planned.text()
    } else {
        format!("{}\n\n{}", found.trim_end(), planned.text())
    };
    // Where names are refused, more is read for the hints.
    frugal(case, release, &planning, &before);

    same_bytes(case, &bench, &state, &planned).await;
    let file = plan_file::round_trip(case, &bench, &state, &planned).await;

    sandbox.clear_journal();
    let outcome = bench.apply(&planned, 1).await;
    let (journal, own) = apart(&sandbox.journal());
    let all = sandbox
        .journal()
        .iter()
        .filter(|entry| entry.method != "GET")
        .count();
    assert!(
        outcome.is_complete() && outcome.notes.is_empty(),
        "{} on {release}: {}",
        case.path.display(),
        failures(&planned, &outcome)
    );
    let after = sandbox.world_json();
    let mut names = Names::of(&before);
    names.learn(&after);
    names.hidden = secrets(case, &state, &before, &after);
    let requests = world::requests(planning.len(), &journal, &names);
    let changed = world::difference(&ledger::without(&before), &ledger::without(&after), &names);
    let changed = ledger::difference(&before, &after) + &changed;
    // The ledger is written only if it changes.
    assert!(
        (3..=4).contains(&own) || planned.plan().is_empty(),
        "{}: {own} requests for lease and ledger",
        case.path.display()
    );
    expected.compare("plan.txt", release, &plan);
    expected.compare("requests.txt", release, &requests);
    expected.compare("after.yaml", release, &changed);

    let again = bench.plan(&state).await;
    assert!(
        again.plan().is_empty(),
        "{} on {release}: a second plan is not empty:\n{}",
        case.path.display(),
        again.text()
    );

    declared(&bench, &state).await;

    let debug = format!(
        "{:?} {:?} {:?} {:?}",
        planned.plan, outcome, planned.diagnostics, again.diagnostics
    );
    let mut outputs = vec![
        ("plan", &plan),
        ("requests", &requests),
        ("after", &changed),
        ("Debug", &debug),
        ("saved plan", &file),
    ];
    let back =
        plan_file::rolled_back(case, &mut bench, &sandbox, &planned, &outcome, &before).await;
    match &back {
        Some((file, rest)) => {
            outputs.push(("rollback", file));
            if !rest.is_empty() {
                expected.compare("back.txt", release, rest);
            }
        }
        None => assert!(
            planned.plan().is_empty(),
            "{}: no rollback",
            case.path.display()
        ),
    }
    if back.as_ref().is_none_or(|(_, rest)| rest.is_empty()) {
        expected.none("back.txt");
    }
    let forms = forms::all(&planned, Some(&outcome), bench.server.version.clone());
    outputs.extend(forms.iter().map(|(form, text)| (*form, text)));
    let outputs: Vec<(&str, &str)> = outputs
        .iter()
        .map(|(what, text)| (*what, text.as_str()))
        .collect();
    hidden(case, &state, &after, &outputs);

    let writes = journal.iter().filter(|entry| entry.method != "GET").count();
    let existing = planned
        .plan()
        .steps
        .iter()
        .filter(|step| step.id.is_some() && !step.second);
    let existing = existing
        .filter(|step| !matches!(step.write, Write::Nothing))
        .count();
    // A server gives a permission on every object if the one that is named is not there: each is looked at first.
    let named = |entry: &&Entry| {
        entry
            .body
            .as_ref()
            .is_some_and(|body| body.get("object_pk").is_some())
    };
    let reads = existing + journal.iter().filter(named).count();
    assert_eq!(
        journal.len() - writes,
        reads,
        "{}: one read for each existing object",
        case.path.display()
    );
    // `tests/server/every_kind` exports on all releases.
    if release == newest() {
        exported(case, release, &bench).await;
    }
    let wanted = (
        world::whole(&ledger::without(&after)),
        ledger::records(&after),
    );
    resumed(case, release, &start, &state, all, &wanted).await;
    if release == RELEASES[0] && TWICE.iter().any(|name| case.path.ends_with(name)) {
        resumed_twice(case, release, &start, &state, all, &wanted).await;
    }
}

/// The objects of the server are exported, and the plan of the exported files is empty.
async fn exported(case: &Case, release: &str, bench: &Bench) {
    let (export, _) = bench
        .export(&Options {
            all: true,
            ..Options::default()
        })
        .await;
    let planned = bench.plan_afresh(&State::exported(&export)).await;
    let what = format!("{} on {release}", case.path.display());
    assert!(
        planned.plan.is_some(),
        "{what}, exported: {}",
        planned.reported()
    );
    assert!(
        planned.plan().is_empty(),
        "{what}, exported: not empty:\n{}",
        planned.text()
    );
}

/// A plan asks no more than the pages of the kinds in play and one question more, and once for each set that the answers
/// of its kind do not have (what a role allows, and who has it); the other two questions of a run
/// (which release, and whose token) are asked before.
fn frugal(case: &Case, release: &str, journal: &[Entry], world: &Value) {
    let pages = |path: &str| {
        world[path]
            .as_array()
            .map_or(1, |objects| objects.len().div_ceil(100).max(1))
    };
    let apart = |entry: &&Entry| {
        ["&role=", "&uuid=", "&roles_by_name="]
            .iter()
            .any(|part| entry.query.contains(part))
    };
    let sets = journal.iter().filter(apart).count();
    let paths: BTreeSet<&str> = journal
        .iter()
        .filter(|entry| !apart(entry))
        .map(|entry| entry.path.as_str())
        .collect();
    // What decides who is signed in is read whole, some of it after it was read singly.
    let sign_in = usize::from(paths.contains("/core/brands/")) * 4;
    // Single reads have the object in their path; a list of a family is not in the world by that name.
    let most: usize = paths.iter().map(|path| pages(path)).sum::<usize>() + 1 + sets + sign_in;
    let lines: Vec<String> = journal
        .iter()
        .map(|entry| format!("{}?{}", entry.path, entry.query))
        .collect();
    let what = format!("{} on {release}", case.path.display());
    assert!(
        journal.len() <= most,
        "{what}: {} requests, {most} expected:\n{}",
        journal.len(),
        lines.join("\n")
    );
    assert!(
        journal.iter().all(|entry| entry.method == "GET"),
        "{what}: planning writes"
    );
}

/// The example state: applies without a warning and without any variable, and a second plan is empty.
pub async fn example(release: &str) {
    let (sandbox, bench) = Bench::sandbox(release).await;
    let mut state = State::at("state");
    state.strict = true;
    let settings = super::yaml::read(Path::new("akrec.yaml"));
    let vars = settings["vars"].as_object().cloned().unwrap_or_default();
    state.vars = vars
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.into())))
        .collect();
    let planned = bench.plan(&state).await;
    assert!(
        planned.diagnostics.is_empty(),
        "{release}:\n{}",
        planned.reported()
    );
    assert!(
        planned.plan().openings.is_empty(),
        "{release}: {:?}",
        planned.plan().openings
    );
    let outcome = bench.apply(&planned, 4).await;
    assert!(
        outcome.is_complete(),
        "{release}: {}",
        failures(&planned, &outcome)
    );
    let again = bench.plan(&state).await;
    assert!(again.plan().is_empty(), "{release}:\n{}", again.text());
    assert!(
        again.diagnostics.is_empty(),
        "{release}:\n{}",
        again.reported()
    );
    sandbox.stop().await;
}

/// What failed, for the message of a failing test.
fn failures(planned: &Planned, outcome: &Outcome) -> String {
    let pairs = planned.plan().steps.iter().zip(&outcome.statuses);
    let bad = pairs.filter(|(_, status)| !matches!(status, akrec::plan::Status::Done));
    bad.map(|(step, status)| format!("\n  {}: {status:?}", step.address))
        .collect()
}

/// Planning again from the same server, and from the same state written otherwise, gives the same bytes.
async fn same_bytes(case: &Case, bench: &Bench, state: &State, planned: &Planned) {
    let twice = bench.plan(state).await;
    assert_eq!(
        planned.text(),
        twice.text(),
        "{}: planning twice differs",
        case.path.display()
    );
    let codes = |planned: &Planned| {
        let mut codes: Vec<String> = planned
            .diagnostics
            .iter()
            .map(|d| format!("{} {}", d.code, d.message))
            .collect();
        codes.sort();
        codes
    };
    for seed in [1, 7] {
        let name = case.path.file_name().unwrap().to_string_lossy();
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("shuffled-{name}-{seed}-{}", std::process::id()));
        shuffle::copy(&state.dir, &dir, seed);
        let shuffled = bench.plan(&case.state(dir.clone())).await;
        assert_eq!(
            planned.placeless(),
            shuffled.placeless(),
            "{name}: shuffled as in {}",
            dir.display()
        );
        assert_eq!(
            codes(planned),
            codes(&shuffled),
            "{name}: shuffled as in {}",
            dir.display()
        );
        std::fs::remove_dir_all(dir).unwrap();
    }
}

/// Every secret that a case knows of, with what stands for it.
fn secrets(
    case: &Case,
    state: &State,
    before: &Value,
    after: &Value,
) -> std::collections::BTreeMap<String, String> {
    let mut secrets = world::secrets(before);
    secrets.extend(world::secrets(after));
    for name in state
        .asked
        .borrow()
        .iter()
        .filter(|name| !case.is_public(name))
    {
        if let Some(value) = state.value(name) {
            secrets.insert(value, format!("<env {name}>"));
        }
    }
    secrets
}

/// No secret is in any of the outputs.
fn hidden(case: &Case, state: &State, world: &Value, outputs: &[(&str, &str)]) {
    for (secret, stands_for) in secrets(case, state, world, world) {
        for (what, text) in outputs {
            let place = text
                .find(&secret)
                .map(|at| text[..at].chars().rev().take(80).collect::<String>());
            let place = place.map(|text| text.chars().rev().collect::<String>());
            assert!(
                place.is_none(),
                "{}: {stands_for} is in {what} after {place:?}",
                case.path.display()
            );
        }
    }
}

/// How a run ends before its end.
#[derive(Clone, Copy, Debug)]
enum End {
    /// Asked to stop while the write is under way.
    Diagnostic,
    /// Cut off: this write and all requests after it never arrive.
    Cut,
    /// Cut off just after this write was done: its answer and everything after is lost.
    Lost,
}

/// Ending after the k-th write and running again leads to the same world. Each run begins on a copy of `start`.
async fn resumed(
    case: &Case,
    release: &str,
    start: &Sandbox,
    state: &State,
    writes: usize,
    wanted: &(Vec<String>, Vec<String>),
) {
    let places: BTreeSet<usize> = if is_full() {
        let most = match release == RELEASES[0] {
            true if writes <= EVERY => writes,
            true => SAMPLE,
            false => SAMPLE_OF_OTHERS.min(writes),
        };
        (0..most)
            .map(|n| n * (writes - 1) / (most - 1).max(1))
            .collect()
    } else {
        let most = if release == RELEASES[0] {
            QUICK
        } else {
            QUICK_OF_OTHERS
        };
        sample(&format!("{} {release}", case.path.display()), most, writes)
    };
    for k in places {
        let end = [End::Diagnostic, End::Cut, End::Lost][k % 3];
        let what = format!(
            "{} on {release}, {end:?} at write {k} of {writes}",
            case.path.display()
        );
        let (sandbox, mut bench) = Bench::copy(start).await;
        bench.options.allow = case.allowed();
        let planned = bench.plan(state).await;
        let (stop, stopped) = watch::channel(false);
        ends(&sandbox, k, end, stop);
        let outcome = bench.apply_until(&planned, 1, stopped).await;
        // A step is finished once it is begun, and one step may write many members.
        let late = matches!(end, End::Diagnostic) || k + 1 == writes;
        // The last requests are those for the ledger and the lease; notes report what is wrong with them.
        assert!(
            late || !outcome.is_complete() || !outcome.notes.is_empty(),
            "{what}: nothing was stopped"
        );
        sandbox.clear_fault();
        sandbox.clear_journal();
        finished(&sandbox, &mut bench, state, wanted, &what).await;
        let more = sandbox
            .journal()
            .iter()
            .filter(|entry| entry.method != "GET")
            .count();
        // An abandoned lease is in the way: taking one is tried, that one is renamed, and at the end it is deleted.
        assert!(more <= writes + 3, "{what}: {more} writes to finish");
    }
}

/// After a run that ended before its time, another one finishes: the world and the ledger are as without the accident, and
/// no lease is left.
async fn finished(
    sandbox: &Sandbox,
    bench: &mut Bench,
    state: &State,
    wanted: &(Vec<String>, Vec<String>),
    what: &str,
) {
    ledger::expire(sandbox);
    bench.run.push('+');
    let rest = bench.plan(state).await;
    // As the program does: where nothing is to be done, only the ledger may have to be written.
    if !rest.plan().is_empty()
        || apply::upkeep(rest.ledger.as_ref().unwrap(), rest.plan()).is_some()
    {
        let outcome = bench.apply(&rest, 1).await;
        assert!(
            outcome.is_complete() && outcome.refused.is_none(),
            "{what}: {}",
            failures(&rest, &outcome)
        );
    }
    let world = sandbox.world_json();
    assert_eq!(wanted.1, ledger::records(&world), "{what}: another ledger");
    assert_eq!(
        ledger::leases(&world),
        Vec::<String>::new(),
        "{what}: a lease is left"
    );
    let whole = world::whole(&ledger::without(&world));
    let diff: Vec<_> = similar::TextDiff::from_slices(
        &wanted.0.iter().map(String::as_str).collect::<Vec<_>>(),
        &whole.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .iter_all_changes()
    .filter(|change| change.tag() != similar::ChangeTag::Equal)
    .map(|change| format!("{}{}", change.tag(), change.value()))
    .collect();
    assert!(
        diff.is_empty(),
        "{what}: another world:\n{}",
        diff.join("\n")
    );
    let last = bench.plan(state).await;
    assert!(last.plan().is_empty(), "{what}: a second plan is not empty");
    let upkeep = apply::upkeep(last.ledger.as_ref().unwrap(), last.plan());
    assert_eq!(upkeep, None, "{what}: something is left to be written down");
}

/// A run is cut off midway, and the one after it at each of its writes; the third leads to the same world and ledger.
async fn resumed_twice(
    case: &Case,
    release: &str,
    start: &Sandbox,
    state: &State,
    writes: usize,
    wanted: &(Vec<String>, Vec<String>),
) {
    for (first, end) in [
        (writes / 2, End::Lost),
        (writes - 2, End::Cut),
        (writes - 1, End::Cut),
    ] {
        let all = writes + 4;
        let name = format!("{} {first}", case.path.display());
        let seconds = if is_full() {
            (0..all).collect()
        } else {
            sample(&name, QUICK, all)
        };
        for second in seconds {
            let then = [End::Cut, End::Lost][(first + second) % 2];
            let what = format!(
                "{} on {release}, {end:?} at write {first}, then {then:?} at {second}",
                case.path.display()
            );
            let (sandbox, mut bench) = Bench::copy(start).await;
            bench.options.allow = case.allowed();
            for (k, end) in [(first, end), (second, then)] {
                let planned = bench.plan(state).await;
                ends(&sandbox, k, end, watch::channel(false).0);
                bench.apply(&planned, 1).await;
                sandbox.clear_fault();
                ledger::expire(&sandbox);
                bench.run.push('+');
            }
            finished(&sandbox, &mut bench, state, wanted, &what).await;
        }
    }
}

/// Makes the k-th write (from 0) the last one.
fn ends(sandbox: &Sandbox, k: usize, end: End, stop: watch::Sender<bool>) {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    sandbox.set_fault(move |_, entry: &Entry| {
        let so_far = seen.load(std::sync::atomic::Ordering::SeqCst);
        if entry.method != "GET" {
            seen.store(so_far + 1, std::sync::atomic::Ordering::SeqCst);
        }
        if so_far > k {
            return (!matches!(end, End::Diagnostic)).then_some(Fault::Drop);
        }
        if so_far < k || entry.method == "GET" {
            return None;
        }
        match end {
            End::Diagnostic => {
                stop.send_replace(true);
                None
            }
            End::Cut => Some(Fault::Drop),
            End::Lost => Some(Fault::DropAfter),
        }
    });
}
