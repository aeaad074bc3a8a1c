//! What authentik makes by itself: at its installation, with its own blueprints, and beside other objects.
//!
//! Facts only, as the table. Most of it says so in a field; flows, stages, policies and the like carry no mark, so the
//! names that the default blueprints give (`blueprints/default/`, `blueprints/system/` of 2025.10 to 2026.8) are listed
//! here. `tests/sandbox/builtin.rs` holds them against a fresh install of every release.

use std::collections::BTreeMap;

use crate::schema::Kind;
use crate::value::{Address, Value};

/// Marks of authentik's own in a field: the field, and how its value begins.
const MARKS: &[(&str, &str)] = &[
    // Property mappings, tokens, outposts (`blueprints/models.py`, ManagedModel).
    ("managed", MARK),
    // Users of outposts, and those that a source brought along unless it puts them elsewhere.
    ("path", MARK),
    // Users that only authentik itself makes, and that it lets nobody change.
    ("type", "internal_service_account"),
];

/// How the values of such marks begin.
const MARK: &str = "goauthentik.io/";

/// Beginnings of names that only authentik gives: roles that hold the permissions of one user or one former group, and
/// pictures that it brings along.
const PREFIXES: &[(&str, &str)] = &[
    ("role", "ak-managed-role--"),
    ("role", "ak-migrated-role--"),
    ("file", "/static/"),
];

/// Folders of the blueprint files that authentik brings along, with how the names of its own instances of them begin:
/// `blueprints_discovery` (`blueprints/v1/tasks.py`) takes the name from the file's metadata. An instance of such a file
/// with another name was made by somebody else.
const BLUEPRINTS: &[(&str, &str)] = &[
    ("default/", "Default - "),
    ("system/", "System - "),
    ("system/", "authentik Bootstrap"),
    ("migrations/", "Migration - "),
];

/// Objects of a fresh installation that carry no mark, by family. Some only exist in some releases.
const NAMES: &[(&str, &[&str])] = &[
    ("brand", &["authentik-default"]),
    (
        "certificate",
        &[
            "authentik Internal JWT Certificate",
            "authentik Self-signed Certificate",
        ],
    ),
    (
        "flow",
        &[
            "default-authentication-flow",
            "default-authenticator-static-setup",
            "default-authenticator-totp-setup",
            "default-authenticator-webauthn-setup",
            "default-invalidation-flow",
            "default-password-change",
            "default-provider-authorization-explicit-consent",
            "default-provider-authorization-implicit-consent",
            "default-provider-invalidation-flow",
            "default-source-authentication",
            "default-source-enrollment",
            "default-source-pre-authentication",
            "default-user-settings-flow",
            "initial-setup",
        ],
    ),
    ("group", &["authentik Admins", "authentik Read-only"]),
    (
        "notification_rule",
        &[
            "default-notify-configuration-error",
            "default-notify-configuration-warning",
            "default-notify-exception",
            "default-notify-update",
        ],
    ),
    (
        "notification_transport",
        &["default-email-transport", "default-local-transport"],
    ),
    ("outpost", &["authentik Embedded Outpost"]),
    (
        "policy",
        &[
            "default-authentication-flow-authenticator-validate-stage",
            "default-authentication-flow-password-stage",
            "default-match-configuration-error",
            "default-match-configuration-warning",
            "default-match-policy-exception",
            "default-match-property-mapping-exception",
            "default-match-update",
            "default-oobe-flow-set-authentication",
            "default-oobe-password-usable",
            "default-oobe-prefill-user",
            "default-password-change-password-policy",
            "default-source-authentication-if-sso",
            "default-source-enrollment-if-sso",
            "default-source-enrollment-if-username",
            "default-user-settings-authorization",
        ],
    ),
    (
        "prompt",
        &[
            "default-password-change-field-password",
            "default-password-change-field-password-repeat",
            "default-source-enrollment-field-username",
            "default-user-settings-field-email",
            "default-user-settings-field-locale",
            "default-user-settings-field-name",
            "default-user-settings-field-username",
            "initial-setup-field-email",
            "initial-setup-field-header",
            "initial-setup-field-password",
            "initial-setup-field-password-repeat",
        ],
    ),
    ("role", &["authentik Read-only"]),
    ("source", &["authentik-built-in"]),
    (
        "stage",
        &[
            "default-authentication-identification",
            "default-authentication-login",
            "default-authentication-mfa-validation",
            "default-authentication-password",
            "default-authenticator-static-setup",
            "default-authenticator-totp-setup",
            "default-authenticator-webauthn-setup",
            "default-invalidation-logout",
            "default-password-change-prompt",
            "default-password-change-write",
            "default-provider-authorization-consent",
            "default-source-authentication-login",
            "default-source-enrollment-login",
            "default-source-enrollment-prompt",
            "default-source-enrollment-write",
            "default-user-settings",
            "default-user-settings-write",
            "stage-default-oobe-password",
        ],
    ),
    ("token", &["authentik-bootstrap-token"]),
    ("user", &["akadmin"]),
];

