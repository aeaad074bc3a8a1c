//! A plan, its outcome and everything said about it as one JSON document, format 1.0.
//!
//! New members may come within format 1; none goes or changes its meaning. Everything outside `run` is the same byte
//! for byte for equal input. Must never hold a secret.

mod change;
mod diagnostic;
pub(super) mod drift;

use std::fmt::Write;

use serde_json::{Value as Raw, json};

use super::document::{Document, Verb};
use super::{access, assertions, outcome, safe, values, weakened, words};
use crate::diag::{Diagnostic, Sources};
use crate::pattern::Pattern;
use crate::plan::{Check, Figure, Keeps, Opening, Opens, Plan, Status, Summary};
use crate::saved::Sums;

pub(super) use change::{changes, id};
pub use diagnostic::diagnostic;

/// The format of the document: major and minor.
pub const FORMAT: &str = "1.0";

/// The whole document; that of a check of the files is shorter.
pub fn document(run: &Document<'_>) -> Raw {
    match run.verb {
        Verb::Validate => return checked(run),
        Verb::Other => {
            return answer(
                run.exit_code,
                &run.diagnostics,
                run.sources,
                run.answer.map(|it| &it.0),
            );
        }
        _ => {}
    }
    let mut document = planned(run);
    if let Some(drift) = run.drift {
        drift::put(&mut document, drift, run.sources);
    }
    if let Some(adopted) = run.adopted {
        drift::put_adopted(&mut document, adopted, run.sources);
    }
    document
}

/// The document of a verb that answers a question: what all documents have, and the members that only this one has, or
/// none if there is no answer.
pub fn answer(exit_code: u8, told: &[Diagnostic], sources: &Sources, members: Option<&Raw>) -> Raw {
    let mut document = json!({
        "format_version": FORMAT,
        "akrec_version": env!("CARGO_PKG_VERSION"),
        "exit_code": exit_code,
        "diagnostics": told.iter().map(|it| diagnostic(it, sources)).collect::<Vec<_>>(),
    });
    if let (Some(document), Some(Raw::Object(members))) = (document.as_object_mut(), members) {
        document.extend(members.clone());
    }
    document
}

/// What a check of the files says.
fn checked(run: &Document<'_>) -> Raw {
    let errors = run
        .diagnostics
        .iter()
        .filter(|told| told.is_error())
        .count();
    json!({
        "format_version": FORMAT,
        "akrec_version": env!("CARGO_PKG_VERSION"),
        "valid": run.exit_code == 0,
        "exit_code": run.exit_code,
        "error_count": errors,
        "warning_count": run.diagnostics.len() - errors,
        "objects": run.objects.unwrap_or(0),
        "assertions": assertions::json(run.assertions, run.sources),
        "diagnostics": run.diagnostics.iter().map(|it| diagnostic(it, run.sources)).collect::<Vec<_>>(),
    })
}

/// The items that stay although they have left their lists.
fn kept_items(plan: &Plan) -> Vec<Raw> {
    let mut all = Vec::new();
    for kept in &plan.kept {
        let Some((field, items)) = &kept.items else {
            continue;
        };
        let shape = values::item(kept.kind.field(field).map(|field| &field.shape));
        for item in items {
            all.push(json!({
                "address": kept.address.path(), "field": field, "item": values::shown(item, shape),
                "reason": words::kept(kept.why),
            }));
        }
    }
    all
}

