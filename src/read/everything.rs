//! Reads all there is of some kinds, for export: list pages of every kind, and the names of what they refer to.
//!
//! A kind that cannot be listed is told and left out, never passed over in silence.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all as join;
use serde_json::Value as Raw;

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
    let (full, named) = needed(wanted, server.release);
    let lists: Vec<&'static Kind> = full.iter().chain(&named).copied().collect();
    let mut found = Found::default();
    found.read_lists(&reader, &lists, &full, done).await?;
    if !server.superuser {
        found.told.extend(
            lists
                .iter()
                .filter(|kind| kind.superuser_list)
                .map(|kind| incomplete(kind)),
        );
    }
    found.read_members(&reader, &full, all).await?;
    found.told.extend(reader.cuts.cut_set().map(|reason| {
        let told = Diagnostic::warning(Code::CUT_LIST, "a list that was read is not complete")
            .note(reason);
        told.help("use a token of a superuser")
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
    found.told.extend(
        reader
            .cuts
            .warnings(lists.iter().copied().filter(|kind| !explained(kind))),
    );
    // Names of what the objects refer to and no list so far has.
    let (partial, _) = Live::build(server.release, &found.batches);
    let more = reader.ids(unknown(&partial, &full), false).await?;
    found.batches.extend(more);
    let (mut live, problems) = Live::build(server.release, &found.batches);
    found.told.extend(problems);
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
    Ok((live, found.told))
}

/// What has been read so far, and what could not be.
#[derive(Default)]
struct Found {
    batches: Vec<Batch>,
    unreadable: BTreeMap<&'static str, String>,
    told: Vec<Diagnostic>,
}

impl Found {
    /// Leaves a kind out that cannot be listed, and says so. `whole` if it was wanted for itself.
    fn leave_out(&mut self, kind: &'static Kind, error: &Error, whole: bool) {
        self.unreadable.insert(kind.family, error.what());
        self.told.push(refused(kind, error, whole));
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
            let result = match kind.is_single() {
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
                    Err(error) if is_refusal(&error) => self.told.push(
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

/// That a list is complete only for a superuser.
fn incomplete(kind: &Kind) -> Diagnostic {
    Diagnostic::warning(
        Code::UNREADABLE,
        format!("the list of {} may not be complete", kind.title()),
    )
    .note("authentik shows all of them only to a superuser")
    .help("use a token of a superuser")
}

/// The kinds to be read for themselves, and the collections that only give names to references.
fn needed(wanted: &[&'static Kind], release: Release) -> (Vec<&'static Kind>, Vec<&'static Kind>) {
    let known = |kind: &&'static Kind| kind.is_in(release);
    let outside = || kinds::OUTSIDE.iter().filter(|kind| kind.is_in(release));
    if wanted.is_empty() {
        let mixed = outside().filter(|kind| kinds::family(kind.family).next().is_some());
        return (
            KINDS.iter().copied().filter(known).collect(),
            mixed.collect(),
        );
    }
    let mut full: Vec<&'static Kind> = wanted.iter().copied().filter(known).collect();
    let mut next = 0;
    while let Some(kind) = full.get(next).copied() {
        let children = kind
            .children
            .iter()
            .filter_map(|children| kinds::kind(children.kind))
            .filter(known);
        let new: Vec<&'static Kind> = children.filter(|child| !full.contains(child)).collect();
        full.extend(new);
        next += 1;
    }
    // Lists that show objects of other kinds too are understood only beside the lists of those.
    let inside = |kind: &&'static Kind| full.iter().any(|other| kind.inside == Some(other.name));
    let mut named: Vec<&'static Kind> = KINDS
        .iter()
        .copied()
        .filter(known)
        .filter(inside)
        .filter(|kind| !full.contains(kind))
        .collect();
    for kind in &full {
        let owner = |field: &str| {
            full.iter()
                .flat_map(|kind| kind.children)
                .any(|it| it.kind == kind.name && it.owner == field)
        };
        let fields = kind
            .fields
            .iter()
            .filter(|field| field.is_in(release) && !owner(field.name));
        for family in fields.flat_map(|field| field.shape.families()) {
            let plain = kinds::outside(family).filter(|kind| kind.is_in(release));
            let short = plain.map_or(&[][..], |kind| kind.aliases);
            let aliased = |kind: &&'static Kind| {
                plain.is_none() || kind.aliases.iter().any(|it| !short.contains(it))
            };
            let kinds = kinds::family(family).filter(known).filter(aliased);
            // Families of thousands of names that few objects use are looked up by id instead.
            let plain = plain.filter(|_| kinds::family(family).next().is_some());
            for kind in kinds.chain(plain) {
                if !full.contains(&kind) && !named.contains(&kind) {
                    named.push(kind);
                }
            }
        }
    }
    (full, named)
}

/// What the sets that were read apart are made of, if no list has it: permissions are understood only with all that is
/// known of them.
fn beside(batches: &[Batch], lists: &[&'static Kind], release: Release) -> Vec<&'static Kind> {
    let mut kinds: Vec<&'static Kind> = Vec::new();
    for batch in batches {
        for field in batch
            .kind
            .members
            .iter()
            .filter_map(|members| batch.kind.field(members.field))
        {
            let family = match field.shape {
                Shape::Set(Shape::Grant { permission, .. }) => *permission,
                _ => field.shape.families().first().copied().unwrap_or_default(),
            };
            let plain = kinds::outside(family).filter(|kind| kind.is_in(release));
            let has = |raw: &Raw| {
                raw[field.name]
                    .as_array()
                    .is_some_and(|items| !items.is_empty())
            };
            let new = plain.filter(|kind| !lists.contains(kind) && !kinds.contains(kind));
            kinds.extend(new.filter(|_| batch.objects.iter().any(has)));
        }
    }
    kinds
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
