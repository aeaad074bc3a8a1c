//! From the fields of objects, by address, to a world: the only place here that knows what fields are called.

use std::collections::BTreeMap;

use super::policy;
use super::world::{
    Brand, Creates, Flow, Gate, Policy, Requirement, Source, Stage, Step, Without, World,
};
use crate::access::{self, Binding, Fields, GROUP, Mode, Name, POLICY, Subject, USER};
use crate::live::Live;
use crate::schema::{Kind, Release};
use crate::value::{Address, Value};

/// The family of flows.
pub const FLOW: &str = "flow";
/// The family of stages.
pub const STAGE: &str = "stage";
/// The family of what puts a stage into a flow.
pub const STAGE_BINDING: &str = "flow_stage_binding";
/// The family of what binds users, groups and policies.
pub const POLICY_BINDING: &str = "policy_binding";
/// The family of brands.
pub const BRAND: &str = "brand";
/// The family of sources.
pub const SOURCE: &str = "source";
/// The family of providers.
pub const PROVIDER: &str = "provider";

/// An object: what it is called, its kind and its fields.
pub type Item<'a> = (&'a Address, &'static Kind, &'a Fields);

impl World {
    /// What live objects mean for signing in.
    pub fn of_live(live: &Live) -> World {
        let items = live
            .objects
            .iter()
            .map(|(address, found)| (address, found.kind, &*found.fields));
        let mut world = World::of(live.release, items);
        world.unread = live.unreadable.clone();
        world
    }

    /// What some objects mean for signing in, whatever else is among them.
    pub fn of<'a>(release: Release, items: impl Iterator<Item = Item<'a>> + Clone) -> World {
        let people = items.clone().filter(|(at, ..)| {
            matches!(at.family, USER | GROUP | POLICY) || access::World::depends_on(at.family)
        });
        let mut world = World {
            people: access::World::of(release, people.map(|(at, _, fields)| (at, fields))),
            ..World::empty(release)
        };
        let mut steps: BTreeMap<&Address, (Name, Step)> = BTreeMap::new();
        let mut bound: Vec<(&Address, Binding)> = Vec::new();
        for (at, kind, fields) in items {
            match at.family {
                STAGE_BINDING => drop(step(fields).map(|found| steps.insert(at, found))),
                POLICY_BINDING => bound.extend(binding(fields)),
                _ => world.take(at, kind, fields),
            }
        }
        world.join(steps, bound);
        world
    }

    /// Whether objects of a family can make a difference to signing in.
    pub fn depends_on(family: &str) -> bool {
        matches!(
            family,
            FLOW | STAGE
                | STAGE_BINDING
                | POLICY_BINDING
                | BRAND
                | SOURCE
                | PROVIDER
                | POLICY
                | USER
                | GROUP
        )
    }

    /// Takes in an object that stands for itself.
    fn take(&mut self, at: &Address, kind: &'static Kind, fields: &Fields) {
        let Some(name) = at.name().map(Name::from) else {
            return;
        };
        match at.family {
            USER if text(fields, "type").is_some_and(|it| it.contains("service_account")) => {
                self.machines.insert(name);
            }
            GROUP if flag(fields, "is_superuser", false) => {
                self.superuser_groups.insert(name);
            }
            BRAND => {
                let brand = Brand {
                    default: flag(fields, "default", false),
                    authentication: reference(fields, "flow_authentication"),
                    recovery: reference(fields, "flow_recovery"),
                };
                self.brands.insert(name, brand);
            }
            FLOW => drop(self.flows.insert(name, flow(fields))),
            STAGE => drop(self.stages.insert(name, stage(kind.name, fields))),
            POLICY => {
                let answer = match kind.name {
                    "policy_expression" => text(fields, "expression").map(policy::known),
                    "policy_reputation" => Some(reputation(fields)),
                    "policy_dummy" => Some(Policy::Always(flag(fields, "result", false))),
                    _ => None,
                };
                self.policies
                    .insert(name, answer.unwrap_or(Policy::ByServer));
            }
            SOURCE => {
                let source = Source {
                    kind: kind.name,
                    enabled: flag(fields, "enabled", true),
                    matching: text(fields, "user_matching_mode")
                        .unwrap_or("identifier")
                        .to_owned(),
                    authentication: reference(fields, "authentication_flow"),
                    enrollment: reference(fields, "enrollment_flow"),
                };
                self.sources.insert(name, source);
            }
            PROVIDER => self
                .provider_flows
                .extend(reference(fields, "authentication_flow")),
            _ => {}
        }
    }

    /// Puts stages and bindings where they belong.
    fn join(
        &mut self,
        mut steps: BTreeMap<&Address, (Name, Step)>,
        bound: Vec<(&Address, Binding)>,
    ) {
        for (target, binding) in bound {
            match target.family {
                FLOW => {
                    let flow = target.name().and_then(|slug| self.flows.get_mut(slug));
                    if let Some(flow) = flow {
                        flow.gate.bindings.push(binding);
                    }
                }
                STAGE_BINDING => {
                    if let Some((_, step)) = steps.get_mut(target) {
                        step.gate.bindings.push(binding);
                    }
                }
                _ => {}
            }
        }
        for (slug, step) in steps.into_values() {
            if let Some(flow) = self.flows.get_mut(&slug) {
                flow.steps.push(step);
            }
        }
        for flow in self.flows.values_mut() {
            flow.steps
                .sort_by(|a, b| (a.order, &a.stage).cmp(&(b.order, &b.stage)));
            let gates = flow.steps.iter_mut().map(|step| &mut step.gate);
            for gate in gates.chain(std::iter::once(&mut flow.gate)) {
                gate.bindings
                    .sort_by(|a, b| (a.order, &a.subject).cmp(&(b.order, &b.subject)));
            }
        }
    }
}

fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_text)
}

fn flag(fields: &Fields, name: &str, usual: bool) -> bool {
    match fields.get(name) {
        Some(Value::Bool(flag)) => *flag,
        _ => usual,
    }
}

fn int(fields: &Fields, name: &str, usual: i64) -> i64 {
    match fields.get(name) {
        Some(Value::Int(number)) => *number,
        _ => usual,
    }
}

/// The name of what a field refers to; what could not be read goes by its id.
fn reference(fields: &Fields, name: &str) -> Option<Name> {
    named(fields.get(name)?)
}

fn named(value: &Value) -> Option<Name> {
    match value {
        Value::Ref(address) => address.name().map(Name::from),
        Value::Unknown(id) => Some(id.clone()),
        _ => None,
    }
}

/// The items of a list or set.
fn items<'a>(fields: &'a Fields, name: &str) -> Vec<&'a Value> {
    match fields.get(name) {
        Some(Value::Set(set)) => set.iter().collect(),
        Some(Value::List(list)) => list.iter().collect(),
        _ => Vec::new(),
    }
}

fn words(fields: &Fields, name: &str) -> Vec<String> {
    let items = items(fields, name);
    items
        .into_iter()
        .filter_map(|item| item.as_text().map(str::to_owned))
        .collect()
}

fn mode(fields: &Fields) -> Mode {
    match text(fields, "policy_engine_mode") {
        Some("all") => Mode::All,
        _ => Mode::Any,
    }
}

fn flow(fields: &Fields) -> Flow {
    let requires = match text(fields, "authentication") {
        None | Some("none" | "require_unauthenticated") => Requirement::Visitors,
        Some(other) => Requirement::Others(other.to_owned()),
    };
    Flow {
        designation: text(fields, "designation").unwrap_or_default().to_owned(),
        requires,
        gate: Gate {
            mode: mode(fields),
            bindings: Vec::new(),
        },
        steps: Vec::new(),
        complete: true,
    }
}

/// A stage in its flow.
fn step(fields: &Fields) -> Option<(Name, Step)> {
    let flow = reference(fields, "target")?;
    let stage = match fields.get("stage") {
        Some(Value::Ref(address)) => address.name().map(Name::from),
        _ => None,
    };
    let step = Step {
        order: int(fields, "order", 0),
        stage,
        on_plan: flag(fields, "evaluate_on_plan", false),
        on_reach: flag(fields, "re_evaluate_policies", true),
        gate: Gate {
            mode: mode(fields),
            bindings: Vec::new(),
        },
    };
    Some((flow, step))
}

