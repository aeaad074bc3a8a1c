//! Classifies an error of the HTTP library.
//!
//! Must never show that library's own sentence as a whole: it holds the address and the query.

use std::error::Error as StdError;
use std::io;

use super::error::{ErrorKind, TlsProblem};
use super::retry::Failure;
use super::text::{Cleaner, SHOWN, clean, cut};
use super::trust::Refusal;

/// How many names of a certificate are reported.
const NAMES: usize = 5;

/// What a failure to send, or to get the head of the answer, means. `https` is the address's
/// scheme.
pub(super) fn sending(error: &reqwest::Error, https: bool, cleaner: &Cleaner) -> Failure {
    if let Some(tls) = find::<rustls::Error>(error) {
        let failure = tls_failure(tls, cleaner);
        return Failure {
            not_done: error.is_connect(),
            ..failure
        };
    }
    if error.is_connect() {
        if error.is_timeout() {
            return Failure::not_done(ErrorKind::Timeout);
        }
        let eof =
            find::<io::Error>(error).is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof);
        if https && eof {
            let reason = "the server closed the connection during the handshake".to_owned();
            return Failure::not_done(ErrorKind::Tls {
                problem: TlsProblem::Other(reason),
            });
        }
        return Failure::not_done(ErrorKind::Unreachable {
            reason: cleaner.text(&chain_text(error)),
        });
    }
    if error.is_timeout() {
        return Failure::new(ErrorKind::Timeout);
    }
    if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse_too_large) {
        let reason =
            "the answer has too many or too large headers (at most 100, and a few hundred KiB)"
                .to_owned();
        return Failure::new(ErrorKind::TooLarge {
            reason,
            suggested: None,
        });
    }
    if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        // A TLS server answers plain HTTP with a TLS alert, which is not HTTP.
        return Failure::new(if https {
            ErrorKind::NotHttp {
                reason: cleaner.text(&last(error)),
            }
        } else {
            ErrorKind::WrongScheme { https }
        });
    }
    Failure::new(ErrorKind::Dropped { plain: !https })
}

/// What a failure to read the body of the answer means.
pub(super) fn reading(error: &reqwest::Error) -> Failure {
    Failure::new(if error.is_timeout() {
        ErrorKind::Timeout
    } else {
        ErrorKind::Truncated
    })
}

fn tls_failure(error: &rustls::Error, cleaner: &Cleaner) -> Failure {
    use rustls::CertificateError as C;
    use rustls::Error as E;
    let problem = match error {
        E::InvalidMessage(_) => return Failure::new(ErrorKind::WrongScheme { https: true }),
        E::InvalidCertificate(C::Other(other)) => match other.0.downcast_ref::<Refusal>() {
            Some(Refusal(problem)) => problem.clone(),
            None => TlsProblem::Other(other.to_string()),
        },
        other => TlsProblem::Other(other.to_string()),
    };
    Failure::new(ErrorKind::Tls {
        problem: match problem {
            TlsProblem::Other(reason) => TlsProblem::Other(cleaner.text(&reason)),
            TlsProblem::WrongHost { names } => {
                let names = names
                    .iter()
                    .take(NAMES)
                    .map(|name| cleaner.text(&host(name)))
                    .collect();
                TlsProblem::WrongHost { names }
            }
            other => other,
        },
    })
}

/// A host of a certificate without the words that the TLS library puts around it: `DnsName("example.org")`.
fn host(name: &str) -> String {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .unwrap_or(name);
    inner.trim_matches('"').to_owned()
}

/// The innermost causes as text, without the outermost sentence, which holds the address.
pub(super) fn chain_text(error: &reqwest::Error) -> String {
    let texts: Vec<String> = causes(error).map(|e| clean(&e.to_string())).collect();
    let mut parts: Vec<&str> = Vec::new();
    // The libraries' sentences often repeat the one below: keep only what says something new.
    for text in texts.iter().rev() {
        let known = parts
            .iter()
            .any(|part| text.contains(part) || part.contains(text.as_str()));
        let empty = matches!(
            text.as_str(),
            "client error (Connect)" | "tcp connect error" | "builder error"
        );
        if !known && !empty {
            parts.push(text);
        }
    }
    parts.reverse();
    cut(&parts.join(": "), SHOWN)
}

fn last(error: &reqwest::Error) -> String {
    causes(error)
        .last()
        .map(|e| cut(&clean(&e.to_string()), SHOWN))
        .unwrap_or_default()
}

/// The causes from the outside in, those wrapped by an I/O error included: its `source()` skips
/// the very error it wraps.
fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let next = |e: &'a (dyn StdError + 'static)| match e.downcast_ref::<io::Error>() {
        Some(io) if io.get_ref().is_some() => io
            .get_ref()
            .map(|inner| -> &'a (dyn StdError + 'static) { inner }),
        _ => e.source(),
    };
    std::iter::successors(error.source(), move |e| next(*e))
}

fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    causes(error).find_map(|e| e.downcast_ref::<T>())
}
