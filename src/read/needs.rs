//! What of the server a plan needs: names by kind, children by owner, ids that must be explained.
//!
//! Pure: works on what is declared and on what has been read so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Need;
use crate::desired::{Desired, Object, What};
use crate::kinds;
use crate::ledger::{Ledger, Origin, Record};
use crate::live::{Fate, Found, Live, User};
use crate::schema::{Find, Keying, Kind, Lint, Members, Preselected, Release, Shape, id_text};
use crate::value::{Address, Part, Value};

/// Something for each of some kinds, in the table's order.
type ByKind<T> = Vec<(&'static Kind, T)>;

/// More owners than this are seldom on a server that has less than a page of what they own.
const MANY_OWNERS: usize = 100;

/// What is needed.
pub(super) struct Needs<'a> {
    desired: &'a Desired,
    ledger: &'a Ledger,
    /// What is declared, by address.
    declared: HashMap<&'a Address, &'a Object>,
    /// What is deleted because the files no longer speak of it.
    leaving: BTreeMap<&'a Address, &'static Kind>,
    /// By name.
    pub named: ByKind<Need>,
    /// Lists, by owner and kind, without which it is not known what akrec's own leftovers belong to.
    leftovers: BTreeSet<(Address, &'static str)>,
    /// Sets that take a read of their own, with the names of the objects for which they are declared.
    pub members: Vec<(&'static Kind, &'static Members, BTreeSet<&'a str>)>,
}

impl<'a> Needs<'a> {
    /// What the files alone tell.
    pub fn new(desired: &'a Desired, ledger: &'a Ledger, release: Release) -> Needs<'a> {
        let mut asked = Asked {
            desired,
            needs: BTreeMap::new(),
        };
        let mut members: Vec<(&'static Kind, &'static Members, BTreeSet<&str>)> = Vec::new();
        for object in desired
            .objects
            .iter()
            .filter(|object| object.kind.is_single())
        {
            asked.need(object.kind).only_referred = false;
        }
        let declared: BTreeSet<&Address> = desired
            .objects
            .iter()
            .map(|object| &object.address)
            .collect();
        for object in desired
            .objects
            .iter()
            .filter(|object| object.kind.is_named())
        {
            let older = object.previously.iter().map(|(old, _)| old);
            let names: BTreeSet<&str> = std::iter::once(&object.address)
                .chain(older)
                .filter_map(Address::name)
                .collect();
            names
                .iter()
                .for_each(|name| asked.want(object.kind, name, true));
            let recorded = names.iter().find_map(|name| {
                ledger
                    .records
                    .get(&Address::named(object.kind.family, name))
            });
            for apart in object.kind.members.iter().filter(|set| set.read.is_some()) {
                let has_left = recorded.is_some_and(|record| record.adds_to(apart.field));
                if object.fields.contains_key(apart.field) || has_left {
                    add_members(&mut members, object.kind, apart, &names);
                }
            }
        }
        for (address, record) in ledger.added_to_what_leaves(desired) {
            let Some(name) = address.name() else { continue };
            asked.want(record.kind, name, false);
            let sets = record
                .kind
                .members
                .iter()
                .filter(|set| set.read.is_some() && record.adds_to(set.field));
            sets.for_each(|apart| {
                add_members(&mut members, record.kind, apart, &BTreeSet::from([name]))
            });
        }
        for absent in &desired.absent {
            if let (Some(kind), Some(name)) = (
                collection(desired, absent.address.family),
                absent.address.name(),
            ) {
                asked.want(kind, name, true);
            }
        }
        let leaving = ledger.leaving(desired);
        for (address, kind) in &leaving {
            address
                .name()
                .into_iter()
                .for_each(|name| asked.want(kind, name, true));
        }
        let leftovers = asked.leftovers(ledger, &leaving, release);
        let used = desired
            .objects
            .iter()
            .flat_map(|object| &object.refs)
            .map(|used| &used.address);
        for address in used
            .filter(|address| !declared.contains(address))
            .collect::<BTreeSet<_>>()
        {
            asked.refer(address, release);
        }
        let declared = desired
            .objects
            .iter()
            .map(|object| (&object.address, object))
            .collect();
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
            let read = self
                .named
                .iter()
                .any(|(kind, _)| Some(*kind) == collection(self.desired, address.family));
            if let (false, Some(name)) = (read, address.name()) {
                more.entry(address.family)
                    .or_default()
                    .insert(name.to_owned());
            }
        }
        // An object that is to be made may have a name that another kind of its family holds.
        for object in self
            .desired
            .objects
            .iter()
            .filter(|object| object.kind.word.is_some())
        {
            let mut names = std::iter::once(&object.address)
                .chain(object.previously.iter().map(|(old, _)| old));
            if let (family, Some(name)) = (object.address.family, object.address.name())
                && names.all(|name| live.get(name).is_none())
            {
                more.entry(family).or_default().insert(name.to_owned());
            }
        }
        let more = more
            .into_iter()
            .filter_map(|(family, names)| Some((kinds::outside(family)?, names)));
        let unread = more.filter(|(kind, _)| self.named.iter().all(|(named, _)| named != kind));
        unread
            .map(|(kind, names)| {
                (
                    kind,
                    Need {
                        names,
                        all: true,
                        only_referred: true,
                    },
                )
            })
            .collect()
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
        let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut plain: BTreeSet<(&str, String)> = BTreeSet::new();
        for object in &self.desired.objects {
            let aliases = object
                .kind
                .aliases
                .iter()
                .filter_map(|alias| object.value(alias)?.as_text());
            known.extend(
                aliases
                    .chain(object.address.name())
                    .map(|text| (object.address.family, text)),
            );
            plain.extend(
                object
                    .kind
                    .plain_name(&object.address)
                    .map(|name| (object.address.family, name)),
            );
        }
        for found in live.objects.values() {
            let aliases = found
                .kind
                .aliases
                .iter()
                .filter_map(|alias| found.fields.get(alias)?.as_text());
            known.extend(
                aliases
                    .chain(found.address.name())
                    .map(|text| (found.address.family, text)),
            );
            plain.extend(
                found
                    .kind
                    .plain_name(&found.address)
                    .map(|name| (found.address.family, name)),
            );
        }
        let used = self
            .desired
            .objects
            .iter()
            .flat_map(|object| &object.refs)
            .map(|used| &used.address);
        let is_known = |address: &&Address| {
            let name = address.name().unwrap_or_default();
            known.contains(&(address.family, name))
                || plain.contains(&(address.family, name.to_owned()))
        };
        used.filter(|address| !is_known(address)).collect()
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
        let owned = self
            .desired
            .owned
            .iter()
            .filter(|owned| owned.owner.name().is_some());
        for owned in owned.filter(|owned| matches!(owned.kind.find, Find::Owner { many: true, .. }))
        {
            owners.entry(owned.kind.name).or_insert((owned.kind, 0)).1 += 1;
        }
        owners
            .into_values()
            .filter(|(_, count)| *count > MANY_OWNERS)
            .map(|(kind, _)| kind)
            .collect()
    }

    /// Declared objects that were applied, are not there by their name, and are not known by another: their kinds and ids.
    pub fn elsewhere(&self, live: &Live) -> Vec<(&'static Kind, &'a str)> {
        let there: BTreeSet<(&str, Option<String>)> = live
            .objects
            .values()
            .map(|found| (found.kind.name, id_text(&found.pk)))
            .collect();
        let missing = self.desired.objects.iter().filter(|object| {
            object.kind.is_named()
                && live.get(&object.address).is_none()
                && !object.kind.flat
                && !object.kind.is_single()
        });
        let records =
            missing.filter_map(|object| Some((object, self.ledger.records.get(&object.address)?)));
        let unknown = records.filter(|(object, record)| {
            record.kind == object.kind
                && !there.contains(&(object.kind.name, Some(record.id.clone())))
        });
        unknown
            .map(|(object, record)| (object.kind, record.id.as_str()))
            .collect()
    }

    /// Kinds of which new objects get those that the admin form preselects, where the files name none.
    pub fn preselected(&self, live: &Live, release: Release) -> Vec<&'static Kind> {
        let mut kinds: Vec<&'static Kind> = Vec::new();
        for object in self
            .desired
            .objects
            .iter()
            .filter(|object| object.kind.is_named())
        {
            let mut names = std::iter::once(&object.address)
                .chain(object.previously.iter().map(|(old, _)| old));
            if names.any(|name| live.get(name).is_some() || self.renamed(name, live).is_some()) {
                continue;
            }
            let unsaid = object
                .kind
                .fields
                .iter()
                .filter(|field| !object.fields.contains_key(field.name));
            for field in unsaid.filter(|field| field.is_in(release)) {
                let Some(Preselected::Managed(name, _)) = field.preselected else {
                    continue;
                };
                kinds.extend(
                    kinds::kind(name).filter(|kind| kind.is_in(release) && !kinds.contains(kind)),
                );
            }
        }
        kinds
    }

    /// Settings by which it is judged how long something may last.
    pub fn lasting(&self) -> Vec<&'static Kind> {
        let mut kinds: Vec<&'static Kind> = Vec::new();
        for object in &self.desired.objects {
            for lint in object.kind.lints {
                let Lint::Lasts {
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

    /// Kinds of which only one object may have what a declared one is going to have.
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
                .unique
                .iter()
                .any(|names| names.iter().any(&new));
            let takes = (unique && !object.kind.superuser_list)
                || object
                    .kind
                    .fields
                    .iter()
                    .any(|field| field.single && wants(field.name) && !has(field.name));
            if takes && !kinds.contains(&object.kind) {
                kinds.push(object.kind);
            }
        }
        kinds
    }

    /// Kinds to be read whole, since the server takes objects of them along with what is to be deleted: the bindings of
    /// a group, a user or a policy, and the applications that they guard, which may end up open to everyone.
    pub fn taken_along(&self, live: &Live) -> Vec<&'static Kind> {
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
        let guarded = kinds::KINDS.iter().copied().filter(|kind| kind.guarded);
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

    /// What the ledger has of a declared object that is there.
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

    /// Ids in managed fields that nothing explains, by family.
    pub fn unknown_ids(&self, live: &Live) -> BTreeMap<&'static str, BTreeSet<String>> {
        let mut unknown: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        for object in &self.desired.objects {
            let names = std::iter::once(&object.address)
                .chain(object.previously.iter().map(|(old, _)| old));
            let now = names.clone().filter_map(|name| self.renamed(name, live));
            for found in names.chain(now).filter_map(|name| live.get(name)) {
                for (name, want) in &object.fields {
                    let Some((field, value)) = object.kind.field(name).zip(found.fields.get(name))
                    else {
                        continue;
                    };
                    if let (Shape::Set(Shape::Grant { .. }), What::Is(_), Value::Set(items)) =
                        (field.shape, &want.what, value)
                    {
                        for (of, id) in items.iter().filter_map(Live::unknown_object) {
                            unknown.entry(of.family).or_default().insert(id);
                        }
                    }
                    let told = field.told_by.and_then(|other| {
                        kinds::by_model(found.fields.get(other)?.as_text()?).map(|kind| kind.family)
                    });
                    let family = match (told, field.shape.families()) {
                        (Some(family), _) | (None, &[family]) => family,
                        _ => continue,
                    };
                    // Additive lists leave alone what they do not name, but for what the ledger says of their items.
                    if let (What::Some { .. }, Some(record)) =
                        (&want.what, self.record_of(object, found))
                        && let Some(items) = record.items.get(*name)
                    {
                        let ids = Live::unknown_ids(field, value)
                            .into_iter()
                            .filter(|id| items.contains_key(*id));
                        unknown
                            .entry(family)
                            .or_default()
                            .extend(ids.map(str::to_owned));
                    }
                    let matters = match (&want.what, value) {
                        (What::Some { .. }, _) => false,
                        (What::Is(_), Value::Set(_)) => !field.superset,
                        _ => true,
                    };
                    if matters {
                        let ids = Live::unknown_ids(field, value)
                            .into_iter()
                            .map(str::to_owned);
                        unknown.entry(family).or_default().extend(ids);
                    }
                }
            }
        }
        // What akrec added to partial lists that are no longer in the files goes, and is named.
        for (address, record) in self
            .ledger
            .records
            .iter()
            .filter(|(_, record)| record.has_added())
        {
            let declared = self.declared.get(address);
            let lists = record.partial_lists();
            for (name, items) in
                lists.filter(|(name, _)| declared.is_none_or(|it| !it.fields.contains_key(name)))
            {
                let Some(field) = record.kind.field(name) else {
                    continue;
                };
                let (&[family], Some(found)) = (field.shape.families(), live.get(address)) else {
                    continue;
                };
                let Some(value) = found.fields.get(name) else {
                    continue;
                };
                let ids = Live::unknown_ids(field, value)
                    .into_iter()
                    .filter(|id| items.contains_key(*id));
                unknown
                    .entry(family)
                    .or_default()
                    .extend(ids.map(str::to_owned));
            }
        }
        // What goes is told, and taken back, with all that it was.
        for found in self.going(live) {
            for (name, value) in found.fields.iter() {
                let Some(field) = found.kind.field(name) else {
                    continue;
                };
                if let &[family] = field.shape.families() {
                    let ids = Live::unknown_ids(field, value)
                        .into_iter()
                        .map(str::to_owned);
                    unknown.entry(family).or_default().extend(ids);
                }
            }
        }
        unknown.retain(|_, ids| !ids.is_empty());
        unknown
    }
}

