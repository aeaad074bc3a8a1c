//! Whether claims about signing in hold, by what every flow comes to.

use std::collections::BTreeMap;

use super::factors::Strength;
use super::summary::{Proof, Summary};
use super::world::World;
use crate::access::{Against, Held, Name};
use crate::desired::{Enrollment, LeastProof, SignInClaim};

/// What speaks against a claim, and what keeps it from being proved.
#[derive(Default)]
struct Found {
    no: Vec<Against>,
    unknown: Vec<Against>,
}

/// Whether a claim holds in a world. `all` says that every flow of the server is in it: otherwise others may be there, of which
/// nothing is known.
pub fn held_of_sign_in(claim: &SignInClaim, world: &World, all: bool) -> Held {
    let flows = world.summaries();
    let mut found = Found::default();
    match claim {
        SignInClaim::Proof { brands, least } => {
            for (brand, _) in brands {
                proof(brand, *least, world, &flows, &mut found);
            }
        }
        SignInClaim::Enrollment(wanted) => enrollment(*wanted, world, &flows, &mut found),
    }
    if !all {
        let why = "the files do not say which other flows and brands there are";
        found.unknown.push(Against::Unread(why.to_owned()));
    }
    match (found.no.is_empty(), found.unknown.is_empty()) {
        (false, _) => Held::No(found.no),
        (true, false) => Held::Unknown(found.unknown),
        (true, true) => Held::Yes,
    }
}

fn proof(
    brand: &str,
    least: LeastProof,
    world: &World,
    flows: &BTreeMap<&Name, Summary>,
    found: &mut Found,
) {
    let is_meant = |domain: &str, is_default: bool| match brand {
        "*" => true,
        "default" => is_default,
        name => name == domain,
    };
    let mut meant = world
        .brands
        .iter()
        .filter(|(domain, own)| is_meant(domain, own.default))
        .peekable();
    if meant.peek().is_none() {
        let why = format!("there is no brand {brand}");
        return found.unknown.push(Against::Unread(why));
    }
    for (domain, _) in meant {
        let slug = world.sign_in_flow(domain);
        let Some((slug, summary)) = slug.and_then(|slug| flows.get_key_value(slug)) else {
            let why = format!("the brand {domain} has no flow that is known");
            found.unknown.push(Against::Unread(why));
            continue;
        };
        if let Some(proof) = &summary.proof {
            weigh(
                &format!("the flow {slug} asks for {proof}"),
                proof,
                least,
                found,
            );
        }
    }
}

/// Takes in what a flow asks for, if that is less than is wanted.
fn weigh(what: &str, proof: &Proof, least: LeastProof, found: &mut Found) {
    let wanted = match least {
        LeastProof::Password => Strength::Password,
        LeastProof::OptionalSecondFactor => Strength::PasswordAndOptional,
        LeastProof::TwoFactors => Strength::Strong,
    };
    let against = Against::SignIn(what.to_owned());
    if proof.usual.strength() < wanted {
        found.no.push(against);
    } else if proof.least.strength() < wanted {
        found.unknown.push(against);
    }
}

fn enrollment(
    wanted: Enrollment,
    world: &World,
    flows: &BTreeMap<&Name, Summary>,
    found: &mut Found,
) {
    for (slug, summary) in flows {
        let Some(proof) = &summary.creates else {
            continue;
        };
        let invited = wanted == Enrollment::InvitationOnly && proof.least.invitation;
        if invited {
            continue;
        }
        let against = Against::SignIn(format!("the flow {slug} gives accounts for: {proof}"));
        match proof.open {
            Some(_) => found.unknown.push(against),
            None => found.no.push(against),
        }
    }
    for (slug, source) in &world.sources {
        let Some(flow) = source.enrollment.as_ref().filter(|_| source.enabled) else {
            continue;
        };
        let created = world
            .flows
            .get(flow)
            .map(|flow| world.created_from_source(flow));
        let what = format!("the source {slug} gives its users accounts by the flow {flow}");
        match created {
            Some(None) => {}
            Some(Some(proof)) if wanted == Enrollment::InvitationOnly && proof.least.invitation => {
            }
            Some(Some(proof)) if proof.open.is_none() => found.no.push(Against::SignIn(what)),
            _ => found.unknown.push(Against::SignIn(what)),
        }
    }
}
