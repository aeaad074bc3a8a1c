//! Flags of `explain`, and the forms of the reference, of which `kinds` shows another part.

use clap::{Args, ValueEnum};

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec explain AKR0203                a message
  akrec explain application            a kind
  akrec explain stages.user_login      a kind by its section and type
  akrec explain providers              all kinds of a section
  akrec explain --all                  every message";

/// Flags of `explain`.
#[derive(Args, Clone, Debug)]
pub struct Explain {
    /// A code such as AKR0203, a kind such as policy_binding or stages.user_login, or a section such as groups or raw
    #[arg(
        value_name = "CODE|KIND",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    pub topic: Option<String>,
    /// Every code
    #[arg(long)]
    pub all: bool,
    /// The output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: ReferenceFormat,
}

/// How the reference is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReferenceFormat {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
    /// A page
    Markdown,
}
