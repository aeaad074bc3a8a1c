//! Who is in which group, with the groups above it, and who is a superuser by that.
//! Must never change the world.

use super::types::Serial;
use super::world::World;

/// A group and all groups above it; a cycle, which the server permits, ends the climb.
pub(super) fn ancestors(world: &World, group: Serial) -> Vec<Serial> {
    let mut found = vec![group];
    let mut at = 0;
    while let Some(group) = found.get(at).copied() {
        at += 1;
        let parents = world
            .value(group, "parents")
            .as_array()
            .cloned()
            .unwrap_or_default();
        let parent = world.value(group, "parent").clone();
        for key in parents.into_iter().chain([parent]) {
            if let Ok(Some(parent)) = world.resolve("Group", &key)
                && !found.contains(&parent)
            {
                found.push(parent);
            }
        }
    }
    found
}

/// The groups a user is in, those above them included.
pub(super) fn groups_of(world: &World, user: Serial) -> Vec<Serial> {
    let keys = world.value(user, "groups").as_array().into_iter().flatten();
    let direct = keys.filter_map(|key| world.resolve("Group", key).ok().flatten());
    direct.flat_map(|group| ancestors(world, group)).collect()
}

pub(super) fn is_superuser(world: &World, user: Serial) -> bool {
    groups_of(world, user)
        .iter()
        .any(|group| *world.value(*group, "is_superuser") == true)
}
