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
    /// What tells the results of one kind of run from those of another.
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
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its version, as Semantic Versioning has it.
    pub semantic_version: String,
    /// The rules of the results.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// What it is about, in a sentence.
    pub short_description: Text,
    /// What it is about.
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

/// What tells the results of one kind of run from those of another.
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
    /// Its exit code.
    pub exit_code: u8,
    /// What it says of itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_execution_notifications: Vec<Notification>,
}

/// What a tool says of itself.
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
    /// What it is.
    pub description: Text,
}

/// How columns are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ColumnKind {
    /// By characters.
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
    /// What tells it from others and stays when lines move, by the version of how it is made.
    pub partial_fingerprints: BTreeMap<String, String>,
}

/// Where something is.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// The place in a file.
    pub physical_location: PhysicalLocation,
    /// What is there.
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
    /// Its address, absolute or relative.
    pub uri: String,
    /// What a relative address is relative to.
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
