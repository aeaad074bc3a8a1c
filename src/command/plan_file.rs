//! Plan files on disk: `plan -o` writes one, `apply FILE` checks one, and every apply leaves a rollback file behind.
//!
//! A file with a plan is for its owner alone (0600) from its first byte on, and never half written. What is read from one
//! is never taken on trust: no option, no id and no override comes from it. It is compared with a plan that is computed again.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::apply::Job;
use super::run::{Planned, Ready, Run, Seen};
use super::signal::Signals;
use super::usage::quoted;
use crate::cli::{self, Target};
use crate::diag::{CODES, Code, Diagnostic, Sources};
use crate::files::{Place, Readers};
use crate::input::Whose;
use crate::ledger::Ledger;
use crate::live::Live;
use crate::pattern::Pattern;
use crate::plan::{Options, Outcome, Scope, Status};
use crate::plan_file::{self, Made, Saved};
use crate::rollback::{self, Lost, Over, Undo};
use crate::settings::Request;
use crate::stop::Writing;
use crate::{budget, input, read, store};

/// Saves a plan that no safety check refused.
pub(super) async fn save(
    run: &mut Run<'_>,
    ready: &Ready,
    planned: &Planned,
    options: &Options,
    flags: &cli::Plan,
) -> Result<(), u8> {
    let Some(path) = &flags.out else {
        return Ok(());
    };
    let saved = Saved {
        made: made(run, ready).await,
        waived: options.allow.clone(),
        write_secrets: options.write_secrets.clone(),
        state: plan_file::of_state(&ready.desired),
        live: plan_file::of_live(&ready.desired, &planned.plan, &planned.live),
        plan: (*planned.plan).clone(),
        undo: None,
        access: planned.review.access.clone(),
    };
    let text = saved.text(run.sources());
    if text.len() > plan_file::MOST {
        let what = format!(
            "the plan cannot be saved: it is larger than {} MiB",
            plan_file::MOST >> 20
        );
        let diagnostic = Diagnostic::error(Code::BAD_SETTING, what)
            .help("plan and apply one part at a time, with --target");
        return Err(run.invalid(vec![diagnostic]));
    }
    if let Err(error) = write(path, &text, true) {
        let what = format!("the plan cannot be saved: {}: {error}", path.display());
        return Err(run.invalid(vec![Diagnostic::error(Code::BAD_SETTING, what)]));
    }
    let path = quoted(&path.to_string_lossy());
    let with: String = given(flags)
        .iter()
        .map(|word| format!(" {}", quoted(word)))
        .collect();
    run.screen.say(&format!(
        "Saved the plan as {path}. To do exactly this: akrec apply {path}{with}"
    ));
    Ok(())
}

/// The options of a plan that an apply of its file has to be given again.
fn given(flags: &cli::Plan) -> Vec<String> {
    let cli::Plan {
        inputs,
        checks,
        scope,
        write_secret,
        ..
    } = flags;
    let mut words: Vec<String> = Vec::new();
    let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    inputs
        .state
        .iter()
        .for_each(|dir| add("-C", dir.display().to_string()));
    inputs
        .env
        .iter()
        .for_each(|name| add("--env", name.clone()));
    let target = |target: &Target| match target {
        Target::Pattern(pattern) => pattern.as_str().to_owned(),
        Target::File(path) => format!("@{}", path.display()),
    };
    scope
        .target
        .iter()
        .for_each(|it| add("--target", target(it)));
    scope
        .exclude
        .iter()
        .for_each(|it| add("--exclude", target(it)));
    write_secret
        .iter()
        .for_each(|it| add("--write-secret", format!("{}#{}", it.address, it.field)));
    checks
        .allow
        .iter()
        .for_each(|code| add("--allow", code.to_string()));
    checks
        .max_deletes
        .iter()
        .for_each(|limit| add("--max-deletes", limit.to_string()));
    checks
        .max_changes
        .iter()
        .for_each(|limit| add("--max-changes", limit.to_string()));
    checks
        .max_removals
        .iter()
        .for_each(|(kind, limit)| add("--max-removals", format!("{kind}={limit}")));
    words
}

async fn made(run: &Run<'_>, ready: &Ready) -> Made {
    Made {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        at: run.started().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        by: ready.server.user.clone(),
        url: run.place(&ready.server),
        release: ready.server.version.clone(),
        install: ready.client.installation().await,
        workspace: ready.workspace.clone(),
        environment: ready.settings.environment.clone(),
        revision: super::run::revision(),
    }
}

