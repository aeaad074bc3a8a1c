//! A plan as text, for the terminal and for logs.
//!
//! A header line reads `~ change group "x"   file:line`: the symbol for the eye, then the same as a word of the legend
//! for screen readers and `grep`, then the address. Lines of fields and items have the symbol only; the legend and the
//! arrows say the rest. Must never depend on anything but its arguments.

use std::collections::{BTreeMap, BTreeSet};

use super::page::{Page, Tone};
use super::{changes, phrases, privileges, sign_in, weakened};
use crate::diag::Sources;
use crate::pattern::Pattern;
use crate::plan::{Action, Plan, Step, Summary};
use crate::value::{Address, Part};

/// The content of the first line; what is unknown (`None` or empty) is left out.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// The revision of the files.
    pub revision: Option<String>,
    /// The server's URL.
    pub server: String,
    /// The server's release in full: `2026.2.2`.
    pub release: String,
    /// The user of the token.
    pub user: Option<String>,
}

/// The style of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// With colors.
    pub color: bool,
    /// Characters in a line; 0 is 80.
    pub width: usize,
    /// One line a step.
    pub concise: bool,
    /// Counts only.
    pub summary: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            color: false,
            width: 80,
            concise: false,
            summary: false,
        }
    }
}

/// The whole plan as text; ends with a line break.
pub fn text(plan: &Plan, header: &Header, sources: &Sources, style: &Style) -> String {
    let mut page = Page::new(style.color, style.width);
    page.plain(&title(header));
    page.gap();
    if !plan.weakened.is_empty() {
        page.toned(0, Tone::Strong, &format!("{}:", weakened::TITLE));
        weakened::lines(&mut page, 2, plan);
        page.gap();
    }
    if plan.is_empty() {
        kept(&mut page, plan);
        ignored(&mut page, plan);
        uncompared(&mut page, plan);
        left(&mut page, plan, style);
        page.toned(
            0,
            Tone::Strong,
            match plan.left.is_empty() {
                true => "No changes. authentik matches the configuration.",
                false => "No changes in the selected part.",
            },
        );
        return page.finish();
    }
    privileges::section(&mut page, plan);
    sign_in(&mut page, plan);
    if style.summary {
        by_kind(&mut page, plan);
    } else {
        page.plain(&legend(plan));
        page.gap();
        steps(&mut page, plan, sources, style);
    }
    openings(&mut page, plan);
    kept(&mut page, plan);
    ignored(&mut page, plan);
    uncompared(&mut page, plan);
    if !style.summary {
        deletes(&mut page, plan);
    }
    left(&mut page, plan, style);
    page.gap();
    page.toned(0, Tone::Strong, &phrases::planned(&plan.summary()));
    page.finish()
}

/// What changes of signing in.
fn sign_in(page: &mut Page, plan: &Plan) {
    if sign_in::is_empty(plan) {
        return;
    }
    page.toned(0, Tone::Strong, &format!("{}:", sign_in::TITLE));
    sign_in::lines(page, 2, plan);
    page.gap();
}

/// `akrec plan · REV · URL (authentik 2026.2.2) · token user: NAME`
fn title(header: &Header) -> String {
    titled("plan", header)
}

/// The same for another verb.
pub(super) fn titled(verb: &str, header: &Header) -> String {
    let mut parts = vec![format!("akrec {verb}")];
    parts.extend(
        header
            .revision
            .clone()
            .filter(|revision| !revision.is_empty()),
    );
    let release = if header.release.is_empty() {
        String::new()
    } else {
        format!("authentik {}", header.release)
    };
    match (header.server.is_empty(), release.is_empty()) {
        (false, false) => parts.push(format!("{} ({release})", header.server)),
        (false, true) => parts.push(header.server.clone()),
        (true, false) => parts.push(release),
        (true, true) => {}
    }
    parts.extend(
        header
            .user
            .as_ref()
            .filter(|user| !user.is_empty())
            .map(|user| format!("token user: {user}")),
    );
    parts.join(" · ")
}

/// The symbols that occur, each with its word.
fn legend(plan: &Plan) -> String {
    let found = phrases::ACTIONS
        .iter()
        .filter(|action| plan.steps.iter().any(|step| step.action == **action));
    let found: Vec<String> = found
        .map(|action| {
            format!(
                "{} {}",
                phrases::tone(*action).symbol(),
                phrases::verb(*action)
            )
        })
        .collect();
    format!("Actions:  {}", found.join("   "))
}

/// Every step: in the plan's order, but deletions come last, where they are seen.
fn steps(page: &mut Page, plan: &Plan, sources: &Sources, style: &Style) {
    let goes = |step: &&Step| step.action == Action::Delete;
    let written = |step: &&Step| !step.action.is_bookkeeping();
    let stays = plan.steps.iter().filter(written).filter(|step| !goes(step));
    for step in stays.chain(plan.steps.iter().filter(goes)) {
        one(page, plan, step, 0, sources, style.concise);
    }
    let folded = plan.folded();
    let counts = belonging(&folded);
    for step in plan
        .steps
        .iter()
        .filter(|step| !written(step) && !folded.contains(&step.address))
    {
        one(
            page,
            plan,
            step,
            counts.get(&step.address).copied().unwrap_or_default(),
            sources,
            style.concise,
        );
    }
}

