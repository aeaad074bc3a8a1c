//! Providers: how an application learns who its user is.

use super::bindings::BINDINGS;
use crate::schema::{
    Children, Field, Find, Format, Is, Items, Kind, Lint, Needs, Power, Preselected, Shape, SignOn,
    Together, V2026_5, V2026_8, WEB, boolean, list, one, one_of, set, span, text, to, word, words,
};

/// An item of `redirect_uris`; a plain text is its URL, matched strictly. The server fills `redirect_uri_type` in
/// inside the list from 2026.5 on.
const REDIRECT_URI: &[Field] = &[
    text("url")
        .required()
        .format(Format::PatternIf("matching_mode", "regex")),
    words("matching_mode", &[word("strict"), word("regex")]).default(r#""strict""#),
    words(
        "redirect_uri_type",
        &[word("authorization"), word("logout")],
    )
    .since(V2026_5)
    .default(r#""authorization""#),
];

/// How clients register themselves.
const REGISTRATION: Children = Children {
    word: "client_registration",
    kind: "oauth2_registration",
    owner: "provider",
    items: Items::One,
};

/// The ways in which a client may ask for a token.
const GRANT_TYPES: Shape = one_of(&[
    word("authorization_code"),
    word("implicit"),
    word("hybrid"),
    word("refresh_token"),
    word("client_credentials"),
    word("password"),
    word("urn:ietf:params:oauth:grant-type:device_code"),
    word("urn:ietf:params:oauth:grant-type:token-exchange").since(V2026_8),
]);

/// The mappings without which an application learns nothing of its user.
const SIGN_IN_SCOPES: &[&str] = &[
    "goauthentik.io/providers/oauth2/scope-openid",
    "goauthentik.io/providers/oauth2/scope-email",
    "goauthentik.io/providers/oauth2/scope-profile",
];

pub(super) const KINDS: &[Kind] = &[
    Kind::new("provider_oauth2", "providers", "/providers/oauth2/")
        .model("authentik_providers_oauth2.oauth2provider")
        .of("provider", "oauth2")
        .lints(&[
            Lint::Signs { key: "signing_key" },
            Lint::Redirects { uris: "redirect_uris", client: "client_type", confidential: "confidential" },
        ])
        .powers(&[
            Power::Public { field: "client_type", word: "public" },
            Power::Redirects("redirect_uris"),
            Power::Trusts("jwt_federation_sources"),
            Power::Trusts("jwt_federation_providers"),
        ])
        .doc("OAuth2 and OpenID Connect.")
        .sign_on(SignOn::Oidc {
            issuer: "issuer_mode",
            shared: "global",
            client: "client_id",
            secret: "client_secret",
            sort: "client_type",
            public: "public",
            redirects: "redirect_uris",
            grants: "grant_types",
        })
        .children(&[REGISTRATION])
        .unique(&[&["client_id"]])
        .needs(&[
            Needs::one_of(&[Is::Set("grant_types")])
                .otherwise("authentik refuses every sign-in and every request for a token")
                .since(V2026_5),
            Needs::one_of(&[Is::Set("redirect_uris")])
                .when(&[Is::Word("grant_types", &["authorization_code", "implicit", "hybrid"])])
                .otherwise("authentik refuses every sign-in through a browser")
                .since(V2026_5),
        ])
        .fields(&[
            text("name").required(),
            one("authentication_flow", to("flow")),
            one("authorization_flow", to("flow")).required(),
            one("invalidation_flow", to("flow")).required(),
            set("property_mappings", &to("property_mapping"))
                .preselected(Preselected::Managed("property_mapping_scope", SIGN_IN_SCOPES)),
            words("client_type", &[word("confidential"), word("public")]).default(r#""confidential""#),
            text("client_id").longest(255).format(Format::Printable).filled().generated(),
            text("client_secret").longest(255).format(Format::Printable).secret().generated(),
            span("access_code_validity").default(r#""minutes=1""#),
            span("access_token_validity").default(r#""hours=1""#),
            span("refresh_token_validity").default(r#""days=30""#),
            span("refresh_token_threshold").default(r#""seconds=0""#),
            boolean("include_claims_in_id_token").default("true"),
            one("signing_key", to("certificate"))
                .doc("Without it tokens are signed with the client secret and the JWKS is empty."),
            one("encryption_key", to("certificate")),
            list("redirect_uris", &Shape::Record(REDIRECT_URI)).required().assume("[]"),
            list("grant_types", &GRANT_TYPES).preselected(Preselected::AllWords).since(V2026_5),
            text("logout_uri").format(Format::Url(WEB)).default(r#""""#),
            words("logout_method", &[word("backchannel"), word("frontchannel")]).default(r#""backchannel""#),
            words(
                "sub_mode",
                &[
                    word("hashed_user_id"),
                    word("user_id"),
                    word("user_uuid"),
                    word("user_username"),
                    word("user_email"),
                    word("user_upn"),
                ],
            )
            .default(r#""hashed_user_id""#),
            words("issuer_mode", &[word("per_provider"), word("global")]).default(r#""per_provider""#),
            set("jwt_federation_sources", &to("source")).only(&["source_oauth"]),
            set("jwt_federation_providers", &to("provider")).only(&["provider_oauth2"]),
        ]),
    Kind::new("oauth2_registration", "", "/providers/oauth2-dcr/")
        .model("authentik_providers_oauth2.oauth2dynamicclientregistration")
        .doc(
            "How OAuth clients register themselves with a provider, and what they get; written under \
             `client_registration` of the provider.",
        )
        .key_of(&["provider"], Find::Owner { filter: "provider", field: "provider", many: false })
        .id("pbm_uuid")
        .bindable("pbm_uuid")
        .children(&[BINDINGS])
        .since(V2026_8)
        .fields(&[
            one("provider", to("provider")).required().only(&["provider_oauth2"]),
            text("default_application_group")
                .default(r#""""#)
                .doc("The heading for applications that are created for registered clients."),
            one("override_authorization_flow", to("flow")).doc("Used by registered clients instead of the provider's."),
            one("override_invalidation_flow", to("flow")).doc("Used by registered clients instead of the provider's."),
            set("override_property_mappings", &to("property_mapping"))
                .doc("Given to registered clients instead of the provider's."),
            span("access_token_validity").default(r#""hours=1""#).doc("The longest validity for registered clients."),
            span("refresh_token_validity").default(r#""days=30""#).doc("The longest validity for registered clients."),
            list("allowed_grant_types", &GRANT_TYPES).doc("All of them if the list is empty."),
            words("policy_engine_mode", &[word("any"), word("all")]).default(r#""any""#),
        ]),
    Kind::new("provider_proxy", "providers", "/providers/proxy/")
        .model("authentik_providers_proxy.proxyprovider")
        .of("provider", "proxy")
        .doc("Puts authentik in front of an application that has no sign-in of its own.")
        .found_by("name__iexact")
        .inside("provider_oauth2")
        .powers(&[
            Power::Unprotected("skip_path_regex"),
            Power::Mode("mode"),
            Power::Switch {
                field: "intercept_header_auth",
                on: true,
                allows: "accepts credentials in the header `Authorization` of requests",
                otherwise: "no longer accepts credentials in the header `Authorization` of requests",
            },
            Power::Switch {
                field: "basic_auth_enabled",
                on: true,
                allows: "sends a name and a password from the user's attributes to the application",
                otherwise: "no longer sends a name and a password to the application",
            },
            Power::Switch {
                field: "internal_host_ssl_validation",
                on: false,
                allows: "no longer verifies the certificate of the application",
                otherwise: "verifies the certificate of the application",
            },
            Power::Trusts("jwt_federation_sources"),
            Power::Trusts("jwt_federation_providers"),
        ])
        .together(&[
            Together::Always(&["mode", "internal_host"]),
            Together::Group(&["basic_auth_enabled", "basic_auth_password_attribute", "basic_auth_user_attribute"]),
        ])
        .needs(&[
            Needs::one_of(&[Is::Set("internal_host")]).when(&[Is::Word("mode", &["proxy"])]),
            Needs::one_of(&[Is::Set("cookie_domain")])
                .when(&[Is::Word("mode", &["forward_domain"])])
                .otherwise("users sign in again on every host"),
            Needs::one_of(&[Is::Set("basic_auth_user_attribute")]).when(&[Is::Set("basic_auth_enabled")]),
            Needs::one_of(&[Is::Set("basic_auth_password_attribute")]).when(&[Is::Set("basic_auth_enabled")]),
        ])
        .fields(&[
            text("name").required(),
            one("authentication_flow", to("flow")),
            one("authorization_flow", to("flow")).required(),
            one("invalidation_flow", to("flow")).required(),
            // Every save adds five managed scope mappings (providers/proxy/models.py).
            set("property_mappings", &to("property_mapping")).server_adds(),
            words("mode", &[word("proxy"), word("forward_single"), word("forward_domain")]).default(r#""proxy""#),
            text("external_host").format(Format::Url(WEB)).required(),
            text("internal_host").format(Format::Url(WEB)).default(r#""""#).doc("Required in mode `proxy`."),
            boolean("internal_host_ssl_validation").default("true"),
            one("certificate", to("certificate")),
            text("skip_path_regex").format(Format::Patterns).default(r#""""#),
            boolean("basic_auth_enabled").default("false"),
            text("basic_auth_password_attribute").default(r#""""#),
            text("basic_auth_user_attribute").default(r#""""#),
            boolean("intercept_header_auth").default("true"),
            text("cookie_domain").default(r#""""#),
            set("jwt_federation_sources", &to("source")).only(&["source_oauth"]),
            set("jwt_federation_providers", &to("provider")).only(&["provider_oauth2"]),
            span("access_token_validity").default(r#""hours=1""#),
            span("refresh_token_validity").default(r#""days=30""#),
        ]),
];
