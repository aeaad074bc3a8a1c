//! Signing in from end to end: the table, the section of a plan, what is refused, probes, and an apply that rolls itself back.

use std::sync::atomic::{AtomicUsize, Ordering};

use akrec::sandbox::Fault;

use super::support::{Answer, Home, Scripted, greeting, head, http, json, server};

const NEW: &str = "name: N, title: N";

/// A state, and the code that refuses it (none: it is only reported), with a part of its line under `Sign-in:`.
fn ways() -> Vec<(String, Option<&'static str>, &'static str)> {
    let default = "default-authentication-flow";
    let who = "default-authentication-identification";
    let password = "default-authentication-password";
    let login = "default-authentication-login";
    let way = |state: String, code, line| (state, code, line);
    vec![
        way(
            format!("flows: {{{default}: {{stages: [{who}, {login}]}}}}"),
            Some("AKR0630"),
            "-> name only",
        ),
        way(
            format!("flows: {{{default}: {{authentication: require_superuser}}}}"),
            Some("AKR0609"),
            "-> superusers who are signed in",
        ),
        way(
            format!(
                "policies: {{p: {{type: expression, expression: return False}}}}\nflows: {{{default}: {{bindings: [{{policy: p}}]}}}}"
            ),
            Some("AKR0609"),
            "may be started by everyone -> nobody",
        ),
        way(
            format!(
                "groups: {{empty: {{members: []}}}}\nflows: {{{default}: {{bindings: [{{group: empty}}]}}}}"
            ),
            Some("AKR0609"),
            "may be started by everyone -> nobody",
        ),
        way(
            format!(
                "policies: {{p: {{type: reputation, check_ip: false, threshold: -5}}}}\nflows: {{{default}: {{bindings: [{{policy: p}}]}}}}"
            ),
            Some("AKR0609"),
            "may be started by everyone -> nobody",
        ),
        way(
            format!(
                "stages: {{no: {{type: deny}}}}\nflows: {{{default}: {{stages: {{include: [{{stage: no, order: 0}}]}}}}}}"
            ),
            Some("AKR0609"),
            "-> nothing, and signs nobody in",
        ),
        way(
            format!("flows: {{{default}: {{designation: enrollment}}}}"),
            None,
            "is for authentication -> enrollment",
        ),
        way(
            format!(
                "stages: {{{password}: {{type: password, backends: [authentik.sources.ldap.auth.LDAPBackend]}}}}"
            ),
            Some("AKR0609"),
            "-> nothing, and signs nobody in",
        ),
        way(
            format!(
                "brands: {{weak.example: {{flow_authentication: weak}}}}\nstages: {{w: {{type: identification, user_fields: [username]}}}}\nflows: {{weak: {{{NEW}, designation: authentication, stages: [w, {login}]}}}}"
            ),
            Some("AKR0630"),
            "brand weak.example: signs in by weak",
        ),
        way(
            format!(
                "brands: {{authentik-default: {{flow_recovery: r}}}}\nstages: {{w: {{type: identification, user_fields: [username]}}}}\nflows: {{r: {{{NEW}, designation: recovery, stages: [w, {login}]}}}}"
            ),
            Some("AKR0633"),
            "flow r: asks for name only",
        ),
        way(
            format!(
                "stages: {{{who}: {{type: identification, passwordless_flow: p}}, w: {{type: identification, user_fields: [username]}}}}\nflows: {{p: {{{NEW}, designation: authentication, stages: [w, {login}]}}}}"
            ),
            Some("AKR0630"),
            "flow p: asks for name only",
        ),
        way(
            format!(
                "prompts: {{u: {{field_key: username, label: U, type: username}}}}\nstages: {{p: {{type: prompt, fields: [u]}}, w: {{type: user_write}}}}\nflows: {{e: {{{NEW}, designation: enrollment, stages: [p, w, {login}]}}}}"
            ),
            Some("AKR0632"),
            "flow e: creates accounts for everyone",
        ),
        way(
            "flows: {default-source-enrollment: {bindings: []}}".to_owned(),
            Some("AKR0632"),
            "flow default-source-enrollment: creates accounts for everyone",
        ),
        way(
            "sources: {idp: {type: oauth, name: I, provider_type: github, consumer_key: k, consumer_secret: !env S, user_matching_mode: email_link, authentication_flow: null, enrollment_flow: null}}".to_owned(),
            None,
            "source idp: matches users by email_link",
        ),
        way(
            format!(
                "stages: {{no: {{type: deny}}}}\ngroups: {{authentik Admins: {{}}}}\nflows: {{{default}: {{stages: {{include: [{{stage: no, order: 25, bindings: [{{group: authentik Admins}}]}}]}}}}}}\nusers: {{ann: {{name: Ann, groups: []}}}}"
            ),
            Some("AKR0631"),
            "superusers are signed in -> not signed in",
        ),
        way(
            format!("flows: {{{default}: {{stages: [{who}, {password}, {login}]}}}}"),
            None,
            "asks for password + second factor if enrolled -> password",
        ),
    ]
}

