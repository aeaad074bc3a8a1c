//! Reads all objects of some kinds, for export: list pages of every kind, and the names of the objects that they refer
//! to.
//!
//! A kind that cannot be listed is reported and left out, never skipped silently.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all as join;
use serde_json::Value as Json;

use super::{Need, Problem, Reader, Server, members};
use crate::client::{Client, Error, ErrorKind};
use crate::diag::{Code, Diagnostic};
use crate::kinds::{self, KINDS};
use crate::live::{Batch, Live};
use crate::schema::{Kind, Release, Shape};
use crate::value::Address;

/// Reads every object of some kinds (of all kinds if there are none) with what is written under them. Sets that take a
/// request an object are read for what authentik made itself only with `all`. `done` hears of every list that was read.
pub async fn everything(
    client: &Client,
    server: &Server,
    wanted: &[&'static Kind],
    all: bool,
    done: &dyn Fn(&'static Kind),
) -> Result<(Live, Vec<Diagnostic>), Problem> {
    let reader = Reader::new(client, server);
    let Needed { full, named } = needed(wanted, server.release);
    let lists: Vec<&'static Kind> = full.iter().chain(&named).copied().collect();
    let mut found = Found::default();
    found.read_lists(&reader, &lists, &full, done).await?;
    if !server.superuser {
        found.diagnostics.extend(
            lists
                .iter()
                .filter(|kind| kind.superuser_list)
                .map(|kind| incomplete(kind)),
        );
    }
    found.read_members(&reader, &full, all).await?;
    found
        .diagnostics
        .extend(reader.cuts.cut_set().map(|reason| {
            let diagnostic =
                Diagnostic::warning(Code::CUT_LIST, "a list that was read is not complete")
                    .note(reason);
            diagnostic.help("use a token of a superuser")
        }));
    for kind in beside(&found.batches, &lists, server.release) {
        let read = match reader.page(kind, &[]).await {
            Ok(first) => reader.rest(kind, &[], first).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(objects) => found.batches.push(Batch { kind, objects }),
            Err(error) if is_refusal(&error) => found.leave_out(kind, &error, false),
            Err(error) => return Err(error.into()),
        }
    }
    // The lists that only a superuser sees whole have their own warning.
    let explained = |kind: &Kind| kind.superuser_list && !server.superuser;
    found.diagnostics.extend(
        reader
            .cuts
            .warnings(lists.iter().copied().filter(|kind| !explained(kind))),
    );
    // Names of what the objects refer to and no list so far has.
    let (partial, _) = Live::build(server.release, &found.batches);
    let more = reader.ids(unknown(&partial, &full), false).await?;
    found.batches.extend(more);
    let (mut live, problems) = Live::build(server.release, &found.batches);
    found.diagnostics.extend(problems);
    live.unreadable = found.unreadable;
    let listed = |kind: &Kind| {
        found.batches.iter().any(|it| it.kind == kind) && !live.unreadable.contains_key(kind.family)
    };
    let is_whole = |kind: &Kind| listed(kind) && !explained(kind) && !reader.cuts.has(kind);
    let whole: Vec<&str> = KINDS
        .iter()
        .copied()
        .filter(|kind| is_whole(kind))
        .map(|kind| kind.name)
        .collect();
    live.forget_permissions_on(&|kind, _| whole.contains(&kind.name));
    Ok((live, found.diagnostics))
}

/// The objects that have been read so far, and the kinds that could not be read.
#[derive(Default)]
struct Found {
    batches: Vec<Batch>,
    unreadable: BTreeMap<&'static str, String>,
    diagnostics: Vec<Diagnostic>,
}

impl Found {
    /// Leaves a kind out that cannot be listed, and says so. `whole` if it was wanted for itself.
    fn leave_out(&mut self, kind: &'static Kind, error: &Error, whole: bool) {
        self.unreadable.insert(kind.family, error.what());
        self.diagnostics.push(refused(kind, error, whole));
    }

    /// Every list, all at once. If none can be read, it is not the lists that are refused.
    async fn read_lists(
        &mut self,
        reader: &Reader<'_>,
        lists: &[&'static Kind],
        full: &[&'static Kind],
        done: &dyn Fn(&'static Kind),
    ) -> Result<(), Problem> {
        let release = reader.server.release;
        // The lists of the family's kinds have the same.
        let covered = |kind: &'static Kind| {
            let mut parts = kinds::family(kind.family)
                .filter(|part| part.is_in(release))
                .peekable();
            kinds::outside(kind.family) == Some(kind)
                && parts.peek().is_some()
                && parts.all(|part| lists.contains(&part))
        };
        let results = join(lists.iter().map(async |kind| {
            let result = match kind.is_singleton() {
                true => reader.only(kind).await,
                false => match reader.page(kind, &[]).await {
                    Ok(first) => reader.rest(kind, &[], first).await,
                    Err(error) if is_refusal(&error) && !covered(kind) => {
                        let all = Need::everything();
                        reader
                            .parts(kind, &all, error)
                            .await
                            .map(|(objects, _)| objects)
                    }
                    Err(error) => Err(error),
                },
            };
            done(kind);
            result
        }));
        let results = results.await;
        let any = results.iter().any(Result::is_ok);
        for (kind, result) in lists.iter().zip(results) {
            match result {
                Ok(objects) => self.batches.push(Batch { kind, objects }),
                Err(error) if is_refusal(&error) && any && covered(kind) => {}
                Err(error) if is_refusal(&error) && any => {
                    self.leave_out(kind, &error, full.contains(kind))
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Sets that answers lack; `all` also those of what authentik made itself.
    async fn read_members(
        &mut self,
        reader: &Reader<'_>,
        full: &[&'static Kind],
        all: bool,
    ) -> Result<(), Problem> {
        for kind in full {
            let theirs = |name: &str| {
                all || !kinds::is_builtin(&Address::named(kind.family, name), &BTreeMap::new())
            };
            let has = |field| {
                kind.field(field)
                    .is_some_and(|field| field.is_in(reader.server.release))
            };
            for members in kind.members.iter().filter(|members| has(members.field)) {
                match reader.sets(kind, members, &theirs, &mut self.batches).await {
                    Err(error) if is_refusal(&error) => self.diagnostics.push(
                        Diagnostic::warning(Code::UNREADABLE, members::unreadable(kind, members))
                            .note(error.what())
                            .help("it is left out; use a token of a superuser"),
                    ),
                    read => read?,
                }
            }
        }
        Ok(())
    }
}

/// The warning that a list is complete only for a superuser.
fn incomplete(kind: &Kind) -> Diagnostic {
    Diagnostic::warning(
        Code::UNREADABLE,
        format!("the list of {} may not be complete", kind.title()),
    )
    .note("authentik shows all of them only to a superuser")
    .help("use a token of a superuser")
}

/// The lists that are read.
struct Needed {
    /// Kinds that are read for themselves.
    full: Vec<&'static Kind>,
    /// Collections that only give names to references.
    named: Vec<&'static Kind>,
}

fn needed(wanted: &[&'static Kind], release: Release) -> Needed {
    if wanted.is_empty() {
        let of_table = KINDS.iter().copied();
        let outside = kinds::OUTSIDE.iter();
        let is_mixed = |kind: &&'static Kind| kinds::family(kind.family).next().is_some();
        return Needed {
            full: of_table.filter(|kind| kind.is_in(release)).collect(),
            named: outside
                .filter(|kind| kind.is_in(release))
                .filter(is_mixed)
                .collect(),
        };
    }
    let full = with_children(wanted, release);
    let mut named: Vec<&'static Kind> = Vec::new();
    // Lists that show objects of other kinds too are understood only beside the lists of those.
    for kind in KINDS.iter().copied() {
        let is_beside = full
            .iter()
            .any(|other| kind.also_listed_by == Some(other.name));
        if is_beside && kind.is_in(release) && !full.contains(&kind) {
            named.push(kind);
        }
    }
    for kind in &full {
        for family in referred_families(kind, &full, release) {
            for kind in naming(family, release) {
                if !full.contains(&kind) && !named.contains(&kind) {
                    named.push(kind);
                }
            }
        }
    }
    Needed { full, named }
}

/// Some kinds, with the kinds of all that is written under their objects.
fn with_children(wanted: &[&'static Kind], release: Release) -> Vec<&'static Kind> {
    let mut full: Vec<&'static Kind> = wanted.to_vec();
    full.retain(|kind| kind.is_in(release));
    let mut next = 0;
    while let Some(kind) = full.get(next).copied() {
        next += 1;
        for children in kind.children {
            let Some(child) = kinds::kind(children.kind) else {
                continue;
            };
            if child.is_in(release) && !full.contains(&child) {
                full.push(child);
            }
        }
    }
    full
}

/// The families that the objects of a kind refer to, apart from the owners that they are written under.
fn referred_families(kind: &Kind, full: &[&'static Kind], release: Release) -> Vec<&'static str> {
    let is_owner = |field: &str| {
        let mut lists = full.iter().flat_map(|kind| kind.children);
        lists.any(|children| children.kind == kind.name && children.owner == field)
    };
    let mut families = Vec::new();
    for field in kind.fields {
        if field.is_in(release) && !is_owner(field.name) {
            families.extend_from_slice(field.shape.families());
        }
    }
    families
}

/// The lists that give names to the objects of a family. Families of thousands of names that few objects use are looked up
/// by id instead.
fn naming(family: &str, release: Release) -> Vec<&'static Kind> {
    let outside = kinds::outside(family).filter(|kind| kind.is_in(release));
    let plain = outside.map_or(&[][..], |kind| kind.aliases);
    let mut lists = Vec::new();
    for kind in kinds::family(family) {
        let has_more = kind.aliases.iter().any(|alias| !plain.contains(alias));
        if kind.is_in(release) && (outside.is_none() || has_more) {
            lists.push(kind);
        }
    }
    if kinds::family(family).next().is_some() {
        lists.extend(outside);
    }
    lists
}

/// What the sets that were read apart are made of, if no list has it: permissions are understood only with all that is
/// known of them.
fn beside(batches: &[Batch], lists: &[&'static Kind], release: Release) -> Vec<&'static Kind> {
    let mut kinds: Vec<&'static Kind> = Vec::new();
    for batch in batches {
        for members in batch.kind.members {
            let Some(field) = batch.kind.field(members.field) else {
                continue;
            };
            let family = match field.shape {
                Shape::Set(Shape::Grant { permission, .. }) => *permission,
                _ => field.shape.families().first().copied().unwrap_or_default(),
            };
            let Some(kind) = kinds::outside(family).filter(|kind| kind.is_in(release)) else {
                continue;
            };
            let is_read = lists.contains(&kind) || kinds.contains(&kind);
            if !is_read && batch.objects.iter().any(|raw| has_items(&raw[field.name])) {
                kinds.push(kind);
            }
        }
    }
    kinds
}

fn has_items(raw: &Json) -> bool {
    raw.as_array().is_some_and(|items| !items.is_empty())
}

/// Ids that nothing explains, in objects of these kinds.
fn unknown(live: &Live, kinds: &[&'static Kind]) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut unknown: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for found in live
        .objects
        .values()
        .filter(|found| kinds.contains(&found.kind))
    {
        for field in found.kind.fields {
            let (Some(value), &[family]) = (found.fields.get(field.name), field.shape.families())
            else {
                continue;
            };
            let ids = Live::unknown_ids(field, value)
                .into_iter()
                .map(str::to_owned);
            unknown.entry(family).or_default().extend(ids);
        }
    }
    unknown.retain(|_, ids| !ids.is_empty());
    unknown
}

/// Whether only this list is refused, or not there: not the token, and not the way to the server.
fn is_refusal(error: &Error) -> bool {
    matches!(error.status(), Some(403 | 404))
        && !matches!(error.kind, ErrorKind::Unauthorized { .. })
}

fn refused(kind: &Kind, error: &Error, whole: bool) -> Diagnostic {
    let what = if whole {
        "cannot be read and are left out"
    } else {
        "cannot be read, so references to them have no name"
    };
    Diagnostic::warning(Code::UNREADABLE, format!("{} {what}", kind.title()))
        .note(error.what())
        .note(format!("the request was GET {}", kind.path))
}
