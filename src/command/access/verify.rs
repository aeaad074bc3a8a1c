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
        let diagnostic =
            Diagnostic::error(Code::BAD_SETTING, "--verify can be shown as text or JSON");
        return Err(run.invalid(vec![
            diagnostic.help("remove --format, or use --format json"),
        ]));
    }
    let settings = run.settings(&Request::of_server(
        &flags.inputs,
        &flags.connection,
        &flags.sandbox,
    ))?;
    let (client, server) = run.reach(&settings, &flags.sandbox).await?;
    if !server.superuser {
        let diagnostic = Diagnostic::error(
            Code::PERMISSION,
            "authentik answers questions about other users only to superusers",
        );
        let diagnostic = diagnostic.note(format!(
            "the token belongs to {}, who is not a superuser",
            server.user
        ));
        return Err(run.invalid(vec![
            diagnostic.help("use a token of a superuser for --verify"),
        ]));
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
    let bar = bar(run.screen, pairs.len());
    let answers = stream::iter(&pairs)
        .map(|pair| passes(&client, pair))
        .buffered(parallel.max(1));
    let answers: Vec<Result<bool, Error>> = answers.inspect(|_| bar.inc(1)).collect().await;
    bar.finish_and_clear();
    let mut diagnostic = Vec::new();
    for (pair, answer) in pairs.iter().zip(answers) {
        let allows = answer.map_err(|error| run.refused(&error))?;
        let Some((verdict, why)) = access.why(pair.user, pair.gate) else {
            continue;
        };
        diagnostic.push(Answered {
            gate: pair.gate,
            user: pair.user,
            verdict,
            why,
            allows,
        });
    }
    let wrong = diagnostic.iter().filter(|it| it.differs()).count();
    match flags.format {
        AccessFormat::Json => run.answer(Body::AccessVerified(report::verified_document(
            place,
            all,
            &diagnostic,
        ))),
        _ => run.screen.text(&report::verified_text(
            place,
            all,
            &diagnostic,
            run.screen.color,
            run.screen.width,
        )),
    }
    if wrong == 0 {
        return Ok(exit::OK);
    }
    let verdicts = if wrong == 1 {
        "1 verdict".to_owned()
    } else {
        format!("{wrong} verdicts")
    };
    let diagnostic = Diagnostic::error(
        Code::ACCESS_DIFFERS,
        format!("the server decides {verdicts} differently"),
    );
    Err(run.invalid(vec![diagnostic.help(
        "run it again, in case something changed meanwhile; if the difference stays, please report it",
    )]))
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
