//! `akrec verify`: whether sign-in to the declared applications can work. Reads, and writes nothing.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::join_all;

use super::frame::reading;
use super::run::Run;
use super::{Screen, exit};
use crate::cli::{self, VerifyFormat};
use crate::desired::{Desired, Object, What};
use crate::read::{self, Entrance};
use crate::report::verify::{self as report, View};
use crate::schema::SignOn;
use crate::settings::Request;
use crate::signin::{End, Probe, Verified, title};
use crate::value::{Address, Value};
use crate::wire::Body;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Verify, screen: &Screen) -> u8 {
    let run = Run::answering(screen, flags.format == VerifyFormat::Json);
    reading(run, "anything was shown", async |run| {
        probe(run, flags).await
    })
    .await
}

async fn probe(run: &mut Run<'_>, flags: &cli::Verify) -> Result<u8, u8> {
    let request = Request::of_server(&flags.inputs, &flags.connection, &flags.sandbox);
    let (client, server, wanted) = match flags.apps.is_empty() {
        true => {
            let ready = run.prepare(&request, &flags.sandbox).await?;
            let wanted = declared(&ready.desired);
            (ready.client, ready.server, wanted)
        }
        false => {
            let settings = run.settings(&request)?;
            let (client, server) = run.reach(&settings, &flags.sandbox).await?;
            (
                client,
                server,
                flags.apps.iter().map(|app| (app.clone(), true)).collect(),
            )
        }
    };
    // Who asks about some applications gets an answer about these.
    let brands = match flags.apps.is_empty() {
        true => {
            let read = read::entrances(&client, &server).await;
            let entrances = read.map_err(|problem| run.problem(problem))?;
            entrances.iter().map(of_brand).collect()
        }
        false => Vec::new(),
    };
    if wanted.is_empty() {
        run.screen
            .say("note: no application with a provider is declared, so only sign-in to authentik itself is verified");
    }
    // Requests are bounded by the client.
    let probed = wanted
        .iter()
        .map(|(slug, sure)| read::verify(&client, &server, slug, *sure, !flags.no_launch));
    let mut applications = Vec::new();
    for outcome in join_all(probed).await {
        applications.extend(outcome.map_err(|problem| run.problem(problem))?);
    }
    let place = run.place(&server);
    let view = View {
        brands: &brands,
        applications: &applications,
        server: &place,
        version: &server.version,
    };
    let code = if view.failed() > 0 {
        exit::ERROR
    } else {
        exit::OK
    };
    match flags.format {
        VerifyFormat::Text => {
            run.screen
                .text(&report::text(&view, run.screen.color, run.screen.width))
        }
        VerifyFormat::Json => run.answer(Body::Verify(report::document(&view))),
        VerifyFormat::Junit => run.screen.out(&report::junit(&view)),
    }
    Ok(code)
}

/// What a brand's sign-in flow shows to a visitor, as a probe.
fn of_brand(entrance: &Entrance) -> Verified {
    let flow = entrance.flow.as_deref().unwrap_or("no flow");
    let help = "see who may start it and what is bound to it: akrec access --sign-in";
    let end = match &entrance.shows {
        Ok(challenge) if challenge.is_closed() => {
            let why = challenge.message.as_deref().unwrap_or("no reason is given");
            End::Failed(
                format!("{flow} refuses visitors: {why}"),
                Some(help.to_owned()),
            )
        }
        Ok(challenge) => End::Passed(format!("{flow} shows {}", title(&challenge.component))),
        Err(why) => End::Failed(format!("{flow}: {why}"), None),
    };
    Verified {
        application: entrance.brand.clone(),
        probes: vec![Probe {
            name: "sign-in",
            end,
            took: None,
        }],
    }
}

/// The applications that the files declare with an OpenID provider (`true`), or with one of which they say nothing more.
fn declared(desired: &Desired) -> BTreeMap<String, bool> {
    let objects: HashMap<&Address, &Object> = desired
        .objects
        .iter()
        .map(|object| (&object.address, object))
        .collect();
    let sort = |provider: &Value| match provider {
        Value::Ref(address) => match objects.get(address).map(|object| object.kind.sign_on) {
            Some(Some(SignOn::Oidc { .. })) => Some(true),
            Some(_) => None,
            None => Some(false),
        },
        _ => None,
    };
    let applications = desired
        .objects
        .iter()
        .filter(|object| object.kind.guarded_by_bindings);
    applications
        .filter_map(|object| {
            let want = object.fields.get("provider")?;
            let What::Is(provider) = &want.what else {
                return None;
            };
            Some((object.address.name()?.to_owned(), sort(provider)?))
        })
        .collect()
}
