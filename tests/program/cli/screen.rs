//! What is printed where, in which colours, how much of it; and the verbs that only print.

use std::io::Read;
use std::process::{Command, Stdio};

use super::support::*;

/// Enough changes to fill a pipe.
fn many() -> String {
    let groups: String = (0..1500)
        .map(|i| format!("  group-{i:04}: {{attributes: {{text: {i:0>60}}}}}\n"))
        .collect();
    format!("groups:\n{groups}")
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::new(&many());
    let mut child = home.akrec("plan --sandbox").start();
    let mut out = child.stdout.take().unwrap();
    let mut first = [0; 5];
    out.read_exact(&mut first).unwrap();
    drop(out);
    let ran = finish(child).expect(0);
    assert_eq!((&first, ran.err.as_str()), (b"akrec", ""));
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let home = Home::new("groups:\n  a: {x: 1}\n");
    let plain = |ran: &Ran| !ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}');
    assert!(plain(&home.akrec("validate").run().expect(3)));
    assert!(
        home.akrec("validate --color always")
            .run()
            .expect(3)
            .err
            .contains('\u{1b}')
    );
    assert!(
        home.akrec("validate")
            .env("CLICOLOR_FORCE", "1")
            .run()
            .expect(3)
            .err
            .contains('\u{1b}')
    );
    assert!(plain(
        &home
            .akrec("validate")
            .env("CLICOLOR_FORCE", "1")
            .env("NO_COLOR", "1")
            .run()
            .expect(3)
    ));
    let good = Home::new(ONE);
    assert!(
        good.akrec("plan --sandbox --color always")
            .run()
            .expect(0)
            .out
            .contains('\u{1b}')
    );
    let json = good
        .akrec("plan --sandbox --color always --format json")
        .run()
        .expect(0);
    assert!(!json.out.contains('\u{1b}'));
    assert!(plain(
        &good
            .akrec("plan --sandbox")
            .env("NO_COLOR", "1")
            .run()
            .expect(0)
    ));
    assert!(
        plain(&good.akrec("plan --help").run().expect(0))
            && plain(&good.akrec("plan --nope").run().expect(3))
    );
}

