//! Runs a plan: each step after those that it needs, independent ones side by side, and reports the result of each.
//!
//! It makes no choices of its own: what is written stands in the plan. An existing object is read again just before it
//! is written and left alone if it moved (the server has no ETags); a write whose answer was lost is settled by
//! looking, never by repeating blindly. While it writes it holds the lease of its workspace, and what it did it writes
//! into the ledger, also when it is stopped midway. What earlier runs left undone there it puts in order.

mod forget;
mod items;
mod keep;
pub(crate) mod licence;
mod reread;
mod untaken;
mod upload;
mod write;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::Value as Json;
use tokio::sync::{OnceCell, watch};

use crate::client::{Client, Error, ErrorKind};
use crate::diag::{Code, Diagnostic, Span};
use crate::ledger::{Adding, Held, Ledger};
use crate::live::Live;
use crate::plan::{self, Action, Outcome, Plan, Status, Step};
use crate::read::Server;
use crate::schema::{Kind, id_text};
use crate::stop::Writing;
use crate::store::{self, Holder, Lease, Refused};
use crate::value::Address;
pub use forget::forget;
pub use keep::{Upkeep, upkeep};
use reread::Reread;
use write::Writer;

/// How to go on.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many steps may be under way at once.
    pub parallelism: usize,
    /// After a failure nothing new is started; otherwise what does not depend on it goes on.
    pub stop_on_error: bool,
    /// Who writes, for the lease and the ledger.
    pub holder: Holder,
    /// How long to wait for another apply to give the lease up; `None` writes without a lease.
    pub lock: Option<Duration>,
    /// How long to wait before looking once more for what a creation without an answer may have made.
    pub settling: &'static [Duration],
}

