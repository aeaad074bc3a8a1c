//! Drift: what changed on the server since the last apply, reported with who, when, from where and by which tool; and
//! objects that are forgotten.

use std::time::Duration;

use akrec::client::{Client, Settings};
use akrec::sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use super::support::*;

const PLAIN: &str = "\
groups:
  staff:
    members: [bob]
    attributes: {team: red, floor: 2}
users:
  bob: {name: Bob, email: bob@example.org}
  eve: {name: Eve}
applications:
  wiki:
    name: Wiki
    meta_publisher: us
    bindings: [{group: staff}]
";

/// A client with a token of its own and a name that it gives itself.
fn client(server: &Sandbox, token: &str, agent: &str) -> Client {
    Client::new(Settings {
        url: server.url(),
        credentials: secrecy::SecretString::from(token.to_owned()).into(),
        headers: Vec::new(),
        ca_cert: None,
        insecure_skip_tls_verify: false,
        timeout: Duration::from_secs(30),
        retries: 0,
        parallelism: 4,
        user_agent: agent.to_owned(),
        max_answers: akrec::budget::ANSWERS.most,
    })
    .unwrap()
}

/// The token of a superuser who is not akrec's.
fn mallory(server: &Sandbox) -> String {
    let user = server
        .poke(
            "POST",
            "/core/users/",
            json!({ "username": "mallory", "name": "Mallory" }),
        )
        .1;
    let admins = server
        .poke("GET", "/core/groups/?name=authentik%20Admins", Value::Null)
        .1;
    let admins = format!(
        "/core/groups/{}/add_user/",
        admins["results"][0]["pk"].as_str().unwrap()
    );
    server.poke("POST", &admins, json!({ "pk": user["pk"] }));
    let token = json!({ "identifier": "mallory", "intent": "api", "user": user["pk"] });
    assert_eq!(server.poke("POST", "/core/tokens/", token).0, 201);
    server.poke(
        "POST",
        "/core/tokens/mallory/set_key/",
        json!({ "key": "mallory-key" }),
    );
    "mallory-key".to_owned()
}

fn pk(server: &Sandbox, list: &str) -> String {
    let found = server.poke("GET", list, Value::Null).1;
    found["results"][0]["pk"]
        .as_str()
        .map_or_else(|| found["results"][0]["pk"].to_string(), str::to_owned)
}

/// A server to which a state has been applied.
async fn applied(state: &str) -> (Sandbox, Home) {
    let server = server().await;
    let home = Home::new(state);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    (server, home)
}

