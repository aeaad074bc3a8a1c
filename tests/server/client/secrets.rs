//! Secrets stay where they are.

use std::io::Write;
use std::sync::{Arc, Mutex};

use akrec::client::{Client, Settings};
use secrecy::SecretString;
use serde_json::json;

use super::server::{Reply, Server, answer, html, reply};
use super::{TOKEN, client, settings};

const HEADER: &str = "h3ader-that-must-not-leak";
const BODY: &str = "b0dy-that-must-not-leak";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn secretive(url: &str) -> Client {
    let headers = vec![("X-Proxy".to_owned(), SecretString::from(HEADER))];
    let settings = Settings {
        headers,
        ..settings(url)
    };
    assert!(!format!("{settings:?}").contains("must-not-leak"));
    Client::new(settings).unwrap()
}

/// The logs are caught on this thread, and everything runs on it.
#[tokio::test(flavor = "current_thread")]
async fn nothing_leaks_into_errors_logs_or_the_journal() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    // A server that gives everything back that it gets, in every way.
    let server = Server::start(|n, seen| {
        let all = format!("{} {}", seen.head, seen.body);
        let status = [400, 403, 404, 429, 500, 200][n % 6];
        match n / 6 % 4 {
            0 => reply(status, &json!({"detail": all, "x": [all]})),
            1 => html(status, &all),
            2 => Reply::Bytes(answer(status, "", &all)),
            _ => Reply::Bytes(answer(
                302,
                &format!("Location: http://x/{TOKEN}/{HEADER}\r\n"),
                "",
            )),
        }
    })
    .await;
    let client = secretive(&server.url());
    client.conceal(vec![SecretString::from(BODY)]);
    let mut shown = format!("{client:?}");
    let mut failed = 0;
    while server.seen().len() < 60 {
        // Other tests, which log nothing, run beside this one and may have turned a line off for all.
        tracing::callsite::rebuild_interest_cache();
        let outcome = client.post("/core/groups/", &json!({"secret": BODY})).await;
        for error in [outcome.err(), client.get("/core/users/", &[]).await.err()]
            .into_iter()
            .flatten()
        {
            failed += 1;
            shown += &format!("{error}\n{error:?}\n{:?}\n", error.hint());
        }
    }
    drop(guard);
    assert!(failed > 10);
    shown += &format!("{:?}", client.requests());
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("/core/groups/") && logged.contains("status="),
        "{logged}"
    );
    for secret in [TOKEN, HEADER, BODY] {
        assert!(
            server
                .seen()
                .iter()
                .any(|s| s.head.contains(secret) || s.body.contains(secret))
        );
        assert!(!shown.contains(secret), "{secret} in {shown}");
        assert!(!logged.contains(secret), "{secret} in {logged}");
    }
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
}

#[tokio::test]
async fn the_body_of_a_request_is_in_no_error_unless_the_server_quotes_it() {
    let server =
        Server::start(|_, _| reply(400, &json!({"name": ["This field must be unique."]}))).await;
    let error = client(&server.url())
        .post("/core/groups/", &json!({"name": BODY}))
        .await
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains(BODY));
}
