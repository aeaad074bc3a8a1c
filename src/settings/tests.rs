//! Settings: what a file may say and what is refused, who wins over whom, and that nothing secret is shown.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;
use crate::cli::{Cli, Verb};
use crate::diag::{Code, Severity};
use crate::plan::Limit;
use crate::schema::{Release, V2025_10, V2026_2};

mod files;
mod precedence;

/// A folder of its own, gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "akrec-settings-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = Folder(std::env::temp_dir().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        for (name, text) in files {
            let path = folder.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What came of a run: the settings or the problems, the latter as lines for people.
struct Run {
    outcome: Result<Resolved, Vec<Diagnostic>>,
    sources: Sources,
    folder: Folder,
}

/// Resolves a command line in a folder with these files and variables.
fn run(line: &str, files: &[(&str, &str)], env: &[(&str, &str)]) -> Run {
    let folder = Folder::new(files);
    let cli = crate::cli::parse(line.split(' ').map(Into::into), &|_| None)
        .unwrap_or_else(|e| panic!("{}", e.plain()));
    run_in(folder, &cli, env)
}

fn run_in(folder: Folder, cli: &Cli, env: &[(&str, &str)]) -> Run {
    let request = match &cli.verb {
        Verb::Plan(plan) => Request::from(plan),
        Verb::Apply(apply) => Request::from(apply),
        Verb::Validate(validate) => Request::from(validate),
        other => panic!("{other:?}"),
    };
    let names: Vec<String> = env.iter().map(|(name, _)| name.to_string()).collect();
    let look = |name: &str| {
        env.iter()
            .find(|(k, _)| *k == name)
            .map(|(_, v)| v.to_string())
    };
    let outside = Outside {
        env: &look,
        names: &names,
        dir: &folder.0,
        stdin: &|_| Ok(" from-standard-input\n".to_owned()),
    };
    let mut sources = Sources::default();
    let outcome = resolve(&request, &outside, &mut sources);
    Run {
        outcome,
        sources,
        folder,
    }
}

impl Run {
    fn ok(self) -> Resolved {
        let shown = if self.outcome.is_err() {
            self.shown()
        } else {
            String::new()
        };
        self.outcome.unwrap_or_else(|_| panic!("{shown}"))
    }

    /// The problems, a block each; what is hidden in an excerpt is not shown.
    fn shown(&self) -> String {
        let diagnostics = match &self.outcome {
            Ok(resolved) => &resolved.warnings,
            Err(diagnostics) => diagnostics,
        };
        let mut out = String::new();
        for diagnostic in diagnostics {
            let severity = if diagnostic.severity == Severity::Error {
                "error"
            } else {
                "warning"
            };
            out.push_str(&format!(
                "{severity}[{}]: {}\n",
                diagnostic.code, diagnostic.message
            ));
            if let Some(label) = &diagnostic.primary {
                let place = self.sources.place(label.span).unwrap();
                let source = self.sources.get(label.span.file).unwrap();
                let hidden = source
                    .hidden()
                    .iter()
                    .any(|h| h.start < label.span.end && label.span.start < h.end);
                let text = source
                    .text
                    .get(label.span.start as usize..label.span.end as usize)
                    .unwrap_or("");
                let text = if hidden { "…" } else { text.trim_end() };
                out.push_str(&format!(
                    "  {}:{}: `{text}` {}\n",
                    place, place.column, label.text
                ));
            }
            diagnostic
                .notes
                .iter()
                .for_each(|note| out.push_str(&format!("  note: {note}\n")));
            diagnostic
                .help
                .iter()
                .for_each(|help| out.push_str(&format!("  help: {help}\n")));
        }
        out.replace(&format!("{}/", self.folder.0.display()), "")
    }
}
