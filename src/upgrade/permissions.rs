//! Permissions that akrec's token needs for the same files on the target and does not need now.

use std::collections::BTreeSet;

use super::access::FLAG_SINCE;
use super::{Class, Finding, Question};
use crate::kinds::{self, KINDS};
use crate::schema::{Kind, Preselected, Release};

/// The permissions that come, one finding each.
pub(super) fn findings(question: &Question<'_>) -> Vec<Finding> {
    let (from, to) = question.releases();
    if question.superuser == Some(true) {
        return Vec::new();
    }
    let before = needed(question, from);
    let new = needed(question, to)
        .into_iter()
        .filter(|(right, _)| before.iter().all(|(known, _)| known != right));
    new.map(|(right, why)| Finding {
        class: Class::Permission,
        decision: false,
        kind: None,
        field: None,
        words: Vec::new(),
        what: format!("akrec's token needs the permission {right} in authentik {to}"),
        why: why.to_owned(),
        help: "give it to a role of the token's user after the upgrade; a superuser has it"
            .to_owned(),
        sites: Vec::new(),
    })
    .collect()
}

/// The permissions for the reads of a plan and the writes of an apply in one release: the permission and its purpose.
fn needed(question: &Question<'_>, release: Release) -> BTreeSet<(String, &'static str)> {
    let mut rights = BTreeSet::new();
    for kind in KINDS.iter().copied().filter(|kind| kind.is_in(release)) {
        let mut declared = question.declared(kind).peekable();
        if declared.peek().is_none() {
            continue;
        }
        for verb in ["view", "add", "change", "delete"] {
            rights.extend(
                right(kind, verb).map(|right| (right, "the files declare objects of this kind")),
            );
        }
        if kind.guarded_by_bindings && release >= FLAG_SINCE {
            let settings = KINDS
                .iter()
                .copied()
                .find(|kind| kind.name == super::access::SETTINGS);
            let why = "a setting decides whether an application without bindings is open to all users, and without the \
                       permission akrec cannot read it";
            rights.extend(
                settings
                    .and_then(|kind| right(kind, "view"))
                    .map(|right| (right, why)),
            );
        }
        for object in declared {
            let unsaid = kind
                .fields
                .iter()
                .filter(|field| field.is_in(release) && !object.fields.contains_key(field.name));
            for field in unsaid {
                let Some(Preselected::Managed(name, _)) = field.preselected else {
                    continue;
                };
                let of = kinds::kind(name).filter(|kind| kind.is_in(release));
                let why =
                    "new objects get what the admin form preselects, which has to be looked up";
                rights.extend(
                    of.and_then(|kind| right(kind, "view"))
                        .map(|right| (right, why)),
                );
            }
        }
    }
    rights
}

/// The permission that a verb requires for a kind, where its kind or its model determines it.
fn right(kind: &Kind, verb: &str) -> Option<String> {
    if let Some(rights) = kind.permissions {
        return Some(
            if verb == "view" {
                rights.view
            } else {
                rights.change
            }
            .to_owned(),
        );
    }
    let (app, model) = kind.model.split_once('.')?;
    Some(format!("{app}.{verb}_{model}"))
}
