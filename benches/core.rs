//! Prints how long the pure core takes on large states: `cargo bench --bench core`.
//!
//! 10,000 declared objects against 10,000 live ones, and `validate` of 1,000 files. No server, no sandbox, no network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use akrec::desired;
use akrec::diag::Sources;
use akrec::kinds;
use akrec::ledger::Ledger;
use akrec::live::{Batch, Live};
use akrec::plan::{self, Options};
use akrec::report;
use akrec::schema::V2026_2;
use akrec::state::{self, Inputs};
use serde_json::{Value, json};

fn main() {
    objects(10_000);
    files(1_000);
    println!("peak memory of this process: {}", peak());
}

/// Half users and groups with members, half applications with a binding each; one in ten differs from the live world.
fn objects(count: usize) {
    let folder = std::env::temp_dir().join(format!("akrec-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let quarter = count / 4;
    let (mut users, mut groups, mut applications) = (String::new(), String::new(), String::new());
    for i in 0..quarter {
        writeln!(
            users,
            "  user-{i}: {{name: User {i}, email: user-{i}@example.org}}"
        )
        .unwrap();
        writeln!(
            groups,
            "  group-{i}: {{members: [user-{i}, user-{}]}}",
            (i + 1) % quarter
        )
        .unwrap();
        writeln!(
            applications,
            "  app-{i}: {{name: App {i}, bindings: [{{group: group-{i}}}]}}"
        )
        .unwrap();
    }
    std::fs::write(folder.join("users.yaml"), format!("users:\n{users}")).unwrap();
    std::fs::write(folder.join("groups.yaml"), format!("groups:\n{groups}")).unwrap();
    std::fs::write(
        folder.join("applications.yaml"),
        format!("applications:\n{applications}"),
    )
    .unwrap();
    let uuid = |family: usize, i: usize| format!("{family:08x}-0000-4000-8000-{i:012x}");
    let batch = |kind: &str, raw: &dyn Fn(usize) -> Value| Batch {
        kind: kinds::kind(kind).unwrap(),
        objects: (0..quarter).map(raw).collect(),
    };
    let batches = [
        batch(
            "user",
            &|i| json!({"pk": i, "username": format!("user-{i}"), "name": format!("User {i}"), "email": format!("user-{i}@example.org"), "attributes": {}, "groups": [], "roles": [], "type": "internal", "path": "users", "is_active": true}),
        ),
        batch(
            "group",
            &|i| json!({"pk": uuid(1, i), "name": format!("group-{i}"), "users": [i, (i + 1 + usize::from(i % 10 == 0)) % quarter], "parents": [], "roles": [], "attributes": {}, "is_superuser": false}),
        ),
        batch(
            "application",
            &|i| json!({"pk": uuid(2, i), "slug": format!("app-{i}"), "name": if i % 10 == 0 { "Old".to_owned() } else { format!("App {i}") }, "provider": null, "backchannel_providers": [], "policy_engine_mode": "any"}),
        ),
        batch(
            "policy_binding",
            &|i| json!({"pk": uuid(3, i), "target": uuid(2, i), "group": uuid(1, i), "user": null, "policy": null, "order": 0, "enabled": true, "negate": false, "timeout": 30, "failure_result": false}),
        ),
    ];
    let start = Instant::now();
    let (desired, sources) = load(&folder);
    let parsed = start.elapsed();
    let (live, odd) = Live::build(V2026_2, &batches);
    assert!(odd.is_empty());
    let decoded = start.elapsed();
    let (plan, diagnostics) = plan::plan(
        &desired,
        &live,
        &Ledger::empty("bench"),
        &Options::default(),
    );
    let plan = plan.unwrap_or_else(|| panic!("{diagnostics:?}"));
    let planned = start.elapsed();
    let text = report::plan::text(&plan, &header(), &sources, &style());
    let printed = start.elapsed();
    println!(
        "{} declared objects against {} live ones, {} steps, {} KiB of text: parse {:?}, decode {:?}, plan {:?}, print {:?}, together {printed:?}",
        desired.objects.len(),
        live.objects.len(),
        plan.steps.len(),
        text.len() / 1024,
        parsed,
        decoded - parsed,
        planned - decoded,
        printed - planned,
    );
    let start = Instant::now();
    let (empty, _) = Live::build(V2026_2, &[]);
    let (plan, _) = plan::plan(
        &desired,
        &empty,
        &Ledger::empty("bench"),
        &Options::default(),
    );
    let plan = plan.unwrap();
    let text = report::plan::text(&plan, &header(), &sources, &style());
    println!(
        "the same against an empty server: {} steps, {} KiB of text: {:?}",
        plan.steps.len(),
        text.len() / 1024,
        start.elapsed()
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

/// `validate` of many small files.
fn files(count: usize) {
    let folder = std::env::temp_dir().join(format!("akrec-bench-files-{}", std::process::id()));
    for i in 0..count {
        let inside = folder.join(format!("team-{}", i % 50));
        std::fs::create_dir_all(&inside).unwrap();
        let text = format!(
            "groups:\n  team-{i}: {{}}\nproviders:\n  app-{i}:\n    type: oauth2\n    authorization_flow: default\n    invalidation_flow: default\n    redirect_uris: [https://app-{i}.example.org/cb]\n    access_token_validity: hours=1\napplications:\n  app-{i}:\n    name: App {i}\n    provider: app-{i}\n    bindings:\n      - group: team-{i}\n",
        );
        std::fs::write(inside.join(format!("app-{i}.yaml")), text).unwrap();
    }
    let start = Instant::now();
    let (desired, _) = load(&folder);
    println!(
        "validate of {count} files ({} objects): {:?}",
        desired.objects.len(),
        start.elapsed()
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

fn load(folder: &Path) -> (desired::Desired, Sources) {
    let mut sources = Sources::default();
    let inputs = Inputs::new(folder, &|_| None);
    let settings = desired::Settings {
        release: Some(V2026_2),
        allow_unknown: false,
        today: jiff::civil::date(2026, 1, 1),
    };
    let (desired, diagnostics) = state::load(&inputs, None, &settings, &mut sources);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    (desired, sources)
}

fn header() -> report::plan::Header {
    report::plan::Header {
        revision: None,
        server: "https://auth.example.org".into(),
        release: "2026.2.2".into(),
        user: Some("svc-akrec".into()),
    }
}

fn style() -> report::plan::Style {
    report::plan::Style {
        color: false,
        width: 100,
        concise: false,
        summary: false,
    }
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(
        || "not known here".to_owned(),
        |line| line.trim().to_owned(),
    )
}
