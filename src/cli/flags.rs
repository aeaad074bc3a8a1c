//! Groups of flags that several verbs share.
//!
//! What `akrec.yaml` or the environment may say instead is an `Option` here, so that "not given" stays visible; defaults
//! are not filled in here. A header's value must never be shown, not even by `Debug`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::values::{self, Pair, Target};
use crate::diag::Code;
use crate::plan::Limit;
use crate::schema::Version;

/// The desired state: the files and what they depend on.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Inputs")]
pub struct Inputs {
    /// The state directory [default: `state`, or what akrec.yaml says]
    #[arg(short = 'C', long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Use the overlay and settings of environments/NAME [env: AKREC_ENV]
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// A variable for `!var`; may be repeated [env: AKREC_VAR_name]
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::pair)]
    pub var: Vec<Pair>,
    /// A YAML file with variables for `!var`; may be repeated, the last one wins
    #[arg(long, value_name = "FILE")]
    pub var_file: Vec<PathBuf>,
    /// Let `!file` and symbolic links lead out of the state directory and the project
    #[arg(long)]
    pub allow_outside: bool,
    /// Treat the checkout as untrusted: its settings decide neither where akrec connects nor what it reads [env:
    /// AKREC_UNTRUSTED; on by default in a job for a pull request]
    #[arg(long)]
    pub untrusted: bool,
    /// How much text, and how much media, all files of a state may have, such as 128MiB [default: 64MiB of text and
    /// 256MiB of media] [env: AKREC_MAX_INPUT]
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub max_input: Option<u64>,
    /// Report unknown variants of enumerations as warnings, not errors
    #[arg(long)]
    pub allow_unknown: bool,
}

/// Where the server is and how it is talked to.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The server's address [env: AKREC_URL, AUTHENTIK_URL]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// A file that holds the API token, `-` for standard input [env: AKREC_TOKEN_FILE; the token itself: AKREC_TOKEN,
    /// AUTHENTIK_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// A PEM file with authorities to trust in addition to the machine's own [env: AKREC_CA_CERT]
    #[arg(long, value_name = "FILE", conflicts_with = "insecure_skip_tls_verify")]
    pub ca_cert: Option<PathBuf>,
    /// Accept every certificate: anyone on the network path can read the token
    #[arg(long)]
    pub insecure_skip_tls_verify: bool,
    /// A header to send with every request, for a proxy in front of authentik; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::pair)]
    pub header: Vec<Pair>,
    /// The longest time for one request, such as 30s or 2m [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    pub timeout: Option<Duration>,
    /// How often a request that may safely be repeated is repeated [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100))]
    pub retries: Option<u32>,
    /// How many requests may be in flight at once [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub parallelism: Option<u16>,
    /// The most that is read from the server in one run, such as 512MiB; limits of one answer (an eighth of it) and of lists
    /// follow from it [env: AKREC_MAX_ANSWERS] [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub max_answers: Option<u64>,
}

/// An embedded authentik instead of a server.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Sandbox")]
pub struct SandboxFlags {
    /// Run against an embedded, freshly installed authentik [default release: the newest known]
    #[arg(
        long,
        value_name = "RELEASE",
        require_equals = true,
        value_parser = values::known_version,
        conflicts_with_all = ["url", "token_file", "ca_cert", "insecure_skip_tls_verify", "header"]
    )]
    pub sandbox: Option<Option<Version>>,
    /// The same with the objects of this snapshot
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["url", "token_file", "ca_cert", "insecure_skip_tls_verify", "header"]
    )]
    pub sandbox_data: Option<PathBuf>,
    /// The same with this enterprise license; without it, the sandbox has none, as in a fresh install
    #[arg(
        long,
        value_enum,
        value_name = "WHICH",
        conflicts_with_all = ["url", "token_file", "ca_cert", "insecure_skip_tls_verify", "header"]
    )]
    pub sandbox_licence: Option<Licence>,
}

/// The enterprise license of a sandbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Licence {
    /// None.
    None,
    /// A valid one: enterprise kinds can be written.
    Valid,
    /// An expired one: nothing can be written.
    Expired,
}

impl SandboxFlags {
    /// Whether the verb runs against the sandbox, so that neither a server nor a token is needed.
    pub fn wanted(&self) -> bool {
        self.sandbox.is_some() || self.sandbox_data.is_some() || self.sandbox_licence.is_some()
    }

    /// The version that the sandbox is to be like, if one was named.
    pub fn version(&self) -> Option<Version> {
        self.sandbox.flatten()
    }
}

/// The server of a verb that reads no state files: settings may name it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub struct ServerFlags {
    /// The state directory, beside which akrec.yaml may name the server
    #[arg(short = 'C', long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Use the settings of environments/NAME [env: AKREC_ENV]
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Treat the checkout as untrusted: its settings do not decide where akrec connects [env: AKREC_UNTRUSTED; on by
    /// default in a job for a pull request]
    #[arg(long)]
    pub untrusted: bool,
    /// Where it is.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded one instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
}

impl ServerFlags {
    /// Where the settings are.
    pub fn inputs(&self) -> Inputs {
        Inputs {
            state: self.state.clone(),
            env: self.env.clone(),
            untrusted: self.untrusted,
            ..Inputs::default()
        }
    }
}

