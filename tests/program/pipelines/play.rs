//! Runs pipelines as their systems would: jobs in their order, each in a folder of its own, its scripts with bash; what
//! the systems bring themselves (checkout, artifacts, `gh`) is played. No container, no runner and no network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// How a job ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Success,
    Failure,
    Skipped,
}

impl End {
    fn as_str(self) -> &'static str {
        match self {
            End::Success => "success",
            End::Failure => "failure",
            End::Skipped => "skipped",
        }
    }
}

/// What a run left behind.
#[derive(Default)]
pub struct Played {
    pub jobs: BTreeMap<String, End>,
    /// All that was printed.
    pub log: String,
    /// The summaries of all jobs.
    pub summary: String,
}

/// Where pipelines run.
pub struct Stage {
    /// The files of the repository.
    pub repository: PathBuf,
    /// Where jobs get their folders.
    pub rooms: PathBuf,
    /// Programs that the systems bring.
    pub programs: PathBuf,
    /// What `${{ … }}` and `$NAME` stand for: `vars.AKREC_URL`, `secrets.AKREC_TOKEN`, `CI_COMMIT_BRANCH`.
    pub words: BTreeMap<String, String>,
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp")
        .arg("-a")
        .arg(from.join("."))
        .arg(to)
        .status()
        .unwrap();
    assert!(done.success());
}

fn needs(job: &Value) -> Vec<&str> {
    match &job["needs"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap()).collect(),
        _ => Vec::new(),
    }
}

impl Stage {
    fn room(&self, name: &str) -> PathBuf {
        let room = self.rooms.join(name.replace(' ', "-"));
        drop(std::fs::remove_dir_all(&room));
        std::fs::create_dir_all(&room).unwrap();
        room
    }

    /// Runs a script in a folder; whether it ended well.
    fn script(
        &self,
        script: &str,
        room: &Path,
        env: &BTreeMap<String, String>,
        log: &mut String,
    ) -> bool {
        let program = Path::new(env!("CARGO_BIN_EXE_akrec")).parent().unwrap();
        let paths = [self.programs.as_path(), program]
            .map(|path| path.display().to_string())
            .join(":");
        let mut shell = Command::new("bash");
        // As runners do: a step ends at its first command that fails.
        shell
            .args(["-e", "-o", "pipefail", "-c", script])
            .current_dir(room)
            .env_clear()
            .envs(env);
        shell
            .env(
                "PATH",
                format!("{paths}:{}", std::env::var("PATH").unwrap()),
            )
            .env("HOME", room)
            .env("CI", "true");
        shell.env("FORGE", &self.words["github.server_url"]);
        let output = shell.output().unwrap();
        log.push_str(&format!("$ {script}\n"));
        log.push_str(&String::from_utf8_lossy(&output.stdout));
        log.push_str(&String::from_utf8_lossy(&output.stderr));
        output.status.success()
    }

