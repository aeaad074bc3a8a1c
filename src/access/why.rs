//! The reason of one verdict: which bindings made it, and by which groups a user comes to be in a bound one.

use super::classes::Reasons;
use super::engine::{Access, Verdict};
use super::world::{Name, Subject};
use crate::value::Address;

/// Why a verdict is as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// Nothing that counts is bound: everyone passes.
    Open,
    /// Nothing that counts is bound to an application, and the settings close such applications: nobody passes.
    Closed,
    /// Nothing that counts is bound to an application, and the settings, which decide, could not be read.
    Unset,
    /// Nothing that counts is bound to an entitlement: nobody has it.
    Nothing,
    /// These bindings decided.
    Bound(Vec<Part>),
}

/// What one binding says of a user.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Part {
    /// What is bound.
    pub subject: Subject,
    /// Whether its result is turned round.
    pub negate: bool,
    /// The result, after that.
    pub passes: Passes,
    /// From the group that the user is in itself to the bound one; empty if the user is in neither. Only the bound one
    /// where the groups have too many ways to follow them all.
    pub path: Vec<Name>,
}

/// The result of one binding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Passes {
    /// It passes.
    Yes,
    /// It does not.
    No,
    /// A policy decides on the server.
    Depends,
    /// What it rests on could not be read.
    Unknown,
}

impl<'w> Access<'w> {
    /// A verdict with its reason; `None` for a user or thing that there is not.
    pub fn why(&self, user: &str, gate: &Address) -> Option<(Verdict, Why)> {
        let number = self.number(user)?;
        let row = self.rows.get(gate)?;
        let verdict = row.verdict(number);
        let reasons = Reasons::of(self.world, &self.sets, row);
        Some((
            verdict,
            self.with_ways(reasons.why(&reasons.marks(number), verdict), user),
        ))
    }

    /// A reason with the way that one user goes into each bound group, for a reason that has only the group.
    pub(super) fn with_ways(&self, why: Why, user: &str) -> Why {
        let Why::Bound(parts) = why else { return why };
        let direct = self.direct(user);
        let whole = |part: Part| match &part.subject {
            Subject::Group(group) if !part.path.is_empty() => {
                let path = self.sets.ways.way(&self.sets.nesting, direct, group);
                Part { path, ..part }
            }
            _ => part,
        };
        Why::Bound(parts.into_iter().map(whole).collect())
    }

    /// The groups that a user is in itself, by name.
    pub(super) fn direct(&self, user: &str) -> &[&'w Name] {
        self.sets
            .direct
            .get(user)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}
