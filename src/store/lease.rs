//! The lease: while one apply writes, no other of the same workspace does. Its unique name makes taking it atomic.
//!
//! It also says what its run is about to create, so that after a run that was killed it is known who made what. What it
//! says must survive until a ledger has it: a lease is deleted only by the run that took it, once its ledger is written.
//! One that expired is renamed, which frees its name as atomically as deleting it, and is deleted by the run that has
//! written down what became of its objects. It never holds more than names.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::client::{Client, Error, ErrorKind, segment};
use crate::ledger::instances::{PATH, ended_name, instance, lease_name};
use crate::ledger::{Adding, Held, Pending, write_adding, write_pending};
use crate::schema::{Kind, id_text};
use crate::stop::{self, Writing};
use crate::value::{Address, digest};
use crate::wire::{self, json};

/// For how long a lease is taken; a run renews it long before.
const LASTS: SignedDuration = SignedDuration::from_mins(10);
/// How long to wait between two looks at a lease that somebody holds.
const PAUSE: Duration = Duration::from_millis(500);

/// Who takes a lease.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The token's user.
    pub user: String,
    /// The machine, if it has a name.
    pub host: Option<String>,
    /// The run.
    pub run: String,
}

/// A lease that this run holds.
#[derive(Debug)]
pub struct Lease {
    id: String,
    workspace: String,
    holder: Holder,
    creating: BTreeMap<Address, Pending>,
    adding: Adding,
    process: String,
    /// The lease that had expired and was taken over, if there was one.
    pub instead_of: Option<Held>,
    /// From here on the run writes, until the lease is given up.
    writing: Option<Writing>,
}

/// The reason why there is no lease.
#[derive(Debug)]
pub enum Refused {
    /// Another run holds it.
    Held(Box<Held>),
    /// The server could not be talked to, or refused.
    Client(Error),
    /// The run was stopped while it waited.
    Stopped,
}

impl Refused {
    fn of(error: Error) -> Refused {
        match error.kind {
            ErrorKind::Stopped => Refused::Stopped,
            _ => Refused::Client(error),
        }
    }
}

impl Lease {
    /// Takes the lease of a workspace, waiting up to `wait` for another run to give it up. `creating` are the objects
    /// that the run is about to create, and `adding` the items that it is about to add to existing lists.
    ///
    /// A lease that expired, or that an earlier process of the same run left behind, is taken over: it is renamed and
    /// stays until it is [cleared](clear). Refuses if another run holds it for longer.
    pub async fn take(
        client: &Client,
        workspace: &str,
        holder: &Holder,
        creating: impl Iterator<Item = (Address, &'static Kind)>,
        adding: Adding,
        wait: Duration,
    ) -> Result<Lease, Refused> {
        let pending = |kind| Pending {
            run: holder.run.clone(),
            kind: Some(kind),
        };
        let mut lease = Lease {
            id: String::new(),
            workspace: workspace.to_owned(),
            holder: holder.clone(),
            creating: creating
                .map(|(address, kind)| (address, pending(kind)))
                .collect(),
            adding,
            process: process(),
            instead_of: None,
            writing: None,
        };
        let until = tokio::time::Instant::now() + wait;
        let mut unclear = 0;
        loop {
            let writing = Writing::begin();
            let error = match client.post(PATH, &lease.body()).await {
                Ok(made) => {
                    lease.id = made.get("pk").and_then(id_text).unwrap_or_default();
                    lease.writing = Some(writing);
                    return Ok(lease);
                }
                Err(error) => error,
            };
            // Taken already, unless the server does not want such instances at all.
            let may_be_taken =
                error.is_unclear() || matches!(error.kind, ErrorKind::Refused { .. });
            if !may_be_taken || error.is_read_only() {
                return Err(Refused::Client(error));
            }
            match held(client, workspace).await.map_err(Refused::of)? {
                Some(held) if held.process.as_ref() == Some(&lease.process) => {
                    lease.id = held.id;
                    lease.writing = Some(writing);
                    return Ok(lease);
                }
                Some(held) if held.is_over(Timestamp::now()) || held.run == holder.run => {
                    match client
                        .patch(&path(&held.id), &renamed(&held.id, workspace))
                        .await
                    {
                        // Whether it was done shows when the lease is asked for again.
                        Err(error) if error.is_unclear() && unclear < 2 => unclear += 1,
                        Err(error) if !error.is_not_found() => return Err(Refused::Client(error)),
                        _ => lease.instead_of = Some(held),
                    }
                }
                Some(held) if tokio::time::Instant::now() >= until => {
                    return Err(Refused::Held(Box::new(held)));
                }
                Some(_) => {
                    drop(writing);
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = stop::asked() => return Err(Refused::Stopped),
                    }
                }
                None if error.is_unclear() && unclear < 2 => unclear += 1,
                // It was given up just now.
                None if matches!(error.kind, ErrorKind::Refused { .. }) && unclear < 2 => {
                    unclear += 1
                }
                None => return Err(Refused::Client(error)),
            }
        }
    }

