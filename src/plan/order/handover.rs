//! Values that only one object may have: who gives them up, who takes them, and swaps.
//!
//! The server refuses a value that another object still has, so giving up comes before taking.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::cycles::{Broken, break_each};
use super::waits::Waits;
use crate::live::Found;
use crate::plan::diff::second;
use crate::plan::step::{Action, Delta, Items, Reason, Step, Write};
use crate::schema::{Kind, SentTogether};
use crate::value::{Address, Part, Value};

/// Values of one of a kind's lists of unique fields.
type Claim = (&'static str, usize, Vec<Value>);
/// Values of a kind's `unique_on_update` fields.
type Alike = (&'static str, Vec<Value>);

/// On which side of a step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// Which steps wait for which until values are free.
#[derive(Default)]
pub(super) struct Handed {
    /// Who waits, and for whom.
    pairs: Vec<(usize, Giver)>,
    /// Steps that some wait for together.
    groups: Vec<Vec<usize>>,
}

/// For whom a step waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Giver {
    /// One step.
    Step(usize),
    /// A group of steps, by its number.
    Group(usize),
}

impl Handed {
    /// Adds what is waited for to the rest.
    pub fn put(&self, waits: &mut Waits) {
        let joints: Vec<_> = self
            .groups
            .iter()
            .map(|steps| waits.joint(steps.clone(), Vec::new()))
            .collect();
        for (later, giver) in &self.pairs {
            match giver {
                Giver::Step(earlier) => waits.wait(*later, *earlier),
                Giver::Group(group) => waits.wait_for_all(*later, joints[*group]),
            }
        }
    }

    /// The same as needs of the steps and, after them, of the groups.
    fn nodes(&self, steps: usize) -> Vec<Vec<usize>> {
        let mut needs = vec![Vec::new(); steps];
        for (later, giver) in &self.pairs {
            needs[*later].push(node(*giver, steps));
        }
        needs.extend(self.groups.iter().cloned());
        needs
    }
}

/// The place of whom a step waits for among the nodes of so many steps.
fn node(giver: Giver, steps: usize) -> usize {
    match giver {
        Giver::Step(earlier) => earlier,
        Giver::Group(group) => steps + group,
    }
}

/// Who gives values up.
#[derive(Default)]
struct Gives {
    claims: BTreeMap<Claim, usize>,
    alike: BTreeMap<Alike, Giver>,
    groups: Vec<Vec<usize>>,
}

impl Gives {
    fn of(steps: &[Step]) -> Gives {
        let mut gives = Gives::default();
        let mut alike: BTreeMap<Alike, Vec<usize>> = BTreeMap::new();
        for (i, step) in steps.iter().enumerate() {
            for (before, _) in changed_claims(step) {
                gives.claims.extend(before.map(|before| (before, i)));
            }
            if let Some((Some(before), _)) = changed_alike(step) {
                alike.entry(before).or_default().push(i);
            }
        }
        for (values, steps) in alike {
            let giver = match steps.as_slice() {
                [one] => Giver::Step(*one),
                _ => {
                    gives.groups.push(steps);
                    Giver::Group(gives.groups.len() - 1)
                }
            };
            gives.alike.insert(values, giver);
        }
        gives
    }

    /// For whom a step waits that takes unique values.
    fn claimed(&self, i: usize, step: &Step) -> Vec<Giver> {
        let taken = changed_claims(step)
            .into_iter()
            .filter_map(|(_, after)| self.claims.get(&after?).copied());
        taken
            .filter(|earlier| *earlier != i)
            .map(Giver::Step)
            .collect()
    }

    /// For whom a step waits that no change may make like another one: until that one has other values.
    fn unlike(&self, i: usize, step: &Step) -> Option<Giver> {
        let (_, after) = changed_alike(step)?;
        // What is made may be like another one.
        let giver = self
            .alike
            .get(&after.filter(|_| step.action != Action::Create)?)?;
        Some(*giver).filter(|giver| *giver != Giver::Step(i))
    }
}

/// The lists of unique fields in which a step changes something: what is claimed before and after.
fn changed_claims(step: &Step) -> Vec<(Option<Claim>, Option<Claim>)> {
    let lists = 0..step.kind.unique_together.len();
    let both = lists.map(|list| {
        (
            claim(step, list, Side::Before),
            claim(step, list, Side::After),
        )
    });
    both.filter(|(before, after)| before != after).collect()
}

/// The values of the `unique_on_update` fields before and after a step, if it changes them.
fn changed_alike(step: &Step) -> Option<(Option<Alike>, Option<Alike>)> {
    if step.kind.unique_on_update.is_empty() {
        return None;
    }
    let (before, after) = (alike(step, Side::Before), alike(step, Side::After));
    (before != after).then_some((before, after))
}

/// Who takes values waits for whoever gives them up.
pub(super) fn handed_over(steps: &[Step]) -> Handed {
    handed(steps, Gives::of(steps))
}

fn handed(steps: &[Step], gives: Gives) -> Handed {
    let mut pairs = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        pairs.extend(gives.claimed(i, step).into_iter().map(|giver| (i, giver)));
    }
    for (i, step) in steps.iter().enumerate() {
        pairs.extend(gives.unlike(i, step).map(|giver| (i, giver)));
    }
    Handed {
        pairs,
        groups: gives.groups,
    }
}

