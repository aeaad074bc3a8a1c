//! Who becomes a superuser, who stops being one, and by which groups.

use std::collections::{BTreeMap, BTreeSet};

use super::touched::Touched;
use super::{Privilege, PrivilegeChange, Severity, Topic};
use crate::live::{Live, Question};
use crate::plan::lockout::{People, Who, is_group};
use crate::plan::matching::Matched;
use crate::schema::{Power, WayIn, id_text};
use crate::value::{Address, Value};

pub(super) struct Superusers<'a> {
    live: &'a Live,
    matched: &'a Matched,
    before: &'a People,
    after: &'a People,
    /// Whether a step can make a difference at all.
    matters: bool,
    /// Groups into which another object puts users, with that object and whether this is new.
    puts_into: Vec<(&'a Address, Address, bool)>,
}

/// The way from a group up to the nearest one that lets its members do everything, for each group that has one.
struct Ways<'p> {
    next: BTreeMap<&'p Address, (usize, Option<&'p Address>)>,
}

impl<'p> Ways<'p> {
    fn of(people: &'p People) -> Ways<'p> {
        let mut below: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
        for (at, group) in &people.groups {
            for above in &group.above {
                if let Who::At(above) = above {
                    below.entry(above).or_default().push(at);
                }
            }
        }
        let mut next: BTreeMap<&Address, (usize, Option<&Address>)> = BTreeMap::new();
        let mut level: Vec<&Address> = people
            .groups
            .iter()
            .filter(|(_, group)| group.all)
            .map(|(at, _)| at)
            .collect();
        next.extend(level.iter().map(|at| (*at, (0, None))));
        let mut depth = 0;
        while !level.is_empty() {
            depth += 1;
            let mut found = Vec::new();
            for above in level {
                for at in below.get(above).into_iter().flatten() {
                    if !next.contains_key(at) {
                        next.insert(at, (depth, Some(above)));
                        found.push(*at);
                    }
                }
            }
            found.sort();
            level = found;
        }
        Ways { next }
    }

    /// The groups from one up to the superuser group.
    fn from(&self, group: &'p Address) -> Vec<Address> {
        let mut way = vec![group.clone()];
        let mut at = group;
        while let Some((_, Some(above))) = self.next.get(at) {
            way.push((*above).clone());
            at = above;
        }
        way
    }

    /// The shortest way of a user.
    fn of_user(&self, people: &'p People, who: &Who) -> Vec<Address> {
        let known = people
            .members
            .of(who)
            .filter_map(|group| Some((self.next.get(group)?.0, group)));
        known
            .min()
            .map_or_else(Vec::new, |(_, group)| self.from(group))
    }
}

impl<'a> Superusers<'a> {
    pub fn new(
        live: &'a Live,
        matched: &'a Matched,
        touched: &Touched<'a>,
        (before, after): (&'a People, &'a People),
    ) -> Superusers<'a> {
        let mut puts_into = Vec::new();
        for object in &touched.objects {
            for power in object.kind.powers {
                if let Power::PutsInto(field) = power
                    && let Some(Value::Ref(group)) = object.is(field)
                {
                    puts_into.push((object.address, group, object.changes(field)));
                }
            }
        }
        let of_people = |it: &super::touched::Object<'_>| {
            matches!(
                it.kind.way_in,
                Some(WayIn::User { .. } | WayIn::Group { .. })
            )
        };
        let matters = !puts_into.is_empty() || touched.objects.iter().any(of_people);
        Superusers {
            live,
            matched,
            before,
            after,
            matters,
            puts_into,
        }
    }

    /// Whether a group may let its members do everything once the steps are done, as far as is known.
    fn is_suspect(&self, harmless: &BTreeSet<&Address>, group: &Address) -> bool {
        is_group(group) && !harmless.contains(group)
    }

    /// Groups that exist and get power by a step: by themselves, or from a new parent.
    fn strengthened(&self, harmless: &BTreeSet<&Address>) -> Vec<&'a Address> {
        let mut found = Vec::new();
        for (at, group) in &self.after.groups {
            let Some(was) = self.before.groups.get(at) else {
                continue;
            };
            let by_itself = group.all && !was.all;
            let by_parent = group.above.iter().any(|above| !was.above.contains(above));
            if by_itself || (by_parent && self.is_suspect(harmless, at)) {
                found.push(at);
            }
        }
        found
    }

    /// Memberships that the steps make, of groups that may let their members do everything.
    fn joined(&self, harmless: &BTreeSet<&Address>) -> Vec<(&'a Address, &'a Who)> {
        let mut found = Vec::new();
        for (holder, inside) in self.after.members.holders() {
            if !self.is_suspect(harmless, holder) {
                continue;
            }
            let new = inside
                .iter()
                .filter(|who| !self.before.members.contains(who, holder));
            found.extend(new.map(|who| (holder, who)));
        }
        found
    }

    /// Users that are activated and may be superusers.
    fn activated(&self) -> Vec<&'a Address> {
        let activated = self.after.users.iter().filter(|(at, person)| {
            person.active && self.before.users.get(*at).is_some_and(|was| !was.active)
        });
        activated.map(|(at, _)| at).collect()
    }

    pub fn questions(&self) -> BTreeSet<Question> {
        let mut asked = BTreeSet::new();
        if !self.matters {
            return asked;
        }
        let harmless = self.after.harmless();
        let strengthened = self.strengthened(&harmless);
        let activated = self.activated();
        let suspect = |at: &Address| {
            let me = Who::At(at.clone());
            self.after.elsewhere.contains(at)
                || self
                    .after
                    .members
                    .of(&me)
                    .any(|it| self.is_suspect(&harmless, it))
        };
        let powerful = self.after.powerful();
        let joined = self.joined(&harmless);
        if !strengthened.is_empty()
            || joined
                .into_iter()
                .any(|(group, _)| !powerful.contains(group))
            || activated.iter().any(|at| suspect(at))
            || self
                .puts_into
                .iter()
                .any(|(_, group, _)| self.is_suspect(&harmless, group) && !powerful.contains(group))
        {
            asked.insert(Question::Superusers);
        }
        let ids: BTreeSet<String> = strengthened
            .iter()
            .filter_map(|at| self.matched.live.get(*at))
            .map(|(_, found)| found.id.clone())
            .collect();
        if !ids.is_empty() {
            asked.insert(Question::Below(ids));
        }
        let before = self.before.superusers();
        let after = self.after.superusers();
        let unread = |who: &&&Who| match **who {
            Who::Id(id) => Some(id.to_string()),
            Who::At(at) if self.after.users.contains_key(at) => None,
            Who::At(at) => self.live.pk(at).and_then(id_text),
        };
        let ids: BTreeSet<String> = after
            .difference(&before)
            .filter_map(|who| unread(&who))
            .collect();
        if !ids.is_empty() {
            asked.insert(Question::Users(ids));
        }
        asked
    }

    pub fn found(&self) -> Vec<Privilege> {
        let mut found = Vec::new();
        if !self.matters {
            return found;
        }
        let (was, is) = (Ways::of(self.before), Ways::of(self.after));
        self.groups(&was, &is, &mut found);
        let before = self.before.superusers();
        let after = self.after.superusers();
        let perhaps = self.perhaps_already();
        for is_known in [true, false] {
            let gained = after
                .difference(&before)
                .filter(|who| perhaps(who) != is_known)
                .map(|who| (is.of_user(self.after, who), *who));
            let first = found.len();
            let (severity, change) = (Severity::Critical, PrivilegeChange::Gained);
            grouped(gained, severity, change, &mut found);
            if !is_known {
                for row in &mut found[first..] {
                    row.detail = Some("by a group that was not read".to_owned());
                }
            }
        }
        let lost = before
            .difference(&after)
            .map(|who| (was.of_user(self.before, who), *who));
        grouped(lost, Severity::Info, PrivilegeChange::Lost, &mut found);
        for at in self.activated() {
            let me = Who::At(at.clone());
            if before.contains(&me) && after.contains(&me) {
                let way = is.of_user(self.after, &me);
                let again = Privilege::new(
                    Severity::Critical,
                    Topic::Superuser,
                    PrivilegeChange::Activated,
                    way.last().unwrap_or(at),
                );
                found.push(Privilege {
                    by: way,
                    ..again.subjects([at.clone()])
                });
            }
        }
        for (by, group, changes) in &self.puts_into {
            let power = is.next.contains_key(group);
            let had = was.next.contains_key(group);
            if power && (*changes || !had) {
                let gained = Privilege::new(
                    Severity::Critical,
                    Topic::Membership,
                    PrivilegeChange::Gained,
                    by,
                );
                found.push(Privilege {
                    by: is.from(group),
                    ..gained
                });
            }
        }
        self.unknown(&mut found);
        found
    }

    /// Whether somebody may have been a superuser before, by a group that was not read: it is not asked about every one who
    /// joins a group of which it is known that it makes superusers.
    fn perhaps_already(&self) -> impl Fn(&Who) -> bool {
        let is_read = matches!(self.live.answered.get(&Question::Superusers), Some(None));
        let harmless = self.before.harmless();
        move |who| {
            let elsewhere = match who {
                Who::At(at) => self.before.elsewhere.contains(at),
                Who::Id(_) => true,
            };
            let mut groups = self.before.members.of(who);
            !is_read && (elsewhere || groups.any(|it| self.is_suspect(&harmless, it)))
        }
    }

    /// Groups that come to let their members do everything, or no longer do.
    fn groups(&self, was: &Ways<'_>, is: &Ways<'_>, found: &mut Vec<Privilege>) {
        let row = |severity, change, ways: &Ways<'_>, at: &Address| {
            let way: Vec<Address> = match ways.next.get_key_value(at) {
                Some((at, _)) => ways.from(at),
                None => Vec::new(),
            };
            let row = Privilege::new(severity, Topic::SuperuserGroup, change, at);
            Privilege {
                by: way.into_iter().skip(1).collect(),
                ..row
            }
        };
        for at in is.next.keys().filter(|at| !was.next.contains_key(*at)) {
            found.push(row(Severity::Critical, PrivilegeChange::Gained, is, at));
        }
        for at in was.next.keys().filter(|at| !is.next.contains_key(*at)) {
            found.push(row(Severity::Info, PrivilegeChange::Lost, was, at));
        }
    }

    /// What could not be read: memberships of groups that may have power.
    fn unknown(&self, found: &mut Vec<Privilege>) {
        let harmless = self.after.harmless();
        let powerful = self.after.powerful();
        for (question, why) in &self.live.answered {
            let (Question::Below(_), Some(why)) = (question, why) else {
                continue;
            };
            for at in self.strengthened(&harmless) {
                let row = Privilege::new(
                    Severity::Warning,
                    Topic::Superuser,
                    PrivilegeChange::Unknown,
                    at,
                );
                found.push(row.detail(why));
            }
        }
        let Some(Some(why)) = self.live.answered.get(&Question::Superusers) else {
            return;
        };
        let mut joined: BTreeMap<&Address, Vec<&Who>> = BTreeMap::new();
        for (group, who) in self.joined(&harmless) {
            if !powerful.contains(group) {
                joined.entry(group).or_default().push(who);
            }
        }
        for at in self.strengthened(&harmless) {
            if !powerful.contains(at) {
                joined.entry(at).or_default();
            }
        }
        for (group, who) in joined {
            let unknown = Privilege::new(
                Severity::Warning,
                Topic::Superuser,
                PrivilegeChange::Unknown,
                group,
            );
            found.push(named(unknown, &who).detail(why));
        }
    }
}

/// One row for all users whose way is the same.
fn grouped<'p>(
    users: impl Iterator<Item = (Vec<Address>, &'p Who)>,
    severity: Severity,
    change: PrivilegeChange,
    found: &mut Vec<Privilege>,
) {
    let mut ways: BTreeMap<Vec<Address>, Vec<&Who>> = BTreeMap::new();
    for (way, who) in users {
        ways.entry(way).or_default().push(who);
    }
    for (way, who) in ways {
        // Every superuser is in a group that makes it one.
        let Some(top) = way.last() else { continue };
        let row = Privilege::new(severity, Topic::Superuser, change, top);
        let row = Privilege {
            by: way.clone(),
            ..row
        };
        found.push(named(row, &who));
    }
}

/// The same with its subjects.
fn named(row: Privilege, who: &[&Who]) -> Privilege {
    let names = who.iter().filter_map(|who| match who {
        Who::At(at) => Some(at.clone()),
        Who::Id(_) => None,
    });
    let row = row.subjects(names);
    Privilege {
        unnamed: who.len() - row.subjects.len(),
        ..row
    }
}
