//! Sign-in without a stored secret, with a token that is really signed; and files that the server keeps and shows.

use akrec::schema::V2025_12;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, SigningKey};
use serde_json::{Value, json};

use super::site::{Site, on};
use crate::cli::support::{Home, Ran, SECRET};

const SUBJECT: &str = "repo:acme/identity:environment:akrec-plan";

/// The state of docs/ci.md, all of its names with the prefix, with keys of its own in place of those that the server would fetch.
fn state(site: &Site, keys: &Value) -> String {
    let page = std::fs::read_to_string("docs/ci.md").unwrap();
    let block = page
        .split("```yaml\n")
        .find(|block| block.starts_with("# sign-in of the pipeline"))
        .unwrap();
    let text = block.split("```").next().unwrap();
    let lines = text
        .lines()
        .map(|line| match line.trim().starts_with("oidc_jwks_url:") {
            true => format!("    oidc_jwks: {keys}\n"),
            false => format!("{line}\n"),
        });
    let names = [
        ("akrec-reader", "@R"),
        ("environment:akrec-plan", "environment:@P"),
        ("akrec", "%akrec"),
        ("@R", "%akrec-reader"),
        ("@P", "akrec-plan"),
        ("pipelines", "%pipelines"),
        ("  ci:\n", "  %ci:\n"),
        ("[ci]", "[%ci]"),
        ("sources/ci", "sources/%ci"),
    ];
    let text = names
        .iter()
        .fold(lines.collect::<String>(), |text, (name, own)| {
            assert!(text.contains(name), "{name} in {text}");
            text.replace(name, own)
        });
    site.text(&text)
}

/// The numbers of a signature, as a JSON Web Signature has them, from the form in which it was made.
fn raw(signature: &[u8]) -> Vec<u8> {
    let mut rest = &signature[2..];
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number = &rest[2..2 + length];
        let number = &number[number.len().saturating_sub(32)..];
        numbers.extend(std::iter::repeat_n(0, 32 - number.len()));
        numbers.extend_from_slice(number);
        rest = &rest[2 + length..];
    }
    numbers
}

fn signed(key: &KeyPair, id: &str, subject: &str, ends: i64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({"alg": "ES256", "typ": "JWT", "kid": id}));
    let claims = part(
        json!({"iss": "https://ci.example.org", "sub": subject, "exp": ends, "aud": "somebody"}),
    );
    let text = format!("{head}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(raw(&key.sign(text.as_bytes()).unwrap()));
    format!("{text}.{signature}")
}

fn plan(site: &Site, home: &Home, client: &str, env: &[(&str, &str)], code: i32) -> Ran {
    let akrec = home
        .akrec("plan --detailed-exitcode")
        .env("AKREC_URL", &site.url);
    let akrec = akrec
        .env("AKREC_READER_SECRET", SECRET)
        .env("CI_SOURCE_SECRET", SECRET);
    let akrec = akrec.env("AKREC_OIDC", site.text(client));
    env.iter()
        .fold(akrec, |akrec, (name, value)| akrec.env(name, value))
        .run()
        .expect(code)
}

