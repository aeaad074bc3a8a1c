//! How findings are treated: ignored, reported as warnings, or reported as errors that stop the run.

use std::collections::BTreeMap;

use clap::ValueEnum;

use crate::diag::{Code, Diagnostic, Severity};

/// How a lint is taken.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Not said
    Allow,
    /// Said
    Warn,
    /// Said, and nothing is done
    Deny,
}

/// The levels of a run, with who says so; a lint that is not here is a warning.
#[derive(Clone, Debug, Default)]
pub struct Levels(BTreeMap<Code, (Level, String)>);

impl Levels {
    /// Sets a level; what is set later wins.
    pub fn set(&mut self, code: Code, level: Level, by: impl Into<String>) {
        self.0.insert(code, (level, by.into()));
    }

    /// The findings as they are taken.
    pub fn apply(&self, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let take = |mut diagnostic: Diagnostic| match self.0.get(&diagnostic.code) {
            Some((Level::Allow, _)) => None,
            Some((Level::Deny, by)) => {
                diagnostic.severity = Severity::Error;
                diagnostic.notes.push(format!("denied by {by}"));
                Some(diagnostic)
            }
            _ => Some(diagnostic),
        };
        found.into_iter().filter_map(take).collect()
    }
}
