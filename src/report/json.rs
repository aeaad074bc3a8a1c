//! A plan, its outcome and everything said about it as one JSON document, format 1.0.
//!
//! New members may come within format 1; none goes or changes its meaning. Everything outside `run` is the same byte
//! for byte for equal input. Must never hold a secret.

mod change;
mod diagnostic;
pub(super) mod drift;

use std::fmt::Write;

use serde_json::Value as Json;

use super::document::{self, Document, Verb};
use super::{access, assertions, outcome, phrases, privileges, safe, values, weakened};
use crate::diag::{self, Diagnostic, Sources, Span};
use crate::pattern::Pattern;
use crate::plan::{self, Figure, Keeps, Opening, Opens, Plan, Status};
use crate::plan_file::Sums;
use crate::wire::access::{Opened, OpenedBy};
use crate::wire::change::{Check, Counts};
use crate::wire::diagnostic::Code;
use crate::wire::plan::{
    Actor, Applied, Fingerprints, KeptItem, Planned, Scope, Server, Skipped, Source, Summary,
};
use crate::wire::plan_file::Limit;
use crate::wire::validate::Validate;
use crate::wire::{self, Body, Fingerprint, Masked, Nothing, Place};

pub(super) use change::{changes, id};
pub use diagnostic::diagnostic;
pub(super) use diagnostic::severity;

/// The format of the document: major and minor.
pub const FORMAT: &str = "1.0";

/// The whole document; that of a check of the files is shorter.
pub fn document(run: &Document<'_>) -> Json {
    answer(run.exit_code, &run.diagnostics, run.sources, body(run))
}

/// What only the verb of a run has.
fn body(run: &Document<'_>) -> Body {
    match run.verb {
        Verb::Validate => Body::Validate(checked(run)),
        Verb::Other => match &run.body {
            document::Body::Answer(answer) => answer.0.clone(),
            _ => Body::Nothing(Nothing {}),
        },
        _ if run.drift().is_some() => Body::Drift(Box::new(drift::drift(run, planned(run)))),
        _ => Body::Plan(Box::new(wire::plan::Plan {
            planned: planned(run),
            drift: [],
        })),
    }
}

/// The document of a verb: what all documents have, and what only this one has.
pub fn answer(exit_code: u8, reported: &[Diagnostic], sources: &Sources, body: Body) -> Json {
    wire::json(&wire::Document {
        format_version: FORMAT.to_owned(),
        akrec_version: env!("CARGO_PKG_VERSION").to_owned(),
        exit_code,
        diagnostics: reported.iter().map(|it| diagnostic(it, sources)).collect(),
        body,
    })
}

/// What a check of the files says.
fn checked(run: &Document<'_>) -> Validate {
    let errors = run
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .count();
    Validate {
        valid: run.exit_code == 0,
        error_count: errors,
        warning_count: run.diagnostics.len() - errors,
        objects: run.objects().unwrap_or_default(),
        assertions: assertions::wire(run.assertions(), run.sources),
    }
}

/// The items that stay although they have left their lists.
fn kept_items(plan: &Plan) -> Vec<KeptItem> {
    let mut all = Vec::new();
    for kept in &plan.kept {
        let Some((field, items)) = &kept.items else {
            continue;
        };
        let shape = values::item(kept.kind.field(field).map(|field| &field.shape));
        for item in items {
            all.push(KeptItem {
                address: kept.address.path(),
                field: (*field).to_owned(),
                item: Masked::rendered(item, |item| values::shown(item, shape)),
                reason: phrases::kept(kept.why).to_owned(),
            });
        }
    }
    all
}

/// What the documents of plans and of drift have in common.
fn planned(input: &Document<'_>) -> Planned {
    let sources = input.sources;
    let plan = input.plan();
    let run = input.applied().map(|(plan, it)| (plan, it.outcome));
    let outcome = run.map(|(_, outcome)| outcome);
    let changes = plan
        .map(|plan| changes(plan, outcome, sources))
        .unwrap_or_default();
    let openings = plan.map_or(&[][..], |plan| &plan.openings);
    let count = |pick: fn(&Status) -> bool| {
        run.map_or(0, |(plan, outcome)| {
            (0..plan.steps.len())
                .filter(|index| pick(outcome::status(outcome, *index)))
                .count()
        })
    };
    let failed = count(|status| matches!(status, Status::Failed(_) | Status::Moved(_)));
    let blocked = count(|status| matches!(status, Status::Blocked(_)));
    let complete =
        plan.is_some() && run.is_none_or(|(plan, outcome)| outcome::complete(plan, outcome));
    let applied = run.map(|(plan, outcome)| Applied {
        counts: counts(&outcome::summary(plan, outcome)),
        failed,
        blocked,
        stopped: count(|status| matches!(status, Status::Stopped)),
        interrupted: outcome.interrupted,
    });
    Planned {
        run: input.run.clone(),
        server: Server {
            url: input.server.url.clone(),
            version: input.server.version.clone(),
            id: input.server.id.clone(),
        },
        actor: Actor {
            username: input.actor.clone(),
        },
        source: Source {
            revision: input.source.revision.clone(),
            dirty: input.source.dirty,
            env: input.source.env.clone(),
        },
        fingerprint: fingerprints(input.planned().and_then(|it| it.fingerprint.as_ref())),
        complete,
        errored: failed > 0 || input.is_error(),
        scope: Scope {
            targets: patterns(plan.map(|plan| &plan.scope.targets)),
            excludes: patterns(plan.map(|plan| &plan.scope.excludes)),
            prune: [],
        },
        changes,
        access: access::in_document(input.access(), openings.iter().map(opened).collect()),
        sign_in: plan
            .and_then(|plan| plan.sign_in.clone())
            .unwrap_or_default(),
        privileges: privileges::wire(plan),
        skipped: skipped(input),
        safety: plan
            .map_or(&[][..], |plan| &plan.safety)
            .iter()
            .map(check)
            .collect(),
        weakened: weakened::wire(plan),
        assertions: assertions::wire(input.assertions(), sources),
        summary: Summary {
            counts: counts(&plan.map(Plan::summary).unwrap_or_default()),
            blocked,
        },
        applied,
    }
}

