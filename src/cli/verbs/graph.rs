//! Flags of `graph`.

use clap::{Args, ValueEnum};

use crate::cli::flags::Inputs;
use crate::cli::values::{self, Target};

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec graph | dot -Tsvg > graph.svg
  akrec graph --format mermaid         for a page on GitHub or GitLab
  akrec graph --target application.wiki";

/// Flags of `graph`.
#[derive(Args, Clone, Debug)]
pub struct Graph {
    /// Where the files are.
    #[command(flatten)]
    pub inputs: Inputs,
    /// The language of the graph
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "dot",
        help_heading = "Output"
    )]
    pub format: GraphFormat,
    /// Only what matches this address or pattern, with all that it needs; may be repeated; @FILE reads one per line
    #[arg(long, value_name = "ADDR", value_parser = values::target, help_heading = "Scope")]
    pub target: Vec<Target>,
}

/// The language of a drawing.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum GraphFormat {
    /// Graphviz
    Dot,
    /// Mermaid, which GitHub and GitLab draw in Markdown
    Mermaid,
}
