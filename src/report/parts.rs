//! What pages about a run have in common, whatever they are written in: the lines of their parts, and what it comes to.
//!
//! Gives plain lines and sentences; a form escapes them and puts its own markup around.

use std::collections::BTreeMap;

use super::document::{Applied, Document, Verb};
use super::page::{Page, Tone};
use super::{drift, outcome, phrases, privileges, sign_in, weakened};
use crate::drift::{Drift, Object};
use crate::plan::{Action, Plan, Step, Summary};

/// How many items of one list that stay are named.
const NAMED: usize = 10;

/// The result of the run, in one sentence.
pub(super) fn sentence(run: &Document<'_>) -> String {
    match (
        run.drift(),
        run.plan(),
        run.applied().map(|(_, it)| it.outcome),
    ) {
        (Some(drift), ..) => drift::sum(drift),
        (None, Some(plan), Some(outcome)) => {
            let done = phrases::applied(&outcome::summary(plan, outcome));
            let how = if outcome::complete(plan, outcome) {
                "Apply complete!"
            } else {
                "Apply incomplete:"
            };
            format!("{how} Resources: {done}.")
        }
        (None, Some(plan), None) if plan.is_empty() => {
            "No changes. authentik matches the configuration.".to_owned()
        }
        (None, Some(plan), None) => phrases::planned(&plan.summary()),
        (None, None, _) if run.verb == Verb::Validate && !run.is_error() => {
            format!(
                "{} are valid.",
                phrases::many(run.objects().unwrap_or(0), "object")
            )
        }
        (None, None, _) if run.verb == Verb::Validate => "The files are not valid.".to_owned(),
        (None, None, _) => "Nothing could be planned.".to_owned(),
    }
}

/// Whether there is nothing to report but the reason why there is nothing.
pub(super) fn came_to_nothing(run: &Document<'_>) -> bool {
    run.drift().is_none() && run.plan().is_none() && (run.verb != Verb::Validate || run.is_error())
}

/// How much of the server is managed, if that was asked.
pub(super) fn managed(run: &Document<'_>) -> Option<String> {
    let unmanaged = run.drift()?.unmanaged.as_ref()?;
    let all = unmanaged.managed + unmanaged.objects.len();
    Some(format!(
        "Managed: {} of {all} objects ({} %).",
        unmanaged.managed,
        unmanaged.coverage()
    ))
}

/// The settings of the checkout that weaken safety checks.
pub(super) fn weakened(run: &Document<'_>, mut page: Page) -> String {
    run.plan()
        .into_iter()
        .for_each(|plan| weakened::lines(&mut page, 0, plan));
    page.finish()
}

/// What becomes of privileges.
pub(super) fn privileges(run: &Document<'_>, mut page: Page) -> String {
    run.plan()
        .into_iter()
        .for_each(|plan| privileges::lines(&mut page, 0, plan));
    page.finish()
}

/// The secrets that could not be compared, in one line.
pub(super) fn uncompared(run: &Document<'_>) -> Option<String> {
    phrases::uncompared(run.uncompared())
}

/// What changes of signing in.
pub(super) fn sign_in(run: &Document<'_>, mut page: Page) -> String {
    run.plan()
        .into_iter()
        .for_each(|plan| sign_in::lines(&mut page, 0, plan));
    page.finish()
}

/// The applications that become open to all users.
pub(super) fn openings(run: &Document<'_>, mut page: Page, tone: Tone) -> String {
    for opening in run.plan().iter().flat_map(|plan| &plan.openings) {
        page.bright(0, tone, &phrases::opening(opening));
    }
    page.finish()
}

/// Items that stay although they have left their lists, with the reason.
pub(super) fn kept_items(run: &Document<'_>, mut page: Page) -> String {
    for kept in run.plan().iter().flat_map(|plan| &plan.kept) {
        let Some((field, items)) = &kept.items else {
            continue;
        };
        for item in items.iter().take(NAMED) {
            page.plain(&format!(
                "{}: {}",
                phrases::kept_item(kept, field, item),
                phrases::kept(kept.why)
            ));
        }
        if items.len() > NAMED {
            page.plain(&format!("and {} more of them", items.len() - NAMED));
        }
    }
    page.finish()
}

/// Who gains or loses access.
pub(super) fn access(run: &Document<'_>, mut page: Page) -> String {
    for (sign, line) in run
        .access()
        .map(super::access::difference_lines)
        .unwrap_or_default()
    {
        page.bright(0, super::access::tone(sign), &line);
    }
    page.finish()
}

/// The objects that a plan is going to delete, and why.
pub(super) fn deletes(run: &Document<'_>, mut page: Page) -> String {
    let Some(plan) = run.plan().filter(|_| run.applied().is_none()) else {
        return String::new();
    };
    for step in plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Delete)
    {
        page.headed(0, Tone::Remove, &phrases::step(step), None);
        if let Some(reason) = &step.reason {
            page.remark(4, &phrases::reason(reason));
        }
    }
    page.finish()
}

/// What became of the steps of an apply, and the command to go on with.
pub(super) fn became(plan: &Plan, applied: Applied<'_>, mut page: Page) -> String {
    outcome::write(&mut page, plan, applied.outcome, applied.again);
    page.finish()
}

/// The steps by the title of their kind, without those that are reported with another one.
pub(super) fn by_kind(plan: &Plan) -> BTreeMap<String, Vec<&Step>> {
    let folded = plan.folded();
    let mut kinds: BTreeMap<String, Vec<&Step>> = BTreeMap::new();
    for step in &plan.steps {
        if !(step.action.is_bookkeeping() && folded.contains(&step.address)) {
            kinds.entry(step.kind.title()).or_default().push(step);
        }
    }
    kinds
}

/// What some steps do, counted by objects.
pub(super) fn counted(steps: &[&Step]) -> Summary {
    let mut summary = Summary::default();
    steps
        .iter()
        .filter(|step| !step.second)
        .for_each(|step| summary.count(step));
    summary
}

/// What differs, by the side that changed it: a title, and the objects.
pub(super) fn sides(drift: &Drift) -> [(&'static str, Vec<&Object>); 2] {
    let (drifted, pending) = drift.objects.iter().partition(|object| object.is_drift());
    [
        ("Changed on the server", drifted),
        ("Changed in the files, not applied yet", pending),
    ]
}
