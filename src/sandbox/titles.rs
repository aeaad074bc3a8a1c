//! What the server calls an object in its own words.
//! Must never change the world.

use super::types::Serial;
use super::world::{World, key_text};

/// The text of an object in the server's own words, for `used_by`.
pub(super) fn title(world: &World, serial: Serial) -> String {
    let Some(collection) = world.collection_of(serial) else {
        return String::new();
    };
    let text = |field: &str| super::world::text_of(world.value(serial, field));
    match collection.root() {
        "Group" => format!("Group {}", text("name")),
        "Stage" => format!("Stage {}", text("name")),
        "Flow" => format!("Flow {} ({})", text("name"), text("slug")),
        "FlowStageBinding" => format!(
            "Flow-stage binding #{} to {}",
            text("order"),
            text("target")
        ),
        "PolicyBinding" => {
            let subject = [("group", "Group"), ("user", "User"), ("policy", "Policy")]
                .iter()
                .find_map(|(field, model)| {
                    let it = world.resolve(model, world.value(serial, field)).ok()??;
                    let name = if *model == "User" { "username" } else { "name" };
                    Some(format!(
                        "{model} {}",
                        super::world::text_of(world.value(it, name))
                    ))
                });
            let target = world
                .resolve("PolicyBindingModel", world.value(serial, "target"))
                .ok()
                .flatten();
            let target = target
                .map(|target| title(world, target))
                .unwrap_or_default();
            format!(
                "Binding from {target} #{} to {}",
                text("order"),
                subject.unwrap_or_default()
            )
        }
        "User" => text("username"),
        _ if collection.fields.contains_key("name") => text("name"),
        _ => key_text(world, serial),
    }
}