#[test]
fn the_ways_to_open_or_to_close_the_door_are_refused() {
    for (state, code, line) in ways() {
        let home = Home::new(&state);
        let plan = |more: &str| {
            home.akrec(&format!("plan --sandbox {more}"))
                .env("S", "x")
                .run()
        };
        let ran = plan("");
        let text = format!("{}{}", ran.out, ran.err);
        assert!(
            text.contains("Sign-in:") && text.contains(line),
            "{state}\n{text}"
        );
        match code {
            Some(code) => {
                assert_eq!(ran.code, Some(6), "{state}\n{text}");
                assert!(text.contains(&format!("error[{code}]")), "{state}\n{text}");
                let allowed = plan(&format!("--allow {code} --allow AKR0609"));
                assert_eq!(allowed.code, Some(0), "{state}\n{}", allowed.err);
            }
            None => assert_eq!(ran.code, Some(0), "{state}\n{text}"),
        }
    }
}

#[test]
fn what_makes_no_difference_is_not_shown_and_not_refused() {
    let states = [
        "flows: {default-authentication-flow: {title: Welcome}}",
        "groups: {staff: {}}",
        "stages: {unused: {type: deny}}",
        "policies: {p: {type: expression, expression: return True}}\nflows: {default-authentication-flow: {bindings: [{policy: p}]}}",
    ];
    for state in states {
        let ran = Home::new(state).akrec("plan --sandbox").run().expect(0);
        assert!(!ran.out.contains("Sign-in:"), "{state}\n{}", ran.out);
    }
}

#[test]
fn the_section_stands_in_every_form() {
    let home = Home::new(
        "flows: {default-authentication-flow: {stages: [default-authentication-identification, default-authentication-login]}}",
    );
    let forms =
        "--output text=p.txt --output json=p.json --output markdown=p.md --output html=p.html";
    home.akrec(&format!(
        "plan --sandbox-data w.json -o plan.json --allow AKR0630 {forms}"
    ))
    .run()
    .expect(0);
    let line = "flow default-authentication-flow: asks for password + second factor if enrolled -> name only";
    for file in ["p.txt", "p.md"] {
        assert!(home.read(file).contains(line), "{file}");
    }
    let html = home.read("p.html");
    assert!(
        html.contains("<h2>Sign-in</h2>") && html.contains("name only"),
        "{html}"
    );
    let document: serde_json::Value = serde_json::from_str(&home.read("p.json")).unwrap();
    let change = &document["sign_in"]["changes"][0];
    assert_eq!(change["about"], "flow");
    assert_eq!(change["name"], "default-authentication-flow");
    assert_eq!(change["aspect"], "proof");
    assert_eq!(change["after"], "name only");
    assert_eq!(change["weaker"], true);
    home.akrec("show plan.json").run().expect(0).says(&[line]);
}

