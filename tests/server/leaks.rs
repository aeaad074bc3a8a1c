//! Whoever may propose a change must not be able to have a variable printed: `!env` is put in place of every value of
//! every state of the repository, one after the other, and what it brings in must appear in no message and no plan.

use std::path::{Path, PathBuf};

use akrec::desired::Tree;
use akrec::diag::{Code, Diagnostic, Sources};
use akrec::report::{self, diagnostics};
use akrec::schema::V2026_2;
use akrec::state::Inputs;
use akrec::yaml::{Node, NodeKind, Origin, Scalar, Style};
use akrec::{desired, plan};

use crate::support::releases::usual;
use crate::support::{Bench, State, TODAY};

/// What must never be seen. It is a number too, so that it is taken where numbers are.
const SECRETS: [&str; 2] = ["hunter2hunter2", "72319055"];

/// Puts `!env SECRET` in place of the scalar that is `left` scalars on; true once it is done.
fn put(node: &mut Node, left: &mut usize, secret: &str) -> bool {
    match &mut node.kind {
        NodeKind::Seq(items) => items.iter_mut().any(|node| put(node, left, secret)),
        NodeKind::Map(entries) => entries.iter_mut().any(|(_, node)| put(node, left, secret)),
        NodeKind::Tagged(_, inner) => put(inner, left, secret),
        NodeKind::Scalar(_) | NodeKind::Bytes(_) | NodeKind::Null if *left > 0 => {
            *left -= 1;
            false
        }
        NodeKind::Scalar(_) | NodeKind::Bytes(_) | NodeKind::Null => {
            let origin = Origin::Env("SECRET".to_owned());
            node.kind = NodeKind::Scalar(Scalar {
                text: secret.to_owned(),
                style: Style::Plain,
                origin,
            });
            true
        }
    }
}

/// The tree with `!env SECRET` in place of its value of this number; none if there are fewer.
fn with(tree: &Tree, number: usize, secret: &str) -> Option<Tree> {
    let mut tree = tree.clone();
    let mut left = number;
    let nodes = tree.sections.iter_mut().flat_map(|section| {
        section
            .entries
            .iter_mut()
            .map(|entry| &mut entry.node)
            .chain(section.bodies.iter_mut())
    });
    let done = nodes.into_iter().any(|node| put(node, &mut left, secret));
    done.then_some(tree)
}

fn read(dir: &Path, sources: &mut Sources) -> Tree {
    let env = |name: &str| Some(format!("value-of-{name}"));
    let inputs = Inputs {
        vars: [("house".into(), "x".into())].into(),
        ..Inputs::new(dir, &env)
    };
    akrec::state::read(&inputs, None, sources).0
}

fn rules() -> desired::Settings {
    desired::Settings {
        release: Some(V2026_2),
        allow_unknown: false,
        today: TODAY,
    }
}

fn states() -> Vec<PathBuf> {
    let cases = std::fs::read_dir("tests/cases")
        .unwrap()
        .map(|case| case.unwrap().path().join("state"));
    let mut all: Vec<PathBuf> = cases
        .filter(|state| state.is_dir())
        .chain(["state".into()])
        .collect();
    all.sort();
    assert!(all.len() > 100, "the states are there");
    all
}

#[test]
fn no_message_shows_what_a_variable_holds() {
    let mut tried = 0;
    let mut refused = 0;
    for dir in states() {
        let mut sources = Sources::default();
        let tree = read(&dir, &mut sources);
        for secret in SECRETS {
            for number in 0.. {
                let Some(tree) = with(&tree, number, secret) else {
                    break;
                };
                let (desired, reported) = desired::lower(&tree, &rules(), &mut sources);
                let shown = diagnostics::text(&reported, &sources, false, 100);
                assert!(
                    !shown.contains(secret),
                    "{}, value {number}:\n{shown}",
                    dir.display()
                );
                let shown = format!("{desired:?}");
                let around = shown
                    .find(secret)
                    .map(|at| shown[at.saturating_sub(200)..at + 20].to_owned());
                assert_eq!(around, None, "{}, value {number}", dir.display());
                tried += 1;
                refused += usize::from(
                    reported
                        .iter()
                        .any(|reported| reported.code == Code::SECRET_NAME),
                );
            }
        }
    }
    assert!(
        tried > 1500 && refused > 500,
        "{tried} values tried, {refused} of them names"
    );
}

#[tokio::test]
async fn no_plan_shows_what_a_variable_holds() {
    let mut planned = 0;
    for dir in [
        "state",
        "tests/cases/020-homelab-flows/state",
        "tests/cases/010-homelab-access/state",
    ] {
        let (_sandbox, bench) = Bench::sandbox(usual()).await;
        let before = bench.plan(&State::at(dir)).await;
        let (live, ledger) = (
            before.live.as_ref().expect("it plans"),
            before.ledger.as_ref().unwrap(),
        );
        let mut sources = Sources::default();
        let tree = read(Path::new(dir), &mut sources);
        for secret in SECRETS {
            for number in 0.. {
                let Some(tree) = with(&tree, number, secret) else {
                    break;
                };
                let (desired, reported) = desired::lower(&tree, &rules(), &mut sources);
                if reported.iter().any(Diagnostic::is_error) {
                    continue;
                }
                let (plan, reported) =
                    plan::plan(&desired, live, ledger, &plan::Options::default());
                let mut shown = diagnostics::text(&reported, &sources, false, 100);
                if let Some(plan) = &plan {
                    let style = report::plan::Style {
                        width: 110,
                        ..report::plan::Style::default()
                    };
                    shown += &report::plan::text(
                        plan,
                        &report::plan::Header::default(),
                        &sources,
                        &style,
                    );
                    planned += 1;
                }
                assert!(!shown.contains(secret), "{dir}, value {number}:\n{shown}");
            }
        }
    }
    assert!(planned > 200, "{planned} planned");
}
