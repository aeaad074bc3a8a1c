//! Whether an address that users are sent back to with a sign-in is a safe one. Pure: nothing is asked of anybody.
//!
//! Whoever can choose the address gets the codes of other people, so an expression must hold the host fast.

/// What is wrong with an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weakness {
    /// No browser can be sent there, or should be.
    Unusable(&'static str),
    /// The code travels unencrypted to another machine.
    Unencrypted(&'static str),
    /// The expression fits hosts that nobody meant.
    Loose(&'static str),
}

impl Weakness {
    /// Why, as the end of a sentence.
    pub fn why(self) -> &'static str {
        let (Weakness::Unusable(why) | Weakness::Unencrypted(why) | Weakness::Loose(why)) = self;
        why
    }
}

use Weakness::{Loose, Unencrypted, Unusable};

/// What is wrong with an address, or with an expression for some (`regex`); `None` if nothing is.
pub fn weakness(url: &str, regex: bool) -> Option<Weakness> {
    if regex { expression(url) } else { fixed(url) }
}

fn fixed(url: &str) -> Option<Weakness> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Some(Unusable("it is not absolute"));
    };
    let word = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !word {
        return Some(Unusable("it is not absolute"));
    }
    if rest.contains('#') {
        return Some(Unusable(
            "it has a fragment (#…), which no redirect may have",
        ));
    }
    if url.contains('*') {
        return Some(Unusable(
            "`*` has no special meaning where the matching mode is strict",
        ));
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" if host(rest).is_empty() => Some(Unusable("it has no host")),
        "http" if !is_own(host(rest)) => {
            Some(Unencrypted("the code travels unencrypted; use https"))
        }
        "javascript" | "data" | "vbscript" => Some(Unusable("such an address runs in the browser")),
        // Applications on phones have schemes of their own.
        _ => None,
    }
}

/// An expression has to hold the whole address, as authentik matches it, so anchors change nothing.
fn expression(text: &str) -> Option<Weakness> {
    let text = text.strip_prefix('^').unwrap_or(text);
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => {
            return Some(Loose("the expression does not fix the scheme and the host"));
        }
    };
    if !matches!(
        scheme,
        "https" | "http" | "https?" | "(https|http)" | "(http|https)"
    ) && !plain(scheme)
    {
        return Some(Loose("the expression does not fix the scheme"));
    }
    let host = expression_host(rest);
    if is_own(&host.replace('\\', "")) && !host.contains('|') {
        return None;
    }
    if let Some(why) = loose(host) {
        return Some(Loose(why));
    }
    let weak = scheme != "https" && (scheme.starts_with('(') || scheme.starts_with("http"));
    weak.then_some(Unencrypted("the code may travel unencrypted; use https"))
}

/// Why the host of an expression also fits hosts that nobody meant.
fn loose(host: &str) -> Option<&'static str> {
    let mut chars = host.chars().peekable();
    let (mut inside, mut depth, mut dots) = (false, 0_usize, 0);
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('.') => dots += 1,
                Some('d' | 'w' | '-' | ':') => {}
                _ => {
                    return Some(
                        "the expression does not fix the host: a class of characters in it fits others",
                    );
                }
            },
            '[' if chars.peek() == Some(&'^') => {
                return Some(
                    "the expression does not fix the host: a negated class in it fits others",
                );
            }
            '[' => inside = true,
            ']' => inside = false,
            '.' if !inside => {
                return Some(
                    "a dot of the host is not escaped, so other hosts match as well; write \\.",
                );
            }
            '.' => {
                return Some(
                    "the expression does not fix the host: a class in it includes the dot",
                );
            }
            '(' if !inside => depth += 1,
            ')' if !inside => depth = depth.saturating_sub(1),
            '|' if !inside && depth == 0 => {
                return Some(
                    "the expression has alternatives that end at the host; write one redirect for each",
                );
            }
            _ => {}
        }
    }
    // `https://[a-z]+` alone, or a name below a whole top-level domain.
    let tail = host.rsplit("\\.").next().unwrap_or_default();
    let held = dots > 0 && plain(tail.split([':', '(']).next().unwrap_or_default());
    (!held).then_some("the expression does not fix the end of the host")
}

