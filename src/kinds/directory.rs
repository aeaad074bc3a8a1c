//! People and what they are in: users, groups, roles, tokens.

use super::shared::NEVER_NULL;
use crate::schema::{
    Condition, FilterBy, Forced, Format, ItemWrites, Kind, Lint, Members, Power, Requirement,
    SentTogether, SeparateList, V2025_12, V2026_2, WayIn, boolean, enumeration, json,
    permission_grant, ref_to, reference, set, string, timestamp, variant,
};

/// Users go in and out one by one.
const USERS: ItemWrites = ItemWrites::Actions {
    add: "add_user",
    remove: "remove_user",
};
/// Permissions are given to roles and taken from them.
const GRANTS: ItemWrites = ItemWrites::Grants {
    path: "/rbac/permissions/assigned_by_roles/",
    add: "assign",
    remove: "unassign",
};

/// How the keys of attributes begin by which authentik treats users differently (whether their tokens end, what they may
/// change of themselves).
const OWN_ATTRIBUTES: &str = "goauthentik.io/user";

/// What permissions can be on: all that is known by a name.
const OBJECTS: &[&str] = &[
    "application",
    "user",
    "group",
    "role",
    "token",
    "outpost",
    "brand",
    "provider",
    "property_mapping",
    "certificate",
    "flow",
    "stage",
    "policy",
    "source",
    "service_connection",
    "notification_rule",
    "notification_transport",
    "prompt",
    "invitation",
    "connector",
    "device_access_group",
    "enrollment_token",
    "blueprint",
    "lifecycle_rule",
    "initial_permissions",
    "license",
    "request_rule",
    "object_attribute",
];

