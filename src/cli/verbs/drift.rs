//! Flags of `drift`.

use clap::{Args, ValueEnum};
use secrecy::SecretString;

use crate::cli::flags::{Connection, Inputs, Output, SandboxFlags};
use crate::cli::values;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec drift
  akrec drift --adopt                  write what changed on the server into the files
  akrec drift --unmanaged              also objects that nobody declares, of the kinds in the files
  akrec drift --unmanaged=all          the same for all kinds
  akrec drift --output prometheus=/var/lib/node_exporter/akrec.prom --output markdown=issue.md
  akrec drift --format json | jq '.drift[] | select(.drifted)'";

/// Flags of `drift`.
#[derive(Args, Clone, Debug)]
pub struct Drift {
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
    /// Also list objects that nobody declares: of the kinds in the files, or of all kinds
    #[arg(long, value_enum, value_name = "KINDS", num_args = 0..=1, require_equals = true, default_missing_value = "declared", help_heading = "Output")]
    pub unmanaged: Option<Unmanaged>,
    /// Write what changed on the server into the state files, in place, for review as a commit; exits with 0 if nothing
    /// is left
    #[arg(long)]
    pub adopt: bool,
    /// Send the JSON document to this address, if there is drift or the run failed; only the host is ever shown [env:
    /// AKREC_NOTIFY_URL, where others cannot read it]
    #[arg(long, value_name = "URL", value_parser = values::hidden, help_heading = "Output")]
    pub notify: Option<SecretString>,
}

/// The kinds of which unmanaged objects are listed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unmanaged {
    /// Those in the files
    Declared,
    /// All
    All,
}
