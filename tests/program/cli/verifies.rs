//! `verify`: probes that pass and fail, and who gets to see the token.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use akrec::sandbox::Sandbox;
use serde_json::{Value, json};

use super::support::*;

/// An application behind an address of its own, which keeps the heads of what it is asked.
struct Site {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

fn site(answer: impl Fn(&str) -> String + Send + 'static) -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heads = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&heads);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let _ = stream.write_all(answer(&head).as_bytes());
            list.lock().unwrap().push(head);
        }
    });
    Site { url, heads }
}

fn reply(status: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n{body}"
    )
}

fn state(launch: &str) -> String {
    format!(
        "\
groups: {{staff: {{}}}}
defaults:
  providers.oauth2:
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
providers:
  wiki:
    type: oauth2
    client_secret: !env KEY
    signing_key: authentik Self-signed Certificate
    redirect_uris: [https://wiki.example.org/cb]
  cams:
    type: oauth2
    redirect_uris: [http://cams.example.org/cb, {{url: 'https://cams.example.org/.*', matching_mode: regex}}]
applications:
  wiki: {{name: Wiki, provider: wiki, meta_launch_url: '{launch}', bindings: [{{group: staff}}]}}
  bare: {{name: Bare, bindings: [{{group: staff}}]}}
"
    )
}

async fn made(launch: &str) -> (Sandbox, Home) {
    let server = server().await;
    let home = Home::new(&state(launch));
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    (server, home)
}

/// The results of an application's probes, from the JSON document.
fn results(ran: &Ran, application: &str) -> Vec<(String, String, String)> {
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["exit_code"].as_i64(), ran.code.map(i64::from));
    let all = document["applications"].as_array().unwrap();
    let one = all
        .iter()
        .find(|it| it["application"] == application)
        .unwrap_or_else(|| panic!("{document:#}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let probes = one["probes"].as_array().unwrap().iter();
    probes
        .map(|it| (text(&it["probe"]), text(&it["result"]), text(&it["detail"])))
        .collect()
}

fn words(results: &[(String, String, String)]) -> Vec<String> {
    results
        .iter()
        .map(|(probe, result, _)| format!("{probe} {result}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sound_passes_and_nobody_gets_the_token() {
    let app = site(|_| {
        reply(
            "302 Found",
            "Location: http://127.0.0.1:1/elsewhere?secret=1\r\n",
            "",
        )
    });
    let (server, home) = made(&format!("{}/start", app.url)).await;
    let url = server.url();
    let args = format!("verify -vvv --format json --header X-Proxy={SECRET}");
    let ran = home.against(&url, &args).run().expect(0);
    let found = results(&ran, "wiki");
    assert_eq!(
        words(&found),
        [
            "application pass",
            "discovery pass",
            "issuer pass",
            "jwks pass",
            "redirects pass",
            "sign-in pass",
            "launch pass"
        ]
    );
    assert_eq!(found[2].2, format!("{url}/application/o/wiki/"));
    assert!(found[3].2.ends_with("/jwks/ (1 key)"), "{}", found[3].2);
    // A redirect is an answer; it is not followed, and its query is not shown.
    assert!(
        found[6]
            .2
            .ends_with("/start: status 302, to http://127.0.0.1:1/elsewhere"),
        "{}",
        found[6].2
    );
    let heads = app.heads.lock().unwrap().join("\n");
    assert!(heads.starts_with("GET /start HTTP/1.1\r\n"), "{heads}");
    for secret in ["authorization", "x-proxy", TOKEN, SECRET] {
        assert!(
            !heads.to_lowercase().contains(secret),
            "{secret} went to the application:\n{heads}"
        );
    }
    // One without a provider is none of its business.
    assert!(!ran.out.contains("bare"), "{}", ran.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_fails_with_what_to_do() {
    let app = site(|_| reply("503 Service Unavailable", "", ""));
    let (server, home) = made(&app.url).await;
    let url = server.url();
    let ran = home.against(&url, "verify wiki").run().expect(1);
    ran.says(&[
        "  ! fail  launch       ",
        ": status 503",
        "6 passed, 1 failed, 0 skipped.",
    ]);
    home.against(&url, "verify wiki --no-launch")
        .run()
        .expect(0)
        .says(&["    skip  launch       --no-launch"]);
    let more = "  cams: {name: Cams, provider: cams, meta_launch_url: 'https://%(username)s.example.org', bindings: [{group: staff}]}\n";
    home.write("state/main.yaml", state(&app.url) + more);
    // Declared and not there yet.
    let ran = home
        .against(&url, "verify --format json --no-launch")
        .run()
        .expect(1);
    assert_eq!(words(&results(&ran, "cams")), ["application fail"]);
    home.against(&url, "apply --auto-approve").run().expect(0);
    let ran = home.against(&url, "verify --format json").run().expect(1);
    let found = results(&ran, "cams");
    assert_eq!(
        words(&found),
        [
            "application pass",
            "discovery pass",
            "issuer pass",
            "jwks fail",
            "redirects fail",
            "sign-in pass",
            "launch skip"
        ]
    );
    assert!(
        found[4]
            .2
            .contains("http://cams.example.org/cb: the code travels unencrypted"),
        "{}",
        found[4].2
    );
    assert!(
        found[4].2.contains("a dot of the host is not escaped"),
        "{}",
        found[4].2
    );
    assert!(
        ran.out.contains("give the provider a signing_key"),
        "{}",
        ran.out
    );
    let ran = home
        .against(&url, "verify cams bare nobody --format junit")
        .run()
        .expect(1);
    let says = [
        "<testcase classname=\"akrec.verify.cams\" name=\"discovery\" time=\"",
        "<testcase classname=\"akrec.verify.nobody\" name=\"application\" time=\"0.000\">",
        "<failure message=\"the application &quot;bare&quot; has no provider\">",
    ];
    ran.says(&says);
}

/// A server whose discovery document is `document`, which sends those who ask for keys to `keys`.
fn authentik(document: impl Fn(&str) -> String + Send + 'static) -> Site {
    let own = Arc::new(Mutex::new(String::new()));
    let reported = Arc::clone(&own);
    let site = site(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let json = |value: Value| reply("200 OK", "", &value.to_string());
        match path.trim_start_matches("/api/v3") {
            "/admin/version/" => json(json!({"version_current": "2026.2.2"})),
            "/core/users/me/" => {
                json(json!({"user": {"pk": 1, "username": "ci", "is_superuser": true}}))
            }
            path if path.starts_with("/core/applications/wiki/") => json(json!({
                "pk": "a", "name": "Wiki", "slug": "wiki", "meta_launch_url": "",
                "provider_obj": {"pk": 7, "name": "wiki", "meta_model_name": "authentik_providers_oauth2.oauth2provider"},
            })),
            "/providers/oauth2/7/" => json(json!({
                "pk": 7, "name": "wiki", "client_id": "w", "client_secret": SECRET, "client_type": "confidential",
                "issuer_mode": "per_provider", "redirect_uris": [],
            })),
            path if path.starts_with("/application/o/wiki/.well-known") => {
                document(&reported.lock().unwrap())
            }
            _ => reply("404 Not Found", "", "{}"),
        }
    });
    own.lock().unwrap().clone_from(&site.url);
    site
}

fn sound(issuer: &str, keys: &str) -> String {
    let document = json!({
        "issuer": issuer, "authorization_endpoint": "https://x/", "token_endpoint": "https://x/", "jwks_uri": keys,
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    reply("200 OK", "", &document.to_string())
}

#[test]
fn only_the_api_gets_the_token() {
    // Whoever the document names may be anybody.
    let stranger = site(|_| reply("200 OK", "", r#"{"keys": [{"kty": "RSA", "use": "sig"}]}"#));
    let keys = format!("{}/keys", stranger.url);
    let server = authentik(move |own| sound(&format!("{own}/application/o/wiki/"), &keys));
    let home = Home::new("");
    let args = format!("verify wiki --format json --header X-Proxy={SECRET}");
    let ran = home.against(&server.url, &args).run().expect(0);
    assert_eq!(
        words(&results(&ran, "wiki")),
        [
            "application pass",
            "discovery pass",
            "issuer pass",
            "jwks pass",
            "redirects skip",
            "sign-in skip",
            "launch skip"
        ]
    );
    for head in server
        .heads
        .lock()
        .unwrap()
        .iter()
        .map(|head| head.to_lowercase())
    {
        let api = head.starts_with("get /api/v3/");
        assert_eq!(head.contains("authorization: "), api, "{head}");
        // A proxy in front of authentik wants its header everywhere.
        assert!(head.contains("x-proxy: "), "{head}");
    }
    let heads = stranger.heads.lock().unwrap().join("\n").to_lowercase();
    assert!(heads.starts_with("get /keys "), "{heads}");
    assert!(
        !heads.contains("authorization") && !heads.contains("x-proxy"),
        "{heads}"
    );
}

#[test]
fn a_document_that_is_wrong_is_reported() {
    let home = Home::new("");
    let probe = |server: &Site| {
        home.against(&server.url, "verify wiki --format json")
            .run()
            .expect(1)
    };
    let reported = |ran: &Ran, at: usize| results(ran, "wiki")[at].clone();
    // Behind a proxy that ends TLS and does not say so.
    let server =
        authentik(|own| sound(&own.replace("http://", "https://"), "https://127.0.0.1:1/"));
    let ran = probe(&server);
    assert_eq!(reported(&ran, 2).1, "fail");
    assert!(ran.out.contains(" instead of "), "{}", ran.out);
    let stranger = site(|_| reply("200 OK", "", "{}"));
    let to = stranger.url.clone();
    let server = authentik(move |_| reply("302 Found", &format!("Location: {to}/x\r\n"), ""));
    let ran = probe(&server);
    assert!(
        reported(&ran, 1).2.ends_with("/x, which is not followed"),
        "{}",
        ran.out
    );
    assert_eq!(
        words(&results(&ran, "wiki"))[2..4],
        ["issuer skip", "jwks skip"]
    );
    assert_eq!(stranger.heads.lock().unwrap().len(), 0, "nobody went there");
    let server = authentik(|_| reply("200 OK", "", "{\"issuer\": \"x\"}"));
    assert!(
        reported(&probe(&server), 1)
            .2
            .contains("it lacks authorization_endpoint")
    );
    let server = authentik(|_| reply("404 Not Found", "", "<html>"));
    assert!(
        reported(&probe(&server), 1)
            .2
            .ends_with("openid-configuration: status 404")
    );
    let server = authentik(|_| String::new());
    assert!(
        reported(&probe(&server), 1)
            .2
            .contains("closed the connection")
    );
}

/// A sign-in is begun as the application begins it; authentik says what it does not take.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_authentik_refuses_fails() {
    for (release, grants) in [
        ("2026.5", true),
        ("2026.8", true),
        ("2026.2", false),
        ("2025.10", false),
    ] {
        let server = akrec::sandbox::start(akrec::sandbox::Options {
            admin_token: TOKEN.to_owned(),
            ..akrec::sandbox::Options::new(release)
        })
        .await
        .unwrap();
        let home = Home::new(&state("https://wiki.example.org/"));
        home.against(&server.url(), "apply --auto-approve")
            .run()
            .expect(0);
        let sign_in = |ran: &Ran| {
            results(ran, "wiki")
                .into_iter()
                .find(|probe| probe.0 == "sign-in")
                .unwrap()
        };
        let verify = "verify wiki --no-launch --format json";
        let ran = home.against(&server.url(), verify).run().expect(0);
        assert_eq!(sign_in(&ran).1, "pass", "{release}: {}", ran.out);
        assert!(
            sign_in(&ran).2.contains("https://wiki.example.org/cb"),
            "{release}: {}",
            ran.out
        );
        let (_, list) = server.poke("GET", "/providers/oauth2/?name=wiki", Value::Null);
        let path = format!("/providers/oauth2/{}/", list["results"][0]["pk"]);
        if grants {
            // Without any grant type every sign-in is sent back with an error.
            assert_eq!(
                server.poke("PATCH", &path, json!({ "grant_types": [] })).0,
                200
            );
            let ran = home.against(&server.url(), verify).run().expect(1);
            assert!(
                sign_in(&ran).2.contains("error=invalid_request"),
                "{release}: {}",
                ran.out
            );
            assert!(
                ran.out.contains("give the provider grant types"),
                "{release}: {}",
                ran.out
            );
            // Machines only: there is nothing to begin in a browser.
            assert_eq!(
                server
                    .poke(
                        "PATCH",
                        &path,
                        json!({ "grant_types": ["client_credentials"] })
                    )
                    .0,
                200
            );
            let ran = home.against(&server.url(), verify).run().expect(0);
            assert_eq!(sign_in(&ran).1, "skip", "{release}: {}", ran.out);
            assert_eq!(
                server
                    .poke("PATCH", &path, json!({ "grant_types": ["implicit"] }))
                    .0,
                200
            );
            let ran = home.against(&server.url(), verify).run().expect(0);
            assert_eq!(sign_in(&ran).1, "pass", "{release}: {}", ran.out);
            assert_eq!(
                server
                    .poke("PATCH", &path, json!({ "redirect_uris": [] }))
                    .0,
                200
            );
            let ran = home.against(&server.url(), verify).run().expect(1);
            assert!(
                sign_in(&ran).2.contains("no redirect URI"),
                "{release}: {}",
                ran.out
            );
        }
    }
}
