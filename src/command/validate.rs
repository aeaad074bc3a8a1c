//! `akrec validate`: checks the files, and needs nothing else.

use std::path::Path;

use super::output::Outputs;
use super::run::{revision, worst};
use super::screen::env;
use super::{Screen, exit, judge};
use crate::diag::{Diagnostic, Sources};
use crate::report::assertions::Judged;
use crate::report::{self, Body, Document, Verb, diagnostics};
use crate::settings::{self, Outside};
use crate::{cli, desired, input, plan};

/// Checks the files and gives the exit code.
pub(super) fn run(flags: &cli::Validate, screen: &Screen) -> u8 {
    let mut sources = Sources::default();
    let mut outputs = Outputs::new(&flags.artifacts);
    let unwritable = outputs.check();
    let Checked {
        mut found,
        objects,
        judged,
        unjudged,
    } = match unwritable.is_empty() {
        true => check(flags, &mut sources),
        false => Checked {
            found: unwritable,
            ..Checked::default()
        },
    };
    let code = worst(&found).unwrap_or(exit::OK);
    let run = Document {
        body: Body::Validate {
            objects,
            assertions: &judged,
        },
        diagnostics: found.clone(),
        exit_code: code,
        source: report::Source {
            revision: revision(),
            ..Default::default()
        },
        ..Document::new(Verb::Validate, &sources)
    };
    let (code, more) = outputs.deliver(screen, run);
    found.extend(more);
    if !found.is_empty() && outputs.shows_on_screen() {
        screen.err(&diagnostics::text(&found, &sources, screen.color_err, 50));
    }
    if code == exit::OK && !screen.quiet && outputs.is_text() {
        screen.text(&report::text::valid(
            objects,
            sources.iter().count(),
            &judged,
        ));
        screen.text(&report::text::unjudged(&unjudged));
    }
    code
}

/// What was found out about the files.
#[derive(Default)]
struct Checked {
    found: Vec<Diagnostic>,
    objects: usize,
    judged: Vec<Judged>,
    unjudged: Vec<(&'static str, Vec<String>)>,
}

fn check(flags: &cli::Validate, sources: &mut Sources) -> Checked {
    let names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .collect();
    let stdin = |most| input::stream(std::io::stdin(), most);
    let outside = Outside {
        env: &env,
        names: &names,
        dir: Path::new(""),
        stdin: &stdin,
    };
    let mut settings = match settings::resolve(&flags.into(), &outside, sources) {
        Ok(settings) => settings,
        Err(found) => {
            return Checked {
                found,
                ..Checked::default()
            };
        }
    };
    let mut found = std::mem::take(&mut settings.warnings);
    let rules = desired::Settings {
        release: settings.release,
        allow_unknown: settings.allow_unknown,
        today: crate::command::clock::today(),
    };
    let inputs = settings.inputs(&env);
    let (desired, more) = crate::state::load(
        &inputs,
        settings.environment_dir.as_deref(),
        &rules,
        sources,
    );
    found.extend(more);
    let mut judged = Vec::new();
    if !found.iter().any(Diagnostic::is_error) {
        found.extend(plan::cycles(&desired));
    }
    if !found.iter().any(Diagnostic::is_error) {
        let levels = judge::levels(&settings, &flags.allow, &flags.lints);
        let (more, asserted) = judge::files(
            &desired,
            settings.release,
            &levels,
            crate::command::clock::now(),
        );
        found.extend(more);
        judged = asserted;
    }
    Checked {
        found,
        objects: desired.objects.len(),
        judged,
        unjudged: desired.unjudged(),
    }
}
