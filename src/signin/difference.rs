//! What a plan changes of signing in: two worlds compared, one line for each thing that differs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::summary::{Entry, Proof, Summary};
use super::walk::Answer;
use super::world::World;
use crate::access::Name;
pub use crate::wire::sign_in::{About, Aspect, Change};

/// What changes between two worlds, in order.
pub fn difference(before: &World, after: &World) -> Vec<Change> {
    let mut changes = Vec::new();
    let (was, is) = (before.summaries(), after.summaries());
    brands((before, &was), (after, &is), &mut changes);
    flows(&was, &is, &mut changes);
    sources(before, after, &mut changes);
    changes
}

/// What every flow comes to, by slug.
type Summaries<'w> = BTreeMap<&'w Name, Summary>;

fn brands(
    (before, was): (&World, &Summaries<'_>),
    (after, is): (&World, &Summaries<'_>),
    changes: &mut Vec<Change>,
) {
    let domains: BTreeSet<&Name> = before.brands.keys().chain(after.brands.keys()).collect();
    let flow_of = |world: &World, domain: &Name| {
        world.brands.get(domain)?;
        world.sign_in_flow(domain).cloned()
    };
    let recovery = |world: &World, domain: &Name| world.brands.get(domain)?.recovery.clone();
    let proof = |flows: &Summaries<'_>, flow: &Option<Name>| flows.get(flow.as_ref()?)?.proof;
    if let (Some(old), Some(new)) = (before.default_brand(), after.default_brand())
        && old != new
    {
        let weaker = is_weaker(
            proof(was, &flow_of(before, old)).as_ref(),
            proof(is, &flow_of(after, new)).as_ref(),
        );
        changes.push(Change {
            about: About::Brand,
            name: new.to_string(),
            aspect: Aspect::DefaultBrand,
            before: Some(old.to_string()),
            after: Some(new.to_string()),
            weaker,
        });
    }
    for domain in domains {
        let mut add = |aspect, old: &Option<Name>, new: &Option<Name>, weaker| {
            if old != new {
                changes.push(Change {
                    about: About::Brand,
                    name: domain.to_string(),
                    aspect,
                    before: old.as_ref().map(|flow| flow.to_string()),
                    after: new.as_ref().map(|flow| flow.to_string()),
                    weaker,
                });
            }
        };
        let (old, new) = (flow_of(before, domain), flow_of(after, domain));
        let weaker = is_weaker(proof(was, &old).as_ref(), proof(is, &new).as_ref());
        add(Aspect::SignInFlow, &old, &new, weaker);
        let (old, new) = (recovery(before, domain), recovery(after, domain));
        add(Aspect::RecoveryFlow, &old, &new, false);
    }
}

fn flows(was: &Summaries<'_>, is: &Summaries<'_>, changes: &mut Vec<Change>) {
    let slugs: BTreeSet<&Name> = was.keys().chain(is.keys()).copied().collect();
    for slug in slugs {
        flow(slug, was.get(slug), is.get(slug), changes);
    }
}

fn flow(slug: &Name, was: Option<&Summary>, is: Option<&Summary>, changes: &mut Vec<Change>) {
    let start = changes.len();
    let mut add = |aspect, before: Option<String>, after: Option<String>, weaker| {
        if before != after {
            changes.push(Change {
                about: About::Flow,
                name: slug.to_string(),
                aspect,
                before,
                after,
                weaker,
            });
        }
    };
    let proof = |summary: &Summary| match summary.proof {
        Some(proof) => proof.to_string(),
        None => "nothing, and signs nobody in".to_owned(),
    };
    let of =
        |summary: Option<&Summary>, pick: fn(&Summary) -> Option<Proof>| summary.and_then(pick);
    let pick: fn(&Summary) -> Option<Proof> = |summary| summary.proof;
    let matters = |summary: Option<&Summary>| {
        summary.is_some_and(|summary| {
            summary.designation == "authentication" || summary.proof.is_some()
        })
    };
    if matters(was) || matters(is) {
        add(
            Aspect::Proof,
            was.map(proof),
            is.map(proof),
            is_weaker(of(was, pick).as_ref(), of(is, pick).as_ref()),
        );
    }
    let enters = |summary: Option<&Summary>| match summary.map(|it| &it.entry) {
        Some(Entry::Everyone) => 2,
        Some(Entry::Open(_)) => 1,
        _ => 0,
    };
    if was.is_some() && is.is_some() {
        add(
            Aspect::Entry,
            was.map(|summary| summary.entry.to_string()),
            is.map(|summary| summary.entry.to_string()),
            enters(is) > enters(was),
        );
    }
    let mut accounts = |aspect, old: Option<Proof>, new: Option<Proof>| {
        add(
            aspect,
            old.map(|proof| open_to(&proof)),
            new.map(|proof| open_to(&proof)),
            is_weaker(old.as_ref(), new.as_ref()),
        );
    };
    let creates = |summary: Option<&Summary>| summary.and_then(|summary| summary.creates);
    accounts(Aspect::Enrollment, creates(was), creates(is));
    let changes_some = |summary: Option<&Summary>| summary.and_then(|summary| summary.changes);
    accounts(Aspect::AccountChange, changes_some(was), changes_some(is));
    if let (Some(was), Some(is)) = (was, is) {
        add(
            Aspect::Designation,
            Some(was.designation.clone()),
            Some(is.designation.clone()),
            false,
        );
        let (old, new) = (was.reach.superuser, is.reach.superuser);
        // Where nobody is signed in any more, that is said already.
        let is_known = old != Answer::Unknown && is.proof.is_some();
        if is_known && is.designation == "authentication" {
            add(
                Aspect::Superusers,
                Some(lets_in(old)),
                Some(lets_in(new)),
                false,
            );
        }
    }
    let nothing_else = changes.len() == start;
    if let (Some(was), Some(is), true) = (was, is, nothing_else)
        && was.path != is.path
    {
        let words = |path: &[&str]| {
            Some(
                path.iter()
                    .map(|page| title(page))
                    .collect::<Vec<_>>()
                    .join(", "),
            )
        };
        changes.push(Change {
            about: About::Flow,
            name: slug.to_string(),
            aspect: Aspect::Pages,
            before: words(&was.path),
            after: words(&is.path),
            weaker: false,
        });
    }
}

fn sources(before: &World, after: &World, changes: &mut Vec<Change>) {
    let slugs: BTreeSet<&Name> = before.sources.keys().chain(after.sources.keys()).collect();
    for slug in slugs {
        let (was, is) = (before.sources.get(slug), after.sources.get(slug));
        let flow = |flow: &Option<Name>| flow.as_ref().map(|flow| flow.to_string());
        let mut add = |aspect, before: Option<String>, after: Option<String>, weaker| {
            if before != after {
                changes.push(Change {
                    about: About::Source,
                    name: slug.to_string(),
                    aspect,
                    before,
                    after,
                    weaker,
                });
            }
        };
        let links = |word: &str| word.ends_with("_link");
        let (old, new) = (
            was.map(|source| source.matching.clone()),
            is.map(|source| source.matching.clone()),
        );
        let weaker = new.as_deref().is_some_and(links) && !old.as_deref().is_some_and(links);
        // A new source is named by what it creates or whom it links; others are shown with their flows.
        if was.is_some() || weaker {
            add(Aspect::Matching, old, new, weaker);
        }
        let flows = |source: Option<&super::world::Source>,
                     pick: fn(&super::world::Source) -> &Option<Name>| {
            source
                .filter(|source| source.enabled)
                .and_then(|source| flow(pick(source)))
        };
        add(
            Aspect::SourceFlow,
            flows(was, |source| &source.authentication),
            flows(is, |source| &source.authentication),
            false,
        );
        let (old, new) = (
            flows(was, |source| &source.enrollment),
            flows(is, |source| &source.enrollment),
        );
        let weaker = old.is_none() && new.is_some();
        add(Aspect::SourceEnrollment, old, new, weaker);
    }
}

/// Whether less has to be proven than before: also where nobody got in and somebody does.
fn is_weaker(before: Option<&Proof>, after: Option<&Proof>) -> bool {
    match (before, after) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => {
            let strength = |proof: &Proof| (proof.usual.strength(), proof.least.strength());
            let invitation = before.usual.invitation && !after.usual.invitation;
            strength(after) < strength(before) || invitation
        }
    }
}

/// For whom something is that is open to whoever has what it takes.
fn open_to(proof: &Proof) -> String {
    match *proof == Proof::default() {
        true => "everyone".to_owned(),
        false => format!("whoever has: {proof}"),
    }
}

/// Whether superusers are signed in.
fn lets_in(answer: Answer) -> String {
    match answer {
        Answer::No => "not signed in".to_owned(),
        Answer::Yes => "signed in".to_owned(),
        Answer::ByPolicy => "signed in if a policy lets them in".to_owned(),
        Answer::Unknown => "perhaps signed in (not known)".to_owned(),
    }
}

/// A page by its component, without what all of them have in common.
pub fn title(component: &str) -> &str {
    component
        .strip_prefix("ak-stage-")
        .unwrap_or(if component == "xak-flow-redirect" {
            "end"
        } else {
            component
        })
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            About::Brand => f.write_str("brand"),
            About::Flow => f.write_str("flow"),
            About::Source => f.write_str("source"),
        }
    }
}

