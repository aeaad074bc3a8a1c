//! Every exit code, by what leads to it.

use std::io::Write;
use std::process::Stdio;

use akrec::sandbox::Fault;
use serde_json::json as raw;

use super::support::*;
use crate::support::releases::{newest, oldest, usual};

/// The sandbox and the lints have one clock: what the server gives half an hour has not expired when it is made.
#[test]
fn what_a_sandbox_makes_has_not_expired_at_once() {
    let state = "\
flows: {enrol: {name: Enrol, title: Enrol, designation: enrollment}}
invitations: {guest: {flow: enrol, single_use: true}}
";
    for release in [oldest(), usual(), newest()] {
        let home = Home::new(state);
        let data = format!("--sandbox={release} --sandbox-data world.json");
        let first = home
            .akrec(&format!("apply {data} --auto-approve"))
            .run()
            .expect(0);
        let again = home
            .akrec(&format!("plan {data}"))
            .run()
            .expect(0)
            .says(&["No changes."]);
        let report = format!("{}{}{}{}", first.out, first.err, again.out, again.err);
        assert!(!report.contains("expired"), "{release}: {report}");
    }
}

#[test]
fn success_and_changes() {
    let home = Home::new(STATE);
    home.akrec("validate").run().expect(0);
    home.akrec("plan --sandbox")
        .run()
        .expect(0)
        .says(&["Plan: 5 to add, 0 to change, 0 to delete."]);
    home.akrec("plan --sandbox --detailed-exitcode")
        .run()
        .expect(2);
    let (ran, document) = home.akrec("plan --sandbox --detailed-exitcode").json();
    ran.expect(2);
    assert_eq!(document["summary"]["add"], 5);
    home.akrec("apply --sandbox --sandbox-data world.json --auto-approve")
        .run()
        .expect(0);
    home.akrec("plan --sandbox-data world.json --detailed-exitcode")
        .run()
        .expect(0)
        .says(&["No changes."]);
}

#[test]
fn a_wrong_command_line_is_3() {
    let home = Home::new(ONE);
    for args in [
        "",
        "paln",
        "plan --evn x",
        "plan --timeout soon",
        "plan --sandbox=2024.2",
        "explain group_x",
        "man x y",
    ] {
        let ran = home.akrec(args).run().expect(3);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{args}: {ran:?}");
    }
    // Who asked for a document gets one, about the mistake.
    for args in [
        "plan --evn x --format json",
        "apply --format=json --timeout soon",
    ] {
        let ran = home.akrec(args).run().expect(3);
        let document = ran.document();
        assert_eq!(document["diagnostics"][0]["code"], "AKR0306", "{args}");
        assert!(document["changes"].as_array().unwrap().is_empty() && ran.err.contains("error: "));
    }
    let ran = home.akrec("validate --evn x --format json").run().expect(3);
    assert_eq!(ran.document()["valid"], false);
    home.akrec("plan --evn x")
        .env("AKREC_ARGS", "--format json")
        .run()
        .expect(3)
        .document();
}

