//! Shared parts of the end-to-end tests: a sandbox with a client, a state on disk, and akrec's parts in the order in
//! which the program runs them.

#![allow(dead_code, reason = "every test executable uses its own part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

pub mod described;
pub mod leftovers;
pub mod releases;
pub mod sample;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use akrec::client::{Client, Settings};
use akrec::desired::Desired;
use akrec::diag::{Diagnostic, Sources};
use akrec::export::{self, Export};
use akrec::ledger::{self, Ledger};
use akrec::live::Live;
use akrec::plan::{self, Outcome, Plan};
use akrec::read::{self, Problem, Server};
use akrec::sandbox::{self, Entry, Sandbox};
use akrec::schema::Release;
use akrec::state::{Inputs, Var};
use akrec::store::{self, Holder};
use akrec::{apply, desired, report};
use base64::Engine as _;
use serde_json::Value;
use tokio::sync::watch;

#[allow(
    unused_imports,
    reason = "every test executable uses its own part of it"
)]
pub use releases::RELEASES;

/// The day that tests live on.
pub const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 22);

/// A server and a client for it.
pub struct Bench {
    pub client: Client,
    pub server: Server,
    /// The planner's options, besides the files.
    pub options: plan::Options,
    /// The run as which it applies.
    pub run: String,
}

impl Bench {
    /// Connects and asks the two questions that every run begins with.
    pub async fn connect(url: &str, token: &str) -> Bench {
        let client = client(url, token, 4);
        let (server, diagnostics) = read::server(&client).await.unwrap();
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        Bench {
            client,
            server,
            options: plan::Options::default(),
            run: "run-1".to_owned(),
        }
    }

    /// A fresh sandbox of a release, with a client for it.
    pub async fn sandbox(release: &str) -> (Sandbox, Bench) {
        Bench::sandbox_of(sandbox::Options::new(release)).await
    }

    /// A sandbox that starts so, with a client for it.
    pub async fn sandbox_of(options: sandbox::Options) -> (Sandbox, Bench) {
        let sandbox = sandbox::start(options).await.unwrap();
        let bench = Bench::connect(&sandbox.url(), sandbox.admin_token()).await;
        (sandbox, bench)
    }

    /// A sandbox whose world begins as a copy of another one's, with a client for it.
    pub async fn copy(of: &Sandbox) -> (Sandbox, Bench) {
        let sandbox = of.copy().await.unwrap();
        let bench = Bench::connect(&sandbox.url(), sandbox.admin_token()).await;
        (sandbox, bench)
    }

    /// The same with an enterprise license.
    pub async fn licensed(release: &str) -> (Sandbox, Bench) {
        let mut options = sandbox::Options::new(release);
        options.licence = sandbox::Licence::Valid;
        let sandbox = sandbox::start(options).await.unwrap();
        let bench = Bench::connect(&sandbox.url(), sandbox.admin_token()).await;
        (sandbox, bench)
    }

    /// Loads a state, reads what it needs and makes the plan.
    pub async fn plan(&self, state: &State) -> Planned {
        let (desired, mut diagnostics, sources) = state.load(&self.server);
        let waived = |diagnostic: &&mut Diagnostic| self.options.allow.contains(&diagnostic.code);
        diagnostics
            .iter_mut()
            .filter(waived)
            .for_each(plan::downgrade);
        self.plan_of(desired, diagnostics, sources).await.unwrap()
    }

    /// As [`Bench::plan`], by somebody who owns nothing on the server yet, as after an export.
    pub async fn plan_afresh(&self, state: &State) -> Planned {
        let (desired, diagnostics, sources) = state.load(&self.server);
        let ledger = Ledger::unknown("afresh", "nothing is owned");
        self.plan_with(desired, diagnostics, sources, ledger)
            .await
            .unwrap()
    }

    /// As [`Bench::plan_afresh`], against what an export has read, as the program proves its exports.
    pub fn plan_read(&self, state: &State, live: &Live) -> Planned {
        let (desired, mut diagnostics, sources) = state.load(&self.server);
        let ledger = Ledger::unknown("afresh", "nothing is owned");
        let (plan, more) = plan::plan(&desired, live, &ledger, &plan::Options::default());
        diagnostics.extend(more);
        Planned {
            plan,
            live: Some(live.clone()),
            ledger: Some(ledger),
            diagnostics,
            sources,
        }
    }

