//! Sources: other places that know who somebody is.

use super::bindings::BINDINGS;
use crate::schema::{
    Format, Is, Kind, Needs, Together, V2025_12, V2026_8, boolean, json, one, set, text, to, word,
    words,
};

/// Types of which authentik knows no addresses.
const WITHOUT_URLS: &[Is] = &[Is::Word(
    "provider_type",
    &["openidconnect", "mailcow", "okta"],
)];

pub(super) const KINDS: &[Kind] = &[Kind::new("source_oauth", "sources", "/sources/oauth/")
    .model("authentik_sources_oauth.oauthsource")
    .of("source", "oauth")
    .doc("Sign-in through another OAuth or OpenID Connect service.")
    .key_in_url("slug")
    .bindable("pk")
    .children(&[BINDINGS])
    // Judged by the body alone, and empty addresses are filled in again from the well-known document.
    .together(&[Together::Always(&[
        "provider_type",
        "authorization_url",
        "access_token_url",
        "profile_url",
        "oidc_well_known_url",
        "oidc_jwks_url",
        "oidc_jwks",
    ])])
    .needs(&[
        Needs::one_of(&[
            Is::Said("authorization_url"),
            Is::Set("oidc_well_known_url"),
        ])
        .when(WITHOUT_URLS),
        Needs::one_of(&[Is::Said("access_token_url"), Is::Set("oidc_well_known_url")])
            .when(WITHOUT_URLS),
        Needs::one_of(&[Is::Said("profile_url"), Is::Set("oidc_well_known_url")])
            .when(WITHOUT_URLS),
    ])
    .fields(&[
        text("slug").longest_until(50, V2025_12).required(),
        text("name").required(),
        boolean("enabled").default("true"),
        boolean("promoted").since(V2025_12).default("false"),
        text("icon")
            .shows("file")
            .format(Format::Media)
            .since(V2025_12)
            .default(r#""""#),
        one("authentication_flow", to("flow")),
        one("enrollment_flow", to("flow")),
        set("user_property_mappings", &to("property_mapping")),
        set("group_property_mappings", &to("property_mapping")),
        words("policy_engine_mode", &[word("any"), word("all")]).default(r#""any""#),
        words(
            "user_matching_mode",
            &[
                word("identifier"),
                word("email_link"),
                word("email_deny"),
                word("username_link"),
                word("username_deny"),
            ],
        )
        .default(r#""identifier""#),
        words(
            "group_matching_mode",
            &[word("identifier"), word("name_link"), word("name_deny")],
        )
        .default(r#""identifier""#),
        text("user_path_template")
            .filled()
            .default(r#""goauthentik.io/sources/%(slug)s""#),
        words(
            "provider_type",
            &[
                word("apple"),
                word("openidconnect"),
                word("entraid"),
                word("azuread").until(V2026_8),
                word("discord"),
                word("facebook"),
                word("github"),
                word("gitlab"),
                word("google"),
                word("mailcow"),
                word("okta"),
                word("patreon"),
                word("reddit"),
                word("slack").since(V2025_12),
                word("twitch"),
                word("twitter"),
                word("wechat").since(V2025_12),
            ],
        )
        .required(),
        text("consumer_key").required(),
        text("consumer_secret").required().write_only(),
        text("request_token_url")
            .longest_until(255, V2026_8)
            .nullable(),
        text("authorization_url")
            .longest_until(255, V2026_8)
            .nullable()
            .generated(),
        text("access_token_url")
            .longest_until(255, V2026_8)
            .nullable()
            .generated(),
        text("profile_url")
            .longest_until(255, V2026_8)
            .nullable()
            .generated(),
        text("additional_scopes").default(r#""""#),
        words("pkce", &[word("none"), word("plain"), word("S256")]).default(r#""none""#),
        words(
            "authorization_code_auth_method",
            &[word("basic_auth"), word("post_body")],
        )
        .default(r#""basic_auth""#),
        text("oidc_well_known_url")
            .judged("whether its document can be fetched and used")
            .default(r#""""#),
        text("oidc_jwks_url")
            .judged("whether its document can be fetched and used")
            .default(r#""""#),
        json("oidc_jwks").default("{}"),
    ])];
