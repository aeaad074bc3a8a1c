//! What a stranger's checkout must not decide: where akrec connects, how it verifies, what it sends along, what it reads.
//! And what it may decide and a reviewer should see.

use serde_json::Value;

use super::support::{ONE, Project, SECRET};

/// Nobody listens here.
const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn a_strangers_settings_say_nothing_about_the_connection() {
    for (setting, names, instead) in [
        ("server: https://evil.example.org", "`server`", "AKREC_URL"),
        ("ca_cert: ca.pem", "`ca_cert`", "--ca-cert"),
        (
            "insecure_skip_tls_verify: true",
            "`insecure_skip_tls_verify`",
            "AKREC_CA_CERT",
        ),
        (
            "headers: {X-Evil: app-0815-must-not-be-seen}",
            "`headers`",
            "--header",
        ),
        ("state: other", "`state`", "-C DIR"),
    ] {
        for place in ["akrec.yaml", "environments/prod/akrec.yaml"] {
            if place.contains('/') && setting.starts_with("state") {
                continue; // An environment has none in any case.
            }
            let project = Project::with(&[
                ("state/a.yaml", ONE),
                ("other/a.yaml", ONE),
                (place, setting),
            ]);
            let authority = rcgen::generate_simple_self_signed(["a".to_owned()])
                .unwrap()
                .cert
                .pem();
            project
                .write("environments/prod/ca.pem", &authority)
                .write("ca.pem", &authority);
            let url = if setting.starts_with("server") {
                ""
            } else {
                NOWHERE
            };
            let run = |flag: &str, variable: &str| {
                let mut attack = project.akrec(&format!("plan --env prod --retries 0 {flag}"));
                if !url.is_empty() {
                    attack = attack.env("AKREC_URL", url);
                }
                if !variable.is_empty() {
                    attack = attack.env("AKREC_UNTRUSTED", variable);
                }
                attack.run()
            };
            for (flag, variable) in [
                ("--untrusted", ""),
                ("", "true"),
                ("", "1"),
                ("--untrusted", "false"),
            ] {
                let ran = run(flag, variable).expect(3);
                ran.says(&["AKR0331", names, instead, &format!("{place}:1")])
                    .never_says(&["AKR0303", "evil"]);
            }
            // A person on their own machine notices nothing.
            for variable in ["", "false", "0"] {
                let ran = run("", variable);
                assert_ne!(ran.code, Some(3), "{setting}: {}", ran.err);
            }
        }
    }
}

#[test]
fn what_the_operator_gives_wins_in_silence() {
    let settings =
        "server: http://127.0.0.1:1\nca_cert: none.pem\nheaders: {X-A: a}\nstate: other\n";
    let project = Project::with(&[("state/a.yaml", ONE), ("akrec.yaml", settings)]);
    project.write("../out/ca.pem", "-----BEGIN CERTIFICATE-----\n");
    let given = format!(
        "plan --untrusted -C state --retries 0 --ca-cert {} --header x-a=b",
        project.path("../out/ca.pem").display()
    );
    let ran = project.akrec(&given).env("AKREC_URL", NOWHERE).run();
    assert!(!ran.err.contains("AKR0331"), "{}", ran.err);
    // Another server than the pipeline's is worth a word.
    let ran = project
        .akrec(&given)
        .env("AKREC_URL", "http://127.0.0.1:2")
        .run();
    assert!(
        ran.err
            .contains("warning[AKR0331]: `server` differs from the pipeline's"),
        "{}",
        ran.err
    );
    // A verb that asks no server is not held up by settings that say nothing to it.
    let project = Project::with(&[
        ("state/a.yaml", ONE),
        ("akrec.yaml", "server: https://auth.example.org\n"),
    ]);
    project.akrec("validate --untrusted").run().expect(0);
    project.akrec("plan --sandbox --untrusted").run().expect(0);
}

#[test]
fn a_job_for_a_pull_request_is_known_as_one() {
    let project = Project::with(&[
        ("state/a.yaml", ONE),
        ("akrec.yaml", "server: http://127.0.0.1:1\n"),
    ]);
    for (variable, value) in [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_NAME", "pull_request_target"),
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_PIPELINE_EVENT", "pull_request"),
        ("BUILD_REASON", "PullRequest"),
        ("CHANGE_ID", "17"),
    ] {
        let plan = || project.akrec("plan --retries 0").env(variable, value);
        plan()
            .run()
            .expect(3)
            .says(&["AKR0331", variable, "AKREC_UNTRUSTED=false turns this off"]);
        assert_eq!(
            plan().env("AKREC_UNTRUSTED", "false").run().code,
            Some(5),
            "{variable}"
        );
    }
    for (variable, value) in [
        ("GITHUB_EVENT_NAME", "push"),
        ("CI_PIPELINE_SOURCE", "push"),
        ("CHANGE_ID", ""),
    ] {
        assert_eq!(
            project
                .akrec("plan --retries 0")
                .env(variable, value)
                .run()
                .code,
            Some(5),
            "{variable}"
        );
    }
}

