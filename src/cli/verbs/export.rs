//! Flags of `export`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::flags::{Connection, Inputs, SandboxFlags};
use crate::cli::values::{self, Target};

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec export                         everything except what authentik created itself, into the state directory
  akrec export --kind groups --kind applications -o exported
  akrec export --target 'application.graf*' --stdout
  akrec export --unmanaged             what no state file declares yet
  akrec export --all --sandbox=2026.2 -o fresh";

/// Flags of `export`.
#[derive(Args, Clone, Debug)]
pub struct Export {
    /// The files that are there, for --unmanaged; and where the new ones go.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to read.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// Only this kind, family or section, such as groups or stages.user_login; may be repeated
    #[arg(long, value_name = "KIND", help_heading = "What")]
    pub kind: Vec<String>,
    /// Only objects of this address, such as application.grafana or group.*; may be repeated; @FILE reads one per line
    #[arg(long, value_name = "ADDR", value_parser = values::target, help_heading = "What")]
    pub target: Vec<Target>,
    /// Only what no state file declares yet
    #[arg(long, help_heading = "What")]
    pub unmanaged: bool,
    /// Also what authentik created itself: default flows, managed mappings, …
    #[arg(long, help_heading = "What")]
    pub all: bool,
    /// The folder to write into, `-` for standard output [default: the state directory; with --unmanaged its folder
    /// `unmanaged`]
    #[arg(short, long, value_name = "DIR", help_heading = "Where")]
    pub out: Option<PathBuf>,
    /// Print one YAML document instead of writing files
    #[arg(long, conflicts_with_all = ["out", "overwrite"], help_heading = "Where")]
    pub stdout: bool,
    /// Overwrite existing files
    #[arg(long, help_heading = "Where")]
    pub overwrite: bool,
}

impl Export {
    /// Whether the document goes to standard output.
    pub fn to_stdout(&self) -> bool {
        self.stdout || self.out.as_deref() == Some(std::path::Path::new("-"))
    }
}
