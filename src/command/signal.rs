//! Ctrl-C, SIGTERM and SIGHUP: what is waited for ends at once, what is written ends in order, and what can do neither
//! is ended.
//!
//! Once a process listens to a signal, the default action is gone for good, so every phase after that has to handle it.
//! Work that only computes (reading files, planning) cannot be interrupted from inside: a thread of its own ends the
//! process then, unless something is being written.

use std::future::{Future, pending};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use super::exit;
use crate::stop::{self, GRACE, Writing};

/// How often it is looked whether a write has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Whether a signal has come. The second one ends the process without further ado.
pub struct Signals {
    stopped: watch::Receiver<bool>,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> Signals {
        let (stop, stopped) = watch::channel(false);
        let (ready, is_ready) = mpsc::channel();
        // Where no thread can be had, signals keep their default.
        let started = thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || listen(&stop, &ready));
        if started.is_ok() {
            let _ = is_ready.recv();
        }
        Signals { stopped }
    }

    /// Turns true when a signal has come.
    pub fn stopped(&self) -> watch::Receiver<bool> {
        self.stopped.clone()
    }

    /// Waits for the first signal.
    pub async fn first(&self) {
        if self.stopped().wait_for(|stopped| *stopped).await.is_err() {
            pending::<()>().await;
        }
    }

    /// The work, or the exit code of an interrupted run if a signal comes first. Only for work that writes nothing.
    pub async fn or<T>(&self, work: impl Future<Output = Result<T, u8>>) -> Result<T, u8> {
        tokio::select! {
            biased;
            () = self.first() => Err(exit::INTERRUPTED),
            done = work => done,
        }
    }
}

/// From now on a file that grows beyond what the system allows (`ulimit -f`) is an error of that write, as a full disk is,
/// and not the end of the process between two writes to a server.
pub fn outlive_file_limits() {
    #[cfg(unix)]
    drop(tokio::signal::unix::signal(
        tokio::signal::unix::SignalKind::from_raw(libc::SIGXFSZ),
    ));
}

/// Listens until the process ends. The runtime of the run may be busy for seconds, so this has its own.
fn listen(stop: &watch::Sender<bool>, ready: &mpsc::Sender<()>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        let _ = ready.send(());
        return;
    };
    runtime.block_on(async {
        let mut next = source();
        let _ = ready.send(());
        next.next().await;
        stop::ask();
        stop.send_replace(true);
        tokio::select! {
            () = next.next() => stop::exit(exit::INTERRUPTED),
            () = end() => stop::exit(exit::INTERRUPTED),
        }
    });
}

/// Gives the run its time to end in order; returns when it has to be ended.
async fn end() {
    tokio::time::sleep(GRACE).await;
    while Writing::is_under_way() {
        while Writing::is_under_way() {
            tokio::time::sleep(LOOK).await;
        }
        // The results that were written still have to be reported.
        tokio::time::sleep(GRACE).await;
    }
    let what = match Writing::has_begun() {
        true => "stopped by a signal after the writes in progress",
        false => "stopped by a signal; nothing was written",
    };
    // Standard error may be a pipe that nobody reads, which must not keep the process.
    thread::spawn(move || super::screen::last_words(what));
    tokio::time::sleep(LOOK * 5).await;
}

#[cfg(unix)]
struct Source(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
fn source() -> Source {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    // What was ignored when the process began (`nohup`, a job in the background) stays so.
    let heard = kinds
        .into_iter()
        .filter(|kind| !is_ignored(kind.as_raw_value()));
    Source(heard.filter_map(|kind| signal(kind).ok()).collect())
}

/// Whether a signal is ignored, as far as the system says it.
#[cfg(unix)]
fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default();
    number > 0 && mask & (1 << (number - 1)) != 0
}

#[cfg(unix)]
impl Source {
    async fn next(&mut self) {
        let heard = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        let (_, _, _) = match heard.collect::<Vec<_>>() {
            none if none.is_empty() => pending().await,
            heard => futures_util::future::select_all(heard).await,
        };
    }
}

#[cfg(not(unix))]
struct Source;

#[cfg(not(unix))]
fn source() -> Source {
    Source
}

#[cfg(not(unix))]
impl Source {
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }
}
