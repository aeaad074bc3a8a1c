//! The document of `upgrade`.

use schemars::JsonSchema;
use serde::Serialize;

use super::Place;

/// What another release changes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Upgrade {
    /// The present release.
    pub from: From,
    /// The target release.
    pub to: String,
    /// How many findings need a decision.
    pub decisions: usize,
    /// The findings.
    pub findings: Vec<Finding>,
    /// What was not judged.
    pub not_judged: NotJudged,
}

/// The present release, and from what it and its objects are known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct From {
    /// From what.
    pub of: Of,
    /// The server, the directory or the file.
    pub place: Option<String>,
    /// The release in full.
    pub version: String,
}

/// From what the present release and its objects are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// A server was read.
    Server,
    /// The state files of an export were read.
    Export,
    /// Nothing was read: only the files are judged.
    Files,
}

/// A finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// What it is about.
    pub class: Class,
    /// It needs a decision before the upgrade.
    pub decision: bool,
    /// The kind.
    pub kind: Option<String>,
    /// The field.
    pub field: Option<String>,
    /// The variants of an enumeration.
    pub words: Vec<String>,
    /// What changes.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub help: String,
    /// The objects concerned.
    pub objects: Vec<Object>,
}

/// What a finding is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Who may open what.
    Access,
    /// A kind no longer exists.
    KindGone,
    /// A field no longer exists.
    FieldGone,
    /// A variant of an enumeration no longer exists.
    WordGone,
    /// A value is refused.
    Refused,
    /// A default changes.
    Default,
    /// A field is renamed.
    FieldRenamed,
    /// A field is no longer returned.
    WriteOnly,
    /// The token needs a permission.
    Permission,
    /// A field is new.
    FieldNew,
    /// A variant of an enumeration is new.
    WordNew,
    /// A kind is new.
    KindNew,
}

/// An object that a finding concerns.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Object {
    /// The address.
    pub address: Option<String>,
    /// The files declare it.
    pub declared: bool,
    /// Where it is declared.
    pub source: Option<Place>,
}

/// What was not judged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct NotJudged {
    /// Collections under `raw`.
    pub raw: Vec<String>,
}
