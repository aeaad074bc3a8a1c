//! `akrec access --sign-in`: what each user meets in each flow, and whether it signs them in.

use super::super::exit;
use super::super::run::Run;
use super::load_files;
use crate::access::Name;
use crate::cli::{self, AccessFormat};
use crate::diag::{Code, Diagnostic};
use crate::plan::sign_in_after;
use crate::read;
use crate::report::access::Place;
use crate::report::sign_in::{self, View};
use crate::settings::Request;
use crate::signin::World;
use crate::wire::Body;

pub(super) async fn sign_in(run: &mut Run<'_>, flags: &cli::Access) -> Result<u8, u8> {
    if !matches!(flags.format, AccessFormat::Text | AccessFormat::Json) {
        let diagnostic =
            Diagnostic::error(Code::BAD_SETTING, "--sign-in can be shown as text or JSON");
        return Err(run.invalid(vec![
            diagnostic.help("remove --format, or use --format json"),
        ]));
    }
    let (world, server) = match (flags.files, flags.planned) {
        (true, _) => {
            let (desired, release) = load_files(run, flags)?;
            (World::declared(&desired, release), None)
        }
        (_, planned) => {
            let (world, server) = of_server(run, flags, planned).await?;
            (world, Some(server))
        }
    };
    let place = match &server {
        Some((url, version)) if flags.planned => Place::Planned { url, version },
        Some((url, version)) => Place::Server { url, version },
        None => Place::Files,
    };
    asked(&world, flags, place).map_err(|found| run.invalid(vec![*found]))?;
    let view = View {
        world: &world,
        place,
        user: flags.user.as_deref(),
        flow: flags.flow.as_deref(),
    };
    match flags.format {
        AccessFormat::Json => run.answer(Body::SignIn(sign_in::document(&view))),
        _ => run
            .screen
            .text(&sign_in::text(&view, run.screen.color, run.screen.width)),
    }
    Ok(exit::OK)
}

/// What a server has, or will have once the files are applied to it; with its address and version.
async fn of_server(
    run: &mut Run<'_>,
    flags: &cli::Access,
    planned: bool,
) -> Result<(World, (String, String)), u8> {
    let request = Request::of_server(&flags.inputs, &flags.connection, &flags.sandbox);
    if !planned {
        let settings = run.settings(&request)?;
        let (client, server) = run.reach(&settings, &flags.sandbox).await?;
        let read = read::sign_in(&client, &server).await;
        let (live, found) = read.map_err(|problem| run.problem(problem))?;
        found.into_iter().for_each(|found| run.emit(found));
        return Ok((World::of_live(&live), (run.place(&server), server.version)));
    }
    let ready = run.prepare(&request, &flags.sandbox).await?;
    let compared = run.compare(&ready).await?;
    let read = read::sign_in(&ready.client, &ready.server).await;
    let (live, found) = read.map_err(|problem| run.problem(problem))?;
    found.into_iter().for_each(|found| run.emit(found));
    let world = sign_in_after(&live, &compared.plan.steps);
    Ok((
        world,
        (run.place(&ready.server), ready.server.version.clone()),
    ))
}

/// Refuses a user or a flow that there is not.
fn asked(world: &World, flags: &cli::Access, place: Place<'_>) -> Result<(), Box<Diagnostic>> {
    let missing = |flag: &str, name: &str, names: Vec<&Name>| {
        let what = format!("--{flag} {name}: not found on {}", place.describe());
        let names = names.into_iter().map(|name| &**name).collect::<Vec<&str>>();
        Box::new(Diagnostic::error(Code::BAD_SETTING, what).did_you_mean(name, names))
    };
    if let Some(user) = &flags.user
        && !world.people.users.contains_key(&**user)
    {
        return Err(missing("user", user, world.people.users.keys().collect()));
    }
    if let Some(flow) = &flags.flow
        && !world.entrances().iter().any(|slug| ***slug == **flow)
    {
        return Err(missing(
            "flow",
            flow,
            world.entrances().into_iter().collect(),
        ));
    }
    Ok(())
}
