//! `akrec verify`: whether sign-in to the declared applications can work. Reads, and writes nothing.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use secrecy::SecretString;

use super::frame::reading;
use super::run::Run;
use super::{Screen, exit};
use crate::budget;
use crate::cli::{self, VerifyFormat};
use crate::client::Client;
use crate::desired::{Desired, Object, What};
use crate::diag::{Code, Diagnostic};
use crate::input::{self, Whose};
use crate::read::{self, Canary, Entrance, Server};
use crate::report::verify::{self as report, View};
use crate::schema::SignOn;
use crate::settings::Request;
use crate::signin::{End, Probe, Verified, title};
use crate::value::{Address, Value};
use crate::wire::Body;

/// How long a port may take to answer.
const PORT: Duration = Duration::from_secs(10);

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
    let others = beside(run, flags, &client, &server).await?;
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
        brands: &others.brands,
        outposts: &others.outposts,
        ports: &others.ports,
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

/// What is probed beside applications.
#[derive(Default)]
struct Others {
    brands: Vec<Verified>,
    outposts: Vec<Verified>,
    ports: Vec<Verified>,
}

/// Probes brands and outposts, unless applications were named; whoever asks about these gets an answer about these. What flags
/// ask for is probed in any case.
async fn beside(
    run: &mut Run<'_>,
    flags: &cli::Verify,
    client: &Client,
    server: &Server,
) -> Result<Others, u8> {
    let canary = match (&flags.sign_in, &flags.password_file) {
        (Some(user), Some(path)) => Some(Canary {
            user: user.clone(),
            password: password(run, path)?,
        }),
        _ => None,
    };
    if let Some(port) = flags.port.iter().find(|port| !is_port(port)) {
        let what = format!("--port {port}: this is not a host and a port");
        let diagnostic = Diagnostic::error(Code::BAD_SETTING, what);
        return Err(run.invalid(vec![
            diagnostic.help("write both, such as ldap.example.org:636"),
        ]));
    }
    let mut others = Others {
        ports: join_all(flags.port.iter().map(|port| reaches(port))).await,
        ..Others::default()
    };
    let everything = flags.apps.is_empty();
    if everything || canary.is_some() {
        let read = read::entrances(client, server).await;
        let entrances = read.map_err(|problem| run.problem(problem))?;
        for entrance in &entrances {
            let mut verified = of_brand(entrance);
            if let Some(account) = canary.as_ref().filter(|_| entrance.default) {
                let probe = read::canary(client, entrance, account).await;
                verified.probes.push(probe);
            }
            others.brands.push(verified);
        }
    }
    if everything {
        let read = read::outposts(client, server, !flags.no_launch).await;
        others.outposts = read.map_err(|problem| run.problem(problem))?;
    }
    Ok(others)
}

/// The password in a file, without the line break at its end.
fn password(run: &mut Run<'_>, path: &Path) -> Result<SecretString, u8> {
    let read = match path == Path::new("-") {
        true => {
            input::stream(std::io::stdin(), budget::TOKEN.most).map_err(|error| error.to_string())
        }
        false => input::text(path, Whose::of(path), budget::TOKEN.most)
            .map_err(|error| error.to_string()),
    };
    let text = read.map_err(|why| {
        let what = format!("--password-file {}: {why}", path.display());
        run.invalid(vec![Diagnostic::error(Code::BAD_SETTING, what)])
    })?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        let what = format!("--password-file {} is empty", path.display());
        return Err(run.invalid(vec![Diagnostic::error(Code::BAD_SETTING, what)]));
    }
    Ok(SecretString::from(text))
}

/// Whether a text names a host and a port.
fn is_port(text: &str) -> bool {
    let parts = text.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

/// Whether a port takes connections.
async fn reaches(port: &str) -> Verified {
    let connect = tokio::net::TcpStream::connect(port);
    let end = match tokio::time::timeout(PORT, connect).await {
        Ok(Ok(_)) => End::Passed("it takes connections".to_owned()),
        Ok(Err(error)) => End::Failed(format!("it takes no connection: {}", error.kind()), None),
        Err(_) => End::Failed(
            format!("it does not answer within {} s", PORT.as_secs()),
            None,
        ),
    };
    Verified {
        application: port.to_owned(),
        probes: vec![Probe {
            name: "port",
            end,
            took: None,
        }],
    }
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
