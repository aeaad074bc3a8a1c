//! Every input that is a path: a link, a device, a pipe, a directory, something of the system, something of git.

use super::support::{ONE, OUTSIDE, Project, SECRET, TOKEN};

/// A state that brings the text of a file into a field that every plan shows.
fn shows(path: &str) -> String {
    format!("groups: {{g: {{attributes: {{x: !file {path}}}}}}}\n")
}

/// A checkout as git makes it, with a token in its configuration.
fn with_git(project: &Project) {
    project
        .write(
            ".git/config",
            format!("[http]\n\textraheader = {OUTSIDE}\n"),
        )
        .write(".git/HEAD", "ref: x\n");
    project.folder(".git/objects").folder(".git/refs");
}

#[test]
fn no_setting_of_the_checkout_opens_the_machine() {
    for place in ["akrec.yaml", "environments/prod/akrec.yaml"] {
        for file in ["/proc/self/environ", "../../out/secret", "/etc/passwd"] {
            let project = Project::with(&[
                ("state/a.yaml", &shows(file)),
                (place, "allow_outside: true\n"),
            ]);
            project.folder("environments/prod");
            let ran = project
                .in_every_format("plan --sandbox --env prod")
                .expect(3);
            ran.says(&[
                "AKR0301",
                "`allow_outside` is accepted only as the flag --allow-outside",
            ]);
        }
    }
}

#[test]
fn what_the_system_makes_up_is_never_read() {
    if !cfg!(target_os = "linux") {
        return;
    }
    for file in [
        "/proc/self/environ",
        "/proc/self/cmdline",
        "/proc/1/status",
        "/dev/zero",
        "/dev/stdin",
    ] {
        let project = Project::with(&[("state/a.yaml", &shows(file))]);
        for flag in ["", "--allow-outside"] {
            let ran = project
                .in_every_format(&format!("plan --sandbox {flag}"))
                .expect(3);
            ran.says(&["AKR0111"]).never_says(&["APP_SECRET="]);
        }
        // By a link too, as settings, as state, and as the bytes of a field.
        let project = Project::with(&[(
            "state/b.yaml",
            "files: {f.png: {content: !file link.png}}\n",
        )]);
        project
            .link("akrec.yaml", file)
            .link("state/a.yaml", file)
            .link("state/link.png", file);
        for flag in ["", "--allow-outside"] {
            project
                .in_every_format(&format!("validate {flag}"))
                .expect(3)
                .never_says(&["APP_SECRET="]);
        }
    }
}

#[test]
fn settings_that_are_links_out_of_the_project_are_not_read() {
    let project = Project::new();
    project.write(
        "../out/akrec.yaml",
        format!("vars: {{x: {OUTSIDE}}}\nworkspace: elsewhere\n"),
    );
    for target in [
        "../out/secret",
        "../out/akrec.yaml",
        "../out",
        "/proc/self/environ",
        "../out/nothing",
    ] {
        for place in ["akrec.yaml", "environments/prod/akrec.yaml"] {
            let up = if place.contains('/') { "../../" } else { "" };
            let target = if target.starts_with('/') {
                target.to_owned()
            } else {
                format!("{up}{target}")
            };
            project.folder("environments/prod").link(place, &target);
            let ran = project.in_every_format("validate --env prod").expect(3);
            let code = if target.ends_with("nothing") {
                "AKR0301"
            } else {
                "AKR0330"
            };
            ran.says(&[code, place]).never_says(&["elsewhere"]);
            project.remove(place);
        }
    }
    // The same folder by another name, and an environment of another project.
    project.write("../out/environments/prod/a.yaml", shows("../../secret"));
    project
        .remove("environments")
        .link("environments", "../out/environments");
    project
        .in_every_format("validate --env prod")
        .expect(3)
        .says(&["AKR0330", "environments/prod"]);
    // Not even the names of what lies there.
    project
        .in_every_format("validate --env pord")
        .expect(3)
        .never_says(&["the environments are"]);
}

#[test]
fn a_link_to_nothing_is_not_taken_for_no_settings() {
    let project = Project::new();
    project.link("akrec.yaml", "gone.yaml");
    project
        .akrec("validate")
        .run()
        .expect(3)
        .says(&["akrec.yaml is a symbolic link that leads nowhere"]);
}

