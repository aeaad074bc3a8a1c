//! `akrec export`: reads the whole server and writes its objects as state files, whose plan is empty.
//!
//! It never overwrites a file unless a flag says so, and it proves what it wrote: the files are read again and planned
//! against the live state.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::frame::reading;
use super::reading::Reading;
use super::run::Run;
use super::screen::env;
use super::{Screen, exit};
use crate::client::Client;
use crate::desired::{self, Desired, Object, Tree};
use crate::diag::{Code, Diagnostic, Sources};
use crate::export::{self, Export, File, Options};
use crate::files::{self, Place, Readers};
use crate::kinds::KINDS;
use crate::ledger::Ledger;
use crate::live::Live;
use crate::pattern::Pattern;
use crate::read::{self, Server};
use crate::report::{export as report, state_schema};
use crate::schema::Kind;
use crate::settings::{Request, Resolved};
use crate::stop::Writing;
use crate::value::{Address, Part};
use crate::{cli, plan};

/// The schema for editors, beside the files.
const SCHEMA: &str = "akrec.schema.json";
/// Where `--unmanaged` writes, in the state directory.
const UNMANAGED: &str = "unmanaged";

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Export, screen: &Screen) -> u8 {
    let output = cli::Output::default();
    let run = Run::new(screen, &output);
    reading(run, "anything was written", async |run| {
        export(run, flags).await
    })
    .await
}

async fn export(run: &mut Run<'_>, flags: &cli::Export) -> Result<u8, u8> {
    let kinds = kinds_of(&flags.kind).map_err(|diagnostic| run.invalid(vec![*diagnostic]))?;
    let targets = run.patterns(&flags.target)?;
    let request = Request::of_server(&flags.inputs, &flags.connection, &flags.sandbox);
    let settings = run.settings(&request)?;
    let state = match flags.unmanaged {
        true => Some(read_state(run, &settings)?),
        false => None,
    };
    let folder = match (&flags.out, flags.unmanaged) {
        (Some(out), _) => out.clone(),
        (None, true) => settings.state_dir.join(UNMANAGED),
        (None, false) => settings.state_dir.clone(),
    };
    let (client, server) = run.reach(&settings, &flags.sandbox).await?;
    let live = read_live(run, &client, &server, &kinds, flags.all).await?;

    let place = run.place(&server);
    let mut options = Options {
        all: flags.all,
        kinds,
        targets,
        one_file: flags.to_stdout(),
        origin: format!(
            "Exported by akrec from {place} (authentik {}).",
            server.version
        ),
        schema: (!flags.to_stdout()).then(|| SCHEMA.to_owned()),
        ..Options::default()
    };
    if let Some(tree) = &state {
        declared(run, &settings, &server, tree, &mut options)?;
    }
    let is_taken = |path: &str| flags.unmanaged && !flags.overwrite && folder.join(path).exists();
    let export = export::export(&live, &options, &is_taken);
    if export.counts.is_empty() && !flags.target.is_empty() && !flags.unmanaged {
        return Err(run.invalid(vec![no_such_object(&options.targets)]));
    }
    if flags.to_stdout() {
        let text = export.files.first().map_or("", |file| file.text.as_str());
        run.screen.out(text);
        run.screen
            .say(report::text(&export, &place, None).trim_end());
        return Ok(exit::OK);
    }
    if !export.files.is_empty() {
        write(&folder, &export.files, &server, flags.overwrite)
            .map_err(|diagnostic| run.invalid(diagnostic))?;
        prove(run, &settings, &server, &folder, &export, &live);
    }
    let shown = crate::state::files::show(&folder);
    run.screen
        .text(&report::text(&export, &place, Some(&shown)));
    Ok(exit::OK)
}

