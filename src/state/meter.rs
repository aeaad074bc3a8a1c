//! What is left of the budgets of a state while it is read: over all its files, and all that tags and aliases bring in.
//!
//! Once a budget is used up, that is said once and nothing more is read.

use crate::budget;
use crate::budget::Totals;
use crate::diag::{Code, Diagnostic};
use crate::yaml::Nodes;

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
