//! What waits for what: steps for steps, and steps for joints, which stand for many steps at once.
//!
//! Where each of many steps waits for all of many others (the bindings of an application that go, for those that take
//! their place), the pairs would grow with the square of a list. A joint stands between the two, and the plan that comes
//! out names as few needs as say the same.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use crate::plan::step::Step;
use crate::work;

/// Up to so many steps on one side of a joint each need is named for itself.
const FEW: usize = 16;

/// What waits for what. Places are those in the list of steps.
pub(super) struct Waits {
    /// For each step, the steps for which it waits.
    pub direct: Vec<BTreeSet<usize>>,
    /// For each step, the joints for which it waits.
    through: Vec<BTreeSet<usize>>,
    joints: Vec<Joint>,
}

/// Many steps for which others wait.
struct Joint {
    steps: Vec<usize>,
    /// Joints of which all steps belong to it too; always older ones.
    joints: Vec<usize>,
}

/// The number of a joint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct JointId(usize);

impl Waits {
    /// Nothing waits for anything.
    pub fn new(steps: usize) -> Waits {
        Waits {
            direct: vec![BTreeSet::new(); steps],
            through: vec![BTreeSet::new(); steps],
            joints: Vec::new(),
        }
    }

    /// A joint of some steps and of those of other joints.
    pub fn joint(&mut self, steps: Vec<usize>, joints: Vec<JointId>) -> JointId {
        self.joints.push(Joint {
            steps,
            joints: joints.into_iter().map(|joint| joint.0).collect(),
        });
        JointId(self.joints.len() - 1)
    }

    /// A step waits for another one.
    pub fn wait(&mut self, later: usize, earlier: usize) {
        self.direct[later].insert(earlier);
    }

    /// A step waits for all steps of a joint, of which it must be none.
    pub fn wait_for_all(&mut self, later: usize, joint: JointId) {
        self.through[later].insert(joint.0);
    }

    /// Every node with those that it waits for: the steps, and after them the joints.
    pub fn edges(&self) -> Vec<(usize, usize)> {
        let count = self.direct.len();
        let of_steps = (0..count).flat_map(|step| {
            let direct = self.direct[step].iter().copied();
            direct
                .chain(self.through[step].iter().map(move |joint| count + joint))
                .map(move |earlier| (step, earlier))
        });
        let of_joints = self.joints.iter().enumerate().flat_map(|(number, joint)| {
            let inner = joint.joints.iter().map(move |inner| count + inner);
            joint
                .steps
                .iter()
                .copied()
                .chain(inner)
                .map(move |earlier| (count + number, earlier))
        });
        of_steps.chain(of_joints).collect()
    }

    /// How many nodes [`Waits::edges`] is about.
    pub fn nodes(&self) -> usize {
        self.direct.len() + self.joints.len()
    }

    /// The place of a joint among the nodes.
    pub fn node(&self, joint: JointId) -> usize {
        self.direct.len() + joint.0
    }

    /// Every step of a joint.
    pub fn steps_of(&self, joint: JointId) -> BTreeSet<usize> {
        let mut steps = BTreeSet::new();
        let mut open = vec![joint.0];
        while let Some(at) = open.pop() {
            steps.extend(self.joints[at].steps.iter().copied());
            open.extend(&self.joints[at].joints);
        }
        steps
    }