/// What joins them: the stages of their flows and what is bound to them, in the spelling of addresses for machines, with
/// what each does, as a sentence.
const JOINED: &[(&str, &str)] = &[
    (
        "flow_stage_binding[flow.default-authentication-flow,stage.default-authentication-identification,10]",
        "it asks the user for a name",
    ),
    (
        "flow_stage_binding[flow.default-authentication-flow,stage.default-authentication-login,100]",
        "it signs the user in",
    ),
    (
        "flow_stage_binding[flow.default-authentication-flow,stage.default-authentication-mfa-validation,30]",
        "it asks for the second factor",
    ),
    (
        "flow_stage_binding[flow.default-authentication-flow,stage.default-authentication-password,20]",
        "it asks for the password",
    ),
    (
        "flow_stage_binding[flow.default-authenticator-static-setup,stage.default-authenticator-static-setup,0]",
        "it sets up recovery codes",
    ),
    (
        "flow_stage_binding[flow.default-authenticator-totp-setup,stage.default-authenticator-totp-setup,0]",
        "it sets up one-time passwords",
    ),
    (
        "flow_stage_binding[flow.default-authenticator-webauthn-setup,stage.default-authenticator-webauthn-setup,0]",
        "it sets up security keys",
    ),
    (
        "flow_stage_binding[flow.default-invalidation-flow,stage.default-invalidation-logout,0]",
        "it signs the user out",
    ),
    (
        "flow_stage_binding[flow.default-password-change,stage.default-password-change-prompt,0]",
        "it asks for the new password",
    ),
    (
        "flow_stage_binding[flow.default-password-change,stage.default-password-change-write,1]",
        "it stores the password",
    ),
    (
        "flow_stage_binding[flow.default-provider-authorization-explicit-consent,stage.default-provider-authorization-consent,0]",
        "it asks the user for consent",
    ),
    (
        "flow_stage_binding[flow.default-source-authentication,stage.default-source-authentication-login,0]",
        "it signs the user in",
    ),
    (
        "flow_stage_binding[flow.default-source-enrollment,stage.default-source-enrollment-login,2]",
        "it signs the new user in",
    ),
    (
        "flow_stage_binding[flow.default-source-enrollment,stage.default-source-enrollment-prompt,0]",
        "it asks for a username",
    ),
    (
        "flow_stage_binding[flow.default-source-enrollment,stage.default-source-enrollment-write,1]",
        "it creates the user",
    ),
    (
        "flow_stage_binding[flow.default-user-settings-flow,stage.default-user-settings,20]",
        "it asks for the settings",
    ),
    (
        "flow_stage_binding[flow.default-user-settings-flow,stage.default-user-settings-write,100]",
        "it stores the settings",
    ),
    (
        "flow_stage_binding[flow.initial-setup,stage.default-authentication-login,100]",
        "it signs the user in",
    ),
    (
        "flow_stage_binding[flow.initial-setup,stage.default-password-change-write,20]",
        "it stores the password",
    ),
    (
        "flow_stage_binding[flow.initial-setup,stage.stage-default-oobe-password,10]",
        "it asks for the password of the first administrator",
    ),
    (
        "policy_binding[flow.default-source-authentication,policy.default-source-authentication-if-sso]",
        "it lets only users into the flow who come from a source",
    ),
    (
        "policy_binding[flow.default-source-enrollment,policy.default-source-enrollment-if-sso]",
        "it lets only users into the flow who come from a source; without it anybody can start it, and so create an account",
    ),
    (
        "policy_binding[flow.initial-setup,policy.default-oobe-password-usable]",
        "it lets nobody into the flow once the first administrator has a password; without it anybody can set that password again",
    ),
    (
        "policy_binding[flow_stage_binding[flow.default-authentication-flow,stage.default-authentication-mfa-validation,30],policy.default-authentication-flow-authenticator-validate-stage]",
        "it skips the second factor only where the sign-in needs none",
    ),
    (
        "policy_binding[flow_stage_binding[flow.default-authentication-flow,stage.default-authentication-password,20],policy.default-authentication-flow-password-stage]",
        "it skips the password only where the first screen has asked for it",
    ),
    (
        "policy_binding[flow_stage_binding[flow.default-source-enrollment,stage.default-source-enrollment-prompt,0],policy.default-source-enrollment-if-username]",
        "it skips the question for a username that is already known",
    ),
    (
        "policy_binding[flow_stage_binding[flow.initial-setup,stage.default-authentication-login,100],policy.default-oobe-flow-set-authentication]",
        "it closes the flow after the installation",
    ),
    (
        "policy_binding[flow_stage_binding[flow.initial-setup,stage.default-password-change-write,20],policy.default-oobe-prefill-user]",
        "it lets the flow set the password of the first administrator only",
    ),
    (
        "policy_binding[notification_rule.default-notify-configuration-error,policy.default-match-configuration-error]",
        "it selects the events that the rule reports",
    ),
    (
        "policy_binding[notification_rule.default-notify-configuration-warning,policy.default-match-configuration-warning]",
        "it selects the events that the rule reports",
    ),
    (
        "policy_binding[notification_rule.default-notify-exception,policy.default-match-policy-exception]",
        "it selects the events that the rule reports",
    ),
    (
        "policy_binding[notification_rule.default-notify-exception,policy.default-match-property-mapping-exception]",
        "it selects the events that the rule reports",
    ),
    (
        "policy_binding[notification_rule.default-notify-update,policy.default-match-update]",
        "it selects the events that the rule reports",
    ),
];

