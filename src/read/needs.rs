//! What of the server a plan needs: names by kind, children by owner, ids that must be explained.
//!
//! Pure: works on what is declared and on what has been read so far.

mod asked;
mod ids;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Need;
use crate::desired::{Desired, Object};
use crate::kinds;
use crate::ledger::{Ledger, Record};
use crate::live::{Found, Live};
use crate::schema::{Find, Kind, Lint, Members, Preselected, Release, id_text};
use crate::value::{Address, Value};
use asked::{Asked, collection};
pub(super) use ids::{joined, strangers};

/// Something for each of some kinds, in the table's order.
type ByKind<T> = Vec<(&'static Kind, T)>;

/// More owners than this are seldom on a server that has less than a page of what they own.
const MANY_OWNERS: usize = 100;

/// The objects that a plan needs.
pub(super) struct Needs<'a> {
    desired: &'a Desired,
    ledger: &'a Ledger,
    /// The declared objects, by address.
    declared: HashMap<&'a Address, &'a Object>,
    /// Objects that are deleted because the files no longer declare them.
    leaving: BTreeMap<&'a Address, &'static Kind>,
    /// Objects needed by name.
    pub named: ByKind<Need>,
    /// Lists, by owner and kind, without which it is not known what akrec's own leftovers belong to.
    leftovers: BTreeSet<(Address, &'static str)>,
    /// Sets that take a read of their own, with the names of the objects for which they are declared.
    pub members: Vec<MembersOf<'a>>,
}

/// A set that needs a read of its own, and the names of the objects it is needed for.
pub(super) struct MembersOf<'a> {
    pub kind: &'static Kind,
    pub members: &'static Members,
    pub names: BTreeSet<&'a str>,
}

