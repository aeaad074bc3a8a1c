//! Flags of `validate`.

use clap::Args;

use crate::cli::flags::{Artifacts, Inputs, Lints};
use crate::cli::values;
use crate::diag::Code;
use crate::schema::Release;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec validate
  akrec validate --release 2026.2      also check what exists in that release
  akrec validate --format short        one line per problem, for editors";

/// Flags of `validate`.
#[derive(Args, Clone, Debug)]
pub struct Validate {
    /// The desired state.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Check against this release of authentik [default: `release` in akrec.yaml]
    #[arg(long, value_name = "RELEASE", value_parser = values::release)]
    pub release: Option<Release>,
    /// Skip a lint, by its code or name; may be repeated
    #[arg(long, value_name = "LINT", value_parser = values::lint, help_heading = "Lints")]
    pub allow: Vec<Code>,
    /// How lints are taken.
    #[command(flatten)]
    pub lints: Lints,
    /// How problems are shown.
    #[command(flatten)]
    pub artifacts: Artifacts,
}
