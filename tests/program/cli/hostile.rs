//! Servers that are not there, are something else, refuse, fail, dawdle or lie.

use super::support::*;

/// Plans against a server, as text and as JSON: the code, the words, the request that failed, and advice.
#[track_caller]
fn plan(url: &str, args: &str, code: i32, says: &[&str]) -> Ran {
    let home = Home::new(ONE);
    let args = format!("plan --retries 0 {args}");
    let ran = home
        .against(url, &args)
        .run()
        .expect(code)
        .says(says)
        .says(&["error[AKR04", "help: "]);
    assert!(
        ran.out.is_empty(),
        "standard output is for data: {}",
        ran.out
    );
    let (json, document) = home.against(url, &args).json();
    json.expect(code);
    let all = document["diagnostics"].as_array().unwrap();
    let diagnostic = all
        .iter()
        .find(|diagnostic| diagnostic["severity"] == "error")
        .unwrap();
    assert!(diagnostic["help"].is_string(), "{diagnostic}");
    assert_eq!(
        (
            document["errored"].as_bool(),
            document["complete"].as_bool()
        ),
        (Some(true), Some(false))
    );
    ran
}

/// A server that greets as it should, and answers everything else so.
fn after_greeting(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Scripted {
    Scripted::start(move |target| greeting(target, "2026.2.2").unwrap_or_else(&answer))
}

fn always(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Scripted {
    Scripted::start(move |_| answer())
}

const FIRST: &str = "the request was GET /admin/version/ on http";

#[test]
fn nobody_listens() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let ran = plan(
        &format!("http://{address}"),
        "",
        5,
        &[FIRST, "cannot be reached", "Check the address"],
    );
    let text = ran.err.replace(&address.to_string(), "HOST");
    insta::assert_snapshot!(text, @r"
    error[AKR0401]: the server cannot be reached: Connection refused (os error 111)
      = note: the request was GET /admin/version/ on http://HOST
      = help: Check the address, the network and the proxy settings (HTTPS_PROXY, NO_PROXY).

    1 error
    ");
    plan(
        "http://no-such-host.invalid",
        "",
        5,
        &[FIRST, "cannot be reached"],
    );
}

#[test]
fn the_other_scheme() {
    let server = always(|| json("{}"));
    let url = server.url.replace("http:", "https:");
    plan(
        &url,
        "",
        5,
        &[
            FIRST,
            "the address says https, but that port does not speak TLS",
            "write http://",
        ],
    );
    // What a TLS server answers to plain HTTP.
    let tls = always(|| Answer::Bytes(vec![0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46]));
    plan(
        &tls.url,
        "",
        5,
        &[
            FIRST,
            "says http, but that port seems to speak https",
            "Write https://",
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_signed() {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key =
        tokio_rustls::rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der())
            .unwrap();
    let config = tokio_rustls::rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move { drop(acceptor.accept(stream).await) });
        }
    });
    // Another authority, so that there is one even on a machine that trusts nobody.
    let home = Home::new("");
    let other = rcgen::generate_simple_self_signed(vec!["other.example".to_owned()]).unwrap();
    let args = format!(
        "--ca-cert {}",
        home.write("ca.pem", other.cert.pem()).display()
    );
    plan(
        &url,
        &args,
        5,
        &[
            "certificate is self-signed and is not among those in --ca-cert",
            "--ca-cert",
            FIRST,
        ],
    );
}

