//! The command line: verbs and flags as types, parsed from arguments that come in as data.
//!
//! What the parser finds wrong is an [`Exit`] with code 3, never clap's own 2. Nothing here reads the environment, opens
//! a file, prints or ends the process; and there is no flag for the token, which others could read in a list of
//! processes.

mod color;
mod complete;
mod diff;
mod extra;
mod flags;
mod generate;
mod graph;
mod onboarding;
mod parse;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

pub use clap_complete::Shell;
pub use color::{ColorWhen, color_choice, is_ci, log_filter, progress_choice};
pub use complete::Complete;
pub use diff::{Diff, DiffFormat, Place};
pub use flags::{
    Artifacts, Connection, Inputs, Licence, Lints, OnError, Output, OutputFormat, Rails, SandboxFlags, Scope,
    ServerFlags,
};
pub use generate::{completions, manual};
pub use graph::{Graph, GraphFormat};
pub use onboarding::{Handover, HandoverFormat, Invite, InviteFormat, Verify, VerifyFormat};
pub use parse::{Exit, command, parse};
pub use values::{Pair, Target, WriteSecret, duration, output};

use crate::diag::Code;
use crate::export::Pattern;
use crate::schema::Release;

/// Exit code for a wrong command line, wrong files or wrong settings.
pub const USAGE: u8 = 3;

const AFTER: &str = "\
Examples:
  akrec validate                       check the files; no server is needed
  akrec plan                           show what apply would do
  akrec plan --sandbox                 the same against an embedded, freshly installed authentik
  akrec apply                          do it, after a question
  akrec drift                          what changed on the server since, and who did it
  akrec explain AKR0203                what a message means and what to do

Environment:
  AKREC_URL, AKREC_TOKEN, AKREC_TOKEN_FILE   the server and its token (AUTHENTIK_URL, AUTHENTIK_TOKEN if these are unset)
  AKREC_OIDC                                 a provider's client id: sign in as a machine, without a stored token (docs/ci.md)
  AKREC_ENV, AKREC_VAR_name                  the environment and variables for `!var`
  AKREC_ARGS                                 flags put before those of the command line
  AKREC_LOG                                  what is logged, such as `akrec=debug`
  AKREC_RUN, AKREC_COMMIT                    shown in authentik's audit log; found by itself in CI

Exit codes:
    0  success; plan with or without changes
    1  an error that is none of those below
    2  changes (plan --detailed-exitcode), drift, differences (diff), unknowns (kinds --check)
    3  command line, files or settings are wrong, or nobody is there to be asked
    4  the token was refused, or a permission is missing
    5  the server cannot be reached: network, TLS, time, or a proxy that answers in its place
    6  a safety rail refused the plan, or another apply is running
    7  an assertion about access does not hold
    8  the plan is out of date, made for another server, or no whole plan
    9  apply is partly done: a step failed or was blocked
   10  apply is done, and a second plan is not empty
  130  stopped by a signal";

