//! Pages of the documentation, run as they stand: every command with the program, every line of output looked for, in order.

use std::path::{Path, PathBuf};
use std::process::Command;

use akrec::sandbox::{self, Sandbox};
use serde_json::Value;

use crate::support::releases::usual;

/// A command of the page, the lines that its output must have, and its exit code.
struct Run {
    command: String,
    says: Vec<String>,
    code: i32,
}

/// What a page does, in its order.
enum Deed {
    /// Somebody else's requests to the server.
    Requests(Vec<(String, String, Value)>),
    Run(Run),
}

fn deeds(page: &str) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    for block in page.split("\n```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').unwrap_or((block, ""));
        match language {
            "json" => deeds.push(Deed::Requests(serde_json::from_str(text).unwrap())),
            "console" => runs(text, &mut deeds),
            _ => {}
        }
    }
    deeds
}

fn runs(block: &str, deeds: &mut Vec<Deed>) {
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            deeds.push(Deed::Run(Run {
                command: command.to_owned(),
                says: Vec::new(),
                code: 0,
            }));
            continue;
        }
        let Some(Deed::Run(run)) = deeds.last_mut() else {
            panic!("a command comes first: {line}")
        };
        match (line.strip_prefix("> "), line.strip_prefix("exit ")) {
            (Some(more), _) => run.command.push_str(&format!("\n{more}")),
            (_, Some(code)) => run.code = code.parse().unwrap(),
            _ => run.says.push(line.trim().to_owned()),
        }
    }
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
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), filled(sandbox, value)))
            .collect(),
        other => other.clone(),
    }
}

/// Does requests in a sandbox that is kept in a file.
async fn request(requests: &[(String, String, Value)], file: &Path) {
    let options = sandbox::Options {
        data: Some(file.to_owned()),
        ..sandbox::Options::new(usual())
    };
    let sandbox = sandbox::start(options).await.unwrap();
    for (method, path, body) in requests {
        let path: Vec<String> = path
            .split('/')
            .map(|part| match filled(&sandbox, &Value::from(part)) {
                Value::String(text) => text,
                other => other.to_string(),
            })
            .collect();
        let path = path.join("/");
        let (status, answer) = sandbox.poke(method, &path, filled(&sandbox, body));
        assert!(status < 300, "{method} {path}: {status} {answer}");
    }
    sandbox.stop().await;
}

/// Runs a page that has at least so many commands.
fn run(name: &str, least: usize) {
    let page = std::fs::read_to_string(format!("docs/{name}.md")).unwrap();
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("page-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&home));
    std::fs::create_dir_all(home.join("state")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let file = home.join("house.json");
    let program = Path::new(env!("CARGO_BIN_EXE_akrec"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let mut count = 0;
    for deed in deeds(&page) {
        let run = match deed {
            Deed::Run(run) => run,
            Deed::Requests(requests) => {
                runtime.block_on(request(&requests, &file));
                continue;
            }
        };
        count += 1;
        // The last apply alone is what the page takes back.
        if run.command.contains("--allow") {
            for entry in std::fs::read_dir(&home)
                .unwrap()
                .map(|entry| entry.unwrap().path())
            {
                if entry
                    .file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with("rollback-")
                {
                    std::fs::remove_file(entry).unwrap();
                }
            }
        }
        let mut shell = Command::new("bash");
        shell
            .arg("-c")
            .arg(&run.command)
            .current_dir(&home)
            .env_clear();
        shell
            .env("PATH", &path)
            .env("HOME", &home)
            .env("NO_COLOR", "1");
        if ![
            "validate",
            "akrec show",
            "init",
            "explain",
            "kinds",
            "schema",
            "--files",
            "graph",
            "--sandbox",
        ]
        .iter()
        .any(|verb| run.command.contains(verb))
        {
            shell.env("AKREC_ARGS", "--sandbox=2026.2 --sandbox-data house.json");
        }
        let done = shell.output().unwrap();
        let text = String::from_utf8_lossy(&done.stdout).into_owned()
            + &String::from_utf8_lossy(&done.stderr);
        assert_eq!(
            done.status.code(),
            Some(run.code),
            "{}\n{text}",
            run.command
        );
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
    assert!(count >= least, "{name}: {count} commands");
    std::fs::remove_dir_all(&home).unwrap();
}

#[test]
fn taking_over_is_true() {
    run("taking-over", 20);
}

#[test]
fn a_change_from_the_pull_request_to_the_night() {
    run("ci", 15);
}

#[test]
fn getting_started_is_true() {
    run("getting-started", 8);
}

#[test]
fn bringing_applications_and_people_on_board_is_true() {
    run("onboarding", 9);
}
