//! What is akrec's own on the sandbox: its ledger and its lease, kept apart from what a case is about.

use akrec::ledger::is_akrecs;
use akrec::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::poke;

const PATH: &str = "/managed/blueprints/";

/// A world without akrec's own objects.
pub fn without(world: &Value) -> Value {
    let mut world = world.clone();
    if let Some(instances) = world[PATH].as_array_mut() {
        instances.retain(|instance| !named(instance));
    }
    world
}

fn named(instance: &Value) -> bool {
    instance["name"].as_str().is_some_and(is_akrecs)
}

/// What the ledger says, an object a line, without what changes from run to run.
pub fn records(world: &Value) -> Vec<String> {
    let instances = world[PATH]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|instance| named(instance));
    let objects = instances.flat_map(|instance| {
        instance["context"]["objects"]
            .as_array()
            .into_iter()
            .flatten()
    });
    let mut lines: Vec<String> = objects
        .map(|object| {
            let protect = if object["protect"] == true {
                " protected"
            } else {
                ""
            };
            format!(
                "{}{protect} {}",
                object["origin"].as_str().unwrap(),
                spelled(&object["at"])
            )
        })
        .collect();
    lines.sort();
    lines
}

/// The names of the leases that are there, also of those of runs that ended early.
pub fn leases(world: &Value) -> Vec<String> {
    let names = world[PATH]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|it| named(it))
        .filter_map(|it| it["name"].as_str());
    names
        .filter(|name| !name.starts_with("akrec: "))
        .map(str::to_owned)
        .collect()
}

/// `group staff`, `policy_binding (application wiki) (group staff)`.
fn spelled(at: &Value) -> String {
    let key = match &at[1] {
        Value::Array(parts) => {
            let part = |part: &Value| match part {
                Value::Array(_) => format!("({})", spelled(part)),
                Value::String(name) => name.clone(),
                other => other.to_string(),
            };
            parts.iter().map(part).collect::<Vec<_>>().join(" ")
        }
        name => name.as_str().unwrap().to_owned(),
    };
    format!("{} {key}", at[0].as_str().unwrap())
}

/// How the ledger changes, as YAML that stands before the rest.
pub fn difference(before: &Value, after: &Value) -> String {
    let (before, after) = (records(before), records(after));
    let came = after
        .iter()
        .filter(|line| !before.contains(line))
        .map(|line| format!("  + {line}\n"));
    let went = before
        .iter()
        .filter(|line| !after.contains(line))
        .map(|line| format!("  - {line}\n"));
    let lines: String = went.chain(came).collect();
    if lines.is_empty() {
        String::new()
    } else {
        format!("# ledger\n{lines}")
    }
}

/// Time goes by: whatever lease is there has expired.
pub fn expire(sandbox: &Sandbox) {
    let world = sandbox.world_json();
    for instance in world[PATH].as_array().into_iter().flatten() {
        if instance["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("akrec-lock: "))
        {
            let mut context = instance["context"].clone();
            context["until"] = json!("2020-01-01T00:00:00Z");
            let path = format!("{PATH}{}/", instance["pk"].as_str().unwrap());
            poke(
                sandbox,
                "PATCH",
                &path,
                json!({ "context": context, "content": instance["content"] }),
            );
        }
    }
}
