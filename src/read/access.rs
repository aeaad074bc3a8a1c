//! Reads what decides about access: users, groups, applications with their entitlements, and what is bound to them.
//!
//! Lists in pages of 100, at once, but for those that a plan has just read; nothing else but the expressions of policies, and
//! those only if one is bound. Users or groups that may not be read are told, and leave verdicts unknown.

use std::collections::BTreeMap;

use futures_util::future::join_all as join;
use serde_json::Value as Raw;

use super::{Problem, Reader, Server};
use crate::access::{GROUP, Gate, POLICY, SETTINGS, USER, World};
use crate::client::{Client, Error};
use crate::diag::{Code, Diagnostic};
use crate::kinds::{self, KINDS};
use crate::live::{Batch, Live, Question};
use crate::schema::{Items, Kind, V2026_5};

/// Reads who may open what: of all applications, or of one by its slug. Lists that a plan has just read are not asked for
/// again: what they decide is then decided of the very world that was planned on.
pub async fn access(
    client: &Client,
    server: &Server,
    application: Option<&str>,
    planned: Option<&Live>,
) -> Result<(Live, Vec<Diagnostic>), Problem> {
    let reader = Reader::new(client, server);
    let guarded: Vec<&'static Kind> = KINDS.iter().copied().filter(|kind| kind.guarded).collect();
    let children = || guarded.iter().flat_map(|kind| kind.children);
    let of = |wanted: &dyn Fn(Items) -> bool| -> Vec<&'static Kind> {
        children()
            .filter(|it| wanted(it.items))
            .filter_map(|it| kinds::kind(it.kind))
            .collect()
    };
    let bindings = of(&|items| matches!(items, Items::Subjects(_)));
    let entitlements = of(&|items| matches!(items, Items::Named(_)));
    let people: Vec<&'static Kind> = [GROUP, USER].into_iter().filter_map(kinds::kind).collect();

    let mut told = Vec::new();
    let mut unreadable: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut batches: Vec<Batch> = Vec::new();
    let lists: Vec<&'static Kind> = match application {
        Some(_) => people.clone(),
        None => people
            .iter()
            .chain(&guarded)
            .chain(&entitlements)
            .chain(&bindings)
            .copied()
            .collect(),
    };
    let named = join(guarded.iter().map(async |kind| match application {
        Some(name) => Some((*kind, reader.one(kind, name).await)),
        None => None,
    }));
    let read = async |kind: &'static Kind| match planned.and_then(|live| live.lists.get(kind.name))
    {
        Some(objects) => Ok(objects.clone()),
        None => whole(&reader, kind).await,
    };
    let (results, named) = tokio::join!(join(lists.iter().map(|kind| read(kind))), named);
    for (kind, result) in lists
        .iter()
        .copied()
        .zip(results)
        .chain(named.into_iter().flatten())
    {
        match result {
            Ok(objects) => batches.push(Batch { kind, objects }),
            Err(error) if error.is_forbidden() && people.contains(&kind) => {
                told.push(refused(kind, &error));
                unreadable.insert(kind.family, error.what());
            }
            Err(error) => return Err(error.into()),
        }
    }
    for kind in people.iter().filter(|kind| reader.cuts.has(kind)) {
        unreadable.extend(
            reader
                .cuts
                .reason(std::iter::once(*kind))
                .map(|reason| (kind.family, reason)),
        );
    }
    let explained = |kind: &Kind| kind.superuser_list && !server.superuser;
    told.extend(
        reader
            .cuts
            .warnings(lists.iter().copied().filter(|kind| !explained(kind))),
    );
    if application.is_none() && !server.superuser {
        for kind in guarded.iter().filter(|kind| kind.superuser_list) {
            told.push(
                Diagnostic::warning(
                    Code::UNREADABLE,
                    format!("the list of {} may not be complete", kind.title()),
                )
                .note("authentik shows all of them only to a superuser")
                .help("use a token of a superuser, or name one application with --app"),
            );
        }
    }
    if application.is_some() {
        for kinds in [&entitlements, &bindings] {
            let (live, _) = Live::build(server.release, &batches);
            let owners: Vec<String> = live
                .objects
                .values()
                .filter_map(|found| found.binds.clone())
                .collect();
            for kind in kinds {
                batches.push(Batch {
                    kind,
                    objects: reader.children(kind, &owners).await?,
                });
            }
        }
    }
    let (mut live, mut problems) = Live::build(server.release, &batches);
    // Before 2026.5 no setting decides.
    let decides = server.release >= V2026_5;
    let asked = planned.is_some_and(|live| live.answered.contains_key(&Question::DefaultAccess));
    let settings = kinds::kind(SETTINGS).filter(|_| decides);
    let listed = settings.and_then(|kind| planned?.lists.get(kind.name));
    let unbound = || World::of_live(&live).gates.values().any(Gate::is_unbound);
    if let Some(kind) = settings.filter(|_| asked || listed.is_some() || unbound()) {
        let read = match listed {
            Some(objects) => Ok(objects.clone()),
            None => reader.only(kind).await,
        };
        match read {
            Ok(objects) => {
                batches.push(Batch { kind, objects });
                (live, problems) = Live::build(server.release, &batches);
            }
            Err(error) if error.is_forbidden() => {
                told.push(refused(kind, &error));
                unreadable.insert(kind.family, error.what());
            }
            Err(error) => return Err(error.into()),
        }
    }
    // What a policy says by itself is in its expression.
    if World::of_live(&live).asks_policies() {
        for kind in KINDS
            .iter()
            .copied()
            .filter(|kind| kind.family == POLICY && kind.field("expression").is_some())
        {
            match read(kind).await {
                Ok(objects) => batches.push(Batch { kind, objects }),
                Err(error) if error.is_forbidden() => told.push(refused(kind, &error)),
                Err(error) => return Err(error.into()),
            }
        }
        (live, problems) = Live::build(server.release, &batches);
    }
    told.extend(problems);
    live.unreadable = unreadable;
    Ok((live, told))
}

pub(super) async fn whole(reader: &Reader<'_>, kind: &'static Kind) -> Result<Vec<Raw>, Error> {
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
    match kind.rights {
        Some(rights) => diagnostic.help(format!(
            "give a role of the token's user the permission {}",
            rights.view
        )),
        None => {
            diagnostic.help("a service account in the group `authentik Read-only` may read them")
        }
    }
}
