//! Looks at the sign-in flow of each brand as a visitor does: the first challenge. Writes nothing.

use std::collections::BTreeMap;

use futures_util::future::join_all as join;

use super::access::whole;
use super::{Problem, Reader, Server};
use crate::client::{Challenge, Client};
use crate::kinds;
use crate::live::{Batch, Live};
use crate::signin::{BRAND, FLOW, World};

/// What a brand's sign-in flow shows to a visitor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entrance {
    /// The domain of the brand.
    pub brand: String,
    /// The flow, by slug; `None` where the brand has none and no flow takes its place.
    pub flow: Option<String>,
    /// What it shows, or why that is not known.
    pub shows: Result<Challenge, String>,
}

impl Entrance {
    /// Whether it is known that nobody gets in.
    pub fn is_closed(&self) -> bool {
        match &self.shows {
            Ok(challenge) => challenge.is_closed(),
            Err(_) => self.flow.is_none(),
        }
    }

    /// Whether it is known that visitors are asked who they are.
    pub fn is_open(&self) -> bool {
        matches!(&self.shows, Ok(challenge) if !challenge.is_closed())
    }
}

/// Reads the brands and flows, and asks each brand's sign-in flow for its first challenge.
pub async fn entrances(client: &Client, server: &Server) -> Result<Vec<Entrance>, Problem> {
    let reader = Reader::new(client, server);
    let kinds = [BRAND, FLOW].into_iter().filter_map(kinds::kind);
    let lists = join(kinds.map(async |kind| (kind, whole(&reader, kind).await))).await;
    let mut batches = Vec::new();
    for (kind, objects) in lists {
        batches.push(Batch {
            kind,
            objects: objects?,
        });
    }
    let (live, _) = Live::build(server.release, &batches);
    let world = World::of_live(&live);
    let flows: BTreeMap<&str, Option<&str>> = world
        .brands
        .keys()
        .map(|domain| (&**domain, world.door_of(domain).map(|slug| &**slug)))
        .collect();
    let asked = flows.into_iter().map(async |(brand, flow)| Entrance {
        brand: brand.to_owned(),
        flow: flow.map(str::to_owned),
        shows: match flow {
            Some(slug) => client.first_challenge(slug).await,
            None => Err("no flow signs users in".to_owned()),
        },
    });
    Ok(join(asked).await)
}
