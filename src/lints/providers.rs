//! How applications learn who their user is: signing keys and the addresses that answers are sent to.

use super::scene::{Scene, Seen};
use crate::diag::{Code, Diagnostic};
use crate::schema::Lint;
use crate::value::{Address, Value};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (address, seen, object) in scene.mine() {
        for lint in seen.kind.lints {
            match lint {
                Lint::Signs { key } if seen.value(key) == Some(Value::Null) => found.push(
                    Diagnostic::warning(
                        Code::NO_SIGNING_KEY,
                        format!("{address} has no signing key, so its JWKS is empty"),
                    )
                    .at(seen.place(key).unwrap_or(object.span), format!("no `{key}`"))
                    .note("tokens are signed with the client secret instead")
                    .help(format!("name a certificate: `{key}: authentik Self-signed Certificate`")),
                ),
                Lint::Redirects { uris, client, confidential } => {
                    let secret = seen.value(client).and_then(|word| Some(word.as_text()? == *confidential));
                    redirects(address, seen, uris, secret, found);
                }
                _ => {}
            }
        }
    }
}

fn redirects(address: &Address, seen: &Seen<'_>, uris: &str, confidential: Option<bool>, found: &mut Vec<Diagnostic>) {
    let Some(Value::List(items)) = seen.value(uris) else { return };
    let Some(span) = seen.place(uris) else { return };
    for item in &items {
        let Value::Record(fields) = item else { continue };
        let text = |name: &str| fields.get(name).and_then(Value::as_text);
        let Some(url) = text("url") else { continue };
        let regex = text("matching_mode") == Some("regex");
        let host = host(url, regex);
        let told = Diagnostic::warning(Code::WEAK_REDIRECT, format!("a redirect URI of {address} can catch sign-ins"));
        let told = match host {
            host if regex && is_loose(host) => told
                .at(span, format!("the expression {url:?} fits hosts that nobody meant"))
                .note("a dot that is not escaped stands for any character, and `.*` for any text")
                .help(format!("use `strict`, or escape the dots: `{}`", escaped(url, host))),
            host if confidential == Some(true) && scheme(url) == Some("http") && !is_loopback(host) => told
                .at(span, format!("{url:?} is plain http"))
                .note("whoever is on the way to it can read the code that signs the user in")
                .help("use https"),
            _ => continue,
        };
        found.push(told);
    }
}

/// `http`, `https`, …; `?` of an expression such as `https?` is taken for the weaker one.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.trim_start_matches('^').split_once("://")?;
    Some(if scheme == "https?" { "http" } else { scheme })
}

/// The part of an address, or of an expression for one, that says which machine is meant.
fn host(url: &str, regex: bool) -> &str {
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest,
        // An expression without a scheme may fit anything.
        None if regex => return url,
        None => return "",
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // In an expression `?` is no query, and a `/` in brackets ends nothing.
    let end = if regex { rest.find('/').unwrap_or(rest.len()) } else { end };
    rest.get(..end).unwrap_or(rest)
}

/// Whether an expression for a host has something in it that stands for any character.
fn is_loose(host: &str) -> bool {
    let mut chars = host.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                // Not-digits, not-words and not-space.
                if let Some('D' | 'W' | 'S') = chars.next() {
                    return true;
                }
            }
            '.' => return true,
            '[' if chars.clone().next() == Some('^') => return true,
            _ => {}
        }
    }
    false
}

/// The expression with the dots of its host escaped.
fn escaped(url: &str, host: &str) -> String {
    let mut fixed = String::new();
    let mut before = ' ';
    for c in host.chars() {
        if c == '.' && before != '\\' {
            fixed.push('\\');
        }
        fixed.push(c);
        before = c;
    }
    // What stands for any text in one label.
    url.replacen(host, &fixed.replace(r"\.*", r"[^./]*").replace(r"\.+", r"[^./]+"), 1)
}

/// Whether an address stays on its own machine.
fn is_loopback(host: &str) -> bool {
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split([':', '(']).next().unwrap_or(host),
    };
    let bare = bare.replace('\\', "");
    let numbers: Vec<Option<u8>> = bare.split('.').map(|part| part.parse().ok()).collect();
    let v4 = matches!(numbers.as_slice(), [Some(127), Some(_), Some(_), Some(_)]);
    bare == "localhost" || bare.ends_with(".localhost") || bare == "::1" || v4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_addresses_and_expressions() {
        assert_eq!(host("https://app.example.org/cb?x=1", false), "app.example.org");
        assert_eq!(host("app.immich:///oauth-callback", false), "");
        assert_eq!(host(r"https://app\.example\.org(:\d+)?/cb", true), r"app\.example\.org(:\d+)?");
        assert_eq!(host(".*", true), ".*");
    }

    #[test]
    fn loose_is_what_fits_other_hosts() {
        for loose in [".*", "app.example.org", r".*\.example\.org", r"[^/]*\.example\.org", r"\S+\.example\.org"] {
            assert!(is_loose(loose), "{loose}");
        }
        for exact in [r"app\.example\.org", r"localhost:\d+", r"app-\d+\.example\.org", "", r"[a-z]+\.example\.org"] {
            assert!(!is_loose(exact), "{exact}");
        }
    }

    #[test]
    fn loopback_is_this_machine() {
        for mine in ["localhost", "localhost:8000", r"localhost:\d+", "127.0.0.1:80", r"127\.0\.0\.1:\d+", "[::1]:80"] {
            assert!(is_loopback(mine), "{mine}");
        }
        for other in ["localhost.example.org", "10.0.0.1", "app.example.org", "localhost@example.org"] {
            assert!(!is_loopback(other), "{other}");
        }
    }

    #[test]
    fn escaping_gives_a_tight_expression() {
        let fix = |url: &str| escaped(url, host(url, true));
        assert_eq!(fix("https://app.example.org/cb"), r"https://app\.example\.org/cb");
        assert!(fix(r"https://.*\.example\.org/cb").starts_with("https://[^./]*"));
    }
}