/// For [`Options::settling`]: seven seconds in all. A server that is stopped goes on with what it was doing after it has cut
/// the connection; seen on 2025.12.4, where a binding that was not there yet was made twice.
pub const SETTLING: &[Duration] = &[
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// How often a lease is renewed, well within its time.
const RENEWAL: Duration = Duration::from_secs(180);

/// What happens while a plan is run, for progress. The number is the step's place in the plan.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step is begun.
    Started(usize),
    /// A step has come to its end.
    Finished(usize, &'a Status),
}

/// The ids that are known while the plan is run.
pub(crate) struct Known {
    /// The ids by which objects are referred to.
    pub pks: BTreeMap<Address, Json>,
    /// Further ids of objects, which some references carry instead.
    pub others: BTreeMap<(Address, &'static str), Json>,
    /// What stands in the URLs of objects that this run created.
    pub created: HashMap<Address, String>,
    /// Objects whose creation got no answer, so that it is not known whether they exist.
    pub unsettled: BTreeSet<Address>,
    /// For reading answers.
    pub live: Live,
    /// Credentials that were left out of what was created, and where it is declared.
    pub untaken: Vec<(String, Option<Span>)>,
}

impl Known {
    /// What is known before the first step.
    fn before(plan: &Plan, live: &Live) -> Known {
        let mut live = live.clone();
        for (address, pk) in &plan.ids {
            live.learn(address, pk);
        }
        Known {
            pks: plan.ids.clone(),
            others: plan.other_ids.clone(),
            created: HashMap::new(),
            unsettled: BTreeSet::new(),
            live,
            untaken: Vec::new(),
        }
    }

    /// The id by which an object is referred to, or the further id of this name.
    fn id(&self, address: &Address, other: Option<&'static str>) -> Option<String> {
        match other {
            Some(name) => self.others.get(&(address.clone(), name)).and_then(id_text),
            None => self.pks.get(address).and_then(id_text),
        }
    }
}

/// What a run works on: a server, and the data that the plan was made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The connection.
    pub client: &'a Client,
    /// The server.
    pub server: &'a Server,
    /// The live state that was read.
    pub live: &'a Live,
    /// The ledger, as it was read.
    pub ledger: &'a Ledger,
}

/// Runs the plan under a lease and writes down in the ledger what it did. `stop` turning true starts nothing new and
/// waits for what is under way.
///
/// Writes nothing at all if the lease is somebody else's, or if another run has changed the ledger since the plan was
/// made; [`Outcome::refused`] then says so.
pub async fn run(
    plan: &Plan,
    ground: Ground<'_>,
    options: &Options,
    mut stop: watch::Receiver<bool>,
    emit: impl FnMut(Event<'_>),
) -> Outcome {
    let (client, ledger) = (ground.client, ground.ledger);
    if *stop.borrow() {
        return Outcome::stopped(plan);
    }
    let lease = match lease_for(plan, ground, options).await {
        Ok(lease) => lease,
        Err(NoLease::Refused(diagnostic)) => return Outcome::refused(plan, *diagnostic),
        Err(NoLease::Stopped) => return Outcome::stopped(plan),
    };
    let _writing = Writing::begin();
    let mut notes: Vec<Diagnostic> = lease
        .iter()
        .filter_map(|lease| lease.instead_of.as_ref())
        .map(taken_over)
        .collect();
    let ended = match check_ledger_unchanged(client, ledger, lease.as_ref()).await {
        Ok(ended) => ended,
        Err(diagnostic) => {
            drop(release(client, lease.as_ref()).await);
            return Outcome::refused(plan, *diagnostic);
        }
    };
    let known = RefCell::new(Known::before(plan, ground.live));
    let lease_lost = Cell::new(false);
    let (halt, halted) = watch::channel(*stop.borrow());
    let work = steps(plan, client, ground.server, &known, options, halted, emit);
    let halting = async {
        tokio::select! {
            () = lost(client, lease.as_ref()) => lease_lost.set(true),
            () = signaled(&mut stop) => {}
        }
        halt.send_replace(true);
        std::future::pending::<()>().await;
    };
    let mut outcome =
        tokio::select! { outcome = work => outcome, () = halting => Outcome::default() };
    let mut known = known.into_inner();
    let untaken = std::mem::take(&mut known.untaken);
    notes.extend(untaken::left_out(&ground.server.version, untaken));
    outcome.made = std::mem::take(&mut known.created).into_iter().collect();
    outcome.unsettled = std::mem::take(&mut known.unsettled);
    let results = Results {
        plan,
        outcome: &outcome,
        known: &known,
        ended: &ended,
        lease_lost: lease_lost.get(),
        run: &options.holder.run,
    };
    notes.extend(results.record(client, ledger, lease).await);
    Outcome { notes, ..outcome }
}

/// Ends when another run has taken the lease over, which is renewed until then; never without a lease.
async fn lost(client: &Client, lease: Option<&Lease>) {
    let Some(lease) = lease else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(RENEWAL).await;
        if !lease.renew(client).await {
            return;
        }
    }
}

/// Ends when the run is told to stop; never if nobody is left who could stop it.
async fn signaled(stop: &mut watch::Receiver<bool>) {
    while stop.changed().await.is_ok() {
        if *stop.borrow() {
            return;
        }
    }
    std::future::pending().await
}

/// The results of a run, to be recorded in the ledger.
struct Results<'a> {
    plan: &'a Plan,
    outcome: &'a Outcome,
    known: &'a Known,
    /// The leases of runs that ended early, which this run has put in order.
    ended: &'a [Held],
    /// Whether another run has taken the lease over.
    lease_lost: bool,
    /// The name of the run.
    run: &'a str,
}

