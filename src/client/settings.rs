//! Settings of a connection: checked, the address made canonical, the HTTP client built.
//! Must never print the token, a header's value, or an address that holds a password.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};

use super::classify::chain_text;
use super::error::{Error, ErrorKind, TlsProblem};
use super::sign_in::Credentials;
use super::text::{SHOWN, clean, cut};
use super::trust;

/// How long an idle connection is kept. authentik closes them without notice (measured: 3 to 4 of
/// 25 requests on reused connections met a closed one), so they are given up early.
const IDLE: Duration = Duration::from_secs(1);

/// The longest time to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Headers that the client sets itself.
const RESERVED: [&str; 8] = [
    "authorization",
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "accept",
    "user-agent",
];

/// Everything that is needed to talk to a server.
///
/// `Debug` shows neither the token nor the address nor a header's value.
#[derive(Clone)]
pub struct Settings {
    /// The address of authentik: with or without a slash at the end, with or without `/api/v3`;
    /// a path before that (`https://example.org/auth`) is kept.
    pub url: String,
    /// What the client shows to the server.
    pub credentials: Credentials,
    /// Authorities to trust in addition to those of the machine, PEM, one or more.
    pub ca_cert: Option<Vec<u8>>,
    /// Accept every certificate.
    pub insecure_skip_tls_verify: bool,
    /// Headers to send with every request, for a proxy in front of authentik.
    pub headers: Vec<(String, SecretString)>,
    /// The longest time for one request, its answer's body included.
    pub timeout: Duration,
    /// How often a request that may safely be repeated is repeated.
    pub retries: u32,
    /// How many requests may be under way at once; 0 counts as 1.
    pub parallelism: usize,
    /// Sent with every request and recorded in authentik's audit log.
    pub user_agent: String,
    /// The most bytes that all answers of a run may have; limits of one answer and of lists follow from it.
    pub max_answers: u64,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Settings")
            .field("headers", &names)
            .field("ca_cert", &self.ca_cert.is_some())
            .field("insecure_skip_tls_verify", &self.insecure_skip_tls_verify)
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .field("parallelism", &self.parallelism)
            .finish_non_exhaustive()
    }
}

/// The canonical address: scheme, host, port if it is not the scheme's own, path without a slash
/// at the end and without `/api/v3`.
///
/// Refuses an address without `http` or `https`, with a user or password (it would be a secret on
/// a command line), with a query or a fragment, and the address of one of authentik's pages.
pub(super) fn canonical(url: &str) -> Result<Url, Error> {
    let refuse = |reason: &str| {
        Error::local(ErrorKind::InvalidUrl {
            reason: reason.to_owned(),
        })
    };
    let url = url.trim();
    if url.is_empty() {
        return Err(refuse(
            "it is empty; give one such as https://auth.example.org",
        ));
    }
    let lower = url.to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        let reason = match lower.split_once("://") {
            Some(_) => "its scheme must be https:// (or http://)".to_owned(),
            None if url.contains('@') => "it must begin with https:// (or http://)".to_owned(),
            None => format!(
                "\"{0}\" has no scheme; did you mean https://{0}?",
                cut(&clean(url), 100)
            ),
        };
        return Err(refuse(&reason));
    }
    let mut url = Url::parse(url).map_err(|error| refuse(&error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse(
            "it contains a user name or a password, which others can read on a command line; give the token with --token-file or AKREC_TOKEN, and what a proxy needs with --header",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse(
            "it has a query (?…) or a fragment (#…); give the address up to the host or the sub-path only",
        ));
    }
    let path = url.path().trim_end_matches('/');
    let path = path
        .strip_suffix("/api/v3")
        .unwrap_or(path)
        .trim_end_matches('/')
        .to_owned();
    if path.ends_with("/if/admin") || path.ends_with("/if/user") || path.contains("/if/flow") {
        return Err(refuse(
            "it is the address of a page of authentik; give the part before /if/",
        ));
    }
    url.set_path(&path);
    Ok(url)
}

