//! Hosts and networks as outposts and mail servers are given them.
//!
//! authentik stores any text here; what is refused is what the process that reads it cannot use.

use core::net::IpAddr;

/// The name or the address of a machine; a scheme, a path or white space is a mistake.
pub(super) fn host(text: &str) -> Result<(), &'static str> {
    if text.contains("://") {
        return Err("it starts with a scheme");
    }
    if text.contains(char::is_whitespace) {
        return Err("it contains white space");
    }
    if text.contains('/') {
        Err("it ends with a path")
    } else {
        Ok(())
    }
}

/// Networks in the notation of CIDR, as Go's `net.ParseCIDR` reads them.
pub(super) fn networks(text: &str) -> Result<(), String> {
    for (place, network) in text.split(',').map(str::trim).enumerate() {
        let which = || {
            if text.contains(',') {
                format!("the {} of them", ordinal(place + 1))
            } else {
                "it".to_owned()
            }
        };
        let Some((address, length)) = network.split_once('/') else {
            let whole = match network.parse::<IpAddr>() {
                Ok(IpAddr::V4(_)) => ", such as /32",
                Ok(IpAddr::V6(_)) => ", such as /128",
                Err(_) => "",
            };
            return Err(format!("{} has no prefix length{whole}", which()));
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return Err(format!("{} does not begin with an address", which()));
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || length.parse::<u32>().map_or(true, |length| length > most) {
            return Err(format!(
                "{} has a prefix length that is not from 0 to {most}",
                which()
            ));
        }
    }
    Ok(())
}

fn ordinal(number: usize) -> String {
    let end = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_lengths() {
        for good in [
            "0.0.0.0/0, ::/0",
            "10.0.0.0/8",
            "192.168.1.7/32",
            "fd00::/8",
        ] {
            assert_eq!(networks(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            (
                "10.0.0.0/33",
                "it has a prefix length that is not from 0 to 32",
            ),
            ("10.0.0.1", "it has no prefix length, such as /32"),
            (
                "::/0,fd00::/129",
                "the 2nd of them has a prefix length that is not from 0 to 128",
            ),
            ("office", "it has no prefix length"),
            ("office/8", "it does not begin with an address"),
            (
                "10.0.0.0/",
                "it has a prefix length that is not from 0 to 32",
            ),
            ("10.0.0.0/8,", "the 2nd of them has no prefix length"),
        ] {
            assert_eq!(networks(bad).unwrap_err(), why, "{bad}");
        }
    }

    #[test]
    fn a_host_is_no_address_of_a_page() {
        for good in ["mail.example.org", "10.0.0.1", "::1", "mail"] {
            assert_eq!(host(good), Ok(()), "{good}");
        }
        for bad in [
            "https://mail.example.org",
            "mail.example.org/x",
            "mail example",
        ] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }
}
