//! Flags of `rollback`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::flags::{Output, SafetyChecks, ServerFlags, Writes};

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec rollback rollback-20261122T101500Z-3f2c1a.json
  akrec rollback rollback-20261122T101500Z-3f2c1a.json --plan-only     only show what it would do
  akrec rollback rollback-20261122T101500Z-3f2c1a.json --auto-approve --rollback-dir rollbacks";

/// Flags of `rollback`.
#[derive(Args, Clone, Debug)]
pub struct Rollback {
    /// The rollback file of an apply, or of an earlier rollback
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Show what would be done and whether it is still possible, and write nothing
    #[arg(long, conflicts_with = "auto_approve")]
    pub plan_only: bool,
    /// How it is written.
    #[command(flatten)]
    pub writes: Writes,
    /// Where to write.
    #[command(flatten)]
    pub server: ServerFlags,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
    /// Do not determine who gains or loses access, and do not read what that needs
    #[arg(long, help_heading = "Output")]
    pub no_access: bool,
    /// Which safety checks are overridden.
    #[command(flatten)]
    pub checks: SafetyChecks,
}