/// Notes that a set which takes a read of its own is needed of the objects of some names.
fn add_members<'a>(
    all: &mut Vec<(&'static Kind, &'static Members, BTreeSet<&'a str>)>,
    kind: &'static Kind,
    members: &'static Members,
    names: &BTreeSet<&'a str>,
) {
    match all
        .iter_mut()
        .find(|(known, set, _)| *known == kind && *set == members)
    {
        Some((.., known)) => known.extend(names.iter().copied()),
        None => all.push((kind, members, names.clone())),
    }
}

/// The id by which the children of an object are filtered.
fn owner_id(found: &Found, kind: &Kind) -> Option<String> {
    match kind.find {
        Find::Owner { many: true, .. } => found.binds.clone(),
        _ => id_text(&found.pk),
    }
}

/// Ids of what the server would delete along with something, of kinds that have no name of their own, by family.
pub(super) fn strangers(
    users: &BTreeMap<Address, Vec<User>>,
    live: &Live,
) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut ids: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for user in users
        .values()
        .flatten()
        .filter(|user| user.fate == Fate::Deleted)
    {
        if let Some(kind) =
            kinds::by_model(&user.model).filter(|kind| matches!(kind.keying, Keying::Fields(_)))
            && live.named(&[kind.family], &user.pk).is_none()
        {
            ids.entry(kind.family).or_default().insert(user.pk.clone());
        }
    }
    ids
}