/// Scope mappings that every proxy provider gets at every save (`providers/proxy/models.py`), by their mark.
const ADDED: &[&str] = &[
    "goauthentik.io/providers/oauth2/scope-openid",
    "goauthentik.io/providers/oauth2/scope-profile",
    "goauthentik.io/providers/oauth2/scope-email",
    "goauthentik.io/providers/oauth2/scope-entitlements",
    "goauthentik.io/providers/proxy/scope-proxy",
];

/// Whether the server adds this object by itself wherever a field is a superset.
pub fn is_added(fields: &BTreeMap<&'static str, Value>) -> bool {
    fields
        .get("managed")
        .and_then(Value::as_text)
        .is_some_and(|mark| ADDED.contains(&mark))
}

/// Marks of what authentik makes beside other objects: the family, the field, and how its value begins.
const BESIDE: &[(&str, &str, &str)] = &[
    ("user", "type", "internal_service_account"),
    ("token", "managed", MARK),
];

/// Whether authentik makes this object beside another one, with that one's id in its name: users and tokens of outposts
/// and sources, roles of one user. They come and go with the other one, and say nothing on another server.
pub fn is_beside(address: &Address, fields: &BTreeMap<&'static str, Value>) -> bool {
    let name = address.name().unwrap_or_default();
    let begins = |field, start| {
        fields
            .get(field)
            .and_then(Value::as_text)
            .is_some_and(|text| text.starts_with(start))
    };
    PREFIXES
        .iter()
        .any(|(family, start)| *family == address.family && name.starts_with(start))
        || BESIDE
            .iter()
            .any(|(family, field, start)| *family == address.family && begins(*field, *start))
}