fn drifted<'a>(document: &'a Value, address: &str) -> &'a Value {
    let all = document["drift"].as_array().unwrap();
    all.iter()
        .find(|one| one["address"] == address)
        .unwrap_or_else(|| panic!("no {address} in {all:#?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_drift_the_exit_code_is_0_and_nobody_is_asked() {
    let (server, home) = applied(PLAIN).await;
    server.clear_journal();
    home.against(&server.url(), "drift")
        .run()
        .expect(0)
        .says(&["No drift. authentik matches the last apply."]);
    assert!(
        server
            .journal()
            .iter()
            .all(|entry| entry.method == "GET" && entry.path != "/events/events/")
    );
    let (ran, document) = home.against(&server.url(), "drift").json();
    ran.expect(0);
    assert_eq!(
        (
            &document["drift"],
            &document["drifted"],
            &document["complete"]
        ),
        (&json!([]), &json!(0), &json!(true))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_changed_is_reported_with_who_when_and_how() {
    let (server, home) = applied(PLAIN).await;
    let token = mallory(&server);
    let browser = client(
        &server,
        &token,
        "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    );
    browser
        .patch(
            "/core/applications/wiki/",
            &json!({ "meta_publisher": "them" }),
        )
        .await
        .unwrap();
    let script = client(&server, &token, "curl/8.5.0");
    let group = pk(&server, "/core/groups/?name=staff");
    let eve = server
        .poke("GET", "/core/users/?username=eve", Value::Null)
        .1["results"][0]["pk"]
        .clone();
    script
        .post(
            &format!("/core/groups/{group}/add_user/"),
            &json!({ "pk": eve }),
        )
        .await
        .unwrap();
    let app = pk(
        &server,
        "/core/applications/?superuser_full_list=true&slug=wiki",
    );
    script
        .post(
            "/policies/bindings/",
            &json!({ "target": app, "user": eve, "order": 7 }),
        )
        .await
        .unwrap();
    let bob = server
        .poke("GET", "/core/users/?username=bob", Value::Null)
        .1["results"][0]["pk"]
        .clone();
    client(&server, TOKEN, "akrec/9.9 (run=r-7; commit=abc1234)")
        .delete(&format!("/core/users/{bob}/"))
        .await
        .unwrap();

    let ran = home.against(&server.url(), "drift").run().expect(2).says(&[
        "~ changed on the server: application \"wiki\"",
        "~ meta_publisher: \"us\" -> \"them\"",
        " by mallory from 127.0.0.1, in a browser)",
        "~ changed on the server: group \"staff\"",
        "+ eve",
        " by mallory from 127.0.0.1, with curl/8.5.0)",
        "+ appeared on the server: policy_binding application \"wiki\" -> user \"eve\"",
        "# (created 2026-01-01T00:",
        "- deleted on the server: user \"bob\"",
        " by akadmin from 127.0.0.1, with akrec 9.9 (run r-7, commit abc1234))",
        "Drift: 2 changed, 1 gone, 1 appeared.",
    ]);
    assert!(!ran.out.contains("eve\" is not"), "{}", ran.out);
    let again = home.against(&server.url(), "drift").run().expect(2);
    assert_eq!(ran.out, again.out, "the same twice");

    let (ran, document) = home.against(&server.url(), "drift").json();
    ran.expect(2);
    let wiki = drifted(&document, "application.wiki");
    assert_eq!(
        (&wiki["state"], &wiki["fields"][0]["side"]),
        (&json!("changed"), &json!("server"))
    );
    assert_eq!(
        wiki["fields"][0]["changed_fields"],
        json!([{ "path": ["meta_publisher"], "op": "set", "old": "us", "new": "them" }])
    );
    assert_eq!(wiki["source"]["line"], 9);
    assert_eq!(wiki["attribution"]["writers"][0]["user"], "mallory");
    assert_eq!(wiki["attribution"]["writers"][0]["tool"]["name"], "browser");
    let bob = drifted(&document, "user.bob");
    assert_eq!(
        (&bob["state"], &bob["attribution"]["writers"][0]["what"]),
        (&json!("gone"), &json!("deleted"))
    );
    assert_eq!(
        bob["attribution"]["writers"][0]["tool"],
        json!({ "name": "akrec", "version": "9.9", "run": "r-7", "commit": "abc1234" })
    );
    // An apply puts it all back.
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    home.against(&server.url(), "drift").run().expect(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_left_no_event_or_cannot_be_asked_is_said() {
    let (server, home) = applied(PLAIN).await;
    server.poke(
        "PATCH",
        "/core/applications/wiki/",
        json!({ "name": "Wicky" }),
    );
    let nobody = "no API event since the last apply: a blueprint, a sync or a shell";
    home.against(&server.url(), "drift")
        .run()
        .expect(2)
        .says(&["~ name: \"Wiki\" -> \"Wicky\"", nobody]);
    server.set_fault(|_, entry| {
        (entry.path == "/events/events/")
            .then(|| Fault::Status(403, json!({ "detail": "You do not have permission." })))
    });
    let refused = "who did it is unknown: the token may not read the audit log";
    home.against(&server.url(), "drift")
        .run()
        .expect(2)
        .says(&[refused]);
    server.set_fault(|_, entry| (entry.path == "/events/events/").then_some(Fault::Html(502)));
    let (ran, document) = home.against(&server.url(), "drift --retries 0").json();
    ran.expect(2);
    assert_eq!(
        drifted(&document, "application.wiki")["attribution"]["status"],
        "unknown"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_the_files_are_none_of_the_server() {
    let (server, home) = applied(PLAIN).await;
    let state = PLAIN
        .replace("meta_publisher: us", "meta_publisher: we")
        .replace("  eve: {name: Eve}\n", "");
    home.write("state/main.yaml", format!("{state}roles:\n  new: {{}}\n"));
    home.against(&server.url(), "drift").run().expect(0).says(&[
        "No drift. authentik matches the last apply. 3 changes of the files not applied yet.",
        "changed in the files: application \"wiki\"",
        "~ meta_publisher: \"us\" -> \"we\"",
        "no longer in the files: user \"eve\"",
        "not applied yet: role \"new\"",
    ]);
    server.poke(
        "PATCH",
        "/core/applications/wiki/",
        json!({ "meta_publisher": "them" }),
    );
    home.against(&server.url(), "drift").run().expect(2).says(&[
        "changed on both sides: application \"wiki\"",
        "~ meta_publisher: \"we\" -> \"them\"",
        "changed in the files too",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_never_shown_and_a_lost_ledger_is_reported() {
    let state = format!("{STATE}tokens: {{}}\n").replace("tokens: {}\n", "");
    let (server, home) = applied(&state).await;
    let group = pk(&server, "/core/groups/?name=staff");
    let attributes = json!({ "attributes": { "key": "another-secret", "team": "blue" } });
    server.poke("PATCH", &format!("/core/groups/{group}/"), attributes);
    let ran = home
        .against(&server.url(), "drift")
        .run()
        .expect(2)
        .says(&["attributes: (sensitive value, differs)"]);
    assert!(!ran.out.contains("another-secret"), "{}", ran.out);
    let (ran, _) = home.against(&server.url(), "drift").json();
    assert!(!ran.expect(2).out.contains("another-secret"));
    server.set_fault(|_, entry| {
        (entry.path == LEDGERS)
            .then(|| Fault::Status(403, json!({ "detail": "You do not have permission." })))
    });
    home.against(&server.url(), "drift").run().expect(2).says(&[
        "the ledger cannot be read, so it is unknown since when something differs",
        "differs, unknown since when: group \"staff\"",
        "warning[AKR0615]",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_manages_is_counted() {
    let (server, home) = applied(PLAIN).await;
    server.poke("POST", "/core/groups/", json!({ "name": "by-hand" }));
    server.poke("POST", "/rbac/roles/", json!({ "name": "by-hand-too" }));
    let (ran, document) = home.against(&server.url(), "drift --unmanaged").json();
    ran.expect(0);
    let found = |document: &Value, address: &str| {
        let all = document["unmanaged"]["objects"].as_array().unwrap();
        all.iter().any(|one| one["address"] == address)
    };
    assert!(
        found(&document, "group.by-hand") && !found(&document, "role.by-hand-too"),
        "{document:#}"
    );
    assert!(
        !found(&document, "group.authentik Admins"),
        "authentik's own are apart: {document:#}"
    );
    assert!(document["unmanaged"]["coverage_percent"].as_u64().unwrap() < 100);
    let (ran, document) = home.against(&server.url(), "drift --unmanaged=all").json();
    ran.expect(0);
    assert!(found(&document, "role.by-hand-too"), "{document:#}");
    let says = ["Not managed:", "groups: by-hand", "objects are managed ("];
    home.against(&server.url(), "drift --unmanaged")
        .run()
        .expect(0)
        .says(&says);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forgotten_stays_and_is_no_longer_ours() {
    let (server, home) = applied(PLAIN).await;
    home.against(&server.url(), "forget application.wiky --auto-approve")
        .run()
        .expect(3)
        .says(&[
            "AKR0309",
            "the ledger has no application.wiky",
            "did you mean application.wiki?",
        ]);
    home.against(&server.url(), "forget application.wiki")
        .run()
        .expect(3)
        .says(&["--auto-approve"]);
    server.clear_journal();
    home.against(&server.url(), "forget application.wiki --auto-approve")
        .run()
        .expect(0)
        .says(&[
            ". application \"wiki\"",
            ". policy_binding application \"wiki\" -> group \"staff\"",
            "Forgotten: 2 objects.",
        ]);
    let written: Vec<_> = server
        .journal()
        .into_iter()
        .filter(|entry| entry.method != "GET")
        .collect();
    assert!(
        written.iter().all(|entry| entry.path.starts_with(LEDGERS)),
        "{written:#?}"
    );
    assert_eq!(
        written.len(),
        3,
        "the lease is taken, the ledger written, the lease given up"
    );
    // An object that left the files is unmanaged: nothing is deleted.
    let left = PLAIN.split("applications:").next().unwrap();
    home.write("state/main.yaml", left);
    home.against(&server.url(), "plan")
        .run()
        .expect(0)
        .says(&["No changes."]);
    home.write("state/main.yaml", PLAIN);
    home.against(&server.url(), "plan")
        .run()
        .expect(0)
        .says(&["= adopt application \"wiki\" (with 1 binding)"]);
}

/// Changes everything that a file can declare.
async fn changed(server: &Sandbox) {
    let group = pk(server, "/core/groups/?name=staff");
    let eve = server
        .poke("GET", "/core/users/?username=eve", Value::Null)
        .1["results"][0]["pk"]
        .clone();
    let bob = server
        .poke("GET", "/core/users/?username=bob", Value::Null)
        .1["results"][0]["pk"]
        .clone();
    server.poke(
        "POST",
        &format!("/core/groups/{group}/add_user/"),
        json!({ "pk": eve }),
    );
    server.poke(
        "PATCH",
        &format!("/core/groups/{group}/"),
        json!({ "attributes": { "team": "blue: sky", "more": 1 } }),
    );
    server.poke(
        "PATCH",
        &format!("/core/users/{bob}/"),
        json!({ "name": "Bob's name", "email": "" }),
    );
    server.poke(
        "PATCH",
        "/core/applications/wiki/",
        json!({ "meta_publisher": "them", "meta_description": "two\nlines" }),
    );
    let app = pk(
        server,
        "/core/applications/?superuser_full_list=true&slug=wiki",
    );
    server.poke(
        "POST",
        "/policies/bindings/",
        json!({ "target": app, "user": eve, "order": 7, "negate": true }),
    );
    let provider = pk(server, "/providers/oauth2/?name=wiki");
    let uris = json!([
        { "matching_mode": "strict", "url": "https://wiki.example.org/callback" },
        { "matching_mode": "regex", "url": "https://new.example.org/.*" },
    ]);
    let patch = json!({ "redirect_uris": uris, "access_code_validity": "minutes=5" });
    server.poke("PATCH", &format!("/providers/oauth2/{provider}/"), patch);
    let mapping = pk(server, "/propertymappings/provider/scope/?name=team");
    server.poke(
        "PATCH",
        &format!("/propertymappings/provider/scope/{mapping}/"),
        json!({ "expression": "return {\n  2\n}" }),
    );
}

const COMMENTED: &str = r#"# The people of the house.
groups:
  staff:                     # everybody
    members:
      # the first
      - bob   # since 2020
    attributes:
      team: red # for now
      floor: 2
users:
  bob: {name: 'Bob', email: "bob@example.org"}
  eve: {name: Eve}
applications:
  wiki:
    meta_publisher: us       # who
    meta_description: !file wiki.txt
    name: Wiki
    provider: wiki
    bindings: [{group: staff}]   # nobody else
property_mappings:
  team:
    type: scope
    scope_name: team
    expression: |
      return {
        1
      }
providers:
  wiki:
    type: oauth2
    client_secret: !env KEY
    access_code_validity: !var validity
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    redirect_uris:
      - https://wiki.example.org/callback   # the only one
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_can_be_adopted_into_the_files() {
    let server = server().await;
    let home = Home::new(COMMENTED);
    home.write("state/wiki.txt", "one line\n");
    let against = |args: &str| {
        home.against(&server.url(), args)
            .env("AKREC_VAR_validity", "minutes=1")
    };
    against("apply --auto-approve").run().expect(0);
    changed(&server).await;
    let ran = against("drift --adopt").run().expect(2).says(&[
        "Written into the files:",
        "= group \"staff\": users",
        "Left to you:",
        "it comes from !var",
    ]);
    assert!(!ran.out.contains("unusual"), "{}", ran.out);
    let expected = COMMENTED
        .replace(
            "- bob   # since 2020\n",
            "- bob   # since 2020\n      - eve\n",
        )
        .replace(
            "team: red # for now\n      floor: 2\n",
            "team: \"blue: sky\" # for now\n",
        )
        .replace(
            "{name: 'Bob', email: \"bob@example.org\"}",
            "{name: 'Bob''s name', email: \"\"}",
        )
        .replace("meta_publisher: us ", "meta_publisher: them ")
        .replace(
            "[{group: staff}]",
            "[{group: staff}, {user: eve, order: 7, negate: true}]",
        )
        .replace("        1\n", "        2\n")
        .replace(
            "# the only one\n",
            "# the only one\n      - {url: https://new.example.org/.*, matching_mode: regex}\n",
        );
    assert_eq!(home.read("state/main.yaml"), expected);
    assert_eq!(home.read("state/wiki.txt"), "two\nlines\n");
    // Only what was left is still to be done; the binding that appeared is taken note of.
    let (ran, document) = against("plan").json();
    ran.expect(0);
    let changes = document["changes"].as_array().unwrap();
    let written: Vec<&Value> = changes
        .iter()
        .filter(|change| change["actions"] != json!(["no-op"]))
        .collect();
    assert_eq!(written.len(), 1, "{document:#}");
    assert_eq!(
        written[0]["changed_fields"][0]["path"],
        json!(["access_code_validity"])
    );
    assert!(
        changes
            .iter()
            .any(|change| change["address"] == "policy_binding[application.wiki,user.eve]")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_adopted_is_left_with_the_reason() {
    let server = server().await;
    let home = Home::new(
        "defaults:\n  applications: {meta_publisher: us}\napplications:\n  wiki: {name: Wiki}\n  blog: {name: Blog}\n\
         groups:\n  staff: {attributes: {key: !env KEY}}\n  old: {}\n",
    );
    home.write(
        "environments/prod/main.yaml",
        "applications:\n  blog: {meta_description: here}\n",
    );
    let against = |args: &str| home.against(&server.url(), args);
    against("apply --env prod --auto-approve").run().expect(0);
    let before = home.read("state/main.yaml");
    server.poke(
        "PATCH",
        "/core/applications/wiki/",
        json!({ "meta_publisher": "them" }),
    );
    server.poke(
        "PATCH",
        "/core/applications/blog/",
        json!({ "meta_description": "there" }),
    );
    let staff = pk(&server, "/core/groups/?name=staff");
    server.poke(
        "PATCH",
        &format!("/core/groups/{staff}/"),
        json!({ "attributes": { "key": "another-secret" } }),
    );
    server.poke(
        "DELETE",
        &format!("/core/groups/{}/", pk(&server, "/core/groups/?name=old")),
        Value::Null,
    );
    let ran = against("drift --env prod --adopt").run().expect(2).says(&[
        "Left to you:",
        "it comes from `defaults`, which other objects share",
        "it is in an overlay, which other environments do not share",
        "it is unknown which side changed",
        "it no longer exists: remove it from the files, or apply to create it again",
    ]);
    assert!(
        !ran.out.contains("Written into the files") && !ran.out.contains("another-secret"),
        "{}",
        ran.out
    );
    assert_eq!(home.read("state/main.yaml"), before);
    let (ran, document) = against("drift --env prod --adopt").json();
    ran.expect(2);
    assert_eq!(document["adopted"]["done"], json!([]));
    assert_eq!(document["adopted"]["left"].as_array().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_keeps_the_audit_log_as_authentik_does() {
    let server = server().await;
    let script = client(&server, TOKEN, "curl/8.5.0");
    let group = script
        .post("/core/groups/", &json!({ "name": "g" }))
        .await
        .unwrap();
    let pk = group["pk"].as_str().unwrap();
    script
        .patch(
            &format!("/core/groups/{pk}/"),
            &json!({ "is_superuser": true }),
        )
        .await
        .unwrap();
    assert!(
        script
            .post("/core/groups/", &json!({ "name": "g" }))
            .await
            .is_err()
    );
    script.delete(&format!("/core/groups/{pk}/")).await.unwrap();
    let list = async |more: &[(&str, &str)]| {
        let query = [&[("ordering", "-created"), ("page_size", "2")], more].concat();
        script.get("/events/events/", &query).await.unwrap()
    };
    let page = list(&[
        ("context_model_app", "authentik_core"),
        ("context_model_name", "group"),
        ("context_model_pk", pk),
    ])
    .await;
    assert_eq!(
        page["pagination"]["count"], 3,
        "what is refused leaves no event"
    );
    let (last, before) = (&page["results"][0], &page["results"][1]);
    assert_eq!(
        (&last["action"], &before["action"]),
        (&json!("model_deleted"), &json!("model_updated"))
    );
    let model = json!({ "app": "authentik_core", "model_name": "group", "name": "Group g", "pk": pk.replace('-', "") });
    assert_eq!(before["context"]["model"], model);
    assert_eq!(before["user"]["username"], "akadmin");
    let request = &before["context"]["http_request"];
    assert_eq!(request["path"], format!("/api/v3/core/groups/{pk}/"));
    assert_eq!(
        (&request["method"], &request["user_agent"]),
        (&json!("PATCH"), &json!("curl/8.5.0"))
    );
    assert_eq!(request["request_id"].as_str().unwrap().len(), 32);
    let created = list(&[
        ("actions", "model_created"),
        ("actions", "model_deleted"),
        ("search", "group g"),
    ])
    .await;
    assert_eq!(created["pagination"]["count"], 2);
    assert_eq!(
        list(&[("username", "nobody")]).await["pagination"]["count"],
        0
    );
}

/// The requests that a webhook got, and a server that answers with these statuses one after the other, the last one
/// forever.
fn webhook(statuses: &'static [u16]) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "http://{}/services/hook-4711?token=hook-4711",
        listener.local_addr().unwrap()
    );
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let list = std::sync::Arc::clone(&seen);
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().flatten().enumerate() {
            let mut stream = stream;
            let mut text = String::new();
            let mut buffer = [0; 65_536];
            let length = |text: &str| {
                let head = text.to_lowercase();
                let line = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned));
                line.and_then(|line| line.trim().parse::<usize>().ok())
                    .unwrap_or(0)
            };
            loop {
                let read = stream.read(&mut buffer).unwrap_or(0);
                text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
                if read == 0 || body.is_some_and(|body| body >= length(&text)) {
                    break;
                }
            }
            list.lock().unwrap().push(
                text.split_once("\r\n\r\n")
                    .map(|(_, body)| body.to_owned())
                    .unwrap_or_default(),
            );
            let status = statuses
                .get(count)
                .or(statuses.last())
                .copied()
                .unwrap_or(200);
            let _ = stream.write_all(&head(status, "text/plain", 0, ""));
        }
    });
    (url, seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_are_reported_of_drift() {
    let server = server().await;
    let home = Home::new(PLAIN);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let hidden = |ran: &Ran| {
        assert!(
            !ran.out.contains("hook-4711") && !ran.err.contains("hook-4711"),
            "{ran:?}"
        )
    };
    // Nothing to report.
    let (url, seen) = webhook(&[200]);
    let ran = home
        .against(&server.url(), &format!("drift -vv --notify {url}"))
        .run()
        .expect(0);
    hidden(&ran);
    assert!(seen.lock().unwrap().is_empty());
    // Drift: reported once, after two answers that say "later".
    let group = format!("/core/groups/{}/", pk(&server, "/core/groups/?name=staff"));
    server.poke(
        "PATCH",
        &group,
        json!({ "attributes": { "team": "blue", "floor": 2 } }),
    );
    let (url, seen) = webhook(&[503, 429, 204]);
    let args = "drift -vv --unmanaged --output prometheus=drift.prom --output markdown=issue.md";
    let ran = home
        .against(&server.url(), args)
        .env("AKREC_NOTIFY_URL", &url)
        .run()
        .expect(2);
    hidden(&ran);
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 3);
    let document: Value = serde_json::from_str(&seen[2]).unwrap();
    promised(&document);
    assert_eq!(
        (&document["drifted"], &document["exit_code"]),
        (&json!(1), &json!(2))
    );
    let metrics = home.read("drift.prom");
    for line in [
        "akrec_drifted_objects{env=\"default\"} 1",
        "akrec_drift_objects{env=\"default\",kind=\"group\",state=\"changed\"} 1",
        "akrec_drift_exit_code{env=\"default\"} 2",
        "akrec_last_run_timestamp_seconds{env=\"default\"} ",
        "akrec_managed_objects{env=\"default\"} ",
    ] {
        assert!(metrics.contains(line), "no {line} in\n{metrics}");
    }
    let issue = home.read("issue.md");
    for part in [
        "<!-- akrec:drift:default -->",
        "Drift: 1 changed.",
        "group \"staff\"",
        "Managed: ",
        "drift --adopt",
    ] {
        assert!(issue.contains(part), "no {part} in\n{issue}");
    }
    // A message that nobody accepts is an error, reported everywhere.
    let (url, seen) = webhook(&[404]);
    let args =
        format!("drift --notify {url} --output json=drift.json --output prometheus=drift.prom");
    let ran = home
        .against(&server.url(), &args)
        .run()
        .expect(1)
        .says(&["error[AKR0310]: 127.0.0.1 was not notified", "404"]);
    hidden(&ran);
    assert_eq!(
        seen.lock().unwrap().len(),
        1,
        "what says never is not asked again"
    );
    let document: Value = serde_json::from_str(&home.read("drift.json")).unwrap();
    assert_eq!(
        (&document["exit_code"], &document["diagnostics"][0]["code"]),
        (&json!(1), &json!("AKR0310"))
    );
    assert!(
        home.read("drift.prom")
            .contains("akrec_drift_exit_code{env=\"default\"} 1")
    );
    // A run that fails is reported, too; and text that is not an address is refused without being shown.
    let (url, seen) = webhook(&[200]);
    home.against(
        "http://127.0.0.1:1",
        &format!("drift --retries 0 --notify {url}"),
    )
    .run()
    .expect(5);
    assert_eq!(
        serde_json::from_str::<Value>(&seen.lock().unwrap()[0]).unwrap()["exit_code"],
        5
    );
    let ran = home
        .against(&server.url(), "drift --notify hook-4711")
        .run()
        .expect(3)
        .says(&["error[AKR0301]"]);
    hidden(&ran);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_kinds_that_are_not_looked_at_is_not_unmanaged() {
    let server = server().await;
    let home = Home::new(
        "groups: {staff: {}}\napplications: {wiki: {name: Wiki, bindings: [{group: staff}]}}\n",
    );
    home.against(&server.url(), "apply --auto-approve --no-rollback")
        .run()
        .expect(0);
    // A fresh authentik binds policies to its own flows; neither flows nor their stages are in the files.
    let (ran, document) = home.against(&server.url(), "drift --unmanaged").json();
    ran.expect(0);
    assert_eq!(document["unmanaged"]["objects"], serde_json::json!([]));
    assert_eq!(document["unmanaged"]["coverage_percent"], 100);
    // Items that were added by hand to a managed object are unmanaged.
    let world = server.world_json();
    let bindings = world["/policies/bindings/"].as_array().unwrap();
    let target = &bindings.iter().find(|it| !it["group"].is_null()).unwrap()["target"];
    let user = world["/core/users/"][0]["pk"].clone();
    server.poke(
        "POST",
        "/policies/bindings/",
        serde_json::json!({"target": target, "user": user, "order": 9}),
    );
    let (ran, document) = home.against(&server.url(), "drift --unmanaged").json();
    ran.expect(2);
    assert_eq!(
        document["unmanaged"]["objects"].as_array().unwrap().len(),
        1,
        "{document}"
    );
}
