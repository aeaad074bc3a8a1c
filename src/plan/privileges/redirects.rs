//! Addresses that sign-ins are sent to: which of them are wider than before.

use std::collections::BTreeSet;

use super::Severity;
use crate::value::{Value, Weakness, host_of, weakness};

/// An address.
struct Uri<'v> {
    url: &'v str,
    regex: bool,
}

/// An address that is new and wider than those before.
pub(super) struct Wider {
    pub url: String,
    pub severity: Severity,
    /// Why, as the end of a sentence.
    pub why: &'static str,
}

/// The addresses of a provider that let sign-ins go where they did not before. Of a new provider (`before` is `None`)
/// only those that can be misused.
pub(super) fn wider(before: Option<&Value>, after: &Value) -> Vec<Wider> {
    let is_new = before.is_none();
    let before = before.map(uris).unwrap_or_default();
    let hosts: BTreeSet<&str> = before.iter().filter_map(|uri| host_of(uri.url)).collect();
    let mut found = Vec::new();
    for uri in uris(after) {
        let known = |other: &Uri<'_>| other.url == uri.url && other.regex == uri.regex;
        if before.iter().any(known) {
            continue;
        }
        let weak = weakness(uri.url, uri.regex);
        let (severity, why) = match weak {
            Some(Weakness::Loose(why)) => (Severity::Critical, why),
            Some(Weakness::Unencrypted(why)) => (Severity::Warning, why),
            _ if is_new => continue,
            _ if uri.regex && before.iter().any(|other| other.url == uri.url) => (
                Severity::Warning,
                "it was matched strictly, and is a regular expression now",
            ),
            _ if uri.regex => (Severity::Warning, "it is a regular expression"),
            _ if host_of(uri.url).is_none_or(|host| !hosts.contains(host)) => {
                (Severity::Warning, "no other redirect URI had this host")
            }
            _ => (Severity::Info, "it is another address of the same host"),
        };
        found.push(Wider {
            url: uri.url.to_owned(),
            severity,
            why,
        });
    }
    found
}

fn uris(value: &Value) -> Vec<Uri<'_>> {
    let items = match value {
        Value::List(items) => items.as_slice(),
        _ => &[],
    };
    let mut all = Vec::new();
    for item in items {
        let Value::Record(fields) = item else {
            continue;
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_text);
        if let Some(url) = text("url") {
            all.push(Uri {
                url,
                regex: text("matching_mode") == Some("regex"),
            });
        }
    }
    all
}
