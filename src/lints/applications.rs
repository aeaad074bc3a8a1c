//! What people open: open to everyone or to nobody, a reserved slug, nothing behind it.

use std::collections::{HashMap, HashSet};

use super::scene::{Scene, Seen};
use crate::access::{DEFAULT_ACCESS, Gate, SETTINGS, Unbound};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic, Span};
use crate::schema::{Children, Items, Lint};
use crate::value::{Address, Value};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (address, seen, object) in scene.mine() {
        if seen.kind.guarded_by_bindings {
            found.extend(open_or_closed(scene, address, seen, object));
        }
    }
    for (address, seen, object) in scene.mine() {
        found.extend(reserved(address, seen, object));
    }
    nowhere(scene, found);
}

/// Names that authentik keeps to itself.
fn reserved(address: &Address, seen: &Seen<'_>, object: &Object) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for lint in seen.kind.lints {
        let Lint::CollidingKeys(words) = lint else {
            continue;
        };
        let Some(name) = address.name().filter(|name| words.contains(name)) else {
            continue;
        };
        let message = format!("{name:?} is reserved by authentik");
        let diagnostic = Diagnostic::warning(Code::RESERVED_SLUG, message)
            .at(object.span, "reserved")
            .note(format!("authentik refuses {}", words.join(", ")))
            .help("choose another slug");
        found.push(diagnostic);
    }
    found
}

/// A guarded object without a binding that counts, unless that is meant and a reason is given.
fn open_or_closed(
    scene: &Scene<'_>,
    address: &Address,
    seen: &Seen<'_>,
    object: &Object,
) -> Option<Diagnostic> {
    let is_of_bindings = |children: &&Children| matches!(children.items, Items::Subjects(_));
    let bindings = seen.kind.children.iter().find(is_of_bindings)?;
    if !scene.knows_all(address, bindings.kind) {
        return None;
    }
    let gate = scene.world.gates.get(address)?;
    if scene.world.is_closed(gate) {
        return Some(closed(address, object));
    }
    let is_explained = object.open && object.reasoned;
    if !gate.is_unbound() || is_explained {
        return None;
    }
    Some(open(scene, address, gate, object))
}

/// An application that nobody may open.
fn closed(address: &Address, object: &Object) -> Diagnostic {
    let message = format!("nobody may open {address}");
    let diagnostic = Diagnostic::warning(Code::CLOSED_APPLICATION, message);
    let why = "it has no enabled binding";
    let diagnostic = match object.open {
        true => diagnostic
            .at(object.span, "declared to be open to all users")
            .note(why),
        false => diagnostic.at(object.span, why),
    };
    let rule =
        format!("no user may open such an application: the setting `{DEFAULT_ACCESS}` is off");
    diagnostic
        .note(rule)
        .help("bind a group, user or policy that may open it")
}

/// An application that everybody may open.
fn open(scene: &Scene<'_>, address: &Address, gate: &Gate, object: &Object) -> Diagnostic {
    let message = format!("{address} is open to all users");
    let mut diagnostic = Diagnostic::warning(Code::OPEN_APPLICATION, message);
    if scene.world.unbound() == Unbound::Unknown
        && let Some(why) = scene.world.unknown.get(SETTINGS)
    {
        diagnostic = diagnostic.note(format!(
            "unless the setting `{DEFAULT_ACCESS}` is off, which cannot be read: {why}"
        ));
    }
    if object.open {
        return diagnostic
            .at(object.span, "intended, but no reason is given")
            .help("say why: `lifecycle: {open: true, reason: \"…\"}`");
    }
    let label = match gate.bindings.is_empty() {
        true => "it has no binding",
        false => "every binding is disabled",
    };
    diagnostic
        .at(object.span, label)
        .note("authentik lets every user open it, superusers or not")
        .help("bind a group, or declare that this is intended: `lifecycle: {open: true, reason: \"…\"}`")
}

/// What neither has a provider nor leads anywhere else: one finding for all that are alike.
fn nowhere(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let mut alike: Vec<(&Address, Span)> = Vec::new();
    let mut used = Used::new();
    for (address, seen, object) in scene.mine() {
        let leads = |lint: &&Lint| matches!(lint, Lint::LaunchTarget { .. });
        let Some(Lint::LaunchTarget { to, also, link }) = seen.kind.lints.iter().find(leads) else {
            continue;
        };
        let is_empty = |field: &str| seen.value(field).is_some_and(|value| value.is_empty());
        if !is_empty(to) || !also.iter().all(|field| is_empty(field)) {
            continue;
        }
        let place = seen.place(to).unwrap_or(object.span);
        if let Some(other) = unused_namesake(scene, address, seen, to, &mut used) {
            let message = format!("{address} has no provider, and {other} has no application");
            let name = other.name().unwrap_or_default();
            let diagnostic = Diagnostic::warning(Code::NO_PROVIDER, message)
                .at(place, "no provider")
                .help(format!("did you mean `{to}: {name}`?"));
            found.push(diagnostic);
            continue;
        }
        let has_no_link = seen.value(link) == Some(Value::text(""));
        if has_no_link {
            alike.push((address, place));
        }
    }
    alike.sort_by_key(|(_, span)| *span);
    found.extend(leading_nowhere(&alike));
}

/// For each reference, what objects refer to by it.
type Used<'a> = HashMap<&'static str, HashSet<&'a Address>>;

/// What the files have under the name of an object, could be what it lacks, and is used by nothing.
fn unused_namesake<'a>(
    scene: &'a Scene<'_>,
    address: &Address,
    seen: &Seen<'_>,
    to: &'static str,
    used: &mut Used<'a>,
) -> Option<Address> {
    let name = address.name()?;
    let families = seen.kind.field(to)?.shape.families();
    let mut namesakes = families.iter().map(|family| Address::named(family, name));
    let namesake = namesakes.find(|namesake| scene.objects.contains_key(namesake))?;
    let used = used.entry(to).or_insert_with(|| {
        let objects = scene.objects.values();
        objects.filter_map(|object| object.to(to)).collect()
    });
    (!used.contains(&namesake)).then_some(namesake)
}

/// One finding for all objects that lead nowhere, in the order of their places.
fn leading_nowhere(alike: &[(&Address, Span)]) -> Option<Diagnostic> {
    let ((first, span), rest) = alike.split_first()?;
    let message = match rest.len() {
        0 => format!("{first} leads nowhere: it has neither a provider nor a launch URL"),
        more => format!(
            "{} applications lead nowhere: they have neither a provider nor a launch URL",
            more + 1
        ),
    };
    let mut diagnostic =
        Diagnostic::warning(Code::NO_PROVIDER, message).at(*span, "nothing behind it");
    for (_, span) in rest {
        diagnostic = diagnostic.and(*span, "and here");
    }
    Some(diagnostic.help("set `provider` or `meta_launch_url`"))
}
