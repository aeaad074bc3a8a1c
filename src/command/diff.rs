//! `akrec diff`: two servers compared by the names of their objects. Reads, and writes nothing.
//!
//! No server ever gets the token of the other one: each side has settings and a token of its own.

use super::export::kinds_of;
use super::reading::Reading;
use super::run::{Run, code_of};
use super::screen::env;
use super::signal::Signals;
use super::{Screen, exit};
use crate::cli::{self, Connection, DiffFormat, Inputs, Place, SandboxFlags};
use crate::compare::{self, Options};
use crate::diag::{Code, Diagnostic, Sources};
use crate::live::Live;
use crate::read;
use crate::report::comparison::{self, Side};
use crate::report::plan::Style;
use crate::schema::Kind;
use crate::settings::Request;

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    From,
    To,
}

impl Which {
    fn flag(self) -> &'static str {
        match self {
            Which::From => "from",
            Which::To => "to",
        }
    }

    fn variable(self, end: &str) -> String {
        format!("AKREC_{}_{end}", self.flag().to_uppercase())
    }
}

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Diff, screen: &Screen) -> u8 {
    let signals = Signals::listen();
    let output = cli::Output::default();
    let (mut from, mut to) = (Run::new(screen, &output), Run::new(screen, &output));
    let kinds = match kinds_of(&flags.kind) {
        Ok(kinds) => kinds,
        Err(reported) => {
            let code = from.invalid(vec![*reported]);
            return failed(flags, screen, [from, to], code);
        }
    };
    let targets = match from.patterns(&flags.target) {
        Ok(targets) => targets,
        Err(code) => return failed(flags, screen, [from, to], code),
    };
    let reading = Reading::new(screen, "both servers");
    let work = async {
        let (one, other) = tokio::join!(
            side(&mut from, Which::From, flags, &kinds, &reading),
            side(&mut to, Which::To, flags, &kinds, &reading),
        );
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (Err(code), Ok(_)) | (Ok(_), Err(code)) => Err(code),
            (Err(one), Err(other)) => Err(one.min(other)),
        }
    };
    let read = signals.or(work).await;
    reading.finish();
    let ((one, from_side), (other, to_side)) = match read {
        Ok(read) => read,
        Err(code) => {
            if code == exit::INTERRUPTED {
                from.emit(Diagnostic::error(
                    Code::INTERRUPTED,
                    "stopped by a signal before anything was compared",
                ));
            }
            return failed(flags, screen, [from, to], code);
        }
    };
    let options = Options {
        all: flags.all,
        kinds,
        targets: targets.clone(),
    };
    let found = compare::compare(&one, &other, &options);
    let code = if found.differences.is_empty() {
        exit::OK
    } else {
        exit::CHANGES
    };
    let nothing = found.differences.is_empty() && found.equal == 0 && !flags.target.is_empty();
    if nothing {
        let asked: Vec<&str> = targets.iter().map(|target| target.as_str()).collect();
        let reported = format!("{} matches nothing on either server", asked.join(" "));
        let code = from.invalid(vec![Diagnostic::error(Code::NO_TARGET, reported)]);
        return failed(flags, screen, [from, to], code);
    }
    let reported: Vec<Diagnostic> = from
        .diagnostics()
        .iter()
        .chain(to.diagnostics())
        .cloned()
        .collect();
    from.finish(exit::OK);
    to.finish(exit::OK);
    screen.out(&match flags.format {
        DiffFormat::Json => comparison::json(
            Some(&found),
            &from_side,
            &to_side,
            &reported,
            &Sources::default(),
            code,
        ),
        DiffFormat::Text => {
            let style = Style {
                color: screen.color,
                width: screen.width,
                concise: flags.concise,
                summary: false,
            };
            comparison::text(&found, &from_side, &to_side, &style)
        }
    });
    code
}

