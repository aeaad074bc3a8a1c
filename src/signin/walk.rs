//! A walk through a flow: what a visitor meets, and whether it ends signed in.
//!
//! The rules are those of authentik's flow planner and executor, measured on real servers (`tests/recordings/sign-in`): bindings
//! of the flow are judged of whoever starts it; those of a stage when the flow starts, when the stage is reached, or both; a
//! group or a user that is bound fails for somebody who is not identified, turned round or not. Where something is undecided,
//! both ways are walked. All walks go on together, stage by stage, as a set of states: their number is bounded, however many
//! stages there are.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::factors::Factors;
use super::visitor::{Visitor, Who};
use super::world::{Creates, Flow, Gate, Policy, Requirement, Stage, Step, Without, World};
use crate::access::{Mode, Name, Subject};

/// What authentik says to somebody whom a flow does not let in.
const NOT_APPLICABLE: &str = "Flow does not apply to current user.";
/// What it says where a stage gives no reason.
const NO_REASON: &str = "Unknown error";
/// The page that refuses.
const DENIED: &str = "ak-stage-access-denied";
/// What a flow answers at its end.
const DONE: &str = "xak-flow-redirect";
/// How often one flow may go on in another.
const REDIRECTS: usize = 5;

/// Whether something holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Answer {
    /// No.
    No,
    /// It could not be read.
    Unknown,
    /// A policy that only the server can run decides.
    ByPolicy,
    /// Yes.
    Yes,
}

impl Answer {
    /// From a decided one.
    pub fn of(yes: bool) -> Answer {
        if yes { Answer::Yes } else { Answer::No }
    }

    /// What is left open.
    pub fn is_open(self) -> bool {
        matches!(self, Answer::Unknown | Answer::ByPolicy)
    }

    fn negated(self) -> Answer {
        match self {
            Answer::Yes => Answer::No,
            Answer::No => Answer::Yes,
            open => open,
        }
    }
}

/// Something that the visitor meets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Met {
    /// The component that authentik shows.
    pub component: &'static str,
    /// The stage; `None` for the flow itself.
    pub stage: Option<Name>,
    /// What it says where it refuses.
    pub message: Option<String>,
    /// The visitor cannot answer it.
    pub stops: bool,
    /// It is met only if something that is undecided lets it be.
    pub undecided: Option<Answer>,
}

/// How a walk ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct End {
    /// Who is signed in.
    pub signed_in: Somebody,
    /// What was proven when that happened.
    pub proof: Option<Factors>,
    /// What was proven when an account was created.
    pub created: Option<Factors>,
    /// What was proven when somebody who was not signed in changed an account.
    pub changed: Option<Factors>,
    /// Why it ended like this only perhaps.
    pub open: Option<Answer>,
    /// It ended at something that takes a device, a certificate or an account elsewhere.
    pub needs_device: bool,
    /// It is not the way if everything that is undecided lets the visitor meet what it guards.
    pub around: bool,
}

/// Who somebody is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Somebody {
    /// Nobody.
    Nobody,
    /// The visitor.
    Visitor,
    /// An account that was created on the way.
    New,
}

/// What came of a walk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Walk {
    /// What is met where everything undecided lets the visitor meet what it guards.
    pub met: Vec<Met>,
    /// All ends.
    pub ends: BTreeSet<End>,
}

impl Walk {
    /// Whether the visitor is signed in at the end.
    pub fn signs_in(&self) -> Answer {
        let mut yes = false;
        let mut no = false;
        let mut open = None;
        for end in &self.ends {
            match end.signed_in {
                Somebody::Visitor => yes = true,
                _ => no = true,
            }
            open = open.max(end.open);
        }
        match (yes, no) {
            (true, true) => open.unwrap_or(Answer::Unknown),
            (yes, _) => Answer::of(yes),
        }
    }

    /// Whether a device, a certificate or an account elsewhere would let the visitor go on.
    pub fn needs_device(&self) -> bool {
        self.ends.iter().any(|end| end.needs_device)
    }
}

/// How far a visitor has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct State {
    /// Who is identified.
    pending: Somebody,
    /// The name that was typed is kept for the next identification.
    remembered: bool,
    /// A backend has checked a password, or a passkey stood in for it.
    checked: bool,
    passkey: bool,
    from_source: bool,
    prompted: bool,
    /// The identified account can be used.
    active: bool,
    factors: Factors,
    end: End,
}

