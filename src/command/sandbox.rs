//! `akrec sandbox`: an embedded authentik on loopback, until it is stopped.

use std::time::Duration;

use super::signal::Signals;
use super::{Screen, exit};
use crate::cli;
use crate::sandbox::{self, Options};
use crate::schema::RELEASES;

/// How long requests under way have to end once a signal has come.
const LAST: Duration = Duration::from_secs(1);

/// The sandbox's variant for the license that a flag names.
pub(super) fn licence(flag: Option<cli::Licence>) -> sandbox::Licence {
    match flag {
        None | Some(cli::Licence::None) => sandbox::Licence::None,
        Some(cli::Licence::Valid) => sandbox::Licence::Valid,
        Some(cli::Licence::Expired) => sandbox::Licence::Expired,
    }
}

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Sandbox, screen: &Screen) -> u8 {
    let signals = Signals::listen();
    let release = flags.release.unwrap_or(RELEASES[RELEASES.len() - 1].into());
    let mut options = Options::new(release.to_string());
    options.listen = flags.listen;
    options.data = flags.sandbox_data.clone();
    options.clock = super::clock::OF_SANDBOX;
    options.licence = licence(flags.sandbox_licence);
    if let Some(path) = &options.data
        && let Err(error) = crate::files::try_place(path)
    {
        let why = format!(
            "--sandbox-data {} cannot be written: {error}",
            path.display()
        );
        screen.err(&format!("error: the sandbox cannot be started: {why}\n"));
        return exit::INVALID;
    }
    let started = match sandbox::start(options.clone()).await {
        Err(sandbox::Error::OtherRelease { kept, .. }) if flags.release.is_none() => {
            options.release = kept;
            sandbox::start(options).await
        }
        other => other,
    };
    let sandbox = match started {
        Ok(sandbox) => sandbox,
        Err(error) => {
            screen.err(&format!("error: the sandbox cannot be started: {error}\n"));
            return exit::INVALID;
        }
    };
    screen.text(&format!(
        "authentik {} (embedded, {}) listens on {}\n\n  export AKREC_URL={}\n  export AKREC_TOKEN={}\n\nCtrl-C stops it.\n",
        sandbox.release(),
        if flags.sandbox_data.is_some() { "kept in a file" } else { "forgotten when it stops" },
        sandbox.url(),
        sandbox.url(),
        sandbox.admin_token(),
    ));
    signals.first().await;
    // A client that never ends its request must not keep the process.
    let _ = tokio::time::timeout(LAST, sandbox.stop()).await;
    exit::OK
}
