//! Names and values that a server may hold and that must not do harm in files.

use akrec::export::{Options, Reason};
use serde_json::json;

use super::{all, round};
use crate::support::releases::newest;
use crate::support::{Bench, RELEASES, poke};

const NAMES: &[&str] = &[
    "../../etc/passwd",
    "..",
    "/abs",
    "C:\\x",
    "con",
    "a/b",
    "A B",
    "a b",
    "a-b",
    "*",
    "yes",
    "null",
    "~",
    "017",
    "1.10",
    "<<",
    "- x",
    "#x",
    "x: y",
    "x #y",
    "!env HOME",
    "{x}",
    "[x]",
    "\"x\"",
    "'x'",
    "x\ny",
    "é",
    "日本",
    "\u{202e}x",
    "%x",
    "@x",
    "`x`",
    "&x",
    "x:",
    "?",
    "---",
    "true",
    "2026-01-01",
    "akrec",
    "x\u{7f}y",
    "👍🏽",
];

const TEXTS: &[&str] = &[
    "return True",
    "a\nb\nc\nd\n  indented  \n\n\nlast",
    "# comment\r\nif x:\r\n\treturn 'ü'\r\n\r\nreturn \"\"\"y\"\"\"",
    "return {\n  'a': 1,\n\n  'b': 2,\n}\n",
    "\u{feff}x\ny\nz\nw\nv",
    "a\n---\nb\n...\nc\n- d",
    "!env SECRET",
    "x\u{1b}[31m\nb\nc\nd\ne",
];

#[tokio::test]
async fn hostile_names_make_harmless_files() {
    for release in RELEASES.iter().copied() {
        let (sandbox, bench) = Bench::sandbox(release).await;
        for (place, name) in NAMES.iter().enumerate() {
            let text = TEXTS[place % TEXTS.len()];
            poke(
                &sandbox,
                "POST",
                "/policies/dummy/",
                json!({ "name": name }),
            );
            poke(
                &sandbox,
                "POST",
                "/core/brands/",
                json!({ "domain": name, "branding_custom_css": text }),
            );
            let data = json!({ *name: name, "list": [name, 1, 1.5, null, true], "deep": { *name: { *name: null } } });
            poke(
                &sandbox,
                "POST",
                "/core/groups/",
                json!({ "name": name, "attributes": data }),
            );
            let secret = json!({
                "name": name, "authorization_flow": flow(&sandbox), "invalidation_flow": flow(&sandbox),
                "redirect_uris": [], "client_secret": format!("hunter2-{place}"),
            });
            poke(&sandbox, "POST", "/providers/oauth2/", secret);
        }
        let (export, _) = round(&bench, release, &Options::default()).await;
        let mut paths: Vec<String> = export
            .files
            .iter()
            .map(|file| file.path.to_lowercase())
            .collect();
        let count = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), count, "two files of one name");
        for path in &paths {
            let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_./".contains(c);
            let part =
                |part: &str| !part.is_empty() && !part.starts_with('.') && !part.starts_with('_');
            assert!(
                path.chars().all(safe) && path.split('/').all(part),
                "{path:?}"
            );
        }
        assert!(
            !all(&export).contains("hunter2"),
            "a secret stands in a file"
        );
        for file in &export.files {
            assert!(
                !file
                    .text
                    .lines()
                    .any(|line| line.trim_start().starts_with("HOME")),
                "{}",
                file.path
            );
        }
        assert_eq!(export.notes, Vec::new(), "{release}");
    }
}

fn flow(sandbox: &akrec::sandbox::Sandbox) -> serde_json::Value {
    sandbox.world_json()["/flows/instances/"][0]["pk"].clone()
}

