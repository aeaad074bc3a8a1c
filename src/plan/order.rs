//! Orders the steps: a stable topological order, and two steps where references form a cycle.
//!
//! Create before use; references away before deleting; a new binding before the old one goes, since without any the
//! application is open; a name is freed before it is taken; deletes last and in reverse; settings that close applications
//! without a binding before everything, settings that open them after everything. Ties go by kind, then address.

mod cycles;
mod handover;
mod needs;
mod ready;
mod turns;
mod waits;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value as Json;

use super::matching::Matched;
use super::step::{Action, Step, Write};
use crate::access::{SETTINGS, default_access};
use crate::diag::Diagnostic;
use crate::kinds;
use crate::live::Live;
use crate::value::{Address, Part};
use cycles::break_circles;
use handover::{break_swaps, handed_over};
use needs::needs;
use turns::turns;

/// Orders the steps. Refuses cycles of references that all must exist at once.
pub(super) fn order(
    mut steps: Vec<Step>,
    matched: &Matched,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Step> {
    let ranks: HashMap<&str, usize> = kinds::KINDS
        .iter()
        .enumerate()
        .map(|(i, kind)| (kind.name, i))
        .collect();
    steps.sort_by(|a, b| rank(a, &ranks).cmp(&rank(b, &ranks)));
    break_circles(&mut steps, diagnostics);
    break_swaps(&mut steps, &matched.live);
    steps.sort_by(|a, b| rank(a, &ranks).cmp(&rank(b, &ranks)));
    let mut waits = needs(&steps);
    turns(&steps, matched, &mut waits);
    handed_over(&steps).put(&mut waits);
    waits.sort(steps)
}

/// When a step comes among those that do not wait for each other.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// It closes applications to which nothing is bound.
    Closes,
    Writes,
    Deletes,
    /// It opens applications to which nothing is bound.
    Opens,
}

fn turn(step: &Step) -> Turn {
    let settings = match &step.write {
        Write::Update { body, .. } if step.address.family == SETTINGS => default_access(body),
        _ => None,
    };
    match settings {
        Some(false) => Turn::Closes,
        Some(true) => Turn::Opens,
        None if step.action == Action::Delete => Turn::Deletes,
        None => Turn::Writes,
    }
}

/// Ties: by their turn, then the table's order, deletes in reverse, then the address; second steps after first.
fn rank<'a>(step: &'a Step, ranks: &HashMap<&str, usize>) -> (Turn, i64, &'a Address, bool) {
    let place = ranks
        .get(step.kind.name)
        .map_or(i64::MAX, |place| *place as i64);
    let deletes = step.action == Action::Delete;
    (
        turn(step),
        if deletes { -place } else { place },
        &step.address,
        step.second,
    )
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

/// Further ids of objects, by address and name.
type OtherIds = BTreeMap<(Address, &'static str), Json>;

/// The ids of all objects that are already there and that the steps refer to or rest on.
pub(super) fn ids(
    steps: &[Step],
    matched: &Matched,
    live: &Live,
) -> (BTreeMap<Address, Json>, OtherIds) {
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
            others.extend(
                live.other_ids(before)
                    .map(|(name, id)| ((address.clone(), name), id.clone())),
            );
            if let Some(pk) = there
                .map(|(_, found)| &found.pk)
                .or_else(|| live.pk(&address))
            {
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
    use crate::schema::{Kind, reference, string};
    use crate::value::Value;

    static HARD: Kind = Kind::new("hard", "", "/hard/").fields(&[
        string("name").required(),
        reference("next", "hard").required(),
    ]);
    static SOFT: Kind = Kind::new("soft", "", "/soft/")
        .fields(&[string("name").required(), reference("next", "soft")]);

    fn create(kind: &'static Kind, name: &str, next: &str) -> Step {
        let next = Value::Ref(Address::named(kind.family, next));
        let write = Write::Create {
            body: BTreeMap::from([("next", next)]),
            add: BTreeMap::new(),
        };
        Step {
            write,
            ..Step::new(Action::Create, Address::named(kind.family, name), kind)
        }
    }

    fn ordered(kind: &'static Kind) -> (Vec<Step>, Vec<Diagnostic>) {
        let matched = Matched::default();
        let steps =
            [("a", "b"), ("b", "c"), ("c", "a")].map(|(name, next)| create(kind, name, next));
        let mut diagnostics = Vec::new();
        (
            order(steps.to_vec(), &matched, &mut diagnostics),
            diagnostics,
        )
    }

    #[test]
    fn a_circle_of_required_references_is_refused_and_shown() {
        let (_, diagnostics) = ordered(&HARD);
        let [diagnostic] = diagnostics.as_slice() else {
            panic!("{diagnostics:?}")
        };
        assert_eq!(diagnostic.code, Code::REFERENCE_CIRCLE);
        assert_eq!(
            diagnostic.notes,
            [r#"the cycle is hard "a" -> hard "b" -> hard "c" -> hard "a""#]
        );
    }

    #[test]
    fn a_circle_of_optional_references_takes_a_second_step() {
        let (steps, diagnostics) = ordered(&SOFT);
        assert_eq!(diagnostics, Vec::new());
        let names: Vec<String> = steps
            .iter()
            .map(|s| format!("{} {} {:?}", s.address.path(), s.second, s.needs))
            .collect();
        assert_eq!(
            names,
            [
                "soft.a false {}",
                "soft.c false {0}",
                "soft.b false {1}",
                "soft.a true {0, 2}"
            ]
        );
    }
}
