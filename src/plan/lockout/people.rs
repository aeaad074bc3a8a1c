//! Who may administer: users, groups with their members and what is above them, before and after the steps.
//!
//! What was not read is not there; nothing here judges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::access;
use crate::kinds;
use crate::plan::matching::Matched;
use crate::plan::step::{Action, Items, Step, Write};
use crate::schema::{Kind, WayIn};
use crate::value::{Address, Value};

/// Somebody or something, by its address or, where it was not read, by its id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Who {
    At(Address),
    Id(Arc<str>),
}

/// A user.
#[derive(Clone)]
pub(super) struct Person {
    /// Not deactivated.
    pub active: bool,
    /// No person, but a service account.
    pub machine: bool,
    /// It is made by the steps: it has no password yet, so nobody can sign in with it.
    pub new: bool,
}

/// A group.
#[derive(Clone, Default)]
pub(super) struct Group {
    /// Its members may do everything.
    pub all: bool,
    /// The groups above it.
    pub above: BTreeSet<Who>,
}

/// All of it, at one time.
#[derive(Clone, Default)]
pub(super) struct People {
    /// Users that were read or are made.
    pub users: BTreeMap<Address, Person>,
    /// Groups that were read.
    pub groups: BTreeMap<Address, Group>,
    /// Who is a member of what (of groups and roles).
    pub members: BTreeSet<(Who, Address)>,
    /// Users that are in something that was not read.
    pub elsewhere: BTreeSet<Address>,
}

impl People {
    /// As it is now, in the names that things will have.
    pub fn now(matched: &Matched) -> People {
        let mut people = People::default();
        for (address, (_, found)) in &matched.live {
            people.take(address, found.kind, &|name| found.fields.get(name), false);
        }
        people
    }

    /// As it is once the steps are done.
    pub fn after(&self, steps: &[Step]) -> People {
        let mut people = self.clone();
        for step in steps {
            let at = &step.address;
            match &step.write {
                Write::Delete => people.remove(at),
                Write::Create { body, add } => {
                    people.take(at, step.kind, &|name| body.get(name), true);
                    people.join(at, step.kind, add);
                }
                Write::Update { body, add, remove } => {
                    people.take(at, step.kind, &|name| body.get(name), false);
                    people.join(at, step.kind, add);
                    let gone = roll(step.kind).and_then(|field| remove.get(field)).into_iter().flatten();
                    let gone: BTreeSet<Who> = gone.filter_map(who).collect();
                    people.members.retain(|(who, holder)| holder != at || !gone.contains(who));
                }
                Write::Nothing => {}
            }
        }
        people
    }

