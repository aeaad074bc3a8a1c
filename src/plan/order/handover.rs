//! Values that only one object may have: who gives them up, who takes them, and swaps.
//!
//! The server refuses a value that another object still has, so giving up comes before taking.

use std::collections::BTreeMap;

use crate::plan::diff::second;
use crate::plan::step::{Action, Delta, Items, Reason, Step, Write};
use crate::schema::{Kind, Together};
use crate::value::{Part, Value};

/// Values of one of a kind's lists of unique fields.
type Claim<'a> = (&'static str, usize, Vec<&'a Value>);
/// Values of a kind's `unlike` fields.
type Alike<'a> = (&'static str, Vec<&'a Value>);

/// On which side of a step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// Pairs of steps (later, earlier): who takes values waits for whoever gives them up.
pub(super) fn handed_over(steps: &[Step]) -> Vec<(usize, usize)> {
    let mut gives: BTreeMap<Claim<'_>, usize> = BTreeMap::new();
    let mut takes: Vec<(Claim<'_>, usize)> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        for list in 0..step.kind.unique.len() {
            let (before, after) = (claim(step, list, Side::Before), claim(step, list, Side::After));
            if before == after {
                continue;
            }
            if let Some(before) = before {
                gives.insert(before, i);
            }
            takes.extend(after.map(|after| (after, i)));
        }
    }
    let pairs = takes.into_iter().filter_map(|(claim, later)| Some((later, *gives.get(&claim)?)));
    pairs.filter(|(later, earlier)| later != earlier).chain(unlike(steps)).collect()
}