#[test]
fn the_table_is_shown_of_the_server_the_files_and_the_planned_state() {
    let home = Home::new(
        "users: {ann: {name: Ann}}\nstages: {who: {type: identification, user_fields: [username]}, pw: {type: password, backends: [authentik.core.auth.InbuiltBackend]}, in: {type: user_login}, must: {type: authenticator_validate, device_classes: [totp], not_configured_action: deny}}\nflows: {mine: {name: M, title: M, designation: authentication, bindings: [], stages: [who, pw, must, in]}}\n",
    );
    for place in ["--files", "--planned --sandbox"] {
        let (_, document) = home
            .akrec(&format!("access --sign-in --user ann --flow mine {place}"))
            .json();
        let row = &document["rows"][0];
        assert_eq!(row["flow"], "mine", "{document:#}");
        assert_eq!(row["user"], "ann");
        assert_eq!(row["signed_in"], false);
        assert_eq!(row["needs_device"], true);
        assert_eq!(row["proof"], "password + required second factor");
        let steps: Vec<&str> = row["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["component"].as_str().unwrap())
            .collect();
        assert_eq!(
            steps,
            [
                "ak-stage-identification",
                "ak-stage-password",
                "ak-stage-access-denied"
            ]
        );
    }
    home.akrec("access --sign-in --sandbox")
        .run()
        .expect(0)
        .says(&[
            "Brand authentik-default (default): default-authentication-flow: password + second factor if enrolled",
            "akadmin: signed in (identification, password, end)",
        ]);
    home.akrec("access --sign-in --flow nope --sandbox")
        .run()
        .expect(3)
        .says(&["--flow nope: not found"]);
    home.akrec("access --sign-in --user akadmn --sandbox")
        .run()
        .expect(3)
        .says(&["did you mean \"akadmin\"?"]);
    home.akrec("access --sign-in --format csv --sandbox")
        .run()
        .expect(3)
        .says(&["--sign-in can be shown as text or JSON"]);
}

#[test]
fn an_apply_that_closes_the_door_rolls_itself_back() {
    let home = Home::new(
        "policies: {rep: {type: reputation, check_ip: false, check_username: true, threshold: -5}}\nflows: {default-authentication-flow: {bindings: [{policy: rep}]}}\n",
    );
    let apply = "apply --sandbox-data w.json --auto-approve --allow AKR0609";
    home.akrec(apply).run().expect(9).says(&[
        "error[AKR0908]",
        "closed the sign-in of the brand authentik-default, and was rolled back",
        "Flow does not apply to current user.",
        "it opens again",
    ]);
    home.akrec("verify --sandbox-data w.json")
        .run()
        .expect(0)
        .says(&["default-authentication-flow shows identification"]);
    // Nothing of it is left: everything would be made again.
    home.akrec("plan --sandbox-data w.json --allow AKR0609")
        .run()
        .expect(0)
        .says(&["1 to adopt, 2 to add"]);
    home.akrec(&format!("{apply} --no-probe")).run().expect(0);
    home.akrec("verify --sandbox-data w.json")
        .run()
        .expect(1)
        .says(&["default-authentication-flow refuses visitors"]);
    // Who opens it again is not stopped.
    home.write(
        "state/main.yaml",
        "flows: {default-authentication-flow: {bindings: []}}\n",
    );
    home.akrec("apply --sandbox-data w.json --auto-approve")
        .run()
        .expect(0);
    home.akrec("verify --sandbox-data w.json").run().expect(0);
}

#[test]
fn a_door_that_was_closed_before_is_no_reason_to_roll_anything_back() {
    let closed = "policies: {no: {type: expression, expression: return False}}\nflows: {default-authentication-flow: {bindings: [{policy: no}]}}\n";
    let home = Home::new(closed);
    let apply = "apply --sandbox-data w.json --auto-approve --allow AKR0609";
    home.akrec(&format!("{apply} --no-probe")).run().expect(0);
    let more = closed
        .replace("{policy: no}", "{policy: no}, {policy: never}")
        .replace(
            "policies: {",
            "policies: {never: {type: expression, expression: return False}, ",
        );
    home.write("state/main.yaml", more);
    home.akrec(apply).run().expect(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assertions_hold_the_door() {
    let server = server().await;
    let assert = |claims: &str, rest: &str| {
        Home::new(&format!("assertions: [{claims}]\n{rest}"))
            .against(&server.url(), "plan --allow AKR0630")
            .run()
    };
    let fine = "{sign_in: default, proof: at least password and second factor if enrolled}, {sign_in: '*', proof: at least password}";
    assert(fine, "groups: {staff: {}}").expect(0);
    let weak = "flows: {default-authentication-flow: {stages: [default-authentication-identification, default-authentication-login]}}";
    assert("{sign_in: default, proof: at least password}", weak)
        .expect(7)
        .says(&["error[AKR0701]", "asks for name only"]);
    assert(
        "{sign_in: default, proof: at least two factors}",
        "groups: {staff: {}}",
    )
    .expect(7)
    .says(&["the flow default-authentication-flow asks for password + second factor if enrolled"]);
    assert(
        "{sign_in: nowhere.example, proof: at least password}",
        "groups: {staff: {}}",
    )
    .expect(7)
    .says(&["error[AKR0702]", "there is no brand nowhere.example"]);
    assert("{enrollment: invitation only}", "groups: {staff: {}}").expect(0);
    assert(
        "{enrollment: closed, proof: at least password}",
        "groups: {staff: {}}",
    )
    .expect(3);
    assert(
        "{sign_in: default, proof: at least a hat}",
        "groups: {staff: {}}",
    )
    .expect(3)
    .says(&["proof must be one of `at least password`"]);
}

/// A server with one brand whose flow shows these pages, one after another, to whoever visits it.
fn visited(pages: &'static [&'static str]) -> Scripted {
    let shown = AtomicUsize::new(0);
    let list = |results: &str| {
        json(&format!(
            r#"{{"pagination": {{"next": 0, "previous": 0, "count": 1, "current": 1, "total_pages": 1, "start_index": 1,
                "end_index": 1}}, "results": [{results}], "autocomplete": {{}}}}"#
        ))
    };
    Scripted::start(move |target| {
        if let Some(answer) = greeting(target, "2026.5.3") {
            return answer;
        }
        if target.starts_with("/core/brands/") {
            return list(
                r#"{"brand_uuid": "b", "domain": "authentik-default", "default": true, "flow_authentication": "f"}"#,
            );
        }
        if target.starts_with("/flows/instances/") {
            return list(
                r#"{"pk": "f", "flow_uuid": "f", "policybindingmodel_ptr_id": "p", "slug": "in", "name": "In", "title": "In",
                    "designation": "authentication", "authentication": "none"}"#,
            );
        }
        if target.starts_with("/outposts/instances/") {
            return list("");
        }
        if target.starts_with("/flows/executor/in/") {
            let place = shown.fetch_add(1, Ordering::SeqCst);
            // The first visit only looks.
            let page = pages[place.saturating_sub(1).min(pages.len() - 1)];
            let cookie =
                "Set-Cookie: authentik_session=abc; HttpOnly\r\nSet-Cookie: authentik_csrf=def\r\n";
            let head = head(200, "application/json", page.len(), cookie);
            return Answer::Bytes(head.into_iter().chain(page.bytes()).collect());
        }
        http(404, "application/json", "{}")
    })
}