/// authentik, declared in YAML: plan, review and apply.
///
/// akrec reads what shall be from YAML files, compares it with an authentik server, shows the difference, and applies
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
    /// When to use colours [NO_COLOR, CLICOLOR_FORCE, TERM=dumb and CI are honoured]
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// No progress on standard error
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Only errors and the result
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more about what is done; twice for every request [AKREC_LOG sets it exactly]
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The verbs.
#[derive(Subcommand, Clone, Debug)]
#[command(args_override_self = true)]
pub enum Verb {
    /// Begin: write an akrec.yaml, a state directory and, if asked, pipelines to start from
    #[command(after_help = "Examples:\n  akrec init --url https://auth.example.org\n  akrec init --ci github,gitlab")]
    Init(Init),
    /// Read the server and show what apply would do; writes nothing
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(Plan),
    /// Bring the server to what the files say, after a question
    #[command(after_help = APPLY_EXAMPLES)]
    Apply(Apply),
    /// Print a saved plan, without a server
    #[command(
        after_help = "Examples:\n  akrec show plan.json\n  akrec show rollback-20261122T101500Z-3f2c1a.json --format json"
    )]
    Show(Show),
    /// Say what changed on the server since the last apply, by whom and when; exits with 2 if something did
    #[command(after_help = DRIFT_EXAMPLES)]
    Drift(Drift),
    /// Release objects from akrec's ledger; they stay on the server as they are
    #[command(after_help = FORGET_EXAMPLES)]
    Forget(Forget),
    /// Write what is on the server as state files whose plan changes nothing there
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(Export),
    /// Who may open what, and why: users, applications and entitlements as the server has them
    #[command(after_help = ACCESS_EXAMPLES)]
    Access(Access),
    /// Print what an application has to be told: issuer, addresses, client id and, if asked for, its secret
    #[command(after_help = onboarding::OUTPUT_EXAMPLES)]
    Output(Handover),
    /// Look whether sign-in to the declared applications can work: discovery, issuer, keys, redirects, reachability
    #[command(after_help = onboarding::VERIFY_EXAMPLES)]
    Verify(Verify),
    /// Invite somebody: make, list or revoke a link by which people enrol
    #[command(after_help = onboarding::INVITE_EXAMPLES)]
    Invite(Invite),
    /// Compare two servers by the names of their objects; exits with 2 if they differ
    #[command(after_help = diff::EXAMPLES)]
    Diff(Diff),
    /// Draw what depends on what in the files, without a server
    #[command(after_help = graph::EXAMPLES)]
    Graph(Graph),
    /// Print the current state as a page to keep: applications, groups, users, flows, sources, and what is open to everyone
    #[command(
        after_help = "Examples:\n  akrec report > docs/current-state.md\n  akrec report --no-date > docs/current-state.md\n  akrec report --format html > current-state.html"
    )]
    Report(Report),
    /// Check the files without a server: every error with file and line
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(Validate),
    /// Run an embedded authentik that remembers, on this machine's loopback
    #[command(after_help = SANDBOX_EXAMPLES)]
    Sandbox(Sandbox),
    /// Explain a diagnostic's code, or a kind of object and its fields
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// List the kinds of object that can be declared
    #[command(after_help = "Examples:\n  akrec kinds\n  akrec kinds --format json | jq -r '.kinds[].title'")]
    Kinds(Kinds),
    /// Print a JSON Schema: of state files, for completion and hover in editors, or of what akrec writes for machines
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema(Schema),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  akrec completions bash > ~/.local/share/bash-completion/completions/akrec")]
    Completions(Completions),
    /// Print the manual page, or write one page a verb into a directory
    Man(Man),
    /// Print what can stand in the place of a command line's last word
    #[command(hide = true)]
    Complete(Complete),
}

const PLAN_EXAMPLES: &str = "\
Examples:
  akrec plan --env prod
  akrec plan -C config/state --var domain=example.org
  akrec plan --detailed-exitcode       2 if there are changes, 0 if there are none
  akrec plan -o plan.json              save it, for `akrec apply plan.json`
  akrec plan --sandbox=2026.2          against an embedded, freshly installed authentik
  pass show authentik | akrec plan --token-file -";

const APPLY_EXAMPLES: &str = "\
Examples:
  akrec apply
  akrec apply --env prod --auto-approve
  akrec apply plan.json                do exactly what `akrec plan -o plan.json` showed
  akrec apply rollback-20261122T101500Z-3f2c1a.json             take an apply back
  akrec apply --write-secret source.github#consumer_secret     send a value again that cannot be read back";

const DRIFT_EXAMPLES: &str = "\
Examples:
  akrec drift
  akrec drift --adopt                  put what changed there into the files
  akrec drift --unmanaged              also what nobody declares, of the kinds in the files
  akrec drift --unmanaged=all          the same of all kinds
  akrec drift --output prometheus=/var/lib/node_exporter/akrec.prom --output markdown=issue.md
  akrec drift --format json | jq '.drift[] | select(.drifted)'";

const FORGET_EXAMPLES: &str = "\
Examples:
  akrec forget group.staff             with the bindings and the like that belong to it
  akrec forget application.wiki provider.wiki --auto-approve";
const EXPORT_EXAMPLES: &str = "\
Examples:
  akrec export                         everything but what authentik made itself, into the state directory
  akrec export --kind groups --kind applications -o exported
  akrec export --target 'application.graf*' --stdout
  akrec export --unmanaged             what no state file declares yet
  akrec export --all --sandbox=2026.2 -o fresh";

const ACCESS_EXAMPLES: &str = "\
Examples:
  akrec access                         what is open to everyone, and who may open the rest
  akrec access --app grafana           who may open it, and why
  akrec access --user jodie            what jodie may open, and why
  akrec access --files --env prod      what the files say of it, without a server
  akrec access --planned --app wiki    who may open it once the plan is applied
  akrec access --diff plan.json        who gains and who loses access by a saved plan
  akrec access --assume-release 2026.2 who gains or loses access by upgrading the server alone
  akrec access --format html > access.html
  akrec access --verify                does the server decide the same? a sample of it is asked";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  akrec validate
  akrec validate --release 2026.2      also check what exists in that release
  akrec validate --format short        one line a problem, for editors";

