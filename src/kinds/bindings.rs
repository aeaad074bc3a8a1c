//! What joins objects: policy bindings (who may pass) and stage bindings (what a flow does, in order).
//!
//! Neither has a section of its own: they are written under the object that they belong to.

use crate::schema::{
    Children, Find, Is, Items, Kind, Needs, Together, WayIn, any, boolean, int, one, to, word,
    words,
};

/// What any object has that policies bind to.
pub(super) const BINDINGS: Children = Children {
    word: "bindings",
    kind: "policy_binding",
    owner: "target",
    items: Items::Subjects(&["group", "user", "policy"]),
};

/// The stages of a flow.
pub(super) const STAGES: Children = Children {
    word: "stages",
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
        .together(&[Together::Group(&["evaluate_on_plan", "re_evaluate_policies"])])
        .needs(&[Needs::one_of(&[Is::Set("evaluate_on_plan"), Is::Set("re_evaluate_policies")])])
        .fields(&[
            one("target", to("flow")).required(),
            one("stage", to("stage")).required(),
            int("order").required(),
            boolean("evaluate_on_plan").default("false"),
            boolean("re_evaluate_policies").default("true"),
            words("invalid_response_action", &[word("retry"), word("restart"), word("restart_with_context")])
                .default(r#""retry""#),
            words("policy_engine_mode", &[word("any"), word("all")]).default(r#""any""#),
        ]),
    Kind::new("policy_binding", "", "/policies/bindings/")
        .model("authentik_policies.policybinding")
        .doc("A user, group or policy that decides who may use an object; written under `bindings` of the object.")
        // Access that was granted for a while, from 2026.8 on.
        .ends("expiring")
        // The database knows no unique key for group and user bindings: even exact duplicates are possible. A change is
        // refused all the same if it gives one the order of another one (measured: all releases).
        .unlike(&["target", "policy", "order"])
        .key_of(&["target", "policy|group|user"], Find::Owner { filter: "target_in", field: "target", many: true })
        .together(&[Together::Always(&["target", "policy", "group", "user"])])
        .fields(&[
            one(
                "target",
                any(&[
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
                ]),
            )
            .required(),
            one("policy", to("policy")),
            one("group", to("group")),
            one("user", to("user")),
            int("order").required().assume("0").doc("Decides the order of evaluation, never the result."),
            boolean("enabled")
                .default("true")
                .doc("A disabled binding does not count: if none counts, every user passes."),
            boolean("negate").default("false"),
            int("timeout").at_least(0).default("30"),
            boolean("failure_result").default("false"),
        ]),
];