#[test]
fn a_canary_is_walked_as_far_as_name_and_password_lead() {
    let who = r#"{"component": "ak-stage-identification", "password_fields": true}"#;
    let name = r#"{"component": "ak-stage-identification", "password_fields": false}"#;
    let password = r#"{"component": "ak-stage-password"}"#;
    let wrong = r#"{"component": "ak-stage-password", "response_errors": {"password": [{"string": "Invalid password"}]}}"#;
    let second = r#"{"component": "ak-stage-authenticator-validate"}"#;
    let refused = r#"{"component": "ak-stage-access-denied", "error_message": "Not today"}"#;
    let end = r#"{"component": "xak-flow-redirect", "to": "/"}"#;
    let walks: [(&'static [&'static str], &str); 5] = [
        (Box::leak(Box::new([who, end])), "robin is signed in by in"),
        (
            Box::leak(Box::new([name, password, end])),
            "robin is signed in by in",
        ),
        (
            Box::leak(Box::new([name, password, second])),
            "in takes the password of robin and goes on with authenticator-validate",
        ),
        (
            Box::leak(Box::new([name, password, wrong])),
            "in does not take the answer of robin to password",
        ),
        (
            Box::leak(Box::new([name, password, refused])),
            "in refuses robin: Not today",
        ),
    ];
    for (pages, said) in walks {
        let server = visited(pages);
        let home = Home::new("groups: {staff: {}}\n");
        home.write("pw.txt", "hunter2-canary\n");
        let ran = home
            .against(&server.url, "verify --sign-in robin --password-file pw.txt")
            .run();
        let text = format!("{}{}", ran.out, ran.err);
        assert!(text.contains(said), "{said}\n{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    let home = Home::new("groups: {staff: {}}\n");
    home.write("empty.txt", "\n");
    let server = visited(walks[0].0);
    home.against(
        &server.url,
        "verify --sign-in robin --password-file empty.txt",
    )
    .run()
    .expect(3)
    .says(&["--password-file empty.txt is empty"]);
    home.against(&server.url, "verify --sign-in robin")
        .run()
        .expect(3);
}

#[test]
fn outposts_and_ports_are_looked_at() {
    let home = Home::new("groups: {staff: {}}\n");
    home.akrec("verify --sandbox --port 127.0.0.1:1")
        .run()
        .expect(1)
        .says(&[
            "outpost authentik Embedded Outpost",
            "authentik runs it itself",
            "it takes no connection",
        ]);
    home.akrec("verify --sandbox --port ldap.example.org")
        .run()
        .expect(3)
        .says(&["--port ldap.example.org: this is not a host and a port"]);
    let (_, document) = home.akrec("verify --sandbox").json();
    assert_eq!(document["brands"][0]["brand"], "authentik-default");
    assert_eq!(document["brands"][0]["probes"][0]["result"], "pass");
    assert_eq!(
        document["outposts"][0]["outpost"],
        "authentik Embedded Outpost"
    );
}

/// What decides may not be there, may fail or may not be read: the plan stands, and says what it does not know.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_of_signing_in_is_said() {
    let state = "flows: {default-authentication-flow: {authentication: require_unauthenticated}}\n";
    for (path, status, unknown) in [
        ("/sources/telegram/", 404, false),
        ("/sources/telegram/", 500, true),
        ("/core/brands/", 403, true),
    ] {
        let server = server().await;
        server.set_fault(move |_, entry| {
            let asked = entry.method == "GET" && entry.path == path;
            asked.then(|| Fault::Status(status, serde_json::json!({"detail": "no"})))
        });
        let ran = Home::new(state)
            .against(&server.url(), "plan")
            .run()
            .expect(0);
        let line = "not known, since what decides cannot be read";
        assert_eq!(ran.out.contains(line), unknown, "{path}\n{}", ran.out);
    }
}