/// What a line says before the two sides; empty for what needs no word.
impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Aspect::Proof => "asks for",
            Aspect::Entry => "may be started by",
            Aspect::Designation => "is for",
            Aspect::Enrollment => "creates accounts for",
            Aspect::AccountChange => "changes accounts without sign-in for",
            Aspect::Superusers => "superusers are",
            Aspect::DefaultBrand => "is the default brand instead of",
            Aspect::SignInFlow => "signs in by",
            Aspect::RecoveryFlow => "recovers accounts by",
            Aspect::Matching => "matches users by",
            Aspect::SourceFlow => "signs in by",
            Aspect::SourceEnrollment => "enrolls new users by",
            Aspect::Pages => "shows",
        })
    }
}

/// `flow x: signs in with password -> name only`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {} ", self.about, self.name, self.aspect)?;
        match (&self.before, &self.after) {
            (Some(before), _) if self.aspect == Aspect::DefaultBrand => f.write_str(before),
            (Some(before), Some(after)) => write!(f, "{before} -> {after}"),
            (None, Some(after)) => write!(f, "{after} (new)"),
            (Some(before), None) if self.about == About::Brand => write!(f, "{before} -> none"),
            (Some(before), None) => write!(f, "{before} -> gone"),
            (None, None) => Ok(()),
        }
    }
}
