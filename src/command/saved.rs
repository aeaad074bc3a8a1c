//! Saved plans on disk: `plan -o` writes one, `apply FILE` checks one, and every apply leaves its inverse behind.
//!
//! A file with a plan is for its owner alone (0600) from its first byte on, and never half written.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::run::{Planned, Ready, Run};
use super::signal::Signals;
use super::usage::quoted;
use crate::cli;
use crate::diag::{CODES, Code, Diagnostic, Sources};
use crate::inverse::{self, Lost, Over, Undo};
use crate::ledger;
use crate::plan::{Options, Outcome, Status};
use crate::read;
use crate::saved::{self, Made, Saved};
use crate::stop::{Unfinished, Writing};

/// A saved plan is not larger than this.
const MOST: u64 = 256 << 20;

/// Refuses a place where a plan cannot be saved, before anything is asked of a server.
pub(super) fn place(run: &mut Run<'_>, path: &Path) -> Result<(), u8> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let why = match std::fs::symlink_metadata(path) {
        _ if path.file_name().is_none() => "is no name of a file",
        Ok(there) if there.is_dir() => "is a directory",
        Ok(there) if !there.is_file() && !there.is_symlink() => "is no plain file",
        _ if !folder.is_dir() => "is in a directory that does not exist",
        _ => return Ok(()),
    };
    let told = Diagnostic::error(Code::BAD_SETTING, format!("the plan cannot be saved: {} {why}", path.display()));
    Err(run.invalid(vec![told.help("name a file in a directory that exists")]))
}

