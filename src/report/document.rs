//! All that a run reports, as one value from which every artifact is made.
//!
//! A verb that has something new to report adds a variant of [`Body`]; a form of output shows it or leaves it out.
//! Data only: it never prints, and holds nothing that a form of output may not look at.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::assertions::Judged;
use super::plan::{Header, Style};
use crate::access::Difference;
use crate::diag::{Diagnostic, Sources};
use crate::drift::{Adopted, Drift};
use crate::plan::{Outcome, Plan, Status};
use crate::plan_file::Sums;
use crate::value::Address;
use crate::wire;

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
    /// The verb of this name; `Other` for every other name.
    pub fn parse(name: &str) -> Verb {
        match name {
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
    pub(super) fn as_str(self) -> &'static str {
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

/// All that a run reports.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// What ran.
    pub verb: Verb,
    /// The result of the run.
    pub body: Body<'a>,
    /// All that is to be said about files, server, plan and its failed steps.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that spans point into.
    pub sources: &'a Sources,
    /// The exit code of the run.
    pub exit_code: u8,
    /// The server.
    pub server: Server,
    /// The user of the token.
    pub actor: Option<String>,
    /// The source of the files.
    pub source: Source,
    /// Values that differ from run to run (times, ids, hosts): an object, copied as it is.
    pub run: Json,
    /// Where somebody who sees only a part of it finds the whole: an address of the web.
    pub link: Option<String>,
    /// How long or short texts are wanted.
    pub style: Style,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub enum Body<'a> {
    /// Nothing: the diagnostics say why.
    #[default]
    Nothing,
    /// A plan, which may have been applied.
    Plan(Planned<'a>),
    /// What differs on the server.
    Drift {
        /// What differs.
        drift: &'a Drift,
        /// What of it was put into the files, if that was asked for.
        adopted: Option<&'a Adopted>,
    },
    /// A check of the files alone.
    Validate {
        /// How many objects they declare.
        objects: usize,
        /// The assertions of the files, as far as they alone prove or refute them.
        assertions: &'a [Judged],
    },
    /// The answer of a verb of another kind.
    Answer(&'a Answer),
}

/// A plan with what was found out about it.
#[derive(Clone, Debug)]
pub struct Planned<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Who gains and who loses access by it, if that was worked out.
    pub access: Option<&'a Difference>,
    /// The assertions of the files, as far as they were checked.
    pub assertions: &'a [Judged],
    /// Fingerprints of what the plan was made from, if some artifact shows them.
    pub fingerprint: Option<Sums>,
    /// The result, if it was applied.
    pub applied: Option<Applied<'a>>,
}

/// The result of a plan that was applied.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// What became of each step.
    pub outcome: &'a Outcome,
    /// The second plan, if it is not empty.
    pub left: Option<&'a Plan>,
    /// The command by which the user goes on after a failure.
    pub again: &'a str,
}

impl<'a> Body<'a> {
    /// A plan without any further results.
    pub fn plan(plan: &'a Plan) -> Body<'a> {
        Body::Plan(Planned {
            plan,
            access: None,
            assertions: &[],
            fingerprint: None,
            applied: None,
        })
    }

    /// A plan, and what became of it if it was applied.
    pub fn applied(plan: &'a Plan, outcome: Option<&'a Outcome>) -> Body<'a> {
        let mut body = Body::plan(plan);
        if let Body::Plan(planned) = &mut body {
            planned.applied = outcome.map(|outcome| Applied {
                outcome,
                left: None,
                again: "akrec plan",
            });
        }
        body
    }

    /// What differs on a server.
    pub fn drift(drift: &'a Drift) -> Body<'a> {
        Body::Drift {
            drift,
            adopted: None,
        }
    }
}

/// What only one verb has in its document. It may hold what is only for who asked, so that it is never
/// shown by chance.
#[derive(Clone)]
pub struct Answer(pub wire::Body);

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer(..)")
    }
}

/// The server that a run is about; what is not known is `None`.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// The address of the server; `sandbox` for an embedded one, whose port differs every time.
    pub url: Option<String>,
    /// The full release of the server.
    pub version: Option<String>,
    /// The id of the server's installation.
    pub id: Option<String>,
}

/// The source of the files; what is not known is `None`.
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
    /// A run with nothing known yet but the files that it read.
    pub fn new(verb: Verb, sources: &'a Sources) -> Document<'a> {
        Document {
            verb,
            body: Body::Nothing,
            diagnostics: Vec::new(),
            sources,
            exit_code: 0,
            server: Server::default(),
            actor: None,
            source: Source::default(),
            run: Json::Object(serde_json::Map::new()),
            link: None,
            style: Style::default(),
        }
    }

    /// The plan with what was found out about it, if there is one.
    pub(super) fn planned(&self) -> Option<&Planned<'a>> {
        match &self.body {
            Body::Plan(planned) => Some(planned),
            _ => None,
        }
    }

    /// The plan, if there is one.
    pub(super) fn plan(&self) -> Option<&'a Plan> {
        self.planned().map(|planned| planned.plan)
    }

    /// The plan and its result, if it was applied.
    pub(super) fn applied(&self) -> Option<(&'a Plan, Applied<'a>)> {
        let planned = self.planned()?;
        Some((planned.plan, planned.applied?))
    }

    /// Who gains and who loses access, if that was worked out.
    pub(super) fn access(&self) -> Option<&'a Difference> {
        self.planned()?.access
    }

    /// The assertions of the files, as far as they were checked.
    pub(super) fn assertions(&self) -> &'a [Judged] {
        match &self.body {
            Body::Plan(planned) => planned.assertions,
            Body::Validate { assertions, .. } => assertions,
            _ => &[],
        }
    }

    /// What differs on the server, if that was asked for.
    pub(super) fn drift(&self) -> Option<&'a Drift> {
        match &self.body {
            Body::Drift { drift, .. } => Some(drift),
            _ => None,
        }
    }

    /// What of that was put into the files.
    pub(super) fn adopted(&self) -> Option<&'a Adopted> {
        match &self.body {
            Body::Drift { adopted, .. } => *adopted,
            _ => None,
        }
    }

    /// How many objects the files declare, if only that was checked.
    pub(super) fn objects(&self) -> Option<usize> {
        match &self.body {
            Body::Validate { objects, .. } => Some(*objects),
            _ => None,
        }
    }

    /// Whether something is wrong.
    pub fn is_error(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Declared secrets that the server does not give back.
    pub(super) fn uncompared(&self) -> &[(Address, String)] {
        match &self.body {
            Body::Drift { drift, .. } => &drift.uncompared,
            Body::Plan(planned) => &planned.plan.uncompared,
            _ => &[],
        }
    }

    /// The diagnostics other than the reasons why steps failed, which are reported with the results of these steps.
    pub fn unsaid(&self) -> Vec<Diagnostic> {
        let applied = self.applied();
        let statuses = applied.iter().flat_map(|(_, it)| &it.outcome.statuses);
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
