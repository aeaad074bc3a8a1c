//! A plan, its outcome and everything said about it as one JSON document, format 1.0.
//!
//! New members may come within format 1; none goes or changes its meaning. Everything outside `run` is the same byte
//! for byte for equal input. Must never hold a secret.

mod change;
mod diagnostic;
pub mod drift;

use std::fmt::Write;

use serde_json::{Value as Raw, json};

use super::{access, assertions, outcome, safe};
use crate::access::Difference;
use crate::diag::{Diagnostic, Sources};
use crate::plan::{Check, Figure, Keeps, Outcome, Plan, Status};

pub use diagnostic::diagnostic;

/// The format of the document: major and minor.
pub const FORMAT: &str = "1.0";

/// All that a document tells. Without a plan it is one of a run that failed before there was any.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The plan, if one could be made.
    pub plan: Option<&'a Plan>,
    /// Who gains or loses access by it, if that was worked out.
    pub access: Option<&'a Difference>,
    /// What became of the assertions of the files, as far as they were checked.
    pub assertions: &'a [assertions::Judged],
    /// What became of it, if it was applied.
    pub outcome: Option<&'a Outcome>,
    /// All that is to be said about files, server and plan.
    pub diagnostics: &'a [Diagnostic],
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
    /// What differs from run to run (times, ids, hosts): an object, taken over as it is.
    pub run: Raw,
}

/// The server that a document is about; what is not known is `None`.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Its address.
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

/// The whole document.
pub fn document(input: &Input) -> Raw {
    let Input { plan, outcome, diagnostics, sources, .. } = input;
    let run = plan.zip(*outcome);
    let changes = plan.map(|plan| change::changes(plan, *outcome, sources)).unwrap_or_default();
    let openings = plan.map_or(&[][..], |plan| &plan.openings);
    let opened: Vec<Raw> =
        openings.iter().map(|opening| json!({ "address": opening.address.path(), "new": opening.new })).collect();
    let kept = plan.map_or(&[][..], |plan| &plan.kept);
    let kept = |why: Keeps| -> Vec<String> {
        kept.iter().filter(|kept| kept.why == why).map(|kept| kept.address.path()).collect()
    };
    let safety: Vec<Raw> = plan.map_or(&[][..], |plan| &plan.safety).iter().map(check).collect();
    let summary = plan.map(Plan::summary).unwrap_or_default();
    let count = |pick: fn(&Status) -> bool| {
        run.map_or(0, |(plan, outcome)| {
            (0..plan.steps.len()).filter(|index| pick(outcome::status(outcome, *index))).count()
        })
    };
    let failed = count(|status| matches!(status, Status::Failed(_) | Status::Moved(_)));
    let complete = plan.is_some() && run.is_none_or(|(plan, outcome)| outcome::complete(plan, outcome));
    let errored = failed > 0 || diagnostics.iter().any(Diagnostic::is_error);
    let applied = run.map(|(plan, outcome)| {
        let summary = outcome::summary(plan, outcome);
        json!({
            "adopt": summary.adopt, "add": summary.add, "change": summary.change, "rename": summary.rename,
            "delete": summary.delete, "forget": summary.forget,
            "failed": failed, "blocked": count(|status| matches!(status, Status::Blocked(_))),
            "stopped": count(|status| matches!(status, Status::Stopped)), "interrupted": outcome.interrupted,
        })
    });
    json!({
        "format_version": FORMAT,
        "akrec_version": env!("CARGO_PKG_VERSION"),
        "exit_code": input.exit_code,
        "run": input.run,
        "server": { "url": input.server.url, "version": input.server.version, "id": input.server.id },
        "actor": { "username": input.actor },
        "source": { "revision": input.source.revision, "dirty": input.source.dirty, "env": input.source.env },
        "complete": complete,
        "errored": errored,
        "scope": { "targets": [], "prune": [] },
        "changes": changes,
        "drift": [],
        "access": access::in_document(input.access, opened),
        "skipped": {
            "unmanaged": null, "protected": kept(Keeps::Protected), "expiring": kept(Keeps::Fleeting), "ignored": [], "targeted_out": [],
            "ignored_fields": plan.map_or(0, |plan| plan.ignored),
        },
        "safety": safety,
        "assertions": assertions::json(input.assertions, sources),
        "diagnostics": diagnostics.iter().map(|it| diagnostic(it, sources)).collect::<Vec<_>>(),
        "summary": {
            "adopt": summary.adopt, "add": summary.add, "change": summary.change, "rename": summary.rename,
            "delete": summary.delete, "forget": summary.forget,
            "blocked": count(|status| matches!(status, Status::Blocked(_))),
        },
        "applied": applied,
    })
}

/// How one rail found the plan.
fn check(check: &Check) -> Raw {
    let mut told = json!({ "rail": check.rail, "code": check.code.as_str(), "ok": check.ok, "waived": check.waived });
    let mut put = |name: &str, value: Option<Raw>| value.map(|value| told[name] = value);
    put("kind", check.kind.as_ref().map(|kind| json!(kind)));
    put(
        "limit",
        check.limit.as_ref().map(|limit| match limit {
            Figure::Count(count) => json!(count),
            Figure::Share(share) => json!(share),
        }),
    );
    put("value", check.value.map(|value| json!(value)));
    put("of", check.of.map(|of| json!(of)));
    told
}

/// A document as text that is harmless on a terminal too; ends with a line break.
pub fn text(document: &Raw) -> String {
    let plain = format!("{document:#}\n");
    let hostile = |c: char| c != '\n' && safe::dangerous(c);
    if !plain.chars().any(hostile) {
        return plain;
    }
    let mut out = String::with_capacity(plain.len() + 64);
    for c in plain.chars() {
        if hostile(c) {
            // Such characters stand in strings only, where JSON may spell them. Writing to a String cannot fail.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests;
