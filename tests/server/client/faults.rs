//! Every way in which a read can fail.

use akrec::client::{Client, ErrorKind, Settings};
use serde_json::json;
use tokio::net::TcpListener;

use super::server::{Reply, Server, answer, html, reply};
use super::{client, impatient, settings};

const PATH: &str = "/core/groups/";

async fn get(
    script: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> (Result<serde_json::Value, akrec::client::Error>, usize) {
    let server = Server::start(move |n, _| script(n)).await;
    let client = client(&server.url());
    let outcome = client.get(PATH, &[]).await;
    assert_eq!(client.requests().len(), server.seen().len());
    (outcome, server.seen().len())
}

#[tokio::test]
async fn a_plain_read_works_and_is_in_the_journal() {
    let server = Server::start(|_, _| reply(200, &json!({"pk": 1}))).await;
    let client = client(&server.url());
    let query = [("name", "a b&c"), ("ordering", "name")];
    assert_eq!(client.get(PATH, &query).await.unwrap(), json!({"pk": 1}));
    let seen = server.seen();
    assert_eq!(
        seen[0].target,
        "/api/v3/core/groups/?name=a+b%26c&ordering=name"
    );
    assert!(
        seen[0]
            .head
            .to_lowercase()
            .contains("authorization: bearer t0ken-that-must-not-leak\r\n")
    );
    assert!(
        seen[0]
            .head
            .to_lowercase()
            .contains("user-agent: akrec-test/0\r\n")
    );
    let journal = client.requests();
    assert_eq!(
        (journal[0].path.as_str(), journal[0].status),
        (PATH, Some(200))
    );
    assert_eq!(journal[0].query[0], ("name".to_owned(), "a b&c".to_owned()));
}

#[tokio::test]
async fn unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let client = client(&format!("http://127.0.0.1:{port}"));
    let error = client.get(PATH, &[]).await.unwrap_err();
    assert!(
        matches!(&error.kind, ErrorKind::Unreachable { reason } if reason.contains("refused")),
        "{error}"
    );
    assert!(error.is_connection() && !error.is_auth());
    assert_eq!(
        client.requests().len(),
        3,
        "a connection that failed is tried again"
    );
    let text = error.to_string();
    assert!(
        text.starts_with("GET /core/groups/ on http://127.0.0.1:"),
        "{text}"
    );
    // A write that was certainly not sent is tried again, and is no unclear one.
    let error = client.post(PATH, &json!({})).await.unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::Unreachable { .. }),
        "{error}"
    );
    assert_eq!(client.requests().len(), 6);
}

#[tokio::test]
async fn an_unknown_host() {
    let client = impatient("http://no-such-host.invalid");
    let error = client.get(PATH, &[]).await.unwrap_err();
    assert!(error.is_connection(), "{error:?}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_a_403_with_one_of_two_texts() {
    for text in [
        "Token invalid/expired",
        "Authentication credentials were not provided.",
    ] {
        let (outcome, sent) = get(move |_| reply(403, &json!({"detail": text}))).await;
        let error = outcome.unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Unauthorized { .. }),
            "{error}"
        );
        assert!(error.is_auth() && error.status() == Some(403) && sent == 1);
    }
    let (outcome, _) = get(|_| reply(401, &json!({"detail": "no"}))).await;
    assert!(matches!(
        outcome.unwrap_err().kind,
        ErrorKind::Unauthorized { .. }
    ));
}

#[tokio::test]
async fn a_403_on_one_collection_names_it_and_the_permission() {
    let said = json!({"detail": "You do not have permission to perform this action."});
    let server = Server::start(move |_, _| reply(403, &said)).await;
    let client = client(&server.url());
    let error = client
        .page(PATH, &[("ordering", "pk")], 1)
        .await
        .unwrap_err();
    assert!(error.is_auth() && matches!(error.kind, ErrorKind::Forbidden { list: true, .. }));
    let text = error.to_string();
    assert!(
        text.contains("view_") && text.contains(PATH) && text.contains("any of the objects"),
        "{text}"
    );
    let error = client.get("/admin/settings/", &[]).await.unwrap_err();
    assert!(
        error.to_string().contains("view_system_settings"),
        "{error}"
    );
    let error = client
        .patch("/core/groups/1/", &json!({}))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("change_") && !error.is_unclear(),
        "{error}"
    );
}

