//! `akrec kinds --check`: what the server has that akrec does not know. Reads the server's description of its API, and
//! writes nothing.

use super::run::Run;
use super::signal::Signals;
use super::{Screen, exit};
use crate::cli::{self, ReferenceFormat};
use crate::client::Client;
use crate::diag::{Code, Diagnostic};
use crate::gaps::{self, Gaps};
use crate::openapi;
use crate::report::gaps as words;
use crate::schema::Release;
use crate::settings::Request;

/// Runs the verb and gives the exit code.
pub(super) async fn check(flags: &cli::Kinds, screen: &Screen) -> u8 {
    let mut run = Run::answering(screen, flags.format == ReferenceFormat::Json);
    let signals = Signals::listen();
    let code = match signals.or(compare(&mut run, flags)).await {
        Ok(code) | Err(code) => code,
    };
    if code == exit::INTERRUPTED {
        run.tell(Diagnostic::error(Code::INTERRUPTED, "stopped by a signal before anything was compared"));
    }
    run.finish(code)
}

async fn compare(run: &mut Run<'_>, flags: &cli::Kinds) -> Result<u8, u8> {
    let inputs = flags.server.inputs();
    let settings = run.settings(&Request::of_server(&inputs, &flags.server.connection, &flags.server.sandbox))?;
    let (client, server) = run.reach(&settings, &flags.server.sandbox).await?;
    let found = read(run, &client, server.release).await?;
    let shown = run.place(&server);
    let place = words::Where { server: &shown, version: &server.version };
    match flags.format {
        ReferenceFormat::Json => run.answer(words::json(&found, &place)),
        _ => run.screen.text(&words::text(&found, &place)),
    }
    Ok(if found.unknown.is_empty() { exit::OK } else { exit::CHANGES })
}

/// Asks the server for its description and compares it with the table.
async fn read(run: &mut Run<'_>, client: &Client, release: Release) -> Result<Gaps, u8> {
    let document = client.get("/schema/", &[("format", "json")]).await.map_err(|error| run.refused(&error))?;
    match openapi::distil(&document, &serde_json::Value::Null) {
        Ok((facts, _)) => Ok(gaps::gaps(&facts, release)),
        Err(why) => {
            run.tell(
                Diagnostic::error(Code::SERVER, "the server's description of its API cannot be used")
                    .note(format!("GET /schema/: {why}"))
                    .help("is this authentik?"),
            );
            Err(exit::ERROR)
        }
    }
}
