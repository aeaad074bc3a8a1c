//! The golden cases: `tests/cases/NNN-name/`, each a state and what planning and applying it against a sandbox gives.
//!
//! | file | holds |
//! |---|---|
//! | `case.yaml` | optional: `releases` (default: all), `env` (values of environment variables), `public` (variables that are no secrets), `vars`, `facts` (laid over those of the sandbox), `allow` (safety checks that are overridden), `break_glass` |
//! | `live.yaml` | optional: requests made before, `- POST /core/groups/: {name: staff}`; `<group staff>` stands for an id |
//! | `state/` | the state |
//! | `plan.txt` | diagnostics and plan, as people see them |
//! | `requests.txt` | what applying writes, one request a line, names in place of ids |
//! | `after.yaml` | what has changed on the server; empty fields and plain defaults are left out |
//! | `back.txt` | what is not as before once the run is rolled back, and what the rollback says of it; without it, all is |
//!
//! `AKREC_UPDATE=1 cargo test --test server golden` writes the last four again; where another release gives a different
//! result, that stands beside it (`plan.2025.10.txt`). For **every** case the harness also proves that a second plan is
//! empty, that the order and division of files mean nothing, that planning twice gives the same bytes, that no secret
//! is in any output, that the plan comes back from a file as it was, that rolling back leads to the world before, and
//! that stopping after any write and running again leads to the same world.

mod case;
mod expected;
mod forms;
mod ledger;
mod names;
mod plan_file;
mod proofs;
mod real;
mod shuffle;
mod world;
mod yaml;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;

use case::Case;
use expected::Expected;

use crate::support;

/// Every case in a folder.
fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("tests/cases")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.join("state").is_dir()).collect();
    cases.sort();
    cases
}

/// Runs those of the cases whose place in the list is `part` of `parts`, so that they run side by side.
fn run(part: usize, parts: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let only = std::env::var("AKREC_CASE").unwrap_or_default();
    let mut problems = Vec::new();
    let mine = cases()
        .into_iter()
        .enumerate()
        .filter(|(place, _)| place % parts == part);
    for (_, path) in mine.filter(|(_, path)| path.to_string_lossy().contains(&only)) {
        let case = Case::read(&path);
        let mut expected = Expected::of(&path);
        for release in &case.releases {
            let proof =
                AssertUnwindSafe(|| runtime.block_on(proofs::prove(&case, release, &mut expected)));
            if let Err(panic) = std::panic::catch_unwind(proof) {
                let reported = panic.downcast_ref::<String>().cloned();
                problems.push(format!(
                    "{} on {release}: {}",
                    path.display(),
                    reported.unwrap_or_default()
                ));
            }
        }
        problems.extend(expected.finish());
    }
    assert!(
        problems.is_empty(),
        "\n{}\nAKREC_UPDATE=1 accepts what is new.",
        problems.join("\n")
    );
}

macro_rules! parts {
    ($($name:ident $part:literal)*) => { $(#[test] fn $name() { run($part, 4); })* };
}

parts! { cases_1_of_4 0  cases_2_of_4 1  cases_3_of_4 2  cases_4_of_4 3 }

/// The state that the README shows: on a fresh server of every release, without any variable set.
#[test]
fn the_example_applies_to_a_fresh_server_of_every_release() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for release in support::RELEASES.iter().copied() {
        runtime.block_on(proofs::example(release));
    }
}