#[test]
fn the_state_directory_stays_in_the_project() {
    let outside = || {
        let project = Project::empty();
        project
            .write("../out/state/a.yaml", format!("{OUTSIDE}\n"))
            .write("../out/state/b.yaml", shows("../secret"));
        project
    };
    // A link in its place, and a link above it.
    let project = outside();
    project.link("state", "../out/state");
    for args in ["validate", "validate -C state", "plan --sandbox -C ./state"] {
        project
            .in_every_format(args)
            .expect(3)
            .says(&["AKR0330", "state leads out of the project"]);
    }
    project.link("conf", "../out");
    project
        .in_every_format("validate -C conf/state")
        .expect(3)
        .says(&["AKR0330", "conf/state"]);
    // Whoever runs it may name it.
    let absolute = project.path("../out/state");
    let ran = project
        .akrec(&format!("validate -C {}", absolute.display()))
        .run();
    assert!(
        ran.reveals_nothing().code == Some(3),
        "it is read, and is not a state"
    );
    // What akrec.yaml says.
    for (state, code) in [
        ("../out/state", "AKR0330"),
        ("/etc", "AKR0330"),
        (".git", "AKR0330"),
        ("/proc/self", "AKR0330"),
    ] {
        let project = outside();
        with_git(&project);
        project.write("akrec.yaml", format!("state: {state}\n"));
        let ran = project
            .in_every_format("validate")
            .expect(3)
            .says(&[code, "akrec.yaml:1"]);
        ran.never_says(&["/out/state/"]);
    }
    let project = outside();
    project.write("akrec.yaml", "state: ../out/state\n");
    project
        .akrec("validate")
        .run()
        .expect(3)
        .says(&["help: name the directory on the command line: `-C DIR`"]);
}

#[test]
fn links_that_stay_inside_go_on_working() {
    // A mounted ConfigMap: every name is a link through `..data`, the settings too.
    let project = Project::empty();
    project.write(
        "..2026_07_27/akrec.yaml",
        "workspace: mounted\nvars: {x: shown}\n",
    );
    project.write(
        "..2026_07_27/state/a.yaml",
        "groups: {g: {attributes: {x: !var x, y: !file note.txt}}}\n",
    );
    project.write("..2026_07_27/state/note.txt", "from a file");
    project
        .link("..data", "..2026_07_27")
        .link("akrec.yaml", "..data/akrec.yaml")
        .link("state", "..data/state");
    for untrusted in ["", "--untrusted"] {
        let ran = project
            .akrec(&format!("plan --sandbox {untrusted}"))
            .run()
            .expect(0);
        ran.says(&["shown", "from a file"]);
    }
    // Each in a mount of its own: files of the state are links too.
    let project = Project::empty();
    project
        .write("state/..2026_07_27/a.yaml", shows("note.txt"))
        .write("state/..2026_07_27/note.txt", "from a file");
    project
        .link("state/..data", "..2026_07_27")
        .link("state/a.yaml", "..data/a.yaml");
    project.link("state/note.txt", "..data/note.txt");
    for untrusted in ["", "--untrusted"] {
        project
            .akrec(&format!("plan --sandbox {untrusted}"))
            .run()
            .expect(0)
            .says(&["from a file"]);
    }
    // Links of a person: one file in two environments, a folder of teams.
    let project = Project::with(&[
        ("teams/a.yaml", ONE),
        ("common/akrec.yaml", "workspace: common\n"),
    ]);
    project
        .link("akrec.yaml", "common/akrec.yaml")
        .link("state", "teams");
    project.akrec("validate").run().expect(0);
}

