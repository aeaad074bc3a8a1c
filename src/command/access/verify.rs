//! `akrec access --verify`: asks the server about single users and applications, and compares with what was worked out.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};

use super::super::apply::bar;
use super::super::exit;
use super::super::run::Run;
use super::{asked, decisive};
use crate::access::{Access, Bits, USER, Verdict, Why, World};
use crate::cli::{self, AccessFormat};
use crate::client::{Client, Error, segment};
use crate::diag::{Code, Diagnostic};
use crate::live::Live;
use crate::read::Server;
use crate::report::access::{self as report, Answered, Place};
use crate::settings::{PARALLELISM, Request};
use crate::value::Address;
use crate::wire::Body;

/// How many verdicts are asked about.
const SAMPLE: usize = 100;

/// One user and application that the server is asked about.
struct Pair<'a> {
    gate: &'a Address,
    user: &'a str,
    id: String,
}

pub(super) async fn verify(run: &mut Run<'_>, flags: &cli::Access) -> Result<u8, u8> {
    if !matches!(flags.format, AccessFormat::Text | AccessFormat::Json) {
        let what = "--verify can be shown as text or JSON";
        let diagnostic = Diagnostic::error(Code::BAD_SETTING, what);
        let help = "remove --format, or use --format json";
        return Err(run.invalid(vec![diagnostic.help(help)]));
    }
    let settings = run.settings(&Request::of_server(
        &flags.inputs,
        &flags.connection,
        &flags.sandbox,
    ))?;
    let (client, server) = run.reach(&settings, &flags.sandbox).await?;
    if !server.superuser {
        return Err(run.invalid(vec![needs_superuser(&server)]));
    }
    let live = decisive(run, &client, &server, flags.app.as_deref(), None).await?;
    let world = World::of_live(&live);
    let url = run.place(&server);
    let place = Place::Server {
        url: &url,
        version: &server.version,
    };
    asked(&world, flags, place).map_err(|diagnostic| run.invalid(vec![*diagnostic]))?;
    if let Some(why) = world.blind() {
        let diagnostic = Diagnostic::error(
            Code::UNREADABLE,
            "there is nothing to compare: verdicts are unknown",
        );
        return Err(run.invalid(vec![diagnostic.note(why.to_owned())]));
    }
    let access = Access::of(&world);
    let most = if flags.all {
        usize::MAX
    } else {
        flags.sample.unwrap_or(SAMPLE)
    };
    let (pairs, all) = pairs(&access, &live, flags, most);

    let parallel = settings
        .client
        .as_ref()
        .map_or(PARALLELISM, |client| client.parallelism);
    let answers = answers(run, &client, &access, &pairs, parallel).await?;
    match flags.format {
        AccessFormat::Json => run.answer(Body::AccessVerified(report::verified_document(
            place, all, &answers,
        ))),
        _ => run.screen.text(&report::verified_text(
            place,
            all,
            &answers,
            run.screen.color,
            run.screen.width,
        )),
    }
    match answers.iter().filter(|it| it.differs()).count() {
        0 => Ok(exit::OK),
        wrong => Err(run.invalid(vec![differs(wrong)])),
    }
}

/// The error for a token that may not ask about other users.
fn needs_superuser(server: &Server) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        Code::PERMISSION,
        "authentik answers questions about other users only to superusers",
    );
    diagnostic
        .note(format!(
            "the token belongs to {}, who is not a superuser",
            server.user
        ))
        .help("use a token of a superuser for --verify")
}

/// The error for verdicts that the server decides differently.
fn differs(wrong: usize) -> Diagnostic {
    let verdicts = if wrong == 1 {
        "1 verdict".to_owned()
    } else {
        format!("{wrong} verdicts")
    };
    let diagnostic = Diagnostic::error(
        Code::ACCESS_DIFFERS,
        format!("the server decides {verdicts} differently"),
    );
    diagnostic.help(
        "run it again, in case something changed meanwhile; if the difference stays, please report it",
    )
}