/// In a list of children, what goes waits for what changes, lest nothing guard the owner for a while.
fn going_last(steps: &[Step], handed: &mut Handed) {
    let list = |step: &Step| match step.address.parts().first() {
        Some(Part::At(owner)) if !step.kind.unique_on_update.is_empty() => {
            Some((step.kind.name, owner.clone()))
        }
        _ => None,
    };
    let mut changes: BTreeMap<(&str, Address), Vec<usize>> = BTreeMap::new();
    for (i, step) in steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.action == Action::Update && !step.second)
    {
        if let Some(list) = list(step) {
            changes.entry(list).or_default().push(i);
        }
    }
    let mut groups: BTreeMap<(&str, Address), usize> = BTreeMap::new();
    for (i, step) in steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.action == Action::Delete)
    {
        let Some((list, changes)) = list(step).and_then(|list| changes.get_key_value(&list)) else {
            continue;
        };
        let group = *groups.entry(list.clone()).or_insert_with(|| {
            handed.groups.push(changes.clone());
            handed.groups.len() - 1
        });
        handed.pairs.push((i, Giver::Group(group)));
    }
}

/// Values that go round among objects: one of them gives up what it has first, and takes what it gets in a second step.
/// `live` is every object of the server, in the names that they will have.
pub(super) fn break_swaps(steps: &mut Vec<Step>, live: &BTreeMap<Address, (Address, Arc<Found>)>) {
    break_unique(steps);
    break_alike(steps, live);
}

/// Breaks cycles of unique values, by an empty one.
fn break_unique(steps: &mut Vec<Step>) {
    let count = steps.len();
    let gives = Gives::of(steps);
    let needs = handed(steps, Gives::of(steps)).nodes(count);
    break_each(needs, &mut |cycle| {
        let own = cycle.iter().filter(|node| **node < count);
        let Some((i, field)) = own.copied().find_map(|i| Some((i, clearable(&steps[i])?))) else {
            return ControlFlow::Continue(None);
        };
        in_two(steps, i, field, Value::Null);
        again(steps, i, &gives, count)
    });
}

/// Breaks cycles of objects that no change may make alike, by a number that none of them has.
fn break_alike(steps: &mut Vec<Step>, live: &BTreeMap<Address, (Address, Arc<Found>)>) {
    let count = steps.len();
    let gives = Gives::of(steps);
    let mut handed = handed(steps, Gives::of(steps));
    going_last(steps, &mut handed);
    let mut numbers: Option<Numbers> = None;
    break_each(handed.nodes(count), &mut |cycle| {
        let numbers = numbers.get_or_insert_with(|| Numbers::of(steps, live));
        let part = cycle
            .iter()
            .copied()
            .filter(|node| *node < count)
            .find_map(|i| {
                let step = &steps[i];
                let field = step.kind.unique_on_update.last()?;
                let Write::Update { body, .. } = &step.write else {
                    return None;
                };
                let Value::Int(wanted) = *body.get(field).filter(|_| !step.second)? else {
                    return None;
                };
                Some((
                    i,
                    *field,
                    numbers.take_after(wanted, &alike(step, Side::After)?)?,
                ))
            });
        let Some((i, field, number)) = part else {
            return ControlFlow::Continue(None);
        };
        in_two(steps, i, field, Value::Int(number));
        again(steps, i, &gives, count)
    });
}