    /// As [`Bench::plan`], with what has been loaded; refuses what reading refuses.
    pub async fn plan_of(
        &self,
        desired: Desired,
        mut diagnostics: Vec<Diagnostic>,
        sources: Sources,
    ) -> Result<Planned, Problem> {
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Ok(Planned {
                plan: None,
                live: None,
                ledger: None,
                diagnostics,
                sources,
            });
        }
        let (ledger, more) = read_ledger(&self.client).await;
        diagnostics.extend(more);
        self.plan_with(desired, diagnostics, sources, ledger).await
    }

    async fn plan_with(
        &self,
        desired: Desired,
        mut diagnostics: Vec<Diagnostic>,
        sources: Sources,
        ledger: Ledger,
    ) -> Result<Planned, Problem> {
        let mut planned = None;
        let mut seen = None;
        if !diagnostics.iter().any(Diagnostic::is_error) {
            let read = read::plan(&self.client, &self.server, &desired, &ledger, &self.options);
            let read = read.await?;
            diagnostics.extend(read.found);
            diagnostics.extend(read.planned);
            planned = read.plan;
            seen = Some((read.live, ledger));
        }
        let (live, ledger) = seen.unzip();
        Ok(Planned {
            plan: planned,
            live,
            ledger,
            diagnostics,
            sources,
        })
    }

    /// Exports what the options ask for, with what was read for it.
    pub async fn export(&self, options: &export::Options) -> (Export, Live) {
        let read = read::everything(
            &self.client,
            &self.server,
            &options.kinds,
            options.all,
            &|_| {},
        );
        let (live, mut reported) = read.await.unwrap();
        // A development server lacks collections of the release that it says.
        reported.retain(|reported| {
            !reported
                .notes
                .iter()
                .any(|note| note.contains("(status 404"))
        });
        assert_eq!(reported, Vec::new());
        (export::export(&live, options, &|_| false), live)
    }

    /// Applies a plan from beginning to end.
    pub async fn apply(&self, planned: &Planned, parallelism: usize) -> Outcome {
        let (_keep, never) = watch::channel(false);
        self.apply_until(planned, parallelism, never).await
    }

    /// Applies a plan until it is asked to stop.
    pub async fn apply_until(
        &self,
        planned: &Planned,
        parallelism: usize,
        stop: watch::Receiver<bool>,
    ) -> Outcome {
        let options = apply::Options {
            parallelism,
            ..options()
        };
        self.apply_with(planned, options, stop).await
    }

    /// Applies a plan with these options.
    pub async fn apply_with(
        &self,
        planned: &Planned,
        options: apply::Options,
        stop: watch::Receiver<bool>,
    ) -> Outcome {
        let live = planned.live.as_ref().expect("a plan was made");
        let ledger = planned.ledger.as_ref().expect("a plan was made");
        let ground = apply::Ground {
            client: &self.client,
            server: &self.server,
            live,
            ledger,
        };
        let holder = Holder {
            run: self.run.clone(),
            ..options.holder
        };
        let options = apply::Options { holder, ..options };
        apply::run(planned.plan(), ground, &options, stop, |_| {}).await
    }
}

/// How tests apply: as one run, under a lease that is not waited for.
pub fn options() -> apply::Options {
    let holder = Holder {
        user: "tester".into(),
        host: None,
        run: "run-1".into(),
    };
    apply::Options {
        parallelism: 1,
        stop_on_error: false,
        holder,
        lock: Some(Duration::ZERO),
        settling: &[],
    }
}

/// The ledger of the workspace that tests use.
pub async fn read_ledger(client: &Client) -> (Ledger, Vec<Diagnostic>) {
    match store::read(client, "default").await {
        Ok(read) => read,
        Err(problem) => panic!("{problem:?}"),
    }
}

/// A client that repeats nothing, so that every failure is seen; unless the server is a real one, which closes idle
/// connections without a word.
pub fn client(url: &str, token: &str, parallelism: usize) -> Client {
    Client::new(Settings {
        url: url.to_owned(),
        credentials: secrecy::SecretString::from(token.to_owned()).into(),
        ca_cert: None,
        insecure_skip_tls_verify: false,
        headers: Vec::new(),
        timeout: Duration::from_secs(120),
        retries: if std::env::var_os("AKREC_TEST_URL").is_some() {
            4
        } else {
            0
        },
        parallelism,
        user_agent: "akrec/test".to_owned(),
        max_answers: akrec::budget::ANSWERS.most,
    })
    .unwrap()
}

/// What planning gave.
pub struct Planned {
    pub plan: Option<Plan>,
    pub live: Option<Live>,
    pub ledger: Option<Ledger>,
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Sources,
}

impl Planned {
    /// The plan; fails the test with the diagnostics if there is none.
    pub fn plan(&self) -> &Plan {
        match &self.plan {
            Some(plan) => plan,
            None => panic!("there is no plan:\n{}", self.reported()),
        }
    }

    /// The diagnostics as people see them.
    pub fn reported(&self) -> String {
        report::diagnostics::text(&self.diagnostics, &self.sources, false, usize::MAX)
    }

    /// The plan as people see it; without a server's name, so that it is the same everywhere.
    pub fn text(&self) -> String {
        let style = report::plan::Style {
            width: 110,
            ..report::plan::Style::default()
        };
        report::plan::text(
            self.plan(),
            &report::plan::Header::default(),
            &self.sources,
            &style,
        )
    }

    /// The plan without places in files.
    pub fn placeless(&self) -> String {
        let style = report::plan::Style {
            width: 110,
            ..report::plan::Style::default()
        };
        report::plan::text(
            self.plan(),
            &report::plan::Header::default(),
            &Sources::default(),
            &style,
        )
    }
}

