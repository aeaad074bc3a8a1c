//! What the server makes of a proxy provider: an OAuth2 client whose settings are its own.
//! Must never look at who asks.

use serde_json::{Value, json};

use crate::sandbox::types::Values;
use crate::sandbox::world::{World, text_of};

/// A proxy provider is an OAuth2 client whose settings the server owns.
pub(super) fn settle_proxy(world: &mut World, values: &mut Values, created: bool) {
    const SCOPES: [&str; 5] = [
        "goauthentik.io/providers/oauth2/scope-openid",
        "goauthentik.io/providers/oauth2/scope-profile",
        "goauthentik.io/providers/oauth2/scope-email",
        "goauthentik.io/providers/oauth2/scope-entitlements",
        "goauthentik.io/providers/proxy/scope-proxy",
    ];
    if created {
        values.insert("client_id".into(), world.seed.text(40).into());
        values.insert("client_secret".into(), world.seed.text(128).into());
        for (name, value) in [
            ("access_code_validity", "minutes=1"),
            ("client_type", "confidential"),
            ("issuer_mode", "per_provider"),
            ("sub_mode", "hashed_user_id"),
            ("refresh_token_threshold", "seconds=0"),
            ("logout_method", "backchannel"),
            ("logout_uri", ""),
        ] {
            values.insert(name.into(), value.into());
        }
        values.insert("include_claims_in_id_token".into(), true.into());
    }
    // Set at every save, and no part of its own API.
    if !world.facts.keeps_first_redirect() {
        values.insert(
            "grant_types".into(),
            json!(["authorization_code", "client_credentials", "password"]),
        );
    }
    let chosen = values
        .get("property_mappings")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let forced = SCOPES.iter().filter_map(|managed| {
        let serial = world.holder("PropertyMapping.managed", &(*managed).into())?;
        Some(world.pk_of(serial))
    });
    let mut mappings: Vec<Value> = Vec::new();
    for key in chosen.into_iter().chain(forced) {
        if !mappings.contains(&key) {
            mappings.push(key);
        }
    }
    mappings.sort_by_key(|key| world.resolve("PropertyMapping", key).ok().flatten());
    values.insert("property_mappings".into(), mappings.into());
    let host = text_of(values.get("external_host").unwrap_or(&Value::Null));
    let callback = "X-authentik-auth-callback=true";
    let path = format!(
        "{}/outpost.goauthentik.io/callback?{callback}",
        host.trim_end_matches('/')
    );
    let uris = [path, format!("{host}?{callback}")];
    let told = world.facts.is_from(2026, 5);
    let uri = |url: &String| match told {
        true => {
            json!({ "matching_mode": "strict", "url": url, "redirect_uri_type": "authorization" })
        }
        false => json!({ "matching_mode": "strict", "url": url }),
    };
    let uris: Value = uris.iter().map(uri).collect();
    values.insert("redirect_uris".into(), uris);
}