/// For whom a step waits now that it takes other values.
fn again(steps: &[Step], i: usize, gives: &Gives, count: usize) -> Broken {
    let givers = gives
        .claimed(i, &steps[i])
        .into_iter()
        .chain(gives.unlike(i, &steps[i]));
    ControlFlow::Continue(Some((i, givers.map(|giver| node(giver, count)).collect())))
}

/// Numbers that objects have in the last of their `unique_on_update` fields, by the values of the others.
struct Numbers(BTreeMap<Alike, BTreeMap<i64, i64>>);

impl Numbers {
    /// Those that any object has before or after the steps.
    fn of(steps: &[Step], live: &BTreeMap<Address, (Address, Arc<Found>)>) -> Numbers {
        let mut numbers = Numbers(BTreeMap::new());
        for (_, found) in live
            .values()
            .filter(|(_, found)| !found.kind.unique_on_update.is_empty())
        {
            let value = |name: &&str| found.fields.get(*name).unwrap_or(&Value::Null).clone();
            numbers.put(&(
                found.kind.name,
                found.kind.unique_on_update.iter().map(value).collect(),
            ));
        }
        for step in steps
            .iter()
            .filter(|step| !step.kind.unique_on_update.is_empty())
        {
            [Side::Before, Side::After]
                .into_iter()
                .filter_map(|side| alike(step, side))
                .for_each(|it| numbers.put(&it));
        }
        numbers
    }

    fn put(&mut self, (kind, values): &Alike) {
        if let Some((Value::Int(number), others)) = values.split_last() {
            insert(self.taken(kind, others), *number);
        }
    }

    /// The first number after one that nothing has beside the same other values; from now on it is taken.
    fn take_after(&mut self, wanted: i64, (kind, values): &Alike) -> Option<i64> {
        let (_, others) = values.split_last()?;
        let taken = self.taken(kind, others);
        let next = wanted.checked_add(1)?;
        let free = match taken.range(..=next).next_back() {
            Some((_, end)) if *end >= next => end.checked_add(1)?,
            _ => next,
        };
        insert(taken, free);
        Some(free)
    }

    /// The numbers in use, as runs from a first to a last one.
    fn taken(&mut self, kind: &'static str, others: &[Value]) -> &mut BTreeMap<i64, i64> {
        self.0.entry((kind, others.to_vec())).or_default()
    }
}

/// Puts a number into runs of numbers.
fn insert(runs: &mut BTreeMap<i64, i64>, number: i64) {
    let before = runs
        .range(..=number)
        .next_back()
        .map(|(start, end)| (*start, *end));
    if before.is_some_and(|(_, end)| end >= number) {
        return;
    }
    let mut run = (number, number);
    if let Some((start, end)) = before.filter(|(_, end)| end.checked_add(1) == Some(number)) {
        runs.remove(&start);
        run.0 = start.min(end);
    }
    if let Some(end) = number.checked_add(1).and_then(|next| runs.remove(&next)) {
        run.1 = end;
    }
    runs.insert(run.0, run.1);
}

/// The values of a step's `unique_on_update` fields before or after it, nulls too; `None` where the object is not there, or where
/// it is not known which object they belong to.
fn alike(step: &Step, side: Side) -> Option<Alike> {
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
        Side::After => body
            .and_then(|body| body.get(name))
            .or_else(|| before(name)),
        Side::Before => before(name),
    };
    let values: Vec<Value> = step
        .kind
        .unique_on_update
        .iter()
        .map(|name| value(name).unwrap_or(&Value::Null).clone())
        .collect();
    let known = values.first().is_some_and(|first| !first.is_empty())
        && values.last().is_some_and(|it| !it.is_empty());
    known.then_some((step.kind.name, values))
}

