//! The frame of every verb that asks a server: it listens to signals, does the work, says if a signal has stopped it, and
//! prints one complete report, whatever the end.

use super::exit;
use super::run::Run;
use super::signal::Signals;
use crate::diag::{Code, Diagnostic};

/// A run with the signals that may stop it.
pub(super) struct Frame<'a> {
    pub run: Run<'a>,
    pub signals: Signals,
}

impl<'a> Frame<'a> {
    /// Begins a run; from now on signals do not end the process by themselves.
    pub fn begin(run: Run<'a>) -> Frame<'a> {
        let signals = Signals::listen();
        Frame { run, signals }
    }

    /// Does work that writes nothing, so that a signal ends it at once: before `done`, as the report then says. Gives the
    /// exit code.
    pub async fn read(
        &mut self,
        done: &str,
        work: impl AsyncFnOnce(&mut Run<'a>) -> Result<u8, u8>,
    ) -> u8 {
        let code = either(self.signals.or(work(&mut self.run)).await);
        if code == exit::INTERRUPTED {
            let message = format!("stopped by a signal before {done}");
            self.run.emit(Diagnostic::error(Code::INTERRUPTED, message));
        }
        code
    }

    /// Runs work that may write and handles signals itself. `stopped` says how it ended if a signal stopped it. Gives
    /// the exit code.
    pub async fn write(
        &mut self,
        stopped: impl FnOnce(&Run<'a>) -> Diagnostic,
        work: impl AsyncFnOnce(&mut Run<'a>, &Signals) -> Result<u8, u8>,
    ) -> u8 {
        let code = either(work(&mut self.run, &self.signals).await);
        if code == exit::INTERRUPTED {
            let diagnostic = stopped(&self.run);
            self.run.emit(diagnostic);
        }
        code
    }

    /// Prints the report and writes the artifacts; gives the exit code, which is not success if something could not be
    /// written.
    pub fn finish(mut self, code: u8) -> u8 {
        let code = self.run.kept(code);
        self.run.finish(code)
    }
}

/// A whole run whose work writes nothing; see [`Frame::read`].
pub(super) async fn reading<'a>(
    run: Run<'a>,
    done: &str,
    work: impl AsyncFnOnce(&mut Run<'a>) -> Result<u8, u8>,
) -> u8 {
    let mut frame = Frame::begin(run);
    let code = frame.read(done, work).await;
    frame.finish(code)
}

/// A whole run whose work may write; see [`Frame::write`].
pub(super) async fn writing<'a>(
    run: Run<'a>,
    stopped: impl FnOnce(&Run<'a>) -> Diagnostic,
    work: impl AsyncFnOnce(&mut Run<'a>, &Signals) -> Result<u8, u8>,
) -> u8 {
    let mut frame = Frame::begin(run);
    let code = frame.write(stopped, work).await;
    frame.finish(code)
}

/// The exit code of work, which an end before its time has too.
fn either(ended: Result<u8, u8>) -> u8 {
    match ended {
        Ok(code) | Err(code) => code,
    }
}
