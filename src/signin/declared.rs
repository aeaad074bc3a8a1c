//! What the files alone say of signing in.
//!
//! What they do not bind to flows and stages is taken to be unbound, and a field that they do not declare to be what
//! authentik gives it. A flow whose stages they do not list may have any, and a group whose members they do not list all may
//! have others: what depends on these is not known.

use std::collections::BTreeSet;

use super::facts::{FLOW, STAGE_BINDING};
use super::world::World;
use crate::access::{self, Fields};
use crate::desired::{Desired, Object};
use crate::schema::{Kind, Release};
use crate::value::Address;

impl World {
    /// What declared objects mean for signing in, by the rules of a release.
    pub fn declared(desired: &Desired, release: Release) -> World {
        let objects: Vec<(&Address, &'static Kind, Fields)> = desired
            .objects
            .iter()
            .filter(|object| World::depends_on(object.address.family))
            .map(|object| (&object.address, object.kind, fields(object)))
            .collect();
        let items = objects
            .iter()
            .map(|(address, kind, fields)| (*address, *kind, fields));
        let mut world = World::of(release, items);
        // Users and groups that are only referred to, and memberships from the other side.
        world.people = access::World::declared(desired, release);
        let listed: BTreeSet<&str> = desired
            .owned
            .iter()
            .filter(|owned| owned.kind.family == STAGE_BINDING && owned.exact)
            .filter(|owned| owned.owner.family == FLOW)
            .filter_map(|owned| owned.owner.name())
            .collect();
        for (slug, flow) in &mut world.flows {
            flow.complete = listed.contains(&**slug);
        }
        world
    }
}

/// What is certain of the fields; a field that is only set on creation may be anything by now.
fn fields(object: &Object) -> Fields {
    object
        .fields
        .iter()
        .filter(|(field, _)| !object.ignore.contains(*field))
        .map(|(field, want)| (*field, want.what.initial()))
        .collect()
}
