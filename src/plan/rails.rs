//! Rails: what a plan must not do by accident. Each has a code, and each can be waived by it, one by one.
//!
//! A rail never changes a plan; it refuses it, or says that it would have.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};

/// Which rails are waived.
pub(super) struct Rails<'a> {
    waived: &'a BTreeSet<Code>,
}

impl<'a> Rails<'a> {
    pub fn new(waived: &'a BTreeSet<Code>) -> Rails<'a> {
        Rails { waived }
    }

    /// Refuses, or warns if the user waived this rail.
    pub fn refuse(&self, mut told: Diagnostic, diagnostics: &mut Vec<Diagnostic>) {
        if self.waived.contains(&told.code) {
            told.severity = Severity::Warning;
            told.notes.push(format!("waived by --allow {}", told.code));
            told.help = None;
        } else {
            let waive = format!("if it is meant: --allow {}", told.code);
            told.help = Some(match told.help {
                Some(help) => format!("{help}; {waive}"),
                None => waive,
            });
        }
        diagnostics.push(told);
    }
}
