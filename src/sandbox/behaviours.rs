//! What single collections check beyond their fields: rules that judge the request body only,
//! so that a PATCH must carry companions. One short function a rule, in alphabetical order.
//! Must never change the world.

use serde_json::{Value, json};

use super::validate::{Errors, field_error, non_field};
use super::world::{Serial, Values, World};

/// Why a write is refused.
pub(super) enum Refusal {
    /// Status 400 with these errors.
    Invalid(Errors),
    /// Status 500: the server trips over a body it did not expect.
    Crash,
}

impl From<Errors> for Refusal {
    fn from(errors: Errors) -> Refusal {
        Refusal::Invalid(errors)
    }
}

type Verdict = Result<(), Refusal>;

/// One write, as far as rules look at it: the clean values of the body, and the object before.
pub(super) struct Write<'a> {
    pub world: &'a World,
    pub base: &'a str,
    pub sent: &'a Values,
    pub existing: Option<Serial>,
}

/// Refuses what the server's own `validate` of that collection refuses.
pub(super) fn judge(write: &Write) -> Verdict {
    match write.base {
        "/core/application_entitlements/" => Ok(()),
        "/core/applications/" => application(write),
        "/core/brands/" => brand(write),
        "/core/tokens/" => token(write),
        "/core/users/" => user(write),
        "/crypto/certificatekeypairs/" => certificate(write),
        "/events/transports/" => transport(write),
        "/flows/bindings/" => stage_binding(write),
        "/enterprise/license/" => license(write),
        "/lifecycle/rules/" => lifecycle_rule(write),
        "/managed/blueprints/" => blueprint(write),
        "/outposts/instances/" => outpost(write),
        "/outposts/service_connections/kubernetes/" => kubernetes(write),
        "/policies/bindings/" | "/endpoints/device_bindings/" => policy_binding(write),
        "/policies/event_matcher/" => event_matcher(write),
        "/policies/expression/" => expression(write),
        "/policies/reputation/" => reputation(write),
        "/providers/proxy/" => proxy(write),
        "/providers/radius/" => radius(write),
        "/providers/saml/" | "/providers/wsfed/" => saml_provider(write),
        "/providers/scim/" => scim(write),
        "/sources/ldap/" => ldap_source(write),
        "/sources/oauth/" => Ok(super::sources::check(write.sent)?),
        "/sources/saml/" => saml_source(write),
        "/stages/authenticator/validate/" => authenticator_validation(write),
        "/stages/identification/" => identification(write),
        "/stages/redirect/" => redirect(write),
        base if base.starts_with("/propertymappings/") => expression(write),
        _ => Ok(()),
    }
}

impl Write<'_> {
    fn text(&self, name: &str) -> &str {
        self.sent.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A flag of the body; absent ones count as the server's validator counts them.
    fn flag(&self, name: &str, absent: bool) -> bool {
        self.sent.get(name).and_then(Value::as_bool).unwrap_or(absent)
    }

    /// Whether the body sets the field to something.
    fn sets(&self, name: &str) -> bool {
        match self.sent.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Number(number)) => number.as_i64() != Some(0),
            Some(_) => true,
        }
    }
}

fn refuse(text: &str) -> Verdict {
    Err(non_field(text).into())
}

fn refuse_field(field: &str, text: &str) -> Verdict {
    Err(field_error(field, text).into())
}

/// Slugs that would hide the OAuth2 endpoints below `/application/o/`.
fn application(write: &Write) -> Verdict {
    const RESERVED: [&str; 6] = ["authorize", "token", "device", "userinfo", "introspect", "revoke"];
    match write.text("slug") {
        slug if RESERVED.contains(&slug) => {
            refuse_field("slug", &format!("The slug '{slug}' is reserved and cannot be used for applications."))
        }
        _ => Ok(()),
    }
}

fn authenticator_validation(write: &Write) -> Verdict {
    if write.text("not_configured_action") == "configure" && !write.sets("configuration_stages") {
        return refuse_field(
            "not_configured_action",
            "When \"Not configured action\" is set to \"Configure\", you must set a configuration stage.",
        );
    }
    Ok(())
}

fn blueprint(write: &Write) -> Verdict {
    if !write.sets("path") && !write.sets("content") {
        return refuse("Either path or content must be set.");
    }
    Ok(())
}

/// The content check runs with the fields, before anything else: the server's dry run.
pub(super) fn blueprint_content(content: &str) -> Result<(), Errors> {
    let has = |key: &str| content.lines().any(|line| line.starts_with(key));
    if content.is_empty() || (has("version:") && has("entries:")) {
        return Ok(());
    }
    let lines = json!(["Failed to validate blueprint", "- Invalid blueprint version"]);
    Err([("content".to_owned(), lines)].into_iter().collect())
}

fn brand(write: &Write) -> Verdict {
    let other_default =
        |serial: Serial| Some(serial) != write.existing && *write.world.value(serial, "default") == true;
    if write.flag("default", false) && write.world.members("/core/brands/").any(other_default) {
        return refuse_field("default", "Only a single brand can be set as default.");
    }
    Ok(())
}

