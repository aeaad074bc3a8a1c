//! An event of a stream: what `akrec apply` writes as it happens, one a line.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::change::{Change, Counts, Verb, Weakened};
use super::diagnostic::{Code, Diagnostic};

/// One line of the stream: an event, and when it was.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Line {
    /// When it was.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
    /// The event: its type says which members it has.
    #[serde(flatten)]
    pub event: Event,
}

/// One event.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The first one.
    Version {
        /// The format of the stream. Minor: only additions; ignore what you do not know. Major: reject what you do not
        /// know.
        #[schemars(regex(pattern = r"^1\.[0-9]+$"))]
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
        change: Box<Change>,
    },
    /// A setting weakens a safety check.
    Weakened {
        /// The setting, as the document of a plan has it.
        weakened: Weakened,
    },
    /// How many changes there are.
    ChangeSummary {
        /// Of what.
        operation: Operation,
        /// The numbers, as the document of a plan has them.
        summary: Counts,
    },
    /// A step begins.
    ApplyStart {
        /// The step.
        #[serde(flatten)]
        step: Step,
    },
    /// A step is done.
    ApplyComplete {
        /// The step.
        #[serde(flatten)]
        step: Step,
    },
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
        #[serde(flatten)]
        reason: Blocked,
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
        #[schemars(with = "serde_json::Map<String, Json>")]
        run: Json,
    },
}

/// Why the server is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To plan.
    Plan,
    /// To prove by a second plan that nothing is left to do.
    Proof,
}

/// What changes are counted of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Counted")]
pub enum Operation {
    /// A plan.
    Plan,
    /// What an apply did.
    Apply,
}

/// A step of the plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Step {
    /// Its id in the documents of the run.
    pub id: String,
    /// The address of the object.
    pub address: String,
    /// The kind of the object.
    pub kind: String,
    /// What it does.
    pub action: Verb,
}

/// Why a step is not begun.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Blocked {
    /// A step that it needs was not done.
    Blocked {
        /// The id of that step.
        blocked_by: String,
        /// The code of the diagnostic for it.
        code: Code,
    },
    /// The run was stopped.
    Stopped {
        /// Always null.
        blocked_by: (),
    },
}