/// Asks the server about each pair, several at once, and puts its answer beside akrec's verdict.
async fn answers<'a>(
    run: &mut Run<'_>,
    client: &Client,
    access: &Access<'_>,
    pairs: &'a [Pair<'a>],
    parallel: usize,
) -> Result<Vec<Answered<'a>>, u8> {
    let bar = bar(run.screen, pairs.len());
    let allowed = stream::iter(pairs)
        .map(|pair| passes(client, pair))
        .buffered(parallel.max(1));
    let allowed: Vec<Result<bool, Error>> = allowed.inspect(|_| bar.inc(1)).collect().await;
    bar.finish_and_clear();
    let mut answers = Vec::new();
    for (pair, allows) in pairs.iter().zip(allowed) {
        let allows = allows.map_err(|error| run.refused(&error))?;
        let Some((verdict, why)) = access.why(pair.user, pair.gate) else {
            continue;
        };
        answers.push(Answered {
            gate: pair.gate,
            user: pair.user,
            verdict,
            why,
            allows,
        });
    }
    Ok(answers)
}

/// What the server says of one.
async fn passes(client: &Client, pair: &Pair<'_>) -> Result<bool, Error> {
    let path = format!(
        "/core/applications/{}/check_access/",
        segment(pair.gate.name().unwrap_or_default())
    );
    let answer = client.get(&path, &[("for_user", &pair.id)]).await?;
    Ok(answer.get("passing").and_then(serde_json::Value::as_bool) == Some(true))
}

/// Whom and what to ask about, always the same of the same world, with how many there are: one user of each application
/// and reason, what is seldom first, then more of each, until there are enough.
fn pairs<'a>(
    access: &Access<'a>,
    live: &Live,
    flags: &cli::Access,
    most: usize,
) -> (Vec<Pair<'a>>, usize) {
    let mut lines: Vec<(&'a Address, Vec<&'a str>)> = Vec::new();
    let mut order: Vec<(usize, usize)> = Vec::new();
    let mut seen: BTreeMap<(Verdict, usize), usize> = BTreeMap::new();
    for gate in access
        .rows
        .keys()
        .copied()
        .filter(|gate| gate.name().is_some())
    {
        for alike in access.alike(gate) {
            let users = named(access.world, &alike.users);
            let wanted = |user: &&str| flags.user.as_deref().is_none_or(|one| one == *user);
            let parts = if let Why::Bound(parts) = &alike.why {
                parts.len()
            } else {
                0
            };
            let rank = seen.entry((alike.verdict, parts)).or_default();
            order.push((*rank, lines.len()));
            *rank += 1;
            lines.push((gate, users.into_iter().filter(wanted).collect()));
        }
    }
    order.sort_unstable();
    let all = lines.iter().map(|(_, users)| users.len()).sum();
    let longest = lines
        .iter()
        .map(|(_, users)| users.len())
        .max()
        .unwrap_or_default();
    let mut pairs = Vec::new();
    for round in 0..longest {
        for (_, line) in &order {
            let (gate, users) = &lines[*line];
            if pairs.len() >= most {
                return (pairs, all);
            }
            if round < users.len() {
                let user = users[spread(round, users.len())];
                let id = live
                    .get(&Address::named(USER, user))
                    .map(|found| found.id.clone());
                pairs.extend(id.map(|id| Pair { gate, user, id }));
            }
        }
    }
    (pairs, all)
}

/// The users of a set; they belong to the world and not to the set.
fn named<'a>(world: &'a World, users: &Bits) -> Vec<&'a str> {
    world
        .users
        .keys()
        .zip(0..)
        .filter(|(_, number)| users.has(*number))
        .map(|(name, _)| &**name)
        .collect()
}

/// Goes through `0..count` once, in long steps, so that a few are of the whole list and not only of its head.
fn spread(round: usize, count: usize) -> usize {
    let mut step = count * 5 / 8 + 1;
    while gcd(step, count) != 1 {
        step += 1;
    }
    (round * step) % count.max(1)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn every_place_comes_once() {
        for count in 1..200 {
            let mut places: Vec<usize> = (0..count).map(|round| spread(round, count)).collect();
            places.sort_unstable();
            assert_eq!(places, (0..count).collect::<Vec<_>>());
        }
    }
}
