//! The lease: while one apply writes, no other of the same workspace does. Its unique name makes taking it atomic.
//!
//! It also says what its run is about to create, so that after a run that was cut off it is known who made what. It
//! never holds more than names, and it never outlives its time: an expired one is taken over, and that is said.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Raw, json};

use super::format;
use super::store::{PATH, instance, lease_name};
use crate::client::{Client, Error, ErrorKind, segment};
use crate::schema::id_text;
use crate::stop::{self, Writing};
use crate::value::Address;

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

/// A lease that is there, as the server shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// Of which workspace.
    pub workspace: String,
    /// Who holds it, in words.
    pub holder: String,
    /// The run.
    pub run: String,
    /// Until when; `None` if it does not say, so that it never ends by itself.
    pub until: Option<Timestamp>,
    /// What its run, or one before it that ended too early, was about to create.
    pub creating: BTreeMap<Address, String>,
    id: String,
}

/// A lease that is ours.
#[derive(Debug)]
pub struct Lease {
    id: String,
    workspace: String,
    holder: Holder,
    creating: BTreeMap<Address, String>,
    /// The lease that had expired and was taken over, if there was one.
    pub instead_of: Option<Held>,
    /// From here on the run writes, until the lease is given up.
    writing: Option<Writing>,
}

/// Why there is no lease.
#[derive(Debug)]
pub enum Refused {
    /// Another run holds it.
    Held(Box<Held>),
    /// The server could not be talked to, or refused.
    Client(Error),
    /// The run was stopped while it waited.
    Stopped,
}

impl Held {
    /// What a lease says; whatever it lacks is told as unknown.
    pub(super) fn read(id: String, workspace: &str, context: &Raw) -> Held {
        let text = |name: &str| context.get(name).and_then(Raw::as_str);
        let shown = |name: &str| text(name).map(|text| text.chars().filter(|c| !c.is_control()).take(100).collect());
        let user: String = shown("user").unwrap_or_else(|| "somebody unknown".to_owned());
        let holder = match shown("host") {
            Some::<String>(host) => format!("{user} on {host}"),
            None => user,
        };
        let creating = context.get("creating").and_then(Raw::as_array).into_iter().flatten().filter_map(|pair| {
            let [at, run] = pair.as_array()?.as_slice() else { return None };
            Some((format::read_address(at).ok()??, run.as_str()?.to_owned()))
        });
        Held {
            id,
            workspace: workspace.to_owned(),
            holder,
            run: shown("run").unwrap_or_else(|| "an unknown run".to_owned()),
            until: text("until").and_then(|until| until.parse().ok()),
            creating: creating.collect(),
        }
    }

    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| until < Timestamp::now())
    }
}

impl Lease {
    /// Takes the lease of a workspace, waiting up to `wait` for another run to give it up. `creating` is what the run is
    /// about to make; `pending` what an earlier run was, which is carried on.
    ///
    /// An expired lease is taken over. Refuses if another run holds it for longer.
    pub async fn take(
        client: &Client,
        workspace: &str,
        holder: &Holder,
        creating: impl Iterator<Item = Address>,
        pending: &BTreeMap<Address, String>,
        wait: Duration,
    ) -> Result<Lease, Refused> {
        let mut lease = Lease {
            id: String::new(),
            workspace: workspace.to_owned(),
            holder: holder.clone(),
            creating: creating.map(|address| (address, holder.run.clone())).chain(pending.clone()).collect(),
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
            let may_be_taken = error.is_unclear() || matches!(error.kind, ErrorKind::Refused { .. });
            if !may_be_taken || error.is_read_only() {
                return Err(Refused::Client(error));
            }
            match held(client, workspace).await.map_err(Refused::Client)? {
                Some(held) if held.run == holder.run => {
                    lease.id = held.id;
                    lease.writing = Some(writing);
                    return Ok(lease);
                }
                Some(held) if held.is_over() => {
                    match client.delete(&format!("{PATH}{}/", segment(&held.id))).await {
                        Err(error) if !error.is_not_found() => return Err(Refused::Client(error)),
                        _ => {}
                    }
                    lease.creating.extend(held.creating.clone());
                    lease.instead_of = Some(held);
                }
                Some(held) if tokio::time::Instant::now() >= until => return Err(Refused::Held(Box::new(held))),
                Some(_) => {
                    drop(writing);
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = stop::asked() => return Err(Refused::Stopped),
                    }
                }
                None if error.is_unclear() && unclear < 2 => unclear += 1,
                // It was given up just now.
                None if matches!(error.kind, ErrorKind::Refused { .. }) && unclear < 2 => unclear += 1,
                None => return Err(Refused::Client(error)),
            }
        }
    }

    /// Holds it for longer.
    pub async fn renew(&self, client: &Client) -> Result<(), Error> {
        client.patch(&self.path(), &self.body()).await.map(drop)
    }

    /// Gives it up. That it is gone already is no error: then it had expired, and somebody took it over.
    pub async fn release(&self, client: &Client) -> Result<(), Error> {
        match client.delete(&self.path()).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self) -> String {
        format!("{PATH}{}/", segment(&self.id))
    }

    fn body(&self) -> Raw {
        let creating: Vec<Raw> = self.creating.iter().map(|(at, run)| json!([format::spell(at), run])).collect();
        let until = Timestamp::now() + LASTS;
        let context = json!({
            "user": self.holder.user,
            "host": self.holder.host,
            "run": self.holder.run,
            "until": until.to_string(),
            "creating": creating,
        });
        instance(&lease_name(&self.workspace), &context)
    }
}

/// The lease of a workspace that is there now.
async fn held(client: &Client, workspace: &str) -> Result<Option<Held>, Error> {
    let name = lease_name(workspace);
    let page = client.page(PATH, &[("ordering", "name"), ("name", &name)], 1).await?;
    let found = page.results.iter().find(|raw| raw.get("name").and_then(Raw::as_str) == Some(name.as_str()));
    Ok(found.map(|raw| {
        let id = raw.get("pk").and_then(id_text).unwrap_or_default();
        Held::read(id, workspace, raw.get("context").unwrap_or(&Raw::Null))
    }))
}
