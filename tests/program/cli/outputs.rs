//! One run, many artifacts: written whatever becomes of the run, and no silence where one cannot be written.

use serde_json::Value;

use super::support::*;

fn json_of(home: &Home, path: &str) -> Value {
    serde_json::from_str(&home.read(path)).unwrap()
}

/// Nothing but these lies in a directory: no half-written file.
#[track_caller]
fn holds(home: &Home, folder: &str, names: &[&str]) {
    let entries = std::fs::read_dir(home.0.join(folder)).unwrap();
    let mut found: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, names);
}

#[test]
fn one_run_leaves_many_artifacts() {
    let home = Home::new(STATE);
    std::fs::create_dir(home.0.join("out")).unwrap();
    home.write("out/plan.txt", "from yesterday");
    // Messages stand on standard error, and in a file below the plan.
    home.write("akrec.yaml", "lints: {no-signing-key: allow}\n");
    let ran = home
        .akrec("plan --sandbox --output json=out/plan.json --output text=out/plan.txt")
        .run()
        .expect(0);
    let document = json_of(&home, "out/plan.json");
    assert_eq!(
        (
            document["exit_code"].as_i64(),
            document["summary"]["add"].as_i64()
        ),
        (Some(0), Some(5))
    );
    assert!(
        document["fingerprint"]["config"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
    let last = |text: &str| text.trim_end().lines().last().unwrap().to_owned();
    assert_eq!(last(&home.read("out/plan.txt")), last(&ran.out));
    holds(&home, "out", &["plan.json", "plan.txt"]);
    // The same on standard output, and text in a file.
    let (ran, document) = home
        .akrec("plan --sandbox --detailed-exitcode --output text=out/plan.txt")
        .json();
    ran.expect(2);
    assert_eq!(document["exit_code"], 2);
    assert!(home.read("out/plan.txt").contains("Plan: 5 to add"));
}

#[test]
fn artifacts_say_what_went_wrong() {
    let home = Home::new("groups:\n  staff: {membrs: [bob]}\n");
    home.akrec("plan --sandbox --output json=p.json --output text=p.txt")
        .run()
        .expect(3);
    let document = json_of(&home, "p.json");
    assert_eq!(
        (&document["exit_code"], &document["errored"]),
        (&Value::from(3), &Value::from(true))
    );
    assert_eq!(document["diagnostics"][0]["code"], "AKR0105");
    assert!(
        home.read("p.txt").contains("error[AKR0105]") && home.read("p.txt").contains("main.yaml:2")
    );
    home.akrec("validate --output json=v.json --output short=v.txt")
        .run()
        .expect(3);
    assert_eq!(json_of(&home, "v.json")["valid"], false);
    assert!(
        home.read("v.txt")
            .starts_with("state/main.yaml:2:11: error[AKR0105]")
    );
    home.akrec("show nothing.json --output json=s.json")
        .run()
        .expect(8);
    assert_eq!(json_of(&home, "s.json")["exit_code"], 8);
    // A wrong command line too.
    home.akrec("plan --evn x --output json=u.json")
        .run()
        .expect(3);
    assert_eq!(
        json_of(&home, "u.json")["diagnostics"][0]["code"],
        "AKR0306"
    );
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let home = Home::new(ONE);
    let server = Scripted::start(|_| json("{}"));
    for (output, why) in [
        ("json=no/such/place.json", "its directory does not exist"),
        ("json=state", "it is a directory"),
        ("json=..", "this is not a file name"),
    ] {
        let args = format!("plan --output {output} --output text=there.txt");
        let ran = home.against(&server.url, &args).run().expect(3);
        ran.says(&["error[AKR0308]", why]);
        assert!(
            home.read("there.txt").contains("error[AKR0308]"),
            "the others say it too"
        );
    }
    assert!(
        server.seen.lock().unwrap().is_empty(),
        "the server is not asked"
    );
    // One that only fails when it is written.
    #[cfg(target_os = "linux")]
    {
        let ran = home
            .akrec("plan --sandbox --output text=/dev/full --output json=p.json")
            .run()
            .expect(1);
        ran.says(&["error[AKR0308]: /dev/full cannot be written"]);
        let document = json_of(&home, "p.json");
        assert_eq!(
            (&document["exit_code"], &document["errored"]),
            (&Value::from(1), &Value::from(true))
        );
        let (ran, document) = home.akrec("plan --sandbox --output text=/dev/full").json();
        ran.expect(1);
        assert_eq!(document["diagnostics"][0]["code"], "AKR0308");
    }
}

#[test]
fn forms_that_a_verb_does_not_have_are_refused() {
    let home = Home::new(ONE);
    for (args, says) in [
        (
            "plan --sandbox --format short",
            "plan has no format short; it has text, json, markdown",
        ),
        ("plan --sandbox --output json", "write FORMAT=FILE"),
        ("plan --sandbox --output yaml=x", "unknown format yaml"),
        (
            "plan --sandbox --output json=-",
            "for standard output write --format json",
        ),
        (
            "plan --sandbox --output json=x --output text=x",
            "--output names x twice",
        ),
        ("validate --output short=", "name the file"),
    ] {
        home.akrec(args).run().expect(3).says(&[says]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_that_fails_midway_leaves_its_artifacts() {
    let server = server().await;
    server.set_fault(|_, entry| {
        let body =
            serde_json::json!({"name": [format!("Group with this name already exists: {SECRET}")]});
        (entry.method == "POST" && entry.path == "/core/groups/")
            .then_some(akrec::sandbox::Fault::Status(400, body))
    });
    let home = Home::new(STATE);
    home.against(
        &server.url(),
        "apply --auto-approve --output json=a.json --output text=a.txt",
    )
    .run()
    .expect(9);
    let document = json_of(&home, "a.json");
    assert_eq!(
        (&document["exit_code"], &document["applied"]["failed"]),
        (&Value::from(9), &Value::from(1))
    );
    let text = home.read("a.txt");
    assert!(
        text.contains("Apply incomplete")
            && text.contains("To continue with the rest: akrec apply"),
        "{text}"
    );
    assert_eq!(
        text.matches("already exists").count(),
        1,
        "told once:\n{text}"
    );
    assert!(!text.contains(SECRET) && !home.read("a.json").contains(SECRET));
}

/// The events of a stream, each of which holds what is promised.
#[track_caller]
fn events(text: &str) -> Vec<Value> {
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    events.iter().for_each(promised);
    assert_eq!(
        (&events[0]["type"], &events[0]["format"]),
        (&"version".into(), &"1.0".into())
    );
    assert_eq!(events.last().unwrap()["type"], "outputs");
    events
}

fn types(events: &[Value]) -> Vec<String> {
    let mut types: Vec<String> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    types.dedup();
    types
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_is_a_stream_of_events() {
    let server = server().await;
    let home = Home::new(ONE);
    let args = "apply --auto-approve --format events --output events=e.ndjson --output json=a.json";
    let ran = home.against(&server.url(), args).run().expect(0);
    let lines = events(&ran.out);
    assert_eq!(
        types(&lines),
        [
            "version",
            "refresh_start",
            "refresh_complete",
            "planned_change",
            "change_summary",
            "apply_start",
            "apply_complete",
            "apply_progress",
            "change_summary",
            "refresh_start",
            "refresh_complete",
            "outputs"
        ]
    );
    assert_eq!(lines.last().unwrap()["exit_code"], 0);
    assert_eq!(ran.out, home.read("e.ndjson"), "the file has the same");
    assert_eq!(json_of(&home, "a.json")["applied"]["add"], 1);
    // A failure, what it blocks, and what went wrong before anything began.
    server.set_fault(|_, entry| {
        let body = serde_json::json!({"name": [format!("taken: {SECRET}")]});
        (entry.method == "POST" && entry.path == "/core/users/")
            .then_some(akrec::sandbox::Fault::Status(400, body))
    });
    let home = Home::new(STATE);
    let lines = events(
        &home
            .against(&server.url(), "apply --auto-approve --format events")
            .run()
            .expect(9)
            .out,
    );
    let of = |name: &str| {
        lines
            .iter()
            .filter(|event| event["type"] == name)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("apply_errored")[0]["diagnostic"]["code"], "AKR0901");
    assert_eq!(of("apply_blocked")[0]["code"], "AKR0903");
    assert_eq!(
        of("apply_blocked")[0]["blocked_by"],
        of("apply_errored")[0]["id"]
    );
    assert_eq!(of("outputs")[0]["exit_code"], 9);
    let lines = events(
        &home
            .against("http://127.0.0.1:1", "apply --auto-approve --format events")
            .run()
            .expect(5)
            .out,
    );
    assert_eq!(types(&lines), ["version", "diagnostic", "outputs"]);
    let lines = events(
        &home
            .against("http://127.0.0.1:1", "apply --format events")
            .run()
            .expect(3)
            .out,
    );
    assert_eq!(lines[1]["diagnostic"]["code"], "AKR0304");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_holds_a_secret() {
    const ALL: [&str; 9] = [
        "text",
        "json",
        "markdown",
        "github",
        "gitlab",
        "codequality",
        "sarif",
        "junit",
        "html",
    ];
    let server = server().await;
    let home = Home::new(STATE);
    let outputs: String = ALL
        .iter()
        .map(|form| format!(" --output {form}={form}.out"))
        .collect();
    let clean = |what: &str| {
        for form in ALL.iter().chain(&["events"]) {
            let path = home.0.join(format!("{form}.out"));
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            for secret in [TOKEN, SECRET, "another-0815"] {
                assert!(
                    !text.contains(secret),
                    "{secret} in {form} of {what}:\n{text}"
                );
            }
            assert!(
                !text.trim().is_empty() || *form == "github",
                "{form} of {what} is empty"
            );
            std::fs::remove_file(path).unwrap();
        }
    };
    let run = |args: &str| home.against(&server.url(), &format!("{args}{outputs}"));
    run("plan").run().expect(0);
    clean("a first plan");
    run("apply --auto-approve --output events=events.out")
        .run()
        .expect(0);
    clean("an apply");
    run("plan").env("KEY", "another-0815-value").run().expect(0);
    clean("a change of a secret");
    home.against(&server.url(), "plan -o plan.json")
        .env("KEY", "another-0815-value")
        .run()
        .expect(0);
    home.akrec(&format!("show plan.json{outputs}"))
        .run()
        .expect(0);
    clean("a saved plan");
    server.set_fault(|_, entry| {
        let body = serde_json::json!({"attributes": [format!("bad value another-0815-value and {TOKEN}")]});
        (entry.method == "PATCH").then_some(akrec::sandbox::Fault::Status(400, body))
    });
    run("apply --auto-approve --output events=events.out")
        .env("KEY", "another-0815-value")
        .run()
        .expect(9);
    clean("an apply that fails");
    server.clear_fault();
    home.write(
        "state/bad.yaml",
        "groups:\n  other: {attributes: !env KEY, x: !env KEY}\n",
    );
    let outputs = outputs.replace(" --output gitlab=gitlab.out", "");
    home.akrec(&format!("validate{outputs}")).run().expect(3);
    clean("a check");
}

#[test]
fn every_form_is_written_when_a_run_fails() {
    let home = Home::new("groups:\n  staff: {membrs: [bob]}\n");
    let forms = [
        "markdown",
        "github",
        "gitlab",
        "codequality",
        "sarif",
        "junit",
        "html",
    ];
    let outputs: String = forms
        .iter()
        .map(|form| format!(" --output {form}={form}.out"))
        .collect();
    home.akrec(&format!("plan --sandbox{outputs}"))
        .run()
        .expect(3);
    for form in forms {
        let text = home.read(&format!("{form}.out"));
        let says = if form == "gitlab" {
            "groups have no field"
        } else {
            "AKR0105"
        };
        assert!(text.contains(says), "{form}:\n{text}");
    }
    assert!(
        home.read("github.out")
            .starts_with("::error file=state/main.yaml,line=2,")
    );
    assert_eq!(
        json_of(&home, "codequality.out")[0]["location"]["path"],
        "state/main.yaml"
    );
    // A summary of a step on GitHub is written by others, too.
    let summary = home.write("summary.md", "before\n");
    let args = format!("plan --sandbox --output markdown={}", summary.display());
    home.akrec(&args)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .run()
        .expect(3);
    assert!(
        home.read("summary.md")
            .starts_with("before\n<!-- akrec:plan:default -->")
    );
}