impl Results<'_> {
    /// Writes the results to the ledger and releases the lease; returns what went wrong.
    ///
    /// Without a ledger that can be read, or if it cannot be written, the lease keeps the addresses that the run wrote.
    async fn record(
        &self,
        client: &Client,
        ledger: &Ledger,
        mut lease: Option<Lease>,
    ) -> Vec<Diagnostic> {
        let mut notes = Vec::new();
        // If the server stayed away, enough time was spent waiting for it.
        let client = &if self.outcome.statuses.iter().any(is_hopeless) {
            client.clone()
        } else {
            client.patient()
        };
        if !ledger.is_known() {
            notes.extend(leave(self.plan, self.outcome, client, lease.as_mut()).await);
            return notes;
        }
        let Err(error) = self.write(client, ledger).await else {
            notes.extend(clear(client, self.ended).await);
            notes.extend(release(client, lease.as_ref()).await);
            return notes;
        };
        let diagnostic = Diagnostic::error(
            Code::LEDGER_UNWRITTEN,
            "the results could not be written to the ledger",
        );
        let help = match lease {
            Some(_) => "the next apply finds out what this run created and records it",
            None => {
                "the next apply adopts what this run created: without a lease, nothing records who created it"
            }
        };
        notes.push(diagnostic.note(error.what()).help(help));
        notes.extend(leave(self.plan, self.outcome, client, lease.as_mut()).await);
        notes
    }

    /// Writes the ledger, unless it has all of the results already.
    async fn write(&self, client: &Client, ledger: &Ledger) -> Result<(), Error> {
        // Whoever took the lease over may have written the ledger since.
        let now = if self.lease_lost {
            store::read(client, &ledger.workspace).await.ok()
        } else {
            None
        };
        let base = now.as_ref().map_or(ledger, |(now, _)| now);
        let id = |address: &Address, other: Option<&'static str>| self.known.id(address, other);
        let after = keep::after(base, self.plan, self.outcome, self.run, &id);
        if base.has_all_of(&after) {
            return Ok(());
        }
        store::write(client, &after).await
    }
}

/// Gives the lease up where the ledger does not have what the run did: it is kept under another name, and says what the
/// run may have created.
async fn leave(
    plan: &Plan,
    outcome: &Outcome,
    client: &Client,
    lease: Option<&mut Lease>,
) -> Option<Diagnostic> {
    let writes = |step: &Step| {
        matches!(
            step.action,
            Action::Create | Action::Update | Action::Rename
        )
    };
    let may_be_there = |step: &Step, status: &Status| {
        writes(step) && matches!(status, Status::Done | Status::Failed(_) | Status::Moved(_))
    };
    let steps = plan
        .steps
        .iter()
        .zip(&outcome.statuses)
        .filter(|(step, status)| may_be_there(step, status));
    let written: BTreeSet<&Address> = steps.map(|(step, _)| &step.address).collect();
    let error = lease?
        .leave(client, &|address| written.contains(address))
        .await
        .err()?;
    let diagnostic =
        Diagnostic::warning(Code::LEASE_HELD, "the lease could not be released").note(error.what());
    Some(
        diagnostic.help(
            "it expires after ten minutes; the next apply then records what this run created",
        ),
    )
}

/// The reason why there is no lease.
pub enum NoLease {
    /// Another run holds it, or the server refused.
    Refused(Box<Diagnostic>),
    /// The run was stopped while it waited.
    Stopped,
}

impl NoLease {
    fn refused(diagnostic: Diagnostic) -> NoLease {
        NoLease::Refused(Box::new(diagnostic))
    }
}

/// Takes the lease for the run of a plan.
async fn lease_for(
    plan: &Plan,
    ground: Ground<'_>,
    options: &Options,
) -> Result<Option<Lease>, NoLease> {
    let creates = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Create)
        .map(|step| (step.address.clone(), step.kind));
    let adding = plan::adding(plan.steps.iter());
    hold(ground.client, ground.ledger, options, creates, adding).await
}

