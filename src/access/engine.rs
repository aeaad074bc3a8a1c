//! All verdicts of a world, by sets of users.
//!
//! The rule, as measured on real servers: enabled bindings only; none, and everyone passes, unless the settings of 2026.5
//! or later say that nobody does. Groups and users form one
//! result together, each policy another; all results are combined by the application's mode. Before 2026.2 groups and
//! users are combined by `any` whatever the mode.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::bits::Bits;
use super::nesting::{From, Nesting};
use super::ways::Ways;
use super::world::{Answer, Binding, Gate, Mode, Name, Rule, Subject, Unbound, World};
use crate::value::{Address, Part};

/// Whether a user may open something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// No.
    Deny,
    /// It cannot be said: something could not be read.
    Unknown,
    /// It hangs on a policy that runs on the server.
    Conditional,
    /// Yes.
    Allow,
}

impl Verdict {
    /// Its name in documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Deny => "deny",
            Verdict::Unknown => "unknown",
            Verdict::Conditional => "conditional",
            Verdict::Allow => "allow",
        }
    }
}

/// Numbers for users, so that sets of them are bits.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub names: Vec<Name>,
    pub numbers: HashMap<Name, usize>,
}

impl Index {
    pub fn of(names: BTreeSet<&Name>) -> Index {
        let names: Vec<Name> = names.into_iter().cloned().collect();
        let numbers = names
            .iter()
            .enumerate()
            .map(|(number, name)| (name.clone(), number))
            .collect();
        Index { names, numbers }
    }
}

/// Every verdict of a world.
pub struct Access<'w> {
    /// The world.
    pub world: &'w World,
    pub(super) index: Index,
    pub(super) sets: Sets<'w>,
    /// What can be opened, by address.
    pub rows: BTreeMap<&'w Address, Row<'w>>,
    /// The same by the name of the application.
    by_name: HashMap<&'w str, Vec<&'w Address>>,
}

/// Who may open one thing.
#[derive(Clone, Debug)]
pub struct Row<'w> {
    /// What is bound to it.
    pub gate: &'w Gate,
    /// Everyone passes: nothing that counts is bound.
    pub open: bool,
    /// Who passes.
    pub allow: Bits,
    /// Who passes or not by a policy.
    pub conditional: Bits,
    /// Of whom it cannot be said.
    pub unknown: Bits,
}

impl<'w> Access<'w> {
    /// Works out every verdict.
    pub fn of(world: &'w World) -> Access<'w> {
        Access::with(world, Index::of(world.users.keys().collect()), &[])
    }

    /// Works out every verdict, and who is in some groups besides, of which claims speak.
    pub fn and_groups(world: &'w World, groups: &[&str]) -> Access<'w> {
        Access::with(world, Index::of(world.users.keys().collect()), groups)
    }

    /// The same with given numbers for users, so that two worlds can be compared.
    pub(super) fn with(world: &'w World, index: Index, groups: &[&str]) -> Access<'w> {
        let sets = Sets::of(world, &index, groups);
        let rows = world
            .gates
            .iter()
            .map(|(address, gate)| (address, row(world, gate, &sets)))
            .collect();
        let mut by_name: HashMap<&str, Vec<&Address>> = HashMap::new();
        for address in world.gates.keys() {
            let owner = if let [Part::At(owner), ..] = address.parts() {
                owner
            } else {
                address
            };
            by_name
                .entry(owner.name().unwrap_or_default())
                .or_default()
                .push(address);
        }
        Access {
            world,
            index,
            sets,
            rows,
            by_name,
        }
    }

    /// Whether a user may open something; `None` for a user or thing that there is not.
    pub fn verdict(&self, user: &str, gate: &Address) -> Option<Verdict> {
        let number = self.number(user)?;
        self.rows.get(gate).map(|row| row.verdict(number))
    }

    /// The users of a set, by name.
    pub fn names<'a>(&'a self, set: &'a Bits) -> impl Iterator<Item = &'a Name> {
        set.iter().map(|number| &self.index.names[number])
    }

    /// What can be opened of some applications, these and their entitlements, in the order of addresses.
    pub(super) fn gates_of(&self, applications: &HashSet<&str>) -> Vec<&'w Address> {
        let mut gates: Vec<&Address> = applications
            .iter()
            .filter_map(|name| self.by_name.get(name))
            .flatten()
            .copied()
            .collect();
        gates.sort_unstable();
        gates
    }

    pub(super) fn number(&self, user: &str) -> Option<usize> {
        self.index
            .numbers
            .get(user)
            .copied()
            .filter(|number| self.sets.everyone.has(*number))
    }
}

impl Row<'_> {
    pub(super) fn verdict(&self, user: usize) -> Verdict {
        match user {
            user if self.allow.has(user) => Verdict::Allow,
            user if self.conditional.has(user) => Verdict::Conditional,
            user if self.unknown.has(user) => Verdict::Unknown,
            _ => Verdict::Deny,
        }
    }
}

/// For whom a subject passes, and of whom that cannot be said; the two have nobody in common.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub pass: Bits,
    pub unknown: Bits,
}

