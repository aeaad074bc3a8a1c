//! The HTTP client for authentik's API, version 3: paths, queries and JSON values, and forms with files in them.
//! Must never know a kind of object, follow a redirect, repeat a write that may have been done,
//! or let a secret into an error, a log line or the journal.
//!
//! What a caller gets: an answer that is the API's own and of the shape that was asked for, or an
//! [`Error`] that says what happened and which exit code that means. Nothing in between.

mod answer;
mod budget;
mod classify;
mod error;
mod executor;
mod fields;
mod form;
mod journal;
mod message;
mod paging;
mod probe;
mod retry;
mod secrets;
mod send;
mod settings;
mod sign_in;
mod text;
mod trust;
mod webhook;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore, watch};

pub use error::{Error, ErrorKind, TlsProblem};
pub use executor::{Challenge, Visit};
pub use form::Part;
pub use journal::{Method, Request};
pub use paging::{Listing, PAGE_SIZE, Page};
pub use probe::{Glance, Seen};
pub use settings::Settings;
pub use sign_in::{Credentials, Proof, SCOPE, SignIn};
pub use webhook::Webhook;

use budget::Budget;
use form::Form;
use journal::Journal;
use retry::Failure;
use secrets::Secrets;
use send::Call;
use sign_in::Bearer;
use text::Cleaner;

/// A connection to one authentik. Cheap to clone: clones share the bound on requests under way,
/// the pool of connections and the journal.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    /// Waits for a server that is away, rather than giving up soon.
    patient: bool,
}

struct Inner {
    http: reqwest::Client,
    /// What connections to other hosts are made of: no credentials, no headers.
    bare: Settings,
    base: Url,
    /// `base` as text, without a slash at the end.
    shown: String,
    retries: u32,
    parallelism: usize,
    permits: Semaphore,
    journal: Journal,
    /// A patient client waits for the server to come back.
    away: watch::Sender<bool>,
    /// How a token is got, where none was given.
    sign_in: Option<SignIn>,
    /// The token in use; none before the first sign-in.
    bearer: Mutex<Option<Bearer>>,
    /// What must not be shown: every token so far, the headers' values, and what [`Client::conceal`] was given.
    secrets: Secrets,
    /// How much was read, and how much may be.
    budget: Budget,
}

/// Who the token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The user's number.
    pub pk: i64,
    /// The user's name for signing in.
    pub username: String,
    /// Whether a group makes the user a superuser, who may see and do everything by the API.
    pub is_superuser: bool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.inner.shown)
            .finish_non_exhaustive()
    }
}

/// All characters but those that mean nothing of their own in an address (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// `text` (a slug, an identifier, an id) as one segment of a path.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Whether a text can be the version of a server: `2026.2.2`, `2026.11.0-rc2`.
fn is_version(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
    let year = text
        .split('.')
        .next()
        .is_some_and(|year| !year.is_empty() && year.bytes().all(|b| b.is_ascii_digit()));
    year && text.len() <= 60 && text.chars().all(plain)
}

/// The canonical form of a server's address, as [`Client::base_url`] gives it, or why [`Client::new`] would refuse it.
pub fn canonical_url(url: &str) -> Result<String, Error> {
    settings::canonical(url).map(|url| url.as_str().trim_end_matches('/').to_owned())
}

