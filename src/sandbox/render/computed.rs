//! Fields of answers that are worked out from other objects: one function for each family of kinds that has some.
//! Must never change the world.

use serde_json::{Value, json};

use super::Renderer;
use crate::sandbox::facts::Collection;
use crate::sandbox::groups::{ancestors, is_superuser};
use crate::sandbox::links;
use crate::sandbox::sources::source_type;
use crate::sandbox::types::Serial;
use crate::sandbox::world::text_of;

/// The picture behind a flow that has none of its own.
const FLOW_BACKGROUND: &str = "/static/dist/assets/images/flow_background.jpg";

impl Renderer<'_> {
    /// Fields that are worked out from other objects; `None` for stored ones.
    pub(super) fn computed(
        &self,
        serial: Serial,
        collection: &Collection,
        name: &str,
    ) -> Option<Value> {
        match collection.root() {
            "Provider" => self.of_provider(serial, name),
            "Stage" => (name == "flow_set").then(|| self.flows_of_stage(serial)),
            "Policy" if name == "countries_obj" => {
                let codes = self
                    .world
                    .value(serial, "countries")
                    .as_array()
                    .into_iter()
                    .flatten();
                // The names of countries are noise: their codes stand in.
                Some(
                    codes
                        .map(|code| json!({ "code": code, "name": code }))
                        .collect(),
                )
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
                let stages = self
                    .world
                    .referrers(serial, "/stages/prompt/stages/", "fields");
                Some(
                    stages
                        .map(|stage| self.view(stage, "PromptStage"))
                        .collect(),
                )
            }
            "LifecycleRule" if name == "reviewers_obj" => {
                let wanted = self
                    .world
                    .value(serial, "reviewers")
                    .as_array()
                    .into_iter()
                    .flatten();
                let found = |uuid: &Value| {
                    self.world
                        .members("/core/users/")
                        .find(|user| self.world.value(*user, "uuid") == uuid)
                };
                Some(
                    wanted
                        .filter_map(found)
                        .map(|user| self.view(user, "PartialUser"))
                        .collect(),
                )
            }
            "NotificationTransport" if name == "mode_verbose" => {
                let mode = self
                    .world
                    .value(serial, "mode")
                    .as_str()
                    .unwrap_or_default();
                Some(mode_name(mode).into())
            }
            "Invitation" if name == "created_by" => {
                let user = self
                    .world
                    .resolve("User", self.world.value(serial, "created_by"))
                    .ok()??;
                Some(self.view(user, "PartialUser"))
            }
            _ => None,
        }
    }

    fn of_provider(&self, serial: Serial, name: &str) -> Option<Value> {
        let (through, field) = match name {
            "assigned_application_slug" => ("provider", "slug"),
            "assigned_application_name" => ("provider", "name"),
            "assigned_backchannel_application_slug" => ("backchannel_providers", "slug"),
            "assigned_backchannel_application_name" => ("backchannel_providers", "name"),
            "outpost_set" => {
                let outposts = self
                    .world
                    .referrers(serial, "/outposts/instances/", "providers");
                return Some(
                    outposts
                        .map(|outpost| self.world.value(outpost, "name").clone())
                        .collect(),
                );
            }
            _ => return links::of_saml(self.world, serial, name),
        };
        let mut applications = self.world.referrers(serial, "/core/applications/", through);
        Some(
            applications
                .next()
                .map_or(Value::Null, |app| self.world.value(app, field).clone()),
        )
    }

    fn flows_of_stage(&self, serial: Serial) -> Value {
        let mut flows = Vec::new();
        for binding in self.world.referrers(serial, "/flows/bindings/", "stage") {
            if let Ok(Some(flow)) = self
                .world
                .resolve("Flow", self.world.value(binding, "target"))
                && !flows.contains(&flow)
            {
                flows.push(flow);
            }
        }
        flows
            .into_iter()
            .map(|flow| self.view(flow, "FlowSet"))
            .collect()
    }

    /// Bindings, and the prompt stages that validate with the policy.
    fn bindings_of_policy(&self, serial: Serial) -> Value {
        let counts = |field: &str| matches!(field, "policy" | "validation_policies");
        self.world
            .all_referrers(serial)
            .filter(|(_, field)| counts(field))
            .count()
            .into()
    }

    fn of_group(&self, serial: Serial, name: &str) -> Option<Value> {
        let include = &self.include;
        Some(match name {
            "users" => self.keys(&self.users_of(serial)),
            "users_obj" if include.users => self.views(&self.users_of(serial), "PartialUser"),
            "children" => self.keys(&self.children_of(serial)),
            "children_obj" if include.children => {
                self.views(&self.children_of(serial), "RelatedGroup")
            }
            "inherited_roles_obj" if include.inherited_roles => {
                self.views(&self.inherited_roles(serial), "Role")
            }
            "parents_obj" if include.parents => return None,
            "users_obj" | "children_obj" | "parents_obj" | "inherited_roles_obj" => Value::Null,
            "group_uuid" => self.world.pk_of(serial),
            "parent_name" => {
                let parent = self.world.value(serial, "parent");
                match self.world.resolve("Group", parent) {
                    Ok(Some(parent)) => self.world.value(parent, "name").clone(),
                    _ => Value::Null,
                }
            }
            _ => return None,
        })
    }

    fn keys(&self, objects: &[Serial]) -> Value {
        let keys = objects.iter().map(|object| self.world.pk_of(*object));
        keys.collect()
    }

    fn views(&self, objects: &[Serial], view: &str) -> Value {
        let views = objects.iter().map(|object| self.view(*object, view));
        views.collect()
    }

    /// The members of a group, by their ids.
    fn users_of(&self, group: Serial) -> Vec<Serial> {
        let members = self.world.referrers(group, "/core/users/", "groups");
        let mut users: Vec<Serial> = members.collect();
        users.sort_by_key(|user| self.world.pk_of(*user).as_i64());
        users
    }

    /// The groups directly below a group.
    fn children_of(&self, group: Serial) -> Vec<Serial> {
        let mut children = Vec::new();
        for (child, field) in self.world.all_referrers(group) {
            if ["parents", "parent"].contains(&field) {
                children.push(child);
            }
        }
        children.dedup();
        children
    }

    /// The roles of all groups above a group.
    fn inherited_roles(&self, group: Serial) -> Vec<Serial> {
        let mut roles = Vec::new();
        for above in ancestors(self.world, group) {
            if above == group {
                continue;
            }
            let keys = self.world.value(above, "roles").as_array();
            for key in keys.into_iter().flatten() {
                roles.extend(self.world.resolve("Role", key).ok().flatten());
            }
        }
        roles
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
            "meta_icon_url" => Some(if *stored("meta_icon") == "" {
                Value::Null
            } else {
                stored("meta_icon").clone()
            }),
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
                distinct(
                    bindings
                        .map(|binding| world.value(binding, "stage").clone())
                        .collect(),
                )
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
            model => format!(
                "/static/authentik/sources/{}.png",
                model.trim_end_matches("Source").to_lowercase()
            ),
        };
        match (name, collection.model.as_str()) {
            ("icon", "Source") if self.world.facts.is_2025_10() => Some(Value::Null),
            ("icon", _) if self.world.facts.is_2025_10() => Some(static_icon().into()),
            ("icon_url", "Source") => Some(Value::Null),
            ("icon_url", _) => Some(match self.world.value(serial, "icon").as_str() {
                None | Some("") => static_icon().into(),
                Some(icon) => icon.into(),
            }),
            ("callback_url", "OAuthSource") => {
                Some(format!("/source/oauth/callback/{}/", slug()).into())
            }
            ("type", "OAuthSource") => Some(source_type(&kind())),
            ("root_url", "SCIMSource") => Some(format!("/source/scim/{}/v2", slug()).into()),
            ("token_obj", "SCIMSource") => {
                let pk = text_of(&self.world.pk_of(serial));
                let token = self
                    .world
                    .holder("Token.identifier", &format!("ak-source-scim-{pk}").into())?;
                Some(self.view(token, "Token"))
            }
            _ => None,
        }
    }

    fn of_outpost(&self, serial: Serial, name: &str) -> Option<Value> {
        match name {
            "token_identifier" => {
                Some(format!("ak-outpost-{}-api", text_of(&self.world.pk_of(serial))).into())
            }
            "refresh_interval_s" => Some(300.into()),
            _ => None,
        }
    }

    fn of_certificate(&self, serial: Serial, name: &str) -> Option<Value> {
        let url = |what: &str| {
            let pk = text_of(&self.world.pk_of(serial));
            Value::from(format!(
                "/api/v3/crypto/certificatekeypairs/{pk}/{what}/?download"
            ))
        };
        match name {
            "certificate_download_url" => Some(url("view_certificate")),
            "private_key_download_url" => Some(url("view_private_key")),
            _ => None,
        }
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