/// One step: its header and, unless it must be concise, all lines below it. `with` is the number of other steps that
/// belong to it and are not shown.
pub(super) fn one(
    page: &mut Page,
    plan: &Plan,
    step: &Step,
    with: usize,
    sources: &Sources,
    concise: bool,
) {
    let place = step
        .source
        .and_then(|span| sources.place(span))
        .map(|place| place.to_string());
    if step.action.is_bookkeeping() {
        let with = if with > 0 {
            format!(" (with {})", phrases::many(with, "binding"))
        } else {
            String::new()
        };
        page.headed(
            2,
            phrases::tone(step.action),
            &format!("{}{with}", phrases::step(step)),
            place.as_deref(),
        );
        if let Some(reason) = step.reason.as_ref().filter(|_| !concise) {
            page.remark(6, &phrases::reason(reason));
        }
        return;
    }
    page.headed(
        2,
        phrases::tone(step.action),
        &phrases::step(step),
        place.as_deref(),
    );
    if !concise {
        changes::below(page, plan, step);
        page.gap();
    }
}

/// How many of some objects belong to each owner, however deep.
pub(super) fn belonging(folded: &BTreeSet<Address>) -> BTreeMap<&Address, usize> {
    let mut counts: BTreeMap<&Address, usize> = BTreeMap::new();
    for address in folded {
        let mut at = address;
        while let Some(Part::At(owner)) = at.parts().first() {
            *counts.entry(owner).or_default() += 1;
            at = owner;
        }
    }
    counts
}

/// Protected objects, which therefore stay.
fn kept(page: &mut Page, plan: &Plan) {
    if plan.kept.is_empty() {
        return;
    }
    page.gap();
    for kept in &plan.kept {
        let why = phrases::kept(kept.why);
        let Some((field, items)) = &kept.items else {
            page.line(2, Tone::Alarm, &format!("keep {}", kept.address));
            page.remark(6, why);
            continue;
        };
        for item in items.iter().take(NAMED) {
            page.line(
                2,
                Tone::Alarm,
                &format!("keep {}", phrases::kept_item(kept, field, item)),
            );
            page.remark(6, why);
        }
        if items.len() > NAMED {
            page.remark(6, &format!("and {} more of them", items.len() - NAMED));
        }
    }
    page.gap();
}

/// Applications that end up open, loudly.
fn openings(page: &mut Page, plan: &Plan) {
    if plan.openings.is_empty() {
        return;
    }
    page.gap();
    page.toned(0, Tone::Strong, "Becomes open to all users:");
    for opening in &plan.openings {
        page.bright(2, Tone::Alarm, &phrases::opening(opening));
    }
}

/// How many names of what is left out, or stays, are reported.
const NAMED: usize = 10;

/// The note that this is only a part of the plan, and what the rest is.
fn left(page: &mut Page, plan: &Plan, style: &Style) {
    if plan.scope.is_whole() {
        return;
    }
    let asked = |flag: &str, patterns: &[Pattern]| -> Vec<String> {
        patterns
            .iter()
            .map(|pattern| format!("{flag} {}", pattern.as_str()))
            .collect()
    };
    let flags = [
        asked("--target", &plan.scope.targets),
        asked("--exclude", &plan.scope.excludes),
    ]
    .concat()
    .join(" ");
    let deletes = plan
        .left
        .iter()
        .filter(|left| left.action == Action::Delete)
        .count();
    page.gap();
    let many = phrases::many(plan.left.len(), "change");
    let deletes = if deletes > 0 {
        format!(", {deletes} of them to delete")
    } else {
        String::new()
    };
    page.toned(
        0,
        Tone::Strong,
        &format!("Only a part of the configuration: {flags}. Left out: {many}{deletes}."),
    );
    if !style.concise && !style.summary {
        for left in plan.left.iter().take(NAMED) {
            page.remark(
                2,
                &format!("not done: {} {}", phrases::verb(left.action), left.address),
            );
        }
        if plan.left.len() > NAMED {
            page.remark(2, &format!("and {} more", plan.left.len() - NAMED));
        }
    }
    page.gap();
}

/// How much is left alone on purpose.
fn ignored(page: &mut Page, plan: &Plan) {
    if plan.ignored > 0 {
        page.gap();
        page.plain(&format!("Ignored fields: {}.", plan.ignored));
        page.gap();
    }
}

/// Secrets whose live values are not known.
fn uncompared(page: &mut Page, plan: &Plan) {
    if let Some(line) = phrases::uncompared(&plan.uncompared) {
        page.gap();
        page.plain(&line);
        page.gap();
    }
}

/// The deletions, once more, so that they stand next to the summary.
fn deletes(page: &mut Page, plan: &Plan) {
    let mut deletes = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Delete)
        .peekable();
    if deletes.peek().is_none() {
        return;
    }
    page.gap();
    page.toned(0, Tone::Strong, "Deletes:");
    for step in deletes {
        page.headed(2, Tone::Remove, &phrases::step(step), None);
    }
}

/// The number of objects of each kind, by name.
fn by_kind(page: &mut Page, plan: &Plan) {
    let mut kinds: BTreeMap<&str, Summary> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| !step.second) {
        kinds.entry(step.kind.name).or_default().count(step);
    }
    let width = kinds
        .keys()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, summary) in kinds {
        let one = |(count, action): (usize, Action)| {
            format!(
                "{} {count} to {}",
                phrases::tone(action).symbol(),
                phrases::verb(action)
            )
        };
        let counts: Vec<String> = summary.counts().into_iter().map(one).collect();
        page.plain(&format!("  {name:width$}  {}", counts.join("   ")));
    }
}

#[cfg(test)]
mod tests;
