//! `akrec invite`: makes, lists and revokes links by which people enrol. Needs no state files and no ledger.
//!
//! A link goes to standard output and nowhere else: whoever has it can enrol.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::frame::writing;
use super::handover::public_url;
use super::run::Run;
use super::signal::Signals;
use super::{Screen, exit};
use crate::cli::{self, InviteFormat};
use crate::client::{Client, segment};
use crate::diag::{Code, Diagnostic};
use crate::read::{self, Problem, Server};
use crate::report::invitations::{self as report, Made};
use crate::schema::id_text;
use crate::settings::Request;
use crate::wire::{self, Body};

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Invite, screen: &Screen) -> u8 {
    let run = Run::answering(screen, flags.format == InviteFormat::Json);
    let stopped = |_: &Run<'_>| {
        Diagnostic::error(Code::INTERRUPTED, "stopped by a signal")
            .help("`akrec invite --list` lists them")
    };
    let work = async |run: &mut Run<'_>, signals: &Signals| signals.or(act(run, flags)).await;
    writing(run, stopped, work).await
}

async fn act(run: &mut Run<'_>, flags: &cli::Invite) -> Result<u8, u8> {
    let inputs = flags.server.inputs();
    let public = public_url(run, flags.public_url.as_deref())?;
    let wrong = wrong(flags);
    if !wrong.is_empty() {
        return Err(run.invalid(wrong));
    }
    let settings = run.settings(&Request::of_server(
        &inputs,
        &flags.server.connection,
        &flags.server.sandbox,
    ))?;
    let (client, server) = run.reach(&settings, &flags.server.sandbox).await?;
    match (&flags.revoke, &flags.flow) {
        (Some(name), flow) => revoke(run, &client, &server, name, flow.as_deref()).await,
        (None, Some(flow)) if !flags.list => {
            let base = public.unwrap_or_else(|| server.url.clone());
            make(run, flags, &client, &server, flow, &base).await
        }
        (None, flow) => list(run, &client, &server, flow.as_deref(), flags.format).await,
    }
}

/// What is wrong with the flags, before anything is asked.
fn wrong(flags: &cli::Invite) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    let mut refuse = |why: String| wrong.push(Diagnostic::error(Code::BAD_SETTING, why));
    let slug = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if let Some(name) = flags.name.as_deref().filter(|name| !slug(name)) {
        refuse(format!(
            "--name {name}: an invitation's name consists of letters, digits, `-` and `_`"
        ));
    }
    let mut seen: Vec<&str> = flags.group.iter().map(|_| "group").collect();
    for (key, _) in &flags.data {
        if seen.contains(&key.as_str()) {
            refuse(format!("the invitation's data has {key:?} twice"));
        }
        // user_write sets it as an attribute of the user, which the database layer refuses: the flow breaks off.
        if key == "groups" {
            refuse("--data groups=…: the user_write stage fails on it; use --group".to_owned());
        }
        seen.push(key);
    }
    wrong
}

