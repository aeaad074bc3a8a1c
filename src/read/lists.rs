//! Lists and single objects: per kind by pages or singly, whichever is cheaper, and the lists of a family's kinds where
//! that of the family may not be seen.
//!
//! It gives what the server says as it stands; what that means is for `live`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use futures_util::future::try_join_all as try_join;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value as Json;

use super::{Need, Reader, again, by_name, join, page};
use crate::client::{Error, Listing, Page, segment};
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::live::{Batch, Found, Referrer};
use crate::schema::{Find, Keying, Kind, id_text};
use crate::value::Address;

/// How many owners one request may ask for: 40 uuids keep a URL below 2,000 characters.
const OWNERS: usize = 40;
/// How many objects are asked for singly at once; the client bounds the requests besides.
const AT_ONCE: usize = 16;
/// From how many objects that go on, lists are read instead of single objects.
pub(super) const MANY: usize = 12;
/// From how many unexplained ids of one family on the first page of its list may be looked at before they are asked for.
const SOME_IDS: usize = 3;
/// From how many unexplained ids of one family on its whole list is read instead.
const MANY_IDS: usize = 10;

impl Reader<'_> {
    /// Objects of a kind by their names, or all of them where that is cheaper; and whether these are all.
    pub(super) async fn named(
        &self,
        kind: &'static Kind,
        need: &Need,
    ) -> Result<(Vec<Json>, bool), Error> {
        match self.listed(kind, need).await {
            Err(error) if error.is_forbidden() => self.parts(kind, need, error).await,
            listed => listed,
        }
    }

    /// What the list of a whole family would have, from the lists of its kinds. The role `authentik Read-only` brings the
    /// permissions for these and not the one for that. `refused` is the answer if that is of no use.
    pub(super) async fn parts(
        &self,
        kind: &'static Kind,
        need: &Need,
        refused: Error,
    ) -> Result<(Vec<Json>, bool), Error> {
        let whole = kinds::outside(kind.family).is_some_and(|outside| outside == kind);
        let parts =
            kinds::family(kind.family).filter(|part| whole && part.is_in(self.server.release));
        let asked = join(parts.map(|part| self.listed(part, need))).await;
        let (mut objects, mut seen, mut all) = (Vec::new(), false, true);
        for answer in asked {
            match answer {
                Ok((found, these_are_all)) => {
                    objects.extend(found);
                    all &= these_are_all;
                    seen = true;
                }
                Err(error) if error.is_forbidden() => all = false,
                Err(error) => return Err(error),
            }
        }
        // Objects that are in none of the lists may be in one that cannot be seen.
        let there: BTreeSet<String> = objects.iter().filter_map(|raw| kind.name_in(raw)).collect();
        match seen && (all || need.names.is_subset(&there)) {
            true => Ok((objects, all)),
            false => Err(refused),
        }
    }

    pub(super) async fn listed(
        &self,
        kind: &'static Kind,
        need: &Need,
    ) -> Result<(Vec<Json>, bool), Error> {
        if kind.is_singleton() {
            return Ok((self.only(kind).await?, true));
        }
        if kind.unpaginated {
            return Ok((self.page(kind, &[]).await?.results, true));
        }
        if matches!(kind.keying, Keying::Fields(_)) || kind.find == Find::Whole {
            let first = self.page(kind, &[]).await?;
            let all = self.rest(kind, &[], first).await?;
            return Ok((all, !self.cuts.has(kind)));
        }
        // The list of applications is complete only for a superuser (measured: 31 of 41 shown to a read-only token).
        if kind.superuser_list && !self.server.superuser {
            return Ok((
                self.each(kind, need.names.iter().map(String::as_str))
                    .await?,
                false,
            ));
        }
        if need.names.len() == 1 && !need.all {
            return Ok((
                self.each(kind, need.names.iter().map(String::as_str))
                    .await?,
                false,
            ));
        }
        let first = self.page(kind, &[]).await?;
        let rest = first.pages.saturating_sub(1) as usize;
        if first.next.is_some() && !need.all {
            let missing = missing(kind, need, &first.results);
            if missing.len() <= rest {
                let more = self.each(kind, missing.into_iter()).await?;
                return Ok((first.results.iter().cloned().chain(more).collect(), false));
            }
        }
        let mut all = self.rest(kind, &[], first).await?;
        if !self.cuts.has(kind) {
            return Ok((all, true));
        }
        // The server may show an object by itself that it leaves out of the list.
        let more = self
            .each(kind, missing(kind, need, &all).into_iter())
            .await?;
        all.extend(more);
        Ok((all, false))
    }

    /// The only object of its kind.
    pub(super) async fn only(&self, kind: &'static Kind) -> Result<Vec<Json>, Error> {
        self.client
            .get(kind.path, kind.query)
            .await
            .map(|raw| vec![raw])
    }

    pub(super) async fn each<'n>(
        &self,
        kind: &'static Kind,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Vec<Json>, Error> {
        // The first that fails ends it: whoever answers one so answers thousands so.
        let asked = stream::iter(names)
            .map(|name| self.one(kind, name))
            .buffered(AT_ONCE);
        let found: Vec<Vec<Json>> = asked.try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// One object by its name; several, if the server lets several have it.
    pub(super) async fn one(&self, kind: &'static Kind, name: &str) -> Result<Vec<Json>, Error> {
        match kind.find {
            Find::Url => {
                let path = format!("{}{}/", kind.path, segment(name));
                let found = self.client.find(&path, kind.query).await?;
                if found.is_none() {
                    self.cuts.note_absent(kind, name);
                }
                Ok(found.into_iter().collect())
            }
            Find::Filter(_) | Find::Whole => {
                // A dotted key is filtered by its last part, under which alone it may be known too.
                let last = match kind.keying {
                    Keying::Dotted(_) => name.rsplit('.').next().unwrap_or(name),
                    Keying::Typed { .. } => name.split('.').nth(1).unwrap_or(name),
                    _ => name,
                };
                let query = match kind.find {
                    Find::Filter(filter) => vec![(filter, last)],
                    _ => Vec::new(),
                };
                let page = self.page(kind, &query).await?;
                if page.count == 0 && kind.find != Find::Whole {
                    self.cuts.note_absent(kind, name);
                }
                let found = self.rest(kind, &query, page).await?;
                // Some filters ignore case. The decoder reports objects that have no key at all.
                let lacks = |raw: &Json| kind.key_fields().all(|field| raw.get(field).is_none());
                let fits = |raw: &Json| {
                    [kind.name_in(raw), kind.finds_in(raw)]
                        .iter()
                        .flatten()
                        .any(|own| own == name)
                };
                Ok(found
                    .into_iter()
                    .filter(|raw| lacks(raw) || fits(raw))
                    .collect())
            }
            Find::Owner { .. } => Ok(Vec::new()),
        }
    }

    /// The children of some owners, by their ids.
    pub(super) async fn children(
        &self,
        kind: &'static Kind,
        owners: &[String],
    ) -> Result<Vec<Json>, Error> {
        Ok(self.children_after(kind, owners, None).await?.0)
    }

    /// The same where the first page of all there are may have been read already; and whether these are all of everyone's.
    pub(super) async fn children_after(
        &self,
        kind: &'static Kind,
        owners: &[String],
        early: Option<Page>,
    ) -> Result<(Vec<Json>, bool), Error> {
        let Find::Owner { filter, many, .. } = kind.find else {
            return Ok((Vec::new(), false));
        };
        let chunk = if many { OWNERS } else { 1 };
        let chunks: Vec<Vec<(&str, &str)>> = owners
            .chunks(chunk)
            .map(|owners| {
                owners
                    .iter()
                    .map(|owner| (filter, owner.as_str()))
                    .collect()
            })
            .collect();
        if chunks.len() > 1 {
            let first = match early {
                Some(first) => first,
                None => self.page(kind, &[]).await?,
            };
            if first.pages as usize <= chunks.len() {
                let all = self.rest(kind, &[], first).await?;
                return Ok((all, !self.cuts.has(kind)));
            }
        }
        let asked = try_join(chunks.iter().map(async |query| {
            let first = self.page(kind, query).await?;
            self.rest(kind, query, first).await
        }));
        Ok((asked.await?.into_iter().flatten().collect(), false))
    }

    /// The referrers of objects that are to be deleted: one request each. Nothing for an object that has no such list;
    /// where the server fails at the request, which it does for some objects at every attempt, that is reported.
    pub(super) async fn referrers(
        &self,
        going: &[&Found],
    ) -> Result<(BTreeMap<Address, Vec<Referrer>>, Vec<Diagnostic>), Error> {
        let listed = going.iter().filter(|found| !found.kind.unpaginated);
        let asked = join(listed.map(async |found| {
            let path = format!("{}{}/used_by/", found.kind.path, segment(&found.id));
            (found.address.clone(), self.client.find(&path, &[]).await)
        }));
        let mut referrers = BTreeMap::new();
        let mut untold = Vec::new();
        for (address, answer) in asked.await {
            let answer = match answer {
                Err(error) if error.status() == Some(500) => {
                    let what = format!("the server did not report what refers to {address}");
                    let help = "Its cascades are known only from akrec's own table.";
                    untold.push(
                        Diagnostic::warning(Code::UNREADABLE, what)
                            .note(error.what())
                            .help(help),
                    );
                    None
                }
                answer => answer?,
            };
            let entries = answer.unwrap_or_default();
            referrers.insert(
                address,
                entries
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Referrer::read)
                    .collect(),
            );
        }
        Ok((referrers, untold))
    }

    /// Objects by the ids that references carry. `by_page` says whether some are looked for on the first page of their list
    /// before they are asked for singly.
    pub(super) async fn ids(
        &self,
        wanted: BTreeMap<&'static str, BTreeSet<String>>,
        by_page: bool,
    ) -> Result<Vec<Batch>, Error> {
        let mut batches = Vec::new();
        for (family, ids) in wanted {
            let Some(kind) = kinds::outside(family).or_else(|| kinds::family(family).next()) else {
                continue;
            };
            let one = |id: String| async move { self.by_id(kind, &id).await };
            let singly =
                (kind.pk_filter.is_some() || kind.id == kind.pk) && kind.distinguished_by.is_none();
            let objects = if singly && ids.len() <= MANY_IDS {
                let found = match kind.pk_filter {
                    None if by_page && ids.len() >= SOME_IDS => {
                        let ids = ids.iter().map(|id| (id.as_str(), None)).collect();
                        self.some(kind, &ids, SOME_IDS)
                            .await
                            .map(|objects| vec![objects])
                    }
                    _ => join(ids.into_iter().map(one))
                        .await
                        .into_iter()
                        .collect::<Result<Vec<_>, _>>(),
                };
                match found {
                    Err(error) if error.is_forbidden() => {
                        let all = Need::everything();
                        self.parts(kind, &all, error)
                            .await
                            .map(|(objects, _)| objects)
                    }
                    found => found.map(|found| found.into_iter().flatten().collect()),
                }
            } else {
                self.named(kind, &Need::everything())
                    .await
                    .map(|(objects, _)| objects)
            };
            // A name that cannot be looked up is shown as unknown; that does not stop the run.
            match objects {
                Ok(objects) => batches.push(Batch { kind, objects }),
                Err(error) if error.is_forbidden() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(batches)
    }

    /// Objects of a kind by what stands in their URLs, with their names if these are known: few by their names, many by the
    /// first page of the list and what that lacks by the rest of it, whichever takes fewer requests. What a list does not
    /// show is read by itself.
    pub(super) async fn some(
        &self,
        kind: &'static Kind,
        wanted: &BTreeMap<&str, Option<&str>>,
        many: usize,
    ) -> Result<Vec<Json>, Error> {
        let mut found: BTreeMap<String, Json> = BTreeMap::new();
        let mut take = |rows: Vec<Json>| {
            let rows = rows
                .into_iter()
                .filter_map(|raw| Some((raw.get(kind.id).and_then(id_text)?, raw)));
            found.extend(rows.filter(|(id, _)| wanted.contains_key(id.as_str())));
            found.len()
        };
        let listed = if wanted.len() >= many {
            match self.page(kind, &[]).await {
                Ok(first) => {
                    let rest = first.pages.saturating_sub(1) as usize;
                    let missing = wanted.len() - take(first.results.clone());
                    match missing > rest {
                        true => self.rest(kind, &[], first).await,
                        false => Ok(Vec::new()),
                    }
                }
                Err(error) => Err(error),
            }
        } else {
            let names = stream::iter(wanted.values().filter_map(|name| *name));
            let asked = names
                .map(|name| by_name(self.client, self.server, kind, name))
                .buffered(AT_ONCE);
            asked
                .try_collect::<Vec<_>>()
                .await
                .map(|rows| rows.into_iter().flatten().collect())
        };
        match listed {
            Ok(rows) => take(rows),
            // Who may read an object need not be allowed to read the list.
            Err(error) if error.is_forbidden() => 0,
            Err(error) => return Err(error),
        };
        let missing: Vec<&str> = wanted
            .keys()
            .copied()
            .filter(|id| !found.contains_key(*id))
            .collect();
        let asked = stream::iter(missing)
            .map(|id| again(self.client, kind, id))
            .buffered(AT_ONCE);
        let more: Vec<Option<Json>> = asked.try_collect().await?;
        Ok(found
            .into_values()
            .chain(more.into_iter().flatten())
            .collect())
    }

    /// An object by what others refer to it by; none if it is gone.
    pub(super) async fn by_id(&self, kind: &'static Kind, id: &str) -> Result<Vec<Json>, Error> {
        match kind.pk_filter {
            Some(filter) => Ok(self.page(kind, &[(filter, id)]).await?.results),
            None if kind.id == kind.pk => {
                Ok(again(self.client, kind, id).await?.into_iter().collect())
            }
            None => {
                let (mut all, _) = self.named(kind, &Need::everything()).await?;
                all.retain(|raw| raw.get(kind.pk).and_then(id_text).as_deref() == Some(id));
                Ok(all)
            }
        }
    }

    /// Some names of families in which a reference names nothing, so that the error can say what may be meant. The plan
    /// fails anyway; a hint that cannot be had is left out.
    pub(super) async fn hints(&self, families: &BTreeSet<&'static str>) -> Vec<Batch> {
        let kinds = families
            .iter()
            .filter_map(|family| kinds::outside(family).or_else(|| kinds::family(family).next()));
        let pages = join(kinds.map(async |kind| {
            Some(Batch {
                kind,
                objects: self.page(kind, &[]).await.ok()?.results,
            })
        }));
        pages.await.into_iter().flatten().collect()
    }

    pub(super) async fn page(
        &self,
        kind: &'static Kind,
        filter: &[(&str, &str)],
    ) -> Result<Page, Error> {
        let page = page(self.client, kind, filter, 1).await?;
        if filter.is_empty() {
            self.totals
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(kind.name, page.count);
        }
        Ok(page)
    }

    pub(super) async fn rest(
        &self,
        kind: &'static Kind,
        filter: &[(&str, &str)],
        first: Page,
    ) -> Result<Vec<Json>, Error> {
        let listing = match first.next {
            None => Listing {
                rows: first.results,
                count: first.count,
            },
            Some(_) => {
                self.client
                    .pages(kind.path, &query(kind, filter), first)
                    .await?
            }
        };
        self.cuts
            .note(kind, filter, listing.rows.len(), listing.count);
        Ok(listing.rows)
    }
}

/// The needed names that are not among some objects.
fn missing<'n>(kind: &Kind, need: &'n Need, objects: &[Json]) -> Vec<&'n str> {
    let there: BTreeSet<String> = objects.iter().filter_map(|raw| kind.name_in(raw)).collect();
    need.names
        .iter()
        .map(String::as_str)
        .filter(|name| !there.contains(*name))
        .collect()
}

/// The query of a list: without an explicit ordering some collections skip or repeat rows between pages.
pub(super) fn query<'a>(
    kind: &'static Kind,
    filter: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut query: Vec<(&str, &str)> = vec![("ordering", kind.id)];
    query.extend_from_slice(kind.query);
    query.extend_from_slice(filter);
    query
}
