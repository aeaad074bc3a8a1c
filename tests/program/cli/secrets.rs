//! The token and what `!env` brings in are in no output, however talkative.

use akrec::sandbox::Fault;
use serde_json::json as raw;

use super::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_output_holds_a_secret() {
    let server = server().await;
    let home = Home::new(STATE);
    for args in [
        "plan -vv",
        "plan -vvv --format json",
        "apply -vv --auto-approve",
        "plan -vv",
        "apply -vvv --auto-approve --format json",
    ] {
        home.against(&server.url(), args).run().expect(0);
    }
    // A change of a secret is reported and not shown.
    let changed = |args: &str| {
        home.against(&server.url(), args)
            .env("KEY", "another-0815-value")
            .run()
            .expect(0)
    };
    let ran = changed("plan -vv").says(&[
        "attributes: (sensitive value, changed)",
        "client_secret: (sensitive value, changed)",
    ]);
    assert!(
        !ran.out.contains("another-0815") && !ran.err.contains("another-0815"),
        "{ran:?}"
    );
    assert!(!changed("plan --format json").out.contains("another-0815"));
    let ran = changed("apply -vvv --auto-approve");
    assert!(
        !ran.out.contains("another-0815") && !ran.err.contains("another-0815"),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_quotes_what_it_got_tells_nobody() {
    for args in [
        "apply -vv --auto-approve",
        "apply -vv --auto-approve --format json",
    ] {
        let server = server().await;
        server.set_fault(|_, entry| {
            let quoted = format!("\"{}\" is not valid; token {TOKEN}", entry.body.as_ref()?);
            (entry.method == "POST" && entry.path != LEDGERS)
                .then(|| Fault::Status(400, raw!({"attributes": [quoted]})))
        });
        let home = Home::new(STATE);
        home.against(&server.url(), args)
            .run()
            .expect(9)
            .says(&["is not valid"]);
    }
}

#[test]
fn a_plan_says_that_there_is_a_value_and_no_more() {
    let home = Home::new(
        "users:\n  bob: {name: !env KEY, email: bob@example.org}\ngroups:\n  staff: {attributes: {a: !env KEY}}\n",
    );
    let ran = home.akrec("plan --sandbox").run().expect(0);
    insta::assert_snapshot!(ran.out, @r#"
    akrec plan · the sandbox (authentik 2026.8.0) · token user: akadmin

    Actions:  + add

      + add user "bob"                                             state/main.yaml:2
          + name: (sensitive value)
          + email: "bob@example.org"

      + add group "staff"                                          state/main.yaml:4
          + attributes: (sensitive value)

    Plan: 2 to add, 0 to change, 0 to delete.
    "#);
    let (ran, document) = home.akrec("plan --sandbox").json();
    ran.expect(0);
    let changes = document["changes"].as_array().unwrap();
    let user = changes
        .iter()
        .find(|it| it["address"] == "user.bob")
        .unwrap();
    assert_eq!(user["after"]["name"], "(sensitive value)");
    assert_eq!(user["after"]["email"], "bob@example.org");
    assert_eq!(user["sensitive"], raw!([["name"]]));
    let group = changes
        .iter()
        .find(|it| it["address"] == "group.staff")
        .unwrap();
    assert_eq!(group["after"]["attributes"], "(sensitive value)");
}

#[test]
fn a_token_never_stands_on_the_command_line() {
    let home = Home::new(ONE);
    for args in ["plan --token", "plan --token="] {
        let separate = if args.ends_with('=') {
            format!("{args}{TOKEN}")
        } else {
            format!("{args} {TOKEN}")
        };
        home.akrec(&separate)
            .run()
            .expect(3)
            .says(&["there is no --token", "AKREC_TOKEN"]);
    }
    home.akrec(&format!("plan --header {SECRET} --format json"))
        .run()
        .expect(3);
    // From a file, and from standard input.
    let server = Scripted::start(|_| {
        http(
            403,
            "application/json",
            r#"{"detail": "Token invalid/expired"}"#,
        )
    });
    home.write("token", TOKEN);
    home.akrec(&format!("plan -vv --url {} --token-file token", server.url))
        .run()
        .expect(4);
    home.write("two", format!("{TOKEN}\n{TOKEN}\n"));
    home.akrec(&format!("plan -vv --url {} --token-file two", server.url))
        .run()
        .expect(3)
        .says(&["more than a token"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_to_go_on_with_holds_no_header() {
    let server = server().await;
    server.set_fault(|_, entry| {
        (entry.method == "POST" && entry.path != LEDGERS)
            .then(|| Fault::Status(400, raw!({"name": ["no"]})))
    });
    let home = Home::new(ONE);
    let args = format!("apply --auto-approve --header X-Proxy={SECRET} --var a={SECRET}");
    let ran = home.against(&server.url(), &args).run().expect(9);
    ran.says(&["akrec apply --auto-approve --header X-Proxy=... --var a=..."]);
}
