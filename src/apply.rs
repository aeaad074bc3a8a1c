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

use crate::client::{Client, ErrorKind};
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
    let Ground {
        client,
        server,
        live,
        ledger,
    } = ground;
    if *stop.borrow() {
        return Outcome::stopped(plan);
    }
    let creates = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Create);
    let creates = creates.map(|step| (step.address.clone(), step.kind));
    let mut lease = match hold(
        client,
        ledger,
        options,
        creates,
        plan::adding(plan.steps.iter()),
    )
    .await
    {
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
    let ended = match unmoved(client, ledger, lease.as_ref()).await {
        Ok(ended) => ended,
        Err(diagnostic) => {
            drop(given_up(client, lease.as_ref()).await);
            return Outcome::refused(plan, *diagnostic);
        }
    };
    let mut live = live.clone();
    for (address, pk) in &plan.ids {
        live.learn(address, pk);
    }
    let known = RefCell::new(Known {
        pks: plan.ids.clone(),
        others: plan.other_ids.clone(),
        created: HashMap::new(),
        unsettled: BTreeSet::new(),
        live,
        untaken: Vec::new(),
    });
    let lost = Cell::new(false);
    let (halt, halted) = watch::channel(*stop.borrow());
    let work = steps(plan, client, server, &known, options, halted, emit);
    // A signal stops the run; so does a lease that another run has taken over.
    let watched = async {
        let taken = async {
            let Some(lease) = &lease else {
                return std::future::pending().await;
            };
            loop {
                tokio::time::sleep(RENEWAL).await;
                if !lease.renew(client).await {
                    lost.set(true);
                    return;
                }
            }
        };
        let diagnostic = async {
            while stop.changed().await.is_ok() {
                if *stop.borrow() {
                    return;
                }
            }
            std::future::pending().await
        };
        tokio::select! { () = taken => {}, () = diagnostic => {} }
        halt.send_replace(true);
        std::future::pending::<()>().await;
    };
    let mut outcome =
        tokio::select! { outcome = work => outcome, () = watched => Outcome::default() };
    // Where the server stayed away, it has been waited for long enough.
    let client = &if outcome.statuses.iter().any(is_hopeless) {
        client.clone()
    } else {
        client.patient()
    };
    let Known {
        pks,
        others,
        created,
        unsettled,
        untaken,
        ..
    } = known.into_inner();
    notes.extend(untaken::left_out(&server.version, untaken));
    (outcome.made, outcome.unsettled) = (created.into_iter().collect(), unsettled);
    if !ledger.is_known() {
        notes.extend(left(plan, &outcome, client, lease.as_mut()).await);
        return Outcome { notes, ..outcome };
    }
    // Whoever took the lease over may have written the ledger since.
    let now = if lost.get() {
        store::read(client, &ledger.workspace).await.ok()
    } else {
        None
    };
    let base = now.as_ref().map_or(ledger, |(now, _)| now);
    let id = |address: &Address, other: Option<&'static str>| match other {
        Some(name) => others.get(&(address.clone(), name)).and_then(id_text),
        None => pks.get(address).and_then(id_text),
    };
    let after = keep::after(base, plan, &outcome, &options.holder.run, &id);
    let written = if base.has_all_of(&after) {
        Ok(())
    } else {
        store::write(client, &after).await
    };
    match written {
        Ok(()) => {
            notes.extend(cleared(client, &ended).await);
            notes.extend(given_up(client, lease.as_ref()).await);
        }
        Err(error) => {
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
            notes.extend(left(plan, &outcome, client, lease.as_mut()).await);
        }
    }
    Outcome { notes, ..outcome }
}

/// Gives the lease up where the ledger does not have what the run did: it is kept under another name, and says what the
/// run may have created.
async fn left(
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
async fn unmoved(
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
async fn cleared(client: &Client, ended: &[Held]) -> Option<Diagnostic> {
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
async fn given_up(client: &Client, lease: Option<&Lease>) -> Option<Diagnostic> {
    let error = lease?.release(client).await.err()?;
    let diagnostic =
        Diagnostic::warning(Code::LEASE_HELD, "the lease could not be released").note(error.what());
    Some(diagnostic.help("it expires after ten minutes"))
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
    client.conceal(plan.secrets());
    let client = client.patient();
    let reread = Reread::new(&plan.steps, &known.borrow().live, server);
    let writer = Writer {
        client,
        server,
        known,
        reread,
        licensed: OnceCell::new(),
        description: OnceCell::new(),
        settling: options.settling,
    };
    let mut statuses: Vec<Option<Status>> = vec![None; plan.steps.len()];
    let mut dependants: Vec<Vec<usize>> = vec![Vec::new(); plan.steps.len()];
    for (i, step) in plan.steps.iter().enumerate() {
        step.needs.iter().for_each(|need| dependants[*need].push(i));
    }
    let mut waits: Vec<usize> = plan.steps.iter().map(|step| step.needs.len()).collect();
    let mut ready: BTreeSet<usize> = (0..plan.steps.len()).filter(|i| waits[*i] == 0).collect();
    let mut running = FuturesUnordered::new();
    let mut stopped = false;
    loop {
        stopped |= *stop.borrow();
        while !stopped && running.len() < options.parallelism.max(1) {
            let Some(first) = ready.first().copied() else {
                break;
            };
            let i = writer.reread.rather(first, &plan.steps, &ready);
            ready.remove(&i);
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
        if matches!(status, Status::Done) {
            for next in &dependants[i] {
                waits[*next] -= 1;
                if waits[*next] == 0 && statuses[*next].is_none() {
                    ready.insert(*next);
                }
            }
        } else {
            // Whatever else is tried would end in the same way.
            let hopeless = is_hopeless(&status);
            stopped |= options.stop_on_error || hopeless;
            block(i, i, &dependants, &mut statuses, &mut emit);
        }
        statuses[i] = Some(status);
    }
    let interrupted = *stop.borrow();
    let statuses = statuses
        .into_iter()
        .map(|status| status.unwrap_or(Status::Stopped))
        .collect();
    Outcome {
        statuses,
        interrupted,
        ..Outcome::default()
    }
}

/// Whether nothing more is worth a try: a server that is read-only, that stayed away, or that takes the token no more.
fn is_hopeless(status: &Status) -> bool {
    matches!(status, Status::Failed(diagnostic) if [Code::READ_ONLY, Code::SERVER, Code::TOKEN_REFUSED].contains(&diagnostic.code))
}

/// Everything that depends on a step, however far, is not attempted.
fn block(
    by: usize,
    from: usize,
    dependants: &[Vec<usize>],
    statuses: &mut [Option<Status>],
    emit: &mut impl FnMut(Event<'_>),
) {
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for next in &dependants[at] {
            if statuses[*next].is_none() {
                let status = Status::Blocked(by);
                emit(Event::Finished(*next, &status));
                statuses[*next] = Some(status);
                open.push(*next);
            }
        }
    }
}
