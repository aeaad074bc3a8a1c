//! What a flow comes to: who may start it, what it takes to be signed in by it, whom it creates or changes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use super::factors::Factors;
use super::visitor::{Class, Members, Visitor, classes};
use super::walk::{Answer, End, Met, Somebody, Start, Walk, walk};
use super::world::{Flow, Gate, Requirement, World};
use crate::access::Name;

/// What a flow comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// What it is for.
    pub designation: String,
    /// Who may start it.
    pub entry: Entry,
    /// What it takes to be signed in; `None` where it signs nobody in.
    pub proof: Option<Proof>,
    /// What it takes to get a new account; `None` where it creates none.
    pub creates: Option<Proof>,
    /// What somebody who is not signed in must prove to change an account; `None` where nobody can.
    pub changes: Option<Proof>,
    /// Whether somebody gets in, and whether a superuser does.
    pub reach: Reach,
    /// The pages that are shown on the usual way.
    pub path: Vec<&'static str>,
}

/// Who may start a flow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// Everyone.
    Everyone,
    /// Nobody who comes by its address: what is bound to it refuses.
    Nobody,
    /// A policy decides, or it could not be read.
    Open(Answer),
    /// Others than visitors: the server's word for the requirement.
    Others(String),
}

/// What has to be proven.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Proof {
    /// The least that is asked for, where what is undecided lets every stage be met.
    pub usual: Factors,
    /// The least that is asked for, however what is undecided turns out.
    pub least: Factors,
    /// Why the two differ.
    pub open: Option<Answer>,
}

/// Who gets in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    /// Somebody.
    pub anybody: Answer,
    /// A superuser who is a person.
    pub superuser: Answer,
}

/// One row of the table: what a user meets in a flow, and what comes of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row<'w> {
    /// The flow.
    pub flow: &'w Name,
    /// The users, all treated alike; `None` for somebody who answers nothing.
    pub users: Option<Vec<&'w Name>>,
    /// Whether they are signed in by name and password, with what everybody has.
    pub signed_in: Answer,
    /// A device, a certificate or an account elsewhere would let them go on.
    pub needs_device: bool,
    /// What they have to prove.
    pub proof: Option<Proof>,
    /// What they meet.
    pub met: Vec<Met>,
}

impl World {
    /// What every flow comes to that signs somebody in, or should.
    pub fn summaries(&self) -> BTreeMap<&Name, Summary> {
        let superusers = self.superusers();
        self.entrances()
            .into_iter()
            .filter_map(|slug| Some((slug, self.summary(self.flows.get(slug)?, &superusers))))
            .collect()
    }

    /// People that are superusers, if users and groups are known.
    pub fn superusers(&self) -> HashSet<&str> {
        Members::of(self, self.superuser_groups.iter()).users
    }

