//! Stages that check or send something, and those that lead elsewhere.

use super::shared::MAIL_SERVER;
use crate::schema::{
    Condition, Format, Kind, Preselected, Requirement, SentTogether, V2025_12, V2026_5, V2026_8,
    boolean, duration, enum_of, enumeration, float, integer, list, ref_to, reference, set, string,
    variant,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("stage_captcha", "stages", "/stages/captcha/")
        .model("authentik_stages_captcha.captchastage")
        .in_family("stage", "captcha")
        .doc("Asks for proof that the user is human.")
        .fields(&[
            string("name").required(),
            string("private_key").required().write_only(),
            string("public_key").required(),
            string("api_url")
                .not_blank()
                .default(r#""https://www.recaptcha.net/recaptcha/api/siteverify""#),
            boolean("error_on_invalid_score").default("true"),
            boolean("interactive").default("false"),
            string("js_url")
                .not_blank()
                .default(r#""https://www.recaptcha.net/recaptcha/api.js""#),
            enumeration(
                "request_content_type",
                &[
                    variant("application/x-www-form-urlencoded"),
                    variant("application/json"),
                ],
            )
            .default(r#""application/x-www-form-urlencoded""#)
            .since(V2026_8),
            float("score_max_threshold").default("1.0"),
            float("score_min_threshold").default("0.5"),
        ]),
    Kind::new("stage_email", "stages", "/stages/email/")
        .model("authentik_stages_email.emailstage")
        .in_family("stage", "email")
        .doc("Sends an e-mail with a link that continues the flow.")
        .fields(&[
            string("name").required(),
            boolean("activate_user_on_success").default("false"),
            string("from_address")
                .max_length(254)
                .format(Format::Email)
                .not_blank()
                .default(r#""system@authentik.local""#),
            string("host")
                .format(Format::Host)
                .not_blank()
                .default(r#""localhost""#),
            string("password").write_only().default(r#""""#),
            integer("port").default("25"),
            duration("recovery_cache_timeout").default(r#""minutes=5""#),
            integer("recovery_max_attempts").at_least(0).default("5"),
            string("subject").not_blank().default(r#""authentik""#),
            string("template")
                .judged_by_server("whether there is such a template")
                .not_blank()
                .default(r#""email/password_reset.html""#),
            integer("timeout").default("10"),
            duration("token_expiry").default(r#""minutes=30""#),
            boolean("use_global_settings")
                .preselected(Preselected::Unless("true", MAIL_SERVER))
                .default("false"),
            boolean("use_ssl").default("false"),
            boolean("use_tls").default("false"),
            string("username").default(r#""""#),
        ]),
    Kind::new("stage_endpoints", "stages", "/stages/endpoints/")
        .model("authentik_endpoints.endpointstage")
        .in_family("stage", "endpoints")
        .doc("Asks a connector about the device.")
        .since(V2025_12)
        .fields(&[
            string("name").required(),
            reference("connector", "connector").required(),
            enumeration("mode", &[variant("optional"), variant("required")])
                .default(r#""optional""#),
        ]),
    Kind::new("stage_mtls", "stages", "/stages/mtls/")
        .model("authentik_stages_mtls.mutualtlsstage")
        .in_family("stage", "mtls")
        .enterprise()
        .doc("Asks for a client certificate.")
        .fields(&[
            string("name").required(),
            enumeration(
                "cert_attribute",
                &[variant("subject"), variant("common_name"), variant("email")],
            )
            .preselected(Preselected::Value(r#""email""#))
            .required(),
            enumeration("mode", &[variant("optional"), variant("required")])
                .preselected(Preselected::Value(r#""optional""#))
                .required(),
            enumeration("user_attribute", &[variant("username"), variant("email")])
                .preselected(Preselected::Value(r#""email""#))
                .required(),
            set("certificate_authorities", &ref_to("certificate")),
        ]),
    Kind::new("stage_redirect", "stages", "/stages/redirect/")
        .model("authentik_stages_redirect.redirectstage")
        .in_family("stage", "redirect")
        .doc("Redirects to an address or into another flow.")
        .sent_together(&[SentTogether::AllOrNone(&[
            "mode",
            "target_static",
            "target_flow",
        ])])
        .requirements(&[
            Requirement::one_of(&[Condition::HasValue("target_static")])
                .when(&[Condition::IsOneOf("mode", &["static"])]),
            Requirement::one_of(&[Condition::HasValue("target_flow")])
                .when(&[Condition::IsOneOf("mode", &["flow"])]),
        ])
        .fields(&[
            string("name").required(),
            enumeration("mode", &[variant("static"), variant("flow")]).required(),
            boolean("keep_context").default("true"),
            reference("target_flow", "flow"),
            string("target_static").default(r#""""#),
        ]),
    Kind::new("stage_source", "stages", "/stages/source/")
        .model("authentik_stages_source.sourcestage")
        .in_family("stage", "source")
        .enterprise()
        .doc("Sends the user through a source and back.")
        .fields(&[
            string("name").required(),
            reference("source", "source").required().allowed_kinds(&[
                "source_kerberos",
                "source_oauth",
                "source_plex",
                "source_saml",
                "source_telegram",
            ]),
            duration("resume_timeout").default(r#""minutes=10""#),
            list(
                "resume_on_match_failures",
                &enum_of(&[variant("missing_property")]),
            )
            .default("[]")
            .since(V2026_8)
            .doc("Reasons for not finding the user with which the flow still continues."),
        ]),
    Kind::new(
        "stage_account_lockdown",
        "stages",
        "/stages/account_lockdown/",
    )
    .model("authentik_stages_account_lockdown.accountlockdownstage")
    .in_family("stage", "account_lockdown")
    .enterprise()
    .doc("Locks an account down: sessions, tokens, password.")
    .since(V2026_5)
    .fields(&[
        string("name").required(),
        boolean("deactivate_user").default("true"),
        boolean("delete_sessions").default("true"),
        boolean("revoke_tokens").default("true"),
        reference("self_service_completion_flow", "flow"),
        boolean("set_unusable_password").default("true"),
    ]),
];
