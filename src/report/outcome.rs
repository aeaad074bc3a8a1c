//! The result of a plan, as text: the summary when all went well; else the steps that are done, failed and left, and
//! the command to go on. Also the lines that show the progress of an apply.
//!
//! Must never call a run complete that has a step that is not done.

use super::page::{Page, Tone};
use super::phrases;
use super::plan::Style;
use super::safe::harmless;
use crate::diag::Diagnostic;
use crate::plan::{Outcome, Plan, Status, Step, Summary};

/// The outcome as text; ends with a line break. `again` is the command by which the user goes on after a failure.
///
/// Only the colors of the style count. A step without a status was not attempted.
pub fn text(plan: &Plan, outcome: &Outcome, again: &str, style: &Style) -> String {
    let mut page = Page::new(style.color, style.width);
    write(&mut page, plan, outcome, again);
    page.finish()
}

/// The same on a page.
pub(super) fn write(page: &mut Page, plan: &Plan, outcome: &Outcome, again: &str) {
    let (mut done, mut failed, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for (index, step) in plan.steps.iter().enumerate() {
        match status(outcome, index) {
            Status::Done => done.push(step),
            Status::Failed(diagnostic) | Status::Moved(diagnostic) => {
                failed.push((step, diagnostic))
            }
            Status::Blocked(by) => left.push((step, blocked(plan, *by))),
            Status::Stopped => left.push((step, "the run was stopped".to_owned())),
        }
    }
    let sum = phrases::applied(&summary(plan, outcome));
    if failed.is_empty() && left.is_empty() {
        return page.toned(
            0,
            Tone::Strong,
            &format!("Apply complete! Resources: {sum}."),
        );
    }
    let how = if outcome.interrupted {
        "interrupted"
    } else {
        "incomplete"
    };
    let counts = format!(
        "{} done, {} failed, {} not attempted",
        done.len(),
        failed.len(),
        left.len()
    );
    page.toned(0, Tone::Alarm, &format!("Apply {how}: {counts}."));
    heading(page, "Done:", done.is_empty());
    for step in done {
        page.line(
            2,
            phrases::tone(step.action),
            &format!("{} {}", phrases::past(step.action), step.address),
        );
    }
    heading(page, "Failed:", failed.is_empty());
    let diagnostics = failed.clone();
    failed.sort_by_key(|(_, one)| diagnostics.iter().position(|(_, other)| other == one));
    for (place, (step, diagnostic)) in failed.iter().enumerate() {
        page.headed(2, phrases::tone(step.action), &phrases::step(step), None);
        // A problem that several steps have in common is reported once, below the last of them.
        if failed
            .get(place + 1)
            .is_none_or(|(_, next)| next != diagnostic)
        {
            explain(page, diagnostic);
        }
    }
    heading(page, "Not attempted:", left.is_empty());
    for (step, why) in left {
        page.headed(2, phrases::tone(step.action), &phrases::step(step), None);
        page.remark(6, &why);
    }
    page.gap();
    page.plain(&format!("Resources: {sum}."));
    page.plain(&format!(
        "Completed steps stay in effect. To continue with the rest: {again}"
    ));
}

/// How much was done, by kind of action; second steps are not counted.
pub fn summary(plan: &Plan, outcome: &Outcome) -> Summary {
    let mut summary = Summary::default();
    let folded = plan.folded();
    let counted = |step: &Step| !step.second && !folded.contains(&step.address);
    for (index, step) in plan
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| counted(step))
    {
        if matches!(status(outcome, index), Status::Done) {
            summary.count(step);
        }
    }
    summary
}

/// The line for a step that begins: `+ creating group "staff"`. Without a line break, as those below.
pub fn started(step: &Step, color: bool) -> String {
    line(
        phrases::tone(step.action),
        &format!("{} {}", phrases::present(step.action), step.address),
        color,
    )
}

/// The line for a step that is over, as the `count`-th: `+ created group "staff" (3/12)`.
pub fn finished(plan: &Plan, index: usize, status: &Status, count: usize, color: bool) -> String {
    let Some(step) = plan.steps.get(index) else {
        return String::new();
    };
    let share = format!("({count}/{})", plan.steps.len());
    let what = format!("{} {} {share}", phrases::verb(step.action), step.address);
    let alarm = |text: String| line(Tone::Alarm, &text, color);
    match status {
        Status::Done => {
            let text = format!("{} {} {share}", phrases::past(step.action), step.address);
            line(phrases::tone(step.action), &text, color)
        }
        Status::Failed(diagnostic) => alarm(format!("failed to {what}: {}", diagnostic.message)),
        Status::Moved(diagnostic) => alarm(format!("refused to {what}: {}", diagnostic.message)),
        Status::Blocked(by) => alarm(format!("did not {what}: {}", blocked(plan, *by))),
        Status::Stopped => alarm(format!("did not {what}: the run was stopped")),
    }
}

/// What became of a step; one that nothing is known of was not attempted.
pub(super) fn status(outcome: &Outcome, index: usize) -> &Status {
    outcome.statuses.get(index).unwrap_or(&Status::Stopped)
}

/// Whether every step of the plan is done.
pub(super) fn complete(plan: &Plan, outcome: &Outcome) -> bool {
    (0..plan.steps.len()).all(|index| matches!(status(outcome, index), Status::Done))
}

fn line(tone: Tone, text: &str, color: bool) -> String {
    let mut page = Page::new(color, 0);
    page.line(0, tone, text);
    page.finish().trim_end().to_owned()
}

fn heading(page: &mut Page, text: &str, skip: bool) {
    if !skip {
        page.gap();
        page.toned(0, Tone::Strong, text);
    }
}

/// Why a step was not attempted.
pub(super) fn blocked(plan: &Plan, by: usize) -> String {
    match plan.steps.get(by) {
        Some(step) => format!(
            "blocked: it needs {}, which was not {}",
            step.address,
            phrases::past(step.action)
        ),
        None => "blocked by another step".to_owned(),
    }
}

/// A diagnostic below a step: what, why, and what to do.
fn explain(page: &mut Page, diagnostic: &Diagnostic) {
    let severity = super::json::severity(diagnostic.severity);
    page.toned(
        6,
        Tone::Alarm,
        &format!("{severity}[{}]: {}", diagnostic.code, diagnostic.message),
    );
    let notes = diagnostic.notes.iter().map(|note| ("note", note));
    for (word, text) in notes.chain(diagnostic.help.iter().map(|help| ("help", help))) {
        for (number, line) in text.lines().enumerate() {
            let start = if number == 0 {
                format!("{word}: ")
            } else {
                " ".repeat(word.len() + 2)
            };
            page.toned(6, Tone::Context, &format!("{start}{}", harmless(line)));
        }
    }
}

#[cfg(test)]
mod tests;