/// What comes of one stage.
#[derive(Default)]
struct Passed {
    /// The states with which the walk goes on, the usual one first.
    on: Vec<State>,
    /// The states with which it ends here.
    ended: Vec<State>,
    /// What is shown.
    shown: Vec<(&'static str, Option<String>)>,
    /// The visitor cannot answer what is shown last.
    stops: bool,
}

/// How a visitor comes to a flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// By its address.
    Address,
    /// From a source that knows the user.
    Source,
    /// From a source to which the user is new.
    NewFromSource,
}

/// Walks a visitor through a flow.
pub fn walk<'w>(world: &'w World, flow: &'w Flow, visitor: &Visitor<'w>, start: Start) -> Walk {
    let walker = Walker {
        world,
        visitor,
        entered: RefCell::default(),
    };
    walker.flow(flow, start)
}

struct Walker<'a, 'w> {
    world: &'w World,
    visitor: &'a Visitor<'w>,
    /// The flows that a redirect led into, with the state: nothing is walked twice, however many redirects there are.
    entered: RefCell<BTreeSet<(&'w str, State)>>,
}

impl<'w> Walker<'_, 'w> {
    fn flow(&self, flow: &'w Flow, start: Start) -> Walk {
        let from_source = start != Start::Address;
        let state = State {
            pending: match start {
                Start::Source => Somebody::Visitor,
                _ => Somebody::Nobody,
            },
            remembered: false,
            checked: false,
            passkey: false,
            from_source,
            prompted: from_source,
            active: self.visitor.active,
            factors: Factors {
                source: from_source,
                ..Factors::default()
            },
            end: End {
                signed_in: Somebody::Nobody,
                proof: None,
                created: None,
                changed: None,
                open: None,
                needs_device: false,
                around: false,
            },
        };
        let mut walk = Walk {
            met: Vec::new(),
            ends: BTreeSet::new(),
        };
        let entry = match &flow.requires {
            Requirement::Visitors => self.gate(&flow.gate, &state),
            Requirement::Others(_) => Answer::No,
        };
        let refused = Met {
            component: DENIED,
            stage: None,
            message: Some(NOT_APPLICABLE.to_owned()),
            stops: true,
            undecided: None,
        };
        if entry == Answer::No {
            walk.met.push(refused);
            walk.ends.insert(state.end);
            return walk;
        }
        let mut state = state;
        if entry.is_open() {
            state.end.open = Some(entry);
            let mut away = state.end;
            away.around = true;
            walk.ends.insert(away);
        }
        let states = BTreeSet::from([state]);
        self.stages(flow, (states, Some(state)), 0, &mut walk);
        walk
    }

    /// Goes on through the stages of a flow, all states together and the usual one for what is met.
    fn stages(
        &self,
        flow: &'w Flow,
        (mut states, mut usual): (BTreeSet<State>, Option<State>),
        redirects: usize,
        walk: &mut Walk,
    ) {
        // What is judged when the flow starts is judged of whoever starts it.
        let starts = states.first().copied();
        for step in &flow.steps {
            let Some(start) = starts else { return };
            let on_plan = match step.on_plan {
                true => self.gate(&step.gate, &start),
                false => Answer::Yes,
            };
            if on_plan == Answer::No {
                continue;
            }
            let mut next = BTreeSet::new();
            for state in &states {
                let lets = self.reached(step, on_plan, state);
                if lets == Answer::No {
                    next.insert(*state);
                    continue;
                }
                let mut inside = *state;
                if lets.is_open() {
                    let mut around = *state;
                    around.end.open = around.end.open.max(Some(lets));
                    around.end.around = true;
                    next.insert(around);
                    inside.end.open = inside.end.open.max(Some(lets));
                }
                if let Some((slug, target)) = self.redirect(step) {
                    if redirects < REDIRECTS && self.answers() {
                        if self.entered.borrow_mut().insert((slug, inside)) {
                            let states = BTreeSet::from([inside]);
                            self.stages(target, (states, None), redirects + 1, walk);
                        }
                    } else {
                        walk.ends.insert(inside.end);
                    }
                    continue;
                }
                let passed = self.stage(step, inside);
                next.extend(passed.on);
                walk.ends.extend(passed.ended.iter().map(|state| state.end));
            }
            if let Some(state) = usual {
                usual = self.meet(step, on_plan, state, redirects, walk);
            }
            states = next;
        }
        if !flow.complete {
            // There may be stages that are not known, and anything may come of them.
            for state in &states {
                let mut end = state.end;
                end.open = end.open.max(Some(Answer::Unknown));
                walk.ends.insert(end);
                end.signed_in = match end.signed_in {
                    Somebody::Visitor => Somebody::Nobody,
                    _ => Somebody::Visitor,
                };
                end.around = true;
                walk.ends.insert(end);
            }
        } else {
            walk.ends.extend(states.iter().map(|state| state.end));
        }
        if usual.is_some() && redirects == 0 {
            walk.met.push(Met {
                component: DONE,
                stage: None,
                message: None,
                stops: false,
                undecided: None,
            });
        }
    }

