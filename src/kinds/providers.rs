//! Providers: how an application learns who its user is.

use super::bindings::BINDINGS;
use crate::schema::{
    Children, Condition, Field, Find, Format, Items, Kind, Lint, Power, Preselected, Requirement,
    SentTogether, Shape, SignOn, V2026_5, V2026_8, WEB, boolean, duration, enum_of, enumeration,
    list, ref_to, reference, set, string, variant,
};

/// An item of `redirect_uris`; a plain text is its URL, matched strictly. The server fills `redirect_uri_type` in
/// inside the list from 2026.5 on.
const REDIRECT_URI: &[Field] = &[
    string("url")
        .required()
        .format(Format::PatternIf("matching_mode", "regex")),
    enumeration("matching_mode", &[variant("strict"), variant("regex")]).default(r#""strict""#),
    enumeration(
        "redirect_uri_type",
        &[variant("authorization"), variant("logout")],
    )
    .since(V2026_5)
    .default(r#""authorization""#),
];

/// How clients register themselves.
const REGISTRATION: Children = Children {
    yaml_key: "client_registration",
    kind: "oauth2_registration",
    owner: "provider",
    items: Items::One,
};

/// The ways in which a client may ask for a token.
const GRANT_TYPES: Shape = enum_of(&[
    variant("authorization_code"),
    variant("implicit"),
    variant("hybrid"),
    variant("refresh_token"),
    variant("client_credentials"),
    variant("password"),
    variant("urn:ietf:params:oauth:grant-type:device_code"),
    variant("urn:ietf:params:oauth:grant-type:token-exchange").since(V2026_8),
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
        .in_family("provider", "oauth2")
        .lints(&[
            Lint::SigningKey { key: "signing_key" },
            Lint::RedirectUris { uris: "redirect_uris", client: "client_type", confidential: "confidential" },
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
        .unique_together(&[&["client_id"]])
        .requirements(&[
            Requirement::one_of(&[Condition::HasValue("grant_types")])
                .otherwise("authentik refuses every sign-in and every request for a token")
                .since(V2026_5),
            Requirement::one_of(&[Condition::HasValue("redirect_uris")])
                .when(&[Condition::IsOneOf("grant_types", &["authorization_code", "implicit", "hybrid"])])
                .otherwise("authentik refuses every sign-in through a browser")
                .since(V2026_5),
        ])
        .fields(&[
            string("name").required(),
            reference("authentication_flow", "flow"),
            reference("authorization_flow", "flow").required(),
            reference("invalidation_flow", "flow").required(),
            set("property_mappings", &ref_to("property_mapping"))
                .preselected(Preselected::Managed("property_mapping_scope", SIGN_IN_SCOPES)),
            enumeration("client_type", &[variant("confidential"), variant("public")]).default(r#""confidential""#),
            string("client_id").max_length(255).format(Format::Printable).not_blank().generated(),
            string("client_secret").max_length(255).format(Format::Printable).secret().generated(),
            duration("access_code_validity").default(r#""minutes=1""#),
            duration("access_token_validity").default(r#""hours=1""#),
            duration("refresh_token_validity").default(r#""days=30""#),
            duration("refresh_token_threshold").default(r#""seconds=0""#),
            boolean("include_claims_in_id_token").default("true"),
            reference("signing_key", "certificate")
                .doc("Without it tokens are signed with the client secret and the JWKS is empty."),
            reference("encryption_key", "certificate"),
            list("redirect_uris", &Shape::Record(REDIRECT_URI)).required().create_default("[]"),
            list("grant_types", &GRANT_TYPES).preselected(Preselected::AllVariants).since(V2026_5),
            string("logout_uri").format(Format::Url(WEB)).default(r#""""#),
            enumeration("logout_method", &[
                variant("backchannel"),
                variant("frontchannel"),
            ]).default(r#""backchannel""#),
            enumeration(
                "sub_mode",
                &[
                    variant("hashed_user_id"),
                    variant("user_id"),
                    variant("user_uuid"),
                    variant("user_username"),
                    variant("user_email"),
                    variant("user_upn"),
                ],
            )
            .default(r#""hashed_user_id""#),
            enumeration("issuer_mode", &[variant("per_provider"), variant("global")]).default(r#""per_provider""#),
            set("jwt_federation_sources", &ref_to("source")).allowed_kinds(&["source_oauth"]),
            set("jwt_federation_providers", &ref_to("provider")).allowed_kinds(&["provider_oauth2"]),
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
            reference("provider", "provider").required().allowed_kinds(&["provider_oauth2"]),
            string("default_application_group")
                .default(r#""""#)
                .doc("The heading for applications that are created for registered clients."),
            reference("override_authorization_flow", "flow").doc("Used by registered clients instead of the provider's."),
            reference("override_invalidation_flow", "flow").doc("Used by registered clients instead of the provider's."),
            set("override_property_mappings", &ref_to("property_mapping"))
                .doc("Given to registered clients instead of the provider's."),
            duration("access_token_validity").default(r#""hours=1""#).doc("The longest validity for registered clients."),
            duration("refresh_token_validity").default(r#""days=30""#).doc("The longest validity for registered clients."),
            list("allowed_grant_types", &GRANT_TYPES).doc("All of them if the list is empty."),
            enumeration("policy_engine_mode", &[variant("any"), variant("all")]).default(r#""any""#),
        ]),
    Kind::new("provider_proxy", "providers", "/providers/proxy/")
        .model("authentik_providers_proxy.proxyprovider")
        .in_family("provider", "proxy")
        .doc("Puts authentik in front of an application that has no sign-in of its own.")
        .found_by("name__iexact")
        .also_listed_by("provider_oauth2")
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
        .sent_together(&[
            SentTogether::WithEveryPatch(&["mode", "internal_host"]),
            SentTogether::AllOrNone(&[
                "basic_auth_enabled",
                "basic_auth_password_attribute",
                "basic_auth_user_attribute",
            ]),
        ])
        .requirements(&[
            Requirement::one_of(&[
                Condition::HasValue("internal_host"),
            ]).when(&[Condition::IsOneOf("mode", &["proxy"])]),
            Requirement::one_of(&[Condition::HasValue("cookie_domain")])
                .when(&[Condition::IsOneOf("mode", &["forward_domain"])])
                .otherwise("users sign in again on every host"),
            Requirement::one_of(&[
                Condition::HasValue("basic_auth_user_attribute"),
            ]).when(&[Condition::HasValue("basic_auth_enabled")]),
            Requirement::one_of(&[
                Condition::HasValue("basic_auth_password_attribute"),
            ]).when(&[Condition::HasValue("basic_auth_enabled")]),
        ])
        .fields(&[
            string("name").required(),
            reference("authentication_flow", "flow"),
            reference("authorization_flow", "flow").required(),
            reference("invalidation_flow", "flow").required(),
            // Every save adds five managed scope mappings (providers/proxy/models.py).
            set("property_mappings", &ref_to("property_mapping")).server_adds(),
            enumeration("mode", &[
                variant("proxy"),
                variant("forward_single"),
                variant("forward_domain"),
            ]).default(r#""proxy""#),
            string("external_host").format(Format::Url(WEB)).required(),
            string("internal_host").format(Format::Url(WEB)).default(r#""""#).doc("Required in mode `proxy`."),
            boolean("internal_host_ssl_validation").default("true"),
            reference("certificate", "certificate"),
            string("skip_path_regex").format(Format::Patterns).default(r#""""#),
            boolean("basic_auth_enabled").default("false"),
            string("basic_auth_password_attribute").default(r#""""#),
            string("basic_auth_user_attribute").default(r#""""#),
            boolean("intercept_header_auth").default("true"),
            string("cookie_domain").default(r#""""#),
            set("jwt_federation_sources", &ref_to("source")).allowed_kinds(&["source_oauth"]),
            set("jwt_federation_providers", &ref_to("provider")).allowed_kinds(&["provider_oauth2"]),
            duration("access_token_validity").default(r#""hours=1""#),
            duration("refresh_token_validity").default(r#""days=30""#),
        ]),
];
