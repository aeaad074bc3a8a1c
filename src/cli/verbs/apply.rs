//! Flags of `apply`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::flags::{
    Connection, Inputs, Lints, Output, SafetyChecks, SandboxFlags, Scope, Writes,
};
use crate::cli::values::{self, WriteSecret};

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec apply
  akrec apply --env prod --auto-approve
  akrec apply plan.json                do exactly what `akrec plan -o plan.json` showed
  akrec apply --write-secret source.github#consumer_secret     send again a value that cannot be read back";

/// Flags of `apply`.
#[derive(Args, Clone, Debug)]
pub struct Apply {
    /// A plan file: exactly this plan is applied, or nothing if anything changed since. Options that `plan` was given
    /// (--allow, --max-…, --target, --exclude, --write-secret) must be given here again, because none is taken from the file
    #[arg(value_name = "PLANFILE")]
    pub plan: Option<PathBuf>,
    /// The desired state.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to write.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
    /// How it is written.
    #[command(flatten)]
    pub writes: Writes,
    /// Send a write-only value again, such as source.github#consumer_secret; may be repeated
    #[arg(long, value_name = "ADDR#FIELD", value_parser = values::write_secret)]
    pub write_secret: Vec<WriteSecret>,
    /// The part of it that is planned and applied.
    #[command(flatten)]
    pub scope: Scope,
    /// The safety checks that are overridden.
    #[command(flatten)]
    pub checks: SafetyChecks,
    /// Do not determine who gains or loses access, and do not read what that needs
    #[arg(long, help_heading = "Output")]
    pub no_access: bool,
    /// How lints are taken.
    #[command(flatten)]
    pub lints: Lints,
}
