//! Answers the questions of the safety checks against lockouts and against applications becoming open to all users, and
//! those about privileges: a request or two, and only for plans that may take something away, open an application or give
//! somebody power.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all as join;
use serde_json::Value as Json;

use super::access::whole as whole_list;
use super::{Reader, again};
use crate::access::SETTINGS;
use crate::client::Error;
use crate::client::segment;
use crate::kinds;
use crate::live::{Batch, Question};
use crate::schema::{ItemWrites, Items, Kind, Members, WayIn, id_text};

/// How deep groups may lie below each other.
const DEEP: usize = 20;

impl Reader<'_> {
    /// The answer to a question. The lists of `whole` have been read already.
    pub(super) async fn answer(
        &self,
        question: &Question,
        whole: &[&Batch],
    ) -> Result<Vec<Batch>, Error> {
        let batches = match question {
            Question::Superusers => {
                let found = part(|way_in| match way_in {
                    WayIn::Group { all, below, .. } => Some((all, below)),
                    _ => None,
                });
                let Some((kind, (all, below))) = found else {
                    return Ok(Vec::new());
                };
                vec![Batch {
                    kind,
                    objects: self.superusers(kind, all, below).await?,
                }]
            }
            Question::Below(ids) => {
                let found = part(|way_in| match way_in {
                    WayIn::Group { below, .. } => Some(below),
                    _ => None,
                });
                let Some((kind, below)) = found else {
                    return Ok(Vec::new());
                };
                let asked = ids.iter().map(|id| again(self.client, kind, id));
                let mut groups = Vec::new();
                for raw in join(asked).await {
                    groups.extend(raw?);
                }
                vec![Batch {
                    kind,
                    objects: self.with_those_below(kind, groups, below).await?,
                }]
            }
            Question::Holders(id) => self.holders(id).await?,
            Question::Permissions(id) => self.permissions(id).await?,
            Question::Users(ids) => {
                let Some((kind, ())) = users() else {
                    return Ok(Vec::new());
                };
                self.ids(BTreeMap::from([(kind.family, ids.clone())]), false)
                    .await?
            }
            Question::User(name) => {
                let Some((kind, ())) = users() else {
                    return Ok(Vec::new());
                };
                vec![Batch {
                    kind,
                    objects: self.one(kind, name).await?,
                }]
            }
            Question::Brand => {
                let found = part(|way_in| match way_in {
                    WayIn::Brand { default, .. } => Some(default),
                    _ => None,
                });
                let Some((kind, default)) = found else {
                    return Ok(Vec::new());
                };
                vec![Batch {
                    kind,
                    objects: self.where_true(kind, default).await?,
                }]
            }
            Question::Stages(flow) => {
                let found = part(|way_in| matches!(way_in, WayIn::Step { .. }).then_some(()));
                let Some((kind, ())) = found else {
                    return Ok(Vec::new());
                };
                vec![Batch {
                    kind,
                    objects: self.children(kind, std::slice::from_ref(flow)).await?,
                }]
            }
            Question::DefaultAccess => {
                let Some(kind) = kinds::kind(SETTINGS) else {
                    return Ok(Vec::new());
                };
                vec![Batch {
                    kind,
                    objects: self.only(kind).await?,
                }]
            }
            Question::SignIn => self.sign_in(whole).await?,
            Question::Applications => {
                let lists = join(
                    guarding()
                        .into_iter()
                        .map(async |kind| (kind, whole_list(self, kind).await)),
                )
                .await;
                let read = |(kind, objects): (_, Result<_, Error>)| {
                    Ok(Batch {
                        kind,
                        objects: objects?,
                    })
                };
                lists.into_iter().map(read).collect::<Result<_, Error>>()?
            }
        };
        Ok(batches)
    }

    /// Objects where a field is true.
    async fn where_true(&self, kind: &'static Kind, field: &str) -> Result<Vec<Json>, Error> {
        let filter = [(field, "true")];
        let first = self.page(kind, &filter).await?;
        self.rest(kind, &filter, first).await
    }

    /// Groups where a field is true, with all that are below them.
    async fn superusers(
        &self,
        kind: &'static Kind,
        field: &str,
        below: &str,
    ) -> Result<Vec<Json>, Error> {
        let groups = self.where_true(kind, field).await?;
        self.with_those_below(kind, groups, below).await
    }

    /// Groups and users that have a role, by what the server lists as referring to it.
    async fn holders(&self, id: &str) -> Result<Vec<Batch>, Error> {
        let Some(kind) = role() else {
            return Ok(Vec::new());
        };
        let path = format!("{}{}/used_by/", kind.path, segment(id));
        let answer = self.client.find(&path, &[]).await?.unwrap_or_default();
        let mut wanted: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        for entry in answer.as_array().into_iter().flatten() {
            let text = |name: &str| entry.get(name).and_then(Json::as_str).unwrap_or_default();
            let model = format!("{}.{}", text("app"), text("model_name"));
            let holder = kinds::by_model(&model).filter(|kind| {
                matches!(kind.way_in, Some(WayIn::User { .. } | WayIn::Group { .. }))
            });
            if let (Some(holder), Some(id)) = (holder, entry.get("pk").and_then(id_text)) {
                wanted.entry(holder.family).or_default().insert(id);
            }
        }
        self.ids(wanted, false).await
    }

    /// A role with the permissions that it gives.
    async fn permissions(&self, id: &str) -> Result<Vec<Batch>, Error> {
        let Some(kind) = role() else {
            return Ok(Vec::new());
        };
        let objects: Vec<Json> = again(self.client, kind, id).await?.into_iter().collect();
        let mut batches = vec![Batch { kind, objects }];
        for members in kind.members.iter().filter(|it| is_granted(it)) {
            self.sets(kind, members, &|_| true, &mut batches).await?;
        }
        Ok(batches)
    }

    /// Some groups, with all that lie below them.
    async fn with_those_below(
        &self,
        kind: &'static Kind,
        groups: Vec<Json>,
        below: &str,
    ) -> Result<Vec<Json>, Error> {
        let mut all = groups;
        let mut known: BTreeSet<String> = all
            .iter()
            .filter_map(|raw| raw.get(kind.pk).and_then(id_text))
            .collect();
        let mut level = 0..all.len();
        for _ in 0..DEEP {
            let lists = all[level.clone()]
                .iter()
                .filter_map(|raw| raw.get(below)?.as_array());
            let next: BTreeSet<String> = lists
                .flatten()
                .filter_map(id_text)
                .filter(|id| !known.contains(id))
                .collect();
            if next.is_empty() {
                break;
            }
            let found = join(next.iter().map(|id| again(self.client, kind, id))).await;
            let start = all.len();
            for raw in found {
                all.extend(raw?);
            }
            known.extend(next);
            level = start..all.len();
        }
        Ok(all)
    }
}

/// The kinds that people open, and the kinds that bind to them.
fn guarding() -> Vec<&'static Kind> {
    let guarded = || {
        kinds::KINDS
            .iter()
            .copied()
            .filter(|kind| kind.guarded_by_bindings)
    };
    let bound = guarded()
        .flat_map(|kind| kind.children)
        .filter(|it| matches!(it.items, Items::Subjects(_)));
    guarded()
        .chain(bound.filter_map(|children| kinds::kind(children.kind)))
        .collect()
}

/// The kind whose objects are given permissions.
fn role() -> Option<&'static Kind> {
    kinds::KINDS
        .iter()
        .copied()
        .find(|kind| kind.members.iter().any(is_granted))
}

fn is_granted(members: &Members) -> bool {
    matches!(members.write, ItemWrites::Grants { .. })
}

fn users() -> Option<(&'static Kind, ())> {
    part(|way_in| matches!(way_in, WayIn::User { .. }).then_some(()))
}

/// The kind that plays a part for whoever signs in, with what the table says of it.
fn part<T>(pick: impl Fn(WayIn) -> Option<T>) -> Option<(&'static Kind, T)> {
    kinds::KINDS
        .iter()
        .find_map(|kind| Some((*kind, pick(kind.way_in?)?)))
}
