//! Parts of a server: by kind, by address, and what no file declares yet.

use std::collections::BTreeSet;

use akrec::export::{Options, Reason};
use akrec::kinds;
use akrec::pattern::Pattern;

use super::{all, apply, file, round};
use crate::support::releases::newest;
use crate::support::{Bench, State};

const WORLD: &str = r#"
groups: {staff: {}, media: {parents: [staff]}}
users: {jodie: {name: Jodie, groups: [media]}}
applications:
  wiki: {name: Wiki, bindings: [{group: staff}]}
  grafana: {name: Grafana, provider: grafana, bindings: [{user: jodie}]}
providers:
  grafana: {type: proxy, external_host: https://g.example.org, internal_host: http://g, authorization_flow: default-provider-authorization-implicit-consent, invalidation_flow: default-provider-invalidation-flow}
stages: {mine: {type: deny}}
flows: {mine: {name: M, title: M, designation: authorization, stages: [{stage: mine}]}}
"#;

async fn world() -> (akrec::sandbox::Sandbox, Bench) {
    let (sandbox, bench) = Bench::sandbox(newest()).await;
    apply(&bench, &State::of(WORLD)).await;
    (sandbox, bench)
}

fn targets(patterns: &[&str]) -> Options {
    Options {
        targets: patterns
            .iter()
            .map(|text| Pattern::new(text).unwrap())
            .collect(),
        ..Options::default()
    }
}

#[tokio::test]
async fn kinds_are_exported_alone_and_name_the_others() {
    let (sandbox, bench) = world().await;
    sandbox.clear_journal();
    let options = Options {
        kinds: kinds::section("applications").collect(),
        ..Options::default()
    };
    let (export, _) = round(&bench, "applications", &options).await;
    assert_eq!(export.counts, [("applications".to_owned(), 2)]);
    assert!(file(&export, "applications/wiki.yaml").contains("- group: staff"));
    assert!(file(&export, "applications/grafana.yaml").contains("provider: grafana"));
    let read: BTreeSet<String> = sandbox
        .journal()
        .into_iter()
        .map(|entry| entry.path)
        .collect();
    assert!(
        !read.contains("/sources/oauth/") && read.contains("/core/applications/"),
        "{read:?}"
    );
    for kind in kinds::KINDS.iter().filter(|kind| !kind.section.is_empty()) {
        let options = Options {
            kinds: vec![kind],
            all: true,
            ..Options::default()
        };
        round(&bench, kind.name, &options).await;
    }
}

#[tokio::test]
async fn addresses_are_exported_alone() {
    let (_sandbox, bench) = world().await;
    let (export, _) = round(
        &bench,
        "a pattern",
        &targets(&["application.g*", "groups.staff"]),
    )
    .await;
    assert_eq!(
        export.counts,
        [("groups".to_owned(), 1), ("applications".to_owned(), 1)]
    );
    let (export, _) = round(
        &bench,
        "a default flow by its name",
        &targets(&["flow.default-invalidation-flow"]),
    )
    .await;
    assert_eq!(export.counts, [("flows".to_owned(), 1)]);
    let (export, _) = round(
        &bench,
        "default flows by a pattern",
        &targets(&["flow.default-*"]),
    )
    .await;
    assert!(export.counts.is_empty());
    assert!(export.left_out[&Reason::Builtin].len() > 10);
}

#[tokio::test]
async fn what_is_declared_is_left_out_and_the_rest_fits_beside_it() {
    let (_sandbox, bench) = world().await;
    let text = "defaults:\n  groups: {attributes: {note: x}, is_superuser: true}\n\
                applications:\n  wiki: {name: Wiki}\nusers:\n  jodie: {name: Jodie, groups: {include: [media]}}\n";
    let declared = State::of(text);
    let (desired, problems, _) = declared.load(&bench.server);
    assert!(problems.is_empty());
    let media = akrec::value::Address::named("group", "media");
    let options = Options {
        declared: desired
            .objects
            .iter()
            .map(|object| object.address.clone())
            .collect(),
        spoken_for: [(media, "users")].into(),
        explicit: [("groups".to_owned(), ["is_superuser".to_owned()].into())].into(),
        ..Options::default()
    };
    let (export, _) = bench.export(&options).await;
    let state = State::exported(&export);
    std::fs::write(
        state.dir.join("declared.yaml"),
        text.replace("attributes: {note: x}, ", ""),
    )
    .unwrap();
    let planned = bench.plan_afresh(&state).await;
    assert!(
        planned.plan().is_empty(),
        "{}\n{}",
        planned.text(),
        all(&export)
    );
    assert!(
        !all(&export).contains("wiki:") && !all(&export).contains("jodie:"),
        "{}",
        all(&export)
    );
    assert_eq!(
        export.left_out[&Reason::OnDeclared].len(),
        1,
        "{:?}",
        export.left_out
    );
    assert_eq!(export.notes.len(), 1, "{:?}", export.notes);
}

#[tokio::test]
async fn one_document_holds_the_same() {
    let (_sandbox, bench) = world().await;
    let options = Options {
        one_file: true,
        all: true,
        ..Options::default()
    };
    let (export, _) = round(&bench, "one document", &options).await;
    assert_eq!(export.files.len(), 1);
    assert!(!all(&export).contains("!file"));
}
