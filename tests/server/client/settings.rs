//! Addresses and other settings: what is accepted, and what is refused before anything is sent.

use akrec::client::{Client, Error, ErrorKind, Settings, segment};
use secrecy::SecretString;
use serde_json::json;

use super::server::{Server, reply};
use super::{client, settings};

fn refused(settings: Settings) -> Error {
    let error = Client::new(settings).unwrap_err();
    assert!(error.is_settings(), "{error:?}");
    error
}

/// A client that needs no authorities, because a machine may have none.
fn trusting(url: &str) -> Client {
    Client::new(Settings {
        insecure_skip_tls_verify: true,
        ..settings(url)
    })
    .unwrap()
}

#[tokio::test]
async fn addresses_are_made_canonical() {
    for (given, canonical) in [
        ("https://auth.example.org", "https://auth.example.org"),
        (" https://AUTH.example.org/ \n", "https://auth.example.org"),
        (
            "https://auth.example.org:443/api/v3/",
            "https://auth.example.org",
        ),
        (
            "https://example.org/auth/api/v3",
            "https://example.org/auth",
        ),
        ("https://example.org/auth//", "https://example.org/auth"),
        ("http://[::1]:9000/", "http://[::1]:9000"),
    ] {
        assert_eq!(trusting(given).base_url(), canonical, "{given}");
    }
    assert!(client("http://auth.example.org").exposes_token());
    assert!(!client("http://localhost:9000").exposes_token());
    assert!(!client("http://[::1]:9000").exposes_token());
    assert!(!trusting("https://auth.example.org").exposes_token());
}

#[test]
fn addresses_that_cannot_be_used() {
    for (given, says) in [
        ("", "empty"),
        ("auth.example.org", "did you mean https://auth.example.org?"),
        ("localhost:9000", "did you mean https://localhost:9000?"),
        ("ftp://auth.example.org", "https://"),
        ("https://", "cannot be used"),
        ("https://auth.example.org/?a=b", "query"),
        ("https://auth.example.org/#x", "fragment"),
        ("https://auth.example.org/if/admin/", "/if/"),
    ] {
        let error = refused(settings(given));
        assert!(matches!(error.kind, ErrorKind::InvalidUrl { .. }));
        assert!(error.to_string().contains(says), "{given}: {error}");
    }
    for given in [
        "https://me:hunter2@auth.example.org",
        "me:hunter2@auth.example.org",
        "https://hunter2@x/",
    ] {
        let error = refused(settings(given));
        assert!(
            !format!("{error} {error:?}").contains("hunter2"),
            "{given}: {error}"
        );
    }
    assert!(!format!("{:?}", settings("https://me:hunter2@x")).contains("hunter2"));
}

#[test]
fn other_settings_that_cannot_be_used() {
    let base = || settings("https://auth.example.org");
    let header = |name: &str, value: &str| vec![(name.to_owned(), SecretString::from(value))];
    for bad in ["", "  \n", "two words", "tökén", "a\u{7}b"] {
        refused(Settings {
            credentials: SecretString::from(bad).into(),
            ..base()
        });
    }
    refused(Settings {
        headers: header("X Y", "hunter2"),
        ..base()
    });
    refused(Settings {
        headers: header("authorization", "hunter2"),
        ..base()
    });
    let error = refused(Settings {
        headers: header("X-Proxy", "hunter2\n\nx"),
        ..base()
    });
    assert!(!format!("{error:?}").contains("hunter2"));
    refused(Settings {
        ca_cert: Some(b"no certificate".to_vec()),
        ..base()
    });
    let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    refused(Settings {
        ca_cert: Some(pem),
        ..base()
    });
    refused(Settings {
        user_agent: "a\nb".to_owned(),
        ..base()
    });
}

#[tokio::test]
async fn sub_paths_are_kept() {
    let server = Server::start(|_, _| reply(200, &json!({}))).await;
    for end in ["/auth", "/auth/", "/auth/api/v3", "/auth/api/v3/"] {
        client(&format!("{}{end}", server.url()))
            .get("/core/groups/", &[])
            .await
            .unwrap();
    }
    assert!(
        server
            .seen()
            .iter()
            .all(|s| s.target == "/auth/api/v3/core/groups/")
    );
}

#[tokio::test]
async fn paths_arrive_as_written_or_are_refused() {
    let server = Server::start(|_, _| reply(200, &json!({}))).await;
    let client = client(&server.url());
    for path in [
        "core/groups/",
        "/core/groups",
        "/a?b/",
        "/a#b/",
        "/a/../b/",
        "/a/%2e%2e/b/",
        "/ä/",
        "/a b/",
        "/a\nb/",
    ] {
        let error = client.get(path, &[]).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Misuse { .. }), "{path:?}");
        assert!(!error.to_string().contains('\n'));
    }
    assert!(client.requests().is_empty());
    for text in ["a/b", "ä ?#%", "..x", "a.b"] {
        client
            .get(&format!("/x/{}/", segment(text)), &[])
            .await
            .unwrap();
    }
    let targets: Vec<_> = server.seen().into_iter().map(|s| s.target).collect();
    assert_eq!(
        targets,
        [
            "/api/v3/x/a%2Fb/",
            "/api/v3/x/%C3%A4%20%3F%23%25/",
            "/api/v3/x/..x/",
            "/api/v3/x/a.b/"
        ]
    );
}
