//! Who is in what and what is bound: power that is inherited unseen, and bindings that can never matter.

use std::collections::HashMap;

use super::scene::Scene;
use crate::access::{Among, Answer, Binding, Bits, Mode, Nesting, Rule, Subject};
use crate::diag::{Code, Diagnostic};
use crate::schema::{Items, WayIn};
use crate::value::{Address, Part};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    inherited(scene, found);
    let nesting = Nesting::of(&scene.world);
    let enabled = scene
        .world
        .gates
        .values()
        .flat_map(|gate| &gate.bindings)
        .filter(|binding| binding.enabled);
    let among = nesting.among(enabled.filter_map(group));
    for (address, gate) in &scene.world.gates {
        let mode = match gate.rule {
            Rule::Application(mode) => Some(mode),
            Rule::Entitlement => None,
        };
        let bound: Vec<Bound<'_>> = gate
            .bindings
            .iter()
            .filter(|binding| binding.enabled)
            .filter_map(|binding| {
                Some(Bound {
                    binding,
                    place: at(scene, address, binding)?,
                })
            })
            .collect();
        let beside = mode.map(|mode| Beside::of(scene, &among, mode, &bound));
        for Bound { binding, place } in &bound {
            let Some(object) = scene.objects.get(place).and_then(|seen| seen.declared) else {
                continue;
            };
            let why = match &beside {
                None => matches!(binding.subject, Subject::Policy(_)).then(|| {
                    "authentik evaluates only groups and users for an entitlement, not policies"
                        .to_owned()
                }),
                Some(beside) => beside.moot(binding, place),
            };
            let Some(why) = why else { continue };
            found.push(
                Diagnostic::warning(
                    Code::MOOT_BINDING,
                    format!(
                        "the binding of {} to {address} has no effect",
                        described(binding)
                    ),
                )
                .at(object.span, "has no effect")
                .note(why)
                .help("remove it"),
            );
        }
    }
}

/// A binding that counts, and where it stands.
struct Bound<'a> {
    binding: &'a Binding,
    place: Address,
}

/// The bindings of one application, for judging each beside the others.
struct Beside<'a> {
    scene: &'a Scene<'a>,
    among: &'a Among<'a, 'a>,
    mode: Mode,
    /// How many bindings stand in the same place.
    places: HashMap<&'a Address, usize>,
    count: usize,
    /// The first bindings of two places that decide alone.
    deciding: Vec<&'a Bound<'a>>,
    /// The bound groups: those that are negated, and those that are not.
    groups: [Bits; 2],
}

impl<'a> Beside<'a> {
    fn of(
        scene: &'a Scene<'a>,
        among: &'a Among<'a, 'a>,
        mode: Mode,
        bound: &'a [Bound<'a>],
    ) -> Beside<'a> {
        let mut places: HashMap<&Address, usize> = HashMap::new();
        let mut deciding: Vec<&Bound<'_>> = Vec::new();
        for one in bound {
            *places.entry(&one.place).or_default() += 1;
            let decides = answer(scene, one.binding) == Some(mode == Mode::Any);
            if decides
                && deciding.len() < 2
                && deciding.iter().all(|other| other.place != one.place)
            {
                deciding.push(one);
            }
        }
        let groups = [true, false].map(|negate| {
            among.set(
                bound
                    .iter()
                    .map(|one| one.binding)
                    .filter(|it| it.negate == negate)
                    .filter_map(group),
            )
        });
        Beside {
            scene,
            among,
            mode,
            places,
            count: bound.len(),
            deciding,
            groups,
        }
    }

    /// Why a binding makes no difference beside the others, if it makes none.
    fn moot(&self, binding: &Binding, place: &Address) -> Option<String> {
        let mode = self.mode;
        let word = if mode == Mode::Any { "any" } else { "all" };
        let has_others = self.count > self.places.get(place).copied().unwrap_or_default();
        if let Some(result) = answer(self.scene, binding).filter(|_| has_others)
            && result == (mode == Mode::All)
        {
            let always = if result {
                "always passes"
            } else {
                "never passes"
            };
            return Some(format!(
                "it {always}, and with the mode `{word}` the others decide"
            ));
        }
        if let Some(other) = self.deciding.iter().find(|other| other.place != *place) {
            let always = if mode == Mode::Any {
                "always passes"
            } else {
                "never passes"
            };
            let other = described(other.binding);
            return Some(format!(
                "{other} {always}, which decides alone with the mode `{word}`"
            ));
        }
        // How a release that is not known combines groups is not known.
        if mode == Mode::All && self.scene.release.is_none() {
            return None;
        }
        let mine = group(binding)?;
        let any = self.scene.world.static_mode(mode) == Mode::Any;
        let [negated, plain] = &self.groups;
        let others = if binding.negate { negated } else { plain };
        // With `any` the smaller set makes no difference, with `all` the larger one; turned round it is the other way.
        let (small, large) = match any != binding.negate {
            true => (mine, &**self.among.first_above(mine, others)?),
            false => (&**self.among.first_below(mine, others)?, mine),
        };
        Some(format!(
            "{small} is below {large}, so every member of {small} is a member of {large}, which is bound as well"
        ))
    }
}

