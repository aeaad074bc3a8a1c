//! `akrec rollback`: takes an apply back by the file that it left: shows the plan, asks, writes and proves, as `apply` does.
//!
//! The file alone says what is wanted, so that nothing is believed of it but that: safety checks, limits and who owns what
//! are those of the settings, the flags and the server.

use super::apply::{Job, can_be_confirmed, carry_out, stopped};
use super::frame::writing;
use super::run::Run;
use super::signal::Signals;
use super::{Screen, exit, plan_file};
use crate::cli::{self, Lints};
use crate::report::Verb;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Rollback, screen: &Screen) -> u8 {
    let run = Run::with_input(screen, &flags.output, Some(&flags.file)).of(Verb::Rollback);
    let work = async |run: &mut Run<'_>, signals: &Signals| rollback(run, flags, signals).await;
    writing(run, stopped, work).await
}

async fn rollback(run: &mut Run<'_>, flags: &cli::Rollback, signals: &Signals) -> Result<u8, u8> {
    if !flags.plan_only {
        can_be_confirmed(
            run,
            &flags.writes,
            "rollback",
            "akrec rollback FILE --plan-only",
        )?;
    }
    run.set_overrides(&flags.checks, &Lints::default());
    run.judging.access = !flags.no_access;
    // Lints and assertions are about files, and there are none.
    run.judging.files = false;
    let (ready, planned) = signals.or(plan_file::prepare_rollback(run, flags)).await?;
    if flags.plan_only {
        run.stands(planned.plan, planned.review);
        run.show();
        return Ok(exit::OK);
    }
    let job = Job {
        writes: &flags.writes,
        sandbox: &flags.server.sandbox,
        again: "akrec plan".to_owned(),
    };
    carry_out(run, &job, &ready, planned, signals).await
}
