//! People and what they are in: users, groups, roles, tokens.

use super::words::NEVER_NULL;
use crate::schema::{
    Apart, By, Forced, Format, Is, Kind, Lint, Members, Needs, Power, Through, Together, V2025_12,
    V2026_2, WayIn, boolean, grants, json, one, set, text, time, to, word, words,
};

/// Users go in and out one by one.
const USERS: Through = Through::Actions {
    add: "add_user",
    remove: "remove_user",
};
/// Permissions are given to roles and taken from them.
const GRANTS: Through = Through::Grants {
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
            text("username").longest(150).required().doc("The name with which they sign in."),
            text("name").required().blank().assume(r#""""#).doc("Their full name."),
            text("email").longest(254).format(Format::Email).default(r#""""#),
            boolean("is_active").default("true").doc("Whether they can sign in."),
            time("last_login").nullable().passing(),
            text("path").format(Format::UserPath).filled().default(r#""users""#).doc("The folder that the user interface shows them in."),
            words("type", &[word("internal"), word("external"), word("service_account")]).default(r#""internal""#),
            json("attributes").keyed().default("{}"),
            set("groups", &to("group"))
                .mirrors("users")
                .doc("The same memberships as the groups' `members`; use one of the two."),
            set("roles", &to("role"))
                .since(V2025_12)
                .mirrors("users")
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
            text("name").required(),
            boolean("is_superuser").default("false").doc("Members may do everything through the API."),
            set("parents", &to("group")).since(V2025_12).twin("parent").acyclic(),
            one("parent", to("group")).until(V2025_12).twin("parents").acyclic(),
            set("users", &to("user"))
                .word("members")
                .doc("Members by username; written one at a time, so that others stay."),
            set("roles", &to("role")),
            json("attributes").keyed().default("{}"),
        ]),
    Kind::new("role", "roles", "/rbac/roles/")
        .model("authentik_rbac.role")
        .doc("A set of permissions that users and groups may have.")
        .members(&[
            Members {
                field: "users",
                in_create: false,
                read: Some(Apart { path: "/core/users/", filter: "roles_by_name", by: By::Name }),
                write: USERS,
            },
            Members {
                field: "permissions",
                in_create: false,
                read: Some(Apart { path: "/rbac/permissions/", filter: "role", by: By::Id }),
                write: GRANTS,
            },
            Members {
                field: "object_permissions",
                in_create: false,
                // Pages of ten, whatever is asked for.
                read: Some(Apart { path: "/rbac/permissions/roles/", filter: "uuid", by: By::Id }),
                write: GRANTS,
            },
        ])
        .fields(&[
            text("name").longest_until(150, V2026_2).required(),
            set("users", &to("user")).word("members").since(V2025_12).doc("Users who have the role directly."),
            set("permissions", &to("permission")).doc(
                "Permissions on all objects: code names such as `view_application`, or with the application \
                 `authentik_core.view_application` where several have the name.",
            ),
            set("object_permissions", &grants("permission", OBJECTS)).doc(
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
        .together(&[Together::Always(&["user", "intent"])])
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
        .needs(&[Needs::never(&[Is::Word("intent", &["verification", "recovery"])])]).lints(&[Lint::Lasts {
            field: "expires",
            when: ("intent", "app_password"),
            setting: ("settings", "default_token_duration"),
            user: "user",
            unless: "goauthentik.io/user/token-maximum-lifetime",
        }])
        .fields(&[
            text("identifier").longest(255).format(Format::Slug).required(),
            words("intent", &[word("api"), word("app_password"), word("verification"), word("recovery")])
                .default(r#""api""#)
                .doc("Only the server itself creates tokens with `verification` and `recovery`."),
            one("user", to("user")).solid().generated().doc("The owner of the token; the caller by default. The owner of an existing token cannot change."),
            text("description").default(r#""""#),
            boolean("expiring").default("true"),
            time("expires")
                .nullable()
                .generated()
                .doc(
                    "Not for API tokens: the server sets theirs at every write. For app passwords, it accepts \
                     no end further away than the settings' `default_token_duration`, or than the user's \
                     attribute `goauthentik.io/user/token-maximum-lifetime`.",
                ),
            text("managed").nullable().filled(),
        ]),
];
