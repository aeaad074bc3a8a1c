//! Flags of `report`.

use clap::{Args, ValueEnum};

use crate::cli::flags::ServerFlags;

pub(super) const EXAMPLES: &str = "Examples:\n  akrec report > docs/current-state.md\n  akrec report --no-date > docs/current-state.md\n  akrec report --format html > current-state.html";

/// Flags of `report`.
#[derive(Args, Clone, Debug)]
pub struct Report {
    /// Which server.
    #[command(flatten)]
    pub server: ServerFlags,
    /// The format on standard output
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "markdown",
        help_heading = "Output"
    )]
    pub format: ReportFormat,
    /// Omit the date, so that the page changes only when the server does
    #[arg(long, help_heading = "Output")]
    pub no_date: bool,
}

/// How `report` is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReportFormat {
    /// To commit
    Markdown,
    /// One self-contained page for a browser
    Html,
}
