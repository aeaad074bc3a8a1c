//! Sources: other places that know who somebody is.

use super::bindings::BINDINGS;
use crate::schema::{
    Condition, Format, Kind, Requirement, SentTogether, V2025_12, V2026_8, boolean, enumeration,
    json, ref_to, reference, set, string, variant,
};

/// Types of which authentik knows no addresses.
const WITHOUT_URLS: &[Condition] = &[Condition::IsOneOf(
    "provider_type",
    &["openidconnect", "mailcow", "okta"],
)];

pub(super) const KINDS: &[Kind] = &[Kind::new("source_oauth", "sources", "/sources/oauth/")
    .model("authentik_sources_oauth.oauthsource")
    .in_family("source", "oauth")
    .doc("Sign-in through another OAuth or OpenID Connect service.")
    .key_in_url("slug")
    .bindable("pk")
    .children(&[BINDINGS])
    // Judged by the body alone, and empty addresses are filled in again from the well-known document.
    .sent_together(&[SentTogether::WithEveryPatch(&[
        "provider_type",
        "authorization_url",
        "access_token_url",
        "profile_url",
        "oidc_well_known_url",
        "oidc_jwks_url",
        "oidc_jwks",
    ])])
    .requirements(&[
        Requirement::one_of(&[
            Condition::IsDeclared("authorization_url"),
            Condition::HasValue("oidc_well_known_url"),
        ])
        .when(WITHOUT_URLS),
        Requirement::one_of(&[
            Condition::IsDeclared("access_token_url"),
            Condition::HasValue("oidc_well_known_url"),
        ])
        .when(WITHOUT_URLS),
        Requirement::one_of(&[
            Condition::IsDeclared("profile_url"),
            Condition::HasValue("oidc_well_known_url"),
        ])
        .when(WITHOUT_URLS),
    ])
    .fields(&[
        string("slug").max_length_until(50, V2025_12).required(),
        string("name").required(),
        boolean("enabled").default("true"),
        boolean("promoted").since(V2025_12).default("false"),
        string("icon")
            .or_reference_to("file")
            .format(Format::Media)
            .since(V2025_12)
            .default(r#""""#),
        reference("authentication_flow", "flow"),
        reference("enrollment_flow", "flow"),
        set("user_property_mappings", &ref_to("property_mapping")),
        set("group_property_mappings", &ref_to("property_mapping")),
        enumeration("policy_engine_mode", &[variant("any"), variant("all")]).default(r#""any""#),
        enumeration(
            "user_matching_mode",
            &[
                variant("identifier"),
                variant("email_link"),
                variant("email_deny"),
                variant("username_link"),
                variant("username_deny"),
            ],
        )
        .default(r#""identifier""#),
        enumeration(
            "group_matching_mode",
            &[
                variant("identifier"),
                variant("name_link"),
                variant("name_deny"),
            ],
        )
        .default(r#""identifier""#),
        string("user_path_template")
            .not_blank()
            .default(r#""goauthentik.io/sources/%(slug)s""#),
        enumeration(
            "provider_type",
            &[
                variant("apple"),
                variant("openidconnect"),
                variant("entraid"),
                variant("azuread").until(V2026_8),
                variant("discord"),
                variant("facebook"),
                variant("github"),
                variant("gitlab"),
                variant("google"),
                variant("mailcow"),
                variant("okta"),
                variant("patreon"),
                variant("reddit"),
                variant("slack").since(V2025_12),
                variant("twitch"),
                variant("twitter"),
                variant("wechat").since(V2025_12),
            ],
        )
        .required(),
        string("consumer_key").required(),
        string("consumer_secret").required().write_only(),
        string("request_token_url")
            .max_length_until(255, V2026_8)
            .nullable(),
        string("authorization_url")
            .max_length_until(255, V2026_8)
            .nullable()
            .generated(),
        string("access_token_url")
            .max_length_until(255, V2026_8)
            .nullable()
            .generated(),
        string("profile_url")
            .max_length_until(255, V2026_8)
            .nullable()
            .generated(),
        string("additional_scopes").default(r#""""#),
        enumeration(
            "pkce",
            &[variant("none"), variant("plain"), variant("S256")],
        )
        .default(r#""none""#),
        enumeration(
            "authorization_code_auth_method",
            &[variant("basic_auth"), variant("post_body")],
        )
        .default(r#""basic_auth""#),
        string("oidc_well_known_url")
            .judged_by_server("whether its document can be fetched and used")
            .default(r#""""#),
        string("oidc_jwks_url")
            .judged_by_server("whether its document can be fetched and used")
            .default(r#""""#),
        json("oidc_jwks").default("{}"),
    ])];
