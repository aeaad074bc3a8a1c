//! Values that only one object may have: who gives them up, who takes them, and swaps.
//!
//! The server refuses a value that another object still has, so giving up comes before taking.

use std::collections::BTreeMap;

use super::diff::second;
use super::step::{Action, Delta, Items, Reason, Step, Write};
use crate::schema::Kind;
use crate::value::Value;

/// Values of one of a kind's lists of unique fields.
type Claim<'a> = (&'static str, usize, Vec<&'a Value>);

/// Pairs of steps (later, earlier): who takes values waits for whoever gives them up.
pub(super) fn handed_over(steps: &[Step]) -> Vec<(usize, usize)> {
    let mut gives: BTreeMap<Claim<'_>, usize> = BTreeMap::new();
    let mut takes: Vec<(Claim<'_>, usize)> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        for list in 0..step.kind.unique.len() {
            let (before, after) = (claim(step, list, false), claim(step, list, true));
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
    pairs.filter(|(later, earlier)| later != earlier).collect()
}

/// Values that go round among objects: one of them gives up what it has first, and takes what it gets in a second step.
pub(super) fn break_swaps(steps: &mut Vec<Step>) {
    loop {
        let pairs = handed_over(steps);
        let mut needs: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
        pairs.iter().for_each(|(later, earlier)| needs[*later].push(*earlier));
        let Some(circle) = super::order::circle(&needs) else { return };
        let part = circle.iter().find_map(|i| clearable(&steps[*i]).map(|field| (*i, field)));
        let Some((i, field)) = part else { return };
        let Write::Update { body, .. } = &mut steps[i].write else { return };
        let Some(value) = body.insert(field, Value::Null) else { return };
        let mut step = second(&steps[i], BTreeMap::from([(field, value)]), Items::new(), Reason::HandedOver);
        step.id = steps[i].id.clone();
        steps.push(step);
        for change in steps[i].changes.iter_mut().filter(|change| change.field == field) {
            if let Delta::Value(_, after) = &mut change.delta {
                *after = Value::Null;
            }
        }
    }
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
fn claim(step: &Step, list: usize, after: bool) -> Option<Claim<'_>> {
    let body = match &step.write {
        Write::Create { body, .. } | Write::Update { body, .. } => Some(body),
        Write::Delete | Write::Nothing => None,
    };
    let there = step.action != Action::Create;
    let value = |name: &str| match after {
        true if step.action == Action::Delete => None,
        true => body.and_then(|body| body.get(name)).or_else(|| step.expect.get(name)),
        false => step.expect.get(name).filter(|_| there),
    };
    let kind: &'static Kind = step.kind;
    let values: Option<Vec<&Value>> = kind.unique[list].iter().map(|name| value(name)).collect();
    values.filter(|values| values.iter().all(|value| !value.is_empty())).map(|values| (kind.name, list, values))
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::schema::{one, text, to};
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

    #[test]
    fn a_swap_takes_a_second_step() {
        let mut steps = vec![update("a", "x", "y"), update("b", "y", "x")];
        break_swaps(&mut steps);
        assert_eq!(steps.len(), 3);
        assert_eq!(handed_over(&steps), [(1, 0), (2, 1)]);
        assert!(steps[2].second && steps[2].address == steps[0].address);
    }
}