#[test]
fn the_switch_is_clear_or_an_error() {
    let project = Project::new();
    for value in ["yes", "TRUE", "on", "2", SECRET] {
        let ran = project
            .akrec("validate")
            .env("AKREC_UNTRUSTED", value)
            .run()
            .expect(3);
        ran.says(&["AKREC_UNTRUSTED must be true or false"]);
    }
    let ran = project
        .akrec("validate --untrusted --allow-outside")
        .run()
        .expect(3);
    ran.says(&["AKR0331", "--allow-outside is not allowed"]);
    project
        .akrec("validate")
        .env("AKREC_UNTRUSTED", "")
        .run()
        .expect(0);
}

#[test]
fn a_strangers_settings_do_not_shorten_the_plan() {
    let project = Project::with(&[
        ("state/a.yaml", "groups: {g: {is_superuser: true}}\n"),
        ("akrec.yaml", "concise: true\n"),
    ]);
    assert!(
        !project
            .akrec("plan --sandbox")
            .run()
            .expect(0)
            .out
            .contains("is_superuser")
    );
    project
        .akrec("plan --sandbox --untrusted")
        .run()
        .expect(0)
        .says(&["is_superuser"]);
}

/// Settings that weaken one check each, what is said of them, and a flag that overrules them.
const WEAK: [(&str, &str, &str); 9] = [
    (
        "limits: {deletes: 50}",
        "limits.deletes: 50 (the default is 10)",
        "--max-deletes 1",
    ),
    (
        "limits: {delete_share: 90%}",
        "limits.delete_share: 90% (the default is 20%)",
        "--max-deletes 5%",
    ),
    (
        "limits: {removals: {membership: 100}}",
        "limits.removals.membership: 100 (the default is 10 and 20%)",
        "--max-removals membership=3",
    ),
    (
        "limits: {removals: {policy_binding: 100%}}",
        "limits.removals.policy_binding: 100% (the default is 10 and 20%)",
        "--max-removals policy_binding=3",
    ),
    (
        "lints: {open-application: allow}",
        "lints.open-application: allow (the default is warn)",
        "--deny AKR0710",
    ),
    (
        "lints: {AKR0715: allow}",
        "lints.weak-redirect: allow (the default is warn)",
        "--warn weak-redirect",
    ),
    (
        "allow_unknown: true",
        "allow_unknown: true (the default is false)",
        "--allow-unknown",
    ),
    (
        "break_glass: []",
        "break_glass: [] (the default is to name somebody)",
        "",
    ),
    (
        "limits: {deletes: 11, changes: 5}",
        "limits.deletes: 11 (the default is 10)",
        "--max-deletes 1",
    ),
];

#[test]
fn weakened_safety_stands_at_the_head_of_every_report() {
    for (settings, sentence, flag) in WEAK {
        let project = Project::with(&[
            ("state/a.yaml", ONE),
            ("akrec.yaml", &format!("workspace: w\n{settings}\n")),
        ]);
        let ran = project.in_every_format("plan --sandbox").expect(0);
        ran.says(&[
            "Safety weakened by settings of the checkout",
            sentence,
            "akrec.yaml:2",
        ]);
        let read = |format: &str| project.read(&format!("../out/{format}"));
        for format in [
            "markdown",
            "html",
            "github",
            "codequality",
            "sarif",
            "junit",
        ] {
            let text = read(format)
                .replace("%2C", ",")
                .replace("&#x25;", "%")
                .replace("%25", "%");
            assert!(
                text.contains(sentence),
                "{format} does not say {sentence}:\n{text}"
            );
        }
        let document: Value = serde_json::from_str(&read("json")).unwrap();
        assert_eq!(
            document["weakened"][0]["source"]["line"], 2,
            "{}",
            document["weakened"]
        );
        assert!(
            read("github").contains("::notice file=akrec.yaml,line=2"),
            "{}",
            read("github")
        );
        // It comes before what is planned.
        let markdown = read("markdown");
        assert!(
            markdown.find(sentence) < markdown.find("<details>"),
            "{markdown}"
        );
        if !flag.is_empty() {
            let ran = project
                .in_every_format(&format!("plan --sandbox {flag}"))
                .expect(0);
            ran.never_says(&["Safety weakened"]);
        }
    }
}