/// Whether authentik made this object by itself, as it did what there is only one of. `fields` is what is known of it;
/// with none, only its name is judged.
///
/// A binding is authentik's own only if a fresh installation has it: what people bind to a default flow is theirs.
pub fn is_builtin(address: &Address, fields: &BTreeMap<&'static str, Value>) -> bool {
    let text = |field: &str| {
        fields
            .get(field)
            .and_then(Value::as_text)
            .unwrap_or_default()
    };
    if super::family(address.family).any(Kind::is_singleton) {
        return true;
    }
    let Some(name) = address.name() else {
        return purpose(address).is_some();
    };
    let listed =
        |(family, names): &(&str, &[&str])| *family == address.family && names.contains(&name);
    NAMES.iter().any(listed)
        || PREFIXES
            .iter()
            .any(|(family, start)| *family == address.family && name.starts_with(start))
        || MARKS
            .iter()
            .any(|(field, start)| text(field).starts_with(start))
        || (address.family == "blueprint"
            && BLUEPRINTS.iter().any(is_own_blueprint(name, text("path"))))
}

/// What a binding does that authentik's own blueprints made, as a sentence about it; `None` for every other object.
pub fn purpose(address: &Address) -> Option<&'static str> {
    let path = address.name().is_none().then(|| address.path())?;
    let mut joined = JOINED.iter();
    joined
        .find(|(known, _)| *known == path)
        .map(|(_, does)| *does)
}

/// Whether authentik keeps this account for an outpost, a source or a client that signs in. Without it the sign-in fails or
/// makes it again, so it stays when it leaves the files, even if akrec created it beforehand.
pub fn is_own_account(address: &Address, fields: &BTreeMap<&'static str, Value>) -> bool {
    address.family == "user" && is_builtin(address, fields)
}

/// Whether a blueprint instance of this name and file is one that authentik made for a file of a folder.
fn is_own_blueprint<'a>(name: &'a str, path: &'a str) -> impl Fn(&(&str, &str)) -> bool + 'a {
    move |(folder, start)| path.starts_with(folder) && name.starts_with(start)
}

/// Models of what authentik writes down for itself about an object: it comes and goes with the object, and nobody ever
/// made or missed it.
pub const OWN_NOTES: &[&str] = &[
    "authentik_core.groupancestrynode",
    "authentik_core.groupparentagenode",
    "authentik_tasks.task",
    "authentik_tasks_schedules.schedule",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin(address: &Address, field: &'static str, value: &str) -> bool {
        is_builtin(address, &BTreeMap::from([(field, Value::text(value))]))
    }

    #[test]
    fn marks_names_and_folders_tell() {
        let user = Address::named("user", "jodie");
        assert!(!builtin(&user, "path", "users"));
        assert!(builtin(&user, "path", "goauthentik.io/outposts"));
        assert!(builtin(&user, "type", "internal_service_account"));
        assert!(!builtin(&user, "type", "service_account"));
        let token = Address::named("token", "ak-outpost-1-api");
        assert!(builtin(&token, "managed", "goauthentik.io/outpost/1"));
        assert!(!builtin(&token, "managed", "mine"));
        let blueprint = Address::named("blueprint", "My flow");
        for path in [
            "system/bootstrap.yaml",
            "default/flow-oobe.yaml",
            "custom/flow.yaml",
            "",
        ] {
            assert!(!builtin(&blueprint, "path", path), "{path}");
        }
        let own = Address::named("blueprint", "Default - Out-of-box-experience flow");
        assert!(builtin(&own, "path", "default/flow-oobe.yaml"));
        assert!(!builtin(&own, "path", "custom/flow-oobe.yaml"));
        assert!(builtin(
            &Address::named("role", "ak-managed-role--user-4"),
            "name",
            ""
        ));
        assert!(builtin(
            &Address::named("flow", "initial-setup"),
            "name",
            "renamed"
        ));
        assert!(!builtin(
            &Address::named("stage", "initial-setup"),
            "name",
            ""
        ));
    }
}
