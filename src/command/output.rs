//! Artifacts: one run, in as many forms and files as were asked for, whatever became of it.
//!
//! A file is written whole or not at all, and one that cannot be written is an error of the run, told in all the others.
//! Must never write anything but what a form of output made of the run's document.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value as Raw;

use super::screen::env;
use super::{Screen, exit};
use crate::cli::{Artifacts, OutputFormat};
use crate::diag::{Code, Diagnostic, Sources};
use crate::report::{
    Document, diagnostics, events, github, gitlab, html, json, junit, markdown, prometheus, sarif, text,
};
use crate::stop::{Unfinished, Writing};

/// Where the forms of a run go.
pub struct Outputs {
    format: OutputFormat,
    files: Vec<(OutputFormat, PathBuf)>,
    /// Where the whole is, for what has to be cut.
    link: Option<String>,
    /// Those that could not be written; they are not tried again.
    failed: BTreeSet<PathBuf>,
    /// Where events go, once there was one.
    streams: Option<Vec<Stream>>,
    /// How many diagnostics were events already.
    told: usize,
}

/// A file that gets events as they happen.
struct Stream {
    path: PathBuf,
    /// The file, or why it gets nothing more.
    file: io::Result<std::fs::File>,
}

impl Outputs {
    /// What the flags say.
    pub fn new(artifacts: &Artifacts) -> Outputs {
        let link = artifacts.artifact_url.clone().or_else(|| env("AKREC_ARTIFACT_URL")).filter(|url| !url.is_empty());
        Outputs {
            format: artifacts.format,
            files: artifacts.output.clone(),
            link,
            failed: BTreeSet::new(),
            streams: None,
            told: 0,
        }
    }

    /// Whether standard output gets text, bit by bit.
    pub fn is_text(&self) -> bool {
        self.format == OutputFormat::Text
    }

    /// Whether diagnostics go to standard error: everywhere but where standard output has them for a program.
    pub fn tells_on_screen(&self) -> bool {
        !matches!(self.format, OutputFormat::Json | OutputFormat::Short | OutputFormat::Events)
    }

    /// Whether a form of it is wanted anywhere.
    pub fn wants(&self, format: OutputFormat) -> bool {
        self.format == format || self.files.iter().any(|(wanted, _)| *wanted == format)
    }

    /// Looks whether the files can be written, before anything is asked of a server. What cannot is told, once.
    pub fn check(&mut self) -> Vec<Diagnostic> {
        let mut told = Vec::new();
        for (_, path) in &self.files {
            if let Some(why) = wrong(path) {
                told.push(unwritten(path, why).help("name a file in a directory that exists"));
                self.failed.insert(path.clone());
            }
        }
        told
    }

    /// Tells that something happened, at once. The first event is always the one that says the format.
    pub fn event(&mut self, screen: &Screen, event: Raw) {
        if !self.wants(OutputFormat::Events) {
            return;
        }
        let mut lines = String::new();
        let now = crate::command::clock::now().to_string();
        let mut add = |mut event: Raw| {
            event["at"] = now.as_str().into();
            lines.push_str(&json::line(&event));
        };
        let files = &self.files;
        let streams = self.streams.get_or_insert_with(|| {
            add(events::version());
            let wanted = files.iter().filter(|(format, _)| *format == OutputFormat::Events);
            wanted.map(|(_, path)| Stream { path: path.clone(), file: std::fs::File::create(path) }).collect()
        });
        add(event);
        for stream in streams {
            if let Ok(file) = &mut stream.file
                && let Err(error) = file.write_all(screen.guarded(&lines).as_bytes())
            {
                stream.file = Err(error);
            }
        }
        if self.format == OutputFormat::Events {
            screen.out(&lines);
        }
    }

    /// Tells diagnostics as events: those that were none yet.
    pub fn tell(&mut self, screen: &Screen, told: &[Diagnostic], sources: &Sources) {
        for one in told.get(self.told..).unwrap_or_default() {
            self.event(screen, events::told(one, sources));
        }
        self.told = self.told.max(told.len());
    }

