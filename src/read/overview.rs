//! Reads what a page about the current state shows: users and other objects, how people sign in, and who may open what.
//!
//! Lists in pages of 100, at once. What may not be read is reported and missing, never skipped silently.

use std::collections::BTreeMap;

use futures_util::future::join_all as join;

use super::access::whole;
use super::{Problem, Reader, Server};
use crate::access::{GROUP, POLICY, SETTINGS, USER};
use crate::client::Client;
use crate::diag::{Code, Diagnostic};
use crate::kinds::KINDS;
use crate::live::{Batch, Live};
use crate::schema::{Kind, Release, V2026_5};
use crate::signin::STAGE;

/// Reads it.
pub async fn overview(
    client: &Client,
    server: &Server,
) -> Result<(Live, Vec<Diagnostic>), Problem> {
    let reader = Reader::new(client, server);
    let lists: Vec<&'static Kind> = KINDS
        .iter()
        .copied()
        .filter(|kind| shown(kind, server.release))
        .collect();
    let read = async |kind: &'static Kind| match kind.is_singleton() {
        true => reader.only(kind).await,
        false => whole(&reader, kind).await,
    };
    let results = join(lists.iter().map(|kind| read(kind))).await;
    let mut diagnostics = Vec::new();
    let mut unreadable: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut batches: Vec<Batch> = Vec::new();
    let none = results.iter().all(Result::is_err);
    for (kind, result) in lists.into_iter().zip(results) {
        match result {
            Ok(objects) => batches.push(Batch { kind, objects }),
            Err(error) if matches!(error.status(), Some(403 | 404)) && !none => {
                unreadable.insert(kind.family, error.what());
                diagnostics.push(
                    Diagnostic::warning(
                        Code::UNREADABLE,
                        format!("{} are missing on the page", kind.title()),
                    )
                    .note(format!("GET {}: {}", kind.path, error.what())),
                );
            }
            Err(error) => return Err(error.into()),
        }
    }
    // What signing in takes depends on stages, brands and further policies.
    let known: Vec<&Batch> = batches.iter().collect();
    match reader.sign_in(&known).await {
        Ok(more) => batches.extend(more),
        Err(error) if error.is_forbidden() => {
            unreadable.insert(STAGE, error.what());
            let message = "what signing in takes is missing on the page";
            diagnostics.push(Diagnostic::warning(Code::UNREADABLE, message).note(error.what()));
        }
        Err(error) => return Err(error.into()),
    }
    if !server.superuser {
        diagnostics.push(
            Diagnostic::warning(Code::UNREADABLE, "applications may be missing on the page")
                .note("authentik shows all of them only to a superuser")
                .help("use a token of a superuser"),
        );
    }
    let (mut live, problems) = Live::build(server.release, &batches);
    diagnostics.extend(problems);
    live.unreadable = unreadable;
    Ok((live, diagnostics))
}

/// Whether objects of a kind are on the page, or decide about what is.
fn shown(kind: &Kind, release: Release) -> bool {
    const FAMILIES: [&str; 9] = [
        GROUP,
        USER,
        "application",
        "application_entitlement",
        "policy_binding",
        "flow",
        "flow_stage_binding",
        "provider",
        "source",
    ];
    let policy = kind.family == POLICY && kind.field("expression").is_some();
    // The switch for applications without an enabled binding.
    let settings = kind.family == SETTINGS && release >= V2026_5;
    kind.is_in(release) && (settings || FAMILIES.contains(&kind.family) || policy)
}
