//! What holds for every case of plan files and of the rollback file that every apply leaves behind.

use akrec::diag::{CODES, Sources};
use akrec::ledger::Ledger;
use akrec::plan::{Options, Outcome};
use akrec::plan_file::{self, Made, Saved};
use akrec::read;
use akrec::report::json::document;
use akrec::report::{Body, Document, Verb};
use akrec::rollback::{self, Over};
use akrec::sandbox::Sandbox;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::case::Case;
use super::{ledger, world};
use crate::support::{Bench, Planned, State, read_ledger};

fn made(bench: &Bench) -> Made {
    Made {
        version: "0".to_owned(),
        at: "2026-11-22T00:00:00Z".to_owned(),
        by: bench.server.user.clone(),
        url: bench.server.url.clone(),
        release: bench.server.version.clone(),
        workspace: "default".to_owned(),
        ..Made::default()
    }
}

/// A plan as JSON, with its places.
fn json(plan: &akrec::plan::Plan, sources: &Sources) -> Value {
    document(&Document {
        body: Body::plan(plan),
        ..Document::new(Verb::Plan, sources)
    })
}

/// Who gains and who loses access by a plan.
async fn gained(bench: &Bench, planned: &Planned) -> Option<akrec::access::Difference> {
    let (live, _) = read::access(&bench.client, &bench.server, None, None)
        .await
        .ok()?;
    let (before, after) = akrec::plan::worlds(&live, &planned.plan().steps);
    Some(akrec::access::difference(&before, &after))
}

/// The plan as a file: it comes back as it was, in text and in JSON, with its places; and planning again from the same
/// gives what may be applied in its place. Gives the file.
pub async fn round_trip(case: &Case, bench: &Bench, state: &State, planned: &Planned) -> String {
    let (desired, ..) = state.load(&bench.server);
    let live = planned.live.as_ref().unwrap();
    let saved = Saved {
        made: made(bench),
        waived: bench.options.allow.clone(),
        write_secrets: Default::default(),
        state: plan_file::of_state(&desired),
        live: plan_file::of_live(&desired, planned.plan(), live),
        plan: planned.plan().clone(),
        undo: None,
        access: gained(bench, planned).await,
    };
    let text = saved.text(&planned.sources);
    let name = case.path.display();
    let (read, sources) = Saved::read("plan.json", &text)
        .unwrap_or_else(|diagnostic| panic!("{name}: {diagnostic:?}"));
    let loaded = Planned {
        plan: Some(read.plan.clone()),
        live: None,
        ledger: None,
        diagnostics: Vec::new(),
        sources: sources.clone(),
    };
    assert_eq!(
        planned.text(),
        loaded.text(),
        "{name}: the saved plan reads otherwise"
    );
    let (before, after) = (
        json(planned.plan(), &planned.sources),
        json(&read.plan, &sources),
    );
    assert_eq!(before, after, "{name}: the saved plan is another document");
    assert_eq!(
        (&read.made, &read.state, &read.live),
        (&saved.made, &saved.state, &saved.live),
        "{name}"
    );
    assert_eq!(read.access, saved.access, "{name}");
    assert_eq!(
        text,
        read.text(&sources),
        "{name}: saved again it is another file"
    );
    let again = bench.plan(state).await;
    assert_eq!(
        read.differences(again.plan()),
        Vec::new(),
        "{name}: planned again it differs"
    );
    let now = plan_file::of_live(&desired, &read.plan, again.live.as_ref().unwrap());
    assert_eq!(
        plan_file::moved_on_server(&read.live, &now),
        Vec::new(),
        "{name}: read again it has moved"
    );
    text
}

