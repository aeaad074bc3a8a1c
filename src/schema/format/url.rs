//! URLs by the rules of authentik (lib/models.py) and of Django (core/validators.py), which it inherits.
//!
//! A host in another script than Latin is taken: Django looks at it as ASCII in the end, which is not worked out here.

use core::net::{Ipv4Addr, Ipv6Addr};

/// The longest URL that Django takes.
const LONGEST: usize = 2048;

/// A URL with one of some schemes whose host needs no domain.
pub(super) fn domainless(text: &str, schemes: &[&str]) -> Result<(), String> {
    let host = split(text, schemes)?;
    match is_host(host) {
        true => Ok(()),
        false => Err(unusable(host)),
    }
}

/// The same, with placeholders for Python's `%` in the host.
pub(super) fn formatted(text: &str, schemes: &[&str]) -> Result<(), String> {
    let host = split(text, schemes)?;
    let placeholder = |c: char| c.is_ascii_alphabetic() || "%()".contains(c);
    let ends = host
        .char_indices()
        .take_while(|(_, c)| placeholder(*c))
        .map(|(at, c)| at + c.len_utf8());
    match std::iter::once(0)
        .chain(ends)
        .any(|at| is_host(&host[at..]))
    {
        true => Ok(()),
        false => Err(unusable(host)),
    }
}

/// A URL by Django's own rule: with a domain that ends in a word, or `localhost`, or an address of the internet.
pub(super) fn public(text: &str) -> Result<(), String> {
    let host = split(text, &["http", "https", "ftp", "ftps"])?;
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit_once('.').map(|(_, last)| last);
    let word = |last: &str| last.len() > 1 && last.chars().all(|c| c.is_alphabetic() || c == '-');
    let ends_well = last.is_some_and(|last| word(last) || last.starts_with("xn--"));
    match is_host(host) && (host == "localhost" || is_address(host) || ends_well) {
        true => Ok(()),
        false => Err(unusable(host)),
    }
}

fn unusable(host: &str) -> String {
    let why = if host.is_empty() {
        "it has no host"
    } else {
        "authentik does not accept its host"
    };
    why.to_owned()
}

/// The host of a URL, without the user, the port and the path; refuses what is wrong with the rest.
fn split<'t>(text: &'t str, schemes: &[&str]) -> Result<&'t str, String> {
    if text.len() > LONGEST {
        return Err(format!("it has more than {LONGEST} characters"));
    }
    if text.contains(char::is_whitespace) {
        return Err("it contains white space".to_owned());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(format!(
            "it does not begin with {}",
            super::schemed(schemes)
        ));
    };
    if !schemes.contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(format!(
            "it does not begin with {}",
            super::schemed(schemes)
        ));
    }
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // One user, and perhaps a password: the sign between them and the host stands once.
    let place = match place.split_once('@') {
        Some((user, place))
            if !user.is_empty() && user.matches(':').count() <= 1 && !user.starts_with(':') =>
        {
            place
        }
        Some(_) => return Err("the part before the `@` is not a user".to_owned()),
        None => place,
    };
    let port = match place.rfind(']') {
        Some(end) => place[end..].find(':').map(|at| end + at),
        None => place.rfind(':'),
    };
    let Some(at) = port else { return Ok(place) };
    let digits = &place[at + 1..];
    match (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(&place[..at]),
        false => Err("its port is not a number".to_owned()),
    }
}

fn is_address(host: &str) -> bool {
    let inside = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inside.map_or_else(
        || host.parse::<Ipv4Addr>().is_ok(),
        |inside| inside.parse::<Ipv6Addr>().is_ok(),
    )
}

/// A name of labels with dots between them, or an address.
fn is_host(host: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || ('\u{a1}'..='\u{ffff}').contains(&c);
    let label = |label: &str| {
        let count = label.chars().count();
        (1..=63).contains(&count)
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| letter(c) || c == '-')
    };
    is_address(host) || (host.len() <= 253 && host.split('.').all(label))
}

#[cfg(test)]
mod tests {
    use super::super::WEB;
    use super::*;

    #[test]
    fn a_host_needs_no_domain() {
        for good in [
            "https://a.example.org/",
            "http://web:8080",
            "HTTPS://A",
            "blank://blank",
            "https://[::1]:9443/x?y#z",
            "http://10.0.0.1",
            "https://u:p@a.example.org",
            "https://bücher.example",
            "https://a?x=//",
        ] {
            assert_eq!(domainless(good, WEB), Ok(()), "{good}");
        }
        for bad in [
            "a.example.org",
            "//a",
            "ftp://a",
            "https://",
            "https:///x",
            "https://a b",
            "https://a_b",
            "https://a..b",
            "https://-a",
            "https://a.",
            "https://a:port",
            "https://a:123456",
            "https://:p@a",
            "https://[::1",
            "nope",
            "/if/user/",
        ] {
            assert!(domainless(bad, WEB).is_err(), "{bad}");
        }
        assert!(
            domainless(&format!("https://a/{}", "x".repeat(2048)), WEB)
                .unwrap_err()
                .contains("2048")
        );
    }

    #[test]
    fn a_launch_url_may_hold_placeholders() {
        for good in [
            "https://%(username)s.example.org/",
            "https://a.example.org/%(name)s",
            "blank://blank",
        ] {
            assert_eq!(formatted(good, &["https", "blank"]), Ok(()), "{good}");
        }
        for bad in [
            "https://%(username)s@",
            "not a url",
            "https://%()",
            "https://a_%(b)s",
        ] {
            assert!(formatted(bad, &["https", "blank"]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_public_url_has_a_domain() {
        for good in [
            "https://auth.example.org",
            "http://localhost:9000",
            "https://10.0.0.1/",
            "https://a.xn--p1ai",
        ] {
            assert_eq!(public(good), Ok(()), "{good}");
        }
        for bad in [
            "https://fleet",
            "https://a.b1",
            "fleet.example.org",
            "blank://blank",
            "https://a.1",
        ] {
            assert!(public(bad).is_err(), "{bad}");
        }
    }
}
