//! Flags of `plan`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::flags::{Connection, Inputs, Lints, Output, SafetyChecks, SandboxFlags, Scope};
use crate::cli::values::{self, WriteSecret};

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec plan --env prod
  akrec plan -C config/state --var domain=example.org
  akrec plan --detailed-exitcode       2 if there are changes, 0 if there are none
  akrec plan -o plan.json              save it, for `akrec apply plan.json`
  akrec plan --sandbox=2026.2          against an embedded, freshly installed authentik
  pass show authentik | akrec plan --token-file -";

/// Flags of `plan`.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// The desired state.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to look.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
    /// Save the plan as JSON, readable only by you; it contains no secrets
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// Exit with 2 if there are changes, 0 if there are none
    #[arg(long, help_heading = "Output")]
    pub detailed_exitcode: bool,
    /// Do not determine who gains or loses access, and do not read what that needs
    #[arg(long, help_heading = "Output")]
    pub no_access: bool,
    /// Plan to send a write-only value again, such as source.github#consumer_secret; may be repeated
    #[arg(long, value_name = "ADDR#FIELD", value_parser = values::write_secret)]
    pub write_secret: Vec<WriteSecret>,
    /// The part of it that is planned.
    #[command(flatten)]
    pub scope: Scope,
    /// The safety checks that are overridden.
    #[command(flatten)]
    pub checks: SafetyChecks,
    /// How lints are taken.
    #[command(flatten)]
    pub lints: Lints,
}
