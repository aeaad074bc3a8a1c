//! A server with everything at once: every kind with every field, and the two installations among the golden cases. It is
//! exported, what was made is removed, and the export makes the same world again.
//!
//! With `AKREC_TEST_URL` and `AKREC_TEST_TOKEN` it runs there, otherwise on a sandbox of every release. Take a server to
//! throw away: what authentik brought along is changed and partly deleted, and objects have no prefix.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use akrec::diag::Code;
use akrec::export::{Export, Options, Reason};
use akrec::ledger::is_akrecs;
use akrec::plan::Limit;
use akrec::schema::Release;
use akrec::value::Address;
use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::real::{adapted, created_before, pair};
use super::{each_release, errors, failures, state};
use crate::support::described::{Described, below};
use crate::support::{Bench, Planned, State};

/// Sign-in with others: authentik asks any other type for its settings on the net.
const SIGN_IN: (&[&str], &str) = (
    &[
        "provider_type: google",
        "provider_type: github",
        "provider_type: facebook",
    ],
    "provider_type: openidconnect\n    authorization_url: https://id.example.org/a\n    \
     access_token_url: https://id.example.org/t\n    profile_url: https://id.example.org/p",
);

/// The files of a case, as a server without a way to the net takes them.
fn case(name: &str) -> State {
    let dir = Path::new("tests/cases").join(name).join("state");
    let read = |(path, at): (String, PathBuf)| {
        let text = std::fs::read_to_string(at).unwrap();
        let with = |text: String, from: &&str| text.replace(from, SIGN_IN.1);
        (path, SIGN_IN.0.iter().fold(text, with))
    };
    let files: Vec<(String, String)> = below(&dir).into_iter().map(read).collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    State::with(&files)
}

/// Applies a state, and gives it up: what it made stays, whatever is applied next.
async fn made(bench: &Bench, what: &str, state: &State) {
    applied(bench, what, state).await;
    let query = [("ordering", "pk"), ("search", "akrec")];
    let page = bench
        .client
        .page("/managed/blueprints/", &query, 1)
        .await
        .unwrap();
    for own in page
        .results
        .iter()
        .filter(|own| own["name"].as_str().is_some_and(is_akrecs))
    {
        bench
            .client
            .delete(&format!(
                "/managed/blueprints/{}/",
                own["pk"].as_str().unwrap()
            ))
            .await
            .unwrap();
    }
}

async fn applied(bench: &Bench, what: &str, state: &State) -> Planned {
    let planned = bench.plan(state).await;
    assert!(planned.plan.is_some(), "{what}: {}", errors(&planned));
    let outcome = bench.apply(&planned, 2).await;
    assert!(
        outcome.is_complete(),
        "{what}: {}",
        failures(&planned, &outcome)
    );
    let again = bench.plan(state).await;
    assert!(again.plan.is_some(), "{what}, again: {}", errors(&again));
    assert!(
        again.plan().is_empty(),
        "{what}: a second plan is not empty:\n{}",
        again.text()
    );
    planned
}

/// Exports everything; its plan is empty, both for what was read and for what is read again.
async fn exported(bench: &Bench, what: &str) -> (Export, BTreeSet<Address>) {
    let (export, live) = bench
        .export(&Options {
            all: true,
            ..Options::default()
        })
        .await;
    keep(what, &export);
    assert_eq!(export.notes, Vec::new(), "{what}");
    let diagnostics: Vec<&Reason> = export
        .left_out
        .keys()
        .filter(|why| !matches!(why, Reason::Beside))
        .collect();
    assert!(diagnostics.is_empty(), "{what}: {:?}", export.left_out);
    let state = State::exported(&export);
    for (how, planned) in [
        ("as read", bench.plan_read(&state, &live)),
        ("anew", bench.plan_afresh(&state).await),
    ] {
        assert!(
            planned.plan.is_some(),
            "{what}, {how}: {}",
            errors(&planned)
        );
        assert!(
            planned.plan().is_empty(),
            "{what}, {how}: the plan is not empty:\n{}",
            planned.text()
        );
    }
    (export, live.objects.into_keys().collect())
}

/// Leaves the files where they can be looked at, where that is asked for.
fn keep(what: &str, export: &Export) {
    let Ok(dir) = std::env::var("AKREC_KEEP") else {
        return;
    };
    for file in &export.files {
        let path = Path::new(&dir)
            .join(what.replace([' ', ':'], "-"))
            .join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.text).unwrap();
    }
}

/// The state of an export, to create it all on an emptied server: the lines that only a creation needs count, too.
fn to_create(export: &Export, keys: &[(String, String); 2]) -> State {
    let mut state = State::exported(export);
    for file in &export.files {
        std::fs::write(state.dir.join(&file.path), with_secrets(&file.text)).unwrap();
    }
    for variable in export
        .variables
        .iter()
        .filter(|variable| variable.value.is_none())
    {
        let name = variable.address.name().unwrap_or_default();
        let (certificate, key) = &keys[usize::from(name.ends_with("-2"))];
        let value = match variable.field.as_str() {
            "certificate_data" => certificate.clone(),
            "key_data" => key.clone(),
            _ => "again".to_owned(),
        };
        state.env.insert(variable.name.clone(), value);
    }
    state
}

