//! Flows, and the prompts and invitations that they use.

use super::bindings::{BINDINGS, STAGES};
use super::shared::ALWAYS_ENDS;
use crate::schema::{
    Format, Kind, Lint, V2025_12, V2026_2, V2026_5, boolean, enumeration, integer, json, reference,
    string, timestamp, variant,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("flow", "flows", "/flows/instances/")
        .model("authentik_flows.flow")
        .doc("What happens when somebody signs in, enrolls, recovers an account or signs out: stages in order.")
        .key_in_url("slug")
        .pk_filter("flow_uuid")
        .bindable("policybindingmodel_ptr_id")
        .children(&[BINDINGS, STAGES])
        .lints(&[
            Lint::StartsWithoutUser { field: "designation", values: &["authentication", "enrollment", "recovery"] },
        ])
        .fields(&[
            string("slug").max_length_until(50, V2025_12).required(),
            string("name").required(),
            string("title").required(),
            enumeration(
                "designation",
                &[
                    variant("authentication"),
                    variant("authorization"),
                    variant("invalidation"),
                    variant("enrollment"),
                    variant("unenrollment"),
                    variant("recovery"),
                    variant("stage_configuration"),
                ],
            )
            .required(),
            enumeration(
                "authentication",
                &[
                    variant("none"),
                    variant("require_authenticated"),
                    variant("require_unauthenticated"),
                    variant("require_superuser"),
                    variant("require_redirect"),
                    variant("require_outpost"),
                    variant("require_token").since(V2026_5),
                ],
            )
            .default(r#""none""#),
            string("background").or_reference_to("file").format(Format::Media).since(V2025_12).default(r#""""#),
            boolean("compatibility_mode").default("false"),
            enumeration("denied_action", &[variant("message_continue"), variant("message"), variant("continue")])
                .default(r#""message_continue""#),
            enumeration(
                "layout",
                &[
                    variant("stacked"),
                    variant("content_left"),
                    variant("content_right"),
                    variant("sidebar_left"),
                    variant("sidebar_right"),
                    variant("sidebar_left_frame_background").since(V2026_2),
                    variant("sidebar_right_frame_background").since(V2026_2),
                ],
            )
            .default(r#""stacked""#),
            enumeration("policy_engine_mode", &[variant("any"), variant("all")]).default(r#""any""#),
        ]),
    Kind::new("prompt", "prompts", "/stages/prompt/prompts/")
        .model("authentik_stages_prompt.prompt")
        .doc("One field of a prompt stage.")
        .fields(&[
            string("name").required(),
            string("field_key").required().doc("The key under which the flow's context keeps the answer."),
            string("label").required(),
            enumeration(
                "type",
                &[
                    variant("text"),
                    variant("text_area"),
                    variant("text_read_only"),
                    variant("text_area_read_only"),
                    variant("username"),
                    variant("email"),
                    variant("password"),
                    variant("number"),
                    variant("checkbox"),
                    variant("radio-button-group"),
                    variant("dropdown"),
                    variant("date"),
                    variant("date-time"),
                    variant("file"),
                    variant("separator"),
                    variant("hidden"),
                    variant("static"),
                    variant("ak-locale"),
                    variant("alert_info").since(V2026_5),
                    variant("alert_warning").since(V2026_5),
                    variant("alert_danger").since(V2026_5),
                ],
            )
            .required(),
            boolean("required").default("true"),
            string("placeholder").format(Format::PythonIf("placeholder_expression")).default(r#""""#),
            boolean("placeholder_expression").default("false"),
            string("initial_value").format(Format::PythonIf("initial_value_expression")).default(r#""""#),
            boolean("initial_value_expression").default("false"),
            integer("order").default("0"),
            string("sub_text").default(r#""""#),
        ]),
    Kind::new("invitation", "invitations", "/stages/invitation/invitations/")
        .model("authentik_stages_invitation.invitation")
        .doc("A link with which somebody may enroll. Its name is a slug.")
        .slug_key()
        .forced(&[ALWAYS_ENDS])
        .lints(&[Lint::Expiry("expires")])
        .fields(&[
            string("name").max_length_until(50, V2025_12).required(),
            reference("flow", "flow"),
            timestamp("expires").nullable().generated(),
            boolean("single_use").default("false"),
            json("fixed_data").default("{}"),
        ]),
];
