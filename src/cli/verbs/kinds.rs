//! Flags of `kinds`.

use std::path::PathBuf;

use clap::Args;

use super::explain::ReferenceFormat;
use crate::cli::flags::ServerFlags;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec kinds
  akrec kinds --format json | jq -r '.kinds[].title'
  akrec kinds --check                          what the server has that akrec does not know
  akrec kinds --check --schema schema.yml      the same for a release, from its OpenAPI document";

/// Flags of `kinds`.
#[derive(Args, Clone, Debug)]
pub struct Kinds {
    /// Compare with a server's own description of its API: list what it has that akrec does not know; exit with 2 if there
    /// is something. Without this flag, no server is contacted, whatever the flags below say
    #[arg(long)]
    pub check: bool,
    /// Compare with this OpenAPI document instead, JSON or YAML, such as authentik's schema.yml of a release that no server
    /// runs yet; contacts no server
    #[arg(
        long,
        value_name = "FILE",
        requires = "check",
        conflicts_with_all = ["url", "token_file", "ca_cert", "insecure_skip_tls_verify", "header", "sandbox", "sandbox_data", "sandbox_licence"]
    )]
    pub schema: Option<PathBuf>,
    /// Which server.
    #[command(flatten)]
    pub server: ServerFlags,
    /// The output format; JSON and Markdown list every field
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: ReferenceFormat,
}
