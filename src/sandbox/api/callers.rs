//! Who asks, by the token that a request carries.
//! Must never decide what they may do.

use crate::sandbox::groups::{groups_of, is_superuser};
use crate::sandbox::types::{Caller, Reply, Serial};
use crate::sandbox::world::World;

/// Finds the user of a bearer token; the error is the server's answer, always 403.
pub(in crate::sandbox) fn authenticate(
    world: &World,
    header: Option<&str>,
) -> Result<Caller, Reply> {
    let token = match header.map(str::trim).filter(|header| !header.is_empty()) {
        None => {
            return Err(Reply::detail(
                403,
                "Authentication credentials were not provided.",
            ));
        }
        Some(header) => match header.split_once(' ') {
            Some((kind, token)) if kind.eq_ignore_ascii_case("bearer") => token,
            _ => {
                return Err(Reply::detail(
                    403,
                    "Authentication credentials were not provided.",
                ));
            }
        },
    };
    let invalid = || Reply::detail(403, "Token invalid/expired");
    let found = world.members("/core/tokens/").find(|serial| {
        *world.value(*serial, "key") == token && *world.value(*serial, "intent") == "api"
    });
    // Times are texts of one form, so that they compare as they are.
    let now = world.seed.now();
    let over = |serial: &Serial| {
        let ends = world.value(*serial, "expires").as_str();
        *world.value(*serial, "expiring") == true && ends.is_some_and(|ends| ends <= now.as_str())
    };
    if found.as_ref().is_some_and(over) {
        return Err(invalid());
    }
    let signed_in = world.access_tokens.get(token).copied();
    let owner = found.and_then(|serial| {
        world
            .resolve("User", world.value(serial, "user"))
            .ok()
            .flatten()
    });
    let user = owner
        .or(signed_in)
        .filter(|user| *world.value(*user, "is_active") == true)
        .ok_or_else(invalid)?;
    Ok(caller(world, user))
}

fn caller(world: &World, user: Serial) -> Caller {
    let superuser = is_superuser(world, user);
    let reads = |group: &Serial| {
        let roles = world
            .value(*group, "roles")
            .as_array()
            .into_iter()
            .flatten();
        let mut found = roles.filter_map(|role| world.resolve("Role", role).ok().flatten());
        found.any(|role| *world.value(role, "name") == "authentik Read-only")
    };
    let reader = superuser || groups_of(world, user).iter().any(reads);
    Caller {
        user,
        superuser,
        reader,
    }
}
