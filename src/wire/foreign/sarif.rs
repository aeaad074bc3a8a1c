//! SARIF 2.1.0, as far as code scanning reads it. Names and terms are those of the standard.

use std::collections::BTreeMap;

use serde::Serialize;

/// A log.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Log {
    /// The address of the JSON Schema.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// The version of SARIF.
    pub version: String,
    /// The runs.
    pub runs: Vec<Run>,
}

/// A run of a tool.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The tool.
    pub tool: Tool,
    /// The category of the run, which distinguishes its results from those of another kind of run.
    pub automation_details: AutomationDetails,
    /// How it was called.
    pub invocations: Vec<Invocation>,
    /// What relative paths are relative to.
    pub original_uri_base_ids: BTreeMap<String, UriBase>,
    /// How columns are counted.
    pub column_kind: ColumnKind,
    /// The results.
    pub results: Vec<Finding>,
}

/// A tool.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Tool {
    /// The part of it that makes the results.
    pub driver: Driver,
}

/// What makes the results.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Driver {
    /// The name of the tool.
    pub name: String,
    /// The version of the tool.
    pub version: String,
    /// The version of the tool, as Semantic Versioning writes it.
    pub semantic_version: String,
    /// The rules of the results.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The id of the rule.
    pub id: String,
    /// The subject of the rule, in a sentence.
    pub short_description: Text,
    /// The full description of the rule.
    pub full_description: Text,
    /// What to do.
    pub help: Help,
    /// How bad its results are unless they say so themselves.
    pub default_configuration: Configuration,
    /// Where it is explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_uri: Option<String>,
}

/// Text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Text {
    /// The text.
    pub text: String,
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text { text }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text {
            text: text.to_owned(),
        }
    }
}

/// Text in two forms.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Help {
    /// The text.
    pub text: String,
    /// The same in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
}

/// The configuration of a rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Configuration {
    /// How bad its results are.
    pub level: Level,
}

/// How bad a result is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the standard's own terms")]
pub enum Level {
    Note,
    Warning,
    Error,
}

/// The category of a run, which distinguishes its results from those of another kind of run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AutomationDetails {
    /// An id with slashes.
    pub id: String,
}

/// How a tool was called, and how it ended.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invocation {
    /// It ended without an error.
    pub execution_successful: bool,
    /// The exit code of the run.
    pub exit_code: u8,
    /// The notifications of the tool about itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_execution_notifications: Vec<Notification>,
}

/// A notification of a tool about itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Notification {
    /// How bad it is.
    pub level: Level,
    /// The message.
    pub message: Text,
}

/// What relative paths are relative to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UriBase {
    /// The description of the artifact.
    pub description: Text,
}

/// How columns are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ColumnKind {
    /// Columns count characters.
    UnicodeCodePoints,
}

/// A result.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The id of its rule.
    pub rule_id: String,
    /// The place of its rule among the rules.
    pub rule_index: Option<usize>,
    /// How bad it is.
    pub level: Level,
    /// The message.
    pub message: Text,
    /// Where it is.
    pub locations: Vec<Location>,
    /// Other places that explain it.
    pub related_locations: Vec<Location>,
    /// The fingerprints of the result, which distinguish it from others and stay when lines move, by the version of the
    /// method.
    pub partial_fingerprints: BTreeMap<String, String>,
}

/// Where something is.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// The place in a file.
    pub physical_location: PhysicalLocation,
    /// The message about this place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Text>,
}

/// A place in a file.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhysicalLocation {
    /// The file.
    pub artifact_location: ArtifactLocation,
    /// The place.
    pub region: Region,
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactLocation {
    /// The address, absolute or relative.
    pub uri: String,
    /// The base of a relative address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri_base_id: Option<String>,
}

/// A range in a file: lines and columns from 1, the end behind the last character.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the standard's own terms")]
pub struct Region {
    pub start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
}
