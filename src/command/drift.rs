//! `akrec drift`: compares files, ledger and server, and says who changed what. Writes nothing to the server.

use super::run::{Planned, Ready, Run};
use super::signal::Signals;
use super::{Screen, exit};
use crate::cli::{self, Unmanaged};
use crate::diag::{Code, Diagnostic};
use crate::drift;
use crate::kinds::{self, KINDS};
use crate::read;
use crate::schema::Kind;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Drift, screen: &Screen) -> u8 {
    let mut run = Run::new(screen, &flags.output);
    let signals = Signals::listen();
    let code = match signals.or(compare(&mut run, flags)).await {
        Ok(code) | Err(code) => code,
    };
    if code == exit::INTERRUPTED {
        run.tell(Diagnostic::error(Code::INTERRUPTED, "stopped by a signal before the comparison was done"));
    }
    run.finish(code)
}

async fn compare(run: &mut Run<'_>, flags: &cli::Drift) -> Result<u8, u8> {
    let ready = run.prepare(&flags.into(), &flags.sandbox).await?;
    let Planned { plan, live, ledger } = run.compare(&ready).await?;
    let mut drift = drift::drift(&ready.desired, &live, &ledger, &plan);
    read::attribute(&ready.client, &ledger, &mut drift).await;
    if let Some(which) = flags.unmanaged {
        let kinds = kinds_of(&ready, which);
        let found = read::everything(&ready.client, &ready.server, &kinds, false, &|_| {}).await;
        let (all, told) = found.map_err(|problem| run.problem(problem))?;
        told.into_iter().for_each(|told| run.tell(told));
        drift.unmanaged = Some(drift::unmanaged(&ready.desired, &all, &ledger, &kinds));
    }
    run.show_drift(&drift);
    let code = if drift.is_drift() { exit::CHANGES } else { exit::OK };
    run.drift = Some(drift);
    Ok(code)
}

/// The kinds of which unmanaged objects are looked for: those in the files with what is written under them, or all.
fn kinds_of(ready: &Ready, which: Unmanaged) -> Vec<&'static Kind> {
    let release = ready.server.release;
    let wanted = |kind: &&'static Kind| match which {
        Unmanaged::All => true,
        Unmanaged::Declared => ready.desired.objects.iter().any(|object| object.kind.name == kind.name),
    };
    let mut kinds: Vec<&'static Kind> = KINDS.iter().copied().filter(wanted).collect();
    let mut next = 0;
    while let Some(kind) = kinds.get(next).copied() {
        let children = kind.children.iter().filter_map(|children| kinds::kind(children.kind));
        let new: Vec<&'static Kind> =
            children.filter(|child| kinds.iter().all(|known| known.name != child.name)).collect();
        kinds.extend(new);
        next += 1;
    }
    kinds.retain(|kind| kind.is_in(release));
    kinds
}
