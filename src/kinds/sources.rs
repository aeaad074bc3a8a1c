//! Sources: other places that know who somebody is.

use super::bindings::BINDINGS;
use crate::schema::{Kind, Together, V2025_12, V2026_8, boolean, json, one, set, text, to, word, words};

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
    .fields(&[
        text("slug").required(),
        text("name").required(),
        boolean("enabled").default("true"),
        boolean("promoted").since(V2025_12).default("false"),
        text("icon").shows("file").since(V2025_12).default(r#""""#),
        one("authentication_flow", to("flow")),
        one("enrollment_flow", to("flow")),
        set("user_property_mappings", &to("property_mapping")),
        set("group_property_mappings", &to("property_mapping")),
        words("policy_engine_mode", &[word("any"), word("all")]).default(r#""any""#),
        words(
            "user_matching_mode",
            &[word("identifier"), word("email_link"), word("email_deny"), word("username_link"), word("username_deny")],
        )
        .default(r#""identifier""#),
        words("group_matching_mode", &[word("identifier"), word("name_link"), word("name_deny")])
            .default(r#""identifier""#),
        text("user_path_template").filled().default(r#""goauthentik.io/sources/%(slug)s""#),
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
        text("request_token_url").nullable(),
        text("authorization_url").nullable().generated(),
        text("access_token_url").nullable().generated(),
        text("profile_url").nullable().generated(),
        text("additional_scopes").default(r#""""#),
        words("pkce", &[word("none"), word("plain"), word("S256")]).default(r#""none""#),
        words("authorization_code_auth_method", &[word("basic_auth"), word("post_body")]).default(r#""basic_auth""#),
        text("oidc_well_known_url").default(r#""""#),
        text("oidc_jwks_url").default(r#""""#),
        json("oidc_jwks").default("{}"),
    ])];
