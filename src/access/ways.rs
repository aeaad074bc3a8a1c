//! The groups by which users come to be in a group, found when somebody asks.
//!
//! One search per group, from it downwards, serves all users; it follows each edge once. There is a limit to what is
//! followed for all groups together: beyond it only the group itself is named, which is true as well.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::nesting::Nesting;
use super::world::Name;

/// How many steps are gone for all ways of one world.
const LIMIT: usize = 2_000_000;

/// Ways that were found.
#[derive(Default)]
pub(super) struct Ways {
    /// By the number of a group, how far below it others are.
    below: RefCell<HashMap<usize, Rc<HashMap<usize, usize>>>>,
    gone: Cell<usize>,
}

impl Ways {
    /// The shortest way up from one of some groups, which are sorted by name, to another one; by name where several are
    /// as short. Empty if none of them leads there.
    pub fn way(&self, nesting: &Nesting<'_>, direct: &[&Name], group: &Name) -> Vec<Name> {
        if direct.binary_search(&group).is_ok() {
            return vec![group.clone()];
        }
        let Some(target) = nesting.number(group) else {
            return Vec::new();
        };
        let Some(below) = self.below(nesting, target) else {
            return vec![group.clone()];
        };
        match start(nesting, direct, &below) {
            Some(start) => self
                .up(nesting, start, &below)
                .into_iter()
                .map(|number| nesting.name(number).clone())
                .collect(),
            None => Vec::new(),
        }
    }

    /// Whether so much has been followed that no more is.
    pub fn is_spent(&self) -> bool {
        self.gone.get() > LIMIT
    }

    /// How far below a group others are; `None` beyond the limit.
    pub fn below(&self, nesting: &Nesting<'_>, target: usize) -> Option<Rc<HashMap<usize, usize>>> {
        if let Some(known) = self.below.borrow().get(&target) {
            return Some(Rc::clone(known));
        }
        if self.is_spent() {
            return None;
        }
        let mut below: HashMap<usize, usize> = HashMap::from([(target, 0)]);
        let mut next = VecDeque::from([(target, 0)]);
        while let Some((at, steps)) = next.pop_front() {
            let children = nesting.down().targets(at);
            self.gone.set(self.gone.get() + children.len());
            for child in children {
                if let std::collections::hash_map::Entry::Vacant(entry) = below.entry(*child) {
                    entry.insert(steps + 1);
                    next.push_back((*child, steps + 1));
                }
            }
        }
        let below = Rc::new(below);
        self.below.borrow_mut().insert(target, Rc::clone(&below));
        Some(below)
    }

    /// The way up from one group to the one that the others are below, both included.
    pub fn up(
        &self,
        nesting: &Nesting<'_>,
        from: usize,
        below: &HashMap<usize, usize>,
    ) -> Vec<usize> {
        let mut way = vec![from];
        let mut at = from;
        while let Some(steps) = below.get(&at).filter(|steps| **steps > 0) {
            let mut parents = nesting.up().targets(at).iter();
            let Some(parent) = parents.find(|parent| below.get(parent) == Some(&(steps - 1)))
            else {
                break;
            };
            at = *parent;
            way.push(at);
        }
        self.gone.set(self.gone.get() + way.len());
        way
    }
}

/// Of some groups, sorted by name, the first one that is nearest.
pub(super) fn start(
    nesting: &Nesting<'_>,
    direct: &[&Name],
    below: &HashMap<usize, usize>,
) -> Option<usize> {
    let numbers = direct.iter().filter_map(|name| nesting.number(name));
    numbers
        .filter_map(|number| Some((*below.get(&number)?, number)))
        .min()
        .map(|(_, number)| number)
}
