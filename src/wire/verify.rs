//! The document of `verify`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::Server;

/// What the probes of applications found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Verify {
    /// The server.
    pub server: Server,
    /// The brands, with what their sign-in flows show to a visitor; none where applications were named.
    pub brands: Vec<Brand>,
    /// The outposts; none where applications were named.
    pub outposts: Vec<Outpost>,
    /// The ports that were named.
    pub ports: Vec<Port>,
    /// The applications.
    pub applications: Vec<Application>,
    /// How many probes, by result.
    pub summary: Summary,
}

/// A brand with its probes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Brand {
    /// The domain.
    pub brand: String,
    /// The probes.
    pub probes: Vec<Probe>,
}

/// An outpost with its probes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Outpost {
    /// The name.
    pub outpost: String,
    /// The probes.
    pub probes: Vec<Probe>,
}

/// A port with its probes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Port {
    /// The host and the port.
    pub port: String,
    /// The probes.
    pub probes: Vec<Probe>,
}

/// An application with its probes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Application {
    /// The slug.
    pub application: String,
    /// The probes.
    pub probes: Vec<Probe>,
}

/// A probe.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Probe {
    /// Its name.
    pub probe: String,
    /// The result.
    pub result: ProbeResult,
    /// What was found.
    pub detail: String,
    /// What to do.
    pub help: Option<String>,
    /// How long it took.
    pub milliseconds: Option<u64>,
}

/// The result of a probe.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeResult {
    /// It passed.
    Pass,
    /// It failed.
    Fail,
    /// It was not made.
    Skip,
}

/// As it is spelled in documents.
impl fmt::Display for ProbeResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// How many probes, by result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "as in `ProbeResult`")]
pub struct Summary {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}
