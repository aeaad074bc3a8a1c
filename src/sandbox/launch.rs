//! Whether a user may open an application, as the server's `check_access` answers it, one user and one binding after
//! another. Must never know how akrec works it out.
//!
//! Policies are not run: an expression that only returns a constant is taken at its word, every other policy refuses.

use serde_json::{Value, json};

use super::groups::groups_of;
use super::types::{Call, Caller, Reply, Serial, last};
use super::world::World;

/// The answer to `GET …/check_access/`. For others than the caller only a superuser may ask.
pub(super) fn check_access(
    world: &World,
    caller: Caller,
    call: &Call,
    application: Serial,
) -> Reply {
    let user = match last(&call.query, "for_user").filter(|_| caller.superuser) {
        None => caller.user,
        Some(key) if key.parse::<i64>().is_err() => {
            return Reply::new(400, json!({ "for_user": "for_user must be numerical" }));
        }
        Some(key) => match world.find("/core/users/", key) {
            Some(user) => user,
            None => return Reply::new(400, json!({ "for_user": "User not found" })),
        },
    };
    let passing = may_open(world, user, application);
    Reply::new(
        200,
        json!({ "passing": passing, "messages": [], "log_messages": [] }),
    )
}

fn may_open(world: &World, user: Serial, application: Serial) -> bool {
    let mut people: Vec<bool> = Vec::new();
    let mut policies: Vec<bool> = Vec::new();
    for binding in world.referrers(application, "/policies/bindings/", "target") {
        if *world.value(binding, "enabled") == false {
            continue;
        }
        let negate = *world.value(binding, "negate") == true;
        match world.value(binding, "policy") {
            Value::Null => people.push(names(world, user, binding) != negate),
            policy => policies.push(answer(world, policy) != negate),
        }
    }
    if people.is_empty() && policies.is_empty() {
        return open_by_default(world);
    }
    let every = *world.value(application, "policy_engine_mode") == "all";
    // Until 2025.12 the mode says nothing about groups and users.
    let broken = world.facts.release.starts_with("2025.");
    if let Some(first) = people.first().copied() {
        let one = people.iter().any(|passes| *passes);
        policies.push(if every && !broken {
            people.iter().fold(first, |all, it| all && *it)
        } else {
            one
        });
    }
    if every {
        !policies.contains(&false)
    } else {
        policies.contains(&true)
    }
}

/// Whether an application without an enabled binding is open to everyone. Releases that know the flag have it on until
/// somebody sets it.
fn open_by_default(world: &World) -> bool {
    let settings = world.members("/admin/settings/").next();
    let flags = settings.map_or(&Value::Null, |settings| world.value(settings, "flags"));
    !world.facts.is_from(2026, 5)
        || flags
            .get("core_default_app_access")
            .is_none_or(|flag| *flag == true)
}

/// Whether a binding is to a user, or to a group that the user is in.
fn names(world: &World, user: Serial, binding: Serial) -> bool {
    if *world.value(binding, "user") == world.pk_of(user) {
        return true;
    }
    let group = world
        .resolve("Group", world.value(binding, "group"))
        .ok()
        .flatten();
    group.is_some_and(|group| groups_of(world, user).contains(&group))
}

fn answer(world: &World, policy: &Value) -> bool {
    let found = world.resolve("Policy", policy).ok().flatten();
    found.is_some_and(|policy| {
        world.value(policy, "expression").as_str().map(str::trim) == Some("return True")
    })
}
