//! Who may administer: users, groups with their members and what is above them, before and after the steps.
//!
//! What was not read is not there; nothing here judges.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::graph::Graph;
use crate::kinds;
use crate::plan::matching::Matched;
use crate::plan::step::{Action, Items, Step, Write};
use crate::schema::{Kind, WayIn};
use crate::value::{Address, Value};

/// Somebody or something, by its address or, where it was not read, by its id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::plan) enum Who {
    At(Address),
    Id(Arc<str>),
}

/// A group as a node of a graph.
#[derive(PartialEq, Eq, Hash)]
enum Node<'a> {
    At(&'a Address),
    Id(&'a str),
}

impl<'a> Node<'a> {
    fn of(who: &'a Who) -> Node<'a> {
        match who {
            Who::At(at) => Node::At(at),
            Who::Id(id) => Node::Id(id),
        }
    }
}

/// A user.
#[derive(Clone)]
pub(in crate::plan) struct Person {
    /// Not deactivated.
    pub active: bool,
    /// No person, but a service account.
    pub machine: bool,
    /// It is made by the steps: it has no password yet, so nobody can sign in with it.
    pub new: bool,
}

/// A group.
#[derive(Clone, Default)]
pub(in crate::plan) struct Group {
    /// Its members may do everything.
    pub all: bool,
    /// The groups above it.
    pub above: BTreeSet<Who>,
}

/// All of it, at one time.
#[derive(Clone, Default)]
pub(in crate::plan) struct People {
    /// Users that were read or are made.
    pub users: BTreeMap<Address, Person>,
    /// Groups that were read.
    pub groups: BTreeMap<Address, Group>,
    /// Who is a member of what (of groups and roles).
    pub members: Members,
    /// Users that are in something that was not read.
    pub elsewhere: BTreeSet<Address>,
}

/// Who is a member of what, from both sides.
#[derive(Clone, Default)]
pub(in crate::plan) struct Members {
    of: BTreeMap<Who, BTreeSet<Address>>,
    inside: BTreeMap<Address, BTreeSet<Who>>,
}

impl Members {
    fn insert(&mut self, who: Who, holder: &Address) {
        self.inside
            .entry(holder.clone())
            .or_default()
            .insert(who.clone());
        self.of.entry(who).or_default().insert(holder.clone());
    }

    fn remove(&mut self, who: &Who, holder: &Address) {
        if let Some(inside) = self.inside.get_mut(holder) {
            inside.remove(who);
        }
        if let Some(of) = self.of.get_mut(who) {
            of.remove(holder);
        }
    }

    /// Takes somebody out of everything, and everybody out of it.
    fn forget(&mut self, gone: &Address) {
        let me = Who::At(gone.clone());
        for holder in self.of.remove(&me).into_iter().flatten() {
            self.remove(&me, &holder);
        }
        for who in self.inside.remove(gone).into_iter().flatten() {
            self.remove(&who, gone);
        }
    }

    /// What somebody is a member of.
    pub fn of(&self, who: &Who) -> impl Iterator<Item = &Address> {
        self.of.get(who).into_iter().flatten()
    }

    pub fn contains(&self, who: &Who, holder: &Address) -> bool {
        self.inside
            .get(holder)
            .is_some_and(|inside| inside.contains(who))
    }

    /// Everything that has members, with these.
    pub fn holders(&self) -> impl Iterator<Item = (&Address, &BTreeSet<Who>)> {
        self.inside.iter()
    }
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
        let mut gone: BTreeSet<Who> = BTreeSet::new();
        for step in steps {
            let at = &step.address;
            if !matches!(step.write, Write::Delete | Write::Nothing) {
                people.settle(&mut gone);
            }
            match &step.write {
                Write::Delete => {
                    people.remove(at);
                    gone.insert(Who::At(at.clone()));
                }
                Write::Create { body, add } => {
                    people.take(at, step.kind, &|name| body.get(name), true);
                    people.join(at, step.kind, add);
                }
                Write::Update { body, add, remove } => {
                    people.take(at, step.kind, &|name| body.get(name), false);
                    people.join(at, step.kind, add);
                    let gone = roll(step.kind)
                        .and_then(|field| remove.get(field))
                        .into_iter()
                        .flatten();
                    gone.filter_map(who)
                        .for_each(|who| people.members.remove(&who, at));
                }
                Write::Nothing => {}
            }
        }
        people.settle(&mut gone);
        people
    }

    /// Takes in what is known of one object; what is silent stays as it was.
    fn take<'v>(
        &mut self,
        at: &Address,
        kind: &Kind,
        value: &dyn Fn(&str) -> Option<&'v Value>,
        new: bool,
    ) {
        match kind.way_in {
            Some(WayIn::User {
                active,
                sort,
                machines,
            }) => {
                let person = self.users.entry(at.clone()).or_insert(Person {
                    active: true,
                    machine: false,
                    new,
                });
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
            items(set)
                .into_iter()
                .filter_map(who)
                .for_each(|who| self.members.insert(who, at));
        }
        for field in kind
            .fields
            .iter()
            .filter(|field| field.inverse_of.is_some())
        {
            let Some(set) = value(field.name) else {
                continue;
            };
            let holders: BTreeSet<&Address> = items(set).into_iter().filter_map(address).collect();
            let me = Who::At(at.clone());
            let families = field.shape.families();
            let left = self
                .members
                .of(&me)
                .filter(|it| families.contains(&it.family) && !holders.contains(it));
            let left: Vec<Address> = left.cloned().collect();
            left.iter()
                .for_each(|holder| self.members.remove(&me, holder));
            holders
                .into_iter()
                .for_each(|holder| self.members.insert(me.clone(), holder));
            if items(set)
                .into_iter()
                .any(|item| matches!(item, Value::Unknown(_)))
            {
                self.elsewhere.insert(at.clone());
            }
        }
    }

    fn join(&mut self, holder: &Address, kind: &Kind, add: &Items) {
        let new = roll(kind)
            .and_then(|field| add.get(field))
            .into_iter()
            .flatten();
        new.filter_map(who)
            .for_each(|who| self.members.insert(who, holder));
    }

    fn remove(&mut self, gone: &Address) {
        self.users.remove(gone);
        self.groups.remove(gone);
        self.members.forget(gone);
    }

    /// Takes what is gone from above all groups.
    fn settle(&mut self, gone: &mut BTreeSet<Who>) {
        if !gone.is_empty() {
            self.groups
                .values_mut()
                .for_each(|group| group.above.retain(|above| !gone.contains(above)));
            gone.clear();
        }
    }

    /// Groups whose members may do everything, by themselves or through what is above them.
    pub fn powerful(&self) -> BTreeSet<&Address> {
        let below = self.at_or_below(&|group| group.is_some_and(|it| it.all));
        self.groups.keys().filter(|at| below.contains(at)).collect()
    }

    /// Groups that were read and of which everything above was read, and none of it lets members do everything.
    pub fn harmless(&self) -> BTreeSet<&Address> {
        let below = self.at_or_below(&|group| group.is_none_or(|it| it.all));
        self.groups
            .keys()
            .filter(|at| !below.contains(at))
            .collect()
    }

    /// Groups that are one of some, or below one, however deep. What was not read is asked for as `None`.
    fn at_or_below(&self, some: &dyn Fn(Option<&Group>) -> bool) -> HashSet<&Address> {
        let mut numbers: HashMap<Node<'_>, usize> = self
            .groups
            .keys()
            .enumerate()
            .map(|(number, at)| (Node::At(at), number))
            .collect();
        let mut from: Vec<usize> = self
            .groups
            .values()
            .enumerate()
            .filter(|(_, it)| some(Some(it)))
            .map(|(number, _)| number)
            .collect();
        let mut down = Vec::new();
        for (number, above) in self
            .groups
            .values()
            .enumerate()
            .flat_map(|(it, group)| group.above.iter().map(move |above| (it, above)))
        {
            let next = numbers.len();
            let parent = *numbers.entry(Node::of(above)).or_insert(next);
            if parent == next && some(None) {
                from.push(parent);
            }
            down.push((parent, number));
        }
        let reached = Graph::new(numbers.len(), &down).reachable(from);
        self.groups
            .keys()
            .zip(reached)
            .filter(|(_, reached)| *reached)
            .map(|(at, _)| at)
            .collect()
    }

    /// Who may do everything, whether they can sign in or not.
    pub fn superusers(&self) -> BTreeSet<&Who> {
        let powerful = self.powerful();
        self.members
            .holders()
            .filter(|(holder, _)| powerful.contains(holder))
            .flat_map(|(_, who)| who)
            .collect()
    }

    /// Whether a person can sign in as this user; `None` where it was not read.
    pub fn signs_in(&self, who: &Who) -> Option<bool> {
        match who {
            Who::At(at) => self
                .users
                .get(at)
                .map(|it| it.active && !it.machine && !it.new),
            Who::Id(_) => None,
        }
    }
}

/// The field of a kind that has its members.
pub(super) fn roll(kind: &Kind) -> Option<&'static str> {
    let is_user = |family: &&str| {
        kinds::family(family).any(|kind| matches!(kind.way_in, Some(WayIn::User { .. })))
    };
    let users = |field: &str| {
        kind.field(field)
            .is_some_and(|field| field.shape.families().iter().any(is_user))
    };
    kind.members
        .iter()
        .map(|members| members.field)
        .find(|field| users(field))
}

/// Whether an address is that of a group that may let its members do everything.
pub(in crate::plan) fn is_group(address: &Address) -> bool {
    kinds::family(address.family).any(|kind| matches!(kind.way_in, Some(WayIn::Group { .. })))
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
