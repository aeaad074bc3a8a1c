//! The lists of collections and of whole families, and who is shown what in them.
//! Must never change the world.

use serde_json::Value;

use crate::sandbox::facts::{Collection, Family};
use crate::sandbox::groups::groups_of;
use crate::sandbox::list;
use crate::sandbox::render::Renderer;
use crate::sandbox::replies::crash;
use crate::sandbox::types::{Call, Caller, Reply, Serial, last};
use crate::sandbox::world::World;

pub(super) fn listing(
    world: &World,
    caller: Caller,
    call: &Call,
    base: &str,
    collection: &Collection,
) -> Reply {
    let mut objects = world.instances(&collection.model);
    objects.retain(|serial| visible(world, caller, base, *serial));
    let mut objects =
        match list::filter(world, collection, &collection.filters, &call.query, objects) {
            Ok(objects) => objects,
            Err(errors) if errors.is_empty() => return crash(),
            Err(errors) => return Reply::new(400, Value::Object(errors)),
        };
    list::order(world, collection, &call.query, &mut objects);
    let Some(page) = list::page(world, &call.query, &objects) else {
        return Reply::detail(404, "Invalid page.");
    };
    let mut shown = page.objects;
    let whole = caller.superuser && last(&call.query, "superuser_full_list") == Some("true");
    if base == "/rac/endpoints/" && !whole {
        // Every page has all of them.
        shown = objects;
        shown.retain(|endpoint| may_launch(world, caller, *endpoint));
    }
    if base == "/core/applications/" && !whole {
        // The page is cut first and filtered after that: the count still counts all.
        shown.retain(|application| may_launch(world, caller, *application));
    }
    let renderer = list::includes(Renderer::new(world), &call.query);
    let results = shown
        .into_iter()
        .map(|serial| renderer.as_collection(serial, collection))
        .collect();
    Reply::new(200, list::body(page.pagination, results))
}

/// 2025.10 shows others' tokens to superusers only.
pub(super) fn visible(world: &World, caller: Caller, base: &str, serial: Serial) -> bool {
    base != "/core/tokens/"
        || caller.superuser
        || !world.facts.is_2025_10()
        || *world.value(serial, "user") == world.pk_of(caller.user)
}

/// Whether the list of applications shows one to its caller: nothing bound, or bound to them.
/// Superusers are not an exception. Policies are not run here: a bound one never opens the list.
fn may_launch(world: &World, caller: Caller, application: Serial) -> bool {
    let bindings: Vec<Serial> = world
        .referrers(application, "/policies/bindings/", "target")
        .filter(|binding| *world.value(*binding, "enabled") == true)
        .collect();
    let groups = groups_of(world, caller.user);
    let passes = |binding: &Serial| {
        let user = *world.value(*binding, "user") == world.pk_of(caller.user);
        let group = world
            .resolve("Group", world.value(*binding, "group"))
            .ok()
            .flatten();
        let member = group.is_some_and(|group| groups.contains(&group));
        let policy = !world.value(*binding, "policy").is_null();
        !policy && (user || member) != (*world.value(*binding, "negate") == true)
    };
    bindings.is_empty() || bindings.iter().any(passes)
}

pub(super) fn family_list(world: &World, call: &Call, family: &Family) -> Reply {
    let names = world
        .facts
        .views
        .get(&family.view)
        .cloned()
        .unwrap_or_default();
    let mut collection = Collection {
        model: family.model.clone(),
        ordering: family.ordering.clone(),
        ..Collection::default()
    };
    collection.shows = names
        .iter()
        .map(|name| (name.clone(), Default::default()))
        .collect();
    let mut filters = family.filters.clone();
    filters.extend(["name".to_owned(), "slug".to_owned()]);
    let objects = world.instances(&family.model);
    let mut objects = match list::filter(world, &collection, &filters, &call.query, objects) {
        Ok(objects) => objects,
        Err(errors) => return Reply::new(400, Value::Object(errors)),
    };
    list::order(world, &collection, &call.query, &mut objects);
    match list::page(world, &call.query, &objects) {
        Some(page) => {
            let renderer = Renderer::new(world);
            let results = page
                .objects
                .into_iter()
                .map(|serial| renderer.view(serial, &family.view))
                .collect();
            Reply::new(200, list::body(page.pagination, results))
        }
        None => Reply::detail(404, "Invalid page."),
    }
}
