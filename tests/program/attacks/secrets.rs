//! A secret stays one wherever it comes from: through variables, settings, defaults, anchors, overlays, and in excerpts of
//! what cannot be read.

use super::support::{ONE, OUTSIDE, Project, SECRET, TOKEN};

/// Every way by which a value of the environment reaches a field that plans show.
const WAYS: [(&str, &str, &str); 9] = [
    ("akrec.yaml", "vars: {x: !env APP_SECRET}", "!var x"),
    (
        "akrec.yaml",
        "vars: {x: !env {name: APP_SECRET, default: y}}",
        "!var {name: x, default: y}",
    ),
    (
        "akrec.yaml",
        "vars: {x: !env {name: NOT_SET, default: !env APP_SECRET}}",
        "!var x",
    ),
    (
        "akrec.yaml",
        "vars: {y: &y !env APP_SECRET, x: *y}",
        "!var x",
    ),
    ("akrec.yaml", "vars: {<<: {x: !env APP_SECRET}}", "!var x"),
    (
        "akrec.yaml",
        "vars: {}",
        "!var {name: x, default: !env APP_SECRET}",
    ),
    (
        "akrec.yaml",
        "vars: {}",
        "!env {name: NOT_SET, default: !env APP_SECRET}",
    ),
    (
        "environments/prod/akrec.yaml",
        "vars: {x: !env APP_SECRET}",
        "!var x",
    ),
    ("vars.yaml", "x: !env APP_SECRET", "!var x"),
];

#[test]
fn a_variable_that_comes_from_the_environment_is_shown_nowhere() {
    for (place, text, value) in WAYS {
        for state in [
            format!("groups: {{g: {{attributes: {{x: {value}}}}}}}\n"),
            format!("groups: {{g: {{attributes: {{x: [a, {{y: {value}}}]}}}}}}\n"),
            format!("defaults: {{groups: {{attributes: {{x: {value}}}}}}}\ngroups: {{g: {{}}}}\n"),
            format!("groups:\n  a: {{attributes: &a {{x: {value}}}}}\n  b: {{attributes: *a}}\n"),
            format!("users: {{u: {{name: {value}, email: {value}}}}}\n"),
            format!("applications: {{a: {{name: {value}, meta_description: {value}}}}}\n"),
            format!("brands: {{b: {{branding_title: {value}, attributes: {{x: {value}}}}}}}\n"),
            format!(
                "raw:\n  /core/groups/:\n    key: name\n    objects: {{g: {{attributes: {{x: {value}}}}}}}\n"
            ),
        ] {
            let project = Project::with(&[("state/a.yaml", &state), (place, text)]);
            project
                .folder("environments/prod")
                .write("vars.yaml", "z: z\n");
            if place == "vars.yaml" {
                project.write(place, text);
            }
            let ran = project.in_every_format("plan --sandbox --env prod --var-file vars.yaml");
            ran.reveals_nothing();
        }
    }
}

#[test]
fn names_and_references_cannot_come_from_it() {
    for state in [
        "groups: {g: {parents: [!var x]}}\n",
        "groups: {g: {members: [!var x]}}\n",
        "applications: {a: {name: A, provider: !var x}}\n",
        "applications: {a: {name: A, bindings: [{group: !var x}]}}\n",
        "flows: {f: {name: F, title: F, designation: authentication, stages: [{stage: !var x}]}}\n",
        "absent: {groups: [!var x]}\n",
        "defaults: {groups: {parents: [!var x]}}\ngroups: {g: {}}\n",
        "assertions: [{user: !var x, can: open, application: a}]\n",
        "groups: {g: {lifecycle: {ignore: [!var x]}}}\n",
    ] {
        let project = Project::with(&[
            ("state/a.yaml", state),
            ("akrec.yaml", "vars: {x: !env APP_SECRET}\n"),
        ]);
        let ran = project.in_every_format("plan --sandbox").expect(3);
        assert!(
            ran.err.contains("AKR0125") || ran.err.contains("AKR0"),
            "{state}: {}",
            ran.err
        );
    }
    let project = Project::with(&[
        ("state/a.yaml", "groups: {g: {parents: [!var x]}}\n"),
        ("akrec.yaml", "vars: {x: !env APP_SECRET}\n"),
    ]);
    let ran = project.akrec("validate").run().expect(3);
    ran.says(&[
        "AKR0125",
        "the variable `x` is filled in by `!env`",
        "state/a.yaml:1",
    ]);
}

