//! What a forge keeps for pipelines: comments and issues, behind the part of its interface that they use.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, patch};
use axum::{Json, Router};
use serde_json::{Value, json};

/// The token that may comment.
pub const COMMENT_TOKEN: &str = "comment-token";

/// Comments of the one pull request, and issues, by their ids from 1 on.
#[derive(Clone, Default)]
pub struct Forge {
    pub comments: Arc<Mutex<Vec<String>>>,
    /// Title, text, and whether it is open.
    pub issues: Arc<Mutex<Vec<(String, String, bool)>>>,
}

type Answer = (StatusCode, Json<Value>);

fn may(headers: &HeaderMap) -> bool {
    let expected = [
        format!("token {COMMENT_TOKEN}"),
        format!("Bearer {COMMENT_TOKEN}"),
    ];
    headers
        .get("authorization")
        .is_some_and(|it| expected.iter().any(|one| one.as_str() == it))
}

impl Forge {
    /// Listens on loopback; gives the address.
    pub async fn serve(&self) -> String {
        let comments = "/api/v1/repos/team/access/issues/7/comments";
        let routes = Router::new()
            .route(comments, get(listed).post(commented))
            .route(
                "/api/v1/repos/team/access/issues/comments/{id}",
                patch(edited),
            )
            .route("/issues", get(issues).post(opened))
            .route("/issues/{id}", patch(changed))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{place}")
    }
}

fn comment(id: usize, body: &str) -> Value {
    json!({ "id": id, "body": body, "user": { "type": "Bot" } })
}

async fn listed(State(forge): State<Forge>, headers: HeaderMap) -> Answer {
    if !may(&headers) {
        return (StatusCode::UNAUTHORIZED, Json(Value::Null));
    }
    let comments = forge.comments.lock().unwrap();
    let all: Vec<Value> = comments
        .iter()
        .enumerate()
        .map(|(i, body)| comment(i + 1, body))
        .collect();
    (StatusCode::OK, Json(all.into()))
}

async fn commented(
    State(forge): State<Forge>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    if !may(&headers) {
        return (StatusCode::UNAUTHORIZED, Json(Value::Null));
    }
    let mut comments = forge.comments.lock().unwrap();
    comments.push(body["body"].as_str().unwrap().to_owned());
    (
        StatusCode::CREATED,
        Json(comment(comments.len(), &comments[comments.len() - 1])),
    )
}

async fn edited(
    State(forge): State<Forge>,
    Path(id): Path<usize>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let mut comments = forge.comments.lock().unwrap();
    match comments.get_mut(id - 1).filter(|_| may(&headers)) {
        Some(comment) => *comment = body["body"].as_str().unwrap().to_owned(),
        None => return (StatusCode::NOT_FOUND, Json(Value::Null)),
    }
    (StatusCode::OK, Json(Value::Null))
}

async fn issues(State(forge): State<Forge>) -> Answer {
    let issues = forge.issues.lock().unwrap();
    let open = issues.iter().enumerate().filter(|(_, (_, _, open))| *open);
    let all: Vec<Value> = open
        .map(|(i, (title, _, _))| json!({ "number": i + 1, "title": title }))
        .collect();
    (StatusCode::OK, Json(all.into()))
}

async fn opened(State(forge): State<Forge>, Json(body): Json<Value>) -> Answer {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    forge
        .issues
        .lock()
        .unwrap()
        .push((text("title"), text("body"), true));
    (StatusCode::CREATED, Json(Value::Null))
}

async fn changed(
    State(forge): State<Forge>,
    Path(id): Path<usize>,
    Json(body): Json<Value>,
) -> Answer {
    let mut issues = forge.issues.lock().unwrap();
    let issue = &mut issues[id - 1];
    if let Some(text) = body["body"].as_str() {
        issue.1 = text.to_owned();
    }
    issue.2 = body["state"] != "closed";
    (StatusCode::OK, Json(Value::Null))
}

/// The command `gh`, as far as the pipelines use it, in terms of curl and jq. `FORGE` is where the forge listens.
pub const GH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
[ "$GH_TOKEN" = comment-token ] || { echo "gh: not signed in" >&2; exit 4; }
ask() { curl --fail --silent --show-error --header "Authorization: Bearer $GH_TOKEN" "$@"; }
file() { jq --null-input --rawfile body "$1" '{body: $body}'; }
case "$1 $2" in
  "api --paginate") ask "$FORGE/api/v1/$3" ;;
  "api --method")
    [ "$5" = -F ] && [ "${6%%@*}" = body= ] || { echo "gh: $*" >&2; exit 1; }
    file "${6#*@}" | ask --request "$3" --json @- "$FORGE/api/v1/$4" ;;
  "issue list") while [ "$1" != --jq ]; do shift; done; ask "$FORGE/issues" | jq --raw-output "$2" ;;
  "issue edit") file "$5" | ask --request PATCH --json @- "$FORGE/issues/$3" ;;
  "issue create") file "$6" | jq --arg title "$4" '. + {title: $title}' | ask --json @- "$FORGE/issues" ;;
  "issue close") ask --request PATCH --json '{"state": "closed"}' "$FORGE/issues/$3" ;;
  *) echo "gh: $*" >&2; exit 1 ;;
esac
"#;
