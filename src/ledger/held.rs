//! A lease that is there, as the server shows it. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

use super::items::{Adding, read_adding};
use super::record::Pending;
use crate::ledger::pending::read_pending;
use crate::value::Address;
use crate::wire;

/// A lease that is there, as the server shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The workspace of the lease.
    pub workspace: String,
    /// Who holds it, in words.
    pub holder: String,
    /// The run.
    pub run: String,
    /// Until when; `None` if it does not say, so that it never ends by itself.
    pub until: Option<Timestamp>,
    /// What its run was about to create.
    pub creating: BTreeMap<Address, Pending>,
    /// The items that its run was about to add to lists.
    pub adding: Adding,
    /// The id of the blueprint instance that holds it.
    pub(crate) id: String,
    /// The id of its process: distinguishes it from other processes, also from those of the same run.
    pub(crate) process: Option<String>,
}

impl Held {
    /// Reads a lease; whatever it lacks is reported as unknown.
    pub(crate) fn read(id: String, workspace: &str, context: &Json) -> Held {
        let lease = wire::ledger::Lease::deserialize(context).unwrap_or_default();
        let shown = |text: String| {
            text.chars()
                .filter(|c| !c.is_control())
                .take(100)
                .collect::<String>()
        };
        let user = lease
            .user
            .map_or_else(|| "an unknown user".to_owned(), shown);
        let holder = match lease.host.map(shown) {
            Some(host) => format!("{user} on {host}"),
            None => user,
        };
        Held {
            id,
            workspace: workspace.to_owned(),
            holder,
            run: lease.run.map_or_else(|| "an unknown run".to_owned(), shown),
            until: lease.until.and_then(|until| until.parse().ok()),
            creating: read_pending(&lease.creating),
            adding: read_adding(&lease.adding),
            process: lease.process,
        }
    }

    /// Whether its time is over by now: its run ended without giving it up.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until < now)
    }
}
