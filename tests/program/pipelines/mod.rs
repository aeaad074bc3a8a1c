//! The pipelines that `akrec init --ci` writes, and what lies ready for running akrec elsewhere: they parse, their scripts
//! are shell, their commands are akrec's, no code or word of a pull request comes near a secret; and they do what they
//! are for (`stories`).

mod forge;
mod play;
mod stories;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use akrec::cli;
use serde_json::Value;

use crate::folder::Folder;

impl Folder {
    fn akrec(&self, args: &str) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_akrec"));
        let output = command
            .args(args.split(' '))
            .current_dir(&self.0)
            .env_clear()
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    }

    /// Every file below it, by its path.
    fn files(&self) -> Vec<(String, String)> {
        fn below(folder: &Path, root: &Path, found: &mut Vec<(String, String)>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => below(&path, root, found),
                    false => {
                        let name = path
                            .strip_prefix(root)
                            .unwrap()
                            .to_str()
                            .unwrap()
                            .to_owned();
                        found.push((name, std::fs::read_to_string(&path).unwrap()));
                    }
                }
            }
        }
        let mut found = Vec::new();
        below(&self.0, &self.0, &mut found);
        found.sort();
        found
    }
}

fn yaml(name: &str, text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every text below a value, with the key that it stands under.
fn texts<'v>(value: &'v Value, key: &'v str, found: &mut Vec<(&'v str, &'v str)>) {
    match value {
        Value::String(text) => found.push((key, text)),
        Value::Array(items) => items.iter().for_each(|item| texts(item, key, found)),
        Value::Object(entries) => entries
            .iter()
            .for_each(|(key, value)| texts(value, key, found)),
        _ => {}
    }
}

/// The scripts of a pipeline, whatever its system calls them.
fn scripts(pipeline: &Value) -> Vec<String> {
    let mut found = Vec::new();
    texts(pipeline, "", &mut found);
    let of = |(key, text): (&str, &str)| {
        matches!(key, "run" | "script" | "commands").then(|| text.to_owned())
    };
    found.into_iter().filter_map(of).collect()
}

/// The commands of akrec in a script, each as its words.
fn commands(script: &str) -> Vec<Vec<String>> {
    let of = |line: &str| {
        let line = line.trim();
        let line = line.split(" || ").next().unwrap();
        line.starts_with("akrec ")
            .then(|| line.split(' ').map(str::to_owned).collect())
    };
    script.lines().filter_map(of).collect()
}

