//! Turns stored objects into answers: embedded objects, computed fields, nothing write-only.
//! Must never change the world.

use serde_json::{Map, Value, json};

use super::facts::{Collection, Field, Show, empty};
use super::links;
use super::world::{Serial, Values, World, text_of};

const FLOW_BACKGROUND: &str = "/static/dist/assets/images/flow_background.jpg";

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
        Include { users: true, groups: true, roles: true, parents: false, children: false, inherited_roles: false }
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
        Renderer { world, include: Include::default() }
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
        let readable = collection.fields.iter().filter(|(_, field)| !field.write_only);
        let names = readable.map(|(name, _)| name).chain(collection.shows.keys());
        self.fields(serial, collection, names)
    }

    fn fields<'n>(&self, serial: Serial, collection: &Collection, names: impl Iterator<Item = &'n String>) -> Value {
        let fields = names.map(|name| (name, self.field(serial, collection, name)));
        // 2025.10 leaves these out where there is no such application.
        let left_out = |name: &str, value: &Value| {
            self.world.facts.is_2025_10() && name.starts_with("assigned_backchannel_") && value.is_null()
        };
        // The schema has it for groups too; the server never shows it.
        let unshown = |name: &str| name == "source_obj" && collection.fields.contains_key("group");
        let kept = fields.filter(|(name, value)| !left_out(name, value) && !unshown(name));
        Value::Object(kept.map(|(name, value)| (name.clone(), value)).collect())
    }

    /// An object reduced to the fields of a view, as other objects embed it.
    pub fn view(&self, serial: Serial, view: &str) -> Value {
        let (Some(collection), Some(names)) = (self.world.collection_of(serial), self.world.facts.views.get(view))
        else {
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
        if let (Some(object), Some(family)) = (answer.as_object_mut(), self.world.facts.polymorphic.get(family)) {
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
        let stored = self.world.get(serial).and_then(|object| object.values.get(name));
        stored.cloned().unwrap_or_else(|| match self.shared(collection, name) {
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
        others.filter(|other| other.root() == collection.root()).find_map(|other| other.fields.get(name))
    }

    /// The embedded object or objects that the sibling field refers to.
    fn related(&self, serial: Serial, collection: &Collection, name: &str, sibling: &str) -> Value {
        let view = collection.shows.get(name).and_then(|show| show.view.as_deref());
        let model = collection.fields.get(sibling).and_then(|field| field.to.as_deref());
        let (Some(view), Some(model)) = (view.or_else(|| embedded_view(name)), model) else {
            return blank(collection, name);
        };
        let one = |key: &Value| match self.world.resolve(model, key) {
            // The server does not look up the kinds of these.
            Ok(Some(target))
                if (collection.model == "Outpost" || name.starts_with("backchannel")) && view == "Provider" =>
            {
                Some(self.bare(target, view, "/providers/all/"))
            }
            // Before 2026 the look-up loses the kind that the server happens to try first.
            Ok(Some(target)) if collection.model == "Application" && self.loses_kind(target) => {
                Some(self.bare(target, view, "/providers/all/"))
            }
            Ok(Some(target)) if collection.model.ends_with("SourceConnection") && view == "Source" => {
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

    /// Fields that are worked out from other objects; `None` for stored ones.
    fn computed(&self, serial: Serial, collection: &Collection, name: &str) -> Option<Value> {
        match collection.root() {
            "Provider" => self.of_provider(serial, name),
            "Stage" => (name == "flow_set").then(|| self.flows_of_stage(serial)),
            "Policy" if name == "countries_obj" => {
                let codes = self.world.value(serial, "countries").as_array().into_iter().flatten();
                // The names of countries are noise: their codes stand in.
                Some(codes.map(|code| json!({ "code": code, "name": code })).collect())
            }
            "Policy" => (name == "bound_to").then(|| self.bindings_of_policy(serial)),
            "Group" => self.of_group(serial, name),
            "User" => self.of_user(serial, name),
            "Application" => self.of_application(serial, name),
            "Flow" => self.of_flow(serial, name),
            "Source" => self.of_source(serial, collection, name),
            "Outpost" => self.of_outpost(serial, name),
            "CertificateKeyPair" => self.of_certificate(serial, name),
            // Display names of apps and models are noise: the plain names stand in.
            "Permission" => {
                let plain = name.strip_suffix("_verbose")?;
                Some(self.world.value(serial, plain).clone())
            }
            "Prompt" if name == "prompt_stages_obj" => {
                let stages = self.world.referrers(serial, "/stages/prompt/stages/", "fields");
                Some(stages.map(|stage| self.view(stage, "PromptStage")).collect())
            }
            "LifecycleRule" if name == "reviewers_obj" => {
                let wanted = self.world.value(serial, "reviewers").as_array().into_iter().flatten();
                let found = |uuid: &Value| {
                    self.world.members("/core/users/").find(|user| self.world.value(*user, "uuid") == uuid)
                };
                Some(wanted.filter_map(found).map(|user| self.view(user, "PartialUser")).collect())
            }
            "NotificationTransport" if name == "mode_verbose" => {
                let mode = self.world.value(serial, "mode").as_str().unwrap_or_default();
                Some(mode_name(mode).into())
            }
            "Invitation" if name == "created_by" => {
                let user = self.world.resolve("User", self.world.value(serial, "created_by")).ok()??;
                Some(self.view(user, "PartialUser"))
            }
            _ => None,
        }
    }

    fn loses_kind(&self, provider: Serial) -> bool {
        let kind = self.world.collection_of(provider).map(|collection| collection.model.as_str());
        kind == Some("LDAPProvider") && self.world.facts.release.starts_with("2025.")
    }

    fn of_provider(&self, serial: Serial, name: &str) -> Option<Value> {
        let (through, field) = match name {
            "assigned_application_slug" => ("provider", "slug"),
            "assigned_application_name" => ("provider", "name"),
            "assigned_backchannel_application_slug" => ("backchannel_providers", "slug"),
            "assigned_backchannel_application_name" => ("backchannel_providers", "name"),
            "outpost_set" => {
                let outposts = self.world.referrers(serial, "/outposts/instances/", "providers");
                return Some(outposts.map(|outpost| self.world.value(outpost, "name").clone()).collect());
            }
            _ => return links::of_saml(self.world, serial, name),
        };
        let mut applications = self.world.referrers(serial, "/core/applications/", through);
        Some(applications.next().map_or(Value::Null, |app| self.world.value(app, field).clone()))
    }

    fn flows_of_stage(&self, serial: Serial) -> Value {
        let mut flows = Vec::new();
        for binding in self.world.referrers(serial, "/flows/bindings/", "stage") {
            if let Ok(Some(flow)) = self.world.resolve("Flow", self.world.value(binding, "target"))
                && !flows.contains(&flow)
            {
                flows.push(flow);
            }
        }
        flows.into_iter().map(|flow| self.view(flow, "FlowSet")).collect()
    }

    /// Bindings, and the prompt stages that validate with the policy.
    fn bindings_of_policy(&self, serial: Serial) -> Value {
        let counts = |field: &str| matches!(field, "policy" | "validation_policies");
        self.world.all_referrers(serial).filter(|(_, field)| counts(field)).count().into()
    }

    fn of_group(&self, serial: Serial, name: &str) -> Option<Value> {
        let users = || {
            let mut users: Vec<Serial> = self.world.referrers(serial, "/core/users/", "groups").collect();
            users.sort_by_key(|user| self.world.pk_of(*user).as_i64());
            users
        };
        let children = || {
            let referrers = self.world.all_referrers(serial);
            let mut children: Vec<Serial> =
                referrers.filter(|(_, field)| matches!(*field, "parents" | "parent")).map(|(child, _)| child).collect();
            children.dedup();
            children
        };
        Some(match name {
            "users" => users().into_iter().map(|user| self.world.pk_of(user)).collect(),
            "users_obj" if !self.include.users => Value::Null,
            "users_obj" => users().into_iter().map(|user| self.view(user, "PartialUser")).collect(),
            "children" => children().into_iter().map(|child| self.world.pk_of(child)).collect(),
            "children_obj" if !self.include.children => Value::Null,
            "children_obj" => children().into_iter().map(|child| self.view(child, "RelatedGroup")).collect(),
            "parents_obj" if !self.include.parents => Value::Null,
            "inherited_roles_obj" if !self.include.inherited_roles => Value::Null,
            "inherited_roles_obj" => {
                let mut roles: Vec<Value> = Vec::new();
                for group in ancestors(self.world, serial).into_iter().filter(|group| *group != serial) {
                    roles.extend(self.world.value(group, "roles").as_array().into_iter().flatten().cloned());
                }
                let found = roles.iter().filter_map(|role| self.world.resolve("Role", role).ok()?);
                found.map(|role| self.view(role, "Role")).collect()
            }
            "group_uuid" => self.world.pk_of(serial),
            "parent_name" => {
                let parent = self.world.resolve("Group", self.world.value(serial, "parent")).ok().flatten();
                parent.map_or(Value::Null, |parent| self.world.value(parent, "name").clone())
            }
            _ => return None,
        })
    }

    fn of_user(&self, serial: Serial, name: &str) -> Option<Value> {
        match name {
            "is_superuser" => Some(is_superuser(self.world, serial).into()),
            "groups_obj" if !self.include.groups => Some(Value::Null),
            "roles_obj" if !self.include.roles => Some(Value::Null),
            "avatar" => Some("".into()),
            _ => None,
        }
    }

    fn of_application(&self, serial: Serial, name: &str) -> Option<Value> {
        let stored = |field: &str| self.world.value(serial, field);
        match name {
            "launch_url" => Some(links::launch_url(self.world, serial)),
            "meta_icon_url" => Some(if *stored("meta_icon") == "" { Value::Null } else { stored("meta_icon").clone() }),
            _ => None,
        }
    }

    fn of_flow(&self, serial: Serial, name: &str) -> Option<Value> {
        let world = self.world;
        let distinct = |keys: Vec<Value>| {
            let mut seen: Vec<Value> = Vec::new();
            for key in keys {
                if !seen.contains(&key) {
                    seen.push(key);
                }
            }
            Value::Array(seen)
        };
        Some(match name {
            "background_url" => match world.value(serial, "background").as_str() {
                None | Some("") => FLOW_BACKGROUND.into(),
                Some(path) => path.into(),
            },
            // 2025.10 answers with the address itself; the field cannot be written there.
            "background" if world.facts.is_2025_10() => FLOW_BACKGROUND.into(),
            "cache_count" => 0.into(),
            "export_url" => {
                let slug = text_of(world.value(serial, "slug"));
                format!("/api/v3/flows/instances/{slug}/export/").into()
            }
            "stages" => {
                let bindings = world.referrers(serial, "/flows/bindings/", "target");
                distinct(bindings.map(|binding| world.value(binding, "stage").clone()).collect())
            }
            "policies" => {
                let bindings = world.referrers(serial, "/policies/bindings/", "target");
                let policies = bindings.map(|binding| world.value(binding, "policy").clone());
                distinct(policies.filter(|policy| !policy.is_null()).collect())
            }
            _ => return None,
        })
    }

    fn of_source(&self, serial: Serial, collection: &Collection, name: &str) -> Option<Value> {
        let slug = || text_of(self.world.value(serial, "slug"));
        let kind = || text_of(self.world.value(serial, "provider_type"));
        let static_icon = || match collection.model.as_str() {
            "OAuthSource" => format!("/static/authentik/sources/{}.svg", kind()),
            "PlexSource" => "/static/authentik/sources/plex.svg".into(),
            "TelegramSource" => "/static/authentik/sources/telegram.svg".into(),
            "Source" => String::new(),
            model => format!("/static/authentik/sources/{}.png", model.trim_end_matches("Source").to_lowercase()),
        };
        match (name, collection.model.as_str()) {
            ("icon", "Source") if self.world.facts.is_2025_10() => Some(Value::Null),
            ("icon", _) if self.world.facts.is_2025_10() => Some(static_icon().into()),
            ("icon_url", "Source") => Some(Value::Null),
            ("icon_url", _) => Some(match self.world.value(serial, "icon").as_str() {
                None | Some("") => static_icon().into(),
                Some(icon) => icon.into(),
            }),
            ("callback_url", "OAuthSource") => Some(format!("/source/oauth/callback/{}/", slug()).into()),
            ("type", "OAuthSource") => Some(super::sources::source_type(&kind())),
            ("root_url", "SCIMSource") => Some(format!("/source/scim/{}/v2", slug()).into()),
            ("token_obj", "SCIMSource") => {
                let pk = text_of(&self.world.pk_of(serial));
                let token = self.world.holder("Token.identifier", &format!("ak-source-scim-{pk}").into())?;
                Some(self.view(token, "Token"))
            }
            _ => None,
        }
    }

    fn of_outpost(&self, serial: Serial, name: &str) -> Option<Value> {
        match name {
            "token_identifier" => Some(format!("ak-outpost-{}-api", text_of(&self.world.pk_of(serial))).into()),
            "refresh_interval_s" => Some(300.into()),
            _ => None,
        }
    }

    fn of_certificate(&self, serial: Serial, name: &str) -> Option<Value> {
        let url = |what: &str| {
            let pk = text_of(&self.world.pk_of(serial));
            Value::from(format!("/api/v3/crypto/certificatekeypairs/{pk}/{what}/?download"))
        };
        match name {
            "certificate_download_url" => Some(url("view_certificate")),
            "private_key_download_url" => Some(url("view_private_key")),
            _ => None,
        }
    }
}

/// A group and all groups above it; a cycle, which the server permits, ends the climb.
pub(super) fn ancestors(world: &World, group: Serial) -> Vec<Serial> {
    let mut found = vec![group];
    let mut at = 0;
    while let Some(group) = found.get(at).copied() {
        at += 1;
        let parents = world.value(group, "parents").as_array().cloned().unwrap_or_default();
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
    groups_of(world, user).iter().any(|group| *world.value(*group, "is_superuser") == true)
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
        Some(Show { view: Some(_), kind, .. }) if kind.as_deref() != Some("array") => Value::Null,
        Some(show) => empty(show.kind.as_deref()),
    }
}

fn mode_name(mode: &str) -> &'static str {
    match mode {
        "local" => "authentik inbuilt notifications",
        "webhook" => "Generic Webhook",
        "webhook_slack" => "Slack Webhook (Slack/Discord)",
        _ => "Email",
    }
}

/// A user as `/core/users/me/` answers it.
pub(super) fn me(world: &World, user: Serial) -> Value {
    let brief = |field: &str, model: &str| -> Value {
        let keys = world.value(user, field).as_array().into_iter().flatten();
        let found = keys.filter_map(|key| world.resolve(model, key).ok().flatten());
        found.map(|it| json!({ "name": world.value(it, "name"), "pk": world.pk_of(it) })).collect()
    };
    let mut me: Values = Map::new();
    for name in ["email", "is_active", "name", "type", "uid", "username"] {
        me.insert(name.into(), world.value(user, name).clone());
    }
    let superuser = is_superuser(world, user);
    me.insert("avatar".into(), "".into());
    me.insert("groups".into(), brief("groups", "Group"));
    me.insert("is_superuser".into(), superuser.into());
    me.insert("pk".into(), world.pk_of(user));
    if !world.facts.is_2025_10() {
        me.insert("roles".into(), brief("roles", "Role"));
    }
    me.insert("settings".into(), json!({}));
    let permissions: Vec<&str> = if superuser { SYSTEM_PERMISSIONS.to_vec() } else { Vec::new() };
    me.insert("system_permissions".into(), permissions.into());
    json!({ "user": me })
}

const SYSTEM_PERMISSIONS: [&str; 4] =
    ["access_admin_interface", "edit_system_settings", "view_system_info", "view_system_settings"];
