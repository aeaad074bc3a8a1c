//! Applications that become open to all users: authentik lets anybody pass where no enabled binding exists, unless the
//! settings of 2026.5 or later say that nobody passes there. `access` judges what that means.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::matching::Matched;
use super::projected::{Projected, touches_access};
use super::safety::SafetyChecks;
use super::step::Step;
use super::{Opening, Opens};
use crate::access::{DEFAULT_ACCESS, Gate, SETTINGS, Unbound, World};
use crate::desired::{Desired, Object};
use crate::diag::{Code, Diagnostic};
use crate::live::{Live, Question};
use crate::schema::V2026_5;
use crate::value::Address;

/// How many applications a message names.
const NAMED: usize = 10;

/// Who may open what before and after some steps, as far as it was read.
pub(super) struct Worlds {
    pub before: World,
    pub after: World,
}

impl Worlds {
    pub fn of(live: &Live, matched: &Matched, steps: &[Step]) -> Worlds {
        // What ends by itself guards nothing for long, so it does not count.
        let read = matched
            .live
            .iter()
            .filter(|(address, (_, found))| World::depends_on(address.family) && !found.ends);
        let mut projected = Projected::new(
            read.map(|(address, (_, found))| (address.clone(), Arc::clone(&found.fields))),
        );
        let world = |projected: &Projected| {
            let mut world = World::of(live.release, projected.iter());
            let why_not = live
                .answered
                .get(&Question::DefaultAccess)
                .cloned()
                .flatten();
            world.unknown.extend(why_not.map(|why| (SETTINGS, why)));
            world
        };
        let before = world(&projected);
        steps.iter().for_each(|step| projected.take(step));
        Worlds {
            before,
            after: world(&projected),
        }
    }

    /// Whether the settings let everyone into applications to which nothing is bound, and did not before.
    fn setting_opens(&self) -> bool {
        self.before.unbound() == Unbound::Nobody && self.after.unbound() == Unbound::Everyone
    }
}

/// Whether nothing keeps anybody out, as far as is known: where the settings could not be read, they may let everyone in.
pub(super) fn lets_everyone_in(world: &World, gate: &Gate) -> bool {
    gate.is_unbound() && world.unbound() != Unbound::Nobody
}

/// What must be known to judge which applications open, and was not asked yet: nothing where each one that the plan is
/// about keeps an enabled binding.
pub(super) fn questions(
    desired: &Desired,
    live: &Live,
    matched: &Matched,
    steps: &[Step],
) -> BTreeSet<Question> {
    let mut asked = BTreeSet::new();
    if live.release < V2026_5 {
        return asked;
    }
    let worlds = Worlds::of(live, matched, steps);
    let settings_read = matched
        .live
        .keys()
        .any(|address| address.family == SETTINGS);
    if !settings_read {
        let listed: BTreeSet<&Address> = desired.owned.iter().map(|owned| &owned.owner).collect();
        let unbound = worlds
            .after
            .gates
            .iter()
            .filter(|(_, gate)| gate.is_unbound());
        let mut matters = unbound.map(|(address, _)| (address, worlds.before.gates.get(address)));
        // Bindings of an object that was not bound before may just not have been read.
        if matters
            .any(|(address, was)| listed.contains(address) || !was.is_some_and(Gate::is_unbound))
        {
            asked.insert(Question::DefaultAccess);
        }
    } else if worlds.before.unbound() != worlds.after.unbound() {
        asked.insert(Question::Applications);
    }
    asked.retain(|question| !live.answered.contains_key(question));
    asked
}

