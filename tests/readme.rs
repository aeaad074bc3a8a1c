//! The README's commands are the ones that run.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;

/// The command that stands in the README below a marker.
fn command(marker: &str) -> String {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let line = readme.lines().skip_while(|line| !line.contains(&format!("<!-- {marker} -->"))).nth(1).unwrap();
    line.trim_matches('`').to_owned()
}

#[test]
fn the_first_command_plans_and_applies_the_example() {
    let command = command("run");
    let args: Vec<&str> = command.strip_prefix("cargo run -- ").expect("a cargo command").split(' ').collect();
    let output = Command::new(env!("CARGO_BIN_EXE_akrec")).args(&args).env_clear().output().expect("the program runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    assert!(out.contains("Plan: ") && out.contains(" to add, "), "it shows the plan: {out}");
    assert!(out.contains("Apply complete!"), "it applies: {out}");
    assert!(!err.contains("warning["), "the example is clean: {err}");
}

#[test]
fn the_second_command_is_what_the_gate_runs() {
    let gate = std::fs::read_to_string(".ci/run").unwrap();
    assert!(gate.contains("<!-- tests -->") && gate.contains("bash -c \"$command\""));
    assert_eq!(command("tests"), "cargo test");
}

#[test]
fn every_exit_code_of_the_readme_is_the_programs() {
    use akrec::command::exit;
    let readme = std::fs::read_to_string("README.md").unwrap();
    for code in [
        exit::OK,
        exit::ERROR,
        exit::CHANGES,
        exit::INVALID,
        exit::REFUSED,
        exit::UNREACHABLE,
        exit::RAIL,
        exit::STALE,
        exit::PARTIAL,
        exit::NOT_CONVERGED,
        exit::INTERRUPTED,
    ] {
        assert!(readme.contains(&format!("| {code} | ")), "exit code {code} is not in the README");
    }
}

#[test]
fn links_lead_somewhere() {
    for page in [
        "README.md",
        "docs/architecture.md",
        "docs/state-language.md",
        "docs/saved-plans.md",
        "docs/decisions/README.md",
    ] {
        let text = std::fs::read_to_string(page).unwrap();
        let folder = std::path::Path::new(page).parent().unwrap();
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap();
            if !target.contains("://") {
                assert!(folder.join(target).exists(), "{page} links to {target}, which is not there");
            }
        }
    }
}
