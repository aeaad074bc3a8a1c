//! Lets objects go: takes them out of the ledger, under the lease, and touches nothing else.

use std::collections::BTreeSet;

use super::{NoLease, Options, hold, lease_given_up, moved, taken_over};
use crate::client::Client;
use crate::diag::{Code, Diagnostic};
use crate::ledger::{self, Ledger};
use crate::value::Address;

/// Takes `addresses` out of the ledger and writes it. Gives what is to be said besides.
///
/// Refuses if another run holds the lease or has changed the ledger since it was read, and if it cannot be written; then
/// nothing is let go.
pub async fn forget(
    client: &Client,
    ledger: &Ledger,
    addresses: &BTreeSet<Address>,
    options: &Options,
) -> Result<Vec<Diagnostic>, NoLease> {
    let lease = hold(client, ledger, options, std::iter::empty()).await?;
    let mut notes: Vec<Diagnostic> = Vec::new();
    notes.extend(lease.as_ref().and_then(|lease| lease.instead_of.as_ref()).map(taken_over));
    let outcome = match moved(client, ledger).await {
        Some(told) => Err(told),
        None => {
            let mut after = ledger.clone();
            after.records.retain(|address, _| !addresses.contains(address));
            after.pending.retain(|address, _| !addresses.contains(address));
            ledger::write(client, &after).await.map_err(|error| {
                let told = Diagnostic::error(Code::LEDGER_UNWRITTEN, "the ledger could not be written");
                told.note(error.what()).note("nothing was let go")
            })
        }
    };
    let given_up = lease_given_up(client, lease.as_ref()).await;
    outcome.map_err(NoLease::refused)?;
    notes.extend(given_up);
    Ok(notes)
}
