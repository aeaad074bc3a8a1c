//! Expressions for paths that a proxy leaves unprotected. Pure: nothing is asked of anybody.
//!
//! The outpost splits the text at line breaks and looks for each expression anywhere in the path, or in the whole address
//! in mode `forward_domain` (`internal/outpost/proxyv2/application/`), so that an empty line matches everything.

/// Paths that have nothing in common but the slash.
const PROBES: [&str; 5] = ["/", "/a", "/Q7/x_9", "/~z/0.php", "/-/%C3%BC/k"];

/// The expressions of a text, one a line; none of an empty text.
pub fn expressions(text: &str) -> Vec<&str> {
    match text {
        "" => Vec::new(),
        text => text
            .split('\n')
            .map(|line| line.trim_end_matches('\r'))
            .collect(),
    }
}

/// Whether an expression leaves every path unprotected. One that cannot be compiled matches nothing.
pub fn matches_every_path(expression: &str) -> bool {
    let compiled = regex_lite::Regex::new(expression);
    compiled.is_ok_and(|regex| {
        let path = PROBES.iter().all(|path| regex.is_match(path));
        let address = |path: &&str| regex.is_match(&format!("https://h5.example.net{path}"));
        path || (expression.contains("://") && PROBES.iter().all(address))
    })
}

/// The host of an address, with its port and without what may be a secret: the user, the path and the query.
pub fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    (!host.is_empty()).then_some(host)
}

/// The same as it may be shown: services give each customer a name of its own below their domain, which is as good as a
/// key, so that a label in front which nobody would think up is left out.
pub fn shown_host(url: &str) -> Option<String> {
    let host = host_of(url)?;
    let name = host.split(':').next().unwrap_or(host);
    let labels: Vec<&str> = host.split('.').collect();
    let is_number = name
        .split('.')
        .all(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    if is_number || host.starts_with('[') {
        return Some(host.to_owned());
    }
    let front = labels.len().saturating_sub(2);
    let shown = labels.iter().enumerate().map(|(at, label)| {
        let odd = label.len() > LABEL || label.bytes().any(|byte| byte.is_ascii_digit());
        if at < front && odd { "*" } else { *label }
    });
    Some(shown.collect::<Vec<_>>().join("."))
}

/// The longest label that is shown in front of a domain.
const LABEL: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matches_every_path_is_known() {
        for all in [
            "", ".", ".*", "^.*$", "/", "^/", "/.*", "^/.*$", "(.*)", "(?i).*", "^", "$", "/?",
            "[^x]*",
        ] {
            assert!(matches_every_path(all), "{all:?}");
        }
        for some in [
            "^/api",
            "/public/.*",
            "^/$",
            r"\.css$",
            "^/a",
            "(",
            "health",
            "^$",
        ] {
            assert!(!matches_every_path(some), "{some:?}");
        }
        assert!(matches_every_path("https://.*"));
    }

    #[test]
    fn an_empty_line_is_an_expression() {
        assert_eq!(expressions("^/a\n\n^/b"), ["^/a", "", "^/b"]);
        assert_eq!(expressions("^/a\r\n^/b"), ["^/a", "^/b"]);
        assert!(expressions("").is_empty());
    }

    #[test]
    fn a_host_comes_without_what_may_be_secret() {
        for (url, host) in [
            (
                "https://hooks.example.org/services/T0/B0/secret",
                Some("hooks.example.org"),
            ),
            (
                "https://user:secret@h.example.org:8443?token=secret",
                Some("h.example.org:8443"),
            ),
            ("http://h#secret", Some("h")),
            (r"https://h\secret", Some("h")),
            ("secret", None),
            ("https:///secret", None),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
        for (url, host) in [
            ("https://hooks.example.org/x", "hooks.example.org"),
            ("https://eo8f2kq0x.m.pipedream.net/x", "*.m.pipedream.net"),
            ("https://averyveryverylongname.example.org", "*.example.org"),
            ("https://10.1.2.3:8443/x", "10.1.2.3:8443"),
            ("https://[::1]:80/x", "[::1]:80"),
            ("https://box1/x", "box1"),
        ] {
            assert_eq!(shown_host(url).as_deref(), Some(host), "{url}");
        }
    }
}