/// Ids in the keys of objects of these kinds that nothing explains, by family.
pub(super) fn joined(live: &Live, kinds: &[&str]) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut ids: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for found in live
        .objects
        .values()
        .filter(|found| kinds.contains(&found.kind.name))
    {
        for field in found
            .kind
            .key_fields()
            .filter_map(|name| found.kind.field(name))
        {
            if let (Some(Value::Unknown(id)), &[family]) =
                (found.fields.get(field.name), field.shape.families())
            {
                ids.entry(family).or_default().insert(id.to_string());
            }
        }
    }
    ids
}

/// What has been asked for so far, by the place of the kind in the table, after which come those of the files.
struct Asked<'a> {
    desired: &'a Desired,
    /// By the kind's place in the table, and its name for those that it does not have.
    needs: BTreeMap<(usize, &'static str), (&'static Kind, Need)>,
}

impl Asked<'_> {
    fn need(&mut self, kind: &'static Kind) -> &mut Need {
        let own = kinds::KINDS.iter().position(|other| *other == kind);
        let outside = || {
            kinds::OUTSIDE
                .iter()
                .position(|other| other == kind)
                .map(|place| place + kinds::KINDS.len())
        };
        let place = own.or_else(outside).unwrap_or(usize::MAX);
        let fresh = || {
            (
                kind,
                Need {
                    only_referred: true,
                    ..Need::default()
                },
            )
        };
        &mut self.needs.entry((place, kind.name)).or_insert_with(fresh).1
    }

    fn want(&mut self, kind: &'static Kind, name: &str, declared: bool) {
        let need = self.need(kind);
        need.names.insert(name.to_owned());
        need.only_referred &= !declared;
    }

    /// What akrec made and joins to what leaves goes along with it, whatever else becomes of its owner: that owner is asked
    /// for, with the lists that lead to it. What access is guarded by is read whole in that case, and so not asked for here.
    fn leftovers(
        &mut self,
        ledger: &Ledger,
        leaving: &BTreeMap<&Address, &'static Kind>,
        release: Release,
    ) -> BTreeSet<(Address, &'static str)> {
        let mut lists = BTreeSet::new();
        let declared: BTreeSet<(&Address, &str)> = self
            .desired
            .owned
            .iter()
            .map(|owned| (&owned.owner, owned.kind.name))
            .collect();
        let created = ledger
            .records
            .iter()
            .filter(|(_, record)| record.origin == Origin::Created);
        for (address, record) in created {
            let Some(Part::At(owner)) = address.parts().first() else {
                continue;
            };
            let joined =
                |part: &Part| matches!(part, Part::At(other) if leaving.contains_key(other));
            let joins = address.parts().iter().skip(1).any(joined);
            let list_left = record.partial && !declared.contains(&(owner, record.kind.name));
            if !joins && !list_left {
                continue;
            }
            let mut at = address;
            while let Some(Part::At(owner)) = at.parts().first() {
                if at != address || !joins {
                    lists.extend(
                        kinds::family(at.family)
                            .next()
                            .map(|kind| (owner.clone(), kind.name)),
                    );
                }
                at = owner;
            }
            let guarded = joins && kinds::family(at.family).any(|kind| kind.guarded);
            if !guarded && !leaving.contains_key(at) {
                self.refer(at, release);
            }
        }
        lists
    }

    /// A reference to something that is not declared: by the kinds whose aliases may be meant, or by the family's own
    /// collection. Aliases have no exact read, so those lists are read whole.
    fn refer(&mut self, address: &Address, release: Release) {
        let Some(name) = address.name() else { return };
        let plain = kinds::outside(address.family).map_or(&[][..], |outside| outside.aliases);
        let has_more =
            |kind: &&'static Kind| kind.aliases.iter().any(|alias| !plain.contains(alias));
        let mut with_aliases: Vec<&'static Kind> = kinds::family(address.family)
            .filter(|kind| kind.is_in(release))
            .filter(has_more)
            .collect();
        if with_aliases.is_empty() {
            with_aliases.extend(collection(self.desired, address.family));
        }
        for kind in with_aliases {
            self.want(kind, name, false);
            let by_alias = kind.aliases.iter().any(|alias| !kind.finds(alias));
            self.need(kind).all |= by_alias || kind.told_apart_by.is_some();
        }
    }

    fn named(self, release: Release) -> ByKind<Need> {
        self.needs
            .into_values()
            .filter(|(kind, _)| kind.is_in(release))
            .collect()
    }
}

/// Where objects of a family are found by name, whatever their kind.
fn collection(desired: &Desired, family: &str) -> Option<&'static Kind> {
    kinds::outside(family)
        .or_else(|| kinds::family(family).next())
        .or_else(|| desired.raw(family))
}