fn binding(fields: &Fields) -> Option<(&Address, Binding)> {
    let Some(Value::Ref(target)) = fields.get("target") else {
        return None;
    };
    let subject = [POLICY, GROUP, USER].into_iter().find_map(|family| {
        let name = named(fields.get(family)?)?;
        Some(match (family, fields.get(family)?) {
            (family, Value::Unknown(_)) => Subject::Unknown(family, name),
            (POLICY, _) => Subject::Policy(name),
            (GROUP, _) => Subject::Group(name),
            _ => Subject::User(name),
        })
    })?;
    let binding = Binding {
        subject,
        enabled: flag(fields, "enabled", true),
        negate: flag(fields, "negate", false),
        order: int(fields, "order", 0),
    };
    Some((target, binding))
}

/// A reputation policy passes for those whose score is at most the threshold. The score of a name begins at 0; that of an
/// address depends on who used it before.
fn reputation(fields: &Fields) -> Policy {
    let by_address = flag(fields, "check_ip", true);
    let by_name = flag(fields, "check_username", true);
    match (by_address, by_name) {
        (false, true) => Policy::NameReputation(0 <= int(fields, "threshold", -5)),
        _ => Policy::ByServer,
    }
}

/// What a stage of a kind does.
fn stage(kind: &str, fields: &Fields) -> Stage {
    match kind {
        "stage_identification" => Stage::Identification {
            typed: !words(fields, "user_fields").is_empty(),
            password: reference(fields, "password_stage"),
            captcha: reference(fields, "captcha_stage").is_some(),
            passkey: reference(fields, "webauthn_stage").is_some(),
            remembers: !flag(fields, "show_matched_user", true),
            enrollment: reference(fields, "enrollment_flow"),
            recovery: reference(fields, "recovery_flow"),
            passwordless: reference(fields, "passwordless_flow"),
            sources: items(fields, "sources")
                .into_iter()
                .filter_map(named)
                .collect(),
        },
        "stage_password" => Stage::Password {
            backends: words(fields, "backends"),
        },
        "stage_authenticator_validate" => Stage::SecondFactor {
            without: without(fields),
            passkey: words(fields, "device_classes")
                .iter()
                .any(|class| class == "webauthn"),
        },
        "stage_user_login" => Stage::Login {
            asks: match fields.get("remember_me_offset") {
                Some(Value::Duration(offset)) => offset.micros() > 0,
                _ => false,
            },
        },
        "stage_deny" => Stage::Deny {
            message: text(fields, "deny_message").unwrap_or_default().to_owned(),
        },
        "stage_email" => Stage::Email {
            activates: flag(fields, "activate_user_on_success", false),
        },
        "stage_invitation" => Stage::Invitation {
            optional: flag(fields, "continue_flow_without_invitation", false),
        },
        "stage_prompt" => Stage::Prompt,
        "stage_user_write" => Stage::Write {
            creates: match text(fields, "user_creation_mode") {
                Some("never_create") => Creates::Never,
                Some("always_create") => Creates::Always,
                _ => Creates::WhenRequired,
            },
            inactive: flag(fields, "create_users_as_inactive", false),
        },
        "stage_user_delete" => Stage::Delete,
        "stage_user_logout" => Stage::Logout,
        "stage_redirect" => Stage::Redirect(match text(fields, "mode") {
            Some("flow") => reference(fields, "target_flow"),
            _ => None,
        }),
        "stage_source" => Stage::Source,
        "stage_mtls" => Stage::Certificate {
            optional: text(fields, "mode") != Some("required"),
        },
        "stage_consent" => Stage::Page("ak-stage-consent"),
        "stage_captcha" => Stage::Page("ak-stage-captcha"),
        "stage_dummy" => Stage::Page("ak-stage-dummy"),
        "stage_authenticator_duo" => Stage::Setup("ak-stage-authenticator-duo"),
        "stage_authenticator_email" => Stage::Setup("ak-stage-authenticator-email"),
        "stage_authenticator_sms" => Stage::Setup("ak-stage-authenticator-sms"),
        "stage_authenticator_static" => Stage::Setup("ak-stage-authenticator-static"),
        "stage_authenticator_totp" => Stage::Setup("ak-stage-authenticator-totp"),
        "stage_authenticator_webauthn" => Stage::Setup("ak-stage-authenticator-webauthn"),
        _ => Stage::Unknown,
    }
}

fn without(fields: &Fields) -> Without {
    match text(fields, "not_configured_action") {
        Some("deny") => Without::Denies,
        Some("configure") if items(fields, "configuration_stages").is_empty() => Without::Stuck,
        Some("configure") => Without::Configures,
        _ => Without::Skips,
    }
}
