//! Artifacts: one run, in as many forms and files as were asked for, whatever became of it.
//!
//! Every file that a run is asked for is removed as soon as the flags are read, so that what stands there in the end is
//! this run's, or nothing: the page of an earlier run or of a checkout's author is never taken for it, not even if this
//! run is killed. A file is written whole or not at all, and one that cannot be written is an error of the run, reported in all
//! the others. Must never write anything but what a form of output made of the run's document.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::screen::env;
use super::{Screen, exit};
use crate::cli::{Artifacts, OutputFormat, Verb};
use crate::diag::{Code, Diagnostic, Sources};
use crate::files::{self, Place, Readers};
use crate::harmless::inert;
use crate::report::{
    Document, diagnostics, events, github, gitlab, html, json, junit, markdown, prometheus, sarif,
    text,
};

/// Where the forms of a run go.
pub struct Outputs {
    format: OutputFormat,
    files: Vec<(OutputFormat, PathBuf)>,
    /// Where the whole is, for what has to be cut.
    link: Option<String>,
    /// Those that could not be written; they are not tried again.
    failed: BTreeSet<PathBuf>,
    /// Diagnostics about the files that the flags name, until they are reported.
    wrong: Vec<Diagnostic>,
    /// Where events go, once there was one.
    streams: Option<Vec<Stream>>,
    /// How many diagnostics were events already.
    reported: usize,
}

/// A file that gets events as they happen.
struct Stream {
    path: PathBuf,
    /// The file, or why it gets nothing more.
    file: Result<std::fs::File, files::Error>,
}

/// Removes whatever has the name of a file that a run is to write, before the run begins: even a run that gets no
/// memory leaves no page of an earlier run. The run itself finds and reports problems with these files.
pub fn clear(verb: &Verb) {
    let Some((_, artifacts)) = verb.artifacts() else {
        return;
    };
    let plan = match verb {
        Verb::Plan(flags) => flags.out.as_deref(),
        _ => None,
    };
    let files = artifacts
        .output
        .iter()
        .map(|(format, path)| (path.as_path(), is_kept(*format)));
    for (path, kept) in files.chain(plan.map(|path| (path, false))) {
        let _ = remove(path, verb.plan_file(), kept);
    }
}

impl Outputs {
    /// Reads the flags. Removes whatever has the name of one of the files.
    pub fn new(artifacts: &Artifacts) -> Outputs {
        Outputs::with_input(artifacts, None)
    }

    /// The same for a run that reads a file, which must not be one of those that it writes.
    pub fn with_input(artifacts: &Artifacts, input: Option<&Path>) -> Outputs {
        let link = artifacts
            .artifact_url
            .clone()
            .or_else(|| env("AKREC_ARTIFACT_URL"))
            .filter(|url| !url.is_empty());
        let mut outputs = Outputs {
            format: artifacts.format,
            files: artifacts.output.clone(),
            link,
            failed: BTreeSet::new(),
            wrong: Vec::new(),
            streams: None,
            reported: 0,
        };
        for (format, path) in &artifacts.output {
            if let Err(reported) = claim(path, input, is_kept(*format), true) {
                outputs.wrong.push(*reported);
                outputs.failed.insert(path.clone());
            }
        }
        outputs
    }

    /// Removes whatever has the name of one more file that the run is to write, before anything is read. It has to be a
    /// file; diagnostics about it are reported by [`Outputs::check`].
    pub fn claim(&mut self, path: &Path) {
        self.wrong.extend(
            claim(path, None, false, false)
                .err()
                .map(|reported| *reported),
        );
    }

    /// Whether standard output gets text, bit by bit.
    pub fn is_text(&self) -> bool {
        self.format == OutputFormat::Text
    }

    /// Whether diagnostics go to standard error: everywhere but where standard output has them for a program.
    pub fn shows_on_screen(&self) -> bool {
        !matches!(
            self.format,
            OutputFormat::Json | OutputFormat::Short | OutputFormat::Events
        )
    }

    /// Whether a form of it is wanted anywhere.
    pub fn wants(&self, format: OutputFormat) -> bool {
        self.format == format || self.files.iter().any(|(wanted, _)| *wanted == format)
    }

