//! Whether the addresses that users may be sent back to are safe ones. Pure: nothing is asked of anybody.
//!
//! Whoever can choose the address gets the codes of other people, so a pattern must hold the host fast.

use super::Redirect;

/// What is wrong with one of them; `None` if nothing is.
pub(super) fn wrong(redirect: &Redirect) -> Option<String> {
    let why = if redirect.regex { pattern(&redirect.url) } else { fixed(&redirect.url) };
    why.map(|why| format!("{}: {why}", redirect.url))
}

fn fixed(url: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = url.split_once(':') else { return Some("it is not absolute") };
    let word = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !word {
        return Some("it is not absolute");
    }
    if rest.contains('#') {
        return Some("it has a fragment (#…), which no redirect may have");
    }
    if url.contains('*') {
        return Some("`*` stands for itself where the matching mode is strict");
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" if host(rest).is_empty() => Some("it names no host"),
        "http" if !is_own(host(rest)) => Some("the code travels unencrypted; use https"),
        "javascript" | "data" | "vbscript" => Some("such an address runs in the browser"),
        // Applications on phones have schemes of their own.
        _ => None,
    }
}

/// A pattern has to hold the whole address, as authentik matches it, so anchors change nothing.
fn pattern(text: &str) -> Option<&'static str> {
    let text = text.strip_prefix('^').unwrap_or(text);
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => return Some("the pattern does not hold the scheme and the host"),
    };
    if !matches!(scheme, "https" | "http" | "https?" | "(https|http)" | "(http|https)") && !plain(scheme) {
        return Some("the pattern does not hold the scheme");
    }
    let host = pattern_host(rest);
    let own = is_own(&host.replace('\\', ""));
    let weak = scheme.starts_with('(') || scheme.starts_with("http");
    if scheme != "https" && weak && !own {
        return Some("the code may travel unencrypted; use https");
    }
    if own {
        return None;
    }
    let mut chars = host.chars().peekable();
    let mut inside = false;
    let mut dots = 0;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('.') => dots += 1,
                Some('d' | '-' | ':') => {}
                _ => return Some("the pattern does not hold the host: a class of characters in it fits others"),
            },
            '[' if chars.peek() == Some(&'^') => {
                return Some("the pattern does not hold the host: a negated class in it fits others");
            }
            '[' => inside = true,
            ']' => inside = false,
            '.' if !inside => {
                return Some("a dot of the host is not escaped, so other hosts fit as well; write \\.");
            }
            '.' => return Some("the pattern does not hold the host: a class in it takes in the dot"),
            '|' => return Some("the pattern has alternatives in the host; write one redirect for each"),
            _ => {}
        }
    }
    // `https://[a-z]+` alone, or a name below a whole top-level domain.
    let tail = host.rsplit("\\.").next().unwrap_or_default();
    if dots == 0 || !plain(tail.split([':', '(']).next().unwrap_or_default()) {
        return Some("the pattern does not hold the end of the host");
    }
    None
}

/// The part of a pattern up to the path, whose slash may be in no class.
fn pattern_host(rest: &str) -> &str {
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
    rest.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default()
}

/// Whether a host is the user's own machine.
fn is_own(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.trim_end_matches('(');
    matches!(name, "localhost" | "127.0.0.1" | "::1") || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str, regex: bool) -> String {
        wrong(&Redirect { url: url.to_owned(), regex }).unwrap_or_default()
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
            assert_eq!(told(url, false), "", "{url}");
        }
        for url in [
            r"https://wiki\.example\.org/.*",
            r"^https://wiki\.example\.org/callback$",
            r"https://[a-z0-9-]+\.example\.org/callback",
            r"https://wiki\.example\.org(:\d+)?/.*",
            r"http://localhost:\d+/.*",
            r"http://127\.0\.0\.1(:[0-9]+)?/.*",
        ] {
            assert_eq!(told(url, true), "", "{url}");
        }
    }

    #[test]
    fn what_is_not_is_told() {
        for (url, says) in [
            ("/callback", "not absolute"),
            ("wiki.example.org/callback", "not absolute"),
            ("*", "not absolute"),
            ("https://", "names no host"),
            ("https://*.example.org/cb", "stands for itself"),
            ("http://wiki.example.org/cb", "unencrypted"),
            ("https://wiki.example.org/#x", "fragment"),
            ("javascript:alert(1)", "runs in the browser"),
        ] {
            assert!(told(url, false).contains(says), "{url}: {}", told(url, false));
        }
        for (url, says) in [
            (".*", "scheme and the host"),
            (r".*://wiki\.example\.org/", "hold the scheme"),
            (r"http://wiki\.example\.org/cb", "unencrypted"),
            (r"https?://wiki\.example\.org/cb", "unencrypted"),
            ("https://wiki.example.org/.*", "not escaped"),
            (r"https://.*\.example\.org/cb", "not escaped"),
            (r"https://[^/]+/cb", "negated class"),
            (r"https://\S+/cb", "class of characters"),
            (r"https://[a-z.]+/cb", "takes in the dot"),
            (r"https://[a-z]+/cb", "end of the host"),
            (r"https://wiki\.[a-z]+/cb", "end of the host"),
            (r"https://(wiki|.+)\.example\.org/cb", "alternatives"),
        ] {
            assert!(told(url, true).contains(says), "{url}: {}", told(url, true));
        }
    }
}
