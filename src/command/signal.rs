//! Ctrl-C and SIGTERM: what is waited for ends at once, what is written ends in order.
//!
//! Once a process listens to a signal its default is gone for good, so every phase after that has to heed it.

use std::future::{Future, pending};

use tokio::sync::watch;

use super::exit;

/// Whether a signal has come. The second one ends the process without further ado.
pub struct Signals {
    stopped: watch::Receiver<bool>,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> Signals {
        let (stop, stopped) = watch::channel(false);
        let next = source();
        tokio::spawn(async move {
            let mut next = next;
            next.next().await;
            // Without a receiver nobody cares any more.
            let _ = stop.send(true);
            next.next().await;
            std::process::exit(i32::from(exit::INTERRUPTED));
        });
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
    drop(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(libc::SIGXFSZ)));
}

#[cfg(unix)]
struct Source {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
fn source() -> Source {
    use tokio::signal::unix::{SignalKind, signal};
    Source { interrupt: signal(SignalKind::interrupt()).ok(), terminate: signal(SignalKind::terminate()).ok() }
}

#[cfg(unix)]
impl Source {
    async fn next(&mut self) {
        async fn one(signal: &mut Option<tokio::signal::unix::Signal>) {
            let heard = match signal {
                Some(signal) => signal.recv().await.is_some(),
                None => false,
            };
            if !heard {
                // It cannot be listened to, so its default is still in force.
                pending::<()>().await;
            }
        }
        tokio::select! {
            () = one(&mut self.interrupt) => {}
            () = one(&mut self.terminate) => {}
        }
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