/// Makes two steps of one: a field has another value until whoever has its value now has given it up.
fn in_two(steps: &mut Vec<Step>, i: usize, field: &'static str, meanwhile: Value) {
    let kind = steps[i].kind;
    let Write::Update { body, .. } = &mut steps[i].write else {
        return;
    };
    let Some(wanted) = body.insert(field, meanwhile.clone()) else {
        return;
    };
    let companions =
        kind.sent_together
            .iter()
            .filter_map(|together| match together {
                SentTogether::WithEveryPatch(names)
                | SentTogether::WithEveryPatchEvenNull(names) => Some(names.iter()),
                SentTogether::AllOrNone(_) => None,
            });
    let beside: Vec<_> = companions
        .flatten()
        .filter_map(|name| Some((*name, body.get(name)?.clone())))
        .collect();
    let mut step = second(
        &steps[i],
        BTreeMap::from([(field, wanted)]),
        Items::new(),
        Reason::HandedOver,
    );
    if let Write::Update { body, .. } = &mut step.write {
        beside
            .into_iter()
            .for_each(|(name, value)| _ = body.entry(name).or_insert(value));
    }
    step.id = steps[i].id.clone();
    steps.push(step);
    for change in steps[i]
        .changes
        .iter_mut()
        .filter(|change| change.field == field)
    {
        if let Delta::Value(_, after) = &mut change.delta {
            *after = meanwhile.clone();
        }
    }
}

/// A field of a step that takes unique values and can be empty for a while.
fn clearable(step: &Step) -> Option<&'static str> {
    let Write::Update { body, .. } = &step.write else {
        return None;
    };
    let fields = step
        .kind
        .unique_together
        .iter()
        .filter(|fields| fields.len() == 1)
        .flat_map(|fields| fields.iter());
    let can = |name: &str| step.kind.field(name).is_some_and(|field| field.nullable);
    fields.copied().find(|name: &&str| {
        can(name) && !step.second && body.get(name).is_some_and(|value| !value.is_empty())
    })
}

