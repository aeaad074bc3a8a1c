//! `akrec report`: the current state of a server as a page that people keep. Writes nothing to the server.

use super::frame::reading;
use super::run::{Run, code_of};
use super::{Screen, exit};
use crate::cli::{self, ReportFormat};
use crate::read;
use crate::report::overview::{Overview, html, markdown};
use crate::settings::Request;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Report, screen: &Screen) -> u8 {
    // Problems are reported as text, beside the page.
    let output = cli::Output::default();
    let run = Run::new(screen, &output);
    reading(run, "anything was shown", async |run| {
        report(run, flags).await
    })
    .await
}

async fn report(run: &mut Run<'_>, flags: &cli::Report) -> Result<u8, u8> {
    let inputs = flags.server.inputs();
    let settings = run.settings(&Request::of_server(
        &inputs,
        &flags.server.connection,
        &flags.server.sandbox,
    ))?;
    let (client, server) = run.reach(&settings, &flags.server.sandbox).await?;
    let read = read::overview(&client, &server).await;
    let (live, reported) = read.map_err(|problem| run.problem(problem))?;
    let failed = reported
        .iter()
        .find(|reported| reported.is_error())
        .map(|reported| code_of(reported.code));
    reported.into_iter().for_each(|reported| run.emit(reported));
    if let Some(code) = failed {
        return Err(code);
    }
    let place = run.place(&server);
    let today = run.started().to_zoned(jiff::tz::TimeZone::UTC).date();
    let date = (!flags.no_date).then(|| today.to_string());
    let of = Overview {
        live: &live,
        server: &place,
        version: &server.version,
        date,
    };
    run.screen.out(&match flags.format {
        ReportFormat::Markdown => markdown(&of),
        ReportFormat::Html => html(&of),
    });
    Ok(exit::OK)
}
