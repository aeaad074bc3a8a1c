//! What a client shows to the server: an API token, or one that it gets from the server itself for as long as it needs it.
//!
//! The second way stores no secret anywhere: the CI system vouches for the job with a signed token of its own, and authentik
//! gives an access token for it (OAuth 2.0 client credentials, RFC 6749 and 7523, with the scope of authentik's API). Must
//! never log or show what is sent or what comes back.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::classify;
use super::error::ErrorKind;
use super::retry::Failure;
use super::secrets::Secrets;
use super::settings::loopback;
use super::text::{SHOWN, clean, cut};
use crate::input::Whose;
use crate::{budget, input};

/// The scope that makes an access token one for the API.
pub const SCOPE: &str = "goauthentik.io/api";
/// What RFC 7523 calls a signed token in place of a secret.
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An access token is replaced so long before it ends.
const EARLY: Duration = Duration::from_secs(60);
/// The largest answer that is read.
const LARGEST: usize = 64 * 1024;

/// What a client shows to the server.
#[derive(Clone)]
pub enum Credentials {
    /// An API token. White space around it is dropped.
    Token(SecretString),
    /// What an access token is asked for with.
    SignIn(SignIn),
}

/// A machine's sign-in at an OAuth2 provider of the server.
#[derive(Clone)]
pub struct SignIn {
    /// The client id of the provider; no secret.
    pub client_id: String,
    /// What proves who asks.
    pub proof: Proof,
}

/// What proves who asks.
#[derive(Clone)]
pub enum Proof {
    /// The provider's client secret.
    Secret(SecretString),
    /// A signed token of another system, which the provider trusts.
    Token(SecretString),
    /// A file with such a token, read again each time: whoever writes it renews it.
    File(PathBuf),
    /// GitHub's (and Forgejo's) service that signs one for the job.
    Github {
        /// Where to ask.
        url: String,
        /// What to ask with.
        token: SecretString,
        /// Whom the signed token is for.
        audience: String,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::Token(_) => "an API token",
            Credentials::SignIn(_) => "a sign-in",
        })
    }
}

impl From<SecretString> for Credentials {
    fn from(token: SecretString) -> Credentials {
        Credentials::Token(token)
    }
}

/// What is sent with every request.
pub(super) struct Bearer {
    pub header: HeaderValue,
    /// When it is to be replaced; a token of the API is used as long as it works.
    pub ends: Option<Instant>,
}

impl Bearer {
    /// The header for a token. Refuses, without quoting it, what cannot be one.
    pub(super) fn of(token: &str) -> Result<HeaderValue, &'static str> {
        let token = token.trim();
        if token.is_empty() {
            return Err("the token is empty");
        }
        if token.contains(char::is_whitespace) {
            return Err("the token has white space in it");
        }
        let wrong = "the token has characters that are not allowed in a token";
        let text = format!("Bearer {token}");
        let mut header = if text.is_ascii() {
            HeaderValue::from_str(&text).map_err(|_| wrong)?
        } else {
            return Err(wrong);
        };
        header.set_sensitive(true);
        Ok(header)
    }

    /// Whether it can be sent now.
    pub(super) fn holds(&self) -> bool {
        self.ends.is_none_or(|ends| Instant::now() < ends)
    }
}

