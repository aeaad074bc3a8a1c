//! Which roles gain and lose which permissions, and who gains and loses which roles.

use std::collections::{BTreeMap, BTreeSet};

use super::touched::{Object, Touched};
use super::{Privilege, PrivilegeChange, Severity, Topic};
use crate::kinds;
use crate::live::{Live, Question};
use crate::plan::lockout::{People, Who, is_group};
use crate::plan::matching::Matched;
use crate::plan::step::{Step, Write};
use crate::schema::{Field, ItemWrites, Kind, Power, WayIn};
use crate::value::{Address, Value};

/// Permissions by the object that they are on; of every object where there is none.
type Granted = BTreeMap<Option<Address>, BTreeSet<String>>;

/// Who has which role: users and groups by role. Of users that were not read the number.
#[derive(Default)]
struct Holders {
    of: BTreeMap<Address, (BTreeSet<Address>, usize)>,
}

pub(super) struct Roles<'a> {
    live: &'a Live,
    matched: &'a Matched,
    /// The people after the steps.
    people: &'a People,
    /// Roles with the permissions that they gain and lose, and whether the role is new or deleted.
    changed: Vec<Changed<'a>>,
    /// What roles get on the objects that their members create: the object, the role, what is new.
    initial: Vec<(&'a Address, Option<Address>, BTreeSet<String>)>,
    before: Holders,
    after: Holders,
    deleted: BTreeSet<&'a Address>,
    /// The permissions of the roles that the steps write, as far as they are known.
    known: BTreeMap<&'a Address, Granted>,
}

struct Changed<'a> {
    role: &'a Address,
    new: bool,
    deleted: bool,
    gained: Granted,
    lost: Granted,
}