#[test]
fn settings_that_are_missing_or_wrong_are_3() {
    let home = Home::new(ONE);
    home.akrec("plan")
        .run()
        .expect(3)
        .says(&["AKR0303", "--sandbox"]);
    home.akrec("plan --url http://127.0.0.1:1")
        .run()
        .expect(3)
        .says(&["AKR0302", "AKREC_TOKEN"]);
    home.akrec("plan --url http://127.0.0.1:1")
        .env("AKREC_TOKEN", "")
        .run()
        .expect(3)
        .says(&["set and empty"]);
    home.against("auth.example.org", "plan")
        .run()
        .expect(3)
        .says(&["http"]);
    home.against("http://127.0.0.1:1", "plan -C nowhere")
        .run()
        .expect(3)
        .says(&["nowhere"]);
    home.against("http://127.0.0.1:1", "plan --env nowhere")
        .run()
        .expect(3)
        .says(&["nowhere"]);
    let (ran, document) = home.akrec("plan").json();
    ran.expect(3);
    assert!(
        document["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .any(|diagnostic| diagnostic["code"] == "AKR0303")
    );
    home.akrec("plan --sandbox --write-secret provider.x#y")
        .run()
        .expect(3)
        .says(&["this field is not declared"]);
    // The server gives it back, so there is nothing to send again; to do nothing would claim that it was.
    let readable = Home::new(STATE);
    readable
        .akrec("apply --sandbox-data kept.json --auto-approve --no-rollback")
        .run()
        .expect(0);
    let ran = readable
        .akrec("plan --sandbox-data kept.json --write-secret provider.wiki#client_secret")
        .run()
        .expect(3);
    ran.says(&["provider.wiki#client_secret: the server returns it"]);
    home.write("akrec.yaml", "serverr: x\n");
    home.akrec("plan --sandbox")
        .run()
        .expect(3)
        .says(&["akrec.yaml:1:1", "serverr"]);
    home.write("akrec.yaml", "{}");
    home.write("world.json", "not a world");
    home.akrec("plan --sandbox-data world.json")
        .run()
        .expect(3)
        .says(&["is not a sandbox's world"]);
    home.akrec("plan --sandbox-data no/world.json")
        .run()
        .expect(3)
        .says(&["no/world.json: there is no such directory"]);
}

#[test]
fn without_a_terminal_apply_ends_at_once() {
    let home = Home::new(ONE);
    let server = Scripted::start(|_| json("{}"));
    // Standard input stays open, and nobody ever writes to it.
    let mut akrec = home.against(&server.url, "apply");
    akrec.0.stdin(Stdio::piped());
    let mut child = akrec.start();
    let stdin = child.stdin.take();
    let ran =
        finish(child)
            .expect(3)
            .says(&["error[AKR0304]", "there is no terminal", "--auto-approve"]);
    assert!(ran.out.is_empty());
    drop(stdin);
    // Nor is an answer taken that was put there in advance.
    let mut akrec = home.against(&server.url, "apply");
    akrec.0.stdin(Stdio::piped());
    let mut child = akrec.start();
    let _ = child.stdin.take().unwrap().write_all(b"yes\n");
    finish(child).expect(3);
    let (ran, document) = home.against(&server.url, "apply").json();
    ran.expect(3);
    assert_eq!(document["diagnostics"][0]["code"], "AKR0304");
    assert!(
        server.seen.lock().unwrap().is_empty(),
        "the network is not touched"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_fails_is_9() {
    for format in ["text", "json"] {
        let server = server().await;
        server.set_fault(|_, entry| {
            let body = raw!({"name": [format!("Group with this name already exists: {SECRET}")]});
            (entry.method == "POST" && entry.path == "/core/groups/")
                .then_some(Fault::Status(400, body))
        });
        let home = Home::new(STATE);
        let akrec = home.against(
            &server.url(),
            &format!("apply --auto-approve --format {format}"),
        );
        let ran = akrec.run().expect(9);
        if format == "json" {
            let document = ran.document();
            assert_eq!(document["applied"]["failed"], 1);
            assert!(document["complete"] == false && document["errored"] == true);
            let status =
                |it: &serde_json::Value| it["outcome"]["status"].as_str().unwrap().to_owned();
            let all: Vec<String> = document["changes"]
                .as_array()
                .unwrap()
                .iter()
                .map(status)
                .collect();
            assert!(
                all.contains(&"failed".to_owned()) && all.contains(&"blocked".to_owned()),
                "{all:?}"
            );
        } else {
            let ran = ran.says(&[
                "Apply incomplete",
                "Failed:",
                "Not attempted:",
                "already exists",
                "To continue with the rest",
            ]);
            assert!(
                ran.out.contains("akrec apply --auto-approve --format text"),
                "{}",
                ran.out
            );
        }
        // Steps that are done stay done, and the same command goes on.
        server.clear_fault();
        home.against(&server.url(), "apply --auto-approve")
            .run()
            .expect(0);
        home.against(&server.url(), "plan --detailed-exitcode")
            .run()
            .expect(0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_taken_in_between_is_9() {
    let server = std::sync::Arc::new(server().await);
    let other = std::sync::Arc::downgrade(&server);
    server.set_fault(move |_, entry| {
        if entry.method == "POST" && entry.path == "/core/groups/" {
            // Somebody else is faster. The hook runs under a lock of its own, so another thread does it.
            let other = other.upgrade()?;
            let made = std::thread::spawn(move || {
                other
                    .poke("POST", "/core/groups/", raw!({"name": "staff"}))
                    .0
            });
            assert_eq!(made.join().unwrap(), 201);
        }
        None
    });
    let home = Home::new(ONE);
    let ran = home
        .against(&server.url(), "apply --auto-approve")
        .run()
        .expect(9);
    ran.says(&["Failed:", "group \"staff\"", "status 400"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_keep_what_is_written_is_10() {
    for format in ["text", "json"] {
        let server = server().await;
        server.poke("POST", "/core/groups/", raw!({"name": "staff"}));
        server.set_fault(|_, entry| {
            (entry.method == "PATCH").then_some(Fault::Status(200, raw!({})))
        });
        let home = Home::new("groups:\n  staff: {is_superuser: true}\n");
        let ran = home
            .against(
                &server.url(),
                &format!("apply --auto-approve --format {format}"),
            )
            .run()
            .expect(10);
        if format == "json" {
            let document = ran.document();
            let diagnostics = document["diagnostics"].as_array().unwrap();
            assert!(
                diagnostics.iter().any(|it| it["code"] == "AKR0904"),
                "{diagnostics:?}"
            );
        } else {
            ran.says(&[
                "Apply complete!",
                "Remaining changes, from a second plan:",
                "error[AKR0904]",
                "group \"staff\"",
            ]);
        }
    }
}

#[test]
fn help_lists_the_exit_codes_that_there_are() {
    let home = Home::new("");
    let help = home.akrec("--help").run().expect(0).out;
    let list = help.split("Exit codes:").nth(1).unwrap();
    let codes: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let all: Vec<String> = akrec::command::exit::ALL
        .iter()
        .map(u8::to_string)
        .collect();
    assert_eq!(codes, all);
}

/// A run that did its work and cannot record it is not a success.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_cannot_be_written_is_9() {
    let server = server().await;
    server.set_fault(|_, entry| {
        let name = entry
            .body
            .as_ref()
            .and_then(|body| body["name"].as_str())
            .unwrap_or_default();
        let ledger =
            entry.path.starts_with(LEDGERS) && entry.method != "GET" && name.starts_with("akrec: ");
        ledger.then(|| Fault::Status(400, raw!({"name": ["no"]})))
    });
    let home = Home::new(ONE);
    let ran = home
        .against(&server.url(), "apply --auto-approve")
        .run()
        .expect(9);
    ran.says(&["Apply complete!", "error[AKR0616]"]);
}

/// A rollback says what it cannot put back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_rollback_puts_back_is_said() {
    let server = server().await;
    let home = Home::new(STATE);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let ran = home
        .against(&server.url(), "apply --auto-approve")
        .env("KEY", "another-0815-value")
        .run()
        .expect(0);
    ran.says(&["warning[AKR0805]", "client_secret"]);
}

/// A fresh install has no enterprise license: the plan says so ahead, and the apply does what it can.
#[test]
fn enterprise_kinds_without_a_licence_are_9() {
    let state = "groups: {staff: {}}\nstages:\n  through: {type: source, source: plex}\nsources:\n  plex: {type: plex, \
                 name: Plex, client_id: x, plex_token: !env KEY, authentication_flow: \
                 default-source-authentication, enrollment_flow: default-source-enrollment}\n";
    let home = Home::new(state);
    let warned = [
        "warning[AKR0906]",
        "main.yaml:3:3",
        "it will refuse to write stage \"through\"",
    ];
    home.akrec("plan --sandbox").run().expect(0).says(&warned);
    let ran = home.akrec("apply --sandbox --auto-approve").run().expect(9);
    ran.says(&["error[AKR0906]", "2 done, 1 failed, 0 not attempted"]);
    let (ran, document) = home.akrec("apply --sandbox --auto-approve").json();
    ran.expect(9);
    let diagnostics = document["diagnostics"].as_array().unwrap();
    assert_eq!(
        diagnostics
            .iter()
            .filter(|one| one["severity"] == "error" && one["code"] == "AKR0906")
            .count(),
        1
    );
    let ran = home
        .akrec("apply --sandbox-licence valid --auto-approve")
        .run()
        .expect(0);
    assert!(!ran.err.contains("AKR0906"), "{ran:?}");
    home.akrec("apply --sandbox-licence expired --auto-approve")
        .run()
        .expect(9)
        .says(&["error[AKR0907]", "read-only"]);
}

/// A run whose output did not reach standard output is not a success; one whose reader went away is.
#[test]
#[cfg(target_os = "linux")]
fn output_that_is_lost_is_reported() {
    let home = Home::new(ONE);
    let onto = |args: &str, stream: Stdio| {
        let mut akrec = home.akrec(args);
        let ran = akrec
            .0
            .stdout(stream)
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    for args in [
        "--version",
        "--help",
        "validate",
        "kinds",
        "plan --sandbox --format json",
        "plan --sandbox --detailed-exitcode",
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let (code, reported) = onto(args, full.into());
        assert_eq!(code, Some(1), "{args}: {reported}");
        assert!(
            reported
                .contains("error[AKR0308]: standard output could not be written: No space left"),
            "{args}: {reported}"
        );
    }
    for args in ["--help", "kinds", "schema state"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(
            onto(args, writer.into()),
            (Some(0), String::new()),
            "{args}"
        );
    }
}
