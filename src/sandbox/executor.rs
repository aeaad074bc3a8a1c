//! The flow executor, as far as somebody sees it who has not signed in and has answered nothing: the first challenge of a flow.
//!
//! By the rules of the server, measured on 2026.2.2 and 2026.5.3 (the recorded walks are replayed in the tests). Expressions are
//! not run: constants and what asks who somebody is are known, and any other passes.

use serde_json::{Value, json};

use super::types::{Reply, Serial};
use super::world::World;

/// What authentik says to somebody whom a flow does not let in.
const NOT_APPLICABLE: &str = "Flow does not apply to current user.";
/// What it says where a stage gives no reason.
const NO_REASON: &str = "Unknown error";

/// What is shown, if a stage shows anything.
enum Shown {
    /// The stage is passed without a page.
    Nothing,
    /// A page.
    Page(&'static str),
    /// The flow ends here with a reason.
    Denied(String),
}

/// Answers `GET /api/v3/flows/executor/SLUG/`.
pub(super) fn answer(world: &World, slug: &str) -> Reply {
    let Some(flow) = world.find("/flows/instances/", slug) else {
        return Reply::detail(404, "Not found.");
    };
    match first(world, flow) {
        Shown::Page(component) => Reply::new(200, json!({"component": component})),
        Shown::Nothing => Reply::new(200, json!({"component": "xak-flow-redirect", "to": "/"})),
        Shown::Denied(message) => Reply::new(
            200,
            json!({"component": "ak-stage-access-denied", "error_message": message}),
        ),
    }
}

fn first(world: &World, flow: Serial) -> Shown {
    let requires = world.value(flow, "authentication").as_str();
    let open = matches!(requires, None | Some("none" | "require_unauthenticated"));
    if !open || !lets_in(world, flow) {
        return Shown::Denied(NOT_APPLICABLE.to_owned());
    }
    let mut steps: Vec<Serial> = world
        .referrers(flow, "/flows/bindings/", "target")
        .collect();
    steps.sort_by_key(|step| world.value(*step, "order").as_i64());
    for step in steps {
        let asked = ["evaluate_on_plan", "re_evaluate_policies"]
            .iter()
            .any(|flag| *world.value(step, flag) == true);
        if asked && !lets_in(world, step) {
            continue;
        }
        let stage = world.resolve("Stage", world.value(step, "stage"));
        let Some(stage) = stage.ok().flatten() else {
            continue;
        };
        match shown(world, flow, stage) {
            Shown::Nothing => {}
            shown => return shown,
        }
    }
    Shown::Nothing
}

/// What a stage shows to somebody who is not identified.
fn shown(world: &World, flow: Serial, stage: Serial) -> Shown {
    let base = world.get(stage).map(|object| object.base.as_str());
    let is = |field: &str, word: &str| *world.value(stage, field) == word;
    let denied = |message: &str| Shown::Denied(message.to_owned());
    match base.unwrap_or_default() {
        "/stages/identification/" => Shown::Page("ak-stage-identification"),
        "/stages/password/" => Shown::Page("ak-stage-password"),
        "/stages/prompt/stages/" => Shown::Page("ak-stage-prompt"),
        "/stages/consent/" => Shown::Page("ak-stage-consent"),
        "/stages/captcha/" => Shown::Page("ak-stage-captcha"),
        "/stages/dummy/" => Shown::Page("ak-stage-dummy"),
        "/stages/redirect/" | "/stages/source/" => Shown::Page("xak-flow-redirect"),
        "/stages/deny/" => {
            let message = world.value(stage, "deny_message").as_str();
            denied(message.filter(|it| !it.is_empty()).unwrap_or(NO_REASON))
        }
        "/stages/user_login/" | "/stages/email/" | "/stages/user_delete/" => denied(NO_REASON),
        "/stages/user_write/" => denied("No Pending data."),
        "/stages/invitation/stages/" => {
            match *world.value(stage, "continue_flow_without_invitation") == true {
                true => Shown::Nothing,
                false => denied("Invalid invite/invite not found"),
            }
        }
        "/stages/mtls/" if is("mode", "required") => {
            denied("Certificate required but no certificate was given.")
        }
        "/stages/authenticator/validate/" => {
            let classes = world.value(stage, "device_classes").as_array();
            let passkeys = classes.is_some_and(|all| all.iter().any(|class| class == "webauthn"));
            match passkeys && *world.value(flow, "designation") == "authentication" {
                true => Shown::Page("ak-stage-authenticator-validate"),
                false => Shown::Nothing,
            }
        }
        _ => Shown::Nothing,
    }
}

/// Whether what is bound to something lets somebody in who is not identified: groups and users never do.
fn lets_in(world: &World, target: Serial) -> bool {
    let bindings = world.referrers(target, "/policies/bindings/", "target");
    let enabled: Vec<Serial> = bindings
        .filter(|binding| *world.value(*binding, "enabled") == true)
        .collect();
    if enabled.is_empty() {
        return true;
    }
    let passes = |binding: &Serial| {
        let policy = world.value(*binding, "policy");
        if policy.is_null() {
            return false;
        }
        passes(world, policy) != (*world.value(*binding, "negate") == true)
    };
    match world.value(target, "policy_engine_mode").as_str() {
        Some("all") => enabled.iter().all(passes),
        _ => enabled.iter().any(passes),
    }
}

/// What a policy answers of somebody who is not identified.
fn passes(world: &World, policy: &Value) -> bool {
    let Some(policy) = world.resolve("Policy", policy).ok().flatten() else {
        return false;
    };
    let base = world.get(policy).map(|object| object.base.as_str());
    match base.unwrap_or_default() {
        "/policies/expression/" => {
            let text = world.value(policy, "expression").as_str().map(str::trim);
            !matches!(
                text,
                Some(
                    "return False"
                        | "return ak_is_sso_flow"
                        | "return request.user.is_authenticated"
                )
            )
        }
        // Nobody has a history here: the score is 0.
        "/policies/reputation/" => world.value(policy, "threshold").as_i64() >= Some(0),
        "/policies/dummy/" => *world.value(policy, "result") == true,
        _ => true,
    }
}
