//! The passes of a plan, in their order.
//!
//! A draft knows every step, but not yet the results of the safety checks: they may have questions to the server first.
//! A draft without questions becomes the plan; one with questions is made again once they are answered.

use std::collections::{BTreeMap, BTreeSet};

use super::lists::{self, Lists};
use super::lockout::Lockout;
use super::matching::{self, Matched};
use super::ownership::{Leaving, Ownership};
use super::privileges::{Privilege, Privileges};
use super::safety::SafetyChecks;
use super::{
    Declared, Kept, Left, Options, Plan, Step, alone, cascade, cycles, diff, grants, limits,
    moved_providers, open_to_all, order, pairs, raw, removal, replaced, resolve, sign_in,
};
use crate::desired::{Desired, Object};
use crate::diag::Diagnostic;
use crate::ledger::Ledger;
use crate::live::{Live, Question};
use crate::value::Address;

/// A plan before its safety checks.
pub struct Draft<'a> {
    desired: &'a Desired,
    live: &'a Live,
    ledger: &'a Ledger,
    options: &'a Options,
    checks: SafetyChecks<'a>,
    diagnostics: Vec<Diagnostic>,
    /// The declared objects, with references that hold.
    objects: Vec<Object>,
    matched: Matched,
    /// The steps, not yet in order.
    steps: Vec<Step>,
    /// The steps that the scope leaves out.
    left: Vec<Left>,
    /// Items that have left a partial list and stay.
    kept_items: Vec<Kept>,
    /// The objects that a complete list would remove and does not.
    kept: Vec<Kept>,
    leaving: Leaving,
    declared: BTreeMap<Address, Declared>,
}

