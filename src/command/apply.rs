//! `akrec apply`: shows the plan, asks, writes, and proves by a second plan that nothing is left to do and that what the
//! files assert of access holds.

use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::frame::writing;
use super::run::{Done, Planned, Ready, Run};
use super::signal::Signals;
use super::usage::again;
use super::watch::{Watch, report_closed, take_back};
use super::{Screen, exit, plan_file};
use crate::apply::{self, Event, Upkeep};
use crate::cli::{self, OnError};
use crate::diag::{Code, Diagnostic};
use crate::files;
use crate::plan::{Options, Outcome, Plan, Scope};
use crate::report::{Verb, events, outcome as report, text};
use crate::value::Address;

/// How many objects a line names.
const NAMED: usize = 5;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Apply, screen: &Screen) -> u8 {
    let run = Run::with_input(screen, &flags.output, flags.plan.as_deref()).of(Verb::Apply);
    let work = async |run: &mut Run<'_>, signals: &Signals| apply(run, flags, signals).await;
    writing(run, stopped, work).await
}

/// How a run ended that a signal has stopped.
pub(super) fn stopped(run: &Run<'_>) -> Diagnostic {
    let when = match run.outcome() {
        None => "stopped by a signal; nothing was written",
        Some(outcome) if outcome.is_complete() => {
            "stopped by a signal; everything was written, but no second plan verified it"
        }
        Some(_) => "stopped by a signal",
    };
    Diagnostic::error(Code::INTERRUPTED, when)
}

async fn apply(run: &mut Run<'_>, flags: &cli::Apply, signals: &Signals) -> Result<u8, u8> {
    can_be_confirmed(run, &flags.writes, "apply", "akrec plan")?;
    run.set_overrides(&flags.checks, &flags.lints);
    run.judging.access = !flags.no_access;
    let planned = async {
        if let Some(path) = &flags.plan {
            return plan_file::prepare(run, flags, path).await;
        }
        let ready = run.prepare(&flags.into(), &flags.sandbox).await?;
        let options = run.options(&ready, &flags.checks, &flags.write_secret, &flags.scope)?;
        let planned = run.plan(&ready, &options).await?;
        Ok((ready, planned))
    };
    let (ready, planned) = signals.or(planned).await?;
    // A plan file is good for one time.
    let again = if flags.plan.is_some() {
        "akrec plan".to_owned()
    } else {
        again(std::env::args_os())
    };
    let job = Job {
        writes: &flags.writes,
        sandbox: &flags.sandbox,
        again,
    };
    carry_out(run, &job, &ready, planned, signals).await
}

/// Refuses a run that would have to ask and cannot. `look` is the command that only shows what would be done.
pub(super) fn can_be_confirmed(
    run: &mut Run<'_>,
    writes: &cli::Writes,
    verb: &str,
    look: &str,
) -> Result<(), u8> {
    if writes.auto_approve || run.screen.can_ask {
        return Ok(());
    }
    let what = format!("{verb} asks for confirmation before it writes, but there is no terminal");
    let diagnostic = Diagnostic::error(Code::NO_TERMINAL, what);
    Err(run.invalid(vec![
        diagnostic.help(format!("review `{look}` first, then use --auto-approve")),
    ]))
}

/// A plan that is to be carried out: what flags say of how.
pub(super) struct Job<'a> {
    /// How it is written.
    pub writes: &'a cli::Writes,
    /// Which sandbox, if one is the server.
    pub sandbox: &'a cli::SandboxFlags,
    /// The command to go on with after a failure.
    pub again: String,
}