#[test]
fn own_credentials_come_from_nowhere() {
    for (place, text) in [
        ("akrec.yaml", "vars: {x: !env AKREC_TOKEN}\n"),
        ("akrec.yaml", "headers: {X: !env AKREC_TOKEN}\n"),
        (
            "environments/prod/akrec.yaml",
            "vars: {x: !env {name: NOT_SET, default: !env AKREC_TOKEN}}\n",
        ),
        ("vars.yaml", "x: !env AKREC_TOKEN\n"),
    ] {
        let project = Project::with(&[
            ("state/a.yaml", ONE),
            ("vars.yaml", "y: z\n"),
            (place, text),
        ]);
        project.folder("environments/prod");
        let ran = project
            .in_every_format("validate --env prod --var-file vars.yaml")
            .expect(3);
        ran.says(&["AKR0126", place]);
    }
}

#[test]
fn settings_that_are_shown_take_no_environment_variable() {
    for setting in [
        "state",
        "ca_cert",
        "server",
        "workspace",
        "release",
        "timeout",
        "retries",
        "parallelism",
        "on_error",
        "concise",
        "allow_unknown",
        "insecure_skip_tls_verify",
    ] {
        let project = Project::with(&[
            ("state/a.yaml", ONE),
            ("akrec.yaml", &format!("{setting}: !env APP_SECRET\n")),
        ]);
        let ran = project.in_every_format("plan --retries 0").expect(3);
        ran.says(&[
            "AKR0301",
            "`!env` is not allowed here",
            "akrec.yaml:1",
            "help: ",
        ]);
    }
    for text in [
        "break_glass: [!env APP_SECRET]",
        "limits: {deletes: !env APP_SECRET}",
        "lints: {AKR0710: !env APP_SECRET}",
    ] {
        let project = Project::with(&[("state/a.yaml", ONE), ("akrec.yaml", text)]);
        project
            .in_every_format("validate")
            .expect(3)
            .says(&["`!env` is not allowed here"]);
    }
}

/// Settings that are wrong in every way, with a password somewhere in them.
#[test]
fn settings_that_are_wrong_show_no_value() {
    for text in [
        "server: \"https://user:PASSWORD@auth.example.org\nworkspace: w\n",
        "server: https://user:PASSWORD@auth.example.org\n",
        "server: PASSWORD\n",
        "server: 'https://PASSWORD\n",
        "server: [PASSWORD\n",
        "server: {PASSWORD: x}\n",
        "server: *PASSWORD\n",
        "server: !PASSWORD x\n",
        "server: `PASSWORD`\n",
        "server: |\n  https://user:PASSWORD@x\n bad\n",
        "headers: {X-A: PASSWORD, X-B: [PASSWORD]}\n",
        "headers:\n  X-A: \"PASSWORD\n",
        "headers:\n  Authorization: PASSWORD\n",
        "vars:\n  a: PASSWORD\n\tb: PASSWORD\n",
        "vars: {a: PASSWORD}\nvars: {b: PASSWORD}\n",
        "vars: {a: PASSWORD}\n---\nvars: {b: PASSWORD}\n",
        "vars: {a: {b: PASSWORD}}\n",
        "PASSWORD\n",
        "- PASSWORD\n",
        "PASSWORD: x\n",
        "x PASSWORD\n",
        "limits: {deletes: PASSWORD, removals: {PASSWORD: 1}}\n",
        "lints: {PASSWORD: warn, open-application: PASSWORD}\n",
        "timeout: PASSWORD\nretries: PASSWORD\nrelease: PASSWORD\non_error: PASSWORD\n",
        "state: {a: PASSWORD}\nworkspace: [PASSWORD]\nbreak_glass: PASSWORD\n",
        "token: PASSWORD\n",
        "ca_cert: /PASSWORD/x\nserver: x\n",
        "workspace: w # PASSWORD\nservr: x # PASSWORD\n",
    ] {
        for (password, place) in [
            ("Hunter2X", "akrec.yaml"),
            ("hunter2", "akrec.yaml"),
            ("hunter2", "environments/prod/akrec.yaml"),
            ("0815", "vars.yaml"),
        ] {
            let text = text.replace("PASSWORD", password);
            let project = Project::with(&[
                ("state/a.yaml", ONE),
                ("vars.yaml", "z: z\n"),
                (place, &text),
            ]);
            project.folder("environments/prod");
            let ran = project.in_every_format("plan --env prod --var-file vars.yaml --retries 0");
            assert_ne!(ran.code, Some(0), "{text}");
            ran.reveals_nothing().never_says(&[password]);
        }
    }
    // The place is said, and the key is.
    let project = Project::with(&[
        ("state/a.yaml", ONE),
        ("akrec.yaml", "workspace: w\nserver: \"https://u:p@x\n"),
    ]);
    project
        .akrec("validate")
        .run()
        .expect(3)
        .says(&["akrec.yaml:2", "server:"]);
}

