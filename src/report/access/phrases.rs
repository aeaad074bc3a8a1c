//! The phrases for reasons and bindings.

use crate::access::{Binding, DEFAULT_ACCESS, Gate, Mode, Part, Passes, Rule, Subject, Why};
use crate::wire::access as wire;

/// The reason of a verdict.
pub(in crate::report) fn why(why: &Why) -> String {
    match why {
        Why::Open => "open to all users: no enabled binding".to_owned(),
        Why::Closed => {
            format!("open to nobody: no enabled binding, and the setting `{DEFAULT_ACCESS}` is off")
        }
        Why::Unset => {
            format!(
                "no enabled binding, and the setting `{DEFAULT_ACCESS}`, which decides, could not be read"
            )
        }
        Why::Nothing => "nobody is bound".to_owned(),
        Why::Bound(parts) => parts.iter().map(part).collect::<Vec<_>>().join("; "),
    }
}

/// `group staff`, `not user bob`.
pub(super) fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Group(name) => format!("group {name}"),
        Subject::User(name) => format!("user {name}"),
        Subject::Policy(name) => format!("policy {name}"),
        Subject::Unknown(family, id) => format!("{family} {id}, which could not be read"),
        Subject::Others => "whatever else is bound on the server".to_owned(),
    }
}

fn part(part: &Part) -> String {
    let what = subject(&part.subject);
    let inside = !part.path.is_empty();
    match (&part.subject, part.passes) {
        (Subject::Unknown(..), _) => what,
        (Subject::Others, _) => "it is unknown what else is bound".to_owned(),
        (Subject::Group(_), Passes::Yes) if inside && !part.negate => {
            format!("through group {}", part.path.join(" -> "))
        }
        (Subject::Group(_), Passes::No) if inside => {
            format!("in group {}, which is excluded", part.path.join(" -> "))
        }
        (Subject::Group(_), Passes::Unknown) => format!("it is unknown who else is in {what}"),
        (Subject::Group(_), _) => format!("not in {what}"),
        (Subject::User(_), Passes::Yes) if !part.negate => "bound directly".to_owned(),
        (Subject::User(_), Passes::No) if part.negate => "excluded by name".to_owned(),
        (Subject::User(_), _) => format!("not {what}"),
        (Subject::Policy(_), Passes::Yes) => format!("{what} always passes{}", turned(part.negate)),
        (Subject::Policy(_), Passes::No) => format!("{what} never passes{}", turned(part.negate)),
        (Subject::Policy(_), _) => format!("{what} decides{}", turned(part.negate)),
    }
}

fn turned(negate: bool) -> &'static str {
    if negate { " (negated)" } else { "" }
}

/// What is bound to something, as one line.
pub(in crate::report) fn bound(gate: &Gate) -> String {
    let one = |binding: &Binding| {
        format!(
            "{}{}",
            if binding.negate { "not " } else { "" },
            subject(&binding.subject)
        )
    };
    let enabled: Vec<String> = gate.enabled().map(one).collect();
    let disabled = gate
        .bindings
        .iter()
        .filter(|binding| !binding.enabled)
        .count();
    let mut words = match (&gate.rule, enabled.len()) {
        (_, 0) => "nothing".to_owned(),
        (Rule::Application(Mode::All), 2..) => format!("all of: {}", enabled.join(", ")),
        _ => enabled.join(", "),
    };
    if disabled > 0 {
        words.push_str(&format!(" ({disabled} disabled)"));
    }
    words
}

/// Why nothing guards something.
pub(in crate::report) fn unbound(gate: &Gate) -> String {
    match gate.bindings.len() {
        0 => "nothing is bound".to_owned(),
        1 => "its only binding is disabled".to_owned(),
        all => format!("all {all} bindings are disabled"),
    }
}

/// How many bindings must let a user in.
pub(super) fn mode(gate: &Gate) -> wire::Mode {
    match gate.rule {
        Rule::Application(Mode::All) => wire::Mode::All,
        _ => wire::Mode::Any,
    }
}

/// `1 user`, `2 users`.
pub(super) fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
