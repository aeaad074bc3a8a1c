//! The server goes away amid an apply: a restart, a proxy that says so with pages, connections that end in the middle.
//! The apply waits for it, or stops and reports what is done; the next one completes everything, and nothing exists
//! twice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::proxy::{Proxy, Turn};
use super::site::{Site, alone_on, on};
use crate::cli::support::{Home, Ran, finish};

const GROUPS: usize = 12;

/// Groups with members, and an application that they may open.
fn state() -> String {
    let groups = (0..GROUPS)
        .map(|i| format!("  '%g{i:02}': {{members: ['%ada'], attributes: {{number: {i}}}}}\n"));
    let bindings = (0..GROUPS).map(|i| format!("      - {{group: '%g{i:02}', order: {i}}}\n"));
    format!(
        "users:\n  '%ada': {{name: Ada}}\ngroups:\n{}applications:\n  '%wiki':\n    name: Wiki\n    \
         meta_launch_url: https://wiki.example.org\n    bindings:\n{}",
        groups.collect::<String>(),
        bindings.collect::<String>()
    )
}

/// An apply through a proxy; takes it once it has ended.
fn applying(site: &Site, home: &Home, proxy: &Proxy, more: &str) -> tokio::task::JoinHandle<Ran> {
    let akrec = site.akrec(
        home,
        &site.token,
        &format!("apply --auto-approve --no-rollback {more}"),
    );
    let child = akrec.env("AKREC_URL", &proxy.url).start();
    tokio::task::spawn_blocking(move || finish(child).clean())
}

/// Everything is there, and once.
async fn whole(site: &Site) {
    let search = [("ordering", "pk"), ("search", site.prefix.as_str())];
    let groups = site.admin.page("/core/groups/", &search, 1).await.unwrap();
    assert_eq!(groups.count as usize, GROUPS);
    let wiki = site
        .admin
        .get(&format!("/core/applications/{}/", site.text("%wiki")), &[])
        .await
        .unwrap();
    let query = [("ordering", "pk"), ("target", wiki["pk"].as_str().unwrap())];
    let bindings = site
        .admin
        .page("/policies/bindings/", &query, 1)
        .await
        .unwrap();
    assert_eq!(bindings.count as usize, GROUPS);
    let leases = [
        ("ordering", "pk"),
        ("search", site.prefix.trim_end_matches('-')),
    ];
    let records = site
        .admin
        .page("/managed/blueprints/", &leases, 1)
        .await
        .unwrap();
    assert_eq!(
        records.count, 1,
        "the ledger, and no lease: {:?}",
        records.results
    );
}

/// Nobody listens for some seconds, as while a server is restarted: the apply waits and finishes.
#[test]
fn an_apply_waits_for_a_server_that_is_restarted() {
    on(async |site| {
        let home = site.home(&state());
        let proxy = Proxy::start(
            &site.url,
            |_, _, writes| if writes == 9 { Turn::Hold } else { Turn::Pass },
        )
        .await;
        let run = applying(site, &home, &proxy, "");
        proxy.held().await;
        proxy.down();
        proxy.go();
        tokio::time::sleep(Duration::from_secs(6)).await;
        proxy.up().await;
        let reported = [
            "The server does not answer. Waiting for up to",
            "The server answers again.",
            "Apply complete!",
        ];
        run.await.unwrap().expect(0).says(&reported);
        site.settled(&home);
        whole(site).await;
    });
}

/// The server itself goes, with what it was just doing, and comes back.
#[test]
#[ignore = "for a server that may be restarted: AKREC_TEST_RESTART is the command"]
fn an_apply_goes_on_after_the_server_was_restarted() {
    let command = std::env::var("AKREC_TEST_RESTART")
        .expect("AKREC_TEST_RESTART restarts the server and waits for it");
    alone_on(async |site| {
        let home = site.home(&state());
        let child = site
            .akrec(
                &home,
                &site.token,
                "apply --auto-approve --no-rollback --parallelism 2",
            )
            .start();
        let search = [("ordering", "pk"), ("search", site.prefix.as_str())];
        while site
            .admin
            .page("/core/groups/", &search, 1)
            .await
            .unwrap()
            .count
            < 4
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let status = std::process::Command::new("sh")
            .args(["-c", &command])
            .status()
            .unwrap();
        assert!(status.success(), "{command}");
        let ran = tokio::task::spawn_blocking(move || finish(child).clean())
            .await
            .unwrap()
            .expect(0);
        ran.says(&[
            "The server does not answer. Waiting for up to",
            "The server answers again.",
            "Apply complete!",
        ]);
        site.settled(&home);
        whole(site).await;
    });
}