    /// The id of the blueprint instance that it is.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Holds it for longer. Gives false if it is this run's no longer: another one has taken it over.
    pub async fn renew(&self, client: &Client) -> bool {
        match client.patch(&path(&self.id), &self.body()).await {
            // Its name is that of another lease by now.
            Err(error) => !error.is_not_found() && !matches!(error.kind, ErrorKind::Refused { .. }),
            Ok(_) => true,
        }
    }

    /// Gives the lease up, once the ledger has the objects that the run created. A lease that is already gone is not an
    /// error: it had expired, and another run took it over.
    pub async fn release(&self, client: &Client) -> Result<(), Error> {
        delete(client, &self.id).await
    }

    /// Gives it up although the ledger could not be written: it is kept under another name, with what the run may have
    /// created and added, so that the next run writes that down.
    pub async fn leave(
        &mut self,
        client: &Client,
        written: &dyn Fn(&Address) -> bool,
    ) -> Result<(), Error> {
        self.creating.retain(|address, _| written(address));
        self.adding.retain(|address, _| written(address));
        if self.creating.is_empty() && self.adding.is_empty() {
            return self.release(client).await;
        }
        let body = instance(ended_name(&self.id, &self.workspace), Some(self.context()));
        client.patch(&path(&self.id), &body).await.map(drop)
    }

    fn body(&self) -> Json {
        instance(lease_name(&self.workspace), Some(self.context()))
    }

    fn context(&self) -> Json {
        let until = Timestamp::now() + LASTS;
        json(&wire::ledger::Lease {
            user: Some(self.holder.user.clone()),
            host: self.holder.host.clone(),
            run: Some(self.holder.run.clone()),
            process: Some(self.process.clone()),
            until: Some(until.to_string()),
            creating: write_pending(&self.creating),
            adding: write_adding(&self.adding),
        })
    }
}

/// Deletes leases whose runs ended before their time, once a ledger has all that they created.
pub async fn clear(client: &Client, ended: &[Held]) -> Result<(), Error> {
    for held in ended {
        delete(client, &held.id).await?;
    }
    Ok(())
}

async fn delete(client: &Client, id: &str) -> Result<(), Error> {
    match client.delete(&path(id)).await {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

fn path(id: &str) -> String {
    format!("{PATH}{}/", segment(id))
}

/// What makes a lease that expired free for others, and keeps what it says.
fn renamed(id: &str, workspace: &str) -> Json {
    instance(ended_name(id, workspace), None)
}

/// The id that distinguishes this process, and each lease that it takes, from every other.
fn process() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    digest(&format!(
        "{} {} {count}",
        Timestamp::now().as_nanosecond(),
        std::process::id()
    ))
}

/// The lease of a workspace that is there now.
async fn held(client: &Client, workspace: &str) -> Result<Option<Held>, Error> {
    let name = lease_name(workspace);
    let page = client
        .page(PATH, &[("ordering", "name"), ("name", &name)], 1)
        .await?;
    let found = page
        .results
        .iter()
        .find(|raw| raw.get("name").and_then(Json::as_str) == Some(name.as_str()));
    Ok(found.map(|raw| {
        let id = raw.get("pk").and_then(id_text).unwrap_or_default();
        Held::read(id, workspace, raw.get("context").unwrap_or(&Json::Null))
    }))
}
