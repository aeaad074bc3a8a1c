//! Sources that users sign in through: Plex, SAML, Telegram.

use super::bindings::BINDINGS;
use super::words::{DIGEST_ALGORITHM, NAME_ID_FORMATS, SIGNATURE_ALGORITHM, USER_MATCHING_MODE};
use crate::schema::{
    Format, Is, Kind, Needs, Shape, Together, V2025_12, V2026_5, V2026_8, WEB, boolean, list, one,
    set, span, text, to, word, words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("source_plex", "sources", "/sources/plex/")
        .model("authentik_sources_plex.plexsource")
        .of("source", "plex")
        .doc("Sign-in through Plex.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            text("slug").longest_until(50, V2025_12).required(),
            text("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            text("icon")
                .shows("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            one("authentication_flow", to("flow")),
            one("enrollment_flow", to("flow")),
            text("plex_token").required().secret(),
            boolean("allow_friends").default("true"),
            list("allowed_servers", &Shape::Text).default("[]"),
            text("client_id").filled().generated(),
            words(
                "group_matching_mode",
                &[word("identifier"), word("name_link"), word("name_deny")],
            )
            .default(r#""identifier""#),
            set("group_property_mappings", &to("property_mapping")),
            words("policy_engine_mode", &[word("all"), word("any")]).default(r#""any""#),
            words("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            text("user_path_template")
                .filled()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &to("property_mapping")),
        ]),
    Kind::new("source_saml", "sources", "/sources/saml/")
        .model("authentik_sources_saml.samlsource")
        .of("source", "saml")
        .doc("Sign-in through a SAML identity provider.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .together(&[Together::Group(&[
            "verification_kp",
            "signed_assertion",
            "signed_response",
        ])])
        .needs(&[
            Needs::one_of(&[Is::Set("signed_assertion"), Is::Set("signed_response")])
                .when(&[Is::Set("verification_kp")]),
        ])
        .fields(&[
            text("slug").longest_until(50, V2025_12).required(),
            text("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            text("icon")
                .shows("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            one("authentication_flow", to("flow")),
            one("pre_authentication_flow", to("flow")).required(),
            one("enrollment_flow", to("flow")),
            text("sso_url").format(Format::Url(WEB)).required(),
            boolean("allow_idp_initiated").default("false"),
            words(
                "binding_type",
                &[word("REDIRECT"), word("POST"), word("POST_AUTO")],
            )
            .default(r#""REDIRECT""#),
            words("digest_algorithm", DIGEST_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmlenc#sha256""#),
            one("encryption_kp", to("certificate")),
            boolean("force_authn").default("false").since(V2026_5),
            words(
                "group_matching_mode",
                &[word("identifier"), word("name_link"), word("name_deny")],
            )
            .default(r#""identifier""#),
            set("group_property_mappings", &to("property_mapping")),
            text("issuer_override")
                .default(r#""""#)
                .since(V2026_8)
                .twin("issuer"),
            words("name_id_policy", NAME_ID_FORMATS)
                .default(r#""urn:oasis:names:tc:SAML:2.0:nameid-format:persistent""#),
            words("policy_engine_mode", &[word("all"), word("any")]).default(r#""any""#),
            words("signature_algorithm", SIGNATURE_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmldsig-more#rsa-sha256""#),
            boolean("signed_assertion").assume("true").default("true"),
            boolean("signed_response").default("false"),
            one("signing_kp", to("certificate")),
            text("slo_url").format(Format::Url(WEB)).nullable(),
            span("temporary_user_delete_after").default(r#""days=1""#),
            words("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            text("user_path_template")
                .filled()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &to("property_mapping")),
            one("verification_kp", to("certificate")),
            // The database wants one where the API does not.
            text("issuer")
                .assume(r#""""#)
                .until(V2026_8)
                .twin("issuer_override"),
        ]),
    Kind::new("source_telegram", "sources", "/sources/telegram/")
        .model("authentik_sources_telegram.telegramsource")
        .of("source", "telegram")
        .doc("Sign-in through Telegram.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            text("slug").longest_until(50, V2025_12).required(),
            text("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            text("icon")
                .shows("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            one("authentication_flow", to("flow")),
            one("pre_authentication_flow", to("flow")).required(),
            one("enrollment_flow", to("flow")),
            text("bot_token").required().write_only(),
            text("bot_username").required(),
            set("group_property_mappings", &to("property_mapping")),
            words("policy_engine_mode", &[word("all"), word("any")]).default(r#""any""#),
            boolean("request_message_access").default("false"),
            words("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            text("user_path_template")
                .filled()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &to("property_mapping")),
        ]),
];
