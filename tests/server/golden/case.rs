//! One case: its files, and the world that it begins with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use akrec::diag::{CODES, Code};
use akrec::sandbox::{self, Sandbox};
use serde_json::Value;

use super::names::Names;
use super::yaml;
use crate::support::{Bench, RELEASES, State, poke};

/// One case.
pub struct Case {
    /// The folder of the case.
    pub path: PathBuf,
    /// The releases that it runs on, the newest first.
    pub releases: Vec<&'static str>,
    options: Value,
}

impl Case {
    /// Reads a case's own files.
    pub fn read(path: &Path) -> Case {
        let options = yaml::read(&path.join("case.yaml"));
        let wanted = |release: &&str| match options["releases"].as_array() {
            Some(named) => named.iter().any(|name| name.as_str() == Some(*release)),
            None => true,
        };
        let releases = RELEASES.iter().copied().filter(wanted).collect();
        Case {
            path: path.to_owned(),
            releases,
            options,
        }
    }

    /// A sandbox for it: `facts` in its options are laid over those of the release; `licence: valid` is an enterprise
    /// one.
    pub fn sandbox(&self, release: &str) -> sandbox::Options {
        let mut options = sandbox::Options::new(release);
        options.more = self.options.get("facts").cloned();
        if self.options["licence"] == "valid" {
            options.licence = sandbox::Licence::Valid;
        }
        options
    }

    /// The state of the case, or a copy of it in another directory.
    pub fn state(&self, dir: PathBuf) -> State {
        let mut state = State::at(dir);
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let pairs = |word: &str| self.options[word].as_object().cloned().unwrap_or_default();
        state.env = pairs("env")
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        let named = self.options["break_glass"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        state.break_glass = named.map(str::to_owned).collect();
        state.vars = pairs("vars")
            .iter()
            .map(|(name, value)| (name.clone(), text(value).as_str().into()))
            .collect();
        state
    }

    /// The first release that has what it is about, where not all have it.
    pub fn since(&self) -> Option<String> {
        self.options["since"].as_str().map(str::to_owned)
    }

    /// Whether its options say something of a sort.
    pub fn has(&self, word: &str) -> bool {
        !self.options[word].is_null()
    }

    /// Whether a variable is none that must be kept secret.
    pub fn is_public(&self, name: &str) -> bool {
        self.options["public"]
            .as_array()
            .is_some_and(|names| names.iter().any(|public| public == name))
    }

    /// The safety checks that it overrides.
    pub fn allowed(&self) -> BTreeSet<Code> {
        let named = self.options["allow"].as_array().into_iter().flatten();
        named
            .map(|name| {
                CODES
                    .iter()
                    .find(|(code, _)| code.as_str() == name)
                    .expect("a code")
                    .0
            })
            .collect()
    }

    /// Makes the world that the case begins with: the objects of `live.yaml`, what applying the state in `before` does,
    /// and what `meanwhile.yaml` says that others did then.
    pub async fn prepare(&self, sandbox: &Sandbox, bench: &Bench) {
        self.poke(sandbox, "live.yaml");
        if self.path.join("before").is_dir() {
            let planned = bench.plan(&self.state(self.path.join("before"))).await;
            let outcome = bench.apply(&planned, 1).await;
            assert!(
                outcome.is_complete(),
                "{}: {}: {outcome:?}",
                self.path.display(),
                planned.text()
            );
            self.poke(sandbox, "meanwhile.yaml");
        }
    }

    fn poke(&self, sandbox: &Sandbox, file: &str) {
        let live = yaml::read(&self.path.join(file));
        for step in live
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
        {
            for (line, body) in step {
                // Names are only looked up where one stands: knowing them all takes much longer than the request.
                let named = line.contains('<') || body.to_string().contains("\"<");
                let names = if named {
                    Names::of(&sandbox.world_json())
                } else {
                    Names::default()
                };
                let (method, path) = line.split_once(' ').expect("METHOD PATH");
                let binding = path.starts_with("/policies/bindings/");
                poke(
                    sandbox,
                    method,
                    &filled_path(path, &names),
                    filled("", body, binding, &names),
                );
            }
        }
    }
}

/// A body with ids in place of names.
pub fn filled(field: &str, value: &Value, binding: bool, names: &Names) -> Value {
    match value {
        Value::String(text) if text.starts_with('<') && text.ends_with('>') => {
            names.id(text, binding && field == "target")
        }
        Value::Array(items) => items
            .iter()
            .map(|item| filled(field, item, binding, names))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), filled(name, value, binding, names)))
            .collect(),
        other => other.clone(),
    }
}

pub fn filled_path(path: &str, names: &Names) -> String {
    match (path.find('<'), path.rfind('>')) {
        (Some(from), Some(to)) => {
            let id = names.id(&path[from..=to], false);
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            format!("{}{id}{}", &path[..from], &path[to + 1..])
        }
        _ => path.to_owned(),
    }
}