/// Objects that cannot be distinguished or named are left out, reported, and survive the plan of the rest.
#[tokio::test]
async fn what_cannot_be_said_is_reported() {
    let (sandbox, bench) = Bench::sandbox("2025.10").await;
    let application = poke(
        &sandbox,
        "POST",
        "/core/applications/",
        json!({ "name": "A", "slug": "a" }),
    );
    let group = poke(
        &sandbox,
        "POST",
        "/core/groups/",
        json!({ "name": "g", "attributes": { "big": u64::MAX } }),
    );
    for order in [0, 1] {
        let binding = json!({ "target": application["pk"], "group": group["pk"], "order": order });
        poke(&sandbox, "POST", "/policies/bindings/", binding);
    }
    let (export, _) = round(&bench, "doubled", &Options::default()).await;
    let diagnostics: Vec<&str> = export.notes.iter().map(|(_, note)| note.as_str()).collect();
    assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
    assert!(
        diagnostics
            .iter()
            .any(|note| note.starts_with("bindings has the same item again")),
        "{diagnostics:?}"
    );
    assert!(
        diagnostics
            .iter()
            .any(|note| note.starts_with("attributes is left out")),
        "{diagnostics:?}"
    );
    let text = super::file(&export, "applications/a.yaml");
    assert!(
        text.contains("    bindings:\n      include:\n        - group: g\n"),
        "{text}"
    );
    assert!(!export.left_out.contains_key(&Reason::Ambiguous));
}

/// akrec's own records on a server are not part of the world.
#[tokio::test]
async fn akrecs_own_records_stay_out() {
    let (sandbox, bench) = Bench::sandbox(newest()).await;
    super::apply(
        &bench,
        &crate::support::State::of("blueprints: {akrecs: {content: \"version: 1\\nentries: []\"}}"),
    )
    .await;
    let name =
        |found: &serde_json::Value| found["name"].as_str().is_some_and(akrec::ledger::is_akrecs);
    assert!(
        sandbox.world_json()["/managed/blueprints/"]
            .as_array()
            .unwrap()
            .iter()
            .any(name),
        "a ledger is there"
    );
    let (export, _) = round(
        &bench,
        "records",
        &Options {
            all: true,
            ..Options::default()
        },
    )
    .await;
    let text = super::file(&export, "blueprints.yaml");
    assert!(
        text.contains("  akrecs:") && !text.contains("akrec: ") && !text.contains("akrec-lock"),
        "{text}"
    );
}

/// Free data may hold secrets that the table cannot know of.
#[tokio::test]
async fn secrets_in_free_data_stay_out_of_the_files() {
    let (sandbox, bench) = Bench::sandbox(newest()).await;
    let data = json!({
        "password": "hunter2-a", "note": "seen", "deep": [{ "api-key": "hunter2-b", "Client_Secret": "hunter2-c" }],
        "password_hint": "seen too", "token": "", "ssh.privateKey": "hunter2-d\nhunter2-e\n",
    });
    poke(
        &sandbox,
        "POST",
        "/core/groups/",
        json!({ "name": "g", "attributes": data }),
    );
    poke(
        &sandbox,
        "POST",
        "/core/groups/",
        json!({ "name": "h", "attributes": { "password": "4711", "note": "x" } }),
    );
    let (export, _) = round(&bench, "secrets", &Options::default()).await;
    let text = all(&export);
    assert!(
        !text.contains("hunter2") && !text.contains("4711"),
        "{text}"
    );
    assert!(
        text.contains("note: seen") && text.contains("password_hint: seen too"),
        "{text}"
    );
    assert!(text.contains("GROUP_G_ATTRIBUTES_PASSWORD="), "{text}");
    assert!(
        text.contains("# attributes is left out: attributes.password is a secret"),
        "{text}"
    );
    assert!(!format!("{export:?}").replace(&text, "").contains("hunter2"));
}

