//! Two servers side by side: objects by their names, fields by what the table says of them.
//!
//! Pure. Ids never count as a difference, and neither do values that a server generates itself. Nothing is skipped
//! silently: what cannot be compared is reported.

mod field;

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::{self, KINDS};
use crate::ledger;
use crate::live::{Found, Live};
use crate::pattern::Pattern;
use crate::plan::Change;
use crate::schema::{Field, Keying, Kind};
use crate::value::{Address, Part, Value};
pub(crate) use field::{veiled, veiled_value};

/// The objects that are compared.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Also what authentik made by itself on both.
    pub all: bool,
    /// Only these kinds, with what belongs to their objects; all if there are none.
    pub kinds: Vec<&'static Kind>,
    /// Only objects whose address fits one of these, with what belongs to them; all if there are none.
    pub targets: Vec<Pattern>,
}

/// How two servers differ.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// What differs, in the table's order of kinds, then by address.
    pub differences: Vec<Difference>,
    /// How many objects are the same on both.
    pub equal: usize,
    /// Random values that each server made for itself, by object: never a difference.
    pub own: Vec<(Address, &'static str)>,
    /// Fields that one of the servers does not give back, of objects that are on both.
    pub unread: Vec<(Address, &'static str)>,
    /// Fields that only one of the two releases has, by kind; fields of a list's items after a dot.
    pub one_release: BTreeSet<(&'static str, String)>,
    /// Objects and families that cannot be compared, with the reason.
    pub left_out: Vec<(String, &'static str)>,
}

/// One object that differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The object that differs.
    pub address: Address,
    /// The kind of the object.
    pub kind: &'static Kind,
    /// How.
    pub how: How,
}

/// How an object differs.
#[derive(Clone, Debug)]
pub enum How {
    /// Only the first server has it.
    OnlyFrom,
    /// Only the second one has it.
    OnlyTo,
    /// Both have it, of two kinds: the words of the two.
    Kind(&'static str, &'static str),
    /// Both have it, with other fields; the change leads from the first to the second.
    Fields(Vec<Change>),
}

impl Comparison {
    /// How many differ so: only on the first, only on the second, in their fields.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count =
            |wanted: fn(&How) -> bool| self.differences.iter().filter(|it| wanted(&it.how)).count();
        let from = count(|how| matches!(how, How::OnlyFrom));
        let to = count(|how| matches!(how, How::OnlyTo));
        (from, to, self.differences.len() - from - to)
    }

    /// Objects that belong to another one that only one server has, and are reported with it.
    pub fn reported_with_owner(&self) -> BTreeSet<&Address> {
        let alone = |it: &&Difference| matches!(it.how, How::OnlyFrom | How::OnlyTo);
        let owners: BTreeSet<&Address> = self
            .differences
            .iter()
            .filter(alone)
            .map(|it| &it.address)
            .collect();
        let alone = self.differences.iter().filter(alone).map(|it| &it.address);
        alone
            .filter(|address| top(address) != *address && owners.contains(top(address)))
            .collect()
    }
}

/// Compares two servers.
pub fn compare(from: &Live, to: &Live, options: &Options) -> Comparison {
    let mut result = Comparison::default();
    let unreadable = from.unreadable.keys().chain(to.unreadable.keys());
    let families: BTreeSet<&str> = unreadable.copied().collect();
    for family in &families {
        let why = "cannot be read on both servers";
        result.left_out.push(((*family).to_owned(), why));
    }
    let both = Both {
        from,
        to,
        options,
        families,
    };
    let addresses: BTreeSet<&Address> = from.objects.keys().chain(to.objects.keys()).collect();
    for address in addresses {
        if !both.is_asked(address) {
            continue;
        }
        if let Some(why) = both.why_left_out(address) {
            result.left_out.push((address.to_string(), why));
            continue;
        }
        match both.difference(address, &mut result) {
            Some(difference) => result.differences.push(difference),
            None => result.equal += 1,
        }
    }
    let mut ranks: BTreeMap<&str, usize> = BTreeMap::new();
    for (rank, kind) in KINDS.iter().enumerate() {
        ranks.insert(kind.name, rank);
    }
    result
        .differences
        .sort_by_key(|it| (ranks.get(it.kind.name).copied(), it.address.clone()));
    result
}

/// Whether a pattern names an object, or the one that it belongs to.
fn names(target: &Pattern, address: &Address, owner: &Address, sides: &[&Found]) -> bool {
    let section = |found: &Found| match found.kind.section {
        "" => kinds::family(owner.family)
            .next()
            .map_or("", |kind| kind.section),
        section => section,
    };
    target.as_str() == address.path()
        || sides.iter().any(|found| target.fits(owner, section(found)))
}

struct Both<'a> {
    from: &'a Live,
    to: &'a Live,
    options: &'a Options,
    /// Families that one of the two does not show.
    families: BTreeSet<&'static str>,
}

