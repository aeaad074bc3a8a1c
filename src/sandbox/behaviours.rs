//! What single collections check once every field is read: rules that judge the request body only,
//! so that a PATCH must carry companions. One short function a rule, in alphabetical order.
//! Must never change the world.

use serde_json::Value;

use super::attempt::Write;
use super::types::{Refusal, Serial, Verdict, non_field, refuse_field};

/// Refuses what the server's own `validate` of that collection refuses.
pub(super) fn judge(write: &Write) -> Verdict {
    match write.base {
        "/core/brands/" => brand(write),
        "/core/tokens/" => token(write),
        "/core/users/" => user(write),
        "/events/transports/" => transport(write),
        "/flows/bindings/" => stage_binding(write),
        "/lifecycle/rules/" => lifecycle_rule(write),
        "/managed/blueprints/" => blueprint(write),
        "/policies/bindings/" | "/endpoints/device_bindings/" => policy_binding(write),
        "/policies/event_matcher/" => event_matcher(write),
        "/policies/reputation/" => reputation(write),
        "/providers/proxy/" => proxy(write),
        "/providers/saml/" | "/providers/wsfed/" => saml_provider(write),
        "/sources/ldap/" => ldap_source(write),
        "/sources/oauth/" => super::sources::check(write),
        "/sources/saml/" => saml_source(write),
        "/stages/identification/" => identification(write),
        "/stages/redirect/" => redirect(write),
        _ => Ok(()),
    }?;
    // 2025.10 shows the flows of a stage as if they could be written, and fails at it.
    match write.base.starts_with("/stages/") && write.sent.contains_key("flow_set") {
        true => Err(Refusal::Crash),
        false => Ok(()),
    }
}

fn refuse(text: &str) -> Verdict {
    Err(non_field(text).into())
}

fn blueprint(write: &Write) -> Verdict {
    if !write.sets("path") && !write.sets("content") {
        return refuse("Either path or content must be set.");
    }
    Ok(())
}

fn brand(write: &Write) -> Verdict {
    let other_default = |serial: Serial| {
        Some(serial) != write.existing && *write.world.value(serial, "default") == true
    };
    if write.flag("default", false) && write.world.members("/core/brands/").any(other_default) {
        return refuse_field("default", "Only a single brand can be set as default.");
    }
    Ok(())
}

/// The server reads four keys in turn, without asking whether they are there, until one is something.
fn event_matcher(write: &Write) -> Verdict {
    let criteria = ["action", "client_ip", "app", "model"];
    for name in criteria {
        match write.sent.get(name) {
            None => return Err(Refusal::Crash),
            Some(value) if *value != "" => return Ok(()),
            Some(_) => {}
        }
    }
    refuse("At least one criteria must be set.")
}

fn identification(write: &Write) -> Verdict {
    if !write.sets("user_fields") && !write.sets("sources") {
        return refuse("When no user fields are selected, at least one source must be selected");
    }
    Ok(())
}

fn ldap_source(write: &Write) -> Verdict {
    for (toggle, mappings) in [
        ("sync_users", "user_property_mappings"),
        ("sync_groups", "group_property_mappings"),
    ] {
        if write.flag(toggle, false) && !write.sets(mappings) {
            let what = toggle.trim_start_matches("sync_");
            let text = format!(
                "When 'Sync {what}' is enabled, '{what} property mappings' cannot be empty."
            );
            return refuse_field(mappings, &text);
        }
    }
    Ok(())
}

fn lifecycle_rule(write: &Write) -> Verdict {
    if write.sent.contains_key("object_id") && !write.sent.contains_key("content_type") {
        return Err(Refusal::Crash);
    }
    for reviewer in write
        .sent
        .get("reviewers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let mut users = write.world.members("/core/users/");
        if !users.any(|user| write.world.value(user, "uuid") == reviewer) {
            let uuid = reviewer.as_str().unwrap_or_default();
            return refuse_field(
                "reviewers",
                &format!("Object with uuid={uuid} does not exist."),
            );
        }
    }
    let before = |name: &str| {
        write
            .existing
            .map_or(&Value::Null, |rule| write.world.value(rule, name))
    };
    let have = |name: &str| match write.sent.get(name) {
        Some(_) => write.sets(name),
        None => before(name).as_array().is_some_and(|all| !all.is_empty()),
    };
    let said = |names: [&str; 2]| names.iter().any(|name| write.sent.contains_key(*name));
    if said(["reviewers", "reviewer_groups"]) && !have("reviewers") && !have("reviewer_groups") {
        return refuse("Either a reviewer group or a reviewer must be set.");
    }
    if said(["grace_period", "interval"]) {
        let long = |name: &str| {
            let text = write.sent.get(name).unwrap_or(before(name)).as_str();
            text.or(if name == "interval" {
                Some("days=60")
            } else {
                Some("days=30")
            })
            .map(super::durations::seconds)
        };
        // What is not sent at a creation is not looked at.
        let both = write.existing.is_some()
            || ["grace_period", "interval"]
                .iter()
                .all(|name| write.sent.contains_key(*name));
        if both && long("grace_period") > long("interval") {
            return refuse_field(
                "grace_period",
                "Grace period must be shorter than the interval.",
            );
        }
    }
    let collection = write
        .world
        .facts
        .collections
        .values()
        .find(|one| one.label == write.text("content_type"));
    let there = |key: &Value| {
        collection.is_some_and(|one| matches!(write.world.resolve(&one.model, key), Ok(Some(_))))
    };
    match write.sent.get("object_id").filter(|key| !key.is_null()) {
        Some(key) if !there(key) => refuse_field("object_id", "Object does not exist"),
        _ => Ok(()),
    }
}

