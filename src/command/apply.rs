//! `akrec apply`: shows the plan, asks, writes, and proves by a second plan that nothing is left to do and that what the
//! files assert of access holds.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::run::{Planned, Ready, Run};
use super::signal::Signals;
use super::usage::again;
use super::{Screen, exit, saved};
use crate::apply::{self, Event};
use crate::cli::{self, OnError};
use crate::diag::{Code, Diagnostic};
use crate::plan::{Options, Outcome, Plan, Scope};
use crate::report::{Verb, events, outcome as report, text};

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Apply, screen: &Screen) -> u8 {
    let mut run = Run::new(screen, &flags.output).of(Verb::Apply);
    let signals = Signals::listen();
    let code = match apply(&mut run, flags, &signals).await {
        Ok(code) | Err(code) => code,
    };
    if code == exit::INTERRUPTED {
        let when = match &run.outcome {
            None => "stopped by a signal; nothing was written",
            Some(outcome) if outcome.is_complete() => {
                "stopped by a signal; everything was written, and no second plan proves that it stays"
            }
            Some(_) => "stopped by a signal",
        };
        run.tell(Diagnostic::error(Code::INTERRUPTED, when));
    }
    run.finish(code)
}

async fn apply(run: &mut Run<'_>, flags: &cli::Apply, signals: &Signals) -> Result<u8, u8> {
    if !flags.auto_approve && !run.screen.can_ask {
        let told =
            Diagnostic::error(Code::NO_TERMINAL, "apply asks before it writes, and there is no terminal to ask on");
        return Err(run.invalid(vec![told.help("use --auto-approve, after a look at `akrec plan`")]));
    }
    run.waives(&flags.rails, &flags.lints);
    run.with_access = !flags.no_access;
    let planned = async {
        if let Some(path) = &flags.plan {
            return saved::prepare(run, flags, path).await;
        }
        let ready = run.prepare(&flags.into(), &flags.sandbox).await?;
        let options = run.options(&ready, &flags.rails, &flags.write_secret, &flags.scope)?;
        let planned = run.plan(&ready, &options).await?;
        Ok((ready, planned))
    };
    let (ready, planned) = signals.or(planned).await?;
    let plan = planned.plan.clone();
    run.plan = Some(plan.clone());
    run.show();
    if plan.is_empty() {
        return Ok(exit::OK);
    }
    if !flags.auto_approve {
        let count = plan.steps.iter().filter(|step| !step.second).count();
        let changes = if count == 1 { "this change".to_owned() } else { format!("these {count} changes") };
        if !run.is_text() {
            // Nobody shall consent to what is not seen.
            run.screen.err(&run.plan_text(&plan));
        }
        let question = format!("\nDo {changes} on {}? Only `yes` is taken as consent: ", run.place(&ready.server));
        if !signals.or(async { Ok(run.screen.consents(&question).await) }).await? {
            run.screen.say("Nothing was written.");
            return Ok(exit::OK);
        }
    }
    // Whoever names a place for the way back gets it, or nothing is written.
    if let Some(folder) = &flags.rollback_dir
        && let Err(error) = std::fs::create_dir_all(folder)
    {
        let told = format!("--rollback-dir {}: it cannot be made: {error}", folder.display());
        return Err(run.invalid(vec![Diagnostic::error(Code::BAD_SETTING, told)]));
    }
    let options = apply::Options {
        parallelism: ready.settings.client.as_ref().map_or(crate::settings::PARALLELISM, |client| client.parallelism),
        stop_on_error: ready.settings.on_error == OnError::Stop,
        holder: run.holder(&ready),
        lock: (!flags.no_lock).then(|| flags.lock_timeout.unwrap_or_default()),
        settling: apply::SETTLING,
    };
    let outcome = write(run, &planned, &ready, &options, signals).await;
    let mut unwritten = false;
    for told in &outcome.notes {
        unwritten |= told.is_error();
        run.tell(told.clone());
    }
    if let Some(why) = &outcome.refused {
        return Err(run.invalid(vec![why.clone()]));
    }
    // A saved plan is good for one time.
    let again = if flags.plan.is_some() { "akrec plan".to_owned() } else { again(std::env::args_os()) };
    run.again = Some(again.clone());
    if run.is_text() {
        run.screen.out(&report::text(&plan, &outcome, &again, run.style()));
    }
    run.rollback = saved::rollback(run, flags, &ready, &planned, &outcome, signals).await;
    let (complete, interrupted) = (outcome.is_complete(), outcome.interrupted);
    run.outcome = Some(outcome);
    if interrupted {
        return Err(exit::INTERRUPTED);
    }
    if !complete || unwritten {
        return Err(exit::PARTIAL);
    }
    run.with_access = false;
    signals.or(prove(run, &ready, &plan)).await
}

