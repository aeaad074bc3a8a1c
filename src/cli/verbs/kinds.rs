//! Flags of `kinds`.

use clap::Args;

use super::explain::ReferenceFormat;
use crate::cli::flags::ServerFlags;

pub(super) const EXAMPLES: &str = "Examples:\n  akrec kinds\n  akrec kinds --format json | jq -r '.kinds[].title'";

/// Flags of `kinds`.
#[derive(Args, Clone, Debug)]
pub struct Kinds {
    /// Compare with a server's own description of its API: say what it has that akrec does not know; exit with 2 if there
    /// is something. Without it no server is asked, whatever the flags below say
    #[arg(long)]
    pub check: bool,
    /// Which server.
    #[command(flatten)]
    pub server: ServerFlags,
    /// How it is shown; JSON and Markdown tell every field
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: ReferenceFormat,
}
