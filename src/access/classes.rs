//! Users of whom all bindings of a thing say the same, and the reason that they share.
//!
//! Each binding is gone through once, by the users of whom it says something else than of most; what it says of the rest
//! is noted once for all. So thousands of bindings cost their members, not their number times all users.

use std::collections::{BTreeMap, HashMap};

use super::bits::Bits;
use super::engine::{Row, Sets, Verdict};
use super::why::{Part, Passes, Why};
use super::world::{Binding, Mode, Rule, Subject, Unbound, World};

/// How many bindings a reason names.
const NAMED: usize = 50;

/// What the bindings of one thing say, each of most users and each of some.
pub(super) struct Reasons<'a> {
    world: &'a World,
    sets: &'a Sets<'a>,
    row: &'a Row<'a>,
    bindings: Vec<&'a Binding>,
    /// Whether most users are in the set of a binding, and whether it is not known of most.
    most: Vec<(bool, bool)>,
    /// The bindings that say each result of most users: groups and users first, then policies.
    usual: BTreeMap<(bool, Passes), Vec<usize>>,
}

/// The bindings that say something else of a user than of most, in order: whether the user is in the set, and whether
/// that is not known.
pub(super) type Marks = BTreeMap<usize, (bool, bool)>;

impl<'a> Reasons<'a> {
    pub fn of(world: &'a World, sets: &'a Sets<'a>, row: &'a Row<'a>) -> Reasons<'a> {
        let bindings: Vec<&Binding> = row.gate.enabled().collect();
        let half = sets.everyone.count() / 2;
        let most = |binding: &&Binding| match sets.subject(&binding.subject) {
            Some(known) => (known.pass.count() > half, known.unknown.count() > half),
            None => (false, false),
        };
        let most: Vec<(bool, bool)> = bindings.iter().map(most).collect();
        let mut reasons = Reasons {
            world,
            sets,
            row,
            bindings,
            most,
            usual: BTreeMap::new(),
        };
        for place in 0..reasons.bindings.len() {
            let result = reasons.result(place, reasons.most[place]);
            reasons
                .usual
                .entry((reasons.is_policy(place), result))
                .or_default()
                .push(place);
        }
        reasons
    }

    /// What a binding says of a user, by whether the user is in its set and whether that is not known.
    fn result(&self, place: usize, (inside, unknown): (bool, bool)) -> Passes {
        let binding = self.bindings[place];
        match self.sets.subject(&binding.subject) {
            Some(_) if unknown => Passes::Unknown,
            Some(_) if inside != binding.negate => Passes::Yes,
            Some(_) => Passes::No,
            None if binding.subject.is_policy() => Passes::Depends,
            None => Passes::Unknown,
        }
    }

    /// Whether a binding forms a result of its own; groups and users form one together.
    fn is_policy(&self, place: usize) -> bool {
        let subject = &self.bindings[place].subject;
        subject.is_policy() || *subject == Subject::Others
    }

    /// What is special of one user.
    pub fn marks(&self, user: usize) -> Marks {
        let mut marks = Marks::new();
        for (place, binding) in self.bindings.iter().enumerate() {
            let Some(known) = self.sets.subject(&binding.subject) else {
                continue;
            };
            let here = (known.pass.has(user), known.unknown.has(user));
            if here != self.most[place] {
                marks.insert(place, here);
            }
        }
        marks
    }

    /// Divides users into those of whom the same is special.
    pub fn divide(&self, users: &Bits) -> Vec<(Marks, Bits)> {
        let mut classes = Classes::new(users);
        for (place, binding) in self.bindings.iter().enumerate() {
            let Some(known) = self.sets.subject(&binding.subject) else {
                continue;
            };
            let (inside, unknown) = self.most[place];
            classes.refine(&other(&known.pass, inside, users), (place, false));
            classes.refine(&other(&known.unknown, unknown, users), (place, true));
        }
        let classes = classes.all().into_iter().map(|(flips, users)| {
            let mut marks = Marks::new();
            for (place, of_unknown) in flips {
                let (inside, unknown) = marks.entry(place).or_insert(self.most[place]);
                if of_unknown {
                    *unknown = !*unknown
                } else {
                    *inside = !*inside
                }
            }
            (marks, users)
        });
        classes.collect()
    }

    /// The reason of a verdict; of the way into a bound group only the group itself, for who is in it.
    pub fn why(&self, marks: &Marks, verdict: Verdict) -> Why {
        if self.row.gate.is_unbound() {
            return match self.world.unbound() {
                Unbound::Everyone => Why::Open,
                Unbound::Nobody => Why::Closed,
                Unbound::Unknown => Why::Unset,
            };
        }
        if self.bindings.is_empty() {
            return Why::Nothing;
        }
        Why::Bound(
            self.decisive(marks, verdict)
                .into_iter()
                .map(|(place, it)| self.part(place, it, marks))
                .collect(),
        )
    }

    fn part(&self, place: usize, passes: Passes, marks: &Marks) -> Part {
        let binding = self.bindings[place];
        let (inside, _) = marks.get(&place).unwrap_or(&self.most[place]);
        let path = match &binding.subject {
            // Where nothing is known of who is in the group, there is no way.
            Subject::Group(name) if *inside && passes != Passes::Unknown => vec![name.clone()],
            _ => Vec::new(),
        };
        Part {
            subject: binding.subject.clone(),
            negate: binding.negate,
            passes,
            path,
        }
    }

    /// The bindings without which the verdict would be another one: the first of them, where there are very many.
    fn decisive(&self, marks: &Marks, verdict: Verdict) -> Vec<(usize, Passes)> {
        let mode = match self.row.gate.rule {
            Rule::Application(mode) => mode,
            Rule::Entitlement => Mode::Any,
        };
        let all = mode == Mode::All;
        let wanted: &[Passes] = match verdict {
            Verdict::Allow => &[Passes::Yes],
            Verdict::Deny => &[Passes::No],
            Verdict::Unknown if all => &[Passes::Yes, Passes::Unknown],
            Verdict::Unknown => &[Passes::Unknown],
            Verdict::Conditional if all => &[Passes::Yes, Passes::Depends],
            Verdict::Conditional => &[Passes::Depends],
        };
        // Where one member is enough, those that fail beside one that passes have no part in it.
        let enough = self.world.static_mode(mode) == Mode::Any
            && !self.with(false, Passes::Yes, marks, 1).is_empty();
        let mut decisive = Vec::new();
        for is_policy in [false, true] {
            let mut found: Vec<(usize, Passes)> = Vec::new();
            for passes in wanted
                .iter()
                .filter(|passes| is_policy || !enough || **passes == Passes::Yes)
            {
                found.extend(
                    self.with(is_policy, *passes, marks, NAMED)
                        .into_iter()
                        .map(|place| (place, *passes)),
                );
            }
            found.sort_unstable_by_key(|(place, _)| *place);
            decisive.extend(found);
        }
        decisive.truncate(NAMED);
        decisive
    }

    /// The first bindings that say a result of a user.
    fn with(&self, is_policy: bool, passes: Passes, marks: &Marks, most: usize) -> Vec<usize> {
        let usual = self
            .usual
            .get(&(is_policy, passes))
            .into_iter()
            .flatten()
            .copied();
        let mut found: Vec<usize> = usual
            .filter(|place| !marks.contains_key(place))
            .take(most)
            .collect();
        let special = marks.iter().filter(|(place, here)| {
            self.is_policy(**place) == is_policy && self.result(**place, **here) == passes
        });
        found.extend(special.map(|(place, _)| *place));
        found.sort_unstable();
        found.truncate(most);
        found
    }
}

/// Of some users those who are in a set, or, where most are, those who are not.
fn other(set: &Bits, most: bool, users: &Bits) -> Bits {
    if most {
        users.without(set)
    } else {
        users.within(set)
    }
}

/// What a class was made by: a binding, and whether by what is not known.
type Flip = (usize, bool);

/// Users divided step by step: who is in one more set than others of a class forms a new one.
struct Classes<'a> {
    users: &'a Bits,
    of: HashMap<usize, usize>,
    /// For each class but the first, the one that it was a part of and what made it.
    from: Vec<Option<(usize, Flip)>>,
}

