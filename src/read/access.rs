//! Reads what decides about access: users, groups, applications with their entitlements, and what is bound to them.
//!
//! Lists in pages of 100, at once, but for those that a plan has just read; nothing else but the expressions of policies, and
//! those only if one is bound. Users or groups that may not be read are reported, and leave verdicts unknown.

use std::collections::BTreeMap;

use futures_util::future::join_all as join;
use serde_json::Value as Json;

use super::{Problem, Reader, Server};
use crate::access::{GROUP, Gate, POLICY, SETTINGS, USER, World};
use crate::client::{Client, Error};
use crate::diag::{Code, Diagnostic};
use crate::kinds::{self, KINDS};
use crate::live::{Batch, Live, Question};
use crate::schema::{Items, Kind, Release, V2026_5};

/// Reads who may open what: of all applications, or of one by its slug. Lists that a plan has just read are not asked for
/// again: what they decide is then decided of the very world that was planned on.
pub async fn access(
    client: &Client,
    server: &Server,
    application: Option<&str>,
    planned: Option<&Live>,
) -> Result<(Live, Vec<Diagnostic>), Problem> {
    let reader = Reader::new(client, server);
    let kinds = Kinds::of_table();
    let lists = match application {
        Some(_) => kinds.people.clone(),
        None => kinds.all(),
    };
    let mut found = Gathered {
        release: server.release,
        planned,
        batches: Vec::new(),
        reported: Vec::new(),
        unreadable: BTreeMap::new(),
    };
    let named = join(kinds.guarded.iter().map(async |kind| match application {
        Some(name) => Some((*kind, reader.one(kind, name).await)),
        None => None,
    }));
    let listed = join(lists.iter().map(|kind| found.read(&reader, kind)));
    let (listed, named) = tokio::join!(listed, named);
    let listed = lists.iter().copied().zip(listed);
    for (kind, result) in listed.chain(named.into_iter().flatten()) {
        found.take(kind, result, kinds.people.contains(&kind))?;
    }
    found.report_cuts(&reader, &kinds, &lists);
    if application.is_some() {
        found.take_children(&reader, &kinds.entitlements).await?;
        found.take_children(&reader, &kinds.bindings).await?;
    } else if !server.superuser {
        found.reported.extend(kinds.hidden_lists());
    }
    let (mut live, mut problems) = found.build();
    if found.take_settings(&reader, &live).await? {
        (live, problems) = found.build();
    }
    // What a policy says by itself is in its expression.
    if World::of_live(&live).asks_policies() {
        found.take_expressions(&reader).await?;
        (live, problems) = found.build();
    }
    found.reported.extend(problems);
    live.unreadable = found.unreadable;
    Ok((live, found.reported))
}

/// The kinds that decide about access.
struct Kinds {
    people: Vec<&'static Kind>,
    guarded: Vec<&'static Kind>,
    entitlements: Vec<&'static Kind>,
    bindings: Vec<&'static Kind>,
}

impl Kinds {
    fn of_table() -> Kinds {
        let mut kinds = Kinds {
            people: [GROUP, USER].into_iter().filter_map(kinds::kind).collect(),
            guarded: Vec::new(),
            entitlements: Vec::new(),
            bindings: Vec::new(),
        };
        for kind in KINDS
            .iter()
            .copied()
            .filter(|kind| kind.guarded_by_bindings)
        {
            kinds.guarded.push(kind);
            for children in kind.children {
                let kind = kinds::kind(children.kind);
                match children.items {
                    Items::Subjects(_) => kinds.bindings.extend(kind),
                    Items::Named(_) => kinds.entitlements.extend(kind),
                    _ => {}
                }
            }
        }
        kinds
    }

    /// All of them, in the order in which they are read.
    fn all(&self) -> Vec<&'static Kind> {
        let Kinds {
            people,
            guarded,
            entitlements,
            bindings,
        } = self;
        [people, guarded, entitlements, bindings]
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }

    /// The warnings about lists that only a superuser can read completely.
    fn hidden_lists(&self) -> Vec<Diagnostic> {
        let mut reported = Vec::new();
        for kind in &self.guarded {
            if kind.superuser_list {
                let message = format!("the list of {} may not be complete", kind.title());
                let diagnostic = Diagnostic::warning(Code::UNREADABLE, message)
                    .note("authentik shows all of them only to a superuser")
                    .help("use a token of a superuser, or name one application with --app");
                reported.push(diagnostic);
            }
        }
        reported
    }
}

/// What has been read so far.
struct Gathered<'a> {
    release: Release,
    planned: Option<&'a Live>,
    batches: Vec<Batch>,
    reported: Vec<Diagnostic>,
    /// Families that may not be read, and why.
    unreadable: BTreeMap<&'static str, String>,
}

