//! `akrec access`: who may open what on the server, and why. Reads, and writes nothing.

use super::run::{Run, code_of};
use super::signal::Signals;
use super::{Screen, exit};
use crate::access::{Access, USER, World, difference};
use crate::cli::{self, AccessFormat};
use crate::diag::{Code, Diagnostic, nearest};
use crate::read;
use crate::report::access::{self as words, View};
use crate::settings::Request;
use crate::value::Address;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Access, screen: &Screen) -> u8 {
    // What is wrong is told as text, whatever the result would be.
    let output = cli::Output::default();
    let mut run = Run::new(screen, &output);
    let signals = Signals::listen();
    let code = match signals.or(show(&mut run, flags)).await {
        Ok(code) | Err(code) => code,
    };
    if code == exit::INTERRUPTED {
        run.tell(Diagnostic::error(Code::INTERRUPTED, "stopped by a signal before anything was shown"));
    }
    run.finish(code)
}

async fn show(run: &mut Run<'_>, flags: &cli::Access) -> Result<u8, u8> {
    let inputs = cli::Inputs { state: flags.state.clone(), env: flags.env.clone(), ..cli::Inputs::default() };
    let settings = run.settings(&Request::of_server(&inputs, &flags.connection, &flags.sandbox))?;
    let (client, server) = run.reach(&settings, &flags.sandbox).await?;
    let read = read::access(&client, &server, flags.app.as_deref()).await;
    let (live, told) = read.map_err(|problem| run.problem(problem))?;
    let failed = told.iter().find(|told| told.is_error()).map(|told| code_of(told.code));
    told.into_iter().for_each(|told| run.tell(told));
    if let Some(code) = failed {
        return Err(code);
    }
    let now = World::of_live(&live);
    let place = run.place(&server);
    let world = match flags.assume_release {
        Some(release) => World { release, ..now.clone() },
        None => now.clone(),
    };
    if flags.assume_release.is_some() && flags.user.is_none() && flags.app.is_none() {
        let told = difference(&now, &world);
        let color = run.screen.color;
        let heading = format!("By the rule of {} instead of {} on {place}:", world.release, now.release);
        run.screen.out(&match flags.format {
            AccessFormat::Json => format!("{:#}\n", words::difference_json(&told)),
            AccessFormat::Markdown => format!("{heading}\n\n{}", words::difference_markdown(&told)),
            AccessFormat::Csv => words::difference_csv(&told),
            AccessFormat::Text => format!("{heading}\n\n{}", words::difference_text(&told, color, run.screen.width)),
        });
        return Ok(exit::OK);
    }
    asked(&world, flags).map_err(|told| run.invalid(vec![*told]))?;
    let access = Access::of(&world);
    let view = View {
        access: &access,
        server: &place,
        version: &server.version,
        assumed: flags.assume_release,
        user: flags.user.as_deref(),
        app: flags.app.as_deref(),
    };
    run.screen.out(&match flags.format {
        AccessFormat::Text => words::text(&view, run.screen.color, run.screen.width),
        AccessFormat::Csv => words::csv(&view),
        AccessFormat::Json => words::json(&view),
        AccessFormat::Markdown => words::markdown(&view),
    });
    Ok(exit::OK)
}

/// Refuses a user or an application that there is not, and a user where none may be read.
fn asked(world: &World, flags: &cli::Access) -> Result<(), Box<Diagnostic>> {
    let missing = |flag: &str, name: &str, names: Vec<&str>| {
        let told = Diagnostic::error(Code::BAD_SETTING, format!("--{flag} {name}: there is none on the server"));
        Box::new(match nearest(name, names) {
            Some(near) => told.help(format!("did you mean {near:?}?")),
            None => told,
        })
    };
    if let Some(user) = flags.user.as_deref().filter(|user| !world.users.contains_key(*user)) {
        if let Some(why) = world.unknown.get(USER) {
            let what = format!("what {user} may open is unknown: users cannot be read");
            return Err(Box::new(Diagnostic::error(Code::UNREADABLE, what).note(why.clone())));
        }
        return Err(missing("user", user, world.users.keys().map(|name| &**name).collect()));
    }
    if let Some(app) = flags.app.as_deref().filter(|app| !world.gates.keys().any(|gate| gate.name() == Some(*app))) {
        return Err(missing("app", app, world.gates.keys().filter_map(Address::name).collect()));
    }
    Ok(())
}
