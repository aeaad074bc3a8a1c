//! Lists that the server cuts, for every kind: it counts more objects than it shows, and what it hides is never planned as
//! missing.

use std::collections::BTreeMap;

use akrec::diag::Code;
use akrec::kinds::KINDS;
use akrec::plan::Action;
use akrec::read::Problem;
use akrec::sandbox::{Entry, Fault, Sandbox};
use akrec::schema::{Find, Release};
use serde_json::json;

use super::facts::Facts;
use super::support::{Bench, State};
use super::{converge, disown, each_release, state};

/// Lets every list of every kind count its objects and show none, unless it is filtered by a name; with `sets`, also the
/// lists in which a set of one object is read.
fn cut_lists(sandbox: &Sandbox, sets: bool) {
    let world = sandbox.world_json();
    let count = |path: &str| world[path].as_array().map_or(0, Vec::len);
    let lists = KINDS
        .iter()
        .filter(|kind| !kind.unpaginated && !kind.is_singleton());
    let counts: BTreeMap<String, usize> = lists
        .map(|kind| (kind.path.to_owned(), count(kind.path)))
        .collect();
    let by_name = KINDS.iter().filter_map(|kind| match kind.find {
        Find::Filter(filter) => Some(filter),
        Find::Url | Find::Whole | Find::Owner { .. } => None,
    });
    let of_sets = KINDS
        .iter()
        .flat_map(|kind| kind.members)
        .filter_map(|set| Some(set.read?.filter));
    let filters: Vec<&str> = by_name.chain(of_sets.filter(|_| !sets)).collect();
    let hook = move |_: usize, request: &Entry| {
        let by_name = filters.iter().any(|filter| {
            request
                .query
                .split('&')
                .any(|part| part.starts_with(&format!("{filter}=")))
        });
        let count = *counts
            .get(&request.path)
            .filter(|count| **count > 0 && !by_name && request.method == "GET")?;
        // The ledger is read by a search, and is no object of the files.
        if request.query.contains("search=") {
            return None;
        }
        let pagination = json!({"next": 0, "previous": 0, "count": count, "current": 1, "total_pages": 1,
            "start_index": 0, "end_index": 0});
        Some(Fault::Status(
            200,
            json!({"pagination": pagination, "results": []}),
        ))
    };
    sandbox.set_fault(hook);
}

async fn prove(release: Release) {
    let facts = Facts::of(release);
    let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
    let state = state(&facts, 1);
    converge(&bench, &format!("{release}: created"), &state).await;
    let state = State::of(&state.to_string());

    cut_lists(&sandbox, false);
    let planned = bench.plan(&state).await;
    assert!(
        planned.plan.is_some(),
        "{release}, with a ledger: {}",
        planned.reported()
    );
    assert!(
        planned.plan().is_empty(),
        "{release}, with a ledger:\n{}",
        planned.text()
    );

    cut_lists(&sandbox, true);
    let (desired, diagnostics, sources) = state.load(&bench.server);
    let users = akrec::kinds::kind("role")
        .and_then(|role| role.field("users"))
        .unwrap();
    match bench.plan_of(desired, diagnostics, sources).await {
        // 2025.10 has no such set.
        Ok(planned) if !users.is_in(release) => assert!(planned.plan().is_empty(), "{release}"),
        Err(Problem::Diagnostic(diagnostic)) => {
            assert_eq!(diagnostic.code, Code::CUT_LIST, "{release}: {diagnostic:?}")
        }
        _ => panic!("{release}: the users of a role are not all known"),
    }

    // Without the ledger, what has no name of its own cannot be looked for.
    sandbox.set_fault(|_, _| None);
    disown(&sandbox);
    cut_lists(&sandbox, false);
    let planned = bench.plan(&state).await;
    let errors = || {
        planned
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
    };
    assert!(errors().count() > 0, "{release}: children cannot be found");
    assert!(
        errors().all(|diagnostic| diagnostic.code == Code::CUT_LIST),
        "{release}, without a ledger: {}",
        planned.reported()
    );
    let steps = planned.plan.iter().flat_map(|plan| &plan.steps);
    let guessed = steps.filter(|step| matches!(step.action, Action::Create | Action::Delete));
    assert_eq!(guessed.count(), 0, "{release}, without a ledger");
}

#[test]
fn what_a_cut_list_hides_is_not_made_again() {
    each_release(|runtime, release| runtime.block_on(prove(release)));
}
