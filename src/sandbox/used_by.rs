//! `…/used_by/`: what refers to an object, and what its deletion would do to it.
//! Must never change the world.

use serde_json::{Value, json};

use super::actions::title;
use super::world::{Serial, World};

/// The answer for one object: bindings, foreign keys and lists that point to it. One-to-one
/// references are missing, as on the server: a provider does not name its application.
pub(super) fn of(world: &World, serial: Serial) -> Value {
    let mut found: Vec<Value> = Vec::new();
    let mut seen: Vec<(Serial, &str)> = Vec::new();
    for (source, field) in world.all_referrers(serial) {
        let Some(collection) = world.collection_of(source) else { continue };
        let Some(rule) = collection.fields.get(field) else { continue };
        if collection.model == "Application" && field == "provider" {
            continue;
        }
        let action = match rule.on_delete.as_deref() {
            _ if rule.is_list() => "cascade_many",
            Some("cascade") => "cascade",
            Some("set_default") => "set_default",
            _ => "set_null",
        };
        if !seen.contains(&(source, action)) {
            seen.push((source, action));
            found.push(entry(world, source, action, &collection.label));
        }
    }
    // A flow is joined with stages and policies through its bindings.
    for (through, field, model, label) in [
        ("/policies/bindings/", "policy", "Policy", "authentik_policies.policy"),
        ("/flows/bindings/", "stage", "Stage", "authentik_flows.stage"),
    ] {
        let is_flow = world.get(serial).is_some_and(|object| object.base == "/flows/instances/");
        let bindings = world.referrers(serial, through, "target").filter(|_| is_flow);
        for binding in bindings {
            if let Ok(Some(joined)) = world.resolve(model, world.value(binding, field)) {
                found.push(entry(world, joined, "cascade_many", label));
            }
        }
    }
    found.into()
}

fn entry(world: &World, serial: Serial, action: &str, label: &str) -> Value {
    let (app, model) = label.split_once('.').unwrap_or(("", label));
    json!({
        "action": action,
        "app": app,
        "model_name": model,
        "name": title(world, serial),
        "pk": super::world::text_of(&world.pk_of(serial)),
    })
}