/// The second plan must be empty, and the assertions hold on the server.
async fn prove(run: &mut Run<'_>, ready: &Ready, plan: &Plan) -> Result<u8, u8> {
    run.judges = false;
    let scope = Scope { done: true, ..plan.scope.clone() };
    let options = Options { scope, allow_unknown: ready.settings.allow_unknown, ..Options::default() };
    let Planned { plan: mut second, live, .. } = run.plan(ready, &options).await?;
    // The first plan has named them.
    second.uncompared.clear();
    if second.is_empty() {
        return if run.assert_now(ready, &live).await { Ok(exit::OK) } else { Err(exit::ASSERTION) };
    }
    if run.is_text() {
        run.screen.out(&text::still(&run.plan_text(&second)));
    }
    let names: Vec<String> = second.steps.iter().take(10).map(|step| step.address.to_string()).collect();
    run.tell(
        Diagnostic::error(Code::NOT_CONVERGED, "everything was written, and a second plan is not empty")
            .note(left(second.steps.len(), &names))
            .help("the server changed what was written, or somebody else did: look at the difference"),
    );
    run.left = Some(second);
    Err(exit::NOT_CONVERGED)
}

/// How many steps are left, and the first of them.
fn left(count: usize, names: &[String]) -> String {
    let are = if count == 1 { "step is" } else { "steps are" };
    let more = match count - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{count} {are} left: {}{more}", names.join("; "))
}

async fn write(
    run: &mut Run<'_>,
    planned: &Planned,
    ready: &Ready,
    options: &apply::Options,
    signals: &Signals,
) -> Outcome {
    let plan = &planned.plan;
    let ground =
        apply::Ground { client: &ready.client, server: &ready.server, live: &planned.live, ledger: &planned.ledger };
    let screen = run.screen;
    let bar = bar(screen, plan.steps.len());
    let mut count = 0;
    let mut ended = vec![false; plan.steps.len()];
    let work = apply::run(plan, ground, options, signals.stopped(), |event| match event {
        Event::Started(i) => {
            run.event(events::started(plan, i));
            bar.set_message(report::started(&plan.steps[i], false));
        }
        Event::Finished(i, status) => {
            count += 1;
            ended[i] = true;
            let [what, progress] = events::finished(plan, i, status, count, run.sources());
            run.event(what);
            run.event(progress);
            let line = report::finished(plan, i, status, count, screen.color_err);
            bar.inc(1);
            if screen.progress {
                bar.println(line);
            } else {
                screen.say(&line);
            }
        }
    });
    let notice = async {
        signals.first().await;
        bar.suspend(|| screen.err("\nStopping: what is being written is finished, nothing new is begun.\n"));
        std::future::pending().await
    };
    let waiting = async {
        let mut away = ready.client.away();
        while away.changed().await.is_ok() {
            let line = match *away.borrow_and_update() {
                true => "The server does not answer. Waiting for it, for two and a half minutes at most.",
                false => "The server answers again.",
            };
            bar.suspend(|| screen.say(line));
        }
        std::future::pending().await
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        outcome = notice => outcome,
        outcome = waiting => outcome,
    };
    bar.finish_and_clear();
    // What was never begun.
    for (i, status) in outcome.statuses.iter().enumerate().filter(|(i, _)| !ended[*i]) {
        let [what, _] = events::finished(plan, i, status, count, run.sources());
        run.event(what);
    }
    run.event(events::applied(plan, &outcome));
    outcome
}

pub(super) fn bar(screen: &Screen, steps: usize) -> ProgressBar {
    let target = if screen.progress { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
