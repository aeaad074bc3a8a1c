//! Which groups lie above which, and what follows for each from all that is above or below it.
//!
//! Works on the strongly connected components, one after another, so that a group with many parents which have many
//! parents costs its own edges only and never the ways through them. Groups in a cycle are all above each other.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::bits::Bits;
use super::world::{Name, World};
use crate::graph::{Components, Graph};

/// Groups by number, in the order of their names, with what is directly above each.
pub struct Nesting<'w> {
    names: Vec<&'w Name>,
    numbers: HashMap<&'w str, usize>,
    up: Graph,
    down: OnceCell<Graph>,
    /// Of what leads up: the components of parents come before those of children.
    components: Components,
}

/// Whence something comes to a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum From {
    /// From all groups above it.
    Above,
    /// From all groups below it.
    Below,
}

impl<'w> Nesting<'w> {
    /// Of the groups of a world, those that are only named as parents among them.
    pub fn of(world: &'w World) -> Nesting<'w> {
        let mut names: Vec<&Name> = world
            .groups
            .iter()
            .flat_map(|(name, group)| std::iter::once(name).chain(&group.parents))
            .collect();
        names.sort_unstable();
        names.dedup();
        let numbers: HashMap<&str, usize> = names
            .iter()
            .enumerate()
            .map(|(number, name)| (&***name, number))
            .collect();
        let parents = world
            .groups
            .iter()
            .flat_map(|(name, group)| group.parents.iter().map(move |it| (name, it)));
        let edges: Vec<(usize, usize)> = parents
            .map(|(name, parent)| (numbers[&**name], numbers[&**parent]))
            .collect();
        let up = Graph::new(names.len(), &edges);
        let components = up.components();
        Nesting {
            names,
            numbers,
            up,
            down: OnceCell::new(),
            components,
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    pub(super) fn name(&self, number: usize) -> &'w Name {
        self.names[number]
    }

    /// From each group to those directly above it.
    pub(super) fn up(&self) -> &Graph {
        &self.up
    }

    /// From each group to those directly below it.
    pub(super) fn down(&self) -> &Graph {
        self.down.get_or_init(|| self.up.reversed())
    }

    /// Every group at or above some.
    pub fn above<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<&'w Name> {
        let from: Vec<usize> = names
            .into_iter()
            .filter_map(|name| self.number(name))
            .collect();
        let reached = self.up.reachable(from);
        self.names
            .iter()
            .zip(reached)
            .filter(|(_, reached)| *reached)
            .map(|(name, _)| *name)
            .collect()
    }

    /// Every group above one; itself only in a cycle.
    pub(super) fn strictly_above(&self, number: usize) -> Vec<usize> {
        let reached = self.up.reachable(self.up.targets(number).iter().copied());
        reached
            .into_iter()
            .enumerate()
            .filter(|(_, reached)| *reached)
            .map(|(number, _)| number)
            .collect()
    }

    /// The component of a group.
    pub(super) fn component(&self, number: usize) -> usize {
        self.components.of[number]
    }

    /// What comes to the components of some groups from all that lie above or below, and from the groups themselves.
    /// `own` adds what a group itself has, `merge` all that another component has.
    pub(super) fn gather<T: Default>(
        &self,
        from: From,
        wanted: &[usize],
        mut own: impl FnMut(usize, &mut T),
        mut merge: impl FnMut(&mut T, &T),
    ) -> HashMap<usize, T> {
        let leads = match from {
            From::Above => &self.up,
            From::Below => self.down(),
        };
        let of = &self.components.of;
        let mut used = vec![false; self.components.nodes.len()];
        for (number, reached) in leads
            .reachable(wanted.iter().copied())
            .into_iter()
            .enumerate()
        {
            used[of[number]] |= reached;
        }
        let mut kept = vec![false; used.len()];
        wanted.iter().for_each(|number| kept[of[*number]] = true);
        // How many edges will still ask for what a component has; then it may be forgotten.
        let mut asks = vec![0_usize; used.len()];
        for number in (0..self.names.len()).filter(|number| used[of[*number]]) {
            leads
                .targets(number)
                .iter()
                .filter(|to| of[**to] != of[number])
                .for_each(|to| asks[of[*to]] += 1);
        }
        let mut gathered: HashMap<usize, T> = HashMap::new();
        let all = 0..used.len();
        let order: Vec<usize> = if from == From::Above {
            all.collect()
        } else {
            all.rev().collect()
        };
        for component in order.into_iter().filter(|component| used[*component]) {
            let mut sum = T::default();
            for number in &self.components.nodes[component] {
                own(*number, &mut sum);
                for target in leads
                    .targets(*number)
                    .iter()
                    .map(|to| of[*to])
                    .filter(|to| *to != component)
                {
                    if let Some(other) = gathered.get(&target) {
                        merge(&mut sum, other);
                    }
                    asks[target] -= 1;
                    if asks[target] == 0 && !kept[target] {
                        gathered.remove(&target);
                    }
                }
            }
            gathered.insert(component, sum);
        }
        gathered.retain(|component, _| kept[*component]);
        gathered
    }
}

/// Some groups, and which of them are above and below others.
pub struct Among<'n, 'w> {
    nesting: &'n Nesting<'w>,
    above: HashMap<usize, Bits>,
    below: HashMap<usize, Bits>,
}

impl<'w> Nesting<'w> {
    /// Which of some groups are above which others of them.
    pub fn among<'n, 'g>(&'n self, groups: impl Iterator<Item = &'g str>) -> Among<'n, 'w> {
        let numbers: Bits = groups.filter_map(|name| self.number(name)).collect();
        let wanted: Vec<usize> = numbers.iter().collect();
        let of = |from: From| {
            let own = |number: usize, set: &mut Bits| {
                if numbers.has(number) {
                    set.insert(number);
                }
            };
            let mut all = self.gather(from, &wanted, own, |set: &mut Bits, more| set.add(more));
            // Those of a cycle are above and below each other, which says nothing.
            for (component, set) in &mut all {
                set.remove(&self.components.nodes[*component].iter().copied().collect());
            }
            all
        };
        Among {
            nesting: self,
            above: of(From::Above),
            below: of(From::Below),
        }
    }
}

impl<'w> Among<'_, 'w> {
    /// Some of the groups, for asking about them.
    pub fn set<'g>(&self, groups: impl Iterator<Item = &'g str>) -> Bits {
        groups
            .filter_map(|name| self.nesting.number(name))
            .collect()
    }

    /// The first of some groups that is above another one and not below it as well.
    pub fn first_above(&self, group: &str, of: &Bits) -> Option<&'w Name> {
        self.first(&self.above, group, of)
    }

    /// The first of some groups that is below another one and not above it as well.
    pub fn first_below(&self, group: &str, of: &Bits) -> Option<&'w Name> {
        self.first(&self.below, group, of)
    }

    fn first(&self, all: &HashMap<usize, Bits>, group: &str, of: &Bits) -> Option<&'w Name> {
        let set = all.get(&self.nesting.component(self.nesting.number(group)?))?;
        set.within(of)
            .lowest()
            .map(|number| self.nesting.name(number))
    }
}
