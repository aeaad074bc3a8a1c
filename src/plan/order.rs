//! What first: a stable topological order of the steps, and two steps where references go in circles.
//!
//! Create before use; references away before deleting; a new binding before the old one goes, since without any the
//! application is open; a name is freed before it is taken; deletes last and in reverse. Ties go by kind, then address.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use serde_json::Value as Raw;

use super::circles::turns;
use super::diff::second;
use super::handover::{break_swaps, handed_over};
use super::matching::Matched;
use super::step::{Action, Delta, Reason, Step, Write};
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::live::{Found, Live};
use crate::schema::{Field, Kind, Shape};
use crate::value::{Address, Part, Value};

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
    edges(&mut steps);
    for (later, earlier) in turns(&steps, matched).into_iter().chain(handed_over(&steps)) {
        steps[later].needs.insert(earlier);
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

/// Fills in what each step needs, as places in the list.
fn edges(steps: &mut [Step]) {
    let mut makes: HashMap<Address, usize> = HashMap::new();
    let mut frees: HashMap<Address, usize> = HashMap::new();
    let mut makes_for: HashMap<(Address, &str), Vec<usize>> = HashMap::new();
    let mut gives_up: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    let mut drops: HashMap<Address, Vec<usize>> = HashMap::new();
    let mut deletes: HashMap<Address, usize> = HashMap::new();
    let mut children: HashMap<Address, Vec<usize>> = HashMap::new();
    let mut firsts: HashMap<Address, usize> = HashMap::new();
    for (i, step) in steps.iter().enumerate() {
        if !step.second && matches!(step.write, Write::Update { .. }) {
            firsts.insert(step.address.clone(), i);
        }
        match step.action {
            Action::Create => drop(makes.insert(step.address.clone(), i)),
            Action::Delete => {
                frees.insert(step.address.clone(), i);
                deletes.insert(step.address.clone(), i);
            }
            Action::Rename => {
                if let Some(Reason::Renamed(before)) = &step.reason {
                    frees.insert(before.clone(), i);
                }
            }
            Action::Update | Action::Adopt | Action::Forget => {}
        }
        if let Some(Part::At(owner)) = step.address.parts().first() {
            if step.action == Action::Create {
                makes_for.entry((owner.clone(), step.kind.name)).or_default().push(i);
                children.entry(owner.clone()).or_default().push(i);
            } else if step.action == Action::Update && !step.second {
                makes_for.entry((owner.clone(), step.kind.name)).or_default();
            }
        }
        if step.action == Action::Delete {
            let held = step.kind.fields.iter().filter(|field| field.single).map(|field| field.name);
            for name in held.filter(|name| step.expect.get(name) == Some(&Value::Bool(true))) {
                gives_up.entry((step.kind.name, name)).or_default().push(i);
            }
        }
        for change in &step.changes {
            match &change.delta {
                Delta::Value(before, _) => {
                    before.refs(&mut |address| drops.entry(address.clone()).or_default().push(i))
                }
                Delta::Items { removed, .. } => removed.iter().for_each(|item| {
                    item.refs(&mut |address| drops.entry(address.clone()).or_default().push(i));
                }),
                _ => {}
            }
            let single = step.kind.field(change.field).is_some_and(|field| field.single);
            if single && matches!(change.delta, Delta::Value(_, Value::Bool(false))) {
                gives_up.entry((step.kind.name, change.field)).or_default().push(i);
            }
        }
    }
    let updates_for = |steps: &[Step], owner: &Address, kind: &str| -> Vec<usize> {
        let belongs = |step: &Step| {
            // What only takes over what a deletion gives up waits for that one.
            (step.action == Action::Update && step.reason != Some(Reason::HandedOver))
                && step.kind.name == kind
                && matches!(step.address.parts().first(), Some(Part::At(at)) if at == owner)
        };
        steps.iter().enumerate().filter(|(_, step)| belongs(step)).map(|(i, _)| i).collect()
    };
    let mut updates: HashMap<(Address, &'static str), Vec<usize>> = HashMap::new();
    let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); steps.len()];
    for (i, step) in steps.iter().enumerate() {
        let needs = &mut needs[i];
        if step.action != Action::Delete {
            needs.extend(uses(step).iter().filter_map(|address| makes.get(address)));
        }
        if step.second {
            needs.extend(makes.get(&step.address));
            needs.extend(firsts.get(&step.address));
            needs.extend(children.get(&step.address).into_iter().flatten());
        }
        if matches!(step.action, Action::Create | Action::Rename) {
            needs.extend(frees.get(&step.address).filter(|freed| **freed != i));
        }
        if let Some(Part::At(owner)) = step.address.parts().first() {
            let key = (owner.clone(), step.kind.name);
            match step.action {
                // Created before anything of the same list changes or goes.
                Action::Update if !step.second => needs.extend(makes_for.get(&key).into_iter().flatten()),
                Action::Delete => {
                    needs.extend(makes_for.get(&key).into_iter().flatten());
                    let known = updates.entry(key).or_insert_with(|| updates_for(steps, owner, step.kind.name));
                    needs.extend(known.iter());
                }
                _ => {}
            }
        }
        let takes_over = |change: &super::Change| {
            matches!(change.delta, Delta::New(Value::Bool(true)) | Delta::Value(_, Value::Bool(true)))
        };
        for change in step.changes.iter().filter(|change| takes_over(change)) {
            needs.extend(gives_up.get(&(step.kind.name, change.field)).into_iter().flatten());
        }
        if let Some(Reason::Replaced(new)) = &step.reason {
            needs.extend(makes.get(new));
        }
        if step.action == Action::Delete {
            needs.extend(drops.get(&step.address).into_iter().flatten());
        }
        needs.remove(&i);
    }
    for (later, earlier) in super::ready::ready(steps, &needs) {
        needs[later].insert(earlier);
    }
    // What is joined to an object goes before it, if both go.
    for (i, step) in steps.iter().enumerate().filter(|(_, step)| step.action == Action::Delete) {
        for part in step.address.parts() {
            if let Part::At(address) = part
                && let Some(owner) = deletes.get(address)
            {
                needs[*owner].insert(i);
            }
        }
        for target in unseen(step, &deletes) {
            if !needs[i].contains(&target) {
                needs[target].insert(i);
            }
        }
        for value in step.expect.values() {
            value.refs(&mut |address| {
                let target = deletes.get(address).filter(|target| **target != i && !needs[i].contains(target));
                if let Some(target) = target {
                    needs[*target].insert(i);
                }
            });
        }
    }
    // Of what only its family's list tells, the references are not known: it goes before all that it might refer to, or
    // the server takes it along (a provider goes with its flow).
    for (i, step) in steps.iter().enumerate().filter(|(_, step)| step.action == Action::Delete) {
        if kinds::OUTSIDE.contains(step.kind) {
            let refers = |family: &str| {
                let mut fields = kinds::family(step.kind.family).flat_map(|kind| kind.fields);
                family != step.kind.family && fields.any(|field| field.shape.families().contains(&family))
            };
            for (_, target) in deletes.iter().filter(|(address, _)| refers(address.family)) {
                if !needs[i].contains(target) {
                    needs[*target].insert(i);
                }
            }
        }
    }
    for (step, needs) in steps.iter_mut().zip(needs) {
        step.needs = needs;
    }
}

