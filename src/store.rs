//! Where the ledger is kept on the server: reads it, writes it, and takes the lease that lets one apply write at a time.
//!
//! What the instances say is read and written by `ledger`, which is pure; here are the requests.

mod lease;

use serde_json::Value as Json;

use crate::client::{Client, Error, ErrorKind, segment};
use crate::diag::Diagnostic;
use crate::ledger::Ledger;
use crate::ledger::instances::{self, PATH, ledger_instance};

pub use lease::{Holder, Lease, Refused, clear};

/// Why the ledger could not be read or written.
#[derive(Debug)]
pub enum Problem {
    /// The server could not be talked to, or refused.
    Client(Error),
    /// What is there cannot be used; in words.
    Diagnostic(Box<Diagnostic>),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::Client(error)
    }
}

/// Reads the ledgers and leases of a server, in one request unless there are very many workspaces.
///
/// A token that may not read them gives a ledger of which nothing is known. Refuses a ledger of our workspace that a
/// newer akrec wrote, or that is none; that of another workspace is then reported and skipped.
pub async fn read(client: &Client, workspace: &str) -> Result<(Ledger, Vec<Diagnostic>), Problem> {
    let query = [("ordering", "name"), ("search", "akrec")];
    let instances = match client.page(PATH, &query, 1).await {
        Ok(first) => client.pages(PATH, &query, first).await?.rows,
        Err(error) if matches!(error.kind, ErrorKind::Forbidden { .. }) => {
            return Ok((Ledger::unknown(workspace, &error.what()), Vec::new()));
        }
        Err(error) => return Err(error.into()),
    };
    instances::read(workspace, &instances).map_err(Problem::Diagnostic)
}

/// Writes a ledger; makes its home if there is none, or none any more. Where the answer was lost, it looks, and writes once more.
pub async fn write(client: &Client, ledger: &Ledger) -> Result<(), Error> {
    let body = ledger_instance(ledger);
    let Err(error) = put(client, ledger.home(), &body).await else {
        return Ok(());
    };
    // Somebody has deleted it while the run went on: what was done is written down all the same.
    let gone = ledger.home().is_some() && error.is_not_found();
    if !error.is_unclear() && !gone {
        return Err(error);
    }
    match read(client, &ledger.workspace).await {
        Ok((now, _)) if now.has_all_of(ledger) => Ok(()),
        Ok((now, _)) => put(client, now.home(), &body).await,
        Err(_) => Err(error),
    }
}

async fn put(client: &Client, home: Option<&str>, body: &Json) -> Result<(), Error> {
    match home {
        Some(id) => client
            .patch(&format!("{PATH}{}/", segment(id)), body)
            .await
            .map(drop),
        None => client.post(PATH, body).await.map(drop),
    }
}
