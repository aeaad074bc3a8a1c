//! Flags of `show`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::flags::Output;

pub(super) const EXAMPLES: &str = "Examples:\n  akrec show plan.json\n  akrec show rollback-20261122T101500Z-3f2c1a.json --format json";

/// Flags of `show`.
#[derive(Args, Clone, Debug)]
pub struct Show {
    /// The plan file or rollback file
    #[arg(value_name = "PLANFILE")]
    pub plan: PathBuf,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
}
