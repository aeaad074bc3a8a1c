//! Filters and search: which objects of a list a query asks for. Here are the filters that are more than a field.
//! Must never change the world.

use serde_json::Value;

use super::fields::OnField;
use super::values::joined;
use crate::sandbox::facts::Collection;
use crate::sandbox::groups::is_superuser;
use crate::sandbox::ids::canonical_uuid;
use crate::sandbox::list::values::{holds_any, is, keep, no_choice, no_such_choice};
use crate::sandbox::permissions;
use crate::sandbox::types::{Errors, Query, Serial, last};
use crate::sandbox::world::{World, text_of};

/// Stands among the fields of a search that the server fails at whatever is looked for.
const CRASHES: &str = "(crashes)";

/// Keeps the objects that every known filter of the query accepts; unknown keys are ignored. The error is the server's
/// refusal, an empty one its failure.
pub(in crate::sandbox) fn filter(
    world: &World,
    collection: &Collection,
    filters: &[String],
    query: &Query,
    objects: Vec<Serial>,
) -> Result<Vec<Serial>, Errors> {
    let needle = last(query, "search").filter(|needle| !needle.is_empty());
    if needle.is_some() && collection.search.iter().any(|field| field == CRASHES) {
        return Err(Errors::new());
    }
    let mut kept = objects;
    for (name, wanted) in query {
        if !filters.contains(name) || wanted.is_empty() || name.starts_with("include_") {
            continue;
        }
        if asks(collection, name, wanted) {
            kept = Asked {
                world,
                collection,
                query,
                name,
                wanted,
            }
            .filter(kept)?;
        }
    }
    Ok(match needle {
        Some(needle) => found(world, collection, needle, kept),
        None => kept,
    })
}

/// Whether a value asks for something: for a flag, what is neither true nor false does not.
fn asks(collection: &Collection, name: &str, wanted: &str) -> bool {
    let word = wanted.to_lowercase();
    let number =
        ["1", "0"].contains(&word.as_str()) && collection.flags.as_deref() != Some("words");
    !is_flag(collection, name) || number || ["true", "false"].contains(&word.as_str())
}

/// The objects that have every word of a search in one of the fields that are searched.
fn found(
    world: &World,
    collection: &Collection,
    needle: &str,
    objects: Vec<Serial>,
) -> Vec<Serial> {
    let needle = needle.to_lowercase();
    let words: Vec<&str> = needle.split_whitespace().collect();
    let mut fields: Vec<&str> = collection.search.iter().map(String::as_str).collect();
    if fields.is_empty() {
        let shown = collection.shows.keys().map(String::as_str);
        fields.extend(shown.filter(|name| ["name", "slug"].contains(name)));
    }
    keep(objects, |object| {
        let mut texts: Vec<String> = Vec::new();
        for field in &fields {
            let values = joined(world, object, field);
            texts.extend(
                values
                    .into_iter()
                    .map(|value| text_of(value).to_lowercase()),
            );
        }
        words
            .iter()
            .all(|word| texts.iter().any(|text| text.contains(word)))
    })
}

/// One filter of a query.
struct Asked<'a> {
    world: &'a World,
    collection: &'a Collection,
    query: &'a Query,
    name: &'a str,
    wanted: &'a str,
}

