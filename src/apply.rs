//! Runs a plan: each step after those that it needs, independent ones side by side, and tells what became of each.
//!
//! It makes no choices of its own: what is written stands in the plan. An existing object is read again just before it
//! is written and left alone if it moved (the server has no ETags); a write whose answer was lost is settled by
//! looking, never by repeating blindly.

mod items;
mod write;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::Value as Raw;
use tokio::sync::watch;

use crate::client::Client;
use crate::live::Live;
use crate::plan::{Outcome, Plan, Status};
use crate::read::Server;
use crate::value::Address;
use write::Writer;

/// How to go on.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many steps may be under way at once.
    pub parallelism: usize,
    /// After a failure nothing new is started; otherwise what does not depend on it goes on.
    pub stop_on_error: bool,
}

/// What happens while a plan is run, for progress. The number is the step's place in the plan.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step is begun.
    Started(usize),
    /// A step has come to its end.
    Finished(usize, &'a Status),
}

/// What is known of ids while the plan is run.
pub(crate) struct Known {
    /// By what objects are referred to.
    pub pks: BTreeMap<Address, Raw>,
    /// Further ids of objects, which some references carry instead.
    pub others: BTreeMap<(Address, &'static str), Raw>,
    /// What stands in the URLs of objects that this run created.
    pub created: HashMap<Address, String>,
    /// For reading answers.
    pub live: Live,
}

/// Runs the plan. `stop` turning true starts nothing new and waits for what is under way.
pub async fn run(
    plan: &Plan,
    client: &Client,
    server: &Server,
    live: &Live,
    options: Options,
    mut stop: watch::Receiver<bool>,
    mut tell: impl FnMut(Event<'_>),
) -> Outcome {
    let mut live = live.clone();
    for (address, pk) in &plan.ids {
        live.learn(address, pk);
    }
    let known =
        RefCell::new(Known { pks: plan.ids.clone(), others: plan.other_ids.clone(), created: HashMap::new(), live });
    let writer = Writer { client: client.concealing(plan.secrets()), server, known: &known };
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
            let Some(i) = ready.pop_first() else { break };
            tell(Event::Started(i));
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
        tell(Event::Finished(i, &status));
        if matches!(status, Status::Done) {
            for next in &dependants[i] {
                waits[*next] -= 1;
                if waits[*next] == 0 && statuses[*next].is_none() {
                    ready.insert(*next);
                }
            }
        } else {
            stopped |= options.stop_on_error;
            block(i, i, &dependants, &mut statuses, &mut tell);
        }
        statuses[i] = Some(status);
    }
    let interrupted = *stop.borrow();
    Outcome { statuses: statuses.into_iter().map(|status| status.unwrap_or(Status::Stopped)).collect(), interrupted }
}

/// Everything that depends on a step, however far, is not attempted.
fn block(
    by: usize,
    from: usize,
    dependants: &[Vec<usize>],
    statuses: &mut [Option<Status>],
    tell: &mut impl FnMut(Event<'_>),
) {
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for next in &dependants[at] {
            if statuses[*next].is_none() {
                let status = Status::Blocked(by);
                tell(Event::Finished(*next, &status));
                statuses[*next] = Some(status);
                open.push(*next);
            }
        }
    }
}