/// Objects with bindings, of kinds whose whole purpose is access, that have no enabled binding after the plan and had
/// one before or are new.
pub(super) fn openings(
    live: &Live,
    objects: &[Object],
    matched: &Matched,
    steps: &[Step],
    checks: &SafetyChecks,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Opening> {
    if !touches_access(steps) {
        return Vec::new();
    }
    let worlds = Worlds::of(live, matched, steps);
    let Worlds { before, after } = &worlds;
    let declared: BTreeMap<&Address, &Object> = objects
        .iter()
        .map(|object| (&object.address, object))
        .collect();
    let mut openings = Vec::new();
    let mut by_setting: Vec<&Address> = Vec::new();
    for (address, _) in after
        .gates
        .iter()
        .filter(|(_, gate)| lets_everyone_in(after, gate))
    {
        let was = before.gates.get(address);
        if was.is_some_and(|gate| lets_everyone_in(before, gate)) {
            continue;
        }
        let by = match was {
            None => Opens::New,
            Some(gate) if gate.is_unbound() => Opens::Setting,
            Some(_) => Opens::LastBinding,
        };
        openings.push(Opening {
            address: address.clone(),
            by,
        });
        let object = declared.get(address);
        // A lint reports this for a new object.
        if by == Opens::New || object.is_some_and(|object| object.open) {
            continue;
        }
        if by == Opens::Setting {
            by_setting.push(address);
            continue;
        }
        let message = format!("{address} loses its last enabled binding: every user may open it");
        let diagnostic = Diagnostic::error(Code::OPENS, message);
        let diagnostic = match object {
            Some(object) => diagnostic
                .at(object.span, "open to all users, superusers or not")
                .help("bind a group, or declare that this is intended with `lifecycle: {open: true, reason: …}`"),
            None => diagnostic
                .note("the server deletes its bindings along with a group, user or policy that this plan deletes")
                .help("declare the application with other bindings, or keep what is bound to it"),
        };
        let diagnostic = match after
            .unknown
            .get(SETTINGS)
            .filter(|_| after.unbound() == Unbound::Unknown)
        {
            Some(why) => diagnostic.note(format!(
                "unless the setting `{DEFAULT_ACCESS}` is off, which cannot be read: {why}"
            )),
            None => diagnostic,
        };
        checks.refuse(diagnostic, diagnostics);
    }
    if worlds.setting_opens() {
        let setting = objects
            .iter()
            .find(|object| object.address.family == SETTINGS);
        refuse_setting(live, setting, &by_setting, checks, diagnostics);
    }
    openings
}

/// Refuses that the settings open applications, unless each is meant to be open: one error for all.
fn refuse_setting(
    live: &Live,
    setting: Option<&Object>,
    opened: &[&Address],
    checks: &SafetyChecks,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let unread = live
        .answered
        .get(&Question::Applications)
        .cloned()
        .flatten();
    let message = match (opened, &unread) {
        ([], None) => return,
        (_, Some(_)) => format!(
            "`{DEFAULT_ACCESS}` makes every application without an enabled binding open to all users"
        ),
        ([one], _) => {
            format!("`{DEFAULT_ACCESS}` makes {one} open to all users: it has no enabled binding")
        }
        (many, _) => {
            format!(
                "`{DEFAULT_ACCESS}` makes {} applications open to all users: they have no enabled binding",
                many.len()
            )
        }
    };
    let mut diagnostic = Diagnostic::error(Code::OPENS, message);
    if let Some(object) = setting {
        let flags = object
            .fields
            .iter()
            .find(|(field, _)| World::depends_on_field(SETTINGS, field));
        diagnostic = diagnostic.at(
            flags.map_or(object.span, |(_, want)| want.span),
            "turned on here",
        );
    }
    if opened.len() > 1 {
        let more = opened.len().saturating_sub(NAMED);
        let mut names: Vec<String> = opened.iter().take(NAMED).map(ToString::to_string).collect();
        names.extend((more > 0).then(|| format!("{more} more")));
        diagnostic = diagnostic.note(names.join(", "));
    }
    if let Some(why) = unread {
        diagnostic = diagnostic.note(format!("which ones these are cannot be read: {why}"));
    }
    let help = match opened {
        [_] => {
            "bind a group to it, or declare that this is intended with `lifecycle: {open: true, reason: …}`"
        }
        _ => {
            "bind a group to each of them, or declare that this is intended with `lifecycle: {open: true, reason: …}`"
        }
    };
    checks.refuse(diagnostic.help(help), diagnostics);
}
