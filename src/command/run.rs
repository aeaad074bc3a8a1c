//! What plan and apply share: from flags to a plan, collecting all that is to be said on the way.
//!
//! Each stage gives its result or an exit code; whatever the end, [`Run::finish`] prints one complete report.

use serde_json::{Value as Raw, json};

use super::output::Outputs;
use super::reading::Reading;
use super::{Screen, exit, screen::env};
use crate::access::{self, Difference};
use crate::apply::licence;
use crate::cli::{Lints, OutputFormat, Rails, SandboxFlags, Scope, Target, WriteSecret};
use crate::client::{self, Client};
use crate::desired::{self, Desired};
use crate::diag::{Code, Diagnostic, Sources};
use crate::drift::{Adopted, Drift};
use crate::export::Pattern;
use crate::inverse::{self, Undo};
use crate::ledger::{self, Holder, Ledger};
use crate::lints::Levels;
use crate::live::Live;
use crate::plan::{self, Outcome, Plan, Status};
use crate::read::{self, Problem, Server};
use crate::report::assertions::{Judged, tally};
use crate::report::events::{self, Purpose};
use crate::report::{self, Answer, Document, Source, Verb, diagnostics, plan as text};
use crate::sandbox::{self, Sandbox};
use crate::saved::{self, Sums};
use crate::schema::{Class, RELEASES};
use crate::settings::{self, Outside, Request, Resolved};
use crate::value::digest;

/// The workspace where akrec.yaml names none.
pub(super) const WORKSPACE: &str = "default";
/// How many problems are shown in full.
const CAP: usize = 25;

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
    server: Option<Server>,
    environment: Option<String>,
    /// The embedded server, kept alive as long as the run.
    sandbox: Option<Sandbox>,
    /// Whether files that declare nothing are meant.
    empty: bool,
    pub plan: Option<Plan>,
    /// Whether a plan shall tell who gains or loses access.
    pub with_access: bool,
    /// Whether lints and assertions are judged: not by the plan that proves an apply.
    pub judges: bool,
    /// Whether assertions are.
    pub asserts: bool,
    /// What flags say of lints.
    flags: (Vec<Code>, Lints),
    /// How lints are taken.
    pub(super) levels: Levels,
    /// What became of the assertions, as far as they were checked.
    pub(super) assertions: Vec<Judged>,
    /// Who does, if that was asked for and the plan can make a difference.
    pub access: Option<Difference>,
    /// Fingerprints of what the plan was made from, if some artifact tells them.
    sums: Option<Sums>,
    pub outcome: Option<Outcome>,
    /// What a second plan still has to do.
    pub left: Option<Plan>,
    /// The command to go on with after a failure.
    pub again: Option<String>,
    /// The file that takes the apply back.
    pub rollback: Option<std::path::PathBuf>,
    pub drift: Option<Drift>,
    pub adopted: Option<Adopted>,
    /// The members of the document of a verb that answers a question.
    answer: Option<Answer>,
    started: jiff::Timestamp,
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
    pub plan: Plan,
    pub live: Live,
    pub ledger: Ledger,
}