#[test]
fn an_environment_is_measured_by_the_base_too() {
    let base = "limits: {deletes: 2, changes: 10}\nlints: {open-application: deny}\nbreak_glass: [akadmin, root]\n";
    let over =
        "limits: {deletes: 5, changes: 20}\nlints: {open-application: warn}\nbreak_glass: [root]\n";
    let project = Project::with(&[
        ("state/a.yaml", ONE),
        ("akrec.yaml", base),
        ("environments/prod/akrec.yaml", over),
    ]);
    let ran = project.akrec("plan --sandbox --env prod").run().expect(0);
    ran.says(&[
        "limits.deletes: 5 (the base says 2)",
        "limits.changes: 20 (the base says 10)",
        "lints.open-application: warn (the base says deny)",
        "break_glass: [root] (the base says [akadmin, root])",
        "environments/prod/akrec.yaml:1",
    ]);
    project
        .akrec("plan --sandbox")
        .run()
        .expect(0)
        .never_says(&["Safety weakened"]);
}

#[test]
fn an_honest_project_reads_no_such_thing() {
    let honest = "workspace: w\nlimits: {deletes: 5, delete_share: 10%, changes: 100}\nlints: {open-application: deny}\n\
                  break_glass: [akadmin]\nvars: {x: y}\nallow_unknown: false\n";
    for settings in ["", honest] {
        let project = Project::with(&[("state/a.yaml", ONE), ("akrec.yaml", settings)]);
        let ran = project
            .in_every_format("plan --sandbox")
            .expect(0)
            .never_says(&["Safety weakened", "weakened-safety"]);
        assert!(!ran.out.contains("weakened"));
    }
}

#[test]
fn a_saved_plan_goes_on_saying_it() {
    let project = Project::with(&[
        ("state/a.yaml", ONE),
        ("akrec.yaml", "limits: {deletes: 50}\n"),
    ]);
    project
        .akrec("plan --sandbox -o plan.akrec")
        .run()
        .expect(0);
    project
        .akrec("show plan.akrec")
        .run()
        .expect(0)
        .says(&["limits.deletes: 50 (the default is 10)", "akrec.yaml:1"]);
}

/// The manifest for Kubernetes: what it mounts where, as a mount looks like from inside.
#[test]
fn the_manifest_for_kubernetes_has_a_layout_that_akrec_takes() {
    let manifest = std::fs::read_to_string("deploy/kubernetes/drift.yaml").unwrap();
    let job: Value = serde_yaml::from_str(&manifest).unwrap();
    let pod = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let list = |node: &Value| node.as_array().unwrap().clone();
    let args: Vec<String> = list(&container["args"])
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect();
    let at = args.iter().position(|arg| arg == "-C").unwrap();
    let project = Project::empty();
    let (mut settings, mut state) = (false, false);
    for mount in list(&container["volumeMounts"]) {
        let volume = list(&pod["volumes"])
            .into_iter()
            .find(|it| it["name"] == mount["name"])
            .unwrap();
        if volume["configMap"].is_null() {
            continue;
        }
        let place = mount["mountPath"]
            .as_str()
            .unwrap()
            .trim_start_matches('/')
            .to_owned();
        // A ConfigMap of the settings, and one of the files of the state, as the manifest says to make them.
        let (key, text) = match volume["configMap"]["name"].as_str().unwrap() {
            "akrec-settings" => ("akrec.yaml", "workspace: mounted\n"),
            _ => ("main.yaml", ONE),
        };
        match mount["subPath"].as_str() {
            // One key alone is mounted as a file.
            Some(sub) => {
                assert_eq!(sub, key);
                project.write(&place, text);
            }
            // All keys are links into the folder of one moment.
            None => {
                project.write(&format!("{place}/..2026_07_27/{key}"), text);
                project.link(&format!("{place}/..data"), "..2026_07_27");
                project.link(&format!("{place}/{key}"), format!("..data/{key}"));
            }
        }
        settings |= place.ends_with("/akrec.yaml");
        state |= args[at + 1] == format!("/{place}");
    }
    assert!(
        settings && state,
        "settings and state are mounted, and -C names the latter"
    );
    let dir = args[at + 1].trim_start_matches('/');
    for untrusted in ["", "--untrusted"] {
        let ran = project
            .akrec(&format!("plan --sandbox -v {untrusted} -C {dir}"))
            .run();
        ran.expect(0).says(&["to add"]);
        project
            .akrec(&format!(
                "validate {untrusted} -C {}",
                project.path(dir).display()
            ))
            .run()
            .expect(0);
    }
}
