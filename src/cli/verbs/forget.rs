//! Flags of `forget`.

use std::time::Duration;

use clap::Args;

use crate::cli::flags::{Connection, Inputs, Output, SandboxFlags};
use crate::cli::values;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec forget group.staff             with the bindings and the like that belong to it
  akrec forget application.wiki provider.wiki --auto-approve";

/// Flags of `forget`.
#[derive(Args, Clone, Debug)]
pub struct Forget {
    /// Addresses as in plans, such as group.staff; their children are forgotten with them
    #[arg(value_name = "ADDR", required = true)]
    pub addresses: Vec<String>,
    /// Where akrec.yaml is.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where the ledger is.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
    /// Do not ask for confirmation; required without a terminal
    #[arg(long)]
    pub auto_approve: bool,
    /// How long to wait for another apply of the same workspace, such as 30s or 10m [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = values::duration, help_heading = "Safety")]
    pub lock_timeout: Option<Duration>,
}