impl Client {
    /// Checks `settings` and makes a client of them. Sends nothing.
    ///
    /// The address may end in a slash or in `/api/v3`, and may have a path of its own before
    /// that. Refused are: an address without `http://` or `https://`, one with a user or password
    /// in it (a secret on a command line), one with a query or a fragment; an empty token; a
    /// token, header or user agent that cannot be sent; a header that the client sets itself; a
    /// CA file that is not a PEM certificate; and `https` on a machine without any authorities.
    ///
    /// Proxies are taken from the environment, except for a server on this machine's loopback.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let base = settings::canonical(&settings.url)?;
        let shown = base.as_str().trim_end_matches('/').to_owned();
        let http = settings::build(&settings, &base).map_err(|error| Error {
            server: shown.clone(),
            ..error
        })?;
        let bare = probe::bare(&settings);
        let parallelism = settings.parallelism.clamp(1, Semaphore::MAX_PERMITS);
        let mut secrets: Vec<SecretString> = settings
            .headers
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        let (sign_in, bearer) = match settings.credentials {
            Credentials::SignIn(sign_in) => {
                secrets.extend(sign_in.proof.secret().cloned());
                (Some(sign_in), None)
            }
            Credentials::Token(token) => {
                let header = Bearer::of(token.expose_secret()).map_err(settings::invalid)?;
                secrets.push(token);
                (None, Some(Bearer { header, ends: None }))
            }
        };
        let secrets = Secrets::new(&shown, secrets);
        let inner = Inner {
            http,
            bare,
            base,
            shown,
            retries: settings.retries,
            parallelism,
            permits: Semaphore::new(parallelism),
            journal: Journal::default(),
            away: watch::Sender::default(),
            sign_in,
            bearer: Mutex::new(bearer),
            secrets,
            budget: Budget::new(settings.max_answers),
        };
        Ok(Self {
            inner: Arc::new(inner),
            patient: false,
        })
    }

    /// Takes in values that neither an error of this connection and its clones nor [`Client::mask`] may show: what a server
    /// is sent, and what it is known to have. A refusal may quote it (`"x" is not a valid choice.`), in whatever spelling.
    pub fn conceal(&self, values: Vec<SecretString>) {
        self.inner.secrets.add(values);
    }

    /// Takes in a text of which [`Client::mask`] leaves every part, although it is a part of a secret: the host of an
    /// address that is one.
    pub fn reveal(&self, text: &str) {
        self.inner.secrets.reveal(text);
    }

    /// Output of akrec without any of the secrets of this connection, where it holds text that came from the server.
    /// Short secrets and plain words, which could be akrec's own, stay.
    pub fn mask<'a>(&self, output: &'a str) -> Cow<'a, str> {
        // The masker is shared, and its answer may borrow only from the text.
        match self.inner.secrets.own().mask(output) {
            Cow::Borrowed(_) => Cow::Borrowed(output),
            Cow::Owned(masked) => Cow::Owned(masked),
        }
    }

    /// Where in akrec's own output [`Client::mask`] takes secrets out, in order and apart from each other.
    pub fn masked_places(&self, output: &str) -> Vec<Range<usize>> {
        self.inner.secrets.own().places(output)
    }

    /// A text of the server made fit to be shown: without control characters and secrets, and not too long.
    pub fn clean(&self, text: &str) -> String {
        self.cleaner().text(text)
    }

    /// Forgets how much was read so far, which is no longer kept: a new plan begins.
    pub fn forget_answers(&self) {
        self.inner.budget.renew();
    }

    /// The same connection, which waits two minutes and more for a server that went away: one that restarts amid a run comes
    /// back. Whatever is safe to repeat is repeated meanwhile, and nothing else. For an apply: its answers are not kept, so
    /// that only each by itself is limited.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self {
            patient: true,
            ..self.clone()
        }
    }

    /// Reports when patient clients of this connection begin to wait for a server that is away (true), and when it
    /// answers again (false).
    pub fn away(&self) -> watch::Receiver<bool> {
        self.inner.away.subscribe()
    }

    /// The canonical address of the server: no slash at the end, no `/api/v3`.
    pub fn base_url(&self) -> &str {
        &self.inner.shown
    }

    /// True if the token travels unprotected: plain `http` to another machine.
    pub fn exposes_token(&self) -> bool {
        settings::exposes_token(&self.inner.base)
    }

    /// Reads the object or list at `path` (`/core/groups/`), below `/api/v3`, with a slash at
    /// both ends; ids and slugs in it must have gone through [`segment`].
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Error> {
        self.send(&Call::new(Method::Get, path, query)).await
    }

    /// As [`Client::get`], with none for an object that is not there. Only the API's own 404
    /// counts as that: a web page that answers 404 is an error, because it says nothing about the
    /// object.
    pub async fn find(&self, path: &str, query: &[(&str, &str)]) -> Result<Option<Value>, Error> {
        match self.get(path, query).await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates what `body` says, or calls an action. Returns the answer, `Null` if it is empty
    /// (204, as for `add_user`). Sent once, unless it certainly was not carried out; if that
    /// cannot be known the error is [`ErrorKind::Unclear`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        self.send(&Call {
            body: Some(body),
            ..Call::new(Method::Post, path, &[])
        })
        .await
    }

    /// Changes the fields in `body`, as [`Client::post`].
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value, Error> {
        self.send(&Call {
            body: Some(body),
            ..Call::new(Method::Patch, path, &[])
        })
        .await
    }

    /// Sends a form (`multipart/form-data`), as [`Client::post`]: what an upload takes.
    pub async fn upload(&self, path: &str, parts: &[Part<'_>]) -> Result<Value, Error> {
        let form = Form::of(parts);
        self.send(&Call {
            form: Some(&form),
            ..Call::new(Method::Post, path, &[])
        })
        .await
    }

    /// Reads a list that is one bare array, without pages.
    pub async fn array(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
        let value = self
            .send(&Call {
                list: true,
                ..Call::new(Method::Get, path, query)
            })
            .await?;
        match value {
            Value::Array(rows) if rows.iter().all(Value::is_object) => {
                let within = self.inner.budget.list(rows.len() as u64, 1);
                within
                    .map(|()| rows)
                    .map_err(|kind| self.error(Method::Get, path, kind))
            }
            _ => {
                let reason = "expected a list of objects".to_owned();
                Err(self.error(Method::Get, path, ErrorKind::Shape { reason }))
            }
        }
    }

    /// Deletes what `query` names in the collection at `path`, as [`Client::post`].
    pub async fn delete_named(&self, path: &str, query: &[(&str, &str)]) -> Result<(), Error> {
        self.send(&Call::new(Method::Delete, path, query))
            .await
            .map(drop)
    }

    /// Deletes the object at `path`, as [`Client::post`]. An object that is not there is
    /// [`ErrorKind::NotFound`].
    pub async fn delete(&self, path: &str) -> Result<(), Error> {
        self.send(&Call::new(Method::Delete, path, &[]))
            .await
            .map(drop)
    }

    /// The server's release, such as `2026.2.2`, in the server's words. Any user may read it.
    pub async fn version(&self) -> Result<String, Error> {
        let path = "/admin/version/";
        let value = self.get(path, &[]).await?;
        match value.get("version_current").and_then(Value::as_str) {
            Some(version) if is_version(version) => Ok(version.to_owned()),
            _ => Err(self.lacks(path, "version_current")),
        }
    }

    /// Who the token belongs to.
    pub async fn me(&self) -> Result<Me, Error> {
        let path = "/core/users/me/";
        let value = self.get(path, &[]).await?;
        let user = value.get("user").ok_or_else(|| self.lacks(path, "user"))?;
        let field = |key: &str| user.get(key).ok_or_else(|| self.lacks(path, key));
        let pk = field("pk")?
            .as_i64()
            .ok_or_else(|| self.lacks(path, "pk"))?;
        let username = field("username")?
            .as_str()
            .ok_or_else(|| self.lacks(path, "username"))?;
        let is_superuser = field("is_superuser")?
            .as_bool()
            .ok_or_else(|| self.lacks(path, "is_superuser"))?;
        Ok(Me {
            pk,
            username: text::cut(&text::clean(username), text::SHOWN),
            is_superuser,
        })
    }

    /// The server's status of its enterprise license (`unlicensed`, `valid`, `read_only`, …).
    pub async fn licence(&self) -> Result<String, Error> {
        let path = "/enterprise/license/summary/";
        let value = self.get(path, &[]).await?;
        match value.get("status").and_then(Value::as_str) {
            Some(status) => Ok(self.clean(status)),
            None => Err(self.lacks(path, "status")),
        }
    }

    /// The id of the server's installation, which it keeps whatever its address; `None` if it does not say it.
    pub async fn installation(&self) -> Option<String> {
        let value = self
            .get("/enterprise/license/install_id/", &[])
            .await
            .ok()?;
        value
            .get("install_id")
            .and_then(Value::as_str)
            .map(|id| text::cut(&text::clean(id), text::SHOWN))
    }

    /// Every request sent so far by this client and its clones, in the order of sending,
    /// repetitions included; never bodies or headers.
    pub fn requests(&self) -> Vec<Request> {
        self.inner.journal.list()
    }

    /// A path made fit to be shown: an id in it may be what a link consists of.
    fn hide(&self, path: &str) -> String {
        self.inner
            .secrets
            .outside()
            .mask_path(&text::clean(path))
            .into_owned()
    }

    fn cleaner(&self) -> Cleaner {
        self.inner.secrets.cleaner()
    }

    /// The credential of the next request; signs in where the token has expired or does not exist yet.
    async fn bearer(&self) -> Result<HeaderValue, Failure> {
        let mut bearer = self.inner.bearer.lock().await;
        if let Some(held) = bearer.as_ref().filter(|held| held.holds()) {
            return Ok(held.header.clone());
        }
        let Some(sign_in) = &self.inner.sign_in else {
            return Err(Failure::new(ErrorKind::SignIn {
                reason: "there is no token".to_owned(),
            }));
        };
        // Nothing of the request itself has been sent.
        let signed_in = sign_in
            .run(&self.inner.http, &self.inner.base, &self.inner.secrets)
            .await;
        let next = signed_in.map_err(|failure| Failure {
            not_done: true,
            ..failure
        })?;
        let header = next.header.clone();
        *bearer = Some(next);
        Ok(header)
    }

    fn lacks(&self, path: &str, key: &str) -> Error {
        let reason = format!("it has no valid \"{key}\"");
        self.error(Method::Get, path, ErrorKind::Shape { reason })
    }
}
