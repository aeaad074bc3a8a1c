//! An apply as it happens: one JSON document a line, the first of which says the format.
//!
//! New types and members may come within format 1; a reader passes over what it does not know. When something happened
//! is put in by the caller, who has a clock. Must never hold a secret.

use serde_json::Value as Json;

use super::json::{self, diagnostic};
use super::{outcome, phrases, weakened};
use crate::diag::{Code, Diagnostic, Sources};
use crate::plan::{Plan, Status, Summary};
use crate::wire;
use crate::wire::event::{Blocked, Event, Operation, Step};

pub use crate::wire::event::Purpose;

/// The format of the stream: major and minor.
pub const FORMAT: &str = "1.0";

/// The first line.
pub fn version() -> Json {
    wire::json(&Event::Version {
        format: FORMAT.to_owned(),
        akrec_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Something is to be said.
pub fn reported(finding: &Diagnostic, sources: &Sources) -> Json {
    wire::json(&Event::Diagnostic {
        diagnostic: diagnostic(finding, sources),
    })
}

/// Reading the server begins.
pub fn refresh_start(purpose: Purpose) -> Json {
    wire::json(&Event::RefreshStart { purpose })
}

/// The server has been read.
pub fn refresh_complete(purpose: Purpose, objects: usize) -> Json {
    wire::json(&Event::RefreshComplete { purpose, objects })
}

/// What settings weaken, every change of a plan, both as its document has them, and the sum.
pub fn planned(plan: &Plan, sources: &Sources) -> Vec<Json> {
    let weakened = weakened::wire(Some(plan))
        .into_iter()
        .map(|weakened| Event::Weakened { weakened });
    let changes = json::changes(plan, None, sources)
        .into_iter()
        .map(|change| Event::PlannedChange {
            change: Box::new(change),
        });
    let summary = summary(Operation::Plan, &plan.summary());
    weakened
        .chain(changes)
        .map(|event| wire::json(&event))
        .chain([summary])
        .collect()
}

/// What an apply came to.
pub fn applied(plan: &Plan, outcome: &crate::plan::Outcome) -> Json {
    summary(Operation::Apply, &outcome::summary(plan, outcome))
}

fn summary(operation: Operation, summary: &Summary) -> Json {
    wire::json(&Event::ChangeSummary {
        operation,
        summary: json::counts(summary),
    })
}

/// A step begins.
pub fn started(plan: &Plan, index: usize) -> Json {
    step(plan, index).map_or(Json::Null, |step| wire::json(&Event::ApplyStart { step }))
}

/// A step is over, as the `count`-th: what became of it, and how far the whole is.
pub fn finished(
    plan: &Plan,
    index: usize,
    status: &Status,
    count: usize,
    sources: &Sources,
) -> [Json; 2] {
    let event = step(plan, index).map(|step| match status {
        Status::Done => Event::ApplyComplete { step },
        Status::Failed(why) | Status::Moved(why) => Event::ApplyErrored {
            step,
            diagnostic: diagnostic(why, sources),
        },
        Status::Blocked(by) => Event::ApplyBlocked {
            step,
            reason: Blocked::Blocked {
                blocked_by: json::id(*by),
                code: json::code(Code::STEP_BLOCKED),
            },
        },
        Status::Stopped => Event::ApplyBlocked {
            step,
            reason: Blocked::Stopped { blocked_by: () },
        },
    });
    let progress = Event::ApplyProgress {
        done: count,
        total: plan.steps.len(),
    };
    [
        event.map_or(Json::Null, |event| wire::json(&event)),
        wire::json(&progress),
    ]
}

/// A step, which the plan has.
fn step(plan: &Plan, index: usize) -> Option<Step> {
    let step = plan.steps.get(index)?;
    Some(Step {
        id: json::id(index),
        address: step.address.path(),
        kind: step.kind.name.to_owned(),
        action: phrases::verb(step.action),
    })
}

/// The last line: how the run ended.
pub fn outputs(exit_code: u8, run: &Json) -> Json {
    wire::json(&Event::Outputs {
        exit_code,
        run: run.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::small;

    #[test]
    fn what_becomes_of_steps() {
        let (plan, sources) = small();
        let why = Diagnostic::error(Code::STEP_FAILED, "refused");
        let events = [
            started(&plan, 0),
            finished(&plan, 0, &Status::Failed(why), 1, &sources)[0].clone(),
            finished(&plan, 1, &Status::Blocked(0), 2, &sources)[0].clone(),
            finished(&plan, 2, &Status::Stopped, 3, &sources)[1].clone(),
        ];
        let lines: Vec<String> = events
            .iter()
            .map(|event| {
                format!(
                    "{} {} {}",
                    event["type"], event["id"], event["diagnostic"]["code"]
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                r#""apply_start" "c1" null"#,
                r#""apply_errored" "c1" "AKR0901""#,
                r#""apply_blocked" "c2" null"#,
                r#""apply_progress" null null"#
            ]
        );
        let planned = planned(&plan, &sources);
        assert_eq!(planned.len(), plan.steps.len() + 1);
        assert_eq!(planned[0]["change"]["address"], "group.grafana-editors");
    }
}
