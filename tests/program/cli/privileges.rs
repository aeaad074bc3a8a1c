//! Privileges from end to end: the section in every form, saved plans, and assertions.

use akrec::sandbox::Fault;
use serde_json::json;

use super::support::{Home, server};

const STATE: &str = "\
users: {eve: {name: Eve, groups: [authentik Admins]}}
tokens: {door: {user: eve, expiring: false}}
notification_transports: {out: {mode: webhook, webhook_url: 'https://hooks.example.org/TOPSECRETPATH?key=TOPSECRETKEY'}}
";

const LINES: [&str; 3] = [
    r#"! user "eve" becomes a superuser through group "authentik Admins""#,
    r#"! token "door" of user "eve" is created: an API token that never ends"#,
    r#"+ notification_transport "out" sends events to hooks.example.org (webhook)"#,
];

#[test]
fn the_section_stands_in_every_form_and_shows_no_secret() {
    let home = Home::new(STATE);
    let forms =
        "--output text=p.txt --output json=p.json --output markdown=p.md --output html=p.html";
    home.akrec(&format!("plan --sandbox {forms}"))
        .run()
        .expect(0)
        .says(&["Privileges:", LINES[0], LINES[1], LINES[2]]);
    let all: Vec<String> = ["p.txt", "p.json", "p.md", "p.html"]
        .iter()
        .map(|file| home.read(file))
        .collect();
    for text in &all {
        assert!(!text.contains("TOPSECRET"), "{text}");
    }
    let [text, json, markdown, html] = all.as_slice() else {
        unreachable!()
    };
    let place =
        |text: &str, part: &str| text.find(part).unwrap_or_else(|| panic!("{part}\n{text}"));
    assert!(
        place(text, "Privileges:") < place(text, "Actions:"),
        "{text}"
    );
    assert!(
        place(markdown, "#### Privileges") < place(markdown, "<details>"),
        "{markdown}"
    );
    assert!(
        place(html, "<h2>Privileges</h2>") < place(html, "<details"),
        "{html}"
    );
    for line in LINES {
        assert!(text.contains(line) && markdown.contains(line), "{line}");
        let name = line.split('"').nth(1).unwrap();
        assert!(html.contains(name), "{line}");
    }
    let document: serde_json::Value = serde_json::from_str(json).unwrap();
    let rows = document["privileges"].as_array().unwrap();
    let row = |what: &str| rows.iter().find(|row| row["what"] == what).unwrap();
    assert_eq!(row("superuser")["severity"], "critical");
    assert_eq!(row("superuser")["change"], "gained");
    assert_eq!(row("superuser")["subjects"], json!(["user.eve"]));
    assert_eq!(row("superuser")["by"], json!(["group.authentik Admins"]));
    assert_eq!(row("token")["ends"], "never");
    assert_eq!(row("token")["subjects"], json!(["user.eve"]));
    assert_eq!(row("notification")["items"], json!(["hooks.example.org"]));
    assert_eq!(row("superuser")["text"], LINES[0][2..]);
}

#[test]
fn a_saved_plan_shows_it_too() {
    let home = Home::new(STATE);
    let data = "--sandbox-data world.json";
    home.akrec(&format!("plan {data} -o plan.json"))
        .run()
        .expect(0);
    home.akrec("show plan.json").run().expect(0).says(&LINES);
    assert!(!home.read("plan.json").contains("TOPSECRET"));
    home.akrec(&format!("apply {data} plan.json --auto-approve"))
        .run()
        .expect(0);
    let ran = home.akrec(&format!("plan {data}")).run().expect(0);
    assert!(!ran.out.contains("Privileges:"), "{}", ran.out);
}

#[test]
fn assertions_on_privileges_hold_or_fail_on_the_planned_state() {
    let home = Home::new("groups: {staff: {}}\n");
    let holds = "assertions:\n  - {superusers: [user:akadmin]}\n  - {superusers: [group:authentik Admins]}\n  \
                 - {permission: reset_user_password, roles: []}\n  - {tokens: must end, except: [authentik-bootstrap-token, akrec-readonly-token]}\n";
    home.write("state/assertions.yaml", holds);
    let data = "--sandbox-data world.json";
    home.akrec("validate")
        .run()
        .expect(0)
        .says(&["4 assertions left to plan"]);
    home.akrec(&format!("apply {data} --auto-approve"))
        .run()
        .expect(0)
        .says(&["Assertions: 4 hold."]);
    for (state, says) in [
        (
            "users: {eve: {name: E, groups: [authentik Admins]}}\n",
            "eve is a superuser through group authentik Admins",
        ),
        (
            "groups: {ops: {is_superuser: true}, night: {parents: [ops], members: [eve]}}\nusers: {eve: {name: E}}\n",
            "eve is a superuser through group night -> ops",
        ),
        (
            "roles: {helpdesk: {permissions: [reset_user_password]}}\n",
            "role helpdesk has authentik_core.reset_user_password",
        ),
        (
            "tokens: {ci: {user: akadmin, expiring: false}}\n",
            "token ci of user \"akadmin\" never ends",
        ),
    ] {
        home.write("state/main.yaml", state);
        let before = home.read("world.json");
        home.akrec(&format!("apply {data} --auto-approve"))
            .run()
            .expect(7)
            .says(&["error[AKR0701]", says]);
        assert_eq!(home.read("world.json"), before, "nothing was written");
    }
    // The files alone prove some of it.
    home.akrec("validate")
        .run()
        .expect(7)
        .says(&["error[AKR0701]", "never ends"]);
    home.write("state/main.yaml", "groups: {staff: {}}\n");
    for (claim, says) in [
        (
            "{superusers: [user:nobody-is-called-this]}",
            "there is no user",
        ),
        (
            "{permission: reset_user_pasword, roles: []}",
            "there is no permission",
        ),
        (
            "{permission: view_user, roles: [nobody]}",
            "there is no role",
        ),
    ] {
        home.write(
            "state/assertions.yaml",
            format!("assertions:\n  - {claim}\n"),
        );
        home.akrec(&format!("plan {data}"))
            .run()
            .expect(7)
            .says(&[says]);
    }
    for (claim, says) in [
        ("{tokens: end}", "tokens must be `must end`"),
        ("{permission: view_user}", "roles: []"),
        ("{superusers: [akadmin]}", "user:akadmin"),
        ("{superuser: [user:akadmin]}", "superusers"),
    ] {
        home.write(
            "state/assertions.yaml",
            format!("assertions:\n  - {claim}\n"),
        );
        home.akrec("validate").run().expect(3).says(&[says]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_of_privileges_is_an_error() {
    for (claim, path) in [
        ("{superusers: [group:authentik Admins]}", "/core/users/"),
        ("{permission: impersonate, roles: []}", "/rbac/roles/"),
        (
            "{tokens: must end, except: [authentik-bootstrap-token, akrec-readonly-token]}",
            "/core/tokens/",
        ),
    ] {
        let server = server().await;
        let home = Home::new(&format!(
            "groups: {{staff: {{}}}}\nassertions:\n  - {claim}\n"
        ));
        home.against(&server.url(), "plan")
            .run()
            .expect(0)
            .says(&["Assertions: 1 holds."]);
        server.set_fault(move |_, entry| {
            let asked = entry.path == path;
            asked.then(|| Fault::Status(403, json!({ "detail": "no permission" })))
        });
        home.against(&server.url(), "plan")
            .run()
            .expect(7)
            .says(&["error[AKR0702]", "cannot be checked"]);
    }
}
