//! Lockouts: checks that somebody can still sign in and administer once the plan is done. Four safety checks: the last
//! superuser, the token's own user, signing in by the default brand, and users for emergencies (`break_glass`).
//!
//! Judged from what was read and the steps alone. What must be read for that is asked for (`questions`), and only of
//! plans that may take something away. What could not be read is reported, and never counts as good; what is broken
//! already is reported, and refuses nothing.

mod people;
mod sign_in;

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

pub(super) use self::people::{People, Who, is_group};
use self::people::{deleted, roll};
use self::sign_in::SignIn;
use super::matching::Matched;
use super::safety::SafetyChecks;
use super::step::{Action, Delta, Step, Write};
use crate::desired::Desired;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::live::{Live, Question};
use crate::schema::{Kind, WayIn, id_text};
use crate::value::{Address, Value};

/// How many names are reported.
const NAMES: usize = 5;

/// The effects of the steps on the ways to sign in.
pub(super) struct Lockout<'a> {
    desired: &'a Desired,
    live: &'a Live,
    matched: &'a Matched,
    steps: &'a [Step],
    before: People,
    after: People,
    may_lose: OnceCell<bool>,
}

impl<'a> Lockout<'a> {
    pub fn new(
        desired: &'a Desired,
        live: &'a Live,
        matched: &'a Matched,
        steps: &'a [Step],
    ) -> Lockout<'a> {
        // Where nothing is written, nobody gains or loses anything.
        let writes = steps
            .iter()
            .any(|step| !matches!(step.write, Write::Nothing));
        let before = if writes {
            People::now(matched)
        } else {
            People::default()
        };
        let after = before.after(steps);
        Lockout {
            desired,
            live,
            matched,
            steps,
            before,
            after,
            may_lose: OnceCell::new(),
        }
    }

    /// The people before and after the steps.
    pub fn people(&self) -> (&People, &People) {
        (&self.before, &self.after)
    }

    /// What must be known and was not asked yet.
    pub fn questions(&self) -> BTreeSet<Question> {
        let mut asked = self.sign_in().questions();
        let emergency = |name: &&String| {
            !self.matched.live.contains_key(&user(name))
                && (self.may_lose() || deleted(self.steps).any(holds))
        };
        asked.extend(
            self.desired
                .break_glass
                .iter()
                .filter(emergency)
                .map(|name| Question::User(name.clone())),
        );
        if self.may_lose() {
            asked.insert(Question::Superusers);
        }
        if self.loses() {
            let ids: BTreeSet<String> = self
                .before
                .superusers()
                .into_iter()
                .filter_map(|who| self.unread(who))
                .collect();
            if !ids.is_empty() {
                asked.insert(Question::Users(ids));
            }
        }
        asked.retain(|question| !self.live.answered.contains_key(question));
        asked
    }

    /// Judges.
    pub fn judge(&self, checks: &SafetyChecks, diagnostics: &mut Vec<Diagnostic>) {
        self.last_superuser(checks, diagnostics);
        self.own_access(checks, diagnostics);
        self.sign_in().judge(checks, diagnostics);
        if self.desired.break_glass.is_empty() {
            return;
        }
        let touched = Touched::new(self);
        for name in &self.desired.break_glass {
            self.break_glass(name, &touched, checks, diagnostics);
        }
    }

    fn sign_in(&self) -> SignIn<'_> {
        SignIn::new(self.desired, self.live, self.matched, self.steps)
    }

    /// The id of a user that was not read.
    fn unread(&self, who: &Who) -> Option<String> {
        match who {
            Who::Id(id) => Some(id.to_string()),
            Who::At(at) if self.before.users.contains_key(at) => None,
            Who::At(at) => self.live.pk(at).and_then(id_text),
        }
    }

    /// Whether somebody may lose the power to administer, as far as this is known before it is known who has it.
    fn may_lose(&self) -> bool {
        *self.may_lose.get_or_init(|| self.is_suspect())
    }

    fn is_suspect(&self) -> bool {
        let harmless = self.before.harmless();
        let suspect = |holder: &Address| is_group(holder) && !harmless.contains(holder);
        let weaker = self.before.groups.iter().any(|(at, group)| {
            suspect(at)
                && self.after.groups.get(at).is_none_or(|after| {
                    (group.all && !after.all)
                        || group.above.iter().any(|above| !after.above.contains(above))
                })
        });
        let barred = self.before.users.keys().any(|at| {
            let me = Who::At(at.clone());
            let was = self.before.signs_in(&me) == Some(true);
            let is_barred = !self.after.users.contains_key(at)
                || (was && self.after.signs_in(&me) != Some(true));
            is_barred
                && (self.before.elsewhere.contains(at) || self.before.members.of(&me).any(suspect))
        });
        let left = self
            .before
            .members
            .holders()
            .filter(|(holder, _)| suspect(holder));
        let left = left.flat_map(|(holder, inside)| inside.iter().map(move |who| (holder, who)));
        weaker
            || barred
            || left
                .into_iter()
                .any(|(holder, who)| !self.after.members.contains(who, holder))
    }

    /// Whether somebody does lose it, now that it is known who has it.
    fn loses(&self) -> bool {
        let after = self.after.superusers();
        self.before.superusers().into_iter().any(|who| {
            !after.contains(who)
                || (self.before.signs_in(who) == Some(true)
                    && self.after.signs_in(who) != Some(true))
        })
    }

    /// Says that a question was not answered; whether it was not.
    fn unknown(
        &self,
        question: &Question,
        code: Code,
        what: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> bool {
        let Some(Some(why)) = self.live.answered.get(question) else {
            return false;
        };
        diagnostics.push(
            Diagnostic::warning(code, format!("it is unknown whether {what}"))
                .note(format!("it cannot be read: {why}"))
                .help("allow the token's user to view it, or review the plan closely"),
        );
        true
    }

    fn last_superuser(&self, checks: &SafetyChecks, diagnostics: &mut Vec<Diagnostic>) {
        const LEFT: &str = "an active superuser who can sign in remains";
        if self.may_lose()
            && self.unknown(
                &Question::Superusers,
                Code::LAST_SUPERUSER,
                LEFT,
                diagnostics,
            )
        {
            return;
        }
        if !self.loses() {
            return;
        }
        let able = |people: &People| {
            let all = people.superusers();
            all.into_iter()
                .filter(|who| people.signs_in(who) == Some(true))
                .cloned()
                .collect::<BTreeSet<Who>>()
        };
        let (before, after) = (able(&self.before), able(&self.after));
        if !after.is_empty() {
            return;
        }
        if self
            .after
            .superusers()
            .into_iter()
            .any(|who| self.after.signs_in(who).is_none())
        {
            let diagnostic = Diagnostic::warning(
                Code::LAST_SUPERUSER,
                format!("it is unknown whether {LEFT}"),
            );
            diagnostics.push(
                diagnostic.note(
                    "members of groups with `is_superuser` remain, but the token cannot read them",
                )
                .help("allow the token's user to view users, or review the plan closely"),
            );
        } else if before.is_empty() {
            let diagnostic = Diagnostic::warning(
                Code::LAST_SUPERUSER,
                "nobody can administer the server, neither before nor after this plan",
            );
            diagnostics.push(diagnostic.note(
                "no active user, apart from service accounts, is in a group with `is_superuser`",
            ));
        } else {
            let diagnostic = Diagnostic::error(
                Code::LAST_SUPERUSER,
                "after this plan, nobody could administer the server: 0 active superusers are left",
            )
            .note(format!(
                "{} could until now: {}",
                before.len(),
                names(&before)
            ))
            .note(
                "service accounts, deactivated users and users that this plan creates cannot sign in",
            )
            .help("keep an active user in a group with `is_superuser`");
            checks.refuse(self.placed(diagnostic), diagnostics);
        }
    }

    /// Points at the first step that takes the power from somebody.
    fn placed(&self, diagnostic: Diagnostic) -> Diagnostic {
        let takes = |step: &&Step| {
            matches!(
                step.kind.way_in,
                Some(WayIn::User { .. } | WayIn::Group { .. })
            ) && !matches!(step.action, Action::Create | Action::Adopt | Action::Forget)
        };
        match self.steps.iter().filter(takes).find_map(|step| step.source) {
            Some(span) => diagnostic.at(span, "by this"),
            None => diagnostic,
        }
    }

    fn own_access(&self, checks: &SafetyChecks, diagnostics: &mut Vec<Diagnostic>) {
        let Some((at, id)) = &self.live.me else {
            return;
        };
        // It may be renamed by this very plan.
        let at = self.renamed(at);
        let is_me = |value: Option<&Value>| match value {
            Some(Value::Ref(address)) => *address == at,
            Some(Value::Unknown(unknown)) => **unknown == **id,
            _ => false,
        };
        let mut refuse = |message: String, step: Option<&Step>| {
            let diagnostic = Diagnostic::error(Code::OWN_ACCESS, message)
                .help("plan with the token of another user");
            let diagnostic = match step.and_then(|step| step.source) {
                Some(span) => diagnostic.at(span, "by this"),
                None => diagnostic,
            };
            checks.refuse(diagnostic, diagnostics);
        };
        let me = Who::At(at.clone());
        for step in self.steps {
            match (step.kind.way_in, step.action) {
                (Some(WayIn::User { .. }), Action::Delete) if step.address == at => {
                    refuse(
                        format!("{at} would be deleted, the user of the token that akrec uses"),
                        Some(step),
                    );
                }
                (Some(WayIn::Token { user, sort, word }), Action::Delete)
                    if is_me(step.expect.get(user))
                        && step
                            .expect
                            .get(sort)
                            .and_then(Value::as_text)
                            .is_none_or(|text| text == word) =>
                {
                    let message = format!(
                        "{} would be deleted, and it may be the one that akrec uses",
                        step.address
                    );
                    refuse(message, Some(step));
                }
                _ => {}
            }
        }
        let active = |people: &People| people.users.get(&at).map(|person| person.active);
        if active(&self.before) == Some(true) && active(&self.after) == Some(false) {
            let step = self.steps.iter().find(|step| step.address == at);
            refuse(
                format!("{at} would be deactivated, the user of the token that akrec uses"),
                step,
            );
        }
        let super_at = |people: &People| {
            let all = people.superusers();
            all.contains(&me) || all.contains(&Who::Id(id.as_str().into()))
        };
        if self.after.users.contains_key(&at) == self.before.users.contains_key(&at)
            && super_at(&self.before)
            && !super_at(&self.after)
        {
            let message = format!(
                "{at} would leave its last group with `is_superuser`, and it is the token's own user"
            );
            refuse(message, None);
        }
    }

    fn break_glass(
        &self,
        name: &str,
        touched: &Touched<'_>,
        checks: &SafetyChecks,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let before = user(name);
        let at = touched
            .renamed
            .get(&before)
            .map_or_else(|| before.clone(), |now| (*now).clone());
        let me = Who::At(at.clone());
        let what = format!("{at}, a user of `break_glass`, is affected");
        if self.unknown(
            &Question::User(name.to_owned()),
            Code::BREAK_GLASS,
            &what,
            diagnostics,
        ) {
            return;
        }
        let mut does: Vec<(String, Option<&Step>)> = Vec::new();
        let own = touched.steps.get(&at).into_iter().flatten();
        for step in own
            .copied()
            .filter(|step| !matches!(step.write, Write::Nothing))
        {
            let fields: Vec<&str> = step
                .changes
                .iter()
                .filter(|change| !only_gains(step.kind, change))
                .map(|it| it.field)
                .collect();
            match step.action {
                Action::Delete => does.push(("it would be deleted".into(), Some(step))),
                Action::Update | Action::Rename if !fields.is_empty() => {
                    does.push((
                        format!("{} would be changed", fields.join(", ")),
                        Some(step),
                    ));
                }
                _ => {}
            }
        }
        let deleted = self.before.users.contains_key(&at) && !self.after.users.contains_key(&at);
        if !deleted {
            for holder in self.before.members.of(&me) {
                if !self.after.members.contains(&me, holder) {
                    let step = touched
                        .steps
                        .get(holder)
                        .and_then(|steps| steps.first().copied());
                    does.push((format!("it would leave {holder}"), step));
                }
            }
            if touched.before.contains(&me) && !touched.after.contains(&me) {
                does.push(("it would no longer be a superuser".into(), None));
            }
        }
        if does.is_empty() {
            return;
        }
        let mut diagnostic = Diagnostic::error(
            Code::BREAK_GLASS,
            format!("{at} is a user of `break_glass` and must stay as it is"),
        )
        .help("remove it from the files, or remove it from `break_glass` in akrec.yaml first");
        if let Some(span) = does
            .iter()
            .find_map(|(_, step)| step.and_then(|step| step.source))
        {
            diagnostic = diagnostic.at(span, "by this");
        }
        for (what, _) in does {
            diagnostic = diagnostic.note(what);
        }
        checks.refuse(diagnostic, diagnostics);
    }

    /// The address that something will have.
    fn renamed(&self, before: &Address) -> Address {
        let mut all = self.matched.live.iter();
        all.find(|(_, (old, _))| old == before)
            .map_or_else(|| before.clone(), |(new, _)| new.clone())
    }
}

