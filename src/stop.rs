//! Whether the run is to end early, and whether something is being written that must not be cut off.
//!
//! A signal is for the process, and so is this state: `command::signal` asks for the end, `client` and `apply` obey it,
//! and code that writes marks itself as writing. Unless the end is asked for, nothing here has an effect.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long what is under way has to end by itself. Within two seconds of a signal a run is over that writes nothing.
pub const GRACE: Duration = Duration::from_millis(1500);

static ASKED: OnceLock<Instant> = OnceLock::new();
static CHANGED: Notify = Notify::const_new();
static WRITING: AtomicUsize = AtomicUsize::new(0);
static WROTE: AtomicBool = AtomicBool::new(false);
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Asks the run to end.
pub fn ask() {
    ASKED.get_or_init(Instant::now);
    CHANGED.notify_waiters();
}

/// Waits until the run has been asked to end.
pub async fn asked() {
    loop {
        let changed = CHANGED.notified();
        if ASKED.get().is_some() {
            return;
        }
        changed.await;
    }
}

/// Waits until the run has been asked to end and its grace is over: what only waits or reads is given up then.
pub async fn over() {
    asked().await;
    if let Some(asked) = ASKED.get() {
        tokio::time::sleep_until((*asked + GRACE).into()).await;
    }
}

/// Whether the grace of a run that was asked to end is over.
pub fn is_over() -> bool {
    ASKED.get().is_some_and(|asked| asked.elapsed() >= GRACE)
}

/// As long as it lives, something is being written: to the server, or files that take the place of others.
#[derive(Debug)]
pub struct Writing(());

impl Writing {
    /// Something begins to be written to the server.
    pub fn begin() -> Writing {
        WROTE.store(true, Ordering::SeqCst);
        Writing::file()
    }

    /// A file begins to be written. Not for what may have no reader, such as a pipe.
    pub fn file() -> Writing {
        WRITING.fetch_add(1, Ordering::SeqCst);
        Writing(())
    }

    /// Whether anything is being written now.
    pub fn is_under_way() -> bool {
        WRITING.load(Ordering::SeqCst) > 0
    }

    /// Whether anything has been written to the server.
    pub fn has_begun() -> bool {
        WROTE.load(Ordering::SeqCst)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        WRITING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A file that is not finished: it is removed if the process ends before it is.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// A file that is about to be made.
    pub fn new(path: &Path) -> Unfinished {
        UNFINISHED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.to_path_buf());
        Unfinished(path.to_path_buf())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        UNFINISHED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.0);
    }
}

/// Ends the process at once, without the files that are not finished.
pub fn exit(code: u8) -> ! {
    for path in UNFINISHED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
    {
        let _ = std::fs::remove_file(path);
    }
    std::process::exit(i32::from(code))
}