/// A secret is one by its form as well, in whatever field it stands; and the address of a webhook is nothing else.
#[tokio::test]
async fn secrets_by_their_form_stay_out_of_the_files() {
    let (sandbox, bench) = Bench::sandbox(newest()).await;
    let transport = json!({ "name": "t", "mode": "webhook", "webhook_url": "https://chat.example.org/hunter2-a" });
    poke(&sandbox, "POST", "/events/transports/", transport);
    let docker =
        json!({ "name": "d", "local": false, "url": "https://user:hunter2-b@docker.example:2376" });
    poke(
        &sandbox,
        "POST",
        "/outposts/service_connections/docker/",
        docker,
    );
    let data = json!({
        "db": "postgres://app:hunter2-c@db/app", "in": ["https://hooks.slack.com/services/hunter2-d", "seen"],
        "credentials": { "user": "hunter2-e", "kept": true }, "old_token": 8172635, "port": 1234567,
    });
    poke(
        &sandbox,
        "POST",
        "/core/groups/",
        json!({ "name": "g", "attributes": data }),
    );
    let launch = json!({ "name": "A", "slug": "a", "meta_launch_url": "https://a.example.org/?access_token=hunter2-f" });
    poke(&sandbox, "POST", "/core/applications/", launch);
    let code = "url = 'https://u:not-hidden@x.example'\nreturn True\n";
    poke(
        &sandbox,
        "POST",
        "/policies/expression/",
        json!({ "name": "p", "expression": code }),
    );
    let (export, _) = round(&bench, "forms", &Options::default()).await;
    let text = all(&export);
    assert!(
        !text.contains("hunter2") && !text.contains("8172635"),
        "{text}"
    );
    assert!(
        text.contains("webhook_url: !env NOTIFICATION_TRANSPORT_T_WEBHOOK_URL"),
        "{text}"
    );
    assert!(
        text.contains("seen") && text.contains("port: 1234567") && text.contains("kept: true"),
        "{text}"
    );
    // Code as a variable could not be reviewed: it is said, in the file and in the summary.
    let says = "expression seems to hold a secret in clear text";
    assert!(text.contains("not-hidden") && text.contains(says), "{text}");
    assert!(
        export.notes.iter().any(|(_, note)| note.contains(says)),
        "{:?}",
        export.notes
    );
}

/// Several objects of one name (groups before 2025.12): none of them can be meant, and nothing that refers to them lies.
#[test]
fn objects_of_one_name_are_left_out() {
    let kind = |name: &str| akrec::kinds::kind(name).unwrap();
    let batch = |name: &str, objects: serde_json::Value| akrec::live::Batch {
        kind: kind(name),
        objects: objects.as_array().unwrap().clone(),
    };
    let group = |pk: &str, name: &str, parent: Option<&str>| json!({ "pk": pk, "name": name, "parent": parent, "users": [] });
    let batches = [
        batch(
            "group",
            json!([
                group("1", "g", None),
                group("2", "g", None),
                group("3", "h", Some("2"))
            ]),
        ),
        batch(
            "application",
            json!([{ "pk": "a", "slug": "a", "name": "A" }]),
        ),
        batch(
            "policy_binding",
            json!([
                { "pk": "b", "target": "a", "group": "1", "order": 0 },
                { "pk": "c", "target": "a", "group": "3", "order": 0 },
            ]),
        ),
    ];
    let (live, problems) = akrec::live::Live::build(akrec::schema::V2025_10, &batches);
    assert!(problems.is_empty(), "{problems:?}");
    let export = akrec::export::export(&live, &Options::default(), &|_| false);
    assert_eq!(
        export.left_out[&Reason::Ambiguous],
        [akrec::value::Address::named("group", "g")]
    );
    let text = all(&export);
    assert!(!text.contains("  g:"), "{text}");
    assert!(
        text.contains("  h:\n    # parents is left out: several objects are called group \"g\"\n"),
        "{text}"
    );
    assert!(
        text.contains("    bindings:\n      include:\n        - group: h\n"),
        "{text}"
    );
    assert_eq!(export.notes.len(), 2, "{:?}", export.notes);
    let server = akrec::read::Server {
        url: String::new(),
        version: String::new(),
        release: live.release,
        user_id: 1,
        user: String::new(),
        superuser: true,
    };
    let (desired, problems, _) = crate::support::State::exported(&export).load(&server);
    assert!(problems.is_empty(), "{problems:?}");
    let (plan, problems) = akrec::plan::plan(
        &desired,
        &live,
        &akrec::ledger::Ledger::unknown("", ""),
        &akrec::plan::Options::default(),
    );
    assert!(plan.is_some_and(|plan| plan.is_empty()), "{problems:?}");
}