    /// Problems with the files that the flags name: found before anything was read, and reported once.
    pub fn check(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.wrong)
    }

    /// Emits an event at once. The first event is always the one that names the format.
    pub fn event(&mut self, screen: &Screen, event: Json) {
        if !self.wants(OutputFormat::Events) {
            return;
        }
        let mut lines = String::new();
        let now = crate::command::clock::now().to_string();
        let mut add = |mut event: Json| {
            event["at"] = now.as_str().into();
            lines.push_str(&json::line(&event));
        };
        let files = &self.files;
        let streams = self.streams.get_or_insert_with(|| {
            add(events::version());
            let wanted = files
                .iter()
                .filter(|(format, _)| *format == OutputFormat::Events);
            wanted
                .map(|(_, path)| Stream {
                    path: path.clone(),
                    file: Place::find(path).and_then(|it| it.open()),
                })
                .collect()
        });
        add(event);
        for stream in streams {
            if let Ok(file) = &mut stream.file
                && let Err(error) = file.write_all(screen.guarded(&lines).as_bytes())
            {
                stream.file = Err(error.into());
            }
        }
        if self.format == OutputFormat::Events {
            screen.out(&lines);
        }
    }

    /// Emits diagnostics as events: those that were not emitted yet.
    pub fn emit(&mut self, screen: &Screen, reported: &[Diagnostic], sources: &Sources) {
        for one in reported.get(self.reported..).unwrap_or_default() {
            self.event(screen, events::reported(one, sources));
        }
        self.reported = self.reported.max(reported.len());
    }

    /// Writes every file and standard output; the exit code of the run, and what went wrong while writing.
    pub fn deliver(&mut self, screen: &Screen, mut run: Document<'_>) -> (u8, Vec<Diagnostic>) {
        // A run that ended before its settings has not reported these yet.
        let mut reported = self.check();
        run.diagnostics.extend(reported.iter().cloned());
        if !reported.is_empty() && matches!(run.exit_code, exit::OK | exit::CHANGES) {
            run.exit_code = exit::INVALID;
        }
        run.link.clone_from(&self.link);
        // A file that cannot be written is reported in all that can: these are then written once more.
        for _ in 0..2 {
            let before = reported.len();
            for (format, path) in &self.files {
                if self.failed.contains(path) || *format == OutputFormat::Events {
                    continue;
                }
                if let Err(error) = write(path, &screen.guarded(&render(*format, &run))) {
                    reported.push(unwritten(path, &error));
                    self.failed.insert(path.clone());
                }
            }
            if reported.len() == before {
                break;
            }
            run.diagnostics.extend(reported[before..].iter().cloned());
            if matches!(run.exit_code, exit::OK | exit::CHANGES) {
                run.exit_code = exit::ERROR;
            }
        }
        self.emit(screen, &run.unsaid(), run.sources);
        self.event(screen, events::outputs(run.exit_code, &run.run));
        for stream in self.streams.iter().flatten() {
            if let (Err(error), false) = (&stream.file, self.failed.contains(&stream.path)) {
                let one = unwritten(&stream.path, error);
                reported.push(one.clone());
                run.diagnostics.push(one);
                if matches!(run.exit_code, exit::OK | exit::CHANGES) {
                    run.exit_code = exit::ERROR;
                }
            }
        }
        if !matches!(self.format, OutputFormat::Text | OutputFormat::Events) {
            screen.out(&render(self.format, &run));
        }
        (run.exit_code, reported)
    }
}

/// A run in one form.
fn render(format: OutputFormat, run: &Document<'_>) -> String {
    match format {
        OutputFormat::Text => inert(&text::text(run)).into_owned(),
        OutputFormat::Short => {
            inert(&diagnostics::short(&run.diagnostics, run.sources)).into_owned()
        }
        OutputFormat::Markdown => markdown::markdown(run),
        OutputFormat::Github => github::annotations(run),
        OutputFormat::Gitlab => gitlab::terraform(run),
        OutputFormat::Codequality => gitlab::code_quality(run),
        OutputFormat::Sarif => sarif::sarif(run),
        OutputFormat::Junit => junit::junit(run),
        OutputFormat::Html => html::html(run),
        OutputFormat::Prometheus => prometheus::metrics(run),
        // They were reported when they happened.
        OutputFormat::Events => String::new(),
        OutputFormat::Json => json::text(&json::document(run)),
    }
}

fn unwritten(path: &Path, error: &files::Error) -> Diagnostic {
    Diagnostic::error(
        Code::CANNOT_WRITE,
        format!("{} cannot be written: {error}", path.display()),
    )
}

/// Whether a file of this form stays until the new one takes its place, outside of the checkout, where nobody else put it:
/// a collector may read metrics at any time, and they say of when they are.
fn is_kept(format: OutputFormat) -> bool {
    format == OutputFormat::Prometheus
}

/// Removes whatever has the name of a file that the run is to write. `None` if the run reads that file itself.
fn remove(path: &Path, input: Option<&Path>, kept: bool) -> Result<Option<Place>, files::Error> {
    let place = Place::find(path)?;
    let is_read = input.and_then(|input| Some(std::fs::canonicalize(input).ok()? == place.real()));
    if is_read == Some(true) {
        return Ok(None);
    }
    if !is_summary(path) && (!kept || place.is_in_checkout()) {
        place.clear()?;
    }
    Ok(Some(place))
}

/// The same, and finds out whether the file can be written.
fn claim(
    path: &Path,
    input: Option<&Path>,
    kept: bool,
    streams: bool,
) -> Result<(), Box<Diagnostic>> {
    let claimed = remove(path, input, kept).and_then(|place| match place {
        Some(place) if place.is_stream() && !streams => Err(files::Error::NotPlain),
        Some(place) if !is_summary(path) => place.try_out().map(|()| true),
        place => Ok(place.is_some()),
    });
    match claimed {
        Ok(true) => Ok(()),
        Ok(false) => {
            let reported = format!("{} cannot be written: this run reads it", path.display());
            Err(Box::new(
                Diagnostic::error(Code::CANNOT_WRITE, reported).help("name another file"),
            ))
        }
        Err(error) => Err(Box::new(unwritten(path, &error).help(error.help()))),
    }
}

/// Whether a path is the summary of a step on GitHub, which others write into too. A link is not accepted as one.
fn is_summary(path: &Path) -> bool {
    let named = env("GITHUB_STEP_SUMMARY").is_some_and(|summary| Path::new(&summary) == path);
    named && path.is_absolute() && !path.is_symlink()
}

/// Writes a file whole or not at all. What is a device or a pipe is written into; so is the summary of a step on GitHub.
fn write(path: &Path, text: &str) -> Result<(), files::Error> {
    let place = Place::find(path)?;
    if is_summary(path) {
        return Ok(place.append()?.write_all(text.as_bytes())?);
    }
    place.replace(text.as_bytes(), Readers::Umask)
}
