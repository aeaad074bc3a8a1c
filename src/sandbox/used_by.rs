//! `…/used_by/`: what refers to an object, and what its deletion would do to it.
//! Must never change the world.

use serde_json::{Value, json};

use super::actions::title;
use super::facts::{Collection, Family};
use super::world::{Serial, World};

/// Looking through an object the server also works out what has nothing to do with the question: the key that an OAuth2
/// provider signs with, how a stage sends mail.
pub(super) fn fails(world: &World, serial: Serial) -> bool {
    let is = |name: &str, wanted: bool| *world.value(serial, name) == wanted;
    match world.collection_of(serial).map(|collection| collection.model.as_str()) {
        Some("OAuth2Provider") => {
            let pair = world.resolve("CertificateKeyPair", world.value(serial, "signing_key")).ok().flatten();
            pair.is_some_and(|pair| *world.value(pair, "private_key_available") == false)
        }
        Some("EmailStage" | "AuthenticatorEmailStage") => {
            is("use_global_settings", false) && is("use_tls", true) && is("use_ssl", true)
        }
        _ => false,
    }
}

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
            found.push(entry(world, source, action, owner(world, collection, field)));
        }
    }
    found.extend(listed(world, serial));
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

/// What the object itself lists. An application's back-channel providers would go with it.
fn listed(world: &World, serial: Serial) -> Vec<Value> {
    let mut found = Vec::new();
    let Some(collection) = world.collection_of(serial) else { return found };
    for (name, field) in &collection.fields {
        let (Some(model), Value::Array(keys)) = (field.to.as_deref(), world.value(serial, name)) else { continue };
        let action = if name == "backchannel_providers" { "cascade" } else { "cascade_many" };
        for key in keys {
            if let (Ok(Some(target)), Some(label)) = (world.resolve(model, key), world.facts.label_of(model)) {
                found.push(entry(world, target, action, label));
            }
        }
    }
    found
}

/// The model that a field belongs to: that of the whole family, if all of it has the field.
fn owner<'w>(world: &'w World, collection: &'w Collection, field: &str) -> &'w str {
    let families = world.facts.polymorphic.values();
    let mut own = families.filter(|family| family.model == collection.root());
    let has = |family: &&Family| {
        world.facts.views.get(&family.view).is_some_and(|names| names.iter().any(|name| name == field))
    };
    own.find(has).map_or(&collection.label, |family| &family.label)
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
