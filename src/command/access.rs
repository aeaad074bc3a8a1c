//! `akrec access`: who may open what on the server, by the files alone or after a plan, and why. Writes nothing.

mod sign_in;
mod verify;

use super::frame::reading;
use super::plan_file::open;
use super::run::{Run, code_of};
use super::screen::env;
use super::{Screen, exit};
use crate::access::{Access, Difference, USER, World, difference};
use crate::cli::{self, AccessFormat};
use crate::client::Client;
use crate::diag::{Code, Diagnostic};
use crate::live::Live;
use crate::read::{self, Server};
use crate::report::access::{self as report, Place, View};
use crate::schema::{RELEASES, Release};
use crate::settings::Request;
use crate::value::Address;
use crate::wire::Body;
use crate::{desired, plan};
use sign_in::sign_in;
use verify::verify;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Access, screen: &Screen) -> u8 {
    let run = Run::answering(screen, flags.format == AccessFormat::Json);
    let shown = async |run: &mut Run<'_>| match &flags.diff {
        Some(path) => of_plan(run, flags, path),
        None if flags.sign_in => sign_in(run, flags).await,
        None if flags.verify => verify(run, flags).await,
        None => show(run, flags).await,
    };
    reading(run, "anything was shown", shown).await
}

/// A world, and the server that it is of, if it is of one.
struct Seen {
    world: World,
    server: Option<(String, String)>,
}

async fn show(run: &mut Run<'_>, flags: &cli::Access) -> Result<u8, u8> {
    let Seen { world: now, server } = match (flags.files, flags.planned) {
        (true, _) => Seen {
            world: of_files(run, flags)?,
            server: None,
        },
        (_, true) => planned(run, flags).await?,
        _ => of_server(run, flags).await?,
    };
    let place = match &server {
        Some((url, version)) if flags.planned => Place::Planned { url, version },
        Some((url, version)) => Place::Server { url, version },
        None => Place::Files,
    };
    let world = match flags.assume_release {
        Some(release) => World {
            release,
            ..now.clone()
        },
        None => now.clone(),
    };
    if flags.assume_release.is_some() && flags.user.is_none() && flags.app.is_none() {
        let difference = difference(&now, &world);
        let heading = format!(
            "By the rule of {} instead of {} on {}",
            world.release,
            now.release,
            place.describe()
        );
        compared(run, flags.format, &heading, &difference);
        return Ok(exit::OK);
    }
    asked(&world, flags, place).map_err(|difference| run.invalid(vec![*difference]))?;
    let access = Access::of(&world);
    let view = View {
        access: &access,
        place,
        assumed: flags.assume_release,
        user: flags.user.as_deref(),
        app: flags.app.as_deref(),
    };
    let shown = match flags.format {
        AccessFormat::Text => report::text(&view, run.screen.color, run.screen.width),
        AccessFormat::Csv => report::csv(&view),
        AccessFormat::Markdown => report::markdown(&view),
        AccessFormat::Html => report::html(&view),
        AccessFormat::Json => {
            run.answer(Body::Access(report::document(&view)));
            return Ok(exit::OK);
        }
    };
    run.screen.out(&shown);
    Ok(exit::OK)
}

/// Shows who gains and who loses.
fn compared(run: &mut Run<'_>, format: AccessFormat, heading: &str, difference: &Difference) {
    let shown = match format {
        AccessFormat::Json => {
            return run.answer(Body::AccessDifference(report::difference_document(
                difference,
            )));
        }
        AccessFormat::Markdown => {
            format!(
                "{}:\n\n{}",
                report::shown(heading),
                report::difference_markdown(difference)
            )
        }
        AccessFormat::Csv => report::difference_csv(difference),
        AccessFormat::Html => report::difference_html(heading, difference),
        AccessFormat::Text => {
            let heading = crate::report::text_line(&format!("{heading}:"));
            format!(
                "{heading}\n{}",
                report::difference_text(difference, run.screen.color, run.screen.width)
            )
        }
    };
    run.screen.out(&shown);
}

/// Access as a plan file has it.
fn of_plan(run: &mut Run<'_>, flags: &cli::Access, path: &std::path::Path) -> Result<u8, u8> {
    let (saved, _) = open(path).map_err(|difference| {
        run.emit(*difference);
        exit::STALE
    })?;
    let none = Difference::default();
    let difference = match &saved.access {
        Some(difference) => difference,
        None if !plan::touches_access(&saved.plan.steps) => &none,
        None => {
            let what = format!(
                "{} does not record who gains or loses access",
                path.display()
            );
            let difference = Diagnostic::error(Code::BAD_PLAN_FILE, what);
            let difference = difference
                .note("it was made with --no-access, or it is the rollback file of an apply");
            run.emit(difference.help("plan again without --no-access"));
            return Err(exit::STALE);
        }
    };
    let made = &saved.made;
    let heading = format!(
        "By the plan of {} for {} (authentik {})",
        made.at, made.url, made.release
    );
    compared(run, flags.format, &heading, difference);
    Ok(exit::OK)
}