#[test]
fn nothing_of_git_is_read() {
    let secret = |project: &Project, path: &str| {
        project
            .write("akrec.yaml", "state: .\n")
            .write("s/a.yaml", shows(path));
        project
            .in_every_format("plan --sandbox")
            .expect(3)
            .says(&["AKR0111", "git's own data"]);
        project
            .in_every_format("plan --sandbox --allow-outside")
            .expect(3)
            .says(&["git's own data"]);
    };
    for path in [
        "../.git/config",
        "../.git/HEAD",
        "../.git",
        "../x/../.git/config",
        "../.git/nothing",
    ] {
        let project = Project::empty();
        with_git(&project);
        secret(&project, path);
    }
    // By a link, by another case, from a worktree's file, from a folder that is one without being called so.
    let project = Project::empty();
    with_git(&project);
    project
        .link("s/config", "../.git/config")
        .link("s/git", "../.git");
    secret(&project, "config");
    secret(&project, "git/config");
    let project = Project::empty();
    project
        .write(".GIT/config", OUTSIDE)
        .write("sub/.git", OUTSIDE)
        .write("bare/config", OUTSIDE);
    project
        .write("bare/HEAD", "ref: x")
        .folder("bare/objects")
        .folder("bare/refs");
    for path in ["../.GIT/config", "../sub/.git", "../bare/config"] {
        secret(&project, path);
    }
    // As the state directory, as an overlay, as settings, as state files by a link.
    let project = Project::new();
    with_git(&project);
    project
        .write(".git/state/a.yaml", OUTSIDE)
        .write(".git/akrec.yaml", OUTSIDE);
    project
        .in_every_format("validate -C .git/state")
        .expect(3)
        .says(&["git's own data"]);
    project.link("linked", ".git/state");
    project
        .in_every_format("validate -C linked")
        .expect(3)
        .says(&["git's own data"]);
    project.link("akrec.yaml", ".git/akrec.yaml");
    project
        .in_every_format("validate")
        .expect(3)
        .says(&["AKR0330", "git's own data"]);
    project
        .remove("akrec.yaml")
        .link("environments/prod", "../.git/state");
    project
        .in_every_format("validate --env prod")
        .expect(3)
        .says(&["AKR0330", "git's own data"]);
    project
        .link("state/more", "../.git/state")
        .write("akrec.yaml", "state: .\n");
    project
        .in_every_format("validate")
        .expect(3)
        .says(&["git's own data"]);
    // Names that only look alike are nobody's secret.
    let project = Project::with(&[
        ("state/a.yaml", &shows(".github/x")),
        ("state/.github/x", "seen"),
    ]);
    project
        .akrec("plan --sandbox")
        .run()
        .expect(0)
        .says(&["seen"]);
}

#[test]
fn pipes_devices_and_directories_are_refused_at_once() {
    let refuses = |project: &Project, args: &str| {
        // Neither a pipe that nobody writes to nor a device without an end may hold it up.
        let ran = project
            .akrec(args)
            .memory(1024)
            .seconds(30)
            .env("AKREC_URL", "https://127.0.0.1:1")
            .run();
        ran.expect(3).says(&["it is not a regular file"]);
    };
    for what in ["pipe", "directory", "/dev/zero", "/dev/null"] {
        let put = |path: &str| {
            let project = Project::new();
            match what {
                "pipe" => project.fifo(path),
                "directory" => project.folder(path),
                device => project.link(path, device),
            };
            project
        };
        // A device outside the project is refused for its place already.
        if !what.starts_with('/') {
            refuses(&put("akrec.yaml"), "validate");
            refuses(&put("environments/prod/akrec.yaml"), "validate --env prod");
            refuses(&put("vars.yaml"), "validate --var-file vars.yaml".trim());
        }
        for args in ["plan", "drift", "apply --auto-approve"] {
            refuses(put("ca.pem").write("akrec.yaml", "ca_cert: ca.pem\n"), args);
        }
        refuses(
            put("state/x.txt").write("state/a.yaml", shows("x.txt")),
            "validate --allow-outside",
        );
        let media = "files: {f.png: {content: !file x.png}}\n";
        refuses(
            put("state/x.png").write("state/a.yaml", media),
            "validate --allow-outside",
        );
        let project = put("plan.akrec");
        project
            .akrec("show plan.akrec")
            .seconds(30)
            .run()
            .expect(8)
            .says(&["AKR0804", "it is not a regular file"]);
    }
    // A state file that is a pipe or a directory.
    let project = Project::new();
    project.fifo("state/b.yaml");
    project
        .akrec("validate")
        .seconds(30)
        .run()
        .expect(3)
        .says(&["state/b.yaml cannot be read: it is not a regular file"]);
}