pub(super) const KINDS: &[Kind] = &[
    Kind::new("user", "users", "/core/users/")
        .model("authentik_core.user")
        .doc("A person or a service account.")
        .key("username")
        .query(&[("include_groups", "false"), ("include_roles", "false")])
        .way_in(WayIn::User {
            active: "is_active",
            sort: "type",
            machines: &["service_account", "internal_service_account"],
        })
        .other_ids(&["uuid"])
        .powers(&[Power::Attributes { field: "attributes", begins: OWN_ATTRIBUTES }])
        .fields(&[
            string("username").max_length(150).required().doc("The name with which they sign in."),
            string("name").required().allow_blank().create_default(r#""""#).doc("Their full name."),
            string("email").max_length(254).format(Format::Email).default(r#""""#),
            boolean("is_active").default("true").doc("Whether they can sign in."),
            timestamp("last_login").nullable().volatile(),
            string("path").format(Format::UserPath).not_blank().default(r#""users""#).doc("The folder that the user interface shows them in."),
            enumeration("type", &[
                variant("internal"),
                variant("external"),
                variant("service_account"),
            ]).default(r#""internal""#),
            json("attributes").managed_per_key().default("{}"),
            set("groups", &ref_to("group"))
                .inverse_of("users")
                .doc("The same memberships as the groups' `members`; use one of the two."),
            set("roles", &ref_to("role"))
                .since(V2025_12)
                .inverse_of("users")
                .doc("The same memberships as the roles' `members`; use one of the two."),
        ]),
    Kind::new("group", "groups", "/core/groups/")
        .model("authentik_core.group")
        .doc("A group of users; members of a child group are members of its parents.")
        .query(&[("include_users", "false")])
        .way_in(WayIn::Group { all: "is_superuser", above: &["parents", "parent"], below: "children" })
        .powers(&[Power::Attributes { field: "attributes", begins: OWN_ATTRIBUTES }])
        .members(&[Members { field: "users", in_create: true, read: None, write: USERS }])
        .fields(&[
            string("name").required(),
            boolean("is_superuser").default("false").doc("Members may do everything through the API."),
            set("parents", &ref_to("group")).since(V2025_12).counterpart("parent").acyclic(),
            reference("parent", "group").until(V2025_12).counterpart("parents").acyclic(),
            set("users", &ref_to("user"))
                .yaml_key("members")
                .doc("Members by username; written one at a time, so that others stay."),
            set("roles", &ref_to("role")),
            json("attributes").managed_per_key().default("{}"),
        ]),
    Kind::new("role", "roles", "/rbac/roles/")
        .model("authentik_rbac.role")
        .doc("A set of permissions that users and groups may have.")
        .members(&[
            Members {
                field: "users",
                in_create: false,
                read: Some(SeparateList { path: "/core/users/", filter: "roles_by_name", by: FilterBy::Name }),
                write: USERS,
            },
            Members {
                field: "permissions",
                in_create: false,
                read: Some(SeparateList { path: "/rbac/permissions/", filter: "role", by: FilterBy::Id }),
                write: GRANTS,
            },
            Members {
                field: "object_permissions",
                in_create: false,
                // Pages of ten, whatever is asked for.
                read: Some(SeparateList { path: "/rbac/permissions/roles/", filter: "uuid", by: FilterBy::Id }),
                write: GRANTS,
            },
        ])
        .fields(&[
            string("name").max_length_until(150, V2026_2).required(),
            set("users", &ref_to("user")).yaml_key("members").since(V2025_12).doc("Users who have the role directly."),
            set("permissions", &ref_to("permission")).doc(
                "Permissions on all objects: code names such as `view_application`, or with the application \
                 `authentik_core.view_application` where several have the name.",
            ),
            set("object_permissions", &permission_grant("permission", OBJECTS)).doc(
                "Permissions on single objects: `{application: wiki, permissions: [view_application]}`, by the \
                 object's kind.",
            ),
        ]),
    Kind::new("token", "tokens", "/core/tokens/")
        .model("authentik_core.token")
        .doc("A token for the API or an app password. The server generates its key and never shows it.")
        .key_in_url("identifier")
        .way_in(WayIn::Token { user: "user", sort: "intent", word: "api" })
        .powers(&[Power::Token {
            user: "user",
            sort: "intent",
            api: "api",
            expiring: "expiring",
            expires: "expires",
        }])
        // A PATCH without these hands the token to the caller and turns it into an API token (core/api/tokens.py).
        .sent_together(&[SentTogether::WithEveryPatch(&["user", "intent"])])
        .forced(&[
            Forced {
                field: "expires",
                null: false,
                until: None,
                when: Some(("intent", r#""api""#)),
                why: "remove it: whenever an API token is written, the server sets its end to \
                      default_token_duration later; with `expiring: false` it does not end at all",
            },
            NEVER_NULL,
            // It compares null with a time (core/api/tokens.py); measured: 405.
            Forced {
                field: "expires",
                null: true,
                until: Some(V2025_12),
                when: Some(("intent", r#""app_password""#)),
                why: "remove it: with `expiring: false` it does not end",
            },
        ])
        .requirements(&[
            Requirement::never(&[Condition::IsOneOf("intent", &["verification", "recovery"])]),
        ]).lints(&[Lint::MaxLifetime {
            field: "expires",
            when: ("intent", "app_password"),
            setting: ("settings", "default_token_duration"),
            user: "user",
            unless: "goauthentik.io/user/token-maximum-lifetime",
        }])
        .fields(&[
            string("identifier").max_length(255).format(Format::Slug).required(),
            enumeration("intent", &[
                variant("api"),
                variant("app_password"),
                variant("verification"),
                variant("recovery"),
            ])
                .default(r#""api""#)
                .doc("Only the server itself creates tokens with `verification` and `recovery`."),
            reference("user", "user").not_null().generated().doc("The owner of the token; the caller by default. The owner of an existing token cannot change."),
            string("description").default(r#""""#),
            boolean("expiring").default("true"),
            timestamp("expires")
                .nullable()
                .generated()
                .doc(
                    "Not for API tokens: the server sets theirs at every write. For app passwords, it accepts \
                     no end further away than the settings' `default_token_duration`, or than the user's \
                     attribute `goauthentik.io/user/token-maximum-lifetime`.",
                ),
            string("managed").nullable().not_blank(),
        ]),
];
