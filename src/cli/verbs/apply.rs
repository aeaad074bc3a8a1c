//! Flags of `apply`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::flags::{Connection, Inputs, Lints, OnError, Output, Rails, SandboxFlags, Scope};
use crate::cli::values::{self, WriteSecret};

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec apply
  akrec apply --env prod --auto-approve
  akrec apply plan.json                do exactly what `akrec plan -o plan.json` showed
  akrec apply rollback-20261122T101500Z-3f2c1a.json             take an apply back
  akrec apply --write-secret source.github#consumer_secret     send a value again that cannot be read back";

/// Flags of `apply`.
#[derive(Args, Clone, Debug)]
pub struct Apply {
    /// A saved plan: exactly this is done, or nothing if anything changed since it was made
    #[arg(value_name = "PLANFILE", conflicts_with_all = ["write_secret", "allow", "target", "exclude", "max_deletes", "max_changes", "max_removals"])]
    pub plan: Option<PathBuf>,
    /// What shall be.
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
    /// Do not ask; needed where there is no terminal
    #[arg(long)]
    pub auto_approve: bool,
    /// After a failed step: go on with what does not depend on it, or stop [default: continue]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_error: Option<OnError>,
    /// Send a write-only value again, such as source.github#consumer_secret; may be repeated
    #[arg(long, value_name = "ADDR#FIELD", value_parser = values::write_secret)]
    pub write_secret: Vec<WriteSecret>,
    /// Which part.
    #[command(flatten)]
    pub scope: Scope,
    /// Which rails are waived.
    #[command(flatten)]
    pub rails: Rails,
    /// Do not work out who gains or loses access, and do not read what that takes
    #[arg(long, help_heading = "Output")]
    pub no_access: bool,
    /// How lints are taken.
    #[command(flatten)]
    pub lints: Lints,
    /// How long to wait for another apply of the same workspace, such as 30s or 10m [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = values::duration, help_heading = "Safety")]
    pub lock_timeout: Option<Duration>,
    /// Write without the lease that keeps two applies apart
    #[arg(long, conflicts_with = "lock_timeout", help_heading = "Safety")]
    pub no_lock: bool,
    /// Where the file goes that takes this apply back; made if it is not there [default: here; for a sandbox that is forgotten: nowhere]
    #[arg(long, value_name = "DIR", help_heading = "Safety")]
    pub rollback_dir: Option<PathBuf>,
    /// Write no file that takes this apply back
    #[arg(long, conflicts_with = "rollback_dir", help_heading = "Safety")]
    pub no_rollback: bool,
}
