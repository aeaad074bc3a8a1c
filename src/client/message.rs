//! The sentences of errors: what happened, where, why, and what to do.
//! Must never hold more than the error itself does, and no line break.

use std::net::IpAddr;

use reqwest::Url;

use super::error::{Error, ErrorKind, TlsProblem};
use super::journal::Method;

/// The whole error in one line.
pub(super) fn line(error: &Error) -> String {
    let mut out = match error.method {
        Some(method) => format!("{method} {} on {}: ", error.path, error.server),
        None => String::new(),
    };
    out.push_str(&what(&error.kind));
    if let Some(hint) = hint(error) {
        out.push_str(if out.ends_with(['.', '!', '?', '…']) {
            " "
        } else {
            ". "
        });
        out.push_str(&hint);
    }
    out
}

/// What happened.
pub(super) fn what(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::InvalidUrl { reason } => {
            format!("the address of the server cannot be used: {reason}")
        }
        ErrorKind::InvalidSettings { reason } => reason.clone(),
        ErrorKind::Misuse { reason } => {
            format!("akrec asked for something it must not ask for: {reason}")
        }
        ErrorKind::Unreachable { reason } => {
            format!("the server cannot be reached{}", after(reason))
        }
        ErrorKind::WrongScheme { https: true } => {
            "the address says https, but that port does not speak TLS".to_owned()
        }
        ErrorKind::WrongScheme { https: false } => {
            "the address says http, but that port seems to speak https".to_owned()
        }
        ErrorKind::Tls { problem } => tls(problem),
        ErrorKind::Stopped => "the run was stopped before the server answered".to_owned(),
        ErrorKind::Timeout => "no complete answer within the time allowed".to_owned(),
        ErrorKind::Dropped { .. } => {
            "the server closed the connection without an answer".to_owned()
        }
        ErrorKind::NotHttp { reason } => format!("the answer is not HTTP{}", after(reason)),
        ErrorKind::Redirect { to } if to.is_empty() => {
            "the server redirects without saying where to".to_owned()
        }
        ErrorKind::Redirect { to } => {
            format!(
                "the server redirects to {to}, which is not followed, so that the token stays here"
            )
        }
        ErrorKind::Html { status, title } if title.is_empty() => {
            format!("a web page answered instead of the API (status {status})")
        }
        ErrorKind::Html { status, title } => {
            format!("a web page answered instead of the API (status {status}, title \"{title}\")")
        }
        ErrorKind::NotJson { status } => format!("the answer is not JSON (status {status})"),
        ErrorKind::Truncated => "the answer ends in the middle".to_owned(),
        ErrorKind::TooLarge { reason, .. } => reason.clone(),
        ErrorKind::Unauthorized { detail } => {
            format!("the token was not accepted{}", after(detail))
        }
        ErrorKind::SignIn { reason } => format!("the sign-in was refused: {reason}"),
        ErrorKind::Forbidden { detail, .. } => {
            format!("the token may not do this (status 403){}", after(detail))
        }
        ErrorKind::NotFound { detail } => {
            format!("there is no such object (status 404){}", after(detail))
        }
        ErrorKind::Refused { status, fields } => refused(*status, fields),
        ErrorKind::RateLimited {
            detail,
            asked: None,
        } => {
            format!(
                "too many requests (status 429), also after waiting{}",
                after(detail)
            )
        }
        ErrorKind::RateLimited {
            detail,
            asked: Some(seconds),
        } => {
            format!(
                "too many requests (status 429), and the server asks to wait for {seconds} s{}",
                after(detail)
            )
        }
        ErrorKind::Server { status, detail } => {
            format!("the server failed with status {status}{}", after(detail))
        }
        ErrorKind::Unclear { cause } => {
            format!(
                "it is not known whether this was carried out: {}",
                what(cause)
            )
        }
        ErrorKind::Shape { reason } => {
            format!("the answer is not of the shape that authentik gives: {reason}")
        }
        ErrorKind::Unsteady { reason } => {
            format!("the list could not be read as a whole, twice: {reason}")
        }
    }
}

