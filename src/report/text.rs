//! A whole run as text: what the terminal shows piece by piece, for a file or a log.
//!
//! Must never depend on a terminal, and never say less than the terminal does.

use super::document::Document;
use super::{access, assertions, diagnostics, drift, outcome, plan};

/// How wide lines of a file may be.
const WIDTH: usize = 100;

/// The whole run; ends with a line break.
pub fn text(run: &Document<'_>) -> String {
    let style = plan::Style {
        color: false,
        width: WIDTH,
        ..run.style
    };
    let header = run.header();
    let mut parts = Vec::new();
    if let Some(drift) = run.drift() {
        parts.push(drift::text(drift, &header, run.sources, &style));
    } else if let Some(plan) = run.plan() {
        parts.push(plan::text(plan, &header, run.sources, &style));
        parts.extend(
            run.access()
                .map(|reported| access::under_plan(reported, false, WIDTH)),
        );
        parts.extend(assertions::tally(run.assertions()).map(|tally| format!("\n{tally}\n")));
    }
    if let Some((plan, applied)) = run.applied() {
        let became = outcome::text(plan, applied.outcome, applied.again, &style);
        parts.push(format!("\n{became}"));
        parts.extend(
            applied
                .left
                .map(|left| still(&plan::text(left, &header, run.sources, &style))),
        );
    }
    parts.extend(
        run.adopted()
            .map(|adopted| drift::adopted(adopted, run.sources, &style)),
    );
    if let Some(objects) = run.objects().filter(|_| run.exit_code == 0) {
        parts.push(valid(objects, run.sources.iter().count(), run.assertions()));
    }
    let reported = run.unsaid();
    if !reported.is_empty() {
        let reported = diagnostics::text(&reported, run.sources, false, usize::MAX);
        parts.push(if parts.is_empty() {
            reported
        } else {
            format!("\n{reported}")
        });
    }
    parts.concat()
}

/// What a second plan has left, under its heading.
pub fn still(plan: &str) -> String {
    format!("\nRemaining changes, from a second plan:\n\n{plan}")
}

/// What only the server can judge, a line each: what it is, and where.
pub fn unjudged(found: &[(&str, Vec<String>)]) -> String {
    let mut text = String::new();
    for (what, fields) in found {
        text.push_str(&format!(
            "Only the server can check {what}: {}.\n",
            fields.join(", ")
        ));
    }
    text
}

/// `Valid: 3 objects in 2 files. 2 assertions hold by the files alone, 1 left to plan.`
pub fn valid(objects: usize, files: usize, judged: &[assertions::Judged]) -> String {
    let many =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (proved, left) = assertions::proved(judged);
    let hold = |count: usize| {
        format!(
            " {} {} by the files alone",
            many(count, "assertion"),
            if count == 1 { "holds" } else { "hold" }
        )
    };
    let asserted = match (proved, left) {
        (0, 0) => String::new(),
        (all, 0) => format!("{}.", hold(all)),
        (0, left) => format!(" {} left to plan.", many(left, "assertion")),
        (some, left) => format!("{}, {left} left to plan.", hold(some)),
    };
    format!(
        "Valid: {} in {}.{asserted}\n",
        many(objects, "object"),
        many(files, "file")
    )
}