impl<'a> Roles<'a> {
    pub fn new(
        live: &'a Live,
        matched: &'a Matched,
        touched: &Touched<'a>,
        people: (&'a People, &'a People),
    ) -> Roles<'a> {
        let mut roles = Roles {
            live,
            matched,
            people: people.1,
            changed: Vec::new(),
            initial: Vec::new(),
            before: Holders::default(),
            after: Holders::default(),
            deleted: BTreeSet::new(),
            known: BTreeMap::new(),
        };
        let Some(kind) = role() else { return roles };
        let matters = |object: &Object<'_>| object.kind == kind || is_person(object.kind);
        if !touched.objects.iter().any(matters) {
            roles.initial(touched);
            return roles;
        }
        for object in touched.objects.iter().filter(|it| it.is_deleted()) {
            roles.deleted.insert(object.address);
        }
        for object in touched.objects.iter().filter(|it| it.kind == kind) {
            roles.known.insert(
                object.address,
                sets(kind, &|name| object.after.as_ref()?.get(name).cloned()),
            );
            let (gained, lost) = match object.is_deleted() {
                true => (
                    Granted::new(),
                    sets(kind, &|name| object.was(name).cloned()),
                ),
                false => moved(kind, &object.steps),
            };
            if object.is_deleted() || !gained.is_empty() || !lost.is_empty() {
                roles.changed.push(Changed {
                    role: object.address,
                    new: object.is_new(),
                    deleted: object.is_deleted(),
                    gained,
                    lost,
                });
            }
        }
        roles.initial(touched);
        roles.before = Holders::of(kind, matched, None, people.0);
        roles.after = Holders::of(kind, matched, Some(touched), people.1);
        roles
    }

    /// What roles are going to get on new objects.
    fn initial(&mut self, touched: &Touched<'a>) {
        for object in touched.objects.iter().filter(|it| !it.is_deleted()) {
            for power in object.kind.powers {
                let Power::Initial { role, permissions } = power else {
                    continue;
                };
                let names = |value: Option<&Value>| -> BTreeSet<String> {
                    let items = value.and_then(Value::as_set).into_iter().flatten();
                    items.filter_map(permission).collect()
                };
                let is = names(object.is(permissions).as_ref());
                let was = match object.changes(role) {
                    true => BTreeSet::new(),
                    false => names(object.was(permissions)),
                };
                let new: BTreeSet<String> = is.difference(&was).cloned().collect();
                let to = match object.is(role) {
                    Some(Value::Ref(role)) => Some(role),
                    _ => None,
                };
                if !new.is_empty() {
                    self.initial.push((object.address, to, new));
                }
            }
        }
    }

    /// The roles that somebody gains, with who.
    fn given(&self) -> Vec<(&Address, Vec<&Address>, usize)> {
        self.difference(&self.after, &self.before)
    }

    fn difference<'h>(
        &self,
        more: &'h Holders,
        less: &'h Holders,
    ) -> Vec<(&'h Address, Vec<&'h Address>, usize)> {
        let none = (BTreeSet::new(), 0);
        let mut found = Vec::new();
        for (role, (holders, unnamed)) in &more.of {
            let (others, unnamed_others) = less.of.get(role).unwrap_or(&none);
            let new: Vec<&Address> = holders
                .iter()
                .filter(|holder| !others.contains(*holder) && !self.deleted.contains(holder))
                .collect();
            let unnamed = unnamed.saturating_sub(*unnamed_others);
            if (!new.is_empty() || unnamed > 0) && !self.deleted.contains(role) {
                found.push((role, new, unnamed));
            }
        }
        found
    }

    pub fn questions(&self) -> BTreeSet<Question> {
        let id = |role: &Address| {
            self.matched
                .live
                .get(role)
                .map(|(_, found)| found.id.clone())
        };
        let mut asked = BTreeSet::new();
        for changed in &self.changed {
            if !changed.new && !changed.gained.is_empty() {
                asked.extend(id(changed.role).map(Question::Holders));
            }
        }
        for (role, ..) in self.given() {
            if self.permissions(role).is_none() {
                asked.extend(id(role).map(Question::Permissions));
            }
        }
        asked
    }

    /// The permissions that a role has after the steps; `None` where they were not read.
    fn permissions(&self, role: &Address) -> Option<Granted> {
        let kind = self::role()?;
        let known = self.known.get(role).cloned().unwrap_or_default();
        let Some((before, found)) = self.matched.live.get(role) else {
            return Some(known);
        };
        let global = kind
            .members
            .iter()
            .find(|members| is_granted(members.write))?;
        let read = [Some(&found.fields), self.live.beside.get(before)];
        let read = read
            .into_iter()
            .flatten()
            .find(|fields| fields.contains_key(global.field))?;
        let mut granted = sets(kind, &|name| read.get(name).cloned());
        let (gained, lost) = match self.changed.iter().find(|it| it.role == role) {
            Some(changed) => (&changed.gained, &changed.lost),
            None => return Some(granted),
        };
        for (object, permissions) in gained {
            granted
                .entry(object.clone())
                .or_default()
                .extend(permissions.iter().cloned());
        }
        for (object, permissions) in lost {
            if let Some(all) = granted.get_mut(object) {
                all.retain(|permission| !permissions.contains(permission));
            }
        }
        Some(granted)
    }

    /// Why a question about a role was not answered.
    fn unanswered(&self, role: &Address, question: fn(String) -> Question) -> Option<&str> {
        let (_, found) = self.matched.live.get(role)?;
        let answer = self.live.answered.get(&question(found.id.clone()))?;
        answer.as_deref()
    }

    pub fn found(&self) -> Vec<Privilege> {
        let mut found = Vec::new();
        for changed in &self.changed {
            self.changed(changed, &mut found);
        }
        for (role, holders, unnamed) in self.given() {
            let granted = self.permissions(role).unwrap_or_default();
            let severity = granted
                .iter()
                .map(|(object, permissions)| self.severity(object.as_ref(), permissions))
                .min()
                .unwrap_or(Severity::Warning);
            let names = granted.iter().flat_map(|(object, permissions)| {
                permissions.iter().map(move |permission| match object {
                    Some(object) => format!("{permission} on {}", object.path()),
                    None => permission.clone(),
                })
            });
            let row = Privilege::new(severity, Topic::Role, PrivilegeChange::Gained, role);
            let row = Privilege {
                unnamed,
                ..row.subjects(holders.into_iter().cloned())
            };
            let row = row.items(names);
            found.push(match self.unanswered(role, Question::Permissions) {
                Some(why) => row.detail(format!("its permissions cannot be read: {why}")),
                None => row,
            });
        }
        for (role, holders, unnamed) in self.difference(&self.before, &self.after) {
            let row = Privilege::new(Severity::Info, Topic::Role, PrivilegeChange::Lost, role);
            let row = row.subjects(holders.into_iter().cloned());
            found.push(Privilege { unnamed, ..row });
        }
        for (at, role, permissions) in &self.initial {
            let topic = Topic::InitialPermissions;
            let row = Privilege::new(
                self.severity(None, permissions),
                topic,
                PrivilegeChange::Gained,
                at,
            );
            let row = row.subjects(role.clone());
            found.push(row.items(permissions.iter().cloned()));
        }
        found
    }

    /// How much power some permissions are. On a single object the ones that lead to all others do so only if that object
    /// has much power itself.
    fn severity(&self, object: Option<&Address>, permissions: &BTreeSet<String>) -> Severity {
        let leads = permissions.iter().any(|it| kinds::takeover(it).is_some());
        match leads && object.is_none_or(|object| self.is_powerful(object)) {
            true => Severity::Critical,
            false => Severity::Warning,
        }
    }

    /// Whether whoever controls an object may do everything, as far as is known: a superuser, a superuser group, or what is
    /// neither a user nor a group.
    fn is_powerful(&self, object: &Address) -> bool {
        let me = Who::At(object.clone());
        let is_user = self.people.users.contains_key(object);
        match (is_group(object), is_user) {
            (true, _) => !self.people.harmless().contains(object),
            (false, true) => {
                self.people.elsewhere.contains(object) || self.people.superusers().contains(&me)
            }
            (false, false) => true,
        }
    }

    fn changed(&self, changed: &Changed<'_>, found: &mut Vec<Privilege>) {
        let holders = match changed.deleted {
            true => self.before.of.get(changed.role),
            false => self.after.of.get(changed.role),
        };
        let (names, unnamed) = holders.cloned().unwrap_or_default();
        let row = |severity, change, object: &Option<Address>, permissions: &BTreeSet<String>| {
            let row = Privilege::new(severity, Topic::Permission, change, changed.role);
            let row = row
                .subjects(names.iter().cloned())
                .items(permissions.iter().cloned());
            Privilege {
                object: object.clone(),
                unnamed,
                ..row
            }
        };
        for (object, permissions) in &changed.gained {
            let severity = self.severity(object.as_ref(), permissions);
            let row = row(severity, PrivilegeChange::Gained, object, permissions);
            found.push(match self.unanswered(changed.role, Question::Holders) {
                Some(why) => row.detail(format!("who has it cannot be read: {why}")),
                None => row,
            });
        }
        for (object, permissions) in &changed.lost {
            found.push(row(
                Severity::Info,
                PrivilegeChange::Lost,
                object,
                permissions,
            ));
        }
        if changed.deleted && changed.lost.is_empty() {
            found.push(row(
                Severity::Info,
                PrivilegeChange::Lost,
                &None,
                &BTreeSet::new(),
            ));
        }
    }
}

