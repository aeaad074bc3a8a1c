//! Who has which privileges, and whether claims about them hold. What could not be read is never taken for held.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::{Against, Held, Reach};
use super::facts::Fields;
use super::world::{GROUP, Name, World};
use crate::desired::{PrivilegeClaim, Subject as Named};
use crate::kinds;
use crate::schema::{ItemWrites, Kind, Power, WayIn, default_value};
use crate::value::{Address, Value};

/// How many reasons are given for one claim.
const MOST: usize = 5;

/// What gives privileges, as far as it is known. The people are in a [`World`].
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Standing {
    /// Groups whose members, and those of groups below, may do everything.
    pub superuser_groups: BTreeSet<Name>,
    /// The permissions of each role, with the object that each is on, or none for all objects.
    pub roles: BTreeMap<Name, BTreeSet<(String, Option<Address>)>>,
    /// Tokens that never end, with the owner if it is known; without those that authentik keeps for itself.
    pub endless: BTreeMap<Name, Option<Address>>,
    /// Permissions that exist, of those that were asked for.
    pub permissions: BTreeSet<String>,
    /// Families that are not known as a whole, with the reason.
    pub unknown: BTreeMap<&'static str, String>,
    /// Whether what was read is of a server: then a name that is not there does not exist.
    pub complete: bool,
}

impl Standing {
    /// What some objects mean for privileges, whatever else is among them.
    pub fn of<'a>(
        objects: impl Iterator<Item = (&'a Address, &'static Kind, &'a Fields)>,
    ) -> Standing {
        let mut standing = Standing::default();
        for (address, kind, fields) in objects {
            let Some(name) = address.name() else { continue };
            if let Some(WayIn::Group { all, .. }) = kind.way_in
                && fields.get(all) == Some(&Value::Bool(true))
            {
                standing.superuser_groups.insert(name.into());
            }
            standing.role(name, kind, fields);
            standing.token(address, kind, fields);
        }
        standing
    }

