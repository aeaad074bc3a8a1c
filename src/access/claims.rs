//! Whether claims about access hold in a world, and what speaks against them.
//!
//! What cannot be said is never taken for held nor for failed: it is `Unknown`, with the reason. Words are not made here.

use std::collections::BTreeSet;

use super::bits::Bits;
use super::engine::{Access, Known, Row, Verdict};
use super::why::Why;
use super::world::{GROUP, Mode, Name, Rule, Subject, USER, World};
use crate::desired::{Claim, Gates, Subject as Named, Wanted};
use crate::kinds;
use crate::value::{Address, Part};

/// How many reasons are given for one claim.
const MOST: usize = 5;

/// What became of a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Held {
    /// It holds.
    Yes,
    /// It does not.
    No(Vec<Against>),
    /// That cannot be said.
    Unknown(Vec<Against>),
}

/// What speaks against a claim, or keeps it from being proved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Against {
    /// This user has this verdict.
    Verdict {
        /// Who.
        user: Name,
        /// On what.
        gate: Address,
        /// Which.
        verdict: Verdict,
        /// Why.
        why: Why,
    },
    /// Everyone may open it.
    Open(Address),
    /// Something is bound to it.
    Bound(Address),
    /// This user is in all of these.
    InSeveral(Name, Vec<Name>),
    /// There is no such user, group or application.
    Missing(Address),
    /// It is not known who else is in it, or what else there is.
    Others(String),
    /// Something could not be read.
    Unread(String),
    /// So many more.
    More(usize),
}

/// What a world is known to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    /// Every user and group is in it, so that a name that is not is wrong.
    pub people: bool,
    /// Every application is in it.
    pub gates: bool,
}

/// Whether a claim holds.
pub fn held(claim: &Claim, access: &Access<'_>, reach: Reach) -> Held {
    let mut judge = Judge { access, world: access.world, reach, no: Told::default(), unknown: Told::default() };
    match claim {
        Claim::Access { who, gates, access } => judge.access(who, gates, *access),
        Claim::Only { gates, subjects } => judge.only(gates, subjects),
        Claim::Apart(groups) => judge.apart(groups),
        Claim::Bound { gates, bound } => judge.bound(gates, *bound),
    }
    match (judge.no.list(), judge.unknown.list()) {
        (no, _) if !no.is_empty() => Held::No(no),
        (_, unknown) if !unknown.is_empty() => Held::Unknown(unknown),
        _ => Held::Yes,
    }
}

/// The first reasons, and how many more there are.
#[derive(Default)]
struct Told {
    first: Vec<Against>,
    more: usize,
}

impl Told {
    fn push(&mut self, one: Against) {
        if self.first.contains(&one) {
            return;
        }
        match self.first.len() < MOST {
            true => self.first.push(one),
            false => self.more += 1,
        }
    }

    fn list(self) -> Vec<Against> {
        let more = (self.more > 0).then_some(Against::More(self.more));
        self.first.into_iter().chain(more).collect()
    }
}

struct Judge<'j, 'w> {
    access: &'j Access<'w>,
    world: &'w World,
    reach: Reach,
    no: Told,
    unknown: Told,
}