/// Reads a plan file or a rollback file.
pub(super) fn open(path: &Path) -> Result<(Saved, Sources), Box<Diagnostic>> {
    let name = path.display().to_string();
    let reported = |why: &str| {
        Box::new(Diagnostic::error(
            Code::BAD_PLAN_FILE,
            format!("{name} cannot be read: {why}"),
        ))
    };
    // A plan is named on the command line and may be any sort of file by now: an artifact of another job.
    let text = input::text(path, Whose::Checkout, budget::PLAN.most).map_err(|why| match why {
        input::Unreadable::TooLarge(_) => reported(&format!("it is larger than {}", budget::PLAN)),
        why => reported(&why.to_string()),
    })?;
    if crate::budget::json_values(&text) > budget::PLAN_VALUES.most {
        return Err(reported(&format!(
            "it has more than {}",
            budget::PLAN_VALUES
        )));
    }
    Saved::read(&name, &text)
}

/// Makes everything ready to apply a plan file: the same plan, computed again from the files, options, secrets and server at
/// hand.
///
/// Refuses a rollback file, and if anything differs from what was saved, says what.
pub(super) async fn prepare(
    run: &mut Run<'_>,
    flags: &cli::Apply,
    path: &Path,
) -> Result<(Ready, Planned), u8> {
    let (saved, _) = open(path).map_err(|diagnostic| run.invalid(vec![*diagnostic]))?;
    let name = path.display();
    if saved.undo.is_some() {
        let diagnostic = Diagnostic::error(
            Code::OTHER_FILE,
            format!("{name} is a rollback file, not a plan file"),
        )
        .note("apply carries out only what the state files declare; a rollback does what its file says")
        .help(format!(
            "to undo that run: akrec rollback {}",
            quoted(&path.to_string_lossy())
        ));
        return Err(run.invalid(vec![diagnostic]));
    }
    let ready = run.prepare(&flags.into(), &flags.sandbox).await?;
    let mut options = run.options(&ready, &flags.checks, &flags.write_secret, &flags.scope)?;
    // Patterns mean the same in any order.
    options
        .scope
        .targets
        .sort_by(|a, b| a.as_str().cmp(b.as_str()));
    options
        .scope
        .excludes
        .sort_by(|a, b| a.as_str().cmp(b.as_str()));
    if let Some(diagnostic) = other_options(&name.to_string(), &saved, &options) {
        return Err(run.invalid(vec![diagnostic]));
    }
    same_place(run, &saved, &ready).await?;
    let files = plan_file::moved_in_state(&saved.state, &plan_file::of_state(&ready.desired));
    let seen = run.observe(&ready, &options).await?;
    if !files.is_empty() {
        return Err(stale(run, plan_file::stale(&files, &[], &[])));
    }
    let planned = still(run, &saved, &ready, seen, &options).await?;
    Ok((ready, planned))
}

/// Makes everything ready to roll back: the plan of the file, computed again against the server.
///
/// Refuses a plan file, and if anything differs from what was saved, says what.
pub(super) async fn prepare_rollback(
    run: &mut Run<'_>,
    flags: &cli::Rollback,
) -> Result<(Ready, Planned), u8> {
    let path = &flags.file;
    let (saved, _) = open(path).map_err(|diagnostic| run.invalid(vec![*diagnostic]))?;
    let Some(mut undo) = saved.undo.clone() else {
        let what = format!("{} is a plan file, not a rollback file", path.display());
        let diagnostic = Diagnostic::error(Code::OTHER_FILE, what)
            .note("a rollback undoes an apply, with the file that the apply wrote")
            .help(format!(
                "to carry out the plan: akrec apply {}",
                quoted(&path.to_string_lossy())
            ));
        return Err(run.invalid(vec![diagnostic]));
    };
    let inputs = flags.server.inputs();
    let settings = run.settings(&Request::of_rollback(&inputs, flags))?;
    let (client, server) = run.reach(&settings, &flags.server.sandbox).await?;
    undo.desired.break_glass = settings.break_glass.clone();
    let workspace = settings
        .workspace
        .clone()
        .unwrap_or_else(|| saved.made.workspace.clone());
    let ready = Ready {
        workspace,
        settings,
        client,
        server,
        desired: undo.desired.clone(),
        undo: Some(undo),
    };
    let options = run.options(&ready, &flags.checks, &[], &cli::Scope::default())?;
    same_place(run, &saved, &ready).await?;
    run.emit(unreviewed(&saved));
    let seen = run.observe(&ready, &options).await?;
    let planned = still(run, &saved, &ready, seen, &options).await?;
    if let Some(diagnostic) = saved.undo.as_ref().and_then(|undo| lost(&undo.lost)) {
        run.emit(diagnostic);
    }
    Ok((ready, planned))
}