/// Takes a run back by its rollback file: gives the file and what is not as it was before.
pub async fn rolled_back(
    case: &Case,
    bench: &mut Bench,
    sandbox: &Sandbox,
    planned: &Planned,
    outcome: &Outcome,
    before: &Value,
) -> Option<(String, String)> {
    let name = case.path.display();
    let (live, known) = (
        planned.live.as_ref().unwrap(),
        planned.ledger.as_ref().unwrap(),
    );
    let (after, _) = read_ledger(&bench.client).await;
    let over = Over {
        plan: planned.plan(),
        outcome,
        live,
        before: known,
        after: &after,
        run: "run-1",
    };
    let undo = rollback::undo(over)?;
    let (live, _) = seen(bench, &undo.desired, &after).await;
    let checks = CODES
        .iter()
        .map(|(code, _)| *code)
        .filter(|code| code.is_overridable());
    let options = Options {
        allow: checks.collect(),
        ..Options::default()
    };
    let (undo, plan, waived) = rollback::settle(undo, &live, &after, &options)
        .unwrap_or_else(|found| panic!("{name}: {found:?}"));
    let prints = plan_file::of_live(&undo.desired, &plan, &live);
    let undo = Some(undo);
    let saved = Saved {
        made: made(bench),
        waived,
        write_secrets: Default::default(),
        state: Default::default(),
        live: prints,
        plan,
        undo,
        access: None,
    };
    let text = saved.text(&Sources::default());
    let (read, sources) = Saved::read("rollback.json", &text)
        .unwrap_or_else(|remaining| panic!("{name}: {remaining:?}"));
    let undo = read.undo.clone().unwrap();
    // As somebody does who has the file and nothing else.
    let (live, found) = seen(bench, &undo.desired, &after).await;
    assert_eq!(found.len(), 0, "{name}: {found:?}");
    let now = plan_file::of_live(&undo.desired, &read.plan, &live);
    assert_eq!(
        plan_file::moved_on_server(&read.live, &now),
        Vec::new(),
        "{name}: the rollback is stale at once"
    );
    let options = Options {
        allow: read.waived.clone(),
        ..Options::default()
    };
    let (plan, diagnostics) = rollback::plan(&undo, &live, &after, &options);
    let plan = plan.unwrap_or_else(|| panic!("{name}: {diagnostics:?}"));
    assert_eq!(
        read.differences(&plan),
        Vec::new(),
        "{name}: the rollback planned from its file differs"
    );
    let back = Planned {
        plan: Some(plan),
        live: Some(live),
        ledger: Some(after),
        diagnostics,
        sources,
    };
    let shown = back.text();
    bench.run = "run-2".to_owned();
    let outcome = bench.apply(&back, 1).await;
    assert!(
        outcome.is_complete() && outcome.notes.is_empty(),
        "{name}: {outcome:?}\n{shown}"
    );
    let (after, _) = read_ledger(&bench.client).await;
    let (live, _) = seen(bench, &undo.desired, &after).await;
    let (rest, _) = rollback::plan(&undo, &live, &after, &options);
    let style = akrec::report::plan::Style::default();
    let rest = rest.unwrap();
    let header = akrec::report::plan::Header::default();
    let remaining = akrec::report::plan::text(&rest, &header, &Sources::default(), &style);
    assert!(
        rest.is_empty(),
        "{name}: after the rollback there is something left:\n{remaining}"
    );
    let mut differs = difference(before, &sandbox.world_json());
    for lost in &undo.lost {
        let field = lost
            .field
            .as_ref()
            .map(|field| format!(": {field}"))
            .unwrap_or_default();
        differs.push_str(&format!("! {}{field}: {}\n", lost.address, lost.why));
    }
    Some((text, differs))
}

async fn seen(
    bench: &Bench,
    desired: &akrec::desired::Desired,
    ledger: &Ledger,
) -> (akrec::live::Live, Vec<akrec::diag::Diagnostic>) {
    let ledger = rollback::quiet(ledger);
    let read = read::plan(
        &bench.client,
        &bench.server,
        desired,
        &ledger,
        &bench.options,
    );
    let read = read.await.unwrap();
    (read.live, read.found)
}

/// What differs between two worlds in names, an object a line; and between their ledgers.
fn difference(before: &Value, after: &Value) -> String {
    let lines = |world: &Value| {
        let mut lines = world::whole(&ledger::without(world));
        lines.extend(
            ledger::records(world)
                .iter()
                .map(|line| format!("ledger {line}")),
        );
        lines
    };
    let (before, after) = (lines(before), lines(after));
    let old: Vec<&str> = before.iter().map(String::as_str).collect();
    let new: Vec<&str> = after.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&old, &new);
    let changes = diff
        .iter_all_changes()
        .filter(|change| change.tag() != ChangeTag::Equal);
    changes
        .map(|change| format!("{} {}\n", change.tag(), change.value()))
        .collect()
}
