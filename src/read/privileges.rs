//! Reads what claims about privileges are about: groups and users, roles with their permissions, tokens. Only what the
//! claims of the files need.

use std::collections::{BTreeMap, BTreeSet};

use super::access::whole;
use super::{Problem, Reader, Server};
use crate::access::{GROUP, USER};
use crate::client::{Client, Error};
use crate::desired::PrivilegeClaim;
use crate::kinds;
use crate::live::{Batch, Live};
use crate::schema::{ItemWrites, Kind, Power};

/// What was read for claims about privileges.
pub struct Privileges {
    /// The objects. `unreadable` has the families that are not known as a whole.
    pub live: Live,
    /// The permissions of those names that exist.
    pub permissions: BTreeSet<String>,
}

/// Reads what some claims are about. Lists that a plan has just read are not asked for again.
pub async fn privileges(
    client: &Client,
    server: &Server,
    claims: &[&PrivilegeClaim],
    planned: Option<&Live>,
) -> Result<Privileges, Problem> {
    let reader = Reader::new(client, server);
    let mut found = Gathered::default();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let (mut people, mut roles, mut tokens) = (false, false, false);
    for claim in claims {
        match claim {
            PrivilegeClaim::Superusers(_) => people = true,
            PrivilegeClaim::Permissions { permissions, .. } => {
                roles = true;
                names.extend(permissions.iter().map(|(name, _)| name.as_str()));
            }
            PrivilegeClaim::TokensEnd { .. } => tokens = true,
        }
    }
    if people {
        for kind in [GROUP, USER].into_iter().filter_map(kinds::kind) {
            let listed = planned.and_then(|live| live.lists.get(kind.name));
            let result = match listed {
                Some(objects) => Ok(objects.clone()),
                None => whole(&reader, kind).await,
            };
            found.take(kind, result)?;
        }
    }
    if let Some(kind) = role().filter(|_| roles) {
        found.roles(&reader, kind).await?;
        for name in names {
            let permission = reader.permission(name).await;
            found.permission(kind, name, permission)?;
        }
    }
    if let Some(kind) = token().filter(|_| tokens) {
        let result = whole(&reader, kind).await;
        found.take(kind, result)?;
        found.hidden(kind, server);
    }
    for kind in found.batches.iter().map(|batch| batch.kind) {
        if let Some(reason) = reader
            .cuts
            .reason(std::iter::once(kind))
            .filter(|_| reader.cuts.has(kind))
        {
            found.unreadable.insert(kind.family, reason);
        }
    }
    let (mut live, _) = Live::build(server.release, &found.batches);
    live.unreadable = found.unreadable;
    Ok(Privileges {
        live,
        permissions: found.permissions,
    })
}

#[derive(Default)]
struct Gathered {
    batches: Vec<Batch>,
    unreadable: BTreeMap<&'static str, String>,
    permissions: BTreeSet<String>,
}

impl Gathered {
    /// Takes a list in, or the reason why it may not be read.
    fn take(
        &mut self,
        kind: &'static Kind,
        result: Result<Vec<serde_json::Value>, Error>,
    ) -> Result<(), Error> {
        match result {
            Ok(objects) => self.batches.push(Batch { kind, objects }),
            Err(error) if error.is_forbidden() => {
                self.unreadable.insert(kind.family, error.what());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Reads all roles with the permissions that they give.
    async fn roles(&mut self, reader: &Reader<'_>, kind: &'static Kind) -> Result<(), Error> {
        let result = whole(reader, kind).await;
        self.take(kind, result)?;
        for members in kind.members {
            if !matches!(members.write, ItemWrites::Grants { .. }) {
                continue;
            }
            match reader
                .sets(kind, members, &|_| true, &mut self.batches)
                .await
            {
                Err(error) if error.is_forbidden() => {
                    self.unreadable.insert(kind.family, error.what());
                }
                result => result?,
            }
        }
        self.hidden(kind, reader.server);
        Ok(())
    }

    fn permission(
        &mut self,
        kind: &'static Kind,
        name: &str,
        result: Result<bool, Error>,
    ) -> Result<(), Error> {
        match result {
            Ok(true) => drop(self.permissions.insert(name.to_owned())),
            Ok(false) => {}
            Err(error) if error.is_forbidden() => {
                self.unreadable.insert(kind.family, error.what());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Notes that only a superuser is certainly shown all: authentik leaves out what others may not view, and says nothing.
    fn hidden(&mut self, kind: &'static Kind, server: &Server) {
        if !server.superuser {
            let why = format!("authentik shows all {} only to a superuser", kind.title());
            self.unreadable.entry(kind.family).or_insert(why);
        }
    }
}

impl Reader<'_> {
    /// Whether a permission exists, by its code name with the application before it or without.
    async fn permission(&self, name: &str) -> Result<bool, Error> {
        let Some(kind) = kinds::outside("permission") else {
            return Ok(false);
        };
        let (app, code) = match name.split_once('.') {
            Some((app, code)) => (Some(app), code),
            None => (None, name),
        };
        let filter = [("codename", code)];
        let first = self.page(kind, &filter).await?;
        let rows = self.rest(kind, &filter, first).await?;
        let is = |row: &serde_json::Value| {
            row["codename"] == *code && app.is_none_or(|app| row["app_label"] == *app)
        };
        Ok(rows.iter().any(is))
    }
}

/// The kind whose objects are given permissions.
fn role() -> Option<&'static Kind> {
    let granted = |kind: &&Kind| {
        let mut members = kind.members.iter();
        members.any(|members| matches!(members.write, ItemWrites::Grants { .. }))
    };
    kinds::KINDS.iter().copied().find(granted)
}

/// The kind of tokens.
fn token() -> Option<&'static Kind> {
    let is_token = |kind: &&Kind| {
        let mut powers = kind.powers.iter();
        powers.any(|power| matches!(power, Power::Token { .. }))
    };
    kinds::KINDS.iter().copied().find(is_token)
}