    /// Takes note of what is met at a stage on the usual way, and gives the state behind it; `None` where the way ends.
    fn meet(
        &self,
        step: &'w Step,
        on_plan: Answer,
        state: State,
        redirects: usize,
        walk: &mut Walk,
    ) -> Option<State> {
        let lets = self.reached(step, on_plan, &state);
        if lets == Answer::No {
            return Some(state);
        }
        let undecided = Some(lets).filter(|lets| lets.is_open());
        let passed = self.stage(step, state);
        let ends = passed.on.is_empty();
        let last = passed.shown.len().saturating_sub(1);
        for (place, (component, message)) in passed.shown.into_iter().enumerate() {
            walk.met.push(Met {
                component,
                stage: step.stage.clone(),
                message,
                stops: place == last && (passed.stops || ends),
                undecided,
            });
        }
        if let Some((_, target)) = self.redirect(step)
            && redirects < REDIRECTS
            && self.answers()
        {
            let mut inner = Walk {
                met: Vec::new(),
                ends: BTreeSet::new(),
            };
            let states = (BTreeSet::from([state]), Some(state));
            self.stages(target, states, redirects + 1, &mut inner);
            walk.met.extend(inner.met);
            return None;
        }
        match (ends, undecided) {
            (false, _) => passed.on.first().copied(),
            // It may not be met at all.
            (true, Some(_)) => Some(state),
            (true, None) => None,
        }
    }

    /// Whether a stage is met that is part of the plan as `on_plan` says.
    fn reached(&self, step: &Step, on_plan: Answer, state: &State) -> Answer {
        let on_reach = match step.on_reach {
            true => self.gate(&step.gate, state),
            false => Answer::Yes,
        };
        on_plan.min(on_reach)
    }

    /// The flow in which a stage goes on.
    fn redirect(&self, step: &Step) -> Option<(&'w str, &'w Flow)> {
        match self.known(step)? {
            Stage::Redirect(Some(flow)) => Some((&**flow, self.world.flows.get(flow)?)),
            _ => None,
        }
    }

