//! How much of a YAML text is read: how deep it may nest, and how many values it may have.

use crate::budget;
use crate::diag::{Code, Diagnostic, Span};

/// The deepest nesting, with aliases expanded.
pub(super) const MAX_DEPTH: usize = 100;

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
    pub(crate) fn take(&mut self, values: usize, copies: usize) -> bool {
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
    pub(crate) fn is_spent(&self) -> bool {
        self.values == 0
    }
}

pub(super) fn too_deep(at: Span) -> Diagnostic {
    Diagnostic::error(
        Code::TOO_LARGE,
        format!("nested more than {MAX_DEPTH} levels deep"),
    )
    .at(at, "one level too many")
}