/// Takes the lease for a run that is about to make some objects.
async fn hold(
    client: &Client,
    ledger: &Ledger,
    options: &Options,
    creates: impl Iterator<Item = (Address, &'static Kind)>,
    adding: Adding,
) -> Result<Option<Lease>, NoLease> {
    let Some(wait) = options.lock else {
        return Ok(None);
    };
    match Lease::take(
        client,
        &ledger.workspace,
        &options.holder,
        creates,
        adding,
        wait,
    )
    .await
    {
        Ok(lease) => Ok(Some(lease)),
        Err(Refused::Stopped) => Err(NoLease::Stopped),
        Err(Refused::Held(held)) => Err(NoLease::refused(in_the_way(&held))),
        Err(Refused::Client(error)) if error.is_read_only() => {
            Err(NoLease::refused(licence::read_only()))
        }
        Err(Refused::Client(error)) => {
            let code = match error.kind {
                ErrorKind::Forbidden { .. } | ErrorKind::Unauthorized { .. } => Code::PERMISSION,
                _ => Code::SERVER,
            };
            let diagnostic =
                Diagnostic::error(code, "the lease of the workspace could not be acquired")
                    .note(error.what());
            let help = "the token must be allowed to add, change and delete blueprint instances: akrec keeps its lease \
                        and its ledger in two of them";
            Err(NoLease::refused(if code == Code::PERMISSION {
                diagnostic.help(help)
            } else {
                diagnostic
            }))
        }
    }
}

fn in_the_way(held: &Held) -> Diagnostic {
    let what = format!(
        "another apply of the workspace {:?} is running: {}, {}",
        held.workspace, held.holder, held.run
    );
    let until = match held.until {
        Some(until) => format!(
            "its lease expires at {} unless it is renewed",
            until.strftime("%Y-%m-%dT%H:%M:%SZ")
        ),
        None => "its lease does not expire".to_owned(),
    };
    Diagnostic::error(Code::LEASE_HELD, what).note(until).help(
        "wait for it to finish, or make akrec wait with --lock-timeout 10m; if that run is dead and its lease \
         does not expire, delete the blueprint instance `akrec-lock: …`",
    )
}

fn taken_over(held: &Held) -> Diagnostic {
    let what = format!(
        "the lease of {}, {} had expired and was taken over",
        held.holder, held.run
    );
    Diagnostic::warning(Code::LEASE_TAKEN_OVER, what).note("that run ended without releasing it")
}

/// The leases of runs that ended before their time, once the lease is held. Refuses if another run has changed the ledger
/// since the plan was made, or has begun to create something.
async fn check_ledger_unchanged(
    client: &Client,
    ledger: &Ledger,
    lease: Option<&Lease>,
) -> Result<Vec<Held>, Box<Diagnostic>> {
    let Some(lease) = lease.filter(|_| ledger.is_known()) else {
        return Ok(ledger.early_ends(jiff::Timestamp::now()).cloned().collect());
    };
    let now = match store::read(client, &ledger.workspace).await {
        Ok((now, _)) => now,
        Err(store::Problem::Diagnostic(diagnostic)) => return Err(diagnostic),
        Err(store::Problem::Client(error)) => {
            let diagnostic = Diagnostic::error(Code::SERVER, "the ledger could not be read again");
            return Err(Box::new(diagnostic.note(error.what())));
        }
    };
    if now.records == ledger.records
        && now.pending_without(lease.id()) == ledger.pending
        && now.adding_without(lease.id()) == ledger.adding
    {
        return Ok(now.ended);
    }
    let diagnostic = Diagnostic::error(
        Code::LEDGER_MOVED,
        "another apply has finished since this plan was made",
    );
    Err(Box::new(
        diagnostic.note("nothing was written").help("plan again"),
    ))
}

/// Deletes the leases of runs that ended before their time; a failure is only reported: the next apply tries again.
async fn clear(client: &Client, ended: &[Held]) -> Option<Diagnostic> {
    let error = store::clear(client, ended).await.err()?;
    let diagnostic = Diagnostic::warning(
        Code::RUN_ENDED_EARLY,
        "the lease of an earlier run could not be deleted",
    );
    Some(
        diagnostic
            .note(error.what())
            .help("the next apply tries again"),
    )
}

/// Gives the lease up; a failure is only reported: the lease ends by itself.
async fn release(client: &Client, lease: Option<&Lease>) -> Option<Diagnostic> {
    let error = lease?.release(client).await.err()?;
    let diagnostic =
        Diagnostic::warning(Code::LEASE_HELD, "the lease could not be released").note(error.what());
    Some(diagnostic.help("it expires after ten minutes"))
}

/// Writes the steps of a plan with a client that waits for a server which stays away, and that shows no secret of the plan.
fn writer_for<'a>(
    plan: &Plan,
    client: &Client,
    server: &'a Server,
    known: &'a RefCell<Known>,
    options: &Options,
) -> Writer<'a> {
    client.conceal(plan.secrets());
    Writer {
        client: client.patient(),
        server,
        known,
        reread: Reread::new(&plan.steps, &known.borrow().live, server),
        licensed: OnceCell::new(),
        description: OnceCell::new(),
        settling: options.settling,
    }
}

