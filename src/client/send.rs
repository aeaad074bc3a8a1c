//! Sends one request: permit, journal, attempts, and the log line of each.
//! Must never log, keep or show a body or a header.

use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;

use super::Client;
use super::answer::{self, Reading};
use super::classify;
use super::error::{Error, ErrorKind};
use super::form::Form;
use super::journal::Method;
use super::retry::{Failure, LONGEST_PATIENCE, TELLING, again, most};
use super::text::{clean, cut};
use crate::stop::{self, Writing};

/// A request to be sent.
pub(super) struct Call<'a> {
    pub method: Method,
    pub path: &'a str,
    pub query: Vec<(String, String)>,
    pub body: Option<&'a Value>,
    pub form: Option<&'a Form>,
    /// A list is asked for.
    pub list: bool,
}

impl<'a> Call<'a> {
    /// A request without a body.
    pub(super) fn new(method: Method, path: &'a str, query: &[(&str, &str)]) -> Self {
        let query = query
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Self {
            method,
            path,
            query,
            body: None,
            form: None,
            list: false,
        }
    }
}

impl Client {
    /// Sends `call`, and again as far as that is safe, within the bound on requests under way.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Value, Error> {
        let url = self.address(call)?;
        let mut attempt = 0;
        let mut waited = Duration::ZERO;
        let failure = loop {
            // What only reads is given up once the run has to end; what writes is finished.
            let attempt_made = async {
                let _writing = call.method.writes().then(Writing::begin);
                self.attempt(call, &url).await
            };
            let answer = match call.method.writes() {
                true => attempt_made.await,
                false => tokio::select! {
                    answer = attempt_made => answer,
                    () = stop::over() => Err(Failure::not_done(ErrorKind::Stopped)),
                },
            };
            let mut failure = match answer {
                Ok(value) => {
                    self.report_away(false);
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            if !failure.away() {
                self.report_away(false);
            } else if self.patient && attempt >= TELLING {
                self.report_away(true);
            }
            let most = most(&failure, self.inner.retries, self.patient);
            let wait = again(call.method, &failure, attempt, most)
                .filter(|wait| waited + *wait <= LONGEST_PATIENCE);
            let Some(wait) = wait else {
                failure.report_wait();
                break failure;
            };
            waited += wait;
            // The permit is not held while waiting.
            let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(
                method = call.method.as_str(),
                path = self.hide(call.path),
                ms,
                "waiting to repeat"
            );
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop::over() => break failure,
            }
            attempt += 1;
        };
        let kind = if failure.unclear(call.method) {
            ErrorKind::Unclear {
                cause: Box::new(failure.kind),
            }
        } else {
            failure.kind
        };
        Err(self.error(call.method, call.path, kind))
    }

    fn report_away(&self, away: bool) {
        self.inner
            .away
            .send_if_modified(|before| std::mem::replace(before, away) != away);
    }

    async fn attempt(&self, call: &Call<'_>, url: &Url) -> Result<Value, Failure> {
        // The semaphore is never closed; if it were, the request would go out unbounded.
        let _permit = self.inner.permits.acquire().await.ok();
        let number = self.inner.journal.sent(call.method, call.path, &call.query);
        let start = Instant::now();
        let outcome = self.exchange(call, url, number).await;
        tracing::debug!(
            method = call.method.as_str(),
            path = self.hide(call.path),
            query = self.hide(url.query().unwrap_or_default()),
            status = outcome.0,
            ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            "request"
        );
        outcome.1
    }

    async fn exchange(
        &self,
        call: &Call<'_>,
        url: &Url,
        number: usize,
    ) -> (Option<u16>, Result<Value, Failure>) {
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let bearer = match self.bearer().await {
            Ok(bearer) => bearer,
            Err(failure) => return (None, Err(failure)),
        };
        let mut request = self
            .inner
            .http
            .request(method, url.clone())
            .header(AUTHORIZATION, bearer);
        if let Some(body) = call.body {
            request = request.json(body);
        }
        if let Some(form) = call.form {
            request = request.header(CONTENT_TYPE, form.kind()).body(form.body());
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                return (
                    None,
                    Err(classify::sending(
                        &error,
                        url.scheme() == "https",
                        &self.cleaner(),
                    )),
                );
            }
        };
        let status = response.status().as_u16();
        self.inner.journal.answered(number, status);
        let reading = Reading {
            method: call.method,
            list: call.list,
            kept: !call.method.writes() && !self.patient,
            budget: &self.inner.budget,
            cleaner: &self.cleaner(),
        };
        (Some(status), answer::read(response, &reading).await)
    }

    /// The address of `call`. Refuses a path that would not arrive as it is written: one that
    /// holds a query, a fragment, a dot segment or unescaped characters (see
    /// [`segment`](super::segment)), or that does not begin and end with a slash (authentik
    /// redirects those, and redirects are not followed).
    fn address(&self, call: &Call<'_>) -> Result<Url, Error> {
        let mut url = self.inner.base.clone();
        let whole = format!("{}/api/v3{}", url.path().trim_end_matches('/'), call.path);
        url.set_path(&whole);
        if url.path() != whole || !call.path.starts_with('/') || !call.path.ends_with('/') {
            let path = cut(&clean(call.path), 200);
            let reason = format!("the path \"{path}\" cannot be sent as it is");
            return Err(self.error(call.method, &path, ErrorKind::Misuse { reason }));
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        Ok(url)
    }

    /// An error of a request to `path`.
    pub(super) fn error(&self, method: Method, path: &str, kind: ErrorKind) -> Error {
        Error {
            method: Some(method),
            path: self.hide(path),
            server: self.base_url().to_owned(),
            kind,
        }
    }
}