#[tokio::test]
async fn only_the_apis_own_404_means_that_there_is_no_object() {
    let server = Server::start(|n, _| match n {
        0 => reply(404, &json!({"detail": "No Group matches the given query."})),
        1 => html(404, "Not Found"),
        2 => reply(404, &json!({"error": "no route"})),
        _ => Reply::Bytes(answer(404, "", "")),
    })
    .await;
    let client = client(&server.url());
    assert_eq!(client.find("/core/groups/1/", &[]).await.unwrap(), None);
    let error = client.find("/core/groups/1/", &[]).await.unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::Html { status: 404, .. }),
        "{error}"
    );
    let error = client.find("/core/groups/1/", &[]).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Shape { .. }), "{error}");
    let error = client.find("/core/groups/1/", &[]).await.unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::NotJson { status: 404 }),
        "{error}"
    );
}

#[tokio::test]
async fn too_many_requests_are_repeated_as_asked() {
    let (outcome, sent) = get(|n| match n {
        0 => Reply::Bytes(answer(429, "Retry-After: 0\r\n", "{}")),
        _ => reply(200, &json!({})),
    })
    .await;
    assert!(outcome.is_ok() && sent == 2);
    let (outcome, sent) =
        get(|_| Reply::Bytes(answer(429, "Retry-After: 0\r\n", "slow down"))).await;
    let error = outcome.unwrap_err();
    assert!(
        matches!(&error.kind, ErrorKind::RateLimited { detail, asked: None } if detail == "slow down")
    );
    assert!(error.is_connection() && error.status() == Some(429) && sent == 3);
}

#[tokio::test]
async fn server_errors_are_repeated_and_a_500_only_once() {
    let (outcome, sent) = get(|n| {
        if n < 2 {
            html(502, "502 Bad Gateway")
        } else {
            reply(200, &json!({}))
        }
    })
    .await;
    assert!(outcome.is_ok() && sent == 3);
    let (outcome, sent) = get(|_| html(502, "502 Bad Gateway")).await;
    let error = outcome.unwrap_err();
    let expected = ErrorKind::Server {
        status: 502,
        detail: "502 Bad Gateway".to_owned(),
    };
    assert!(
        error.kind == expected && error.is_connection() && sent == 3,
        "{error}"
    );
    let (outcome, sent) =
        get(|_| reply(500, &json!({"detail": "boom", "traceback": "secret"}))).await;
    let error = outcome.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Server {
            status: 500,
            detail: "boom".to_owned()
        }
    );
    assert!(!error.is_connection() && sent == 2);
    let (outcome, _) =
        get(|_| Reply::Bytes(answer(500, "", "ValueError at /\nRequest: secret"))).await;
    assert!(!outcome.unwrap_err().to_string().contains("secret"));
}

#[tokio::test]
async fn silence_and_slow_bodies_time_out() {
    for start in ["", "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{\"a\":"] {
        let server = Server::start(move |_, _| Reply::Hang(start.as_bytes().to_vec())).await;
        let client = impatient(&server.url());
        let error = client.get(PATH, &[]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout, "{error}");
        assert!(error.is_connection() && error.to_string().contains("--timeout"));
        assert_eq!(client.requests().len(), 2);
    }
}

#[tokio::test]
async fn truncated_answers() {
    let cut = b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{\"a\":1".to_vec();
    let (outcome, sent) = get(move |_| Reply::Last(cut.clone())).await;
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::Truncated);
    assert_eq!(sent, 3);
    let (outcome, _) = get(|_| Reply::Bytes(answer(200, "", "{\"a\":[1,"))).await;
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::Truncated);
    let (outcome, _) = get(|n| {
        if n == 0 {
            Reply::Bytes(answer(200, "", "{"))
        } else {
            reply(200, &json!({}))
        }
    })
    .await;
    assert!(outcome.is_ok());
}

