//! What an expression answers, where that can be said without running it: constants, what only depends on how far the visitor
//! has come, and the policies that authentik itself brings along.

use super::world::Policy;
use crate::value::digest;

/// Expressions of one line.
const LINES: &[(&str, Policy)] = &[
    ("return True", Policy::Always(true)),
    ("return False", Policy::Always(false)),
    ("return ak_is_sso_flow", Policy::FromSource),
    (
        "return request.user.is_authenticated",
        Policy::Identified(true),
    ),
    (
        "return not request.user.is_authenticated",
        Policy::Identified(false),
    ),
];

/// Expressions that authentik's own blueprints bring along, by their fingerprints: the same text on 2025.10 to 2026.8.
const OWN: &[(&str, Policy)] = &[
    // default-authentication-flow-password-stage
    ("e9f4556603db6db8", Policy::NoPasswordYet),
    // default-authentication-flow-authenticator-validate-stage
    ("c3ec68fddb364434", Policy::NoPasskeyYet),
];

/// What an expression answers, whatever its comments and empty lines; [`Policy::ByServer`] for all that is not known.
pub(super) fn known(expression: &str) -> Policy {
    let code: Vec<&str> = expression
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty() && !line.trim_start().starts_with('#'))
        .collect();
    let code = code.join("\n");
    // Whoever is identified by the way need not have proven anything.
    let assigns = ["\"pending_user\"] =", "'pending_user'] ="];
    if assigns.iter().any(|text| code.contains(text)) && code.ends_with("return True") {
        return Policy::SetsUser;
    }
    let line = LINES.iter().find(|(text, _)| *text == code);
    let own = || {
        let print = digest(&code);
        OWN.iter().find(|(own, _)| *own == print)
    };
    line.or_else(own)
        .map_or(Policy::ByServer, |(_, policy)| *policy)
}
