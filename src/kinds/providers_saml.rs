//! Providers of SAML and WS-Federation.

use super::shared::{DIGEST_ALGORITHM, NAME_ID_FORMATS, SIGNATURE_ALGORITHM};
use crate::schema::{
    Condition, Format, Kind, Preselected, Requirement, SentTogether, SignOn, V2026_2, V2026_5,
    V2026_8, WEB, boolean, duration, enumeration, ref_to, reference, set, string, variant,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("provider_saml", "providers", "/providers/saml/")
        .model("authentik_providers_saml.samlprovider")
        .in_family("provider", "saml")
        .doc("SAML 2.0.")
        .sign_on(SignOn::Addresses(&[
            // Before 2026.5 the provider says its issuer itself.
            ("issuer", &["url_issuer", "issuer"]),
            ("metadata", &["url_download_metadata"]),
            ("sso_redirect", &["url_sso_redirect"]),
            ("sso_post", &["url_sso_post"]),
            ("sso_init", &["url_sso_init"]),
            ("slo_redirect", &["url_slo_redirect"]),
            ("slo_post", &["url_slo_post"]),
        ]))
        // Judged by the body alone. What signs messages of logout does not count, and how logouts go is not judged.
        .sent_together(&[SentTogether::AllOrNone(&[
            "signing_kp",
            "sign_assertion",
            "sign_response",
        ])])
        .requirements(&[Requirement::one_of(&[
            Condition::HasValue("sign_assertion"),
            Condition::HasValue("sign_response"),
        ])
        .when(&[Condition::HasValue("signing_kp")])])
        .fields(&[
            string("name").required(),
            reference("authentication_flow", "flow"),
            reference("authorization_flow", "flow").required(),
            reference("invalidation_flow", "flow").required(),
            string("acs_url").format(Format::Url(WEB)).required(),
            duration("assertion_valid_not_before").default(r#""minutes=-5""#),
            duration("assertion_valid_not_on_or_after").default(r#""minutes=5""#),
            string("audience").default(r#""""#),
            reference("authn_context_class_ref_mapping", "property_mapping")
                .allowed_kinds(&["property_mapping_saml"]),
            enumeration("default_name_id_policy", NAME_ID_FORMATS)
                .default(r#""urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified""#),
            string("default_relay_state").default(r#""""#),
            enumeration("digest_algorithm", DIGEST_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmlenc#sha256""#),
            reference("encryption_kp", "certificate"),
            string("issuer_override")
                .default(r#""""#)
                .since(V2026_5)
                .counterpart("issuer")
                .doc("Overrides the issuer that authentik makes; `issuer` before 2026.5."),
            enumeration(
                "logout_method",
                &[
                    variant("frontchannel_iframe"),
                    variant("frontchannel_native"),
                    variant("backchannel"),
                ],
            )
            .default(r#""frontchannel_iframe""#),
            reference("name_id_mapping", "property_mapping")
                .allowed_kinds(&["property_mapping_saml"]),
            set("property_mappings", &ref_to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_saml",
                    &["goauthentik.io/providers/saml/*"],
                ),
            ),
            duration("session_valid_not_on_or_after").default(r#""minutes=86400""#),
            boolean("sign_assertion")
                .create_default("true")
                .default("true"),
            boolean("sign_logout_request").default("false"),
            boolean("sign_logout_response")
                .default("false")
                .since(V2026_5),
            boolean("sign_response").default("false"),
            enumeration("signature_algorithm", SIGNATURE_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmldsig-more#rsa-sha256""#),
            reference("signing_kp", "certificate"),
            enumeration("sls_binding", &[variant("redirect"), variant("post")])
                .default(r#""redirect""#),
            string("sls_url").format(Format::Url(WEB)),
            enumeration("sp_binding", &[variant("redirect"), variant("post")])
                .default(r#""redirect""#),
            reference("verification_kp", "certificate"),
            string("issuer")
                .not_blank()
                .default(r#""authentik""#)
                .until(V2026_5)
                .counterpart("issuer_override"),
        ]),
    Kind::new("provider_wsfed", "providers", "/providers/wsfed/")
        .model("authentik_providers_ws_federation.wsfederationprovider")
        .in_family("provider", "wsfed")
        .enterprise()
        .doc("WS-Federation.")
        .also_listed_by("provider_saml")
        .since(V2026_2)
        // As for SAML, but that there is no response to sign.
        .sent_together(&[SentTogether::AllOrNone(&["signing_kp", "sign_assertion"])])
        .requirements(&[
            Requirement::one_of(&[Condition::HasValue("sign_assertion")])
                .when(&[Condition::HasValue("signing_kp")]),
        ])
        .fields(&[
            string("name").required(),
            reference("authentication_flow", "flow"),
            reference("authorization_flow", "flow").required(),
            reference("invalidation_flow", "flow").required(),
            string("reply_url").format(Format::Url(WEB)).required(),
            string("wtrealm").required(),
            duration("assertion_valid_not_before").default(r#""minutes=-5""#),
            duration("assertion_valid_not_on_or_after").default(r#""minutes=5""#),
            reference("authn_context_class_ref_mapping", "property_mapping")
                .allowed_kinds(&["property_mapping_saml"]),
            enumeration("default_name_id_policy", NAME_ID_FORMATS)
                .default(r#""urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified""#),
            enumeration("digest_algorithm", DIGEST_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmlenc#sha256""#),
            reference("encryption_kp", "certificate"),
            reference("name_id_mapping", "property_mapping")
                .allowed_kinds(&["property_mapping_saml"]),
            set("property_mappings", &ref_to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_saml",
                    &["goauthentik.io/providers/saml/*"],
                ),
            ),
            enumeration("saml_version", &[variant("1.1"), variant("2.0")]).since(V2026_8),
            duration("session_valid_not_on_or_after").default(r#""minutes=86400""#),
            boolean("sign_assertion")
                .create_default("true")
                .default("true"),
            boolean("sign_logout_request").default("false"),
            enumeration("signature_algorithm", SIGNATURE_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmldsig-more#rsa-sha256""#),
            reference("signing_kp", "certificate"),
        ]),
];
