//! Signing in as a machine, with the state of docs/ci.md that sets it up: no API token is stored anywhere.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::support::*;

const SUBJECT: &str = "repo:acme/identity:environment:akrec-plan";

/// The state of the documentation, with keys of its own in place of those that the server would fetch.
fn state() -> String {
    let page = std::fs::read_to_string("docs/ci.md").unwrap();
    let block = page
        .split("```yaml\n")
        .find(|block| block.starts_with("# sign-in of the pipeline"))
        .unwrap();
    let text = block.split("```").next().unwrap();
    let keys = "oidc_jwks: {keys: [{kid: key-1, kty: RSA, alg: RS256}]}";
    let lines = text
        .lines()
        .map(|line| match line.trim().starts_with("oidc_jwks_url:") {
            true => format!("    {keys}\n"),
            false => format!("{line}\n"),
        });
    lines.collect()
}

/// A signed token, as a CI system gives one to a job.
fn signed(key: &str, subject: &str, ends: i64) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.c2ln",
        part(json!({"alg": "RS256", "kid": key})),
        part(json!({"sub": subject, "exp": ends}))
    )
}

async fn set_up() -> (akrec::sandbox::Sandbox, Home) {
    let server = server().await;
    let home = Home::new(&state());
    home.against(&server.url(), "apply --auto-approve")
        .env("AKREC_READER_SECRET", SECRET)
        .env("CI_SOURCE_SECRET", SECRET)
        .run()
        .expect(0);
    (server, home)
}

fn plan(home: &Home, url: &str, env: &[(&str, &str)]) -> Ran {
    let akrec = home
        .akrec("plan -vv")
        .env("AKREC_URL", url)
        .env("AKREC_READER_SECRET", SECRET)
        .env("CI_SOURCE_SECRET", SECRET);
    env.iter()
        .fold(akrec, |akrec, (name, value)| akrec.env(name, value))
        .run()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_signs_in_with_a_token_of_its_ci_system() {
    let (server, home) = set_up().await;
    let url = server.url();
    let soon = jiff::Timestamp::now().as_second() + 300;
    let good = signed("key-1", SUBJECT, soon);
    let reported = plan(
        &home,
        &url,
        &[("AKREC_OIDC", "akrec"), ("AKREC_OIDC_TOKEN", &good)],
    )
    .expect(0);
    let reported = reported.says(&[
        "No changes",
        "token user: akrec-repo:acme/identity:environment:akrec-plan",
        "signing in",
    ]);
    assert!(
        !reported.err.contains(&good) && !reported.out.contains(&good),
        "{reported:?}"
    );
    // From a file, as Kubernetes writes one.
    home.write("job-token", format!("{good}\n"));
    plan(
        &home,
        &url,
        &[
            ("AKREC_OIDC", "akrec"),
            ("AKREC_OIDC_TOKEN_FILE", "job-token"),
        ],
    )
    .expect(0);
    // It may read and not write.
    home.write("state/main.yaml", ONE);
    let apply = home
        .akrec("apply --auto-approve")
        .env("AKREC_URL", &url)
        .env("AKREC_OIDC", "akrec");
    apply
        .env("AKREC_OIDC_TOKEN", &good)
        .run()
        .expect(4)
        .says(&["is not permitted to do this"]);
    // Another repository, another key, a token that has ended, another client.
    let later = signed("key-1", "repo:mallory/x:environment:y", soon);
    plan(
        &home,
        &url,
        &[("AKREC_OIDC", "akrec"), ("AKREC_OIDC_TOKEN", &later)],
    )
    .expect(4)
    .says(&["is not permitted"]);
    for (client, token) in [
        ("akrec", signed("key-2", SUBJECT, soon)),
        ("akrec", signed("key-1", SUBJECT, 1_000)),
        ("akrec", "no token".to_owned()),
        ("nobody", good.clone()),
    ] {
        let reported = plan(
            &home,
            &url,
            &[("AKREC_OIDC", client), ("AKREC_OIDC_TOKEN", &token)],
        )
        .expect(4);
        let reported = reported.says(&["error[AKR0402]", "the sign-in was refused", "AKREC_OIDC"]);
        assert!(!reported.err.contains(&token), "{reported:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_is_asked_for_the_token() {
    let (server, home) = set_up().await;
    let soon = jiff::Timestamp::now().as_second() + 300;
    let token = signed("key-1", SUBJECT, soon);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let service = format!(
        "http://{}/token?api-version=2",
        listener.local_addr().unwrap()
    );
    let answer = json!({"value": token}).to_string();
    let asked = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let head: Vec<String> = BufReader::new(&stream)
            .lines()
            .map(|line| line.unwrap())
            .take_while(|line| !line.is_empty())
            .collect();
        let length = answer.len();
        write!(
            &stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{answer}"
        )
        .unwrap();
        head.join("\n")
    });
    let env = [
        ("AKREC_OIDC", "akrec"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", service.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", TOKEN),
    ];
    plan(&home, &server.url(), &env)
        .expect(0)
        .says(&["No changes"]);
    let asked = asked.join().unwrap();
    assert!(
        asked.starts_with("GET /token?api-version=2&audience=http%3A%2F%2F127.0.0.1"),
        "{asked}"
    );
    assert!(
        asked.to_ascii_lowercase().contains(&format!(
            "authorization: bearer {}",
            TOKEN.to_ascii_lowercase()
        )),
        "{asked}"
    );
    // It must not go out in clear.
    let env = [
        env[0],
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://example.org/x"),
        env[2],
    ];
    plan(&home, &server.url(), &env)
        .expect(4)
        .says(&["ACTIONS_ID_TOKEN_REQUEST_URL cannot be used"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_secret_does_as_well() {
    let (server, home) = set_up().await;
    let url = server.url();
    plan(
        &home,
        &url,
        &[
            ("AKREC_OIDC", "akrec-reader"),
            ("AKREC_OIDC_SECRET", SECRET),
        ],
    )
    .expect(0)
    .says(&[
        "No changes",
        "token user: ak-akrec-reader-client_credentials",
    ]);
    let reported = plan(
        &home,
        &url,
        &[
            ("AKREC_OIDC", "akrec-reader"),
            ("AKREC_OIDC_SECRET", "wrong-secret"),
        ],
    )
    .expect(4);
    assert!(!reported.err.contains("wrong-secret"), "{reported:?}");
}

#[test]
fn what_is_set_wrong_is_reported_before_anything_is_sent() {
    let home = Home::new(ONE);
    let url = "https://auth.example.org";
    for (env, says) in [
        (vec![("AKREC_OIDC", "akrec")], "nothing to sign in with"),
        (vec![("AKREC_OIDC", "")], "AKREC_OIDC is set and empty"),
        (
            vec![("AKREC_OIDC", "akrec"), ("AKREC_OIDC_TOKEN", "")],
            "AKREC_OIDC_TOKEN is set and empty",
        ),
        (
            vec![
                ("AKREC_OIDC", "akrec"),
                ("AKREC_OIDC_TOKEN", "a"),
                ("AKREC_OIDC_SECRET", "b"),
            ],
            "are both set",
        ),
        (
            vec![
                ("AKREC_OIDC", "akrec"),
                ("AKREC_OIDC_SECRET", "b"),
                ("AKREC_TOKEN", "c"),
            ],
            "AKREC_OIDC and AKREC_TOKEN are both set",
        ),
    ] {
        plan(&home, url, &env).expect(3).says(&[says]);
    }
}