fn certificate(write: &Write) -> Verdict {
    for (field, text) in [
        ("certificate_data", "Unable to load certificate."),
        ("key_data", "Unable to load private key (possibly encrypted?)."),
    ] {
        if write.sets(field) && !write.text(field).contains("-----BEGIN ") {
            return refuse_field(field, text);
        }
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

/// The server compiles expressions; the sandbox only counts brackets.
fn expression(write: &Write) -> Verdict {
    let mut open = Vec::new();
    let mut quote = None;
    for (line, text) in write.text("expression").lines().enumerate() {
        for c in text.chars() {
            match (quote, c) {
                (None, '#') => break,
                (None, '"' | '\'') => quote = Some(c),
                (Some(end), c) if c == end => quote = None,
                (None, '(' | '[' | '{') => open.push((c, line + 2)),
                (None, ')' | ']' | '}') => drop(open.pop()),
                _ => {}
            }
        }
    }
    match open.first() {
        Some((bracket, line)) => refuse_field(
            "expression",
            &format!("Expression Syntax Error: '{bracket}' was never closed (temp-policy, line {line})"),
        ),
        None => Ok(()),
    }
}

fn identification(write: &Write) -> Verdict {
    if !write.sets("user_fields") && !write.sets("sources") {
        return refuse("When no user fields are selected, at least one source must be selected");
    }
    Ok(())
}

fn kubernetes(write: &Write) -> Verdict {
    let empty = write.sent.get("kubeconfig").and_then(Value::as_object).is_some_and(|config| config.is_empty());
    match (empty, write.sent.get("local")) {
        (true, None) => Err(Refusal::Crash),
        (true, Some(Value::Bool(false))) => {
            refuse_field("kubeconfig", "You can only use an empty kubeconfig when connecting to a local cluster.")
        }
        _ => Ok(()),
    }
}

fn ldap_source(write: &Write) -> Verdict {
    // Only pairs with a key are looked through.
    if let Some(key) = write.sent.get("client_certificate").filter(|key| !key.is_null()) {
        let pair = write.world.resolve("CertificateKeyPair", key).ok().flatten();
        if pair.is_some_and(|pair| *write.world.value(pair, "private_key_available") != true) {
            let text = format!("Invalid pk \"{}\" - object does not exist.", key.as_str().unwrap_or_default());
            return refuse_field("client_certificate", &text);
        }
    }
    if write.flag("sync_users_password", false) {
        let other = |serial: &Serial| Some(*serial) != write.existing;
        let syncs = |serial: Serial| *write.world.value(serial, "sync_users_password") == true;
        if write.world.members("/sources/ldap/").filter(other).any(syncs) {
            let text = "Only a single LDAP Source with password synchronization is allowed";
            return refuse_field("sync_users_password", text);
        }
    }
    for (toggle, mappings) in [("sync_users", "user_property_mappings"), ("sync_groups", "group_property_mappings")] {
        if write.flag(toggle, false) && !write.sets(mappings) {
            let what = toggle.trim_start_matches("sync_");
            let text = format!("When 'Sync {what}' is enabled, '{what} property mappings' cannot be empty.");
            return refuse_field(mappings, &text);
        }
    }
    Ok(())
}

/// A licence is a signed token; whose it is stands in the middle part. The sandbox checks no signature.
fn license(write: &Write) -> Verdict {
    match write.sent.contains_key("key") && license_name(write.text("key")).is_none() {
        true => refuse_field("key", "Unable to verify license"),
        false => Ok(()),
    }
}

/// The name that stands in a licence.
pub(super) fn license_name(key: &str) -> Option<String> {
    let body = unpacked(key.split('.').nth(1)?)?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    body.get("name")?.as_str().map(str::to_owned)
}

/// What base64 for URLs stands for.
fn unpacked(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        let value = DIGITS.iter().position(|other| *other == digit)?;
        bits = (bits << 6) | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

fn lifecycle_rule(write: &Write) -> Verdict {
    if write.sent.contains_key("object_id") && !write.sent.contains_key("content_type") {
        return Err(Refusal::Crash);
    }
    for reviewer in write.sent.get("reviewers").and_then(Value::as_array).into_iter().flatten() {
        let mut users = write.world.members("/core/users/");
        if !users.any(|user| write.world.value(user, "uuid") == reviewer) {
            let uuid = reviewer.as_str().unwrap_or_default();
            return refuse_field("reviewers", &format!("Object with uuid={uuid} does not exist."));
        }
    }
    let collection = write.world.facts.collections.values().find(|one| one.label == write.text("content_type"));
    let there = |key: &Value| collection.is_some_and(|one| matches!(write.world.resolve(&one.model, key), Ok(Some(_))));
    match write.sent.get("object_id").filter(|key| !key.is_null()) {
        Some(key) if !there(key) => refuse_field("object_id", "Object does not exist"),
        _ => Ok(()),
    }
}

/// The embedded outpost keeps its name and may be empty; providers must fit the type, which is
/// looked up in the body only.
fn outpost(write: &Write) -> Verdict {
    let embedded = write
        .existing
        .is_some_and(|serial| *write.world.value(serial, "managed") == "goauthentik.io/outposts/embedded");
    if embedded && write.sent.contains_key("name") && write.text("name") != "authentik Embedded Outpost" {
        return refuse_field("name", "Embedded outpost's name cannot be changed");
    }
    let Some(Value::Array(providers)) = write.sent.get("providers") else {
        return Ok(());
    };
    if providers.is_empty() && !embedded {
        return refuse_field("providers", "This list may not be empty.");
    }
    let wanted = match write.text("type") {
        "proxy" => "ProxyProvider",
        "ldap" => "LDAPProvider",
        "radius" => "RadiusProvider",
        "rac" => "RACProvider",
        _ => return Ok(()),
    };
    let fits = |key: &&Value| matches!(write.world.resolve(wanted, key), Ok(Some(_)));
    let Some(other) = providers.iter().find(|key| !fits(key)) else {
        return Ok(());
    };
    let other = write.world.resolve("Provider", other).ok().flatten();
    let model = other.and_then(|other| write.world.collection_of(other)).map_or("", |one| one.model.as_str());
    let text = format!("Outpost type {} can't be used with {model} providers.", write.text("type"));
    refuse_field("providers", &text)
}

/// Which subjects a target takes is asked of the target, so a body without one crashes.
fn policy_binding(write: &Write) -> Verdict {
    let Some(target) = write.sent.get("target") else {
        return Err(Refusal::Crash);
    };
    let target = write.world.resolve("PolicyBindingModel", target).ok().flatten();
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
    let attributes = ["basic_auth_user_attribute", "basic_auth_password_attribute"];
    if write.flag("basic_auth_enabled", false) && attributes.iter().any(|name| !write.sets(name)) {
        return refuse_field(
            "basic_auth_enabled",
            "User and password attributes must be set when basic auth is enabled.",
        );
    }
    let mode = if write.sent.contains_key("mode") { write.text("mode") } else { "proxy" };
    if mode == "proxy" && !write.sets("internal_host") {
        return refuse_field("internal_host", "Internal host cannot be empty when forward auth is disabled.");
    }
    Ok(())
}

/// A certificate is for EAP-TLS, which is not free.
fn radius(write: &Write) -> Verdict {
    match write.sets("certificate") && write.world.licence != super::Licence::Valid {
        true => refuse_field("certificate", "Enterprise is required to use EAP-TLS."),
        false => Ok(()),
    }
}

/// Signing in to the target is free with a token only.
fn scim(write: &Write) -> Verdict {
    match write.text("auth_mode") == "oauth" && write.world.licence != super::Licence::Valid {
        true => refuse_field("auth_mode", "Enterprise is required to use the OAuth mode."),
        false => Ok(()),
    }
}

fn redirect(write: &Write) -> Verdict {
    match write.text("mode") {
        "static" if !write.sets("target_static") => refuse("Target URL should be present when mode is Static."),
        "flow" if !write.sets("target_flow") => refuse("Target Flow should be present when mode is Flow."),
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
    let signs = ["sign_assertion", "sign_response", "sign_logout_request", "sign_logout_response"];
    if write.sets("signing_kp") && signs.iter().all(|name| !write.flag(name, false)) {
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

/// Only two of the four purposes can be asked for, and a token stays with its owner.
fn token(write: &Write) -> Verdict {
    let owner = write.existing.map(|token| write.world.value(token, "user"));
    let user = write.sent.get("user").filter(|user| !user.is_null());
    if let (Some(owner), Some(user)) = (owner, user)
        && owner != user
        && !owner.is_null()
    {
        return refuse_field("user", "User cannot be changed");
    }
    // An attribute of the user, or of a group, may allow a longer life: then the sandbox lets any pass.
    let longer = user.and_then(|user| write.world.resolve("User", user).ok().flatten()).is_some_and(|user| {
        let groups = super::render::groups_of(write.world, user);
        let mut all = groups.into_iter().chain([user]).map(|one| write.world.value(one, "attributes"));
        all.any(|attributes| attributes.get("goauthentik.io/user/token-maximum-lifetime").is_some())
    });
    let latest = write.world.seed.in_seconds(super::writes::token_seconds(write.world));
    if write.text("intent") == "app_password" && !longer && write.text("expires") > latest.as_str() {
        return refuse_field("expires", &format!("Token expires exceeds maximum lifetime ({latest} UTC)."));
    }
    match write.text("intent") {
        "" | "api" | "app_password" => Ok(()),
        intent => refuse_field("intent", &format!("Invalid intent {intent}")),
    }
}

fn user(write: &Write) -> Verdict {
    let internal = "internal_service_account";
    if write.existing.is_some_and(|user| *write.world.value(user, "type") == internal) {
        return refuse("Can't modify internal service account users");
    }
    if write.text("type") == internal {
        return refuse_field("type", "Setting a user to internal service account is not allowed.");
    }
    let path = write.text("path");
    if path.starts_with('/') || path.ends_with('/') {
        return refuse_field("path", "No leading or trailing slashes allowed.");
    }
    if path.contains("//") {
        return refuse_field("path", "No empty segments in user path allowed.");
    }
    Ok(())
}
