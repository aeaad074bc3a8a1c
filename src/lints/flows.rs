//! How people sign in: what judges a user before there is one, and a password that is asked for twice.

use std::collections::HashMap;

use super::scene::{Scene, Seen};
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::{Items, Lint, WayIn};
use crate::value::{Address, Value};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (address, seen) in &scene.objects {
        for lint in seen.kind.lints {
            let Lint::StartsWithoutUser {
                field,
                values: words,
            } = lint
            else {
                continue;
            };
            let word = seen.value(field);
            let word = word.as_ref().and_then(Value::as_text);
            // Without the word, a flow that asks who somebody is begins without a user.
            let asks = asks_who(scene, address, seen);
            match word {
                Some(word) if words.contains(&word) && asks != Some(false) => {
                    head(scene, address, seen, asks == Some(true), found)
                }
                None if asks == Some(true) => head(scene, address, seen, true, found),
                _ => {}
            }
        }
        twice(scene, address, seen, found);
    }
}

/// What is bound to a flow itself is asked before its first stage. Unless it is certain that the flow itself asks who
/// somebody is, users and groups may be known: from a source, say.
fn head(
    scene: &Scene<'_>,
    flow: &Address,
    seen: &Seen<'_>,
    certain: bool,
    found: &mut Vec<Diagnostic>,
) {
    let later = later(scene, flow, seen);
    for children in seen.kind.children {
        let Items::Subjects(subjects) = children.items else {
            continue;
        };
        for (_, binding) in scene.children(flow, children.kind) {
            let Some(object) = binding.declared else {
                continue;
            };
            let Some(subject) = subjects.iter().find_map(|field| binding.to(field)) else {
                continue;
            };
            let counts = binding.value("enabled") != Some(Value::Bool(false));
            let Some(why) = needs_user(scene, subject, binding, certain).filter(|_| counts) else {
                continue;
            };
            let name = subject.name().unwrap_or_default();
            let later = match later {
                Some(stage) => format!(
                    "`- {{stage: {stage}, bindings: [{{{}: {name}}}]}}`",
                    subject.family
                ),
                None => "that of the password stage".to_owned(),
            };
            found.push(
                Diagnostic::warning(
                    Code::USER_NOT_KNOWN,
                    format!("{subject} evaluates a user, but {flow} starts without one"),
                )
                .at(object.span, "evaluated before the user is identified")
                .note(format!("{subject}: {why}"))
                .help(format!("bind it to the binding of a later stage: {later}")),
            );
        }
    }
}

/// Why something that is bound says nothing good without a user.
fn needs_user(
    scene: &Scene<'_>,
    subject: &Address,
    binding: &Seen<'_>,
    certain: bool,
) -> Option<String> {
    let kind = scene.kind(subject).or_else(|| {
        kinds::family(subject.family)
            .next()
            .filter(|kind| kind.type_name.is_none())
    })?;
    let judges = kind.lints.iter().find_map(|lint| {
        if let Lint::NeedsUser(why) = lint {
            Some(*why)
        } else {
            None
        }
    });
    match kind.way_in {
        _ if judges.is_some() => judges.map(str::to_owned),
        Some(WayIn::User { .. } | WayIn::Group { .. }) if certain && !binding.is("negate") => Some(
            "a visitor who is not identified yet is not a user and not in any group".to_owned(),
        ),
        _ => None,
    }
}

/// The stage after the one that asks who somebody is.
fn later<'s>(scene: &'s Scene<'_>, flow: &'s Address, seen: &Seen<'_>) -> Option<&'s str> {
    let mut stages = stages(scene, flow, seen);
    stages.sort_by_key(|(step, _)| step.value("order"));
    let asks = |stage: &Address| {
        scene
            .kind(stage)
            .is_some_and(|kind| kind.way_in == Some(WayIn::Identifies))
    };
    let mut after = stages
        .into_iter()
        .map(|(_, stage)| stage)
        .skip_while(|stage| !asks(stage))
        .skip(1);
    after.next()?.name()
}

/// Whether a flow itself asks who somebody is; `None` if that is not known.
fn asks_who(scene: &Scene<'_>, flow: &Address, seen: &Seen<'_>) -> Option<bool> {
    let mut lists = seen
        .kind
        .children
        .iter()
        .filter(|children| matches!(children.items, Items::Ordered(_)));
    let known = lists.all(|children| scene.knows_all(flow, children.kind));
    let kinds: Vec<_> = stages(scene, flow, seen)
        .into_iter()
        .map(|(_, stage)| scene.kind(stage))
        .collect();
    if kinds
        .iter()
        .flatten()
        .any(|kind| kind.way_in == Some(WayIn::Identifies))
    {
        return Some(true);
    }
    (known && !kinds.contains(&None)).then_some(false)
}

/// The stages of a flow, with what joins them.
fn stages<'s, 'a>(
    scene: &'s Scene<'a>,
    flow: &'s Address,
    seen: &Seen<'_>,
) -> Vec<(&'s Seen<'a>, &'s Address)> {
    let mut stages = Vec::new();
    for children in seen.kind.children {
        if let Items::Ordered(reference) = children.items {
            let joined = scene.children(flow, children.kind);
            stages.extend(joined.filter_map(|(_, step)| Some((step, step.to(reference)?))));
        }
    }
    stages
}

/// A stage that another one of the same flow shows on its own page.
fn twice(scene: &Scene<'_>, flow: &Address, seen: &Seen<'_>, found: &mut Vec<Diagnostic>) {
    let stages = stages(scene, flow, seen);
    let mut steps: HashMap<&Address, &Seen<'_>> = HashMap::new();
    for (step, stage) in &stages {
        steps.entry(stage).or_insert(step);
    }
    for (_, stage) in &stages {
        let Some(outer) = scene.objects.get(*stage) else {
            continue;
        };
        for lint in outer.kind.lints {
            let Lint::EmbedsStage(field) = lint else {
                continue;
            };
            let Some((inner, step)) = outer.to(field).and_then(|inner| steps.get_key_value(inner))
            else {
                continue;
            };
            let spans = [step.declared.map(|object| object.span), outer.place(field)];
            let [Some(first), second] = (if spans[0].is_some() {
                spans
            } else {
                [spans[1], None]
            }) else {
                continue;
            };
            let diagnostic = Diagnostic::warning(
                Code::PASSWORD_TWICE,
                format!("{flow} asks for {inner} twice"),
            )
            .at(
                first,
                if spans[0].is_some() {
                    "bound here"
                } else {
                    "shown on the page of this stage"
                },
            );
            let diagnostic = match second {
                Some(span) => diagnostic.and(span, format!("and shown on the page of {stage}")),
                None => diagnostic.note(format!("{stage} shows it on its own page, by `{field}`")),
            };
            found.push(diagnostic.help(format!("remove it from the stages of {flow}")));
        }
    }
}