    /// Kahn's algorithm with the list's own order for ties.
    fn order(&self) -> (Vec<usize>, usize) {
        let count = self.direct.len();
        let mut waits = vec![0_usize; self.nodes()];
        let mut unlocks: Vec<Vec<usize>> = vec![Vec::new(); self.nodes()];
        let edges = self.edges();
        work::count(edges.len());
        for (later, earlier) in edges {
            waits[later] += 1;
            unlocks[earlier].push(later);
        }
        let mut ready: BinaryHeap<Reverse<usize>> = (0..count)
            .filter(|step| waits[*step] == 0)
            .map(Reverse)
            .collect();
        let mut order = Vec::with_capacity(count);
        let mut done: Vec<usize> = (count..self.nodes())
            .filter(|joint| waits[*joint] == 0)
            .collect();
        loop {
            let node = match done.pop() {
                Some(joint) => joint,
                None => {
                    let Some(Reverse(step)) = ready.pop() else {
                        break;
                    };
                    order.push(step);
                    step
                }
            };
            for next in &unlocks[node] {
                waits[*next] -= 1;
                if waits[*next] == 0 {
                    if *next < count {
                        ready.push(Reverse(*next))
                    } else {
                        done.push(*next)
                    }
                }
            }
        }
        // Deletions of objects that refer to each other have no first; the server lets either go first.
        let placed = order.len();
        let first: BTreeSet<usize> = order.iter().copied().collect();
        order.extend((0..count).filter(|step| !first.contains(step)));
        (order, placed)
    }

    /// The steps in their order, each with the places of those that it needs.
    pub fn sort(self, steps: Vec<Step>) -> Vec<Step> {
        let (order, placed) = self.order();
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old] = new;
        }
        let needs = Needs::new(self, place, placed).settle();
        let mut slots: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
        let sorted = order.iter().zip(needs).filter_map(|(old, needs)| {
            let step = slots[*old].take()?;
            Some(Step { needs, ..step })
        });
        sorted.collect()
    }
}

/// What the sorted steps need, by their new places.
struct Needs {
    waits: Waits,
    /// The new place of each step.
    place: Vec<usize>,
    /// How many steps have a place that all their needs come before.
    placed: usize,
    /// Of each joint, the places of all its steps, where those are few.
    few: Vec<Option<BTreeSet<usize>>>,
    /// Of each joint, the place of its last step, which comes to need all the others where they are many.
    last: Vec<Option<usize>>,
    /// Whether the last step of a joint stands for the others.
    relayed: Vec<bool>,
    needs: Vec<BTreeSet<usize>>,
}

impl Needs {
    fn new(waits: Waits, place: Vec<usize>, placed: usize) -> Needs {
        let relayed = vec![false; waits.joints.len()];
        let needs = vec![BTreeSet::new(); place.len()];
        let mut all = Needs {
            few: Vec::new(),
            last: Vec::new(),
            waits,
            place,
            placed,
            relayed,
            needs,
        };
        for joint in &all.waits.joints {
            let few = few(joint, &all.place, &all.few);
            let steps = joint
                .steps
                .iter()
                .map(|step| all.place[*step])
                .filter(|place| *place < all.placed);
            let last = steps
                .chain(joint.joints.iter().filter_map(|inner| all.last[*inner]))
                .max();
            all.few.push(few);
            all.last.push(last);
        }
        all
    }

    fn settle(mut self) -> Vec<BTreeSet<usize>> {
        let mut waiting = vec![0_usize; self.waits.joints.len()];
        self.waits
            .through
            .iter()
            .flatten()
            .for_each(|joint| waiting[*joint] += 1);
        for (old, later) in self.place.clone().into_iter().enumerate() {
            let direct: Vec<usize> = self.waits.direct[old]
                .iter()
                .map(|earlier| self.place[*earlier])
                .collect();
            self.needs[later].extend(direct);
            for joint in std::mem::take(&mut self.waits.through[old]) {
                let plain = waiting[joint] <= FEW && self.waits.joints[joint].joints.is_empty();
                self.need_all(later, joint, plain);
            }
        }
        // A joint is made after those that it has, so these come later here.
        for joint in (0..self.relayed.len()).rev() {
            let (true, Some(last)) = (self.relayed[joint], self.last[joint]) else {
                continue;
            };
            let Joint { steps, joints } = &self.waits.joints[joint];
            let steps: Vec<usize> = steps.iter().map(|step| self.place[*step]).collect();
            let joints = joints.clone();
            self.needs[last].extend(steps);
            joints
                .into_iter()
                .for_each(|inner| self.need_all(last, inner, false));
        }
        for (place, needs) in self.needs.iter_mut().enumerate() {
            work::count(needs.len());
            needs.retain(|need| *need < place);
        }
        self.needs
    }

