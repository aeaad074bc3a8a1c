//! Flags of `schema`.

use clap::{Args, ValueEnum};

use crate::cli::values;
use crate::schema::Release;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec schema state > akrec.schema.json
  akrec schema state --release 2026.2 > akrec.schema.json
  akrec schema state --overlay > akrec.overlay.schema.json     for files in environments/
  akrec schema settings > akrec.settings.schema.json           for akrec.yaml
  akrec schema plan                    for what plan, apply and show write with --format json

The first line of a state file then names the schema for editors:
  # yaml-language-server: $schema=./akrec.schema.json";

/// Flags of `schema`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Schema {
    /// What the schema describes
    #[arg(value_enum, value_name = "WHAT", default_value = "state")]
    pub what: SchemaOf,
    /// Only what this release of authentik has [default: what any known release has]
    #[arg(long, value_name = "RELEASE", value_parser = values::release)]
    pub release: Option<Release>,
    /// For overlay files, in which `type` need not be repeated
    #[arg(long)]
    pub overlay: bool,
}

/// What a schema is of.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum SchemaOf {
    /// State files
    State,
    /// The settings file, akrec.yaml
    Settings,
    /// The JSON of plan, apply and show
    Plan,
    /// The JSON of drift
    Drift,
    /// The JSON of validate
    Diagnostics,
    /// One line of apply --format events
    Events,
    /// The JSON of access
    Access,
    /// The JSON of diff
    Diff,
    /// The JSON of verify
    Verify,
    /// The JSON of invite
    Invite,
    /// The JSON of upgrade
    Upgrade,
    /// The JSON of kinds and explain
    Kinds,
}
