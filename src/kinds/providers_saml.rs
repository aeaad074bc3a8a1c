//! Providers of SAML and WS-Federation.

use super::words::{DIGEST_ALGORITHM, NAME_ID_FORMATS, SIGNATURE_ALGORITHM};
use crate::schema::{
    Format, Is, Kind, Needs, Preselected, SignOn, Together, V2026_2, V2026_5, V2026_8, WEB,
    boolean, one, set, span, text, to, word, words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("provider_saml", "providers", "/providers/saml/")
        .model("authentik_providers_saml.samlprovider")
        .of("provider", "saml")
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
        .together(&[Together::Group(&[
            "signing_kp",
            "sign_assertion",
            "sign_response",
        ])])
        .needs(&[
            Needs::one_of(&[Is::Set("sign_assertion"), Is::Set("sign_response")])
                .when(&[Is::Set("signing_kp")]),
        ])
        .fields(&[
            text("name").required(),
            one("authentication_flow", to("flow")),
            one("authorization_flow", to("flow")).required(),
            one("invalidation_flow", to("flow")).required(),
            text("acs_url").format(Format::Url(WEB)).required(),
            span("assertion_valid_not_before").default(r#""minutes=-5""#),
            span("assertion_valid_not_on_or_after").default(r#""minutes=5""#),
            text("audience").default(r#""""#),
            one("authn_context_class_ref_mapping", to("property_mapping"))
                .only(&["property_mapping_saml"]),
            words("default_name_id_policy", NAME_ID_FORMATS)
                .default(r#""urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified""#),
            text("default_relay_state").default(r#""""#),
            words("digest_algorithm", DIGEST_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmlenc#sha256""#),
            one("encryption_kp", to("certificate")),
            text("issuer_override")
                .default(r#""""#)
                .since(V2026_5)
                .twin("issuer")
                .doc("Overrides the issuer that authentik makes; `issuer` before 2026.5."),
            words(
                "logout_method",
                &[
                    word("frontchannel_iframe"),
                    word("frontchannel_native"),
                    word("backchannel"),
                ],
            )
            .default(r#""frontchannel_iframe""#),
            one("name_id_mapping", to("property_mapping")).only(&["property_mapping_saml"]),
            set("property_mappings", &to("property_mapping")).preselected(Preselected::Managed(
                "property_mapping_saml",
                &["goauthentik.io/providers/saml/*"],
            )),
            span("session_valid_not_on_or_after").default(r#""minutes=86400""#),
            boolean("sign_assertion").assume("true").default("true"),
            boolean("sign_logout_request").default("false"),
            boolean("sign_logout_response")
                .default("false")
                .since(V2026_5),
            boolean("sign_response").default("false"),
            words("signature_algorithm", SIGNATURE_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmldsig-more#rsa-sha256""#),
            one("signing_kp", to("certificate")),
            words("sls_binding", &[word("redirect"), word("post")]).default(r#""redirect""#),
            text("sls_url").format(Format::Url(WEB)),
            words("sp_binding", &[word("redirect"), word("post")]).default(r#""redirect""#),
            one("verification_kp", to("certificate")),
            text("issuer")
                .filled()
                .default(r#""authentik""#)
                .until(V2026_5)
                .twin("issuer_override"),
        ]),
    Kind::new("provider_wsfed", "providers", "/providers/wsfed/")
        .model("authentik_providers_ws_federation.wsfederationprovider")
        .of("provider", "wsfed")
        .enterprise()
        .doc("WS-Federation.")
        .inside("provider_saml")
        .since(V2026_2)
        // As for SAML, but that there is no response to sign.
        .together(&[Together::Group(&["signing_kp", "sign_assertion"])])
        .needs(&[Needs::one_of(&[Is::Set("sign_assertion")]).when(&[Is::Set("signing_kp")])])
        .fields(&[
            text("name").required(),
            one("authentication_flow", to("flow")),
            one("authorization_flow", to("flow")).required(),
            one("invalidation_flow", to("flow")).required(),
            text("reply_url").format(Format::Url(WEB)).required(),
            text("wtrealm").required(),
            span("assertion_valid_not_before").default(r#""minutes=-5""#),
            span("assertion_valid_not_on_or_after").default(r#""minutes=5""#),
            one("authn_context_class_ref_mapping", to("property_mapping"))
                .only(&["property_mapping_saml"]),
            words("default_name_id_policy", NAME_ID_FORMATS)
                .default(r#""urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified""#),
            words("digest_algorithm", DIGEST_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmlenc#sha256""#),
            one("encryption_kp", to("certificate")),
            one("name_id_mapping", to("property_mapping")).only(&["property_mapping_saml"]),
            set("property_mappings", &to("property_mapping")).preselected(Preselected::Managed(
                "property_mapping_saml",
                &["goauthentik.io/providers/saml/*"],
            )),
            words("saml_version", &[word("1.1"), word("2.0")]).since(V2026_8),
            span("session_valid_not_on_or_after").default(r#""minutes=86400""#),
            boolean("sign_assertion").assume("true").default("true"),
            boolean("sign_logout_request").default("false"),
            words("signature_algorithm", SIGNATURE_ALGORITHM)
                .default(r#""http://www.w3.org/2001/04/xmldsig-more#rsa-sha256""#),
            one("signing_kp", to("certificate")),
        ]),
];
