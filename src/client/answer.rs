//! Turns an HTTP answer into a JSON value or into the reason why it is none.
//! Must never believe an answer that is not the API's, nor read one without a limit.

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use serde_json::Value;

use super::budget::Budget;
use super::classify;
use super::error::ErrorKind;
use super::fields;
use super::journal::Method;
use super::retry::{Failure, retry_after};
use super::text::{Cleaner, title};

/// The largest body of a refusal that is looked into.
const LARGEST_REFUSAL: usize = 1024 * 1024;

/// How authentik begins its answer to a token that it does not accept (`authentik/api/
/// authentication.py` and REST framework's own). Only the advice hangs on it, not whether it is
/// an error: every other 403 becomes [`ErrorKind::Forbidden`].
const BAD_TOKEN: [&str; 6] = [
    "token invalid",
    "authentication credentials were not provided",
    "invalid token",
    "malformed header",
    "unsupported authentication",
    "user inactive",
];

/// What servers answer on their TLS port to plain HTTP.
const PLAIN_TO_TLS: [&str; 2] = [
    "http request to an https server",
    "plain http request was sent to https port",
];

/// What an answer is read with.
pub(super) struct Reading<'a> {
    /// How it was asked for.
    pub method: Method,
    /// A list was asked for.
    pub list: bool,
    /// The answer is kept, so that it counts towards what all answers of a run may have.
    pub kept: bool,
    pub budget: &'a Budget,
    pub cleaner: &'a Cleaner,
}

/// Reads `response` to its end: the value of a success (`Null` if it has no body), or the reason
/// why it is none.
pub(super) async fn read(mut response: Response, reading: &Reading<'_>) -> Result<Value, Failure> {
    let status = response.status().as_u16();
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned)
    };
    let asked = header(RETRY_AFTER).and_then(|text| retry_after(&text, jiff::Timestamp::now()));
    if (300..400).contains(&status) {
        let to = header(LOCATION).unwrap_or_default();
        let to = reading
            .cleaner
            .text(to.split(['?', '#']).next().unwrap_or_default());
        return Err(Failure::not_done(ErrorKind::Redirect { to }));
    }
    let html = header(CONTENT_TYPE).is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    let good = (200..300).contains(&status);
    let body = body(&mut response, good && reading.kept, reading.budget).await;
    if good {
        return success(status, &body?, html, reading);
    }
    // The status of a refusal counts even where its body did not arrive.
    let body = body.unwrap_or_default();
    Err(refusal(status, &body, html, asked, reading))
}

async fn body(response: &mut Response, kept: bool, budget: &Budget) -> Result<Vec<u8>, Failure> {
    budget
        .fits(response.content_length().unwrap_or_default())
        .map_err(Failure::new)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| classify::reading(&e))? {
        budget
            .fits((body.len() + chunk.len()) as u64)
            .map_err(Failure::new)?;
        if kept {
            budget.read(chunk.len() as u64).map_err(Failure::new)?;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn success(status: u16, body: &[u8], html: bool, reading: &Reading<'_>) -> Result<Value, Failure> {
    if reading.method.writes() && body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    if page(body, html) {
        return Err(Failure::new(ErrorKind::Html {
            status,
            title: page_title(body, reading.cleaner),
        }));
    }
    reading
        .budget
        .decode(body, reading.kept)
        .map_err(Failure::new)?;
    match serde_json::from_slice(body) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok(value),
        Ok(other) => Err(Failure::new(ErrorKind::Shape {
            reason: format!("expected an object or a list, got {}", name(&other)),
        })),
        Err(error) if error.is_eof() => Err(Failure::new(ErrorKind::Truncated)),
        Err(_) => Err(Failure::new(ErrorKind::NotJson { status })),
    }
}

fn refusal(
    status: u16,
    body: &[u8],
    html: bool,
    asked: Option<std::time::Duration>,
    reading: &Reading<'_>,
) -> Failure {
    let Reading { list, cleaner, .. } = *reading;
    let text = String::from_utf8_lossy(&body[..body.len().min(LARGEST_REFUSAL)]);
    let lower = text.to_ascii_lowercase();
    if status == 400 && PLAIN_TO_TLS.iter().any(|known| lower.contains(known)) {
        return Failure::not_done(ErrorKind::WrongScheme { https: false });
    }
    let page = page(body, html);
    let json: Option<Value> = if page || body.len() > LARGEST_REFUSAL {
        None
    } else {
        serde_json::from_slice(body).ok()
    };
    let said = json
        .as_ref()
        .and_then(|value| value.get("detail"))
        .and_then(Value::as_str);
    // Never the whole of a text that is not JSON: Django's plain error reports quote the request.
    let detail = match (&json, said) {
        (Some(_), Some(said)) => cleaner.text(said),
        (Some(value), None) if status < 500 => cleaner.text(&joined(value)),
        (Some(_), None) => String::new(),
        (None, _) if page => page_title(body, cleaner),
        (None, _) => cleaner.text(text.lines().next().unwrap_or_default()),
    };
    match status {
        429 => {
            return Failure {
                kind: ErrorKind::RateLimited {
                    detail,
                    asked: None,
                },
                not_done: true,
                retry_after: asked,
            };
        }
        500.. => {
            // A 503 that says when to come back was turned away before being looked at.
            let not_done = status == 503 && asked.is_some();
            return Failure {
                kind: ErrorKind::Server { status, detail },
                not_done,
                retry_after: asked,
            };
        }
        _ if page => {
            return Failure::new(ErrorKind::Html {
                status,
                title: detail,
            });
        }
        _ => {}
    }
    let Some(json) = &json else {
        return Failure::new(ErrorKind::NotJson { status });
    };
    Failure::new(match status {
        401 => ErrorKind::Unauthorized { detail },
        403 if said.is_some_and(bad_token) => ErrorKind::Unauthorized { detail },
        403 => ErrorKind::Forbidden { detail, list },
        // Every 404 of the API has a `detail`; a 404 without one comes from something else.
        404 if said.is_some() => ErrorKind::NotFound { detail },
        404 => ErrorKind::Shape {
            reason: "a 404 that does not come from authentik".to_owned(),
        },
        _ => {
            let fields = fields::flatten(json);
            let names = fields
                .iter()
                .map(|(field, _)| cleaner.name(field))
                .collect::<Vec<_>>();
            let texts = cleaner.texts(fields.into_iter().map(|(_, text)| text));
            let fields = names.into_iter().zip(texts).collect();
            ErrorKind::Refused { status, fields }
        }
    })
}

fn bad_token(detail: &str) -> bool {
    let lower = detail.to_ascii_lowercase();
    BAD_TOKEN.iter().any(|known| lower.contains(known))
}

/// All messages of a refusal in one text.
fn joined(value: &Value) -> String {
    let messages: Vec<_> = fields::flatten(value)
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    messages.join("; ")
}

/// A web page, whatever it calls itself.
fn page(body: &[u8], html: bool) -> bool {
    html || body.trim_ascii_start().starts_with(b"<")
}

fn page_title(body: &[u8], cleaner: &Cleaner) -> String {
    // A title stands at the beginning.
    let start = String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]);
    title(&start)
        .map(|title| cleaner.text(title))
        .unwrap_or_default()
}

/// What a value is, in words.
pub(super) fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
