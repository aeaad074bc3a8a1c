//! Who is in what and what is bound: power that is inherited unseen, and bindings that can never matter.

use super::scene::Scene;
use crate::access::{Answer, Binding, Mode, Rule, Subject};
use crate::diag::{Code, Diagnostic};
use crate::schema::{Items, WayIn};
use crate::value::{Address, Part};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    inherited(scene, found);
    for (address, gate) in &scene.world.gates {
        let mode = match gate.rule {
            Rule::Application(mode) => Some(mode),
            Rule::Entitlement => None,
        };
        let bound: Vec<(&Binding, Address)> =
            gate.bindings.iter().filter_map(|it| Some((it, at(scene, address, it)?))).collect();
        for (binding, own) in bound.iter().filter(|(binding, _)| binding.enabled) {
            let Some(object) = scene.objects.get(own).and_then(|seen| seen.declared) else { continue };
            let others: Vec<&Binding> =
                bound.iter().filter(|(other, place)| other.enabled && place != own).map(|(other, _)| *other).collect();
            let why = match mode {
                None => matches!(binding.subject, Subject::Policy(_))
                    .then(|| "authentik asks no policy for an entitlement, only groups and users".to_owned()),
                Some(mode) => moot(scene, mode, binding, &others),
            };
            let Some(why) = why else { continue };
            found.push(
                Diagnostic::warning(
                    Code::MOOT_BINDING,
                    format!("the binding of {} to {address} never matters", words(binding)),
                )
                .at(object.span, "makes no difference to anybody")
                .note(why)
                .help("take it out"),
            );
        }
    }
}

/// Groups below one whose members may do everything, which do not say so themselves.
fn inherited(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (child, seen) in &scene.objects {
        let Some(WayIn::Group { all, above, .. }) = seen.kind.way_in else { continue };
        if seen.is(all) {
            continue;
        }
        for field in above {
            let value = seen.fields.get(field);
            let mut parents = Vec::new();
            value.into_iter().for_each(|value| value.refs(&mut |parent| parents.push(parent)));
            for parent in parents {
                let Some(over) = scene.objects.get(parent).filter(|over| over.is(all)) else { continue };
                let Some(span) = seen.place(field).or_else(|| over.place(all)) else { continue };
                let told = Diagnostic::warning(
                    Code::INHERITED_SUPERUSER,
                    format!("every member of {child} is a superuser through {parent}"),
                );
                let told =
                    told.at(span, format!("{parent} has `{all}`")).note(format!("{child} itself does not say so"));
                found.push(told.help(format!("take the parent away, or set `{all}: true` on {child} if it is meant")));
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
    let kind = scene.kind(gate)?.children.iter().find(|it| matches!(it.items, Items::Subjects(_)))?;
    let parts = [Part::At(gate.clone()), Part::At(Address::named(family, name))];
    Some(Address::joined(kind.kind, parts))
}

/// Why a binding makes no difference beside the others, if it makes none.
fn moot(scene: &Scene<'_>, mode: Mode, binding: &Binding, others: &[&Binding]) -> Option<String> {
    let word = if mode == Mode::Any { "any" } else { "all" };
    if let Some(result) = answer(scene, binding).filter(|_| !others.is_empty())
        && result == (mode == Mode::All)
    {
        let always = if result { "always passes" } else { "never passes" };
        return Some(format!("it {always}, and with the mode `{word}` the others decide"));
    }
    let decides = |other: &&&Binding| answer(scene, other) == Some(mode == Mode::Any);
    if let Some(other) = others.iter().find(decides) {
        let always = if mode == Mode::Any { "always passes" } else { "never passes" };
        return Some(format!("{} {always}, which decides alone with the mode `{word}`", words(other)));
    }
    // How a release that is not known combines groups is not known.
    if mode == Mode::All && scene.release.is_none() {
        return None;
    }
    let Subject::Group(mine) = &binding.subject else { return None };
    let any = scene.world.static_mode(mode) == Mode::Any;
    others.iter().find_map(|other| {
        let Subject::Group(theirs) = &other.subject else { return None };
        if other.negate != binding.negate || mine == theirs {
            return None;
        }
        // With `any` the smaller set makes no difference, with `all` the larger one; turned round it is the other way.
        let (small, large) = if any != binding.negate { (mine, theirs) } else { (theirs, mine) };
        let below = scene.world.ancestors(small).contains(large) && !scene.world.ancestors(large).contains(small);
        below.then(|| {
            format!(
                "{small} is below {large}, so every member of {small} is a member of {large}, which is bound as well"
            )
        })
    })
}

/// What a policy answers, turned round if it is, where that is always the same.
fn answer(scene: &Scene<'_>, binding: &Binding) -> Option<bool> {
    let Subject::Policy(name) = &binding.subject else { return None };
    match scene.world.policies.get(name)? {
        Answer::Always(passes) => Some(*passes != binding.negate),
        Answer::Depends => None,
    }
}

fn words(binding: &Binding) -> String {
    let not = if binding.negate { "not " } else { "" };
    match &binding.subject {
        Subject::Group(name) => format!("{not}group {name:?}"),
        Subject::User(name) => format!("{not}user {name:?}"),
        Subject::Policy(name) => format!("{not}policy {name:?}"),
        Subject::Unknown(..) | Subject::Others => "what is not known".to_owned(),
    }
}