/// What an object that goes may refer to: of a mixed family only its name has been read, so anything that goes as well
/// and that some kind of the family can refer to. A flow that went first would take its providers along.
fn unseen(step: &Step, deletes: &HashMap<Address, usize>) -> Vec<usize> {
    if kinds::outside(step.kind.family) != Some(step.kind) {
        return Vec::new();
    }
    let fields = kinds::family(step.kind.family).flat_map(|kind| kind.fields);
    let families: BTreeSet<&str> = fields.flat_map(|field| field.shape.families()).copied().collect();
    let refers = |address: &Address| address.family != step.kind.family && families.contains(address.family);
    deletes.iter().filter(|(address, _)| refers(address)).map(|(_, target)| *target).collect()
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

/// Creations that need each other: an optional reference waits for a second step.
fn break_circles(steps: &mut Vec<Step>, diagnostics: &mut Vec<Diagnostic>) {
    loop {
        let makes: HashMap<&Address, usize> = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.action == Action::Create)
            .map(|(i, step)| (&step.address, i))
            .collect();
        let needs: Vec<Vec<usize>> = steps
            .iter()
            .map(|step| match step.action {
                Action::Create => uses(step).iter().filter_map(|address| makes.get(address).copied()).collect(),
                _ => Vec::new(),
            })
            .collect();
        let Some(circle) = circle(&needs) else { return };
        let optional = circle.iter().enumerate().find_map(|(place, i)| {
            let target = steps[circle[(place + 1) % circle.len()]].address.clone();
            deferrable(&steps[*i], &target).map(|field| (*i, field))
        });
        let Some((i, field)) = optional else {
            let names: Vec<String> =
                circle.iter().chain(circle.first()).map(|i| steps[*i].address.to_string()).collect();
            let mut diagnostic = Diagnostic::error(
                Code::REFERENCE_CIRCLE,
                format!("{} objects need each other to exist first", circle.len()),
            )
            .note(format!("the circle is {}", names.join(" -> ")));
            for (n, i) in circle.iter().enumerate() {
                if let Some(span) = steps[*i].source {
                    diagnostic =
                        if n == 0 { diagnostic.at(span, "this one") } else { diagnostic.and(span, "and this one") };
                }
            }
            diagnostics.push(diagnostic.help("leave one of the references out, apply, and add it then"));
            return;
        };
        if let Write::Create { body, add } = &mut steps[i].write {
            let more = body.remove(field).map(|value| (field, value)).into_iter().collect();
            let items = add.remove(field).map(|items| (field, items)).into_iter().collect();
            let step = second(&steps[i], more, items, Reason::Deferred);
            steps.push(step);
        }
    }
}