/// Who is in what.
pub(super) struct Sets<'w> {
    world: &'w World,
    pub everyone: Bits,
    /// Members of bound groups, those of descendants among them.
    groups: HashMap<&'w str, Known>,
    users: HashMap<&'w str, Known>,
    /// For a policy that always answers the same.
    always: [Known; 2],
    /// The groups that a user is in itself, by name.
    pub direct: HashMap<&'w str, Vec<&'w Name>>,
    pub nesting: Nesting<'w>,
    pub ways: Ways,
    /// Groups of which claims speak, by number.
    named: HashSet<usize>,
    above: OnceCell<HashMap<usize, Bits>>,
    open_ended: OnceCell<Vec<bool>>,
}

impl<'w> Sets<'w> {
    fn of(world: &'w World, index: &Index, more: &[&str]) -> Sets<'w> {
        let everyone: Bits = world
            .users
            .keys()
            .filter_map(|user| index.numbers.get(user).copied())
            .collect();
        let mut direct: HashMap<&str, Vec<&Name>> = HashMap::new();
        for (name, group) in &world.groups {
            group
                .members
                .iter()
                .for_each(|user| direct.entry(user).or_default().push(name));
        }
        let certain = |pass: &Bits| Known {
            pass: pass.clone(),
            unknown: Bits::default(),
        };
        let always = [certain(&Bits::default()), certain(&everyone)];
        let nesting = Nesting::of(world);
        let ways = Ways::default();
        let named = more
            .iter()
            .filter_map(|name| nesting.number(name))
            .collect();
        let (groups, users) = (HashMap::new(), HashMap::new());
        let (above, open_ended) = (OnceCell::new(), OnceCell::new());
        let mut sets = Sets {
            world,
            everyone,
            groups,
            users,
            always,
            direct,
            nesting,
            ways,
            named,
            above,
            open_ended,
        };
        let mut wanted: BTreeSet<&str> = more.iter().copied().collect();
        for binding in world.gates.values().flat_map(Gate::enabled) {
            match &binding.subject {
                Subject::Group(name) => drop(wanted.insert(name)),
                Subject::User(name) => {
                    let only: Bits = index.numbers.get(name).copied().into_iter().collect();
                    let pass = only.within(&sets.everyone);
                    sets.users.insert(
                        name,
                        Known {
                            pass,
                            unknown: Bits::default(),
                        },
                    );
                }
                _ => {}
            }
        }
        sets.groups = sets.members(&wanted, index);
        sets
    }

    /// Members of some groups and of all their descendants.
    fn members(&self, wanted: &BTreeSet<&str>, index: &Index) -> HashMap<&'w str, Known> {
        let there = wanted
            .iter()
            .filter_map(|name| self.world.groups.get_key_value(*name));
        let there: Vec<(&'w str, usize)> = there
            .filter_map(|(name, _)| Some((&**name, self.nesting.number(name)?)))
            .collect();
        let numbers: Vec<usize> = there.iter().map(|(_, number)| *number).collect();
        let of = |names: &BTreeSet<Name>| -> Bits {
            names
                .iter()
                .filter_map(|user| index.numbers.get(user).copied())
                .collect()
        };
        let settled = of(&self.world.settled);
        let own = |number: usize, known: &mut Known| {
            let Some(group) = self.world.groups.get(self.nesting.name(number)) else {
                return;
            };
            known.pass.add(&of(&group.members));
            if group.others {
                known
                    .unknown
                    .add(&self.everyone.without(&of(&group.outside)).without(&settled));
            }
        };
        let merge = |known: &mut Known, below: &Known| {
            known.pass.add(&below.pass);
            known.unknown.add(&below.unknown);
        };
        let mut gathered = self.nesting.gather(From::Below, &numbers, own, merge);
        for known in gathered.values_mut() {
            known.pass.keep(&self.everyone);
            known.unknown.remove(&known.pass);
        }
        let known = |number: usize| {
            gathered
                .get(&self.nesting.component(number))
                .cloned()
                .unwrap_or_default()
        };
        there
            .into_iter()
            .map(|(name, number)| (name, known(number)))
            .collect()
    }

    /// Members of a group and of all its descendants; `None` if there is no such group.
    pub fn of_group(&self, group: &str, index: &Index) -> Option<Known> {
        match self.groups.get(group) {
            Some(known) => Some(known.clone()),
            None => self.members(&BTreeSet::from([group]), index).remove(group),
        }
    }

    /// Whether a group, or one below it, may have members whom nobody names.
    pub fn is_open_ended(&self, group: &str) -> bool {
        let open_ended = self.open_ended.get_or_init(|| {
            let open = self
                .world
                .groups
                .iter()
                .filter(|(_, group)| group.others || group.strangers > 0);
            self.nesting
                .up()
                .reachable(open.filter_map(|(name, _)| self.nesting.number(name)))
        });
        self.world.groups.contains_key(group)
            && self
                .nesting
                .number(group)
                .is_some_and(|number| open_ended[number])
    }

    /// Whether one of some groups is above another one.
    pub fn is_below(&self, group: &str, others: &HashSet<&str>) -> bool {
        let Some(number) = self.nesting.number(group) else {
            return false;
        };
        let numbers = || others.iter().filter_map(|name| self.nesting.number(name));
        if !numbers().all(|other| self.named.contains(&other)) {
            return self
                .nesting
                .strictly_above(number)
                .into_iter()
                .any(|above| numbers().any(|other| other == above));
        }
        let above = self.above.get_or_init(|| self.named_above());
        let above = above.get(&self.nesting.component(number));
        above.is_some_and(|above| numbers().any(|other| above.has(other)))
    }

    /// Of each bound group, which of the groups that claims name are above it.
    fn named_above(&self) -> HashMap<usize, Bits> {
        let bound: Vec<usize> = self
            .groups
            .keys()
            .filter_map(|name| self.nesting.number(name))
            .collect();
        let own = |number: usize, above: &mut Bits| {
            for parent in self
                .nesting
                .up()
                .targets(number)
                .iter()
                .filter(|parent| self.named.contains(parent))
            {
                above.insert(*parent);
            }
        };
        self.nesting
            .gather(From::Above, &bound, own, |above, more| above.add(more))
    }

    /// For whom a binding passes, before it is turned round; `None` if that cannot be said.
    pub fn subject(&self, subject: &Subject) -> Option<&Known> {
        match subject {
            Subject::Group(name) => self.groups.get(&**name),
            Subject::User(name) => self.users.get(&**name),
            Subject::Policy(name) => match self.world.policies.get(name)? {
                Answer::Always(passes) => Some(&self.always[usize::from(*passes)]),
                Answer::Depends => None,
            },
            Subject::Unknown(..) | Subject::Others => None,
        }
    }
}

/// One result for all users: who passes, who perhaps, and of whom nothing is known. The three have nobody in common.
struct Passing {
    pass: Bits,
    perhaps: Bits,
    unknown: Bits,
}

fn result(binding: &Binding, sets: &Sets<'_>) -> Passing {
    let nobody = Bits::default;
    match sets.subject(&binding.subject) {
        Some(Known { pass, unknown }) => {
            let pass = if binding.negate {
                sets.everyone.without(pass).without(unknown)
            } else {
                pass.clone()
            };
            Passing {
                pass,
                perhaps: nobody(),
                unknown: unknown.clone(),
            }
        }
        None if binding.subject.is_policy() => Passing {
            pass: nobody(),
            perhaps: sets.everyone.clone(),
            unknown: nobody(),
        },
        None => Passing {
            pass: nobody(),
            perhaps: nobody(),
            unknown: sets.everyone.clone(),
        },
    }
}

/// Several results together; there must be one.
fn combine(mode: Mode, results: Vec<Passing>, sets: &Sets<'_>) -> Passing {
    let mut pass = if mode == Mode::Any {
        Bits::default()
    } else {
        sets.everyone.clone()
    };
    let (mut perhaps, mut unknown) = (Bits::default(), Bits::default());
    // For `all`: who does not fail anywhere.
    let mut left = sets.everyone.clone();
    for result in &results {
        let mut here = result.pass.clone();
        match mode {
            Mode::Any => pass.add(&here),
            Mode::All => pass.keep(&here),
        }
        here.add(&result.perhaps);
        here.add(&result.unknown);
        left.keep(&here);
        perhaps.add(&result.perhaps);
        unknown.add(&result.unknown);
    }
    if mode == Mode::All {
        perhaps.keep(&left);
        unknown.keep(&left);
    }
    unknown.remove(&pass);
    perhaps.remove(&pass);
    perhaps.remove(&unknown);
    Passing {
        pass,
        perhaps,
        unknown,
    }
}

fn row<'w>(world: &World, gate: &'w Gate, sets: &Sets<'_>) -> Row<'w> {
    let of = |open: bool, result: Passing| Row {
        gate,
        open,
        allow: result.pass,
        conditional: result.perhaps,
        unknown: result.unknown,
    };
    let nobody = || Passing {
        pass: Bits::default(),
        perhaps: Bits::default(),
        unknown: Bits::default(),
    };
    if gate.is_unbound() {
        return match world.unbound() {
            Unbound::Everyone => of(
                true,
                Passing {
                    pass: sets.everyone.clone(),
                    ..nobody()
                },
            ),
            Unbound::Nobody => of(false, nobody()),
            Unbound::Unknown => of(
                false,
                Passing {
                    unknown: sets.everyone.clone(),
                    ..nobody()
                },
            ),
        };
    }
    let mode = match gate.rule {
        Rule::Application(mode) => mode,
        Rule::Entitlement => Mode::Any,
    };
    // Whatever else is bound may be the one or the other.
    let of_kind = |wanted: &dyn Fn(&Subject) -> bool| -> Vec<Passing> {
        gate.enabled()
            .filter(|it| wanted(&it.subject))
            .map(|it| result(it, sets))
            .collect()
    };
    let members = of_kind(&|subject| !subject.is_policy());
    let mut results = of_kind(&|subject| subject.is_policy() || *subject == Subject::Others);
    if !members.is_empty() {
        results.push(combine(world.static_mode(mode), members, sets));
    }
    of(
        false,
        if results.is_empty() {
            nobody()
        } else {
            combine(mode, results, sets)
        },
    )
}
