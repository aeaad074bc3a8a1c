//! One run of a verb that plans: what it has found out so far, from flags to a plan, with all that is to be said.
//!
//! Each stage gives its result or an exit code; whatever the end, [`Run::finish`] prints one complete report.

mod emit;
mod plan;
mod prepare;
mod problems;

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use super::output::Outputs;
use super::{Screen, screen::env};
use crate::access::Difference;
use crate::cli::{Lints, OutputFormat, SandboxFlags};
use crate::client::Client;
use crate::desired::Desired;
use crate::diag::{Code, Diagnostic, Sources};
use crate::drift::{Adopted, Drift};
use crate::ledger::Ledger;
use crate::lints::Levels;
use crate::live::Live;
use crate::plan::{Outcome, Plan};
use crate::plan_file::Sums;
use crate::read::Server;
use crate::report::assertions::Judged;
use crate::report::{Answer, Verb, plan as text};
use crate::rollback::Undo;
use crate::sandbox::Sandbox;
use crate::settings::Resolved;
use crate::store::Holder;
use crate::value::digest;
use crate::wire::Body;
pub(super) use emit::revision;
pub use plan::Seen;
pub use problems::{code_of, worst};

/// The workspace where akrec.yaml names none.
pub(super) const WORKSPACE: &str = "default";

/// One run of a verb that plans.
pub struct Run<'a> {
    pub screen: &'a Screen,
    verb: Verb,
    outputs: Outputs,
    style: text::Style,
    /// Every file that was read.
    pub sources: Sources,
    diagnostics: Vec<Diagnostic>,
    /// How many of them the screen has already.
    shown: usize,
    /// Secrets from the files that must not be shown, kept until there is a client that conceals them.
    secrets: Vec<SecretString>,
    server: Option<Server>,
    environment: Option<String>,
    /// The embedded server, kept alive as long as the run.
    sandbox: Option<Sandbox>,
    /// Whether files that declare nothing are meant.
    empty: bool,
    /// The checks that a plan gets.
    pub(super) judging: Judging,
    /// The state of the run so far.
    progress: Progress,
    started: jiff::Timestamp,
}

/// The checks that a plan gets.
#[derive(Default)]
pub(super) struct Judging {
    /// Who gains or loses access by it.
    pub access: bool,
    /// Lints and assertions: not for a plan that proves an apply.
    pub files: bool,
    /// Assertions, where lints are checked.
    pub assertions: bool,
    /// What flags say of lints.
    flags: (Vec<Code>, Lints),
    /// How lints are taken.
    pub levels: Levels,
}

/// The state of a run so far.
enum Progress {
    /// Nothing yet.
    Begun,
    /// A plan stands.
    Planned(Box<Stands>),
    /// The plan was carried out.
    Applied(Box<Stands>, Box<Done>),
    /// The server was compared with what was last applied.
    Compared(Box<Drift>, Option<Adopted>),
    /// A question is answered.
    Answered(Answer),
}

/// A plan, and what was found out about it.
struct Stands {
    plan: Arc<Plan>,
    review: Review,
}

/// The results of the checks of a plan.
#[derive(Clone, Default)]
pub struct Review {
    /// Who gains and who loses access, if that was asked for and the plan can make a difference.
    pub access: Option<Difference>,
    /// The assertions of the files, as far as they were checked.
    pub assertions: Vec<Judged>,
    /// Fingerprints of what the plan was made from, if some artifact shows them.
    sums: Option<Sums>,
}

/// The result of a plan that was carried out.
pub struct Done {
    /// What became of each step.
    pub outcome: Outcome,
    /// The command to go on with after a failure.
    pub again: String,
    /// The file that takes the apply back.
    pub rollback: Option<PathBuf>,
    /// The second plan, if it still has steps.
    pub left: Option<Arc<Plan>>,
}

/// All that a plan is made from.
pub struct Ready {
    pub settings: Resolved,
    pub client: Client,
    pub server: Server,
    pub workspace: String,
    pub desired: Desired,
    /// For a rollback: what it puts back. `desired` is then of it, and of no file.
    pub undo: Option<Undo>,
}

/// A plan, and what it was made from.
pub struct Planned {
    pub plan: Arc<Plan>,
    pub live: Live,
    pub ledger: Ledger,
    pub review: Review,
}

impl<'a> Run<'a> {
    pub fn new(screen: &'a Screen, output: &crate::cli::Output) -> Run<'a> {
        Run::with_input(screen, output, None)
    }

    /// The same for a run that reads a plan file, which none of its artifacts may replace.
    pub fn with_input(
        screen: &'a Screen,
        output: &crate::cli::Output,
        input: Option<&std::path::Path>,
    ) -> Run<'a> {
        let outputs = Outputs::with_input(&output.artifacts, input);
        Run {
            screen,
            verb: Verb::Other,
            style: text::Style {
                color: screen.color && outputs.is_text(),
                width: screen.width,
                concise: output.concise,
                summary: output.summary,
            },
            outputs,
            sources: Sources::default(),
            diagnostics: Vec::new(),
            shown: 0,
            secrets: Vec::new(),
            server: None,
            environment: None,
            sandbox: None,
            empty: false,
            judging: Judging {
                files: true,
                assertions: true,
                ..Judging::default()
            },
            progress: Progress::Begun,
            started: crate::command::clock::now(),
        }
    }

