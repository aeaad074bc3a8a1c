//! `akrec export`: reads the whole server and writes what is there as state files, whose plan is empty.
//!
//! It never writes over a file unless told to, and it proves what it wrote: the files are read again and planned
//! against what was read from the server.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::frame::reading;
use super::reading::Reading;
use super::run::Run;
use super::screen::env;
use super::{Screen, exit};
use crate::desired::{self, Desired, Object, Tree};
use crate::diag::{Code, Diagnostic, Sources};
use crate::export::{self, Export, File, Options};
use crate::files::{self, Place, Readers};
use crate::kinds::KINDS;
use crate::ledger::Ledger;
use crate::live::Live;
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
    let settings = run.settings(&Request::of_server(
        &flags.inputs,
        &flags.connection,
        &flags.sandbox,
    ))?;
    let state = if flags.unmanaged {
        Some(read_state(run, &settings)?)
    } else {
        None
    };
    let folder = match (&flags.out, flags.unmanaged) {
        (Some(out), _) => out.clone(),
        (None, true) => settings.state_dir.join(UNMANAGED),
        (None, false) => settings.state_dir.clone(),
    };
    let (client, server) = run.reach(&settings, &flags.sandbox).await?;

    let reading = Reading::new(run.screen, "");
    let read = read::everything(&client, &server, &kinds, flags.all, &|kind| {
        reading.done(kind)
    })
    .await;
    reading.finish();
    let (live, diagnostic) = read.map_err(|problem| run.problem(problem))?;
    let failed = diagnostic.iter().any(Diagnostic::is_error);
    diagnostic
        .into_iter()
        .for_each(|diagnostic| run.tell(diagnostic));
    if failed {
        return Err(exit::ERROR);
    }

    let place = run.place(&server);
    let mut options = Options {
        all: flags.all,
        kinds,
        targets: targets.clone(),
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
    let there = |path: &str| flags.unmanaged && !flags.overwrite && folder.join(path).exists();
    let export = export::export(&live, &options, &there);
    if export.counts.is_empty() && !flags.target.is_empty() && !flags.unmanaged {
        let asked: Vec<&str> = targets
            .iter()
            .map(crate::pattern::Pattern::as_str)
            .collect();
        let diagnostic = Diagnostic::error(
            Code::BAD_SETTING,
            format!("--target {}: no such object", asked.join(" ")),
        );
        return Err(run.invalid(vec![diagnostic.help(
            "an address consists of a family and a name, such as application.grafana",
        )]));
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
    run.screen.text(&report::text(
        &export,
        &place,
        Some(&crate::state::files::show(&folder)),
    ));
    Ok(exit::OK)
}

/// The kinds that some words name. Refuses words that name none, or kinds that are only written under others.
pub(super) fn kinds_of(words: &[String]) -> Result<Vec<&'static Kind>, Box<Diagnostic>> {
    let mut kinds: Vec<&'static Kind> = Vec::new();
    for word in words {
        let names = |kind: &&'static Kind| {
            kind.name == word
                || kind.family == word
                || kind.section == word
                || kind.title() == *word
        };
        let (whole, parts): (Vec<_>, Vec<_>) = KINDS
            .iter()
            .copied()
            .filter(names)
            .partition(|kind| !kind.section.is_empty());
        if whole.is_empty() {
            let titles: Vec<String> = KINDS
                .iter()
                .flat_map(|kind| [kind.section.to_owned(), kind.title()])
                .collect();
            return Err(Box::new(match parts.is_empty() {
                false => Diagnostic::error(Code::BAD_SETTING, format!("--kind {word}: cannot be exported on its own"))
                    .help("these objects are written under the objects that they belong to, and are exported with them"),
                true => Diagnostic::error(Code::BAD_SETTING, format!("--kind {word}: there is no such kind"))
                    .help("`akrec kinds` lists them")
                    .did_you_mean(word, titles.iter().map(String::as_str)),
            }));
        }
        kinds.extend(
            whole
                .into_iter()
                .filter(|kind| !kinds.contains(kind))
                .collect::<Vec<_>>(),
        );
    }
    Ok(kinds)
}

