//! `…/used_by/`: what refers to an object, and what its deletion would do to it.
//! Must never change the world.

use serde_json::{Value, json};

use super::facts::{Collection, Family};
use super::titles::title;
use super::types::Serial;
use super::world::World;

/// Looking through an object the server also works out what has nothing to do with the question: the key that an OAuth2
/// provider signs with, how a stage sends mail.
pub(super) fn fails(world: &World, serial: Serial) -> bool {
    let is = |name: &str, wanted: bool| *world.value(serial, name) == wanted;
    match world
        .collection_of(serial)
        .map(|collection| collection.model.as_str())
    {
        Some("OAuth2Provider") => {
            let pair = world
                .resolve("CertificateKeyPair", world.value(serial, "signing_key"))
                .ok()
                .flatten();
            pair.is_some_and(|pair| *world.value(pair, "private_key_available") == false)
        }
        Some("EmailStage" | "AuthenticatorEmailStage") => {
            is("use_global_settings", false) && is("use_tls", true) && is("use_ssl", true)
        }
        _ => false,
    }
}

/// The answer for one object: bindings, foreign keys and lists that point to it, and lists of its own. One-to-one
/// references are missing, as on the server: a provider does not name its application. So are those that the server
/// gives no name to.
pub(super) fn of(world: &World, serial: Serial) -> Value {
    let mut found: Vec<Value> = Vec::new();
    for (source, field) in world.all_referrers(serial) {
        let Some(collection) = world.collection_of(source) else {
            continue;
        };
        let Some(rule) = collection.fields.get(field) else {
            continue;
        };
        if rule.unlisted
            || (collection.model == "Application"
                && ["provider", "backchannel_providers"].contains(&field))
        {
            continue;
        }
        let action = match rule.on_delete.as_deref() {
            _ if rule.is_list() => "cascade_many",
            Some("cascade") => "cascade",
            Some("set_default") => "set_default",
            _ => "set_null",
        };
        found.push(entry(
            world,
            source,
            action,
            owner(world, collection, field),
        ));
    }
    found.extend(listed(world, serial));
    found.extend(joined(world, serial));
    found.extend(kin(world, serial));
    found.into()
}

/// What the object itself lists. An application's back-channel providers would go with it.
fn listed(world: &World, serial: Serial) -> Vec<Value> {
    let mut found = Vec::new();
    let Some(collection) = world.collection_of(serial) else {
        return found;
    };
    for (name, field) in &collection.fields {
        let (Some(model), Value::Array(keys)) = (field.to.as_deref(), world.value(serial, name))
        else {
            continue;
        };
        let action = if name == "backchannel_providers" {
            "cascade"
        } else {
            "cascade_many"
        };
        // 2026.2 has a user's groups under their former name too.
        let twice = collection.model == "User"
            && name == "groups"
            && world.facts.release.starts_with("2026.2");
        let again = if twice { keys.as_slice() } else { &[] };
        for key in keys.iter().chain(again) {
            if let (Ok(Some(target)), Some(label)) =
                (world.resolve(model, key), world.facts.label_of(model))
            {
                found.push(entry(world, target, action, label));
            }
        }
    }
    found
}

/// Lists that are kept as objects of their own, which have both ends: `(what refers to this end, through which field,
/// the field of the other end, its model, the name under which it stands)`.
const JOINS: [(&str, &str, &str, &str, &str); 6] = [
    (
        "PolicyBinding",
        "target",
        "policy",
        "Policy",
        "authentik_policies.policy",
    ),
    (
        "PolicyBinding",
        "policy",
        "target",
        "PolicyBindingModel",
        "authentik_policies.policybindingmodel",
    ),
    (
        "FlowStageBinding",
        "target",
        "stage",
        "Stage",
        "authentik_flows.stage",
    ),
    (
        "FlowStageBinding",
        "stage",
        "target",
        "Flow",
        "authentik_flows.flow",
    ),
    (
        "UserSourceConnection",
        "user",
        "source",
        "Source",
        "authentik_core.source",
    ),
    (
        "UserSourceConnection",
        "source",
        "user",
        "User",
        "authentik_core.user",
    ),
];

fn joined(world: &World, serial: Serial) -> Vec<Value> {
    let mut found = Vec::new();
    for (source, field) in world.all_referrers(serial) {
        let Some(collection) = world.collection_of(source) else {
            continue;
        };
        let joins = JOINS
            .iter()
            .filter(|(root, own, ..)| *root == collection.root() && *own == field);
        for (_, _, other, model, label) in joins {
            if let Ok(Some(other)) = world.resolve(model, world.value(source, other)) {
                found.push(entry(world, other, "cascade_many", label));
            }
        }
    }
    found
}

/// The rows of the two tables in which the server keeps who is above whom among groups: one a parent or child, and one
/// for each group above or below at any distance.
fn kin(world: &World, serial: Serial) -> Vec<Value> {
    let many = |group: Serial| world.value(group, "parents").as_array().is_some();
    if !many(serial) {
        return Vec::new();
    }
    let parents = |group: Serial| -> Vec<Serial> {
        let keys = world
            .value(group, "parents")
            .as_array()
            .into_iter()
            .flatten();
        keys.filter_map(|key| world.resolve("Group", key).ok().flatten())
            .collect()
    };
    let children = |group: Serial| -> Vec<Serial> {
        world.referrers(group, "/core/groups/", "parents").collect()
    };
    let mut found = Vec::new();
    for next in [&parents as &dyn Fn(Serial) -> Vec<Serial>, &children] {
        let near = next(serial);
        found.extend(near.iter().map(|other| {
            entry(
                world,
                *other,
                "cascade",
                "authentik_core.groupparentagenode",
            )
        }));
        let mut all = near;
        let mut at = 0;
        while let Some(group) = all.get(at).copied() {
            at += 1;
            let further: Vec<Serial> = next(group)
                .into_iter()
                .filter(|group| !all.contains(group))
                .collect();
            all.extend(further);
        }
        found.extend(
            all.iter()
                .map(|other| entry(world, *other, "cascade", "authentik_core.groupancestrynode")),
        );
    }
    found
}

/// The model that a field belongs to: that of the whole family, if all of it has the field.
fn owner<'w>(world: &'w World, collection: &'w Collection, field: &str) -> &'w str {
    if let Some(owner) = collection
        .fields
        .get(field)
        .and_then(|rule| rule.owner.as_deref())
    {
        return owner;
    }
    let families = world.facts.polymorphic.values();
    let mut own = families.filter(|family| family.model == collection.root());
    let has = |family: &&Family| {
        world
            .facts
            .views
            .get(&family.view)
            .is_some_and(|names| names.iter().any(|name| name == field))
    };
    own.find(has)
        .map_or(&collection.label, |family| &family.label)
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