impl<'w> Judge<'_, 'w> {
    fn access(&mut self, who: &[Named], gates: &Gates, wanted: Wanted) {
        let gates = self.gates(gates);
        for subject in who {
            let Some(users) = self.users(subject) else { continue };
            for gate in &gates {
                let row = &self.access.rows[gate];
                let right = match wanted {
                    Wanted::Allow => row.allow.clone(),
                    Wanted::Conditional => row.conditional.clone(),
                    Wanted::Deny => {
                        let mut passes = row.allow.clone();
                        passes.add(&row.conditional);
                        passes.add(&row.unknown);
                        self.access.sets.everyone.without(&passes)
                    }
                };
                let mut open = row.unknown.clone();
                if wanted != Wanted::Conditional {
                    open.add(&row.conditional);
                }
                let rest = users.pass.without(&right);
                self.verdicts(&rest.without(&open), gate, true);
                open.keep(&rest);
                self.verdicts(&open, gate, false);
                // Of others it is not known whether they are in the group.
                let name = subject.address.name().filter(|_| subject.address.family == GROUP);
                if name.is_some_and(|name| self.is_open_ended(name)) && !(row.open && wanted == Wanted::Allow) {
                    self.unknown.push(Against::Others(subject.to_string()));
                }
            }
        }
    }

    fn only(&mut self, gates: &Gates, subjects: &[Named]) {
        let mut inside = Known {
            pass: Bits::none(self.access.index.names.len()),
            unknown: Bits::none(self.access.index.names.len()),
        };
        for subject in subjects {
            if let Some(users) = self.users(subject) {
                inside.pass.add(&users.pass);
                inside.unknown.add(&users.unknown);
            }
        }
        inside.unknown.remove(&inside.pass);
        for gate in self.gates(gates) {
            let row = &self.access.rows[gate];
            if row.open {
                self.no.push(Against::Open(gate.clone()));
                continue;
            }
            if self.within(row, subjects) {
                continue;
            }
            let outside = row.allow.without(&inside.pass);
            self.verdicts(&outside.without(&inside.unknown), gate, true);
            let mut perhaps = row.conditional.clone();
            perhaps.add(&row.unknown);
            perhaps.remove(&inside.pass);
            let mut unsure = outside;
            unsure.keep(&inside.unknown);
            perhaps.add(&unsure);
            self.verdicts(&perhaps, gate, false);
            self.people_known();
        }
    }

    /// Whether what is bound lets nobody in but these, whoever is in the groups.
    fn within(&self, row: &Row<'_>, subjects: &[Named]) -> bool {
        let names = |family: &str, name: &str| {
            subjects.iter().any(|it| it.address.family == family && it.address.name() == Some(name))
        };
        let within = |subject: &Subject| match subject {
            Subject::Group(name) => {
                names(GROUP, name) || self.world.ancestors(name).into_iter().any(|above| names(GROUP, above))
            }
            Subject::User(name) => names(USER, name),
            _ => false,
        };
        let inside = |it: &super::world::Binding| !it.negate && within(&it.subject);
        let (policies, members): (Vec<_>, Vec<_>) = row.gate.enabled().partition(|it| it.subject.is_policy());
        match row.gate.rule {
            Rule::Application(Mode::All) if self.world.static_mode(Mode::All) == Mode::All => {
                members.into_iter().any(inside)
            }
            Rule::Application(Mode::All) => !members.is_empty() && members.into_iter().all(inside),
            Rule::Application(Mode::Any) | Rule::Entitlement => policies.is_empty() && members.into_iter().all(inside),
        }
    }

    fn apart(&mut self, groups: &[Named]) {
        let sets: Vec<(&Named, Known)> = groups.iter().filter_map(|group| Some((group, self.users(group)?))).collect();
        let mut twice: BTreeSet<usize> = BTreeSet::new();
        let mut unsure = false;
        for (at, (_, one)) in sets.iter().enumerate() {
            for (_, other) in &sets[at + 1..] {
                let mut both = one.pass.clone();
                both.keep(&other.pass);
                twice.extend(both.iter());
                let mut perhaps = one.pass.clone();
                perhaps.add(&one.unknown);
                let mut theirs = other.pass.clone();
                theirs.add(&other.unknown);
                perhaps.keep(&theirs);
                unsure |= !perhaps.without(&both).is_empty();
            }
        }
        for user in twice {
            let of = sets.iter().filter(|(_, set)| set.pass.has(user));
            let names = of.filter_map(|(group, _)| group.address.name().map(Name::from)).collect();
            self.no.push(Against::InSeveral(self.access.index.names[user].clone(), names));
        }
        // Users whom nobody names may be in two groups of which it is not known who else is in them.
        let ended = |group: &&Named| group.address.name().is_some_and(|name| self.is_open_ended(name));
        let open: Vec<String> = groups.iter().filter(ended).map(Named::to_string).collect();
        if unsure || open.len() > 1 {
            let names = if open.is_empty() { groups.iter().map(Named::to_string).collect() } else { open };
            self.unknown.push(Against::Others(names.join(" and ")));
        }
        self.people_read();
    }

    fn bound(&mut self, gates: &Gates, bound: bool) {
        for gate in self.gates(gates) {
            let row = &self.access.rows[gate];
            let others = row.gate.enabled().any(|it| it.subject == Subject::Others);
            let certain = row.gate.enabled().any(|it| it.subject != Subject::Others);
            match (bound, certain || !matches!(row.gate.rule, Rule::Application(_))) {
                (true, true) => {}
                (false, true) => self.no.push(Against::Bound(gate.clone())),
                (_, false) if others => self.unknown.push(Against::Others(format!("what is bound to {gate}"))),
                (true, false) => self.no.push(Against::Open(gate.clone())),
                (false, false) => {}
            }
        }
    }

    /// The gates that are meant; what is named and not there is told.
    fn gates(&mut self, gates: &Gates) -> Vec<&'w Address> {
        let mut meant = Vec::new();
        for address in self.world.gates.keys() {
            let (application, entitlement) = match address.parts() {
                [] => (address, None),
                [Part::At(application), Part::Name(name), ..] => (application, Some(&**name)),
                _ => continue,
            };
            if application.name().is_some_and(|slug| gates.takes(slug)) && entitlement == gates.entitlement.as_deref() {
                meant.push(address);
            }
        }
        let application = kinds::KINDS.iter().find(|kind| kind.guarded).map_or("", |kind| kind.family);
        for (name, _) in gates.exact() {
            let of = |gate: &&&Address| match gate.parts().first() {
                Some(Part::At(owner)) => owner.name() == Some(name),
                _ => gate.name() == Some(name),
            };
            if gates.takes(name) && !meant.iter().any(|gate| of(&gate)) {
                self.missing(Address::named(application, name), self.reach.gates);
            }
        }
        let pattern = gates.exact().count() < gates.named.len();
        if pattern && !self.reach.gates {
            self.unknown.push(Against::Others("applications that are not listed".to_owned()));
        }
        meant
    }

    /// Who is meant; what is not there is told.
    fn users(&mut self, subject: &Named) -> Option<Known> {
        let name = subject.address.name()?;
        if let Some(why) = self.world.blind() {
            self.unknown.push(Against::Unread(why.to_owned()));
            return None;
        }
        if subject.address.family == GROUP && self.world.groups.contains_key(name) {
            return Some(self.access.sets.members(self.world.groups.get_key_value(name)?.0, &self.access.index));
        }
        match self.access.number(name).filter(|_| subject.address.family == USER) {
            Some(number) => {
                let mut only = Bits::none(self.access.index.names.len());
                let unknown = only.clone();
                only.insert(number);
                Some(Known { pass: only, unknown })
            }
            None => {
                self.missing(subject.address.clone(), self.reach.people);
                None
            }
        }
    }

    fn missing(&mut self, address: Address, certain: bool) {
        let told = Against::Missing(address);
        if certain { self.no.push(told) } else { self.unknown.push(told) }
    }

    /// Whether a group, or one below it, may have members whom nobody names.
    fn is_open_ended(&self, group: &str) -> bool {
        let open = |it: &super::world::Group| it.others || it.strangers > 0;
        let below = |(name, it): (&Name, &super::world::Group)| {
            open(it) && (&**name == group || self.world.ancestors(name).iter().any(|above| &***above == group))
        };
        self.world.groups.iter().any(below)
    }

    /// Users whom nobody names may open it as well.
    fn people_known(&mut self) {
        if !self.reach.people {
            self.unknown.push(Against::Others("users that are not declared".to_owned()));
        }
        self.people_read();
    }

    fn people_read(&mut self) {
        if let Some(why) = self.world.blind() {
            self.unknown.push(Against::Unread(why.to_owned()));
        } else if self.world.strangers() > 0 {
            let count = self.world.strangers();
            self.unknown.push(Against::Unread(format!("{count} members of groups are hidden from the token's user")));
        }
    }

    fn verdicts(&mut self, users: &Bits, gate: &Address, certain: bool) {
        let told = if certain { &mut self.no } else { &mut self.unknown };
        let count = users.count();
        for user in self.access.names(users).take(MOST) {
            let Some((verdict, why)) = self.access.why(user, gate) else { continue };
            told.push(Against::Verdict { user: user.clone(), gate: gate.clone(), verdict, why });
        }
        told.more += count.saturating_sub(MOST);
    }
}
