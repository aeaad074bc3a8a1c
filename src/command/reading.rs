//! That a long reading goes on: a moving line on a terminal, a line now and then in a log, nothing where it was not asked for.

use std::cell::Cell;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Screen;
use crate::schema::Kind;

/// After how many lists a log gets a line.
const EVERY: usize = 25;

/// One reading.
pub(super) struct Reading<'a> {
    screen: &'a Screen,
    /// What is read, where there are several.
    of: String,
    bar: ProgressBar,
    count: Cell<usize>,
}

impl<'a> Reading<'a> {
    /// Begins one. `of` says what is read, where there is more than one thing; empty otherwise.
    pub fn new(screen: &'a Screen, of: &str) -> Reading<'a> {
        let target = if screen.progress {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) =
            ProgressStyle::with_template("{prefix}: {pos} lists {elapsed} {wide_msg}")
        {
            bar.set_style(style);
        }
        let of = if of.is_empty() {
            "Reading".to_owned()
        } else {
            format!("Reading {of}")
        };
        bar.set_prefix(of.clone());
        Reading {
            screen,
            of,
            bar,
            count: Cell::new(0),
        }
    }

    /// The same where nobody says how far it is: only that it goes on, and on a terminal only.
    pub fn ticking(screen: &'a Screen) -> Reading<'a> {
        let reading = Reading::new(screen, "");
        if let Ok(style) = ProgressStyle::with_template("{prefix} the server {elapsed}") {
            reading.bar.set_style(style);
        }
        if screen.progress {
            reading
                .bar
                .enable_steady_tick(std::time::Duration::from_millis(250));
        }
        reading
    }

    /// A list has been read.
    pub fn done(&self, kind: &'static Kind) {
        self.bar.inc(1);
        self.bar.set_message(kind.title());
        self.count.set(self.count.get() + 1);
        if self.screen.log_progress && self.count.get().is_multiple_of(EVERY) {
            self.screen
                .say(&format!("{}: {} lists", self.of, self.count.get()));
        }
    }

    /// Everything has been read.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