fn tls(problem: &TlsProblem) -> String {
    match problem {
        TlsProblem::Untrusted { own: true, given: false } => {
            "the server's certificate is self-signed: no authority that this machine trusts vouches for it".to_owned()
        }
        TlsProblem::Untrusted { own: true, given: true } => {
            "the server's certificate is self-signed, and is none of those that --ca-cert gives".to_owned()
        }
        TlsProblem::Untrusted { own: false, given: false } => {
            "the server's certificate is not signed by an authority that this machine trusts".to_owned()
        }
        TlsProblem::Untrusted { own: false, given: true } => {
            "the server's certificate is not signed by an authority that this machine or --ca-cert trusts".to_owned()
        }
        TlsProblem::Expired { since } => format!("the server's certificate has expired{}", day(" on ", since)),
        TlsProblem::NotYetValid { from } => format!("the server's certificate is not valid{}", day(" before ", from)),
        TlsProblem::WrongHost { names } if names.is_empty() => {
            "the server's certificate names no host (its subject alone does not count)".to_owned()
        }
        TlsProblem::WrongHost { names } => {
            format!("the server's certificate is for another host: {}", names.join(", "))
        }
        TlsProblem::WrongPurpose => "the server's certificate is not made for servers".to_owned(),
        TlsProblem::OldForm => {
            "the server's certificate is of X.509 version 1, in which no host can be named".to_owned()
        }
        TlsProblem::NoRoots => "this machine has no list of trusted certificate authorities".to_owned(),
        TlsProblem::Other(reason) => format!("the TLS handshake failed{}", after(reason)),
    }
}

/// A day with the word before it; "yet" where it is not known.
fn day(word: &str, day: &Option<String>) -> String {
    match day {
        Some(day) => format!("{word}{day}"),
        None if word.contains("before") => " yet".to_owned(),
        None => String::new(),
    }
}

fn after(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}

fn refused(status: u16, fields: &[(String, String)]) -> String {
    if fields.is_empty() {
        return format!("the server refused this with status {status} and gave no reason");
    }
    let messages: Vec<_> = fields
        .iter()
        .map(|(field, text)| {
            if field.is_empty() {
                text.clone()
            } else {
                format!("{field}: {text}")
            }
        })
        .collect();
    format!(
        "the server refused this with status {status}: {}",
        messages.join("; ")
    )
}

/// What to do about it.
pub(super) fn hint(error: &Error) -> Option<String> {
    let text = match &error.kind {
        ErrorKind::Unreachable { .. } => {
            "Check the address, the network and the proxy settings (HTTPS_PROXY, NO_PROXY)."
        }
        ErrorKind::WrongScheme { https: true } => {
            "Check the port, or write http:// if that is meant."
        }
        ErrorKind::WrongScheme { https: false } => {
            "Write https:// in the address, or check the port."
        }
        ErrorKind::Tls { problem } => return Some(tls_hint(problem, &error.server)),
        ErrorKind::Timeout => "Check that the server is well, or allow more time with --timeout.",
        ErrorKind::Dropped { plain: true } => {
            "If that port speaks https, write https:// in the address; otherwise look at the server's log."
        }
        ErrorKind::Dropped { plain: false } | ErrorKind::NotHttp { .. } => {
            "Check the address and what stands between here and the server."
        }
        ErrorKind::Redirect { .. } => {
            "The address is probably wrong (http instead of https, another host name, or a login page in front): give the final one."
        }
        ErrorKind::SignIn { .. } => {
            "Check AKREC_OIDC, and at the provider: its application, its scope mappings (goauthentik.io/api) and what it trusts."
        }
        ErrorKind::Html {
            status: 401 | 403 | 407,
            ..
        } => {
            "A proxy in front of authentik wants a sign-in or blocks the request; --header sends what it asks for."
        }
        ErrorKind::Html { .. } | ErrorKind::NotJson { .. } => {
            "Check that the address is that of authentik itself, without the path of a page, and that no proxy answers in its place."
        }
        ErrorKind::Truncated => "Check what stands between here and the server.",
        ErrorKind::TooLarge {
            suggested: Some(size),
            ..
        } => {
            return Some(format!(
                "Check that the address is that of authentik; if it has as much to say, allow more with --max-answers {size} (or AKREC_MAX_ANSWERS={size})."
            ));
        }
        ErrorKind::TooLarge {
            suggested: None, ..
        } => {
            "Check that the address is that of authentik and what stands between here and the server: a sound server does not answer so."
        }
        ErrorKind::Unauthorized { .. } => {
            "The token is wrong, expired or not an API token: make one under Directory > Tokens and App passwords, with the intent API."
        }
        ErrorKind::Forbidden { list, .. } => return Some(forbidden_hint(error, *list)),
        ErrorKind::RateLimited { asked: Some(_), .. } => {
            "Try again after that; --parallelism 1 asks for less at once."
        }
        ErrorKind::RateLimited { .. } => "Wait, or lower --parallelism.",
        ErrorKind::Server {
            status: 502..=504, ..
        } => "authentik may be starting or overloaded; try again, and look at its log.",
        ErrorKind::Server { .. } => "Look at authentik's log for the exception.",
        ErrorKind::Unclear { .. } => {
            "Look the object up before believing that it was or was not done; a new plan does that."
        }
        ErrorKind::Shape { .. } => {
            "Check that the address is that of authentik and that its release is supported."
        }
        ErrorKind::Unsteady { .. } => {
            "Somebody may be changing these objects: try again when that is over. If it stays, the token probably may not see all of them."
        }
        ErrorKind::NotFound { .. } if error.method == Some(Method::Get) => {
            "Check that the address is that of authentik and that its release is supported."
        }
        ErrorKind::Misuse { .. } => "This is a defect of akrec: please report it.",
        _ => return None,
    };
    Some(text.to_owned())
}