impl Both<'_> {
    /// Whether an object is compared at all.
    fn is_asked(&self, address: &Address) -> bool {
        let owner = top(address);
        let is_readable = |address: &Address| !self.families.contains(address.family);
        if !is_readable(address) || !is_readable(owner) {
            return false;
        }
        let sides = self.sides(address);
        if !sides.iter().all(|found| KINDS.contains(&found.kind)) {
            return false;
        }
        if !self.is_of_kinds(address, owner, &sides) {
            return false;
        }
        let targets = &self.options.targets;
        let mut named = targets
            .iter()
            .filter(|target| names(target, address, owner, &sides))
            .peekable();
        if !targets.is_empty() && named.peek().is_none() {
            return false;
        }
        let is_exact = named.any(Pattern::is_exact);
        for found in &sides {
            let is_record = address
                .name()
                .is_some_and(|name| ledger::is_record(found.kind, name));
            if is_record || kinds::is_beside(address, &found.fields) {
                return false;
            }
        }
        // Settings are always there: what people changed of them is theirs.
        let is_builtin = |found: &&Found| {
            !found.kind.is_singleton() && kinds::is_builtin(address, &found.fields)
        };
        self.options.all || is_exact || !sides.iter().all(is_builtin)
    }

    /// An object as the servers have it that have it.
    fn sides(&self, address: &Address) -> Vec<&Found> {
        let sides = [self.from.get(address), self.to.get(address)];
        sides.into_iter().flatten().collect()
    }

    /// Whether an object is of the kinds that are compared; what belongs to another one, if that one is.
    fn is_of_kinds(&self, address: &Address, owner: &Address, sides: &[&Found]) -> bool {
        let kinds = &self.options.kinds;
        if kinds.is_empty() {
            return true;
        }
        if owner == address {
            return sides.iter().any(|found| kinds.contains(&found.kind));
        }
        kinds.iter().any(|kind| kind.family == owner.family)
    }

    /// Why an object that is asked for cannot be compared, if it cannot.
    fn why_left_out(&self, address: &Address) -> Option<&'static str> {
        let is_ambiguous = |live: &Live| live.ambiguous.contains_key(address);
        if is_ambiguous(self.from) || is_ambiguous(self.to) {
            return Some("several objects have this name");
        }
        let sides = self.sides(address);
        let found = sides.first()?;
        if is_unnamed(found) {
            return Some("belongs to something that cannot be read");
        }
        if sides.iter().any(|found| found.ends) {
            return Some("granted temporarily; it expires on its own");
        }
        let kind = found.kind;
        if !kind.is_in(self.from.release) || !kind.is_in(self.to.release) {
            return Some("the other release does not have this kind");
        }
        None
    }

    /// How an object differs; `None` if it is the same on both servers.
    fn difference(&self, address: &Address, result: &mut Comparison) -> Option<Difference> {
        let sides = (self.from.get(address), self.to.get(address));
        let how = match sides {
            (Some(_), None) => How::OnlyFrom,
            (None, Some(_)) => How::OnlyTo,
            (Some(one), Some(other)) if one.kind != other.kind => How::Kind(
                one.kind.type_name.unwrap_or(one.kind.name),
                other.kind.type_name.unwrap_or(other.kind.name),
            ),
            (Some(one), Some(other)) => {
                let changes = self.fields(one, other, result);
                if changes.is_empty() {
                    return None;
                }
                How::Fields(changes)
            }
            (None, None) => return None,
        };
        let found = sides.0.or(sides.1)?;
        Some(Difference {
            address: address.clone(),
            kind: found.kind,
            how,
        })
    }

    /// What differs in the fields of an object that both have.
    fn fields(&self, one: &Found, other: &Found, result: &mut Comparison) -> Vec<Change> {
        let mut changes = Vec::new();
        let kind = one.kind;
        let here = |field: &Field| field.is_in(self.from.release);
        let there = |field: &Field| field.is_in(self.to.release);
        for field in kind
            .fields
            .iter()
            .filter(|field| !field.create_only && !field.volatile && !field.derived)
        {
            let twin = kind.counterpart(field);
            let (mine, theirs) = match (here(field), there(field), twin) {
                (true, true, _) => (field.name, field.name),
                // Releases without this field say the same by another one.
                (true, false, Some(twin)) if there(twin) => (field.name, twin.name),
                (false, true, Some(twin)) if here(twin) => continue,
                (false, false, _) => continue,
                _ => {
                    result
                        .one_release
                        .insert((kind.name, field.yaml_key.to_owned()));
                    continue;
                }
            };
            // One of the two does not give it back.
            let unread = |found: &Found, name: &str| !found.fields.contains_key(name);
            let expected = field.may_be_withheld() || kind.is_answered(field);
            if expected && (unread(one, mine) || unread(other, theirs)) {
                result.unread.push((one.address.clone(), field.yaml_key));
                continue;
            }
            // Reported by the other side of the relation.
            let mirrored = |family: &str| {
                self.options.kinds.is_empty()
                    || self.options.kinds.iter().any(|kind| kind.family == family)
            };
            if field.inverse_of.is_some()
                && field.shape.families().iter().any(|family| mirrored(family))
            {
                continue;
            }
            let parts: Vec<&Field> = field
                .parts()
                .filter(|part| here(part) != there(part))
                .collect();
            result.one_release.extend(
                parts
                    .iter()
                    .map(|part| (kind.name, format!("{}.{}", field.yaml_key, part.name))),
            );
            let common = |value: &Value| field::without(value, &parts);
            let (mine, theirs) = (
                one.fields.get(mine).map(common),
                other.fields.get(theirs).map(common),
            );
            let Some(delta) = field::delta(field, mine.as_ref(), theirs.as_ref()) else {
                continue;
            };
            if field::is_random(field) {
                result.own.push((one.address.clone(), field.yaml_key));
                continue;
            }
            changes.push(Change {
                field: field.name,
                class: field.class,
                delta,
            });
        }
        changes
    }
}

/// Whether a part of its key is an id that nothing explains.
fn is_unnamed(found: &Found) -> bool {
    let Keying::Fields(names) = found.kind.keying else {
        return false;
    };
    names
        .iter()
        .zip(found.address.parts())
        .any(|(names, part)| {
            let refers = |name: &str| {
                found
                    .kind
                    .field(name)
                    .is_some_and(|field| !field.shape.families().is_empty())
            };
            matches!(part, Part::Name(_)) && names.split('|').all(refers)
        })
}

/// The object that an address belongs to in the end; itself for most.
pub(crate) fn top(address: &Address) -> &Address {
    let mut top = address;
    while let Some(Part::At(owner)) = top.parts().first() {
        top = owner;
    }
    top
}
