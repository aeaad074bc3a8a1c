//! What the files alone say of access. What they leave to the server is unknown here, and never taken for "nobody".
//!
//! A list that is exact is believed. A list that is not there, or names only some, says nothing of the rest: further
//! members or bindings may be there. A single field that is not declared is taken to be what authentik gives it.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Fields, Role, default_access, name, role};
use super::world::{Binding, GROUP, Group, Name, Person, SETTINGS, Subject, USER, World};
use crate::desired::{Desired, Object, What};
use crate::schema::{Field, Kind, Release};
use crate::value::{Address, Value};

impl World {
    /// What declared objects mean for access, by the rule of a release. Settings that are not declared are taken to be
    /// those of authentik.
    pub fn declared(desired: &Desired, release: Release) -> World {
        let objects: Vec<(&Object, Fields)> = desired
            .objects
            .iter()
            .filter(|object| World::depends_on(object.address.family))
            .map(|object| (object, fields(object)))
            .collect();
        let mut world = World::of(
            release,
            objects
                .iter()
                .map(|(object, fields)| (&object.address, fields)),
        );
        objects
            .iter()
            .for_each(|(_, fields)| named(fields, &mut world));
        for (object, _) in &objects {
            match role(object.address.family) {
                Some(Role::Group) => members(object, &mut world),
                Some(Role::User) => groups(object, &mut world),
                _ => {}
            }
        }
        bindings(desired, &mut world);
        world
    }
}

impl World {
    /// Whether the files let everyone into applications without an enabled binding; true where they do not say.
    pub fn declared_default_access(desired: &Desired) -> bool {
        let settings = desired
            .objects
            .iter()
            .find(|object| object.address.family == SETTINGS);
        settings
            .and_then(|object| default_access(&fields(object)))
            .unwrap_or(true)
    }
}

/// What is certain of the fields; a field that is only set on creation may be anything by now.
fn fields(object: &Object) -> Fields {
    let certain = object
        .fields
        .iter()
        .filter(|(field, _)| !object.ignore.contains(*field));
    certain
        .map(|(field, want)| (*field, want.what.initial()))
        .collect()
}

/// Users and groups that are referred to and not declared: they are on the server, and nothing else is known of them.
fn named(fields: &Fields, world: &mut World) {
    for value in fields.values() {
        value.refs(&mut |address| match (address.family, name(address)) {
            (USER, Some(name)) => drop(world.users.entry(name).or_insert(Person { active: true })),
            (GROUP, Some(name)) => {
                world.groups.entry(name).or_insert_with(|| Group {
                    others: true,
                    ..Group::default()
                });
            }
            _ => {}
        });
    }
}

/// The field of a kind that holds who is in it, or what it is in.
fn field_to(kind: &Kind, family: &str, mirrors: bool) -> Option<&'static str> {
    let is = |field: &&Field| {
        field.shape.families() == [family] && field.inverse_of.is_some() == mirrors
    };
    kind.fields.iter().find(is).map(|field| field.name)
}

/// What is wanted of a set, if the files say anything certain of it.
fn set<'a>(object: &'a Object, field: Option<&'static str>) -> Option<&'a What> {
    let field = field.filter(|field| !object.ignore.contains(field))?;
    object.fields.get(field).map(|want| &want.what)
}

fn names(items: &BTreeSet<Value>) -> BTreeSet<Name> {
    items
        .iter()
        .filter_map(|item| {
            if let Value::Ref(address) = item {
                name(address)
            } else {
                None
            }
        })
        .collect()
}

/// Whether a group's list of members says all, and who is not among them.
fn members(object: &Object, world: &mut World) {
    let Some(group) = name(&object.address).and_then(|name| world.groups.get_mut(&name)) else {
        return;
    };
    match set(object, field_to(object.kind, USER, false)) {
        Some(What::Is(_)) => {}
        Some(What::Some { exclude, .. }) => {
            group.others = true;
            group.outside.extend(names(exclude));
        }
        _ => group.others = true,
    }
}

/// The same relation from the side of a user.
fn groups(object: &Object, world: &mut World) {
    let Some(user) = name(&object.address) else {
        return;
    };
    let (mine, out) = match set(object, field_to(object.kind, GROUP, true)) {
        Some(What::Is(Value::Set(items))) => {
            world.settled.insert(user.clone());
            (names(items), BTreeSet::new())
        }
        Some(What::Some { include, exclude }) => (names(include), names(exclude)),
        _ => return,
    };
    for name in &mine {
        if let Some(group) = world.groups.get_mut(name) {
            group.members.insert(user.clone());
        }
    }
    for name in out.difference(&mine) {
        if let Some(group) = world.groups.get_mut(name) {
            group.outside.insert(user.clone());
        }
    }
}

/// What else may be bound to what the files do not list the bindings of, or not all.
fn bindings(desired: &Desired, world: &mut World) {
    let exact: BTreeMap<&Address, bool> = desired
        .owned
        .iter()
        .filter(|owned| matches!(role(owned.kind.family), Some(Role::Binding(_))))
        .map(|owned| (&owned.owner, owned.exact))
        .collect();
    for (address, gate) in &mut world.gates {
        if exact.get(address) != Some(&true) {
            gate.bindings.push(Binding {
                subject: Subject::Others,
                enabled: true,
                negate: false,
                order: i64::MAX,
            });
        }
    }
}