#[test]
fn a_token_that_is_refused() {
    let server = always(|| {
        http(
            403,
            "application/json",
            r#"{"detail": "Token invalid/expired"}"#,
        )
    });
    plan(
        &server.url,
        "",
        4,
        &[
            "error[AKR0402]: the token was not accepted",
            FIRST,
            "with the intent API",
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_is_refused() {
    let server = server().await;
    server.set_fault(|_, entry| {
        let body =
            serde_json::json!({"detail": "You do not have permission to perform this action."});
        entry
            .path
            .starts_with("/core/groups/")
            .then_some(akrec::sandbox::Fault::Status(403, body))
    });
    let says = [
        "error[AKR0403]: the token is not permitted to do this",
        "the request was GET /core/groups/ on",
        "view_",
    ];
    plan(&server.url(), "", 4, &says);
}

#[test]
fn something_that_is_not_authentik() {
    let page = "<html><head><title>Welcome to nginx</title></head></html>";
    let server = always(move || http(404, "text/html", page));
    plan(
        &server.url,
        "",
        5,
        &[
            "a web page answered",
            "status 404",
            "Welcome to nginx",
            FIRST,
            "without the path",
        ],
    );
    let api = always(|| http(404, "application/json", r#"{"detail": "Not found."}"#));
    plan(
        &api.url,
        "",
        1,
        &[
            "status 404",
            FIRST,
            "Check that the address is that of authentik",
        ],
    );
    let login = always(|| http(401, "text/html", "<title>Sign in</title>"));
    plan(&login.url, "", 4, &["Sign in", FIRST, "--header"]);
    let json = always(|| json("[]"));
    plan(
        &json.url,
        "",
        5,
        &["does not have the form of an answer of authentik", FIRST],
    );
}

#[test]
fn a_server_that_fails() {
    let busy = always(|| {
        Answer::Bytes(
            head(429, "application/json", 2, "Retry-After: 0\r\n")
                .into_iter()
                .chain(*b"{}")
                .collect(),
        )
    });
    plan(
        &busy.url,
        "",
        5,
        &["too many requests (status 429)", FIRST, "--parallelism"],
    );
    let broken = always(|| http(500, "application/json", r#"{"detail": "boom"}"#));
    plan(
        &broken.url,
        "",
        1,
        &["status 500", "boom", FIRST, "authentik's log"],
    );
    let gateway = always(|| http(502, "text/html", "<title>502 Bad Gateway</title>"));
    plan(
        &gateway.url,
        "",
        5,
        &["502", "Bad Gateway", FIRST, "authentik may be starting"],
    );
}

#[test]
fn a_server_that_dawdles() {
    let silent = always(|| Answer::Hang(Vec::new()));
    plan(
        &silent.url,
        "--timeout 1s",
        5,
        &["no complete answer within the timeout", FIRST, "--timeout"],
    );
    let slow = always(|| {
        Answer::Hang(
            [
                head(200, "application/json", 5000, ""),
                b"{\"version".to_vec(),
            ]
            .concat(),
        )
    });
    plan(
        &slow.url,
        "--timeout 1s",
        5,
        &["no complete answer within the timeout", FIRST, "--timeout"],
    );
}

#[test]
fn answers_that_are_not_whole() {
    let cut = always(|| {
        Answer::Bytes(
            [
                head(200, "application/json", 5000, ""),
                b"{\"version".to_vec(),
            ]
            .concat(),
        )
    });
    plan(&cut.url, "", 5, &["the answer is truncated", FIRST]);
    let json_cut = always(|| json("{\"version_current\": \"2026"));
    plan(&json_cut.url, "", 5, &[FIRST]);
    let list = "the request was GET /core/groups/ on http";
    let bare = after_greeting(|| json(r#"{"results": []}"#));
    plan(
        &bare.url,
        "",
        5,
        &["does not have the form", "pagination", list],
    );
    let page = r#"{"pagination": {"next": 0, "previous": 0, "count": 1, "current": 1, "total_pages": 1,
        "start_index": 1, "end_index": 1}, "results": [{"name": "staff"}], "autocomplete": {}}"#;
    let anonymous = after_greeting(move || json(page));
    plan(&anonymous.url, "", 1, &["pk", "/core/groups/"]);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = always(|| json("{}"));
    let to = elsewhere.url.clone();
    let more = format!("Location: {to}/login?next=x\r\n");
    let server = always(move || Answer::Bytes(head(302, "text/html", 0, &more)));
    plan(
        &server.url,
        "",
        5,
        &["redirects to", "/login", FIRST, "to protect the token"],
    );
    assert!(elsewhere.seen.lock().unwrap().is_empty());
}

#[test]
fn other_releases() {
    let empty = r#"{"pagination": {"next": 0, "previous": 0, "count": 0, "current": 1, "total_pages": 1,
        "start_index": 0, "end_index": 0}, "results": [], "autocomplete": {}}"#;
    let old = Scripted::start(|target| greeting(target, "2024.12.3").unwrap_or_else(|| json("{}")));
    plan(
        &old.url,
        "",
        1,
        &[
            "error[AKR0404]: authentik 2024.12.3 is not supported",
            "2025.10 to 2026.8",
            "upgrade",
        ],
    );
    assert!(
        old.seen
            .lock()
            .unwrap()
            .iter()
            .all(|it| it == "/admin/version/" || it == "/core/users/me/")
    );
    let new =
        Scripted::start(move |target| greeting(target, "2027.1.0").unwrap_or_else(|| json(empty)));
    let home = Home::new(ONE);
    let ran = home.against(&new.url, "plan").run().expect(0);
    let ran = ran.says(&[
        "warning[AKR0405]: authentik 2027.1.0 is newer than this akrec",
        "Plan: 1 to add",
    ]);
    assert!(
        ran.out.contains("(authentik 2027.1.0)") && !ran.out.contains("warning"),
        "{}",
        ran.out
    );
}