    /// A workflow of GitHub or Forgejo.
    pub fn workflow(&self, text: &str) -> Played {
        let workflow: Value = serde_yaml::from_str(text).unwrap();
        let mut played = Played::default();
        let mut outputs: BTreeMap<String, String> = BTreeMap::new();
        let artifacts = self.room("artifacts");
        let mut left: Vec<(&String, &Value)> =
            workflow["jobs"].as_object().unwrap().iter().collect();
        while !left.is_empty() {
            let ready = left.iter().position(|(_, job)| {
                needs(job)
                    .iter()
                    .all(|need| played.jobs.contains_key(*need))
            });
            let (name, job) = left.remove(ready.expect("jobs that wait for each other"));
            let needs = needs(job);
            let well = needs.iter().all(|need| played.jobs[*need] == End::Success);
            let room = self.room(&format!("job-{name}"));
            // A runner of one's own still has there what an earlier job checked out; its folder for what is temporary is
            // another one, and empty.
            copy(&self.repository, &room);
            let temporary = self.room(&format!("temporary-{name}"));
            let mut known = Known {
                words: self.words.clone(),
                folder: room.clone(),
                well,
            };
            known
                .words
                .insert("runner.temp".to_owned(), temporary.display().to_string());
            known.words.extend(
                outputs
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            for (name, end) in &played.jobs {
                known
                    .words
                    .insert(format!("needs.{name}.result"), end.as_str().to_owned());
            }
            if !known.runs(job["if"].as_str()) {
                played.jobs.insert(name.clone(), End::Skipped);
                continue;
            }
            known.well = true;
            for step in job["steps"].as_array().unwrap() {
                if !known.runs(step["if"].as_str()) {
                    continue;
                }
                if !self.step(step, &mut known, &artifacts, &mut played)
                    && step["continue-on-error"] != true
                {
                    known.well = false;
                }
            }
            for (word, value) in job["outputs"].as_object().into_iter().flatten() {
                outputs.insert(
                    format!("needs.{name}.outputs.{word}"),
                    known.filled(value.as_str().unwrap()),
                );
            }
            played.jobs.insert(
                name.clone(),
                if known.well {
                    End::Success
                } else {
                    End::Failure
                },
            );
        }
        played
    }

    fn step(&self, step: &Value, known: &mut Known, artifacts: &Path, played: &mut Played) -> bool {
        let room = known.folder.clone();
        let with = |name: &str| known.filled(step["with"][name].as_str().unwrap_or_default());
        if let Some(action) = step["uses"].as_str() {
            let place = artifacts.join(with("name"));
            match action.split('@').next().unwrap() {
                "actions/checkout" => copy(&self.repository, &room),
                "akrec/akrec" => {}
                "actions/upload-artifact" => {
                    // A file, or what is in a folder; nothing at all is no artifact.
                    let from = room.join(with("path"));
                    let files = match std::fs::read_dir(&from) {
                        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
                        Err(_) => Vec::from_iter(from.is_file().then_some(from)),
                    };
                    for file in files {
                        std::fs::create_dir_all(&place).unwrap();
                        let done = Command::new("cp")
                            .arg("-a")
                            .arg(file)
                            .arg(&place)
                            .status()
                            .unwrap();
                        assert!(done.success());
                    }
                }
                "actions/download-artifact" if !place.exists() => {
                    played
                        .log
                        .push_str(&format!("no artifact {}\n", place.display()));
                    return false;
                }
                "actions/download-artifact" => {
                    let to = room.join(with("path"));
                    std::fs::create_dir_all(&to).unwrap();
                    copy(&place, &to);
                }
                other => panic!("{other} is not played"),
            }
            return true;
        }
        let mut env = BTreeMap::new();
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            env.insert(name.clone(), known.filled(value.as_str().unwrap()));
        }
        let (output, summary) = (room.join(".output"), room.join(".summary"));
        for (name, path) in [
            ("GITHUB_OUTPUT", &output),
            ("GITHUB_STEP_SUMMARY", &summary),
        ] {
            std::fs::write(path, "").unwrap();
            env.insert(name.to_owned(), path.display().to_string());
        }
        let done = self.script(step["run"].as_str().unwrap(), &room, &env, &mut played.log);
        played
            .summary
            .push_str(&std::fs::read_to_string(&summary).unwrap());
        if let Some(id) = step["id"].as_str() {
            for line in std::fs::read_to_string(&output).unwrap().lines() {
                let (name, value) = line.split_once('=').unwrap();
                known
                    .words
                    .insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            }
        }
        done
    }

    /// A pipeline of GitLab, of those jobs whose rules hold.
    pub fn gitlab(&self, text: &str) -> Played {
        let pipeline: Value = serde_yaml::from_str(text).unwrap();
        let mut played = Played::default();
        let (kept, reported) = (self.room("artifacts"), self.room("reports"));
        let mut well = true;
        let stage = |job: &Value| {
            pipeline["stages"]
                .as_array()
                .unwrap()
                .iter()
                .position(|stage| *stage == job["stage"])
        };
        let mut jobs: Vec<(&String, &Value)> = pipeline.as_object().unwrap().iter().collect();
        jobs.sort_by_key(|(_, job)| stage(job));
        for (name, job) in jobs {
            let Some(rules) = job["rules"].as_array() else {
                continue;
            };
            let holds = |rule: &Value| {
                rule["if"].as_str().unwrap().split(" && ").all(|part| {
                    let (one, other) = part.split_once(" == ").unwrap();
                    self.value(one) == self.value(other)
                })
            };
            let Some(rule) = rules.iter().find(|rule| holds(rule)) else {
                continue;
            };
            if !well {
                played.jobs.insert(name.clone(), End::Skipped);
                continue;
            }
            let room = self.room(&format!("job-{name}"));
            copy(&self.repository, &room);
            copy(&kept, &room);
            let mut env: BTreeMap<String, String> = self.words.clone();
            env.retain(|name, _| !name.contains('.'));
            let shared = &pipeline[job["extends"].as_str().unwrap()];
            for variables in [&shared["variables"], &job["variables"], &rule["variables"]] {
                for (name, value) in variables.as_object().into_iter().flatten() {
                    env.insert(name.clone(), self.value(value.as_str().unwrap()));
                }
            }
            let lines = job["script"].as_array().unwrap().iter();
            well = lines
                .map(|line| line.as_str().unwrap())
                .all(|line| self.script(line, &room, &env, &mut played.log));
            // Paths go on to the jobs after it, reports to GitLab alone.
            let paths = job["artifacts"]["paths"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|path| (&kept, path));
            let reports = job["artifacts"]["reports"]
                .as_object()
                .into_iter()
                .flatten();
            for (to, path) in paths.chain(reports.map(|(_, path)| (&reported, path))) {
                let path = path.as_str().unwrap();
                if !room.join(path).exists() {
                    played.log.push_str(&format!("no artifact {path}\n"));
                    continue;
                }
                let to = to.join(path);
                std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                let done = Command::new("cp")
                    .arg("-a")
                    .arg("-T")
                    .arg(room.join(path))
                    .arg(&to)
                    .status()
                    .unwrap();
                assert!(done.success());
            }
            played
                .jobs
                .insert(name.clone(), if well { End::Success } else { End::Failure });
        }
        played
    }

