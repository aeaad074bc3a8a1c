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
        path || (expression.contains("://") && PROBES.iter().all(|path| address(&path)))
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
    }
}
