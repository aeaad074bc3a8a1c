//! The public documents of an OAuth2 provider: its discovery document and its keys.
//!
//! Must never need a token, nor reveal a secret: only the public half of a key is shown, and the sandbox makes up its
//! numbers.

use serde_json::{Map, Value, json};

use super::request::decode;
use super::types::Serial;
use super::world::{World, text_of};

/// Answers `GET /application/o/SLUG/…`: the document, or `None` where there is no such page. `origin` is how the server
/// was reached, `https://host`.
pub(super) fn answer(world: &World, path: &str, origin: &str) -> Option<Value> {
    let (slug, page) = path.strip_prefix("/application/o/")?.split_once('/')?;
    let slug = decode(slug);
    let mut applications = world.members("/core/applications/");
    let application =
        applications.find(|application| *world.value(*application, "slug") == slug.as_str())?;
    let pk = world.value(application, "provider");
    let provider = world
        .members("/providers/oauth2/")
        .find(|provider| world.pk_of(*provider) == *pk)?;
    match page {
        ".well-known/openid-configuration" => Some(document(world, provider, &slug, origin)),
        "jwks/" => Some(keys(world, provider)),
        _ => None,
    }
}

/// How a key signs, by what it is.
fn algorithm(world: &World, key: Serial) -> (&'static str, &'static str) {
    let field = if world.facts.is_2025_10() {
        "private_key_type"
    } else {
        "key_type"
    };
    match text_of(world.value(key, field)).as_str() {
        "ec" => ("ES256", "EC"),
        _ => ("RS256", "RSA"),
    }
}

fn pair(world: &World, provider: Serial, field: &str) -> Option<Serial> {
    world
        .resolve("CertificateKeyPair", world.value(provider, field))
        .ok()
        .flatten()
}

fn document(world: &World, provider: Serial, slug: &str, origin: &str) -> Value {
    let all = format!("{origin}/application/o");
    let own = format!("{all}/{slug}");
    let shared = *world.value(provider, "issuer_mode") == "global";
    let mappings = world
        .value(provider, "property_mappings")
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut scopes: Vec<String> = mappings
        .iter()
        .filter_map(|pk| world.resolve("ScopeMapping", pk).ok().flatten())
        .map(|mapping| text_of(world.value(mapping, "scope_name")))
        .collect();
    if !scopes.iter().any(|scope| scope == "openid") {
        scopes.push("openid".to_owned());
    }
    // The server evaluates the mappings; here those of a fresh install are known by their scope.
    let mut claims = vec![
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "acr",
        "amr",
        "nonce",
    ];
    for scope in &scopes {
        claims.extend_from_slice(match scope.as_str() {
            "email" => &["email", "email_verified"],
            "profile" => &[
                "name",
                "given_name",
                "preferred_username",
                "nickname",
                "groups",
            ],
            _ => &[],
        });
    }
    let signs = pair(world, provider, "signing_key").map_or("HS256", |key| algorithm(world, key).0);
    let mut document = json!({
        "issuer": if shared { format!("{origin}/") } else { format!("{own}/") },
        "authorization_endpoint": format!("{all}/authorize/"),
        "token_endpoint": format!("{all}/token/"),
        "userinfo_endpoint": format!("{all}/userinfo/"),
        "end_session_endpoint": format!("{own}/end-session/"),
        "introspection_endpoint": format!("{all}/introspect/"),
        "revocation_endpoint": format!("{all}/revoke/"),
        "device_authorization_endpoint": format!("{all}/device/"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "response_types_supported": [
            "code", "id_token", "id_token token", "code token", "code id_token", "code id_token token",
        ],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "jwks_uri": format!("{own}/jwks/"),
        "grant_types_supported": [
            "authorization_code", "refresh_token", "implicit", "client_credentials", "password",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "id_token_signing_alg_values_supported": [signs],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "acr_values_supported": ["goauthentik.io/providers/oauth2/default"],
        "scopes_supported": scopes,
        "request_parameter_supported": false,
        "claims_supported": claims,
        "claims_parameter_supported": false,
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    if pair(world, provider, "encryption_key").is_some() {
        document["id_token_encryption_alg_values_supported"] = json!(["RSA-OAEP-256"]);
        document["id_token_encryption_enc_values_supported"] = json!(["A256CBC-HS512"]);
    }
    document
}

/// Measured on 2026.2.2: without a key there is no `keys` at all, not an empty list.
fn keys(world: &World, provider: Serial) -> Value {
    let mut keys: Vec<Value> = Vec::new();
    for (field, purpose) in [("signing_key", "sig"), ("encryption_key", "enc")] {
        let Some(pair) = pair(world, provider, field) else {
            continue;
        };
        let (alg, sort) = algorithm(world, pair);
        let kid = text_of(&world.pk_of(pair)).replace('-', "");
        let mut key = json!({ "alg": alg, "kid": kid, "kty": sort, "use": purpose });
        match sort {
            "EC" => {
                (key["crv"], key["x"], key["y"]) = ("P-256".into(), kid.clone().into(), kid.into())
            }
            _ => (key["n"], key["e"]) = (kid.into(), "AQAB".into()),
        }
        keys.push(key);
    }
    let mut all = Map::new();
    if !keys.is_empty() {
        all.insert("keys".to_owned(), keys.into());
    }
    Value::Object(all)
}
