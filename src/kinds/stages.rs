//! Stages: the steps that flows are made of.

use super::words::WEBAUTHN_HINTS;
use crate::schema::{
    Is, Kind, Lint, Needs, Power, Together, V2025_12, V2026_5, WayIn, boolean, float, int, list,
    one, one_of, set, span, text, to, word, words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("stage_identification", "stages", "/stages/identification/")
        .model("authentik_stages_identification.identificationstage")
        .of("stage", "identification")
        .model("authentik_stages_identification.identificationstage")
        .way_in(WayIn::Identifies)
        .lints(&[Lint::Embeds("password_stage")])
        .doc("Identifies the user.")
        .together(&[Together::Always(&["user_fields", "sources"])])
        .needs(&[Needs::one_of(&[Is::Set("user_fields"), Is::Set("sources")])])
        .fields(&[
            text("name").required(),
            // The database wants a list where the API does not.
            list(
                "user_fields",
                &one_of(&[word("email"), word("username"), word("upn")]),
            )
            .assume("[]"),
            one("password_stage", to("stage"))
                .only(&["stage_password"])
                .doc("Asks for the password on the same page; the flow must not bind it again."),
            one("captcha_stage", to("stage")).only(&["stage_captcha"]),
            boolean("case_insensitive_matching").default("true"),
            boolean("show_matched_user").default("true"),
            one("enrollment_flow", to("flow")),
            one("recovery_flow", to("flow")),
            one("passwordless_flow", to("flow")),
            set("sources", &to("source")),
            boolean("show_source_labels").default("false"),
            boolean("pretend_user_exists").default("true"),
            boolean("enable_remember_me").default("false"),
            one("webauthn_stage", to("stage"))
                .only(&["stage_authenticator_validate"])
                .since(V2025_12),
        ]),
    Kind::new("stage_password", "stages", "/stages/password/")
        .model("authentik_stages_password.passwordstage")
        .of("stage", "password")
        .doc("Asks for the password.")
        .fields(&[
            text("name").required(),
            list(
                "backends",
                &one_of(&[
                    word("authentik.core.auth.InbuiltBackend"),
                    word("authentik.core.auth.TokenBackend"),
                    word("authentik.sources.ldap.auth.LDAPBackend"),
                    word("authentik.sources.kerberos.auth.KerberosBackend"),
                ]),
            )
            .not_empty()
            .required(),
            one("configure_flow", to("flow")),
            int("failed_attempts_before_cancel").default("5"),
            boolean("allow_show_password").default("false"),
        ]),
    Kind::new("stage_user_login", "stages", "/stages/user_login/")
        .model("authentik_stages_user_login.userloginstage")
        .of("stage", "user_login")
        .model("authentik_stages_user_login.userloginstage")
        .way_in(WayIn::SignsIn)
        .doc("Signs the user in.")
        .fields(&[
            text("name").required(),
            span("session_duration").default(r#""seconds=0""#),
            boolean("terminate_other_sessions").default("false"),
            span("remember_me_offset").default(r#""seconds=0""#),
            words(
                "network_binding",
                &[
                    word("no_binding"),
                    word("bind_asn"),
                    word("bind_asn_network"),
                    word("bind_asn_network_ip"),
                ],
            )
            .default(r#""no_binding""#),
            words(
                "geoip_binding",
                &[
                    word("no_binding"),
                    word("bind_continent"),
                    word("bind_continent_country"),
                    word("bind_continent_country_city"),
                ],
            )
            .default(r#""no_binding""#),
            span("remember_device").default(r#""days=30""#),
        ]),
    Kind::new("stage_user_logout", "stages", "/stages/user_logout/")
        .model("authentik_stages_user_logout.userlogoutstage")
        .of("stage", "user_logout")
        .doc("Signs the user out.")
        .fields(&[text("name").required()]),
    Kind::new("stage_user_write", "stages", "/stages/user_write/")
        .model("authentik_stages_user_write.userwritestage")
        .of("stage", "user_write")
        .powers(&[Power::PutsInto("create_users_group")])
        .doc("Creates or changes the user from what was prompted.")
        .fields(&[
            text("name").required(),
            words(
                "user_creation_mode",
                &[
                    word("never_create"),
                    word("create_when_required"),
                    word("always_create"),
                ],
            )
            .default(r#""create_when_required""#),
            boolean("create_users_as_inactive").default("false"),
            one("create_users_group", to("group")),
            words(
                "user_type",
                &[
                    word("internal"),
                    word("external"),
                    word("service_account"),
                    word("internal_service_account"),
                ],
            )
            .default(r#""external""#),
            text("user_path_template").default(r#""""#),
        ]),
    Kind::new("stage_user_delete", "stages", "/stages/user_delete/")
        .model("authentik_stages_user_delete.userdeletestage")
        .of("stage", "user_delete")
        .doc("Deletes the user.")
        .fields(&[text("name").required()]),
    Kind::new("stage_prompt", "stages", "/stages/prompt/stages/")
        .model("authentik_stages_prompt.promptstage")
        .of("stage", "prompt")
        .doc("Asks for some fields.")
        .fields(&[
            text("name").required(),
            set("fields", &to("prompt"))
                .not_empty()
                .required()
                .doc("Shown in the order of the prompts' own `order`."),
            set("validation_policies", &to("policy")),
        ]),
    Kind::new("stage_invitation", "stages", "/stages/invitation/stages/")
        .model("authentik_stages_invitation.invitationstage")
        .of("stage", "invitation")
        .doc("Lets only people with an invitation continue.")
        .fields(&[
            text("name").required(),
            boolean("continue_flow_without_invitation").default("false"),
        ]),
    Kind::new("stage_consent", "stages", "/stages/consent/")
        .model("authentik_stages_consent.consentstage")
        .of("stage", "consent")
        .doc("Asks the user for consent to share data with an application.")
        .fields(&[
            text("name").required(),
            words(
                "mode",
                &[word("always_require"), word("permanent"), word("expiring")],
            )
            .default(r#""expiring""#),
            span("consent_expire_in").default(r#""weeks=4""#),
        ]),
    Kind::new("stage_deny", "stages", "/stages/deny/")
        .model("authentik_stages_deny.denystage")
        .of("stage", "deny")
        .doc("Ends the flow.")
        .fields(&[
            text("name").required(),
            text("deny_message").default(r#""""#),
        ]),
    Kind::new(
        "stage_authenticator_validate",
        "stages",
        "/stages/authenticator/validate/",
    )
    .model("authentik_stages_authenticator_validate.authenticatorvalidatestage")
    .of("stage", "authenticator_validate")
    .doc("Asks for a second factor.")
    .together(&[Together::Group(&[
        "not_configured_action",
        "configuration_stages",
    ])])
    .needs(&[Needs::one_of(&[Is::Set("configuration_stages")])
        .when(&[Is::Word("not_configured_action", &["configure"])])])
    .fields(&[
        text("name").required(),
        words(
            "not_configured_action",
            &[word("skip"), word("deny"), word("configure")],
        )
        .default(r#""skip""#),
        list(
            "device_classes",
            &one_of(&[
                word("static"),
                word("totp"),
                word("webauthn"),
                word("duo"),
                word("sms"),
                word("email"),
            ]),
        )
        .not_empty(),
        set("configuration_stages", &to("stage")),
        span("last_auth_threshold").default(r#""seconds=0""#),
        words(
            "webauthn_user_verification",
            &[word("required"), word("preferred"), word("discouraged")],
        )
        .default(r#""preferred""#),
        set("webauthn_allowed_device_types", &to("webauthn_device_type")),
        list("webauthn_hints", &one_of(WEBAUTHN_HINTS))
            .since(V2026_5)
            .default("[]"),
        float("email_otp_throttling_factor")
            .since(V2026_5)
            .default("1"),
        float("sms_otp_throttling_factor")
            .since(V2026_5)
            .default("1"),
        float("static_otp_throttling_factor")
            .since(V2026_5)
            .default("1"),
        float("totp_otp_throttling_factor")
            .since(V2026_5)
            .default("1"),
    ]),
    Kind::new("stage_dummy", "stages", "/stages/dummy/")
        .model("authentik_stages_dummy.dummystage")
        .of("stage", "dummy")
        .doc("Does nothing; for tests.")
        .fields(&[
            text("name").required(),
            boolean("throw_error").default("false"),
        ]),
];