/// Which subjects a target takes is asked of the target, so a body without one crashes.
fn policy_binding(write: &Write) -> Verdict {
    let Some(target) = write.sent.get("target") else {
        return Err(Refusal::Crash);
    };
    let target = write
        .world
        .resolve("PolicyBindingModel", target)
        .ok()
        .flatten();
    let collection = target.and_then(|serial| write.world.collection_of(serial));
    let subjects: &[&str] = match collection {
        Some(collection) if collection.model == "ApplicationEntitlement" => &["group", "user"],
        _ => &["group", "policy", "user"],
    };
    let given = subjects.iter().filter(|name| write.sets(name)).count();
    let listed: Vec<String> = subjects.iter().map(|name| format!("'{name}'")).collect();
    match given {
        0 => refuse(&format!("One of {} must be set.", listed.join(", "))),
        1 => Ok(()),
        _ => refuse(&format!("Only one of {} can be set.", listed.join(", "))),
    }
}

fn proxy(write: &Write) -> Verdict {
    let mode = if write.sent.contains_key("mode") {
        write.text("mode")
    } else {
        "proxy"
    };
    if mode == "proxy" && !write.sets("internal_host") {
        return refuse_field(
            "internal_host",
            "Internal host cannot be empty when forward auth is disabled.",
        );
    }
    Ok(())
}

fn redirect(write: &Write) -> Verdict {
    match write.text("mode") {
        "static" if !write.sets("target_static") => {
            refuse("Target URL should be present when mode is Static.")
        }
        "flow" if !write.sets("target_flow") => {
            refuse("Target Flow should be present when mode is Flow.")
        }
        _ => Ok(()),
    }
}

fn reputation(write: &Write) -> Verdict {
    match write.flag("check_ip", false) || write.flag("check_username", false) {
        true => Ok(()),
        false => refuse("Either IP or Username must be checked"),
    }
}

fn saml_provider(write: &Write) -> Verdict {
    // What signs messages of logout does not count; a provider of WS-Federation has no response to sign.
    let signs = write.flag("sign_assertion", false) || write.flag("sign_response", false);
    if write.sets("signing_kp") && !signs {
        return refuse(
            "With a signing keypair selected, at least one of 'Sign assertion' and 'Sign Response' must be selected.",
        );
    }
    Ok(())
}

fn saml_source(write: &Write) -> Verdict {
    let signed = write.flag("signed_assertion", false) || write.flag("signed_response", false);
    if write.sets("verification_kp") && !signed {
        return refuse(
            "With a Verification Certificate selected, at least one of 'Verify Assertion Signature' \
             or 'Verify Response Signature' must be selected.",
        );
    }
    Ok(())
}

fn stage_binding(write: &Write) -> Verdict {
    match write.flag("evaluate_on_plan", false) || write.flag("re_evaluate_policies", true) {
        true => Ok(()),
        false => refuse("Either evaluation on plan or evaluation on run must be enabled"),
    }
}

fn transport(write: &Write) -> Verdict {
    let webhook = matches!(write.text("mode"), "webhook" | "webhook_slack");
    match webhook && !write.sets("webhook_url") {
        true => refuse_field("webhook_url", "Webhook URL may not be empty."),
        false => Ok(()),
    }
}

/// Only two of the four purposes can be asked for.
fn token(write: &Write) -> Verdict {
    // An attribute of the user, or of a group, may allow a longer life: then the sandbox lets any pass.
    let user = write.sent.get("user");
    let longer = user
        .and_then(|user| write.world.resolve("User", user).ok().flatten())
        .is_some_and(|user| {
            let groups = super::groups::groups_of(write.world, user);
            let mut all = groups
                .into_iter()
                .chain([user])
                .map(|one| write.world.value(one, "attributes"));
            all.any(|attributes| {
                attributes
                    .get("goauthentik.io/user/token-maximum-lifetime")
                    .is_some()
            })
        });
    let latest = write
        .world
        .seed
        .in_seconds(super::durations::token_seconds(write.world));
    if write.text("intent") == "app_password" && !longer && write.text("expires") > latest.as_str()
    {
        return refuse_field(
            "expires",
            &format!("Token expires exceeds maximum lifetime ({latest} UTC)."),
        );
    }
    // Null is compared with a time.
    let endless = write.sent.get("expires").is_some_and(Value::is_null);
    if write.text("intent") == "app_password" && endless && write.world.facts.is_2025_10() {
        return Err(Refusal::Crash);
    }
    match write.text("intent") {
        "" | "api" | "app_password" => Ok(()),
        intent => refuse_field("intent", &format!("Invalid intent {intent}")),
    }
}

/// The server's own accounts are nobody's to change.
fn user(write: &Write) -> Verdict {
    match write
        .existing
        .is_some_and(|user| *write.world.value(user, "type") == "internal_service_account")
    {
        true => refuse("Can't modify internal service account users"),
        false => Ok(()),
    }
}
