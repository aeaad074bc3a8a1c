//! An apply as it happens: one JSON document a line, the first of which says the format.
//!
//! New types and members may come within format 1; a reader passes over what it does not know. When something happened
//! is put in by the caller, who has a clock. Must never hold a secret.

use serde_json::{Value as Raw, json};

use super::json::{self, diagnostic};
use super::{outcome, weakened, words};
use crate::diag::{Code, Diagnostic, Sources};
use crate::plan::{Plan, Status, Summary};

/// The format of the stream: major and minor.
pub const FORMAT: &str = "1.0";

/// Why the server is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// To plan.
    Plan,
    /// To prove by a second plan that nothing is left to do.
    Proof,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Purpose::Plan => "plan",
            Purpose::Proof => "proof",
        }
    }
}

/// The first line.
pub fn version() -> Raw {
    json!({ "type": "version", "format": FORMAT, "akrec_version": env!("CARGO_PKG_VERSION") })
}

/// Something is to be said.
pub fn told(told: &Diagnostic, sources: &Sources) -> Raw {
    json!({ "type": "diagnostic", "diagnostic": diagnostic(told, sources) })
}

/// Reading the server begins.
pub fn refresh_start(purpose: Purpose) -> Raw {
    json!({ "type": "refresh_start", "purpose": purpose.word() })
}

/// The server has been read.
pub fn refresh_complete(purpose: Purpose, objects: usize) -> Raw {
    json!({ "type": "refresh_complete", "purpose": purpose.word(), "objects": objects })
}

/// What settings weaken, every change of a plan, both as its document has them, and the sum.
pub fn planned(plan: &Plan, sources: &Sources) -> Vec<Raw> {
    let changes = json::changes(plan, None, sources).into_iter();
    let changes = changes.map(|change| json!({ "type": "planned_change", "change": change }));
    let weakened = weakened::json(Some(plan)).into_iter();
    let weakened = weakened.map(|weakened| json!({ "type": "weakened", "weakened": weakened }));
    weakened.chain(changes).chain([summary("plan", &plan.summary())]).collect()
}

/// What an apply came to.
pub fn applied(plan: &Plan, outcome: &crate::plan::Outcome) -> Raw {
    summary("apply", &outcome::summary(plan, outcome))
}

fn summary(operation: &str, summary: &Summary) -> Raw {
    json!({ "type": "change_summary", "operation": operation, "summary": json::counts(summary) })
}

/// A step begins.
pub fn started(plan: &Plan, index: usize) -> Raw {
    step("apply_start", plan, index)
}

/// A step is over, as the `count`-th: what became of it, and how far the whole is.
pub fn finished(plan: &Plan, index: usize, status: &Status, count: usize, sources: &Sources) -> [Raw; 2] {
    let event = match status {
        Status::Done => step("apply_complete", plan, index),
        Status::Failed(why) | Status::Moved(why) => {
            let mut event = step("apply_errored", plan, index);
            event["diagnostic"] = diagnostic(why, sources);
            event
        }
        Status::Blocked(by) => {
            let mut event = step("apply_blocked", plan, index);
            event["reason"] = "blocked".into();
            event["code"] = Code::STEP_BLOCKED.as_str().into();
            event["blocked_by"] = json::id(*by).into();
            event
        }
        Status::Stopped => {
            let mut event = step("apply_blocked", plan, index);
            event["reason"] = "stopped".into();
            event["blocked_by"] = Raw::Null;
            event
        }
    };
    [event, json!({ "type": "apply_progress", "done": count, "total": plan.steps.len() })]
}

fn step(name: &str, plan: &Plan, index: usize) -> Raw {
    let step = plan.steps.get(index);
    json!({
        "type": name,
        "id": json::id(index),
        "address": step.map(|step| step.address.path()),
        "kind": step.map(|step| step.kind.name),
        "action": step.map(|step| words::verb(step.action)),
    })
}

/// The last line: how the run ended.
pub fn outputs(exit_code: u8, run: &Raw) -> Raw {
    json!({ "type": "outputs", "exit_code": exit_code, "run": run })
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
        let told: Vec<String> = events
            .iter()
            .map(|event| format!("{} {} {}", event["type"], event["id"], event["diagnostic"]["code"]))
            .collect();
        assert_eq!(
            told,
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