fn planned(input: &Document<'_>) -> Raw {
    let Document {
        plan,
        outcome,
        diagnostics,
        sources,
        ..
    } = input;
    let run = plan.zip(*outcome);
    let changes = plan
        .map(|plan| changes(plan, *outcome, sources))
        .unwrap_or_default();
    let openings = plan.map_or(&[][..], |plan| &plan.openings);
    let opened = |opening: &Opening| {
        let by = match opening.by {
            Opens::New => "new",
            Opens::LastBinding => "last_binding",
            Opens::Setting => "setting",
        };
        json!({ "address": opening.address.path(), "new": opening.by == Opens::New, "by": by })
    };
    let opened: Vec<Raw> = openings.iter().map(opened).collect();
    let kept = plan.map_or(&[][..], |plan| &plan.kept);
    let kept = |why: Keeps| -> Vec<String> {
        kept.iter()
            .filter(|kept| kept.why == why)
            .map(|kept| kept.address.path())
            .collect()
    };
    let uncompared: Vec<String> = input
        .uncompared()
        .iter()
        .map(|(address, word)| format!("{}#{word}", address.path()))
        .collect();
    let mut skipped = json!({
        "unmanaged": null, "protected": kept(Keeps::Protected), "expiring": kept(Keeps::Fleeting), "ignored": [],
        "targeted_out": plan.map_or(Vec::new(), |plan| plan.left.iter().map(|left| left.address.path()).collect()),
        "ignored_fields": plan.map_or(0, |plan| plan.ignored),
        "uncompared_secrets": uncompared,
    });
    let items: Vec<Raw> = plan.map_or(Vec::new(), kept_items);
    if !items.is_empty() {
        skipped["list_items"] = items.into();
    }
    let safety: Vec<Raw> = plan
        .map_or(&[][..], |plan| &plan.safety)
        .iter()
        .map(check)
        .collect();
    let count = |pick: fn(&Status) -> bool| {
        run.map_or(0, |(plan, outcome)| {
            (0..plan.steps.len())
                .filter(|index| pick(outcome::status(outcome, *index)))
                .count()
        })
    };
    let failed = count(|status| matches!(status, Status::Failed(_) | Status::Moved(_)));
    let blocked = count(|status| matches!(status, Status::Blocked(_)));
    let mut summary = counts(&plan.map(Plan::summary).unwrap_or_default());
    summary["blocked"] = blocked.into();
    let complete =
        plan.is_some() && run.is_none_or(|(plan, outcome)| outcome::complete(plan, outcome));
    let errored = failed > 0 || diagnostics.iter().any(Diagnostic::is_error);
    let applied = run.map(|(plan, outcome)| {
        let mut applied = counts(&outcome::summary(plan, outcome));
        applied["failed"] = failed.into();
        applied["blocked"] = blocked.into();
        applied["stopped"] = count(|status| matches!(status, Status::Stopped)).into();
        applied["interrupted"] = outcome.interrupted.into();
        applied
    });
    json!({
        "format_version": FORMAT,
        "akrec_version": env!("CARGO_PKG_VERSION"),
        "exit_code": input.exit_code,
        "run": input.run,
        "server": { "url": input.server.url, "version": input.server.version, "id": input.server.id },
        "actor": { "username": input.actor },
        "source": { "revision": input.source.revision, "dirty": input.source.dirty, "env": input.source.env },
        "fingerprint": fingerprint(input.fingerprint.as_ref()),
        "complete": complete,
        "errored": errored,
        "scope": { "targets": patterns(plan.map(|plan| &plan.scope.targets)), "excludes": patterns(plan.map(|plan| &plan.scope.excludes)), "prune": [] },
        "changes": changes,
        "drift": [],
        "access": access::in_document(input.access, opened),
        "skipped": skipped,
        "safety": safety,
        "weakened": weakened::json(*plan),
        "assertions": assertions::json(input.assertions, sources),
        "diagnostics": diagnostics.iter().map(|it| diagnostic(it, sources)).collect::<Vec<_>>(),
        "summary": summary,
        "applied": applied,
    })
}

/// What a summary counts, by the words that documents and events share.
pub(super) fn counts(summary: &Summary) -> Raw {
    let Summary {
        add,
        change,
        rename,
        delete,
        adopt,
        forget,
    } = summary;
    json!({ "adopt": adopt, "add": add, "change": change, "rename": rename, "delete": delete, "forget": forget })
}

/// Patterns of addresses, as they were written.
fn patterns(patterns: Option<&Vec<Pattern>>) -> Vec<&str> {
    patterns
        .into_iter()
        .flatten()
        .map(Pattern::as_str)
        .collect()
}

/// Fingerprints of what the plan was made from.
fn fingerprint(sums: Option<&Sums>) -> Raw {
    match sums {
        Some(sums) => json!({ "config": sums.config, "live": sums.live, "kinds": sums.families }),
        None => json!({ "config": null, "live": null, "kinds": {} }),
    }
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
    harmless(format!("{document:#}\n"))
}

/// The same on one line.
pub fn line(document: &Raw) -> String {
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
