//! Stages: the steps that flows are made of.

use super::shared::WEBAUTHN_HINTS;
use crate::schema::{
    Condition, Kind, Lint, Power, Requirement, SentTogether, V2025_12, V2026_5, WayIn, boolean,
    duration, enum_of, enumeration, float, integer, list, ref_to, reference, set, string, variant,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("stage_identification", "stages", "/stages/identification/")
        .model("authentik_stages_identification.identificationstage")
        .in_family("stage", "identification")
        .way_in(WayIn::Identifies)
        .lints(&[Lint::EmbedsStage("password_stage")])
        .doc("Identifies the user.")
        .sent_together(&[SentTogether::WithEveryPatch(&["user_fields", "sources"])])
        .requirements(&[Requirement::one_of(&[
            Condition::HasValue("user_fields"),
            Condition::HasValue("sources"),
        ])])
        .fields(&[
            string("name").required(),
            // The database wants a list where the API does not.
            list(
                "user_fields",
                &enum_of(&[variant("email"), variant("username"), variant("upn")]),
            )
            .create_default("[]"),
            reference("password_stage", "stage")
                .allowed_kinds(&["stage_password"])
                .doc("Asks for the password on the same page; the flow must not bind it again."),
            reference("captcha_stage", "stage").allowed_kinds(&["stage_captcha"]),
            boolean("case_insensitive_matching").default("true"),
            boolean("show_matched_user").default("true"),
            reference("enrollment_flow", "flow"),
            reference("recovery_flow", "flow"),
            reference("passwordless_flow", "flow"),
            set("sources", &ref_to("source")),
            boolean("show_source_labels").default("false"),
            boolean("pretend_user_exists").default("true"),
            boolean("enable_remember_me").default("false"),
            reference("webauthn_stage", "stage")
                .allowed_kinds(&["stage_authenticator_validate"])
                .since(V2025_12),
        ]),
    Kind::new("stage_password", "stages", "/stages/password/")
        .model("authentik_stages_password.passwordstage")
        .in_family("stage", "password")
        .doc("Asks for the password.")
        .fields(&[
            string("name").required(),
            list(
                "backends",
                &enum_of(&[
                    variant("authentik.core.auth.InbuiltBackend"),
                    variant("authentik.core.auth.TokenBackend"),
                    variant("authentik.sources.ldap.auth.LDAPBackend"),
                    variant("authentik.sources.kerberos.auth.KerberosBackend"),
                ]),
            )
            .not_empty()
            .required(),
            reference("configure_flow", "flow"),
            integer("failed_attempts_before_cancel").default("5"),
            boolean("allow_show_password").default("false"),
        ]),
    Kind::new("stage_user_login", "stages", "/stages/user_login/")
        .model("authentik_stages_user_login.userloginstage")
        .in_family("stage", "user_login")
        .model("authentik_stages_user_login.userloginstage")
        .way_in(WayIn::SignsIn)
        .doc("Signs the user in.")
        .fields(&[
            string("name").required(),
            duration("session_duration").default(r#""seconds=0""#),
            boolean("terminate_other_sessions").default("false"),
            duration("remember_me_offset").default(r#""seconds=0""#),
            enumeration(
                "network_binding",
                &[
                    variant("no_binding"),
                    variant("bind_asn"),
                    variant("bind_asn_network"),
                    variant("bind_asn_network_ip"),
                ],
            )
            .default(r#""no_binding""#),
            enumeration(
                "geoip_binding",
                &[
                    variant("no_binding"),
                    variant("bind_continent"),
                    variant("bind_continent_country"),
                    variant("bind_continent_country_city"),
                ],
            )
            .default(r#""no_binding""#),
            duration("remember_device").default(r#""days=30""#),
        ]),
    Kind::new("stage_user_logout", "stages", "/stages/user_logout/")
        .model("authentik_stages_user_logout.userlogoutstage")
        .in_family("stage", "user_logout")
        .doc("Signs the user out.")
        .fields(&[string("name").required()]),
    Kind::new("stage_user_write", "stages", "/stages/user_write/")
        .model("authentik_stages_user_write.userwritestage")
        .in_family("stage", "user_write")
        .powers(&[Power::PutsInto("create_users_group")])
        .doc("Creates or changes the user from what was prompted.")
        .fields(&[
            string("name").required(),
            enumeration(
                "user_creation_mode",
                &[
                    variant("never_create"),
                    variant("create_when_required"),
                    variant("always_create"),
                ],
            )
            .default(r#""create_when_required""#),
            boolean("create_users_as_inactive").default("false"),
            reference("create_users_group", "group"),
            enumeration(
                "user_type",
                &[
                    variant("internal"),
                    variant("external"),
                    variant("service_account"),
                    variant("internal_service_account"),
                ],
            )
            .default(r#""external""#),
            string("user_path_template").default(r#""""#),
        ]),
    Kind::new("stage_user_delete", "stages", "/stages/user_delete/")
        .model("authentik_stages_user_delete.userdeletestage")
        .in_family("stage", "user_delete")
        .doc("Deletes the user.")
        .fields(&[string("name").required()]),
    Kind::new("stage_prompt", "stages", "/stages/prompt/stages/")
        .model("authentik_stages_prompt.promptstage")
        .in_family("stage", "prompt")
        .doc("Asks for some fields.")
        .fields(&[
            string("name").required(),
            set("fields", &ref_to("prompt"))
                .not_empty()
                .required()
                .doc("Shown in the order of the prompts' own `order`."),
            set("validation_policies", &ref_to("policy")),
        ]),
    Kind::new("stage_invitation", "stages", "/stages/invitation/stages/")
        .model("authentik_stages_invitation.invitationstage")
        .in_family("stage", "invitation")
        .doc("Lets only people with an invitation continue.")
        .fields(&[
            string("name").required(),
            boolean("continue_flow_without_invitation").default("false"),
        ]),
    Kind::new("stage_consent", "stages", "/stages/consent/")
        .model("authentik_stages_consent.consentstage")
        .in_family("stage", "consent")
        .doc("Asks the user for consent to share data with an application.")
        .fields(&[
            string("name").required(),
            enumeration(
                "mode",
                &[
                    variant("always_require"),
                    variant("permanent"),
                    variant("expiring"),
                ],
            )
            .default(r#""expiring""#),
            duration("consent_expire_in").default(r#""weeks=4""#),
        ]),
    Kind::new("stage_deny", "stages", "/stages/deny/")
        .model("authentik_stages_deny.denystage")
        .in_family("stage", "deny")
        .doc("Ends the flow.")
        .fields(&[
            string("name").required(),
            string("deny_message").default(r#""""#),
        ]),
    Kind::new(
        "stage_authenticator_validate",
        "stages",
        "/stages/authenticator/validate/",
    )
    .model("authentik_stages_authenticator_validate.authenticatorvalidatestage")
    .in_family("stage", "authenticator_validate")
    .doc("Asks for a second factor.")
    .sent_together(&[SentTogether::AllOrNone(&[
        "not_configured_action",
        "configuration_stages",
    ])])
    .requirements(&[
        Requirement::one_of(&[Condition::HasValue("configuration_stages")])
            .when(&[Condition::IsOneOf("not_configured_action", &["configure"])]),
    ])
    .fields(&[
        string("name").required(),
        enumeration(
            "not_configured_action",
            &[variant("skip"), variant("deny"), variant("configure")],
        )
        .default(r#""skip""#),
        list(
            "device_classes",
            &enum_of(&[
                variant("static"),
                variant("totp"),
                variant("webauthn"),
                variant("duo"),
                variant("sms"),
                variant("email"),
            ]),
        )
        .not_empty(),
        set("configuration_stages", &ref_to("stage")),
        duration("last_auth_threshold").default(r#""seconds=0""#),
        enumeration(
            "webauthn_user_verification",
            &[
                variant("required"),
                variant("preferred"),
                variant("discouraged"),
            ],
        )
        .default(r#""preferred""#),
        set(
            "webauthn_allowed_device_types",
            &ref_to("webauthn_device_type"),
        ),
        list("webauthn_hints", &enum_of(WEBAUTHN_HINTS))
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
        .in_family("stage", "dummy")
        .doc("Does nothing; for tests.")
        .fields(&[
            string("name").required(),
            boolean("throw_error").default("false"),
        ]),
];