    fn value(&self, text: &str) -> String {
        let text = text.trim_matches('"');
        match text.strip_prefix('$') {
            Some(name) => self.words.get(name).cloned().unwrap_or_default(),
            None => text.to_owned(),
        }
    }

    /// A pipeline of Woodpecker: its steps share a folder, and the first that fails ends it.
    pub fn woodpecker(&self, text: &str) -> Played {
        let pipeline: Value = serde_yaml::from_str(text).unwrap();
        let mut played = Played::default();
        // What steps share is the folder that the checkout lies in.
        let room = self.room("pipeline").join("checkout");
        std::fs::create_dir(&room).unwrap();
        copy(&self.repository, &room);
        let mut well = true;
        for step in pipeline["steps"].as_array().unwrap() {
            let name = step["name"].as_str().unwrap().to_owned();
            if !well {
                played.jobs.insert(name, End::Skipped);
                continue;
            }
            let mut env = BTreeMap::from([("CI_WORKSPACE".to_owned(), room.display().to_string())]);
            for (name, value) in step["environment"].as_object().into_iter().flatten() {
                let secret = value["from_secret"]
                    .as_str()
                    .map(|secret| self.words[&format!("secrets.{secret}")].clone());
                env.insert(
                    name.clone(),
                    secret.unwrap_or_else(|| value.as_str().unwrap().to_owned()),
                );
            }
            let lines = step["commands"].as_array().unwrap().iter();
            well = lines
                .map(|line| line.as_str().unwrap())
                .all(|line| self.script(line, &room, &env, &mut played.log));
            played
                .jobs
                .insert(name, if well { End::Success } else { End::Failure });
        }
        played
    }
}

/// What expressions of a job know.
struct Known {
    words: BTreeMap<String, String>,
    folder: PathBuf,
    /// Whether everything before went well.
    well: bool,
}

impl Known {
    /// Whether something with this condition runs. Without `always()` all before must have gone well.
    fn runs(&self, condition: Option<&str>) -> bool {
        let Some(condition) = condition else {
            return self.well;
        };
        let whatever = condition.contains("always()");
        (whatever || self.well) && condition.split(" && ").all(|part| self.holds(part.trim()))
    }

    fn holds(&self, part: &str) -> bool {
        if part == "always()" {
            return true;
        }
        let (one, other, equal) = match (part.split_once(" != "), part.split_once(" == ")) {
            (Some((one, other)), _) => (one, other, false),
            (_, Some((one, other))) => (one, other, true),
            _ => panic!("{part:?} is not understood"),
        };
        (self.value(one) == self.value(other)) == equal
    }

    fn value(&self, text: &str) -> String {
        let quoted = |text: &str| {
            text.strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''))
                .map(str::to_owned)
        };
        if let Some(pattern) = text
            .strip_prefix("hashFiles(")
            .and_then(|text| text.strip_suffix(')'))
        {
            let path = self
                .folder
                .join(quoted(pattern).unwrap().trim_end_matches("/*"));
            return if path.exists() {
                "a hash".to_owned()
            } else {
                String::new()
            };
        }
        quoted(text).unwrap_or_else(|| self.words.get(text).cloned().unwrap_or_default())
    }

    /// A text with its expressions filled in.
    fn filled(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once("}}").unwrap();
            out.push_str(&self.value(expression.trim()));
            out.push_str(rest);
        }
        out
    }
}