/// Reads all that may be exported, with a line about progress.
async fn read_live(
    run: &mut Run<'_>,
    client: &Client,
    server: &Server,
    kinds: &[&'static Kind],
    all: bool,
) -> Result<Live, u8> {
    let reading = Reading::new(run.screen, "");
    let done = |kind| reading.done(kind);
    let read = read::everything(client, server, kinds, all, &done).await;
    reading.finish();
    let (live, diagnostics) = read.map_err(|problem| run.problem(problem))?;
    let failed = diagnostics.iter().any(Diagnostic::is_error);
    for diagnostic in diagnostics {
        run.emit(diagnostic);
    }
    match failed {
        true => Err(exit::ERROR),
        false => Ok(live),
    }
}

fn no_such_object(targets: &[Pattern]) -> Diagnostic {
    let asked: Vec<&str> = targets.iter().map(Pattern::as_str).collect();
    let message = format!("--target {}: no such object", asked.join(" "));
    Diagnostic::error(Code::BAD_SETTING, message)
        .help("an address consists of a family and a name, such as application.grafana")
}

/// The kinds that some words name. Refuses words that name none, or kinds that are only written under others.
pub(super) fn kinds_of(words: &[String]) -> Result<Vec<&'static Kind>, Box<Diagnostic>> {
    let mut kinds: Vec<&'static Kind> = Vec::new();
    for word in words {
        let mut is_whole = false;
        let mut is_part = false;
        for kind in KINDS.iter().copied() {
            let is_named = kind.name == word
                || kind.family == word
                || kind.section == word
                || kind.title() == *word;
            if is_named && kind.section.is_empty() {
                is_part = true;
            } else if is_named {
                is_whole = true;
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
        }
        if !is_whole {
            return Err(Box::new(no_kind(word, is_part)));
        }
    }
    Ok(kinds)
}

/// The error for a name that is not a kind, or is a kind that is only written under others.
fn no_kind(word: &str, is_part: bool) -> Diagnostic {
    if is_part {
        return Diagnostic::error(Code::BAD_SETTING, format!("--kind {word}: cannot be exported on its own")).help(
            "these objects are written under the objects that they belong to, and are exported with them",
        );
    }
    let mut known = Vec::new();
    for kind in KINDS.iter() {
        known.push(kind.section.to_owned());
        known.push(kind.title());
    }
    let message = format!("--kind {word}: there is no such kind");
    Diagnostic::error(Code::BAD_SETTING, message)
        .help("`akrec kinds` lists them")
        .did_you_mean(word, known.iter().map(String::as_str))
}

/// The existing files. Values do not matter here, so a variable that is not set does not stop the run.
fn read_state(run: &mut Run<'_>, settings: &Resolved) -> Result<Tree, u8> {
    let env = |name: &str| env(name).or_else(|| Some("unset".to_owned()));
    let inputs = settings.inputs(&env);
    let (tree, found) = crate::state::read(
        &inputs,
        settings.environment_dir.as_deref(),
        &mut run.sources,
    );
    if found.iter().any(Diagnostic::is_error) {
        Err(run.invalid(found))
    } else {
        Ok(tree)
    }
}

/// What files declare already, and what follows from that for the rest.
fn declared(
    run: &mut Run<'_>,
    settings: &Resolved,
    server: &Server,
    tree: &Tree,
    options: &mut Options,
) -> Result<(), u8> {
    let (desired, found) = lower(tree, settings, server, &mut run.sources);
    if found.iter().any(Diagnostic::is_error) {
        return Err(run.invalid(found));
    }
    for object in &desired.objects {
        options.declared.insert(object.address.clone());
        for (old, _) in &object.previously {
            options.declared.insert(old.clone());
        }
        for (name, want) in &object.fields {
            let field = object.kind.field(name);
            if let Some(other) = field.and_then(|field| field.inverse_of) {
                let mentioned = want.mentioned().into_keys();
                options
                    .spoken_for
                    .extend(mentioned.map(|address| (address, other)));
            }
        }
    }
    for absent in &desired.absent {
        options.declared.insert(absent.address.clone());
    }
    if let Some(defaults) = tree.section("defaults") {
        for entry in &defaults.entries {
            let explicit = options.explicit.entry(entry.key.text.clone()).or_default();
            for (key, _) in entry.node.entries() {
                explicit.insert(key.text.clone());
            }
        }
    }
    Ok(())
}

fn lower(
    tree: &Tree,
    settings: &Resolved,
    server: &Server,
    sources: &mut Sources,
) -> (Desired, Vec<Diagnostic>) {
    let rules = desired::Settings {
        release: Some(server.release),
        allow_unknown: settings.allow_unknown,
        today: crate::command::clock::today(),
    };
    desired::lower(tree, &rules, sources)
}

/// Writes the files, all or none: an existing file stops it before the first one.
fn write(
    folder: &Path,
    files: &[File],
    server: &Server,
    overwrite: bool,
) -> Result<(), Vec<Diagnostic>> {
    let mut existing: Vec<&str> = Vec::new();
    for file in files {
        if folder.join(&file.path).symlink_metadata().is_ok() {
            existing.push(&file.path);
        }
    }
    if !existing.is_empty() && !overwrite {
        return Err(vec![not_empty(folder, &existing)]);
    }
    let _writing = Writing::file();
    let mut texts: Vec<(PathBuf, Cow<'_, str>)> = Vec::new();
    for file in files {
        texts.push((folder.join(&file.path), file.text.as_str().into()));
    }
    let schema = folder.join(SCHEMA);
    if schema.symlink_metadata().is_err() {
        let options = state_schema::Options {
            release: Some(server.release),
            overlay: false,
        };
        let text = format!("{:#}\n", state_schema::state(&KINDS, options));
        texts.push((schema, text.into()));
    }
    // All of them are written before the first takes its place.
    let mut staged = Vec::new();
    for (path, text) in &texts {
        let file = stage(path, text).map_err(|error| unwritable(path, &error))?;
        staged.push((path, file));
    }
    for (path, file) in staged {
        let put = match overwrite {
            true => file.replace(),
            false => file.create(),
        };
        put.map_err(|error| unwritable(path, &error))?;
    }
    Ok(())
}

/// Writes a text beside the place that it is to take.
fn stage(path: &Path, text: &str) -> Result<files::Staged, files::Error> {
    files::make_dirs(path.parent().unwrap_or(Path::new("")))?;
    Place::find(path)?.stage(text.as_bytes(), Readers::Same)
}

fn unwritable(path: &Path, error: &files::Error) -> Vec<Diagnostic> {
    let shown = crate::state::files::show(path);
    let message = format!("{shown} cannot be written: {error}");
    vec![Diagnostic::error(Code::CANNOT_WRITE, message).help(error.help())]
}

/// The error for a folder that already has files.
fn not_empty(folder: &Path, existing: &[&str]) -> Diagnostic {
    const NAMED: usize = 5;
    let count = existing.len();
    let mut named = existing[..count.min(NAMED)].join(", ");
    if count > NAMED {
        named.push_str(&format!(" and {} more", count - NAMED));
    }
    let shown = crate::state::files::show(folder);
    let message = format!("{shown} is not empty, so nothing was written");
    Diagnostic::error(Code::FILE_EXISTS, message)
        .note(format!("{count} of the files already exist: {named}"))
        .help("choose another folder with -o, export only what is new with --unmanaged, or use --overwrite")
}

/// Reads what was written, with the files that it lies among, and plans it against what was read: nothing may be left to
/// do. Says so if something is.
fn prove(
    run: &mut Run<'_>,
    settings: &Resolved,
    server: &Server,
    folder: &Path,
    export: &Export,
    live: &Live,
) {
    let mut secrets: BTreeMap<&str, &str> = BTreeMap::new();
    for variable in &export.variables {
        if let Some(value) = &variable.value {
            secrets.insert(&variable.name, value.expose());
        }
    }
    let env = |name: &str| {
        let secret = secrets.get(name).map(|value| (*value).to_owned());
        let known = secret.or_else(|| env(name));
        known.or_else(|| Some("unset".to_owned()))
    };
    let mut inputs = settings.inputs(&env);
    if !folder.starts_with(&settings.state_dir) {
        inputs.state_dir = folder.to_path_buf();
    }
    let mut sources = Sources::default();
    let (tree, mut found) = crate::state::read(&inputs, None, &mut sources);
    let (desired, more) = lower(&tree, settings, server, &mut sources);
    found.extend(more);
    // What akrec owns does not matter here: nothing is adopted or deleted by what was written.
    let ledger = Ledger::unknown("", "an export does not ask");
    let (plan, more) = plan::plan(&desired, live, &ledger, &plan::Options::default());
    found.extend(more);

    let written = Written::of(export, &desired, &sources);
    let mut notes: Vec<String> = Vec::new();
    for step in plan.iter().flat_map(|plan| &plan.steps) {
        if written.has_object(&step.address) {
            let fields: Vec<&str> = step.changes.iter().map(|change| change.field).collect();
            notes.push(format!(
                "{} would change: {}",
                step.address,
                fields.join(", ")
            ));
        }
    }
    let steps = notes.len();
    let errors = found.iter().filter(|problem| problem.is_error());
    notes.extend(errors.map(|problem| problem.message.clone()));
    if notes.is_empty() {
        return;
    }
    let has_errors = notes.len() > steps;
    let has_others = sources
        .iter()
        .any(|(_, source)| !written.has_file(&source.name));
    run.emit(not_proved(notes, has_errors && has_others));
}

/// The files that an export wrote, among all the files that are read from that place.
struct Written<'a> {
    files: BTreeSet<&'a Path>,
    objects: BTreeMap<&'a Address, &'a Object>,
    sources: &'a Sources,
}

impl<'a> Written<'a> {
    fn of(export: &'a Export, desired: &'a Desired, sources: &'a Sources) -> Written<'a> {
        let files = export.files.iter().map(|file| Path::new(&file.path));
        let objects = desired.objects.iter();
        Written {
            files: files.collect(),
            objects: objects.map(|object| (&object.address, object)).collect(),
            sources,
        }
    }

    fn has_file(&self, name: &str) -> bool {
        ends(Path::new(name)).any(|path| self.files.contains(path))
    }

    /// Whether the file of an object, or of what it belongs to, was written.
    fn has_object(&self, address: &Address) -> bool {
        let mut top = address;
        while let Some(Part::At(owner)) = top.parts().first() {
            top = owner;
        }
        let object = self.objects.get(top);
        let place = object.and_then(|object| self.sources.place(object.span));
        place.is_some_and(|place| self.has_file(&place.file))
    }
}

/// The error that a plan of the exported files is not empty. `beside`: because of other files in the same folder.
fn not_proved(mut notes: Vec<String>, beside: bool) -> Diagnostic {
    const MOST: usize = 10;
    let message = match beside {
        true => "the exported files conflict with the files beside them",
        false => "the plan of the exported files is not empty",
    };
    let help = match beside {
        true => {
            "`akrec validate` shows where; export with --unmanaged to get only what is not declared yet"
        }
        false => "`akrec plan` shows it; please report it: this is a bug in akrec",
    };
    let count = notes.len();
    notes.truncate(MOST);
    let mut diagnostic = Diagnostic::warning(Code::NOT_EXPORTED, message);
    for note in notes {
        diagnostic = diagnostic.note(note);
    }
    if count > MOST {
        diagnostic = diagnostic.note(format!("and {} more", count - MOST));
    }
    diagnostic.help(help)
}

/// A path, and all that it ends with.
fn ends(path: &Path) -> impl Iterator<Item = &Path> {
    let mut rest = path.components();
    std::iter::from_fn(move || {
        let end = rest.as_path();
        rest.next().map(|_| end)
    })
}
