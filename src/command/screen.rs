//! Where output goes: standard output for data, standard error for everything else.
//!
//! A reader that goes away (`akrec plan | head`) ends output quietly; a full disk is an error. Nothing here panics.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::cli::{Global, color_choice, is_ci, progress_choice};
use crate::client::Client;
use crate::diag::{Code, Diagnostic, Sources, Span};
use crate::harmless::inert;
use crate::report::diagnostics;

/// The terminal, pipe or file that a run talks to.
pub struct Screen {
    /// Colours on standard output.
    pub color: bool,
    /// Colours on standard error.
    pub color_err: bool,
    /// Standard output is a terminal, or somebody said how wide it is.
    pub terminal: bool,
    /// Columns of the terminal; 80 where there is none.
    pub width: usize,
    /// A moving line on standard error is welcome.
    pub progress: bool,
    /// Lines about progress are welcome instead: in the log of a CI job.
    pub log_progress: bool,
    /// Only errors and the result.
    pub quiet: bool,
    /// Somebody can be asked.
    pub can_ask: bool,
    /// Why data did not reach standard output.
    lost: OnceLock<String>,
    /// Connections whose secrets no output may hold, also where a server says one.
    guarded: Mutex<Vec<Client>>,
}

/// An environment variable, if it is text.
pub fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What a process says that a signal has ended while it could not stop by itself.
pub(super) fn last_words(what: &str) {
    let line = format!("error[{}]: {what}\n", Code::INTERRUPTED);
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

impl Screen {
    /// What the flags and the environment make of the standard streams.
    pub fn new(global: &Global) -> Screen {
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let columns = env("COLUMNS").and_then(|text| text.parse().ok());
        let width = columns
            .or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)));
        Screen {
            color: color_choice(global.color, &env, out),
            color_err: color_choice(global.color, &env, err),
            terminal: out || columns.is_some(),
            width: width
                .filter(|width| (40..=400).contains(width))
                .unwrap_or(80),
            progress: progress_choice(global, &env, err),
            log_progress: is_ci(&env) && !global.no_progress && !global.quiet,
            quiet: global.quiet,
            can_ask: io::stdin().is_terminal() && err,
            lost: OnceLock::new(),
            guarded: Mutex::default(),
        }
    }

    /// A screen for output alone.
    pub fn plain() -> Screen {
        Screen {
            color: false,
            color_err: false,
            terminal: false,
            width: 80,
            progress: false,
            log_progress: false,
            quiet: false,
            can_ask: false,
            lost: OnceLock::new(),
            guarded: Mutex::default(),
        }
    }

    /// Words for people, to standard output: no command of a CI system, whatever names are in them.
    pub fn text(&self, text: &str) {
        self.out(&inert(text));
    }

    /// From now on, no output holds a secret of this connection.
    pub fn guard(&self, client: &Client) {
        self.guarded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(client.clone());
    }

    /// The text as it may leave the program: names and values that a server made up may hold what it was sent.
    pub fn guarded<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let guarded = self.guarded.lock().unwrap_or_else(PoisonError::into_inner);
        guarded
            .iter()
            .fold(Cow::Borrowed(text), |text, client| match text {
                Cow::Borrowed(text) => client.mask(text),
                Cow::Owned(text) => Cow::Owned(client.mask(&text).into_owned()),
            })
    }

    /// Marks as hidden what no output may hold of the lines that diagnostics point to. What is taken out of a line only
    /// after carets were drawn below it leaves them below other text.
    pub fn hide(&self, diagnostics: &[Diagnostic], sources: &mut Sources) {
        let guarded = self.guarded.lock().unwrap_or_else(PoisonError::into_inner);
        if guarded.is_empty() {
            return;
        }
        let labels = diagnostics
            .iter()
            .flat_map(|it| it.primary.iter().chain(&it.secondary));
        let places: BTreeSet<_> = labels
            .map(|label| (label.span.file, label.span.start))
            .collect();
        let mut hidden = Vec::new();
        for (file, start) in places {
            let Some(source) = sources.get(file) else {
                continue;
            };
            let (_, line) = source.line(start);
            let Some(text) = source.text.get(line.start as usize..line.end as usize) else {
                continue;
            };
            for found in guarded.iter().flat_map(|client| client.masked_places(text)) {
                let (start, end) = (
                    line.start + found.start as u32,
                    line.start + found.end as u32,
                );
                hidden.push(Span { file, start, end });
            }
        }
        hidden.into_iter().for_each(|span| sources.hide(span));
    }

    /// Data, to standard output.
    pub fn out(&self, text: &str) {
        self.send(&self.guarded(text));
    }

    /// A secret that the user asked to see, to standard output: exactly as it is.
    pub fn secret(&self, text: &str) {
        self.send(text);
    }

    fn send(&self, text: &str) {
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            // A closed pipe is the reader's choice.
            if error.kind() != ErrorKind::BrokenPipe {
                let _ = self.lost.set(error.to_string());
            }
        }
    }

    /// The exit code of a run, which is no success if its data did not arrive; says so.
    pub fn arrived(&self, code: u8) -> u8 {
        let Some(why) = self.lost.get() else {
            return code;
        };
        let diagnostic = Diagnostic::error(
            Code::CANNOT_WRITE,
            format!("standard output could not be written: {why}"),
        );
        self.err(&diagnostics::text(
            &[diagnostic],
            &Sources::default(),
            self.color_err,
            1,
        ));
        if matches!(code, super::exit::OK | super::exit::CHANGES) {
            super::exit::ERROR
        } else {
            code
        }
    }

    /// Words for people, to standard error: no command of a CI system either.
    pub fn err(&self, text: &str) {
        let text = self.guarded(text);
        let mut err = io::stderr().lock();
        let _ = err
            .write_all(inert(&text).as_bytes())
            .and_then(|()| err.flush());
    }

    /// Words for people that a quiet run leaves out.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.err(&format!("{text}\n"));
        }
    }

    /// Asks a question whose only consent is `yes`.
    pub async fn consents(&self, question: &str) -> bool {
        self.err(question);
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            let _ = io::stdin().lock().read_line(&mut answer);
            answer
        });
        let answer = answer.await.unwrap_or_default();
        if !answer.ends_with('\n') {
            self.err("\n");
        }
        answer.trim() == "yes"
    }
}

/// Where log lines go: standard error, as all words for people.
pub struct Log;

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(inert(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
