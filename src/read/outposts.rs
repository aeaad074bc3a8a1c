//! Looks at outposts and at what their proxy providers answer: whether each has reported lately, in the right version, and
//! whether the outside address of a proxied application asks for a sign-in. Shows the token to the API alone.

use futures_util::future::join_all as join;
use serde_json::Value as Json;

use super::access::whole;
use super::{Problem, Reader, Server};
use crate::client::{Client, segment};
use crate::kinds;
use crate::signin::{End, Probe, Verified};

/// The name by which authentik manages the outpost that is a part of it.
const EMBEDDED: &str = "goauthentik.io/outposts/embedded";

/// Probes every outpost, and every proxy provider that an outpost serves; with `launch` also at its outside address.
pub async fn outposts(
    client: &Client,
    server: &Server,
    launch: bool,
) -> Result<Vec<Verified>, Problem> {
    let reader = Reader::new(client, server);
    let Some(kind) = kinds::kind("outpost") else {
        return Ok(Vec::new());
    };
    let found = match whole(&reader, kind).await {
        Err(error) if error.is_forbidden() => return Ok(vec![unread(&error.what())]),
        found => found?,
    };
    Ok(join(found.iter().map(|outpost| one(client, outpost, launch))).await)
}

/// The outposts may not be read.
fn unread(why: &str) -> Verified {
    Verified {
        application: "of all kinds".to_owned(),
        probes: vec![Probe {
            name: "outpost",
            end: End::Skipped(format!("they cannot be read: {why}")),
            took: None,
        }],
    }
}

async fn one(client: &Client, outpost: &Json, launch: bool) -> Verified {
    let providers = outpost.get("providers_obj").and_then(Json::as_array);
    let providers = providers.map_or(&[][..], Vec::as_slice);
    let mut probes = vec![health(client, outpost, providers.len()).await];
    if text(outpost, "name") == Some("authentik Embedded Outpost") {
        probes.push(Probe {
            name: "managed",
            end: match text(outpost, "managed") {
                Some(EMBEDDED) => End::Passed("authentik runs it itself".to_owned()),
                _ => End::Failed(
                    "authentik does not run it: it is not marked as the embedded outpost"
                        .to_owned(),
                    Some(format!("set its field `managed` to {EMBEDDED}")),
                ),
            },
            took: None,
        });
    }
    if launch {
        let addresses = providers
            .iter()
            .filter_map(|provider| text(provider, "external_host"));
        probes.extend(join(addresses.map(|address| outside(client, address))).await);
    }
    Verified {
        application: text(outpost, "name").unwrap_or_default().to_owned(),
        probes,
    }
}

/// Whether an outpost has reported, in the version that the server wants.
async fn health(client: &Client, outpost: &Json, providers: usize) -> Probe {
    let id = text(outpost, "pk").unwrap_or_default();
    let path = format!("/outposts/instances/{}/health/", segment(id));
    let serves = match providers {
        1 => "serves 1 provider".to_owned(),
        many => format!("serves {many} providers"),
    };
    let end = match client.array(&path, &[]).await {
        Err(error) => End::Failed(error.what(), None),
        Ok(_) if providers == 0 => End::Skipped("it serves no provider".to_owned()),
        Ok(states) if states.is_empty() => End::Failed(
            format!("it {serves}, and no instance of it has reported lately"),
            Some("is the outpost running, and does it reach authentik?".to_owned()),
        ),
        Ok(states) => {
            let outdated = |state: &&Json| state.get("version_outdated") == Some(&Json::Bool(true));
            match states.iter().find(outdated) {
                Some(state) => {
                    let (is, should) = (text(state, "version"), text(state, "version_should"));
                    let what = format!(
                        "an instance has version {} and should have {}",
                        is.unwrap_or("?"),
                        should.unwrap_or("?")
                    );
                    End::Failed(what, Some("upgrade the outpost".to_owned()))
                }
                None => End::Passed(format!("it {serves}, {} reported", instances(states.len()))),
            }
        }
    };
    Probe {
        name: "outpost",
        end,
        took: None,
    }
}

fn instances(count: usize) -> String {
    match count {
        1 => "1 instance".to_owned(),
        many => format!("{many} instances"),
    }
}

/// Whether an outside address asks whoever comes to sign in.
async fn outside(client: &Client, address: &str) -> Probe {
    let (seen, took) = client.glance(address).await;
    let help = "is the reverse proxy in front of it set up to ask the outpost?";
    let fails = |what: String| End::Failed(what, Some(help.to_owned()));
    let end = match seen {
        Err(why) => End::Failed(format!("{address}: {why}"), None),
        Ok(seen) => match (seen.status, &seen.location) {
            (300..=399, Some(location)) => End::Passed(format!("{address} leads to {location}")),
            (200, _) => fails(format!("{address} answers without asking for a sign-in")),
            (401, _) => fails(format!("{address} refuses instead of asking for a sign-in")),
            (status, _) => fails(format!("{address} answers with status {status}")),
        },
    };
    Probe {
        name: "outside",
        end,
        took: Some(took),
    }
}

fn text<'a>(raw: &'a Json, name: &str) -> Option<&'a str> {
    raw.get(name).and_then(Json::as_str)
}
