//! The settings of the whole system, of which there is exactly one object.

use crate::schema::{
    DataKey, Format, KeyShape, Kind, Permissions, Power, V2025_12, V2026_2, V2026_5, V2026_8,
    boolean, duration, integer, json, key, string,
};

/// What authentik takes for switches that nobody has set. Until 2026.2 nothing reads the first one: an application without
/// an enabled binding is open to everyone there.
const FLAGS: &str = r#"{
    "core_default_app_access": true, "enterprise_audit_include_expanded_diff": false, "flows_continuous_login": false,
    "flows_refresh_others": false, "policies_buffered_access_view": false
}"#;

/// What the switches hold.
const FLAG_KEYS: &[DataKey] = &[
    key("core_default_app_access", KeyShape::Bool).since(V2026_5),
    key("enterprise_audit_include_expanded_diff", KeyShape::Bool).since(V2026_2),
    key("flows_continuous_login", KeyShape::Bool).since(V2026_2),
    key("flows_refresh_others", KeyShape::Bool),
    key("policies_buffered_access_view", KeyShape::Bool),
];

pub(super) const KINDS: &[Kind] = &[Kind::new("settings", "settings", "/admin/settings/")
    .model("authentik_tenants.tenant")
    .doc("The system-wide settings. They always exist; only the fields that are declared are managed.")
    .singleton()
    .powers(&[
        Power::Switch {
            field: "impersonation",
            on: true,
            allows: "let whoever has the permission `impersonate` act as any other user",
            otherwise: "no longer let anybody act as another user",
        },
        Power::Switch {
            field: "impersonation_require_reason",
            on: false,
            allows: "no longer ask for a reason when somebody acts as another user",
            otherwise: "ask for a reason when somebody acts as another user",
        },
    ])
    .permissions(Permissions { view: "authentik_rbac.view_system_settings", change: "authentik_rbac.edit_system_settings" })
    .fields(&[
        string("avatars")
            .format(Format::Avatars)
            .not_blank()
            .default(r#""gravatar,initials""#)
            .doc("Where pictures of users come from, in order."),
        string("base_url")
            .max_length(200)
            .format(Format::PublicUrl)
            .since(V2026_8)
            .default(r#""""#)
            .doc("The URL at which people reach authentik."),
        boolean("default_user_change_name").default("true"),
        boolean("default_user_change_email").default("false"),
        boolean("default_user_change_username").default("false"),
        duration("event_retention").default(r#""days=365""#),
        integer("reputation_lower_limit").within(-2_147_483_648, 0).default("-5"),
        integer("reputation_upper_limit").at_least(0).default("5"),
        json("footer_links").format(Format::Links).default("[]").doc("A list of mappings of `name` and `href`."),
        boolean("gdpr_compliance").default("true").doc("Deletes the events of a user when the user is deleted."),
        boolean("impersonation").default("true"),
        boolean("impersonation_require_reason").default("true"),
        duration("default_token_duration").default(r#""minutes=30""#),
        integer("default_token_length").at_least(1).default("60"),
        integer("pagination_default_page_size").at_least(0).since(V2025_12).default("20"),
        integer("pagination_max_page_size").at_least(0).since(V2025_12).default("100"),
        json("flags")
            .keys(FLAG_KEYS)
            .managed_per_key()
            .required()
            .implicit_defaults(FLAGS)
            .doc("Switches by name, true or false; which ones exist depends on the release."),
    ])];