/// A list that the token may not see: what refers into it is left out and said, and the rest still plans to nothing.
#[tokio::test]
async fn references_to_what_cannot_be_read_are_left_out() {
    let (sandbox, bench) = Bench::sandbox(newest()).await;
    let secret = json!({
        "name": "p", "authorization_flow": flow(&sandbox), "invalidation_flow": flow(&sandbox), "redirect_uris": [],
    });
    let provider = poke(&sandbox, "POST", "/providers/oauth2/", secret);
    poke(
        &sandbox,
        "POST",
        "/core/applications/",
        json!({ "name": "A", "slug": "a", "provider": provider["pk"] }),
    );
    sandbox.set_fault(|_, entry| {
        let fault = akrec::sandbox::Fault::Status(403, json!({ "detail": "no" }));
        (entry.path.starts_with("/flows/") || entry.path.starts_with("/policies/bindings"))
            .then_some(fault)
    });
    let read = akrec::read::everything(&bench.client, &bench.server, &[], false, &|_| {}).await;
    let (live, diagnostics) = read.unwrap();
    assert_eq!(diagnostics.len(), 3, "{diagnostics:?}");
    let export = akrec::export::export(&live, &Options::default(), &|_| false);
    let text = super::file(&export, "applications/a.yaml");
    assert!(
        text.contains(
            "    # authorization_flow is left out: it refers to something that was not read\n"
        ),
        "{text}"
    );
    assert!(
        !text.contains("bindings"),
        "what is bound was not read: {text}"
    );
    sandbox.clear_fault();
    let planned = bench
        .plan_afresh(&crate::support::State::exported(&export))
        .await;
    assert!(planned.plan().is_empty(), "{}", planned.text());
}

/// Access that was granted for a while must not be declared: written down, it would last.
#[test]
fn what_ends_by_itself_is_not_declared() {
    let kind = |name: &str| akrec::kinds::kind(name).unwrap();
    let batch = |name: &str, objects: serde_json::Value| akrec::live::Batch {
        kind: kind(name),
        objects: objects.as_array().unwrap().clone(),
    };
    let batches = [
        batch(
            "user",
            json!([{ "pk": 1, "username": "jodie" }, { "pk": 2, "username": "sam" }]),
        ),
        batch(
            "application",
            json!([{ "pk": "a", "slug": "a", "name": "A" }, { "pk": "b", "slug": "b", "name": "B" }]),
        ),
        batch(
            "policy_binding",
            json!([
                { "pk": "1", "target": "a", "user": 1, "expiring": true },
                { "pk": "2", "target": "a", "user": 2, "expiring": false },
                { "pk": "3", "target": "b", "user": 1, "expiring": true },
            ]),
        ),
    ];
    let (live, problems) = akrec::live::Live::build(akrec::schema::V2026_8, &batches);
    assert!(problems.is_empty(), "{problems:?}");
    let export = akrec::export::export(&live, &Options::default(), &|_| false);
    assert!(
        super::file(&export, "applications/a.yaml").ends_with("    bindings:\n      - user: sam\n")
    );
    assert!(
        super::file(&export, "applications/b.yaml").ends_with("    name: B\n"),
        "{}",
        all(&export)
    );
    assert_eq!(export.left_out[&Reason::Ends].len(), 2);
}

/// A null among the keys of free data: the data then stands there as a whole.
#[tokio::test]
async fn data_with_nulls_is_written_whole() {
    let (sandbox, bench) = Bench::sandbox(newest()).await;
    poke(
        &sandbox,
        "POST",
        "/core/groups/",
        json!({ "name": "g", "attributes": { "level": "info", "none": null } }),
    );
    poke(
        &sandbox,
        "PATCH",
        "/admin/settings/",
        json!({ "impersonation": false }),
    );
    let (export, _) = round(&bench, "nulls", &Options::default()).await;
    let text = super::file(&export, "groups.yaml");
    assert!(
        text.contains("attributes: !exact\n") && text.contains("level: info"),
        "{text}"
    );
    assert!(
        super::file(&export, "settings.yaml").ends_with("settings:\n  impersonation: false\n"),
        "{}",
        all(&export)
    );
}