/// A state on disk and what it is read with.
pub struct State {
    pub dir: PathBuf,
    /// Environment variables; unless `strict`, any other has a value that is easily found again.
    pub env: BTreeMap<String, String>,
    pub vars: BTreeMap<String, Var>,
    pub strict: bool,
    /// Users that must stay as they are.
    pub break_glass: Vec<String>,
    /// Variables that were asked for.
    pub asked: RefCell<BTreeSet<String>>,
    /// A directory of its own, removed at the end.
    _temporary: Option<Temporary>,
}

impl State {
    /// The state in a directory.
    pub fn at(dir: impl Into<PathBuf>) -> State {
        State {
            dir: dir.into(),
            env: BTreeMap::new(),
            vars: BTreeMap::new(),
            strict: false,
            break_glass: Vec::new(),
            asked: RefCell::default(),
            _temporary: None,
        }
    }

    /// A state of one file.
    pub fn of(yaml: &str) -> State {
        State::with(&[("state.yaml", yaml)])
    }

    /// A state of some files.
    pub fn with(files: &[(&str, &str)]) -> State {
        let temporary = Temporary::new();
        for (name, text) in files {
            let path = temporary.0.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        State {
            dir: temporary.0.clone(),
            _temporary: Some(temporary),
            ..State::at("")
        }
    }

    /// The state of an export, with every secret that it names as the server has it.
    pub fn exported(export: &Export) -> State {
        let files: Vec<(&str, &str)> = export
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_str()))
            .collect();
        let mut state = State::with(&files);
        state.strict = true;
        for variable in &export.variables {
            let Some(value) = &variable.value else {
                continue;
            };
            let before = state
                .env
                .insert(variable.name.clone(), value.expose().to_owned());
            assert_eq!(before, None, "{} stands for two secrets", variable.name);
        }
        state
    }

    /// The value of an environment variable.
    pub fn value(&self, name: &str) -> Option<String> {
        match self.env.get(name) {
            Some(value) => Some(value.clone()),
            None if self.strict => None,
            // A private key has to be one.
            None if name.ends_with("PRIVATE_KEY") => {
                let key = base64::engine::general_purpose::STANDARD.encode(name);
                Some(format!(
                    "-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----"
                ))
            }
            None => Some(format!("value-of-{name}")),
        }
    }

    /// Reads the files for a server.
    pub fn load(&self, server: &Server) -> (Desired, Vec<Diagnostic>, Sources) {
        self.load_for(Some(server.release))
    }

    /// Reads the files for a release, or for any.
    pub fn load_for(&self, release: Option<Release>) -> (Desired, Vec<Diagnostic>, Sources) {
        let mut sources = Sources::default();
        let env = |name: &str| {
            self.asked.borrow_mut().insert(name.to_owned());
            self.value(name)
        };
        let inputs = Inputs {
            vars: self.vars.clone(),
            ..Inputs::new(&self.dir, &env)
        };
        let settings = desired::Settings {
            release,
            allow_unknown: false,
            today: TODAY,
        };
        let (mut desired, diagnostics) = akrec::state::load(&inputs, None, &settings, &mut sources);
        desired.break_glass = self.break_glass.clone();
        (desired, diagnostics, sources)
    }
}

/// A directory of its own, removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Temporary {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "akrec-state-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Temporary(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A request made behind akrec's back; fails the test unless the sandbox takes it.
pub fn poke(sandbox: &Sandbox, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = sandbox.poke(method, path, body);
    assert!(status < 400, "{method} {path}: {status} {answer}");
    answer
}

/// A run's requests without those for the lease and the ledger, which are the same in every case: the lease is taken,
/// the ledger read again, and at the end the ledger is written and the lease given up.
pub fn apart(journal: &[Entry]) -> (Vec<Entry>, usize) {
    let akrecs = |entry: &Entry| {
        let body = entry
            .body
            .as_ref()
            .is_some_and(|body| body["name"].as_str().is_some_and(ledger::is_akrecs));
        // Requests without a body are the reading of the ledger, and the deletion of the lease, the last write of all.
        entry.path.starts_with(LEDGERS) && (body || entry.query.contains("search=akrec"))
    };
    let mut rest: Vec<Entry> = journal
        .iter()
        .filter(|entry| !akrecs(entry))
        .cloned()
        .collect();
    let last = rest.iter().rposition(|entry| entry.method != "GET");
    let lease =
        |place: &usize| rest[*place].method == "DELETE" && rest[*place].path.starts_with(LEDGERS);
    if let Some(place) = last.filter(lease) {
        rest.remove(place);
    }
    let count = journal.len() - rest.len();
    (rest, count)
}

const LEDGERS: &str = "/managed/blueprints/";

/// How many requests of the journal read, and how many write, apart from those for akrec's lease and ledger.
pub fn count(sandbox: &Sandbox) -> (usize, usize) {
    let (journal, _) = apart(&sandbox.journal());
    let reads = journal.iter().filter(|entry| entry.method == "GET").count();
    (reads, journal.len() - reads)
}
