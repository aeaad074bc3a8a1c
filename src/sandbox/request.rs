//! How a request below `/api/v3` is read.
//! Must never look at the world.

use serde_json::{Map, Value, json};

use crate::sandbox::facts::Facts;
use crate::sandbox::python::python_type;
use crate::sandbox::types::{Call, Reply};

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
pub(super) fn decode(segment: &str) -> String {
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
pub(super) fn query_pairs(query: &str) -> Vec<(String, String)> {
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
pub(super) fn below<'a>(path: &'a str, base: &str) -> Option<(&'a str, &'a str)> {
    let (key, action) = path.strip_prefix(base)?.split_once('/')?;
    Some((key, action.strip_suffix('/')?))
}
