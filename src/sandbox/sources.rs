//! The types of OAuth sources that the server knows, as far as writes depend on them.
//! Must never reach out to a network: where the real server fetches a provider's well-known
//! document and refuses the write when it cannot, the sandbox accepts and leaves URLs as sent.

use serde_json::{Value, json};

use super::attempt::Write;
use super::types::{Refusal, Verdict, non_field};

/// Types whose URLs the administrator must give.
const CUSTOM: [(&str, &str); 4] = [
    ("openidconnect", "OpenID Connect"),
    ("mailcow", "Mailcow"),
    ("okta", "Okta"),
    ("entraid", "Entra ID"),
];

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

/// A type without URLs of its own wants each of them in every body, that of a PATCH too. Up to 2025.12 the type itself
/// must be in the body, or the server fails.
pub(super) fn check(write: &Write) -> Verdict {
    let values = write.sent;
    let sent = values.get("provider_type").and_then(Value::as_str);
    let stored = write
        .existing
        .and_then(|serial| write.world.value(serial, "provider_type").as_str());
    let kind = match (sent, write.world.facts.source_type_is_demanded()) {
        (None, true) => return Err(Refusal::Crash),
        (sent, _) => sent.or(stored).unwrap_or_default(),
    };
    let needs_urls = ["openidconnect", "mailcow", "okta"].contains(&kind);
    let well_known = values
        .get("oidc_well_known_url")
        .is_some_and(|url| !url.is_null() && *url != "");
    if !needs_urls || well_known {
        return Ok(());
    }
    for url in ["authorization_url", "access_token_url", "profile_url"] {
        if !values.contains_key(url) {
            let title = CUSTOM
                .iter()
                .find(|(name, _)| *name == kind)
                .map_or(kind, |(_, title)| title);
            return Err(non_field(&format!("{url} is required for provider {title}")).into());
        }
    }
    Ok(())
}
