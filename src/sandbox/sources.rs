//! The types of OAuth sources that the server knows, as far as writes depend on them.
//! Must never reach out to a network: where the real server fetches a provider's well-known
//! document and refuses the write when it cannot, the sandbox accepts and leaves URLs as sent.

use serde_json::{Value, json};

use super::validate::{Errors, non_field};
use super::world::Values;

/// Types whose URLs the administrator must give.
const CUSTOM: [(&str, &str); 3] =
    [("openidconnect", "OpenID Connect"), ("mailcow", "Mailcow"), ("entraid", "Entra ID")];

/// The read-only `type` block of an OAuth source. URLs of known providers are left out: they
/// are facts about others, and nothing may be compared with them.
pub(super) fn source_type(kind: &str) -> Value {
    let custom = CUSTOM.iter().find(|(name, _)| *name == kind);
    json!({
        "access_token_url": null,
        "authorization_url": null,
        "name": kind,
        "oidc_jwks_url": null,
        "oidc_well_known_url": null,
        "profile_url": null,
        "request_token_url": null,
        "urls_customizable": custom.is_some(),
        "verbose_name": custom.map_or(kind, |(_, title)| title),
    })
}

/// The server looks the type up in the body only: a PATCH without `provider_type` must carry
/// every URL, and so must a type that has no URLs of its own.
pub(super) fn check(values: &Values) -> Result<(), Errors> {
    let kind = values.get("provider_type").and_then(Value::as_str);
    let needs_urls = kind.is_none_or(|kind| kind == "openidconnect");
    let well_known = values.get("oidc_well_known_url").is_some_and(|url| !url.is_null() && *url != "");
    if !needs_urls || well_known {
        return Ok(());
    }
    for url in ["authorization_url", "access_token_url", "profile_url"] {
        if !values.contains_key(url) {
            let text = format!("{url} is required for provider {}", kind.unwrap_or("Default"));
            return Err(non_field(&text));
        }
    }
    Ok(())
}