impl<'a> Draft<'a> {
    /// Works out what is to be done.
    pub fn new(
        desired: &'a Desired,
        live: &'a Live,
        ledger: &'a Ledger,
        options: &'a Options,
    ) -> Draft<'a> {
        let mut diagnostics = Vec::new();
        let checks = SafetyChecks::new(&options.allow);
        let ownership = Ownership::new(ledger);
        let mut objects = resolve::resolve(desired, live, ledger, &mut diagnostics);
        objects.extend(lists::leaving(desired, live, ledger));
        grants::models(&mut objects, live, &mut diagnostics);
        ownership.renamed(&mut objects, live);
        let matched = matching::matching(&objects, live, &mut diagnostics);
        raw::fields(&objects, &matched, &mut diagnostics);
        cycles::cycles(&objects, &matched, &mut diagnostics);
        let lists = Lists::new(&objects, live, ledger, &matched);
        let mut steps = diff::diff(
            &objects,
            &matched,
            &lists,
            live.release,
            options,
            &mut diagnostics,
        );
        ownership.adopt(&objects, &matched, &mut steps);
        let removed = removal::removal(desired, live, &matched, &mut diagnostics);
        ownership.guard(&removed.steps, &objects, live, &checks, &mut diagnostics);
        let going = removed.steps.iter().map(|step| step.address.clone());
        let mut leaving = ownership.leaving(desired, &objects, live, &matched, &going.collect());
        steps.extend(removed.steps);
        steps.append(&mut leaving.steps);
        replaced::emit(&mut steps);
        let left = options.scope.narrow(&mut steps, &objects, &mut diagnostics);
        ownership.foreign(&steps, &matched, &checks, &mut diagnostics);
        let kept_items = lists.kept(&objects);
        let declared = ownership.declared(desired, &objects, &matched, &lists);
        Draft {
            desired,
            live,
            ledger,
            options,
            checks,
            diagnostics,
            objects,
            matched,
            steps,
            left,
            kept_items,
            kept: removed.kept,
            leaving,
            declared,
        }
    }

    /// Questions of the safety checks about the plan that were not asked yet: none for most plans, and none for a plan
    /// that cannot be made anyway.
    pub fn questions(&self) -> BTreeSet<Question> {
        if self.is_refused() {
            return BTreeSet::new();
        }
        let lockout = Lockout::new(self.desired, self.live, &self.matched, &self.steps);
        let mut asked = lockout.questions();
        asked.extend(open_to_all::questions(
            self.desired,
            self.live,
            &self.matched,
            &self.steps,
        ));
        asked.extend(sign_in::questions(self.live, &self.steps));
        asked.extend(moved_providers::questions(
            self.desired,
            self.live,
            &self.matched,
            &self.steps,
        ));
        asked.extend(self.privileges(&lockout).questions());
        asked
    }

    fn privileges<'d>(&'d self, lockout: &'d Lockout<'_>) -> Privileges<'d> {
        Privileges::new(self.live, &self.matched, &self.steps, lockout.people())
    }

    /// Whether there can be no plan, whatever the safety checks say.
    fn is_refused(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.is_error() && !diagnostic.code.is_safety_check())
    }

    /// Judges the draft and puts its steps in order.
    pub fn finish(mut self) -> (Option<Plan>, Vec<Diagnostic>) {
        let dependents = self.dependents();
        let (mut safety, privileges) = self.judge();
        let openings = open_to_all::openings(
            self.live,
            &self.objects,
            &self.matched,
            &self.steps,
            &self.checks,
            &mut self.diagnostics,
        );
        let sign_in = sign_in::judge(self.live, &self.steps, &self.checks, &mut self.diagnostics);
        moved_providers::judge(
            self.live,
            &self.matched,
            &self.steps,
            &self.checks,
            &mut self.diagnostics,
        );
        let ignored = diff::ignored(&self.objects);
        let uncompared = diff::uncompared(
            &self.objects,
            &self.matched,
            self.live.release,
            self.options,
        );
        self.hold_what_is_left_out();
        let steps = std::mem::take(&mut self.steps);
        let mut ordered = order::order(steps, &self.matched, &mut self.diagnostics);
        removal::settle(&mut ordered);
        ordered.iter_mut().for_each(removal::without_data);
        if self.is_refused() {
            return (None, self.diagnostics);
        }
        let (ids, other_ids) = order::ids(&ordered, &self.matched, self.live);
        safety.extend(self.checks.checks(self.desired.is_empty()));
        let scope = &self.options.scope;
        let kept_items = self.kept_items.into_iter();
        let kept_items = kept_items.filter(|kept| scope.has(&kept.address));
        let leaving = self.leaving.kept.into_iter();
        let plan = Plan {
            release: self.live.release,
            steps: ordered,
            ids,
            other_ids,
            openings,
            sign_in: Some(sign_in),
            privileges: Some(privileges),
            ignored,
            uncompared,
            declared: self.declared,
            kept: leaving.chain(self.kept).chain(kept_items).collect(),
            safety,
            weakened: self.options.weakened.clone(),
            gone: self.leaving.gone,
            dependents,
            scope: scope.clone(),
            left: self.left,
            owning: self.ledger.is_known(),
        };
        (Some(plan), self.diagnostics)
    }

    /// The dependents of deleted objects.
    fn dependents(&mut self) -> BTreeMap<Address, Vec<super::Dependent>> {
        alone::alone(
            &self.objects,
            &self.matched,
            &self.steps,
            &mut self.diagnostics,
        );
        cascade::dependents(
            &self.objects,
            self.live,
            &self.matched,
            (&self.steps, &self.left),
            &self.checks,
            &mut self.diagnostics,
        )
    }

    /// The checks against lockouts, and of how much is done at once; and what becomes of privileges.
    fn judge(&mut self) -> (Vec<super::Check>, Vec<Privilege>) {
        let lockout = Lockout::new(self.desired, self.live, &self.matched, &self.steps);
        let privileges = self.privileges(&lockout).found();
        lockout.judge(&self.checks, &mut self.diagnostics);
        let safety = limits::limits(
            &self.objects,
            &self.matched,
            &self.steps,
            (&self.options.limits, &self.options.flags),
            &self.checks,
            &mut self.diagnostics,
        );
        pairs::pairs(
            &self.objects,
            &self.matched,
            &self.steps,
            &self.checks,
            &mut self.diagnostics,
        );
        (safety, privileges)
    }

    /// What stays although it leaves the files keeps its record while its part of the plan is not asked for.
    fn hold_what_is_left_out(&mut self) {
        let left: BTreeSet<&Address> = self.left.iter().map(|left| &left.address).collect();
        let is_done =
            |address: &Address| self.options.scope.has(address) && !left.contains(address);
        let held: BTreeSet<&Address> = self
            .objects
            .iter()
            .filter(|object| object.leaves && !is_done(&object.address))
            .map(|object| &object.address)
            .collect();
        self.leaving.gone.retain(|address| !held.contains(address));
        self.leaving
            .kept
            .retain(|kept| !held.contains(&kept.address));
        self.declared.retain(|address, _| !left.contains(address));
    }
}
