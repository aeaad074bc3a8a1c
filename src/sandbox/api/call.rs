//! A request below `/api/v3` and its answer, and how both are read and written.
//! Must never look at the world.

use serde_json::{Map, Value, json};

use crate::sandbox::behaviours::Refusal;
use crate::sandbox::facts::Facts;
use crate::sandbox::python::python_type;

/// One request below `/api/v3`.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Call {
    pub method: String,
    /// The path after `/api/v3`, such as `/core/groups/`.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// The `Content-Type` of the body.
    pub kind: String,
    /// The request body as sent.
    pub body: Vec<u8>,
}

/// One answer; no body means an empty one.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sandbox) struct Reply {
    pub status: u16,
    pub body: Option<Value>,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Reply {
        Reply {
            status,
            body: Some(body),
        }
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, body: None }
    }

    pub fn detail(status: u16, text: &str) -> Reply {
        Reply::new(status, json!({ "detail": text }))
    }

    /// The answer to an object that is not there, in the words of the server.
    pub fn absent(model: &str) -> Reply {
        Reply::detail(404, &format!("No {model} matches the given query."))
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Reply {
        match refusal {
            Refusal::Invalid(errors) => Reply::new(400, Value::Object(errors)),
            // The page for a crash answers GET only: for a write it is a 405 with nothing in it.
            Refusal::Crash => Reply::empty(405),
        }
    }
}

/// The JSON object a write carries; reads have none.
pub(super) fn parse(facts: &Facts, call: &Call) -> Result<Map<String, Value>, Reply> {
    if call.method == "GET" || call.body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(other) => {
            let text = format!(
                "Invalid data. Expected a dictionary, but got {}.",
                python_type(&other)
            );
            Err(Reply::new(400, json!({ "non_field_errors": [text] })))
        }
        Err(error) => Err(Reply::detail(
            400,
            &format!("JSON parse error - {}", unreadable(facts, call, &error)),
        )),
    }
}

/// What the server's parser says, of which there is another one since 2026.8.
fn unreadable(facts: &Facts, call: &Call, error: &serde_json::Error) -> String {
    let before: usize = call
        .body
        .split(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let ends = if error.is_eof() {
        error.column()
    } else {
        error.column().saturating_sub(1)
    };
    let at = before + error.line().saturating_sub(1) + ends;
    let told = error.to_string();
    let (old, new, beyond) = match () {
        () if error.is_eof() => ("unexpected end of data", "Input data was truncated", 0),
        () if told.starts_with("trailing characters") => (
            "unexpected content after document",
            "trailing characters",
            1,
        ),
        () if told.starts_with("key must be a string") => {
            ("unexpected character", "object keys must be strings", 0)
        }
        () => ("unexpected character", "invalid character", 0),
    };
    match (facts.is_from(2026, 8), error.is_eof()) {
        (false, _) => format!(
            "{old}: line {} column {} (char {at})",
            error.line(),
            ends + 1
        ),
        (true, true) => new.to_owned(),
        (true, false) => format!("JSON is malformed: {new} (byte {})", at + beyond),
    }
}

/// Undoes the percent-encoding of one path segment.
pub(in crate::sandbox) fn decode(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, code.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The pairs of a query string.
pub(in crate::sandbox) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decode(&name.replace('+', " ")),
                decode(&value.replace('+', " ")),
            )
        })
        .collect()
}

/// The path without its first part and the slash after: `5/used_by/` of `/core/users/5/used_by/`.
pub(in crate::sandbox) fn below<'a>(path: &'a str, base: &str) -> Option<(&'a str, &'a str)> {
    let (key, action) = path.strip_prefix(base)?.split_once('/')?;
    Some((key, action.strip_suffix('/')?))
}