impl<'a> Needs<'a> {
    /// The needs that the files alone show.
    pub fn new(desired: &'a Desired, ledger: &'a Ledger, release: Release) -> Needs<'a> {
        let leaving = ledger.leaving(desired);
        let mut asked = Asked {
            desired,
            needs: BTreeMap::new(),
        };
        let mut members = Vec::new();
        for object in &desired.objects {
            if object.kind.is_singleton() {
                asked.need(object.kind).only_referred = false;
            }
            if object.kind.is_named() {
                let names: BTreeSet<&str> =
                    own_addresses(object).filter_map(Address::name).collect();
                for name in &names {
                    asked.want(object.kind, name, true);
                }
                members_of_declared(object, &names, ledger, &mut members);
            }
        }
        for (address, record) in ledger.added_to_what_leaves(desired) {
            if let Some(name) = address.name() {
                asked.want(record.kind, name, false);
                members_of_leaving(name, record, &mut members);
            }
        }
        for absent in &desired.absent {
            let kind = collection(desired, absent.address.family);
            if let (Some(kind), Some(name)) = (kind, absent.address.name()) {
                asked.want(kind, name, true);
            }
        }
        for (address, kind) in &leaving {
            if let Some(name) = address.name() {
                asked.want(kind, name, true);
            }
        }
        let leftovers = asked.leftovers(ledger, &leaving, release);
        let mut declared = HashMap::new();
        for object in &desired.objects {
            declared.insert(&object.address, object);
        }
        let elsewhere: BTreeSet<&Address> = referred(desired)
            .filter(|address| !declared.contains_key(address))
            .collect();
        for address in elsewhere {
            asked.refer(address, release);
        }
        Needs {
            desired,
            ledger,
            declared,
            leaving,
            named: asked.named(release),
            leftovers,
            members,
        }
    }

    /// References that nothing read so far explains, by the collection of their family; and declared names of mixed
    /// families that are not there, because an object of another kind may have taken them.
    pub fn unexplained(&self, live: &Live) -> ByKind<Need> {
        let mut more: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        for address in self.unnamed(live) {
            let kind = collection(self.desired, address.family);
            let is_read = self.named.iter().any(|(named, _)| Some(*named) == kind);
            if let (false, Some(name)) = (is_read, address.name()) {
                let names = more.entry(address.family).or_default();
                names.insert(name.to_owned());
            }
        }
        // An object that is to be made may have a name that another kind of its family holds.
        for object in &self.desired.objects {
            let is_there = own_addresses(object).any(|address| live.get(address).is_some());
            if object.kind.type_name.is_some()
                && !is_there
                && let Some(name) = object.address.name()
            {
                let names = more.entry(object.address.family).or_default();
                names.insert(name.to_owned());
            }
        }
        let mut needs = ByKind::new();
        for (family, names) in more {
            let Some(kind) = kinds::outside(family) else {
                continue;
            };
            if self.named.iter().all(|(named, _)| *named != kind) {
                let need = Need {
                    names,
                    all: true,
                    only_referred: true,
                };
                needs.push((kind, need));
            }
        }
        needs
    }

    /// Families in which a reference names nothing at all, although all that was needed has been read.
    pub fn unresolved(&self, live: &Live) -> BTreeSet<&'static str> {
        self.unnamed(live)
            .iter()
            .map(|address| address.family)
            .collect()
    }

    /// References to what is neither declared nor among what has been read.
    fn unnamed(&self, live: &Live) -> BTreeSet<&'a Address> {
        // Most references are the names of what is declared or there as they stand.
        let plain = |address: &&Address| {
            self.declared.contains_key(*address) || live.get(address).is_some()
        };
        let mut unnamed: BTreeSet<&Address> = referred(self.desired)
            .filter(|address| !plain(address))
            .collect();
        if unnamed.is_empty() {
            return unnamed;
        }
        let mut known = Names::default();
        for object in &self.desired.objects {
            known.add(object.kind, &object.address, |field| object.value(field));
        }
        for found in live.objects.values() {
            known.add(found.kind, &found.address, |field| found.fields.get(field));
        }
        unnamed.retain(|address| !known.has(address));
        unnamed
    }

    /// Children whose owners have been found and that have not been read: the owners' ids by kind.
    pub fn children(&self, live: &Live, read: &BTreeSet<&str>) -> ByKind<Vec<String>> {
        let declared = self
            .desired
            .owned
            .iter()
            .map(|owned| (&owned.owner, owned.kind));
        let leftovers = self
            .leftovers
            .iter()
            .filter_map(|(owner, kind)| Some((owner, kinds::kind(kind)?)));
        let all: Vec<(&Address, &'static Kind)> = declared.chain(leftovers).collect();
        let unread = || {
            all.iter()
                .copied()
                .filter(|(_, kind)| !read.contains(kind.name))
        };
        let mut children: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let places: HashMap<&str, usize> = kinds::KINDS
            .iter()
            .enumerate()
            .map(|(place, kind)| (kind.name, place))
            .collect();
        let mut families: BTreeSet<(usize, &str)> = BTreeSet::new();
        for (owner, kind) in unread() {
            let Some(place) = places.get(kind.name).copied() else {
                continue;
            };
            let ids = children.entry(place).or_default();
            ids.extend(self.owners(owner, live, kind));
            // A stage binding may have another order on the server, and its flow an older name: any of them may be it.
            let family = owner.family;
            if owner.name().is_none() && families.insert((place, family)) {
                let all = live
                    .objects
                    .values()
                    .filter(|found| found.address.family == family);
                ids.extend(all.filter_map(|found| owner_id(found, kind)));
            }
        }
        children.retain(|_, ids| !ids.is_empty());
        // What belongs to other children waits until those are read; nothing waits for those whose owners are not there.
        let pending: BTreeSet<&str> = children
            .keys()
            .map(|place| kinds::KINDS[*place].family)
            .collect();
        for (_, kind) in unread().filter(|(owner, _)| pending.contains(owner.family)) {
            children.retain(|place, _| kinds::KINDS[*place] != kind);
        }
        children
            .into_iter()
            .map(|(place, ids)| (kinds::KINDS[place], ids.into_iter().collect()))
            .collect()
    }

    /// Objects that are to be deleted by name, as far as they are there.
    pub fn going<'l>(&self, live: &'l Live) -> Vec<&'l Found> {
        let absent = self.desired.absent.iter().map(|absent| &absent.address);
        let going: BTreeSet<&Address> = absent.chain(self.leaving.keys().copied()).collect();
        going
            .into_iter()
            .filter_map(|address| live.get(address))
            .collect()
    }

    /// Kinds that so many owners say exactly what they have of, that their lists will be read whole.
    pub fn of_many(&self) -> Vec<&'static Kind> {
        let mut owners: BTreeMap<&str, (&'static Kind, usize)> = BTreeMap::new();
        for owned in &self.desired.owned {
            let has_many = matches!(owned.kind.find, Find::Owner { many: true, .. });
            if has_many && owned.owner.name().is_some() {
                let (_, count) = owners.entry(owned.kind.name).or_insert((owned.kind, 0));
                *count += 1;
            }
        }
        let mut kinds = Vec::new();
        for (kind, count) in owners.into_values() {
            if count > MANY_OWNERS {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// Declared objects that were applied, are not there by their name, and are not known by another: their kinds and ids.
    pub fn elsewhere(&self, live: &Live) -> Vec<(&'static Kind, &'a str)> {
        let mut there: BTreeSet<(&str, Option<String>)> = BTreeSet::new();
        for found in live.objects.values() {
            there.insert((found.kind.name, id_text(&found.pk)));
        }
        let mut elsewhere = Vec::new();
        for object in &self.desired.objects {
            let kind = object.kind;
            let is_findable = kind.is_named() && !kind.unpaginated && !kind.is_singleton();
            if !is_findable || live.get(&object.address).is_some() {
                continue;
            }
            let Some(record) = self.ledger.records.get(&object.address) else {
                continue;
            };
            let is_known = there.contains(&(kind.name, Some(record.id.clone())));
            if record.kind == kind && !is_known {
                elsewhere.push((kind, record.id.as_str()));
            }
        }
        elsewhere
    }

    /// Kinds with objects that the admin form preselects for new objects, where the files name none.
    pub fn preselected(&self, live: &Live, release: Release) -> Vec<&'static Kind> {
        let mut kinds: Vec<&'static Kind> = Vec::new();
        let is_there = |address: &Address| {
            live.get(address).is_some() || self.renamed(address, live).is_some()
        };
        for object in &self.desired.objects {
            if !object.kind.is_named() || own_addresses(object).any(is_there) {
                continue;
            }
            for field in object.kind.fields {
                if object.fields.contains_key(field.name) || !field.is_in(release) {
                    continue;
                }
                let Some(Preselected::Managed(name, _)) = field.preselected else {
                    continue;
                };
                if let Some(kind) = kinds::kind(name)
                    && kind.is_in(release)
                    && !kinds.contains(&kind)
                {
                    kinds.push(kind);
                }
            }
        }
        kinds
    }

    /// Settings by which it is judged how long something may last.
    pub fn lasting(&self) -> Vec<&'static Kind> {
        let mut kinds: Vec<&'static Kind> = Vec::new();
        for object in &self.desired.objects {
            for lint in object.kind.lints {
                let Lint::MaxLifetime {
                    field,
                    when,
                    setting,
                    ..
                } = lint
                else {
                    continue;
                };
                let wanted = object.value(when.0).and_then(Value::as_text) == Some(when.1);
                if wanted && matches!(object.value(field), Some(Value::Time(_))) {
                    kinds.extend(kinds::kind(setting.0).filter(|kind| !kinds.contains(kind)));
                }
            }
        }
        kinds
    }

    /// Kinds where only one object may have a value that a declared one is going to have.
    pub fn rivals(&self, live: &Live) -> Vec<&'static Kind> {
        let mut kinds: Vec<&'static Kind> = Vec::new();
        for object in &self.desired.objects {
            let wants = |name: &str| object.value(name) == Some(&Value::Bool(true));
            let has = |name: &str| {
                live.get(&object.address)
                    .is_some_and(|found| found.fields.get(name) == Some(&Value::Bool(true)))
            };
            let own = live.get(&object.address);
            let new = |name: &&str| {
                let value = object.value(name).filter(|value| !value.is_empty());
                value.is_some() && own.and_then(|found| found.fields.get(*name)) != value
            };
            // The list of applications is complete only for a superuser.
            let unique = object
                .kind
                .unique_together
                .iter()
                .any(|names| names.iter().any(&new));
            let takes =
                (unique && !object.kind.superuser_list)
                    || object.kind.fields.iter().any(|field| {
                        field.at_most_one_true && wants(field.name) && !has(field.name)
                    });
            if takes && !kinds.contains(&object.kind) {
                kinds.push(object.kind);
            }
        }
        kinds
    }

    /// Kinds to be read whole, since the server deletes their objects along with deleted ones: the bindings of a group,
    /// a user or a policy, and the applications that they guard, which may become open to all users.
    pub fn cascades(&self, live: &Live) -> Vec<&'static Kind> {
        let gone: BTreeSet<&str> = self
            .going(live)
            .into_iter()
            .map(|found| found.address.family)
            .collect();
        let subjects = |kind: &Kind| {
            let Find::Owner {
                field: owner,
                many: true,
                ..
            } = kind.find
            else {
                return false;
            };
            let others = kind
                .key_fields()
                .filter(|name| *name != owner)
                .filter_map(|name| kind.field(name));
            others
                .flat_map(|field| field.shape.families())
                .any(|family| gone.contains(family))
        };
        let bindings: Vec<&'static Kind> = kinds::KINDS
            .iter()
            .copied()
            .filter(|kind| subjects(kind))
            .collect();
        if bindings.is_empty() {
            return bindings;
        }
        let guarded = kinds::KINDS
            .iter()
            .copied()
            .filter(|kind| kind.guarded_by_bindings);
        guarded.chain(bindings.iter().copied()).collect()
    }

    /// The ids by which the children of an owner are filtered; several where the owner may be known by several keys.
    fn owners(&self, owner: &Address, live: &Live, kind: &Kind) -> Vec<String> {
        let mut names = vec![owner];
        if owner.name().is_some() {
            let declared = self.declared.get(owner);
            names.extend(
                declared
                    .iter()
                    .flat_map(|object| object.previously.iter().map(|(old, _)| old)),
            );
            let known: Vec<&Address> = names
                .iter()
                .filter_map(|name| self.renamed(name, live))
                .collect();
            names.extend(known);
        }
        names
            .iter()
            .filter_map(|name| owner_id(live.get(name)?, kind))
            .collect()
    }

    /// The ledger's record of a declared object that exists.
    fn record_of(&self, object: &Object, found: &Found) -> Option<&'a Record> {
        let id = id_text(&found.pk)?;
        let names = [&found.address, &object.address].into_iter();
        let mut names = names.chain(object.previously.iter().map(|(old, _)| old));
        names.find_map(|name| {
            self.ledger
                .records
                .get(name)
                .filter(|record| record.id == id)
        })
    }

    /// The name that somebody gave on the server to what was applied under this one.
    fn renamed<'l>(&self, address: &Address, live: &'l Live) -> Option<&'l Address> {
        let record = self
            .ledger
            .records
            .get(address)
            .filter(|_| live.get(address).is_none())?;
        let now = live.named(&[address.family], &record.id)?;
        live.get(&now).map(|found| &found.address)
    }
}