    /// Writes every file and standard output; the exit code of the run, and what went wrong while writing.
    pub fn deliver(&mut self, screen: &Screen, mut run: Document<'_>) -> (u8, Vec<Diagnostic>) {
        let mut told = Vec::new();
        run.link.clone_from(&self.link);
        // A file that cannot be written is told in all that can: these are then written once more.
        for _ in 0..2 {
            let before = told.len();
            for (format, path) in &self.files {
                if self.failed.contains(path) || *format == OutputFormat::Events {
                    continue;
                }
                if let Err(error) = write(path, &screen.guarded(&render(*format, &run))) {
                    told.push(unwritten(path, &error.to_string()));
                    self.failed.insert(path.clone());
                }
            }
            if told.len() == before {
                break;
            }
            run.diagnostics.extend(told[before..].iter().cloned());
            if matches!(run.exit_code, exit::OK | exit::CHANGES) {
                run.exit_code = exit::ERROR;
            }
        }
        self.tell(screen, &run.unsaid(), run.sources);
        self.event(screen, events::outputs(run.exit_code, &run.run));
        for stream in self.streams.iter().flatten() {
            if let (Err(error), false) = (&stream.file, self.failed.contains(&stream.path)) {
                let one = unwritten(&stream.path, &error.to_string());
                told.push(one.clone());
                run.diagnostics.push(one);
                if matches!(run.exit_code, exit::OK | exit::CHANGES) {
                    run.exit_code = exit::ERROR;
                }
            }
        }
        if !matches!(self.format, OutputFormat::Text | OutputFormat::Events) {
            screen.out(&render(self.format, &run));
        }
        (run.exit_code, told)
    }
}

/// A run in one form.
fn render(format: OutputFormat, run: &Document<'_>) -> String {
    match format {
        OutputFormat::Text => text::text(run),
        OutputFormat::Short => diagnostics::short(&run.diagnostics, run.sources),
        OutputFormat::Markdown => markdown::markdown(run),
        OutputFormat::Github => github::annotations(run),
        OutputFormat::Gitlab => gitlab::terraform(run),
        OutputFormat::Codequality => gitlab::code_quality(run),
        OutputFormat::Sarif => sarif::sarif(run),
        OutputFormat::Junit => junit::junit(run),
        OutputFormat::Html => html::html(run),
        OutputFormat::Prometheus => prometheus::metrics(run),
        // They were told when they happened.
        OutputFormat::Events => String::new(),
        OutputFormat::Json => json::text(&json::document(run)),
    }
}

fn unwritten(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(Code::CANNOT_WRITE, format!("{} cannot be written: {why}", path.display()))
}

/// Why a file cannot be written, as far as that can be seen without doing it.
fn wrong(path: &Path) -> Option<&'static str> {
    match std::fs::metadata(path) {
        _ if path.file_name().is_none() => Some("that is no name of a file"),
        Ok(there) if there.is_dir() => Some("it is a directory"),
        Ok(_) => None,
        Err(_) if !folder(path).is_dir() => Some("its directory does not exist"),
        Err(_) => None,
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file whole or not at all. What is no plain file (a pipe, `/dev/stderr`) is written into; so is the summary
/// of a step on GitHub, which others write into too.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let shared = env("GITHUB_STEP_SUMMARY").is_some_and(|summary| Path::new(&summary) == path);
    let plain = std::fs::metadata(path).map_or(true, |there| there.is_file());
    if shared || !plain {
        return std::fs::OpenOptions::new().append(true).create(shared).open(path)?.write_all(text.as_bytes());
    }
    // A link stays one.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
    let beside = folder(&path).join(format!(".{name}.{}", std::process::id()));
    let (_writing, _unfinished) = (Writing::file(), Unfinished::new(&beside));
    let written = std::fs::File::create(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let moved = written.and_then(|()| std::fs::rename(&beside, &path));
    if moved.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    moved
}
