//! Every command that the documentation names is run: in a repository with two environments and a saved plan, against a
//! server that has what the files declare and a little more. `pages.rs` runs the pages with a whole example session.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use akrec::sandbox::{self, Sandbox};
use serde_json::json;

use crate::folder::Folder;
use crate::support::releases::usual;

const STATE: &str = "\
groups:
  staff: {members: [jodie]}
  media-users: {}
  media-admins: {}
users:
  jodie: {name: Jodie, email: jodie@example.org}
providers:
  wiki:
    type: oauth2
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    signing_key: authentik Self-signed Certificate
    redirect_uris: [https://wiki.example.org/callback]
  grafana:
    type: oauth2
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    signing_key: authentik Self-signed Certificate
    redirect_uris: [https://grafana.example.org/callback]
applications:
  wiki: {name: Wiki, provider: wiki, bindings: [{group: staff}]}
  grafana: {name: Grafana, provider: grafana, bindings: [{group: staff}]}
stages:
  enrolment-invitation: {type: invitation, continue_flow_without_invitation: false}
  enrolment-write: {type: user_write, user_creation_mode: always_create}
flows:
  enrolment:
    name: Enrolment
    title: Welcome
    designation: enrollment
    stages: [enrolment-invitation, enrolment-write]
";

/// Objects that the files declare besides once the rest is applied, so that plans have something to do.
const MORE: &str = "\
groups:
  media-guests: {members: [jodie]}
providers:
  broken:
    type: oauth2
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    signing_key: authentik Self-signed Certificate
    redirect_uris: [https://broken.example.org/callback]
";

/// What stands in place of something else in a command.
const STANDS_FOR: &[(&str, &str)] = &[
    ("CODE", "AKR0203"),
    ("KIND", "application"),
    ("ADDR…", "group.staff"),
    ("NAME", "jodie"),
    ("DIR", "manual"),
    ("PLANFILE", "plan.json"),
    ("WHAT", "plan"),
    ("VERB", "plan"),
    ("rollback-….json", "rollback-*.json"),
    ("/var/lib/node_exporter/", ""),
    ("--from A --to B", "--from staging --to prod"),
    ("https://old.example.org", "$AKREC_URL"),
    ("URL", "http://127.0.0.1:9/hook"),
    (r"\|", "|"),
];

/// Commands that are named by their verb or a flag alone; the rest of the line is up to whoever types it. They are looked
/// up in the help of the verb.
const NAMED: &[&str] = &[
    "akrec access --diff",
    "akrec forget",
    "akrec init --ci",
    "akrec invite",
    "akrec output",
    "akrec output --format json",
    "akrec rollback",
    "akrec show",
];

/// Commands that end otherwise than with 0, and why.
const ENDS: &[(&str, i32, &str)] = &[
    ("akrec plan --detailed-exitcode", 2, "there are changes"),
    (
        "akrec diff --from before.json --to after.json",
        2,
        "there is a difference",
    ),
    (
        "akrec diff --from sandbox:2026.2 --to sandbox:2026.5 --all",
        2,
        "releases differ",
    ),
    ("akrec drift", 2, "there is drift"),
    (
        "akrec rollback rollback-….json",
        6,
        "it would delete all that the apply made, which is more than the limit",
    ),
    (
        "akrec drift --unmanaged --output markdown=issue.md --output prometheus=/var/lib/node_exporter/akrec.prom",
        2,
        "the same",
    ),
    ("akrec drift --notify URL", 1, "nobody listens there"),
    (
        "akrec verify",
        1,
        "nobody answers where authentik opens the application",
    ),
    (
        "akrec init --url https://auth.example.org",
        3,
        "there is a state already",
    ),
];

/// Every command of the pages, with the pages that it stands in.
fn commands() -> BTreeMap<String, BTreeSet<String>> {
    let mut pages: Vec<PathBuf> = vec!["README.md".into(), "CONTRIBUTING.md".into()];
    pages.extend(
        std::fs::read_dir("docs")
            .unwrap()
            .map(|entry| entry.unwrap().path()),
    );
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for page in pages
        .iter()
        .filter(|page| page.extension().is_some_and(|end| end == "md"))
    {
        let text = std::fs::read_to_string(page).unwrap();
        let mut of = |command: &str| {
            let command = command.split_whitespace().collect::<Vec<_>>().join(" ");
            found
                .entry(command)
                .or_default()
                .insert(page.display().to_string());
        };
        for (i, part) in text.split("```").enumerate() {
            if i % 2 == 0 {
                part.split('`')
                    .skip(1)
                    .step_by(2)
                    .filter(|inline| inline.starts_with("akrec "))
                    .for_each(&mut of);
                continue;
            }
            let (language, lines) = part.split_once('\n').unwrap_or((part, ""));
            // The output of a run begins with the program's name, too.
            let is_command = |line: &&str| line.starts_with("akrec ") && !line.contains(" · ");
            if matches!(language, "" | "sh") {
                lines
                    .lines()
                    .filter(is_command)
                    .map(|line| line.split("  #").next().unwrap())
                    .for_each(&mut of);
            }
        }
    }
    found
}

impl Folder {
    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, server: &Sandbox, line: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_akrec")).parent().unwrap();
        let path = format!(
            "{}:{}:{}",
            self.0.join("bin").display(),
            program.display(),
            std::env::var("PATH").unwrap()
        );
        let mut shell = Command::new("bash");
        shell.arg("-c").arg(line).current_dir(&self.0).env_clear();
        shell
            .env("PATH", path)
            .env("HOME", &self.0)
            .env("PROFILE", "profile.ps1")
            .env("fpath", "site-functions");
        // A question is answered by a flag here.
        if ["akrec apply", "akrec rollback", "akrec forget"]
            .iter()
            .any(|verb| line.starts_with(verb))
        {
            shell.env("AKREC_ARGS", "--auto-approve");
        }
        for name in ["AKREC_TOKEN", "AKREC_FROM_TOKEN", "AKREC_TO_TOKEN"] {
            shell.env(name, server.admin_token());
        }
        shell.env("AKREC_URL", server.url()).output().unwrap()
    }
}

/// Always at the same place, since a saved plan is for one server.
async fn serve(home: &Folder, listen: SocketAddr) -> Sandbox {
    let data = Some(home.0.join("house.json"));
    sandbox::start(sandbox::Options {
        data,
        listen,
        ..sandbox::Options::new(usual())
    })
    .await
    .unwrap()
}

/// The repository, and the server's world in `house.json`.
async fn prepared() -> (Folder, SocketAddr) {
    let home = Folder::new("commands-base");
    let server = serve(&home, SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let place = server
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    home.write("state/main.yaml", STATE);
    let done = |line: &str| {
        let output = home.run(&server, line);
        assert!(
            output.status.success(),
            "{line}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    done("akrec apply");
    std::fs::copy(home.0.join("house.json"), home.0.join("before.json")).unwrap();
    let id = |path: &str| server.poke("GET", path, json!(null)).1["results"][0]["pk"].clone();
    let (staff, jodie) = (
        id("/core/groups/?name=staff"),
        id("/core/users/?username=jodie"),
    );
    let leave = format!("/core/groups/{}/remove_user/", staff.as_str().unwrap());
    assert_eq!(server.poke("POST", &leave, json!({ "pk": jodie })).0, 204);
    std::fs::copy(home.0.join("house.json"), home.0.join("after.json")).unwrap();
    home.write("state/more.yaml", MORE);
    home.write("this-week.txt", "# only this\ngroup.media-guests\n");
    home.write("old.token", server.admin_token());
    home.write("bin/dot", "#!/bin/sh\nexec cat\n");
    for folder in [
        ".local/share/bash-completion/completions",
        ".config/fish/completions",
        ".config/elvish",
        "site-functions",
    ] {
        std::fs::create_dir_all(home.0.join(folder)).unwrap();
    }
    done("chmod +x bin/dot");
    done("akrec plan -o plan.json");
    server.stop().await;
    (home, place)
}

/// The same repository again, with a server of its own.
async fn again(base: &Folder, place: SocketAddr, number: usize) -> (Folder, Sandbox) {
    let home = Folder::new(&format!("commands-{number}"));
    let copied = Command::new("cp")
        .arg("-a")
        .arg(base.0.join("."))
        .arg(&home.0)
        .status()
        .unwrap();
    assert!(copied.success());
    let server = serve(&home, place).await;
    for name in ["staging", "prod"] {
        home.write(
            &format!("environments/{name}/akrec.yaml"),
            &format!("server: {}\n", server.url()),
        );
    }
    (home, server)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_of_the_documentation_runs() {
    let (base, place) = prepared().await;
    let commands = commands();
    assert!(
        commands.len() > 80,
        "{} commands were found",
        commands.len()
    );
    let known = |command: &str| commands.contains_key(command);
    assert!(
        NAMED
            .iter()
            .copied()
            .chain(ENDS.iter().map(|(command, ..)| *command))
            .all(known),
        "an exception is stale"
    );
    let mut wrong = Vec::new();
    for (number, (command, pages)) in commands.iter().enumerate() {
        let (home, server) = again(&base, place, number).await;
        let mut line = command.clone();
        for (word, meaning) in STANDS_FOR {
            // Not in the middle of a word, such as the URL in AKREC_URL.
            let bare = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if let Some(at) = line
                .find(word)
                .filter(|at| bare(*at) || !word.starts_with(char::is_alphabetic))
            {
                line.replace_range(at..at + word.len(), meaning);
            }
        }
        let mut expected = ENDS
            .iter()
            .find(|(one, ..)| one == command)
            .map_or(0, |(_, code, _)| *code);
        if NAMED.contains(&command.as_str()) {
            let words: Vec<&str> = command.split(' ').collect();
            let flag = words.get(2).unwrap_or(&"--help");
            line = format!("akrec {} --help | grep -q -e {flag}", words[1]);
            expected = 0;
        }
        let output = home.run(&server, &line);
        if output.status.code() != Some(expected) {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.push(format!(
                "{line} ({pages:?}): {:?} instead of {expected}\n{text}",
                output.status.code()
            ));
        }
        server.stop().await;
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        commands.len(),
        wrong.join("\n\n")
    );
}
