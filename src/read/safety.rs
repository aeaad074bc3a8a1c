//! Answers the questions of the safety checks against lockouts and against applications becoming open to all users: a
//! request or two, and only for plans that may take something away or open an application.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all as join;
use serde_json::Value as Json;

use super::access::whole as whole_list;
use super::{Reader, again};
use crate::access::SETTINGS;
use crate::client::Error;
use crate::kinds;
use crate::live::{Batch, Question};
use crate::schema::{Items, Kind, WayIn, id_text};

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
                    objects: self.with_those_below(kind, all, below).await?,
                }]
            }
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

    /// The same, with all that lie below them.
    async fn with_those_below(
        &self,
        kind: &'static Kind,
        field: &str,
        below: &str,
    ) -> Result<Vec<Json>, Error> {
        let mut all = self.where_true(kind, field).await?;
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

fn users() -> Option<(&'static Kind, ())> {
    part(|way_in| matches!(way_in, WayIn::User { .. }).then_some(()))
}

/// The kind that plays a part for whoever signs in, with what the table says of it.
fn part<T>(pick: impl Fn(WayIn) -> Option<T>) -> Option<(&'static Kind, T)> {
    kinds::KINDS
        .iter()
        .find_map(|kind| Some((*kind, pick(kind.way_in?)?)))
}
