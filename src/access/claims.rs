//! Whether claims about access hold in a world, and what speaks against them.
//!
//! What cannot be said is never taken for held nor for failed: it is `Unknown`, with the reason. Words are not made here.

use std::collections::HashSet;

use super::bits::Bits;
use super::engine::{Access, Known, Row, Verdict};
use super::why::Why;
use super::world::{GROUP, Mode, Name, Rule, Subject, USER, Unbound, World};
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
    /// It is not known whether the claim holds.
    Unknown(Vec<Against>),
}

/// What speaks against a claim, or keeps it from being proved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Against {
    /// This user has this verdict.
    Verdict {
        /// The user.
        user: Name,
        /// The application or entitlement.
        gate: Address,
        /// The verdict.
        verdict: Verdict,
        /// The reason.
        why: Why,
    },
    /// Everyone may open it.
    Open(Address),
    /// Something is bound to it.
    Bound(Address),
    /// Nothing is bound to it, and the settings close such applications.
    Closed(Address),
    /// Nothing is bound to it, and the settings, which decide, could not be read.
    Unset(Address),
    /// This user is in all of these.
    InSeveral(Name, Vec<Name>),
    /// The user, group or application does not exist.
    Missing(Address),
    /// It is not known who else is in it, or what else there is.
    Others(String),
    /// Something could not be read.
    Unread(String),
    /// This user is a superuser, by these groups.
    Superuser(Name, Vec<Name>),
    /// This role has a permission.
    Holds {
        /// The role.
        role: Name,
        /// The permission.
        permission: String,
        /// The object that it is on; none for all objects.
        object: Option<Address>,
    },
    /// This token of this owner never ends.
    Endless(Name, Option<Address>),
    /// What a flow or a source does, in words.
    SignIn(String),
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

impl<'w> Access<'w> {
    /// Works out every verdict, and the members of the groups that some claims name.
    pub fn judging<'c>(
        world: &'w World,
        claims: impl IntoIterator<Item = &'c Claim>,
    ) -> Access<'w> {
        let subjects = claims.into_iter().flat_map(|claim| match claim {
            Claim::Access { who, .. } => who.as_slice(),
            Claim::Only { subjects, .. } => subjects,
            Claim::NoUserIn(groups) => groups,
            Claim::Bound { .. } | Claim::Privileges(_) | Claim::SignIn(_) => &[],
        });
        let groups = subjects.filter(|subject| subject.address.family == GROUP);
        let names: Vec<&str> = groups
            .filter_map(|subject| subject.address.name())
            .collect();
        Access::and_groups(world, &names)
    }
}

/// Whether a claim holds.
pub fn held(claim: &Claim, access: &Access<'_>, reach: Reach) -> Held {
    let mut judge = Judge {
        access,
        world: access.world,
        reach,
        no: Diagnostic::default(),
        unknown: Diagnostic::default(),
    };
    match claim {
        Claim::Access { who, gates, access } => judge.access(who, gates, *access),
        Claim::Only { gates, subjects } => judge.only(gates, subjects),
        Claim::NoUserIn(groups) => judge.apart(groups),
        Claim::Bound { gates, bound } => judge.bound(gates, *bound),
        // What is needed for those is not here.
        Claim::Privileges(_) => judge.unknown.push(Against::Others("privileges".to_owned())),
        Claim::SignIn(_) => judge
            .unknown
            .push(Against::Others("sign-in flows".to_owned())),
    }
    match (judge.no.list(), judge.unknown.list()) {
        (no, _) if !no.is_empty() => Held::No(no),
        (_, unknown) if !unknown.is_empty() => Held::Unknown(unknown),
        _ => Held::Yes,
    }
}

/// The first reasons, and how many more there are.
#[derive(Default)]
struct Diagnostic {
    first: Vec<Against>,
    more: usize,
}

impl Diagnostic {
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

/// What of a gate decides about a claim.
struct Judged<'w> {
    gate: &'w Address,
    right: Bits,
    open: Bits,
    /// The same holds for every user, including users that nobody names.
    settled: bool,
}

struct Judge<'j, 'w> {
    access: &'j Access<'w>,
    world: &'w World,
    reach: Reach,
    no: Diagnostic,
    unknown: Diagnostic,
}

