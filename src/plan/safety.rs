//! Rails: what a plan must not do by accident. Each has a code, and each can be waived by it, one by one.
//!
//! A rail never changes a plan; it refuses it, or says that it would have.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};

/// Which rails are waived, and which would have refused.
pub(super) struct SafetyChecks<'a> {
    waived: &'a BTreeSet<Code>,
    hit: RefCell<BTreeSet<Code>>,
}

/// How one rail found the plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// Its name for machines.
    pub rail: &'static str,
    /// Its code.
    pub code: Code,
    /// The kind or relation, where it is about one.
    pub kind: Option<String>,
    /// What it allows, where it is about a number.
    pub limit: Option<Figure>,
    /// What the plan comes to.
    pub value: Option<usize>,
    /// Of how many.
    pub of: Option<usize>,
    /// Whether it lets the plan pass as it is.
    pub ok: bool,
    /// Whether it would refuse, and is waived.
    pub waived: bool,
}

/// A number or a share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Figure {
    /// So many.
    Count(u64),
    /// A share, such as `20%`.
    Share(String),
}

/// The rails that are about no number.
const NAMED: &[(&str, Code)] = &[
    ("empty_state", Code::EMPTY_STATE),
    ("open_application", Code::OPENS),
    ("built_in", Code::BUILT_IN),
    ("victims", Code::VICTIM),
    ("foreign", Code::FOREIGN),
    ("protected", Code::PROTECTED),
    ("last_superuser", Code::LAST_SUPERUSER),
    ("own_access", Code::OWN_ACCESS),
    ("sign_in", Code::SIGN_IN),
    ("break_glass", Code::BREAK_GLASS),
    ("left_behind", Code::LEFT_BEHIND),
];

impl<'a> SafetyChecks<'a> {
    pub fn new(waived: &'a BTreeSet<Code>) -> SafetyChecks<'a> {
        SafetyChecks {
            waived,
            hit: RefCell::default(),
        }
    }

    /// Whether the user waived it.
    pub fn waives(&self, code: Code) -> bool {
        self.waived.contains(&code)
    }

    /// Refuses, or warns if the user waived this rail.
    pub fn refuse(&self, mut told: Diagnostic, diagnostics: &mut Vec<Diagnostic>) {
        self.hit.borrow_mut().insert(told.code);
        if self.waives(told.code) {
            waive(&mut told);
        } else {
            let waive = format!("if this is intended: --allow {}", told.code);
            told.help = Some(match told.help {
                Some(help) => format!("{help}; {waive}"),
                None => waive,
            });
        }
        diagnostics.push(told);
    }

    /// How the rails that are about no number found the plan. `empty` says that the files declare nothing.
    pub fn checks(&self, empty: bool) -> Vec<Check> {
        let hit = self.hit.borrow();
        let check = |(rail, code): &(&'static str, Code)| {
            let ok = !(hit.contains(code) || (*code == Code::EMPTY_STATE && empty));
            let waived = !ok && self.waives(*code);
            Check {
                rail,
                code: *code,
                kind: None,
                limit: None,
                value: None,
                of: None,
                ok,
                waived,
            }
        };
        NAMED.iter().map(check).collect()
    }
}

/// The name of a rail, as checks have it.
pub fn rail(name: &str) -> Option<&'static str> {
    let counted = ["max_deletes", "max_changes", "max_removals"];
    NAMED
        .iter()
        .map(|(rail, _)| *rail)
        .chain(counted)
        .find(|rail| *rail == name)
}

/// Makes a warning of what a rail refuses.
pub fn waive(told: &mut Diagnostic) {
    told.severity = Severity::Warning;
    told.notes
        .push(format!("overridden by --allow {}", told.code));
    told.help = None;
}