/// The plan of a file, computed again. Refuses if the server moved, or if the new plan is another one.
async fn still(
    run: &mut Run<'_>,
    saved: &Saved,
    ready: &Ready,
    seen: Seen,
    options: &Options,
) -> Result<Planned, u8> {
    let now = plan_file::of_live(&ready.desired, &saved.plan, &seen.live);
    let server = plan_file::moved_on_server(&saved.live, &now);
    if !server.is_empty() {
        return Err(stale(run, plan_file::stale(&[], &server, &[])));
    }
    let planned = run.decide(ready, seen, options).await?;
    let plan = saved.differences(&planned.plan);
    if !plan.is_empty() {
        return Err(stale(run, plan_file::stale(&[], &[], &plan)));
    }
    Ok(planned)
}

/// Refuses a plan that was made with options that this apply was not given: the file may have been edited, so none of
/// them counts because the file says it.
fn other_options(name: &str, saved: &Saved, now: &Options) -> Option<Diagnostic> {
    let patterns = |flag: &str, all: &[Pattern]| -> BTreeSet<String> {
        all.iter()
            .map(|pattern| format!("{flag} {}", quoted(pattern.as_str())))
            .collect()
    };
    let all = |scope: &Scope, secrets: &BTreeSet<(String, String)>| -> BTreeSet<String> {
        let secrets = secrets
            .iter()
            .map(|(at, field)| format!("--write-secret {}", quoted(&format!("{at}#{field}"))));
        let scope = patterns("--target", &scope.targets)
            .into_iter()
            .chain(patterns("--exclude", &scope.excludes));
        scope.chain(secrets).collect()
    };
    let (mut then, now_given) = (
        all(&saved.plan.scope, &saved.write_secrets),
        all(&now.scope, &now.write_secrets),
    );
    then.extend(
        saved
            .waived
            .difference(&now.allow)
            .map(|code| format!("--allow {code}")),
    );
    let list = |options: Vec<&String>| options.into_iter().cloned().collect::<Vec<_>>().join(" ");
    let (missing, more) = (
        list(then.difference(&now_given).collect()),
        list(now_given.difference(&then).collect()),
    );
    if missing.is_empty() && more.is_empty() {
        return None;
    }
    let what = format!("{name} was made with options that differ from those of this apply");
    let mut diagnostic = Diagnostic::error(Code::OTHER_OPTIONS, what);
    if !missing.is_empty() {
        diagnostic = diagnostic.note(format!(
            "according to the file, the plan was given {missing}; this apply is not"
        ));
    }
    if !more.is_empty() {
        diagnostic = diagnostic.note(format!(
            "this apply is given {more}; according to the file, the plan was not"
        ));
    }
    diagnostic = diagnostic.note(
        "options are never taken from the file, because somebody may have edited it; nothing was written",
    );
    Some(match more.is_empty() {
        true => diagnostic.help(format!(
            "if this is intended, give the apply the same options: {missing}"
        )),
        false => diagnostic.help("plan again with the options that you mean"),
    })
}

/// The warning that nothing vouches for a rollback file, for whoever is about to confirm it.
pub(super) fn unreviewed(saved: &Saved) -> Diagnostic {
    let Made { at, by, .. } = &saved.made;
    let run = saved.undo.as_ref().map_or("", |undo| undo.of.as_str());
    Diagnostic::warning(Code::UNREVIEWED, "a rollback does what its file says, and no state file confirms it")
        .note(format!("according to the file, it undoes the run {run} of {at} by {by}"))
        .note("its checksum detects damage but is not a signature: whoever can edit the file decides what it does")
        .help("keep the file where only you can write, and review the plan before you confirm it")
}

fn stale(run: &mut Run<'_>, diagnostic: Option<Diagnostic>) -> u8 {
    run.invalid(diagnostic.into_iter().collect())
}

