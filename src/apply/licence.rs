//! What a missing or an expired enterprise license does to a run. The messages name no step, so that they are reported
//! once.

use crate::client::Client;
use crate::diag::{Code, Diagnostic};

/// Whether the server has a license that lets enterprise kinds be written; `None` where it does not say.
pub(crate) async fn counts(client: &Client) -> Option<bool> {
    let status = client.licence().await.ok()?;
    Some(matches!(status.as_str(), "valid" | "expiry_soon"))
}

/// Steps of enterprise kinds were refused.
pub(super) fn none() -> Diagnostic {
    Diagnostic::error(
        Code::NO_LICENCE,
        "authentik has no valid enterprise license",
    )
    .note("it refuses to create or change objects of enterprise kinds; deleting them is possible")
    .help("add a license under Enterprise > Licenses, or remove these objects from the files")
}

/// Everything is refused.
pub(super) fn read_only() -> Diagnostic {
    Diagnostic::error(
        Code::READ_ONLY,
        "authentik is read-only: its enterprise license has expired or is exceeded",
    )
    .note("it refuses every write until it has a valid license, so nothing more was attempted")
    .help("renew or delete the license under Enterprise > Licenses, then apply again")
}