    /// Takes in what is known of one object; what is silent stays as it was.
    fn take<'v>(&mut self, at: &Address, kind: &Kind, value: &dyn Fn(&str) -> Option<&'v Value>, new: bool) {
        match kind.way_in {
            Some(WayIn::User { active, sort, machines }) => {
                let person = self.users.entry(at.clone()).or_insert(Person { active: true, machine: false, new });
                if let Some(active) = value(active) {
                    person.active = *active == Value::Bool(true);
                }
                if let Some(word) = value(sort).and_then(Value::as_text) {
                    person.machine = machines.contains(&word);
                }
            }
            Some(WayIn::Group { all, above, .. }) => {
                let mut group = self.groups.get(at).cloned().unwrap_or_default();
                if let Some(all) = value(all) {
                    group.all = *all == Value::Bool(true);
                }
                let said: Vec<&Value> = above.iter().filter_map(|field| value(field)).collect();
                if !said.is_empty() {
                    group.above = said.into_iter().flat_map(items).filter_map(who).collect();
                }
                self.groups.insert(at.clone(), group);
            }
            _ => {}
        }
        if let Some(set) = roll(kind).and_then(value) {
            self.members.extend(items(set).into_iter().filter_map(who).map(|who| (who, at.clone())));
        }
        for field in kind.fields.iter().filter(|field| field.mirrors.is_some()) {
            let Some(set) = value(field.name) else { continue };
            let holders: BTreeSet<&Address> = items(set).into_iter().filter_map(address).collect();
            let me = Who::At(at.clone());
            let families = field.shape.families();
            self.members
                .retain(|(who, holder)| *who != me || !families.contains(&holder.family) || holders.contains(holder));
            self.members.extend(holders.into_iter().map(|holder| (me.clone(), holder.clone())));
            if items(set).into_iter().any(|item| matches!(item, Value::Unknown(_))) {
                self.elsewhere.insert(at.clone());
            }
        }
    }

    fn join(&mut self, holder: &Address, kind: &Kind, add: &Items) {
        let new = roll(kind).and_then(|field| add.get(field)).into_iter().flatten();
        self.members.extend(new.filter_map(who).map(|who| (who, holder.clone())));
    }

    fn remove(&mut self, gone: &Address) {
        self.users.remove(gone);
        self.groups.remove(gone);
        let gone = Who::At(gone.clone());
        self.members.retain(|(who, holder)| *who != gone && Who::At(holder.clone()) != gone);
        for group in self.groups.values_mut() {
            group.above.remove(&gone);
        }
    }

    /// Groups whose members may do everything, by themselves or through what is above them.
    pub fn powerful(&self) -> BTreeSet<&Address> {
        let powerful = |group: &Group| {
            let over = self.above(group);
            group.all || over.into_iter().any(|who| self.group(who).is_some_and(|it| it.all))
        };
        self.groups.iter().filter(|(_, group)| powerful(group)).map(|(at, _)| at).collect()
    }

    /// A group that was read.
    fn group(&self, who: &Who) -> Option<&Group> {
        if let Who::At(at) = who { self.groups.get(at) } else { None }
    }

    /// Everything above a group, as far as it was read.
    fn above<'g>(&'g self, group: &'g Group) -> BTreeSet<&'g Who> {
        access::above(Some(&group.above), |who| self.group(who).map(|it| &it.above))
    }

    /// Groups that were read and of which everything above was read, and none of it lets members do everything.
    pub fn harmless(&self) -> BTreeSet<&Address> {
        let harmless = |group: &Group| {
            let over = self.above(group);
            !group.all && over.into_iter().all(|who| self.group(who).is_some_and(|it| !it.all))
        };
        self.groups.iter().filter(|(_, group)| harmless(group)).map(|(at, _)| at).collect()
    }

    /// Who may do everything, whether they can sign in or not.
    pub fn superusers(&self) -> BTreeSet<&Who> {
        let powerful = self.powerful();
        self.members.iter().filter(|(_, holder)| powerful.contains(holder)).map(|(who, _)| who).collect()
    }

    /// Whether a person can sign in as this user; `None` where it was not read.
    pub fn signs_in(&self, who: &Who) -> Option<bool> {
        match who {
            Who::At(at) => self.users.get(at).map(|it| it.active && !it.machine && !it.new),
            Who::Id(_) => None,
        }
    }
}

/// The field of a kind that has its members.
pub(super) fn roll(kind: &Kind) -> Option<&'static str> {
    let is_user = |family: &&str| kinds::family(family).any(|kind| matches!(kind.way_in, Some(WayIn::User { .. })));
    let users = |field: &str| kind.field(field).is_some_and(|field| field.shape.families().iter().any(is_user));
    kind.members.iter().map(|members| members.field).find(|field| users(field))
}

/// Steps that delete.
pub(super) fn deleted(steps: &[Step]) -> impl Iterator<Item = &Step> {
    steps.iter().filter(|step| step.action == Action::Delete)
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Set(items) => items.iter().collect(),
        Value::List(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn address(value: &Value) -> Option<&Address> {
    match value {
        Value::Ref(address) => Some(address),
        _ => None,
    }
}

/// Who a reference means.
pub(super) fn who(value: &Value) -> Option<Who> {
    match value {
        Value::Ref(address) => Some(Who::At(address.clone())),
        Value::Unknown(id) => Some(Who::Id(id.clone())),
        _ => None,
    }
}
