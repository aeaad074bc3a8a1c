//! A server newer than all known releases that keeps credentials as objects of their own, as was read of 2026.11: a proxy takes
//! every secret of every kind out of the answers, puts unknown credentials in, and, in the second form, describes an API
//! without the old fields and refuses them. Nothing breaks, and nothing is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use akrec::kinds::KINDS;
use akrec::sandbox::{Licence, Options};
use akrec::schema::{Create, RELEASES};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::facts::Facts;
use super::{sample, state};

/// What no output may hold: a credential in a field that akrec does not know.
const UNKNOWN: &str = "unknown-4711-must-not-be-seen";

/// The old fields of a collection, with a value that the sandbox takes for each.
type Old = BTreeMap<&'static str, BTreeMap<&'static str, Value>>;

struct Shared {
    target: String,
    http: reqwest::Client,
    old: Old,
    refuses: bool,
    /// Refusals of old fields, by path and field.
    refused: Mutex<BTreeSet<String>>,
}

/// The collection that a path lies in.
fn collection<'o>(
    old: &'o Old,
    path: &str,
) -> Option<(&'static str, &'o BTreeMap<&'static str, Value>)> {
    let found = old
        .iter()
        .filter(|(base, _)| path.starts_with(**base))
        .max_by_key(|(base, _)| base.len());
    found
        .map(|(base, fields)| (*base, fields))
        .filter(|(base, _)| path[base.len()..].matches('/').count() < 2)
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_start_matches("/api/v3").to_owned();
    let mut body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
    let of = collection(&shared.old, &path);
    if let (Some((base, fields)), Ok(Value::Object(mut sent))) = (of, serde_json::from_slice(&body))
        && shared.refuses
    {
        let wrong: Vec<&&str> = fields
            .keys()
            .filter(|name| sent.contains_key(**name))
            .collect();
        if !wrong.is_empty() {
            shared
                .refused
                .lock()
                .unwrap()
                .extend(wrong.iter().map(|name| format!("{base}{name}")));
            let reported: BTreeMap<&str, Vec<&str>> = wrong
                .iter()
                .map(|name| (**name, vec!["Unknown field."]))
                .collect();
            return (StatusCode::BAD_REQUEST, axum::Json(reported)).into_response();
        }
        // The sandbox wants them all the same.
        sent.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        body = Value::Object(sent).to_string().into_bytes();
    }
    let mut forward = shared
        .http
        .request(
            parts.method.clone(),
            format!("{}{}", shared.target, parts.uri),
        )
        .body(body);
    for name in ["authorization", "content-type", "accept", "user-agent"] {
        if let Some(value) = parts.headers.get(name) {
            forward = forward.header(name, value);
        }
    }
    let answer = forward.send().await.unwrap();
    let (status, kind) = (
        answer.status(),
        answer.headers().get("content-type").cloned(),
    );
    let bytes = answer.bytes().await.unwrap();
    let mut answer: Value = match serde_json::from_slice(&bytes) {
        Ok(answer) => answer,
        Err(_) => Value::Null,
    };
    if path == "/schema/" && shared.refuses {
        forget(&mut answer, &shared.old);
    }
    if let Some((_, fields)) = of {
        let strip = |object: &mut Value| {
            if let Some(object) = object.as_object_mut().filter(|object| object.len() > 1) {
                object.retain(|name, _| !fields.contains_key(name.as_str()));
                object.insert(
                    "secret".into(),
                    "5f0c2a53-0000-4000-8000-000000000000".into(),
                );
                object.insert("auth_secret".into(), json!({ "value": UNKNOWN }));
                object.insert("api_credential".into(), UNKNOWN.into());
            }
        };
        match answer.get_mut("results").and_then(Value::as_array_mut) {
            Some(results) => results.iter_mut().for_each(strip),
            None if status.is_success() => strip(&mut answer),
            None => {}
        }
    }
    let bytes = if answer.is_null() {
        bytes.to_vec()
    } else {
        answer.to_string().into_bytes()
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response
        .headers_mut()
        .extend(kind.map(|kind| (axum::http::header::CONTENT_TYPE, kind)));
    response
}

/// Takes the old fields out of the description of the API.
fn forget(document: &mut Value, old: &Old) {
    let mut schemas: Vec<(String, Vec<&str>)> = Vec::new();
    for (path, fields) in old {
        let item = &document["paths"][*path];
        let body = &item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let name = body
            .as_str()
            .and_then(|name| name.rsplit('/').next())
            .unwrap_or_default();
        schemas.push((name.to_owned(), fields.keys().copied().collect()));
    }
    for (name, fields) in schemas {
        let schema = &mut document["components"]["schemas"][&name];
        assert!(schema["properties"].is_object(), "no schema {name}");
        for field in fields {
            schema["properties"].as_object_mut().unwrap().remove(field);
            if let Some(required) = schema["required"].as_array_mut() {
                required.retain(|name| name != field);
            }
        }
    }
}

/// The state of one run, gone when dropped.
struct Home(PathBuf);

impl Home {
    /// Runs the program; its output must not hold a credential.
    async fn run(
        &self,
        url: &str,
        token: &str,
        args: &str,
        secrets: &BTreeSet<String>,
    ) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_akrec"));
        command
            .args(args.split_whitespace())
            .env_clear()
            .env("HOME", &self.0)
            .current_dir(&self.0);
        command.env("AKREC_URL", url).env("AKREC_TOKEN", token);
        let ran = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&ran.stdout),
            String::from_utf8_lossy(&ran.stderr)
        );
        assert!(!text.contains("panicked"), "{args}: {text}");
        for secret in secrets.iter().map(String::as_str).chain([UNKNOWN]) {
            assert!(!text.contains(secret), "{args} shows {secret}:\n{text}");
        }
        (ran.status.code().unwrap(), text)
    }

    fn write(&self, state: &Value) {
        std::fs::create_dir_all(self.0.join("state")).unwrap();
        std::fs::write(self.0.join("state/main.yaml"), state.to_string()).unwrap();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The old fields of every collection by the objects of a state, and the values that no output may hold.
fn credentials(state: &Value) -> (Old, BTreeSet<String>) {
    let newest = RELEASES[RELEASES.len() - 1];
    let (mut old, mut secrets) = (Old::new(), BTreeSet::new());
    let whole = state.to_string();
    for kind in KINDS
        .iter()
        .filter(|kind| kind.is_in(newest) && !kind.section.is_empty() && !kind.is_singleton())
    {
        // A license is its key: there is no object without it.
        if !matches!(kind.create, Create::Post) || kind.has_derived_key() {
            continue;
        }
        let secret = kind
            .fields
            .iter()
            .filter(|field| field.is_in(newest) && field.may_be_withheld());
        for field in secret.filter(|field| field.digest.is_none()) {
            let values = [1, 2, 3].map(|number| {
                state[kind.section][&sample::key(kind, number)][field.yaml_key].clone()
            });
            let Some(value) = values.iter().find(|value| !value.is_null()) else {
                continue;
            };
            old.entry(kind.path)
                .or_default()
                .insert(field.name, value.clone());
            let texts = values.iter().filter_map(Value::as_str);
            secrets.extend(
                texts
                    .filter(|it| it.len() >= 8 && whole.matches(*it).count() == 1)
                    .map(str::to_owned),
            );
        }
    }
    (old, secrets)
}

async fn prove(refuses: bool) {
    let newest = RELEASES[RELEASES.len() - 1];
    let facts = Facts::of(newest);
    let mut options = Options::new(newest.to_string());
    options.licence = Licence::Valid;
    options.more = Some(json!({ "release": "2026.11.0-rc2" }));
    let sandbox = akrec::sandbox::start(options).await.unwrap();
    let (first, second) = (state(&facts, 1), state(&facts, 2));
    let (old, mut secrets) = credentials(&first);
    secrets.extend(credentials(&second).1);
    let count: usize = old.values().map(BTreeMap::len).sum();
    assert!(
        count > 25 && secrets.len() > 10,
        "{count} fields, {} values",
        secrets.len()
    );
    let shared = Arc::new(Shared {
        target: sandbox.url(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        old,
        refuses,
        refused: Mutex::default(),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new()
        .fallback(handle)
        .with_state(Arc::clone(&shared));
    let server = tokio::spawn(async move { drop(axum::serve(listener, app).await) });

    let home =
        Home(std::env::temp_dir().join(format!("akrec-newer-{}-{refuses}", std::process::id())));
    let run = async |args: &str| home.run(&url, sandbox.admin_token(), args, &secrets).await;
    for (way, wanted) in [(1, &first), (2, &second)] {
        home.write(wanted);
        let (code, text) = run("apply --auto-approve --no-rollback --allow AKR0606").await;
        assert_eq!(code, 0, "{refuses}, {way}: {text}");
        if refuses && way == 1 {
            // Each credential that was not sent is named.
            let lines: Vec<&str> = text
                .lines()
                .filter(|line| line.contains("created without: "))
                .collect();
            assert_eq!(
                text.matches("authentik 2026.11.0-rc2 does not accept")
                    .count(),
                1,
                "{text}"
            );
            for (path, fields) in &shared.old {
                let kind = KINDS.iter().find(|kind| kind.path == *path).unwrap();
                let object = &wanted[kind.section][&sample::key(kind, 3)];
                let words = fields
                    .keys()
                    .filter_map(|name| Some(kind.field(name)?.yaml_key));
                for word in words.filter(|word| object.get(word).is_some()) {
                    let credential = format!("{}.{}#{word}", kind.family, sample::key(kind, 3));
                    // The name of a field may be a part of the value that was made up for it, and is masked then.
                    let masked =
                        format!("{}.{}#(sensitive value)", kind.family, sample::key(kind, 3));
                    let names = |line: &&str| line.contains(&credential) || line.contains(&masked);
                    assert!(lines.iter().any(names), "{credential}: {lines:#?}");
                }
            }
        }
        assert!(refuses || !text.contains("does not accept"), "{text}");
        for args in ["plan --detailed-exitcode", "drift", "plan --format json"] {
            let (code, text) = run(args).await;
            assert_eq!(code, 0, "{refuses}, {way}, {args}: {text}");
            assert!(
                text.contains("Not compared: ") || text.contains("\"uncompared_secrets\""),
                "{args}: {text}"
            );
        }
    }
    for args in ["export --all --stdout", "report", "access", "kinds --check"] {
        let (code, text) = run(args).await;
        assert!(
            code == 0 || (code == 2 && args.starts_with("kinds")),
            "{args}: {text}"
        );
    }
    // A field that is asked for by name, and that the server does not accept, is an error that says so.
    if refuses {
        let (code, text) =
            run("apply --auto-approve --no-rollback --write-secret provider.x#nothing").await;
        assert_eq!(code, 3, "{text}");
        let kind = KINDS
            .iter()
            .find(|kind| kind.name == "provider_scim")
            .unwrap();
        let asked = format!("--write-secret provider.{}#token", sample::key(kind, 3));
        let (code, text) = run(&format!(
            "apply --auto-approve --no-rollback --allow AKR0606 {asked}"
        ))
        .await;
        assert!(
            code == 9 && text.contains("does not accept token"),
            "{code}: {text}"
        );
    }
    assert_eq!(
        *shared.refused.lock().unwrap(),
        BTreeSet::new(),
        "something was sent that is not taken"
    );
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_no_answer_contains_are_neither_compared_nor_shown() {
    prove(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_are_not_taken_are_left_out_and_named() {
    prove(true).await;
}
