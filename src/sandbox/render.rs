//! Turns stored objects into answers: embedded objects, nothing write-only, and the fields that are worked out (`computed`).
//! Must never change the world.

mod computed;
mod me;

use serde_json::Value;

use super::facts::{Collection, Field, Show, empty};
use super::types::Serial;
use super::world::World;
pub(super) use me::me;

/// What the query asked to be embedded (`include_users=false`, `include_parents=true`, …).
#[derive(Debug, Clone, Copy)]
pub(super) struct Include {
    pub users: bool,
    pub groups: bool,
    pub roles: bool,
    pub parents: bool,
    pub children: bool,
    pub inherited_roles: bool,
}

impl Default for Include {
    fn default() -> Include {
        Include {
            users: true,
            groups: true,
            roles: true,
            parents: false,
            children: false,
            inherited_roles: false,
        }
    }
}

/// Renders the objects of one world.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renderer<'a> {
    pub world: &'a World,
    pub include: Include,
}

impl<'a> Renderer<'a> {
    pub fn new(world: &'a World) -> Renderer<'a> {
        Renderer {
            world,
            include: Include::default(),
        }
    }

    /// An object as its own collection answers it.
    pub fn object(&self, serial: Serial) -> Value {
        match self.world.collection_of(serial) {
            Some(collection) => self.as_collection(serial, collection),
            None => Value::Null,
        }
    }

    /// An object as the given collection answers it: a proxy provider is also listed, with
    /// that model's fields, among the OAuth2 providers it inherits from.
    pub fn as_collection(&self, serial: Serial, collection: &Collection) -> Value {
        let readable = collection
            .fields
            .iter()
            .filter(|(_, field)| !field.write_only);
        let names = readable
            .map(|(name, _)| name)
            .chain(collection.shows.keys());
        self.fields(serial, collection, names)
    }

    fn fields<'n>(
        &self,
        serial: Serial,
        collection: &Collection,
        names: impl Iterator<Item = &'n String>,
    ) -> Value {
        let fields = names.map(|name| (name, self.field(serial, collection, name)));
        // 2025.10 leaves these out where there is no such application.
        let left_out = |name: &str, value: &Value| {
            self.world.facts.is_2025_10()
                && name.starts_with("assigned_backchannel_")
                && value.is_null()
        };
        // The schema has it for groups too; the server never shows it.
        let unshown = |name: &str| name == "source_obj" && collection.fields.contains_key("group");
        let kept = fields.filter(|(name, value)| !left_out(name, value) && !unshown(name));
        Value::Object(kept.map(|(name, value)| (name.clone(), value)).collect())
    }

    /// An object reduced to the fields of a view, as other objects embed it.
    pub fn view(&self, serial: Serial, view: &str) -> Value {
        let (Some(collection), Some(names)) = (
            self.world.collection_of(serial),
            self.world.facts.views.get(view),
        ) else {
            return Value::Null;
        };
        // Policies are embedded with the serializer of their own kind.
        if view == "Policy" {
            return self.object(serial);
        }
        self.fields(serial, collection, names.iter())
    }

    /// An object whose kind the server has not looked up: it answers as the bare ancestor.
    pub fn bare(&self, serial: Serial, view: &str, family: &str) -> Value {
        let mut answer = self.view(serial, view);
        if let (Some(object), Some(family)) = (
            answer.as_object_mut(),
            self.world.facts.polymorphic.get(family),
        ) {
            object.insert("component".into(), "".into());
            object.insert("meta_model_name".into(), family.label.clone().into());
            object.insert("verbose_name".into(), family.verbose.clone().into());
            object.insert("verbose_name_plural".into(), family.plural.clone().into());
            // Each kind has a picture of its own.
            if self.world.facts.is_2025_10() && family.model == "Source" {
                object.insert("icon".into(), Value::Null);
            }
        }
        answer
    }