/// The objects that the steps touch, indexed for look-ups by user.
struct Touched<'a> {
    steps: HashMap<&'a Address, Vec<&'a Step>>,
    /// The names that objects will have.
    renamed: HashMap<&'a Address, &'a Address>,
    /// Who may do everything, before and after.
    before: BTreeSet<&'a Who>,
    after: BTreeSet<&'a Who>,
}

impl<'a> Touched<'a> {
    fn new(lockout: &'a Lockout<'_>) -> Touched<'a> {
        let mut steps: HashMap<&Address, Vec<&Step>> = HashMap::new();
        lockout
            .steps
            .iter()
            .for_each(|step| steps.entry(&step.address).or_default().push(step));
        let live = lockout.matched.live.iter();
        let renamed = live
            .filter(|(new, (old, _))| old != *new)
            .map(|(new, (old, _))| (old, new))
            .collect();
        Touched {
            steps,
            renamed,
            before: lockout.before.superusers(),
            after: lockout.after.superusers(),
        }
    }
}

/// Whether a change of a set of memberships takes nothing away.
fn only_gains(kind: &Kind, change: &super::Change) -> bool {
    kind.field(change.field)
        .is_some_and(|field| field.inverse_of.is_some())
        && matches!(&change.delta, Delta::Items { removed, .. } if removed.is_empty())
}

/// Whether a step is about something that has members.
fn holds(step: &Step) -> bool {
    roll(step.kind).is_some()
}

/// A user by name.
fn user(name: &str) -> Address {
    let kind = kinds::KINDS
        .iter()
        .find(|kind| matches!(kind.way_in, Some(WayIn::User { .. })));
    Address::named(kind.map_or("user", |kind| kind.family), name)
}

fn names(all: &BTreeSet<Who>) -> String {
    let mut first: Vec<String> = all
        .iter()
        .take(NAMES)
        .map(|who| match who {
            Who::At(at) => at.to_string(),
            Who::Id(_) => "an unknown user".to_owned(),
        })
        .collect();
    if all.len() > NAMES {
        first.push(format!("and {} more", all.len() - NAMES));
    }
    first.join(", ")
}
