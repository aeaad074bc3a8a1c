//! What can go wrong between akrec and a server, and which of the exit codes that means.
//! Must never hold the token, a header's value, or anything of a request's body.

use super::journal::Method;
use super::message;

/// A failed request, or settings that no request can be made with.
///
/// `Display` is one line: the method, the path, the server, what happened, and what to do.
/// Server-sent text inside is stripped of control characters and escape sequences, is limited in
/// length, and has the token, the extra headers' values and the values given to
/// [`Client::conceal`](super::Client::conceal) replaced, in whatever spelling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", message::line(self))]
pub struct Error {
    /// The method; none where no request was made.
    pub method: Option<Method>,
    /// The path below `/api/v3`; empty where no request was made.
    pub path: String,
    /// The canonical address of the server; empty where it is not known.
    pub server: String,
    /// What happened.
    pub kind: ErrorKind,
}

/// What is wrong with the server's certificate or with the TLS handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsProblem {
    /// No authority that this machine or `--ca-cert` trusts has signed it.
    Untrusted {
        /// It signed itself, or is an authority's own, so that it is itself what would have to be trusted.
        own: bool,
        /// Certificates were given, and it is none of them.
        given: bool,
    },
    /// It is no longer valid.
    Expired {
        /// Since which day, if that is known.
        since: Option<String>,
    },
    /// It is not valid yet (or the clock of this machine is wrong).
    NotYetValid {
        /// From which day on, if that is known.
        from: Option<String>,
    },
    /// It is for other hosts.
    WrongHost {
        /// The names, as the TLS library spells them; empty if it has none.
        names: Vec<String>,
    },
    /// It is not for servers.
    WrongPurpose,
    /// It is of a version before 3, which cannot name hosts.
    OldForm,
    /// This machine has no list of trusted authorities at all.
    NoRoots,
    /// Anything else, in the TLS library's words.
    Other(String),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// The address of the server cannot be used. Found before anything was sent.
    InvalidUrl {
        /// Why, never with the address in it where that may hold a password.
        reason: String,
    },
    /// Another setting cannot be used. Found before anything was sent.
    InvalidSettings {
        /// The setting, and the reason.
        reason: String,
    },
    /// akrec asked its own client for something that is not allowed, such as a list without an
    /// `ordering`. Nothing was sent.
    Misuse {
        /// The request that is not allowed.
        reason: String,
    },
    /// The run was stopped before there was an answer.
    Stopped,
    /// No connection: the name is unknown, the connection was refused, there is no route.
    Unreachable {
        /// The system's words.
        reason: String,
    },
    /// `https` spoken to a port that speaks `http`, or the reverse.
    WrongScheme {
        /// True if the address says `https`.
        https: bool,
    },
    /// The TLS handshake failed.
    Tls {
        /// The problem with TLS.
        problem: TlsProblem,
    },
    /// No connection, or no complete answer, within the time allowed.
    Timeout,
    /// The connection was closed without an answer.
    Dropped {
        /// True if the address says `http`: then the port may be one that speaks `https`.
        plain: bool,
    },
    /// The answer was not HTTP.
    NotHttp {
        /// The HTTP library's words.
        reason: String,
    },
    /// The server points elsewhere. Redirects are never followed: the token must not travel.
    Redirect {
        /// Where to, without its query; empty if the answer does not say.
        to: String,
    },
    /// A web page answered where the API should have: a proxy, or a login page.
    Html {
        /// The status of the answer.
        status: u16,
        /// The page's title; empty if it has none.
        title: String,
    },
    /// The answer is not JSON.
    NotJson {
        /// The status of the answer.
        status: u16,
    },
    /// The answer ended in the middle.
    Truncated,
    /// More came than akrec reads of a server.
    TooLarge {
        /// The limit that was exceeded.
        reason: String,
        /// A value of `--max-answers` that would do, where a sound server could need it.
        suggested: Option<String>,
    },
    /// The token was not accepted. authentik answers **403** to a bad or missing token, never 401; only the text of the
    /// answer distinguishes the two 403s.
    Unauthorized {
        /// The server's words.
        detail: String,
    },
    /// No token was given and none could be got: the sign-in was refused.
    SignIn {
        /// Why; never with anything that was sent.
        reason: String,
    },
    /// The token was accepted, but may not do this.
    Forbidden {
        /// The server's words.
        detail: String,
        /// True if a list was asked for: authentik answers 403 there also when the owner of the
        /// token is not a superuser and may see none of the objects.
        list: bool,
    },
    /// The object does not exist. Only for the API's own 404; a web page that answers 404 is
    /// [`ErrorKind::Html`].
    NotFound {
        /// The server's words.
        detail: String,
    },
    /// The server refused the request and did nothing.
    Refused {
        /// The status, 4xx.
        status: u16,
        /// Path of the field and message; an empty path for the object as a whole. The server may
        /// quote a value that was sent: see [`Client::conceal`](super::Client::conceal).
        fields: Vec<(String, String)>,
    },
    /// Too many requests, also after waiting as long as the server asked.
    RateLimited {
        /// The server's words.
        detail: String,
        /// How many seconds the server asks to wait, where that is longer than akrec does.
        asked: Option<u64>,
    },
    /// The server failed.
    Server {
        /// The status, 5xx.
        status: u16,
        /// The server's words, or the title of the page that it sent.
        detail: String,
    },
    /// A write whose outcome is not known: it may or may not have been carried out. Look the
    /// object up before believing anything. authentik 2025.12.4 carried a DELETE out and answered
    /// 405; a connection that was idle is sometimes closed without an answer.
    Unclear {
        /// The answer or failure that was received instead of a clear answer.
        cause: Box<ErrorKind>,
    },
    /// JSON, but not of the shape that authentik gives.
    Shape {
        /// What was expected and what was received.
        reason: String,
    },
    /// A list could not be read as a whole, also at the second try.
    Unsteady {
        /// What did not fit.
        reason: String,
    },
}