fn tls_hint(problem: &TlsProblem, server: &str) -> String {
    let text = match problem {
        TlsProblem::Untrusted { own: true, .. } => {
            return format!(
                "Give this very certificate with --ca-cert: copy it from the server, or fetch it and compare its fingerprint (openssl s_client -connect {} </dev/null | openssl x509 > server.pem); --insecure-skip-tls-verify turns all checks off and is for tests only.",
                endpoint(server)
            );
        }
        TlsProblem::Untrusted { own: false, .. } => {
            "Give the certificate of the authority that signed it with --ca-cert, and of the one in between if the server does not send it, or the server's own; --insecure-skip-tls-verify turns all checks off and is for tests only."
        }
        TlsProblem::Expired { .. } => {
            "Renew it on the server, and check the clock of this machine; --insecure-skip-tls-verify turns all checks off and is for tests only."
        }
        TlsProblem::NotYetValid { .. } => {
            "Check the clock of this machine and the server's certificate."
        }
        TlsProblem::WrongHost { names } if names.is_empty() => {
            return format!("Give the server {}", named(server));
        }
        TlsProblem::WrongHost { .. } => {
            "Use a host name that the certificate is made for, or give the server a certificate for this one."
        }
        TlsProblem::WrongPurpose => {
            "Give the server a certificate without an extended key usage, or with serverAuth among them."
        }
        TlsProblem::OldForm => {
            return format!("Give the server one of version 3: {}", named(server));
        }
        TlsProblem::NoRoots => {
            "Install the package ca-certificates, or give the authority with --ca-cert."
        }
        TlsProblem::Other(_) => {
            "Check the port and what stands between here and the server; --ca-cert names an authority of your own."
        }
    };
    text.to_owned()
}

/// A certificate that names the server, and how one is made.
fn named(server: &str) -> String {
    let (host, _) = host_and_port(server);
    let address = host.trim_matches(['[', ']']);
    let name = match address.parse::<IpAddr>() {
        Ok(ip) => format!("IP:{ip}"),
        Err(_) => format!("DNS:{address}"),
    };
    format!(
        "a certificate with its name in it: openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN={address} -addext subjectAltName={name} -keyout key.pem -out server.pem"
    )
}

/// The host and the port of a server.
fn endpoint(server: &str) -> String {
    let (host, port) = host_and_port(server);
    format!("{host}:{port}")
}

fn host_and_port(server: &str) -> (String, u16) {
    let url = Url::parse(server).ok();
    let host = url
        .as_ref()
        .and_then(Url::host_str)
        .unwrap_or("HOST")
        .to_owned();
    (
        host,
        url.and_then(|url| url.port_or_known_default())
            .unwrap_or(443),
    )
}

/// The permission that is probably missing. The two odd ones are measured: `authentik Read-only`
/// reads everything but the settings, and group membership has permissions of its own.
fn forbidden_hint(error: &Error, list: bool) -> String {
    let path = error.path.as_str();
    let method = error.method.unwrap_or(Method::Get);
    let missing = match method {
        Method::Get if path.starts_with("/admin/settings/") => {
            "authentik_rbac.view_system_settings".to_owned()
        }
        _ if path.starts_with("/admin/settings/") => {
            "authentik_rbac.edit_system_settings".to_owned()
        }
        Method::Post if path.ends_with("/add_user/") => {
            "add_user_to_ (for this group or role)".to_owned()
        }
        Method::Post if path.ends_with("/remove_user/") => {
            "remove_user_from_ (for this group or role)".to_owned()
        }
        Method::Get => format!("to view (view_) what is under {path}"),
        Method::Post => format!("to add (add_) what is under {path}"),
        Method::Patch => format!("to change (change_) {path}"),
        Method::Delete => format!("to delete (delete_) {path}"),
    };
    let mut hint = format!("The owner of the token probably lacks the permission {missing}.");
    if list {
        hint.push_str(" authentik also answers so when the owner is no superuser and may see none of the objects.");
    }
    hint
}
