//! The rollback of a run: computes, from its plan, its outcome and the state before it, the desired state with which
//! the planner restores that state.
//!
//! Pure. It makes no steps of its own where the planner can: order, companions and safety come from there. It never
//! restores a value that must not be seen, and it says what it cannot restore.

mod records;
mod wants;

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::Desired;
use crate::diag::{Code, Diagnostic, FileId, Span};
use crate::ledger::{Ledger, Record};
use crate::live::Live;
use crate::plan::{self, Action, Options, Outcome, Plan, Reason};
use crate::value::Address;

/// A place that is in no file.
pub const NOWHERE: Span = Span {
    file: FileId(u32::MAX),
    start: 0,
    end: 0,
};

/// The desired state of a rollback.
#[derive(Clone, Debug, Default)]
pub struct Undo {
    /// The run that it takes back.
    pub of: String,
    /// The objects that must exist, and those that must not.
    pub desired: Desired,
    /// The ledger's records of the objects that the run touched; `None` where it did not know the object.
    pub records: BTreeMap<Address, Option<Record>>,
    /// Fields of deleted objects that the run wrote and that must not be seen.
    pub hidden: BTreeSet<(Address, String)>,
    /// The changes that are not restored.
    pub lost: Vec<Lost>,
}

/// Something that a rollback cannot put back.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lost {
    /// The object that is not restored.
    pub address: Address,
    /// The field; `None` for the object as a whole.
    pub field: Option<String>,
    /// The reason.
    pub why: String,
}

/// A run that is over, and what was known before it.
#[derive(Clone, Copy, Debug)]
pub struct Over<'a> {
    /// The plan of the run.
    pub plan: &'a Plan,
    /// The outcome of the run.
    pub outcome: &'a Outcome,
    /// The live state before the run.
    pub live: &'a Live,
    /// The ledger before the run.
    pub before: &'a Ledger,
    /// The ledger after the run.
    pub after: &'a Ledger,
    /// The run.
    pub run: &'a str,
}

/// The desired state that takes a run back; `None` if the run changed nothing.
pub fn undo(over: Over<'_>) -> Option<Undo> {
    let mut undo = wants::wants(over);
    undo.records = records::before(over, &undo.desired);
    let idle = undo.desired.objects.is_empty() && undo.desired.absent.is_empty();
    let nothing = idle && undo.records.is_empty() && undo.lost.is_empty();
    (!nothing).then_some(undo)
}

/// The ledger without the records that make the planner judge ownership: a rollback is about one run only.
pub fn quiet(ledger: &Ledger) -> Ledger {
    ledger.without_records("not checked")
}

/// The plan of a rollback.
pub fn plan(
    undo: &Undo,
    live: &Live,
    ledger: &Ledger,
    options: &Options,
) -> (Option<Plan>, Vec<Diagnostic>) {
    let (plan, diagnostics) = plan::plan(&undo.desired, live, &quiet(ledger), options);
    taken_back(undo, plan, diagnostics, live, ledger, options)
}

fn has_error(found: &[Diagnostic]) -> bool {
    found.iter().any(Diagnostic::is_error)
}

/// The plan of a rollback, from the plan for what it wants, which was made with a [`quiet`] ledger.
pub fn taken_back(
    undo: &Undo,
    plan: Option<Plan>,
    diagnostics: Vec<Diagnostic>,
    live: &Live,
    ledger: &Ledger,
    options: &Options,
) -> (Option<Plan>, Vec<Diagnostic>) {
    let plan = plan.map(|mut plan| {
        // Nothing of it stands in a file.
        for step in &mut plan.steps {
            step.source = None;
            if step.reason == Some(Reason::Absent) {
                step.reason = Some(Reason::PutBack);
            }
            let address = &step.address;
            step.expect
                .retain(|name, _| !undo.hidden.contains(&(address.clone(), (*name).to_owned())));
        }
        records::restore(undo, live, ledger, &mut plan);
        plan
    });
    let mut diagnostics = diagnostics;
    diagnostics.extend(
        plan.iter()
            .flat_map(|plan| protected(plan, ledger, options)),
    );
    for diagnostic in &mut diagnostics {
        (diagnostic.primary, diagnostic.secondary) = (None, Vec::new());
    }
    (plan, diagnostics)
}

/// That a rollback would delete something that is protected by now: the planner, which is not asked about ownership, does
/// not know it.
fn protected(plan: &Plan, ledger: &Ledger, options: &Options) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for step in plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Delete)
    {
        if ledger
            .records
            .get(&step.address)
            .is_some_and(|record| record.protect)
        {
            let mut diagnostic =
                Diagnostic::error(Code::PROTECTED, format!("{} is protected", step.address));
            match options.allow.contains(&Code::PROTECTED) {
                true => plan::downgrade(&mut diagnostic),
                false => {
                    diagnostic.help =
                        Some(format!("if this is intended: --allow {}", Code::PROTECTED))
                }
            }
            found.push(diagnostic);
        }
    }
    found
}

/// Leaves out of a rollback what cannot be planned, until the rest can be, and says so. Refuses if nothing helps. Also
/// gives the safety checks that it would need to be overridden.
pub fn settle(
    undo: Undo,
    live: &Live,
    ledger: &Ledger,
    options: &Options,
) -> Result<(Undo, Plan, BTreeSet<Code>), Vec<Diagnostic>> {
    let first = plan::plan(&undo.desired, live, &quiet(ledger), options);
    settle_planned(undo, first, live, ledger, options)
}

/// The same where what it wants has been planned already, with a [`quiet`] ledger: that plan is `first`.
pub fn settle_planned(
    mut undo: Undo,
    first: (Option<Plan>, Vec<Diagnostic>),
    live: &Live,
    ledger: &Ledger,
    options: &Options,
) -> Result<(Undo, Plan, BTreeSet<Code>), Vec<Diagnostic>> {
    let quiet = quiet(ledger);
    wants::number(&mut undo.desired);
    // Where everything can be planned, the places of the wants do not count.
    let (mut plan, mut found) = match has_error(&first.1) {
        false => first,
        true => plan::plan(&undo.desired, live, &quiet, options),
    };
    // Every round leaves something out.
    while has_error(&found) {
        let errors = found.iter().filter(|diagnostic| diagnostic.is_error());
        let mut left_out = BTreeSet::new();
        for diagnostic in errors {
            if let Some(label) = diagnostic
                .primary
                .as_ref()
                .filter(|label| label.span.file == NOWHERE.file)
            {
                left_out.insert((
                    label.span.start as usize,
                    label.span.end as usize,
                    diagnostic.message.clone(),
                ));
            }
        }
        if left_out.is_empty() || !wants::leave_out(&mut undo, &left_out) {
            return Err(found);
        }
        wants::number(&mut undo.desired);
        (plan, found) = plan::plan(&undo.desired, live, &quiet, options);
    }
    let (plan, found) = taken_back(&undo, plan, found, live, ledger, options);
    undo.lost.sort();
    undo.lost.dedup();
    let waived = found
        .iter()
        .map(|diagnostic| diagnostic.code)
        .filter(|code| code.is_overridable())
        .collect();
    plan.map(|plan| (undo, plan, waived)).ok_or(found)
}