/// The address of a declared object, and those that it had before.
fn own_addresses(object: &Object) -> impl Iterator<Item = &Address> {
    let older = object.previously.iter().map(|(old, _)| old);
    std::iter::once(&object.address).chain(older)
}

/// All that declared objects refer to.
fn referred(desired: &Desired) -> impl Iterator<Item = &Address> {
    let objects = desired.objects.iter();
    let refs = objects.flat_map(|object| &object.refs);
    refs.map(|used| &used.address)
}

/// The names by which objects can be referred to.
#[derive(Default)]
struct Names<'n> {
    /// Names and aliases, with the family.
    exact: BTreeSet<(&'static str, &'n str)>,
    /// Names without the part that distinguishes them, with the family.
    plain: BTreeSet<(&'static str, String)>,
}

impl<'n> Names<'n> {
    /// Adds the names of an object, by its address and its fields.
    fn add(
        &mut self,
        kind: &Kind,
        address: &'n Address,
        field: impl Fn(&str) -> Option<&'n Value>,
    ) {
        let family = address.family;
        for alias in kind.aliases {
            let text = field(alias).and_then(Value::as_text);
            self.exact.extend(text.map(|text| (family, text)));
        }
        self.exact.extend(address.name().map(|name| (family, name)));
        let plain = kind.plain_name(address);
        self.plain.extend(plain.map(|name| (family, name)));
    }