fn opened(opening: &Opening) -> Opened {
    Opened {
        address: opening.address.path(),
        new: opening.by == Opens::New,
        by: match opening.by {
            Opens::New => OpenedBy::New,
            Opens::LastBinding => OpenedBy::LastBinding,
            Opens::Setting => OpenedBy::Setting,
        },
    }
}

/// What a plan leaves unchanged.
fn skipped(input: &Document<'_>) -> Skipped {
    let kept = |why: Keeps| -> Vec<String> {
        input
            .plan()
            .map_or(&[][..], |plan| &plan.kept)
            .iter()
            .filter(|kept| kept.why == why)
            .map(|kept| kept.address.path())
            .collect()
    };
    let left = input.plan().map_or(&[][..], |plan| &plan.left).iter();
    Skipped {
        unmanaged: None,
        protected: kept(Keeps::Protected),
        expiring: kept(Keeps::Fleeting),
        ignored: [],
        targeted_out: left.map(|left| left.address.path()).collect(),
        ignored_fields: input.plan().map_or(0, |plan| plan.ignored),
        uncompared_secrets: input
            .uncompared()
            .iter()
            .map(|(address, word)| format!("{}#{word}", address.path()))
            .collect(),
        list_items: input.plan().map_or(Vec::new(), kept_items),
    }
}

/// What a summary counts.
pub(super) fn counts(summary: &plan::Summary) -> Counts {
    let plan::Summary {
        add,
        change,
        rename,
        delete,
        adopt,
        forget,
    } = *summary;
    Counts {
        adopt,
        add,
        change,
        rename,
        delete,
        forget,
    }
}

/// Patterns of addresses, as they were written.
fn patterns(patterns: Option<&Vec<Pattern>>) -> Vec<String> {
    patterns
        .into_iter()
        .flatten()
        .map(|pattern| pattern.as_str().to_owned())
        .collect()
}

/// Fingerprints of what the plan was made from.
fn fingerprints(sums: Option<&Sums>) -> Fingerprints {
    let Some(sums) = sums else {
        return Fingerprints::default();
    };
    let families = sums.families.iter();
    Fingerprints {
        config: Some(Fingerprint(sums.config.clone())),
        live: Some(Fingerprint(sums.live.clone())),
        kinds: families
            .map(|(family, sum)| (family.clone(), Fingerprint(sum.clone())))
            .collect(),
    }
}

/// The result of a safety check.
fn check(check: &plan::Check) -> Check {
    Check {
        rail: check.rail.to_owned(),
        code: code(check.code),
        kind: check.kind.clone(),
        limit: check.limit.as_ref().map(|limit| match limit {
            Figure::Count(count) => Limit::Count(*count),
            Figure::Share(share) => Limit::Share(share.clone()),
        }),
        value: check.value,
        of: check.of,
        ok: check.ok,
        waived: check.waived,
    }
}

/// A code of diagnostics.
pub(super) fn code(code: diag::Code) -> Code {
    Code(code.as_str().to_owned())
}

/// A place in the files.
pub(super) fn place(span: Option<Span>, sources: &Sources) -> Option<Place> {
    let place = sources.place(span?)?;
    Some(Place {
        file: place.file,
        line: place.line,
        column: place.column,
    })
}

/// A document as text that is harmless on a terminal too; ends with a line break.
pub fn text(document: &Json) -> String {
    harmless(format!("{document:#}\n"))
}

/// The same on one line.
pub fn line(document: &Json) -> String {
    harmless(format!("{document}\n"))
}

fn harmless(plain: String) -> String {
    let hostile = |c: char| c != '\n' && safe::dangerous(c);
    let commands = safe::commands(&plain);
    if commands.is_empty() && !plain.chars().any(hostile) {
        return plain;
    }
    let mut out = String::with_capacity(plain.len() + 64);
    for (at, c) in plain.char_indices() {
        if hostile(c) || commands.binary_search(&at).is_ok() {
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
