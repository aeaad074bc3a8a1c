//! What watches over the rest: blueprints, lifecycle rules, initial permissions.

use super::bindings::BINDINGS;
use crate::schema::{
    Children, Find, Format, Is, Items, Kind, Needs, Power, Together, V2025_12, V2026_2, V2026_8,
    any, boolean, int, json, one, set, span, text, to, word, words,
};

/// What can be asked for by a rule.
const TARGETS: Children = Children {
    word: "targets",
    kind: "request_rule_binding",
    owner: "rule",
    items: Items::Among("target"),
};

/// What comes along with it.
const RELATED: Children = Children {
    word: "related",
    kind: "request_rule_child_binding",
    owner: "binding",
    items: Items::Among("target"),
};

/// What can be asked for and has a name. (A flow has two ids, and which of them goes here has not been measured.)
const ASKED: &[&str] = &[
    "application",
    "source",
    "device_access_group",
    "notification_rule",
];

pub(super) const KINDS: &[Kind] = &[
    Kind::new("blueprint", "blueprints", "/managed/blueprints/")
        .model("authentik_blueprints.blueprintinstance")
        .doc("A blueprint that the server itself applies, from a file or with its content inside.")
        .together(&[Together::Always(&["path", "content"])])
        .needs(&[Needs::one_of(&[Is::Set("path"), Is::Set("content")])])
        .powers(&[Power::Anything { enabled: "enabled", content: &["content", "context", "path"] }])
        .fields(&[
            text("name").required(),
            boolean("enabled").default("true"),
            text("content").format(Format::Blueprint).default(r#""""#),
            json("context").keyed().default("{}"),
            text("path").judged("whether there is such a file").default(r#""""#),
        ]),
    Kind::new("lifecycle_rule", "lifecycle_rules", "/lifecycle/rules/")
        .model("authentik_lifecycle.lifecyclerule")
        .enterprise()
        .doc("Regular reviews of who has access to applications, groups or roles.")
        .id("id")
        .since(V2026_2)
        // The search looks at models, groups and users, and not at the name.
        .listed_whole()
        .together(&[Together::Group(&["content_type", "object_id"])])
        .unique(&[&["content_type", "object_id"]])
        .needs(&[Needs::one_of(&[Is::Set("reviewers"), Is::Set("reviewer_groups")])])
        .no_longer(&[("grace_period", "interval")])
        .fields(&[
            text("name").required(),
            words(
                "content_type",
                &[word("authentik_core.application"), word("authentik_core.group"), word("authentik_rbac.role")],
            )
            .required(),
            set("reviewers", &to("user")).carries("uuid").required().assume("[]").doc("Users who review."),
            span("grace_period").default(r#""days=30""#),
            span("interval").default(r#""days=60""#),
            int("min_reviewers").within(0, 32767).default("1"),
            boolean("min_reviewers_is_per_group").default("false"),
            set("notification_transports", &to("notification_transport")),
            one("object_id", any(&["application", "group", "role"]))
                .word("object")
                .family_field("content_type")
                .doc("One object by name; all objects of the type by default."),
            set("reviewer_groups", &to("group")),
        ]),
    Kind::new("request_rule", "request_rules", "/requests/rules/")
        .model("authentik_requests.requestrule")
        .enterprise()
        .doc("How people request access, and who approves the requests.")
        .id("uuid")
        .bindable("pbm_uuid")
        .children(&[BINDINGS, TARGETS])
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
    Kind::new("request_rule_binding", "", "/requests/rule-bindings/")
        .model("authentik_requests.requestrulebinding")
        .enterprise()
        .doc("Something that can be requested by a request rule; written under `targets` of the rule.")
        .key_of(&["rule", "target"], Find::Owner { filter: "rule", field: "rule", many: false })
        .id("uuid")
        .bindable("pbm_uuid")
        .children(&[BINDINGS, RELATED])
        .since(V2026_8)
        .fields(&[
            one("rule", to("request_rule")).required(),
            one("target", any(ASKED)).required().doc("The kind of object that is requested."),
            words("policy_engine_mode", &[word("any"), word("all")]).default(r#""any""#),
            span("expiry_pending").doc("How long a request waits for an answer before it expires."),
            span("expiry_granted_max").doc("The longest duration of a grant."),
        ]),
    Kind::new("request_rule_child_binding", "", "/requests/rule-child-bindings/")
        .model("authentik_requests.requestrulechildbinding")
        .enterprise()
        .doc("Something that is granted along with a target; written under `related` of a target.")
        .key_of(&["binding", "target"], Find::Owner { filter: "binding", field: "binding", many: false })
        .id("uuid")
        .since(V2026_8)
        .fields(&[
            one("binding", to("request_rule_binding")).required(),
            one("target", any(ASKED)).required().doc("The kind of object that is granted along with the target."),
        ]),
    Kind::new("object_attribute", "object_attributes", "/core/object_attributes/")
        .model("authentik_core.objectattribute")
        .doc("An attribute that objects of a model have, with its rules.")
        .typed("object_type", "key", "object_type__model")
        .since(V2026_8)
        .fields(&[
            text("object_type").required().doc("The model whose objects have it."),
            text("key").required().doc("The name of the attribute."),
            text("label").required().doc("The label that people see."),
            words("type", &[word("text"), word("number"), word("boolean")]).required(),
            boolean("enabled").default("true"),
            text("group").default(r#""""#).doc("The heading under which it is shown."),
            text("regex").default(r#""""#).doc("A pattern that its value must match."),
            boolean("is_required").default("false"),
            boolean("is_unique").default("false"),
            text("managed").nullable().filled(),
        ]),
    Kind::new("license", "licenses", "/enterprise/license/")
        .model("authentik_enterprise.license")
        .doc("An enterprise license, known by the name that the server reads from its key.")
        .id("license_uuid")
        .fields(&[
            text("name").required().derived(),
            text("key")
                .judged("whether it is signed by authentik and still holds")
                .required()
                .secret()
                .doc("The license key."),
        ]),
    Kind::new("initial_permissions", "initial_permissions", "/rbac/initial_permissions/")
        .model("authentik_rbac.initialpermissions")
        .doc("Permissions that a role gets on every object that its members create.")
        .powers(&[Power::Initial { role: "role", permissions: "permissions" }])
        .fields(&[
            text("name").longest(150).required(),
            one("role", to("role")).required(),
            words("mode", &[word("user"), word("role")]).required().until(V2025_12),
            set("permissions", &to("permission")),
        ]),
];