/// Access on the server.
async fn of_server(run: &mut Run<'_>, flags: &cli::Access) -> Result<Seen, u8> {
    let settings = run.settings(&Request::of_server(
        &flags.inputs,
        &flags.connection,
        &flags.sandbox,
    ))?;
    let (client, server) = run.reach(&settings, &flags.sandbox).await?;
    let live = decisive(run, &client, &server, flags.app.as_deref(), None).await?;
    Ok(Seen {
        world: World::of_live(&live),
        server: Some((run.place(&server), server.version)),
    })
}

/// The projected state, once the files are applied. Safety checks do not apply: nobody is going to apply this plan.
async fn planned(run: &mut Run<'_>, flags: &cli::Access) -> Result<Seen, u8> {
    let request = Request::of_server(&flags.inputs, &flags.connection, &flags.sandbox);
    let ready = run.prepare(&request, &flags.sandbox).await?;
    let planned = run.compare(&ready).await?;
    let live = decisive(run, &ready.client, &ready.server, None, Some(&planned.live)).await?;
    let (_, world) = plan::worlds(&live, &planned.plan.steps);
    Ok(Seen {
        world,
        server: Some((run.place(&ready.server), ready.server.version.clone())),
    })
}

/// Reads what decides about access.
async fn decisive(
    run: &mut Run<'_>,
    client: &Client,
    server: &Server,
    app: Option<&str>,
    planned: Option<&Live>,
) -> Result<Live, u8> {
    let read = read::access(client, server, app, planned).await;
    let (live, reported) = read.map_err(|problem| run.problem(problem))?;
    let failed = reported
        .iter()
        .find(|reported| reported.is_error())
        .map(|reported| code_of(reported.code));
    reported.into_iter().for_each(|reported| run.emit(reported));
    failed.map_or(Ok(live), Err)
}

/// Access by the files alone, judged by the rule of the release that they are for.
fn of_files(run: &mut Run<'_>, flags: &cli::Access) -> Result<World, u8> {
    let (desired, release) = load_files(run, flags)?;
    Ok(World::declared(&desired, release))
}

/// What the files declare, and the release that they are for: the newest, if they do not say.
fn load_files(run: &mut Run<'_>, flags: &cli::Access) -> Result<(desired::Desired, Release), u8> {
    let request = Request {
        inputs: &flags.inputs,
        connection: None,
        release: None,
        on_error: None,
        concise: false,
    };
    let settings = run.settings(&request)?;
    let rules = desired::Settings {
        release: settings.release,
        allow_unknown: settings.allow_unknown,
        today: run.started().to_zoned(jiff::tz::TimeZone::UTC).date(),
    };
    let folder = settings.environment_dir.as_deref();
    let (desired, found) =
        crate::state::load(&settings.inputs(&env), folder, &rules, &mut run.sources);
    if found.iter().any(Diagnostic::is_error) {
        return Err(run.invalid(found));
    }
    found
        .into_iter()
        .for_each(|diagnostic| run.emit(diagnostic));
    let newest = RELEASES[RELEASES.len() - 1];
    Ok((desired, settings.release.unwrap_or(newest)))
}

/// Refuses a user or an application that there is not, and a user where none may be read.
fn asked(world: &World, flags: &cli::Access, place: Place<'_>) -> Result<(), Box<Diagnostic>> {
    let at = match place {
        Place::Files => "in the files",
        Place::Server { .. } => "on the server",
        Place::Planned { .. } => "after the plan",
    };
    let missing = |flag: &str, name: &str, names: Vec<&str>| {
        let what = format!("--{flag} {name}: not found {at}");
        Box::new(Diagnostic::error(Code::BAD_SETTING, what).did_you_mean(name, names))
    };
    if let Some(user) = flags
        .user
        .as_deref()
        .filter(|user| !world.users.contains_key(*user))
    {
        if let Some(why) = world.unknown.get(USER) {
            let what = format!("what {user} may open is unknown: users cannot be read");
            return Err(Box::new(
                Diagnostic::error(Code::UNREADABLE, what).note(why.clone()),
            ));
        }
        return Err(missing(
            "user",
            user,
            world.users.keys().map(|name| &**name).collect(),
        ));
    }
    if let Some(app) = flags
        .app
        .as_deref()
        .filter(|app| !world.gates.keys().any(|gate| gate.name() == Some(*app)))
    {
        return Err(missing(
            "app",
            app,
            world.gates.keys().filter_map(Address::name).collect(),
        ));
    }
    Ok(())
}
