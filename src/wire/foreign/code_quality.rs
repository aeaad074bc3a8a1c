//! GitLab Code Quality: a list of these.

use serde::Serialize;

/// One problem.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    /// The description of the problem.
    pub description: String,
    /// The rule.
    pub check_name: String,
    /// The id of this problem, which distinguishes it from others and stays when lines move.
    pub fingerprint: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub location: Location,
}

/// How bad a problem is; GitLab also knows `major`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "GitLab's own terms")]
pub enum Severity {
    Info,
    Minor,
    Critical,
    Blocker,
}

/// Where a problem is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Location {
    /// The path from the root of the repository.
    pub path: String,
    /// The lines.
    pub lines: Lines,
}

/// Lines, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Lines {
    /// The first line.
    pub begin: u32,
    /// The last line.
    pub end: u32,
}
