//! What the handlers of one sandbox share.
//! Must never answer a request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::faults::Hook;
use super::options::{Clock, Options};
use super::store::Store;
use super::types::Entry;
use super::world::World;

/// What the handlers of one sandbox share.
pub(super) struct Shared {
    pub options: Options,
    pub world: Mutex<World>,
    pub journal: Mutex<Vec<Entry>>,
    pub fault: Mutex<Option<(Hook, usize)>>,
    /// Where writes are kept; locked after the world.
    pub store: Mutex<Option<Store>>,
    /// Why a write could not be kept, once one could not.
    pub lost: Mutex<Option<String>>,
}

impl Shared {
    /// The world at the time that it is now.
    pub fn world_now(&self) -> MutexGuard<'_, World> {
        let mut world = lock(&self.world);
        if self.options.clock == Clock::Machine {
            world.seed.tell(jiff::Timestamp::now().as_microsecond());
        }
        world
    }
}

/// A lock that survives a panic elsewhere: the data behind it is always whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
