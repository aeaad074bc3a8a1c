//! E-mail addresses by Django's rule (core/validators.py, `EmailValidator`).

use core::net::IpAddr;

/// The longest address that Django takes.
const LONGEST: usize = 320;

/// Why a text is not an e-mail address, if it is not one.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    let Some((user, domain)) = text.rsplit_once('@') else {
        return Err("it has no `@`");
    };
    if text.len() > LONGEST {
        return Err("it is longer than any e-mail address");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-!#$%&'*+/=?^_`{}|~".contains(c);
    let dotted = user
        .split('.')
        .all(|part| !part.is_empty() && part.chars().all(plain));
    if !dotted && !is_quoted(user) {
        return Err("the part before the `@` is not the name of a mailbox");
    }
    match is_domain(domain) {
        true => Ok(()),
        false => Err("the part after the `@` is not a domain"),
    }
}

/// A name in quotes, which may hold nearly every sign.
fn is_quoted(user: &str) -> bool {
    let Some(inside) = user
        .strip_prefix('"')
        .and_then(|user| user.strip_suffix('"'))
    else {
        return false;
    };
    let mut escaped = false;
    let sound = inside.chars().all(|c| {
        let fits =
            c.is_ascii() && !matches!(c, '\0' | '\n' | '\r') && (escaped || !matches!(c, '"'));
        escaped = c == '\\' && !escaped;
        fits
    });
    sound && !escaped
}

fn is_domain(domain: &str) -> bool {
    if domain == "localhost" {
        return true;
    }
    if let Some(inside) = domain
        .strip_prefix('[')
        .and_then(|domain| domain.strip_suffix(']'))
    {
        return inside.parse::<IpAddr>().is_ok();
    }
    // In another script than Latin it is looked at as ASCII in the end.
    let letter = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii();
    let sound = |label: &str| {
        let count = label.chars().count();
        (1..=63).contains(&count)
            && label.chars().all(|c| letter(c) || c == '-')
            && !label.ends_with('-')
    };
    let Some((rest, last)) = domain.rsplit_once('.') else {
        return false;
    };
    let last_fits = sound(last) && (last.chars().count() > 1 || !last.is_ascii());
    last_fits
        && rest
            .split('.')
            .all(|label| sound(label) && !label.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_django_takes() {
        for good in [
            "jane@example.org",
            "system@authentik.local",
            "a.b+c@x-y.example.org",
            "a@localhost",
            "a@[127.0.0.1]",
            "a@[::1]",
            "\"a b\"@example.org",
            "jane@bücher.example",
            "o'brien@example.org",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let long = format!("{}@example.org", "x".repeat(320));
        for bad in [
            "not-an-email",
            "@example.org",
            "a@b",
            "a..b@example.org",
            ".a@example.org",
            "a b@example.org",
            "a@example..org",
            "a@-example.org",
            "a@example.o",
            "a@exa_mple.org",
            "a@",
            "ä@example.org",
            "Jane <jane@example.org>",
            "a@[300.0.0.1]",
            &long,
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
