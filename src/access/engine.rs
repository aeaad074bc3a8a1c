//! All verdicts of a world, by sets of users.
//!
//! The rule, as measured on real servers: enabled bindings only; none, and everyone passes. Groups and users form one
//! result together, each policy another; all results are combined by the application's mode. Before 2026.2 groups and
//! users are combined by `any` whatever the mode.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::bits::Bits;
use super::world::{Answer, Binding, Gate, Mode, Name, Rule, Subject, World};
use crate::value::Address;

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
    /// The word for it.
    pub fn word(self) -> &'static str {
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
        let numbers = names.iter().enumerate().map(|(number, name)| (name.clone(), number)).collect();
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
        Access::with(world, Index::of(world.users.keys().collect()))
    }

    /// The same with given numbers for users, so that two worlds can be compared.
    pub(super) fn with(world: &'w World, index: Index) -> Access<'w> {
        let mut sets = Sets::of(world, &index);
        for gate in world.gates.values() {
            sets.prepare(gate, &index);
        }
        let rows = world.gates.iter().map(|(address, gate)| (address, row(world, gate, &sets))).collect();
        Access { world, index, sets, rows }
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

    pub(super) fn number(&self, user: &str) -> Option<usize> {
        self.index.numbers.get(user).copied().filter(|number| self.sets.everyone.has(*number))
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
#[derive(Clone)]
pub(super) struct Known {
    pub pass: Bits,
    pub unknown: Bits,
}

/// Who is in what.
pub(super) struct Sets<'w> {
    world: &'w World,
    pub everyone: Bits,
    nobody: Bits,
    /// Groups directly below a group.
    children: HashMap<&'w str, Vec<&'w str>>,
    /// Members of bound groups, those of descendants among them.
    groups: HashMap<&'w str, Known>,
    users: HashMap<&'w str, Known>,
    /// For a policy that always answers the same.
    always: [Known; 2],
    /// The groups that a user is in itself, by name.
    pub direct: HashMap<&'w str, Vec<&'w Name>>,
}

impl<'w> Sets<'w> {
    fn of(world: &'w World, index: &Index) -> Sets<'w> {
        let nobody = Bits::none(index.names.len());
        let mut everyone = nobody.clone();
        world.users.keys().filter_map(|user| index.numbers.get(user)).for_each(|user| everyone.insert(*user));
        let mut children: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut direct: HashMap<&str, Vec<&Name>> = HashMap::new();
        for (name, group) in &world.groups {
            group.members.iter().for_each(|user| direct.entry(user).or_default().push(name));
            group.parents.iter().for_each(|parent| children.entry(parent).or_default().push(name));
        }
        let certain = |pass: &Bits| Known { pass: pass.clone(), unknown: nobody.clone() };
        let always = [certain(&nobody), certain(&everyone)];
        Sets { world, everyone, nobody, children, groups: HashMap::new(), users: HashMap::new(), always, direct }
    }

    fn prepare(&mut self, gate: &'w Gate, index: &Index) {
        for binding in gate.enabled() {
            match &binding.subject {
                Subject::Group(name) if !self.groups.contains_key(&**name) && self.world.groups.contains_key(name) => {
                    let members = self.members(name, index);
                    self.groups.insert(name, members);
                }
                Subject::User(name) => {
                    let mut only = self.nobody.clone();
                    index.numbers.get(name).into_iter().for_each(|user| only.insert(*user));
                    only.keep(&self.everyone);
                    self.users.insert(name, Known { pass: only, unknown: self.nobody.clone() });
                }
                _ => {}
            }
        }
    }

    /// Members of a group and of all its descendants; circles end where they began.
    pub fn members(&self, group: &'w str, index: &Index) -> Known {
        let mut members = self.nobody.clone();
        let mut unknown = self.nobody.clone();
        let mut seen = BTreeSet::from([group]);
        let mut next = vec![group];
        while let Some(group) = next.pop() {
            if let Some(it) = self.world.groups.get(group) {
                let numbers = |names: &BTreeSet<Name>, set: &mut Bits| {
                    names.iter().filter_map(|user| index.numbers.get(user)).for_each(|user| set.insert(*user));
                };
                numbers(&it.members, &mut members);
                if it.others {
                    let mut outside = self.nobody.clone();
                    numbers(&it.outside, &mut outside);
                    unknown.add(&self.everyone.without(&outside));
                }
            }
            let below = self.children.get(group).into_iter().flatten();
            next.extend(below.filter(|child| seen.insert(child)));
        }
        members.keep(&self.everyone);
        unknown.remove(&members);
        Known { pass: members, unknown }
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
    let nobody = || sets.nobody.clone();
    match sets.subject(&binding.subject) {
        Some(Known { pass, unknown }) => {
            let pass = if binding.negate { sets.everyone.without(pass).without(unknown) } else { pass.clone() };
            Passing { pass, perhaps: nobody(), unknown: unknown.clone() }
        }
        None if binding.subject.is_policy() => {
            Passing { pass: nobody(), perhaps: sets.everyone.clone(), unknown: nobody() }
        }
        None => Passing { pass: nobody(), perhaps: nobody(), unknown: sets.everyone.clone() },
    }
}

/// Several results together; there must be one.
fn combine(mode: Mode, results: Vec<Passing>, sets: &Sets<'_>) -> Passing {
    let mut pass = if mode == Mode::Any { sets.nobody.clone() } else { sets.everyone.clone() };
    let (mut perhaps, mut unknown) = (sets.nobody.clone(), sets.nobody.clone());
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
    Passing { pass, perhaps, unknown }
}

fn row<'w>(world: &World, gate: &'w Gate, sets: &Sets<'_>) -> Row<'w> {
    let of = |open: bool, result: Passing| Row {
        gate,
        open,
        allow: result.pass,
        conditional: result.perhaps,
        unknown: result.unknown,
    };
    let nobody = || Passing { pass: sets.nobody.clone(), perhaps: sets.nobody.clone(), unknown: sets.nobody.clone() };
    if gate.is_open() {
        return of(true, Passing { pass: sets.everyone.clone(), ..nobody() });
    }
    let mode = match gate.rule {
        Rule::Application(mode) => mode,
        Rule::Entitlement => Mode::Any,
    };
    // Whatever else is bound may be the one or the other.
    let of_kind = |wanted: &dyn Fn(&Subject) -> bool| -> Vec<Passing> {
        gate.enabled().filter(|it| wanted(&it.subject)).map(|it| result(it, sets)).collect()
    };
    let members = of_kind(&|subject| !subject.is_policy());
    let mut results = of_kind(&|subject| subject.is_policy() || *subject == Subject::Others);
    if !members.is_empty() {
        results.push(combine(world.static_mode(mode), members, sets));
    }
    of(false, if results.is_empty() { nobody() } else { combine(mode, results, sets) })
}