/// Saves a plan that no rail refused.
pub(super) async fn save(
    run: &mut Run<'_>,
    ready: &Ready,
    planned: &Planned,
    options: &Options,
    path: &Path,
) -> Result<(), u8> {
    let saved = Saved {
        made: made(run, ready).await,
        waived: options.allow.clone(),
        write_secrets: options.write_secrets.clone(),
        state: saved::of_state(&ready.desired),
        live: saved::of_live(&ready.desired, &planned.plan, &planned.live),
        plan: planned.plan.clone(),
        undo: None,
        access: run.access.clone(),
    };
    let text = saved.text(run.sources());
    if let Err(error) = write(path, &text, true) {
        let what = format!("the plan cannot be saved: {}: {error}", path.display());
        return Err(run.invalid(vec![Diagnostic::error(Code::BAD_SETTING, what)]));
    }
    let path = quoted(&path.to_string_lossy());
    run.screen.say(&format!("Saved the plan as {path}. To do exactly this: akrec apply {path}"));
    Ok(())
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

/// Reads a saved plan.
pub(super) fn open(path: &Path) -> Result<(Saved, Sources), Box<Diagnostic>> {
    let name = path.display().to_string();
    let told = |why: &str| Box::new(Diagnostic::error(Code::BAD_PLAN_FILE, format!("{name} cannot be read: {why}")));
    let size = std::fs::metadata(path).map_err(|error| told(&error.to_string()))?;
    if !size.is_file() {
        return Err(told("it is no plain file"));
    }
    if size.len() > MOST {
        return Err(told("it is larger than a saved plan can be"));
    }
    let bytes = std::fs::read(path).map_err(|error| told(&error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| told("it is not UTF-8 text"))?;
    Saved::read(&name, &text)
}

/// Makes everything ready to apply a saved plan: the same plan, made anew from the files, secrets and server at hand.
///
/// Refuses if anything differs from what was saved, and says what.
pub(super) async fn prepare(run: &mut Run<'_>, flags: &cli::Apply, path: &Path) -> Result<(Ready, Planned), u8> {
    let (saved, _) = open(path).map_err(|told| run.invalid(vec![*told]))?;
    let ready = match &saved.undo {
        None => run.prepare(&flags.into(), &flags.sandbox).await?,
        Some(undo) => {
            let settings = run.settings(&flags.into())?;
            let (client, server) = run.reach(&settings, &flags.sandbox).await?;
            let named = settings.workspace.clone();
            Ready {
                workspace: named.unwrap_or_else(|| saved.made.workspace.clone()),
                settings,
                client,
                server,
                desired: undo.desired.clone(),
                undo: Some(undo.clone()),
            }
        }
    };
    same_place(run, &saved, &ready).await?;
    let options = Options {
        // It passed the limits when it was saved, with the flags of then, and it has to be the same plan now.
        allow: saved.waived.iter().copied().chain([Code::LIMIT]).collect(),
        write_secrets: saved.write_secrets.clone(),
        scope: saved.plan.scope.clone(),
        ..Options::default()
    };
    let files = match saved.undo {
        None => saved::moved_in_state(&saved.state, &saved::of_state(&ready.desired)),
        Some(_) => Vec::new(),
    };
    // Its own is still true if nothing moved.
    run.access = saved.access.clone();
    let (live, ledger) = run.observe(&ready).await?;
    if !files.is_empty() {
        return Err(stale(run, saved::stale(&files, &[], &[])));
    }
    let now = saved::of_live(&ready.desired, &saved.plan, &live);
    let server = saved::moved_on_server(&saved.live, &now);
    if !server.is_empty() {
        return Err(stale(run, saved::stale(&[], &server, &[])));
    }
    let planned = run.decide(&ready, live, ledger, &options).await?;
    let plan = saved.differences(&planned.plan);
    if !plan.is_empty() {
        return Err(stale(run, saved::stale(&[], &[], &plan)));
    }
    if let Some(told) = saved.undo.as_ref().and_then(|undo| lost(&undo.lost)) {
        run.tell(told);
    }
    Ok((ready, planned))
}

fn stale(run: &mut Run<'_>, told: Option<Diagnostic>) -> u8 {
    run.invalid(told.into_iter().collect())
}

/// Refuses a plan that was made for somewhere else.
async fn same_place(run: &mut Run<'_>, saved: &Saved, ready: &Ready) -> Result<(), u8> {
    let Made { url, release, install, workspace, environment, .. } = &saved.made;
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
        let names = [environment, &ready.settings.environment].map(|name| name.clone().unwrap_or_else(none));
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
    let message = format!("saved plan was made for another {}", names.join(" and another "));
    let mut told = Diagnostic::error(Code::OTHER_SERVER, message).note("nothing was written");
    for (what, then, now) in &other {
        told = told.note(format!("{what}: {then} then, {now} now"));
    }
    Err(run.invalid(vec![told.help("apply it where it was made for, or plan again")]))
}

/// What a rollback does not put back, as one warning.
pub(super) fn lost(lost: &[Lost]) -> Option<Diagnostic> {
    let first = lost.first()?;
    let what = |lost: &Lost| match &lost.field {
        Some(field) => format!("{}: {field}", lost.address),
        None => lost.address.to_string(),
    };
    let message = match lost.len() {
        1 => format!("the rollback cannot put back {}", what(first)),
        count => format!("the rollback cannot put back {count} things"),
    };
    let told = Diagnostic::warning(Code::NOT_PUT_BACK, message);
    Some(lost.iter().fold(told, |told, lost| told.note(format!("{}: {}", what(lost), lost.why))))
}

/// Writes the inverse of a run that wrote something, and says how to use it. What goes wrong is told, and is no failure
/// of the apply.
pub(super) async fn rollback(
    run: &mut Run<'_>,
    flags: &cli::Apply,
    ready: &Ready,
    planned: &Planned,
    outcome: &Outcome,
    signals: &Signals,
) -> Option<PathBuf> {
    let folder = match (&flags.rollback_dir, run.is_forgotten(&flags.sandbox)) {
        _ if flags.no_rollback => return None,
        (Some(folder), _) => folder.clone(),
        (None, true) => return None,
        (None, false) => PathBuf::new(),
    };
    if !outcome.statuses.iter().any(|status| matches!(status, Status::Done | Status::Failed(_))) {
        return None;
    }
    // Of a run that was stopped midway this file is what is still being written.
    let _writing = outcome.interrupted.then(Writing::file);
    let id = run.holder(ready).run;
    let failed = |why: String| {
        let told = Diagnostic::warning(Code::NO_ROLLBACK, "the file that would take this apply back was not made");
        told.note(why)
    };
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
    let (saved, more) = match made {
        Ok(Some(saved)) => saved,
        Ok(None) => return None,
        Err(why) => {
            run.tell(failed(why));
            return None;
        }
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = id.chars().map(plain).take(80).collect();
    let text = saved.text(&Sources::default());
    let path = (1..100).map(|count| match count {
        1 => folder.join(format!("rollback-{name}.json")),
        count => folder.join(format!("rollback-{name}-{count}.json")),
    });
    for path in path {
        match write(&path, &text, false) {
            Ok(()) => {
                run.screen.say(&format!("To take this apply back: akrec apply {}", quoted(&path.to_string_lossy())));
                if let Some(told) = lost(&more.lost) {
                    run.tell(told);
                }
                return Some(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                run.tell(failed(format!("{}: {error}", path.display())).help("name another place with --rollback-dir"));
                return None;
            }
        }
    }
    run.tell(failed(format!("there are too many files rollback-{name}.json")));
    None
}

async fn inverse_of(
    run: &Run<'_>,
    ready: &Ready,
    planned: &Planned,
    outcome: &Outcome,
    id: &str,
) -> Result<Option<(Saved, Undo)>, String> {
    let told = |told: &Diagnostic| told.message.clone();
    let after = match ledger::read(&ready.client, &ready.workspace).await {
        Ok((ledger, _)) => ledger,
        Err(ledger::Problem::Client(error)) => return Err(error.what()),
        Err(ledger::Problem::Told(problem)) => return Err(told(&problem)),
    };
    let Planned { plan, live, ledger } = planned;
    let over = Over { plan, outcome, live, before: ledger, after: &after, run: id };
    let Some(undo) = inverse::undo(over) else { return Ok(None) };
    let read = read::live(&ready.client, &ready.server, &undo.desired, &inverse::quiet(&after)).await;
    let (live, found) = read.map_err(|problem| match problem {
        read::Problem::Client(error) => error.what(),
        read::Problem::Told(problem) => told(&problem),
    })?;
    if let Some(error) = found.iter().find(|found| found.is_error()) {
        return Err(told(error));
    }
    // What was so before may be so again; what it waives is said when it is applied.
    let rails = CODES.iter().map(|(code, _)| *code).filter(|code| code.is_waivable());
    let options = Options { allow: rails.collect(), ..Options::default() };
    let (undo, plan, waived) = inverse::settle(undo, &live, &after, &options)
        .map_err(|found| found.iter().filter(|found| found.is_error()).map(told).collect::<Vec<_>>().join("; "))?;
    if plan.is_empty() && undo.lost.is_empty() {
        return Ok(None);
    }
    let saved = Saved {
        made: made(run, ready).await,
        waived,
        write_secrets: Default::default(),
        state: Default::default(),
        live: saved::of_live(&undo.desired, &plan, &live),
        plan,
        undo: Some(undo.clone()),
        access: None,
    };
    Ok(Some((saved, undo)))
}

/// Writes a file for its owner alone, whole or not at all. Without `over` nothing that is there is replaced.
pub(super) fn write(path: &Path, text: &str, over: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let (_writing, _unfinished) = (Writing::file(), Unfinished::new(&beside));
    // One that an earlier process of this number left.
    let _ = std::fs::remove_file(&beside);
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A link refuses to replace what is there; renaming does not.
        if over { std::fs::rename(&beside, path) } else { std::fs::hard_link(&beside, path) }
    });
    let _ = std::fs::remove_file(&beside);
    written
}
