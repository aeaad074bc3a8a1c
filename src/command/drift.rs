//! `akrec drift`: compares files, ledger and server, and says who changed what. Writes nothing to the server;
//! with `--adopt` it writes what changed there into the state files.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::frame::Frame;
use super::run::{Planned, Ready, Run};
use super::screen::env;
use super::signal::Signals;
use super::{Screen, exit};
use crate::cli::{self, Unmanaged};
use crate::client::Webhook;
use crate::diag::{Code, Diagnostic};
use crate::drift::{self, Adopted};
use crate::files::{self, Place, Readers};
use crate::input::Whose;
use crate::kinds::{self, KINDS};
use crate::report::{Verb, drift as report, json};
use crate::schema::Kind;
use crate::stop::Writing;
use crate::{budget, input, read};

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Drift, screen: &Screen) -> u8 {
    let run = Run::new(screen, &flags.output).of(Verb::Drift);
    let mut frame = Frame::begin(run);
    let code = frame
        .read("the comparison was done", async |run| {
            compare(run, flags).await
        })
        .await;
    let code = match webhook(flags) {
        Ok(Some(webhook)) if !matches!(code, exit::OK | exit::INTERRUPTED) => {
            notify(&mut frame.run, &webhook, code, &frame.signals).await
        }
        _ => code,
    };
    frame.finish(code)
}

/// The address of the webhook, from the flag or the environment.
fn webhook(flags: &cli::Drift) -> Result<Option<Webhook>, Box<Diagnostic>> {
    let url = flags
        .notify
        .clone()
        .or_else(|| env("AKREC_NOTIFY_URL").map(SecretString::from));
    let Some(url) = url.filter(|url| !url.expose_secret().is_empty()) else {
        return Ok(None);
    };
    Webhook::new(&url).map(Some).map_err(|why| {
        let diagnostic = Diagnostic::error(
            Code::BAD_SETTING,
            "the value of --notify is not the address of a webhook",
        );
        Box::new(
            diagnostic.note(why).help(
                "such as https://hooks.example.org/…; it is not shown, because it may be secret",
            ),
        )
    })
}

/// Reports drift to a webhook, or that the run failed. A message that is not taken makes the run fail.
async fn notify(run: &mut Run<'_>, webhook: &Webhook, code: u8, signals: &Signals) -> u8 {
    let body = json::text(&run.json(code));
    let agent = concat!("akrec/", env!("CARGO_PKG_VERSION"));
    let sent = async { webhook.deliver(&body, agent).await.map_err(Some) };
    let why = tokio::select! {
        biased;
        () = signals.first() => Err(None),
        sent = sent => sent,
    };
    match why {
        Ok(()) => code,
        Err(why) => {
            let diagnostic = Diagnostic::error(
                Code::NOT_DELIVERED,
                format!("{} was not notified", webhook.host()),
            );
            run.emit(diagnostic.note(why.unwrap_or_else(|| "stopped by a signal".to_owned())));
            if matches!(code, exit::OK | exit::CHANGES) {
                exit::ERROR
            } else {
                code
            }
        }
    }
}

async fn compare(run: &mut Run<'_>, flags: &cli::Drift) -> Result<u8, u8> {
    webhook(flags).map_err(|diagnostic| run.invalid(vec![*diagnostic]))?;
    let ready = run.prepare(&flags.into(), &flags.sandbox).await?;
    let Planned {
        plan, live, ledger, ..
    } = run.compare(&ready).await?;
    let mut drift = drift::drift(&ready.desired, &live, &ledger, &plan);
    read::attribute(&ready.client, &ledger, &mut drift).await;
    if let Some(which) = flags.unmanaged {
        let kinds = kinds_of(&ready, which);
        let found = read::everything(&ready.client, &ready.server, &kinds, false, &|_| {}).await;
        let (all, diagnostic) = found.map_err(|problem| run.problem(problem))?;
        diagnostic
            .into_iter()
            .for_each(|diagnostic| run.emit(diagnostic));
        drift.unmanaged = Some(drift::unmanaged(&ready.desired, &all, &ledger, &kinds));
    }
    run.show_drift(&drift);
    let mut code = if drift.is_drift() {
        exit::CHANGES
    } else {
        exit::OK
    };
    let mut put = None;
    if flags.adopt && drift.is_drift() {
        let overlay = ready.settings.environment_dir.as_deref();
        let adopted = drift::adopt(&drift, &live, &run.sources, overlay);
        let folders: Vec<&Path> = std::iter::once(ready.settings.state_dir.as_path())
            .chain(overlay)
            .collect();
        write(run, &adopted, &folders).map_err(|diagnostic| run.invalid(vec![*diagnostic]))?;
        if run.is_text() {
            run.screen
                .text(&report::adopted(&adopted, &run.sources, run.style()));
        }
        // Changes that were put into the files no longer differ; what is left still does.
        if adopted.left.is_empty() {
            code = exit::OK;
        }
        put = Some(adopted);
    }
    run.compared(drift, put);
    Ok(code)
}