    fn known(&self, step: &Step) -> Option<&'w Stage> {
        self.world.stages.get(step.stage.as_ref()?)
    }

    /// Whether the visitor answers what is asked.
    fn answers(&self) -> bool {
        self.visitor.who != Who::Nobody
    }

    /// What is bound, judged of whoever has come so far.
    fn gate(&self, gate: &Gate, state: &State) -> Answer {
        let enabled = || gate.bindings.iter().filter(|binding| binding.enabled);
        let mut statics = Vec::new();
        let mut results = Vec::new();
        for binding in enabled() {
            let turned = |answer: Answer| match binding.negate {
                true => answer.negated(),
                false => answer,
            };
            match &binding.subject {
                Subject::Policy(name) => results.push(turned(self.policy(name, state))),
                Subject::Unknown(family, _) if *family == crate::access::POLICY => {
                    results.push(Answer::ByPolicy);
                }
                Subject::Others => results.push(Answer::Unknown),
                subject => {
                    let who = self.identified(state);
                    // For somebody who is not identified nothing passes, turned round or not.
                    statics.push(match who {
                        Somebody::Nobody => Answer::No,
                        _ => turned(self.is(subject, who)),
                    });
                }
            }
        }
        if !statics.is_empty() {
            let mode = self.world.people.static_mode(gate.mode);
            results.push(joined(mode, &statics));
        }
        if results.is_empty() {
            return Answer::Yes;
        }
        joined(gate.mode, &results)
    }

    /// Who bindings are judged of.
    fn identified(&self, state: &State) -> Somebody {
        match state.pending {
            Somebody::Nobody => state.end.signed_in,
            pending => pending,
        }
    }

    fn is(&self, subject: &Subject, who: Somebody) -> Answer {
        match (who, self.visitor.who) {
            (Somebody::New, _) => match subject {
                Subject::User(_) => Answer::No,
                _ => Answer::Unknown,
            },
            (_, Who::Anybody) => Answer::Unknown,
            _ if matches!(subject, Subject::Unknown(..)) => Answer::Unknown,
            _ if self.visitor.unsure.contains(subject) => Answer::Unknown,
            _ => Answer::of(self.visitor.inside.contains(subject)),
        }
    }

    fn policy(&self, name: &Name, state: &State) -> Answer {
        let identified = self.identified(state) != Somebody::Nobody;
        match self.world.policies.get(name) {
            Some(Policy::Always(result)) => Answer::of(*result),
            Some(Policy::SetsUser) => Answer::Yes,
            Some(Policy::FromSource) => Answer::of(state.from_source),
            Some(Policy::NoPasswordYet) => Answer::of(!state.checked),
            Some(Policy::NoPasskeyYet) => Answer::of(!state.passkey),
            Some(Policy::Identified(wanted)) => Answer::of(identified == *wanted),
            Some(Policy::NameReputation(fresh)) => Answer::of(*fresh),
            Some(Policy::ByServer) | None => Answer::ByPolicy,
        }
    }

    /// Whether judging what is bound to a stage identifies a user by the way.
    fn sets_user(&self, step: &Step) -> bool {
        let mut bound = step.gate.bindings.iter().filter(|binding| binding.enabled);
        bound.any(|binding| match &binding.subject {
            Subject::Policy(name) => self.world.policies.get(name) == Some(&Policy::SetsUser),
            _ => false,
        })
    }

    /// What comes of a stage.
    fn stage(&self, step: &'w Step, state: State) -> Passed {
        let mut state = state;
        if self.sets_user(step) {
            state.pending = Somebody::Visitor;
            state.active = true;
        }
        let Some(stage) = self.known(step) else {
            return open_ended(state);
        };
        match stage {
            Stage::Identification { .. } => self.identification(stage, step, state),
            Stage::Password { backends } => self.password(backends, state),
            Stage::SecondFactor { without, passkey } => {
                self.second_factor(*without, *passkey, state)
            }
            Stage::Login { asks } => self.login(*asks, state),
            Stage::Deny { message } => refused(message, state),
            Stage::Email { activates } => self.email(*activates, state),
            Stage::Invitation { optional } => self.invitation(*optional, state),
            Stage::Prompt => {
                let mut prompted = state;
                prompted.prompted = true;
                self.page("ak-stage-prompt", state, prompted)
            }
            Stage::Write { creates, inactive } => self.write(*creates, *inactive, state),
            Stage::Delete => match self.identified(&state) {
                Somebody::Nobody => refused("", state),
                _ => {
                    let mut gone = state;
                    gone.pending = Somebody::Nobody;
                    gone.end.signed_in = Somebody::Nobody;
                    silently(gone)
                }
            },
            Stage::Logout => {
                let mut out = state;
                out.end.signed_in = Somebody::Nobody;
                silently(out)
            }
            Stage::Redirect(_) => Passed {
                ended: vec![state],
                shown: vec![(DONE, None)],
                ..Passed::default()
            },
            Stage::Source => self.elsewhere(DONE, state, |factors| factors.source = true),
            Stage::Certificate { optional: true } => silently(state),
            Stage::Certificate { optional: false } => self.certificate(state),
            Stage::Page(component) => self.page(component, state, state),
            Stage::Setup(component) => match self.identified(&state) {
                Somebody::Nobody => silently(state),
                _ => self.page(component, state, state),
            },
            Stage::Unknown => open_ended(state),
        }
    }

    /// A page that everybody can answer who answers anything.
    fn page(&self, component: &'static str, before: State, after: State) -> Passed {
        if self.answers() {
            return Passed {
                on: vec![after],
                shown: vec![(component, None)],
                ..Passed::default()
            };
        }
        stopped(component, before)
    }

    /// A page that takes something which the visitor may not have.
    fn elsewhere(
        &self,
        component: &'static str,
        state: State,
        prove: impl Fn(&mut Factors),
    ) -> Passed {
        let mut proven = state;
        prove(&mut proven.factors);
        if self.visitor.proves_all {
            return self.page(component, state, proven);
        }
        let mut lacking = state;
        lacking.end.needs_device = true;
        stopped(component, lacking)
    }

    fn identification(&self, stage: &'w Stage, step: &Step, state: State) -> Passed {
        const PAGE: &str = "ak-stage-identification";
        let Stage::Identification {
            typed,
            password,
            captcha,
            passkey,
            remembers,
            ..
        } = stage
        else {
            return open_ended(state);
        };
        let mut named = state;
        named.pending = Somebody::Visitor;
        named.active = self.visitor.active;
        named.factors.name = true;
        let is_simple = password.is_none() && !captcha && !passkey && step.gate.bindings.is_empty();
        if state.remembered && is_simple {
            return silently(named);
        }
        named.remembered = *remembers;
        if !self.answers() {
            return stopped(PAGE, state);
        }
        let mut passed = Passed {
            shown: vec![(PAGE, None)],
            ..Passed::default()
        };
        if *typed {
            match password {
                None => passed.on.push(named),
                Some(stage) => self.check(self.backends(stage), named, &mut passed),
            }
        }
        if *passkey {
            let mut device = named;
            device.checked = true;
            device.passkey = true;
            device.factors = state.factors;
            device.factors.passkey = true;
            match self.visitor.proves_all {
                true => passed.on.push(device),
                false => passed.ended.extend(lacking(state).filter(|_| !*typed)),
            }
        }
        passed.stops = passed.on.is_empty();
        if passed.on.is_empty() && passed.ended.is_empty() {
            passed.ended.push(state);
        }
        passed
    }

    /// What checks the password on the page of another stage.
    fn backends(&self, stage: &Name) -> Option<&'w [String]> {
        match self.world.stages.get(stage) {
            Some(Stage::Password { backends }) => Some(backends),
            _ => None,
        }
    }

    fn password(&self, backends: &'w [String], state: State) -> Passed {
        const PAGE: &str = "ak-stage-password";
        if !self.answers() {
            return stopped(PAGE, state);
        }
        if state.pending == Somebody::Nobody {
            let mut refused = refused("", state);
            refused.shown.insert(0, (PAGE, None));
            return refused;
        }
        let mut passed = Passed {
            shown: vec![(PAGE, None)],
            ..Passed::default()
        };
        self.check(Some(backends), state, &mut passed);
        passed.stops = passed.on.is_empty();
        passed
    }

    /// Checks a password that is right.
    fn check(&self, backends: Option<&[String]>, state: State, passed: &mut Passed) {
        let works = match backends {
            _ if !state.active || !self.visitor.knows_password => Answer::No,
            None => Answer::Unknown,
            Some(backends) => backends
                .iter()
                .map(|backend| self.backend(backend))
                .max()
                .unwrap_or(Answer::No),
        };
        let mut proven = state;
        proven.checked = true;
        proven.factors.password = true;
        if works.is_open() {
            proven.end.open = proven.end.open.max(Some(works));
        }
        if works != Answer::No {
            passed.on.push(proven);
        }
        if works != Answer::Yes {
            let mut failed = state;
            if works.is_open() {
                failed.end.open = failed.end.open.max(Some(works));
                failed.end.around = true;
            }
            passed.ended.push(failed);
        }
    }

    /// Whether somebody has a password that a backend knows.
    fn backend(&self, backend: &str) -> Answer {
        let from = |kind: &str| {
            let mut sources = self.world.sources.values();
            match sources.any(|source| source.kind == kind && source.enabled) {
                true => Answer::Unknown,
                false => Answer::No,
            }
        };
        match backend {
            "authentik.core.auth.InbuiltBackend" => Answer::Yes,
            "authentik.sources.ldap.auth.LDAPBackend" => from("source_ldap"),
            "authentik.sources.kerberos.auth.KerberosBackend" => from("source_kerberos"),
            // App passwords: not known who has one.
            _ => Answer::Unknown,
        }
    }

    fn second_factor(&self, without: Without, passkey: bool, state: State) -> Passed {
        const PAGE: &str = "ak-stage-authenticator-validate";
        if self.identified(&state) == Somebody::Nobody {
            if !passkey {
                return silently(state);
            }
            let mut known = state;
            known.pending = Somebody::Visitor;
            known.active = self.visitor.active;
            known.passkey = true;
            known.factors.passkey = true;
            return match self.visitor.proves_all {
                true => self.page(PAGE, state, known),
                false => self.elsewhere(PAGE, state, |factors| factors.passkey = true),
            };
        }
        let mut proven = state;
        match without {
            Without::Skips => proven.factors.second_if_enrolled = true,
            _ => proven.factors.second = true,
        }
        if self.visitor.proves_all {
            return self.page(PAGE, state, proven);
        }
        match without {
            Without::Skips => silently(proven),
            Without::Configures => self.page(PAGE, state, proven),
            Without::Denies => {
                let mut refused = refused("No (allowed) MFA authenticator configured.", state);
                refused
                    .ended
                    .iter_mut()
                    .for_each(|state| state.end.needs_device = true);
                refused
            }
            Without::Stuck => {
                let mut refused = refused("", state);
                refused
                    .ended
                    .iter_mut()
                    .for_each(|state| state.end.needs_device = true);
                refused
            }
        }
    }

    fn login(&self, asks: bool, state: State) -> Passed {
        if state.pending == Somebody::Nobody || !state.active {
            return refused("", state);
        }
        let mut inside = state;
        inside.end.signed_in = state.pending;
        inside.end.proof.get_or_insert(state.factors);
        match asks {
            true => self.page("ak-stage-user-login", state, inside),
            false => silently(inside),
        }
    }

    fn email(&self, activates: bool, state: State) -> Passed {
        if state.pending == Somebody::Nobody {
            return refused("", state);
        }
        let mut opened = state;
        opened.factors.email = true;
        opened.active |= activates;
        self.page("ak-stage-email", state, opened)
    }

    fn invitation(&self, optional: bool, state: State) -> Passed {
        if optional {
            return silently(state);
        }
        if !self.visitor.proves_all {
            return refused("Invalid invite/invite not found", state);
        }
        let mut invited = state;
        invited.factors.invitation = true;
        invited.prompted = true;
        silently(invited)
    }

    fn write(&self, creates: Creates, inactive: bool, state: State) -> Passed {
        if !state.prompted {
            return refused("No Pending data.", state);
        }
        let mut written = state;
        if written.pending == Somebody::Nobody {
            written.pending = state.end.signed_in;
        }
        if written.pending == Somebody::Nobody || creates == Creates::Always {
            if creates == Creates::Never {
                return refused("No user found and can't create new user.", state);
            }
            written.pending = Somebody::New;
            written.active = !inactive;
            written.end.created.get_or_insert(state.factors);
        } else if state.end.signed_in == Somebody::Nobody && written.pending == Somebody::Visitor {
            written.end.changed.get_or_insert(state.factors);
        }
        silently(written)
    }

    fn certificate(&self, state: State) -> Passed {
        if !self.visitor.proves_all {
            let mut refused = refused("Certificate required but no certificate was given.", state);
            refused
                .ended
                .iter_mut()
                .for_each(|state| state.end.needs_device = true);
            return refused;
        }
        let mut shown = state;
        shown.factors.certificate = true;
        if shown.pending == Somebody::Nobody {
            shown.pending = Somebody::Visitor;
            shown.active = self.visitor.active;
        }
        silently(shown)
    }
}

