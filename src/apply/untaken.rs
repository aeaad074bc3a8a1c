//! Credentials that a server newer than this akrec no longer takes: they are left out of what is written, and reported.
//!
//! authentik 2026.11 (read, not confirmed) keeps credentials as objects of their own, and ignores the old fields. What the
//! server takes it says itself, in its description of its API, which is read once and only where it matters.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use tokio::sync::OnceCell;

use super::write::{Stop, Writer};
use crate::diag::{Code, Diagnostic, Span};
use crate::openapi;
use crate::plan::{Action, Step};
use crate::schema::{Kind, RELEASES};
use crate::value::Value;

/// The facts of the server's description of its API, once they were asked for; nothing if it gives none.
pub(super) type Description = OnceCell<Option<Json>>;

const HELP: &str = "remove it from the files and set the credential in authentik; a collection for credentials \
                    can be declared under `raw` (`akrec explain raw`)";

/// How many names stand in one line.
const A_LINE: usize = 8;

/// That credentials were left out of what was created; nothing if none were.
pub(super) fn left_out(
    version: &str,
    mut untaken: Vec<(String, Option<Span>)>,
) -> Option<Diagnostic> {
    untaken.sort();
    let names: Vec<&str> = untaken.iter().map(|(name, _)| name.as_str()).collect();
    let count = match names.len() {
        0 => return None,
        1 => "1 credential".to_owned(),
        many => format!("{many} credentials"),
    };
    let what = format!("authentik {version} does not accept {count} from the files");
    // All of them: nothing else says which they are.
    let lines = names
        .chunks(A_LINE)
        .map(|names| format!("created without: {}", names.join(", ")));
    let diagnostic = lines.fold(
        Diagnostic::warning(Code::NEW_RELEASE, what),
        Diagnostic::note,
    );
    let diagnostic = diagnostic
        .note("values that the server does not accept are not compared")
        .help(HELP);
    let mut spans = untaken.iter().filter_map(|(_, span)| *span);
    Some(match spans.next() {
        Some(span) => diagnostic.at(span, "declared here"),
        None => diagnostic,
    })
}

impl Writer<'_> {
    /// Takes credentials that the server does not take out of what is about to be sent.
    ///
    /// Refuses a change of such a credential: nothing else would come of it.
    pub(super) async fn without_untaken(
        &self,
        step: &Step,
        body: &BTreeMap<&'static str, Value>,
        raw: &mut Map<String, Json>,
    ) -> Result<(), Stop> {
        let untaken = self.untaken(step.kind, body).await;
        if untaken.is_empty() {
            return Ok(());
        }
        let changed = |name: &str| step.changes.iter().any(|change| change.field == name);
        if step.action != Action::Create && untaken.iter().any(|(name, _)| changed(name)) {
            let words: Vec<&str> = untaken.iter().map(|(_, word)| *word).collect();
            let what = format!(
                "authentik {} does not accept {} of {}",
                self.server.version,
                words.join(", "),
                step.address
            );
            return Err(Stop::refused(
                Diagnostic::error(Code::STEP_FAILED, what).help(HELP),
            ));
        }
        for (name, word) in &untaken {
            raw.remove(*name);
            if step.action == Action::Create {
                let credential = format!("{}#{word}", step.address.path());
                self.known
                    .borrow_mut()
                    .untaken
                    .push((credential, step.source));
            }
        }
        Ok(())
    }

    /// The credentials of a body that the server does not take, by the API's name and that of state files. Asks nothing of a
    /// server of a known release, and nothing where there is no credential.
    async fn untaken(
        &self,
        kind: &'static Kind,
        body: &BTreeMap<&'static str, Value>,
    ) -> Vec<(&'static str, &'static str)> {
        let fields = body.keys().filter_map(|name| kind.field(name));
        let credentials: Vec<(&str, &str)> = fields
            .filter(|field| field.may_be_withheld())
            .map(|field| (field.name, field.yaml_key))
            .collect();
        let is_known = RELEASES
            .last()
            .is_none_or(|newest| self.server.release <= *newest);
        if is_known || credentials.is_empty() || kind.raw {
            return Vec::new();
        }
        let facts = self.description.get_or_init(async || {
            let document = self
                .client
                .get("/schema/", &[("format", "json")])
                .await
                .ok()?;
            openapi::distil(&document, &Json::Null)
                .ok()
                .map(|(facts, _)| facts)
        });
        let facts = facts.await.as_ref();
        let all = facts.map(|facts| {
            &facts[if kind.is_singleton() {
                "singletons"
            } else {
                "collections"
            }]
        });
        // Of a collection that it does not describe, it says nothing.
        let Some(taken) = all.and_then(|all| all[kind.path]["fields"].as_object()) else {
            return Vec::new();
        };
        credentials
            .into_iter()
            .filter(|(name, _)| !taken.contains_key(*name))
            .collect()
    }
}