const SANDBOX_EXAMPLES: &str = "\
Examples:
  akrec sandbox
  akrec sandbox --release 2025.12 --listen 127.0.0.1:9001";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  akrec explain AKR0203                a message
  akrec explain application            a kind
  akrec explain stages.user_login      a kind by how it is written
  akrec explain providers              all kinds of a section
  akrec explain --all                  every message";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  akrec schema state > akrec.schema.json
  akrec schema state --release 2026.2 > akrec.schema.json
  akrec schema state --overlay > akrec.overlay.schema.json     for files in environments/
  akrec schema plan                    of what plan, apply and show write with --format json

The first line of a state file then tells editors:
  # yaml-language-server: $schema=./akrec.schema.json";

/// Flags of `init`.
#[derive(Args, Clone, Debug)]
pub struct Init {
    /// The state directory to make; akrec.yaml goes beside it
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

/// Flags of `plan`.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// What shall be.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to look.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
    /// Save the plan as JSON, readable by you alone; it holds no secret
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// Exit with 2 if there are changes, 0 if there are none
    #[arg(long, help_heading = "Output")]
    pub detailed_exitcode: bool,
    /// Do not work out who gains or loses access, and do not read what that takes
    #[arg(long, help_heading = "Output")]
    pub no_access: bool,
    /// Plan to send a write-only value again, such as source.github#consumer_secret; may be repeated
    #[arg(long, value_name = "ADDR#FIELD", value_parser = values::write_secret)]
    pub write_secret: Vec<WriteSecret>,
    /// Which part.
    #[command(flatten)]
    pub scope: Scope,
    /// Which rails are waived.
    #[command(flatten)]
    pub rails: Rails,
    /// How lints are taken.
    #[command(flatten)]
    pub lints: Lints,
}

/// Flags of `apply`.
#[derive(Args, Clone, Debug)]
pub struct Apply {
    /// A saved plan: exactly this is done, or nothing if anything changed since it was made
    #[arg(value_name = "PLANFILE", conflicts_with_all = ["write_secret", "allow", "target", "exclude", "max_deletes", "max_changes", "max_removals"])]
    pub plan: Option<PathBuf>,
    /// What shall be.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to write.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
    /// Do not ask; needed where there is no terminal
    #[arg(long)]
    pub auto_approve: bool,
    /// After a failed step: go on with what does not depend on it, or stop [default: continue]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_error: Option<OnError>,
    /// Send a write-only value again, such as source.github#consumer_secret; may be repeated
    #[arg(long, value_name = "ADDR#FIELD", value_parser = values::write_secret)]
    pub write_secret: Vec<WriteSecret>,
    /// Which part.
    #[command(flatten)]
    pub scope: Scope,
    /// Which rails are waived.
    #[command(flatten)]
    pub rails: Rails,
    /// Do not work out who gains or loses access, and do not read what that takes
    #[arg(long, help_heading = "Output")]
    pub no_access: bool,
    /// How lints are taken.
    #[command(flatten)]
    pub lints: Lints,
    /// How long to wait for another apply of the same workspace, such as 30s or 10m [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = values::duration, help_heading = "Safety")]
    pub lock_timeout: Option<Duration>,
    /// Write without the lease that keeps two applies apart
    #[arg(long, conflicts_with = "lock_timeout", help_heading = "Safety")]
    pub no_lock: bool,
    /// Where the file goes that takes this apply back; made if it is not there [default: here; for a sandbox that is forgotten: nowhere]
    #[arg(long, value_name = "DIR", help_heading = "Safety")]
    pub rollback_dir: Option<PathBuf>,
    /// Write no file that takes this apply back
    #[arg(long, conflicts_with = "rollback_dir", help_heading = "Safety")]
    pub no_rollback: bool,
}

/// Flags of `show`.
#[derive(Args, Clone, Debug)]
pub struct Show {
    /// The saved plan
    #[arg(value_name = "PLANFILE")]
    pub plan: PathBuf,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
}