/// The group that is bound, if it is one.
fn group(binding: &Binding) -> Option<&str> {
    match &binding.subject {
        Subject::Group(name) => Some(name),
        _ => None,
    }
}

/// Groups below one whose members may do everything, which do not say so themselves.
fn inherited(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (child, seen) in &scene.objects {
        let Some(WayIn::Group { all, above, .. }) = seen.kind.way_in else {
            continue;
        };
        if seen.is(all) {
            continue;
        }
        for field in above {
            let value = seen.fields.get(field);
            let mut parents = Vec::new();
            value
                .into_iter()
                .for_each(|value| value.refs(&mut |parent| parents.push(parent)));
            for parent in parents {
                let Some(over) = scene.objects.get(parent).filter(|over| over.is(all)) else {
                    continue;
                };
                let Some(span) = seen.place(field).or_else(|| over.place(all)) else {
                    continue;
                };
                let diagnostic = Diagnostic::warning(
                    Code::INHERITED_SUPERUSER,
                    format!("every member of {child} is a superuser through {parent}"),
                );
                let diagnostic = diagnostic
                    .at(span, format!("{parent} has `{all}`"))
                    .note(format!("{child} itself does not say so"));
                found.push(diagnostic.help(format!(
                    "remove the parent, or set `{all}: true` on {child} if this is intended"
                )));
            }
        }
    }
}

/// Where a binding stands.
fn at(scene: &Scene<'_>, gate: &Address, binding: &Binding) -> Option<Address> {
    let (family, name) = match &binding.subject {
        Subject::Group(name) => (crate::access::GROUP, name),
        Subject::User(name) => (crate::access::USER, name),
        Subject::Policy(name) => (crate::access::POLICY, name),
        Subject::Unknown(..) | Subject::Others => return None,
    };
    let kind = scene
        .kind(gate)?
        .children
        .iter()
        .find(|it| matches!(it.items, Items::Subjects(_)))?;
    let parts = [
        Part::At(gate.clone()),
        Part::At(Address::named(family, name)),
    ];
    Some(Address::joined(kind.kind, parts))
}

/// What a policy answers, turned round if it is, where that is always the same.
fn answer(scene: &Scene<'_>, binding: &Binding) -> Option<bool> {
    let Subject::Policy(name) = &binding.subject else {
        return None;
    };
    match scene.world.policies.get(name)? {
        Answer::Always(passes) => Some(*passes != binding.negate),
        Answer::Depends => None,
    }
}

fn described(binding: &Binding) -> String {
    let not = if binding.negate { "not " } else { "" };
    match &binding.subject {
        Subject::Group(name) => format!("{not}group {name:?}"),
        Subject::User(name) => format!("{not}user {name:?}"),
        Subject::Policy(name) => format!("{not}policy {name:?}"),
        Subject::Unknown(..) | Subject::Others => "what is not known".to_owned(),
    }
}
