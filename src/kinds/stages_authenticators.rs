//! Stages in which users set up a second factor.

use super::shared::{MAIL_SERVER, WEBAUTHN_HINTS, WITHHELD};
use crate::schema::{
    Format, Kind, Preselected, V2026_5, V2026_8, boolean, duration, enum_of, enumeration, integer,
    json, list, ref_to, reference, set, string, variant,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new(
        "stage_authenticator_duo",
        "stages",
        "/stages/authenticator/duo/",
    )
    .model("authentik_stages_authenticator_duo.authenticatorduostage")
    .in_family("stage", "authenticator_duo")
    .doc("Sets up Duo.")
    .fields(&[
        string("name").required(),
        string("api_hostname").format(Format::Host).required(),
        string("client_id").required(),
        string("client_secret").required().write_only(),
        string("admin_integration_key").default(r#""""#),
        string("admin_secret_key").write_only().default(r#""""#),
        reference("configure_flow", "flow"),
        string("friendly_name"),
    ]),
    Kind::new(
        "stage_authenticator_email",
        "stages",
        "/stages/authenticator/email/",
    )
    .model("authentik_stages_authenticator_email.authenticatoremailstage")
    .in_family("stage", "authenticator_email")
    .doc("Sets up codes by e-mail.")
    .fields(&[
        string("name").required(),
        reference("configure_flow", "flow"),
        string("friendly_name"),
        string("from_address")
            .max_length(254)
            .format(Format::Email)
            .not_blank()
            .default(r#""system@authentik.local""#),
        string("host")
            .format(Format::Host)
            .not_blank()
            .default(r#""localhost""#),
        string("password")
            .secret()
            .withheld_since(WITHHELD)
            .default(r#""""#),
        integer("port").default("25"),
        string("subject")
            .not_blank()
            .default(r#""authentik Sign-in code""#),
        string("template")
            .not_blank()
            .default(r#""email/email_otp.html""#),
        integer("timeout").default("10"),
        duration("token_expiry").default(r#""minutes=30""#),
        boolean("use_global_settings")
            .preselected(Preselected::Unless("true", MAIL_SERVER))
            .default("false"),
        boolean("use_ssl").default("false"),
        boolean("use_tls").default("false"),
        string("username").default(r#""""#),
    ]),
    Kind::new(
        "stage_authenticator_endpoint_gdtc",
        "stages",
        "/stages/authenticator/endpoint_gdtc/",
    )
    .model("authentik_stages_authenticator_endpoint_gdtc.authenticatorendpointgdtcstage")
    .in_family("stage", "authenticator_endpoint_gdtc")
    .enterprise()
    .doc("Checks the device with Google Chrome Device Trust.")
    .fields(&[
        string("name").required(),
        json("credentials").required().secret(),
        reference("configure_flow", "flow"),
        string("friendly_name"),
    ]),
    Kind::new(
        "stage_authenticator_sms",
        "stages",
        "/stages/authenticator/sms/",
    )
    .model("authentik_stages_authenticator_sms.authenticatorsmsstage")
    .in_family("stage", "authenticator_sms")
    .doc("Sets up codes by SMS.")
    .fields(&[
        string("name").required(),
        string("account_sid").required().secret(),
        string("auth").required().secret().withheld_since(WITHHELD),
        string("from_number").required(),
        enumeration("provider", &[variant("twilio"), variant("generic")])
            .preselected(Preselected::Value(r#""twilio""#))
            .required(),
        string("auth_password")
            .secret()
            .withheld_since(WITHHELD)
            .default(r#""""#),
        enumeration("auth_type", &[variant("basic"), variant("bearer")]).default(r#""basic""#),
        reference("configure_flow", "flow"),
        string("friendly_name"),
        reference("mapping", "property_mapping").allowed_kinds(&["property_mapping_notification"]),
        boolean("verify_only").default("false"),
    ]),
    Kind::new(
        "stage_authenticator_static",
        "stages",
        "/stages/authenticator/static/",
    )
    .model("authentik_stages_authenticator_static.authenticatorstaticstage")
    .in_family("stage", "authenticator_static")
    .doc("Makes recovery codes.")
    .fields(&[
        string("name").required(),
        reference("configure_flow", "flow"),
        string("friendly_name"),
        integer("token_count").at_least(0).default("6"),
        integer("token_length").within(0, 100).default("12"),
    ]),
    Kind::new(
        "stage_authenticator_totp",
        "stages",
        "/stages/authenticator/totp/",
    )
    .model("authentik_stages_authenticator_totp.authenticatortotpstage")
    .in_family("stage", "authenticator_totp")
    .doc("Sets up an authenticator app.")
    .fields(&[
        string("name").required(),
        enumeration("digits", &[variant("6"), variant("8")])
            .preselected(Preselected::Value(r#""6""#))
            .required(),
        reference("configure_flow", "flow"),
        string("friendly_name"),
    ]),
    Kind::new(
        "stage_authenticator_webauthn",
        "stages",
        "/stages/authenticator/webauthn/",
    )
    .model("authentik_stages_authenticator_webauthn.authenticatorwebauthnstage")
    .in_family("stage", "authenticator_webauthn")
    .doc("Sets up a security key or passkey.")
    .fields(&[
        string("name").required(),
        enumeration(
            "authenticator_attachment",
            &[variant("platform"), variant("cross-platform")],
        )
        .nullable(),
        reference("configure_flow", "flow"),
        set("device_type_restrictions", &ref_to("webauthn_device_type")),
        string("friendly_name"),
        list("hints", &enum_of(WEBAUTHN_HINTS))
            .default("[]")
            .since(V2026_5),
        integer("max_attempts").at_least(0).default("0"),
        enumeration(
            "resident_key_requirement",
            &[
                variant("discouraged"),
                variant("preferred"),
                variant("required"),
            ],
        )
        .default(r#""preferred""#),
        enumeration(
            "user_verification",
            &[
                variant("required"),
                variant("preferred"),
                variant("discouraged"),
            ],
        )
        .default(r#""preferred""#),
        boolean("prevent_duplicate_devices")
            .default("true")
            .since(V2026_5)
            .until(V2026_8),
    ]),
];