#[test]
fn files_that_a_flag_names_are_not_chosen_by_a_link() {
    let project = Project::with(&[("state/a.yaml", "groups: {g: {attributes: {x: !var x}}}\n")]);
    project.write("../out/vars.yaml", format!("x: {OUTSIDE}\n"));
    project
        .link("vars.yaml", "../out/vars.yaml")
        .link("targets", "../out/secret");
    let ran = project
        .in_every_format("plan --sandbox --var-file vars.yaml")
        .expect(3);
    ran.says(&["AKR0330", "vars.yaml leads out of the working directory"]);
    let ran = project
        .in_every_format("plan --sandbox --var x=1 --target @targets")
        .expect(3);
    ran.says(&["AKR0330", "@targets"]);
    with_git(&project);
    project.remove("vars.yaml").link("vars.yaml", ".git/config");
    project
        .in_every_format("plan --sandbox --var-file vars.yaml --allow-outside")
        .expect(3)
        .says(&["git's own data"]);
    // An absolute path is the operator's own word.
    let ran = project
        .akrec(&format!(
            "plan --sandbox --var-file {}",
            project.path("../out/vars.yaml").display()
        ))
        .run();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_shell_may_hand_a_token_over_in_a_pipe() {
    let project = Project::with(&[("state/a.yaml", "groups: {g: {attributes: {x: !var x}}}\n")]);
    let script = format!(
        "exec {} plan --sandbox --var-file <(echo 'x: from-a-pipe')",
        env!("CARGO_BIN_EXE_akrec")
    );
    let Ok(ran) = std::process::Command::new("bash")
        .args(["-c", &script])
        .current_dir(project.dir())
        .output()
    else {
        return; // There is no bash.
    };
    let out = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        ran.status.success() && out.contains("from-a-pipe"),
        "{out}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    // The token goes the same way; the server that it is for does not exist.
    let script = format!(
        "exec {} plan --var x=1 --url http://127.0.0.1:1 --retries 0 --token-file <(echo {TOKEN})",
        env!("CARGO_BIN_EXE_akrec")
    );
    let ran = std::process::Command::new("bash")
        .args(["-c", &script])
        .current_dir(project.dir())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(
        ran.status.code() == Some(5) && !err.contains(TOKEN) && !err.contains(SECRET),
        "{err}"
    );
}

#[test]
fn a_token_is_read_from_standard_input_up_to_a_limit() {
    let project = Project::new();
    let run = |stdin: &str| {
        let attack = project.akrec("plan --url http://127.0.0.1:1 --retries 0 --token-file -");
        attack
            .without("AKREC_TOKEN")
            .stdin(stdin)
            .run()
            .reveals_nothing()
    };
    assert_eq!(run(TOKEN).code, Some(5));
    run(&"a".repeat(100_000))
        .expect(3)
        .says(&["it is larger than 64 KiB"]);
    run(" \n").expect(3).says(&["AKR0302"]);
}

#[test]
fn hidden_files_are_spared_in_a_strangers_checkout() {
    for path in [
        "../.env",
        "../.docker/config.json",
        ".hidden/x",
        "../.npmrc",
    ] {
        let project = Project::with(&[("s/a.yaml", &shows(path))]);
        project.write(&format!("s/{path}").replace("s/../", ""), OUTSIDE);
        let state = project.dir();
        let plan = format!("plan --sandbox -C {}", state.display());
        project
            .in_every_format(&format!("{plan} --untrusted"))
            .expect(3)
            .says(&["AKR0111", "hidden"]);
        // Of one's own checkout one may read them.
        assert_eq!(project.akrec(&plan).run().code, Some(0));
    }
    let project = Project::with(&[("state/a.yaml", &shows("link")), ("state/.env", OUTSIDE)]);
    project.link("state/link", ".env");
    project
        .in_every_format("plan --sandbox --untrusted")
        .expect(3)
        .says(&["hidden"]);
}

#[test]
fn links_of_a_state_directory_below_the_root_directory_do_not_lead_out_of_it() {
    // The folder of akrec.yaml is `/`, in which everything lies.
    let root = std::path::Path::new("/").join(format!("akrec-attack-{}", std::process::id()));
    if std::fs::create_dir(&root).is_err() {
        return; // Not the superuser of a container.
    }
    let project = Project::new();
    std::fs::write(root.join("a.yaml"), shows("link")).unwrap();
    std::os::unix::fs::symlink(project.path("../out/secret"), root.join("link")).unwrap();
    let ran = project.in_every_format(&format!("plan --sandbox -C {}", root.display()));
    let also = root.with_extension("link");
    std::os::unix::fs::symlink(project.dir().join("state"), &also).unwrap();
    let linked = project.in_every_format(&format!("plan --sandbox -C {}", also.display()));
    std::fs::remove_dir_all(&root).unwrap();
    std::fs::remove_file(&also).unwrap();
    ran.expect(3)
        .says(&["AKR0111", "outside the state directory"]);
    linked.expect(3).says(&["AKR0330"]);
}
