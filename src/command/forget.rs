//! `akrec forget`: takes objects out of the ledger and leaves them on the server as they are.

use std::collections::BTreeSet;

use super::frame::writing;
use super::run::{Run, WORKSPACE};
use super::signal::Signals;
use super::{Screen, exit};
use crate::apply::{self, NoLease};
use crate::cli::{self, OnError};
use crate::diag::{Code, Diagnostic, nearest};
use crate::ledger::Ledger;
use crate::settings::Request;
use crate::value::{Address, Part};

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Forget, screen: &Screen) -> u8 {
    let run = Run::new(screen, &flags.output);
    let stopped = |_: &Run<'_>| Diagnostic::error(Code::INTERRUPTED, "stopped by a signal");
    let work = async |run: &mut Run<'_>, signals: &Signals| forget(run, flags, signals).await;
    writing(run, stopped, work).await
}

async fn forget(run: &mut Run<'_>, flags: &cli::Forget, signals: &Signals) -> Result<u8, u8> {
    if !flags.auto_approve && !run.screen.can_ask {
        let diagnostic = Diagnostic::error(
            Code::NO_TERMINAL,
            "forget asks for confirmation before it writes, but there is no terminal",
        );
        return Err(run.invalid(vec![diagnostic.help("use --auto-approve")]));
    }
    let request = Request::of_server(&flags.inputs, &flags.connection, &flags.sandbox);
    let known = async {
        let settings = run.settings(&request)?;
        let (client, server) = run.reach(&settings, &flags.sandbox).await?;
        let workspace = settings.workspace.as_deref().unwrap_or(WORKSPACE);
        let ledger = run.ledger_of(&client, workspace).await?;
        Ok((settings, client, server, ledger))
    };
    let (settings, client, server, ledger) = signals.or(known).await?;
    if !ledger.is_known() {
        let diagnostic = Diagnostic::error(
            Code::PERMISSION,
            "the ledger cannot be read, so nothing can be removed from it",
        );
        return Err(run.invalid(vec![diagnostic]));
    }
    let addresses =
        meant(&ledger, &flags.addresses).map_err(|diagnostic| run.invalid(diagnostic))?;
    if run.is_text() {
        let mut text = format!(
            "To be forgotten; they stay on {} as they are:\n\n",
            run.place(&server)
        );
        for address in &addresses {
            text.push_str(&format!("  . {address}\n"));
        }
        run.screen.text(&text);
    }
    if !flags.auto_approve {
        let what = if addresses.len() == 1 {
            "this object".to_owned()
        } else {
            format!("these {} objects", addresses.len())
        };
        let question = format!("\nForget {what}? Only `yes` is accepted: ");
        if !signals
            .or(async { Ok(run.screen.consents(&question).await) })
            .await?
        {
            run.screen.say("Nothing was written.");
            return Ok(exit::OK);
        }
    }
    let options = apply::Options {
        parallelism: 1,
        stop_on_error: settings.on_error == OnError::Stop,
        holder: run.holder_of(&server.user),
        lock: Some(flags.lock_timeout.unwrap_or_default()),
        settling: apply::SETTLING,
    };
    // Two short writes: a signal waits for them.
    match apply::forget(&client, &ledger, &addresses, &options).await {
        Ok(notes) => notes
            .into_iter()
            .for_each(|diagnostic| run.emit(diagnostic)),
        Err(NoLease::Refused(diagnostic)) => return Err(run.invalid(vec![*diagnostic])),
        Err(NoLease::Stopped) => return Err(exit::INTERRUPTED),
    }
    if run.is_text() {
        let many = if addresses.len() == 1 { "" } else { "s" };
        run.screen
            .text(&format!("\nForgotten: {} object{many}.\n", addresses.len()));
    }
    Ok(exit::OK)
}

/// The objects that some addresses name, with all that belongs to them. Refuses what the ledger does not have.
fn meant(ledger: &Ledger, wanted: &[String]) -> Result<BTreeSet<Address>, Vec<Diagnostic>> {
    let known = || ledger.records.keys().chain(ledger.pending.keys());
    let paths: Vec<String> = known().map(Address::path).collect();
    let mut meant: BTreeSet<Address> = BTreeSet::new();
    let mut diagnostic = Vec::new();
    for wanted in wanted {
        let found: Vec<&Address> = known()
            .filter(|address| address.path() == *wanted)
            .collect();
        if found.is_empty() {
            let problem =
                Diagnostic::error(Code::NOT_IN_LEDGER, format!("the ledger has no {wanted}")).note(
                    format!("it is the ledger of the workspace {:?}", ledger.workspace),
                );
            diagnostic.push(match nearest(wanted, paths.iter().map(String::as_str)) {
                Some(near) => problem.help(format!("did you mean {near}?")),
                None => problem.help("write an address as in the JSON plan, such as group.staff"),
            });
        }
        meant.extend(found.into_iter().cloned());
    }
    if !diagnostic.is_empty() {
        return Err(diagnostic);
    }
    let with: Vec<Address> = known()
        .filter(|address| belongs(address, &meant))
        .cloned()
        .collect();
    meant.extend(with);
    Ok(meant)
}

/// Whether an object belongs, however deep, to one of those.
fn belongs(address: &Address, owners: &BTreeSet<Address>) -> bool {
    match address.parts().first() {
        Some(Part::At(owner)) => owners.contains(owner) || belongs(owner, owners),
        _ => false,
    }
}