/// The limits and overrides of the safety checks.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Safety")]
pub struct SafetyChecks {
    /// Override a safety check by the code of its message, such as AKR0601, or skip a lint; may be repeated
    #[arg(long, value_name = "CODE", value_parser = values::rail)]
    pub allow: Vec<Code>,
    /// How many objects may be deleted, as a number or as a share of the managed ones [default: 10 and 20%]
    #[arg(long, value_name = "N|P%", value_parser = values::limit)]
    pub max_deletes: Option<Limit>,
    /// How many objects may be created, changed or deleted [default: any number]
    #[arg(long, value_name = "N|P%", value_parser = values::limit)]
    pub max_changes: Option<Limit>,
    /// How many of one kind or relation may be removed, such as membership=50 or policy_binding=30%; may be repeated
    #[arg(long, value_name = "KIND=N|P%", value_parser = values::removal)]
    pub max_removals: Vec<(String, Limit)>,
}

/// How a verb asks before it writes to the server, how it keeps other applies away, and what it leaves behind.
#[derive(Args, Clone, Debug, Default)]
pub struct Writes {
    /// Do not ask for confirmation; required without a terminal
    #[arg(long)]
    pub auto_approve: bool,
    /// After a failed step: continue with what does not depend on it, or stop [default: continue]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_error: Option<OnError>,
    /// How long to wait for another apply of the same workspace, such as 30s or 10m [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = values::duration, help_heading = "Safety")]
    pub lock_timeout: Option<Duration>,
    /// Write without the lease that keeps two applies apart and records what a killed apply created
    #[arg(long, conflicts_with = "lock_timeout", help_heading = "Safety")]
    pub no_lock: bool,
    /// The directory for the rollback file, created if it does not exist [default: here; for a sandbox that keeps no data: none]
    #[arg(long, value_name = "DIR", help_heading = "Safety")]
    pub rollback_dir: Option<PathBuf>,
    /// Write no rollback file
    #[arg(long, conflicts_with = "rollback_dir", help_heading = "Safety")]
    pub no_rollback: bool,
    /// Do not look whether the sign-in flow of each brand still opens after a change of it; an apply that closes one rolls
    /// itself back otherwise
    #[arg(long, help_heading = "Safety")]
    pub no_probe: bool,
}

/// How lints are taken.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Lints")]
pub struct Lints {
    /// Report a lint that akrec.yaml skips or denies as a warning, by its code or name; may be repeated
    #[arg(long, value_name = "LINT", value_parser = values::lint)]
    pub warn: Vec<Code>,
    /// Make a lint an error, by its code or name, such as open-application; may be repeated
    #[arg(long, value_name = "LINT", value_parser = values::lint)]
    pub deny: Vec<Code>,
}

/// The output of a run: one form on standard output, any number of others in files.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct Artifacts {
    /// The format on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: OutputFormat,
    /// Also write this format into a file, whatever the result of the run; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = values::output)]
    pub output: Vec<(OutputFormat, PathBuf)>,
    /// The URL of the full output, for artifacts that must be shortened [env: AKREC_ARTIFACT_URL]
    #[arg(long, value_name = "URL")]
    pub artifact_url: Option<String>,
}

/// The part of the desired state that is planned and applied.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Scope")]
pub struct Scope {
    /// Only what matches this address or pattern, with all that it needs, such as application.wiki or 'group.media-*'; may be
    /// repeated; @FILE reads one per line. What is excluded is never deleted
    #[arg(long, value_name = "ADDR", value_parser = values::target)]
    pub target: Vec<Target>,
    /// Exclude what matches this address or pattern, and what needs it; may be repeated; @FILE reads one per line
    #[arg(long, value_name = "ADDR", value_parser = values::target)]
    pub exclude: Vec<Target>,
}

/// How a plan is shown.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// In which forms, and where.
    #[command(flatten)]
    pub artifacts: Artifacts,
    /// One line per change, without its fields
    #[arg(long)]
    pub concise: bool,
    /// Only counts, deletes, who gains or loses access, and warnings
    #[arg(long)]
    pub summary: bool,
}

/// A form of output. Not every verb has every form; [`OutputFormat::suits`] says which it has.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum OutputFormat {
    /// Text for people
    #[default]
    Text,
    /// One line per problem (validate)
    Short,
    /// One JSON document, in every case
    Json,
    /// For a comment on a change, or an issue
    Markdown,
    /// Annotations of GitHub Actions
    Github,
    /// The numbers that GitLab shows in a merge request (plan, apply, rollback, show)
    Gitlab,
    /// Problems as GitLab's Code Quality
    Codequality,
    /// Problems for code scanning
    Sarif,
    /// For the test tab of a CI system
    Junit,
    /// One page for a browser
    Html,
    /// Events as they happen, one JSON document per line (apply, rollback)
    Events,
    /// Metrics for the textfile collector of the node exporter (drift)
    Prometheus,
}

impl OutputFormat {
    /// The format of this name.
    pub fn parse(name: &str) -> Option<OutputFormat> {
        <OutputFormat as ValueEnum>::from_str(name, true).ok()
    }

    /// The name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// Whether the verb of this name has this format.
    pub fn suits(self, verb: &str) -> bool {
        match self {
            OutputFormat::Text | OutputFormat::Json => true,
            OutputFormat::Short => verb == "validate",
            OutputFormat::Prometheus => verb == "drift",
            OutputFormat::Events => matches!(verb, "apply" | "rollback"),
            OutputFormat::Gitlab => matches!(verb, "plan" | "apply" | "rollback" | "show"),
            _ => verb != "forget",
        }
    }
}

/// What happens after a failed step.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnError {
    /// Continue with what does not depend on it
    #[default]
    Continue,
    /// Write nothing more
    Stop,
}