impl<'a> Run<'a> {
    pub fn new(screen: &'a Screen, output: &crate::cli::Output) -> Run<'a> {
        let outputs = Outputs::new(&output.artifacts);
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
            server: None,
            environment: None,
            sandbox: None,
            empty: false,
            plan: None,
            with_access: false,
            judges: true,
            asserts: true,
            flags: Default::default(),
            levels: Levels::default(),
            assertions: Vec::new(),
            access: None,
            sums: None,
            outcome: None,
            left: None,
            again: None,
            rollback: None,
            drift: None,
            adopted: None,
            answer: None,
            started: jiff::Timestamp::now(),
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

    /// Takes in what the document says besides what all documents say; an object. Shown at the end, if it is JSON.
    pub fn answer(&mut self, members: Raw) {
        self.answer = Some(Answer(members));
    }

    /// The same as the run of one of the verbs whose documents have more to tell.
    pub fn of(self, verb: Verb) -> Run<'a> {
        Run { verb, ..self }
    }

    /// Takes in which rails are waived, as far as they are about the files alone, and how lints are taken.
    pub fn waives(&mut self, rails: &Rails, lints: &Lints) {
        self.empty = rails.allow.contains(&Code::EMPTY_STATE);
        self.flags = (rails.allow.clone(), lints.clone());
    }

    /// Reads settings and files, finds the server and asks who it is: everything but the objects.
    pub async fn prepare(&mut self, request: &Request<'_>, flags: &SandboxFlags) -> Result<Ready, u8> {
        let settings = self.settings(request)?;
        let inputs = settings.inputs(&env);
        let (tree, mut found) = desired::read(&inputs, settings.environment_dir.as_deref(), &mut self.sources);
        let mut rules = desired::Settings {
            release: settings.release,
            allow_unknown: settings.allow_unknown,
            today: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date(),
        };
        if self.empty {
            found.iter_mut().filter(|told| told.code == Code::EMPTY_STATE).for_each(plan::waive);
        }
        let (first, more) = desired::lower(&tree, &rules, &mut self.sources);
        let of_files = found.clone();
        found.extend(more);
        if found.iter().any(Diagnostic::is_error) {
            found.iter_mut().filter(|told| told.code == Code::EMPTY_STATE).for_each(|told| {
                told.notes.push(format!("if all that akrec made shall be deleted: --allow {}", told.code));
            });
            // Of files that say nothing there is nothing wrong to be corrected: it is what they would do that is refused.
            let empty = found.iter().all(|told| !told.is_error() || told.code == Code::EMPTY_STATE);
            let code = self.invalid(found);
            return Err(if empty { exit::RAIL } else { code });
        }

        let (client, server) = self.reach(&settings, flags).await?;
        // Gates of fields and words are judged by the server's own release.
        let desired = if rules.release == Some(server.release) {
            self.diagnostics.append(&mut found);
            first
        } else {
            rules.release = Some(server.release);
            let (desired, found) = desired::lower(&tree, &rules, &mut self.sources);
            if found.iter().any(Diagnostic::is_error) {
                return Err(self.invalid(found));
            }
            self.diagnostics.extend(of_files);
            self.diagnostics.extend(found);
            desired
        };
        let desired = Desired { break_glass: settings.break_glass.clone(), ..desired };
        let workspace = settings.workspace.clone().unwrap_or_else(|| WORKSPACE.to_owned());
        Ok(Ready { settings, client, server, workspace, desired, undo: None })
    }

    /// Reads the settings alone. Refuses artifacts that cannot be written.
    pub fn settings(&mut self, request: &Request<'_>) -> Result<Resolved, u8> {
        self.settings_in(request, &env)
    }

    /// The same with an environment of its own.
    pub fn settings_in(&mut self, request: &Request<'_>, env: &dyn Fn(&str) -> Option<String>) -> Result<Resolved, u8> {
        let unwritable = self.outputs.check();
        if !unwritable.is_empty() {
            return Err(self.invalid(unwritable));
        }
        let names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
        let stdin = || std::io::read_to_string(std::io::stdin());
        let outside = Outside { env, names: &names, dir: std::path::Path::new(""), stdin: &stdin };
        let mut settings =
            settings::resolve(request, &outside, &mut self.sources).map_err(|found| self.invalid(found))?;
        self.diagnostics.append(&mut settings.warnings);
        self.style.concise |= settings.concise;
        self.environment = settings.environment.clone();
        self.levels = super::judge::levels(&settings, &self.flags.0, &self.flags.1);
        Ok(settings)
    }

    /// Finds the server and asks who it is.
    pub async fn reach(&mut self, settings: &Resolved, flags: &SandboxFlags) -> Result<(Client, Server), u8> {
        let connection = match settings.client.clone() {
            Some(connection) => connection,
            None => self.start_sandbox(settings, flags).await?,
        };
        let client = Client::new(connection).map_err(|error| self.refused(&error))?;
        if client.exposes_token() {
            self.diagnostics.push(
                Diagnostic::warning(Code::SERVER, format!("the token travels unencrypted to {}", client.base_url()))
                    .help("use https"),
            );
        }
        let (server, warnings) = read::server(&client).await.map_err(|problem| self.problem(problem))?;
        self.diagnostics.extend(warnings);
        self.server = Some(server.clone());
        Ok((client, server))
    }

    async fn start_sandbox(&mut self, settings: &Resolved, flags: &SandboxFlags) -> Result<client::Settings, u8> {
        let newest = RELEASES[RELEASES.len() - 1];
        let named = flags.release().or(settings.release);
        let mut options = sandbox::Options::new(named.unwrap_or(newest).to_string());
        options.data = flags.sandbox_data.clone();
        options.licence = super::sandbox::licence(flags.sandbox_licence);
        let started = match sandbox::start(options.clone()).await {
            Err(sandbox::Error::OtherRelease { kept, .. }) if named.is_none() => {
                options.release = kept;
                sandbox::start(options).await
            }
            other => other,
        };
        let sandbox = started.map_err(|error| {
            let told = Diagnostic::error(Code::BAD_SETTING, format!("the sandbox cannot be started: {error}"));
            self.invalid(vec![told])
        })?;
        let token = sandbox.admin_token().to_owned().into();
        let connection = settings.sandbox_client(sandbox.url(), token);
        self.sandbox = Some(sandbox);
        Ok(connection)
    }

    /// Reads what is needed and plans. A plan that a rail refuses is shown, and is an error.
    pub async fn plan(&mut self, ready: &Ready, options: &plan::Options) -> Result<Planned, u8> {
        let (live, ledger) = self.observe(ready).await?;
        self.decide(ready, live, ledger, options).await
    }

    /// Reads the ledger and the objects.
    pub async fn observe(&mut self, ready: &Ready) -> Result<(Live, Ledger), u8> {
        let purpose = if self.outcome.is_some() { Purpose::Proof } else { Purpose::Plan };
        self.event(events::refresh_start(purpose));
        let ledger = self.ledger(ready).await?;
        let quiet = ready.undo.as_ref().map(|_| inverse::quiet(&ledger));
        let reading = Reading::ticking(self.screen);
        let read = read::live(&ready.client, &ready.server, &ready.desired, quiet.as_ref().unwrap_or(&ledger)).await;
        reading.finish();
        let (live, found) = read.map_err(|problem| self.problem(problem))?;
        let wrong = found.iter().any(Diagnostic::is_error);
        self.once(found);
        if wrong {
            return Err(exit::ERROR);
        }
        self.event(events::refresh_complete(purpose, live.objects.len()));
        Ok((live, ledger))
    }

    /// Tells what reading found; a run that reads twice says it once.
    fn once(&mut self, found: Vec<Diagnostic>) {
        for told in found {
            if !self.diagnostics.contains(&told) {
                self.diagnostics.push(told);
            }
        }
    }

    /// Plans from what was read.
    pub async fn decide(
        &mut self,
        ready: &Ready,
        live: Live,
        ledger: Ledger,
        options: &plan::Options,
    ) -> Result<Planned, u8> {
        let (plan, mut found) = match &ready.undo {
            Some(undo) => inverse::plan(undo, &live, &ledger, options),
            None => plan::plan(&ready.desired, &live, &ledger, options),
        };
        if let Some(plan) = &plan {
            found.extend(self.beside(ready, &live, plan).await);
        }
        let refused = found.iter().any(Diagnostic::is_error);
        // A second plan is no part of the document but for what it has left.
        let first = self.outcome.is_none();
        if let Some(plan) = plan.as_ref().filter(|_| first && self.outputs.wants(OutputFormat::Json)) {
            let live = saved::of_live(&ready.desired, plan, &live);
            self.sums = Some(saved::sums(&saved::of_state(&ready.desired), &live));
        }
        match plan {
            Some(plan) if !refused => {
                self.diagnostics.extend(found);
                self.diagnostics.extend(unlicensed(&plan, &ready.client).await);
                Ok(Planned { plan, live, ledger })
            }
            refused => {
                let code = self.invalid(found);
                if first {
                    self.plan = refused;
                    self.show();
                }
                Err(code)
            }
        }
    }

    /// What is to be said of a plan beside its rails: lints, who gains or loses access, assertions. The plan stands if
    /// access cannot be read.
    async fn beside(&mut self, ready: &Ready, live: &Live, plan: &Plan) -> Vec<Diagnostic> {
        let mut found = if self.judges { self.lints(ready, live, plan) } else { Vec::new() };
        let asserts = self.judges && self.asserts && !ready.desired.assertions.is_empty();
        let compares = self.with_access && self.access.is_none() && plan::touches_access(&plan.steps);
        if !asserts && !compares {
            return found;
        }
        let worlds = self.worlds(ready, live, plan).await;
        if compares {
            self.access = Some(match &worlds {
                Ok((before, after)) => access::difference(before, after),
                Err(why) => Difference { blind: Some(why.clone()), ..Difference::default() },
            });
        }
        if asserts {
            found.extend(self.assert(ready, worlds.as_ref().map(|(_, after)| after)));
        }
        found
    }

    /// Reads what is needed and compares: a plan that nobody is going to apply, so that no rail stands in its way.
    pub async fn compare(&mut self, ready: &Ready) -> Result<Planned, u8> {
        let ledger = self.ledger(ready).await?;
        let (live, found) = read::live(&ready.client, &ready.server, &ready.desired, &ledger)
            .await
            .map_err(|problem| self.problem(problem))?;
        let wrong = found.iter().any(Diagnostic::is_error);
        self.once(found);
        if wrong {
            return Err(exit::ERROR);
        }
        let (plan, mut found) = plan::plan(&ready.desired, &live, &ledger, &plan::Options::default());
        found.retain(|told| !told.code.is_rail());
        match plan {
            Some(plan) if !found.iter().any(Diagnostic::is_error) => {
                self.diagnostics.extend(found);
                Ok(Planned { plan, live, ledger })
            }
            _ => Err(self.invalid(found)),
        }
    }

    /// Shows what drifted, with the warnings so far.
    pub fn show_drift(&mut self, drift: &Drift) {
        self.show_diagnostics();
        if let (true, Some(header)) = (self.is_text(), self.header()) {
            self.screen.out(&report::drift::text(drift, &header, &self.sources, &self.style));
        }
    }

    /// What is known of ownership on the server.
    async fn ledger(&mut self, ready: &Ready) -> Result<Ledger, u8> {
        self.ledger_of(&ready.client, &ready.workspace).await
    }

    /// The same before any files are read.
    pub async fn ledger_of(&mut self, client: &Client, workspace: &str) -> Result<Ledger, u8> {
        let (ledger, found) = match ledger::read(client, workspace).await {
            Ok(read) => read,
            Err(ledger::Problem::Client(error)) => return Err(self.refused(&error)),
            Err(ledger::Problem::Told(told)) => return Err(self.invalid(vec![*told])),
        };
        self.diagnostics.extend(found);
        if let Some(why) = &ledger.unreadable {
            let told = Diagnostic::warning(Code::LEDGER_UNREADABLE, "it is not known what akrec made on this server");
            self.diagnostics.push(
                told.note(format!("the ledger cannot be read: {why}"))
                    .note("nothing is deleted because it left the files")
                    .help("let the token view blueprint instances"),
            );
        }
        Ok(ledger)
    }

    /// Who writes, as the lease and the ledger say it.
    pub fn holder(&self, ready: &Ready) -> Holder {
        self.holder_of(&ready.server.user)
    }

    /// The same for a user.
    pub fn holder_of(&self, user: &str) -> Holder {
        Holder { user: user.to_owned(), host: env("HOSTNAME"), run: self.id() }
    }

    /// What the run is called, in the ledger and in documents.
    fn id(&self) -> String {
        let unique = digest(&format!("{}{}", self.started.as_nanosecond(), std::process::id()));
        env("AKREC_RUN").unwrap_or_else(|| format!("{}-{}", self.started.strftime("%Y%m%dT%H%M%SZ"), &unique[..6]))
    }

    /// The patterns that a flag names, by themselves or in a file: one a line, blank lines and `#` left out.
    pub fn patterns(&mut self, targets: &[Target]) -> Result<Vec<Pattern>, u8> {
        let mut patterns = Vec::new();
        for target in targets {
            let path = match target {
                Target::Pattern(pattern) => {
                    patterns.push(pattern.clone());
                    continue;
                }
                Target::File(path) => path,
            };
            let refuse = |why: String| Diagnostic::error(Code::BAD_SETTING, format!("@{}: {why}", path.display()));
            let text = std::fs::read_to_string(path);
            let text = text.map_err(|error| self.invalid(vec![refuse(error.to_string())]))?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            let found: Result<Vec<Pattern>, String> = lines.map(Pattern::new).collect();
            let found = found.map_err(|why| self.invalid(vec![refuse(why)]))?;
            // A file that names nothing must not mean everything.
            if found.is_empty() {
                return Err(self.invalid(vec![refuse("it names nothing".to_owned())]));
            }
            patterns.extend(found);
        }
        Ok(patterns)
    }

    /// What the flags ask of the planner. Refuses names of objects that are not declared, or of fields that are not theirs.
    pub fn options(
        &mut self,
        ready: &Ready,
        rails: &Rails,
        asked: &[WriteSecret],
        scope: &Scope,
    ) -> Result<plan::Options, u8> {
        let mut options = plan::Options {
            allow: rails.allow.iter().copied().collect(),
            limits: ready.settings.limits.clone(),
            flags: plan::FlagLimits {
                deletes: rails.max_deletes,
                changes: rails.max_changes,
                removals: rails.max_removals.iter().cloned().collect(),
            },
            scope: plan::Scope {
                targets: self.patterns(&scope.target)?,
                excludes: self.patterns(&scope.exclude)?,
                done: false,
            },
            ..plan::Options::default()
        };
        for secret in asked {
            let object = ready.desired.objects.iter().find(|object| object.address.path() == secret.address);
            let field = object.and_then(|object| object.kind.fields.iter().find(|field| field.word == secret.field));
            let declared =
                field.is_some_and(|field| object.is_some_and(|object| object.fields.contains_key(field.name)));
            if !declared {
                let what =
                    format!("--write-secret {}#{}: there is no such field declared", secret.address, secret.field);
                return Err(self.invalid(vec![Diagnostic::error(Code::BAD_SETTING, what)]));
            }
            if field.is_some_and(|field| field.class != Class::WriteOnly) {
                let what = format!(
                    "--write-secret {}#{}: the server gives it back, so a plan writes it whenever it differs",
                    secret.address, secret.field
                );
                let told = Diagnostic::error(Code::BAD_SETTING, what).help("leave --write-secret out for this field");
                return Err(self.invalid(vec![told]));
            }
            options.write_secrets.insert((secret.address.clone(), secret.field.clone()));
        }
        Ok(options)
    }

    /// Takes problems in; the exit code that they mean.
    pub fn invalid(&mut self, found: Vec<Diagnostic>) -> u8 {
        let code = found.iter().filter(|told| told.is_error()).map(|told| code_of(told.code)).min();
        self.diagnostics.extend(found);
        code.unwrap_or(exit::ERROR)
    }

    /// Takes in why reading failed; the exit code that it means.
    pub fn problem(&mut self, problem: Problem) -> u8 {
        match problem {
            Problem::Client(error) => self.refused(&error),
            Problem::Told(told) => {
                let refused = told.code == Code::PERMISSION;
                self.diagnostics.push(told);
                if refused { exit::REFUSED } else { exit::ERROR }
            }
        }
    }

    /// Takes a failed request in; the exit code that it means.
    pub fn refused(&mut self, error: &client::Error) -> u8 {
        let (code, exit) = match &error.kind {
            _ if error.is_settings() => (Code::BAD_SETTING, exit::INVALID),
            client::ErrorKind::Unauthorized { .. } | client::ErrorKind::SignIn { .. } => {
                (Code::TOKEN_REFUSED, exit::REFUSED)
            }
            _ if error.is_auth() => (Code::PERMISSION, exit::REFUSED),
            _ if error.is_connection() => (Code::SERVER, exit::UNREACHABLE),
            _ => (Code::SERVER, exit::ERROR),
        };
        let mut told = Diagnostic::error(code, error.what());
        if let Some(method) = error.method {
            told = told.note(format!("the request was {method} {} on {}", error.path, error.server));
        }
        told.help = error.hint();
        self.diagnostics.push(told);
        exit
    }

    /// Adds something to be said.
    pub fn tell(&mut self, told: Diagnostic) {
        self.diagnostics.push(told);
    }

    /// Shows the plan and the warnings so far, before a question is asked.
    pub fn show(&mut self) {
        self.show_diagnostics();
        if let Some(plan) = self.plan.as_ref().filter(|_| self.outputs.wants(OutputFormat::Events)) {
            events::planned(plan, &self.sources).into_iter().for_each(|it| self.outputs.event(self.screen, it));
        }
        if let (true, Some(plan), Some(header)) = (self.is_text(), &self.plan, self.header()) {
            self.screen.out(&text::text(plan, &header, &self.sources, &self.style));
            if let Some(told) = &self.access {
                self.screen.out(&report::access::under_plan(told, self.style.color, self.style.width));
            }
            if let Some(tally) = tally(&self.assertions) {
                self.screen.out(&format!("\n{tally}\n"));
            }
        }
    }

    /// Tells that something happened to whoever wants to know at once.
    pub fn event(&mut self, event: Raw) {
        self.outputs.event(self.screen, event);
    }

    /// All that was told so far.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Says what was told so far in other words.
    pub fn rename(&mut self, to: &dyn Fn(&str) -> String) {
        for told in &mut self.diagnostics {
            told.message = to(&told.message);
            told.notes.iter_mut().chain(&mut told.help).for_each(|text| *text = to(text));
        }
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

    /// The style of text.
    pub fn style(&self) -> &text::Style {
        &self.style
    }

    /// Whether standard output gets text.
    pub fn is_text(&self) -> bool {
        self.outputs.is_text()
    }

    /// A plan as text, under this run's header.
    pub fn plan_text(&self, plan: &Plan) -> String {
        self.header().map(|header| text::text(plan, &header, &self.sources, &self.style)).unwrap_or_default()
    }

    /// The server in words.
    pub fn place(&self, server: &Server) -> String {
        // The sandbox listens on a port of its own every time.
        if self.sandbox.is_some() { "the sandbox".to_owned() } else { server.url.clone() }
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
        self.outputs.tell(self.screen, &self.diagnostics, &self.sources);
        let told = self.diagnostics.get(self.shown..).unwrap_or_default();
        let shown: Vec<Diagnostic> =
            told.iter().filter(|told| told.is_error() || !self.screen.quiet).cloned().collect();
        self.shown = self.diagnostics.len();
        if !shown.is_empty() && self.outputs.tells_on_screen() {
            self.screen.err(&diagnostics::text(&shown, &self.sources, self.screen.color_err, CAP));
        }
    }

    /// Writes the artifacts and what is left to be printed, and gives the exit code.
    pub fn finish(mut self, code: u8) -> u8 {
        self.show_diagnostics();
        let mut outputs = std::mem::replace(&mut self.outputs, Outputs::new(&Default::default()));
        let (code, told) = outputs.deliver(self.screen, self.document(code));
        self.outputs = outputs;
        self.diagnostics.extend(told);
        self.show_diagnostics();
        code
    }

    /// The document of the run as JSON.
    pub fn json(&self, exit_code: u8) -> Raw {
        report::json::document(&self.document(exit_code))
    }

    /// All that the run has to tell.
    fn document(&self, exit_code: u8) -> Document<'_> {
        let server = self.server.as_ref();
        let mut told = self.diagnostics.clone();
        for status in self.outcome.iter().flat_map(|outcome| &outcome.statuses) {
            if let Status::Failed(one) | Status::Moved(one) = status
                && !told.contains(one)
            {
                told.push(one.clone());
            }
        }
        Document {
            plan: self.plan.as_ref(),
            access: self.access.as_ref(),
            assertions: &self.assertions,
            outcome: self.outcome.as_ref(),
            left: self.left.as_ref(),
            drift: self.drift.as_ref(),
            adopted: self.adopted.as_ref(),
            answer: self.answer.as_ref(),
            diagnostics: told,
            exit_code,
            server: report::Server {
                // The sandbox listens on a port of its own every time.
                url: if self.sandbox.is_some() { Some("sandbox".to_owned()) } else { server.map(|s| s.url.clone()) },
                version: server.map(|server| server.version.clone()),
                id: None,
            },
            actor: server.map(|server| server.user.clone()),
            source: Source { revision: revision(), dirty: None, env: self.environment.clone() },
            fingerprint: self.sums.clone(),
            run: json!({
                "id": self.id(),
                "created_at": self.started.to_string(),
                "host": env("HOSTNAME"),
                "rollback": self.rollback.as_ref().map(|path| path.display().to_string()),
            }),
            again: self.again.clone(),
            style: self.style,
            ..Document::new(self.verb, &self.sources)
        }
    }
}

/// A warning where the plan writes enterprise kinds and the server has no licence for them; one request, only then.
async fn unlicensed(plan: &Plan, client: &Client) -> Option<Diagnostic> {
    let writes = |step: &&plan::Step| step.kind.enterprise && step.action != plan::Action::Delete;
    let refused: Vec<&plan::Step> = plan.steps.iter().filter(writes).collect();
    if refused.is_empty() || licence::counts(client).await != Some(false) {
        return None;
    }
    let names: Vec<String> = refused.iter().map(|step| step.address.to_string()).collect();
    let told = Diagnostic::warning(Code::NO_LICENCE, "authentik has no enterprise licence that counts")
        .note(format!("it will refuse to write {}", names.join(", ")))
        .help("add a licence under Enterprise > Licenses, or take these objects out of the files");
    let spans = refused.iter().filter_map(|step| step.source).take(1);
    Some(spans.fold(told, |told, span| told.at(span, "needs a licence")))
}

/// The commit that the files are of, as CI says it.
pub(super) fn revision() -> Option<String> {
    let full = ["AKREC_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"].into_iter().find_map(env)?;
    Some(full.chars().filter(char::is_ascii_hexdigit).take(7).collect()).filter(|short: &String| !short.is_empty())
}

/// The exit code that a diagnostic means.
pub fn code_of(code: Code) -> u8 {
    match code {
        Code::TOKEN_REFUSED | Code::PERMISSION | Code::UNREADABLE => exit::REFUSED,
        Code::SERVER | Code::OLD_RELEASE | Code::BAD_OBJECT | Code::ACCESS_DIFFERS => exit::ERROR,
        Code::READ_ONLY => exit::PARTIAL,
        Code::LEDGER_NEWER | Code::LEDGER_BROKEN => exit::ERROR,
        Code::STALE | Code::LEDGER_MOVED | Code::OTHER_SERVER | Code::BAD_PLAN_FILE => exit::STALE,
        Code::ASSERTION => exit::ASSERTION,
        code if code.is_rail() => exit::RAIL,
        _ => exit::INVALID,
    }
}
