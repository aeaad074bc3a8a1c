//! All that a run has to tell, as one value from which every artifact is made.
//!
//! A verb that has something new to tell adds a member here and fills it in; a form of output shows it or leaves it out.
//! Data only: it never prints, and holds nothing that a form of output may not look at.

use std::collections::HashSet;

use serde_json::Value as Raw;

use super::assertions::Judged;
use super::plan::{Header, Style};
use crate::access::Difference;
use crate::diag::{Diagnostic, Sources};
use crate::drift::{Adopted, Drift};
use crate::plan::{Outcome, Plan, Status};
use crate::saved::Sums;
use crate::value::Address;
use crate::wire::Body;

/// The verb that ran.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// `akrec plan`.
    Plan,
    /// `akrec apply`.
    Apply,
    /// `akrec rollback`.
    Rollback,
    /// `akrec show`.
    Show,
    /// `akrec drift`.
    Drift,
    /// `akrec validate`.
    Validate,
    /// Any other.
    Other,
}

impl Verb {
    /// The verb by its word; what is unknown is another one.
    pub fn of(word: &str) -> Verb {
        match word {
            "plan" => Verb::Plan,
            "apply" => Verb::Apply,
            "rollback" => Verb::Rollback,
            "show" => Verb::Show,
            "drift" => Verb::Drift,
            "validate" => Verb::Validate,
            _ => Verb::Other,
        }
    }

    /// What pages and machines call such a run; a saved plan that is shown is a plan.
    pub(super) fn word(self) -> &'static str {
        match self {
            Verb::Plan | Verb::Show => "plan",
            Verb::Apply => "apply",
            Verb::Rollback => "rollback",
            Verb::Drift => "drift",
            Verb::Validate => "validate",
            Verb::Other => "run",
        }
    }
}

/// All that a run tells. What a run did not come to is `None`.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// What ran.
    pub verb: Verb,
    /// The plan, if one could be made.
    pub plan: Option<&'a Plan>,
    /// Who gains or loses access by it, if that was worked out.
    pub access: Option<&'a Difference>,
    /// What became of the assertions of the files, as far as they were checked.
    pub assertions: &'a [Judged],
    /// What became of it, if it was applied.
    pub outcome: Option<&'a Outcome>,
    /// What a second plan still has to do, if it is not empty.
    pub left: Option<&'a Plan>,
    /// What differs on the server.
    pub drift: Option<&'a Drift>,
    /// What of that was put into the files.
    pub adopted: Option<&'a Adopted>,
    /// What a verb of another kind answers.
    pub answer: Option<&'a Answer>,
    /// How many objects the files declare, if only that was checked.
    pub objects: Option<usize>,
    /// All that is to be said about files, server, plan and its failed steps.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that spans point into.
    pub sources: &'a Sources,
    /// The exit code of the run.
    pub exit_code: u8,
    /// The server.
    pub server: Server,
    /// Whom the token belongs to.
    pub actor: Option<String>,
    /// What the files are.
    pub source: Source,
    /// Fingerprints of what the plan was made from.
    pub fingerprint: Option<Sums>,
    /// What differs from run to run (times, ids, hosts): an object, taken over as it is.
    pub run: Raw,
    /// The command by which the user goes on after a failure.
    pub again: Option<String>,
    /// Where somebody who sees only a part of it finds the whole: an address of the web.
    pub link: Option<String>,
    /// How long or short texts are wanted.
    pub style: Style,
}

/// What only one verb has in its document. It may hold what is only for who asked, so that it is never
/// shown by chance.
#[derive(Clone)]
pub struct Answer(pub Body);

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer(..)")
    }
}

/// The server that a run is about; what is not known is `None`.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Its address; `sandbox` for an embedded one, whose port is another one every time.
    pub url: Option<String>,
    /// Its release in full.
    pub version: Option<String>,
    /// Its installation's id.
    pub id: Option<String>,
}

/// What the files are; what is not known is `None`.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The revision of the repository.
    pub revision: Option<String>,
    /// Whether files differ from that revision.
    pub dirty: Option<bool>,
    /// The environment.
    pub env: Option<String>,
}

impl<'a> Document<'a> {
    /// A run of which nothing is known yet but the files that it read.
    pub fn new(verb: Verb, sources: &'a Sources) -> Document<'a> {
        Document {
            verb,
            plan: None,
            access: None,
            assertions: &[],
            outcome: None,
            left: None,
            drift: None,
            adopted: None,
            answer: None,
            objects: None,
            diagnostics: Vec::new(),
            sources,
            exit_code: 0,
            server: Server::default(),
            actor: None,
            source: Source::default(),
            fingerprint: None,
            run: Raw::Object(serde_json::Map::new()),
            again: None,
            link: None,
            style: Style::default(),
        }
    }

    /// Whether something is wrong.
    pub fn is_error(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Declared secrets that the server does not give back.
    pub(super) fn uncompared(&self) -> &[(Address, String)] {
        let of_drift = self.drift.map(|drift| &drift.uncompared);
        of_drift
            .or_else(|| self.plan.map(|plan| &plan.uncompared))
            .map_or(&[], Vec::as_slice)
    }

    /// What is to be said besides why steps failed, which is told with what became of them.
    pub fn unsaid(&self) -> Vec<Diagnostic> {
        let statuses = self.outcome.iter().flat_map(|outcome| &outcome.statuses);
        let said: HashSet<&Diagnostic> = statuses
            .filter_map(|it| match it {
                Status::Failed(one) | Status::Moved(one) => Some(one),
                _ => None,
            })
            .collect();
        self.diagnostics
            .iter()
            .filter(|diagnostic| !said.contains(diagnostic))
            .cloned()
            .collect()
    }

    /// The header of a text about it.
    pub(super) fn header(&self) -> Header {
        let place = self.server.url.clone().unwrap_or_default();
        Header {
            revision: self.source.revision.clone(),
            server: if place == "sandbox" {
                "the sandbox".to_owned()
            } else {
                place
            },
            release: self.server.version.clone().unwrap_or_default(),
            user: self.actor.clone(),
        }
    }
}
