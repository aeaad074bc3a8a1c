//! `akrec kinds --check`: what the server has that akrec does not know. Reads the server's description of its API, or that of
//! a release from a file, and writes nothing.

use std::path::Path;

use serde_json::Value as Json;

use super::frame::reading;
use super::run::Run;
use super::{Screen, exit};
use crate::cli::{self, ReferenceFormat};
use crate::client::Client;
use crate::diag::{Code, Diagnostic};
use crate::gaps::{self, Gaps};
use crate::input::{Whose, place};
use crate::report::gaps as report;
use crate::schema::{Release, Version};
use crate::settings::Request;
use crate::wire::Body;
use crate::{budget, input, openapi};

/// The longest version that is taken from a file.
const LONGEST: usize = 60;

/// Runs the verb and gives the exit code.
pub(super) async fn check(flags: &cli::Kinds, screen: &Screen) -> u8 {
    let run = Run::answering(screen, flags.format == ReferenceFormat::Json);
    reading(run, "anything was compared", async |run| {
        compare(run, flags).await
    })
    .await
}

async fn compare(run: &mut Run<'_>, flags: &cli::Kinds) -> Result<u8, u8> {
    if let Some(path) = &flags.schema {
        let (found, version) =
            described(path).map_err(|diagnostic| run.invalid(vec![*diagnostic]))?;
        let shown = path.display().to_string();
        return Ok(reported(
            run,
            flags,
            &found,
            &report::Where {
                server: &shown,
                version: &version,
            },
        ));
    }
    let inputs = flags.server.inputs();
    let settings = run.settings(&Request::of_server(
        &inputs,
        &flags.server.connection,
        &flags.server.sandbox,
    ))?;
    let (client, server) = run.reach(&settings, &flags.server.sandbox).await?;
    let found = read(run, &client, server.release).await?;
    let shown = run.place(&server);
    Ok(reported(
        run,
        flags,
        &found,
        &report::Where {
            server: &shown,
            version: &server.version,
        },
    ))
}

/// Shows what was found, and gives the exit code.
fn reported(run: &mut Run<'_>, flags: &cli::Kinds, found: &Gaps, place: &report::Where<'_>) -> u8 {
    match flags.format {
        ReferenceFormat::Json => run.answer(Body::Gaps(report::document(found, place))),
        _ if flags.schema.is_some() => run.screen.text(&report::text_of_file(found, place)),
        _ => run.screen.text(&report::text(found, place)),
    }
    if found.unknown.is_empty() {
        exit::OK
    } else {
        exit::CHANGES
    }
}

/// Compares an OpenAPI document with the table for the release that it says; gives that too.
///
/// Refuses what cannot be read, is no OpenAPI document, or is of no release that akrec supports.
fn described(path: &Path) -> Result<(Gaps, String), Box<Diagnostic>> {
    let shown = path.display();
    let refuse =
        |why: String| Diagnostic::error(Code::BAD_SETTING, format!("--schema {shown}: {why}"));
    // What is wrong with it is said with places in it, so a link of the checkout must not choose the file.
    if place::given(Path::new(""), path).is_err() {
        let reported = format!("--schema {shown} leads elsewhere through a symbolic link");
        let reported = Diagnostic::error(Code::LEADS_OUT, reported);
        return Err(Box::new(
            reported.help("name the file itself, by its absolute path"),
        ));
    }
    let text = input::text(path, Whose::of(path), budget::API.most);
    let text = text.map_err(|why| Box::new(refuse(why.to_string())))?;
    let help =
        "name the OpenAPI document of a release of authentik, its schema.yml, as JSON or YAML";
    let unusable = |why: String| {
        Box::new(
            refuse("it is not a description of authentik's API".to_owned())
                .note(why)
                .help(help),
        )
    };
    let document = openapi::read(&text).map_err(unusable)?;
    let (facts, _) = openapi::distil(&document, &Json::Null).map_err(unusable)?;
    let version = document["info"]["version"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let release = Version::parse(&version)
        .filter(|_| version.len() <= LONGEST)
        .map(|version| version.release);
    let Some(release) = release else {
        return Err(unusable(
            "its info.version is not a release such as 2026.8.0".to_owned(),
        ));
    };
    if let Err(oldest) = release.supported() {
        let reported = refuse(format!("authentik {version} is not supported"));
        return Err(Box::new(
            reported.note(format!("akrec supports {oldest} and later")),
        ));
    }
    Ok((gaps::gaps(&facts, release), version))
}

/// Asks the server for its description and compares it with the table.
async fn read(run: &mut Run<'_>, client: &Client, release: Release) -> Result<Gaps, u8> {
    let document = client
        .get("/schema/", &[("format", "json")])
        .await
        .map_err(|error| run.refused(&error))?;
    match openapi::distil(&document, &serde_json::Value::Null) {
        Ok((facts, _)) => Ok(gaps::gaps(&facts, release)),
        Err(why) => {
            run.emit(
                Diagnostic::error(
                    Code::SERVER,
                    "the server's description of its API cannot be used",
                )
                .note(format!("GET /schema/: {why}"))
                .help("is this authentik?"),
            );
            Err(exit::ERROR)
        }
    }
}
