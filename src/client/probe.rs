//! Asks for documents and pages that anyone may see, without the token.
//! Must never send the token anywhere, follow a redirect, or send a header of `--header` to another host than the server's.

use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::{ACCEPT, HeaderValue, LOCATION};
use secrecy::SecretString;
use serde_json::Value;

use super::Client;
use super::budget;
use super::classify;
use super::error::ErrorKind;
use super::message;
use super::settings::{self, Settings};
use super::sign_in::Credentials;
use super::text::{SHOWN, clean, cut};

/// The largest document that is read.
const LARGEST: usize = 1024 * 1024;

/// What came back.
#[derive(Clone, PartialEq, Debug)]
pub struct Seen {
    /// The status.
    pub status: u16,
    /// The document, if the status is 200 and it is JSON.
    pub document: Option<Value>,
    /// Where a redirect leads, without its query.
    pub location: Option<String>,
    /// The word for an error that a redirect carries to where it leads, as those of OAuth do.
    pub error: Option<String>,
}

/// The outcome of one question, and how long it took.
pub type Glance = (Result<Seen, String>, Duration);

impl Client {
    /// Asks for an address of the web, on this server or any other, once more if the connection broke. Shares the bound
    /// on requests under way. The reason of a failure does not quote the address.
    pub async fn glance(&self, address: &str) -> Glance {
        let start = Instant::now();
        (self.look(address).await, start.elapsed())
    }

    async fn look(&self, address: &str) -> Result<Seen, String> {
        let url = Url::parse(address).map_err(|_| "it is not a web address".to_owned())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("it is not a web address".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it contains a user name or a password".to_owned());
        }
        let own = url.origin() == self.inner.base.origin();
        let http = match own {
            true => self.inner.http.clone(),
            false => settings::build(&self.inner.bare, &url).map_err(|error| error.what())?,
        };
        let _permit = self.inner.permits.acquire().await.ok();
        let mut again = true;
        loop {
            let request = http
                .get(url.clone())
                .header(ACCEPT, HeaderValue::from_static("*/*"));
            match request.send().await {
                Ok(answer) => return Ok(self.seen(answer).await),
                Err(error) => {
                    let failure =
                        classify::sending(&error, url.scheme() == "https", &self.cleaner());
                    if !std::mem::take(&mut again)
                        || !matches!(failure.kind, ErrorKind::Dropped { .. })
                    {
                        return Err(message::what(&failure.kind));
                    }
                }
            }
        }
    }

    pub(super) async fn seen(&self, mut answer: reqwest::Response) -> Seen {
        let status = answer.status().as_u16();
        let location = answer
            .headers()
            .get(LOCATION)
            .and_then(|to| to.to_str().ok());
        let error = location.and_then(reported_error);
        let location = location.map(|to| {
            self.cleaner()
                .text(to.split(['?', '#']).next().unwrap_or_default())
        });
        let mut body = Vec::new();
        while let (200, Ok(Some(chunk))) = (status, answer.chunk().await) {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                body.clear();
                break;
            }
        }
        let masker = self.inner.secrets.outside();
        let tamed = |text: &str| cut(&masker.mask_data(&clean(text)), SHOWN);
        let document = match budget::weigh(&body) {
            Ok(_) => serde_json::from_slice(&body)
                .ok()
                .map(|document| tame(document, &tamed)),
            Err(_) => None,
        };
        Seen {
            status,
            document,
            location,
            error,
        }
    }
}

/// The error that an address carries in its query or its fragment, if it is a word.
fn reported_error(address: &str) -> Option<String> {
    let (_, rest) = address.split_once(['?', '#'])?;
    let error = rest
        .split(['&', '#', '?'])
        .find_map(|pair| pair.strip_prefix("error="))?;
    let word = error.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    Some(if word {
        error.to_owned()
    } else {
        "an error".to_owned()
    })
}

/// A document whose texts are fit to be shown and to be compared. Keys stay: they are only looked up.
fn tame(value: Value, show: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(show(&text)),
        Value::Array(items) => items.into_iter().map(|item| tame(item, show)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, item)| (key, tame(item, show)))
            .collect(),
        other => other,
    }
}

/// The settings for hosts that are not the server: its TLS and times, and nothing that proves who asks.
pub(super) fn bare(settings: &Settings) -> Settings {
    Settings {
        credentials: Credentials::Token(SecretString::default()),
        headers: Vec::new(),
        ..settings.clone()
    }
}
