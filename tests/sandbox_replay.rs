//! Replays requests recorded from real servers against a fresh sandbox of the same release and
//! compares every status and body.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

use std::collections::HashMap;
use std::path::Path;

use akrec::sandbox::{self, Options, Sandbox};
use serde_json::{Map, Value};

/// Fields that differ from run to run or that are noise; they must be there all the same.
const NOISE: [&str; 14] = [
    // Times.
    "date_joined",
    "last_updated",
    "password_change_date",
    "expires",
    "last_applied",
    "cert_expiry",
    // Drawn at random or derived from an installation's secret.
    "uid",
    "user_uid",
    "num_pk",
    "token",
    "key",
    "client_id",
    "client_secret",
    // Texts of the server nobody should compare.
    "verbose_name_plural",
];

/// Fields that are compared by kind only, and why.
const LOOSE: [&str; 5] = [
    // The permissions' order is that of a set.
    "system_permissions",
    // Certificates are made up.
    "fingerprint_sha1",
    "fingerprint_sha256",
    // Carries the address of the server.
    "callback_url",
    // Left empty: see the sandbox's page on OAuth sources.
    "error_reporting",
];

/// Lists without a stable order on the server (the database's order, or ties in a list).
const SETS: [&str; 5] = ["property_mappings", "stages", "policies", "results", "used_by"];

/// Fields that carry an object's own id.
const KEYS: [&str; 5] = ["pk", "uuid", "brand_uuid", "pbm_uuid", "policybindingmodel_ptr_id"];

/// Cases that are not compared, with the reason.
const EXCLUDED: [(&str, &str); 5] = [
    ("malformed JSON", "the recording lost the body that was sent"),
    ("oauth source", "the recorder had no network: the server's fetch failed"),
    ("oauth source (no outbound network)", "the recorder had no network: the server's fetch failed"),
    ("oauth source PATCH matching mode only", "answered 405 without a body: not the server's own answer"),
    ("group used_by", "names rows of an internal table of group ancestry"),
];

#[tokio::test]
async fn the_sandbox_answers_as_2025_10_did() {
    replay("2025.10").await;
}

#[tokio::test]
async fn the_sandbox_answers_as_2025_12_did() {
    replay("2025.12").await;
}

#[tokio::test]
async fn the_sandbox_answers_as_2026_2_did() {
    replay("2026.2").await;
}

async fn replay(release: &str) {
    let mut options = Options::new(release);
    options.readonly_token = None;
    let sandbox = sandbox::start(options).await.unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recordings/{release}.jsonl"));
    let recorded = std::fs::read_to_string(path).unwrap();
    let mut ids = fresh_ids(&sandbox.world_json());
    let mut failures = Vec::new();
    let mut compared = 0;
    for line in recorded.lines() {
        let exchange: Value = serde_json::from_str(line).unwrap();
        let case = exchange["case"].as_str().unwrap();
        if EXCLUDED.iter().any(|(excluded, _)| *excluded == case) {
            continue;
        }
        let (status, body) = send(&sandbox, &exchange, &ids).await;
        let expected = exchange["status"].as_u64().unwrap();
        // The recorded server deleted the outpost and yet answered 405: its audit log says so.
        let lie = case == "delete outposts/instances" && expected == 405;
        if u64::from(status) != expected && !lie {
            failures.push(format!("{case}: status {status}, recorded {expected}: {body}"));
            continue;
        }
        let answer = exchange.get("answer").unwrap_or(&Value::Null);
        if !lie {
            compare("", answer, &body, &mut ids, &mut |text| failures.push(format!("{case}: {text}")));
        }
        compared += 1;
    }
    sandbox.stop().await;
    assert!(failures.is_empty(), "{release}: {} failures\n{}", failures.len(), failures.join("\n"));
    assert!(compared > 150, "only {compared} exchanges compared");
}

