//! What the screen and the artifacts get: the plan before a question is asked, and at the end one whole document.
//!
//! Changes nothing of what the run has found out.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::{Progress, Run, Stands};
use crate::cli::OutputFormat;
use crate::command::output::Outputs;
use crate::command::screen::env;
use crate::diag::Diagnostic;
use crate::drift::Drift;
use crate::plan::{Plan, Status};
use crate::read::Server;
use crate::report::assertions::tally;
use crate::report::{
    self, Applied, Body, Document, Planned, Source, diagnostics, events, plan as text,
};
use crate::wire;

/// How many problems are shown in full.
const CAP: usize = 25;

impl Run<'_> {
    /// Shows the plan and the warnings so far, before a question is asked.
    pub fn show(&mut self) {
        self.show_diagnostics();
        let planned = self
            .standing()
            .filter(|_| self.outputs.wants(OutputFormat::Events))
            .map(|stands| events::planned(&stands.plan, &self.sources));
        for event in planned.into_iter().flatten() {
            self.outputs.event(self.screen, event);
        }
        if let (true, Some(Stands { plan, review }), Some(header)) =
            (self.is_text(), self.standing(), self.header())
        {
            self.screen
                .text(&text::text(plan, &header, &self.sources, &self.style));
            if let Some(diagnostic) = &review.access {
                self.screen.text(&report::access::under_plan(
                    diagnostic,
                    self.style.color,
                    self.style.width,
                ));
            }
            if let Some(tally) = tally(&review.assertions) {
                self.screen.text(&format!("\n{tally}\n"));
            }
        }
    }

    /// Shows what drifted, with the warnings so far.
    pub fn show_drift(&mut self, drift: &Drift) {
        self.show_diagnostics();
        if let (true, Some(header)) = (self.is_text(), self.header()) {
            self.screen.text(&report::drift::text(
                drift,
                &header,
                &self.sources,
                &self.style,
            ));
        }
    }

    /// Emits an event to whoever wants to know at once.
    pub fn event(&mut self, event: Json) {
        self.outputs.event(self.screen, event);
    }

    /// Writes the artifacts and what is left to be printed, and gives the exit code.
    pub fn finish(mut self, code: u8) -> u8 {
        self.show_diagnostics();
        let mut outputs = std::mem::replace(&mut self.outputs, Outputs::new(&Default::default()));
        let (code, diagnostic) = outputs.deliver(self.screen, self.document(code));
        self.outputs = outputs;
        self.diagnostics.extend(diagnostic);
        self.show_diagnostics();
        code
    }

    /// The document of the run as JSON.
    pub fn json(&self, exit_code: u8) -> Json {
        report::json::document(&self.document(exit_code))
    }

    /// A plan as text, under this run's header.
    pub fn plan_text(&self, plan: &Plan) -> String {
        self.header()
            .map(|header| text::text(plan, &header, &self.sources, &self.style))
            .unwrap_or_default()
    }

    /// The server in words.
    pub fn place(&self, server: &Server) -> String {
        // The sandbox listens on a port of its own every time.
        if self.sandbox.is_some() {
            "the sandbox".to_owned()
        } else {
            server.url.clone()
        }
    }

    fn header(&self) -> Option<text::Header> {
        let server = self.server.as_ref()?;
        Some(text::Header {
            revision: revision(),
            server: self.place(server),
            release: server.version.clone(),
            user: Some(server.user.clone()),
        })
    }

    /// Shows what the screen does not have yet of what is to be said.
    fn show_diagnostics(&mut self) {
        let unseen = self.diagnostics.get(self.shown..).unwrap_or_default();
        self.screen.hide(unseen, &mut self.sources);
        self.outputs
            .emit(self.screen, &self.diagnostics, &self.sources);
        let diagnostic = self.diagnostics.get(self.shown..).unwrap_or_default();
        let shown: Vec<Diagnostic> = diagnostic
            .iter()
            .filter(|diagnostic| diagnostic.is_error() || !self.screen.quiet)
            .cloned()
            .collect();
        self.shown = self.diagnostics.len();
        if !shown.is_empty() && self.outputs.shows_on_screen() {
            self.screen.err(&diagnostics::text(
                &shown,
                &self.sources,
                self.screen.color_err,
                CAP,
            ));
        }
    }

    /// The result of the run.
    fn body(&self) -> Body<'_> {
        match &self.progress {
            Progress::Begun => Body::Nothing,
            Progress::Planned(stands) => planned(stands, None),
            Progress::Applied(stands, done) => planned(
                stands,
                Some(Applied {
                    outcome: &done.outcome,
                    left: done.left.as_deref(),
                    again: &done.again,
                }),
            ),
            Progress::Compared(drift, adopted) => Body::Drift {
                drift,
                adopted: adopted.as_ref(),
            },
            Progress::Answered(answer) => Body::Answer(answer),
        }
    }

    /// The document of everything that the run reports.
    fn document(&self, exit_code: u8) -> Document<'_> {
        let server = self.server.as_ref();
        let mut diagnostic = self.diagnostics.clone();
        let mut known: HashSet<&Diagnostic> = self.diagnostics.iter().collect();
        let outcome = self.outcome();
        for status in outcome.iter().flat_map(|outcome| &outcome.statuses) {
            if let Status::Failed(one) | Status::Moved(one) = status
                && known.insert(one)
            {
                diagnostic.push(one.clone());
            }
        }
        let rollback = match &self.progress {
            Progress::Applied(_, done) => done.rollback.as_ref(),
            _ => None,
        };
        let rollback = rollback.map(|path| path.display().to_string());
        Document {
            body: self.body(),
            diagnostics: diagnostic,
            exit_code,
            server: report::Server {
                // The sandbox listens on a port of its own every time.
                url: if self.sandbox.is_some() {
                    Some("sandbox".to_owned())
                } else {
                    server.map(|s| s.url.clone())
                },
                version: server.map(|server| server.version.clone()),
                id: None,
            },
            actor: server.map(|server| server.user.clone()),
            source: Source {
                revision: revision(),
                dirty: None,
                env: self.environment.clone(),
            },
            run: wire::json(&wire::plan::Run::Planned {
                id: self.id(),
                created_at: self.started.to_string(),
                host: env("HOSTNAME"),
                rollback,
            }),
            style: self.style,
            ..Document::new(self.verb, &self.sources)
        }
    }
}

/// A plan with what was found out about it, as documents have it.
fn planned<'a>(stands: &'a Stands, applied: Option<Applied<'a>>) -> Body<'a> {
    Body::Plan(Planned {
        plan: &stands.plan,
        access: stands.review.access.as_ref(),
        assertions: &stands.review.assertions,
        fingerprint: stands.review.sums.clone(),
        applied,
    })
}

/// The commit that the files are of, as CI says it.
pub fn revision() -> Option<String> {
    let full = ["AKREC_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"]
        .into_iter()
        .find_map(env)?;
    Some(
        full.chars()
            .filter(char::is_ascii_hexdigit)
            .take(7)
            .collect(),
    )
    .filter(|short: &String| !short.is_empty())
}
