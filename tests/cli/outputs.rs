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
    let mut found: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    found.sort();
    assert_eq!(found, names);
}

#[test]
fn one_run_leaves_many_artifacts() {
    let home = Home::new(STATE);
    std::fs::create_dir(home.0.join("out")).unwrap();
    home.write("out/plan.txt", "from yesterday");
    let ran = home.akrec("plan --sandbox --output json=out/plan.json --output text=out/plan.txt").run().expect(0);
    let document = json_of(&home, "out/plan.json");
    assert_eq!((document["exit_code"].as_i64(), document["summary"]["add"].as_i64()), (Some(0), Some(5)));
    assert!(document["fingerprint"]["config"].as_str().unwrap().starts_with("sha256:"));
    let last = |text: &str| text.trim_end().lines().last().unwrap().to_owned();
    assert_eq!(last(&home.read("out/plan.txt")), last(&ran.out));
    holds(&home, "out", &["plan.json", "plan.txt"]);
    // The same on standard output, and text in a file.
    let (ran, document) = home.akrec("plan --sandbox --detailed-exitcode --output text=out/plan.txt").json();
    ran.expect(2);
    assert_eq!(document["exit_code"], 2);
    assert!(home.read("out/plan.txt").contains("Plan: 5 to add"));
}

#[test]
fn artifacts_say_what_went_wrong() {
    let home = Home::new("groups:\n  staff: {membrs: [bob]}\n");
    home.akrec("plan --sandbox --output json=p.json --output text=p.txt").run().expect(3);
    let document = json_of(&home, "p.json");
    assert_eq!((&document["exit_code"], &document["errored"]), (&Value::from(3), &Value::from(true)));
    assert_eq!(document["diagnostics"][0]["code"], "AKR0105");
    assert!(home.read("p.txt").contains("error[AKR0105]") && home.read("p.txt").contains("main.yaml:2"));
    home.akrec("validate --output json=v.json --output short=v.txt").run().expect(3);
    assert_eq!(json_of(&home, "v.json")["valid"], false);
    assert!(home.read("v.txt").starts_with("state/main.yaml:2:11: error[AKR0105]"));
    home.akrec("show nothing.json --output json=s.json").run().expect(8);
    assert_eq!(json_of(&home, "s.json")["exit_code"], 8);
    // A wrong command line too.
    home.akrec("plan --evn x --output json=u.json").run().expect(3);
    assert_eq!(json_of(&home, "u.json")["diagnostics"][0]["code"], "AKR0306");
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let home = Home::new(ONE);
    let server = Scripted::start(|_| json("{}"));
    for (output, why) in [
        ("json=no/such/place.json", "its directory does not exist"),
        ("json=state", "it is a directory"),
        ("json=..", "that is no name of a file"),
    ] {
        let args = format!("plan --output {output} --output text=there.txt");
        let ran = home.against(&server.url, &args).run().expect(3);
        ran.says(&["error[AKR0308]", why]);
        assert!(home.read("there.txt").contains("error[AKR0308]"), "the others say it too");
    }
    assert!(server.seen.lock().unwrap().is_empty(), "the server is not asked");
    // One that only fails when it is written.
    #[cfg(target_os = "linux")]
    {
        let ran = home.akrec("plan --sandbox --output text=/dev/full --output json=p.json").run().expect(1);
        ran.says(&["error[AKR0308]: /dev/full cannot be written"]);
        let document = json_of(&home, "p.json");
        assert_eq!((&document["exit_code"], &document["errored"]), (&Value::from(1), &Value::from(true)));
        let (ran, document) = home.akrec("plan --sandbox --output text=/dev/full").json();
        ran.expect(1);
        assert_eq!(document["diagnostics"][0]["code"], "AKR0308");
    }
}

#[test]
fn forms_that_a_verb_does_not_have_are_refused() {
    let home = Home::new(ONE);
    for (args, says) in [
        ("plan --sandbox --format short", "plan has no format short; it has text, json, markdown"),
        ("plan --sandbox --output json", "write FORMAT=FILE"),
        ("plan --sandbox --output yaml=x", "there is no format yaml"),
        ("plan --sandbox --output json=-", "for standard output write --format json"),
        ("plan --sandbox --output json=x --output text=x", "--output names x twice"),
        ("validate --output short=", "name the file"),
    ] {
        home.akrec(args).run().expect(3).says(&[says]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_that_fails_midway_leaves_its_artifacts() {
    let server = server().await;
    server.set_fault(|_, entry| {
        let body = serde_json::json!({"name": [format!("Group with this name already exists: {SECRET}")]});
        (entry.method == "POST" && entry.path == "/core/groups/").then_some(akrec::sandbox::Fault::Status(400, body))
    });
    let home = Home::new(STATE);
    home.against(&server.url(), "apply --auto-approve --output json=a.json --output text=a.txt").run().expect(9);
    let document = json_of(&home, "a.json");
    assert_eq!((&document["exit_code"], &document["applied"]["failed"]), (&Value::from(9), &Value::from(1)));
    let text = home.read("a.txt");
    assert!(text.contains("Apply incomplete") && text.contains("To go on with the rest: akrec apply"), "{text}");
    assert_eq!(text.matches("already exists").count(), 1, "told once:\n{text}");
    assert!(!text.contains(SECRET) && !home.read("a.json").contains(SECRET));
}
