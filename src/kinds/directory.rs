//! People and what they are in: users, groups, roles, tokens.

use super::words::NEVER_NULL;
use crate::schema::{Forced, Kind, Members, Together, V2025_12, boolean, json, one, set, text, time, to, word, words};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("user", "users", "/core/users/")
        .model("authentik_core.user")
        .doc("A person or a service account.")
        .key("username")
        .query(&[("include_groups", "false"), ("include_roles", "false")])
        .fields(&[
            text("username").required().doc("What they sign in with."),
            text("name").required().blank().assume(r#""""#).doc("Their full name."),
            text("email").default(r#""""#),
            boolean("is_active").default("true").doc("Whether they can sign in."),
            time("last_login").nullable(),
            text("path").filled().default(r#""users""#).doc("The folder that the user interface shows them in."),
            words("type", &[word("internal"), word("external"), word("service_account")]).default(r#""internal""#),
            json("attributes").keyed().default("{}"),
            set("groups", &to("group"))
                .mirrors("users")
                .doc("Another side of the groups' `members`; use one of the two."),
            set("roles", &to("role"))
                .since(V2025_12)
                .mirrors("users")
                .doc("Another side of the roles' `members`; use one of the two."),
        ]),
    Kind::new("group", "groups", "/core/groups/")
        .model("authentik_core.group")
        .doc("A group of users; members of a child group are members of its parents.")
        .query(&[("include_users", "false")])
        .members(Members { field: "users", in_create: true, read_by: None })
        .fields(&[
            text("name").required(),
            boolean("is_superuser").default("false").doc("Members may do everything through the API."),
            set("parents", &to("group")).since(V2025_12).twin("parent").acyclic(),
            one("parent", to("group")).until(V2025_12).twin("parents").acyclic(),
            set("users", &to("user"))
                .word("members")
                .doc("Members by username; written one by one, so that others stay."),
            set("roles", &to("role")),
            json("attributes").keyed().default("{}"),
        ]),
    Kind::new("role", "roles", "/rbac/roles/")
        .model("authentik_rbac.role")
        .doc("A set of permissions that users and groups may have.")
        .members(Members { field: "users", in_create: false, read_by: Some("roles_by_name") })
        .fields(&[
            text("name").required(),
            set("users", &to("user")).word("members").since(V2025_12).doc("Users who have the role themselves."),
        ]),
    Kind::new("token", "tokens", "/core/tokens/")
        .model("authentik_core.token")
        .doc("A token for the API or an app password. Its key is made by the server and never shown.")
        .key_in_url("identifier")
        // A PATCH without these hands the token to the caller and turns it into an API token (core/api/tokens.py).
        .together(&[Together::Always(&["user", "intent"])])
        .forced(&[
            Forced {
                field: "expires",
                null: false,
                when: Some(("intent", r#""api""#)),
                why: "leave it out: whenever an API token is written, the server lets it end default_token_duration \
                      later; with `expiring: false` it does not end at all",
            },
            NEVER_NULL,
        ])
        .fields(&[
            text("identifier").required(),
            words("intent", &[word("api"), word("app_password"), word("verification"), word("recovery")])
                .default(r#""api""#),
            one("user", to("user")).solid().generated().doc("Whose token it is; the caller's when left out."),
            text("description").default(r#""""#),
            boolean("expiring").default("true"),
            time("expires")
                .nullable()
                .generated()
                .doc("Not of API tokens: the server sets theirs anew at every write."),
            text("managed").nullable().filled(),
        ]),
];