#[tokio::test]
async fn answers_that_are_no_json_or_no_objects() {
    let (outcome, _) = get(|_| Reply::Bytes(answer(200, "", "hello"))).await;
    assert_eq!(
        outcome.unwrap_err().kind,
        ErrorKind::NotJson { status: 200 }
    );
    let (outcome, _) = get(|_| reply(200, &json!("text"))).await;
    assert!(matches!(outcome.unwrap_err().kind, ErrorKind::Shape { .. }));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let (outcome, sent) = get(move |_| Reply::Bytes(answer(200, "", &deep))).await;
    let error = outcome.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("nested more than 100 levels deep")
            && error.is_connection(),
        "{error}"
    );
    assert_eq!(sent, 1);
    let (outcome, _) = get(|_| html(200, "Sign\u{1b}[31m in\u{202e}")).await;
    let error = outcome.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Html {
            status: 200,
            title: "Sign in".to_owned()
        }
    );
    assert!(error.is_connection());
    let (outcome, _) = get(|_| html(403, "Blocked")).await;
    assert!(outcome.unwrap_err().is_auth());
}

#[tokio::test]
async fn an_answer_that_is_too_large() {
    let head = b"HTTP/1.1 200 X\r\nContent-Length: 33554433\r\n\r\n".to_vec();
    let (outcome, sent) = get(move |_| Reply::Hang(head.clone())).await;
    let error = outcome.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the answer is larger than 32 MiB"),
        "{error}"
    );
    assert!(
        error.to_string().contains("--max-answers 512MiB"),
        "{error}"
    );
    assert!(sent == 1 && error.is_connection());
    let (outcome, _) = get(|_| {
        let mut bytes = b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n".to_vec();
        bytes.resize(bytes.len() + 32 * 1024 * 1024 + 1, b' ');
        Reply::Last(bytes)
    })
    .await;
    assert!(matches!(
        outcome.unwrap_err().kind,
        ErrorKind::TooLarge { .. }
    ));
}

/// Values can take hundreds of times the room of their text.
#[tokio::test]
async fn an_answer_that_grows_when_it_is_decoded() {
    let many = format!("[{}{{}}]", "{},".repeat(600_000));
    let (outcome, sent) = get(move |_| Reply::Bytes(answer(200, "", &many))).await;
    let error = outcome.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("takes more than 256 MiB of memory"),
        "{error}"
    );
    assert!(sent == 1 && error.is_connection());
}

#[tokio::test]
async fn a_server_that_asks_to_wait_for_days_is_not_waited_for() {
    for status in [429, 503] {
        let (outcome, sent) =
            get(move |_| Reply::Bytes(answer(status, "Retry-After: 999999\r\n", "{}"))).await;
        let error = outcome.unwrap_err();
        assert!(error.is_connection() && sent == 1, "{error}");
        assert!(
            status != 429 || error.to_string().contains("says to wait 999999 s"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn heads_without_end() {
    // More headers than anybody sends, headers larger than anybody's, and answers before the answer.
    let many = format!("HTTP/1.1 200 X\r\n{}\r\n{{}}", "X-A: b\r\n".repeat(100_000));
    let large = format!("HTTP/1.1 200 X\r\nX-A: {}\r\n\r\n{{}}", "b".repeat(4 << 20));
    for head in [many, large] {
        let (outcome, _) = get(move |_| Reply::Last(head.clone().into_bytes())).await;
        let error = outcome.unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::TooLarge { .. }) && error.is_connection(),
            "{error}"
        );
        assert!(error.to_string().contains("headers"), "{error}");
    }
    let early = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000);
    let server = Server::start(move |_, _| Reply::Hang(early.clone().into_bytes())).await;
    let error = impatient(&server.url()).get(PATH, &[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
}

/// A body that goes on, a byte at a time: the time allowed is for the whole answer.
#[tokio::test]
async fn a_body_that_drips_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n{")
                    .await;
                while stream.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            });
        }
    });
    assert_eq!(
        impatient(&url).get(PATH, &[]).await.unwrap_err().kind,
        ErrorKind::Timeout
    );
}