/// The field of a creation that refers to `target` and may be set later.
fn deferrable(step: &Step, target: &Address) -> Option<&'static str> {
    let Write::Create { body, add } = &step.write else { return None };
    // What goes in after the creation may as well go in later.
    let after = add.iter().find(|(_, items)| items.iter().any(|item| names(item, target)));
    if let Some((name, _)) = after {
        return Some(name);
    }
    let may_wait = |field: &Field| !field.required && (field.nullable || matches!(field.shape, Shape::Set(_)));
    body.iter().find_map(|(name, value)| {
        (names(value, target) && step.kind.field(name).is_some_and(may_wait)).then_some(*name)
    })
}

/// Whether a value refers to an object.
fn names(value: &Value, target: &Address) -> bool {
    let mut refers = false;
    value.refs(&mut |address| refers |= address == target);
    refers
}

/// One circle among needs, found depth first without recursion.
pub(super) fn circle(needs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; needs.len()];
    let mut on_path = vec![false; needs.len()];
    for start in 0..needs.len() {
        let mut path = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            if done[at] {
                path.pop();
                continue;
            }
            on_path[at] = true;
            match needs[at].get(*next) {
                None => {
                    done[at] = true;
                    on_path[at] = false;
                    path.pop();
                }
                Some(target) => {
                    *next += 1;
                    if on_path[*target] {
                        let from = path.iter().position(|(i, _)| i == target)?;
                        return Some(path[from..].iter().map(|(i, _)| *i).collect());
                    }
                    path.push((*target, 0));
                }
            }
        }
    }
    None
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
    use crate::schema::{Kind, one, text, to};

    static HARD: Kind =
        Kind::new("hard", "", "/hard/").fields(&[text("name").required(), one("next", to("hard")).required()]);
    static SOFT: Kind = Kind::new("soft", "", "/soft/").fields(&[text("name").required(), one("next", to("soft"))]);

    fn create(kind: &'static Kind, name: &str, next: &str) -> Step {
        let next = Value::Ref(Address::named(kind.family, next));
        let write = Write::Create { body: BTreeMap::from([("next", next)]), add: BTreeMap::new() };
        Step { write, ..Step::new(Action::Create, Address::named(kind.family, name), kind) }
    }

    fn ordered(kind: &'static Kind) -> (Vec<Step>, Vec<Diagnostic>) {
        let matched = Matched { pairs: Vec::new(), live: BTreeMap::new(), declared: BTreeSet::new() };
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
