//! Stages that check or send something, and those that lead elsewhere.

use super::words::MAIL_SERVER;
use crate::schema::{
    Format, Is, Kind, Needs, Preselected, Together, V2025_12, V2026_5, V2026_8, boolean, float,
    int, list, one, one_of, set, span, text, to, word, words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("stage_captcha", "stages", "/stages/captcha/")
        .model("authentik_stages_captcha.captchastage")
        .of("stage", "captcha")
        .doc("Asks for proof that the user is human.")
        .fields(&[
            text("name").required(),
            text("private_key").required().write_only(),
            text("public_key").required(),
            text("api_url")
                .filled()
                .default(r#""https://www.recaptcha.net/recaptcha/api/siteverify""#),
            boolean("error_on_invalid_score").default("true"),
            boolean("interactive").default("false"),
            text("js_url")
                .filled()
                .default(r#""https://www.recaptcha.net/recaptcha/api.js""#),
            words(
                "request_content_type",
                &[
                    word("application/x-www-form-urlencoded"),
                    word("application/json"),
                ],
            )
            .default(r#""application/x-www-form-urlencoded""#)
            .since(V2026_8),
            float("score_max_threshold").default("1.0"),
            float("score_min_threshold").default("0.5"),
        ]),
    Kind::new("stage_email", "stages", "/stages/email/")
        .model("authentik_stages_email.emailstage")
        .of("stage", "email")
        .doc("Sends an e-mail with a link that continues the flow.")
        .fields(&[
            text("name").required(),
            boolean("activate_user_on_success").default("false"),
            text("from_address")
                .longest(254)
                .format(Format::Email)
                .filled()
                .default(r#""system@authentik.local""#),
            text("host")
                .format(Format::Host)
                .filled()
                .default(r#""localhost""#),
            text("password").write_only().default(r#""""#),
            int("port").default("25"),
            span("recovery_cache_timeout").default(r#""minutes=5""#),
            int("recovery_max_attempts").at_least(0).default("5"),
            text("subject").filled().default(r#""authentik""#),
            text("template")
                .judged("whether there is such a template")
                .filled()
                .default(r#""email/password_reset.html""#),
            int("timeout").default("10"),
            span("token_expiry").default(r#""minutes=30""#),
            boolean("use_global_settings")
                .preselected(Preselected::Unless("true", MAIL_SERVER))
                .default("false"),
            boolean("use_ssl").default("false"),
            boolean("use_tls").default("false"),
            text("username").default(r#""""#),
        ]),
    Kind::new("stage_endpoints", "stages", "/stages/endpoints/")
        .model("authentik_endpoints.endpointstage")
        .of("stage", "endpoints")
        .doc("Asks a connector about the device.")
        .since(V2025_12)
        .fields(&[
            text("name").required(),
            one("connector", to("connector")).required(),
            words("mode", &[word("optional"), word("required")]).default(r#""optional""#),
        ]),
    Kind::new("stage_mtls", "stages", "/stages/mtls/")
        .model("authentik_stages_mtls.mutualtlsstage")
        .of("stage", "mtls")
        .enterprise()
        .doc("Asks for a client certificate.")
        .fields(&[
            text("name").required(),
            words(
                "cert_attribute",
                &[word("subject"), word("common_name"), word("email")],
            )
            .preselected(Preselected::Value(r#""email""#))
            .required(),
            words("mode", &[word("optional"), word("required")])
                .preselected(Preselected::Value(r#""optional""#))
                .required(),
            words("user_attribute", &[word("username"), word("email")])
                .preselected(Preselected::Value(r#""email""#))
                .required(),
            set("certificate_authorities", &to("certificate")),
        ]),
    Kind::new("stage_redirect", "stages", "/stages/redirect/")
        .model("authentik_stages_redirect.redirectstage")
        .of("stage", "redirect")
        .doc("Redirects to an address or into another flow.")
        .together(&[Together::Group(&["mode", "target_static", "target_flow"])])
        .needs(&[
            Needs::one_of(&[Is::Set("target_static")]).when(&[Is::Word("mode", &["static"])]),
            Needs::one_of(&[Is::Set("target_flow")]).when(&[Is::Word("mode", &["flow"])]),
        ])
        .fields(&[
            text("name").required(),
            words("mode", &[word("static"), word("flow")]).required(),
            boolean("keep_context").default("true"),
            one("target_flow", to("flow")),
            text("target_static").default(r#""""#),
        ]),
    Kind::new("stage_source", "stages", "/stages/source/")
        .model("authentik_stages_source.sourcestage")
        .of("stage", "source")
        .enterprise()
        .doc("Sends the user through a source and back.")
        .fields(&[
            text("name").required(),
            one("source", to("source")).required().only(&[
                "source_kerberos",
                "source_oauth",
                "source_plex",
                "source_saml",
                "source_telegram",
            ]),
            span("resume_timeout").default(r#""minutes=10""#),
            list(
                "resume_on_match_failures",
                &one_of(&[word("missing_property")]),
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
    .of("stage", "account_lockdown")
    .enterprise()
    .doc("Locks an account down: sessions, tokens, password.")
    .since(V2026_5)
    .fields(&[
        text("name").required(),
        boolean("deactivate_user").default("true"),
        boolean("delete_sessions").default("true"),
        boolean("revoke_tokens").default("true"),
        one("self_service_completion_flow", to("flow")),
        boolean("set_unusable_password").default("true"),
    ]),
];
