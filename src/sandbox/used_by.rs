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
        if seen.contains(&(source, action)) {
            continue;
        }
        seen.push((source, action));
        found.push(match (collection.model.as_str(), family(&collection.lineage, field)) {
            // A policy is joined with what it is bound to, and does not name the binding.
            ("PolicyBinding", _) if field == "policy" => {
                let target = super::world::text_of(world.value(source, "target"));
                named(&target, &format!("PolicyBindingModel {target}"), "cascade_many", BINDABLE)
            }
            // What all of a family have is told of the family's model.
            (_, Some(label)) => {
                let pk = super::world::text_of(&world.pk_of(source));
                named(&pk, &super::world::text_of(world.value(source, "name")), action, label)
            }
            (_, None) => entry(world, source, action, &collection.label),
        });
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

const BINDABLE: &str = "authentik_policies.policybindingmodel";

/// The model of a whole family, for references that all of its members have.
fn family(lineage: &[String], field: &str) -> Option<&'static str> {
    let is = |model: &str| lineage.iter().any(|one| one == model);
    match field {
        "authorization_flow" | "authentication_flow" | "invalidation_flow" if is("Provider") => {
            Some("authentik_core.provider")
        }
        "authentication_flow" | "enrollment_flow" if is("Source") => Some("authentik_core.source"),
        _ => None,
    }
}

fn entry(world: &World, serial: Serial, action: &str, label: &str) -> Value {
    named(&super::world::text_of(&world.pk_of(serial)), &title(world, serial), action, label)
}

fn named(pk: &str, name: &str, action: &str, label: &str) -> Value {
    let (app, model) = label.split_once('.').unwrap_or(("", label));
    json!({ "action": action, "app": app, "model_name": model, "name": name, "pk": pk })
}
