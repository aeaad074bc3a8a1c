//! `akrec show`: prints a saved plan, stale or not. It asks no server and reads nothing but the file.

use super::output::Outputs;
use super::plan_file::{lost, open, unreviewed};
use super::run::worst;
use super::{Screen, exit};
use crate::cli;
use crate::diag::{Diagnostic, Sources};
use crate::plan_file::{Saved, secrets, sums};
use crate::report::{
    self, Body, Document, Planned, Server, Source, Verb, diagnostics, plan as text,
};
use crate::wire;

/// Runs the verb and gives the exit code.
pub(super) fn run(flags: &cli::Show, screen: &Screen) -> u8 {
    let mut outputs = Outputs::with_input(&flags.output.artifacts, Some(&flags.plan));
    let unwritable = outputs.check();
    let opened = if unwritable.is_empty() {
        open(&flags.plan).map_err(|reported| vec![*reported])
    } else {
        Err(unwritable)
    };
    let (saved, sources, reported) = match opened {
        Ok((saved, sources)) => {
            let lost = saved.undo.as_ref().and_then(|undo| lost(&undo.lost));
            let reported: Vec<Diagnostic> = saved
                .undo
                .iter()
                .map(|_| unreviewed(&saved))
                .chain(lost)
                .collect();
            (Some(saved), sources, reported)
        }
        Err(reported) => (None, Sources::default(), reported),
    };
    let code = worst(&reported).unwrap_or(exit::OK);
    let style = text::Style {
        color: screen.color && outputs.is_text(),
        width: screen.width,
        concise: flags.output.concise,
        summary: flags.output.summary,
    };
    if let (true, Some(saved)) = (outputs.is_text(), &saved) {
        screen.text(&heading(saved));
        screen.text(&text::text(&saved.plan, &header(saved), &sources, &style));
        if let Some(reported) = &saved.access {
            screen.text(&report::access::under_plan(
                reported,
                style.color,
                style.width,
            ));
        }
    }
    let mut run = document(saved.as_ref(), &sources);
    run.diagnostics = reported.clone();
    run.exit_code = code;
    run.style = style;
    let (code, more) = outputs.deliver(screen, run);
    let reported: Vec<Diagnostic> = reported.into_iter().chain(more).collect();
    if !reported.is_empty() && outputs.shows_on_screen() {
        screen.err(&diagnostics::text(
            &reported,
            &sources,
            screen.color_err,
            usize::MAX,
        ));
    }
    code
}

/// Where the plan comes from, a line or two.
fn heading(saved: &Saved) -> String {
    let made = &saved.made;
    let what = if saved.undo.is_some() {
        "Rollback file"
    } else {
        "Saved plan"
    };
    let mut parts = vec![format!("{what} of {} by akrec {}", made.at, made.version)];
    parts.push(format!("workspace {}", made.workspace));
    parts.extend(
        made.environment
            .as_ref()
            .map(|name| format!("environment {name}")),
    );
    parts.extend(
        saved
            .undo
            .as_ref()
            .map(|undo| format!("undoes the run {}", undo.of)),
    );
    let needs = if saved.undo.is_some() {
        "needs"
    } else {
        "made with"
    };
    let waived: Vec<&str> = saved.waived.iter().map(|code| code.as_str()).collect();
    parts.extend(
        (!waived.is_empty()).then(|| format!("{needs} --allow {}", waived.join(" --allow "))),
    );
    let mut text = report::text_line(&parts.join(" · "));
    let secrets: Vec<String> = secrets(&saved.plan)
        .iter()
        .map(|(address, field)| format!("{address}#{field}"))
        .collect();
    if !secrets.is_empty() {
        text.push_str(&report::text_line(&format!(
            "Secrets, taken from the files when it is applied: {}",
            secrets.join(", ")
        )));
    }
    text
}

fn header(saved: &Saved) -> text::Header {
    let made = &saved.made;
    text::Header {
        revision: made.revision.clone(),
        server: made.url.clone(),
        release: made.release.clone(),
        user: Some(made.by.clone()),
    }
}

/// The document of a saved plan. Its `run` is the one that made it.
fn document<'a>(saved: Option<&'a Saved>, sources: &'a Sources) -> Document<'a> {
    let Some(saved) = saved else {
        return Document::new(Verb::Show, sources);
    };
    let made = &saved.made;
    let secrets = secrets(&saved.plan)
        .into_iter()
        .map(|(address, field)| format!("{address}#{field}"));
    Document {
        body: Body::Plan(Planned {
            plan: &saved.plan,
            access: saved.access.as_ref(),
            assertions: &[],
            fingerprint: Some(sums(&saved.state, &saved.live)),
            applied: None,
        }),
        server: Server {
            url: Some(made.url.clone()),
            version: Some(made.release.clone()),
            id: made.install.clone(),
        },
        actor: Some(made.by.clone()),
        source: Source {
            revision: made.revision.clone(),
            dirty: None,
            env: made.environment.clone(),
        },
        run: wire::json(&wire::plan::Run::Saved {
            created_at: made.at.clone(),
            akrec_version: made.version.clone(),
            workspace: made.workspace.clone(),
            waived: saved
                .waived
                .iter()
                .map(|code| code.as_str().to_owned())
                .collect(),
            secrets: secrets.collect(),
            rollback_of: saved.undo.as_ref().map(|undo| undo.of.clone()),
        }),
        ..Document::new(Verb::Show, sources)
    }
}