/// Shows the plan, asks, writes, leaves the file that takes it back, and proves that nothing is left to do.
pub(super) async fn carry_out(
    run: &mut Run<'_>,
    job: &Job<'_>,
    ready: &Ready,
    planned: Planned,
    signals: &Signals,
) -> Result<u8, u8> {
    let Job { writes, again, .. } = job;
    let plan = Arc::clone(&planned.plan);
    run.stands(Arc::clone(&plan), planned.review.clone());
    run.show();
    let options = apply::Options {
        parallelism: ready
            .settings
            .client
            .as_ref()
            .map_or(crate::settings::PARALLELISM, |client| client.parallelism),
        stop_on_error: ready.settings.on_error == OnError::Stop,
        holder: run.holder(ready),
        lock: (!writes.no_lock).then(|| writes.lock_timeout.unwrap_or_default()),
        settling: apply::SETTLING,
    };
    if plan.is_empty() {
        return match apply::upkeep(&planned.ledger, &plan) {
            Some(upkeep) => keep_up(run, &planned, ready, &options, (&upkeep, signals)).await,
            None => Ok(exit::OK),
        };
    }
    can_leave(run, job)?;
    if !writes.auto_approve {
        let count = plan.steps.iter().filter(|step| !step.second).count();
        let changes = if count == 1 {
            "this change".to_owned()
        } else {
            format!("these {count} changes")
        };
        if !run.is_text() {
            // Nobody must confirm what is not seen.
            run.screen.err(&run.plan_text(&plan));
        }
        let question = format!(
            "\nApply {changes} to {}? Only `yes` is accepted: ",
            run.place(&ready.server)
        );
        if !signals
            .or(async { Ok(run.screen.consents(&question).await) })
            .await?
        {
            run.screen.say("Nothing was written.");
            return Ok(exit::OK);
        }
    }
    let watch = Watch::begin(run, job, ready, &plan).await;
    let outcome = write(run, &planned, ready, &options, signals).await;
    let unwritten = notes(run, &outcome)?;
    if let Some(closed) = watch.closed(run, ready).await {
        let taken = take_back(run, &planned, ready, &options, (&outcome, signals)).await;
        report_closed(run, ready, &closed, taken).await;
        run.done(Done {
            outcome,
            again: again.clone(),
            rollback: None,
            left: None,
        });
        return Err(exit::PARTIAL);
    }
    if run.is_text() {
        run.screen
            .text(&report::text(&plan, &outcome, again, run.style()));
    }
    let rollback = plan_file::rollback(run, job, ready, &planned, &outcome, signals).await;
    // The second plan takes as much memory as this one.
    drop(planned);
    let (complete, interrupted) = (outcome.is_complete(), outcome.interrupted);
    run.done(Done {
        outcome,
        again: again.clone(),
        rollback,
        left: None,
    });
    if interrupted {
        return Err(exit::INTERRUPTED);
    }
    if !complete || unwritten {
        return Err(exit::PARTIAL);
    }
    run.judging.access = false;
    let code = signals.or(prove(run, ready, &plan)).await?;
    let no_way_back = run
        .diagnostics()
        .iter()
        .any(|diagnostic| diagnostic.code == Code::NO_ROLLBACK && diagnostic.is_error());
    if no_way_back {
        Err(exit::ERROR)
    } else {
        Ok(code)
    }
}

/// Takes in what is to be said of lease and ledger. Gives whether the ledger could not be written; refuses if nothing was
/// begun.
fn notes(run: &mut Run<'_>, outcome: &Outcome) -> Result<bool, u8> {
    for diagnostic in &outcome.notes {
        run.emit(diagnostic.clone());
    }
    match &outcome.refused {
        Some(why) => Err(run.invalid(vec![why.clone()])),
        None => Ok(outcome.notes.iter().any(Diagnostic::is_error)),
    }
}

/// Brings the ledger up to date where nothing else is to be done, and says so in one line. It changes no object, so that
/// nobody is asked.
async fn keep_up(
    run: &mut Run<'_>,
    planned: &Planned,
    ready: &Ready,
    options: &apply::Options,
    (upkeep, signals): (&Upkeep, &Signals),
) -> Result<u8, u8> {
    let outcome = write(run, planned, ready, options, signals).await;
    if notes(run, &outcome)? {
        return Err(exit::PARTIAL);
    }
    if outcome.interrupted {
        return Err(exit::INTERRUPTED);
    }
    run.screen
        .say(&format!("The ledger was updated: {}.", kept_up(upkeep)));
    Ok(exit::OK)
}

/// What of the ledger is brought up to date, in words.
pub(super) fn kept_up(upkeep: &Upkeep) -> String {
    let some = |count: usize, one: &str, many: &str| match count {
        1 => one.to_owned(),
        count => format!("{count} {many}"),
    };
    let mut parts = Vec::new();
    if !upkeep.recorded.is_empty() {
        let names: Vec<String> = upkeep
            .recorded
            .iter()
            .take(NAMED)
            .map(Address::to_string)
            .collect();
        let more = match upkeep.recorded.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        parts.push(format!(
            "{}{more} recorded as created by akrec",
            names.join(", ")
        ));
    }
    if !upkeep.refreshed.is_empty() {
        parts.push(format!(
            "{} refreshed",
            some(upkeep.refreshed.len(), "1 record", "records")
        ));
    }
    if !upkeep.dropped.is_empty() {
        let what = some(upkeep.dropped.len(), "1 record", "records");
        parts.push(format!("{what} of objects that no longer exist removed"));
    }
    if upkeep.lease {
        parts.push("the lease of an interrupted run deleted".to_owned());
    }
    if parts.is_empty() {
        parts.push("nothing is left over from an earlier run".to_owned());
    }
    parts.join("; ")
}