/// The files that are there. Values do not matter here, so a variable that is not set is no reason to stop.
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
        options
            .declared
            .extend(object.previously.iter().map(|(old, _)| old.clone()));
        for (name, want) in &object.fields {
            let Some(other) = object.kind.field(name).and_then(|field| field.mirrors) else {
                continue;
            };
            options
                .spoken_for
                .extend(want.mentioned().into_keys().map(|address| (address, other)));
        }
    }
    options
        .declared
        .extend(desired.absent.iter().map(|absent| absent.address.clone()));
    for entry in tree
        .section("defaults")
        .into_iter()
        .flat_map(|section| &section.entries)
    {
        let words = entry.node.entries().iter().map(|(key, _)| key.text.clone());
        options
            .explicit
            .entry(entry.key.text.clone())
            .or_default()
            .extend(words);
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

/// Writes the files, all or none: any that is there already stops it before the first one.
fn write(
    folder: &Path,
    files: &[File],
    server: &Server,
    overwrite: bool,
) -> Result<(), Vec<Diagnostic>> {
    let there: Vec<&str> = files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| folder.join(path).symlink_metadata().is_ok())
        .collect();
    if !there.is_empty() && !overwrite {
        let shown = there.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        let more = if there.len() > 5 {
            format!(" and {} more", there.len() - 5)
        } else {
            String::new()
        };
        let what = format!("{} of the files already exist: {shown}{more}", there.len());
        return Err(vec![
            Diagnostic::error(
                Code::FILE_EXISTS,
                format!("{} is not empty, so nothing was written", crate::state::files::show(folder)),
            )
            .note(what)
            .help("choose another folder with -o, export only what is new with --unmanaged, or use --overwrite"),
        ]);
    }
    let _writing = Writing::file();
    let mut texts: Vec<(PathBuf, Cow<'_, str>)> = files
        .iter()
        .map(|file| (folder.join(&file.path), Cow::Borrowed(file.text.as_str())))
        .collect();
    let schema = folder.join(SCHEMA);
    if schema.symlink_metadata().is_err() {
        let what = state_schema::Options {
            release: Some(server.release),
            overlay: false,
        };
        texts.push((
            schema,
            format!("{:#}\n", state_schema::state(&KINDS, what)).into(),
        ));
    }
    let failed = |path: &Path, error: files::Error| {
        let what = format!(
            "{} cannot be written: {error}",
            crate::state::files::show(path)
        );
        vec![Diagnostic::error(Code::CANNOT_WRITE, what).help(error.help())]
    };
    // All of them are written before the first takes its place.
    let mut staged = Vec::new();
    for (path, text) in &texts {
        let made = files::make_dirs(path.parent().unwrap_or(Path::new("")))
            .and_then(|_| Place::find(path));
        let written = made.and_then(|place| place.stage(text.as_bytes(), Readers::Same));
        staged.push((path, written.map_err(|error| failed(path, error))?));
    }
    for (path, file) in staged {
        let put = if overwrite {
            file.replace()
        } else {
            file.create()
        };
        put.map_err(|error| failed(path, error))?;
    }
    Ok(())
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
    let secret =
        |it: &export::Variable| Some((it.name.clone(), it.value.as_ref()?.expose().to_owned()));
    let secrets: BTreeMap<String, String> = export.variables.iter().filter_map(secret).collect();
    let env = |name: &str| {
        secrets
            .get(name)
            .cloned()
            .or_else(|| env(name))
            .or_else(|| Some("unset".to_owned()))
    };
    let mut inputs = settings.inputs(&env);
    if !folder.starts_with(&settings.state_dir) {
        inputs.state_dir = folder.to_path_buf();
    }
    let mut sources = Sources::default();
    let (tree, mut found) = crate::state::read(&inputs, None, &mut sources);
    let (desired, more) = lower(&tree, settings, server, &mut sources);
    found.extend(more);
    let exported: BTreeSet<&Path> = export
        .files
        .iter()
        .map(|file| Path::new(&file.path))
        .collect();
    let is_ours = |name: &str| ends(Path::new(name)).any(|path| exported.contains(path));
    let objects: BTreeMap<&Address, &Object> = desired
        .objects
        .iter()
        .map(|object| (&object.address, object))
        .collect();
    let ours = |address: &Address| {
        let mut top = address;
        while let Some(Part::At(owner)) = top.parts().first() {
            top = owner;
        }
        let place = objects
            .get(top)
            .and_then(|object| sources.place(object.span));
        place.is_some_and(|place| is_ours(&place.file))
    };
    // What akrec owns does not matter here: nothing is adopted or deleted by what was written.
    let ledger = Ledger::unknown("", "an export does not ask");
    let (plan, more) = plan::plan(&desired, live, &ledger, &plan::Options::default());
    found.extend(more);
    let steps = plan
        .iter()
        .flat_map(|plan| &plan.steps)
        .filter(|step| ours(&step.address));
    let mut notes: Vec<String> = steps
        .map(|step| {
            let fields: Vec<&str> = step.changes.iter().map(|change| change.field).collect();
            format!("{} would change: {}", step.address, fields.join(", "))
        })
        .collect();
    let errors = found.iter().filter(|found| found.is_error());
    let steps = notes.len();
    notes.extend(errors.map(|found| found.message.clone()));
    let count = notes.len();
    let (what, help) = match () {
        () if count == 0 => return,
        () if count > steps && sources.iter().any(|(_, source)| !is_ours(&source.name)) => (
            "the exported files conflict with the files beside them",
            "`akrec validate` shows where; export with --unmanaged to get only what is not declared yet",
        ),
        () => (
            "the plan of the exported files is not empty",
            "`akrec plan` shows it; please report it: this is a bug in akrec",
        ),
    };
    let mut diagnostic = Diagnostic::warning(Code::NOT_EXPORTED, what);
    notes.truncate(10);
    for note in notes {
        diagnostic = diagnostic.note(note);
    }
    if count > 10 {
        diagnostic = diagnostic.note(format!("and {} more", count - 10));
    }
    run.tell(diagnostic.help(help));
}

/// A path, and all that it ends with.
fn ends(path: &Path) -> impl Iterator<Item = &Path> {
    let mut rest = path.components();
    std::iter::from_fn(move || {
        let end = rest.as_path();
        rest.next().map(|_| end)
    })
}
