//! Flags of `access`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::flags::{Connection, Inputs, SandboxFlags};
use crate::cli::values;
use crate::schema::Release;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec access                         what is open to all users, and who may open the rest
  akrec access --app grafana           who may open it, and why
  akrec access --user jodie            what jodie may open, and why
  akrec access --files --env prod      the same by the files alone, without a server
  akrec access --planned --app wiki    who may open it once the plan is applied
  akrec access --diff plan.json        who gains and who loses access by a saved plan
  akrec access --assume-release 2026.2 who gains or loses access by upgrading the server alone
  akrec access --format html > access.html
  akrec access --sign-in --user jodie  what jodie meets in each flow that signs users in
  akrec access --verify                compare a sample of the verdicts with the server's own";

/// Flags of `access`.
#[derive(Args, Clone, Debug)]
pub struct Access {
    /// What this user may open, and why
    #[arg(long, value_name = "NAME", help_heading = "What")]
    pub user: Option<String>,
    /// Who may open this application, and why
    #[arg(long, value_name = "SLUG", help_heading = "What")]
    pub app: Option<String>,
    /// What each user meets in each flow that signs users in, and whether it signs them in
    #[arg(
        long,
        conflicts_with_all = ["app", "assume_release", "diff", "verify"],
        help_heading = "What"
    )]
    pub sign_in: bool,
    /// With --sign-in: only this flow
    #[arg(long, value_name = "SLUG", requires = "sign_in", help_heading = "What")]
    pub flow: Option<String>,
    /// Judge by the rule of this release; without --user and --app, show who gains or loses access by it
    #[arg(long, value_name = "RELEASE", value_parser = values::release, help_heading = "What")]
    pub assume_release: Option<Release>,
    /// Judge by the files alone: contacts no server, needs no token; what they leave to the server is unknown
    #[arg(
        long,
        conflicts_with_all = ["url", "token_file", "sandbox", "sandbox_data", "sandbox_licence"],
        help_heading = "What"
    )]
    pub files: bool,
    /// Show access after the files are applied to the server
    #[arg(long, conflicts_with = "files", help_heading = "What")]
    pub planned: bool,
    /// Show who gains and who loses access by a saved plan, as of when the plan was made; contacts no server
    #[arg(
        long,
        value_name = "PLANFILE",
        conflicts_with_all = ["user", "app", "assume_release", "files", "planned", "url", "token_file", "sandbox"],
        help_heading = "What"
    )]
    pub diff: Option<PathBuf>,
    /// Ask the server itself about a sample of verdicts, and list those that differ; exits with 1 if any does
    #[arg(long, conflicts_with_all = ["files", "planned", "diff", "assume_release"], help_heading = "Verify")]
    pub verify: bool,
    /// How many verdicts to ask about, one request each [default: 100]
    #[arg(
        long,
        value_name = "N",
        requires = "verify",
        conflicts_with = "all",
        help_heading = "Verify"
    )]
    pub sample: Option<usize>,
    /// Ask about every user and application
    #[arg(long, requires = "verify", help_heading = "Verify")]
    pub all: bool,
    /// The files for --files and --planned; beside them, akrec.yaml may name the server.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to read.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// The format on standard output
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: AccessFormat,
}

/// How `access` is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessFormat {
    /// For a terminal
    Text,
    /// One line per user and application, for spreadsheets
    Csv,
    /// One JSON document
    Json,
    /// Tables for a page
    Markdown,
    /// One self-contained page to search and sort, for a browser
    Html,
}
