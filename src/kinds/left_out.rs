//! What the server has and the table has not, or has otherwise, each with its reason. Data only.
//!
//! The contract test holds that nothing else differs; `akrec kinds --check` leaves it out of what is unknown.

/// Collections of the server that are no kinds, with the reason; `*` stands for any end of a path.
pub const NO_KINDS: &[(&str, &str)] = &[
    ("/authenticators/admin/*", "the users' own second factors"),
    ("/sources/user_connections/*", "made by users signing in"),
    ("/sources/group_connections/*", "made by users signing in"),
    ("/sources/scim_users/", "made by the SCIM service that pushes them"),
    ("/sources/scim_groups/", "made by the SCIM service that pushes them"),
    ("/endpoints/agents/psso/ise/", "the users' own devices"),
    ("/events/events/", "the audit log"),
    ("/tenants/*", "the API refuses it to all but the install's own key"),
    (
        "/endpoints/device_bindings/",
        "not yet: policy bindings of devices, which are listed among the policy bindings too",
    ),
    ("/enterprise/license/", "not yet: its only key is a secret"),
    ("/core/object_attributes/", "not yet: known by type and key together, and a section's objects have one word"),
    ("/requests/*", "not yet: access requests are bound to several objects at once, and none of it has been measured"),
    ("/providers/oauth2-dcr/", "not yet: has no name, only its provider"),
];

/// What the server takes and the table leaves out, with the reason; `*` stands for any end of a path.
pub const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("/core/groups/", "children", "the other side of `parent`, on 2025.10 only"),
    ("/stages/*", "flow_set", "the other side of the flows' stages, on 2025.10 only"),
    ("/endpoints/agents/connectors/", "connector_uuid", ID),
    ("/endpoints/fleet/connectors/", "connector_uuid", ID),
    ("/endpoints/google_chrome/connectors/", "connector_uuid", ID),
];
const ID: &str = "the object's id";

/// Whether a path is meant by one in which `*` stands for any end.
pub fn covers(pattern: &str, path: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == path, |start| path.starts_with(start))
}

/// Where the table says something else than the server's description: path, field, what about it, and the reason.
pub const OTHERWISE: &[(&str, &str, &str, &str)] = &[
    ("/core/users/", "type", "words", "the server refuses to make or change internal service accounts"),
    ("/core/tokens/", "intent", "default", "the API puts `api` where nothing is sent, whatever the database has"),
    ("/stages/authenticator/validate/", "webauthn_allowed_device_types", "family", READ_ONLY),
    ("/stages/authenticator/webauthn/", "device_type_restrictions", "family", READ_ONLY),
    ("/rbac/initial_permissions/", "permissions", "family", READ_ONLY),
    ("/lifecycle/rules/", "content_type", "type", "a model is named by a word, not by an id"),
    ("/lifecycle/rules/", "reviewers", "type", "users by uuid, in no order"),
    ("/stages/authenticator/static/", "token_length", "max", "2025.10 lets in what later releases refuse"),
];
const READ_ONLY: &str = "a collection that can only be read, which the facts leave out";