#[test]
fn settings_that_are_not_text_show_nothing() {
    for bytes in [
        &b"server: hunter2\xff\n"[..],
        b"\xff\xfeh\0u\0n\0t\0e\0r\x002\0",
        b"hunter2\0\n",
        b"\x80hunter2",
    ] {
        for place in ["akrec.yaml", "vars.yaml"] {
            let project = Project::new();
            project.write("vars.yaml", "z: z\n").write(place, bytes);
            let ran = project
                .in_every_format("validate --var-file vars.yaml")
                .expect(3);
            ran.never_says(&["hunter2", "h\u{0}u"]);
        }
    }
}

/// State files that cannot be read as such, each with a secret in it that must stay unseen, and the place that must not.
#[test]
fn state_files_that_are_wrong_show_only_what_is_no_secret() {
    for text in [
        "hunter2\n",
        "hunter2: x\nfoo: [\n",
        "TOKEN=hunter2\nOTHER=hunter2\n",
        "[core]\n\turl = https://hunter2@host\n",
        "machine host login me password hunter2\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n",
        "groups:\n  g: {attributes: {password: \"hunter2\n",
        "groups:\n  g: {attributes: {url: \"https://me:hunter2@host}}\n",
        "groups:\n  g: {attributes: {x: !vault hunter2}}\n",
        "groups:\n  g: {attributes: {x: !hunter2}}\n",
        "groups:\n  g: {attributes: {client_secret: *hunter2}}\n",
        "providers:\n  p:\n    client_secret hunter2\n",
        "providers:\n  p:\n    client_secret: |\n      hunter2\n   x\n",
        "providers:\n  p:\n    client_secret: 'a\n      hunter2\n      b\n",
        "groups:\n  g: {} # hunter2 is the password\n  g: {}\n",
        "apiVersion: v1\npassphras: hunter2\n",
        "just: a\n hunter2\n",
        "- hunter2\n",
        "groups: {g: {attributes: {x: &hunter2 1, y: *hunter3}}}\n",
        "other_program: hunter2\n",
        "other_program: {a: hunter2}\n",
    ] {
        let project = Project::with(&[("state/a.yaml", ONE), ("state/b.yaml", text)]);
        let ran = project.in_every_format("validate").expect(3);
        ran.says(&["state/b.yaml:"]).never_says(&["hunter2"]);
        // In what `!file` brings in for a field that is no text, too.
        let project = Project::with(&[
            ("state/a.yaml", "groups: {g: {is_superuser: !file x.txt}}\n"),
            ("state/x.txt", text),
        ]);
        project
            .in_every_format("validate")
            .expect(3)
            .never_says(&["hunter2"]);
    }
    for bytes in [
        &b"groups:\n  g: {attributes: {password: hunter2\xff}}\n"[..],
        b"hunter2\xff\n",
        b"hunter2\0",
    ] {
        let project = Project::new();
        project.write("state/b.yaml", bytes);
        project
            .in_every_format("validate")
            .expect(3)
            .never_says(&["hunter2"]);
    }
    // Tokens that are known by their look.
    for token in [
        "ghp_Aa1Bb2Cc3Dd4Ee5Ff6",
        "Zx8Kq2Lm9Pw4Rt6YbN3v",
        "eyJhbGciOiJIUzI1NiJ9.e30.x",
        OUTSIDE,
        TOKEN,
        SECRET,
    ] {
        let text = format!("groups:\n  g: {{attributes: {{note: {token}}}\n");
        let project = Project::with(&[("state/a.yaml", &text)]);
        let ran = project.akrec("validate").run();
        if token.contains("must-not-be-seen") {
            continue; // Words of a person: they may stand where no key says that they are secret.
        }
        assert!(!ran.err.contains(token), "{}", ran.err);
    }
    // What is no secret is still there to be seen.
    let project = Project::with(&[("state/a.yaml", "groups:\n  staff: {name: [x}\n")]);
    project
        .akrec("validate")
        .run()
        .expect(3)
        .says(&["staff: {name: [x}"]);
}