impl SignIn {
    /// Signs in: an access token and how long it may be used. It and what proves who asks are taken in by `secrets`.
    pub(super) async fn run(
        &self,
        http: &reqwest::Client,
        base: &Url,
        secrets: &Secrets,
    ) -> Result<Bearer, Failure> {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("scope", SCOPE),
        ];
        let assertion;
        match &self.proof {
            Proof::Secret(secret) => form.push(("client_secret", secret.expose_secret())),
            other => {
                assertion = other.assertion(http, secrets).await?;
                secrets.add(vec![assertion.clone()]);
                form.extend([
                    ("client_assertion_type", ASSERTION),
                    ("client_assertion", assertion.expose_secret()),
                ]);
            }
        }
        let mut url = base.clone();
        url.set_path(&format!(
            "{}/application/o/token/",
            url.path().trim_end_matches('/')
        ));
        tracing::debug!(client_id = self.client_id, "signing in");
        let request = http.post(url).header(ACCEPT, "application/json");
        let request = request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded(&form));
        let (status, answer) = ask(request, base.scheme() == "https", secrets).await?;
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        if status != 200 {
            // The code is one of RFC 6749's words; a description could quote what was sent.
            let code = text("error")
                .map(|code| cut(&secrets.cleaner().text(code), 60))
                .unwrap_or_else(|| format!("HTTP {status}"));
            return Err(refused(format!(
                "authentik answered {code:?} for the client id {:?}",
                self.client_id
            )));
        }
        let Some(token) = text("access_token") else {
            return Err(refused(
                "there is no access token in authentik's answer".to_owned(),
            ));
        };
        let header = Bearer::of(token)
            .map_err(|why| refused(format!("the token that authentik returned: {why}")))?;
        secrets.add(vec![SecretString::from(token)]);
        let seconds = answer
            .get("expires_in")
            .and_then(Value::as_u64)
            .map(Duration::from_secs);
        // A token that is shorter than the margin is used for half of its time; one that outlasts the clock does not end.
        let ends = seconds.and_then(|whole| {
            Instant::now().checked_add(whole.saturating_sub(EARLY).max(whole / 2))
        });
        Ok(Bearer { header, ends })
    }
}

impl Proof {
    /// What is secret of it from the beginning.
    pub(super) fn secret(&self) -> Option<&SecretString> {
        match self {
            Proof::Secret(secret) | Proof::Token(secret) | Proof::Github { token: secret, .. } => {
                Some(secret)
            }
            Proof::File(_) => None,
        }
    }

    /// The signed token.
    async fn assertion(
        &self,
        http: &reqwest::Client,
        secrets: &Secrets,
    ) -> Result<SecretString, Failure> {
        match self {
            Proof::Secret(token) | Proof::Token(token) => Ok(token.clone()),
            Proof::File(path) => {
                // It may be a pipe, which is waited for.
                let file = path.clone();
                let read = move || input::text(&file, Whose::Operator, budget::TOKEN.most);
                let read = tokio::task::spawn_blocking(read)
                    .await
                    .map_err(|error| refused(error.to_string()))?;
                let text = read
                    .map_err(|why| refused(format!("{} cannot be read: {why}", path.display())))?;
                match text.trim() {
                    "" => Err(refused(format!("{} is empty", path.display()))),
                    token => Ok(SecretString::from(token.to_owned())),
                }
            }
            Proof::Github {
                url,
                token,
                audience,
            } => {
                let unusable = || {
                    refused("the address in ACTIONS_ID_TOKEN_REQUEST_URL cannot be used".to_owned())
                };
                let mut url = Url::parse(url).map_err(|_| unusable())?;
                if url.scheme() != "https" && !loopback(&url) {
                    return Err(unusable());
                }
                url.query_pairs_mut().append_pair("audience", audience);
                let https = url.scheme() == "https";
                let (status, answer) = ask(
                    http.get(url).bearer_auth(token.expose_secret()),
                    https,
                    secrets,
                )
                .await?;
                match answer.get("value").and_then(Value::as_str) {
                    Some(token) if status == 200 => Ok(SecretString::from(token.to_owned())),
                    _ => Err(refused(format!(
                        "the CI system gave no token for the job (HTTP {status})"
                    ))),
                }
            }
        }
    }
}

/// The status and the body, which is an empty object if it is no JSON.
async fn ask(
    request: reqwest::RequestBuilder,
    https: bool,
    secrets: &Secrets,
) -> Result<(u16, Value), Failure> {
    let sent = request.send().await;
    let mut response =
        sent.map_err(|error| classify::sending(&error, https, &secrets.cleaner()))?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|error| classify::reading(&error))?
    {
        body.extend_from_slice(&part);
        if body.len() > LARGEST {
            let reason = format!(
                "the answer to the sign-in is larger than {} KiB",
                LARGEST / 1024
            );
            return Err(Failure::new(ErrorKind::TooLarge {
                reason,
                suggested: None,
            }));
        }
    }
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}

fn refused(reason: String) -> Failure {
    Failure::new(ErrorKind::SignIn {
        reason: cut(&clean(&reason), SHOWN),
    })
}

/// A form as `application/x-www-form-urlencoded`.
fn encoded(form: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("form:x") else {
        return String::new();
    };
    url.query_pairs_mut().extend_pairs(form);
    url.query().unwrap_or_default().to_owned()
}