impl<'a> Classes<'a> {
    fn new(users: &'a Bits) -> Classes<'a> {
        Classes {
            users,
            of: HashMap::new(),
            from: vec![None],
        }
    }

    fn refine(&mut self, set: &Bits, flip: Flip) {
        let mut new: HashMap<usize, usize> = HashMap::new();
        for user in set.iter() {
            let class = self.of.entry(user).or_insert(0);
            let next = self.from.len();
            let part = *new.entry(*class).or_insert(next);
            if part == next {
                self.from.push(Some((*class, flip)));
            }
            *class = part;
        }
    }

    /// The classes that have users, in the order of their first ones, with what makes them special.
    fn all(&self) -> Vec<(Vec<Flip>, Bits)> {
        let mut places: HashMap<usize, usize> = HashMap::new();
        let mut all: Vec<(Vec<Flip>, Bits)> = Vec::new();
        for user in self.users.iter() {
            let class = self.of.get(&user).copied().unwrap_or(0);
            let place = *places.entry(class).or_insert_with(|| {
                all.push((self.flips(class), Bits::default()));
                all.len() - 1
            });
            all[place].1.insert(user);
        }
        all
    }

    fn flips(&self, class: usize) -> Vec<Flip> {
        let mut flips = Vec::new();
        let mut at = class;
        while let Some((before, flip)) = self.from[at] {
            flips.push(flip);
            at = before;
        }
        flips
    }
}