#[test]
fn a_job_signs_in_with_a_token_that_is_really_signed() {
    on(async |site| {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let point = key.public_key_raw();
        let part = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
        let keys = json!({"keys": [
            {"kid": "key-1", "kty": "EC", "alg": "ES256", "use": "sig", "crv": "P-256", "x": part(1..33), "y": part(33..65)},
        ]});
        let home = site.home(&state(site, &keys));
        let apply = site.akrec(&home, &site.token, "apply --auto-approve --no-rollback");
        apply
            .env("AKREC_READER_SECRET", SECRET)
            .env("CI_SOURCE_SECRET", SECRET)
            .run()
            .expect(0);
        let soon = jiff::Timestamp::now().as_second() + 300;
        let good = signed(&key, "key-1", SUBJECT, soon);
        let reported = plan(site, &home, "%akrec", &[("AKREC_OIDC_TOKEN", &good)], 0);
        assert!(
            reported
                .out
                .contains(&site.text(&format!("token user: %akrec-{SUBJECT}"))),
            "{}",
            reported.out
        );
        assert!(!reported.out.contains(&good) && !reported.err.contains(&good));
        let reported = plan(
            site,
            &home,
            "%akrec-reader",
            &[("AKREC_OIDC_SECRET", SECRET)],
            0,
        );
        assert!(
            reported
                .out
                .contains(&site.text("token user: ak-%akrec-reader-client_credentials")),
            "{}",
            reported.out
        );
        let mut wrong = vec![
            ("%akrec", signed(&key, "key-2", SUBJECT, soon)),
            ("%akrec", signed(&key, "key-1", SUBJECT, 1_000)),
            ("%akrec", "no token".to_owned()),
            ("%nobody", good.clone()),
        ];
        // The sandbox has no keys to verify with.
        wrong.extend(
            site.real
                .then(|| ("%akrec", signed(&other, "key-1", SUBJECT, soon))),
        );
        for (client, token) in wrong {
            let reported = plan(site, &home, client, &[("AKREC_OIDC_TOKEN", &token)], 4);
            reported.says(&["error[AKR0402]", "the sign-in was refused"]);
        }
        // Another repository is somebody else, who may nothing.
        let stranger = signed(&key, "key-1", "repo:mallory/x:environment:y", soon);
        plan(site, &home, "%akrec", &[("AKREC_OIDC_TOKEN", &stranger)], 4);
        // Nothing of it changed what is declared.
        plan(site, &home, "%akrec", &[("AKREC_OIDC_TOKEN", &good)], 0);
        let user = site
            .find(
                "/core/users/",
                (
                    "username",
                    &site.text("ak-%akrec-reader-client_credentials"),
                ),
            )
            .await;
        site.admin
            .delete(&format!("/core/users/{}/", user.unwrap()["pk"]))
            .await
            .unwrap();
    });
}

const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"3\"/></svg>\n";

#[test]
fn files_are_uploaded_shown_exchanged_and_removed() {
    on(async |site| {
        let state = "files:\n  '%wiki.svg': {content: !file pictures/wiki.svg}\napplications:\n  '%wiki':\n    name: Wiki\n    \
                     meta_launch_url: https://wiki.example.org\n    meta_icon: !ref {file: '%wiki.svg'}\n";
        let home = site.home(state);
        home.write("state/pictures/wiki.svg", PICTURE);
        if site.release < V2025_12 {
            site.run(&home, &site.token, "plan", 3).says(&[
                "error[AKR0106]",
                "has no files",
                "since 2025.12",
            ]);
            return;
        }
        site.applies(&home);
        let files = async || {
            let query = [
                ("manageable_only", "true"),
                ("search", site.prefix.as_str()),
            ];
            let found = site.admin.array("/admin/file/", &query).await.unwrap();
            found
                .iter()
                .filter_map(|file| file["name"].as_str().map(str::to_owned))
                .collect::<Vec<_>>()
        };
        let first = files().await;
        assert_eq!(first.len(), 1, "{first:?}");
        let wiki = async || {
            site.admin
                .get(&format!("/core/applications/{}/", site.text("%wiki")), &[])
                .await
                .unwrap()
        };
        assert_eq!(wiki().await["meta_icon"], json!(first[0]));
        home.write("state/pictures/wiki.svg", PICTURE.replace('3', "4"));
        site.applies(&home);
        let second = files().await;
        assert_eq!(second.len(), 1, "the one before is gone: {second:?}");
        assert_ne!(first, second);
        assert_eq!(wiki().await["meta_icon"], json!(second[0]));
        home.write("state/main.yaml", site.text("groups: {'%staff': {}}\n"));
        site.applies(&home);
        assert_eq!(files().await, Vec::<String>::new());
    });
}
