//! The README's commands are the ones that run.

use std::process::Command;

use crate::folder::Folder;

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

/// The blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let all = readme.split("\n```").skip(1).step_by(2);
    let of = |block: &str| Some(block.strip_prefix(language)?.strip_prefix('\n')?.to_owned() + "\n");
    all.filter_map(of).collect()
}

#[test]
fn what_it_looks_like_is_what_it_looks_like() {
    let home = Folder::new("readme");
    std::fs::create_dir(home.0.join("state")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(home.0.join("state").join(name), text).unwrap();
    let akrec = |args: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_akrec"));
        command.args(args.split(' ')).args(["--sandbox=2026.2", "--sandbox-data", "house.json"]).current_dir(&home.0);
        let output = command.env_clear().env("GRAFANA_CLIENT_SECRET", "secret").output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
        assert!(!err.contains("warning["), "the sample is clean: {err}");
        out
    };
    let state = &blocks("yaml")[0];
    write("users.yaml", "users: {alice: {}, bob: {}, carol: {}}\ngroups: {old-staff: {members: [carol]}}\n");
    let before = state.replace("[alice, bob]", "[alice]").replace("- group: staff", "- group: old-staff");
    write("applications.yaml", &before);
    akrec("apply --auto-approve --no-rollback");
    write("applications.yaml", state);
    let plan = akrec("plan").replace("the sandbox", "https://auth.example.org").replace(": akadmin\n", ": svc-akrec\n");
    assert_eq!(plan, blocks("")[0]);
}

#[test]
fn the_second_command_is_what_the_gate_runs() {
    let gate = std::fs::read_to_string(".ci/run").unwrap();
    assert!(gate.contains("<!-- tests -->") && gate.contains("bash -c \"$command\""));
    assert_eq!(command("tests"), "cargo test");
}

#[test]
fn the_table_of_exit_codes_is_the_programs() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let rows = readme.lines().skip_while(|line| *line != "| code | meaning |").skip(2);
    let cells = rows.take_while(|line| line.starts_with('|')).map(|line| line.split('|').nth(1).unwrap_or_default());
    let codes: Vec<u8> = cells.map(|cell| cell.trim().parse().unwrap()).collect();
    assert_eq!(codes, akrec::command::exit::ALL);
}

#[test]
fn links_lead_somewhere() {
    let pages = std::fs::read_dir("docs").unwrap().map(|page| page.unwrap().path());
    let pages: Vec<std::path::PathBuf> = pages
        .filter(|page| page.extension().is_some_and(|kind| kind == "md"))
        .chain(["README.md", "CONTRIBUTING.md", "docs/decisions/README.md"].map(Into::into))
        .collect();
    assert!(pages.len() > 20);
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        let folder = page.parent().unwrap();
        for part in text.split("](").skip(1) {
            let target = part.split([')', '#']).next().unwrap();
            if !target.contains("://") && !target.is_empty() {
                assert!(folder.join(target).exists(), "{} links to {target}, which is not there", page.display());
            }
        }
    }
}