/// Flags of `drift`.
#[derive(Args, Clone, Debug)]
pub struct Drift {
    /// What shall be.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to look.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
    /// Also list objects that nobody declares: of the kinds in the files, or of all kinds
    #[arg(long, value_enum, value_name = "KINDS", num_args = 0..=1, require_equals = true, default_missing_value = "declared", help_heading = "Output")]
    pub unmanaged: Option<Unmanaged>,
    /// Write what changed on the server into the state files, in place, for review as a commit; exits with 0 if nothing
    /// is left
    #[arg(long)]
    pub adopt: bool,
    /// Send the JSON document to this address, if there is drift or the run failed; only the host is ever shown [env:
    /// AKREC_NOTIFY_URL, where others cannot read it]
    #[arg(long, value_name = "URL", value_parser = values::hidden, help_heading = "Output")]
    pub notify: Option<SecretString>,
}

/// Of which kinds unmanaged objects are looked for.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unmanaged {
    /// Those in the files
    Declared,
    /// All
    All,
}

/// Flags of `forget`.
#[derive(Args, Clone, Debug)]
pub struct Forget {
    /// Addresses as plans spell them, such as group.staff; what belongs to them is released with them
    #[arg(value_name = "ADDR", required = true)]
    pub addresses: Vec<String>,
    /// Where akrec.yaml is.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where the ledger is.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
    /// Do not ask; needed where there is no terminal
    #[arg(long)]
    pub auto_approve: bool,
    /// How long to wait for another apply of the same workspace, such as 30s or 10m [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = values::duration, help_heading = "Safety")]
    pub lock_timeout: Option<Duration>,
}

/// Flags of `export`.
#[derive(Args, Clone, Debug)]
pub struct Export {
    /// The files that are there, for --unmanaged; and where the new ones go.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to read.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// Only this kind, family or section, such as groups or stages.user_login; may be repeated
    #[arg(long, value_name = "KIND", help_heading = "What")]
    pub kind: Vec<String>,
    /// Only objects of this address, such as application.grafana or group.*; may be repeated
    #[arg(long, value_name = "ADDR", value_parser = values::pattern, help_heading = "What")]
    pub target: Vec<Pattern>,
    /// Only what no state file declares yet
    #[arg(long, help_heading = "What")]
    pub unmanaged: bool,
    /// Also what authentik made itself: default flows, managed mappings, …
    #[arg(long, help_heading = "What")]
    pub all: bool,
    /// The folder to write into, `-` for standard output [default: the state directory; with --unmanaged its folder
    /// `unmanaged`]
    #[arg(short, long, value_name = "DIR", help_heading = "Where")]
    pub out: Option<PathBuf>,
    /// Print one YAML document instead of writing files
    #[arg(long, conflicts_with_all = ["out", "overwrite"], help_heading = "Where")]
    pub stdout: bool,
    /// Write over files that are there
    #[arg(long, help_heading = "Where")]
    pub overwrite: bool,
}

impl Export {
    /// Whether the document goes to standard output.
    pub fn to_stdout(&self) -> bool {
        self.stdout || self.out.as_deref() == Some(std::path::Path::new("-"))
    }
}

/// Flags of `access`.
#[derive(Args, Clone, Debug)]
pub struct Access {
    /// What this user may open, and why
    #[arg(long, value_name = "NAME", help_heading = "What")]
    pub user: Option<String>,
    /// Who may open this application, and why
    #[arg(long, value_name = "SLUG", help_heading = "What")]
    pub app: Option<String>,
    /// Judge by the rule of this release; without --user and --app, show who gains or loses access by it
    #[arg(long, value_name = "RELEASE", value_parser = values::release, help_heading = "What")]
    pub assume_release: Option<Release>,
    /// What the files alone say: asks no server, needs no token; what they leave to the server is unknown
    #[arg(
        long,
        conflicts_with_all = ["url", "token_file", "sandbox", "sandbox_data", "sandbox_licence"],
        help_heading = "What"
    )]
    pub files: bool,
    /// What will be, once what the files say is applied to the server
    #[arg(long, conflicts_with = "files", help_heading = "What")]
    pub planned: bool,
    /// Who gains and who loses access by a saved plan, as it was when the plan was made; asks no server
    #[arg(
        long,
        value_name = "PLANFILE",
        conflicts_with_all = ["user", "app", "assume_release", "files", "planned", "url", "token_file", "sandbox"],
        help_heading = "What"
    )]
    pub diff: Option<PathBuf>,
    /// Ask the server itself about a sample of verdicts, and list where it answers otherwise; exits with 1 if it does
    #[arg(long, conflicts_with_all = ["files", "planned", "diff", "assume_release"], help_heading = "Verify")]
    pub verify: bool,
    /// How many verdicts to ask about, one request each [default: 100]
    #[arg(long, value_name = "N", requires = "verify", conflicts_with = "all", help_heading = "Verify")]
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
    /// What standard output gets
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: AccessFormat,
}

