//! Assertions in words: which failed and by what way, which cannot be checked; and all of them for machines.

use serde_json::Value as Json;

use super::access::phrases;
use crate::access::{Against, Held, Verdict, Why};
use crate::desired::{Assertion, Claim};
use crate::diag::{Code, Diagnostic, Sources};
use crate::value::{Address, Part};
use crate::wire::{self, validate};

/// One assertion with what became of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What was claimed, and where.
    pub assertion: Assertion,
    /// Whether it holds.
    pub held: Held,
}

impl Judged {
    /// An error for one that failed, a warning for one that cannot be checked, nothing for one that holds. `when` says
    /// of which time it is: `after this plan`, `now`.
    pub fn reported(&self, when: &str) -> Option<Diagnostic> {
        let claim = &self.assertion.claim;
        let (diagnostic, against, label) = match &self.held {
            Held::Yes => return None,
            Held::No(against) => {
                let diagnostic = Diagnostic::error(
                    Code::ASSERTION,
                    format!("the assertion \"{claim}\" does not hold{when}"),
                );
                (diagnostic, against, "this does not hold")
            }
            Held::Unknown(against) => {
                let message = format!("the assertion \"{claim}\" cannot be checked");
                // Nobody should rely on a claim about privileges that nobody checked.
                let diagnostic = match claim {
                    Claim::Privileges(_) | Claim::SignIn(_) => {
                        Diagnostic::error(Code::ASSERTION_UNKNOWN, message)
                            .help("use a token of a superuser, or remove the assertion")
                    }
                    _ => Diagnostic::warning(Code::ASSERTION_UNKNOWN, message),
                };
                (diagnostic, against, "neither proven nor refuted")
            }
        };
        let diagnostic = diagnostic.at(self.assertion.span, label);
        Some(against.iter().fold(diagnostic, |diagnostic, against| {
            diagnostic.note(self::against(against))
        }))
    }

    /// Whether it failed.
    pub fn failed(&self) -> bool {
        matches!(self.held, Held::No(_))
    }
}

/// `Assertions: 4 hold, 1 failed, 1 cannot be checked.`, if there are any.
pub fn tally(judged: &[Judged]) -> Option<String> {
    let count =
        |is: &dyn Fn(&Held) -> bool| judged.iter().filter(|judged| is(&judged.held)).count();
    let held = count(&|held| matches!(held, Held::Yes));
    let failed = count(&|held| matches!(held, Held::No(_)));
    let unknown = count(&|held| matches!(held, Held::Unknown(_)));
    let parts = [
        (held, if held == 1 { "holds" } else { "hold" }),
        (failed, if failed == 1 { "fails" } else { "fail" }),
        (unknown, "cannot be checked"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    (!parts.is_empty()).then(|| format!("Assertions: {}.", parts.join(", ")))
}

/// How many the files alone prove, and how many they leave open.
pub(super) fn proved(judged: &[Judged]) -> (usize, usize) {
    let left = judged
        .iter()
        .filter(|judged| matches!(judged.held, Held::Unknown(_)))
        .count();
    (judged.len() - left, left)
}

/// All of them for machines.
pub(super) fn wire(judged: &[Judged], sources: &Sources) -> Vec<validate::Assertion> {
    let one = |judged: &Judged| {
        let (result, against) = match &judged.held {
            Held::Yes => (validate::Held::Ok, &[][..]),
            Held::No(against) => (validate::Held::Failed, against.as_slice()),
            Held::Unknown(against) => (validate::Held::Unknown, against.as_slice()),
        };
        validate::Assertion {
            text: judged.assertion.claim.to_string(),
            result,
            source: super::json::place(Some(judged.assertion.span), sources),
            why: against.iter().map(self::against).collect(),
        }
    };
    judged.iter().map(one).collect()
}

/// The same as JSON.
pub fn json(judged: &[Judged], sources: &Sources) -> Json {
    wire::json(&wire(judged, sources))
}

fn against(against: &Against) -> String {
    match against {
        Against::Verdict {
            user,
            gate,
            verdict,
            why,
        } => {
            let can = match verdict {
                Verdict::Allow => "can open",
                Verdict::Deny => "cannot open",
                Verdict::Conditional => "can perhaps open",
                Verdict::Unknown => "can open or not open",
            };
            let why = match why {
                Why::Open => "it is open to all users".to_owned(),
                Why::Closed => "it is ".to_owned() + &phrases::why(why),
                why => phrases::why(why),
            };
            format!("{user} {can} {}: {why}", gate_name(gate))
        }
        Against::Open(gate) => format!(
            "{} is open to all users: it has no enabled binding",
            gate_name(gate)
        ),
        Against::Bound(gate) => format!(
            "{} is not open to all users: it has an enabled binding",
            gate_name(gate)
        ),
        Against::Closed(gate) => {
            format!(
                "{} is not open to all users: it is {}",
                gate_name(gate),
                phrases::why(&Why::Closed)
            )
        }
        Against::Unset(gate) => format!("{}: {}", gate_name(gate), phrases::why(&Why::Unset)),
        Against::InSeveral(user, groups) => format!("{user} is in {}", groups.join(" and in ")),
        Against::Missing(address) => format!("there is no {address}"),
        Against::Others(what) => format!("it is unknown who or what else: {what}"),
        Against::Unread(why) => why.clone(),
        Against::Superuser(user, groups) => {
            format!(
                "{user} is a superuser through group {}",
                groups.join(" -> ")
            )
        }
        Against::Holds {
            role,
            permission,
            object,
        } => match object {
            Some(object) => format!("role {role} has {permission} on {object}"),
            None => format!("role {role} has {permission}"),
        },
        Against::Endless(token, owner) => match owner {
            Some(owner) => format!("token {token} of {owner} never ends"),
            None => format!("token {token} never ends"),
        },
        Against::SignIn(what) => what.clone(),
        Against::More(count) => format!("and {count} more"),
    }
}

/// An application by its slug, an entitlement behind it.
fn gate_name(gate: &Address) -> String {
    match gate.parts() {
        [Part::At(application), Part::Name(name), ..] => {
            format!("{}: {name}", application.name().unwrap_or_default())
        }
        _ => gate.name().map_or_else(|| gate.to_string(), str::to_owned),
    }
}
