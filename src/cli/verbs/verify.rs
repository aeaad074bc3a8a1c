//! Flags of `verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::flags::{Connection, Inputs, SandboxFlags};

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec verify                         every OIDC application that the files declare
  akrec verify grafana wiki            these, declared or not
  akrec verify --no-launch --format junit > verify.xml
  akrec verify --sign-in canary --password-file canary.txt --port ldap.example.org:636

It exits with 1 if a probe failed. The token goes to authentik's API and nowhere else.";

/// Flags of `verify`.
#[derive(Args, Clone, Debug)]
pub struct Verify {
    /// Slugs of applications [default: those with an OIDC provider in the files]
    #[arg(value_name = "APP")]
    pub apps: Vec<String>,
    /// Do not contact the applications themselves
    #[arg(long, help_heading = "What")]
    pub no_launch: bool,
    /// Also sign in with this canary account, by the flow of the default brand: name and password, nothing that needs a device;
    /// then sign out
    #[arg(
        long,
        value_name = "USER",
        requires = "password_file",
        help_heading = "What"
    )]
    pub sign_in: Option<String>,
    /// The file that holds the password of the canary account, `-` for standard input
    #[arg(long, value_name = "FILE", requires = "sign_in", help_heading = "What")]
    pub password_file: Option<PathBuf>,
    /// Also connect to this port, such as that of an LDAP outpost; may be repeated
    #[arg(long, value_name = "HOST:PORT", help_heading = "What")]
    pub port: Vec<String>,
    /// The output format
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: VerifyFormat,
    /// What is declared.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to look.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
}

/// How `verify` is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerifyFormat {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
    /// For the test tab of a CI system
    Junit,
}
