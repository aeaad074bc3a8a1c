//! A diagnostic, in the shape of `terraform validate -json`, with akrec's code and help beside it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// One diagnostic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The stable code.
    pub code: Code,
    /// What is wrong.
    pub summary: String,
    /// Why: facts that help, a line each.
    pub detail: String,
    /// What is at the place.
    pub label: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// Always null: what could be put in the place.
    pub fix: (),
    /// The place.
    pub range: Option<Range>,
    /// The line on which the place begins.
    pub snippet: Option<Snippet>,
    /// Other places that explain it.
    pub related: Vec<Related>,
}

/// A code of diagnostics, which keeps its meaning.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Code(#[schemars(regex(pattern = r"^AKR[0-9]{4}$"))] pub String);

/// How bad a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The run fails.
    Error,
    /// The run goes on.
    Warning,
}

/// As it is spelled in documents.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A range in a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Range {
    /// The file.
    pub filename: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends, behind the last character.
    pub end: Position,
}

/// A position in a file: line and column from 1, byte from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "said above")]
pub struct Position {
    pub line: u32,
    pub column: u32,
    pub byte: u32,
}

/// A line of a file, and which of its bytes are meant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Snippet {
    /// Always null: Terraform has the block there.
    pub context: (),
    /// The line.
    pub code: String,
    /// Its number, from 1.
    pub start_line: u32,
    /// Where in the line the place begins, from 0.
    pub highlight_start_offset: usize,
    /// Where in the line the place ends.
    pub highlight_end_offset: usize,
    /// Always empty: Terraform has values of expressions there.
    pub values: [(); 0],
}

/// Another place that explains a diagnostic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// The place.
    pub range: Option<Range>,
}