/// A proxy in front answers with pages while authentik starts; then it is not known whether a write was done.
#[test]
fn an_apply_waits_while_a_proxy_answers_for_the_server() {
    on(async |site| {
        let home = site.home(&state());
        let since = std::sync::Mutex::new(None::<Instant>);
        let proxy = Proxy::start(&site.url, move |_, _, writes| {
            let mut since = since.lock().unwrap();
            if writes >= 7 && since.is_none() {
                *since = Some(Instant::now());
            }
            match since.map(|at| at.elapsed().as_secs()) {
                Some(0..2) => Turn::Page(502),
                Some(2..5) => Turn::Page(503),
                _ => Turn::Pass,
            }
        })
        .await;
        applying(site, &home, &proxy, "")
            .await
            .unwrap()
            .expect(0)
            .says(&["Apply complete!"]);
        site.settled(&home);
        whole(site).await;
    });
}

/// Of fifteen writes four are carried out and their answers lost, one is lost on the way: akrec looks, and nothing is doubled.
#[test]
fn answers_that_are_lost_double_nothing() {
    on(async |site| {
        let home = site.home(&state());
        let proxy = Proxy::start(&site.url, |method, _, writes| match (method, writes % 15) {
            ("GET", _) => Turn::Pass,
            (_, 3 | 6 | 9 | 12) => Turn::CutAfter,
            (_, 5) => Turn::Cut,
            _ => Turn::Pass,
        })
        .await;
        applying(site, &home, &proxy, "")
            .await
            .unwrap()
            .expect(0)
            .says(&["Apply complete!"]);
        assert!(proxy.writes() > GROUPS, "{}", proxy.writes());
        site.settled(&home);
        whole(site).await;
    });
}

/// The server stays away: the apply stops, says what it did and what it did not, and the next one goes on from there.
#[test]
fn an_apply_whose_server_stays_away_stops_and_the_next_one_goes_on() {
    on(async |site| {
        let home = site.home(&state());
        let proxy = Proxy::start(
            &site.url,
            |_, _, writes| if writes >= 8 { Turn::Cut } else { Turn::Pass },
        )
        .await;
        // Without repetitions akrec does not wait.
        let ran = applying(site, &home, &proxy, "--retries 0")
            .await
            .unwrap()
            .expect(9);
        let ran = ran.says(&[
            "Apply incomplete:",
            "Completed steps stay in effect.",
            "the ledger",
            "the lease could not be released",
        ]);
        let done = ran
            .out
            .lines()
            .find_map(|line| line.strip_prefix("Resources: "))
            .unwrap()
            .to_owned();
        assert!(!done.starts_with("0 added"), "{done}");
        // What was begun while nobody answered may have been done or not; nothing new was begun after that.
        let failed = ran.out.matches("was not written").count();
        assert!((1..=8).contains(&failed), "{}", ran.out);
        // The lease of the run that broke off is still there.
        site.run(&home, &site.token, "apply --auto-approve --no-rollback", 6)
            .says(&["another apply of the workspace"]);
        end_lease(site).await;
        let ran = site.run(&home, &site.token, "apply --auto-approve --no-rollback", 0);
        ran.says(&["had expired and was taken over"]);
        site.settled(&home);
        whole(site).await;
        // All of it is akrec's, also what was made before the server went away.
        home.write(
            "state/main.yaml",
            site.text("users: {'%ada': {name: Ada}}\n"),
        );
        let ran = site.run(
            &home,
            &site.token,
            "apply --auto-approve --no-rollback --max-deletes 100%",
            0,
        );
        ran.says(&[&format!("{} destroyed", GROUPS + 1)]);
    });
}

/// Lets ten minutes pass for the lease.
async fn end_lease(site: &Site) {
    let name = format!("akrec-lock: {}x", site.prefix);
    let lease = site
        .find("/managed/blueprints/", ("name", &name))
        .await
        .unwrap();
    let mut context = lease["context"].clone();
    context["until"] = "2026-01-01T00:00:00Z".into();
    let body = serde_json::json!({"context": context, "content": lease["content"]});
    let path = format!("/managed/blueprints/{}/", lease["pk"].as_str().unwrap());
    site.admin.patch(&path, &body).await.unwrap();
}

/// A token that is revoked amid an apply: what is left is not tried with it.
#[test]
fn an_apply_whose_token_is_revoked_stops() {
    on(async |site| {
        let home = site.home(&state());
        let account = site.account("%short", &["authentik Admins"], &[]).await;
        static REVOKED: AtomicBool = AtomicBool::new(false);
        let proxy = Proxy::start(&site.url, |_, _, writes| {
            if writes == 6 && !REVOKED.swap(true, Ordering::SeqCst) {
                Turn::Hold
            } else {
                Turn::Pass
            }
        })
        .await;
        let akrec = site.akrec(&home, &account.key, "apply --auto-approve --no-rollback");
        let child = akrec.env("AKREC_URL", &proxy.url).start();
        let run = tokio::task::spawn_blocking(move || finish(child).clean());
        proxy.held().await;
        site.admin
            .delete(&format!("/core/tokens/{}/", account.username))
            .await
            .unwrap();
        proxy.go();
        let ran = run.await.unwrap().expect(9).says(&[
            "error[AKR0402]",
            "the token was not accepted",
            "not attempted",
        ]);
        assert!(
            ran.out.matches("was not written").count() <= 8,
            "{}",
            ran.out
        );
        end_lease(site).await;
        site.applies(&home);
        whole(site).await;
    });
}
