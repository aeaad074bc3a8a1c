//! Ctrl-C and SIGTERM: what is being written is finished, starting nothing new, and it is said what was done.

use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use akrec::sandbox::{Fault, Sandbox};

use super::support::*;

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[track_caller]
fn until(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "it does not come to this"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

fn posts(server: &Sandbox) -> usize {
    server
        .journal()
        .iter()
        .filter(|entry| entry.method == "POST" && entry.path != LEDGERS)
        .count()
}

/// How many writes have arrived; each is answered late.
fn delayed(server: &Sandbox) -> std::sync::Arc<std::sync::atomic::AtomicUsize> {
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&count);
    server.set_fault(move |_, entry| {
        (entry.method == "POST" && entry.path != LEDGERS).then(|| {
            seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Fault::Delay(Duration::from_millis(2000))
        })
    });
    count
}

const GROUPS: &str = "groups:\n  a: {}\n  b: {}\n  c: {}\n  d: {}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_finishes_what_it_writes_and_stops() {
    for (signal, format) in [("-INT", "text"), ("-TERM", "json")] {
        let server = server().await;
        let arrived = delayed(&server);
        let home = Home::new(GROUPS);
        let args = format!("apply --auto-approve --parallelism 1 --format {format}");
        let child = home.against(&server.url(), &args).start();
        until(|| arrived.load(std::sync::atomic::Ordering::SeqCst) == 1);
        send(signal, &child);
        let ran = finish(child)
            .expect(130)
            .says(&["Stopping: finishing the current writes"]);
        assert_eq!(posts(&server), 1, "starting nothing new");
        assert_eq!(
            server
                .journal()
                .iter()
                .filter(|entry| entry.method == "POST"
                    && entry.path != LEDGERS
                    && entry.status == 201)
                .count(),
            1
        );
        if format == "json" {
            let document = ran.document();
            assert_eq!(document["applied"]["add"], 1);
            assert_eq!(document["applied"]["stopped"], 3);
            assert_eq!(document["applied"]["interrupted"], true);
        } else {
            let ran = ran.says(&[
                "error[AKR0905]: stopped by a signal",
                "Apply interrupted: 1 done, 0 failed, 3 not attempted.",
            ]);
            ran.says(&[
                "created group \"a\"",
                "the run was stopped",
                "To continue with the rest: akrec apply",
            ]);
        }
        server.clear_fault();
        home.against(&server.url(), "apply --auto-approve")
            .run()
            .expect(0)
            .says(&["3 added"]);
    }
}

#[test]
fn a_plan_that_waits_for_the_server_stops_at_once() {
    let server = Scripted::start(|_| Answer::Hang(Vec::new()));
    for (args, says) in [
        ("plan", "before the plan was made"),
        ("apply --auto-approve", "nothing was written"),
    ] {
        for format in ["text", "json"] {
            let home = Home::new(ONE);
            let before = server.seen.lock().unwrap().len();
            let child = home
                .against(&server.url, &format!("{args} --format {format}"))
                .start();
            until(|| server.seen.lock().unwrap().len() > before);
            send("-INT", &child);
            // A run that does not stop is killed after a minute, and has no code then.
            let ran = finish(child).expect(130).says(&["AKR0905", says]);
            if format == "json" {
                ran.document();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_plan_can_be_interrupted_too() {
    let server = server().await;
    server.set_fault({
        let written = std::sync::atomic::AtomicBool::new(false);
        move |_, entry| {
            let write = entry.method == "POST" && entry.path != LEDGERS;
            let before = written.fetch_or(write, std::sync::atomic::Ordering::SeqCst);
            (before && entry.method == "GET" && entry.path != LEDGERS)
                .then_some(Fault::Delay(Duration::from_secs(20)))
        }
    });
    let home = Home::new(ONE);
    let child = home.against(&server.url(), "apply --auto-approve").start();
    until(|| posts(&server) == 1);
    thread::sleep(Duration::from_millis(300));
    send("-INT", &child);
    finish(child).expect(130).says(&[
        "Apply complete!",
        "everything was written, but no second plan verified",
    ]);
}

#[test]
fn a_sandbox_runs_until_it_is_stopped() {
    let home = Home::new("");
    let mut child = home.akrec("sandbox --listen 127.0.0.1:0").start();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("Ctrl-C stops it.") {
        assert_ne!(
            std::io::BufRead::read_line(&mut out, &mut text).unwrap(),
            0,
            "{text}"
        );
    }
    let value = |name: &str| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix(name))
            .unwrap()
            .to_owned()
    };
    let (url, token) = (value("export AKREC_URL="), value("export AKREC_TOKEN="));
    let user = Home::new(ONE);
    user.akrec("apply --auto-approve")
        .env("AKREC_URL", &url)
        .env("AKREC_TOKEN", &token)
        .run()
        .expect(0);
    user.akrec("plan")
        .env("AKREC_URL", &url)
        .env("AKREC_TOKEN", &token)
        .run()
        .expect(0)
        .says(&["No changes."]);
    send("-INT", &child);
    finish(child).expect(0);
    home.akrec("sandbox --listen 127.0.0.1:0 --sandbox-data .")
        .run()
        .expect(3)
        .says(&["cannot be started"]);
}