/// Runs the steps.
async fn steps(
    plan: &Plan,
    client: &Client,
    server: &Server,
    known: &RefCell<Known>,
    options: &Options,
    mut stop: watch::Receiver<bool>,
    mut emit: impl FnMut(Event<'_>),
) -> Outcome {
    let writer = writer_for(plan, client, server, known, options);
    let mut progress = Progress::new(plan);
    let mut running = FuturesUnordered::new();
    let mut stopped = false;
    loop {
        stopped |= *stop.borrow();
        while !stopped && running.len() < options.parallelism.max(1) {
            let Some(first) = progress.ready.first().copied() else {
                break;
            };
            let i = writer.reread.rather(first, &plan.steps, &progress.ready);
            progress.ready.remove(&i);
            emit(Event::Started(i));
            let (writer, step) = (&writer, &plan.steps[i]);
            running.push(async move { (i, writer.write(step).await) });
        }
        let finished = if stopped {
            running.next().await
        } else {
            tokio::select! {
                finished = running.next() => finished,
                changed = stop.changed() => {
                    if changed.is_err() {
                        // Nobody is left who could stop the run.
                        stop = watch::channel(false).1;
                        running.next().await
                    } else {
                        continue;
                    }
                }
            }
        };
        let Some((i, status)) = finished else { break };
        emit(Event::Finished(i, &status));
        // Whatever else is tried would end in the same way.
        stopped |= is_hopeless(&status);
        stopped |= options.stop_on_error && !matches!(status, Status::Done);
        progress.finish(i, status, &mut emit);
    }
    let interrupted = *stop.borrow();
    Outcome {
        statuses: progress.statuses(),
        interrupted,
        ..Outcome::default()
    }
}

/// Whether nothing more is worth a try: a server that is read-only, that stayed away, or that takes the token no more.
fn is_hopeless(status: &Status) -> bool {
    matches!(status, Status::Failed(diagnostic) if [Code::READ_ONLY, Code::SERVER, Code::TOKEN_REFUSED].contains(&diagnostic.code))
}

/// Which steps are finished, which can start, and which wait for others.
struct Progress {
    /// The statuses of the steps that are finished or blocked.
    statuses: Vec<Option<Status>>,
    /// The steps that depend on each step.
    dependents: Vec<Vec<usize>>,
    /// How many unfinished steps each step waits for.
    waits: Vec<usize>,
    /// The steps that can start.
    ready: BTreeSet<usize>,
}

impl Progress {
    fn new(plan: &Plan) -> Progress {
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); plan.steps.len()];
        for (i, step) in plan.steps.iter().enumerate() {
            step.needs.iter().for_each(|need| dependents[*need].push(i));
        }
        let waits: Vec<usize> = plan.steps.iter().map(|step| step.needs.len()).collect();
        let ready = (0..plan.steps.len()).filter(|i| waits[*i] == 0).collect();
        Progress {
            statuses: vec![None; plan.steps.len()],
            dependents,
            waits,
            ready,
        }
    }

    /// Takes in the status of a step: the steps that waited for it can start, or are blocked if it failed.
    fn finish(&mut self, i: usize, status: Status, emit: &mut impl FnMut(Event<'_>)) {
        if matches!(status, Status::Done) {
            for next in &self.dependents[i] {
                self.waits[*next] -= 1;
                if self.waits[*next] == 0 && self.statuses[*next].is_none() {
                    self.ready.insert(*next);
                }
            }
        } else {
            self.block(i, emit);
        }
        self.statuses[i] = Some(status);
    }

    /// Marks everything that depends on a step, directly or not, as blocked by it.
    fn block(&mut self, by: usize, emit: &mut impl FnMut(Event<'_>)) {
        let mut open = vec![by];
        while let Some(at) = open.pop() {
            for next in &self.dependents[at] {
                if self.statuses[*next].is_none() {
                    let status = Status::Blocked(by);
                    emit(Event::Finished(*next, &status));
                    self.statuses[*next] = Some(status);
                    open.push(*next);
                }
            }
        }
    }

    /// The statuses of all steps; those that were not started were stopped.
    fn statuses(self) -> Vec<Status> {
        let statuses = self.statuses.into_iter();
        statuses
            .map(|status| status.unwrap_or(Status::Stopped))
            .collect()
    }
}