    /// A run of a verb that answers a question: as one JSON document, also if there is no answer, or in a way of its own.
    pub fn answering(screen: &'a Screen, json: bool) -> Run<'a> {
        let mut output = crate::cli::Output::default();
        if json {
            output.artifacts.format = OutputFormat::Json;
        }
        Run::new(screen, &output)
    }

    /// Takes in what the document says besides what all documents say. Shown at the end, if it is JSON.
    pub fn answer(&mut self, body: Body) {
        self.progress = Progress::Answered(Answer(body));
    }

    /// Takes in the plan that stands.
    pub fn stands(&mut self, plan: Arc<Plan>, review: Review) {
        self.progress = Progress::Planned(Box::new(Stands { plan, review }));
    }

    /// Takes in what became of the plan that stands.
    pub fn done(&mut self, done: Done) {
        self.progress = match std::mem::replace(&mut self.progress, Progress::Begun) {
            Progress::Planned(stands) => Progress::Applied(stands, Box::new(done)),
            // Nothing is carried out but what stands, and once.
            other => other,
        };
    }

    /// Takes in what a second plan still has to do.
    pub fn still_left(&mut self, left: Arc<Plan>) {
        if let Progress::Applied(_, done) = &mut self.progress {
            done.left = Some(left);
        }
    }

    /// Takes in the assertions as they hold after an apply.
    pub(super) fn assertions_now(&mut self, assertions: Vec<Judged>) {
        if let Progress::Applied(stands, _) = &mut self.progress {
            stands.review.assertions = assertions;
        }
    }

    /// Takes in what differs on the server, and what of it was put into the files.
    pub fn compared(&mut self, drift: Drift, adopted: Option<Adopted>) {
        self.progress = Progress::Compared(Box::new(drift), adopted);
    }

    /// What became of the plan, if it was carried out.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.progress {
            Progress::Applied(_, done) => Some(&done.outcome),
            _ => None,
        }
    }

    /// The plan that stands, carried out or not.
    fn standing(&self) -> Option<&Stands> {
        match &self.progress {
            Progress::Planned(stands) | Progress::Applied(stands, _) => Some(stands),
            _ => None,
        }
    }

    /// The same as the run of one of the verbs whose documents have more content.
    pub fn of(self, verb: Verb) -> Run<'a> {
        Run { verb, ..self }
    }

    /// Removes what has the name of a file that this run is to write, before anything is read.
    pub fn claim(&mut self, path: &std::path::Path) {
        self.outputs.claim(path);
    }

    /// Who writes, as the lease and the ledger say it.
    pub fn holder(&self, ready: &Ready) -> Holder {
        self.holder_of(&ready.server.user)
    }

    /// The same for a user.
    pub fn holder_of(&self, user: &str) -> Holder {
        Holder {
            user: user.to_owned(),
            host: env("HOSTNAME"),
            run: self.id(),
        }
    }

    /// The id of the run, in the ledger and in documents.
    fn id(&self) -> String {
        let unique = digest(&format!(
            "{}{}",
            self.started.as_nanosecond(),
            std::process::id()
        ));
        env("AKREC_RUN").unwrap_or_else(|| {
            format!(
                "{}-{}",
                self.started.strftime("%Y%m%dT%H%M%SZ"),
                &unique[..6]
            )
        })
    }

    /// The files that were read.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// When the run began.
    pub fn started(&self) -> jiff::Timestamp {
        self.started
    }

    /// Whether all that is written is forgotten at the end: in a sandbox that is kept in no file.
    pub fn is_forgotten(&self, flags: &SandboxFlags) -> bool {
        self.sandbox.is_some() && flags.sandbox_data.is_none()
    }

    /// The exit code of a run that wrote into a sandbox: not a success if the sandbox could not keep it, which is reported.
    pub fn kept(&mut self, code: u8) -> u8 {
        let Some(why) = self.sandbox.as_ref().and_then(Sandbox::lost) else {
            return code;
        };
        let diagnostic = Diagnostic::error(
            Code::CANNOT_WRITE,
            format!("the sandbox cannot save its data: {why}"),
        )
        .note("a write that was not saved was not carried out");
        self.emit(
            diagnostic.help("free some space there, or name another file with --sandbox-data"),
        );
        super::exit::ERROR
    }

    /// The style of text.
    pub fn style(&self) -> &text::Style {
        &self.style
    }

    /// Whether standard output gets text.
    pub fn is_text(&self) -> bool {
        self.outputs.is_text()
    }
}
