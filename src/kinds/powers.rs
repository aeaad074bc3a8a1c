//! Permissions by which somebody can get every other one: to sign in as others, to make superusers, to run code.
//!
//! Facts only, from the permission checks of the API (2025.10 to 2026.8); `tests/core/contract.rs` holds the names
//! against the permissions of a fresh install.

/// Such permissions, each with what its holder can do, as the end of a sentence.
pub const TAKEOVER: &[(&str, &str)] = &[
    (
        "authentik_blueprints.add_blueprintinstance",
        "apply a blueprint, which can change anything",
    ),
    (
        "authentik_blueprints.change_blueprintinstance",
        "apply a blueprint, which can change anything",
    ),
    ("authentik_core.add_user_to_group", "put users into groups"),
    (
        "authentik_core.assign_user_permissions",
        "give permissions to users",
    ),
    (
        "authentik_core.change_user",
        "change the e-mail address of any user, and so recover the account",
    ),
    (
        "authentik_core.enable_group_superuser",
        "make the members of a group superusers",
    ),
    ("authentik_core.impersonate", "act as any other user"),
    (
        "authentik_core.reset_user_password",
        "take over any account by a new password",
    ),
    (
        "authentik_core.set_token_key",
        "choose the key of any token, and so act as its owner",
    ),
    (
        "authentik_core.view_token_key",
        "read the key of any token, and so act as its owner",
    ),
    (
        "authentik_policies_expression.add_expressionpolicy",
        "run Python on the server",
    ),
    (
        "authentik_policies_expression.change_expressionpolicy",
        "run Python on the server",
    ),
    (
        "authentik_rbac.assign_role_permissions",
        "give any permission to a role",
    ),
];

/// What the holder of a permission can do with it that amounts to every other permission; `None` for all others.
pub fn takeover(permission: &str) -> Option<&'static str> {
    TAKEOVER
        .iter()
        .find(|(name, _)| *name == permission)
        .map(|(_, what)| *what)
}