/// Pairs of steps (later, earlier) of objects that no change may make alike: who gets the values of another one waits
/// until that one has others.
fn unlike(steps: &[Step]) -> Vec<(usize, usize)> {
    let mut gives: BTreeMap<Alike<'_>, Vec<usize>> = BTreeMap::new();
    let mut takes: Vec<(Alike<'_>, usize)> = Vec::new();
    for (i, step) in steps.iter().enumerate().filter(|(_, step)| !step.kind.unlike.is_empty()) {
        let (before, after) = (alike(step, Side::Before), alike(step, Side::After));
        if before == after {
            continue;
        }
        before.into_iter().for_each(|before| gives.entry(before).or_default().push(i));
        // What is made may be like another one.
        takes.extend(after.filter(|_| step.action != Action::Create).map(|after| (after, i)));
    }
    let givers = |values: &Alike<'_>| gives.get(values).into_iter().flatten().copied().collect::<Vec<_>>();
    let pairs = takes.iter().flat_map(|(values, later)| givers(values).into_iter().map(|earlier| (*later, earlier)));
    pairs.filter(|(later, earlier)| later != earlier).collect()
}

/// Pairs of steps (later, earlier) of a list of children: what goes waits for what changes, lest nothing guard the owner
/// for a while.
fn going_last(steps: &[Step]) -> Vec<(usize, usize)> {
    let list = |step: &Step| match step.address.parts().first() {
        Some(Part::At(owner)) if !step.kind.unlike.is_empty() => Some((step.kind.name, owner.clone())),
        _ => None,
    };
    let mut changes: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (i, step) in steps.iter().enumerate().filter(|(_, step)| step.action == Action::Update && !step.second) {
        list(step).into_iter().for_each(|list| changes.entry(list).or_default().push(i));
    }
    let goes = steps.iter().enumerate().filter(|(_, step)| step.action == Action::Delete);
    goes.flat_map(|(later, step)| {
        let earlier = list(step).and_then(|list| changes.get(&list)).into_iter().flatten();
        earlier.map(move |earlier| (later, *earlier))
    })
    .collect()
}

/// Values that go round among objects: one of them gives up what it has first, and takes what it gets in a second step.
/// `taken` says whether an object of a kind has these values of its `unlike` fields on the server.
pub(super) fn break_swaps(steps: &mut Vec<Step>, taken: &dyn Fn(&'static Kind, &[&Value]) -> bool) {
    while break_swap(steps) {}
    while break_turn(steps, taken) {}
}

/// Breaks one circle of objects that no change may make alike, by a number that none of them has.
fn break_turn(steps: &mut Vec<Step>, taken: &dyn Fn(&'static Kind, &[&Value]) -> bool) -> bool {
    let pairs: Vec<(usize, usize)> = handed_over(steps).into_iter().chain(going_last(steps)).collect();
    let Some(circle) = circle(steps, &pairs) else { return false };
    let part = circle.iter().find_map(|i| {
        let step = &steps[*i];
        let (field, others) = step.kind.unlike.split_last()?;
        let Write::Update { body, .. } = &step.write else { return None };
        let Value::Int(wanted) = *body.get(field).filter(|_| !step.second)? else { return None };
        let (_, values) = alike(step, Side::After)?;
        let free = |number: &i64| {
            let number = Value::Int(*number);
            let values: Vec<&Value> = values.iter().take(others.len()).copied().chain([&number]).collect();
            let sides = [Side::Before, Side::After];
            let has = |other: &Step| sides.iter().any(|side| alike(other, *side).is_some_and(|it| it.1 == values));
            !taken(step.kind, &values) && !steps.iter().any(has)
        };
        Some((*i, *field, (wanted.saturating_add(1)..).find(free)?))
    });
    part.is_some_and(|(i, field, number)| in_two(steps, i, field, Value::Int(number)))
}

/// A circle of steps that wait for each other.
fn circle(steps: &[Step], pairs: &[(usize, usize)]) -> Option<Vec<usize>> {
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    pairs.iter().for_each(|(later, earlier)| needs[*later].push(*earlier));
    super::circles::circle(&needs)
}

/// The values of a step's `unlike` fields before or after it, nulls too; `None` where the object is not there, or where
/// it is not known which object they belong to.
fn alike(step: &Step, side: Side) -> Option<Alike<'_>> {
    let body = match &step.write {
        Write::Create { body, .. } | Write::Update { body, .. } => Some(body),
        Write::Delete | Write::Nothing => None,
    };
    let there = match side {
        Side::After => step.action != Action::Delete,
        Side::Before => step.action != Action::Create && !step.second,
    };
    if !there {
        return None;
    }
    let before = |name: &str| step.expect.get(name);
    let value = |name: &str| match side {
        Side::After => body.and_then(|body| body.get(name)).or_else(|| before(name)),
        Side::Before => before(name),
    };
    let values: Vec<&Value> = step.kind.unlike.iter().map(|name| value(name).unwrap_or(&Value::Null)).collect();
    let known = values.first().is_some_and(|first| !first.is_empty()) && values.last().is_some_and(|it| !it.is_empty());
    known.then_some((step.kind.name, values))
}

/// Breaks one circle of unique values, by an empty one.
fn break_swap(steps: &mut Vec<Step>) -> bool {
    let Some(circle) = circle(steps, &handed_over(steps)) else { return false };
    let part = circle.iter().find_map(|i| clearable(&steps[*i]).map(|field| (*i, field)));
    part.is_some_and(|(i, field)| in_two(steps, i, field, Value::Null))
}

/// Makes two steps of one: a field has another value until whoever has its value now has given it up.
fn in_two(steps: &mut Vec<Step>, i: usize, field: &'static str, meanwhile: Value) -> bool {
    let kind = steps[i].kind;
    let Write::Update { body, .. } = &mut steps[i].write else { return false };
    let Some(wanted) = body.insert(field, meanwhile.clone()) else { return false };
    let companions = kind.together.iter().filter_map(|together| match together {
        Together::Always(names) | Together::Whole(names) => Some(names.iter()),
        Together::Group(_) => None,
    });
    let beside: Vec<_> = companions.flatten().filter_map(|name| Some((*name, body.get(name)?.clone()))).collect();
    let mut step = second(&steps[i], BTreeMap::from([(field, wanted)]), Items::new(), Reason::HandedOver);
    if let Write::Update { body, .. } = &mut step.write {
        beside.into_iter().for_each(|(name, value)| _ = body.entry(name).or_insert(value));
    }
    step.id = steps[i].id.clone();
    steps.push(step);
    for change in steps[i].changes.iter_mut().filter(|change| change.field == field) {
        if let Delta::Value(_, after) = &mut change.delta {
            *after = meanwhile.clone();
        }
    }
    true
}

/// A field of a step that takes unique values and can be empty for a while.
fn clearable(step: &Step) -> Option<&'static str> {
    let Write::Update { body, .. } = &step.write else { return None };
    let fields = step.kind.unique.iter().filter(|fields| fields.len() == 1).flat_map(|fields| fields.iter());
    let can = |name: &str| step.kind.field(name).is_some_and(|field| field.nullable);
    fields
        .copied()
        .find(|name: &&str| can(name) && !step.second && body.get(name).is_some_and(|value| !value.is_empty()))
}

/// The values that an object has in a list of unique fields before or after a step; `None` where it claims nothing.
fn claim(step: &Step, list: usize, side: Side) -> Option<Claim<'_>> {
    let body = match &step.write {
        Write::Create { body, .. } | Write::Update { body, .. } => Some(body),
        Write::Delete | Write::Nothing => None,
    };
    let there = step.action != Action::Create;
    let value = |name: &str| match side {
        Side::After if step.action == Action::Delete => None,
        Side::After => body.and_then(|body| body.get(name)).or_else(|| step.expect.get(name)),
        Side::Before => step.expect.get(name).filter(|_| there),
    };
    let kind: &'static Kind = step.kind;
    let values: Option<Vec<&Value>> = kind.unique[list].iter().map(|name| value(name)).collect();
    values.filter(|values| values.iter().all(|value| !value.is_empty())).map(|values| (kind.name, list, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{int, one, text, to};
    use crate::value::Address;

    static ONE: Kind =
        Kind::new("one", "", "/one/").unique(&[&["next"]]).fields(&[text("name").required(), one("next", to("other"))]);

    fn update(name: &str, before: &str, after: &str) -> Step {
        let value = |name: &str| match name {
            "" => Value::Null,
            name => Value::Ref(Address::named("other", name)),
        };
        Step {
            id: Some(name.to_owned()),
            write: Write::Update {
                body: BTreeMap::from([("next", value(after))]),
                add: Items::new(),
                remove: Items::new(),
            },
            expect: BTreeMap::from([("next", value(before))]),
            ..Step::new(Action::Update, Address::named("one", name), &ONE)
        }
    }

    #[test]
    fn who_takes_waits_for_who_gives() {
        let steps = [update("a", "", "x"), update("b", "x", "y"), update("c", "y", "")];
        assert_eq!(handed_over(&steps), [(0, 1), (1, 2)]);
    }

    static BOUND: Kind = Kind::new("bound", "", "/bound/")
        .unlike(&["target", "policy", "order"])
        .together(&[Together::Always(&["target"])])
        .fields(&[one("target", to("other")).required(), one("policy", to("other")), int("order").required()]);

    fn moved(name: &str, action: Action, before: i64, after: i64) -> Step {
        let target = ("target", Value::Ref(Address::named("other", "x")));
        let body = BTreeMap::from([target.clone(), ("order", Value::Int(after))]);
        let owner = Part::At(Address::named("other", "x"));
        Step {
            id: Some(name.to_owned()),
            write: match action {
                Action::Delete => Write::Delete,
                _ => Write::Update { body, add: Items::new(), remove: Items::new() },
            },
            expect: BTreeMap::from([target, ("policy", Value::Null), ("order", Value::Int(before))]),
            ..Step::new(action, Address::joined("bound", [owner, Part::Name(name.into())]), &BOUND)
        }
    }

    fn order_of(step: &Step) -> Option<&Value> {
        let Write::Update { body, .. } = &step.write else { return None };
        body.get("order")
    }

    /// The server refuses a change by which two bindings without a policy have one order.
    #[test]
    fn numbers_that_move_up_wait_and_those_that_swap_go_round() {
        let up = Action::Update;
        let mut steps = vec![moved("a", up, 10, 20), moved("b", up, 20, 30), moved("c", up, 30, 40)];
        assert_eq!(handed_over(&steps), [(0, 1), (1, 2)]);
        break_swaps(&mut steps, &|_, _| false);
        assert_eq!(steps.len(), 3);
        let mut steps = vec![moved("a", up, 10, 20), moved("b", up, 20, 10)];
        // Twenty-one is taken by what no step touches.
        break_swaps(&mut steps, &|_, values| values.last() == Some(&&Value::Int(21)));
        assert_eq!(
            steps.iter().map(order_of).collect::<Vec<_>>(),
            [22, 10, 20].map(|n| Some(Value::Int(n))).iter().map(Option::as_ref).collect::<Vec<_>>()
        );
        assert_eq!(handed_over(&steps), [(1, 0), (2, 1)]);
        assert!(steps[2].second && steps[2].address == steps[0].address);
    }

    #[test]
    fn what_takes_the_number_of_what_goes_does_so_in_a_second_step() {
        let mut steps = vec![moved("a", Action::Delete, 10, 10), moved("b", Action::Update, 20, 10)];
        break_swaps(&mut steps, &|_, _| false);
        assert_eq!(steps.len(), 3);
        assert_eq!((order_of(&steps[1]), order_of(&steps[2])), (Some(&Value::Int(11)), Some(&Value::Int(10))));
        assert_eq!(handed_over(&steps), [(2, 0)]);
    }

    #[test]
    fn a_swap_takes_a_second_step() {
        let mut steps = vec![update("a", "x", "y"), update("b", "y", "x")];
        break_swaps(&mut steps, &|_, _| false);
        assert_eq!(steps.len(), 3);
        assert_eq!(handed_over(&steps), [(1, 0), (2, 1)]);
        assert!(steps[2].second && steps[2].address == steps[0].address);
    }
}