impl Holders {
    /// Who has which role, by what was read and, with `touched`, what is written.
    fn of(
        kind: &'static Kind,
        matched: &Matched,
        touched: Option<&Touched<'_>>,
        people: &People,
    ) -> Holders {
        let mut holders = Holders::default();
        for (at, (_, found)) in &matched.live {
            if touched.is_none_or(|touched| touched.get(at).is_none()) {
                holders.take(at, found.kind, kind, &|name| found.fields.get(name));
            }
        }
        for object in touched.iter().flat_map(|touched| &touched.objects) {
            if let Some(fields) = &object.after {
                holders.take(object.address, object.kind, kind, &|name| fields.get(name));
            }
        }
        for (holder, inside) in people.members.holders() {
            if holder.family == kind.family {
                for who in inside {
                    let (named, unnamed) = holders.of.entry(holder.clone()).or_default();
                    match who {
                        Who::At(at) => drop(named.insert(at.clone())),
                        Who::Id(_) => *unnamed += 1,
                    }
                }
            }
        }
        holders
    }

    /// Takes in the roles that a group or user names itself. Those that are the other side of a role's own set come from
    /// there.
    fn take<'v>(
        &mut self,
        at: &Address,
        holder: &'static Kind,
        role: &'static Kind,
        value: &dyn Fn(&str) -> Option<&'v Value>,
    ) {
        for field in held(holder, role) {
            let items = value(field).and_then(Value::as_set).into_iter().flatten();
            for item in items {
                if let Value::Ref(role) = item {
                    let (named, _) = self.of.entry(role.clone()).or_default();
                    named.insert(at.clone());
                }
            }
        }
    }
}

