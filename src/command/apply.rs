//! `akrec apply`: shows the plan, asks, writes, and proves by a second plan that nothing is left to do.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use super::run::{Ready, Run};
use super::{Screen, exit};
use crate::apply::{self, Event};
use crate::cli::{self, OnError};
use crate::diag::{Code, Diagnostic};
use crate::live::Live;
use crate::plan::{Options, Outcome, Plan, Status};
use crate::report::outcome as report;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Apply, screen: &Screen) -> u8 {
    let mut run = Run::new(screen, &flags.output);
    let code = match apply(&mut run, flags).await {
        Ok(code) | Err(code) => code,
    };
    run.finish(code)
}

async fn apply(run: &mut Run<'_>, flags: &cli::Apply) -> Result<u8, u8> {
    if !flags.auto_approve && !run.screen.can_ask {
        let told =
            Diagnostic::error(Code::NO_TERMINAL, "apply asks before it writes, and there is no terminal to ask on");
        return Err(run.invalid(vec![told.help("use --auto-approve, after a look at `akrec plan`")]));
    }
    let ready = run.prepare(&flags.into(), &flags.sandbox).await?;
    let options = run.write_secrets(&ready, &flags.write_secret)?;
    let (plan, live) = run.plan(&ready, &options).await?;
    run.plan = Some(plan.clone());
    run.show();
    if plan.is_empty() {
        return Ok(exit::OK);
    }
    if !flags.auto_approve {
        let count = plan.steps.iter().filter(|step| !step.second).count();
        let question = format!("\nDo these {count} changes on {}? Only `yes` is taken as consent: ", ready.server.url);
        if !run.screen.consents(&question) {
            run.screen.say("Nothing was written.");
            return Ok(exit::OK);
        }
    }
    let outcome = write(run.screen, &plan, &ready, &live).await;
    if run.is_text() {
        run.screen.out(&report::text(&plan, &outcome, &again(), run.style()));
    }
    let (complete, interrupted) = (outcome.is_complete(), outcome.interrupted);
    for status in &outcome.statuses {
        if let (Status::Failed(told) | Status::Moved(told), false) = (status, run.is_text()) {
            run.tell(told.clone());
        }
    }
    run.outcome = Some(outcome);
    if interrupted {
        run.tell(Diagnostic::error(Code::INTERRUPTED, "stopped by a signal"));
        return Err(exit::INTERRUPTED);
    }
    if !complete {
        return Err(exit::PARTIAL);
    }
    prove(run, &ready).await
}

/// The second plan must be empty.
async fn prove(run: &mut Run<'_>, ready: &Ready) -> Result<u8, u8> {
    let (second, _) = run.plan(ready, &Options::default()).await?;
    if second.is_empty() {
        return Ok(exit::OK);
    }
    if run.is_text() {
        run.screen.out("\nStill to be done, by a second plan:\n\n");
        run.screen.out(&run.plan_text(&second));
    }
    let names: Vec<String> = second.steps.iter().take(10).map(|step| step.address.to_string()).collect();
    run.tell(
        Diagnostic::error(Code::NOT_CONVERGED, "everything was written, and a second plan is not empty")
            .note(format!("{} steps are left: {}", second.steps.len(), names.join("; ")))
            .help("the server changed what was written, or somebody else did: look at the difference"),
    );
    Err(exit::NOT_CONVERGED)
}

async fn write(screen: &Screen, plan: &Plan, ready: &Ready, live: &Live) -> Outcome {
    let (stop, stopped) = watch::channel(false);
    let signals = tokio::spawn(async move {
        let mut count = 0;
        while signal().await {
            count += 1;
            if count > 1 {
                std::process::exit(i32::from(exit::INTERRUPTED));
            }
            eprintln!("\nStopping: what is being written is finished, nothing new is begun.");
            if stop.send(true).is_err() {
                return;
            }
        }
        // No signal can be waited for here; keep the channel, so that nobody takes its end for a stop.
        std::future::pending::<()>().await;
    });
    let options = apply::Options {
        parallelism: ready.settings.client.as_ref().map_or(crate::settings::PARALLELISM, |client| client.parallelism),
        stop_on_error: ready.settings.on_error == OnError::Stop,
    };
    let bar = bar(screen, plan.steps.len());
    let mut count = 0;
    let outcome = apply::run(plan, &ready.client, &ready.server, live, options, stopped, |event| match event {
        Event::Started(i) => bar.set_message(report::started(&plan.steps[i], false)),
        Event::Finished(i, status) => {
            count += 1;
            let line = report::finished(plan, i, status, count, screen.color_err);
            bar.inc(1);
            if screen.progress {
                bar.println(line);
            } else {
                screen.say(&line);
            }
        }
    })
    .await;
    bar.finish_and_clear();
    signals.abort();
    outcome
}

fn bar(screen: &Screen, steps: usize) -> ProgressBar {
    let target = if screen.progress { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

/// Waits for Ctrl-C or, as CI sends it, SIGTERM; false if no signal can be waited for.
async fn signal() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return tokio::signal::ctrl_c().await.is_ok();
        };
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed.is_ok(),
            sent = terminate.recv() => sent.is_some(),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.is_ok()
}

/// The command by which to go on: this one.
fn again() -> String {
    let args: Vec<String> = std::env::args().skip(1).collect();
    format!("akrec {}", args.join(" "))
}
