//! Looks at the sign-in flow of each brand as a visitor does: the first challenge. Writes nothing.

use futures_util::future::join_all as join;

use super::access::whole;
use super::{Problem, Reader, Server};
use crate::client::{Challenge, Client};
use crate::kinds;
use crate::live::{Batch, Live};
use crate::signin::{BRAND, FLOW, World};
use crate::value::{Address, Value};

/// What a brand's sign-in flow shows to a visitor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entrance {
    /// The domain of the brand.
    pub brand: String,
    /// The flow, by slug; `None` where the brand has none and no flow takes its place.
    pub flow: Option<String>,
    /// It is used for domains that no other brand has.
    pub default: bool,
    /// The flow that signs users out, by slug.
    pub sign_out: Option<String>,
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
    let asked = world.brands.iter().map(async |(domain, brand)| {
        let flow = world.sign_in_flow(domain).map(|slug| slug.to_string());
        let shows = match &flow {
            Some(slug) => client.first_challenge(slug).await,
            None => Err("no flow signs users in".to_owned()),
        };
        Entrance {
            brand: domain.to_string(),
            flow,
            default: brand.default,
            sign_out: sign_out(&live, domain),
            shows,
        }
    });
    Ok(join(asked).await)
}

/// The flow by which a brand signs users out.
fn sign_out(live: &Live, domain: &str) -> Option<String> {
    let brand = live.get(&Address::named(BRAND, domain))?;
    match brand.fields.get("flow_invalidation")? {
        Value::Ref(flow) => flow.name().map(str::to_owned),
        _ => None,
    }
}