/// The fields of users and groups that name roles, apart from those that a role's own set says as well.
fn held(holder: &'static Kind, role: &'static Kind) -> impl Iterator<Item = &'static str> {
    let person = is_person(holder);
    let names_roles = move |field: &&Field| {
        person && field.inverse_of.is_none() && field.shape.families() == [role.family]
    };
    holder
        .fields
        .iter()
        .filter(names_roles)
        .map(|field| field.name)
}

/// Whether objects of a kind can have roles.
fn is_person(kind: &Kind) -> bool {
    matches!(kind.way_in, Some(WayIn::User { .. } | WayIn::Group { .. }))
}

/// The kind whose objects are given permissions.
fn role() -> Option<&'static Kind> {
    let granted = |kind: &&Kind| kind.members.iter().any(|members| is_granted(members.write));
    kinds::KINDS.iter().copied().find(granted)
}

fn is_granted(write: ItemWrites) -> bool {
    matches!(write, ItemWrites::Grants { .. })
}

/// The permissions in the sets of a role.
fn sets(kind: &'static Kind, value: &dyn Fn(&str) -> Option<Value>) -> Granted {
    let mut granted = Granted::new();
    for members in kind.members.iter().filter(|it| is_granted(it.write)) {
        let set = value(members.field);
        set.as_ref()
            .and_then(Value::as_set)
            .into_iter()
            .flatten()
            .for_each(|item| take(item, &mut granted));
    }
    granted
}

/// The permissions that steps give and take.
fn moved(kind: &'static Kind, steps: &[&Step]) -> (Granted, Granted) {
    let (mut gained, mut lost) = (Granted::new(), Granted::new());
    for members in kind.members.iter().filter(|it| is_granted(it.write)) {
        for step in steps {
            let (add, remove) = match &step.write {
                Write::Create { add, .. } => (add.get(members.field), None),
                Write::Update { add, remove, .. } => {
                    (add.get(members.field), remove.get(members.field))
                }
                Write::Delete | Write::Nothing => (None, None),
            };
            add.into_iter()
                .flatten()
                .for_each(|item| take(item, &mut gained));
            remove
                .into_iter()
                .flatten()
                .for_each(|item| take(item, &mut lost));
        }
    }
    (gained, lost)
}

fn take(item: &Value, into: &mut Granted) {
    let (object, permission) = match item {
        Value::Record(parts) => {
            let object = match parts.get("object") {
                Some(Value::Ref(address)) => Some(address.clone()),
                _ => return,
            };
            (object, parts.get("permission").and_then(permission))
        }
        item => (None, permission(item)),
    };
    if let Some(permission) = permission {
        into.entry(object).or_default().insert(permission);
    }
}

/// `authentik_core.view_application`
fn permission(value: &Value) -> Option<String> {
    match value {
        Value::Ref(address) => address.name().map(str::to_owned),
        Value::Text(text) => Some(text.to_string()),
        _ => None,
    }
}
