//! What a missing or an expired enterprise licence does to a run, in words that name no step, so that they are told once.

use crate::client::Client;
use crate::diag::{Code, Diagnostic};

/// Whether the server has a licence that lets enterprise kinds be written; `None` where it does not say.
pub(crate) async fn counts(client: &Client) -> Option<bool> {
    let status = client.licence().await.ok()?;
    Some(matches!(status.as_str(), "valid" | "expiry_soon"))
}

/// Steps of enterprise kinds were refused.
pub(super) fn none() -> Diagnostic {
    Diagnostic::error(
        Code::NO_LICENCE,
        "authentik has no enterprise licence that counts",
    )
    .note("it refuses to create or change objects of enterprise kinds; deleting them is possible")
    .help("add a licence under Enterprise > Licenses, or take these objects out of the files")
}

/// Everything is refused.
pub(super) fn read_only() -> Diagnostic {
    Diagnostic::error(
        Code::READ_ONLY,
        "authentik is read-only: its enterprise licence has expired or is exceeded",
    )
    .note("it refuses every write until there is a valid licence, so nothing more was tried")
    .help("renew or delete the licence under Enterprise > Licenses, then apply again")
}