    fn has(&self, address: &Address) -> bool {
        let name = address.name().unwrap_or_default();
        self.exact.contains(&(address.family, name))
            || self.plain.contains(&(address.family, name.to_owned()))
    }
}

/// Notes the sets of a declared object that take a read of their own: those that are declared, and those to which akrec
/// added something before.
fn members_of_declared<'a>(
    object: &Object,
    names: &BTreeSet<&'a str>,
    ledger: &Ledger,
    all: &mut Vec<MembersOf<'a>>,
) {
    let family = object.kind.family;
    let mut records = names
        .iter()
        .filter_map(|name| ledger.records.get(&Address::named(family, name)));
    let recorded = records.next();
    for set in object.kind.members {
        let is_declared = object.fields.contains_key(set.field);
        let has_left = recorded.is_some_and(|record| record.adds_to(set.field));
        if set.read.is_some() && (is_declared || has_left) {
            add_members(all, object.kind, set, names);
        }
    }
}

/// Notes the sets to which akrec added something, of an object that has left the files.
fn members_of_leaving<'a>(name: &'a str, record: &Record, all: &mut Vec<MembersOf<'a>>) {
    for set in record.kind.members {
        if set.read.is_some() && record.adds_to(set.field) {
            add_members(all, record.kind, set, &BTreeSet::from([name]));
        }
    }
}

/// Notes that a set which takes a read of its own is needed of the objects of some names.
fn add_members<'a>(
    all: &mut Vec<MembersOf<'a>>,
    kind: &'static Kind,
    members: &'static Members,
    names: &BTreeSet<&'a str>,
) {
    let is_same = |known: &&mut MembersOf<'a>| known.kind == kind && known.members == members;
    match all.iter_mut().find(is_same) {
        Some(known) => known.names.extend(names.iter().copied()),
        None => all.push(MembersOf {
            kind,
            members,
            names: names.clone(),
        }),
    }
}

/// The id by which the children of an object are filtered.
fn owner_id(found: &Found, kind: &Kind) -> Option<String> {
    match kind.find {
        Find::Owner { many: true, .. } => found.binds.clone(),
        _ => id_text(&found.pk),
    }
}
