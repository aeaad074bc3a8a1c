//! Reads what decides who is signed in: flows with their stages and what is bound to them, brands, sources, and people.
//!
//! Lists in pages of 100, all at once; then of the stages and policies only the kinds that some flow uses.

use std::collections::BTreeSet;

use futures_util::future::join_all as join;
use serde_json::Value as Json;

use super::access::whole;
use super::{Problem, Reader, Server};
use crate::access::{GROUP, POLICY, USER};
use crate::client::{Client, Error};
use crate::diag::Diagnostic;
use crate::kinds::{self, KINDS};
use crate::live::{Batch, Live};
use crate::schema::Kind;
use crate::signin::{BRAND, FLOW, POLICY_BINDING, SOURCE, STAGE, STAGE_BINDING};

/// The kinds of policies whose answers can be said without running them.
const POLICIES: [&str; 3] = ["policy_expression", "policy_reputation", "policy_dummy"];

/// Reads who is signed in by which flow.
///
/// Refuses where a list may not be read: without any of them nothing can be said.
pub async fn sign_in(client: &Client, server: &Server) -> Result<(Live, Vec<Diagnostic>), Problem> {
    let reader = Reader::new(client, server);
    let batches = reader.sign_in(&[]).await?;
    let (live, mut found) = Live::build(server.release, &batches);
    found.extend(reader.cuts.warnings(batches.iter().map(|batch| batch.kind)));
    Ok((live, found))
}

impl Reader<'_> {
    /// Everything that decides who is signed in. Lists that `known` has are not asked for again.
    pub(super) async fn sign_in(&self, known: &[&Batch]) -> Result<Vec<Batch>, Error> {
        let mut batches = self.lists(first(self), known).await?;
        let all = batches.iter().chain(known.iter().copied());
        let models: BTreeSet<String> = all
            .flat_map(|batch| &batch.objects)
            .flat_map(used)
            .collect();
        let is_used = |kind: &&'static Kind| {
            kind.is_in(self.server.release)
                && match kind.family {
                    STAGE => models.contains(kind.model),
                    POLICY => models.contains(kind.model) && POLICIES.contains(&kind.name),
                    _ => false,
                }
        };
        let mut second: Vec<&'static Kind> = KINDS.iter().copied().filter(is_used).collect();
        // An identification stage asks for the password by another stage, which no flow need have.
        let identifies = second
            .iter()
            .any(|kind| kind.name == "stage_identification");
        let password =
            kinds::kind("stage_password").filter(|kind| identifies && !second.contains(kind));
        second.extend(password);
        batches.extend(self.lists(second, known).await?);
        Ok(batches)
    }

    /// The whole lists of some kinds.
    async fn lists(
        &self,
        kinds: Vec<&'static Kind>,
        known: &[&Batch],
    ) -> Result<Vec<Batch>, Error> {
        let unread = kinds
            .into_iter()
            .filter(|kind| known.iter().all(|batch| batch.kind != *kind));
        let lists = join(unread.map(async |kind| (kind, whole(self, kind).await))).await;
        let mut batches = Vec::new();
        for (kind, objects) in lists {
            let objects = match objects {
                // A release that no longer has a collection has nothing in it.
                Err(error) if error.status() == Some(404) => Vec::new(),
                objects => objects?,
            };
            batches.push(Batch { kind, objects });
        }
        Ok(batches)
    }
}

/// What a binding puts into a flow or before something, as the server calls the kinds of these.
fn used(binding: &Json) -> Vec<String> {
    let model = |field: &str| {
        let model = binding.get(field)?.get("meta_model_name")?.as_str()?;
        Some(model.to_owned())
    };
    ["stage_obj", "policy_obj"]
        .into_iter()
        .filter_map(model)
        .collect()
}

/// What is read of any server.
fn first(reader: &Reader<'_>) -> Vec<&'static Kind> {
    let release = reader.server.release;
    let wanted = |kind: &&'static Kind| {
        matches!(
            kind.family,
            USER | GROUP | FLOW | STAGE_BINDING | POLICY_BINDING | BRAND | SOURCE
        ) && kind.is_in(release)
    };
    KINDS.iter().copied().filter(wanted).collect()
}
