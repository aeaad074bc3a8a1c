//! What the server has and akrec does not declare, with the reason: one list, for people and for the contract test.

/// Collections that are no kinds.
#[derive(Clone, Copy, Debug)]
pub struct LeftOut {
    /// The collection below `/api/v3`; `*` stands for any end.
    pub path: &'static str,
    /// What its objects are, for people.
    pub what: &'static str,
    /// Why none can be declared.
    pub why: &'static str,
}

const fn left_out(path: &'static str, what: &'static str, why: &'static str) -> LeftOut {
    LeftOut { path, what, why }
}

pub(super) const LEFT_OUT: &[LeftOut] = &[
    left_out("/authenticators/admin/*", "second factors of users", "users enrol them, with secrets of their own"),
    left_out(
        "/sources/user_connections/*",
        "who somebody is at a source",
        "made as users sign in; the server lets nobody say whose one is since 2026.5, and a wrong one is a stolen account",
    ),
    left_out(
        "/sources/group_connections/*",
        "which group is which at a source",
        "made as users sign in and as sources synchronise, with the identifiers that the source has",
    ),
    left_out("/sources/scim_users/", "users that came through SCIM", "made by the service that pushes them"),
    left_out("/sources/scim_groups/", "groups that came through SCIM", "made by the service that pushes them"),
    left_out("/endpoints/agents/psso/ise/", "sign-in keys of Apple devices", "made by the devices as users enrol them"),
    left_out(
        "/endpoints/device_bindings/",
        "who may use one device",
        "devices enrol themselves and have no name of their own to be declared by; bind to their \
         `device_access_groups` instead",
    ),
    left_out("/events/events/", "the audit log", "a record of what happened is not made by hand"),
    left_out("/tenants/*", "tenants and their domains", "the API refuses all tokens but the install's own key"),
    left_out(
        "/requests/rule-bindings/",
        "what access can be asked for by a request rule",
        "not yet: the server's behaviour there, new in 2026.8, has not been measured",
    ),
    left_out("/requests/rule-child-bindings/", "what comes along with it", "not yet: as what it belongs to"),
    left_out(
        "/providers/oauth2-dcr/",
        "how OAuth clients register themselves with a provider",
        "not yet: it has no name of its own, only its provider",
    ),
    left_out(
        "/core/object_attributes/",
        "attributes that administrators define for a kind of object",
        "not yet: one is known by its kind of object and its key together, and the objects of a section by one name",
    ),
];
