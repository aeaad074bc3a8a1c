//! Verdicts with reasons for everyone at once: users of one verdict and reason as one set, and their ways into groups.
//!
//! Divides users by what each binding says; it never asks user by user, so that a page can hold every reason.

use std::collections::BTreeMap;

use super::bits::Bits;
use super::classes::Reasons;
use super::engine::{Access, Verdict};
use super::ways::start;
use super::why::Why;
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
        let Some(row) = self.rows.get(gate) else {
            return Vec::new();
        };
        let reasons = Reasons::of(self.world, &self.sets, row);
        let mut alike: BTreeMap<(Verdict, Why), Bits> = BTreeMap::new();
        for (marks, users) in reasons.divide(&self.sets.everyone) {
            let Some(one) = users.lowest() else { continue };
            let verdict = row.verdict(one);
            alike
                .entry((verdict, reasons.why(&marks, verdict)))
                .or_default()
                .add(&users);
        }
        alike
            .into_iter()
            .rev()
            .map(|((verdict, why), users)| Alike {
                verdict,
                why,
                users,
            })
            .collect()
    }

    /// The ways into each bound group, by its name; each user goes the shortest one, as [`Access::why`] says it.
    pub fn ways(&self) -> BTreeMap<&Name, Ways> {
        let gates = self.world.gates.values();
        let bound =
            gates
                .flat_map(|gate| gate.enabled())
                .filter_map(|binding| match &binding.subject {
                    Subject::Group(name) => Some(name),
                    _ => None,
                });
        let mut ways: BTreeMap<&Name, Ways> = bound.map(|name| (name, Ways::new())).collect();
        for (group, ways) in &mut ways {
            *ways = self.ways_into(group);
        }
        ways
    }

    fn ways_into(&self, group: &Name) -> Ways {
        let mut ways = Ways::new();
        let (Some(known), Some(target)) = (
            self.sets.subject(&Subject::Group(group.clone())),
            self.number_of(group),
        ) else {
            return ways;
        };
        let nesting = &self.sets.nesting;
        let Some(below) = self.sets.ways.below(nesting, target) else {
            ways.insert(vec![group.clone()], known.pass.clone());
            return ways;
        };
        let mut starts: BTreeMap<usize, Bits> = BTreeMap::new();
        for user in known.pass.iter() {
            if let Some(start) = start(nesting, self.direct(&self.index.names[user]), &below) {
                starts.entry(start).or_default().insert(user);
            }
        }
        for (start, users) in starts {
            let way = match self.sets.ways.is_spent() {
                true => vec![group.clone()],
                false => self
                    .sets
                    .ways
                    .up(nesting, start, &below)
                    .into_iter()
                    .map(|it| nesting.name(it).clone())
                    .collect(),
            };
            ways.entry(way).or_default().add(&users);
        }
        ways
    }

    fn number_of(&self, group: &str) -> Option<usize> {
        self.sets.nesting.number(group)
    }
}
