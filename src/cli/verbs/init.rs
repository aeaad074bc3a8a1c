//! Flags of `init`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::values;

pub(super) const EXAMPLES: &str =
    "Examples:\n  akrec init --url https://auth.example.org\n  akrec init --ci github,gitlab";

/// Flags of `init`.
#[derive(Args, Clone, Debug)]
pub struct Init {
    /// The state directory to create; akrec.yaml goes beside it
    #[arg(short = 'C', long, value_name = "DIR", default_value = "state")]
    pub state: PathBuf,
    /// The server to write into akrec.yaml
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Also write pipelines: plan in the pull request, apply after the merge, drift every night; several with commas
    #[arg(long, value_enum, value_name = "SYSTEM", value_delimiter = ',')]
    pub ci: Vec<Ci>,
    /// The branch that is applied
    #[arg(long, value_name = "BRANCH", default_value = "main", requires = "ci", value_parser = values::branch)]
    pub branch: String,
}

/// A system that runs pipelines.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ci {
    /// GitHub Actions
    Github,
    /// GitLab CI/CD
    Gitlab,
    /// Forgejo and Gitea Actions
    Forgejo,
    /// Woodpecker CI
    Woodpecker,
}