impl ErrorKind {
    /// A proxy answered in the server's place: it is not known how far the server got.
    pub(super) fn is_of_a_proxy(&self) -> bool {
        matches!(self, Self::Server { status: 502..=504 | 520..=524, .. })
    }
}

impl Error {
    /// An error found before any request was made.
    pub(super) fn local(kind: ErrorKind) -> Self {
        Self {
            method: None,
            path: String::new(),
            server: String::new(),
            kind,
        }
    }

    /// What happened, without method, path and advice.
    pub fn what(&self) -> String {
        message::what(&self.kind)
    }

    /// What to do about it, as a sentence; none where there is nothing to say.
    pub fn hint(&self) -> Option<String> {
        message::hint(self)
    }

    /// The token was refused, or lacks a permission, or a proxy wants a sign-in: exit code 4.
    pub fn is_auth(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Unauthorized { .. }
                | ErrorKind::SignIn { .. }
                | ErrorKind::Forbidden { .. }
                | ErrorKind::Html {
                    status: 401 | 403 | 407,
                    ..
                }
        )
    }

    /// authentik was not reached, or did not answer properly, and nothing was written by this
    /// request: exit code 5. An unclear write is not in here, nor is a clear answer.
    pub fn is_connection(&self) -> bool {
        match &self.kind {
            ErrorKind::Unreachable { .. }
            | ErrorKind::WrongScheme { .. }
            | ErrorKind::Tls { .. }
            | ErrorKind::Timeout
            | ErrorKind::Dropped { .. }
            | ErrorKind::NotHttp { .. }
            | ErrorKind::Redirect { .. }
            | ErrorKind::Html { .. }
            | ErrorKind::NotJson { .. }
            | ErrorKind::Truncated
            | ErrorKind::TooLarge { .. }
            | ErrorKind::Shape { .. }
            | ErrorKind::Unsteady { .. }
            | ErrorKind::RateLimited { .. } => !self.is_auth(),
            ErrorKind::Server { status, .. } => *status != 500,
            _ => false,
        }
    }

    /// The settings are at fault, found before anything was sent: exit code 3.
    pub fn is_settings(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::InvalidUrl { .. } | ErrorKind::InvalidSettings { .. }
        )
    }

    /// A write that may or may not have been carried out: look the object up.
    pub fn is_unclear(&self) -> bool {
        matches!(self.kind, ErrorKind::Unclear { .. })
    }

    /// The same error once a look at the object showed that the write was not carried out. A write that the server may
    /// still be at stays unclear.
    pub fn not_carried_out(self) -> Error {
        if self.may_go_on() {
            return self;
        }
        match self.kind {
            ErrorKind::Unclear { cause } => Error {
                kind: *cause,
                ..self
            },
            _ => self,
        }
    }

    /// A write that the server may still be at: the connection ended before any word of its own.
    pub fn may_go_on(&self) -> bool {
        let ErrorKind::Unclear { cause } = &self.kind else {
            return false;
        };
        matches!(**cause, ErrorKind::Timeout | ErrorKind::Dropped { .. }) || cause.is_of_a_proxy()
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind, ErrorKind::NotFound { .. })
    }

    /// The status of the answer, where there was one that says something. The 403 of a refused
    /// token counts as 403, and so does a 401: they mean the same.
    pub fn status(&self) -> Option<u16> {
        status(&self.kind)
    }

    /// The answer was 403, whoever gave it: the token was refused or lacks a permission, or something in between says no.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// The license has expired or is exceeded, so that the server refuses every write.
    pub fn is_read_only(&self) -> bool {
        self.fields()
            .iter()
            .any(|(field, text)| field == "code" && text == "denied_license")
    }

    /// The messages of a refusal, by field; empty for every other kind of error.
    pub fn fields(&self) -> &[(String, String)] {
        match &self.kind {
            ErrorKind::Refused { fields, .. } => fields,
            ErrorKind::Unclear { cause } => match cause.as_ref() {
                ErrorKind::Refused { fields, .. } => fields,
                _ => &[],
            },
            _ => &[],
        }
    }
}

fn status(kind: &ErrorKind) -> Option<u16> {
    match kind {
        ErrorKind::Html { status, .. }
        | ErrorKind::NotJson { status }
        | ErrorKind::Refused { status, .. }
        | ErrorKind::Server { status, .. } => Some(*status),
        ErrorKind::Unauthorized { .. } | ErrorKind::Forbidden { .. } => Some(403),
        ErrorKind::NotFound { .. } => Some(404),
        ErrorKind::RateLimited { .. } => Some(429),
        ErrorKind::Unclear { cause } => status(cause),
        _ => None,
    }
}
