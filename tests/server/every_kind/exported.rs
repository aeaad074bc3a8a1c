//! A world with every kind and every field is exported, and the plan of what came out is empty.

use akrec::export::{Options, Reason};
use akrec::kinds::KINDS;
use akrec::schema::Release;

use super::facts::Facts;
use super::{each_release, failures, sample, state};
use crate::support::{Bench, State};

/// Exports, and proves that the plan of the files is empty.
async fn round(bench: &Bench, what: &str, options: &Options) -> akrec::export::Export {
    let (export, _) = bench.export(options).await;
    let state = State::exported(&export);
    let planned = bench.plan_afresh(&state).await;
    let text = || {
        let files = export
            .files
            .iter()
            .map(|file| format!("--- {}\n{}", file.path, file.text));
        files.collect::<String>()
    };
    if planned.plan.is_none() || !planned.plan().is_empty() {
        std::fs::write(
            format!("{}/export-failed.txt", env!("CARGO_TARGET_TMPDIR")),
            text(),
        )
        .unwrap();
    }
    assert!(planned.plan.is_some(), "{what}: {}", planned.reported());
    assert!(
        planned.plan().is_empty(),
        "{what}: the plan after the export is not empty:\n{}",
        planned.text()
    );
    export
}

async fn prove(release: Release) {
    let facts = Facts::of(release);
    let (_sandbox, bench) = Bench::licensed(&release.to_string()).await;
    for way in [1, 2] {
        let planned = bench
            .plan(&State::of(&state(&facts, way).to_string()))
            .await;
        let outcome = bench.apply(&planned, 1).await;
        assert!(
            outcome.is_complete(),
            "{release}: {}",
            failures(&planned, &outcome)
        );
        for (what, options) in [
            ("", Options::default()),
            (
                ", with all",
                Options {
                    all: true,
                    ..Options::default()
                },
            ),
        ] {
            let what = format!("{release}, way {way}{what}");
            let export = round(&bench, &what, &options).await;
            let bad: Vec<&Reason> = export
                .left_out
                .keys()
                .filter(|why| !matches!(why, Reason::Builtin | Reason::Beside | Reason::OnBuiltin))
                .collect();
            assert!(bad.is_empty(), "{what}: {bad:?}");
            assert_eq!(export.notes, Vec::new(), "{what}");
            // Every kind is there, and no id.
            for kind in KINDS
                .iter()
                .filter(|kind| kind.is_in(release) && !kind.section.is_empty())
            {
                let name = if kind.is_singleton() {
                    kind.section.to_owned()
                } else {
                    sample::key(kind, 3)
                };
                // The name of an upload goes on with a hash.
                let start = if kind.name_has_hash_of.is_some() {
                    format!("{name}-")
                } else {
                    format!("{name}:")
                };
                let there = export.files.iter().any(|file| {
                    file.text
                        .lines()
                        .any(|line| line.trim_start().starts_with(&start))
                });
                assert!(there, "{what}: {name} is not exported");
            }
            let again = round(&bench, &what, &options).await;
            assert_eq!(
                export.files, again.files,
                "{what}: equal worlds give equal files"
            );
        }
    }
}

#[test]
fn every_kind_is_exported_to_an_empty_plan() {
    each_release(|runtime, release| runtime.block_on(prove(release)));
}