/// The values that an object has in a list of unique fields before or after a step; `None` where it claims nothing.
fn claim(step: &Step, list: usize, side: Side) -> Option<Claim> {
    let body = match &step.write {
        Write::Create { body, .. } | Write::Update { body, .. } => Some(body),
        Write::Delete | Write::Nothing => None,
    };
    let there = step.action != Action::Create;
    let value = |name: &str| match side {
        Side::After if step.action == Action::Delete => None,
        Side::After => body
            .and_then(|body| body.get(name))
            .or_else(|| step.expect.get(name)),
        Side::Before => step.expect.get(name).filter(|_| there),
    };
    let kind: &'static Kind = step.kind;
    let values: Option<Vec<Value>> = kind.unique_together[list]
        .iter()
        .map(|name| value(name).cloned())
        .collect();
    values
        .filter(|values| values.iter().all(|value| !value.is_empty()))
        .map(|values| (kind.name, list, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{integer, reference, string};
    use crate::value::Address;

    static ONE: Kind = Kind::new("one", "", "/one/")
        .unique_together(&[&["next"]])
        .fields(&[string("name").required(), reference("next", "other")]);

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

    /// Who waits for whom, step by step.
    fn pairs(steps: &[Step]) -> Vec<(usize, usize)> {
        let handed = handed_over(steps);
        let givers = |giver: &Giver| match giver {
            Giver::Step(step) => vec![*step],
            Giver::Group(group) => handed.groups[*group].clone(),
        };
        let pairs = handed.pairs.iter();
        pairs
            .flat_map(|(later, giver)| givers(giver).into_iter().map(|earlier| (*later, earlier)))
            .collect()
    }

    /// A server that has only an object with this order, which no step touches.
    fn other(order: i64) -> BTreeMap<Address, (Address, Arc<Found>)> {
        let address = Address::named("bound", "other");
        let target = Value::Ref(Address::named("other", "x"));
        let found = Found {
            kind: &BOUND,
            address: address.clone(),
            id: String::new(),
            pk: serde_json::Value::Null,
            others: Vec::new(),
            model: None,
            binds: None,
            ends: false,
            kept: Default::default(),
            fields: BTreeMap::from([
                ("target", target),
                ("policy", Value::Null),
                ("order", Value::Int(order)),
            ])
            .into(),
        };
        BTreeMap::from([(address.clone(), (address, Arc::new(found)))])
    }

    #[test]
    fn who_takes_waits_for_who_gives() {
        let steps = [
            update("a", "", "x"),
            update("b", "x", "y"),
            update("c", "y", ""),
        ];
        assert_eq!(pairs(&steps), [(0, 1), (1, 2)]);
    }

    static BOUND: Kind = Kind::new("bound", "", "/bound/")
        .unique_on_update(&["target", "policy", "order"])
        .sent_together(&[SentTogether::WithEveryPatch(&["target"])])
        .fields(&[
            reference("target", "other").required(),
            reference("policy", "other"),
            integer("order").required(),
        ]);

    fn moved(name: &str, action: Action, before: i64, after: i64) -> Step {
        let target = ("target", Value::Ref(Address::named("other", "x")));
        let body = BTreeMap::from([target.clone(), ("order", Value::Int(after))]);
        let owner = Part::At(Address::named("other", "x"));
        Step {
            id: Some(name.to_owned()),
            write: match action {
                Action::Delete => Write::Delete,
                _ => Write::Update {
                    body,
                    add: Items::new(),
                    remove: Items::new(),
                },
            },
            expect: BTreeMap::from([
                target,
                ("policy", Value::Null),
                ("order", Value::Int(before)),
            ]),
            ..Step::new(
                action,
                Address::joined("bound", [owner, Part::Name(name.into())]),
                &BOUND,
            )
        }
    }

    fn order_of(step: &Step) -> Option<&Value> {
        let Write::Update { body, .. } = &step.write else {
            return None;
        };
        body.get("order")
    }

    /// The server refuses a change by which two bindings without a policy have one order.
    #[test]
    fn numbers_that_move_up_wait_and_those_that_swap_go_round() {
        let up = Action::Update;
        let mut steps = vec![
            moved("a", up, 10, 20),
            moved("b", up, 20, 30),
            moved("c", up, 30, 40),
        ];
        assert_eq!(pairs(&steps), [(0, 1), (1, 2)]);
        break_swaps(&mut steps, &BTreeMap::new());
        assert_eq!(steps.len(), 3);
        let mut steps = vec![moved("a", up, 10, 20), moved("b", up, 20, 10)];
        // Twenty-one is taken by what no step touches.
        break_swaps(&mut steps, &other(21));
        assert_eq!(
            steps.iter().map(order_of).collect::<Vec<_>>(),
            [22, 10, 20]
                .map(|n| Some(Value::Int(n)))
                .iter()
                .map(Option::as_ref)
                .collect::<Vec<_>>()
        );
        assert_eq!(pairs(&steps), [(1, 0), (2, 1)]);
        assert!(steps[2].second && steps[2].address == steps[0].address);
    }

    #[test]
    fn what_takes_the_number_of_what_goes_does_so_in_a_second_step() {
        let mut steps = vec![
            moved("a", Action::Delete, 10, 10),
            moved("b", Action::Update, 20, 10),
        ];
        break_swaps(&mut steps, &BTreeMap::new());
        assert_eq!(steps.len(), 3);
        assert_eq!(
            (order_of(&steps[1]), order_of(&steps[2])),
            (Some(&Value::Int(11)), Some(&Value::Int(10)))
        );
        assert_eq!(pairs(&steps), [(2, 0)]);
    }

    #[test]
    fn a_swap_takes_a_second_step() {
        let mut steps = vec![update("a", "x", "y"), update("b", "y", "x")];
        break_swaps(&mut steps, &BTreeMap::new());
        assert_eq!(steps.len(), 3);
        assert_eq!(pairs(&steps), [(1, 0), (2, 1)]);
        assert!(steps[2].second && steps[2].address == steps[0].address);
    }
}