fn checked_as_shell(name: &str, script: &str) {
    let mut shell = Command::new("bash")
        .arg("-n")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let output = shell.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{name}: {}\n{script}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn every_command_of_every_pipeline_is_one_of_ours() {
    for (folder, args) in [
        (
            "plain",
            "init --ci github,gitlab,forgejo,woodpecker --url https://auth.example.org",
        ),
        (
            "elsewhere",
            "init -C conf/state --ci github,gitlab,forgejo,woodpecker --branch live/main",
        ),
    ] {
        let home = Folder::new(&format!("pipelines-{folder}"));
        let (code, reported) = home.akrec(args);
        assert_eq!(code, 0, "{reported}");
        let mut verbs = BTreeSet::new();
        let pipelines: Vec<(String, String)> = home
            .files()
            .into_iter()
            .filter(|(name, _)| name.starts_with('.'))
            .collect();
        assert_eq!(pipelines.len(), 10, "{reported}");
        for (name, text) in &pipelines {
            for placeholder in ["STATE", "BRANCH", "SERVER"] {
                let left = text
                    .lines()
                    .find(|line| line.contains(placeholder) && !line.contains("CI_"));
                assert!(
                    left.is_none_or(|line| line.contains("SERVER_URL")),
                    "{name}: {left:?}"
                );
            }
            let pipeline = yaml(name, text);
            for script in scripts(&pipeline) {
                checked_as_shell(name, &script);
                for command in commands(&script) {
                    let parsed = cli::parse(command.iter().map(Into::into), &|_| None);
                    let exit = parsed.err().map(|exit| exit.plain());
                    assert_eq!(exit, None, "{name}: {}", command.join(" "));
                    verbs.insert(command[1].clone());
                    let named = command.windows(2).any(|pair| pair == ["-C", "conf/state"]);
                    assert_eq!(
                        named,
                        folder == "elsewhere",
                        "{name}: {}",
                        command.join(" ")
                    );
                }
            }
        }
        assert_eq!(
            verbs.into_iter().collect::<Vec<_>>(),
            ["apply", "drift", "plan", "validate"]
        );
    }
}

#[test]
fn nothing_of_a_pull_request_runs_where_a_secret_is() {
    let home = Folder::new("pipelines-safe");
    assert_eq!(home.akrec("init --ci github,forgejo").0, 0);
    for (name, text) in home
        .files()
        .iter()
        .filter(|(name, _)| name.contains("/workflows/"))
    {
        let pipeline = yaml(name, text);
        // The text of a title or a branch would run if it were inserted into a script.
        for script in scripts(&pipeline) {
            assert!(!script.contains("${{"), "{name}: {script}");
        }
        let asks = pipeline["on"].get("pull_request").is_some();
        assert!(
            !asks,
            "{name}: the workflow would be the pull request's own"
        );
        let whole = &pipeline["permissions"];
        assert!(
            !whole.to_string().contains("write"),
            "{name}: rights are given to jobs"
        );
        for (job, body) in pipeline["jobs"].as_object().unwrap() {
            let steps = body["steps"].as_array().unwrap();
            let uses = |what: &str| {
                steps.iter().any(|step| {
                    step["uses"]
                        .as_str()
                        .is_some_and(|uses| uses.starts_with(what))
                })
            };
            let text = body.to_string();
            let ours = text.contains("AKREC_TOKEN");
            let writes =
                body["permissions"].to_string().contains("write") || text.contains("COMMENT_TOKEN");
            assert!(
                !(writes && (ours || uses("actions/checkout"))),
                "{name}: {job} writes, and reads the pull request"
            );
            for step in steps.iter().filter(|step| {
                step["uses"]
                    .as_str()
                    .is_some_and(|uses| uses.contains("checkout"))
            }) {
                assert_eq!(step["with"]["persist-credentials"], false, "{name}: {job}");
            }
            for step in steps.iter().filter(|step| step.get("uses").is_some()) {
                let pinned = step["uses"]
                    .as_str()
                    .unwrap()
                    .split_once('@')
                    .is_some_and(|(_, to)| !to.is_empty());
                assert!(pinned, "{name}: {job}");
            }
            if pipeline["on"].get("pull_request_target").is_some() && ours {
                let same = body["if"].as_str().unwrap_or_default();
                assert!(
                    same.contains("head.repo.full_name == github.repository"),
                    "{name}: {job} is for forks too"
                );
                // A token that goes where the pull request's own akrec.yaml says would be given away.
                let env = steps
                    .iter()
                    .find(|step| step["env"].get("AKREC_TOKEN").is_some())
                    .unwrap();
                assert!(env["env"].get("AKREC_URL").is_some(), "{name}: {job}");
            }
        }
    }
}

/// The steps of a pipeline that run akrec, each with its script and the variables that are set for it.
fn steps(pipeline: &Value, found: &mut Vec<(String, Value)>) {
    let Some(entries) = pipeline.as_object() else {
        pipeline
            .as_array()
            .into_iter()
            .flatten()
            .for_each(|item| steps(item, found));
        return;
    };
    let script = scripts(pipeline).join("\n");
    let own = ["run", "script", "commands"]
        .iter()
        .any(|key| entries.contains_key(*key));
    if own && !commands(&script).is_empty() {
        let variables = ["env", "variables", "environment"]
            .into_iter()
            .find_map(|key| entries.get(key));
        let mut variables = variables
            .cloned()
            .unwrap_or_else(|| Value::Object(Default::default()));
        // GitLab runs one job for a proposal and after the merge: a rule distinguishes the two.
        let proposed = entries
            .get("rules")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let proposed = proposed.filter(|rule| {
            rule["if"]
                .as_str()
                .unwrap_or_default()
                .contains("merge_request_event")
        });
        for (name, value) in
            proposed.flat_map(|rule| rule["variables"].as_object().into_iter().flatten())
        {
            variables[name] = value.clone();
        }
        found.push((script, variables));
    }
    entries.values().for_each(|value| steps(value, found));
}

#[test]
fn whoever_proposes_a_change_is_a_stranger() {
    let home = Folder::new("pipelines-untrusted");
    assert_eq!(
        home.akrec("init --ci github,gitlab,forgejo,woodpecker").0,
        0
    );
    let mut seen = BTreeSet::new();
    for (name, text) in home
        .files()
        .iter()
        .filter(|(name, _)| name.starts_with('.'))
    {
        let proposed = name.ends_with("akrec-plan.yaml") || name.contains("gitlab");
        let mut found = Vec::new();
        steps(&yaml(name, text), &mut found);
        assert!(!found.is_empty(), "{name}");
        for (script, variables) in found {
            let after = script.contains("apply") || script.contains("drift");
            let expected = if proposed && !after {
                Value::from("true")
            } else {
                Value::Null
            };
            assert_eq!(variables["AKREC_UNTRUSTED"], expected, "{name}: {script}");
            seen.extend((expected == "true").then_some(name.clone()));
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

/// The files that a run leaves lie where nothing of a checkout can lie: outside of it, or on GitLab, which takes
/// nothing from there, in a folder that was created again.
#[test]
fn what_a_run_leaves_is_beside_the_checkout() {
    let home = Folder::new("pipelines-outside");
    assert_eq!(
        home.akrec("init --ci github,gitlab,forgejo,woodpecker").0,
        0
    );
    for (name, text) in home
        .files()
        .iter()
        .filter(|(name, _)| name.starts_with('.'))
    {
        let pipeline = yaml(name, text);
        let anew = "rm -rf akrec-out && mkdir akrec-out";
        let inside = |path: &str| name.contains("gitlab") && path.starts_with("akrec-out/");
        let outside = |path: &str| {
            path.starts_with("\"$OUT/") || path.starts_with("\"$CI_WORKSPACE/../akrec-out/")
        };
        let mut found = Vec::new();
        steps(&pipeline, &mut found);
        for (script, variables) in &found {
            for command in commands(script) {
                let flags = command
                    .windows(2)
                    .filter(|pair| ["--output", "--out", "--rollback-dir"].contains(&&*pair[0]));
                let paths: Vec<&str> = flags
                    .map(|pair| pair[1].split_once('=').map_or(&*pair[1], |(_, path)| path))
                    .collect();
                assert!(
                    paths.iter().all(|path| inside(path) || outside(path)),
                    "{name}: {paths:?}"
                );
                let out = variables["OUT"].as_str();
                assert!(
                    out.is_none_or(|out| out == "${{ runner.temp }}/akrec"),
                    "{name}: {out:?}"
                );
                if command[1] != "apply" && paths.iter().any(|path| inside(path)) {
                    assert!(script.starts_with(anew), "{name}: {script}");
                }
                if command[1] != "apply" && paths.iter().any(|path| outside(path)) {
                    assert!(
                        script.contains("mkdir \""),
                        "{name}: it must not be there before: {script}"
                    );
                }
            }
        }
        // Uploads come from that folder, and downloads go there.
        for job in pipeline["jobs"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, job)| job)
        {
            for step in job["steps"].as_array().unwrap() {
                let uses = step["uses"].as_str().unwrap_or_default();
                if uses.starts_with("actions/upload-artifact")
                    || uses.starts_with("actions/download-artifact")
                {
                    let path = step["with"]["path"].as_str().unwrap_or_default();
                    assert!(
                        path.starts_with("${{ runner.temp }}/akrec") && path.lines().count() == 1,
                        "{name}: {path}"
                    );
                }
            }
            // Builds run before anything of a pull request is there.
            let place = |what: &str| {
                let steps = job["steps"].as_array().unwrap().iter();
                steps
                    .map(|step| step["uses"].as_str().unwrap_or_default())
                    .position(|uses| uses.starts_with(what))
            };
            if let (Some(built), Some(checkout)) = (place("akrec/akrec"), place("actions/checkout"))
            {
                assert!(built < checkout, "{name}");
            }
        }
    }
}

#[test]
fn pipelines_come_to_a_repository_that_has_begun() {
    let home = Folder::new("pipelines-begun");
    assert_eq!(home.akrec("init").0, 0);
    let (code, reported) = home.akrec("init --ci github");
    assert_eq!(code, 0, "{reported}");
    assert!(
        reported.contains("left akrec.yaml and the state as they are"),
        "{reported}"
    );
    let (code, reported) = home.akrec("init --ci github");
    assert_eq!(code, 3, "{reported}");
    assert!(
        reported.contains("akrec-plan.yaml already exists; nothing was written"),
        "{reported}"
    );
    // Pipelines that name the server name the one of the settings.
    std::fs::write(
        home.0.join("akrec.yaml"),
        "server: https://sso.example.org\n",
    )
    .unwrap();
    assert_eq!(home.akrec("init --ci woodpecker").0, 0);
    let written = std::fs::read_to_string(home.0.join(".woodpecker/akrec-plan.yaml")).unwrap();
    assert!(
        written.contains("AKREC_URL: https://sso.example.org\n"),
        "{written}"
    );
    // Files without settings are a beginning, too.
    std::fs::remove_file(home.0.join("akrec.yaml")).unwrap();
    let (code, reported) = home.akrec("init --ci gitlab");
    assert_eq!(code, 0, "{reported}");
    assert!(
        reported.contains("left the state as it is") && !home.0.join("akrec.yaml").exists(),
        "{reported}"
    );
    for wrong in [
        "init --ci jenkins",
        "init --branch x",
        "init --ci github --branch a:b",
        "init --ci github -C ../x/state",
    ] {
        assert_eq!(home.akrec(wrong).0, 3, "{wrong}");
    }
}

#[test]
fn what_lies_ready_parses() {
    let action = yaml(
        "action.yml",
        &std::fs::read_to_string("action.yml").unwrap(),
    );
    assert_eq!(action["runs"]["using"], "composite");
    for step in action["runs"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step.get("run").is_some())
    {
        assert_eq!(step["shell"], "bash");
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "{script}");
        // The working directory may be a stranger's checkout, whose rust-toolchain.toml names a compiler.
        assert!(
            script.starts_with("cd \"$GITHUB_ACTION_PATH\"\n"),
            "{script}"
        );
        checked_as_shell("action.yml", script);
    }
    let hooks = yaml(
        "hooks",
        &std::fs::read_to_string(".pre-commit-hooks.yaml").unwrap(),
    );
    for hook in hooks.as_array().unwrap() {
        let entry = hook["entry"].as_str().unwrap();
        assert!(
            cli::parse(entry.split(' ').map(Into::into), &|_| None).is_ok(),
            "{entry}"
        );
    }
    let job = yaml(
        "drift.yaml",
        &std::fs::read_to_string("deploy/kubernetes/drift.yaml").unwrap(),
    );
    let container = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    let args = container["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arg| arg.as_str().unwrap());
    assert!(cli::parse(["akrec"].into_iter().chain(args).map(Into::into), &|_| None).is_ok());
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    let unit = std::fs::read_to_string("deploy/systemd/akrec-drift.service").unwrap();
    let run = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/"))
        .unwrap();
    assert!(
        cli::parse(run.split(' ').map(Into::into), &|_| None).is_ok(),
        "{run}"
    );
    // Every file that the image is built from is there.
    let dockerfile = std::fs::read_to_string("Dockerfile").unwrap();
    for line in dockerfile
        .lines()
        .filter(|line| line.starts_with("COPY ") && !line.contains("--from"))
    {
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        for source in &words[..words.len() - 1] {
            assert!(Path::new(source).exists(), "the image copies {source}");
        }
    }
}
