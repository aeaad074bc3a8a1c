//! Sources that users sign in through: Plex, SAML, Telegram.

use super::bindings::BINDINGS;
use super::shared::{DIGEST_ALGORITHM, NAME_ID_FORMATS, SIGNATURE_ALGORITHM, USER_MATCHING_MODE};
use crate::schema::{
    Condition, Format, Kind, Requirement, SentTogether, Shape, V2025_12, V2026_5, V2026_8, WEB,
    boolean, duration, enumeration, list, ref_to, reference, set, string, variant,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("source_plex", "sources", "/sources/plex/")
        .model("authentik_sources_plex.plexsource")
        .in_family("source", "plex")
        .doc("Sign-in through Plex.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            string("slug").max_length_until(50, V2025_12).required(),
            string("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            string("icon")
                .or_reference_to("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            reference("authentication_flow", "flow"),
            reference("enrollment_flow", "flow"),
            string("plex_token").required().secret(),
            boolean("allow_friends").default("true"),
            list("allowed_servers", &Shape::String).default("[]"),
            string("client_id").not_blank().generated(),
            enumeration(
                "group_matching_mode",
                &[
                    variant("identifier"),
                    variant("name_link"),
                    variant("name_deny"),
                ],
            )
            .default(r#""identifier""#),
            set("group_property_mappings", &ref_to("property_mapping")),
            enumeration("policy_engine_mode", &[variant("all"), variant("any")])
                .default(r#""any""#),
            enumeration("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            string("user_path_template")
                .not_blank()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &ref_to("property_mapping")),
        ]),
    Kind::new("source_saml", "sources", "/sources/saml/")
        .model("authentik_sources_saml.samlsource")
        .in_family("source", "saml")
        .doc("Sign-in through a SAML identity provider.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .sent_together(&[SentTogether::AllOrNone(&[
            "verification_kp",
            "signed_assertion",
            "signed_response",
        ])])
        .requirements(&[Requirement::one_of(&[
            Condition::HasValue("signed_assertion"),
            Condition::HasValue("signed_response"),
        ])
        .when(&[Condition::HasValue("verification_kp")])])
        .fields(&[
            string("slug").max_length_until(50, V2025_12).required(),
            string("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            string("icon")
                .or_reference_to("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            reference("authentication_flow", "flow"),
            reference("pre_authentication_flow", "flow").required(),
            reference("enrollment_flow", "flow"),
            string("sso_url").format(Format::Url(WEB)).required(),
            boolean("allow_idp_initiated").default("false"),
            enumeration(
                "binding_type",
                &[variant("REDIRECT"), variant("POST"), variant("POST_AUTO")],
            )
            .default(r#""REDIRECT""#),
            enumeration("digest_algorithm", DIGEST_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmlenc#sha256""#),
            reference("encryption_kp", "certificate"),
            boolean("force_authn").default("false").since(V2026_5),
            enumeration(
                "group_matching_mode",
                &[
                    variant("identifier"),
                    variant("name_link"),
                    variant("name_deny"),
                ],
            )
            .default(r#""identifier""#),
            set("group_property_mappings", &ref_to("property_mapping")),
            string("issuer_override")
                .default(r#""""#)
                .since(V2026_8)
                .counterpart("issuer"),
            enumeration("name_id_policy", NAME_ID_FORMATS)
                .default(r#""urn:oasis:names:tc:SAML:2.0:nameid-format:persistent""#),
            enumeration("policy_engine_mode", &[variant("all"), variant("any")])
                .default(r#""any""#),
            enumeration("signature_algorithm", SIGNATURE_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmldsig-more#rsa-sha256""#),
            boolean("signed_assertion")
                .create_default("true")
                .default("true"),
            boolean("signed_response").default("false"),
            reference("signing_kp", "certificate"),
            string("slo_url").format(Format::Url(WEB)).nullable(),
            duration("temporary_user_delete_after").default(r#""days=1""#),
            enumeration("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            string("user_path_template")
                .not_blank()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &ref_to("property_mapping")),
            reference("verification_kp", "certificate"),
            // The database wants one where the API does not.
            string("issuer")
                .create_default(r#""""#)
                .until(V2026_8)
                .counterpart("issuer_override"),
        ]),
    Kind::new("source_telegram", "sources", "/sources/telegram/")
        .model("authentik_sources_telegram.telegramsource")
        .in_family("source", "telegram")
        .doc("Sign-in through Telegram.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            string("slug").max_length_until(50, V2025_12).required(),
            string("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            string("icon")
                .or_reference_to("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            reference("authentication_flow", "flow"),
            reference("pre_authentication_flow", "flow").required(),
            reference("enrollment_flow", "flow"),
            string("bot_token").required().write_only(),
            string("bot_username").required(),
            set("group_property_mappings", &ref_to("property_mapping")),
            enumeration("policy_engine_mode", &[variant("all"), variant("any")])
                .default(r#""any""#),
            boolean("request_message_access").default("false"),
            enumeration("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            string("user_path_template")
                .not_blank()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &ref_to("property_mapping")),
        ]),
];
