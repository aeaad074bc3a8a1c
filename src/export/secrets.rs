//! Secrets in data of which the table knows nothing: by the key that they stand under, or by their own form.
//!
//! A guess, and a wide one: what is taken for a secret without need becomes a variable, and what is missed stands in a
//! repository.

use serde_json::Value as Json;

use crate::value::Value;

/// How keys end where a secret stands, without what is neither letter nor digit.
const KEYS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "secret",
    "secrets",
    "token",
    "tokens",
    "apikey",
    "apikeys",
    "secretkey",
    "privatekey",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "sharedkey",
    "presharedkey",
    "psk",
    "credential",
    "credentials",
    "authorization",
    "bearer",
    "cookie",
    "webhook",
    "webhookurl",
    "connectionstring",
    "dsn",
    "keytab",
    "kubeconfig",
];

/// Parts of addresses that are secrets as a whole: whoever knows one can post there.
const WEBHOOKS: &[&str] = &[
    "://hooks.slack.com/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    ".webhook.office.com/",
    "://outlook.office.com/webhook",
    "://hooks.zapier.com/",
    "://chat.googleapis.com/v1/spaces/",
    "://api.telegram.org/bot",
    "://maker.ifttt.com/",
];

/// Where an address ends in a text.
const ENDS: &[char] = &['"', '\'', '`', '<', '>', '(', ')', '{', '}', '\\', ','];

/// Whether the key of free data says that a secret stands there.
pub(crate) fn is_secret(key: &str) -> bool {
    let plain: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase();
    KEYS.iter().any(|end| plain.ends_with(end))
}

/// Whether a text is a secret by its form, or holds one: a private key, a signed token, an address with a password, with a
/// secret in its query, or of a webhook.
pub(crate) fn carries_secret(text: &str) -> bool {
    if text.contains("PRIVATE KEY-----") {
        return true;
    }
    text.split(|c: char| c.is_whitespace() || ENDS.contains(&c))
        .any(|word| is_signed(word) || is_telling(word))
}

/// Whether a value holds a secret, by a key in free data or by the form of a text.
pub(crate) fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Secret(_) => true,
        Value::Text(text) => carries_secret(text),
        Value::Json(json) => holds(&json.0),
        Value::List(items) => items.iter().any(holds_secret),
        Value::Set(items) => items.iter().any(holds_secret),
        Value::Record(fields) => fields.values().any(holds_secret),
        _ => false,
    }
}

fn holds(raw: &Json) -> bool {
    match raw {
        Json::String(text) => carries_secret(text),
        Json::Array(items) => items.iter().any(holds),
        Json::Object(fields) => fields
            .iter()
            .any(|(key, raw)| (is_secret(key) && !is_nothing(raw)) || holds(raw)),
        _ => false,
    }
}

/// Whether there is no secret under a key, whatever the key says.
pub(crate) fn is_nothing(raw: &Json) -> bool {
    raw.is_null() || raw.as_str() == Some("")
}

/// A JSON Web Token: three parts, of which the first is a JSON object.
fn is_signed(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let letters = |part: &&str| {
        part.len() >= 16
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    matches!(parts.as_slice(), [head, _, _] if head.starts_with("eyJ")) && parts.iter().all(letters)
}

/// An address with something in it that opens a door.
fn is_telling(word: &str) -> bool {
    let Some((scheme, rest)) = word.split_once("://") else {
        return false;
    };
    let lower = word.to_lowercase();
    if WEBHOOKS.iter().any(|part| lower.contains(part)) {
        return true;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((user, _)) = host.rsplit_once('@') {
        // A user alone is a secret where it can be a token.
        let password = user
            .split_once(':')
            .is_some_and(|(_, password)| !password.is_empty());
        let web = scheme.ends_with("http") || scheme.ends_with("https");
        if !user.is_empty() && (password || web) {
            return true;
        }
    }
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    query
        .split(['&', ';', '#'])
        .filter_map(|pair| pair.split_once('='))
        .any(|(key, value)| {
            // `%(token)s`, `{token}` and `$token` stand for something that comes later.
            !value.is_empty()
                && !value.starts_with(['%', '{', '$', '<'])
                && (is_secret(key) || matches!(key, "key" | "sig"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_say_secret() {
        for key in [
            "password",
            "smtp-password",
            "API_KEY",
            "clientSecret",
            "private-key",
            "webhook_url",
            "Authorization",
        ] {
            assert!(is_secret(key), "{key}");
        }
        for key in [
            "user",
            "public_key",
            "token_ttl",
            "passwordless",
            "webhooks_enabled",
            "key",
            "url",
        ] {
            assert!(!is_secret(key), "{key}");
        }
    }

    #[test]
    fn texts_that_are_secrets_by_their_form() {
        for text in [
            "https://user:pass@host.example/x",
            "ldaps://cn=x:pass@dc.example",
            "https://ghp_0123456789@github.com/x",
            "smtp://u:p@mail",
            "see https://hooks.slack.com/services/T0/B0/xyz for more",
            "https://discord.com/api/webhooks/1/abc",
            "https://api.example.org/x?api_key=abc",
            "https://x.example/?a=b&access_token=abc#x",
            "-----BEGIN RSA PRIVATE KEY-----\nabc",
            "url = \"postgres://app:hunter2@db/app\"",
            "eyJhbGciOiJIUzI1NiJ9x.eyJzdWIiOiIxMjM0NTY3ODkw.SflKxwRJSMeKKF2QT4fwpMeJf36P",
        ] {
            assert!(carries_secret(text), "{text}");
        }
        for text in [
            "https://auth.example.org/callback?state=x",
            "ssh://git@host/x",
            "mailto:user@example.org",
            "https://example.org/a@b",
            "user@example.org: https://example.org",
            "-----BEGIN CERTIFICATE-----",
            "https://x.example/?token=%(token)s",
            "unix:///var/run/docker.sock",
            "a.b.c",
        ] {
            assert!(!carries_secret(text), "{text}");
        }
    }
}