impl<'w> Judge<'_, 'w> {
    fn access(&mut self, who: &[Named], gates: &Gates, wanted: Wanted) {
        let gates: Vec<Judged<'_>> = self
            .gates(gates)
            .into_iter()
            .map(|gate| self.judged(gate, wanted))
            .collect();
        for subject in who {
            let Some(users) = self.users(subject) else {
                continue;
            };
            // Of other users it is not known whether they are in the group.
            let name = subject
                .address
                .name()
                .filter(|_| subject.address.family == GROUP);
            let open_ended = name.is_some_and(|name| self.access.sets.is_open_ended(name));
            for Judged {
                gate,
                right,
                open,
                settled,
            } in &gates
            {
                let rest = users.pass.without(right);
                self.verdicts(&rest.without(open), gate, true);
                self.verdicts(&rest.within(open), gate, false);
                if open_ended && !settled {
                    self.unknown.push(Against::Others(subject.to_string()));
                }
            }
        }
    }

    /// The users that have the wanted access to a gate, and those for whom this is not known.
    fn judged(&self, gate: &'w Address, wanted: Wanted) -> Judged<'w> {
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
        let settled = match wanted {
            Wanted::Allow => row.open,
            Wanted::Deny => self.world.is_closed(row.gate),
            Wanted::Conditional => false,
        };
        Judged {
            gate,
            right,
            open,
            settled,
        }
    }

    fn only(&mut self, gates: &Gates, subjects: &[Named]) {
        let mut inside = Known::default();
        for subject in subjects {
            if let Some(users) = self.users(subject) {
                inside.pass.add(&users.pass);
                inside.unknown.add(&users.unknown);
            }
        }
        inside.unknown.remove(&inside.pass);
        for gate in self.gates(gates) {
            let row = &self.access.rows[gate];
            if row.gate.is_unbound() {
                match self.world.unbound() {
                    Unbound::Everyone => self.no.push(Against::Open(gate.clone())),
                    Unbound::Nobody => {}
                    Unbound::Unknown => self.unknown.push(Against::Unset(gate.clone())),
                }
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
        let groups = subjects
            .iter()
            .filter(|subject| subject.address.family == GROUP);
        let groups: HashSet<&str> = groups
            .filter_map(|subject| subject.address.name())
            .collect();
        let users = subjects
            .iter()
            .filter(|subject| subject.address.family == USER);
        let users: HashSet<&str> = users.filter_map(|subject| subject.address.name()).collect();
        let within = |subject: &Subject| match subject {
            Subject::Group(name) => {
                groups.contains(&**name) || self.access.sets.is_below(name, &groups)
            }
            Subject::User(name) => users.contains(&**name),
            _ => false,
        };
        let inside = |it: &super::world::Binding| !it.negate && within(&it.subject);
        let (policies, members): (Vec<_>, Vec<_>) =
            row.gate.enabled().partition(|it| it.subject.is_policy());
        match row.gate.rule {
            Rule::Application(Mode::All) if self.world.static_mode(Mode::All) == Mode::All => {
                members.into_iter().any(inside)
            }
            Rule::Application(Mode::All) => !members.is_empty() && members.into_iter().all(inside),
            Rule::Application(Mode::Any) | Rule::Entitlement => {
                policies.is_empty() && members.into_iter().all(inside)
            }
        }
    }

    fn apart(&mut self, groups: &[Named]) {
        let sets: Vec<(&Named, Known)> = groups
            .iter()
            .filter_map(|group| Some((group, self.users(group)?)))
            .collect();
        let (mut once, mut twice) = (Bits::default(), Bits::default());
        let (mut perhaps_once, mut perhaps_twice, mut unknown) =
            (Bits::default(), Bits::default(), Bits::default());
        for (_, set) in &sets {
            twice.add(&once.within(&set.pass));
            once.add(&set.pass);
            let mut perhaps = set.pass.clone();
            perhaps.add(&set.unknown);
            perhaps_twice.add(&perhaps_once.within(&perhaps));
            perhaps_once.add(&perhaps);
            unknown.add(&set.unknown);
        }
        // Perhaps in two groups, and of one of them it is not known.
        let unsure = !perhaps_twice.within(&unknown).is_empty();
        for user in twice.iter() {
            if self.no.first.len() == MOST {
                self.no.more += 1;
                continue;
            }
            let of = sets.iter().filter(|(_, set)| set.pass.has(user));
            let names = of
                .filter_map(|(group, _)| group.address.name().map(Name::from))
                .collect();
            self.no.push(Against::InSeveral(
                self.access.index.names[user].clone(),
                names,
            ));
        }
        // Users that nobody names may be in two groups whose other members are not known.
        let ended = |group: &&Named| {
            group
                .address
                .name()
                .is_some_and(|name| self.access.sets.is_open_ended(name))
        };
        let open: Vec<String> = groups.iter().filter(ended).map(Named::to_string).collect();
        if unsure || open.len() > 1 {
            let names = if open.is_empty() {
                groups.iter().map(Named::to_string).collect()
            } else {
                open
            };
            self.unknown.push(Against::Others(names.join(" and ")));
        }
        self.people_read();
    }

    fn bound(&mut self, gates: &Gates, bound: bool) {
        for gate in self.gates(gates) {
            let row = &self.access.rows[gate];
            let others = row.gate.enabled().any(|it| it.subject == Subject::Others);
            let certain = row.gate.enabled().any(|it| it.subject != Subject::Others);
            match (
                bound,
                certain || !matches!(row.gate.rule, Rule::Application(_)),
            ) {
                (true, true) => {}
                (false, true) => self.no.push(Against::Bound(gate.clone())),
                (_, false) if others => self
                    .unknown
                    .push(Against::Others(format!("what is bound to {gate}"))),
                (_, false) => match (bound, self.world.unbound()) {
                    (true, Unbound::Everyone) => self.no.push(Against::Open(gate.clone())),
                    (false, Unbound::Nobody) => self.no.push(Against::Closed(gate.clone())),
                    (_, Unbound::Unknown) => self.unknown.push(Against::Unset(gate.clone())),
                    _ => {}
                },
            }
        }
    }

    /// The gates that a claim names; reports names that do not exist.
    fn gates(&mut self, gates: &Gates) -> Vec<&'w Address> {
        let exact: HashSet<&str> = gates.exact().map(|(name, _)| name.as_str()).collect();
        let candidates: Vec<&'w Address> = match exact.len() < gates.named.len() {
            true => self.world.gates.keys().collect(),
            false => self.access.gates_of(&exact),
        };
        let mut meant = Vec::new();
        let mut found: HashSet<&str> = HashSet::new();
        for address in candidates {
            let (application, entitlement) = match address.parts() {
                [] => (address, None),
                [Part::At(application), Part::Name(name), ..] => (application, Some(&**name)),
                _ => continue,
            };
            let Some(slug) = application.name() else {
                continue;
            };
            if entitlement == gates.entitlement.as_deref() && gates.takes(slug) {
                meant.push(address);
                found.insert(slug);
            }
        }
        let application = kinds::KINDS
            .iter()
            .find(|kind| kind.guarded_by_bindings)
            .map_or("", |kind| kind.family);
        for (name, _) in gates.exact() {
            if !found.contains(name.as_str()) && gates.takes(name) {
                self.missing(Address::named(application, name), self.reach.gates);
            }
        }
        let pattern = gates.exact().count() < gates.named.len();
        if pattern && !self.reach.gates {
            self.unknown.push(Against::Others(
                "applications that are not listed".to_owned(),
            ));
        }
        meant
    }

    /// The users that a claim names; reports names that do not exist.
    fn users(&mut self, subject: &Named) -> Option<Known> {
        let name = subject.address.name()?;
        if let Some(why) = self.world.blind() {
            self.unknown.push(Against::Unread(why.to_owned()));
            return None;
        }
        if subject.address.family == GROUP && self.world.groups.contains_key(name) {
            return self.access.sets.of_group(name, &self.access.index);
        }
        match self
            .access
            .number(name)
            .filter(|_| subject.address.family == USER)
        {
            Some(number) => {
                let pass = [number].into_iter().collect();
                Some(Known {
                    pass,
                    unknown: Bits::default(),
                })
            }
            None => {
                self.missing(subject.address.clone(), self.reach.people);
                None
            }
        }
    }

    fn missing(&mut self, address: Address, certain: bool) {
        let reported = Against::Missing(address);
        if certain {
            self.no.push(reported)
        } else {
            self.unknown.push(reported)
        }
    }

    /// Users that nobody names may open it as well.
    fn people_known(&mut self) {
        if !self.reach.people {
            self.unknown
                .push(Against::Others("users that are not declared".to_owned()));
        }
        self.people_read();
    }

    fn people_read(&mut self) {
        if let Some(why) = self.world.blind() {
            self.unknown.push(Against::Unread(why.to_owned()));
        } else if self.world.strangers() > 0 {
            let count = self.world.strangers();
            self.unknown.push(Against::Unread(format!(
                "{count} members of groups are hidden from the token's user"
            )));
        }
    }

    fn verdicts(&mut self, users: &Bits, gate: &Address, certain: bool) {
        let diagnostic = if certain {
            &mut self.no
        } else {
            &mut self.unknown
        };
        let count = users.count();
        for user in self.access.names(users).take(MOST) {
            let Some((verdict, why)) = self.access.why(user, gate) else {
                continue;
            };
            diagnostic.push(Against::Verdict {
                user: user.clone(),
                gate: gate.clone(),
                verdict,
                why,
            });
        }
        diagnostic.more += count.saturating_sub(MOST);
    }
}
