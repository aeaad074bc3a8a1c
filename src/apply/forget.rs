//! Lets objects go: takes them out of the ledger, under the lease, and touches nothing else.

use std::collections::BTreeSet;

use super::{NoLease, Options, check_ledger_unchanged, clear, hold, release, taken_over};
use crate::client::Client;
use crate::diag::{Code, Diagnostic};
use crate::ledger::{Adding, Ledger};
use crate::store;
use crate::value::Address;

/// Takes `addresses` out of the ledger and writes it. Gives what is to be said besides.
///
/// Refuses if another run holds the lease or has changed the ledger since it was read, and if it cannot be written;
/// then nothing is forgotten.
pub async fn forget(
    client: &Client,
    ledger: &Ledger,
    addresses: &BTreeSet<Address>,
    options: &Options,
) -> Result<Vec<Diagnostic>, NoLease> {
    let lease = hold(client, ledger, options, std::iter::empty(), Adding::new()).await?;
    let mut notes: Vec<Diagnostic> = Vec::new();
    notes.extend(
        lease
            .as_ref()
            .and_then(|lease| lease.instead_of.as_ref())
            .map(taken_over),
    );
    let written = match check_ledger_unchanged(client, ledger, lease.as_ref()).await {
        Err(diagnostic) => Err(diagnostic),
        Ok(ended) => {
            let mut after = ledger.clone();
            after
                .records
                .retain(|address, _| !addresses.contains(address));
            // The rest of what earlier runs were about to create is written down with it.
            after
                .pending
                .retain(|address, _| !addresses.contains(address));
            after
                .adding
                .retain(|address, _| !addresses.contains(address));
            store::write(client, &after)
                .await
                .map(|()| ended)
                .map_err(|error| {
                    let diagnostic = Diagnostic::error(
                        Code::LEDGER_UNWRITTEN,
                        "the ledger could not be written",
                    );
                    Box::new(diagnostic.note(error.what()).note("nothing was forgotten"))
                })
        }
    };
    if let Ok(ended) = &written {
        notes.extend(clear(client, ended).await);
    }
    // Nothing was created, so that the lease says nothing that would be lost.
    let left = release(client, lease.as_ref()).await;
    written
        .map(|_| notes.into_iter().chain(left).collect())
        .map_err(NoLease::Refused)
}