/// Flags of `report`.
#[derive(Args, Clone, Debug)]
pub struct Report {
    /// Which server.
    #[command(flatten)]
    pub server: ServerFlags,
    /// What standard output gets
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "markdown", help_heading = "Output")]
    pub format: ReportFormat,
    /// Leave the day out, so that the page only changes when the server does
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

/// How `access` is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessFormat {
    /// For a terminal
    Text,
    /// One line a user and application, for spreadsheets
    Csv,
    /// One JSON document
    Json,
    /// Tables for a page
    Markdown,
    /// One self-contained page to search and sort, for a browser
    Html,
}

/// Flags of `validate`.
#[derive(Args, Clone, Debug)]
pub struct Validate {
    /// What shall be.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Check against this release of authentik [default: `release` in akrec.yaml]
    #[arg(long, value_name = "RELEASE", value_parser = values::release)]
    pub release: Option<Release>,
    /// Leave a lint out, by its code or name; may be repeated
    #[arg(long, value_name = "LINT", value_parser = values::lint, help_heading = "Lints")]
    pub allow: Vec<Code>,
    /// How lints are taken.
    #[command(flatten)]
    pub lints: Lints,
    /// How problems are shown.
    #[command(flatten)]
    pub artifacts: Artifacts,
}

/// Flags of `sandbox`.
#[derive(Args, Clone, Debug)]
pub struct Sandbox {
    /// The release to be like [default: the newest known]
    #[arg(long, value_name = "RELEASE", value_parser = values::known_release)]
    pub release: Option<Release>,
    /// Where to listen; loopback only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9000", value_parser = values::listen)]
    pub listen: SocketAddr,
    /// Begin with this snapshot instead of a fresh install
    #[arg(long, value_name = "FILE")]
    pub sandbox_data: Option<PathBuf>,
    /// The enterprise licence that it has [default: none, as a fresh install]
    #[arg(long, value_enum, value_name = "WHICH")]
    pub sandbox_licence: Option<Licence>,
}

/// Flags of `kinds`.
#[derive(Args, Clone, Debug)]
pub struct Kinds {
    /// Compare with a server's own description of its API: say what it has that akrec does not know; exit with 2 if there
    /// is something. Without it no server is asked, whatever the flags below say
    #[arg(long)]
    pub check: bool,
    /// Which server.
    #[command(flatten)]
    pub server: ServerFlags,
    /// How it is shown; JSON and Markdown tell every field
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: ReferenceFormat,
}

/// Flags of `explain`.
#[derive(Args, Clone, Debug)]
pub struct Explain {
    /// A code such as AKR0203, a kind such as policy_binding or stages.user_login, or a section such as groups or raw
    #[arg(value_name = "CODE|KIND", required_unless_present = "all", conflicts_with = "all")]
    pub topic: Option<String>,
    /// Every code
    #[arg(long)]
    pub all: bool,
    /// How it is shown
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

/// Flags of `schema`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Schema {
    /// What the schema is of
    #[arg(value_enum, value_name = "WHAT", default_value = "state")]
    pub what: SchemaOf,
    /// Only what this release of authentik has [default: what any known release has]
    #[arg(long, value_name = "RELEASE", value_parser = values::release)]
    pub release: Option<Release>,
    /// For files that are laid over others: `type` need not be said again
    #[arg(long)]
    pub overlay: bool,
}

/// What a schema is of.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum SchemaOf {
    /// State files
    State,
    /// The JSON of plan, apply and show
    Plan,
    /// The JSON of drift
    Drift,
    /// The JSON of validate
    Diagnostics,
    /// One line of apply --format events
    Events,
    /// The JSON of access
    Access,
    /// The JSON of diff
    Diff,
    /// The JSON of verify
    Verify,
    /// The JSON of invite
    Invite,
    /// The JSON of kinds and explain
    Kinds,
}

/// Flags of `completions`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Flags of `man`.
#[derive(Args, Clone, Debug)]
pub struct Man {
    /// Write akrec.1, akrec-plan.1, … into this directory instead of printing akrec.1
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests;
