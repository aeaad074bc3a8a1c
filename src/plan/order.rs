//! What first: a stable topological order of the steps, and two steps where references go in circles.
//!
//! Create before use; references away before deleting; a new binding before the old one goes, since without any the
//! application is open; a name is freed before it is taken; deletes last and in reverse. Ties go by kind, then address.

mod circles;
mod handover;
mod needs;
mod ready;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use serde_json::Value as Raw;

use super::circles::turns;
use super::matching::Matched;
use super::step::{Action, Step};
use crate::diag::Diagnostic;
use crate::kinds;
use crate::live::{Found, Live};
use crate::schema::Kind;
use crate::value::{Address, Part, Value};
use circles::break_circles;
use handover::{break_swaps, handed_over};
use needs::needs;

/// Orders the steps. Refuses circles of references that all must be there at once.
pub(super) fn order(mut steps: Vec<Step>, matched: &Matched, diagnostics: &mut Vec<Diagnostic>) -> Vec<Step> {
    let ranks: HashMap<&str, usize> = kinds::KINDS.iter().enumerate().map(|(i, kind)| (kind.name, i)).collect();
    steps.sort_by(|a, b| rank(a, &ranks).cmp(&rank(b, &ranks)));
    break_circles(&mut steps, diagnostics);
    let taken = |kind: &'static Kind, values: &[&Value]| {
        let alike = |found: &Found| {
            let theirs = kind.unlike.iter().map(|name| found.fields.get(name).unwrap_or(&Value::Null));
            found.kind == kind && theirs.eq(values.iter().copied())
        };
        matched.live.values().any(|(_, found)| alike(found))
    };
    break_swaps(&mut steps, &taken);
    steps.sort_by(|a, b| rank(a, &ranks).cmp(&rank(b, &ranks)));
    let mut needs = needs(&steps);
    for (later, earlier) in turns(&steps, matched).into_iter().chain(handed_over(&steps)) {
        needs[later].insert(earlier);
    }
    for (step, needs) in steps.iter_mut().zip(needs) {
        step.needs = needs;
    }
    sorted(steps)
}

/// Ties: deletes after the rest and in reverse, then the table's order, then the address; second steps after first.
fn rank<'a>(step: &'a Step, ranks: &HashMap<&str, usize>) -> (bool, i64, &'a Address, bool) {
    let place = ranks.get(step.kind.name).map_or(i64::MAX, |place| *place as i64);
    let deletes = step.action == Action::Delete;
    (deletes, if deletes { -place } else { place }, &step.address, step.second)
}

/// Every address that a step needs to be there: what it writes and what its key is made of.
pub(super) fn uses(step: &Step) -> BTreeSet<Address> {
    let mut uses = step.refs();
    if step.action == Action::Create {
        uses.extend(step.address.parts().iter().filter_map(|part| match part {
            Part::At(address) => Some(address.clone()),
            _ => None,
        }));
    }
    uses.remove(&step.address);
    uses
}

/// Kahn's algorithm with the list's own order for ties; the needs are renumbered.
fn sorted(steps: Vec<Step>) -> Vec<Step> {
    let mut waits: Vec<usize> = steps.iter().map(|step| step.needs.len()).collect();
    let mut unlocks: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (i, step) in steps.iter().enumerate() {
        step.needs.iter().for_each(|need| unlocks[*need].push(i));
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        waits.iter().enumerate().filter(|(_, waits)| **waits == 0).map(|(i, _)| Reverse(i)).collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some(Reverse(i)) = ready.pop() {
        order.push(i);
        for next in &unlocks[i] {
            waits[*next] -= 1;
            if waits[*next] == 0 {
                ready.push(Reverse(*next));
            }
        }
    }
    // Deletions of objects that refer to each other have no first; the server lets either go first.
    let placed: BTreeSet<usize> = order.iter().copied().collect();
    order.extend((0..steps.len()).filter(|i| !placed.contains(i)));
    let place: HashMap<usize, usize> = order.iter().enumerate().map(|(new, old)| (*old, new)).collect();
    let mut slots: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    order
        .iter()
        .enumerate()
        .filter_map(|(new, old)| {
            let mut step = slots[*old].take()?;
            step.needs = step.needs.iter().map(|need| place[need]).filter(|need| *need < new).collect();
            Some(step)
        })
        .collect()
}

/// Further ids of objects, by address and name.
type OtherIds = BTreeMap<(Address, &'static str), Raw>;

/// The ids of all objects that are already there and that the steps refer to or rest on.
pub(super) fn ids(steps: &[Step], matched: &Matched, live: &Live) -> (BTreeMap<Address, Raw>, OtherIds) {
    let mut ids = BTreeMap::new();
    let mut others = BTreeMap::new();
    for step in steps {
        let mut named = step.refs();
        named.insert(step.address.clone());
        for value in step.expect.values() {
            value.refs(&mut |address| {
                named.insert(address.clone());
            });
        }
        for address in named {
            let there = matched.live.get(&address);
            let before = there.map_or(&address, |(before, _)| before);
            others.extend(live.other_ids(before).map(|(name, id)| ((address.clone(), name), id.clone())));
            if let Some(pk) = there.map(|(_, found)| &found.pk).or_else(|| live.pk(&address)) {
                ids.insert(address, pk.clone());
            }
        }
    }
    (ids, others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;
    use crate::plan::step::Write;
    use crate::schema::{one, text, to};

    static HARD: Kind =
        Kind::new("hard", "", "/hard/").fields(&[text("name").required(), one("next", to("hard")).required()]);
    static SOFT: Kind = Kind::new("soft", "", "/soft/").fields(&[text("name").required(), one("next", to("soft"))]);

    fn create(kind: &'static Kind, name: &str, next: &str) -> Step {
        let next = Value::Ref(Address::named(kind.family, next));
        let write = Write::Create { body: BTreeMap::from([("next", next)]), add: BTreeMap::new() };
        Step { write, ..Step::new(Action::Create, Address::named(kind.family, name), kind) }
    }

    fn ordered(kind: &'static Kind) -> (Vec<Step>, Vec<Diagnostic>) {
        let matched = Matched::default();
        let steps = [("a", "b"), ("b", "c"), ("c", "a")].map(|(name, next)| create(kind, name, next));
        let mut diagnostics = Vec::new();
        (order(steps.to_vec(), &matched, &mut diagnostics), diagnostics)
    }

    #[test]
    fn a_circle_of_required_references_is_refused_and_shown() {
        let (_, diagnostics) = ordered(&HARD);
        let [diagnostic] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
        assert_eq!(diagnostic.code, Code::REFERENCE_CIRCLE);
        assert_eq!(diagnostic.notes, [r#"the circle is hard "a" -> hard "b" -> hard "c" -> hard "a""#]);
    }

    #[test]
    fn a_circle_of_optional_references_takes_a_second_step() {
        let (steps, diagnostics) = ordered(&SOFT);
        assert_eq!(diagnostics, Vec::new());
        let names: Vec<String> =
            steps.iter().map(|s| format!("{} {} {:?}", s.address.path(), s.second, s.needs)).collect();
        assert_eq!(names, ["soft.a false {}", "soft.c false {0}", "soft.b false {1}", "soft.a true {0, 2}"]);
    }
}