/// The expression with the dots of its host escaped, and labels in place of what stands for any text.
pub fn tightened(text: &str) -> String {
    let Some((_, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let host = expression_host(rest);
    let mut fixed = String::new();
    let mut before = ' ';
    for c in host.chars() {
        if c == '.' && before != '\\' {
            fixed.push('\\');
        }
        fixed.push(c);
        before = c;
    }
    let label = "[a-z0-9-]";
    text.replacen(
        host,
        &fixed
            .replace(r"\.*", &format!("{label}*"))
            .replace(r"\.+", &format!("{label}+")),
        1,
    )
}

/// The part of an expression up to the path, whose slash may be in no class.
fn expression_host(rest: &str) -> &str {
    let mut inside = false;
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        match c {
            '[' if before != '\\' => inside = true,
            ']' if before != '\\' => inside = false,
            '/' if !inside => return rest[..at].trim_end_matches('\\'),
            _ => {}
        }
        before = c;
    }
    rest.trim_end_matches('$')
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The host after a scheme's colon, with its port.
fn host(rest: &str) -> &str {
    rest.trim_start_matches('/')
        .split(['/', '?'])
        .next()
        .unwrap_or_default()
}

/// Whether a host is the user's own machine.
fn is_own(host: &str) -> bool {
    // Before an `@` stands whom to sign in as, not where.
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let name = match host.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default(),
        None => host.split([':', '(']).next().unwrap_or_default(),
    };
    let numbers: Vec<Option<u8>> = name.split('.').map(|part| part.parse().ok()).collect();
    let loopback = matches!(numbers.as_slice(), [Some(127), Some(_), Some(_), Some(_)]);
    name == "localhost" || name == "::1" || name.ends_with(".localhost") || loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(url: &str, regex: bool) -> &'static str {
        weakness(url, regex).map(Weakness::why).unwrap_or_default()
    }

    #[test]
    fn what_is_safe_passes() {
        for url in [
            "https://wiki.example.org/callback",
            "https://wiki.example.org:8443/callback?x=1",
            "http://localhost:8000/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:9/cb",
            "com.example.app:/oauth",
            "app.immich:///oauth-callback",
        ] {
            assert_eq!(reported(url, false), "", "{url}");
        }
        for url in [
            r"https://wiki\.example\.org/.*",
            r"^https://wiki\.example\.org/callback$",
            r"https://[a-z0-9-]+\.example\.org/callback",
            r"https://wiki\.example\.org(:\d+)?/.*",
            r"http://localhost:\d+/.*",
            r"http://127\.0\.0\.1(:[0-9]+)?/.*",
            r"https://(wiki|docs)\.example\.org/cb",
        ] {
            assert_eq!(reported(url, true), "", "{url}");
        }
    }

    #[test]
    fn what_is_not_is_reported() {
        for (url, says) in [
            ("/callback", "not absolute"),
            ("wiki.example.org/callback", "not absolute"),
            ("*", "not absolute"),
            ("https://", "has no host"),
            ("https://*.example.org/cb", "no special meaning"),
            ("http://wiki.example.org/cb", "unencrypted"),
            ("https://wiki.example.org/#x", "fragment"),
            ("javascript:alert(1)", "runs in the browser"),
        ] {
            assert!(
                reported(url, false).contains(says),
                "{url}: {}",
                reported(url, false)
            );
        }
        for (url, says) in [
            (".*", "scheme and the host"),
            (r".*://wiki\.example\.org/", "fix the scheme"),
            (r"http://wiki\.example\.org/cb", "unencrypted"),
            (r"https?://wiki\.example\.org/cb", "unencrypted"),
            ("https://wiki.example.org/.*", "not escaped"),
            (r"https://.*\.example\.org/cb", "not escaped"),
            (r"https://[^/]+/cb", "negated class"),
            (r"https://\S+/cb", "class of characters"),
            (r"https://[a-z.]+/cb", "includes the dot"),
            (r"https://[a-z]+/cb", "end of the host"),
            (r"https://wiki\.[a-z]+/cb", "end of the host"),
            (r"https://(wiki|.+)\.example\.org/cb", "not escaped"),
            (r"https://wiki\.example\.org|.*", "alternatives"),
        ] {
            assert!(
                reported(url, true).contains(says),
                "{url}: {}",
                reported(url, true)
            );
        }
    }

    #[test]
    fn own_machines_are_only_those() {
        for mine in [
            "http://localhost/",
            "http://127.3.0.1:80/",
            "http://[::1]:80/",
            "http://app.localhost/",
        ] {
            assert_eq!(reported(mine, false), "", "{mine}");
        }
        for other in [
            "http://localhost.example.org/",
            "http://10.0.0.1/",
            "http://localhost@example.org/",
        ] {
            assert!(reported(other, false).contains("unencrypted"), "{other}");
        }
    }

    #[test]
    fn what_is_proposed_is_safe() {
        for (loose, tight) in [
            (
                "https://app.example.org/cb",
                r"https://app\.example\.org/cb",
            ),
            (
                r"https://.*\.example\.org/cb",
                r"https://[a-z0-9-]*\.example\.org/cb",
            ),
            (
                "https://.+.example.org/.*",
                r"https://[a-z0-9-]+\.example\.org/.*",
            ),
        ] {
            assert!(matches!(weakness(loose, true), Some(Loose(_))), "{loose}");
            assert_eq!(tightened(loose), tight);
            assert_eq!(weakness(tight, true), None, "{tight}");
        }
    }
}
