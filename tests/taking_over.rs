//! `docs/taking-over.md`, run as it stands: every command with the program, every line of output looked for, in order.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use akrec::sandbox::{self, Sandbox};
use serde_json::Value;

/// A command of the page, the lines that its output must have, and its exit code.
struct Run {
    command: String,
    says: Vec<String>,
    code: i32,
}

/// The text of every block of a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    page.split(&start).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn runs(page: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for line in blocks(page, "console").iter().flat_map(|block| block.lines()) {
        if let Some(command) = line.strip_prefix("$ ") {
            runs.push(Run { command: command.to_owned(), says: Vec::new(), code: 0 });
            continue;
        }
        let run = runs.last_mut().expect("a command comes first");
        match (line.strip_prefix("> "), line.strip_prefix("exit ")) {
            (Some(more), _) => run.command.push_str(&format!("\n{more}")),
            (_, Some(code)) => run.code = code.parse().unwrap(),
            _ => run.says.push(line.trim().to_owned()),
        }
    }
    runs
}

/// The id that `<group staff>` stands for.
fn filled(sandbox: &Sandbox, value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('<') => {
            let (family, name) = text.trim_matches(['<', '>']).split_once(' ').unwrap();
            let path = match family {
                "user" => format!("/core/users/?username={name}"),
                "group" => format!("/core/groups/?name={name}"),
                _ => format!("/core/applications/?slug={name}"),
            };
            sandbox.poke("GET", &path, Value::Null).1["results"][0]["pk"].clone()
        }
        Value::Array(items) => items.iter().map(|item| filled(sandbox, item)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), filled(sandbox, value))).collect(),
        other => other.clone(),
    }
}

/// The server of the page: a sandbox that is kept in a file, with what somebody made by hand.
async fn server(page: &str, file: &Path) {
    let options = sandbox::Options { data: Some(file.to_owned()), ..sandbox::Options::new("2026.2") };
    let sandbox = sandbox::start(options).await.unwrap();
    let requests: Vec<(String, String, Value)> = serde_json::from_str(&blocks(page, "json")[0]).unwrap();
    for (method, path, body) in requests {
        let (status, answer) = sandbox.poke(&method, &path, filled(&sandbox, &body));
        assert!(status < 300, "{method} {path}: {status} {answer}");
    }
    sandbox.stop().await;
}

#[test]
fn the_page_is_true() {
    let page = std::fs::read_to_string("docs/taking-over.md").unwrap();
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("taking-over-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&home));
    std::fs::create_dir_all(&home).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(server(&page, &home.join("house.json")));
    let program = Path::new(env!("CARGO_BIN_EXE_akrec"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let runs = runs(&page);
    assert!(runs.len() > 20, "{} commands", runs.len());
    for run in &runs {
        // The last apply alone is what the page takes back.
        if run.command.contains("--allow") {
            for entry in std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.file_name().unwrap().to_string_lossy().starts_with("rollback-") {
                    std::fs::remove_file(entry).unwrap();
                }
            }
        }
        let mut shell = Command::new("bash");
        shell.arg("-c").arg(&run.command).current_dir(&home).env_clear();
        shell.env("PATH", &path).env("HOME", &home).env("AKREC_ARGS", "--sandbox-data house.json").env("NO_COLOR", "1");
        let done = shell.output().unwrap();
        let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(run.code), "{}\n{text}", run.command);
        let mut rest = text.as_str();
        for line in &run.says {
            // Standard error comes after standard output here, so lines of either may begin the search again.
            let at = rest.find(line.as_str()).map(|at| at + line.len());
            let again = text.find(line.as_str()).map(|at| at + line.len());
            match (at, again) {
                (Some(at), _) => rest = &rest[at..],
                (None, Some(at)) => rest = &text[at..],
                (None, None) => panic!("{}\ndoes not say {line:?}:\n{text}", run.command),
            }
        }
    }
    std::fs::remove_dir_all(&home).unwrap();
}
