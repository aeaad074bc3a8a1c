//! What joins objects: policy bindings (who may pass) and stage bindings (what a flow does, in order).
//!
//! Neither has a section of its own: they are written under the object that they belong to.

use crate::schema::{
    Children, Condition, Find, Items, Kind, Requirement, SentTogether, WayIn, boolean, enumeration,
    integer, reference, reference_to_any, variant,
};

/// What any object has that policies bind to.
pub(super) const BINDINGS: Children = Children {
    yaml_key: "bindings",
    kind: "policy_binding",
    owner: "target",
    items: Items::Subjects(&["group", "user", "policy"]),
};

/// The stages of a flow.
pub(super) const STAGES: Children = Children {
    yaml_key: "stages",
    kind: "flow_stage_binding",
    owner: "target",
    items: Items::Ordered("stage"),
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("flow_stage_binding", "", "/flows/bindings/")
        .model("authentik_flows.flowstagebinding")
        .doc("A stage of a flow; written under `stages` of the flow.")
        .key_of(&["target", "stage", "order"], Find::Owner { filter: "target", field: "target", many: false })
        .bindable("policybindingmodel_ptr_id")
        .way_in(WayIn::Step { flow: "target", stage: "stage" })
        .children(&[BINDINGS])
        .sent_together(&[SentTogether::AllOrNone(&["evaluate_on_plan", "re_evaluate_policies"])])
        .requirements(&[
            Requirement::one_of(&[
                Condition::HasValue("evaluate_on_plan"),
                Condition::HasValue("re_evaluate_policies"),
            ]),
        ])
        .fields(&[
            reference("target", "flow").required(),
            reference("stage", "stage").required(),
            integer("order").required(),
            boolean("evaluate_on_plan").default("false"),
            boolean("re_evaluate_policies").default("true"),
            enumeration("invalid_response_action", &[
                variant("retry"),
                variant("restart"),
                variant("restart_with_context"),
            ])
                .default(r#""retry""#),
            enumeration("policy_engine_mode", &[variant("any"), variant("all")]).default(r#""any""#),
        ]),
    Kind::new("policy_binding", "", "/policies/bindings/")
        .model("authentik_policies.policybinding")
        .doc("A user, group or policy that decides who may use an object; written under `bindings` of the object.")
        // Access that was granted for a while, from 2026.8 on.
        .temporary_if("expiring")
        // The database knows no unique key for group and user bindings: even exact duplicates are possible. A change is
        // refused all the same if it gives one the order of another one (measured: all releases).
        .unique_on_update(&["target", "policy", "order"])
        .key_of(&["target", "policy|group|user"], Find::Owner { filter: "target_in", field: "target", many: true })
        .sent_together(&[SentTogether::WithEveryPatch(&["target", "policy", "group", "user"])])
        .fields(&[
            reference_to_any(
                "target",
                &[
                    "application",
                    "flow",
                    "flow_stage_binding",
                    "source",
                    "application_entitlement",
                    "notification_rule",
                    "rac_endpoint",
                    "device_access_group",
                    "request_rule",
                    "request_rule_binding",
                    "oauth2_registration",
                ],
            )
            .required(),
            reference("policy", "policy"),
            reference("group", "group"),
            reference("user", "user"),
            integer("order").required().create_default("0").doc("Decides the order of evaluation, never the result."),
            boolean("enabled")
                .default("true")
                .doc("A disabled binding does not count: if none counts, every user passes."),
            boolean("negate").default("false"),
            integer("timeout").at_least(0).default("30"),
            boolean("failure_result").default("false"),
        ]),
];
