//! What an expression answers, where that can be said without running it: constants, and the policies that authentik itself
//! brings along.

use super::world::Policy;

/// Expressions whose answer depends on nothing but how far the visitor has come, without comments and empty lines. The longer
/// ones are those of authentik's own blueprints.
const KNOWN: &[(&str, Policy)] = &[
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
    (
        r#"flow_plan = request.context.get("flow_plan")
if not flow_plan:
    return True
return not hasattr(flow_plan.context.get("pending_user"), "backend")"#,
        Policy::NoPasswordYet,
    ),
    (
        r#"flow_plan = request.context.get("flow_plan")
if not flow_plan:
    return True
return not (flow_plan.context.get("auth_method") == "auth_webauthn_pwl")"#,
        Policy::NoPasskeyYet,
    ),
];

/// What an expression answers; [`Policy::ByServer`] for all that is not known.
pub(super) fn known(expression: &str) -> Policy {
    let code: Vec<&str> = expression
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty() && !line.trim_start().starts_with('#'))
        .collect();
    let code = code.join("\n");
    let found = KNOWN.iter().find(|(text, _)| *text == code);
    found.map_or(Policy::ByServer, |(_, policy)| *policy)
}