/// Refuses a plan that was made for somewhere else.
async fn same_place(run: &mut Run<'_>, saved: &Saved, ready: &Ready) -> Result<(), u8> {
    let Made {
        url,
        release,
        install,
        workspace,
        environment,
        ..
    } = &saved.made;
    let here = run.place(&ready.server);
    let none = || "none".to_owned();
    let mut other: Vec<(&str, String, String)> = Vec::new();
    let mut compare = |what, then: &str, now: &str| {
        if then != now {
            other.push((what, then.to_owned(), now.to_owned()));
        }
    };
    compare("server", url, &here);
    compare("release", release, &ready.server.version);
    compare("workspace", workspace, &ready.workspace);
    if saved.undo.is_none() {
        let names = [environment, &ready.settings.environment]
            .map(|name| name.clone().unwrap_or_else(none));
        compare("environment", &names[0], &names[1]);
    }
    if other.is_empty()
        && let Some(then) = install
        && let Some(now) = ready.client.installation().await
        && *then != now
    {
        other.push(("installation", then.clone(), now));
    }
    if other.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = other.iter().map(|(what, ..)| *what).collect();
    let message = format!(
        "saved plan was made for another {}",
        names.join(" and another ")
    );
    let mut diagnostic = Diagnostic::error(Code::OTHER_SERVER, message).note("nothing was written");
    for (what, then, now) in &other {
        diagnostic = diagnostic.note(format!("{what}: {then} then, {now} now"));
    }
    Err(run.invalid(vec![
        diagnostic.help("apply it where it was made for, or plan again"),
    ]))
}

/// The changes that a rollback does not restore, as one warning.
pub(super) fn lost(lost: &[Lost]) -> Option<Diagnostic> {
    let first = lost.first()?;
    let what = |lost: &Lost| match &lost.field {
        Some(field) => format!("{}: {field}", lost.address),
        None => lost.address.to_string(),
    };
    let message = match lost.len() {
        1 => format!("the rollback cannot restore {}", what(first)),
        count => format!("the rollback cannot restore {count} things"),
    };
    let diagnostic = Diagnostic::warning(Code::NOT_PUT_BACK, message);
    Some(lost.iter().fold(diagnostic, |diagnostic, lost| {
        diagnostic.note(format!("{}: {}", what(lost), lost.why))
    }))
}

/// Writes the rollback file of a run that wrote something, and says how to use it. What goes wrong is reported as an
/// error: what was done is done, and whoever counts on the way back must know that there is none.
pub(super) async fn rollback(
    run: &mut Run<'_>,
    job: &Job<'_>,
    ready: &Ready,
    planned: &Planned,
    outcome: &Outcome,
    signals: &Signals,
) -> Option<PathBuf> {
    let folder = match (&job.writes.rollback_dir, run.is_forgotten(job.sandbox)) {
        _ if job.writes.no_rollback => return None,
        (Some(folder), _) => folder.clone(),
        (None, true) => return None,
        (None, false) => PathBuf::new(),
    };
    if !has_written(outcome) {
        return None;
    }
    // The rollback file of a run that was stopped midway is a write that is still in progress.
    let _writing = outcome.interrupted.then(Writing::file);
    let id = run.holder(ready).run;
    let work = inverse_of(run, ready, planned, outcome, &id);
    // A run that was stopped midway needs it most; whoever stops it now can do without.
    let made = match outcome.interrupted {
        true => work.await,
        false => tokio::select! {
            biased;
            () = signals.first() => Err("stopped by a signal".to_owned()),
            made = work => made,
        },
    };
    let written = match made {
        Ok(None) => return None,
        Ok(Some(Inverse { saved, undo, .. })) => {
            write_new(&folder, &id, &saved).map(|path| (path, saved, undo))
        }
        Err(why) => Err((why, None)),
    };
    match written {
        Ok((path, saved, undo)) => {
            run.screen.say(&how_to_undo(&path, &saved));
            if let Some(diagnostic) = lost(&undo.lost) {
                run.emit(diagnostic);
            }
            Some(path)
        }
        Err((why, help)) => {
            let what = "the rollback file of this apply was not written";
            let failed = Diagnostic::error(Code::NO_ROLLBACK, what).note(why);
            run.emit(match help {
                Some(help) => failed.help(help),
                None => failed,
            });
            None
        }
    }
}

/// The sentence that says how to use a rollback file, with the overrides that it needs.
fn how_to_undo(path: &Path, saved: &Saved) -> String {
    let overrides: String = saved
        .waived
        .iter()
        .map(|code| format!(" --allow {code}"))
        .collect();
    let path = quoted(&path.to_string_lossy());
    format!("To undo this apply: akrec rollback {path}{overrides}")
}

/// Whether a run wrote something, or may have.
fn has_written(outcome: &Outcome) -> bool {
    let written = |status: &Status| matches!(status, Status::Done | Status::Failed(_));
    outcome.statuses.iter().any(written)
}