/// The lines of fields that the server never gives back, as lines that count.
fn with_secrets(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("# ") {
        Some((indent, rest)) if indent.trim().is_empty() && rest.contains(": !env ") => {
            format!("{indent}{rest}\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// Files without values that the server generates again every time.
fn lasting(export: &Export) -> BTreeMap<String, String> {
    let lines = |text: &str| {
        let lines = text.lines().filter(|line| !line.contains("# expires:"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    export
        .files
        .iter()
        .map(|file| (file.path.clone(), lines(&file.text)))
        .collect()
}

/// A state by which objects go.
fn absent(addresses: &BTreeSet<(&'static str, Address)>) -> State {
    let mut sections: Map<String, Value> = Map::new();
    for (section, address) in addresses {
        let names = sections.entry(*section).or_insert_with(|| json!([]));
        names
            .as_array_mut()
            .unwrap()
            .push(address.name().unwrap().into());
    }
    State::of(&json!({ "absent": sections }).to_string())
}

async fn prove(bench: &mut Bench) {
    let release = bench.server.release;
    let version = bench.server.version.clone();
    bench.options.flags.deletes = Some(Limit::Count(10_000));
    bench.options.allow = BTreeSet::from([Code::BUILT_IN]);
    let (fresh, was) = exported(bench, &format!("{version}: as it was")).await;
    println!(
        "{version}: as it was: {} files, the plan is empty",
        fresh.files.len()
    );

    let settings = bench.client.get("/admin/settings/", &[]).await.unwrap();
    let pairs = [pair(), pair()];
    let described = match std::env::var_os("AKREC_TEST_URL") {
        Some(_) => Some(Described::by(bench).await),
        None => None,
    };
    let mut all = adapted(
        state(&Facts::of(release), 1),
        release,
        1,
        &pairs,
        "every-",
        described.as_ref(),
    );
    // Lists in pages of four objects would take a real server half an hour.
    for word in ["pagination_default_page_size", "pagination_max_page_size"] {
        all["settings"]
            .as_object_mut()
            .unwrap()
            .entry(word)
            .and_modify(|size| *size = json!(99));
    }
    if let Some(described) = &described {
        created_before(bench, &all, described).await;
    }
    let every = State::of(&all.to_string());
    let states = [
        ("every kind", every),
        ("access", case("010-homelab-access")),
        ("flows", case("020-homelab-flows")),
    ];
    let states = states.map(|(name, state)| match &described {
        Some(described) => (name, described.with_words(release, state)),
        None => (name, state),
    });
    let mut ours: BTreeSet<(&'static str, Address)> = BTreeSet::new();
    let mut uploads: BTreeSet<(&'static str, Address)> = BTreeSet::new();
    for (name, state) in &states {
        made(bench, &format!("{version}: {name}"), state).await;
        let objects = state.load(&bench.server).0.objects;
        let own = objects
            .iter()
            .filter(|object| !object.kind.section.is_empty() && !object.kind.is_singleton());
        let own = own.filter(|it| !was.contains(&it.address));
        // The content of an upload is nowhere but on the server.
        let (files, rest): (Vec<_>, Vec<_>) =
            own.partition(|it| it.kind.name_has_hash_of.is_some());
        ours.extend(rest.iter().map(|it| (it.kind.section, it.address.clone())));
        uploads.extend(files.iter().map(|it| (it.kind.section, it.address.clone())));
    }
    let (first, _) = exported(bench, &format!("{version}: rich")).await;
    println!(
        "{version}: rich: {} objects, the plan is empty",
        first.counts.iter().map(|(_, n)| n).sum::<usize>()
    );

    applied(bench, &format!("{version}: emptied"), &absent(&ours)).await;
    if let Some(described) = &described {
        created_before(bench, &all, described).await;
    }
    let rebuilt = applied(
        bench,
        &format!("{version}: rebuilt"),
        &to_create(&first, &pairs),
    )
    .await;
    println!(
        "{version}: emptied of {} objects, and rebuilt in {} steps",
        ours.len(),
        rebuilt.plan().steps.len()
    );
    let (second, _) = exported(bench, &format!("{version}: again")).await;
    let (first, second) = (lasting(&first), lasting(&second));
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        second.keys().collect::<Vec<_>>(),
        "{version}"
    );
    for (path, text) in &first {
        let diff = similar::TextDiff::from_lines(text, &second[path]);
        assert!(
            text == &second[path],
            "{version}: {path}:\n{}",
            diff.unified_diff().context_radius(3)
        );
    }
    println!("{version}: the second export equals the first");

    ours.extend(uploads);
    applied(bench, &format!("{version}: emptied again"), &absent(&ours)).await;
    bench
        .client
        .patch("/admin/settings/", &settings)
        .await
        .unwrap();
}

#[test]
fn a_rich_server_is_exported_and_rebuilt() {
    if let (Ok(url), Ok(token)) = (
        std::env::var("AKREC_TEST_URL"),
        std::env::var("AKREC_TEST_TOKEN"),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async { prove(&mut Bench::connect(&url, &token).await).await });
        return;
    }
    each_release(|runtime, release: Release| {
        runtime.block_on(async {
            let (_sandbox, mut bench) = Bench::sandbox(&release.to_string()).await;
            prove(&mut bench).await;
        });
    });
}
