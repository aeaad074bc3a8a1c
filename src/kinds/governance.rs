//! What watches over the rest: blueprints, lifecycle rules, initial permissions.

use super::bindings::BINDINGS;
use crate::schema::{
    Children, Condition, Find, Format, Items, Kind, Power, Requirement, SentTogether, V2025_12,
    V2026_2, V2026_8, boolean, duration, enumeration, integer, json, ref_to, reference,
    reference_to_any, set, string, variant,
};

/// What can be asked for by a rule.
const TARGETS: Children = Children {
    yaml_key: "targets",
    kind: "request_rule_binding",
    owner: "rule",
    items: Items::Among("target"),
};

/// What comes along with it.
const RELATED: Children = Children {
    yaml_key: "related",
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
        .sent_together(&[SentTogether::WithEveryPatch(&["path", "content"])])
        .requirements(&[Requirement::one_of(&[Condition::HasValue("path"), Condition::HasValue("content")])])
        .powers(&[Power::Anything { enabled: "enabled", content: &["content", "context", "path"] }])
        .fields(&[
            string("name").required(),
            boolean("enabled").default("true"),
            string("content").format(Format::Blueprint).default(r#""""#),
            json("context").managed_per_key().default("{}"),
            string("path").judged_by_server("whether there is such a file").default(r#""""#),
        ]),
    Kind::new("lifecycle_rule", "lifecycle_rules", "/lifecycle/rules/")
        .model("authentik_lifecycle.lifecyclerule")
        .enterprise()
        .doc("Regular reviews of who has access to applications, groups or roles.")
        .id("id")
        .since(V2026_2)
        // The search looks at models, groups and users, and not at the name.
        .listed_whole()
        .sent_together(&[SentTogether::AllOrNone(&["content_type", "object_id"])])
        .unique_together(&[&["content_type", "object_id"]])
        .requirements(&[
            Requirement::one_of(&[Condition::HasValue("reviewers"), Condition::HasValue("reviewer_groups")]),
        ])
        .ordered_durations(&[("grace_period", "interval")])
        .fields(&[
            string("name").required(),
            enumeration(
                "content_type",
                &[
                    variant("authentik_core.application"),
                    variant("authentik_core.group"),
                    variant("authentik_rbac.role"),
                ],
            )
            .required(),
            set("reviewers", &ref_to("user")).refers_by("uuid").required().create_default("[]").doc("Users who review."),
            duration("grace_period").default(r#""days=30""#),
            duration("interval").default(r#""days=60""#),
            integer("min_reviewers").within(0, 32767).default("1"),
            boolean("min_reviewers_is_per_group").default("false"),
            set("notification_transports", &ref_to("notification_transport")),
            reference_to_any("object_id", &["application", "group", "role"])
                .yaml_key("object")
                .family_field("content_type")
                .doc("One object by name; all objects of the type by default."),
            set("reviewer_groups", &ref_to("group")),
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
            string("name").required(),
            enumeration("policy_engine_mode", &[variant("any"), variant("all")]).default(r#""any""#),
            reference("request_flow", "flow"),
            integer("min_reviewers").within(0, 32767).default("1"),
            boolean("min_reviewers_is_per_group").default("false"),
            set("notification_transports", &ref_to("notification_transport")),
            enumeration("notification_mode", &[variant("all"), variant("direct"), variant("random_min_reviewers")]),
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
            reference("rule", "request_rule").required(),
            reference_to_any("target", ASKED).required().doc("The kind of object that is requested."),
            enumeration("policy_engine_mode", &[variant("any"), variant("all")]).default(r#""any""#),
            duration("expiry_pending").doc("How long a request waits for an answer before it expires."),
            duration("expiry_granted_max").doc("The longest duration of a grant."),
        ]),
    Kind::new("request_rule_child_binding", "", "/requests/rule-child-bindings/")
        .model("authentik_requests.requestrulechildbinding")
        .enterprise()
        .doc("Something that is granted along with a target; written under `related` of a target.")
        .key_of(&["binding", "target"], Find::Owner { filter: "binding", field: "binding", many: false })
        .id("uuid")
        .since(V2026_8)
        .fields(&[
            reference("binding", "request_rule_binding").required(),
            reference_to_any("target", ASKED).required().doc("The kind of object that is granted along with the target."),
        ]),
    Kind::new("object_attribute", "object_attributes", "/core/object_attributes/")
        .model("authentik_core.objectattribute")
        .doc("An attribute that objects of a model have, with its rules.")
        .key_after_model("object_type", "key", "object_type__model")
        .since(V2026_8)
        .fields(&[
            string("object_type").required().doc("The model whose objects have it."),
            string("key").required().doc("The name of the attribute."),
            string("label").required().doc("The label that people see."),
            enumeration("type", &[variant("text"), variant("number"), variant("boolean")]).required(),
            boolean("enabled").default("true"),
            string("group").default(r#""""#).doc("The heading under which it is shown."),
            string("regex").default(r#""""#).doc("A pattern that its value must match."),
            boolean("is_required").default("false"),
            boolean("is_unique").default("false"),
            string("managed").nullable().not_blank(),
        ]),
    Kind::new("license", "licenses", "/enterprise/license/")
        .model("authentik_enterprise.license")
        .doc("An enterprise license, known by the name that the server reads from its key.")
        .id("license_uuid")
        .fields(&[
            string("name").required().derived(),
            string("key")
                .judged_by_server("whether it is signed by authentik and still holds")
                .required()
                .secret()
                .doc("The license key."),
        ]),
    Kind::new("initial_permissions", "initial_permissions", "/rbac/initial_permissions/")
        .model("authentik_rbac.initialpermissions")
        .doc("Permissions that a role gets on every object that its members create.")
        .powers(&[Power::Initial { role: "role", permissions: "permissions" }])
        .fields(&[
            string("name").max_length(150).required(),
            reference("role", "role").required(),
            enumeration("mode", &[variant("user"), variant("role")]).required().until(V2025_12),
            set("permissions", &ref_to("permission")),
        ]),
];