    /// A step needs all of a joint: each for itself, or the last of them, which needs the others.
    fn need_all(&mut self, later: usize, joint: usize, plain: bool) {
        if let Some(few) = &self.few[joint] {
            self.needs[later].extend(few);
        } else if plain {
            let steps = &self.waits.joints[joint].steps;
            self.needs[later].extend(steps.iter().map(|step| self.place[*step]));
        } else if let Some(last) = self.last[joint] {
            self.needs[later].insert(last);
            self.relayed[joint] = true;
        }
    }
}

/// The places of all steps of a joint, where those are few.
fn few(
    joint: &Joint,
    place: &[usize],
    inner: &[Option<BTreeSet<usize>>],
) -> Option<BTreeSet<usize>> {
    if joint.steps.len() > FEW {
        return None;
    }
    let mut few: BTreeSet<usize> = joint.steps.iter().map(|step| place[*step]).collect();
    for number in &joint.joints {
        few.extend(inner[*number].as_ref()?);
        if few.len() > FEW {
            return None;
        }
    }
    Some(few)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::step::Action;
    use crate::schema::{Kind, string};
    use crate::value::Address;

    static KIND: Kind = Kind::new("thing", "", "/thing/").fields(&[string("name").required()]);

    fn steps(count: usize) -> Vec<Step> {
        let step = |i: usize| {
            Step::new(
                Action::Update,
                Address::named("thing", &format!("{i:04}")),
                &KIND,
            )
        };
        (0..count).map(step).collect()
    }

    /// Whether each step comes after all that it waits for, directly or through others, and how many needs say so.
    fn sorted(waits: Waits, pairs: &[(usize, usize)]) -> usize {
        let steps = steps(waits.direct.len());
        let steps = waits.sort(steps);
        let name = |step: &Step| {
            step.address
                .name()
                .and_then(|name| name.parse::<usize>().ok())
                .unwrap_or_default()
        };
        let mut before: Vec<BTreeSet<usize>> = Vec::new();
        for step in &steps {
            let mut all = BTreeSet::new();
            for need in &step.needs {
                all.insert(name(&steps[*need]));
                all.extend(&before[*need]);
            }
            before.push(all);
        }
        for (later, earlier) in pairs {
            let at = steps
                .iter()
                .position(|step| name(step) == *later)
                .unwrap_or_default();
            assert!(
                before[at].contains(earlier),
                "{later} does not wait for {earlier}"
            );
        }
        steps.iter().map(|step| step.needs.len()).sum()
    }

    #[test]
    fn many_that_wait_for_many_need_few() {
        for count in [3, 40] {
            let mut waits = Waits::new(2 * count);
            let joint = waits.joint((0..count).collect(), Vec::new());
            (count..2 * count).for_each(|later| waits.wait_for_all(later, joint));
            let pairs: Vec<(usize, usize)> = (count..2 * count)
                .flat_map(|later| (0..count).map(move |earlier| (later, earlier)))
                .collect();
            let needs = sorted(waits, &pairs);
            assert_eq!(needs, if count == 3 { 9 } else { 2 * count - 1 });
        }
    }

    #[test]
    fn joints_of_joints_hold_all_of_them() {
        let mut waits = Waits::new(100);
        let mut inner = Vec::new();
        for part in 0..3 {
            let steps = (part * 30..(part + 1) * 30).rev().collect();
            inner = vec![waits.joint(steps, inner)];
        }
        (90..100).for_each(|later| waits.wait_for_all(later, inner[0]));
        let pairs: Vec<(usize, usize)> = (90..100)
            .flat_map(|later| (0..90).map(move |it| (later, it)))
            .collect();
        assert!(sorted(waits, &pairs) < 110);
    }
}
