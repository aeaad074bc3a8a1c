//! What the server has and the table does not have, or has in another form, each with its reason. Data only.
//!
//! The contract test holds that nothing else differs; `akrec kinds --check` leaves it out of what is unknown, and the
//! reference lists the collections.

/// Collections that are not kinds.
#[derive(Clone, Copy, Debug)]
pub struct NoKind {
    /// The collection below `/api/v3`; `*` stands for any end.
    pub path: &'static str,
    /// What its objects are, for people.
    pub what: &'static str,
    /// Why none can be declared.
    pub why: &'static str,
}

const fn no_kind(path: &'static str, what: &'static str, why: &'static str) -> NoKind {
    NoKind { path, what, why }
}

/// Collections of the server that are not kinds.
pub const NO_KINDS: &[NoKind] = &[
    no_kind(
        "/authenticators/admin/*",
        "second factors of users",
        "users enroll them, with secrets of their own",
    ),
    no_kind(
        "/sources/user_connections/*",
        "connections of users to sources",
        "created as users sign in; since 2026.5 nobody can choose the user of one, and a wrong one would hand over an account",
    ),
    no_kind(
        "/sources/group_connections/*",
        "connections of groups to sources",
        "created as users sign in and as sources synchronize, with the source's identifiers",
    ),
    no_kind(
        "/sources/scim_users/",
        "users that came through SCIM",
        "created by the service that pushes them",
    ),
    no_kind(
        "/sources/scim_groups/",
        "groups that came through SCIM",
        "created by the service that pushes them",
    ),
    no_kind(
        "/endpoints/agents/psso/ise/",
        "sign-in keys of Apple devices",
        "created by the devices as users enroll them",
    ),
    no_kind(
        "/endpoints/device_bindings/",
        "who may use one device",
        "devices enroll themselves and have no name of their own to be declared by; bind to their \
         `device_access_groups` instead",
    ),
    no_kind(
        "/providers/scim_*",
        "connections of users and groups to SCIM services",
        "written by the synchronization",
    ),
    no_kind(
        "/providers/google_workspace_*",
        "connections of users and groups to Google Workspace",
        "written by the synchronization",
    ),
    no_kind(
        "/providers/microsoft_entra_*",
        "connections of users and groups to Entra ID",
        "written by the synchronization",
    ),
    no_kind(
        "/requests/grant-requests/*",
        "requests for access",
        "people create them, and reviewers decide",
    ),
    no_kind(
        "/lifecycle/iterations/",
        "rounds of reviews",
        "opened when a `lifecycle_rule` is due",
    ),
    no_kind(
        "/lifecycle/reviews/",
        "what reviewers decided",
        "people decide, not files",
    ),
    no_kind(
        "/lifecycle/user_offboarding/",
        "users that are to be deactivated or deleted on a date",
        "a one-time action; declare the user with `is_active: false` or under `absent`",
    ),
    no_kind(
        "/agents/agents/",
        "AI agents that act for a user",
        "created by whoever they act for, with a token that is shown once and expires",
    ),
    no_kind(
        "/events/events/",
        "the audit log",
        "it records what happened and is not written by hand",
    ),
    no_kind(
        "/tenants/*",
        "tenants and their domains",
        "the API accepts only the installation's own key",
    ),
];

/// Fields and parameters that the server accepts and the table leaves out, with the reason; `*` stands for any end of a
/// path.
pub const LEFT_OUT: &[(&str, &str, &str)] = &[
    (
        "/admin/file/",
        "usage",
        "`media` is the only one, and the default",
    ),
    (
        "/core/groups/",
        "children",
        "the other side of `parent`, on 2025.10 only",
    ),
    (
        "/stages/*",
        "flow_set",
        "the other side of the flows' stages, on 2025.10 only",
    ),
    ("/requests/rule-bindings/", "uuid", ID),
    ("/requests/rule-child-bindings/", "uuid", ID),
    ("/requests/rules/", "uuid", ID),
    ("/endpoints/agents/connectors/", "connector_uuid", ID),
    ("/endpoints/fleet/connectors/", "connector_uuid", ID),
    ("/endpoints/google_chrome/connectors/", "connector_uuid", ID),
];
const ID: &str = "the object's id";

/// Whether a path is meant by one in which `*` stands for any end.
pub fn covers(pattern: &str, path: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == path, |start| path.starts_with(start))
}

/// Where the table says something else than the server's description: path, field, what about it, and the reason.
pub const OTHERWISE: &[(&str, &str, &str, &str)] = &[
    (
        "/stages/source/",
        "source",
        "kinds",
        "only sources that people sign in through by a browser are taken (enterprise/stages/source/api.py)",
    ),
    (
        "/admin/file/",
        "file",
        "write-only",
        "known by the hash in the name, which is shown",
    ),
    (
        "/admin/file/",
        "name",
        "required",
        "without it the server takes the name that the form gives the file",
    ),
    ("/admin/file/", "name", "not empty", "as above"),
    (
        "/core/users/",
        "type",
        "words",
        "the server refuses to make or change internal service accounts",
    ),
    (
        "/core/tokens/",
        "intent",
        "default",
        "the API puts `api` where nothing is sent, whatever the database has",
    ),
    (
        "/stages/authenticator/validate/",
        "webauthn_allowed_device_types",
        "family",
        READ_ONLY,
    ),
    (
        "/stages/authenticator/webauthn/",
        "device_type_restrictions",
        "family",
        READ_ONLY,
    ),
    (
        "/rbac/initial_permissions/",
        "permissions",
        "family",
        READ_ONLY,
    ),
    (
        "/lifecycle/rules/",
        "content_type",
        "type",
        "a model is named by a word, not by an id",
    ),
    (
        "/lifecycle/rules/",
        "reviewers",
        "type",
        "users by uuid, in no order",
    ),
    (
        "/lifecycle/rules/",
        "object_id",
        "type",
        "an object of the kind that `content_type` says",
    ),
    (
        "/outposts/service_connections/kubernetes/",
        "kubeconfig",
        "required",
        "the database wants one where the API does not",
    ),
    (
        "/stages/authenticator/static/",
        "token_length",
        "max",
        "2025.10 lets in what later releases refuse",
    ),
];
const READ_ONLY: &str = "a collection that can only be read, which the facts leave out";
