//! What is left of the budgets of a state while it is read: over all its files, and all that tags and aliases bring in.
//!
//! Once a budget is used up, that is said once and nothing more is read.

use crate::diag::{Code, Diagnostic};
use crate::input::budget::{self, Totals};

/// What one state has taken so far.
#[derive(Debug)]
pub(super) struct Meter {
    totals: Totals,
    texts: u64,
    media: u64,
    files: u64,
    /// What the files hold.
    pub nodes: Nodes,
    /// Whether a budget is used up.
    pub full: bool,
}

/// Values, and texts that aliases repeat.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// How many values there may still be.
    pub values: u64,
    /// How many bytes of text aliases may still repeat.
    pub copies: u64,
}

impl Default for Nodes {
    fn default() -> Nodes {
        Nodes {
            values: budget::VALUES.most,
            copies: budget::COPIES.most,
        }
    }
}

impl Nodes {
    /// Those of a settings file.
    pub(crate) fn of_settings() -> Nodes {
        Nodes {
            values: budget::SETTINGS_VALUES.most,
            ..Nodes::default()
        }
    }

    /// Takes values and copies in; false if there is no room for them, and then there is none for anything.
    pub(super) fn take(&mut self, values: usize, copies: usize) -> bool {
        match (
            self.values.checked_sub(values as u64),
            self.copies.checked_sub(copies as u64),
        ) {
            (Some(values), Some(copies)) => {
                (self.values, self.copies) = (values, copies);
                true
            }
            _ => {
                (self.values, self.copies) = (0, 0);
                false
            }
        }
    }

    /// Whether there is no room for anything.
    pub(super) fn is_spent(&self) -> bool {
        self.values == 0
    }
}

impl Meter {
    pub fn new(totals: Totals) -> Meter {
        Meter {
            totals,
            texts: 0,
            media: 0,
            files: 0,
            nodes: Nodes::default(),
            full: false,
        }
    }

    /// How many bytes of text there may still be.
    pub fn texts_left(&self) -> u64 {
        self.totals.texts.saturating_sub(self.texts)
    }

    /// How many bytes of media there may still be.
    pub fn media_left(&self) -> u64 {
        self.totals.media.saturating_sub(self.media)
    }

    /// Takes a text in; the problem if it is too much.
    pub fn text(&mut self, bytes: usize) -> Result<(), Box<Diagnostic>> {
        self.texts += bytes as u64;
        if self.texts > self.totals.texts {
            Err(self.too_much_text())
        } else {
            Ok(())
        }
    }

    /// Takes the bytes of a file in, of which there is room.
    pub fn bytes(&mut self, bytes: usize) {
        self.media += bytes as u64;
    }

    /// Takes a state file in.
    pub fn file(&mut self) -> Result<(), Box<Diagnostic>> {
        self.files += 1;
        if self.files <= budget::FILES.most {
            return Ok(());
        }
        self.full = true;
        let message = format!("the state has more than {} in total", budget::FILES);
        Err(Box::new(
            Diagnostic::error(Code::TOO_LARGE, message).help(
                "put more objects into a file; a file that holds no state is skipped if its name begins with `_`",
            ),
        ))
    }

    /// That the texts are too much.
    pub fn too_much_text(&mut self) -> Box<Diagnostic> {
        let note = "state files, and what `!file`, `!env` and `!var` bring in, count together, each as often as it is used";
        self.too_much("the texts of this state", self.totals.texts, note)
    }

    /// That the media files are too much.
    pub fn too_much_media(&mut self) -> Box<Diagnostic> {
        self.too_much(
            "the media files of this state",
            self.totals.media,
            "a file that is named twice counts once",
        )
    }

    fn too_much(&mut self, what: &str, most: u64, note: &str) -> Box<Diagnostic> {
        self.full = true;
        let more = budget::size(most.saturating_mul(2));
        Box::new(
            Diagnostic::error(
                Code::TOO_LARGE,
                format!("{what} have more than {} in total", budget::size(most)),
            )
            .note(note)
            .help(format!(
                "if this is intended, raise the limit: `--max-input {}`",
                more.replace([' ', ','], "")
            )),
        )
    }
}