    fn role(&mut self, name: &str, kind: &Kind, fields: &Fields) {
        let granted = kind
            .members
            .iter()
            .filter(|members| matches!(members.write, ItemWrites::Grants { .. }));
        for members in granted {
            let permissions = self.roles.entry(name.into()).or_default();
            let items = fields.get(members.field).and_then(Value::as_set);
            for item in items.into_iter().flatten() {
                match item {
                    Value::Ref(permission) => {
                        let name = permission.name().unwrap_or_default();
                        permissions.insert((name.to_owned(), None));
                    }
                    Value::Record(parts) => {
                        let object = match parts.get("object") {
                            Some(Value::Ref(object)) => Some(object.clone()),
                            _ => None,
                        };
                        if let Some(Value::Ref(permission)) = parts.get("permission") {
                            let name = permission.name().unwrap_or_default();
                            permissions.insert((name.to_owned(), object));
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn token(&mut self, address: &Address, kind: &Kind, fields: &Fields) {
        for power in kind.powers {
            let Power::Token {
                user,
                sort,
                expiring,
                ..
            } = power
            else {
                continue;
            };
            let usual = || default_value(kind.field(sort)?, None);
            let sort = fields.get(sort).cloned().or_else(usual);
            // Only the server itself makes tokens for anything else, and they end.
            let lasts = sort
                .as_ref()
                .and_then(Value::as_text)
                .is_none_or(|word| matches!(word, "api" | "app_password"));
            let never = fields.get(expiring) == Some(&Value::Bool(false));
            if lasts && never && !kinds::is_beside(address, fields) {
                let owner = match fields.get(user) {
                    Some(Value::Ref(owner)) => Some(owner.clone()),
                    _ => None,
                };
                let name = address.name().unwrap_or_default();
                self.endless.insert(name.into(), owner);
            }
        }
    }
}

/// Whether a claim about privileges holds.
pub fn held_of_privileges(
    claim: &PrivilegeClaim,
    world: &World,
    standing: &Standing,
    reach: Reach,
) -> Held {
    let mut judge = Judge {
        world,
        standing,
        reach,
        no: Vec::new(),
        unknown: Vec::new(),
    };
    match claim {
        PrivilegeClaim::Superusers(subjects) => judge.superusers(subjects),
        PrivilegeClaim::Permissions { permissions, roles } => {
            let names: Vec<&str> = permissions.iter().map(|(name, _)| name.as_str()).collect();
            judge.permissions(&names, roles);
        }
        PrivilegeClaim::TokensEnd { except } => judge.tokens(except),
    }
    let Judge { no, unknown, .. } = judge;
    match (no.is_empty(), unknown.is_empty()) {
        (false, _) => Held::No(capped(no)),
        (true, false) => Held::Unknown(capped(unknown)),
        (true, true) => Held::Yes,
    }
}

fn capped(mut all: Vec<Against>) -> Vec<Against> {
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    all.extend((more > 0).then_some(Against::More(more)));
    all
}

struct Judge<'j> {
    world: &'j World,
    standing: &'j Standing,
    reach: Reach,
    no: Vec<Against>,
    unknown: Vec<Against>,
}

impl<'j> Judge<'j> {
    /// Groups at or below some, each with the groups from it up to the one of these.
    fn below(&self, from: &BTreeSet<&'j str>) -> BTreeMap<&'j str, Vec<Name>> {
        let mut children: BTreeMap<&str, Vec<&'j str>> = BTreeMap::new();
        for (name, group) in &self.world.groups {
            for parent in &group.parents {
                children.entry(parent).or_default().push(name);
            }
        }
        let mut ways: BTreeMap<&str, Vec<Name>> = BTreeMap::new();
        let mut next: Vec<&str> = from.iter().copied().collect();
        ways.extend(next.iter().map(|name| (*name, vec![Name::from(*name)])));
        while let Some(name) = next.pop() {
            let way = ways.get(name).cloned().unwrap_or_default();
            for child in children.get(name).into_iter().flatten() {
                if !ways.contains_key(child) {
                    let mut own = vec![Name::from(*child)];
                    own.extend(way.iter().cloned());
                    ways.insert(child, own);
                    next.push(child);
                }
            }
        }
        ways
    }

    fn superusers(&mut self, subjects: &'j [Named]) {
        if let Some(why) = self.world.blind() {
            return self.unknown.push(Against::Unread(why.to_owned()));
        }
        let mut groups = BTreeSet::new();
        let mut users = BTreeSet::new();
        for subject in subjects {
            let name = subject.address.name().unwrap_or_default();
            let known = match subject.address.family == GROUP {
                true => {
                    groups.insert(name);
                    self.world.groups.contains_key(name)
                }
                false => {
                    users.insert(name);
                    self.world.users.contains_key(name)
                }
            };
            if !known {
                self.missing(&subject.address);
            }
        }
        let allowed = self.below(&groups);
        let members = |name: &str| self.world.groups.get(name).map(|group| &group.members);
        for name in allowed.keys() {
            users.extend(members(name).into_iter().flatten().map(|user| &**user));
        }
        let powerful = self
            .standing
            .superuser_groups
            .iter()
            .map(|name| &**name)
            .collect();
        let mut found: BTreeMap<&Name, Vec<Name>> = BTreeMap::new();
        let mut strangers = Vec::new();
        for (name, way) in self.below(&powerful) {
            let Some(group) = self.world.groups.get(name) else {
                continue;
            };
            if allowed.contains_key(name) {
                continue;
            }
            for user in group
                .members
                .iter()
                .filter(|user| !users.contains(&***user))
            {
                let known = found.entry(user).or_insert_with(|| way.clone());
                if way.len() < known.len() {
                    *known = way.clone();
                }
            }
            if group.strangers > 0 {
                let count = group.strangers;
                strangers.push(Against::Unread(format!(
                    "{count} members of group {name} are hidden from the token's user"
                )));
            }
            if group.others && self.reach.people {
                strangers.push(Against::Others(format!("members of group {name}")));
            }
        }
        let against = found.into_iter();
        self.no
            .extend(against.map(|(user, way)| Against::Superuser(user.clone(), way)));
        self.unknown.extend(strangers);
        if !self.reach.people {
            let what = "groups and users that are not declared".to_owned();
            self.unknown.push(Against::Others(what));
        }
    }

    fn permissions(&mut self, names: &[&str], roles: &[Named]) {
        let standing = self.standing;
        for subject in roles {
            let name = subject.address.name().unwrap_or_default();
            if !standing.roles.contains_key(name) {
                self.missing(&subject.address);
            }
        }
        for name in names {
            let exists = standing
                .permissions
                .iter()
                .any(|known| is_called(known, name));
            if standing.complete && !exists && self.family_known("role") {
                self.no
                    .push(Against::Missing(Address::named("permission", name)));
            }
        }
        for (role, permissions) in &standing.roles {
            if roles
                .iter()
                .any(|subject| subject.address.name() == Some(role))
            {
                continue;
            }
            for (permission, object) in permissions {
                if names.iter().any(|name| is_called(permission, name)) {
                    self.no.push(Against::Holds {
                        role: role.clone(),
                        permission: permission.clone(),
                        object: object.clone(),
                    });
                }
            }
        }
        self.whole("role");
    }

    fn tokens(&mut self, except: &[String]) {
        for (token, owner) in &self.standing.endless {
            if !except.iter().any(|name| **name == **token) {
                self.no.push(Against::Endless(token.clone(), owner.clone()));
            }
        }
        self.whole("token");
    }

    fn family_known(&self, family: &str) -> bool {
        !self.standing.unknown.contains_key(family)
    }

    /// Notes that there may be more objects of a family.
    fn whole(&mut self, family: &'static str) {
        if let Some(why) = self.standing.unknown.get(family) {
            self.unknown.push(Against::Unread(why.clone()));
        }
    }

    fn missing(&mut self, address: &Address) {
        let reported = Against::Missing(address.clone());
        match self.standing.complete && self.family_known(address.family) {
            true => self.no.push(reported),
            false => self.unknown.push(reported),
        }
    }
}

/// Whether a permission has a name, with its application or without.
fn is_called(permission: &str, name: &str) -> bool {
    permission == name
        || permission
            .split_once('.')
            .is_some_and(|(_, code)| code == name)
}