/// akrec asks for no compression, and unpacks none.
#[tokio::test]
async fn a_packed_answer_is_not_unpacked() {
    let server = Server::start(|_, _| {
        Reply::Bytes(answer(200, "Content-Encoding: gzip\r\n", "\u{1f}packed"))
    })
    .await;
    let error = client(&server.url()).get(PATH, &[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotJson { status: 200 });
    assert!(
        !server.seen()[0]
            .head
            .to_ascii_lowercase()
            .contains("accept-encoding")
    );
}

#[tokio::test]
async fn a_version_that_is_none_is_refused() {
    for version in [
        "",
        " ",
        "ak-token.1",
        "2026.2.2\n::error::",
        "2026.2<script>",
        "2026.2 ",
        &"9".repeat(100),
    ] {
        let answer = json!({ "version_current": version });
        let server = Server::start(move |_, _| reply(200, &answer)).await;
        let error = client(&server.url()).version().await.unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Shape { .. }) && error.is_connection(),
            "{error}"
        );
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = Server::start(|_, _| reply(200, &json!({}))).await;
    let to = format!("Location: {}/login?next=secret#x\r\n", other.url());
    let (outcome, sent) = get(move |_| Reply::Bytes(answer(302, &to, ""))).await;
    let error = outcome.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Redirect {
            to: format!("{}/login", other.url())
        }
    );
    assert!(sent == 1 && error.is_connection() && other.seen().is_empty());
}

#[tokio::test]
async fn a_dropped_connection_is_repeated_for_a_read() {
    let (outcome, sent) = get(|n| {
        if n == 0 {
            Reply::Close
        } else {
            reply(200, &json!({}))
        }
    })
    .await;
    assert!(outcome.is_ok() && sent == 2);
    let (outcome, sent) = get(|_| Reply::Close).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Dropped { plain: true });
    assert!(sent == 3 && error.is_connection());
}

#[tokio::test]
async fn foreign_json_is_named() {
    let server =
        Server::start(|_, _| reply(200, &json!({"status": "ok", "user": {"pk": 1}}))).await;
    let client = client(&server.url());
    let error = client.version().await.unwrap_err();
    assert!(error.to_string().contains("\"version_current\""), "{error}");
    let error = client.me().await.unwrap_err();
    assert!(error.to_string().contains("\"username\""), "{error}");
    let error = client
        .page(PATH, &[("ordering", "pk")], 1)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("\"results\""), "{error}");
}

#[tokio::test]
async fn version_and_me() {
    let server = Server::start(|_, seen| match seen.target.as_str() {
        "/api/v3/admin/version/" => reply(200, &json!({"version_current": "2026.2.2"})),
        "/api/v3/core/users/me/" => reply(
            200,
            &json!({"user": {"pk": 3, "username": "akadmin", "is_superuser": true}}),
        ),
        _ => reply(500, &json!({})),
    })
    .await;
    let client = client(&server.url());
    assert_eq!(client.version().await.unwrap(), "2026.2.2");
    let me = client.me().await.unwrap();
    assert_eq!(
        (me.pk, me.username.as_str(), me.is_superuser),
        (3, "akadmin", true)
    );
}

#[tokio::test]
async fn no_more_requests_at_once_than_allowed() {
    use std::sync::{Arc, Mutex};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let open = Arc::new(Mutex::new((0_u32, 0_u32)));
    let counts = Arc::clone(&open);
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            let counts = Arc::clone(&counts);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                {
                    let mut counts = counts.lock().unwrap();
                    counts.0 += 1;
                    counts.1 = counts.1.max(counts.0);
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                counts.lock().unwrap().0 -= 1;
                let bytes = b"HTTP/1.1 200 X\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
                let _ = stream.write_all(bytes).await;
            });
        }
    });
    let client = Client::new(Settings {
        parallelism: 2,
        ..settings(&url)
    })
    .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let client = client.clone();
        tasks.spawn(async move { client.get(PATH, &[]).await.is_ok() });
    }
    assert!(tasks.join_all().await.into_iter().all(|ok| ok));
    assert!(open.lock().unwrap().1 <= 2);
    assert_eq!(client.requests().len(), 12);
}