/// True if `url` is plain `http` to a host other than this one: the token would travel unprotected.
pub(super) fn exposes_token(url: &Url) -> bool {
    url.scheme() == "http" && !loopback(url)
}

/// Whether an address is on this machine.
pub(super) fn loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Builds the HTTP client for `settings`.
///
/// Refuses a header, certificate or user agent that cannot be sent.
pub(super) fn build(settings: &Settings, url: &Url) -> Result<reqwest::Client, Error> {
    let timeout = settings.timeout.max(Duration::from_millis(1));
    let mut builder = reqwest::Client::builder()
        .default_headers(headers(settings)?)
        .user_agent(value(&settings.user_agent).map_err(|()| {
            invalid("the user agent has characters that are not allowed in a header")
        })?)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .timeout(timeout)
        .connect_timeout((timeout / 2).min(CONNECT))
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(settings.parallelism.max(1));
    if loopback(url) {
        // A proxy cannot reach this machine's own loopback.
        builder = builder.no_proxy();
    }
    let given = match &settings.ca_cert {
        Some(pem) => certificates(pem)?,
        None => Vec::new(),
    };
    builder = if settings.insecure_skip_tls_verify {
        builder.tls_danger_accept_invalid_certs(true)
    } else if url.scheme() == "http" {
        // Without TLS nothing is verified, and a machine without authorities must still work.
        builder.tls_certs_only([])
    } else {
        builder.tls_backend_preconfigured(
            trust::config(given).map_err(|error| untrusting(settings, &error.to_string()))?,
        )
    };
    builder
        .build()
        .map_err(|error| untrusting(settings, &chain_text(&error)))
}

/// The certificates of `--ca-cert`.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let given: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match given {
        Ok(given) if given.is_empty() => {
            Err(invalid("the file of --ca-cert holds no PEM certificate"))
        }
        Ok(given) => Ok(given),
        Err(_) => Err(invalid("the file of --ca-cert is not a PEM certificate")),
    }
}

/// Why no connection can be made with these settings at all.
fn untrusting(settings: &Settings, reason: &str) -> Error {
    let reason = cut(&clean(reason), SHOWN);
    Error::local(if reason.contains("No CA certificates") {
        ErrorKind::Tls {
            problem: TlsProblem::NoRoots,
        }
    } else if settings.ca_cert.is_some() {
        ErrorKind::InvalidSettings {
            reason: format!("a certificate of --ca-cert cannot be used: {reason}"),
        }
    } else {
        ErrorKind::InvalidSettings {
            reason: format!("the HTTP client cannot be set up: {reason}"),
        }
    })
}

fn headers(settings: &Settings) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    map.insert(ACCEPT, HeaderValue::from_static("application/json"));
    for (name, secret) in &settings.headers {
        let shown = cut(&clean(name), 60);
        let header = HeaderName::from_bytes(name.trim().as_bytes())
            .map_err(|_| invalid(&format!("\"{shown}\" is not a valid header name")))?;
        if RESERVED.contains(&header.as_str()) {
            return Err(invalid(&format!(
                "the header \"{shown}\" is set by akrec itself"
            )));
        }
        let mut content = value(secret.expose_secret().trim()).map_err(|()| {
            invalid(&format!(
                "the value of the header \"{shown}\" cannot be sent"
            ))
        })?;
        content.set_sensitive(true);
        map.append(header, content);
    }
    Ok(map)
}

fn value(text: &str) -> Result<HeaderValue, ()> {
    if text.is_ascii() {
        HeaderValue::from_str(text).map_err(|_| ())
    } else {
        Err(())
    }
}

pub(super) fn invalid(reason: &str) -> Error {
    Error::local(ErrorKind::InvalidSettings {
        reason: reason.to_owned(),
    })
}
