//! Safety checks: what a plan must not do by accident. Each has a code, by which it can be overridden, one by one.
//!
//! A safety check never changes a plan; it refuses it, or reports that it would have.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};

/// The safety checks that are overridden, and those that would have refused.
pub(super) struct SafetyChecks<'a> {
    waived: &'a BTreeSet<Code>,
    hit: RefCell<BTreeSet<Code>>,
}

/// The result of one safety check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// The name for machines.
    pub rail: &'static str,
    /// The code of the safety check.
    pub code: Code,
    /// The kind or relation, where it is about one.
    pub kind: Option<String>,
    /// The limit, where it is about a number.
    pub limit: Option<Figure>,
    /// The number in the plan.
    pub value: Option<usize>,
    /// The total that the number is part of.
    pub of: Option<usize>,
    /// Whether it lets the plan pass as it is.
    pub ok: bool,
    /// Whether it would refuse, and is overridden.
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

/// The safety checks that are not about a number.
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
    ("sign_in_proof", Code::NO_PROOF),
    ("superusers_sign_in", Code::SUPERUSERS_SHUT_OUT),
    ("open_enrollment", Code::OPEN_ENROLLMENT),
    ("recovery_proof", Code::RECOVERY_WITHOUT_PROOF),
    ("restricted_provider", Code::RESTRICTED_PROVIDER),
];

impl<'a> SafetyChecks<'a> {
    pub fn new(waived: &'a BTreeSet<Code>) -> SafetyChecks<'a> {
        SafetyChecks {
            waived,
            hit: RefCell::default(),
        }
    }

    /// Whether the user overrides it.
    pub fn overrides(&self, code: Code) -> bool {
        self.waived.contains(&code)
    }

    /// Refuses, or warns if the user overrides this safety check.
    pub fn refuse(&self, mut diagnostic: Diagnostic, diagnostics: &mut Vec<Diagnostic>) {
        self.hit.borrow_mut().insert(diagnostic.code);
        if self.overrides(diagnostic.code) {
            downgrade(&mut diagnostic);
        } else {
            let way_out = format!("if this is intended: --allow {}", diagnostic.code);
            diagnostic.help = Some(match diagnostic.help {
                Some(help) => format!("{help}; {way_out}"),
                None => way_out,
            });
        }
        diagnostics.push(diagnostic);
    }

    /// The results of the safety checks that are not about a number. `empty` says that the files declare nothing.
    pub fn checks(&self, empty: bool) -> Vec<Check> {
        let hit = self.hit.borrow();
        let check = |(rail, code): &(&'static str, Code)| {
            let ok = !(hit.contains(code) || (*code == Code::EMPTY_STATE && empty));
            let waived = !ok && self.overrides(*code);
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

/// The name of a safety check, as checks have it.
pub fn rail(name: &str) -> Option<&'static str> {
    let counted = ["max_deletes", "max_changes", "max_removals"];
    NAMED
        .iter()
        .map(|(rail, _)| *rail)
        .chain(counted)
        .find(|rail| *rail == name)
}

/// Makes a warning of the error of a safety check.
pub fn downgrade(diagnostic: &mut Diagnostic) {
    diagnostic.severity = Severity::Warning;
    diagnostic
        .notes
        .push(format!("overridden by --allow {}", diagnostic.code));
    diagnostic.help = None;
}