/// Writes the rollback file of a run under the first name that no file has. Returns its path, or why there is none and what
/// to do.
fn write_new(
    folder: &Path,
    run: &str,
    saved: &Saved,
) -> Result<PathBuf, (String, Option<&'static str>)> {
    let text = saved.text(&Sources::default());
    if text.len() > plan_file::MOST {
        let most = plan_file::MOST >> 20;
        let why = format!("it would be larger than the limit of {most} MiB");
        return Err((why, None));
    }
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
            c
        } else {
            '-'
        }
    };
    let name: String = run.chars().map(plain).take(80).collect();
    for count in 1..100 {
        let path = match count {
            1 => folder.join(format!("rollback-{name}.json")),
            count => folder.join(format!("rollback-{name}-{count}.json")),
        };
        match write(&path, &text, false) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let why = format!("{}: {error}", path.display());
                return Err((why, Some("name another place with --rollback-dir")));
            }
        }
    }
    Err((
        format!("there are too many files rollback-{name}.json"),
        None,
    ))
}

/// What takes an apply back.
pub(super) struct Inverse {
    /// The rollback, with its plan.
    pub saved: Saved,
    /// What it puts back.
    pub undo: Undo,
    /// The live state after the apply.
    pub live: Live,
    /// The ledger after the apply.
    pub ledger: Ledger,
}

/// How the plan of a rollback file is made. The safety checks that it breaks, because things were so before, are named in the
/// file; they apply when it is rolled back.
fn options_of_rollback(ready: &Ready) -> Options {
    let checks = CODES
        .iter()
        .map(|(code, _)| *code)
        .filter(|code| code.is_overridable());
    Options {
        allow: checks.collect(),
        limits: ready.settings.limits.clone(),
        allow_unknown: true,
        ..Options::default()
    }
}

/// The plan that undoes what a run did, as a file; `None` if there is nothing to undo.
pub(super) async fn inverse_of(
    run: &Run<'_>,
    ready: &Ready,
    planned: &Planned,
    outcome: &Outcome,
    id: &str,
) -> Result<Option<Inverse>, String> {
    let reported = |reported: &Diagnostic| reported.message.clone();
    let after = match store::read(&ready.client, &ready.workspace).await {
        Ok((ledger, _)) => ledger,
        Err(store::Problem::Client(error)) => return Err(error.what()),
        Err(store::Problem::Diagnostic(problem)) => return Err(reported(&problem)),
    };
    let Planned {
        plan, live, ledger, ..
    } = planned;
    let over = Over {
        plan,
        outcome,
        live,
        before: ledger,
        after: &after,
        run: id,
    };
    let Some(mut undo) = rollback::undo(over) else {
        return Ok(None);
    };
    undo.desired.break_glass = ready.settings.break_glass.clone();
    let options = options_of_rollback(ready);
    let read = read::plan(
        &ready.client,
        &ready.server,
        &undo.desired,
        &rollback::quiet(&after),
        &options,
    )
    .await;
    let read::Read {
        live,
        found,
        plan,
        planned,
    } = read.map_err(|problem| match problem {
        read::Problem::Client(error) => error.what(),
        read::Problem::Diagnostic(problem) => reported(&problem),
    })?;
    if let Some(error) = found.iter().find(|found| found.is_error()) {
        return Err(reported(error));
    }
    let (undo, plan, waived) =
        rollback::settle_planned(undo, (plan, planned), &live, &after, &options).map_err(
            |found| {
                let errors = found.iter().filter(|found| found.is_error());
                errors.map(reported).collect::<Vec<_>>().join("; ")
            },
        )?;
    if plan.is_empty() && undo.lost.is_empty() {
        return Ok(None);
    }
    let saved = Saved {
        made: made(run, ready).await,
        waived,
        write_secrets: Default::default(),
        state: Default::default(),
        live: plan_file::of_live(&undo.desired, &plan, &live),
        plan,
        undo: Some(undo.clone()),
        access: None,
    };
    Ok(Some(Inverse {
        saved,
        undo,
        live,
        ledger: after,
    }))
}

/// Writes a file for its owner alone, whole or not at all. Without `over` nothing that is there is replaced.
pub(super) fn write(path: &Path, text: &str, over: bool) -> io::Result<()> {
    let place = Place::find(path)?;
    let written = match over {
        true => place.replace(text.as_bytes(), Readers::Owner),
        false => place.create(text.as_bytes(), Readers::Owner),
    };
    Ok(written?)
}
