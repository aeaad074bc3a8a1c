//! The audit log's events, and which of them the file has.
//! Must never know what an event says.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ids::Seed;

/// Older events are dropped from here on.
const MOST: usize = 20_000;

/// All events, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Log {
    /// Ids of its own, so that the log changes no id of the world.
    pub seed: Seed,
    events: VecDeque<Value>,
    /// What the request under way has done so far.
    #[serde(skip)]
    done: Vec<(&'static str, Value)>,
    /// How many of the newest events are not in the file yet.
    #[serde(skip)]
    unsaved: usize,
}

/// How a log was at some moment.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    seed: Seed,
    unsaved: usize,
}

impl Log {
    /// Notes what the request under way has done: the action, and the object.
    pub fn note(&mut self, action: &'static str, model: Value) {
        self.done.push((action, model));
    }

    /// What the request has done, which is then forgotten.
    pub fn take_noted(&mut self) -> Vec<(&'static str, Value)> {
        std::mem::take(&mut self.done)
    }

    /// Adds an event, which the file does not have yet.
    pub fn push(&mut self, event: Value) {
        self.events.push_back(event);
        self.unsaved += 1;
    }

    /// All events, oldest first.
    pub fn events(&self) -> impl Iterator<Item = &Value> {
        self.events.iter()
    }

    /// How it is now.
    pub fn mark(&self) -> Mark {
        Mark {
            seed: self.seed.clone(),
            unsaved: self.unsaved,
        }
    }

    /// Takes back the events since then, which must all be unsaved.
    pub fn take_back(&mut self, mark: &Mark) {
        self.events.truncate(
            self.events
                .len()
                .saturating_sub(self.unsaved.saturating_sub(mark.unsaved)),
        );
        (self.seed, self.unsaved) = (mark.seed.clone(), mark.unsaved);
    }

    /// What the file does not have yet.
    pub fn unsaved(&self) -> (Seed, Vec<Value>) {
        let saved = self.events.len().saturating_sub(self.unsaved);
        (
            self.seed.clone(),
            self.events.iter().skip(saved).cloned().collect(),
        )
    }

    /// Goes on from what the file has.
    pub fn go_on(&mut self, seed: Seed, events: Vec<Value>) {
        self.seed = seed;
        self.events.extend(events);
        self.trim();
    }

    /// Notes that the file has all of it.
    pub fn saved(&mut self) {
        self.unsaved = 0;
    }

    /// Drops the oldest events.
    pub fn trim(&mut self) {
        let surplus = self.events.len().saturating_sub(MOST);
        self.events.drain(..surplus);
    }
}
