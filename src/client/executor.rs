//! Asks the flow executor, as somebody who is not signed in and answers nothing: what a flow shows first.
//! Must never send the token, follow a redirect to another host, or keep a cookie longer than one question.

use std::collections::BTreeMap;

use reqwest::Url;
use reqwest::header::{ACCEPT, COOKIE, HeaderValue, LOCATION, SET_COOKIE};
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

impl Client {
    /// The first challenge of a flow, by its slug. Refuses what is no challenge, with the reason; the reason quotes nothing
    /// that the server said but its status.
    pub async fn first_challenge(&self, slug: &str) -> Result<Challenge, String> {
        let path = format!("api/v3/flows/executor/{}/?query=", segment(slug));
        let base = self.inner.base.clone();
        let mut folder = base;
        if !folder.path().ends_with('/') {
            let path = format!("{}/", folder.path());
            folder.set_path(&path);
        }
        let mut url = folder
            .join(&path)
            .map_err(|_| "the address of the flow cannot be built".to_owned())?;
        let mut cookies: BTreeMap<String, String> = BTreeMap::new();
        for _ in 0..REDIRECTS {
            let answer = self.ask(&url, &cookies).await?;
            keep(&answer, &mut cookies);
            if !answer.status().is_redirection() {
                let seen = self.seen(answer).await;
                return challenge(seen.status, seen.document);
            }
            url = next(&url, &answer)?;
        }
        Err(format!("the server redirected more than {REDIRECTS} times"))
    }

    /// One request, with the cookies of this question and nothing that proves who asks.
    async fn ask(
        &self,
        url: &Url,
        cookies: &BTreeMap<String, String>,
    ) -> Result<reqwest::Response, String> {
        let _permit = self.inner.permits.acquire().await.ok();
        let mut request = self
            .inner
            .http
            .get(url.clone())
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if !cookies.is_empty() {
            let pairs: Vec<String> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
            let header = HeaderValue::from_str(&pairs.join("; "));
            request = request.header(COOKIE, header.map_err(|_| "the server sent a bad cookie")?);
        }
        request.send().await.map_err(|error| {
            let failure = classify::sending(&error, url.scheme() == "https", &self.cleaner());
            message::what(&failure.kind)
        })
    }
}

/// Takes in the cookies of an answer.
fn keep(answer: &reqwest::Response, cookies: &mut BTreeMap<String, String>) {
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
fn next(from: &Url, answer: &reqwest::Response) -> Result<Url, String> {
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
    match (status, text("component")) {
        (200, Some(component)) => Ok(Challenge {
            component,
            message: text("error_message"),
        }),
        (200, None) => Err("the server answered without a challenge".to_owned()),
        (404, _) => Err("the server has no such flow".to_owned()),
        (status, _) => Err(format!("the server answered with status {status}")),
    }
}
