//! What watches over the rest: blueprints, lifecycle rules, initial permissions.

use crate::schema::{
    Kind, Together, V2025_12, V2026_2, V2026_8, any, boolean, int, json, one, set, span, text, to, word, words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("blueprint", "blueprints", "/managed/blueprints/")
        .model("authentik_blueprints.blueprintinstance")
        .doc("A blueprint that the server itself applies, from a file or with its content inside.")
        .together(&[Together::Always(&["path", "content"])])
        .fields(&[
            text("name").required(),
            boolean("enabled").default("true"),
            text("content").default(r#""""#),
            json("context").keyed().default("{}"),
            text("path").default(r#""""#),
        ]),
    Kind::new("lifecycle_rule", "lifecycle_rules", "/lifecycle/rules/")
        .model("authentik_lifecycle.lifecyclerule")
        .enterprise()
        .doc("Has somebody look again and again at who has access to applications, groups or roles.")
        .id("id")
        .since(V2026_2)
        .found_by("search")
        .together(&[Together::Group(&["content_type", "object_id"])])
        .fields(&[
            text("name").required(),
            words(
                "content_type",
                &[word("authentik_core.application"), word("authentik_core.group"), word("authentik_rbac.role")],
            )
            .required(),
            set("reviewers", &to("user")).carries("uuid").required().assume("[]").doc("Users who look."),
            span("grace_period").default(r#""days=30""#),
            span("interval").default(r#""days=60""#),
            int("min_reviewers").within(0, 32767).default("1"),
            boolean("min_reviewers_is_per_group").default("false"),
            set("notification_transports", &to("notification_transport")),
            one("object_id", any(&["application", "group", "role"]))
                .word("object")
                .told_by("content_type")
                .doc("One object by name; all objects of the type when left out."),
            set("reviewer_groups", &to("group")),
        ]),
    Kind::new("request_rule", "request_rules", "/requests/rules/")
        .model("authentik_requests.requestrule")
        .enterprise()
        .doc("How people ask for access that they do not have, and who says yes.")
        .id("uuid")
        .since(V2026_8)
        .fields(&[
            text("name").required(),
            words("policy_engine_mode", &[word("any"), word("all")]).default(r#""any""#),
            one("request_flow", to("flow")),
            int("min_reviewers").within(0, 32767).default("1"),
            boolean("min_reviewers_is_per_group").default("false"),
            set("notification_transports", &to("notification_transport")),
            words("notification_mode", &[word("all"), word("direct"), word("random_min_reviewers")]),
        ]),
    Kind::new("license", "licenses", "/enterprise/license/")
        .model("authentik_enterprise.license")
        .doc("An enterprise licence, known by the name that stands in it: the server reads it out of the key.")
        .id("license_uuid")
        .fields(&[text("name").required().derived(), text("key").required().secret().doc("The licence itself.")]),
    Kind::new("initial_permissions", "initial_permissions", "/rbac/initial_permissions/")
        .model("authentik_rbac.initialpermissions")
        .doc("Permissions that a role gets on every object that its members create.")
        .fields(&[
            text("name").required(),
            one("role", to("role")).required(),
            words("mode", &[word("user"), word("role")]).required().until(V2025_12),
            set("permissions", &to("permission")),
        ]),
];
