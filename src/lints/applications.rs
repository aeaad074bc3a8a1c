//! What people open: open to everyone or to nobody, a reserved slug, nothing behind it.

use std::collections::{HashMap, HashSet};

use super::scene::Scene;
use crate::access::{DEFAULT_ACCESS, Gate, SETTINGS, Unbound};
use crate::diag::{Code, Diagnostic};
use crate::schema::{Items, Lint};
use crate::value::{Address, Value};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    open(scene, found);
    for (address, seen, object) in scene.mine() {
        for lint in seen.kind.lints {
            if let Lint::Reserved(words) = lint
                && let Some(name) = address.name().filter(|name| words.contains(name))
            {
                let diagnostic = Diagnostic::warning(
                    Code::RESERVED_SLUG,
                    format!("{name:?} is reserved by authentik"),
                )
                .at(object.span, "reserved")
                .note(format!("authentik refuses {}", words.join(", ")));
                found.push(diagnostic.help("choose another slug"));
            }
        }
    }
    nowhere(scene, found);
}

/// Guarded objects without a binding that counts, unless that is meant and a reason is given.
fn open(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (address, seen, object) in scene.mine().filter(|(_, seen, _)| seen.kind.guarded) {
        let bindings = seen
            .kind
            .children
            .iter()
            .find(|children| matches!(children.items, Items::Subjects(_)));
        let known = bindings.is_some_and(|children| scene.knows_all(address, children.kind));
        let gate = scene.world.gates.get(address);
        if known && gate.is_some_and(|gate| scene.world.is_closed(gate)) {
            let message = format!("nobody may open {address}");
            let diagnostic = Diagnostic::warning(Code::CLOSED_APPLICATION, message);
            let why = "it has no enabled binding";
            let label = if object.open {
                "declared to be open to all users"
            } else {
                why
            };
            let diagnostic = diagnostic.at(object.span, label);
            let diagnostic = if object.open {
                diagnostic.note(why)
            } else {
                diagnostic
            };
            found.push(
                diagnostic
                    .note(format!(
                        "no user may open such an application: the setting `{DEFAULT_ACCESS}` is off"
                    ))
                    .help("bind a group, user or policy that may open it"),
            );
            continue;
        }
        let unread = scene
            .world
            .unknown
            .get(SETTINGS)
            .filter(|_| scene.world.unbound() == Unbound::Unknown);
        if !known || !gate.is_some_and(Gate::is_unbound) || (object.open && object.reasoned) {
            continue;
        }
        let disabled = gate.is_some_and(|gate| !gate.bindings.is_empty());
        let diagnostic = Diagnostic::warning(
            Code::OPEN_APPLICATION,
            format!("{address} is open to all users"),
        );
        let diagnostic = match unread {
            Some(why) => diagnostic.note(format!(
                "unless the setting `{DEFAULT_ACCESS}` is off, which cannot be read: {why}"
            )),
            None => diagnostic,
        };
        found.push(match object.open {
            true => diagnostic
                .at(object.span, "intended, but no reason is given")
                .help("say why: `lifecycle: {open: true, reason: \"…\"}`"),
            false => diagnostic
                .at(object.span, if disabled { "every binding is disabled" } else { "it has no binding" })
                .note("authentik lets every user open it, superusers or not")
                .help("bind a group, or declare that this is intended: `lifecycle: {open: true, reason: \"…\"}`"),
        });
    }
}

/// What neither has a provider nor leads anywhere else: one finding for all that are alike.
fn nowhere(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let mut alike = Vec::new();
    let mut used: HashMap<&str, HashSet<&Address>> = HashMap::new();
    for (address, seen, object) in scene.mine() {
        let Some(Lint::Leads { to, also, link }) = seen
            .kind
            .lints
            .iter()
            .find(|it| matches!(it, Lint::Leads { .. }))
        else {
            continue;
        };
        let empty = |field: &str| seen.value(field).is_some_and(|value| value.is_empty());
        if !empty(to) || !also.iter().all(|field| empty(field)) {
            continue;
        }
        // The files have one of the same name, which nothing uses.
        let namesake = seen.kind.field(to).and_then(|field| {
            let mut named = field
                .shape
                .families()
                .iter()
                .map(|family| Address::named(family, address.name()?).into());
            named.find_map(|at: Option<Address>| at.filter(|at| scene.objects.contains_key(at)))
        });
        let unused = namesake.filter(|at| {
            let used = used.entry(to).or_insert_with(|| {
                scene
                    .objects
                    .values()
                    .filter_map(|other| other.to(to))
                    .collect()
            });
            !used.contains(at)
        });
        match unused {
            Some(other) => found.push(
                Diagnostic::warning(
                    Code::NO_PROVIDER,
                    format!("{address} has no provider, and {other} has no application"),
                )
                .at(seen.place(to).unwrap_or(object.span), "no provider")
                .help(format!(
                    "did you mean `{to}: {}`?",
                    other.name().unwrap_or_default()
                )),
            ),
            None if seen
                .value(link)
                .is_some_and(|value| value == Value::text("")) =>
            {
                alike.push((address, seen.place(to).unwrap_or(object.span)));
            }
            None => {}
        }
    }
    alike.sort_by_key(|(_, span)| *span);
    let Some(((first, span), rest)) = alike.split_first() else {
        return;
    };
    let message = match rest.len() {
        0 => format!("{first} leads nowhere: it has neither a provider nor a launch URL"),
        more => format!(
            "{} applications lead nowhere: they have neither a provider nor a launch URL",
            more + 1
        ),
    };
    let diagnostic = Diagnostic::warning(Code::NO_PROVIDER, message).at(*span, "nothing behind it");
    let diagnostic = rest.iter().fold(diagnostic, |diagnostic, (_, span)| {
        diagnostic.and(*span, "and here")
    });
    found.push(diagnostic.help("set `provider` or `meta_launch_url`"));
}
