//! `akrec plan`: reads the server and shows what apply would do. Writes nothing to the server.

use std::sync::Arc;

use super::frame::reading;
use super::run::Run;
use super::{Screen, exit, plan_file};
use crate::cli;
use crate::report::Verb;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Plan, screen: &Screen) -> u8 {
    let mut run = Run::new(screen, &flags.output).of(Verb::Plan);
    if let Some(path) = &flags.out {
        run.claim(path);
    }
    reading(run, "the plan was made", async |run| plan(run, flags).await).await
}

async fn plan(run: &mut Run<'_>, flags: &cli::Plan) -> Result<u8, u8> {
    run.set_overrides(&flags.checks, &flags.lints);
    run.judging.access = !flags.no_access;
    run.judging.assertions = !flags.no_access;
    let ready = run.prepare(&flags.into(), &flags.sandbox).await?;
    if let Some(diagnostic) = super::judge::unchecked(&ready.desired).filter(|_| flags.no_access) {
        run.emit(diagnostic);
    }
    let options = run.options(&ready, &flags.checks, &flags.write_secret, &flags.scope)?;
    let planned = run.plan(&ready, &options).await?;
    let changes = !planned.plan.is_empty();
    run.stands(Arc::clone(&planned.plan), planned.review.clone());
    run.show();
    if let Some(upkeep) = crate::apply::upkeep(&planned.ledger, &planned.plan) {
        let what = super::apply::kept_up(&upkeep);
        run.screen.say(&format!(
            "The ledger is not up to date. `akrec apply` updates it: {what}."
        ));
    }
    plan_file::save(run, &ready, &planned, &options, flags).await?;
    // The process ends now, which frees everything at once; one by one, tens of thousands of records take longer. What may
    // hold a secret is freed all the same, since that wipes it.
    std::mem::forget(planned.ledger);
    Ok(if changes && flags.detailed_exitcode {
        exit::CHANGES
    } else {
        exit::OK
    })
}