/// Whether a file belongs to the project, by where it really lies: to the working directory's, or to that of the state.
fn is_ours(path: &Path, folders: &[&Path]) -> Result<bool, files::Error> {
    for folder in folders.iter().chain(&[Path::new(".")]) {
        if files::belongs(path, folder)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes the files that changed. Refuses, before anything is written, if somebody changed one since it was read, or if
/// one lies outside of the project: what `--allow-outside` lets akrec read is not its to edit.
fn write(run: &Run<'_>, adopted: &Adopted, folders: &[&Path]) -> Result<(), Box<Diagnostic>> {
    let refuse = |path: &Path, why: String| {
        let diagnostic = Diagnostic::error(
            Code::CANNOT_WRITE,
            format!("{} cannot be written", path.display()),
        );
        Box::new(diagnostic.note(why))
    };
    let mut files: Vec<(&Path, &str)> = Vec::new();
    for (file, text) in &adopted.files {
        let Some(source) = run.sources.get(*file) else {
            continue;
        };
        match input::text(&source.path, Whose::Checkout, budget::FILE.most) {
            Ok(now) if *now == *source.text => files.push((&source.path, text)),
            Ok(_) => {
                return Err(refuse(
                    &source.path,
                    "it changed after it was read".to_owned(),
                ));
            }
            Err(error) => return Err(refuse(&source.path, error.to_string())),
        }
    }
    files.extend(
        adopted
            .texts
            .iter()
            .map(|(path, text)| (path.as_path(), text.as_str())),
    );
    let _writing = Writing::file();
    // All of them are written before the first takes its place, so that a full disk leaves every file as it was.
    let mut staged = Vec::new();
    for (path, text) in files {
        let wrong = |error: files::Error| refuse(path, error.to_string());
        if !is_ours(path, folders).map_err(wrong)? {
            return Err(refuse(path, "it is outside the project".to_owned()));
        }
        let place = std::fs::canonicalize(path)
            .map_err(files::Error::from)
            .and_then(|real| Place::find(&real));
        let written = place.and_then(|place| place.stage(text.as_bytes(), Readers::Same));
        staged.push((path, written.map_err(wrong)?));
    }
    for (path, file) in staged {
        file.replace()
            .map_err(|error| refuse(path, error.to_string()))?;
    }
    Ok(())
}

/// The kinds of which unmanaged objects are listed: those in the files with the kinds written under them, or all.
fn kinds_of(ready: &Ready, which: Unmanaged) -> Vec<&'static Kind> {
    let release = ready.server.release;
    let wanted = |kind: &&'static Kind| match which {
        Unmanaged::All => true,
        Unmanaged::Declared => ready
            .desired
            .objects
            .iter()
            .any(|object| object.kind.name == kind.name),
    };
    let mut kinds: Vec<&'static Kind> = KINDS.iter().copied().filter(wanted).collect();
    let mut next = 0;
    while let Some(kind) = kinds.get(next).copied() {
        let children = kind
            .children
            .iter()
            .filter_map(|children| kinds::kind(children.kind));
        let new: Vec<&'static Kind> = children
            .filter(|child| kinds.iter().all(|known| known.name != child.name))
            .collect();
        kinds.extend(new);
        next += 1;
    }
    kinds.retain(|kind| kind.is_in(release));
    kinds
}
