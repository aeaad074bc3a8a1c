//! Verdicts with reasons for everyone at once: users of one verdict and reason as one set, and their ways into groups.
//!
//! Splits sets by what each binding says; it never asks user by user, so that a page can hold every reason.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::bits::Bits;
use super::engine::{Access, Verdict};
use super::why::{Part, Passes, Why};
use super::world::{Name, Subject};
use crate::value::Address;

/// Users for whom the verdict on one thing is the same, for the same reason.
pub struct Alike {
    /// What they get.
    pub verdict: Verdict,
    /// Why; of the way into a bound group only the bound group itself, for who is in it.
    pub why: Why,
    /// Who.
    pub users: Bits,
}

/// Ways from the groups that users are in themselves up to one group, with who goes them.
pub type Ways = BTreeMap<Vec<Name>, Bits>;

impl Access<'_> {
    /// Every verdict on one thing with its reason; together they are all users.
    pub fn alike(&self, gate: &Address) -> Vec<Alike> {
        let Some(row) = self.rows.get(gate) else { return Vec::new() };
        let mut sets = vec![self.sets.everyone.clone()];
        let mut split = |by: &Bits| {
            sets = sets
                .iter()
                .flat_map(|set| {
                    let out = set.without(by);
                    let mut within = set.clone();
                    within.keep(by);
                    [within, out]
                })
                .filter(|set| !set.is_empty())
                .collect();
        };
        for binding in row.gate.enabled() {
            if let Some(known) = self.sets.subject(&binding.subject) {
                split(&known.pass);
                split(&known.unknown);
            }
        }
        let mut alike: BTreeMap<(Verdict, Why), Bits> = BTreeMap::new();
        for set in sets {
            let Some(one) = set.iter().next() else { continue };
            let Some((verdict, why)) = self.why(&self.index.names[one], gate) else { continue };
            alike.entry((verdict, without_ways(why))).and_modify(|users| users.add(&set)).or_insert(set);
        }
        alike.into_iter().rev().map(|((verdict, why), users)| Alike { verdict, why, users }).collect()
    }

    /// The ways into each bound group, by its name; each user goes the shortest one, as [`Access::why`] says it.
    pub fn ways(&self) -> BTreeMap<&Name, Ways> {
        let gates = self.world.gates.values();
        let bound = gates.flat_map(|gate| gate.enabled()).filter_map(|binding| match &binding.subject {
            Subject::Group(name) => Some(name),
            _ => None,
        });
        let mut ways: BTreeMap<&Name, Ways> = bound.map(|name| (name, Ways::new())).collect();
        let up: HashMap<&Name, Vec<Vec<&Name>>> =
            self.world.groups.keys().map(|group| (group, self.above(group, &ways))).collect();
        for (number, user) in self.index.names.iter().enumerate().filter(|(it, _)| self.sets.everyone.has(*it)) {
            let mut mine: BTreeMap<&Name, &Vec<&Name>> = BTreeMap::new();
            // In the order of names: of ways that are as short, the first one is taken.
            for way in self.sets.direct.get(&**user).into_iter().flatten().filter_map(|group| up.get(*group)).flatten()
            {
                let Some(last) = way.last() else { continue };
                let best = mine.entry(last).or_insert(way);
                if way.len() < best.len() {
                    *best = way;
                }
            }
            for (group, way) in mine {
                let way: Vec<Name> = way.iter().map(|name| (*name).clone()).collect();
                if let Some(ways) = ways.get_mut(group) {
                    ways.entry(way).or_insert_with(|| Bits::none(self.index.names.len())).insert(number);
                }
            }
        }
        ways
    }

    /// The shortest way from one group up to each bound one.
    fn above<'a>(&'a self, group: &'a Name, bound: &BTreeMap<&Name, Ways>) -> Vec<Vec<&'a Name>> {
        let mut came: HashMap<&Name, Option<&Name>> = HashMap::from([(group, None)]);
        let mut next = VecDeque::from([group]);
        let mut ways = Vec::new();
        while let Some(name) = next.pop_front() {
            if bound.contains_key(name) {
                let mut way = vec![name];
                let mut at = name;
                while let Some(Some(before)) = came.get(at) {
                    way.push(before);
                    at = before;
                }
                way.reverse();
                ways.push(way);
            }
            for parent in self.world.groups.get(name).into_iter().flat_map(|group| &group.parents) {
                if !came.contains_key(parent) {
                    came.insert(parent, Some(name));
                    next.push_back(parent);
                }
            }
        }
        ways
    }
}

/// The reason without the way of each user into a bound group.
pub(super) fn without_ways(why: Why) -> Why {
    let short = |part: Part| {
        let last = part.path.last().into_iter().cloned().collect();
        // Where nothing is known of who is in the group, there is no way.
        let path = if part.passes == Passes::Unknown { Vec::new() } else { last };
        Part { path, ..part }
    };
    match why {
        Why::Bound(parts) => Why::Bound(parts.into_iter().map(short).collect()),
        other => other,
    }
}
