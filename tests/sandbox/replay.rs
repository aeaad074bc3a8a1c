//! Replays requests recorded from real servers against a fresh sandbox of the same release and
//! compares every status and body.

use std::path::Path;

use akrec::sandbox::{self, Options, Sandbox};
use serde_json::Value;

use crate::compare::{Ids, compare};

/// Cases that are not compared, with the reason.
const EXCLUDED: [(&str, &str); 5] = [
    (
        "malformed JSON",
        "the recording lost the body that was sent",
    ),
    (
        "oauth source",
        "the recorder had no network: the server's fetch failed",
    ),
    (
        "oauth source (no outbound network)",
        "the recorder had no network: the server's fetch failed",
    ),
    (
        "oauth source PATCH matching mode only",
        "answered 405 without a body: not the server's own answer",
    ),
    (
        "group used_by",
        "names rows of an internal table of group ancestry",
    ),
];

/// Fields that came after the recorded server, by what the path begins with: `2026.8` was recorded from a development
/// server of July 2026.
const LATER: [(&str, &str, &[&str]); 4] = [
    ("2026.8", "/admin/settings/", &["base_url"]),
    ("2026.8", "/core/applications/", &["pbm_uuid"]),
    (
        "2026.8",
        "/core/brands/",
        &["branding_map_tiles", "flow_request", "flow_user_switch"],
    ),
    ("2026.8", "/policies/bindings/", &["expires", "expiring"]),
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

#[tokio::test]
async fn the_sandbox_answers_as_2026_5_did() {
    replay("2026.5").await;
}

/// A development server of July 2026, before 2026.8.0.
#[tokio::test]
async fn the_sandbox_answers_as_2026_8_did() {
    replay("2026.8").await;
}

async fn replay(release: &str) {
    let mut options = Options::new(release);
    options.readonly_token = None;
    let sandbox = sandbox::start(options).await.unwrap();
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recordings/{release}.jsonl"));
    let recorded = std::fs::read_to_string(path).unwrap();
    let mut ids = Ids::same(&sandbox.world_json());
    let mut failures = Vec::new();
    let mut compared = 0;
    for line in recorded.lines() {
        let exchange: Value = serde_json::from_str(line).unwrap();
        let case = exchange["case"].as_str().unwrap();
        if EXCLUDED.iter().any(|(excluded, _)| *excluded == case) {
            continue;
        }
        let (status, mut body) = send(&sandbox, &exchange, &ids).await;
        let path = exchange["path"].as_str().unwrap();
        for (_, _, names) in LATER
            .iter()
            .filter(|(of, base, _)| *of == release && path.starts_with(base))
        {
            names.iter().for_each(|name| forget(&mut body, name));
        }
        let expected = exchange["status"].as_u64().unwrap();
        // The recorded server deleted the outpost and yet answered 405: its audit log says so.
        let lie = case == "delete outposts/instances" && expected == 405;
        if u64::from(status) != expected && !lie {
            failures.push(format!(
                "{case}: status {status}, recorded {expected}: {body}"
            ));
            continue;
        }
        let answer = exchange.get("answer").unwrap_or(&Value::Null);
        learn(&exchange, answer, &body, &mut ids);
        if case == "version" {
            // The facts are those of another patch release.
            let line = |version: &Value| {
                version
                    .as_str()
                    .unwrap()
                    .starts_with(&format!("{release}."))
            };
            assert!(
                line(&answer["version_current"]) && line(&body["version_current"]),
                "{answer} {body}"
            );
        } else if !lie {
            compare("", answer, &body, &mut ids, &mut |text| {
                failures.push(format!("{case}: {text}"))
            });
        }
        compared += 1;
    }
    sandbox.stop().await;
    assert!(
        failures.is_empty(),
        "{release}: {} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(compared > 150, "only {compared} exchanges compared");
}

/// Takes a field out of an object, or out of those of a list.
fn forget(answer: &mut Value, name: &str) {
    let objects = match answer.get_mut("results") {
        Some(Value::Array(results)) => results.as_mut_slice(),
        _ => std::slice::from_mut(answer),
    };
    for object in objects.iter_mut().filter_map(Value::as_object_mut) {
        object.remove(name);
    }
}

/// A created object's number stands for ours from now on.
fn learn(exchange: &Value, theirs: &Value, ours: &Value, ids: &mut Ids) {
    if let (Some("POST"), Some(theirs), Some(ours)) = (
        exchange["method"].as_str(),
        theirs["pk"].as_u64(),
        ours["pk"].as_u64(),
    ) {
        ids.numbers.insert((theirs, ours));
    }
}

/// Sends a recorded request with the ids of this run.
async fn send(sandbox: &Sandbox, exchange: &Value, ids: &Ids) -> (u16, Value) {
    let path = ids.path(exchange["path"].as_str().unwrap());
    let method = exchange["method"].as_str().unwrap().parse().unwrap();
    let mut request =
        reqwest::Client::new().request(method, format!("{}/api/v3{path}", sandbox.url()));
    request = match exchange["case"].as_str().unwrap() {
        "no token" => request,
        "bad token" => request.bearer_auth("nobody"),
        _ => request.bearer_auth(sandbox.admin_token()),
    };
    if let Some(query) = exchange.get("query").and_then(Value::as_object) {
        let value = |name: &str, value: &Value| match name {
            "for_user" => ids.path(&plain(value)),
            _ => ids.translated(&plain(value)),
        };
        let pairs: Vec<(String, String)> = query
            .iter()
            .map(|(k, v)| (k.clone(), value(k, v)))
            .collect();
        request = request.query(&pairs);
    }
    // What is no JSON is recorded as text.
    if let Some(sent) = exchange.get("sent").and_then(Value::as_str) {
        request = request
            .header("Content-Type", "application/json")
            .body(sent.to_owned());
    }
    if let Some(body) = exchange.get("body") {
        request = request.json(&ids.substituted(body));
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
