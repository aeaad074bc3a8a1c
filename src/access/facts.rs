//! From the fields of objects, by address, to a world: the only place here that knows what fields are called.
//!
//! What guards what is taken from the table: applications are the guarded kinds, entitlements and bindings are what is
//! written under those.

use std::collections::BTreeMap;

use super::world::{
    Answer, Binding, DEFAULT_ACCESS, GROUP, Gate, Group, Mode, Name, POLICY, Person, Rule,
    SETTINGS, Subject, USER, World,
};
use crate::kinds;
use crate::live::Live;
use crate::schema::{Items, Release};
use crate::value::{Address, OrderedJson, Value};

/// The field of the settings that holds their switches.
const FLAGS: &str = "flags";

/// The fields of one object.
pub type Fields = BTreeMap<&'static str, Value>;

/// What a family has to do with access.
pub(super) enum Role {
    User,
    Group,
    Policy,
    Settings,
    Application,
    Entitlement,
    Binding(&'static [&'static str]),
}

impl World {
    /// What live objects mean for access.
    pub fn of_live(live: &Live) -> World {
        let mut world = World::of(
            live.release,
            live.objects
                .iter()
                .map(|(address, found)| (address, &*found.fields)),
        );
        world.unknown = live.unreadable.clone();
        world
    }

    /// What some objects mean for access, whatever else is among them.
    pub fn of<'a>(
        release: Release,
        objects: impl Iterator<Item = (&'a Address, &'a Fields)>,
    ) -> World {
        let mut world = World::empty(release);
        let mut bindings: Vec<(&Address, Binding)> = Vec::new();
        let mut roles: BTreeMap<&'static str, Option<Role>> = BTreeMap::new();
        for (address, fields) in objects {
            let role = roles
                .entry(address.family)
                .or_insert_with(|| role(address.family));
            match (role, name(address)) {
                (Some(Role::User), Some(name)) => {
                    let active = fields.get("is_active") != Some(&Value::Bool(false));
                    world.users.insert(name, Person { active });
                }
                (Some(Role::Group), Some(name)) => drop(world.groups.insert(name, group(fields))),
                (Some(Role::Policy), Some(name)) => {
                    world.policies.insert(name, answer(fields));
                }
                (Some(Role::Settings), _) => {
                    world.default_access = default_access(fields).unwrap_or(true)
                }
                (Some(Role::Application), _) => {
                    let mode = fields.get("policy_engine_mode").and_then(Value::as_text);
                    let mode = if mode == Some("all") {
                        Mode::All
                    } else {
                        Mode::Any
                    };
                    world
                        .gates
                        .insert(address.clone(), gate(Rule::Application(mode)));
                }
                (Some(Role::Entitlement), _) => {
                    drop(world.gates.insert(address.clone(), gate(Rule::Entitlement)))
                }
                (Some(Role::Binding(subjects)), _) => bindings.extend(binding(fields, subjects)),
                _ => {}
            }
        }
        for (target, binding) in bindings {
            // What is bound to flows and sources says nothing about who may open what.
            if let Some(gate) = world.gates.get_mut(target) {
                gate.bindings.push(binding);
            }
        }
        for gate in world.gates.values_mut() {
            gate.bindings
                .sort_by(|a, b| (a.order, &a.subject).cmp(&(b.order, &b.subject)));
        }
        world
    }

    /// Whether objects of a family can make a difference to access.
    pub fn depends_on(family: &str) -> bool {
        role(family).is_some()
    }

    /// Whether this field of such objects can; that there is an object can in any case.
    pub fn depends_on_field(family: &str, field: &str) -> bool {
        match role(family) {
            None | Some(Role::Entitlement) => false,
            Some(Role::User) => field == "is_active",
            Some(Role::Group) => matches!(field, "users" | "parents" | "parent"),
            Some(Role::Policy) => field == "expression",
            Some(Role::Settings) => field == FLAGS,
            Some(Role::Application) => field == "policy_engine_mode",
            Some(Role::Binding(_)) => true,
        }
    }
}

pub(super) fn role(family: &str) -> Option<Role> {
    match family {
        USER => return Some(Role::User),
        GROUP => return Some(Role::Group),
        POLICY => return Some(Role::Policy),
        SETTINGS => return Some(Role::Settings),
        _ => {}
    }
    if kinds::family(family).any(|kind| kind.guarded_by_bindings) {
        return Some(Role::Application);
    }
    let guarded = kinds::KINDS.iter().filter(|kind| kind.guarded_by_bindings);
    guarded
        .flat_map(|kind| kind.children)
        .find(|children| children.kind == family)
        .and_then(|children| match children.items {
            Items::Subjects(subjects) => Some(Role::Binding(subjects)),
            Items::Named(_) => Some(Role::Entitlement),
            _ => None,
        })
}

fn gate(rule: Rule) -> Gate {
    Gate {
        rule,
        bindings: Vec::new(),
    }
}

pub(super) fn name(address: &Address) -> Option<Name> {
    address.name().map(Name::from)
}

fn group(fields: &Fields) -> Group {
    let mut group = Group::default();
    let items = |field: &str| {
        fields
            .get(field)
            .and_then(Value::as_set)
            .into_iter()
            .flatten()
    };
    for item in items("users") {
        match item {
            Value::Ref(address) => group.members.extend(name(address)),
            _ => group.strangers += 1,
        }
    }
    let parents = items("parents").chain(fields.get("parent"));
    group.parents = parents
        .filter_map(|item| {
            if let Value::Ref(to) = item {
                name(to)
            } else {
                None
            }
        })
        .collect();
    group
}

/// What fields of the settings say of applications without an enabled binding: the server takes a switch that is not set
/// for true. `None` where the switches are not among the fields.
pub fn default_access(fields: &Fields) -> Option<bool> {
    let flag = match fields.get(FLAGS)? {
        Value::Json(OrderedJson(data)) => data.get(DEFAULT_ACCESS),
        _ => None,
    };
    Some(flag.and_then(serde_json::Value::as_bool) != Some(false))
}

/// A policy is decided offline only if it is an expression that says nothing but its result.
fn answer(fields: &Fields) -> Answer {
    match fields
        .get("expression")
        .and_then(Value::as_text)
        .map(str::trim)
    {
        Some("return True") => Answer::Always(true),
        Some("return False") => Answer::Always(false),
        _ => Answer::Depends,
    }
}

fn binding<'a>(fields: &'a Fields, subjects: &[&'static str]) -> Option<(&'a Address, Binding)> {
    let Some(Value::Ref(target)) = fields.get("target") else {
        return None;
    };
    let subject = subjects
        .iter()
        .find_map(|family| match fields.get(family)? {
            Value::Ref(address) => Some(match (*family, name(address)?) {
                (GROUP, name) => Subject::Group(name),
                (USER, name) => Subject::User(name),
                (POLICY, name) => Subject::Policy(name),
                (_, name) => Subject::Unknown(family, name),
            }),
            Value::Unknown(id) => Some(Subject::Unknown(family, id.clone())),
            _ => None,
        })?;
    let flag = |field: &str, usual: bool| match fields.get(field) {
        Some(Value::Bool(flag)) => *flag,
        _ => usual,
    };
    let order = if let Some(Value::Int(order)) = fields.get("order") {
        *order
    } else {
        0
    };
    Some((
        target,
        Binding {
            subject,
            enabled: flag("enabled", true),
            negate: flag("negate", false),
            order,
        },
    ))
}