async fn make(
    run: &mut Run<'_>,
    flags: &cli::Invite,
    client: &Client,
    server: &Server,
    flow: &str,
    base: &str,
) -> Result<u8, u8> {
    let keys: Vec<&str> = flags.group.iter().map(|_| "group").collect();
    let door = match read::door(client, server, flow, flags.group.as_deref(), &keys).await {
        Ok(door) => door,
        Err(problem) => return Err(said(run, problem)),
    };
    door.warnings
        .into_iter()
        .for_each(|diagnostic| run.emit(diagnostic));
    let now = run.started();
    let lasts = i64::try_from(flags.expires).unwrap_or(i64::MAX);
    let ends = jiff::Timestamp::from_second(now.as_second().saturating_add(lasts))
        .unwrap_or(jiff::Timestamp::MAX);
    let made = || format!("{flow}-{}", now.strftime("%Y%m%dT%H%M%SZ"));
    let name = flags.name.clone().unwrap_or_else(made);
    let group = flags
        .group
        .as_ref()
        .map(|group| ("group".to_owned(), Json::from(group.as_str())));
    let data: Map<String, Json> = group
        .into_iter()
        .chain(
            flags
                .data
                .iter()
                .map(|(key, value)| (key.clone(), value.as_str().into())),
        )
        .collect();
    let body = wire::json(&NewInvitation {
        name: &name,
        flow: &door.flow,
        expires: ends.to_string(),
        single_use: flags.single_use,
        fixed_data: data,
    });
    let answer = client
        .post(read::collection(), &body)
        .await
        .map_err(|error| run.refused(&error))?;
    let Some(id) = answer.get("pk").and_then(id_text) else {
        let diagnostic =
            Diagnostic::error(Code::SERVER, "the answer to the new invitation has no id");
        return Err(run.invalid(vec![
            diagnostic.help("`akrec invite --list` shows whether it was created"),
        ]));
    };
    let link: SecretString =
        format!("{base}/if/flow/{}/?itoken={}", segment(flow), segment(&id)).into();
    let made = Made {
        name: &name,
        flow,
        expires: ends,
        single_use: flags.single_use,
        link,
    };
    match flags.format {
        InviteFormat::Text => run.screen.out(made.text().expose_secret()),
        InviteFormat::Json => run.answer(Body::Invitation(made.document())),
    }
    run.screen.say(&made.summary());
    Ok(exit::OK)
}

async fn list(
    run: &mut Run<'_>,
    client: &Client,
    server: &Server,
    flow: Option<&str>,
    format: InviteFormat,
) -> Result<u8, u8> {
    let mut all = read::invitations(client, server)
        .await
        .map_err(|problem| said(run, problem))?;
    all.retain(|it| flow.is_none() || it.flow.as_deref() == flow);
    match format {
        InviteFormat::Text => run.screen.text(&report::text(&all, run.started())),
        InviteFormat::Json => run.answer(Body::Invitations(report::document(&all))),
    }
    Ok(exit::OK)
}

async fn revoke(
    run: &mut Run<'_>,
    client: &Client,
    server: &Server,
    name: &str,
    flow: Option<&str>,
) -> Result<u8, u8> {
    let all = read::invitations(client, server)
        .await
        .map_err(|problem| said(run, problem))?;
    let fits: Vec<_> = all
        .iter()
        .filter(|it| it.name == name && (flow.is_none() || it.flow.as_deref() == flow))
        .collect();
    let [one] = fits[..] else {
        let diagnostic = match fits.len() {
            0 => Diagnostic::error(
                Code::BAD_SETTING,
                format!("--revoke {name}: there is no such invitation"),
            )
            .help("`akrec invite --list` lists them")
            .did_you_mean(name, all.iter().map(|it| it.name.as_str())),
            many => Diagnostic::error(
                Code::BAD_SETTING,
                format!("--revoke {name}: {many} invitations have this name"),
            )
            .help("name the flow as well (--flow), or delete the right one in authentik"),
        };
        return Err(run.invalid(vec![diagnostic]));
    };
    // Its id is the link: it must be in no message, should the server refuse.
    client.conceal(vec![one.id.clone().into()]);
    let path = format!("{}{}/", read::collection(), segment(&one.id));
    match client.delete(&path).await {
        Ok(()) => {}
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(run.refused(&error)),
    }
    run.screen.say(&format!(
        "Invitation {name} is revoked: its link no longer works."
    ));
    Ok(exit::OK)
}

/// The request for a new invitation.
#[derive(Serialize)]
struct NewInvitation<'a> {
    name: &'a str,
    flow: &'a str,
    expires: String,
    single_use: bool,
    fixed_data: Map<String, Json>,
}

/// Takes in why something could not be read.
fn said(run: &mut Run<'_>, problem: Problem) -> u8 {
    match problem {
        Problem::Diagnostic(diagnostic) => run.invalid(vec![diagnostic]),
        problem => run.problem(problem),
    }
}
