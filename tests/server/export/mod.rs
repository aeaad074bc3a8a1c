//! `export`: what is on a server as state files that plan to nothing, whatever is there.

mod emitter;
mod hostile;
mod parts;
mod rebuilt;
mod written;

use akrec::export::{Export, Options};
use akrec::live::Live;
use akrec::plan::{Outcome, Status};

use crate::support::{Bench, Planned, State};

/// Exports, and proves that the plan of the files is empty.
pub async fn round(bench: &Bench, what: &str, options: &Options) -> (Export, Live) {
    let (export, live) = bench.export(options).await;
    if export.files.is_empty() {
        // A state that declares nothing is an error, so there is nothing to plan.
        return (export, live);
    }
    let state = State::exported(&export);
    for planned in [
        bench.plan_afresh(&state).await,
        bench.plan_read(&state, &live),
    ] {
        assert!(
            planned.plan.is_some(),
            "{what}: {}\n{}",
            planned.reported(),
            all(&export)
        );
        assert!(
            planned.plan().is_empty(),
            "{what}: not empty:\n{}\n{}",
            planned.text(),
            all(&export)
        );
    }
    (export, live)
}

/// Applies a state; fails the test if it cannot be done.
pub async fn apply(bench: &Bench, state: &State) -> Planned {
    let planned = bench.plan(state).await;
    let outcome = bench.apply(&planned, 1).await;
    assert!(outcome.is_complete(), "{}", failures(&planned, &outcome));
    planned
}

fn failures(planned: &Planned, outcome: &Outcome) -> String {
    let pairs = planned.plan().steps.iter().zip(&outcome.statuses);
    let bad = pairs.filter(|(_, status)| !matches!(status, Status::Done));
    bad.map(|(step, status)| format!("\n  {:?} {}: {status:?}", step.action, step.address))
        .collect()
}

/// Every file, one after the other.
pub fn all(export: &Export) -> String {
    export
        .files
        .iter()
        .map(|file| format!("--- {}\n{}", file.path, file.text))
        .collect()
}

/// The text of one file.
pub fn file<'a>(export: &'a Export, path: &str) -> &'a str {
    let file = export.files.iter().find(|file| file.path == path);
    file.map_or_else(
        || panic!("no {path}:\n{}", all(export)),
        |file| file.text.as_str(),
    )
}
