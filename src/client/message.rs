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
            format!("akrec tried to send an invalid request: {reason}")
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
        ErrorKind::Timeout => "no complete answer within the timeout".to_owned(),
        ErrorKind::Dropped { .. } => {
            "the server closed the connection without an answer".to_owned()
        }
        ErrorKind::NotHttp { reason } => format!("the answer is not HTTP{}", after(reason)),
        ErrorKind::Redirect { to } if to.is_empty() => {
            "the server sent a redirect without a target".to_owned()
        }
        ErrorKind::Redirect { to } => {
            format!("the server redirects to {to}; akrec does not follow it, to protect the token")
        }
        ErrorKind::Html { status, title } if title.is_empty() => {
            format!("a web page answered instead of the API (status {status})")
        }
        ErrorKind::Html { status, title } => {
            format!("a web page answered instead of the API (status {status}, title \"{title}\")")
        }
        ErrorKind::NotJson { status } => format!("the answer is not JSON (status {status})"),
        ErrorKind::Truncated => "the answer is truncated".to_owned(),
        ErrorKind::TooLarge { reason, .. } => reason.clone(),
        ErrorKind::Unauthorized { detail } => {
            format!("the token was not accepted{}", after(detail))
        }
        ErrorKind::SignIn { reason } => format!("the sign-in was refused: {reason}"),
        ErrorKind::Forbidden { detail, .. } => {
            format!(
                "the token is not permitted to do this (status 403){}",
                after(detail)
            )
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
                "too many requests (status 429), even after waiting{}",
                after(detail)
            )
        }
        ErrorKind::RateLimited {
            detail,
            asked: Some(seconds),
        } => {
            format!(
                "too many requests (status 429), and the server says to wait {seconds} s{}",
                after(detail)
            )
        }
        ErrorKind::Server { status, detail } => {
            format!("the server failed with status {status}{}", after(detail))
        }
        ErrorKind::Unclear { cause } => {
            format!(
                "it is unknown whether this was carried out: {}",
                what(cause)
            )
        }
        ErrorKind::Shape { reason } => {
            format!("the answer does not have the form of an answer of authentik: {reason}")
        }
        ErrorKind::Unsteady { reason } => {
            format!("the list could not be read completely, in two attempts: {reason}")
        }
    }
}

fn tls(problem: &TlsProblem) -> String {
    match problem {
        TlsProblem::Untrusted { own: true, given: false } => {
            "the server's certificate is self-signed, and this machine does not trust it".to_owned()
        }
        TlsProblem::Untrusted { own: true, given: true } => {
            "the server's certificate is self-signed and is not among those in --ca-cert".to_owned()
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
            "the server's certificate does not name a host (its subject alone does not count)".to_owned()
        }
        TlsProblem::WrongHost { names } => {
            format!("the server's certificate is for another host: {}", names.join(", "))
        }
        TlsProblem::WrongPurpose => "the server's certificate is not valid for servers".to_owned(),
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
            "Check the port, or write http:// if the server does not use TLS."
        }
        ErrorKind::WrongScheme { https: false } => {
            "Write https:// in the address, or check the port."
        }
        ErrorKind::Tls { problem } => return Some(tls_hint(problem, &error.server)),
        ErrorKind::Timeout => {
            "Check that the server is healthy, or allow more time with --timeout."
        }
        ErrorKind::Dropped { plain: true } => {
            "If that port speaks https, write https:// in the address; otherwise look at the server's log."
        }
        ErrorKind::Dropped { plain: false } | ErrorKind::NotHttp { .. } => {
            "Check the address and any proxy between this machine and the server."
        }
        ErrorKind::Redirect { .. } => {
            "The address is probably wrong (http instead of https, another host name, or a login page in front): give the final address."
        }
        ErrorKind::SignIn { .. } => {
            "Check AKREC_OIDC and, at the provider, its application, its scope mappings (goauthentik.io/api) and what it trusts."
        }
        ErrorKind::Html {
            status: 401 | 403 | 407,
            ..
        } => {
            "A proxy in front of authentik requires a sign-in or blocks the request; send what it needs with --header."
        }
        ErrorKind::Html { .. } | ErrorKind::NotJson { .. } => {
            "Check that the address is that of authentik itself, without the path of a page, and that no proxy answers in its place."
        }
        ErrorKind::Truncated => "Check any proxy between this machine and the server.",
        ErrorKind::TooLarge {
            suggested: Some(size),
            ..
        } => {
            return Some(format!(
                "Check that the address is that of authentik; if the server really has this much data, allow more with --max-answers {size} (or AKREC_MAX_ANSWERS={size})."
            ));
        }
        ErrorKind::TooLarge {
            suggested: None, ..
        } => {
            "Check that the address is that of authentik, and check any proxy between this machine and the server: authentik does not answer like this."
        }
        ErrorKind::Unauthorized { .. } => {
            "The token is wrong, expired or not an API token: create one under Directory > Tokens and App passwords, with the intent API."
        }
        ErrorKind::Forbidden { list, .. } => return Some(forbidden_hint(error, *list)),
        ErrorKind::RateLimited { asked: Some(_), .. } => {
            "Try again after that time; --parallelism 1 sends fewer requests at once."
        }
        ErrorKind::RateLimited { .. } => "Wait, or lower --parallelism.",
        ErrorKind::Server {
            status: 502..=504, ..
        } => "authentik may be starting or overloaded; try again, and look at its log.",
        ErrorKind::Server { .. } => "Look at authentik's log for the exception.",
        ErrorKind::Unclear { .. } => {
            "Check the object before relying on either outcome; a new plan does that."
        }
        ErrorKind::Shape { .. } => {
            "Check that the address is that of authentik and that its release is supported."
        }
        ErrorKind::Unsteady { .. } => {
            "Somebody may be changing these objects: try again later. If the error persists, the token probably cannot see all of them."
        }
        ErrorKind::NotFound { .. } if error.method == Some(Method::Get) => {
            "Check that the address is that of authentik and that its release is supported."
        }
        ErrorKind::Misuse { .. } => "This is a bug in akrec: please report it.",
        _ => return None,
    };
    Some(text.to_owned())
}

fn tls_hint(problem: &TlsProblem, server: &str) -> String {
    let text = match problem {
        TlsProblem::Untrusted { own: true, .. } => {
            return format!(
                "Pass this certificate with --ca-cert: copy it from the server, or fetch it and compare its fingerprint (openssl s_client -connect {} </dev/null | openssl x509 > server.pem); --insecure-skip-tls-verify turns all checks off and is for tests only.",
                endpoint(server)
            );
        }
        TlsProblem::Untrusted { own: false, .. } => {
            "Pass the certificate of the authority that signed it with --ca-cert, along with any intermediate certificate that the server does not send, or pass the server's own certificate; --insecure-skip-tls-verify turns all checks off and is for tests only."
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
            "Use a host name that the certificate is valid for, or give the server a certificate for this one."
        }
        TlsProblem::WrongPurpose => {
            "Give the server a certificate without an extended key usage, or with one that includes serverAuth."
        }
        TlsProblem::OldForm => {
            return format!(
                "Give the server a certificate of version 3: {}",
                named(server)
            );
        }
        TlsProblem::NoRoots => {
            "Install the package ca-certificates, or name the authority with --ca-cert."
        }
        TlsProblem::Other(_) => {
            "Check the port and any proxy between this machine and the server; --ca-cert names an authority of your own."
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
        hint.push_str(" authentik also answers like this when the owner is not a superuser and cannot see any of the objects.");
    }
    hint
}