/// Finds out that what a run leaves behind can be written, before the server is changed: the file that takes it back, and
/// the data of a sandbox.
fn can_leave(run: &mut Run<'_>, job: &Job<'_>) -> Result<(), u8> {
    let Job {
        writes, sandbox, ..
    } = job;
    if let Some(path) = &sandbox.sandbox_data
        && let Err(error) = files::try_place(path)
    {
        let message = format!(
            "--sandbox-data {} cannot be written: {error}",
            path.display()
        );
        let diagnostic = Diagnostic::error(Code::CANNOT_WRITE, message).note("nothing was written");
        return Err(run.invalid(vec![diagnostic.help(error.help())]));
    }
    let folder = match &writes.rollback_dir {
        _ if writes.no_rollback => return Ok(()),
        None if run.is_forgotten(sandbox) => return Ok(()),
        None => Path::new(""),
        Some(folder) => folder,
    };
    let (code, why) = match (&writes.rollback_dir, files::make_dirs(folder)) {
        (Some(_), Err(error)) => (
            Code::BAD_SETTING,
            format!(
                "--rollback-dir {}: the directory cannot be created: {error}",
                folder.display()
            ),
        ),
        (named, _) => match (named, files::try_dir(folder)) {
            (_, Ok(())) => return Ok(()),
            (Some(_), Err(error)) => (
                Code::CANNOT_WRITE,
                format!(
                    "--rollback-dir {}: the directory is not writable: {error}",
                    folder.display()
                ),
            ),
            (None, Err(error)) => {
                let what = "the rollback file cannot be written to the working directory";
                (Code::CANNOT_WRITE, format!("{what}: {error}"))
            }
        },
    };
    let diagnostic = Diagnostic::error(code, why).note("nothing was written to the server");
    Err(run.invalid(vec![diagnostic.help(
        "name another directory with --rollback-dir, or skip the rollback file with --no-rollback",
    )]))
}

/// The second plan must be empty, and the assertions hold on the server.
async fn prove(run: &mut Run<'_>, ready: &Ready, plan: &Plan) -> Result<u8, u8> {
    run.judging.files = false;
    let scope = Scope {
        done: true,
        ..plan.scope.clone()
    };
    let options = Options {
        scope,
        allow_unknown: ready.settings.allow_unknown,
        ..Options::default()
    };
    let Planned {
        plan: mut second,
        live,
        ..
    } = run.plan(ready, &options).await?;
    // The first plan has named them.
    Arc::make_mut(&mut second).uncompared.clear();
    if second.is_empty() {
        return if run.assert_now(ready, &live).await {
            Ok(exit::OK)
        } else {
            Err(exit::ASSERTION)
        };
    }
    if run.is_text() {
        run.screen.text(&text::still(&run.plan_text(&second)));
    }
    let names: Vec<String> = second
        .steps
        .iter()
        .take(10)
        .map(|step| step.address.to_string())
        .collect();
    run.emit(
        Diagnostic::error(
            Code::NOT_CONVERGED,
            "everything was written, but a second plan is not empty",
        )
        .note(left(second.steps.len(), &names))
        .help("the server or somebody else changed what was written: review the difference"),
    );
    run.still_left(second);
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

pub(super) async fn write(
    run: &mut Run<'_>,
    planned: &Planned,
    ready: &Ready,
    options: &apply::Options,
    signals: &Signals,
) -> Outcome {
    let plan = &planned.plan;
    let ground = apply::Ground {
        client: &ready.client,
        server: &ready.server,
        live: &planned.live,
        ledger: &planned.ledger,
    };
    let screen = run.screen;
    let bar = bar(screen, plan.steps.len());
    let mut count = 0;
    let mut ended = vec![false; plan.steps.len()];
    let work = apply::run(
        plan,
        ground,
        options,
        signals.stopped(),
        |event| match event {
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
                    bar.println(screen.guarded(&line));
                } else {
                    screen.say(&line);
                }
            }
        },
    );
    let notice = async {
        signals.first().await;
        bar.suspend(|| {
            screen.err("\nStopping: finishing the current writes and starting nothing new.\n")
        });
        std::future::pending().await
    };
    let waiting = async {
        let mut away = ready.client.away();
        while away.changed().await.is_ok() {
            let line = match *away.borrow_and_update() {
                true => "The server does not answer. Waiting for up to two and a half minutes.",
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
    for (i, status) in outcome
        .statuses
        .iter()
        .enumerate()
        .filter(|(i, _)| !ended[*i])
    {
        let [what, _] = events::finished(plan, i, status, count, run.sources());
        run.event(what);
    }
    run.event(events::applied(plan, &outcome));
    outcome
}

pub(super) fn bar(screen: &Screen, steps: usize) -> ProgressBar {
    let target = if screen.progress {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