/// Several answers as one.
fn joined(mode: Mode, answers: &[Answer]) -> Answer {
    let all = answers.iter().copied();
    match mode {
        Mode::Any => all.max().unwrap_or(Answer::No),
        Mode::All => all.min().unwrap_or(Answer::Yes),
    }
}

/// Goes on without showing anything.
fn silently(state: State) -> Passed {
    Passed {
        on: vec![state],
        ..Passed::default()
    }
}

/// Ends at a page that is not answered.
fn stopped(component: &'static str, state: State) -> Passed {
    Passed {
        ended: vec![state],
        shown: vec![(component, None)],
        stops: true,
        ..Passed::default()
    }
}

/// Refuses, with a reason if there is one.
fn refused(message: &str, state: State) -> Passed {
    let message = if message.is_empty() {
        NO_REASON
    } else {
        message
    };
    Passed {
        ended: vec![state],
        shown: vec![(DENIED, Some(message.to_owned()))],
        stops: true,
        ..Passed::default()
    }
}

/// The end of somebody without a device.
fn lacking(state: State) -> impl Iterator<Item = State> {
    let mut lacking = state;
    lacking.end.needs_device = true;
    std::iter::once(lacking)
}

/// Nobody knows what comes of it: the walk goes on, or it ends.
fn open_ended(state: State) -> Passed {
    let mut open = state;
    open.end.open = open.end.open.max(Some(Answer::Unknown));
    let mut ended = open;
    ended.end.around = true;
    Passed {
        on: vec![open],
        ended: vec![ended],
        ..Passed::default()
    }
}
