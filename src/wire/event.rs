//! An event of a stream: what `akrec apply` writes as it happens, one a line.

use serde::Serialize;
use serde_json::Value as Json;

use super::diagnostic::Diagnostic;

/// One event. The time is added when it is written.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The first one.
    Version {
        /// The format of the stream.
        format: String,
        /// The version of akrec.
        akrec_version: String,
    },
    /// A diagnostic.
    Diagnostic {
        /// The diagnostic.
        diagnostic: Diagnostic,
    },
    /// Reading the server begins.
    RefreshStart {
        /// Why it is read.
        purpose: Purpose,
    },
    /// The server has been read.
    RefreshComplete {
        /// Why it was read.
        purpose: Purpose,
        /// How many objects were read.
        objects: usize,
    },
    /// A change of the plan.
    PlannedChange {
        /// The change, as the document of a plan has it.
        change: Json,
    },
    /// A setting weakens a safety check.
    Weakened {
        /// The setting, as the document of a plan has it.
        weakened: Json,
    },
    /// How many changes there are.
    ChangeSummary {
        /// Of what.
        operation: Operation,
        /// The numbers, as the document of a plan has them.
        summary: Json,
    },
    /// A step begins.
    ApplyStart(Step),
    /// A step is done.
    ApplyComplete(Step),
    /// A step failed.
    ApplyErrored {
        /// The step.
        #[serde(flatten)]
        step: Step,
        /// Why it failed.
        diagnostic: Diagnostic,
    },
    /// A step is not begun.
    ApplyBlocked {
        /// The step.
        #[serde(flatten)]
        step: Step,
        /// Why it is not begun.
        reason: Blocked,
        /// The code of that.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The id of the step that it needs.
        blocked_by: Option<String>,
    },
    /// How far the apply is.
    ApplyProgress {
        /// How many steps are over.
        done: usize,
        /// How many steps there are.
        total: usize,
    },
    /// The last one: how the run ended.
    Outputs {
        /// The exit code.
        exit_code: u8,
        /// What the run was.
        run: Json,
    },
}

/// Why the server is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To plan.
    Plan,
    /// To prove by a second plan that nothing is left to do.
    Proof,
}

/// What changes are counted of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A plan.
    Plan,
    /// What an apply did.
    Apply,
}

/// A step of the plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Step {
    /// Its id in the documents of the run.
    pub id: String,
    /// The address of the object.
    pub address: Option<String>,
    /// The kind of the object.
    pub kind: Option<String>,
    /// What it does.
    pub action: Option<String>,
}

/// Why a step is not begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocked {
    /// A step that it needs was not done.
    Blocked,
    /// The run was stopped.
    Stopped,
}