/// Sends a recorded request with the ids of this run.
async fn send(sandbox: &Sandbox, exchange: &Value, ids: &HashMap<String, String>) -> (u16, Value) {
    let path = translated(exchange["path"].as_str().unwrap(), ids);
    let method = exchange["method"].as_str().unwrap().parse().unwrap();
    let mut request = reqwest::Client::new().request(method, format!("{}/api/v3{path}", sandbox.url()));
    request = match exchange["case"].as_str().unwrap() {
        "no token" => request,
        "bad token" => request.bearer_auth("nobody"),
        _ => request.bearer_auth(sandbox.admin_token()),
    };
    if let Some(query) = exchange.get("query").and_then(Value::as_object) {
        let pairs: Vec<(String, String)> = query.iter().map(|(k, v)| (k.clone(), translated(&plain(v), ids))).collect();
        request = request.query(&pairs);
    }
    if let Some(body) = exchange.get("body") {
        request = request.json(&substituted(body, ids));
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The ids of a fresh install are those of the recorded server: each stands for itself.
fn fresh_ids(value: &Value) -> HashMap<String, String> {
    match value {
        Value::String(text) if is_uuid(text) => [(text.clone(), text.clone())].into(),
        Value::Array(items) => items.iter().flat_map(fresh_ids).collect(),
        Value::Object(fields) => fields.values().flat_map(fresh_ids).collect(),
        _ => HashMap::new(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn translated(text: &str, ids: &HashMap<String, String>) -> String {
    let learnt = ids.iter().filter(|(theirs, ours)| theirs != ours);
    learnt.fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs.as_str(), ours))
}

fn substituted(value: &Value, ids: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => translated(text, ids).into(),
        Value::Array(items) => items.iter().map(|item| substituted(item, ids)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), substituted(value, ids))).collect())
        }
        other => other.clone(),
    }
}

/// Compares an answer with the recorded one, and learns which id stands for which.
fn compare(at: &str, recorded: &Value, ours: &Value, ids: &mut HashMap<String, String>, fail: &mut dyn FnMut(String)) {
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => fields(at, recorded, ours, ids, fail),
        (Value::Array(recorded), Value::Array(ours)) => {
            if recorded.len() != ours.len() {
                return fail(format!("{at}: {} items, recorded {}", ours.len(), recorded.len()));
            }
            let name = at.rsplit('.').next().unwrap_or_default();
            let used_by = at.is_empty();
            if SETS.contains(&name) || used_by {
                return sets(at, recorded, ours, ids, fail);
            }
            for (number, (recorded, ours)) in recorded.iter().zip(ours).enumerate() {
                compare(&format!("{at}[{number}]"), recorded, ours, ids, fail);
            }
        }
        (Value::String(theirs), Value::String(ours)) => {
            if is_uuid(theirs) && is_uuid(ours) && !ids.contains_key(theirs) && theirs != ours {
                ids.insert(theirs.clone(), ours.clone());
            }
            if translated(theirs, ids).replace("http://sandbox", "") != *ours {
                fail(format!("{at}: {ours:?}, recorded {theirs:?}"));
            }
        }
        (recorded, ours) if recorded == ours => {}
        (recorded, ours) => fail(format!("{at}: {ours}, recorded {recorded}")),
    }
}

fn fields(
    at: &str,
    recorded: &Map<String, Value>,
    ours: &Map<String, Value>,
    ids: &mut HashMap<String, String>,
    fail: &mut dyn FnMut(String),
) {
    // Keys first: other fields may be built from them.
    let is_key = |name: &String| KEYS.contains(&name.as_str());
    let keys = recorded.iter().filter(|(name, _)| is_key(name));
    for (name, value) in keys.chain(recorded.iter().filter(|(name, _)| !is_key(name))) {
        let Some(our) = ours.get(name) else {
            fail(format!("{at}.{name}: missing, recorded {value}"));
            continue;
        };
        if NOISE.contains(&name.as_str()) {
            if value.is_null() != our.is_null() {
                fail(format!("{at}.{name}: {our}, recorded {value}"));
            }
        } else if !LOOSE.contains(&name.as_str()) {
            compare(&format!("{at}.{name}"), value, our, ids, fail);
        }
    }
    for name in ours.keys().filter(|name| !recorded.contains_key(*name)) {
        if name != "autocomplete" && name != "avatar" {
            fail(format!("{at}.{name}: not recorded"));
        }
    }
}

/// Each recorded item has an equal of ours; among equals any will do.
fn sets(at: &str, recorded: &[Value], ours: &[Value], ids: &mut HashMap<String, String>, fail: &mut dyn FnMut(String)) {
    let mut left: Vec<&Value> = ours.iter().collect();
    for item in recorded {
        let found = left.iter().position(|our| {
            let mut same = true;
            compare(at, item, our, &mut ids.clone(), &mut |_| same = false);
            same
        });
        match found {
            Some(position) => compare(at, item, left.remove(position), ids, fail),
            None if left.len() == 1 => compare(at, item, left.remove(0), ids, fail),
            None => fail(format!("{at}: nothing of ours is {item}")),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4
}
