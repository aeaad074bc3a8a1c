//! `akrec graph`: what depends on what in the files, as a drawing. Needs nothing but the files.

use super::run::Run;
use super::screen::env;
use super::{Screen, exit};
use crate::cli::{self, GraphFormat};
use crate::desired::{self, Desired};
use crate::diag::{Code, Diagnostic};
use crate::pattern::Pattern;
use crate::report::graph::Graph;
use crate::settings::{Request, Resolved};

/// Runs the verb and gives the exit code.
pub(super) fn run(flags: &cli::Graph, screen: &Screen) -> u8 {
    let output = cli::Output::default();
    let mut run = Run::new(screen, &output);
    let code = match draw(&mut run, flags) {
        Ok(code) | Err(code) => code,
    };
    run.finish(code)
}

fn draw(run: &mut Run<'_>, flags: &cli::Graph) -> Result<u8, u8> {
    let settings = run.settings(&Request::of_files(&flags.inputs))?;
    let desired = declared(run, &settings)?;
    let mut graph = Graph::of(&desired.objects);
    let targets = run.patterns(&flags.target)?;
    if !targets.is_empty() {
        let (narrowed, nothing) = graph.narrowed(&targets);
        let diagnostics: Vec<Diagnostic> = nothing
            .into_iter()
            .map(|pattern| unknown(pattern, &graph))
            .collect();
        if !diagnostics.is_empty() {
            return Err(run.invalid(diagnostics));
        }
        graph = narrowed;
    }
    run.screen.out(&match flags.format {
        GraphFormat::Dot => graph.dot(),
        GraphFormat::Mermaid => graph.mermaid(),
    });
    Ok(exit::OK)
}

fn unknown(pattern: &Pattern, graph: &Graph) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        Code::NO_TARGET,
        format!("{} matches nothing that is declared", pattern.as_str()),
    );
    diagnostic.help(match pattern.nearest(graph.addresses()) {
        Some(near) => format!("did you mean {near}?"),
        None => "an address consists of a family and a name, such as application.wiki or group.*"
            .to_owned(),
    })
}

/// What the files declare. Secrets do not matter here, so that a variable which is not set is no reason to stop, unless
/// something else is wrong with what stands in its place.
fn declared(run: &mut Run<'_>, settings: &Resolved) -> Result<Desired, u8> {
    let anything = |name: &str| env(name).or_else(|| Some("unset".to_owned()));
    let rules = desired::Settings {
        release: settings.release,
        allow_unknown: settings.allow_unknown,
        today: crate::command::clock::today(),
    };
    let folder = settings.environment_dir.as_deref();
    let wrong = |found: &[Diagnostic]| found.iter().any(Diagnostic::is_error);
    let mut sources = crate::diag::Sources::default();
    let (desired, found) =
        crate::state::load(&settings.inputs(&anything), folder, &rules, &mut sources);
    if !wrong(&found) {
        return Ok(desired);
    }
    let (desired, found) =
        crate::state::load(&settings.inputs(&env), folder, &rules, &mut run.sources);
    if wrong(&found) {
        Err(run.invalid(found))
    } else {
        Ok(desired)
    }
}
