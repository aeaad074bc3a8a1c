//! Every kind with a name of its own is renamed in place: nothing is deleted, nothing is made, what belongs to it stays.

use akrec::kinds::KINDS;
use akrec::plan::Action;
use akrec::schema::{Kind, V2025_10, V2026_2, V2026_8};
use serde_json::{Value, json};

use super::facts::Facts;
use super::{converge, sample, state};
use crate::support::Bench;

/// Kinds whose objects can be renamed. The name of a license is inside its key, and uploads are never changed.
fn renamable(kind: &&&Kind, facts: &Facts) -> bool {
    kind.is_in(facts.release) && !kind.section.is_empty() && kind.can_be_renamed()
}

#[test]
fn every_name_can_change_in_place() {
    for release in [V2026_2, V2025_10, V2026_8] {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let facts = Facts::of(release);
            let (_sandbox, bench) = Bench::licensed(&release.to_string()).await;
            let first = state(&facts, 1);
            converge(&bench, &format!("{release}: created"), &first).await;
            let mut second = first.clone();
            let mut wanted = Vec::new();
            for kind in KINDS.iter().filter(|kind| renamable(kind, &facts)) {
                let old = sample::key(kind, 3);
                let objects = second[kind.section].as_object_mut().unwrap();
                let mut object = objects.remove(&old).unwrap();
                object["previously"] = json!(old);
                objects.insert(format!("{old}x"), object);
                wanted.push(format!("{}.{old}x", kind.family));
            }
            let renamed = converge(
                &bench,
                &format!("{release}: renamed"),
                &mentioned(second, &wanted),
            )
            .await;
            let steps = &renamed.plan().steps;
            let other: Vec<String> = steps
                .iter()
                .filter(|step| step.action != Action::Rename)
                .map(|step| format!("{:?} {}", step.action, step.address))
                .collect();
            assert_eq!(other, Vec::<String>::new(), "{release}");
            let mut done: Vec<String> = steps.iter().map(|step| step.address.path()).collect();
            done.sort();
            wanted.sort();
            assert_eq!(done, wanted, "{release}");
        });
    }
}

/// References to what is renamed follow it.
fn mentioned(value: Value, wanted: &[String]) -> Value {
    match value {
        Value::String(text) => {
            let new = format!("{text}x");
            let renamed = wanted
                .iter()
                .any(|path| path.split_once('.').is_some_and(|(_, name)| name == new));
            json!(if renamed { new } else { text })
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| mentioned(item, wanted))
            .collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, item)| {
                let item = if name == "previously" {
                    item
                } else {
                    mentioned(item, wanted)
                };
                (name, item)
            })
            .collect(),
        other => other,
    }
}
