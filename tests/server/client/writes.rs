//! Writes: what is repeated, what is unclear, what a refusal says.

use akrec::client::ErrorKind;
use serde_json::json;

use super::server::{Reply, Server, answer, html, reply};
use super::{client, impatient};

const PATH: &str = "/core/groups/";

#[tokio::test]
async fn writes_send_their_body_once() {
    let server = Server::start(|_, seen| match seen.method.as_str() {
        "POST" if seen.target.ends_with("/add_user/") => {
            Reply::Bytes(b"HTTP/1.1 204 X\r\n\r\n".to_vec())
        }
        "POST" => reply(201, &json!({"pk": "a"})),
        "PATCH" => reply(200, &json!({"pk": "b"})),
        _ => Reply::Bytes(b"HTTP/1.1 204 X\r\n\r\n".to_vec()),
    })
    .await;
    let client = client(&server.url());
    assert_eq!(
        client.post(PATH, &json!({"name": "x"})).await.unwrap(),
        json!({"pk": "a"})
    );
    assert_eq!(
        client.patch("/core/groups/a/", &json!({})).await.unwrap(),
        json!({"pk": "b"})
    );
    assert_eq!(
        client
            .post("/core/groups/a/add_user/", &json!({"pk": 1}))
            .await
            .unwrap(),
        json!(null)
    );
    client.delete("/core/groups/a/").await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[0].body, r#"{"name":"x"}"#);
    assert!(
        seen[0]
            .head
            .to_lowercase()
            .contains("content-type: application/json\r\n")
    );
    let statuses: Vec<_> = client.requests().iter().map(|r| r.status).collect();
    assert_eq!(statuses, [Some(201), Some(200), Some(204), Some(204)]);
}

#[tokio::test]
async fn a_write_without_a_clear_answer_is_unclear_and_sent_once() {
    let replies: [fn() -> Reply; 8] = [
        || Reply::Close,
        || Reply::Last(b"HTTP/1.1 201 X\r\nContent-Length: 100\r\n\r\n{\"a\"".to_vec()),
        || Reply::Bytes(answer(201, "", "{\"a\"")),
        || html(200, "Sign in"),
        || html(502, "Bad Gateway"),
        || reply(500, &json!({"detail": "boom"})),
        || reply(503, &json!({"detail": "starting"})),
        || reply(405, &json!({"detail": "Method \"DELETE\" not allowed."})),
    ];
    for (number, make) in replies.into_iter().enumerate() {
        let server = Server::start(move |_, _| make()).await;
        let client = client(&server.url());
        let error = client.post(PATH, &json!({"name": "x"})).await.unwrap_err();
        assert!(
            error.is_unclear() && !error.is_connection(),
            "{number}: {error:?}"
        );
        assert!(error.to_string().contains("Check the object"), "{error}");
        assert_eq!(
            (server.seen().len(), client.requests().len()),
            (1, 1),
            "{number}"
        );
    }
    let server = Server::start(|_, _| Reply::Hang(Vec::new())).await;
    let client = impatient(&server.url());
    let error = client.delete("/core/groups/a/").await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Unclear {
            cause: Box::new(ErrorKind::Timeout)
        }
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_write_on_an_idle_connection_that_the_server_closes_is_sent_once() {
    let server = Server::start(|n, _| {
        if n == 0 {
            reply(200, &json!({}))
        } else {
            Reply::Close
        }
    })
    .await;
    let client = client(&server.url());
    client.get(PATH, &[]).await.unwrap();
    let error = client.post(PATH, &json!({})).await.unwrap_err();
    assert!(error.is_unclear(), "{error}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_write_that_was_turned_away_is_repeated() {
    for status in [429, 503] {
        let server = Server::start(move |n, _| match n {
            0 => Reply::Bytes(answer(status, "Retry-After: 0\r\n", "")),
            _ => reply(201, &json!({"pk": 1})),
        })
        .await;
        let client = client(&server.url());
        client.post(PATH, &json!({})).await.unwrap();
        assert_eq!(server.seen().len(), 2);
    }
    let server = Server::start(|_, _| Reply::Bytes(answer(503, "Retry-After: 0\r\n", ""))).await;
    let error = client(&server.url())
        .post(PATH, &json!({}))
        .await
        .unwrap_err();
    assert!(
        !error.is_unclear() && error.status() == Some(503),
        "{error}"
    );
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_refusal_names_the_fields() {
    let body = json!({"name": ["Group with this name already exists."],
        "redirect_uris": [{}, {"url": ["bad\u{1b}[2J\u{7} one"]}], "non_field_errors": ["x".repeat(5000)]});
    for status in [400, 409, 422] {
        let body = body.clone();
        let server = Server::start(move |_, _| reply(status, &body)).await;
        let error = client(&server.url())
            .post(PATH, &json!({}))
            .await
            .unwrap_err();
        assert!(!error.is_unclear() && error.status() == Some(status));
        let mut fields = error.fields().to_vec();
        fields.sort();
        assert_eq!(fields[0].0, "");
        assert!(fields[0].1.chars().count() <= 301 && fields[0].1.ends_with('…'));
        assert_eq!(
            fields[1],
            (
                "name".to_owned(),
                "Group with this name already exists.".to_owned()
            )
        );
        assert_eq!(
            fields[2],
            ("redirect_uris[1].url".to_owned(), "bad one".to_owned())
        );
        assert!(
            error.to_string().contains("name: Group with this name"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn clear_refusals_of_writes_are_not_unclear() {
    let server = Server::start(|n, _| match n {
        0 => reply(403, &json!({"detail": "Token invalid/expired"})),
        1 => reply(404, &json!({"detail": "Not found."})),
        _ => Reply::Bytes(answer(301, "Location: https://elsewhere/\r\n", "")),
    })
    .await;
    let client = client(&server.url());
    assert!(client.post(PATH, &json!({})).await.unwrap_err().is_auth());
    assert!(client.delete(PATH).await.unwrap_err().is_not_found());
    let error = client.delete(PATH).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Redirect { .. }), "{error}");
}
