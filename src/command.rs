//! One file a verb: wires the layers, owns printing and exit codes.
//!
//! Nothing below this layer prints. Standard output is data only; progress, questions and diagnostics of a text run go
//! to standard error. An error never exits 0.

// The verbs.
mod access;
mod apply;
mod clock;
mod complete;
mod diff;
mod drift;
mod export;
mod forget;
mod graph;
mod handover;
mod init;
mod invite;
mod kinds;
mod plan;
mod reference;
mod report;
mod rollback;
mod sandbox;
mod show;
mod upgrade;
mod validate;
mod verify;
mod watch;

// Modules that the verbs share.
mod frame;
mod judge;
mod output;
mod plan_file;
mod reading;
mod run;
mod screen;
mod signal;
mod usage;

use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Cli, Global, Verb};
use crate::diag::{Code, Diagnostic, Sources};
use crate::report::diagnostics;

pub use output::clear;
pub use screen::Screen;
pub use usage::usage;

/// Exit codes: stable, documented in docs/exit-codes.md, each with a test.
pub mod exit {
    /// Success; `plan` with or without changes.
    pub const OK: u8 = 0;
    /// An error that is none of those below.
    pub const ERROR: u8 = 1;
    /// There are changes (`plan --detailed-exitcode`), the server has what akrec does not know (`kinds --check`), or a newer
    /// release needs a decision (`upgrade`).
    pub const CHANGES: u8 = 2;
    /// Command line, files or settings are invalid.
    pub const INVALID: u8 = 3;
    /// The server refused the token, or a permission is missing.
    pub const REFUSED: u8 = 4;
    /// The server cannot be reached: network, TLS, time.
    pub const UNREACHABLE: u8 = 5;
    /// A safety check refused the plan, or another apply holds the lease.
    pub const RAIL: u8 = 6;
    /// An assertion about access does not hold.
    pub const ASSERTION: u8 = 7;
    /// The plan is out of date.
    pub const STALE: u8 = 8;
    /// Some steps of an apply failed or were blocked.
    pub const PARTIAL: u8 = 9;
    /// The plan after an apply is not empty.
    pub const NOT_CONVERGED: u8 = 10;
    /// Stopped by a signal.
    pub const INTERRUPTED: u8 = 130;
    /// All of them, in order: what the help and docs/exit-codes.md must list.
    pub const ALL: &[u8] = &[
        OK,
        ERROR,
        CHANGES,
        INVALID,
        REFUSED,
        UNREACHABLE,
        RAIL,
        ASSERTION,
        STALE,
        PARTIAL,
        NOT_CONVERGED,
        INTERRUPTED,
    ];
}

/// Runs a verb and gives the exit code.
pub async fn run(cli: Cli, screen: &Screen) -> u8 {
    signal::outlive_file_limits();
    let code = verb(cli, screen).await;
    screen.arrived(code)
}

async fn verb(cli: Cli, screen: &Screen) -> u8 {
    match cli.verb {
        Verb::Init(flags) => init::run(&flags, screen),
        Verb::Plan(flags) => plan::run(&flags, screen).await,
        Verb::Apply(flags) => apply::run(&flags, screen).await,
        Verb::Rollback(flags) => rollback::run(&flags, screen).await,
        Verb::Show(flags) => show::run(&flags, screen),
        Verb::Drift(flags) => drift::run(&flags, screen).await,
        Verb::Forget(flags) => forget::run(&flags, screen).await,
        Verb::Export(flags) => export::run(&flags, screen).await,
        Verb::Access(flags) => access::run(&flags, screen).await,
        Verb::Output(flags) => handover::run(&flags, screen).await,
        Verb::Verify(flags) => verify::run(&flags, screen).await,
        Verb::Invite(flags) => invite::run(&flags, screen).await,
        Verb::Diff(flags) => diff::run(&flags, screen).await,
        Verb::Upgrade(flags) => upgrade::run(&flags, screen).await,
        Verb::Graph(flags) => graph::run(&flags, screen),
        Verb::Complete(flags) => complete::run(&flags, screen),
        Verb::Report(flags) => report::run(&flags, screen).await,
        Verb::Validate(flags) => validate::run(&flags, screen),
        Verb::Sandbox(flags) => sandbox::run(&flags, screen).await,
        Verb::Explain(flags) => reference::explain(&flags, screen),
        Verb::Kinds(flags) if flags.check => kinds::check(&flags, screen).await,
        Verb::Kinds(flags) => reference::kinds(&flags, screen),
        Verb::Schema(flags) => reference::schema(flags, screen),
        Verb::Completions(flags) => reference::completions(flags, screen),
        Verb::Man(flags) => reference::manual(&flags, screen),
    }
}

/// Starts logging to standard error. What is logged never holds a token, a header or a body: akrec's own lines do not, and
/// those of the libraries below it, which do, are left out whatever the filter says.
///
/// Refuses a filter that is none, without quoting it: a secret may have gone astray into it. Gives the exit code.
pub fn log(global: &Global, screen: &Screen) -> Result<(), u8> {
    let filter = crate::cli::log_filter(global, &screen::env).parse::<Targets>();
    let filter = filter.map_err(|_| {
        let diagnostic = Diagnostic::error(Code::BAD_SETTING, "AKREC_LOG is not a valid log filter")
            .help("write a level, such as AKREC_LOG=debug, or one for a part, such as AKREC_LOG=akrec::client=trace");
        screen.err(&diagnostics::text(&[diagnostic], &Sources::default(), screen.color_err, 1));
        exit::INVALID
    })?;
    let own = filter_fn(|line| line.target().split("::").next() == Some(env!("CARGO_PKG_NAME")));
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(|| screen::Log)
        .without_time()
        .with_ansi(false);
    // A second start (in tests) must not be an error.
    let _ = tracing_subscriber::registry()
        .with(layer.with_filter(filter.and(own)))
        .try_init();
    Ok(())
}
