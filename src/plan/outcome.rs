//! What became of each step of a plan. Data only; filled in by `apply`, shown by `report`.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use crate::diag::Diagnostic;
use crate::value::Address;

/// What became of one step.
#[derive(Clone, Debug)]
pub enum Status {
    /// Written, and the server said so.
    Done,
    /// Refused by the server, or its outcome is not known; the diagnostic says what and why.
    Failed(Diagnostic),
    /// Not written, because the object was no longer what the plan saw.
    Moved(Diagnostic),
    /// Not attempted, because this step (an index into the plan) failed, moved or was itself blocked.
    Blocked(usize),
    /// Not attempted, because the run was stopped.
    Stopped,
}

/// What became of a plan.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// One for each step, in the plan's order.
    pub statuses: Vec<Status>,
    /// What the run made, by what stands in its URL; also where the rest of the step failed.
    pub made: BTreeMap<Address, String>,
    /// What the run may have made: the answer was lost, and nobody could see whether it is there.
    pub unsettled: BTreeSet<Address>,
    /// The run was stopped by a signal.
    pub interrupted: bool,
    /// Why nothing was even begun.
    pub refused: Option<Diagnostic>,
    /// What is to be said besides: of the lease and the ledger.
    pub notes: Vec<Diagnostic>,
}

impl Outcome {
    /// Nothing was begun.
    pub fn refused(plan: &Plan, why: Diagnostic) -> Outcome {
        Outcome {
            statuses: vec![Status::Stopped; plan.steps.len()],
            refused: Some(why),
            ..Outcome::default()
        }
    }

    /// The run was stopped before anything was begun.
    pub fn stopped(plan: &Plan) -> Outcome {
        Outcome {
            statuses: vec![Status::Stopped; plan.steps.len()],
            interrupted: true,
            ..Outcome::default()
        }
    }

    /// Whether every step is done.
    pub fn is_complete(&self) -> bool {
        self.statuses
            .iter()
            .all(|status| matches!(status, Status::Done))
    }
}
