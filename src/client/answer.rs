//! Turns an HTTP answer into a JSON value or into the reason why it is none.
//! Must never believe an answer that is not the API's, nor read one without a limit.

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use serde_json::Value;

use super::classify;
use super::error::ErrorKind;
use super::fields;
use super::journal::Method;
use super::retry::{Failure, retry_after};
use super::text::title;

/// The largest body that is read. A list page of 100 of the largest objects is far below it.
const LARGEST: usize = 64 * 1024 * 1024;

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
const PLAIN_TO_TLS: [&str; 2] = ["http request to an https server", "plain http request was sent to https port"];

/// Server-sent text made fit to be shown.
pub(super) type Show<'a> = &'a (dyn Fn(&str) -> String + Sync);

/// Reads `response` to its end: the value of a success (`Null` if it has no body), or the reason
/// why it is none. `list` says that a list was asked for.
pub(super) async fn read(mut response: Response, method: Method, list: bool, show: Show<'_>) -> Result<Value, Failure> {
    let status = response.status().as_u16();
    let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let asked = header(RETRY_AFTER).and_then(|text| retry_after(&text, jiff::Timestamp::now()));
    if (300..400).contains(&status) {
        let to = header(LOCATION).unwrap_or_default();
        let to = show(to.split(['?', '#']).next().unwrap_or_default());
        return Err(Failure::not_done(ErrorKind::Redirect { to }));
    }
    let html = header(CONTENT_TYPE).is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    let body = body(&mut response).await;
    if (200..300).contains(&status) {
        return success(status, &body?, html, method, show);
    }
    // The status of a refusal counts even where its body did not arrive.
    let body = body.unwrap_or_default();
    Err(refusal(status, &body, html, list, asked, show))
}

async fn body(response: &mut Response) -> Result<Vec<u8>, Failure> {
    if response.content_length().is_some_and(|n| n > LARGEST as u64) {
        return Err(Failure::new(ErrorKind::TooLarge));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| classify::reading(&e))? {
        if body.len() + chunk.len() > LARGEST {
            return Err(Failure::new(ErrorKind::TooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn success(status: u16, body: &[u8], html: bool, method: Method, show: Show<'_>) -> Result<Value, Failure> {
    if method.writes() && body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    if page(body, html) {
        return Err(Failure::new(ErrorKind::Html { status, title: page_title(body, show) }));
    }
    match serde_json::from_slice(body) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok(value),
        Ok(other) => Err(Failure::new(ErrorKind::Shape {
            reason: format!("an object or a list was expected, {} came", name(&other)),
        })),
        Err(error) if error.is_eof() => Err(Failure::new(ErrorKind::Truncated)),
        Err(_) => Err(Failure::new(ErrorKind::NotJson { status })),
    }
}

fn refusal(
    status: u16,
    body: &[u8],
    html: bool,
    list: bool,
    asked: Option<std::time::Duration>,
    show: Show<'_>,
) -> Failure {
    let text = String::from_utf8_lossy(&body[..body.len().min(LARGEST_REFUSAL)]);
    let lower = text.to_ascii_lowercase();
    if status == 400 && PLAIN_TO_TLS.iter().any(|known| lower.contains(known)) {
        return Failure::not_done(ErrorKind::WrongScheme { https: false });
    }
    let page = page(body, html);
    let json: Option<Value> =
        if page || body.len() > LARGEST_REFUSAL { None } else { serde_json::from_slice(body).ok() };
    let said = json.as_ref().and_then(|value| value.get("detail")).and_then(Value::as_str);
    // Never the whole of a text that is not JSON: Django's plain error reports quote the request.
    let detail = match (&json, said) {
        (Some(_), Some(said)) => show(said),
        (Some(value), None) if status < 500 => show(&joined(value)),
        (Some(_), None) => String::new(),
        (None, _) if page => page_title(body, show),
        (None, _) => show(text.lines().next().unwrap_or_default()),
    };
    match status {
        429 => {
            return Failure { kind: ErrorKind::RateLimited { detail }, not_done: true, retry_after: asked };
        }
        500.. => {
            // A 503 that says when to come back was turned away before being looked at.
            let not_done = status == 503 && asked.is_some();
            return Failure { kind: ErrorKind::Server { status, detail }, not_done, retry_after: asked };
        }
        _ if page => return Failure::new(ErrorKind::Html { status, title: detail }),
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
        404 => ErrorKind::Shape { reason: "a 404 that is not authentik's".to_owned() },
        _ => {
            let fields = fields::flatten(json);
            let fields = fields.iter().map(|(field, text)| (show(field), show(text))).collect();
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
    let messages: Vec<_> = fields::flatten(value).into_iter().map(|(_, text)| text).collect();
    messages.join("; ")
}

/// A web page, whatever it calls itself.
fn page(body: &[u8], html: bool) -> bool {
    html || body.trim_ascii_start().starts_with(b"<")
}

fn page_title(body: &[u8], show: Show<'_>) -> String {
    // A title stands at the beginning.
    let start = String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]);
    title(&start).map(show).unwrap_or_default()
}

/// What a value is, in words.
pub(super) fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
