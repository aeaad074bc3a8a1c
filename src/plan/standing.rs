//! Who has which privileges once a plan is done, for claims about them.

use crate::access::{Standing, World};
use crate::live::Live;
use crate::plan::projected::planned;
use crate::plan::step::Step;

/// The people and what gives privileges, once some steps are done to what was read.
pub fn standing(live: &Live, steps: &[Step]) -> (World, Standing) {
    let (objects, _) = planned(live, steps);
    let mut world = World::of(
        live.release,
        objects.iter().map(|(address, it)| (address, &*it.fields)),
    );
    world.unknown = live.unreadable.clone();
    let mut standing = Standing::of(
        objects
            .iter()
            .map(|(address, it)| (address, it.kind, &*it.fields)),
    );
    standing.unknown = live.unreadable.clone();
    standing.complete = true;
    (world, standing)
}
