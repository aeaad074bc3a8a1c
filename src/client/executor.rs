//! Visits the flow executor as a browser does: what a flow shows first, and what it shows after an answer.
//! Must never send the token, follow a redirect to another host, or keep a cookie longer than one visit.

use std::collections::BTreeMap;

use reqwest::header::{ACCEPT, COOKIE, HeaderValue, LOCATION, REFERER, SET_COOKIE};
use reqwest::{RequestBuilder, Response, Url};
use serde_json::Value;

use super::Client;
use super::classify;
use super::message;
use super::segment;

/// How many redirects are followed: the server sends the visitor to the same address again after each stage that shows nothing.
const REDIRECTS: usize = 20;
/// How large a cookie may be; a session's is below 100 bytes.
const COOKIE_BYTES: usize = 4096;

/// What a flow shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Challenge {
    /// The component, as authentik calls it: `ak-stage-identification`.
    pub component: String,
    /// What it says where it refuses.
    pub message: Option<String>,
    /// It is shown again, since the answer was wrong.
    pub wrong: bool,
    /// It asks for the password on the same page.
    pub password: bool,
}

impl Challenge {
    /// Whether the flow refuses whoever asked, or failed.
    pub fn is_closed(&self) -> bool {
        matches!(
            self.component.as_str(),
            "ak-stage-access-denied" | "ak-stage-flow-error"
        )
    }
}

/// A visit to the flow executor: what is shown, and the cookies that belong to it.
pub struct Visit<'c> {
    client: &'c Client,
    cookies: BTreeMap<String, String>,
}

impl Client {
    /// Begins a visit as somebody who is not signed in.
    pub fn visit(&self) -> Visit<'_> {
        Visit {
            client: self,
            cookies: BTreeMap::new(),
        }
    }

    /// The first challenge of a flow, by its slug. Refuses what is no challenge, with the reason; the reason quotes nothing
    /// that the server said but its status.
    pub async fn first_challenge(&self, slug: &str) -> Result<Challenge, String> {
        self.visit().look(slug).await
    }

    /// Where the flow executor answers for a flow.
    fn executor(&self, slug: &str) -> Result<Url, String> {
        let path = format!("api/v3/flows/executor/{}/?query=", segment(slug));
        let mut base = self.inner.base.clone();
        if !base.path().ends_with('/') {
            let folder = format!("{}/", base.path());
            base.set_path(&folder);
        }
        base.join(&path)
            .map_err(|_| "the address of the flow cannot be built".to_owned())
    }
}

impl Visit<'_> {
    /// What a flow shows now.
    pub async fn look(&mut self, slug: &str) -> Result<Challenge, String> {
        let url = self.client.executor(slug)?;
        let request = self.client.inner.http.get(url.clone());
        self.follow(url, request).await
    }

    /// Answers what a flow shows; gives what it shows next. `answer` is shown nowhere.
    pub async fn answer(&mut self, slug: &str, answer: &Value) -> Result<Challenge, String> {
        let url = self.client.executor(slug)?;
        let mut request = self.client.inner.http.post(url.clone()).json(answer);
        if let Some(token) = self.cookies.get("authentik_csrf") {
            let header = HeaderValue::from_str(token);
            let header = header.map_err(|_| "the server sent a bad cookie".to_owned())?;
            request = request
                .header("X-authentik-CSRF", header)
                .header(REFERER, url.as_str());
        }
        self.follow(url, request).await
    }

    /// Sends a request, and follows redirects to the same server.
    async fn follow(&mut self, url: Url, first: RequestBuilder) -> Result<Challenge, String> {
        let (mut url, mut request) = (url, first);
        for _ in 0..REDIRECTS {
            let answer = self.send(&url, request).await?;
            keep(&answer, &mut self.cookies);
            if !answer.status().is_redirection() {
                let seen = self.client.seen(answer).await;
                return challenge(seen.status, seen.document);
            }
            url = next(&url, &answer)?;
            request = self.client.inner.http.get(url.clone());
        }
        Err(format!("the server redirected more than {REDIRECTS} times"))
    }

    /// One request, with the cookies of this visit and nothing else that proves who asks.
    async fn send(&self, url: &Url, request: RequestBuilder) -> Result<Response, String> {
        let _permit = self.client.inner.permits.acquire().await.ok();
        let mut request = request.header(ACCEPT, HeaderValue::from_static("application/json"));
        if !self.cookies.is_empty() {
            let pairs = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            let header = HeaderValue::from_str(&pairs.collect::<Vec<_>>().join("; "));
            let mut header = header.map_err(|_| "the server sent a bad cookie".to_owned())?;
            header.set_sensitive(true);
            request = request.header(COOKIE, header);
        }
        request.send().await.map_err(|error| {
            let cleaner = self.client.cleaner();
            let failure = classify::sending(&error, url.scheme() == "https", &cleaner);
            message::what(&failure.kind)
        })
    }
}

/// Takes in the cookies of an answer.
fn keep(answer: &Response, cookies: &mut BTreeMap<String, String>) {
    for header in answer.headers().get_all(SET_COOKIE) {
        let Some(pair) = header.to_str().ok().and_then(|text| text.split(';').next()) else {
            continue;
        };
        if let Some((name, value)) = pair.split_once('=')
            && pair.len() <= COOKIE_BYTES
        {
            cookies.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}

/// Where a redirect leads, if that is the same server.
fn next(from: &Url, answer: &Response) -> Result<Url, String> {
    let location = answer.headers().get(LOCATION);
    let to = location
        .and_then(|to| to.to_str().ok())
        .and_then(|to| from.join(to).ok())
        .ok_or("the server redirected to no address")?;
    match to.origin() == from.origin() {
        true => Ok(to),
        false => Err("the server redirected to another host".to_owned()),
    }
}

/// Reads a challenge.
fn challenge(status: u16, document: Option<Value>) -> Result<Challenge, String> {
    let text = |name: &str| {
        let text = document.as_ref()?.get(name)?.as_str()?;
        Some(text.to_owned())
    };
    let has = |name: &str, is: &dyn Fn(&Value) -> bool| {
        let value = document.as_ref().and_then(|document| document.get(name));
        value.is_some_and(is)
    };
    match (status, text("component")) {
        (200, Some(component)) => Ok(Challenge {
            component,
            message: text("error_message"),
            wrong: has("response_errors", &|errors| {
                errors.as_object().is_some_and(|it| !it.is_empty())
            }),
            password: has("password_fields", &|asks| *asks == Value::Bool(true)),
        }),
        (200, None) => Err("the server answered without a challenge".to_owned()),
        (404, _) => Err("the server has no such flow".to_owned()),
        (status, _) => Err(format!("the server answered with status {status}")),
    }
}
