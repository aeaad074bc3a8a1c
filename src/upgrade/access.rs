//! Who may open what: whether the rule of the target can decide otherwise, and which applications a setting closes there.
//!
//! Who gains and who loses by the rule is for `access` to say; here is only what asks it.

use std::collections::BTreeSet;

use super::{Class, Finding, Question, Site};
pub(super) use crate::access::SETTINGS;
use crate::access::{DEFAULT_ACCESS as FLAG, Gate, Rule, Subject, World};
use crate::desired::What;
use crate::schema::{Release, V2026_2, V2026_5};
use crate::value::{Address, Value};

const FLAGS: &str = "flags";
/// The first release that reads it (measured on 2026.5.3).
pub(super) const FLAG_SINCE: Release = V2026_5;
/// The first release that combines groups and users by the application's mode.
const MODE_SINCE: Release = V2026_2;

/// Whether the way from one release to another passes a change of what decides about access.
pub fn may_change(from: Release, to: Release) -> bool {
    [MODE_SINCE, FLAG_SINCE]
        .iter()
        .any(|since| from < *since && *since <= to)
}

/// Applications that are open to all users because nothing is bound to them, and that a switch which the present release
/// does not know closes on the target.
pub fn closes(question: &Question<'_>, world: &World) -> Option<Finding> {
    let (from, to) = question.releases();
    if from >= FLAG_SINCE || to < FLAG_SINCE {
        return None;
    }
    let span = off_in_files(question);
    if span.is_none() && !off_there(question) {
        return None;
    }
    // Of what files do not say, only the server knows whether anything is bound.
    let is_open = |gate: &Gate| {
        gate.is_unbound()
            || gate
                .enabled()
                .all(|binding| binding.subject == Subject::Others)
    };
    let applications = world
        .gates
        .iter()
        .filter(|(_, gate)| matches!(gate.rule, Rule::Application(_)));
    let open: BTreeSet<&Address> = applications
        .filter(|(_, gate)| is_open(gate))
        .map(|(address, _)| address)
        .collect();
    let mut sites: Vec<Site> = span
        .map(|span| Site {
            address: None,
            span: Some(span),
        })
        .into_iter()
        .collect();
    sites.extend(open.iter().map(|address| question.site(address)));
    let count = match open.len() {
        0 => "no application is known to be without an enabled binding".to_owned(),
        1 => "1 application without an enabled binding becomes open to nobody".to_owned(),
        many => format!("{many} applications without an enabled binding become open to nobody"),
    };
    Some(Finding {
        class: Class::Access,
        decision: !open.is_empty(),
        kind: Some(SETTINGS.to_owned()),
        field: Some(format!("{FLAGS}.{FLAG}")),
        words: Vec::new(),
        what: format!("authentik {to} reads the flag {FLAG}, which is false: {count}"),
        why: format!(
            "before {FLAG_SINCE} the flag has no effect, and such an application is open to all users"
        ),
        help: "bind those who may open it, or set the flag to true".to_owned(),
        sites,
    })
}

/// Where the files turn the switch off.
fn off_in_files(question: &Question<'_>) -> Option<crate::diag::Span> {
    let settings = question
        .desired
        .objects
        .iter()
        .find(|object| object.kind.name == SETTINGS)?;
    let want = settings.fields.get(FLAGS)?;
    let off = match &want.what {
        What::Keys(keys) => keys.get(FLAG) == Some(&false.into()),
        What::Is(value) => is_off(value),
        What::Some { .. } => false,
    };
    off.then_some(want.span)
}

/// Whether the server has it off already.
fn off_there(question: &Question<'_>) -> bool {
    let all = question.existing.as_deref().unwrap_or_default().iter();
    all.filter(|there| there.kind.name == SETTINGS)
        .any(|there| there.fields.get(FLAGS).is_some_and(|it| is_off(it)))
}

fn is_off(value: &Value) -> bool {
    matches!(value, Value::Json(json) if json.0.get(FLAG) == Some(&false.into()))
}
