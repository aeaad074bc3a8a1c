//! Flows, and the prompts and invitations that they use.

use super::bindings::{BINDINGS, STAGES};
use super::words::ALWAYS_ENDS;
use crate::schema::{
    Format, Kind, Lint, V2025_12, V2026_2, V2026_5, boolean, int, json, one, text, time, to, word,
    words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("flow", "flows", "/flows/instances/")
        .model("authentik_flows.flow")
        .doc("What happens when somebody signs in, enrolls, recovers an account or signs out: stages in order.")
        .key_in_url("slug")
        .pk_filter("flow_uuid")
        .bindable("policybindingmodel_ptr_id")
        .children(&[BINDINGS, STAGES])
        .lints(&[Lint::Begins { field: "designation", words: &["authentication", "enrollment", "recovery"] }])
        .fields(&[
            text("slug").longest_until(50, V2025_12).required(),
            text("name").required(),
            text("title").required(),
            words(
                "designation",
                &[
                    word("authentication"),
                    word("authorization"),
                    word("invalidation"),
                    word("enrollment"),
                    word("unenrollment"),
                    word("recovery"),
                    word("stage_configuration"),
                ],
            )
            .required(),
            words(
                "authentication",
                &[
                    word("none"),
                    word("require_authenticated"),
                    word("require_unauthenticated"),
                    word("require_superuser"),
                    word("require_redirect"),
                    word("require_outpost"),
                    word("require_token").since(V2026_5),
                ],
            )
            .default(r#""none""#),
            text("background").shows("file").format(Format::Media).since(V2025_12).default(r#""""#),
            boolean("compatibility_mode").default("false"),
            words("denied_action", &[word("message_continue"), word("message"), word("continue")])
                .default(r#""message_continue""#),
            words(
                "layout",
                &[
                    word("stacked"),
                    word("content_left"),
                    word("content_right"),
                    word("sidebar_left"),
                    word("sidebar_right"),
                    word("sidebar_left_frame_background").since(V2026_2),
                    word("sidebar_right_frame_background").since(V2026_2),
                ],
            )
            .default(r#""stacked""#),
            words("policy_engine_mode", &[word("any"), word("all")]).default(r#""any""#),
        ]),
    Kind::new("prompt", "prompts", "/stages/prompt/prompts/")
        .model("authentik_stages_prompt.prompt")
        .doc("One field of a prompt stage.")
        .fields(&[
            text("name").required(),
            text("field_key").required().doc("The key under which the flow's context keeps the answer."),
            text("label").required(),
            words(
                "type",
                &[
                    word("text"),
                    word("text_area"),
                    word("text_read_only"),
                    word("text_area_read_only"),
                    word("username"),
                    word("email"),
                    word("password"),
                    word("number"),
                    word("checkbox"),
                    word("radio-button-group"),
                    word("dropdown"),
                    word("date"),
                    word("date-time"),
                    word("file"),
                    word("separator"),
                    word("hidden"),
                    word("static"),
                    word("ak-locale"),
                    word("alert_info").since(V2026_5),
                    word("alert_warning").since(V2026_5),
                    word("alert_danger").since(V2026_5),
                ],
            )
            .required(),
            boolean("required").default("true"),
            text("placeholder").format(Format::PythonIf("placeholder_expression")).default(r#""""#),
            boolean("placeholder_expression").default("false"),
            text("initial_value").format(Format::PythonIf("initial_value_expression")).default(r#""""#),
            boolean("initial_value_expression").default("false"),
            int("order").default("0"),
            text("sub_text").default(r#""""#),
        ]),
    Kind::new("invitation", "invitations", "/stages/invitation/invitations/")
        .model("authentik_stages_invitation.invitation")
        .doc("A link with which somebody may enroll. Its name is a slug.")
        .slug_key()
        .forced(&[ALWAYS_ENDS])
        .lints(&[Lint::Expires("expires")])
        .fields(&[
            text("name").longest_until(50, V2025_12).required(),
            one("flow", to("flow")),
            time("expires").nullable().generated(),
            boolean("single_use").default("false"),
            json("fixed_data").default("{}"),
        ]),
];
