//! `akrec plan`: reads the server and shows what apply would do. Writes nothing.

use super::run::Run;
use super::{Screen, exit};
use crate::cli;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Plan, screen: &Screen) -> u8 {
    let mut run = Run::new(screen, &flags.output);
    let code = match plan(&mut run, flags).await {
        Ok(code) | Err(code) => code,
    };
    run.finish(code)
}

async fn plan(run: &mut Run<'_>, flags: &cli::Plan) -> Result<u8, u8> {
    let ready = run.prepare(&flags.into(), &flags.sandbox).await?;
    let options = run.write_secrets(&ready, &flags.write_secret)?;
    let (plan, _) = run.plan(&ready, &options).await?;
    let changes = !plan.is_empty();
    run.plan = Some(plan);
    run.show();
    Ok(if changes && flags.detailed_exitcode { exit::CHANGES } else { exit::OK })
}