impl Gathered<'_> {
    /// The objects so far, and what is wrong with them.
    fn build(&self) -> (Live, Vec<Diagnostic>) {
        Live::build(self.release, &self.batches)
    }

    /// Reads a list, unless a plan has just read it.
    async fn read(&self, reader: &Reader<'_>, kind: &'static Kind) -> Result<Vec<Json>, Error> {
        match self.planned.and_then(|live| live.lists.get(kind.name)) {
            Some(objects) => Ok(objects.clone()),
            None => whole(reader, kind).await,
        }
    }

    /// Takes a list in. One that may not be read is reported, and leaves verdicts unknown, where that is `bearable`.
    fn take(
        &mut self,
        kind: &'static Kind,
        result: Result<Vec<Json>, Error>,
        bearable: bool,
    ) -> Result<(), Error> {
        match result {
            Ok(objects) => self.batches.push(Batch { kind, objects }),
            Err(error) if error.is_forbidden() && bearable => {
                self.reported.push(refused(kind, &error));
                self.unreadable.insert(kind.family, error.what());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Reports lists that the server cut.
    fn report_cuts(&mut self, reader: &Reader<'_>, kinds: &Kinds, lists: &[&'static Kind]) {
        for kind in &kinds.people {
            if reader.cuts.has(kind) {
                let reason = reader.cuts.reason(std::iter::once(*kind));
                self.unreadable
                    .extend(reason.map(|reason| (kind.family, reason)));
            }
        }
        let is_superuser = reader.server.superuser;
        let is_unexplained = |kind: &&'static Kind| !kind.superuser_list || is_superuser;
        let unexplained = lists.iter().copied().filter(is_unexplained);
        self.reported.extend(reader.cuts.warnings(unexplained));
    }

    /// Takes in the children, of some kinds, of all that has been read.
    async fn take_children(
        &mut self,
        reader: &Reader<'_>,
        kinds: &[&'static Kind],
    ) -> Result<(), Problem> {
        let (live, _) = self.build();
        let owners = live
            .objects
            .values()
            .filter_map(|found| found.binds.clone());
        let owners: Vec<String> = owners.collect();
        for kind in kinds {
            let objects = reader.children(kind, &owners).await?;
            self.batches.push(Batch { kind, objects });
        }
        Ok(())
    }

    /// Takes in the settings, if they decide about an application that has nothing bound to it; whether it did. Before 2026.5
    /// no setting does.
    async fn take_settings(&mut self, reader: &Reader<'_>, live: &Live) -> Result<bool, Problem> {
        let Some(kind) = kinds::kind(SETTINGS).filter(|_| self.release >= V2026_5) else {
            return Ok(false);
        };
        let listed = self.planned.and_then(|live| live.lists.get(kind.name));
        if let Some(objects) = listed {
            let objects = objects.clone();
            self.batches.push(Batch { kind, objects });
            return Ok(true);
        }
        let question = Question::DefaultAccess;
        let was_asked = self
            .planned
            .is_some_and(|live| live.answered.contains_key(&question));
        let has_unbound = || {
            let world = World::of_live(live);
            world.gates.values().any(Gate::is_unbound)
        };
        if !was_asked && !has_unbound() {
            return Ok(false);
        }
        let objects = reader.only(kind).await;
        self.take(kind, objects, true)?;
        Ok(true)
    }

    /// Takes in the policies that have expressions. Those that may not be read are reported.
    async fn take_expressions(&mut self, reader: &Reader<'_>) -> Result<(), Problem> {
        for kind in KINDS.iter().copied() {
            if kind.family != POLICY || kind.field("expression").is_none() {
                continue;
            }
            match self.read(reader, kind).await {
                Ok(objects) => self.batches.push(Batch { kind, objects }),
                Err(error) if error.is_forbidden() => self.reported.push(refused(kind, &error)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

pub(super) async fn whole(reader: &Reader<'_>, kind: &'static Kind) -> Result<Vec<Json>, Error> {
    let first = reader.page(kind, &[]).await?;
    reader.rest(kind, &[], first).await
}

fn refused(kind: &Kind, error: &Error) -> Diagnostic {
    let what = format!(
        "{} cannot be read, so that some verdicts are unknown",
        kind.title()
    );
    let diagnostic = Diagnostic::warning(Code::UNREADABLE, what).note(format!(
        "GET {}: {}",
        kind.path,
        error.what()
    ));
    match kind.permissions {
        Some(rights) => diagnostic.help(format!(
            "give a role of the token's user the permission {}",
            rights.view
        )),
        None => {
            diagnostic.help("a service account in the group `authentik Read-only` may read them")
        }
    }
}
