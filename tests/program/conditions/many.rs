//! What many objects cost: an apply, the plan after it, a plan of one change, beside the same lists read plainly.
//!
//! It prints numbers and asserts none of time, so it is only run when asked for:
//! `AKREC_MANY=1000 cargo test --test program conditions::many -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use akrec::client::Client;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::site::{Site, on};
use crate::cli::support::{Home, Ran};

/// What has the objects in it.
const LISTS: [(&str, &[(&str, &str)]); 3] = [
    (
        "/core/groups/",
        &[("ordering", "pk"), ("include_users", "false")],
    ),
    (
        "/core/applications/",
        &[("ordering", "slug"), ("superuser_full_list", "true")],
    ),
    ("/policies/bindings/", &[("ordering", "pk")]),
];

fn state(many: usize, first: usize) -> String {
    let mut text = "groups:\n".to_owned();
    for i in 0..many {
        let number = if i == 0 { first } else { i };
        text += &format!("  '%g-{i:04}': {{attributes: {{number: {number}}}}}\n");
    }
    text += "applications:\n";
    for i in 0..many {
        text += &format!(
            "  '%a-{i:04}': {{name: App, meta_launch_url: 'https://a{i}.example.org', bindings: [{{group: '%g-{i:04}'}}]}}\n"
        );
    }
    text
}

/// Reads the pages of all three lists, as many at once as akrec does, and nothing else; how many requests that took.
async fn plainly(client: &Client) -> usize {
    let mut firsts: FuturesUnordered<_> = LISTS
        .iter()
        .map(async |(path, query)| {
            (
                path,
                query,
                client.page(path, query, 1).await.unwrap().pages,
            )
        })
        .collect();
    let mut rest = Vec::new();
    while let Some((path, query, pages)) = firsts.next().await {
        rest.extend((2..=pages).map(|page| (path, query, page)));
    }
    let count = LISTS.len() + rest.len();
    let mut pages: FuturesUnordered<_> = rest
        .into_iter()
        .map(async |(path, query, page)| client.page(path, query, page).await.unwrap())
        .collect();
    while pages.next().await.is_some() {}
    count
}

/// Runs the program and prints what it took; whoever runs it waits as long as it takes.
fn timed(site: &Site, home: &Home, what: &str, args: &str) -> Ran {
    let start = Instant::now();
    let output = site
        .akrec(home, &site.token, &format!("{args} -vv"))
        .0
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ran = Ran {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    let requests: Vec<&str> = ran
        .err
        .lines()
        .filter(|line| line.contains("send: request method"))
        .collect();
    let waited: u64 = requests
        .iter()
        .filter_map(|line| line.rsplit_once(" ms=")?.1.trim().parse::<u64>().ok())
        .sum();
    reported(
        what,
        requests.len(),
        start.elapsed(),
        Some(Duration::from_millis(waited)),
    );
    ran.expect(0)
}

fn reported(what: &str, requests: usize, took: Duration, waited: Option<Duration>) {
    let server = waited.map(|waited| {
        format!(
            ", {:.1} s of waiting for answers added up",
            waited.as_secs_f64()
        )
    });
    println!(
        "{what}: {requests} requests, {:.1} s{}",
        took.as_secs_f64(),
        server.unwrap_or_default()
    );
}

#[test]
#[ignore = "prints numbers; a quarter of an hour for 1,000 on a slow server"]
fn many_groups_and_applications() {
    on(async |site| {
        let many = std::env::var("AKREC_MANY")
            .ok()
            .and_then(|many| many.parse().ok())
            .unwrap_or(100);
        println!(
            "{many} groups, {many} applications with a binding each, {}",
            if site.real {
                "a real server"
            } else {
                "sandbox"
            }
        );
        let home = site.home(&state(many, 0));
        timed(site, &home, "apply", "apply --auto-approve --no-rollback");
        timed(site, &home, "plan after it", "plan");
        let start = Instant::now();
        let count = plainly(&site.admin).await;
        reported("the same lists plainly", count, start.elapsed(), None);
        home.write("state/main.yaml", site.text(&state(many, 1)));
        timed(site, &home, "plan of one change", "plan");
        timed(
            site,
            &home,
            "apply of one change",
            "apply --auto-approve --no-rollback",
        );
        site.settled(&home);
        home.write("state/main.yaml", "users: {}\n");
        timed(
            site,
            &home,
            "removal",
            "apply --auto-approve --no-rollback --max-deletes 100% --allow AKR0114",
        );
    });
}