    fn field(&self, serial: Serial, collection: &Collection, name: &str) -> Value {
        match name {
            "component" => return collection.component.clone().into(),
            "meta_model_name" => return collection.label.clone().into(),
            "verbose_name" => return collection.verbose.clone().into(),
            "verbose_name_plural" => return collection.plural.clone().into(),
            _ => {}
        }
        if let Some(value) = self.computed(serial, collection, name) {
            return value;
        }
        if let Some(related) = name.strip_suffix("_obj") {
            return self.related(serial, collection, name, related);
        }
        let stored = self
            .world
            .get(serial)
            .and_then(|object| object.values.get(name));
        // Policies bind to an id of its ancestor, which is the object's own where it has no other.
        if name == "pbm_uuid" && stored.is_none() {
            return self.world.value(serial, &collection.pk).clone();
        }
        stored
            .cloned()
            .unwrap_or_else(|| match self.shared(collection, name) {
                Some(field) if field.to.is_some() && !field.is_list() => Value::Null,
                Some(field) => field.initial(),
                None => blank(collection, name),
            })
    }

    /// A field of the whole family that this kind does not serve, but has: as another kind knows it.
    fn shared(&self, collection: &Collection, name: &str) -> Option<&'a Field> {
        if collection.fields.contains_key(name) || collection.shows.contains_key(name) {
            return None;
        }
        let others = self.world.facts.collections.values();
        others
            .filter(|other| other.root() == collection.root())
            .find_map(|other| other.fields.get(name))
    }

    /// The embedded object or objects that the sibling field refers to.
    fn related(&self, serial: Serial, collection: &Collection, name: &str, sibling: &str) -> Value {
        let view = collection
            .shows
            .get(name)
            .and_then(|show| show.view.as_deref());
        let model = collection
            .fields
            .get(sibling)
            .and_then(|field| field.to.as_deref());
        let (Some(view), Some(model)) = (view.or_else(|| embedded_view(name)), model) else {
            return blank(collection, name);
        };
        let one = |key: &Value| match self.world.resolve(model, key) {
            // The server does not look up the kinds of these.
            Ok(Some(target))
                if (collection.model == "Outpost" || name.starts_with("backchannel"))
                    && view == "Provider" =>
            {
                Some(self.bare(target, view, "/providers/all/"))
            }
            // Before 2026 the look-up loses the kind that the server happens to try first.
            Ok(Some(target)) if collection.model == "Application" && self.loses_kind(target) => {
                Some(self.bare(target, view, "/providers/all/"))
            }
            Ok(Some(target))
                if collection.model.ends_with("SourceConnection") && view == "Source" =>
            {
                Some(self.bare(target, view, "/sources/all/"))
            }
            Ok(Some(target)) => Some(self.view(target, view)),
            _ => None,
        };
        match self.world.value(serial, sibling) {
            Value::Array(keys) => keys.iter().filter_map(one).collect(),
            key => one(key).unwrap_or(Value::Null),
        }
    }

    fn loses_kind(&self, provider: Serial) -> bool {
        let kind = self
            .world
            .collection_of(provider)
            .map(|collection| collection.model.as_str());
        kind == Some("LDAPProvider") && self.world.facts.release.starts_with("2025.")
    }
}

/// The view of an embedded object that only embedded objects carry.
fn embedded_view(name: &str) -> Option<&'static str> {
    Some(match name {
        "user_obj" => "User",
        "groups_obj" => "PartialGroup",
        "roles_obj" => "Role",
        _ => return None,
    })
}

/// What the server shows for a field that was never set.
fn blank(collection: &Collection, name: &str) -> Value {
    if let Some(field) = collection.fields.get(name) {
        return field.initial();
    }
    match collection.shows.get(name) {
        Some(Show { nullable: true, .. }) | None => Value::Null,
        Some(Show {
            view: Some(_),
            kind,
            ..
        }) if kind.as_deref() != Some("array") => Value::Null,
        Some(show) => empty(show.kind.as_deref()),
    }
}