#[test]
fn quiet_concise_and_summary() {
    let home = Home::new("applications:\n  open: {name: Open, bindings: []}\n");
    let plan = |more: &str| {
        home.akrec(&format!("plan --sandbox --allow no-provider {more}"))
            .run()
            .expect(0)
    };
    let (full, quiet) = (plan(""), plan("-q"));
    assert!(
        full.err.contains("warning[AKR0710]") && full.err.ends_with("1 warning\n"),
        "{}",
        full.err
    );
    assert!(
        quiet.err.is_empty() && quiet.out == full.out,
        "{}",
        quiet.err
    );
    insta::assert_snapshot!(plan("--concise").out, @r#"
    akrec plan · the sandbox (authentik 2026.8.0) · token user: akadmin

    Actions:  + add

      + add application "open"                                     state/main.yaml:2

    Becomes open to all users:
      ! application "open" is open to all users: it has no binding

    Plan: 1 to add, 0 to change, 0 to delete.

    Access:
      ! open becomes open to all users (new): 3 more users may open it
    "#);
    insta::assert_snapshot!(plan("--summary").out, @r#"
    akrec plan · the sandbox (authentik 2026.8.0) · token user: akadmin

      application  + 1 to add

    Becomes open to all users:
      ! application "open" is open to all users: it has no binding

    Plan: 1 to add, 0 to change, 0 to delete.

    Access:
      ! open becomes open to all users (new): 3 more users may open it
    "#);
    let quiet = home
        .akrec("apply --sandbox --auto-approve -q")
        .run()
        .expect(0);
    assert!(
        quiet.err.is_empty() && quiet.out.ends_with("1 added, 0 changed, 0 destroyed.\n"),
        "{quiet:?}"
    );
    assert!(
        Home::new(ONE)
            .akrec("validate -q")
            .run()
            .expect(0)
            .out
            .is_empty()
    );
    // Errors are said even so.
    assert!(
        !Home::new("x: 1\n")
            .akrec("validate -q")
            .run()
            .expect(3)
            .err
            .is_empty()
    );
}

#[test]
fn warnings_come_before_the_plan() {
    let home = Home::new("applications:\n  open: {name: Open, bindings: []}\n");
    let akrec = env!("CARGO_BIN_EXE_akrec");
    let mut both = Command::new("sh");
    both.arg("-c")
        .arg(format!("'{akrec}' plan --sandbox --allow no-provider 2>&1"))
        .env_clear()
        .current_dir(&home.0);
    let text = String::from_utf8(both.stdin(Stdio::null()).output().unwrap().stdout).unwrap();
    assert!(
        text.starts_with("warning[AKR0710]") && text.find("akrec plan ·") > text.find("1 warning"),
        "{text}"
    );
}

#[test]
fn in_ci_progress_is_lines_on_standard_error() {
    let home = Home::new(ONE);
    let ran = home
        .akrec("apply --sandbox --auto-approve")
        .env("CI", "true")
        .run()
        .expect(0);
    insta::assert_snapshot!(ran.err, @r#"
    + created group "staff" (1/1)
    "#);
    let (ran, _) = home
        .akrec("apply --sandbox --auto-approve")
        .env("CI", "true")
        .json();
    assert!(ran.expect(0).err.contains("created group"));
}

#[test]
fn long_reads_tell_a_log_how_far_they_are() {
    let home = Home::new(ONE);
    let export = |args: &str| home.akrec(&format!("export --sandbox --stdout {args}"));
    let ran = export("").env("CI", "true").run().expect(0);
    assert!(
        ran.err
            .starts_with("Reading: 25 lists\nReading: 50 lists\n"),
        "{}",
        ran.err
    );
    assert!(!ran.out.contains("Reading"), "{}", ran.out);
    for quiet in ["-q", "--no-progress"] {
        assert!(
            !export(quiet)
                .env("CI", "true")
                .run()
                .expect(0)
                .err
                .contains("Reading")
        );
    }
    assert!(!export("").run().expect(0).err.contains("Reading"));
    let ran = home
        .akrec("diff --from sandbox --to sandbox")
        .env("CI", "true")
        .run()
        .expect(0);
    ran.says(&[
        "Reading both servers: 25 lists\n",
        "Reading both servers: 100 lists\n",
    ]);
}

#[test]
fn the_list_of_kinds_fits_its_place() {
    let home = Home::new("");
    let piped = home.akrec("kinds").run().expect(0).out;
    let line = piped
        .lines()
        .find(|line| line.starts_with("group "))
        .unwrap();
    assert!(
        line.ends_with("members of its parents."),
        "a line a kind, for whoever filters them: {line}"
    );
    for width in [40, 80, 140, 200] {
        let wide = home
            .akrec("kinds")
            .env("COLUMNS", width.to_string())
            .run()
            .expect(0)
            .out;
        // One long word is as long as it is.
        let breaks = |line: &&str| line.split_whitespace().count() > 1;
        let long: Vec<&str> = wide
            .lines()
            .filter(|line| line.chars().count() > width)
            .filter(breaks)
            .collect();
        assert_eq!(long, Vec::<&str>::new(), "{width}");
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&wide), words(&piped), "nothing is lost at {width}");
        let explained = home
            .akrec("explain AKR0203")
            .env("COLUMNS", width.to_string())
            .run()
            .expect(0)
            .out;
        assert!(
            explained.lines().all(|line| line.chars().count() <= width),
            "{explained}"
        );
    }
}

#[test]
fn the_verbs_that_only_print() {
    let home = Home::new("");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(
            home.akrec(&format!("completions {shell}"))
                .run()
                .expect(0)
                .out
                .contains("detailed-exitcode")
        );
    }
    assert!(
        home.akrec("man")
            .run()
            .expect(0)
            .out
            .contains(".TH akrec 1")
    );
    home.akrec("man pages")
        .run()
        .expect(0)
        .says(&["akrec-plan.1"]);
    assert!(home.read("pages/akrec-plan.1").contains("AKREC_URL"));
    home.akrec("kinds")
        .run()
        .expect(0)
        .says(&["policy_binding", "groups"]);
    home.akrec("explain AKR0203")
        .run()
        .expect(0)
        .says(&["AKR0203", "neither declared"]);
    home.akrec("explain akr0306").run().expect(0);
    home.akrec("explain group")
        .run()
        .expect(0)
        .says(&["is_superuser"]);
    home.akrec("explain groups")
        .run()
        .expect(0)
        .says(&["is_superuser"]);
    home.akrec("explain grup")
        .run()
        .expect(3)
        .says(&["did you mean group?"]);
    home.akrec("--version")
        .run()
        .expect(0)
        .says(&[concat!("akrec ", env!("CARGO_PKG_VERSION"))]);
    for verb in [
        "init",
        "plan",
        "apply",
        "validate",
        "sandbox",
        "explain",
        "kinds",
        "diff",
        "graph",
        "completions",
        "man",
    ] {
        home.akrec(&format!("{verb} --help"))
            .run()
            .expect(0)
            .says(&["Usage: akrec", verb]);
    }
}

/// Runs the program on a terminal of its own, with these lines typed; none where `script` is not installed.
fn on_a_terminal(home: &Home, args: &str, typed: &str) -> Option<Ran> {
    let line = format!("'{}' {args}", env!("CARGO_BIN_EXE_akrec"));
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .env_clear()
        .env("HOME", &home.0)
        .env("KEY", SECRET)
        .env("TERM", "dumb");
    command
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .current_dir(&home.0);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, typed.as_bytes()).unwrap();
    let ran = finish(child);
    drop(stdin);
    Some(ran)
}

#[test]
fn a_question_is_asked_on_a_terminal_and_only_yes_is_consent() {
    let home = Home::new(ONE);
    let apply = "apply --sandbox-data world.json";
    let Some(no) = on_a_terminal(&home, apply, "y\n") else {
        return;
    };
    no.expect(0).says(&[
        "Apply this change to the sandbox? Only `yes` is accepted:",
        "Nothing was written.",
    ]);
    assert!(!home.0.join("world.json").exists());
    on_a_terminal(&home, apply, "yes\n")
        .unwrap()
        .expect(0)
        .says(&["Apply complete!"]);
    // Nothing to do is nothing to ask.
    let ran = on_a_terminal(&home, apply, "")
        .unwrap()
        .expect(0)
        .says(&["No changes."]);
    assert!(!ran.out.contains("consent"), "{}", ran.out);
}