impl Asked<'_> {
    fn filter(&self, objects: Vec<Serial>) -> Result<Vec<Serial>, Errors> {
        let Asked {
            world,
            collection,
            name,
            wanted,
            ..
        } = *self;
        match name {
            "target_in" => {
                let targets = self.targets()?;
                return Ok(keep(objects, |object| {
                    targets.contains(world.value(object, "target"))
                }));
            }
            // The filter wants the binding id, though answers and bodies carry the object's own key.
            "target" if collection.root() == "PolicyBinding" => {
                let Some(target) = world.by_binding_id(wanted) else {
                    return Err(no_such_choice(name));
                };
                let pk = world.pk_of(target);
                return Ok(keep(objects, |object| *world.value(object, "target") == pk));
            }
            "groups_by_name" => return self.by_member("Group", "name", "groups", objects),
            "groups_by_pk" => return self.by_member("Group", "pk", "groups", objects),
            "roles_by_name" => return self.by_member("Role", "name", "roles", objects),
            "roles_by_pk" => return self.by_member("Role", "pk", "roles", objects),
            "members_by_pk" => return Ok(self.with_member("pk", objects)),
            "members_by_username" => return Ok(self.with_member("username", objects)),
            // Only what some object has can be asked for.
            "managed" if collection.root() == "PropertyMapping" => {
                let has = |object: Serial| *world.value(object, "managed") == wanted;
                let all = world.instances(&collection.model);
                if !all.into_iter().any(has) {
                    return Err(no_choice(name, wanted));
                }
                return Ok(keep(objects, has));
            }
            _ => {}
        }
        match self.test() {
            Some(test) => Ok(keep(objects, test)),
            None => OnField::new(world, collection, name, &self.values()).filter(objects),
        }
    }

    /// What the filter asks of each object by itself, if it is more than a field.
    fn test(&self) -> Option<Box<dyn Fn(Serial) -> bool + '_>> {
        let Asked {
            world,
            collection,
            name,
            wanted,
            ..
        } = *self;
        let text = move |object, field: &str| text_of(world.value(object, field));
        Some(match name {
            "path_startswith" => Box::new(move |object| text(object, "path").starts_with(wanted)),
            "is_superuser" if collection.model == "User" => {
                Box::new(move |object| is(is_superuser(world, object), wanted))
            }
            "pbm_uuid" if collection.binding_id() == Some("pbm_uuid") => {
                let id = canonical_uuid(wanted);
                Box::new(move |object| Some(text_of(world.binding_id(object))) == id)
            }
            "flow_uuid" | "pbm_uuid" | "brand_uuid" | "kp_uuid" | "stage_uuid" => {
                let id = canonical_uuid(wanted);
                Box::new(move |object| Some(text_of(&world.pk_of(object))) == id)
            }
            "role" if collection.model == "Permission" => {
                Box::new(move |permission| permissions::holds(world, wanted, permission))
            }
            "application__isnull" => Box::new(move |object| {
                let mut users = world.referrers(object, "/core/applications/", "provider");
                is(users.next().is_none(), wanted)
            }),
            "content_type__app_label" => {
                Box::new(move |object| *world.value(object, "app_label") == wanted)
            }
            "content_type__model" => {
                Box::new(move |object| *world.value(object, "model") == wanted)
            }
            "object_type__app_label" => Box::new(move |object| {
                let label = text(object, "object_type");
                label.split_once('.').unwrap_or_default().0 == wanted
            }),
            "object_type__model" => Box::new(move |object| {
                let label = text(object, "object_type");
                label.split_once('.').unwrap_or_default().1 == wanted
            }),
            "backchannel" => Box::new(move |object| {
                let collection = world.collection_of(object);
                let is_backchannel = collection.is_some_and(|it| it.is_a("BackchannelProvider"));
                is(is_backchannel, wanted)
            }),
            _ => return None,
        })
    }

    /// Every value that the query has for the filter.
    fn values(&self) -> Vec<&str> {
        self.query
            .iter()
            .filter(|(key, _)| key == self.name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The objects that the binding ids stand for.
    fn targets(&self) -> Result<Vec<Value>, Errors> {
        let target = |id: &str| {
            self.world
                .by_binding_id(id)
                .map(|target| self.world.pk_of(target))
        };
        self.values()
            .into_iter()
            .map(|id| target(id).ok_or_else(|| no_choice(self.name, id)))
            .collect()
    }

    /// Objects that have one of some groups or roles in a list of theirs.
    fn by_member(
        &self,
        model: &str,
        by: &str,
        list: &str,
        objects: Vec<Serial>,
    ) -> Result<Vec<Serial>, Errors> {
        let wanted = self.values();
        let all = self.world.instances(model).into_iter();
        let meant =
            all.filter(|serial| wanted.contains(&text_of(self.world.value(*serial, by)).as_str()));
        let ids: Vec<Value> = meant.map(|serial| self.world.pk_of(serial)).collect();
        match ids.is_empty() {
            true => Err(no_such_choice(self.name)),
            false => Ok(keep(objects, |object| {
                holds_any(self.world.value(object, list), &ids)
            })),
        }
    }

    /// Groups that a user is in.
    fn with_member(&self, by: &str, objects: Vec<Serial>) -> Vec<Serial> {
        let world = self.world;
        let users: Vec<Serial> = world
            .members("/core/users/")
            .filter(|user| text_of(world.value(*user, by)) == self.wanted)
            .collect();
        keep(objects, |object| {
            users
                .iter()
                .any(|user| holds_any(world.value(*user, "groups"), &[world.pk_of(object)]))
        })
    }
}

fn is_flag(collection: &Collection, name: &str) -> bool {
    name.ends_with("__isnull")
        || collection
            .fields
            .get(name)
            .is_some_and(|field| field.kind.as_deref() == Some("boolean"))
}
