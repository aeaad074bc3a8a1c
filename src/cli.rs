//! The command line: verbs and flags as types, parsed from arguments that come in as data.
//!
//! What the parser finds wrong is an [`Exit`] with code 3, never clap's own 2. Nothing here reads the environment, opens
//! a file, prints or ends the process; and there is no flag for the token, which others could read in a list of
//! processes.

mod color;
mod extra;
mod flags;
mod generate;
mod parse;
mod values;
mod verbs;

use clap::{Args, Parser};

pub use clap_complete::Shell;
pub use color::{ColorWhen, color_choice, is_ci, log_filter, progress_choice};
pub use flags::{
    Artifacts, Connection, Inputs, Licence, Lints, OnError, Output, OutputFormat, SafetyChecks,
    SandboxFlags, Scope, ServerFlags, Writes,
};
pub use generate::{completions, manual};
pub use parse::{Exit, command, parse};
pub use values::{Pair, Target, WriteSecret, duration, output};
pub use verbs::{
    Access, AccessFormat, Apply, Ci, Complete, Completions, Diff, DiffFormat, Drift, Explain,
    Export, Forget, Graph, GraphFormat, Handover, HandoverFormat, Init, Invite, InviteFormat,
    Kinds, Man, Origin, Place, Plan, ReferenceFormat, Report, ReportFormat, Rollback, Sandbox,
    Schema, SchemaOf, Show, Unmanaged, Upgrade, UpgradeFormat, Validate, Verb, Verify,
    VerifyFormat,
};

/// Exit code for a wrong command line, wrong files or wrong settings.
pub const USAGE: u8 = 3;

const AFTER: &str = "\
Examples:
  akrec validate                       check the files; no server is needed
  akrec plan                           show what apply would do
  akrec plan --sandbox                 the same against an embedded, freshly installed authentik
  akrec apply                          apply the changes, after a confirmation
  akrec drift                          what changed on the server since, and who changed it
  akrec explain AKR0203                what a message means and what to do

Environment:
  AKREC_URL, AKREC_TOKEN, AKREC_TOKEN_FILE   the server and its token (AUTHENTIK_URL, AUTHENTIK_TOKEN if these are unset)
  AKREC_OIDC                                 a provider's client id: sign in as a machine, without a stored token (docs/ci.md)
  AKREC_ENV, AKREC_VAR_name                  the environment and variables for `!var`
  AKREC_ARGS                                 flags to insert before those of the command line
  AKREC_LOG                                  what is logged, such as `akrec=debug`
  AKREC_RUN, AKREC_COMMIT                    shown in authentik's audit log; detected automatically in CI

Exit codes:
    0  success; plan with or without changes
    1  any other error
    2  changes (plan --detailed-exitcode), drift, differences (diff), unknowns, decisions (upgrade)
    3  command line, files or settings are wrong, or there is no terminal to confirm on
    4  the token was refused, or a permission is missing
    5  the server cannot be reached or used: network, TLS, timeout, a proxy, bad or endless answers
    6  a safety check refused the plan, or another apply is running
    7  an assertion about access does not hold
    8  the plan is stale, was made for another server, or is incomplete
    9  apply is incomplete: a step failed or was blocked
   10  apply is done, but a second plan is not empty
  130  stopped by a signal";

/// authentik, declared in YAML: plan, review and apply.
///
/// akrec reads the desired state from YAML files, compares it with an authentik server, shows the difference, and applies
/// it when you agree.
#[derive(Parser, Clone, Debug)]
#[command(name = "akrec", version, after_long_help = AFTER, max_term_width = 110, args_override_self = true)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// What all verbs share.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags of every verb.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Display")]
pub struct Global {
    /// When to use colors [NO_COLOR, CLICOLOR_FORCE, TERM=dumb and CI are respected]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub color: ColorWhen,
    /// Show no progress on standard error
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Show only errors and the result
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Log more about what is done; twice for every request [AKREC_LOG sets it exactly]
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[cfg(test)]
mod tests;
