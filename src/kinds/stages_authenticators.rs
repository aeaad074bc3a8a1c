//! Stages in which users set up a second factor.

use super::words::{MAIL_SERVER, WEBAUTHN_HINTS, WITHHELD};
use crate::schema::{
    Format, Kind, Preselected, V2026_5, V2026_8, boolean, int, json, list, one, one_of, set, span,
    text, to, word, words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new(
        "stage_authenticator_duo",
        "stages",
        "/stages/authenticator/duo/",
    )
    .model("authentik_stages_authenticator_duo.authenticatorduostage")
    .of("stage", "authenticator_duo")
    .doc("Sets up Duo.")
    .fields(&[
        text("name").required(),
        text("api_hostname").format(Format::Host).required(),
        text("client_id").required(),
        text("client_secret").required().write_only(),
        text("admin_integration_key").default(r#""""#),
        text("admin_secret_key").write_only().default(r#""""#),
        one("configure_flow", to("flow")),
        text("friendly_name"),
    ]),
    Kind::new(
        "stage_authenticator_email",
        "stages",
        "/stages/authenticator/email/",
    )
    .model("authentik_stages_authenticator_email.authenticatoremailstage")
    .of("stage", "authenticator_email")
    .doc("Sets up codes by e-mail.")
    .fields(&[
        text("name").required(),
        one("configure_flow", to("flow")),
        text("friendly_name"),
        text("from_address")
            .longest(254)
            .format(Format::Email)
            .filled()
            .default(r#""system@authentik.local""#),
        text("host")
            .format(Format::Host)
            .filled()
            .default(r#""localhost""#),
        text("password")
            .secret()
            .withheld(WITHHELD)
            .default(r#""""#),
        int("port").default("25"),
        text("subject")
            .filled()
            .default(r#""authentik Sign-in code""#),
        text("template")
            .filled()
            .default(r#""email/email_otp.html""#),
        int("timeout").default("10"),
        span("token_expiry").default(r#""minutes=30""#),
        boolean("use_global_settings")
            .preselected(Preselected::Unless("true", MAIL_SERVER))
            .default("false"),
        boolean("use_ssl").default("false"),
        boolean("use_tls").default("false"),
        text("username").default(r#""""#),
    ]),
    Kind::new(
        "stage_authenticator_endpoint_gdtc",
        "stages",
        "/stages/authenticator/endpoint_gdtc/",
    )
    .model("authentik_stages_authenticator_endpoint_gdtc.authenticatorendpointgdtcstage")
    .of("stage", "authenticator_endpoint_gdtc")
    .enterprise()
    .doc("Checks the device with Google Chrome Device Trust.")
    .fields(&[
        text("name").required(),
        json("credentials").required().secret(),
        one("configure_flow", to("flow")),
        text("friendly_name"),
    ]),
    Kind::new(
        "stage_authenticator_sms",
        "stages",
        "/stages/authenticator/sms/",
    )
    .model("authentik_stages_authenticator_sms.authenticatorsmsstage")
    .of("stage", "authenticator_sms")
    .doc("Sets up codes by SMS.")
    .fields(&[
        text("name").required(),
        text("account_sid").required().secret(),
        text("auth").required().secret().withheld(WITHHELD),
        text("from_number").required(),
        words("provider", &[word("twilio"), word("generic")])
            .preselected(Preselected::Value(r#""twilio""#))
            .required(),
        text("auth_password")
            .secret()
            .withheld(WITHHELD)
            .default(r#""""#),
        words("auth_type", &[word("basic"), word("bearer")]).default(r#""basic""#),
        one("configure_flow", to("flow")),
        text("friendly_name"),
        one("mapping", to("property_mapping")).only(&["property_mapping_notification"]),
        boolean("verify_only").default("false"),
    ]),
    Kind::new(
        "stage_authenticator_static",
        "stages",
        "/stages/authenticator/static/",
    )
    .model("authentik_stages_authenticator_static.authenticatorstaticstage")
    .of("stage", "authenticator_static")
    .doc("Makes recovery codes.")
    .fields(&[
        text("name").required(),
        one("configure_flow", to("flow")),
        text("friendly_name"),
        int("token_count").at_least(0).default("6"),
        int("token_length").within(0, 100).default("12"),
    ]),
    Kind::new(
        "stage_authenticator_totp",
        "stages",
        "/stages/authenticator/totp/",
    )
    .model("authentik_stages_authenticator_totp.authenticatortotpstage")
    .of("stage", "authenticator_totp")
    .doc("Sets up an authenticator app.")
    .fields(&[
        text("name").required(),
        words("digits", &[word("6"), word("8")])
            .preselected(Preselected::Value(r#""6""#))
            .required(),
        one("configure_flow", to("flow")),
        text("friendly_name"),
    ]),
    Kind::new(
        "stage_authenticator_webauthn",
        "stages",
        "/stages/authenticator/webauthn/",
    )
    .model("authentik_stages_authenticator_webauthn.authenticatorwebauthnstage")
    .of("stage", "authenticator_webauthn")
    .doc("Sets up a security key or passkey.")
    .fields(&[
        text("name").required(),
        words(
            "authenticator_attachment",
            &[word("platform"), word("cross-platform")],
        )
        .nullable(),
        one("configure_flow", to("flow")),
        set("device_type_restrictions", &to("webauthn_device_type")),
        text("friendly_name"),
        list("hints", &one_of(WEBAUTHN_HINTS))
            .default("[]")
            .since(V2026_5),
        int("max_attempts").at_least(0).default("0"),
        words(
            "resident_key_requirement",
            &[word("discouraged"), word("preferred"), word("required")],
        )
        .default(r#""preferred""#),
        words(
            "user_verification",
            &[word("required"), word("preferred"), word("discouraged")],
        )
        .default(r#""preferred""#),
        boolean("prevent_duplicate_devices")
            .default("true")
            .since(V2026_5)
            .until(V2026_8),
    ]),
];