/// Ends a run that has nothing to compare.
fn failed(flags: &cli::Diff, screen: &Screen, runs: [Run<'_>; 2], code: u8) -> u8 {
    if flags.format == DiffFormat::Json {
        let reported: Vec<Diagnostic> = runs
            .iter()
            .flat_map(|run| run.diagnostics())
            .cloned()
            .collect();
        let side = |place: &Place| Side {
            place: shown(place),
            release: String::new(),
        };
        let (from, to) = (side(&flags.from), side(&flags.to));
        // Each side has files of its own: where something stands in them is shown on standard error alone.
        screen.out(&comparison::json(
            None,
            &from,
            &to,
            &reported,
            &Sources::default(),
            code,
        ));
    }
    for run in runs {
        run.finish(code);
    }
    code
}

/// Reads one server.
async fn side(
    run: &mut Run<'_>,
    which: Which,
    flags: &cli::Diff,
    kinds: &[&'static Kind],
    reading: &Reading<'_>,
) -> Result<(Live, Side), u8> {
    let (place, token) = match which {
        Which::From => (&flags.from, &flags.from_token_file),
        Which::To => (&flags.to, &flags.to_token_file),
    };
    let mut inputs = Inputs {
        state: flags.state.clone(),
        ..Inputs::default()
    };
    let mut connection = Connection {
        token_file: token.clone(),
        ca_cert: flags.ca_cert.clone(),
        timeout: flags.timeout,
        ..Connection::default()
    };
    let mut sandbox = SandboxFlags::default();
    match place {
        Place::Base => {}
        Place::Environment(name) => inputs.env = Some(name.clone()),
        Place::Url(url) => connection.url = Some(url.clone()),
        Place::Sandbox(release) => sandbox.sandbox = Some(*release),
        Place::Snapshot(path) => {
            if !path.is_file() {
                let reported = format!(
                    "--{}: there is no snapshot {}",
                    which.flag(),
                    path.display()
                );
                return Err(run.invalid(vec![Diagnostic::error(Code::BAD_SETTING, reported)]));
            }
            sandbox.sandbox_data = Some(path.clone());
        }
    }
    let servers = [&flags.from, &flags.to]
        .iter()
        .filter(|place| !place.is_sandbox())
        .count();
    let variables = |name: &str| variable(which, servers, name);
    let request = Request::of_server(&inputs, &connection, &sandbox);
    let settings = run
        .settings_in(&request, &variables)
        .inspect_err(|_| run.rename(&|text| for_side(which, text)))?;
    let (client, server) = run.reach(&settings, &sandbox).await?;
    let read = read::everything(&client, &server, kinds, flags.all, &|kind| {
        reading.done(kind)
    })
    .await;
    let (live, reported) = read.map_err(|problem| run.problem(problem))?;
    let failed = reported
        .iter()
        .find(|reported| reported.is_error())
        .map(|reported| code_of(reported.code));
    reported.into_iter().for_each(|reported| run.emit(reported));
    match failed {
        Some(code) => Err(code),
        None => {
            let place = if place.is_sandbox() || matches!(place, Place::Url(_)) {
                shown(place)
            } else {
                format!("{} ({})", shown(place), server.url)
            };
            Ok((
                live,
                Side {
                    place,
                    release: server.version,
                },
            ))
        }
    }
}

/// The environment as one side sees it. The variables of a single server would send one server's token to the other: they
/// count only where there is one server.
fn variable(which: Which, servers: usize, name: &str) -> Option<String> {
    match name {
        "AKREC_TOKEN" | "AKREC_TOKEN_FILE" => {
            let end = name.strip_prefix("AKREC_").unwrap_or_default();
            let other = if end == "TOKEN" {
                "TOKEN_FILE"
            } else {
                "TOKEN"
            };
            let own = env(&which.variable(end));
            let alone = servers < 2 && env(&which.variable(other)).is_none();
            own.or_else(|| env(name).filter(|_| alone))
        }
        "AUTHENTIK_TOKEN" if servers < 2 => env(name),
        "AKREC_URL" | "AUTHENTIK_URL" | "AUTHENTIK_TOKEN" | "AKREC_ENV" => None,
        _ if name.starts_with("AKREC_OIDC") => None,
        _ => env(name),
    }
}

/// A sentence about settings, with the names of the settings and flags of one side.
fn for_side(which: Which, text: &str) -> String {
    let token = which.variable("TOKEN");
    text.replace("; CI can sign in with AKREC_OIDC", "")
        .replace("AKREC_TOKEN", &token)
        .replace("--token-file", &format!("--{}-token-file", which.flag()))
        .replace("--env", &format!("--{}", which.flag()))
        .replace(
            "set AKREC_URL, --url, or `server:` in akrec.yaml",
            "set `server:` in akrec.yaml or name a URL",
        )
}

/// A place as the command line names it. A URL may hold a password: only what a client would show is shown.
fn shown(place: &Place) -> String {
    match place {
        Place::Base => ".".to_owned(),
        Place::Environment(name) => name.clone(),
        Place::Url(url) => {
            crate::client::canonical_url(url).unwrap_or_else(|_| "(an unusable address)".to_owned())
        }
        Place::Sandbox(_) => "sandbox".to_owned(),
        Place::Snapshot(path) => path.display().to_string(),
    }
}