    fn summary<'w>(&'w self, flow: &'w Flow, superusers: &HashSet<&'w str>) -> Summary {
        let mut reach = Reach {
            anybody: Answer::No,
            superuser: Answer::No,
        };
        let mut ends: BTreeSet<End> = BTreeSet::new();
        let groups = self.classes(flow, superusers);
        let people = groups.iter().filter(|class| class.visitor.active);
        let mut none = true;
        for class in
            people.filter(|class| class.users.iter().any(|it| !self.machines.contains(*it)))
        {
            none = false;
            let mut visitor = class.visitor.clone();
            visitor.proves_all = true;
            let walk = walk(self, flow, &visitor, Start::Address);
            let signs_in = walk.signs_in();
            reach.anybody = reach.anybody.max(signs_in);
            let first = class.users.first();
            if first.is_some_and(|name| superusers.contains(&***name)) {
                reach.superuser = reach.superuser.max(signs_in);
            }
            ends.extend(walk.ends);
        }
        let usual = walk(self, flow, &Visitor::anybody(), Start::Address);
        if none {
            reach.anybody = usual.signs_in();
            reach.superuser = Answer::Unknown;
        }
        // Newcomers are nobody that is known.
        let newcomers = usual
            .ends
            .iter()
            .filter(|end| end.created.is_some() || none);
        ends.extend(newcomers.copied());
        let proof = |of: &dyn Fn(&End) -> Option<Factors>| Proof::of(&ends, of);
        Summary {
            designation: flow.designation.clone(),
            entry: self.entry(flow),
            proof: proof(&|end| end.proof.filter(|_| end.signed_in == Somebody::Visitor)),
            creates: proof(&|end| end.created),
            changes: proof(&|end| end.changed),
            reach,
            path: usual.met.iter().map(|met| met.component).collect(),
        }
    }

    /// Users, put into classes of those that a flow treats alike.
    pub fn classes<'w>(&'w self, flow: &'w Flow, superusers: &HashSet<&str>) -> Vec<Class<'w>> {
        let mut gates: Vec<&Gate> = flow.steps.iter().map(|step| &step.gate).collect();
        gates.push(&flow.gate);
        classes(self, &gates, superusers)
    }

    /// What it takes to get an account for somebody who comes to a flow from a source and is new; `None` where nobody does.
    pub fn created_from_source(&self, flow: &Flow) -> Option<Proof> {
        let walked = walk(self, flow, &Visitor::anybody(), Start::NewFromSource);
        Proof::of(&walked.ends, &|end| end.created)
    }

    fn entry(&self, flow: &Flow) -> Entry {
        if let Requirement::Others(word) = &flow.requires {
            return Entry::Others(word.clone());
        }
        let walk = walk(self, flow, &Visitor::nobody(), Start::Address);
        let is_refused = walk
            .met
            .first()
            .is_some_and(|met| met.stage.is_none() && met.message.is_some());
        if is_refused {
            return Entry::Nobody;
        }
        let open = walk.ends.iter().filter(|end| end.around);
        match open.filter_map(|end| end.open).max() {
            Some(answer) if !flow.gate.bindings.is_empty() => Entry::Open(answer),
            _ => Entry::Everyone,
        }
    }

    /// The rows of a flow: somebody who answers nothing, and all users.
    pub fn rows<'w>(
        &'w self,
        slug: &'w Name,
        flow: &'w Flow,
        superusers: &HashSet<&str>,
        of: Option<&str>,
    ) -> Vec<Row<'w>> {
        let mut rows = Vec::new();
        if of.is_none() {
            let nobody = walk(self, flow, &Visitor::nobody(), Start::Address);
            rows.push(row(slug, None, &nobody, None));
        }
        for class in self.classes(flow, superusers) {
            let users: Vec<&Name> = match of {
                None => class.users.clone(),
                Some(user) => class
                    .users
                    .iter()
                    .copied()
                    .filter(|name| &***name == user)
                    .collect(),
            };
            if users.is_empty() {
                continue;
            }
            let walked = walk(self, flow, &class.visitor, Start::Address);
            let mut proving = class.visitor.clone();
            proving.proves_all = true;
            let proven = walk(self, flow, &proving, Start::Address);
            let proof = Proof::of(&proven.ends, &|end| {
                end.proof.filter(|_| end.signed_in == Somebody::Visitor)
            });
            rows.push(row(slug, Some(users), &walked, proof));
        }
        rows
    }

    /// The flow by which a brand signs users in: the one that it names, or the first that lets a visitor in.
    pub fn sign_in_flow<'w>(&'w self, brand: &'w str) -> Option<&'w Name> {
        self.named_flow(brand).or_else(|| self.fallback().as_ref())
    }

    /// The first flow that lets visitors in, for brands that name none.
    fn fallback(&self) -> &Option<Name> {
        self.fallback.get_or_init(|| {
            let mut flows = self.flows.iter();
            let found = flows.find(|(_, flow)| {
                flow.designation == "authentication"
                    && matches!(self.entry(flow), Entry::Everyone | Entry::Open(_))
            });
            found.map(|(slug, _)| slug.clone())
        })
    }
}

fn row<'w>(
    flow: &'w Name,
    users: Option<Vec<&'w Name>>,
    walk: &Walk,
    proof: Option<Proof>,
) -> Row<'w> {
    let signed_in = walk.signs_in();
    Row {
        flow,
        users,
        signed_in,
        needs_device: signed_in != Answer::Yes && walk.needs_device(),
        proof,
        met: walk.met.clone(),
    }
}

/// The end at which the least had been proven, with that.
fn weakest<'e>(
    ends: impl Iterator<Item = &'e End>,
    of: &dyn Fn(&End) -> Option<Factors>,
) -> Option<(Factors, &'e End)> {
    ends.filter_map(|end| Some((of(end)?, end)))
        .min_by_key(|(factors, _)| (factors.strength(), *factors))
}

impl Proof {
    /// The least of what ends have proven; `None` where no end has.
    fn of(ends: &BTreeSet<End>, of: &dyn Fn(&End) -> Option<Factors>) -> Option<Proof> {
        let (least, end) = weakest(ends.iter(), of)?;
        let usual = weakest(ends.iter().filter(|end| !end.around), of);
        let usual = usual.map_or(least, |(usual, _)| usual);
        let open = end.open.filter(|_| least != usual || end.around);
        Some(Proof { usual, least, open })
    }

    /// Whether somebody who knows nothing but names gets through, whatever is undecided.
    pub fn is_nothing(&self) -> bool {
        self.usual.is_nothing()
    }
}

/// `password + second factor if enrolled`, and what it is reduced to where something undecided turns out like this.
impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.usual)?;
        match self.open {
            Some(open) if self.least == self.usual => write!(f, " ({})", open.reason()),
            Some(open) => write!(f, " ({}: {})", open.reason(), self.least),
            None => Ok(()),
        }
    }
}

impl Answer {
    /// The word for it, as a reason.
    pub fn reason(self) -> &'static str {
        match self {
            Answer::No => "no",
            Answer::Unknown => "not known",
            Answer::ByPolicy => "by policy",
            Answer::Yes => "yes",
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Everyone => f.write_str("everyone"),
            Entry::Nobody => f.write_str("nobody"),
            Entry::Open(Answer::ByPolicy) => f.write_str("whom a policy lets in"),
            Entry::Open(_) => f.write_str("users that are not known"),
            Entry::Others(word) => match word.as_str() {
                "require_authenticated" => f.write_str("who is signed in"),
                "require_superuser" => f.write_str("superusers who are signed in"),
                "require_outpost" => f.write_str("outposts"),
                "require_redirect" => f.write_str("who comes from another flow"),
                "require_token" => f.write_str("who has a link"),
                other => f.write_str(other),
            },
        }
    }
}
