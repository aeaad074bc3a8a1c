//! GitLab's report of a Terraform plan.

use serde::Serialize;

/// The report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum TerraformReport {
    /// There is a plan.
    Plan {
        /// How many objects it adds.
        create: usize,
        /// How many objects it changes.
        update: usize,
        /// How many objects it deletes.
        delete: usize,
    },
    /// There is none, which GitLab shows as a report with errors.
    Failed {
        /// Why there is none.
        error: Option<String>,
        /// The exit code of the run.
        exit_code: u8,
    },
}
